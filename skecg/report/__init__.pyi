from ._beat_report import BeatReport, beat_report
from ._evaluation import Evaluation, evaluate
from ._figures import ReportFigure, plot_predictions
from ._provenance import Provenance

__all__ = [
    "BeatReport",
    "Evaluation",
    "Provenance",
    "ReportFigure",
    "beat_report",
    "evaluate",
    "plot_predictions",
]
