from ._annotate import annotate
from ._corrections import Corrections, read_corrections
from ._stress import stress_test
from ._stress_result import StressTest

__all__ = [
    "Corrections",
    "StressTest",
    "annotate",
    "read_corrections",
    "stress_test",
]
