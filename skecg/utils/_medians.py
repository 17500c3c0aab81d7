"""Medians of few or many values, bit for bit those of `numpy.median` and several times as fast.

`numpy.median` looks for two places at once, which keeps NumPy from its fast way of partial
sorting, and its other overhead is longer than the median of a few hundred values takes.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["lane_medians", "median", "median_or"]


def median(values: NDArray[np.floating]) -> Any:
    """Compute the median of an array of one dimension; NaN if one of them is, or if it is empty.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.utils._medians import median
    >>> median(np.array([3.0, 1.0, 2.0, 7.0]))
    np.float64(2.5)
    """
    n = len(values)
    if not n:
        return values.dtype.type(np.nan)
    ordered = np.sort(values)  # NaN go last
    if ordered[-1] != ordered[-1]:
        return ordered[-1]
    middle = ordered[n // 2]
    return middle if n % 2 else (ordered[n // 2 - 1] + middle) / 2


def median_or(values: NDArray[np.floating], default: float) -> float:
    """Compute the median without NaN, or return the default if nothing is left."""
    values = values[np.isfinite(values)]
    return float(median(values)) if values.size else default


def lane_medians(lanes: NDArray[np.floating]) -> NDArray[np.floating]:
    """Compute the median of each row; the order of its values is lost.

    Parameters
    ----------
    lanes : ndarray of shape (n_lanes, n_values)
        Finite values, at least one in each row.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.utils._medians import lane_medians
    >>> lane_medians(np.array([[3.0, 1.0, 2.0], [5.0, 5.0, 0.0]]))
    array([2., 5.])
    """
    n = lanes.shape[1]
    lanes.partition(n // 2, axis=1)
    middle = lanes[:, n // 2]
    if n % 2:
        return middle.copy()
    return (lanes[:, : n // 2].max(axis=1) + middle) / 2
