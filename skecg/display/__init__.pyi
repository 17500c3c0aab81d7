from ._balance import ClassBalanceDisplay
from ._beats import BeatDisplay
from ._calibration import CalibrationDisplay
from ._confusion import ConfusionMatrixDisplay
from ._difference import ConfusionDifferenceDisplay
from ._history import HistoryDisplay
from ._occlusion import OcclusionDisplay
from ._pictures import Picture, draw_predictions
from ._precision_recall import PrecisionRecallDisplay
from ._roc import RocCurveDisplay
from ._strip import RecordDisplay
from ._subjects import SubjectDisplay
from ._uncertainty import UncertaintyDisplay

__all__ = [
    "BeatDisplay",
    "CalibrationDisplay",
    "ClassBalanceDisplay",
    "ConfusionDifferenceDisplay",
    "ConfusionMatrixDisplay",
    "HistoryDisplay",
    "OcclusionDisplay",
    "Picture",
    "PrecisionRecallDisplay",
    "RecordDisplay",
    "RocCurveDisplay",
    "SubjectDisplay",
    "UncertaintyDisplay",
    "draw_predictions",
]
