from ._out_of_fold import cross_val_beats
from ._overlap import LeakReport, SubjectOverlap, leak_report
from ._parallel import parallel_on_dask
from ._published import PublishedSplit, published_split
from ._split import StratifiedGroupShuffleSplit, train_test_subjects

__all__ = [
    "LeakReport",
    "PublishedSplit",
    "StratifiedGroupShuffleSplit",
    "SubjectOverlap",
    "cross_val_beats",
    "leak_report",
    "parallel_on_dask",
    "published_split",
    "train_test_subjects",
]
