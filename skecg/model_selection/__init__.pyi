from ._out_of_fold import cross_val_beats, prediction_table
from ._published import PublishedSplit, published_split
from ._split import StratifiedGroupShuffleSplit, train_test_subjects

__all__ = [
    "PublishedSplit",
    "StratifiedGroupShuffleSplit",
    "cross_val_beats",
    "prediction_table",
    "published_split",
    "train_test_subjects",
]
