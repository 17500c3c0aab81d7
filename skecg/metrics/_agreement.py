"""Agreement beyond chance, and the two indices of the heartbeat literature.

The j index is the sum of four metrics, Se and +P of the classes S and V (T. Soria, J. P. Martinez,
Analysis of multidomain features for ECG classification, Computers in Cardiology 36:561-564, 2009):
between 0 and 4. The jk index is kappa/2 + j/8 (T. Mar et al., IEEE Trans Biomed Eng 58:2168-2177,
2011, doi 10.1109/TBME.2011.2113395): at most 1, half of it from each.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..utils import ratio

__all__ = ["j_index", "jk_index", "kappa"]

KAPPA_WEIGHT = 1 / 2
J_WEIGHT = 1 / 8

Floats = NDArray[np.float64]


def kappa(matrix: NDArray[Any]) -> Floats:
    """Compute Cohen's kappa of confusion matrices (..., n, n); NaN if all is one class."""
    matrix = np.asarray(matrix, dtype=np.float64)
    n = matrix.sum(axis=(-2, -1))
    observed = np.trace(matrix, axis1=-2, axis2=-1)
    by_chance = ratio((matrix.sum(axis=-1) * matrix.sum(axis=-2)).sum(axis=-1), n)
    return ratio(observed - by_chance, n - by_chance)


def j_index(sensitivity: Floats, predictivity: Floats) -> Floats:
    """Sum Se and +P of S and V, each of shape (..., 2)."""
    return np.asarray(sensitivity.sum(axis=-1) + predictivity.sum(axis=-1))


def jk_index(kappa: Floats, j: Floats) -> Floats:
    """Weigh kappa and the j index so that the best value is 1."""
    return KAPPA_WEIGHT * kappa + J_WEIGHT * j
