from ._annotate import annotate, detect_beats

__all__ = [
    "annotate",
    "detect_beats",
]
