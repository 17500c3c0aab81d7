"""Find the steps of an analog-to-digital converter in a signal."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Grid", "to_grid"]

# Steps per mV that recorders and databases use, tried before a search.
_COMMON_GAINS = (200.0, 100.0, 1000.0, 400.0, 500.0, 800.0, 250.0, 204.8, 409.6, 2000.0, 10000.0)


@dataclass(frozen=True)
class Grid:
    """Whole numbers ``signal * gain`` that represent a signal, and their range."""

    gain: float
    lowest: int
    highest: int

    def fits(self, bits: int) -> bool:
        """Tell whether the numbers, moved by a baseline, fit and leave one for invalid samples."""
        return self.highest - self.lowest <= 2**bits - 2

    def write(
        self, out: NDArray[np.signedinteger], signal: NDArray[np.float32], *, invalid: int
    ) -> int:
        """Write the numbers plus a baseline to ``out`` and return the baseline."""
        limits = np.iinfo(out.dtype)
        # 0 if possible, else the least move that brings all numbers in
        baseline = min(0, limits.max - self.highest) + max(0, limits.min + 1 - self.lowest)
        missing = np.isnan(signal)
        numbers = np.rint(np.where(missing, 0, signal).astype(np.float64) * self.gain)
        out[:] = np.where(missing, invalid, numbers + baseline)
        return baseline


def to_grid(signal: NDArray[np.float32]) -> Grid:
    """Find a grid on which a float32 signal lies exactly, or else one as fine as 32 bits hold.

    Parameters
    ----------
    signal : ndarray of float32 of shape (n_samples,)
        One lead; NaN is ignored.

    Returns
    -------
    Grid
        ``float32(round(signal * gain) / gain)`` equals the signal. Where no grid is found, the
        gain is a power of two and the difference at most ``2**-31`` of the largest absolute
        value.
    """
    values = np.unique(signal[~np.isnan(signal)]).astype(np.float64)
    if not len(values):
        return Grid(_COMMON_GAINS[0], 0, 0)
    for gain in (*_COMMON_GAINS, _search_gain(values)):
        if gain is not None and _lies_on(values, gain):
            break
    else:
        gain = _finest_gain(float(np.abs(values).max()))
    ends = np.rint(values[[0, -1]] * gain)
    return Grid(gain, int(ends[0]), int(ends[1]))


def _lies_on(values: NDArray[np.float64], gain: float) -> bool:
    """Tell whether float32 values are restored from whole numbers of at most 31 bits."""
    numbers = np.rint(values * gain)
    if max(abs(numbers[0]), abs(numbers[-1])) >= 2**31:
        return False
    return np.array_equal((numbers / gain).astype(np.float32), values)


def _search_gain(values: NDArray[np.float64]) -> float | None:
    """Find the steps per mV that explain sorted, distinct float32 values, or None.

    A value x with the whole number n, rounded to float32 by at most h, bounds the gain to
    [n / (x + h), n / (x - h)]. From the least difference between values, a first guess good
    enough for the smallest values, the bounds close in value by value, each doubling of the
    range by all values in it at once.
    """
    if len(values) < 2:
        return None
    gain = 1 / np.diff(values).min()
    sizes = np.sort(np.abs(values[values != 0]))
    half = np.spacing(sizes.astype(np.float32)).astype(np.float64) / 2
    low, high = 0.0, np.inf
    start = 0
    while start < len(sizes):
        stop = np.searchsorted(sizes, 2 * sizes[start], side="right")
        part, rounding = sizes[start:stop], half[start:stop]
        numbers = np.rint(part * gain)
        if numbers[0] == 0 or numbers[-1] >= 2**31:
            return None
        low = max(low, (numbers / (part + rounding)).max())
        high = min(high, (numbers / (part - rounding)).min())
        if low > high:
            return None
        gain = (low + high) / 2
        start = stop
    return _shortest_between(low, high)


def _shortest_between(low: float, high: float) -> float:
    """Return the number of fewest digits in an interval: the gain that a person wrote down."""
    middle = (low + high) / 2
    for digits in range(1, 17):
        short = float(f"{middle:.{digits}g}")
        if low <= short <= high:
            return short
    return middle


def _finest_gain(largest: float) -> float:
    """Return the largest power of two that brings a value below 2**31."""
    _, exponent = np.frexp(largest)
    return 2.0 ** (31 - int(exponent))
