"""Normal beats: those of the normal QRS shape among the beats of a stretch, without labels.

``waves`` are windows around all beats of one lead, (n_beats, n_window), and ``qrs`` their part
with the QRS complex. Beats are compared in pairs:

    similar   beat 0  1  2  3      A row, the beats similar to one beat, is a shape. The most
      beat 0       x  .  x  .      frequent ones are candidates: here beats 0 and 2, then 1 and
           1       .  x  .  x      3. The normal shape is the candidate of many, narrow beats
           2       x  .  x  .      that do not come early.
           3       .  x  .  x
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._rhythm import DEFAULT_RR
from ._running import median_or

__all__ = ["NormalBeats", "find_normal", "similar"]

SIMILAR = 0.8  # similarity above which two beats have one shape
_CANDIDATES = 6  # shapes, the most frequent first
_RARE = 0.04  # share of the beats below which a shape is not a candidate
_FEWEST = 3  # beats from which a median is taken


class NormalBeats(NamedTuple):
    """Beats of the normal shape and their median."""

    beats: NDArray[np.int64]  # their numbers in the recording
    wave: NDArray[np.floating]  # (n_window,): sample by sample


def similar(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Tell which rows of ``a`` are similar to which of ``b``: 2 a.b / (a.a + b.b) above 0.8.

    This similarity is 1 for equal rows; unlike a correlation it falls if one is larger.
    """
    energy = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)
    energy *= SIMILAR / 2
    return a @ b.T > energy


def find_normal(
    waves: NDArray[np.floating],
    qrs: slice,
    beats: NDArray[np.int64],
    rr: NDArray[np.floating],
    width: NDArray[np.floating],
    early: NDArray[np.bool_],
) -> NormalBeats:
    """Find the beats of the normal shape, and their median, among some beats of a lead.

    Parameters
    ----------
    waves : ndarray of shape (n_all, n_window)
        Windows around all beats of the recording.
    qrs : slice
        Part of a window with the QRS complex.
    beats : ndarray of int of shape (n_beats,)
        Numbers of the beats to search.
    rr, width : ndarray of shape (n_all,)
        RR interval before each beat in seconds, and width of its QRS complex in ms.
    early : ndarray of bool of shape (n_all,)
        Beats that come early; they are not taken for normal if three others are there.
    """
    complexes, early = waves[beats, qrs], early[beats]
    pairs = similar(complexes, complexes)
    np.fill_diagonal(pairs, True)  # a flat beat, too, is similar to itself
    chosen = _dominant(pairs, np.log(rr[beats]), width[beats])
    chosen = _on_time(chosen, early)

    # the shape of one beat misses beats at its edge; those similar to the median of all are in
    typical = np.median(complexes[chosen], axis=0)
    similar_to_typical = _on_time(similar(complexes, typical[None])[:, 0], early)
    if similar_to_typical.sum() >= _FEWEST:
        chosen = similar_to_typical
    return NormalBeats(beats[chosen], np.median(waves[beats[chosen]], axis=0))


def _dominant(
    pairs: NDArray[np.bool_], log_rr: NDArray[np.floating], width: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """Choose the frequent shape that is most likely that of normal beats.

    A shape counts by its number of beats, less if they come after shorter intervals than those
    of another frequent shape, and less if they are wider than those of the narrowest.
    """
    numbers = pairs.astype(np.float32)
    left = np.ones(len(pairs), dtype=bool)  # beats of no shape so far
    shapes: list[NDArray[np.bool_]] = []
    while len(shapes) < _CANDIDATES and left.any():
        count = (numbers @ left.astype(np.float32)) * left
        most = count.argmax()
        if shapes and count[most] < max(_FEWEST, _RARE * len(pairs)):
            break
        shapes.append(pairs[most] & left)
        left &= ~shapes[-1]
    size = np.array([shape.sum() for shape in shapes])
    rr = np.array([median_or(log_rr[shape], np.log(DEFAULT_RR)) for shape in shapes])
    widths = np.array([np.median(width[shape]) for shape in shapes])
    frequent = size >= 0.1 * len(pairs)
    frequent[0] = True
    early = np.minimum(rr - rr[frequent].max(), 0)
    narrow = (widths.min() + 1) / (widths + 1)
    return shapes[(size * np.exp(2 * early) * narrow**2).argmax()]


def _on_time(chosen: NDArray[np.bool_], early: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Exclude beats that come early, if three others are there."""
    on_time = chosen & ~early
    return on_time if on_time.sum() >= _FEWEST else chosen
