"""The normal shape among the beats of a stretch, found without labels."""

from typing import NamedTuple

import numpy as np

from ._rhythm import USUAL
from ._running import median_or

ALIKE = 0.8  # similarity above which two beats have one shape
_SHAPES = 6  # looked at, the most frequent first
_RARE = 0.04  # share of the beats below which a shape is no candidate


class Normal(NamedTuple):
    """Beats of the normal shape and their median."""

    beats: np.ndarray  # their numbers in the recording
    wave: np.ndarray  # (n_window,) sample by sample


def alike(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Tell which rows of ``a`` are like which of ``b``: 2 a.b / (a.a + b.b) is above 0.8.

    This similarity is 1 for equal ones; unlike a correlation it falls when one is larger.
    """
    energy = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)
    energy *= ALIKE / 2
    return a @ b.T > energy


def find_normal(
    waves: np.ndarray,
    qrs: slice,
    beats: np.ndarray,
    rr: np.ndarray,
    width: np.ndarray,
    early: np.ndarray,
) -> Normal:
    """Find the beats of the normal shape, and their median, among some beats of a lead.

    All arrays but ``beats`` are of the whole recording. The shape is first the one of which
    there are many beats that are neither early nor wide, then all beats like its median.
    """
    complexes, early = waves[beats, qrs], early[beats]
    pairs = alike(complexes, complexes)
    np.fill_diagonal(pairs, True)  # a flat beat, too, is like itself
    chosen = _dominant(pairs, np.log(rr[beats]), width[beats])
    chosen = _on_time(chosen, early)
    wave = np.median(waves[beats[chosen]], axis=0)
    like_it = _on_time(alike(complexes, wave[None, qrs])[:, 0], early)
    if like_it.sum() >= 3:
        chosen, wave = like_it, np.median(waves[beats[like_it]], axis=0)
    return Normal(beats[chosen], wave)


def _dominant(pairs: np.ndarray, log_rr: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Choose among the most frequent shapes the one most like normal beats.

    A shape is a beat with all that are like it. It counts by its number of beats, less if they
    come after shorter intervals than those of another frequent shape, and less if they are
    wider than those of the narrowest.
    """
    numbers = pairs.astype(np.float32)
    left = np.ones(len(pairs), dtype=bool)
    shapes: list[np.ndarray] = []
    while len(shapes) < _SHAPES and left.any():
        count = (numbers @ left.astype(np.float32)) * left
        most = count.argmax()
        if shapes and count[most] < max(3, _RARE * len(pairs)):
            break
        shapes.append(pairs[most] & left)
        left &= ~shapes[-1]
    size = np.array([shape.sum() for shape in shapes])
    rr = np.array([median_or(log_rr[shape], np.log(USUAL)) for shape in shapes])
    wide = np.array([np.median(width[shape]) for shape in shapes])
    frequent = size >= 0.1 * len(pairs)
    frequent[0] = True
    early = np.minimum(rr - rr[frequent].max(), 0)
    return shapes[(size * np.exp(2 * early) * ((wide.min() + 1) / (wide + 1)) ** 2).argmax()]


def _on_time(chosen: np.ndarray, early: np.ndarray) -> np.ndarray:
    """Leave out beats that come early, if three others are there."""
    on_time = chosen & ~early
    return on_time if on_time.sum() >= 3 else chosen
