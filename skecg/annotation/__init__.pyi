from ._annotate import annotate
from ._detectors import detect_beats

__all__ = [
    "annotate",
    "detect_beats",
]
