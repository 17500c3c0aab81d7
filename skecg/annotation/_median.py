"""The exact median of a signal that is never in memory whole."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["RunningMedian"]


class RunningMedian:
    """Counts the distinct values of a lead: a converter has few of them.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.annotation._median import RunningMedian
    >>> median = RunningMedian()
    >>> median.add(np.array([1, 4, np.nan, 2], dtype=np.float32))
    >>> median.add(np.array([4, 4], dtype=np.float32))
    >>> float(median.value())
    4.0
    """

    def __init__(self) -> None:
        self._values = np.empty(0, dtype=np.float32)
        self._counts = np.empty(0, dtype=np.int64)

    def add(self, values: NDArray[np.float32]) -> None:
        """Add values; NaN is not counted."""
        found, counts = np.unique(values[~np.isnan(values)], return_counts=True)
        joined, places = np.unique(np.concatenate([self._values, found]), return_inverse=True)
        both = np.concatenate([self._counts, counts])
        self._counts = np.bincount(places, both, minlength=len(joined)).astype(np.int64)
        self._values = joined

    def value(self) -> np.float32:
        """Return the median, as `numpy.median` of all values does; 0 without any."""
        if not len(self._values):
            return np.float32(0)
        end = np.cumsum(self._counts)
        middle = (int(end[-1]) - 1) // 2, int(end[-1]) // 2
        return np.mean(self._values[np.searchsorted(end, middle, side="right")])
