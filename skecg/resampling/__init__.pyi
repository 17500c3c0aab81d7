from ._augment import BeatAugmenter
from ._strategies import double_rare, match_rest

__all__ = ["BeatAugmenter", "double_rare", "match_rest"]
