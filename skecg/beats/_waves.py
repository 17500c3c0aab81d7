"""One lead prepared for context: baseline off, beats centred on their QRS complex, windows."""

import numpy as np
from scipy.ndimage import median_filter

_BASELINE = (0.2, 0.6)  # seconds; the first median takes off QRS and P, the second the T wave
_STEP = 0.008  # seconds over which slopes are taken, so that they mean the same at each rate
_ENERGY = 0.1  # seconds of a QRS complex
_SEARCH = 0.1  # seconds that a position may move, as for the R peak


def in_samples(seconds: float, fs: float) -> int:
    """Whole number of samples."""
    return round(seconds * fs)


def slope_step(fs: float) -> int:
    """Samples over which slopes are taken, one at least."""
    return max(1, in_samples(_STEP, fs))


def remove_baseline(lead: np.ndarray, fs: float) -> np.ndarray:
    """Subtract medians over 200, then over 600 ms; nothing beyond 0.4 s bears on a sample."""
    baseline = lead
    for seconds in _BASELINE:
        baseline = median_filter(baseline, in_samples(seconds, fs) | 1, mode="nearest")
    return (lead - baseline).astype(np.float32)


def take_windows(lead: np.ndarray, position: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Samples at offsets from each position; ends are continued by their last sample."""
    return lead[(position[..., None] + offsets).clip(0, len(lead) - 1)]


def qrs_centres(lead: np.ndarray, position: np.ndarray, fs: float) -> np.ndarray:
    """Move each beat to the middle of its QRS complex, where the slope has most energy.

    Unlike the R peak, the middle is the same place for upright, inverted and biphasic beats. It
    is looked for within 100 ms, never past half the way to a neighbour; where the lead is flat
    the beat stays.
    """
    reach, step = in_samples(_SEARCH, fs), slope_step(fs)
    half = in_samples(_ENERGY / 2, fs)
    span = reach + half + step
    wave = take_windows(lead, position, np.arange(-span - step, span + step + 1))
    slope = (wave[:, 2 * step :] - wave[:, : -2 * step]) ** 2  # (n_beats, 2 * span + 1)
    energy = _sliding_sum(_sliding_sum(slope, 2 * half + 1), 2 * step + 1)

    way = np.diff(position) // 2
    left = np.concatenate(([reach], way)).clip(max=reach)[: len(position), None]
    right = np.concatenate((way, [reach])).clip(max=reach)[: len(position), None]
    offsets = np.arange(-reach, reach + 1)
    place = position[:, None] + offsets
    outside = (offsets < -left) | (offsets > right) | (place < 0) | (place >= len(lead))
    energy[outside] = 0
    best = energy.argmax(axis=1)
    found = energy[np.arange(len(best)), best] > 0
    return np.where(found, position + offsets[best], position)


def _sliding_sum(values: np.ndarray, width: int) -> np.ndarray:
    """Sums of ``width`` values side by side in each row, added in the same order everywhere."""
    n = values.shape[1] - width + 1
    total = values[:, :n].copy()
    for start in range(1, width):
        total += values[:, start : start + n]
    return total
