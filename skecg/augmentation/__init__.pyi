from ._augment import BeatAugmenter
from ._strategies import balance_majority, double_minority

__all__ = ["BeatAugmenter", "balance_majority", "double_minority"]
