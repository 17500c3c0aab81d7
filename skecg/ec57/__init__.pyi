from ._compare import compare_annotations
from ._compare_episodes import compare_episodes
from ._compare_folders import compare_folders
from ._compare_heart_rate import compare_heart_rate
from ._compare_records import compare_records
from ._compare_runs import compare_runs
from ._comparison import BeatComparison
from ._episode_comparison import EpisodeComparison
from ._heart_rate_comparison import HeartRateComparison
from ._mark_episodes import mark_episodes
from ._predicted_episode_comparison import PredictedEpisodes
from ._predicted_episodes import compare_predicted_episodes
from ._predicted_runs import PredictedRuns, compare_predicted_runs
from ._records_comparison import RecordsComparison
from ._run_comparison import RunComparison
from ._run_matrices import RunMatrices
from ._summarize import summarize
from ._summary import Summary, summarize_lines

__all__ = [
    "BeatComparison",
    "EpisodeComparison",
    "HeartRateComparison",
    "PredictedEpisodes",
    "PredictedRuns",
    "RecordsComparison",
    "RunComparison",
    "RunMatrices",
    "Summary",
    "compare_annotations",
    "compare_episodes",
    "compare_folders",
    "compare_heart_rate",
    "compare_predicted_episodes",
    "compare_predicted_runs",
    "compare_records",
    "compare_runs",
    "mark_episodes",
    "summarize",
    "summarize_lines",
]
