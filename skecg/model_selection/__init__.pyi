from ._leak import LeakReport, leak_report
from ._out_of_fold import cross_val_beats
from ._published import PublishedSplit, published_split
from ._split import StratifiedGroupShuffleSplit, train_test_subjects

__all__ = [
    "LeakReport",
    "PublishedSplit",
    "StratifiedGroupShuffleSplit",
    "cross_val_beats",
    "leak_report",
    "published_split",
    "train_test_subjects",
]
