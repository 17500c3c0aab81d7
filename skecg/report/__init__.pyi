from ._beat_report import BeatReport, beat_report
from ._comparison_page import comparison_page
from ._evaluate import evaluate
from ._evaluation import Evaluation
from ._figures import ReportFigure, plot_predictions
from ._provenance import Provenance

__all__ = [
    "BeatReport",
    "Evaluation",
    "Provenance",
    "ReportFigure",
    "beat_report",
    "comparison_page",
    "evaluate",
    "plot_predictions",
]
