from ._compare import compare_annotations
from ._compare_folders import compare_folders
from ._compare_records import compare_records
from ._compare_runs import compare_runs
from ._comparison import BeatComparison
from ._predicted_runs import PredictedRuns, compare_predicted_runs
from ._records_comparison import RecordsComparison
from ._run_comparison import RunComparison
from ._run_matrices import RunMatrices

__all__ = [
    "BeatComparison",
    "PredictedRuns",
    "RecordsComparison",
    "RunComparison",
    "RunMatrices",
    "compare_annotations",
    "compare_folders",
    "compare_predicted_runs",
    "compare_records",
    "compare_runs",
]
