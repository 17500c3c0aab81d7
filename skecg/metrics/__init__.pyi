from ._annotations import BeatComparison, compare_annotations
from ._annotations_of_records import RecordsComparison, compare_records
from ._calibration import find_calibration
from ._compare import compare_models
from ._report import BeatReport, beat_report
from ._scorers import BeatScorer

__all__ = [
    "BeatComparison",
    "BeatReport",
    "BeatScorer",
    "RecordsComparison",
    "beat_report",
    "compare_annotations",
    "compare_models",
    "compare_records",
    "find_calibration",
]
