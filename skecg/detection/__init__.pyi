from ._detectors import detect_beats

__all__ = [
    "detect_beats",
]
