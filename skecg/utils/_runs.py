"""Runs of a mask: the stretches in which it is true."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["true_runs"]


def true_runs(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the first element of each run of true ones, and the one after its last.

    Returns
    -------
    ndarray of int of shape (n_runs, 2)

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.utils import true_runs
    >>> true_runs(np.array([True, True, False, True])).tolist()
    [[0, 2], [3, 4]]
    """
    padded = np.zeros(len(mask) + 2, dtype=np.int8)
    padded[1:-1] = mask
    return np.flatnonzero(np.diff(padded)).reshape(-1, 2)
