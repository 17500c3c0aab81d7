"""Samples that are missing: find them, bridge them, put them back."""

import numpy as np


def bridge_gaps(signal: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Bridge NaN samples by straight lines along axis 0; also return where they were.

    Leads without a gap, most of them, cost one look; the mask is None when there is no gap
    at all. A lead of NaN alone becomes zeros.
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
