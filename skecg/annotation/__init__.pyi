from ._annotate import annotate
from ._corrections import Corrections, read_corrections

__all__ = [
    "Corrections",
    "annotate",
    "read_corrections",
]
