"""Normal beats: those of the normal QRS shape among the beats of a stretch, without labels.

Beats are compared in pairs:

    similar   beat 0  1  2  3      A row, the beats similar to one beat, is a shape. The most
      beat 0       x  .  x  .      frequent ones are candidates: here beats 0 and 2, then 1 and
           1       .  x  .  x      3. The normal shape is the candidate of many, narrow beats
           2       x  .  x  .      that do not come early.
           3       .  x  .  x
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..utils import lane_medians, median, median_or
from ._rhythm import DEFAULT_RR
from ._similar import SimilarPairs, similar

__all__ = ["NormalBeatFinder", "NormalBeats"]

_CANDIDATES = 6  # shapes, the most frequent first
_RARE = 0.04  # share of the beats below which a shape is not a candidate
_FEWEST = 3  # beats from which a median is taken


class NormalBeats(NamedTuple):
    """Beats of the normal shape and their median."""

    beats: NDArray[np.int64]  # their numbers
    wave: NDArray[np.floating]  # (n_window,): sample by sample


class NormalBeatFinder:
    """Find the normal beats of one stretch of a lead after the other.

    Parameters
    ----------
    waves : ndarray of shape (n_all, n_window)
        Windows around all beats of the lead.
    qrs : slice
        Part of a window with the QRS complex.
    rr, width : ndarray of shape (n_all,)
        RR interval before each beat in seconds, and width of its QRS complex in ms.
    early : ndarray of bool of shape (n_all,)
        Beats that come early; they are not taken for normal if three others are there.
    """

    def __init__(
        self,
        waves: NDArray[np.floating],
        qrs: slice,
        rr: NDArray[np.floating],
        width: NDArray[np.floating],
        early: NDArray[np.bool_],
    ) -> None:
        self.complexes = np.ascontiguousarray(waves[:, qrs])
        self._lanes = np.ascontiguousarray(waves.T)  # (n_window, n_all)
        self._qrs = slice(*qrs.indices(waves.shape[1]))
        self._log_rr = np.log(rr)
        self._width, self._early = width, early
        self._pairs = SimilarPairs(self.complexes)

    def find(self, others: slice) -> NormalBeats:
        """Find the beats of the normal shape, and their median, among some beats.

        Parameters
        ----------
        others : slice
            Numbers of the beats to search, with a step. Stretches that move on from one call to
            the next are fast.
        """
        early, lanes = self._early[others], self._lanes[:, others]
        self._pairs.move(others)
        chosen = _dominant(self._pairs, self._log_rr[others], self._width[others])
        chosen = _on_time(chosen, early)

        # the shape of one beat misses beats at its edge; those similar to the median of all are in
        typical = lane_medians(lanes[self._qrs][:, chosen])
        similar_to_typical = similar(self.complexes[others], typical[None])[:, 0]
        similar_to_typical = _on_time(similar_to_typical, early)
        if np.count_nonzero(similar_to_typical) < _FEWEST:
            similar_to_typical = chosen
        wave = np.empty(len(lanes), dtype=lanes.dtype)
        rest = [self._qrs, slice(0, self._qrs.start), slice(self._qrs.stop, len(lanes))]
        if np.array_equal(similar_to_typical, chosen):
            wave[self._qrs] = typical
            rest = rest[1:]
        for part in rest:
            wave[part] = lane_medians(lanes[part][:, similar_to_typical])
        first, _, step = others.indices(len(self._early))
        return NormalBeats(first + step * np.flatnonzero(similar_to_typical), wave)

    def similar_to(self, own: slice) -> NDArray[np.bool_]:
        """Tell which of the beats last searched are similar to some of them; none to itself."""
        return self._pairs.to_others(own)


def _dominant(
    pairs: SimilarPairs, log_rr: NDArray[np.floating], width: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """Choose the frequent shape that is most likely that of normal beats.

    A shape counts by its number of beats, less if they come after shorter intervals than those
    of another frequent shape, and less if they are wider than those of the narrowest.
    """
    n, counts = len(pairs.matrix), pairs.counts
    left = np.ones(n, dtype=bool)  # beats of no shape so far
    shapes: list[NDArray[np.bool_]] = []
    while len(shapes) < _CANDIDATES and left.any():
        most = (counts * left).argmax()
        if shapes and counts[most] < max(_FEWEST, _RARE * n):
            break
        shapes.append(pairs.matrix[most] & left)
        left &= ~shapes[-1]
        # how many of those left are similar to each: added up, or taken off, whichever is faster
        if 2 * np.count_nonzero(left) < n:
            counts = pairs.counts_among(left)
        else:
            counts = counts - pairs.counts_among(shapes[-1])
    if len(shapes) == 1:
        return shapes[0]
    size = np.array([np.count_nonzero(shape) for shape in shapes])
    rr = np.array([median_or(log_rr[shape], np.log(DEFAULT_RR)) for shape in shapes])
    widths = np.array([median(width[shape]) for shape in shapes])
    frequent = size >= 0.1 * n
    frequent[0] = True
    early = np.minimum(rr - rr[frequent].max(), 0)
    narrow = (widths.min() + 1) / (widths + 1)
    return shapes[(size * np.exp(2 * early) * narrow**2).argmax()]


def _on_time(chosen: NDArray[np.bool_], early: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Exclude beats that come early, if three others are there."""
    on_time = chosen & ~early
    return on_time if np.count_nonzero(on_time) >= _FEWEST else chosen
