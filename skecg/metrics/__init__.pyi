from ._compare import compare_models
from ._report import BeatReport, beat_report

__all__ = ["BeatReport", "beat_report", "compare_models"]
