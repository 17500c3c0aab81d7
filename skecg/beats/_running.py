"""Medians and ranks over the beats around each beat.

Arrays have one value per beat of a recording, in order of time, NaN where a beat has none.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["beats_around", "row_medians", "running_median", "running_rank"]


def beats_around(values: NDArray[np.floating], before: int, after: int) -> NDArray[np.floating]:
    """Return the values of the beats around each: a view, a row for each beat.

    Rows hold ``before`` beats ahead of the beat, the beat itself and ``after`` beats behind it,
    NaN beyond the ends. With ``after=-1`` the beat itself is not among them. For before=1 and
    after=1:

        values      1   2   3                 rows    NaN  1   2
        padded NaN  1   2   3  NaN                     1   2   3
                                                       2   3  NaN
    """
    padded = np.concatenate((np.full(before, np.nan), values, np.full(max(after, 0), np.nan)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, before + 1 + after)
    return windows[: len(values)]


def row_medians(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Compute the median of each row without its NaN; NaN if nothing is left."""
    values = np.sort(values, axis=1)  # NaN go last
    there = values.shape[1] - np.isnan(values).sum(axis=1)
    row = np.arange(len(values))
    low = values[row, np.maximum(there - 1, 0) // 2]
    high = values[row, np.minimum(there // 2, values.shape[1] - 1)]
    return (low + high) / 2


def running_median(values: NDArray[np.floating], reach: int) -> NDArray[np.floating]:
    """Compute the median over each beat and ``reach`` beats on either side, without NaN."""
    return row_medians(beats_around(values, reach, reach))


def running_rank(values: NDArray[np.floating], reach: int) -> NDArray[np.floating]:
    """Compute the rank of each beat among ``reach`` beats on either side, from -0.5 to 0.5.

    The rank is the share of these beats that have a lower value, equal ones counted half, less
    one half.
    """
    others = beats_around(values, reach, reach)
    own = values[:, None]
    below = (others < own).sum(axis=1) + 0.5 * (others == own).sum(axis=1)
    return below / np.maximum(np.isfinite(others).sum(axis=1), 1) - 0.5
