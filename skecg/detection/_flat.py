"""Find the stretches of a lead that are flat or missing."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

__all__ = ["without_signal"]

FLAT = 2.0  # seconds without change that no ECG has, pauses included: recordings have noise
_FEWEST_STEPS = 16
MISSING = 0.5  # seconds; a shorter gap is within one beat or between two


def without_signal(lead: NDArray[np.floating], fs: float) -> NDArray[np.bool_]:
    """Return which samples are in a stretch where a lead is flat or missing.

    Flat is a range of one step of the converter at most, over 2 s; missing is NaN for 0.5 s or
    longer.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.detection._flat import without_signal
    >>> lead = np.concatenate([np.zeros(30), np.cos(np.arange(40.0))])
    >>> without_signal(lead, 10).nonzero()[0].tolist() == list(range(30))
    True
    """
    missing = np.isnan(lead)
    off = _runs(missing, round(MISSING * fs))
    known = np.flatnonzero(~missing)
    if not len(known):
        return np.ones(len(lead), dtype=bool)
    # gaps continue the value before them, so that a lead that is flat up to a gap is off
    last = np.maximum.accumulate(np.where(missing, 0, np.arange(len(lead))))
    filled = lead[np.where(missing[last], known[0], last)]
    width = max(2, round(FLAT * fs))
    if len(filled) < width:
        return off
    steps = np.diff(np.unique(filled))
    # of a lead of few values, as of pulses, one step may be the height of a beat
    step = 1.001 * steps.min() if len(steps) >= _FEWEST_STEPS else 0.0

    # windows [i, i + width) that are flat, and all of their samples
    #
    #   lead     5 5 5 5 5 7 9 8
    #   flat     1 1 . . .            width 4
    #   off      1 1 1 1 1 . . .
    shift = {"size": width, "origin": -(width // 2), "mode": "nearest"}
    spread = maximum_filter1d(filled, **shift) - minimum_filter1d(filled, **shift)
    flat = spread[: len(filled) - width + 1] <= step
    change = np.zeros(len(filled) + 1, dtype=np.int64)
    change[: len(flat)] += flat
    change[width : width + len(flat)] -= flat
    return off | (np.cumsum(change[:-1]) > 0)


def _runs(mask: NDArray[np.bool_], shortest: int) -> NDArray[np.bool_]:
    """Keep the runs of True that are not shorter than so many samples."""
    edges = np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))
    kept = np.zeros(len(mask), dtype=bool)
    for start, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        kept[start:end] = end - start >= shortest
    return kept
