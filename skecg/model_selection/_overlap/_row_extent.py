"""The stretch of a recording on which the row of a beat depends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...beats._context import ContextExtent

__all__ = ["RowExtent", "Stretches"]

#: Start and end in s, each of shape (n_beats,).
Stretches = tuple[NDArray[np.float64], NDArray[np.float64]]

_LONGEST_RR = 2.0  # seconds, for beats that are not among the known ones


@dataclass(frozen=True)
class RowExtent:
    """Extent of a row around its R peak."""

    before: float  # seconds of its window
    after: float
    neighbors: int = 0  # beats on each side whose columns are in the row, too
    context: ContextExtent | None = None

    @classmethod
    def of(cls, beats: Mapping[str, Any]) -> "RowExtent | None":
        """Return the extent of the rows of beats, None without an extractor or layout and fs."""
        extractor, layout = beats.get("extractor"), beats.get("layout")
        neighbors = getattr(layout, "neighbors", 0)
        window = getattr(extractor, "window", None)
        if window is not None:
            context = getattr(extractor, "context_extent", None)
            return cls(float(window[0]), float(window[1]), neighbors, context)
        n_samples = getattr(layout, "n_samples", None)
        if n_samples is None or not beats.get("fs"):
            return None
        half = n_samples / float(beats["fs"]) / 2
        return cls(half, half, neighbors)

    def windows(self, peak: NDArray[np.float64]) -> Stretches:
        """Return the windows in the rows of a record, from its peaks in the order of time.

        A row with neighbors reaches from the window of the first to that of the last of them
        that the set has.
        """
        i, k = np.arange(peak.size), self.neighbors
        first, last = np.maximum(i - k, 0), np.minimum(i + k, peak.size - 1)
        return peak[first] - self.before, peak[last] + self.after

    def with_context(self, peak: NDArray[np.float64], known: NDArray[np.float64]) -> Stretches:
        """Return the stretches on which rows with context depend, in s.

        `known` holds the peaks of the record in both sets, ascending: context is counted in
        beats. Rows without context depend on their windows.
        """
        if self.context is None:
            return self.windows(peak)
        # beats, seconds and beats again, one after the other, on each side of the peak:
        #
        #   | margin_beats | seconds | beats | peak | beats | seconds | margin_beats |
        beats, seconds, margin = self.context
        start = _beat_before(known, _beat_before(known, peak, beats) - seconds, margin)
        end = _beat_after(known, _beat_after(known, peak, beats) + seconds, margin)
        return start, end


def _beat_before(
    known: NDArray[np.float64], t: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    """Return the time of the n-th known beat before each time."""
    at = np.searchsorted(known, t, side="left") - n
    # fewer beats, or gaps between them, do not make it further than n of the longest intervals
    return np.where(
        at >= 0, np.maximum(known[at.clip(0)], t - _LONGEST_RR * n), t - _LONGEST_RR * n
    )


def _beat_after(known: NDArray[np.float64], t: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return the time of the n-th known beat after each time."""
    at = np.searchsorted(known, t, side="right") + n - 1
    furthest = t + _LONGEST_RR * n
    return np.where(
        at < known.size, np.minimum(known[at.clip(max=known.size - 1)], furthest), furthest
    )
