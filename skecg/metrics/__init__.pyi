from ._compare import compare_models
from ._scorers import BeatScorer

__all__ = [
    "BeatScorer",
    "compare_models",
]
