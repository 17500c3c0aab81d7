"""Row numbers of an index: numbers, a mask or a slice."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["row_numbers"]


def row_numbers(index: ArrayLike | slice, n_beats: int) -> NDArray[np.integer]:
    """Return row numbers for numbers or a mask, or raise."""
    if isinstance(index, slice):
        return np.arange(n_beats)[index]
    rows = np.asarray(index)
    if rows.ndim != 1:
        raise ValueError(
            "The 'index' parameter of take_beats must have one dimension. "
            f"Got shape {rows.shape} instead. For one beat: beats[[number]]."
        )
    if rows.size == 0:
        return np.empty(0, dtype=np.int64)
    if rows.dtype == bool:
        if rows.size != n_beats:
            raise ValueError(
                f"The 'index' parameter of take_beats is a mask of {rows.size} rows, but there "
                f"are {n_beats} beats."
            )
        return np.flatnonzero(rows)
    if rows.dtype.kind not in "iu":
        raise TypeError(
            "The 'index' parameter of take_beats must hold row numbers or booleans. "
            f"Got dtype {rows.dtype} instead."
        )
    return rows
