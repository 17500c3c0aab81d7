from ._annotate import annotate, detect_beats
from .beats import BeatExtractor, load_beats, read_beats, take_beats, write_beats
from .classifiers import ContextLSTMClassifier, LSTMClassifier, RNNClassifier
from .datasets import add_noise, load_simulated, simulate_record, simulate_records
from .display import (
    BeatDisplay,
    CalibrationDisplay,
    ClassBalanceDisplay,
    ConfusionDifferenceDisplay,
    ConfusionMatrixDisplay,
    HistoryDisplay,
    PrecisionRecallDisplay,
    RecordDisplay,
    RocCurveDisplay,
    SubjectDisplay,
    UncertaintyDisplay,
)
from .layout import BeatLayout
from .metrics import (
    BeatComparison,
    BeatReport,
    BeatScorer,
    RecordsComparison,
    beat_report,
    compare_annotations,
    compare_models,
    compare_records,
)
from .model_selection import (
    LeakReport,
    PublishedSplit,
    StratifiedGroupShuffleSplit,
    cross_val_beats,
    leak_report,
    prediction_table,
    published_split,
    train_test_subjects,
)
from .persistence import ModelFileError, load, load_pretrained, save
from .pipeline import make_beat_pipeline
from .preprocessing import BeatNormalizer, WaveletDenoiser
from .records import ECGRecord, RecordError, find_records, read_record, write_record
from .resampling import BeatAugmenter, double_rare, match_rest

__version__: str
__all__ = [
    "BeatAugmenter",
    "BeatComparison",
    "BeatDisplay",
    "BeatExtractor",
    "BeatLayout",
    "BeatNormalizer",
    "BeatReport",
    "BeatScorer",
    "CalibrationDisplay",
    "ClassBalanceDisplay",
    "ConfusionDifferenceDisplay",
    "ConfusionMatrixDisplay",
    "ContextLSTMClassifier",
    "ECGRecord",
    "HistoryDisplay",
    "LSTMClassifier",
    "LeakReport",
    "ModelFileError",
    "PrecisionRecallDisplay",
    "PublishedSplit",
    "RNNClassifier",
    "RecordDisplay",
    "RecordError",
    "RecordsComparison",
    "RocCurveDisplay",
    "StratifiedGroupShuffleSplit",
    "SubjectDisplay",
    "UncertaintyDisplay",
    "WaveletDenoiser",
    "add_noise",
    "annotate",
    "beat_report",
    "compare_annotations",
    "compare_models",
    "compare_records",
    "cross_val_beats",
    "detect_beats",
    "double_rare",
    "find_records",
    "leak_report",
    "load",
    "load_beats",
    "load_pretrained",
    "load_simulated",
    "make_beat_pipeline",
    "match_rest",
    "prediction_table",
    "published_split",
    "read_beats",
    "read_record",
    "save",
    "simulate_record",
    "simulate_records",
    "take_beats",
    "train_test_subjects",
    "write_beats",
    "write_record",
]
