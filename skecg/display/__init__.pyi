from ._balance import ClassBalanceDisplay
from ._beat_templates import BeatTemplateDisplay
from ._beats import BeatDisplay
from ._calibration import CalibrationDisplay
from ._confusion import ConfusionMatrixDisplay
from ._difference import ConfusionDifferenceDisplay
from ._errors_by_subject import ErrorsBySubjectDisplay
from ._history import HistoryDisplay
from ._occlusion import OcclusionDisplay
from ._precision_recall import PrecisionRecallDisplay
from ._rhythm_strip import RhythmStripDisplay
from ._risk_coverage import RiskCoverageDisplay
from ._roc import RocCurveDisplay

__all__ = [
    "BeatDisplay",
    "BeatTemplateDisplay",
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
