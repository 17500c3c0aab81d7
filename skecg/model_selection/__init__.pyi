from ._split import StratifiedGroupShuffleSplit, train_test_subjects

__all__ = ["StratifiedGroupShuffleSplit", "train_test_subjects"]
