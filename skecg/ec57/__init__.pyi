from ._compare import compare_annotations
from ._compare_folders import compare_folders
from ._compare_records import compare_records
from ._comparison import BeatComparison
from ._records_comparison import RecordsComparison

__all__ = [
    "BeatComparison",
    "RecordsComparison",
    "compare_annotations",
    "compare_folders",
    "compare_records",
]
