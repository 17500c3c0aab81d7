"""Bring the leads of a stretch to one rate and amplitude: the input of the beat network.

A cell is two seconds of the recording. The amplitude of a lead is measured per cell, and its
median over the cells around it is the unit, so that neither gain nor a burst of noise matters:

    cell            0      1      2      3      4 ...
    peak to peak    1.1    1.0    7.3    1.1    1.2       (noise in cell 2)
    median          1.1    1.1    1.1    1.1    1.1

Everything depends on the signal near by only, so that stretches that begin at a whole number of
cells have the values of the whole recording.
"""

from functools import cache
from math import gcd

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import firwin

from ..utils import blas_in_one_thread
from ._flat import CELL_SECONDS

__all__ = ["CELL", "RATE", "level_lead", "quiet_parts", "scale_lead", "scaled_lead"]

RATE = 128  # Hz of the network; a second of the recording counts as round(fs) samples
CELL = CELL_SECONDS * RATE  # samples
_NEAR = 8  # cells before and after, of which the median amplitude is the unit
_BASELINE = 51  # samples, averaged twice: a triangle of 0.8 s, about a beat
_TAPS = 5  # periods of the lower rate on either side
_QUIET = 0.12  # of the amplitude of the beats near by; P waves have about as much
_MOST_OF = 5  # values, most of which are quiet
_GAIN = 5.0  # the inverse hyperbolic sine is linear up to a fifth of a QRS complex


def scaled_lead(
    lead: NDArray[np.floating], usable: NDArray[np.bool_], fs: float
) -> NDArray[np.float32]:
    """Return a lead at `RATE`, without baseline, in units of its beats, compressed.

    Parameters
    ----------
    lead : ndarray of shape (n_samples,)
        The lead at ``fs``. NaN marks gaps.
    usable : ndarray of bool of shape (n_samples,)
        Whether the lead has a signal. Elsewhere the result is zero.
    fs : float
        Sampling frequency in Hz.

    Returns
    -------
    ndarray of float32 of shape (n_samples * RATE / round(fs),)
        Its length is rounded up.
    """
    return scale_lead(level_lead(lead, usable, fs))


def level_lead(
    lead: NDArray[np.floating], usable: NDArray[np.bool_], fs: float
) -> NDArray[np.float32]:
    """Return a lead at `RATE` without baseline; the parameters are those of `scaled_lead`."""
    known = usable & ~np.isnan(lead)
    n_out = -(-len(lead) * RATE // round(fs))
    if not known.any():
        return np.zeros(n_out, dtype=np.float32)
    values = lead if known.all() else _held(lead, known, usable)
    resampled = _at_rate(values.astype(np.float32, copy=False), fs)[:n_out]
    baseline = uniform_filter1d(resampled, _BASELINE, mode="nearest")
    resampled -= uniform_filter1d(baseline, _BASELINE, mode="nearest")
    if not usable.all():
        resampled[~_nearest(usable, n_out, fs)] = 0
    return resampled


def scale_lead(level: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a lead from `level_lead` in units of its beats, compressed."""
    scaled = level * _gain(level)
    return np.arcsinh(scaled, out=scaled)


def quiet_parts(level: NDArray[np.float32], per_value: int) -> NDArray[np.bool_]:
    """Return where a lead from `level_lead` is far lower than its beats near by.

    No noise that is so low hides a beat: this is a pause or asystole. "Near by" are 16 s before
    and after; a quarter of these must be beats, as the unit of `scale_lead` follows the lead
    within half of them.

    Parameters
    ----------
    level : ndarray of shape (n_samples,)
        From `level_lead`; the number of samples is a multiple of ``per_value``.
    per_value : int
        Number of samples of each value of the result.

    Returns
    -------
    ndarray of bool of shape (n_samples / per_value,)
    """
    if not len(level):
        return np.zeros(0, dtype=bool)
    size = np.ptp(level.reshape(-1, per_value), axis=1)
    around = np.pad(_amplitudes(level), _NEAR, constant_values=np.nan)
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(around, 2 * _NEAR + 1), axis=1)
    n_known = np.count_nonzero(~np.isnan(windows), axis=1)
    beats = windows[np.arange(len(windows)), np.maximum(n_known - 1, 0) * 3 // 4]
    unit = np.repeat(beats, CELL // per_value)[: len(size)]
    quiet = (size > 0) & (size < _QUIET * np.nan_to_num(unit))
    return uniform_filter1d(quiet.astype(np.float64), _MOST_OF, mode="nearest") > 0.5


def _at_rate(values: NDArray[np.float32], fs: float) -> NDArray[np.float32]:
    """Resample to `RATE`; the ends repeat their last value.

    A block of ``down`` samples becomes one of ``up`` samples, as a product of matrices: most
    weights are zero, and yet it is several times as fast as a filter.
    """
    divisor = gcd(RATE, round(fs))
    up, down = RATE // divisor, round(fs) // divisor
    if up == down:
        return values.copy()
    weights, before = _low_pass(up, down)
    n_blocks = -(-len(values) // down)
    after = n_blocks * down - len(values) + len(weights) - before
    padded = np.pad(values, (before, after), mode="edge")
    step = padded.strides[0]
    blocks = as_strided(padded, (n_blocks, len(weights)), (down * step, step))
    with blas_in_one_thread():
        return (blocks @ weights).reshape(-1)[: -(-len(values) * up // down)]


@cache
def _low_pass(up: int, down: int) -> tuple[NDArray[np.float32], int]:
    """Return the weights of samples in a block of new ones, and how many are before the block.

    Sample i of the block adds ``taps[middle + j * down - i * up]`` to new sample j.

    Returns
    -------
    weights : ndarray of float32 of shape (n_samples, up)
    before : int
    """
    longer = max(up, down)
    middle = _TAPS * longer  # half of SciPy's length is enough for a beat
    taps = firwin(2 * middle + 1, 1 / longer, window=("kaiser", 5.0)) * up
    before = middle // up
    i = np.arange(-before, ((up - 1) * down + middle) // up + 1)
    place = middle + np.arange(up) * down - i[:, np.newaxis] * up
    there = (place >= 0) & (place < len(taps))
    weights = np.where(there, taps[place.clip(0, len(taps) - 1)], 0)
    return weights.astype(np.float32), before


def _nearest(flags: NDArray[np.bool_], n_out: int, fs: float) -> NDArray[np.bool_]:
    """Return flags of samples at `fs` at the samples at `RATE`."""
    at = np.arange(n_out) * round(fs) // RATE
    return flags[np.minimum(at, len(flags) - 1)]


def _held(
    lead: NDArray[np.floating], known: NDArray[np.bool_], usable: NDArray[np.bool_]
) -> NDArray[np.floating]:
    """Fill gaps: by a straight line within the signal, by the nearest value outside of it."""
    at = np.flatnonzero(known)
    index = np.arange(len(lead))
    filled = np.interp(index, at, lead[at])
    outside = np.flatnonzero(~usable)
    after = np.minimum(np.searchsorted(at, outside), len(at) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.where(np.abs(at[before] - outside) < np.abs(at[after] - outside), before, after)
    filled[outside] = lead[at[nearer]]
    return filled


def _gain(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the factor of each sample: `_GAIN` by the amplitude of the beats around it."""
    amplitude = _amplitudes(values)
    n_cells = len(amplitude)
    padded = np.pad(amplitude, _NEAR, constant_values=np.nan)
    around = np.sort(np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEAR + 1), axis=1)
    n_known = np.count_nonzero(~np.isnan(around), axis=1)  # NaN are last
    rows = np.arange(n_cells)
    lower, upper = np.maximum(n_known - 1, 0) // 2, np.minimum(n_known // 2, 2 * _NEAR)
    unit = (around[rows, lower] + around[rows, upper]) / 2
    unit[(n_known == 0) | ~(unit > 0)] = np.inf
    # straight lines between the middles of cells: from half a cell before the first sample on
    gain = np.pad((_GAIN / unit).astype(np.float32), 1, mode="edge")
    part = ((np.arange(CELL) + 0.5) / CELL).astype(np.float32)
    lines = gain[:-1, np.newaxis] + np.diff(gain)[:, np.newaxis] * part
    return lines.reshape(-1)[CELL // 2 : CELL // 2 + len(values)]


def _amplitudes(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the amplitude of each cell, NaN for one without signal in half of its samples."""
    n_cells = -(-len(values) // CELL)
    padded_values = np.zeros(n_cells * CELL, dtype=np.float32)
    padded_values[: len(values)] = values
    cells = padded_values.reshape(n_cells, CELL)
    amplitude = np.ptp(cells, axis=1).astype(np.float64)
    amplitude[(cells != 0).sum(axis=1, dtype=np.int16) < CELL // 2] = np.nan
    return amplitude
