from ._annotate import annotate, detect_beats
from .beats import BeatExtractor, load_beats, read_beats, take_beats, write_beats
from .classifiers import LSTMClassifier, RNNClassifier
from .datasets import load_simulated, simulate_record, simulate_records
from .display import (
    BeatDisplay,
    ConfusionMatrixDisplay,
    HistoryDisplay,
    RecordDisplay,
    RocCurveDisplay,
)
from .layout import BeatLayout
from .metrics import BeatReport, beat_report, compare_models
from .model_selection import (
    PublishedSplit,
    StratifiedGroupShuffleSplit,
    cross_val_beats,
    prediction_table,
    published_split,
    train_test_subjects,
)
from .persistence import ModelFileError, load, save
from .pipeline import make_beat_pipeline
from .preprocessing import BeatNormalizer, WaveletDenoiser
from .records import ECGRecord, RecordError, find_records, read_record, write_record
from .resampling import BeatAugmenter, double_rare, match_rest

__version__: str
__all__ = [
    "BeatAugmenter",
    "BeatDisplay",
    "BeatExtractor",
    "BeatLayout",
    "BeatNormalizer",
    "BeatReport",
    "ConfusionMatrixDisplay",
    "ECGRecord",
    "HistoryDisplay",
    "LSTMClassifier",
    "ModelFileError",
    "PublishedSplit",
    "RNNClassifier",
    "RecordDisplay",
    "RecordError",
    "RocCurveDisplay",
    "StratifiedGroupShuffleSplit",
    "WaveletDenoiser",
    "annotate",
    "beat_report",
    "compare_models",
    "cross_val_beats",
    "detect_beats",
    "double_rare",
    "find_records",
    "load",
    "load_beats",
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
