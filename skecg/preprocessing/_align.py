"""Move beat positions onto the peaks that they mean."""

import numbers

import numpy as np
from numpy.typing import ArrayLike

from ._checks import check_positive

_BASELINE_SECONDS = 0.6  # a QRS complex lasts 0.06 to 0.2 s, so most of this is no QRS
_BASELINE_SPACING = 0.01  # a median needs no finer grid than this, in seconds
_CHUNK = 4096  # beats worked on at once, which bounds memory


def align_peaks(
    signal: ArrayLike, sample: ArrayLike, fs: float, *, search: float = 0.1
) -> np.ndarray:
    """Move each beat position to the largest deviation from the baseline around it.

    Annotations mark beats by different habits: on the R peak, on the onset of the QRS
    complex, or a constant away from either. Windows cut around them carry that habit into
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
        How far a position may move, in seconds.

    Returns
    -------
    ndarray of int64 of shape (n_beats,)
        For each beat the position of the largest ``|signal - baseline|`` within ``search``
        seconds, the earliest where several are equal. It is never past half the way to a
        neighbouring beat, so the order of beats stays and no two meet. A beat that has only
        NaN around it keeps its position.

    Raises
    ------
    ValueError
        If a shape, a frequency or a position is not possible.
    TypeError
        If positions are not integers.

    Notes
    -----
    The baseline of a beat is one number: the median of the signal, about every 10 ms, over
    the 0.6 s around the given position. A QRS complex fills less than half of that even when
    it is wide, so the median follows the isoelectric line, whatever the polarity of the beat
    and however far off zero the lead is. A median wants no filter to be chosen and has no
    memory of the beats before.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.preprocessing import align_peaks
    >>> signal = np.full(500, 8.0)
    >>> signal[[100, 300]] = 9.0, 6.5
    >>> align_peaks(signal, [95, 310], fs=250)
    array([100, 300])
    """
    signal = np.asarray(signal)
    if signal.ndim != 1:
        raise ValueError(
            f"The 'signal' parameter of align_peaks must be one lead of shape (n_samples,). "
            f"Got shape {signal.shape} instead: pass one column of an ECGRecord's signal."
        )
    check_positive(fs, "fs", "align_peaks")
    if not isinstance(search, numbers.Real) or not 0 <= search < np.inf:
        raise ValueError(
            "The 'search' parameter of align_peaks must be a number of seconds, zero or more. "
            f"Got {search!r} instead."
        )
    sample = _check_sample(sample, signal.size)
    radius = round(search * fs)
    if sample.size == 0 or radius == 0:
        return sample
    if signal.dtype not in (np.float32, np.float64):
        signal = signal.astype(np.float64)

    # beats annotated twice are one beat; sorted positions have their neighbours beside them
    beat, which = np.unique(sample, return_inverse=True)
    middle = (beat[:-1] + beat[1:]) // 2
    first = np.maximum(beat - radius, np.concatenate(([0], middle + 1)))
    last = np.minimum(beat + radius, np.concatenate((middle, [signal.size - 1])))
    step = max(1, int(_BASELINE_SPACING * fs))
    reach = round(_BASELINE_SECONDS / 2 * fs)
    around = np.arange(-reach, reach + 1, step)
    offsets = np.arange(-radius, radius + 1)

    peak = np.empty_like(beat)
    for start in range(0, beat.size, _CHUNK):
        part = slice(start, start + _CHUNK)
        centre = beat[part, None]
        baseline = _median(_take(signal, centre + around))
        position = centre + offsets
        size = np.abs(_take(signal, position) - baseline[:, None])
        inside = (position >= first[part, None]) & (position <= last[part, None])
        size[~inside | np.isnan(size)] = -1
        best = size.argmax(axis=1)
        found = size[np.arange(best.size), best] >= 0
        peak[part] = np.where(found, centre[:, 0] - radius + best, centre[:, 0])
    return peak[which.reshape(-1)]


def _check_sample(sample: ArrayLike, n_samples: int) -> np.ndarray:
    """Positions as int64, or an error."""
    sample = np.asarray(sample)
    if sample.ndim != 1:
        raise ValueError(
            "The 'sample' parameter of align_peaks must have shape (n_beats,). "
            f"Got shape {sample.shape} instead."
        )
    if sample.size and sample.dtype.kind not in "iu":
        raise TypeError(
            "The 'sample' parameter of align_peaks must hold integers. "
            f"Got dtype {sample.dtype} instead."
        )
    outside = (sample < 0) | (sample >= n_samples)
    if outside.any():
        raise ValueError(
            "The 'sample' parameter of align_peaks must hold positions within the signal of "
            f"{n_samples} samples. Got {sample[outside][0]} instead."
        )
    return sample.astype(np.int64)


def _take(signal: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Take samples at these positions, NaN where there is no signal."""
    taken = signal.take(position, mode="clip")
    outside = (position < 0) | (position >= signal.size)
    if outside.any():
        taken[outside] = np.nan
    return taken


def _median(values: np.ndarray) -> np.ndarray:
    """Median of each row without its NaN (NaN if nothing is left)."""
    values = np.sort(values, axis=1)  # NaN go last
    there = values.shape[1] - np.isnan(values).sum(axis=1)
    row = np.arange(len(values))
    low = values[row, np.maximum(there - 1, 0) // 2]
    high = values[row, np.minimum(there // 2, values.shape[1] - 1)]
    return low + (high - low) / 2
