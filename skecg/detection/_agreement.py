"""Find the stretches in which a lead has no ECG, by the beats that another lead has.

Two beats that are alike in one lead are alike in all that have an ECG, ectopic beats and bundle
branch block included:

    lead 0    beats 1 and 2: 0.98    1 and 3: 0.97    2 and 3: 0.99     alike
    lead 1                   0.95             0.93             0.97     an ECG
    lead 2                  -0.41             0.32             0.05     noise, such as mains hum
                                                                        or electrode motion
"""

import numpy as np
from numpy.typing import NDArray

from ._scale import RATE

__all__ = ["without_ecg"]

_BEFORE, _AFTER = round(0.1 * RATE), round(0.15 * RATE)  # samples of a beat that are compared
_ALIKE = 0.85  # correlation of two beats in the lead in which they are most alike
_UNALIKE = 0.15  # mean correlation of those in a lead without ECG; leads with one have 0.2 to 1
_OWN = 0.3  # the same of one beat, at the ends of a stretch
_PARTNERS = 8  # beats after each with which it is compared
_FAR = 6 * RATE  # samples: the greatest distance of two beats, and of pairs of which the mean is
_FEWEST = 12  # pairs
_SHARE = 0.25  # of pairs that are alike; fewer are chance, or noise in all leads


def without_ecg(
    leads: NDArray[np.float32], usable: NDArray[np.bool_], place: NDArray[np.int64]
) -> list[list[tuple[int, int]]]:
    """Return the stretches in which a lead has no ECG and another one has.

    Parameters
    ----------
    leads : ndarray of shape (n_leads, n_samples)
        From `scaled_lead`.
    usable : ndarray of bool of shape (n_leads, n_beats)
        Whether a lead is used at each beat.
    place : ndarray of int of shape (n_beats,)
        Beats in samples of ``leads``.

    Returns
    -------
    list of list of tuple
        For each lead the first and the last beat of each stretch.
    """
    if len(leads) < 2 or len(place) < 2:
        return [[] for _ in leads]
    likeness = np.stack(
        [_likeness(lead, use, place) for lead, use in zip(leads, usable, strict=True)]
    )
    found = []
    for lead in range(len(leads)):
        others = np.fmax.reduce(np.delete(likeness, lead, axis=0))
        found.append(_stretches(likeness[lead], others, place))
    return found


def _likeness(
    lead: NDArray[np.float32], use: NDArray[np.bool_], place: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the correlation of each beat with the next ones, of shape (partners, n_beats).

    NaN where the lead is not used at both, or they are far from each other.
    """
    at = place[:, np.newaxis] + np.arange(-_BEFORE, _AFTER)
    beats = lead[at.clip(0, len(lead) - 1)]
    beats -= beats.mean(axis=1, keepdims=True)
    size = np.sqrt(np.einsum("ij,ij->i", beats, beats))
    known = use & (size > 0)
    beats /= np.where(known, size, 1)[:, np.newaxis]
    found = np.full((_PARTNERS, len(place)), np.nan, dtype=np.float32)
    for i in range(min(_PARTNERS, len(place) - 1)):
        first, second = slice(None, -i - 1), slice(i + 1, None)
        near = place[second] - place[first] <= _FAR
        both = known[first] & known[second] & near
        r = np.einsum("ij,ij->i", beats[first], beats[second])
        found[i, first] = np.where(both, r, np.nan)
    return found


def _stretches(
    likeness: NDArray[np.float32], others: NDArray[np.float32], place: NDArray[np.int64]
) -> list[tuple[int, int]]:
    """Return the first and last beats of the stretches in which a lead has no ECG."""
    compared = ~np.isnan(likeness) & ~np.isnan(others)
    alike = compared & (others > _ALIKE)
    r = np.where(alike, likeness, 0)
    lo = np.searchsorted(place, place - _FAR)
    hi = np.searchsorted(place, place + _FAR, side="right")
    n_alike, n_compared, total = (
        sums[hi] - sums[lo]
        for sums in (
            np.concatenate([[0], np.cumsum(one.sum(axis=0, dtype=np.float64))])
            for one in (alike, compared, r)
        )
    )
    lost = (n_alike >= _FEWEST) & (n_alike > _SHARE * n_compared)
    lost &= total < _UNALIKE * n_alike
    if not lost.any():
        return []
    low = _own(alike, r) < _OWN
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lost, [False]]).astype(np.int8)))
    found: list[tuple[int, int]] = []
    for first, stop in edges.reshape(-1, 2).tolist():
        begin, end = first, stop - 1
        while begin > 0 and low[begin - 1] and place[first] - place[begin - 1] <= _FAR:
            begin -= 1
        while end + 1 < len(place) and low[end + 1] and place[end + 1] - place[stop - 1] <= _FAR:
            end += 1
        found.append((begin, end))
    return found


def _own(alike: NDArray[np.bool_], r: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the mean correlation of each beat with those that it is like, 1 without any."""
    n, total = alike.sum(axis=0).astype(np.float64), r.sum(axis=0, dtype=np.float64)
    for i in range(len(alike)):  # the beats before
        n[i + 1 :] += alike[i, : len(n) - i - 1]
        total[i + 1 :] += r[i, : len(n) - i - 1]
    return np.where(n > 0, total / np.maximum(n, 1), 1.0)
