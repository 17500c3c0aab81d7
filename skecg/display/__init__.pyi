from ._balance import ClassBalanceDisplay
from ._beats import BeatDisplay
from ._calibration import CalibrationDisplay
from ._confusion import ConfusionMatrixDisplay
from ._difference import ConfusionDifferenceDisplay
from ._history import HistoryDisplay
from ._occlusion import OcclusionDisplay
from ._precision_recall import PrecisionRecallDisplay
from ._roc import RocCurveDisplay
from ._strip import RhythmStripDisplay
from ._subjects import ErrorsBySubjectDisplay
from ._uncertainty import RiskCoverageDisplay

__all__ = [
    "BeatDisplay",
    "CalibrationDisplay",
    "ClassBalanceDisplay",
    "ConfusionDifferenceDisplay",
    "ConfusionMatrixDisplay",
    "ErrorsBySubjectDisplay",
    "HistoryDisplay",
    "OcclusionDisplay",
    "PrecisionRecallDisplay",
    "RhythmStripDisplay",
    "RiskCoverageDisplay",
    "RocCurveDisplay",
]
