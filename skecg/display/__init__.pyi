from ._beats import BeatDisplay
from ._confusion import ConfusionMatrixDisplay
from ._history import HistoryDisplay
from ._roc import RocCurveDisplay
from ._strip import RecordDisplay

__all__ = [
    "BeatDisplay",
    "ConfusionMatrixDisplay",
    "HistoryDisplay",
    "RecordDisplay",
    "RocCurveDisplay",
]
