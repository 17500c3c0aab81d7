from ._format import Format, Signal
from ._registry import (
    FORMATS,
    Location,
    annotation_rate,
    at_rate,
    check_annotator,
    find_annotations,
    has_annotations,
    locate,
    read_annotations,
)
from ._wfdb import as_stream

__all__ = [
    "FORMATS",
    "Format",
    "Location",
    "Signal",
    "annotation_rate",
    "as_stream",
    "at_rate",
    "check_annotator",
    "find_annotations",
    "has_annotations",
    "locate",
    "read_annotations",
]
