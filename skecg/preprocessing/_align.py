"""Move beat positions to the peaks of their beats."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..utils import POSITIVE, Rule, check_value, is_number

__all__ = ["align_peaks"]

_OWNER = "align_peaks"
_BASELINE_SECONDS = 0.6  # a QRS complex lasts 0.06 to 0.2 s, so most of this is baseline
_BASELINE_SPACING = 0.01  # a median needs no finer grid than this, in seconds
_CHUNK = 4096  # beats aligned at once, which bounds memory
_SEARCH = Rule(lambda v: is_number(v) and v >= 0, "a number of seconds, zero or more")


def align_peaks(
    signal: ArrayLike, sample: ArrayLike, fs: float, *, search: float = 0.1
) -> NDArray[np.int64]:
    """Move each beat position to the largest deviation from the baseline around it.

    Annotations mark beats by different conventions: at the R peak, at the onset of the QRS
    complex, or a constant away from either. Windows cut around them carry that convention into
    every row; windows cut around aligned positions do not.

    Parameters
    ----------
    signal : array-like of shape (n_samples,)
        One lead, in mV. Samples may be NaN; these are never chosen.
    sample : array-like of int of shape (n_beats,)
        Positions of the beats, in samples.
    fs : float
        Sampling frequency in Hz.
    search : float, default=0.1
        Largest distance in seconds by which a position may move.

    Returns
    -------
    ndarray of int64 of shape (n_beats,)
        For each beat the position of the largest ``|signal - baseline|`` within ``search``
        seconds, the earliest where several are equal. It is never past half the distance to a
        neighbouring beat, so the order of beats stays and no two coincide. A beat with only
        NaN around it keeps its position.

    Raises
    ------
    ValueError
        If a shape, a frequency or a position is invalid.
    TypeError
        If positions are not integers.

    Notes
    -----
    The baseline of a beat is one number: the median of the signal, about every 10 ms, over
    the 0.6 s around the given position. A QRS complex fills less than half of that even when
    it is wide, so the median follows the isoelectric line, whatever the polarity of the beat
    and the offset of the lead. A median needs no choice of a filter and does not depend on the
    beats before.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.preprocessing import align_peaks
    >>> signal = np.full(500, 8.0)
    >>> signal[[100, 300]] = 9.0, 6.5
    >>> align_peaks(signal, [95, 310], fs=250)
    array([100, 300])
    """
    lead = np.asarray(signal)
    if lead.ndim != 1:
        raise ValueError(
            f"The 'signal' parameter of {_OWNER} must be one lead of shape (n_samples,). "
            f"Got shape {lead.shape} instead: pass one column of an ECGRecord's signal."
        )
    check_value(fs, POSITIVE, "fs", _OWNER)
    check_value(search, _SEARCH, "search", _OWNER)
    position = _check_sample(sample, lead.size)
    radius = round(search * fs)
    if position.size == 0 or radius == 0:
        return position
    if lead.dtype not in (np.float32, np.float64):
        lead = lead.astype(np.float64)

    # beats annotated twice are one beat; in sorted order the neighbours of a beat are next to it
    beat, which = np.unique(position, return_inverse=True)
    peak = np.empty_like(beat)
    first, last = _bounds(beat, radius, lead.size)
    for start in range(0, beat.size, _CHUNK):
        part = slice(start, start + _CHUNK)
        peak[part] = _find_peaks(lead, beat[part], first[part], last[part], radius, fs)
    return peak[which.reshape(-1)]


def _bounds(
    beat: NDArray[np.int64], radius: int, n_samples: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the first and the last sample to which each beat may move.

    At most ``radius`` away, past half the distance to no neighbour, and inside the signal:

        beats        |         B     |         B       |
        may move   first-----last  first-----last
    """
    middle = (beat[:-1] + beat[1:]) // 2
    first = np.maximum(beat - radius, np.concatenate(([0], middle + 1)))
    last = np.minimum(beat + radius, np.concatenate((middle, [n_samples - 1])))
    return first, last


def _find_peaks(
    lead: NDArray[np.floating],
    beat: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    radius: int,
    fs: float,
) -> NDArray[np.int64]:
    """Find the largest deviation from the baseline between the bounds of each beat."""
    centre = beat[:, None]
    step = max(1, int(_BASELINE_SPACING * fs))
    reach = round(_BASELINE_SECONDS / 2 * fs)
    baseline = _median(_take(lead, centre + np.arange(-reach, reach + 1, step)))

    # one row per beat, one column per sample of the search; samples that are not allowed are -1
    position = centre + np.arange(-radius, radius + 1)
    deviation = np.abs(_take(lead, position) - baseline[:, None])
    allowed = (position >= first[:, None]) & (position <= last[:, None])
    deviation[~allowed | np.isnan(deviation)] = -1
    best = deviation.argmax(axis=1)
    found = deviation[np.arange(best.size), best] >= 0
    return np.where(found, beat - radius + best, beat)


def _check_sample(sample: ArrayLike, n_samples: int) -> NDArray[np.int64]:
    """Return positions as int64, or raise."""
    position = np.asarray(sample)
    if position.ndim != 1:
        raise ValueError(
            f"The 'sample' parameter of {_OWNER} must have shape (n_beats,). "
            f"Got shape {position.shape} instead."
        )
    if position.size and position.dtype.kind not in "iu":
        raise TypeError(
            f"The 'sample' parameter of {_OWNER} must hold integers. "
            f"Got dtype {position.dtype} instead."
        )
    outside = (position < 0) | (position >= n_samples)
    if outside.any():
        raise ValueError(
            f"The 'sample' parameter of {_OWNER} must hold positions within the signal of "
            f"{n_samples} samples. Got {position[outside][0]} instead."
        )
    return position.astype(np.int64)


def _take(signal: NDArray[np.floating], position: NDArray[np.int64]) -> NDArray[np.floating]:
    """Take samples at these positions, NaN where there is no signal."""
    taken = signal.take(position, mode="clip")
    outside = (position < 0) | (position >= signal.size)
    if outside.any():
        taken[outside] = np.nan
    return taken


def _median(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Compute the median of each row without its NaN; NaN if nothing is left."""
    values = np.sort(values, axis=1)  # NaN go last
    there = values.shape[1] - np.isnan(values).sum(axis=1)
    row = np.arange(len(values))
    low = values[row, np.maximum(there - 1, 0) // 2]
    high = values[row, np.minimum(there // 2, values.shape[1] - 1)]
    return low + (high - low) / 2
