from ._compare import BeatComparison, compare_annotations
from ._compare_records import RecordsComparison, compare_records

__all__ = [
    "BeatComparison",
    "RecordsComparison",
    "compare_annotations",
    "compare_records",
]
