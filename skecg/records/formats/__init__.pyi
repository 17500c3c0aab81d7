from ._format import Format, Signal
from ._registry import (
    FORMATS,
    Location,
    check_annotator,
    find_annotations,
    has_annotations,
    locate,
    read_annotations,
)

__all__ = [
    "FORMATS",
    "Format",
    "Location",
    "Signal",
    "check_annotator",
    "find_annotations",
    "has_annotations",
    "locate",
    "read_annotations",
]
