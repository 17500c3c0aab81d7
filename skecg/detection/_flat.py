"""Find the stretches of a lead that are flat or missing."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from ..utils import true_runs

__all__ = ["CELL_SECONDS", "without_signal"]

FLAT = 2.0  # seconds without change that no ECG has, pauses included: recordings have noise
_FEWEST_STEPS = 16
MISSING = 0.5  # seconds; a shorter gap is within one beat or between two
#: Seconds in which the step of the converter and the amplitude of a lead are measured. Stretches
#: that begin at a whole number of cells have the results of the whole recording.
CELL_SECONDS = 2
_NEAR = 15  # cells before and after, of which the smallest step is that of the converter
_BLOCK = 0.25  # seconds; a stretch that is flat has whole blocks that are


def without_signal(lead: NDArray[np.floating], fs: float) -> NDArray[np.bool_]:
    """Return which samples are in a stretch where a lead is flat or missing.

    Flat is a range of one step of the converter at most, over 2 s; missing is NaN for 0.5 s or
    longer. The step is the smallest change within half a minute, so that a stretch of a recording
    has the result of the whole recording, if it begins at a multiple of two seconds.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.detection._flat import without_signal
    >>> lead = np.concatenate([np.zeros(30), np.cos(np.arange(40.0))])
    >>> without_signal(lead, 10).nonzero()[0].tolist() == list(range(30))
    True
    """
    missing = np.isnan(lead)
    if missing.all():
        return np.ones(len(lead), dtype=bool)
    if missing.any():
        off = _runs(missing, round(MISSING * fs))
        # gaps continue the value before them, so that a lead that is flat up to a gap is off
        last = np.maximum.accumulate(np.where(missing, 0, np.arange(len(lead))))
        lead = lead[np.where(missing[last], np.flatnonzero(~missing)[0], last)]
    else:
        off = np.zeros(len(lead), dtype=bool)
    width = max(2, round(FLAT * fs))
    if len(lead) < width:
        return off
    step = _steps(lead, fs)
    for start, stop in _perhaps_flat(lead, step, fs, width):
        off[start:stop] |= _flat(lead[start:stop], step[start:stop], width)
    return off


def _steps(lead: NDArray[np.floating], fs: float) -> NDArray[np.float64]:
    """Return the step of the converter at each sample, zero where it is not known."""
    cell = max(2, CELL_SECONDS * round(fs))
    n_cells = -(-len(lead) // cell)
    change = np.abs(np.diff(lead, append=lead[-1:]))
    change[change == 0] = np.inf
    starts = np.arange(n_cells) * cell
    around = {"size": 2 * _NEAR + 1, "mode": "nearest"}
    step = minimum_filter1d(np.minimum.reduceat(change, starts), **around).astype(np.float64)
    highest = maximum_filter1d(np.maximum.reduceat(lead, starts), **around)
    lowest = minimum_filter1d(np.minimum.reduceat(lead, starts), **around)
    # of a lead of few values, as of pulses, one step may be the height of a beat
    step[~np.isfinite(step) | (highest - lowest < _FEWEST_STEPS * step)] = 0
    return np.repeat(1.001 * step, cell)[: len(lead)]


def _perhaps_flat(
    lead: NDArray[np.floating], step: NDArray[np.float64], fs: float, width: int
) -> list[tuple[int, int]]:
    """Return stretches, with what is around them, outside of which nothing is flat."""
    block = max(1, int(_BLOCK * fs))
    starts = np.arange(0, len(lead), block)
    spread = np.maximum.reduceat(lead, starts) - np.minimum.reduceat(lead, starts)
    flat = _runs(spread <= np.maximum.reduceat(step, starts), max(1, width // block - 1))
    stretches: list[tuple[int, int]] = []
    for first, last in true_runs(flat).tolist():
        start, stop = max(0, first * block - width), min(len(lead), last * block + width)
        if stretches and start <= stretches[-1][1]:
            start = stretches.pop()[0]
        stretches.append((start, stop))
    return stretches


def _flat(lead: NDArray[np.floating], step: NDArray[np.float64], width: int) -> NDArray[np.bool_]:
    """Return the samples of windows [i, i + width) that are flat.

    lead     5 5 5 5 5 7 9 8
    flat     1 1 . . .            width 4
    off      1 1 1 1 1 . . .
    """
    shift = {"size": width, "origin": -(width // 2), "mode": "nearest"}
    spread = maximum_filter1d(lead, **shift) - minimum_filter1d(lead, **shift)
    flat = (spread <= step)[: len(lead) - width + 1]
    change = np.zeros(len(lead) + 1, dtype=np.int64)
    change[: len(flat)] += flat
    change[width : width + len(flat)] -= flat
    return np.cumsum(change[:-1]) > 0


def _runs(mask: NDArray[np.bool_], shortest: int) -> NDArray[np.bool_]:
    """Keep the runs of True that are not shorter than so many samples."""
    kept = np.zeros(len(mask), dtype=bool)
    for start, end in true_runs(mask).tolist():
        kept[start:end] = end - start >= shortest
    return kept
