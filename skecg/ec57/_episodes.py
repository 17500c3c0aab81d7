"""Match the episodes of two annotators: each file in turn is asked for in the other one."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._marks import MarkedEpisodes

__all__ = ["Counted", "Rules", "count_episodes", "overlap_pairs"]

Samples = NDArray[np.int64]


class Rules(NamedTuple):
    """Options of a comparison of episodes, in samples.

    ``start`` and ``end`` are the test period, and ``extremum_end`` is the end for extrema, which
    are only looked at strictly inside. ``minimum`` applies to the episodes that are counted,
    ``minimum_searched`` to those that they are compared with.
    """

    start: int
    end: float
    extremum_end: float
    minimum: int
    minimum_searched: int
    is_st: bool
    reference_faults: bool


class Counted(NamedTuple):
    """The counted episodes of one annotator, cut to the test period.

    ``duration`` is shorter than ``off - on`` where a part is excluded.
    """

    on: Samples
    off: Samples
    duration: Samples
    overlap: Samples
    matched: NDArray[np.bool_]


def count_episodes(
    defining: MarkedEpisodes,
    searched: MarkedEpisodes,
    rules: Rules,
    exclusions: MarkedEpisodes | None = None,
) -> Counted:
    """Look for each episode of the defining annotator among those of the searched one.

    Parameters
    ----------
    defining, searched : MarkedEpisodes
        Episodes of the two annotators.
    rules : Rules
        Options of the comparison.
    exclusions : MarkedEpisodes or None, default=None
        Stretches that are not evaluated.

    Returns
    -------
    Counted
        One row for each counted episode.
    """
    # an episode that ends at the start is kept, with length 0: it can only be a miss
    kept = (defining.off >= rules.start) & (defining.on < rules.end)
    defining = defining.keep(kept)
    on = np.maximum(defining.on, rules.start)
    off = defining.off
    if np.isfinite(rules.end):
        off = np.minimum(off, int(rules.end))
    extrema, duration = defining.extrema, off - on
    if exclusions is not None and len(exclusions):
        on, off, duration = _exclude(on, off, exclusions, rules.reference_faults)
    # duration -1: wholly excluded
    counted = (duration >= 0) & (duration >= rules.minimum)
    on, off, duration, extrema = on[counted], off[counted], duration[counted], extrema[counted]
    searched = searched.keep(searched.off - searched.on >= rules.minimum_searched)
    overlap = _covered(searched, off) - _covered(searched, on)
    matched = overlap > 0
    if rules.is_st:
        meets = _extremum_in_overlap(on, off, extrema, searched, rules)
        matched &= (2 * overlap >= duration) | meets
    return Counted(on, off, duration, overlap, matched)


def overlap_pairs(
    reference: Counted, test: Counted
) -> tuple[NDArray[np.intp], NDArray[np.intp], Samples]:
    """Return the numbers of the episodes that overlap, and the length of each overlap."""
    # of the test, the first episode that ends after the begin, and the first behind the end
    first = np.searchsorted(test.off, reference.on, side="right")
    behind = np.maximum(np.searchsorted(test.on, reference.off, side="left"), first)
    number = behind - first
    i = np.repeat(np.arange(len(number)), number)
    j = np.arange(len(i)) - np.repeat(np.cumsum(number) - number, number) + first[i]
    length = np.minimum(reference.off[i], test.off[j]) - np.maximum(reference.on[i], test.on[j])
    overlaps = length > 0
    return i[overlaps], j[overlaps], length[overlaps]


def _covered(episodes: MarkedEpisodes, at: Samples) -> Samples:
    """Return the time in episodes from the begin of the recording up to each position.

    ::

        episodes        |-----|      |---|
        covered   0     0     6  6   6   10   10
    """
    if not len(episodes):
        return np.zeros_like(at)
    before = np.concatenate([[0], np.cumsum(episodes.off - episodes.on)])
    n_begun = np.searchsorted(episodes.on, at, side="right")
    latest_end = episodes.off[np.maximum(n_begun - 1, 0)]
    rest = np.where(n_begun > 0, np.maximum(latest_end - at, 0), 0)
    return before[n_begun] - rest


def _extremum_in_overlap(
    on: Samples, off: Samples, extrema: Samples, searched: MarkedEpisodes, rules: Rules
) -> NDArray[np.bool_]:
    """Tell whether an extremum mark of an episode is in an overlap, edges included."""
    meets = np.zeros(len(on), dtype=bool)
    if not len(searched):
        return meets
    for at in extrema.T:
        counts = (at > rules.start) & (at < rules.extremum_end) & (at >= on) & (at <= off)
        # at the common edge of two episodes, the earlier one or the later one may overlap
        for side in ("left", "right"):
            if side == "left":
                k = np.searchsorted(searched.off, at, side="left")
            else:
                k = np.searchsorted(searched.on, at, side="right") - 1
            k = np.clip(k, 0, len(searched) - 1)
            low, high = np.maximum(on, searched.on[k]), np.minimum(off, searched.off[k])
            meets |= counts & (low < high) & (low <= at) & (at <= high)
    return meets


def _exclude(
    on: Samples, off: Samples, exclusions: MarkedEpisodes, reference_faults: bool
) -> tuple[Samples, Samples, Samples]:
    """Cut stretches out of episodes; a duration of -1 marks an episode inside of a stretch.

    ::

        stretch        |--------|
        episodes    |------|              the end is cut
                  |----------------|      the duration is less by the stretch
                         |------|         dropped
                            |------|      the begin is cut; epicmp adds the part to the duration
    """
    bounds = list(zip(exclusions.on.tolist(), exclusions.off.tolist(), strict=True))
    begins, ends, durations = on.tolist(), off.tolist(), (off - on).tolist()
    # the first stretch that may still meet an episode: both are in order
    first = 0
    for i, (begin, end) in enumerate(zip(on.tolist(), off.tolist(), strict=True)):
        while first < len(bounds) and bounds[first][1] < begin:
            first += 1
        duration = durations[i]
        k = first
        while k < len(bounds) and bounds[k][0] < end:
            low, high = bounds[k]
            k += 1
            if low <= begin <= high:
                if end <= high:
                    duration = -1
                    break
                duration += (high - begin) if reference_faults else (begin - high)
                begin = high
            elif begin <= low <= end:
                if high < end:
                    duration -= high - low
                else:
                    duration -= end - low
                    end = low
        begins[i], ends[i], durations[i] = begin, end, duration
    return (np.array(begins, np.int64), np.array(ends, np.int64), np.array(durations, np.int64))
