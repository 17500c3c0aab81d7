"""Missing samples: find and bridge them."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["bridge_gaps"]


def bridge_gaps(
    signal: NDArray[np.floating], longest: int | None = None
) -> tuple[NDArray[np.floating], NDArray[np.bool_] | None]:
    """Bridge NaN samples by straight lines along axis 0; also return a mask of them.

    Most leads have no gap and are not copied; the mask is None if there is no gap in any. A
    lead of only NaN becomes zeros.

    A gap of more than ``longest`` samples keeps the value before it, and for the last half as
    many samples the one behind it, so that no bridge depends on what is far away:

        signal    1  2  .  .  .  .  .  .  .  9
        bridged   1  2  2  2  2  2  2  9  9  9       longest=4
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
        if longest is not None and there.size:
            _hold(columns[:, lead], there, longest)
    return filled, missing


def _hold(lead: NDArray[np.floating], there: NDArray[np.intp], longest: int) -> None:
    """Let long gaps between known samples hold the values at their ends, in place."""
    for i in np.flatnonzero(np.diff(there) > longest + 1):
        before, behind = there[i], there[i + 1]
        middle = behind - longest // 2
        lead[before + 1 : middle] = lead[before]
        lead[middle:behind] = lead[behind]
