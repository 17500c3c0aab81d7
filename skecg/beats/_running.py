"""Medians and ranks over the beats around each beat."""

import numpy as np


def around(values: np.ndarray, before: int, after: int) -> np.ndarray:
    """Values of the beats from ``before`` ahead of to ``after`` behind each; NaN beyond the ends.

    A view of shape (n_beats, before + 1 + after); with ``after=-1`` without the beat itself.
    """
    padded = np.concatenate((np.full(before, np.nan), values, np.full(max(after, 0), np.nan)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, before + 1 + after)
    return windows[: len(values)]


def row_medians(values: np.ndarray) -> np.ndarray:
    """Median of each row without its NaN; NaN if nothing is left."""
    values = np.sort(values, axis=1)  # NaN go last
    there = values.shape[1] - np.isnan(values).sum(axis=1)
    row = np.arange(len(values))
    low = values[row, np.maximum(there - 1, 0) // 2]
    high = values[row, np.minimum(there // 2, values.shape[1] - 1)]
    return (low + high) / 2


def running_median(values: np.ndarray, reach: int) -> np.ndarray:
    """Median over each beat and ``reach`` beats on either side, without NaN."""
    return row_medians(around(values, reach, reach))


def running_rank(values: np.ndarray, reach: int) -> np.ndarray:
    """Share of a beat and ``reach`` beats on either side that lies below it, less one half."""
    others = around(values, reach, reach)
    own = values[:, None]
    below = (others < own).sum(axis=1) + 0.5 * (others == own).sum(axis=1)
    return below / np.maximum(np.isfinite(others).sum(axis=1), 1) - 0.5


def median_or(values: np.ndarray, otherwise: float) -> float:
    """Median without NaN, or another number if nothing is left."""
    values = values[np.isfinite(values)]
    return float(np.median(values)) if values.size else otherwise
