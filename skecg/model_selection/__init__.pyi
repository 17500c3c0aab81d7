from ._out_of_fold import cross_val_beats, prediction_table
from ._split import StratifiedGroupShuffleSplit, train_test_subjects

__all__ = [
    "StratifiedGroupShuffleSplit",
    "cross_val_beats",
    "prediction_table",
    "train_test_subjects",
]
