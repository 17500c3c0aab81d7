"""Waves of one lead: baseline removed, beats centred on their QRS complex, windows cut.

A window is a row of samples at ``offsets`` from the centre of each beat:

    offsets   -3  -2  -1   0   1   2         one row per beat, (n_beats, n_offsets)
                           centre
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

__all__ = [
    "in_samples",
    "qrs_centres",
    "remove_baseline",
    "sliding_sum",
    "slope_step",
    "take_windows",
]

_BASELINE = (0.2, 0.6)  # seconds; the first median removes QRS and P, the second the T wave
_STEP = 0.008  # seconds over which slopes are taken, so that they are the same at each rate
_ENERGY = 0.1  # seconds of a QRS complex
_SEARCH = 0.1  # seconds that a position may move, as for the R peak


def in_samples(seconds: float, fs: float) -> int:
    """Convert seconds to a whole number of samples."""
    return round(seconds * fs)


def slope_step(fs: float) -> int:
    """Return the number of samples over which slopes are taken, at least one."""
    return max(1, in_samples(_STEP, fs))


def remove_baseline(lead: NDArray[np.floating], fs: float) -> NDArray[np.float32]:
    """Subtract medians over 200, then over 600 ms; no sample depends on others beyond 0.4 s."""
    baseline = lead
    for seconds in _BASELINE:
        baseline = median_filter(baseline, in_samples(seconds, fs) | 1, mode="nearest")
    return (lead - baseline).astype(np.float32)


def take_windows(
    lead: NDArray[np.floating], position: NDArray[np.integer], offsets: NDArray[np.integer]
) -> NDArray[np.floating]:
    """Take the samples at offsets from each position; ends repeat their last sample."""
    return lead[(position[..., None] + offsets).clip(0, len(lead) - 1)]


def qrs_centres(
    lead: NDArray[np.floating], position: NDArray[np.int64], fs: float
) -> NDArray[np.int64]:
    """Move each beat to the middle of its QRS complex, where the slope has most energy.

    Unlike the R peak, the middle is the same place for upright, inverted and biphasic beats. It
    is searched within 100 ms, never past half the distance to a neighbour; where the lead is
    flat the beat stays.
    """
    reach, step = in_samples(_SEARCH, fs), slope_step(fs)
    half = in_samples(_ENERGY / 2, fs)
    # (n_beats, 2 * n + 1) arrays around the positions; n samples to either side:
    #   wave      reach + half + 2 * step
    #   slope     reach + half + step          squared differences over 2 * step
    #   energy    reach                        their sums over a QRS complex
    span = reach + half + step
    wave = take_windows(lead, position, np.arange(-span - step, span + step + 1))
    slope = (wave[:, 2 * step :] - wave[:, : -2 * step]) ** 2
    energy = sliding_sum(sliding_sum(slope, 2 * half + 1), 2 * step + 1)

    half_way = np.diff(position) // 2
    left = np.concatenate(([reach], half_way)).clip(max=reach)[: len(position), None]
    right = np.concatenate((half_way, [reach])).clip(max=reach)[: len(position), None]
    offsets = np.arange(-reach, reach + 1)
    place = position[:, None] + offsets
    outside = (offsets < -left) | (offsets > right) | (place < 0) | (place >= len(lead))
    energy[outside] = 0
    best = energy.argmax(axis=1)
    found = energy[np.arange(len(best)), best] > 0
    return np.where(found, position + offsets[best], position)


def sliding_sum(values: NDArray[np.floating], width: int) -> NDArray[np.floating]:
    """Sum ``width`` adjacent values of each row at every place, added in the same order."""
    n = values.shape[1] - width + 1
    total = values[:, :n].copy()
    for start in range(1, width):
        total += values[:, start : start + n]
    return total
