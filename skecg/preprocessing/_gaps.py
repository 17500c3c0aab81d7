"""Missing samples: find and bridge them."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["bridge_gaps"]


def bridge_gaps(
    signal: NDArray[np.floating],
) -> tuple[NDArray[np.floating], NDArray[np.bool_] | None]:
    """Bridge NaN samples by straight lines along axis 0; also return a mask of them.

    Most leads have no gap and are not copied; the mask is None if there is no gap in any. A
    lead of only NaN becomes zeros.
    """
    missing = np.isnan(signal)
    if not missing.any():
        return signal, None
    filled = signal.copy()
    columns, holes = filled.reshape(len(signal), -1), missing.reshape(len(signal), -1)
    for lead in np.flatnonzero(holes.any(axis=0)):
        there = np.flatnonzero(~holes[:, lead])
        gone = np.flatnonzero(holes[:, lead])
        columns[gone, lead] = np.interp(gone, there, columns[there, lead]) if there.size else 0
    return filled, missing
