from ._beats import BeatDisplay
from ._confusion import ConfusionMatrixDisplay
from ._history import HistoryDisplay
from ._roc import RocCurveDisplay

__all__ = ["BeatDisplay", "ConfusionMatrixDisplay", "HistoryDisplay", "RocCurveDisplay"]
