"""Which beats of two annotators are the same: the sequential rule of bxb, mostly vectorized."""

from typing import NamedTuple

import numpy as np

from ._streams import FOREVER


class Events(NamedTuple):
    """What the sweep decided, in its order.

    ``reference`` and ``test`` are the beats that were looked at. A pair takes both; a missed
    beat takes the reference beat alone, an extra one the test beat alone, and the other one,
    which may be one behind the last, is still to come.
    """

    reference: np.ndarray
    test: np.ndarray
    is_pair: np.ndarray
    is_missed: np.ndarray

    @property
    def is_extra(self) -> np.ndarray:
        """Where a test beat has no partner."""
        return ~(self.is_pair | self.is_missed)


def match_beats(
    reference: np.ndarray, test: np.ndarray, *, window: int, start: int, end: int
) -> Events:
    """Sweep over two sequences of sorted positions and decide on each beat.

    Beats that are farther than the window from all others of another group cannot be partners,
    and nothing that is decided in one group bears on the next. So each group is taken by
    itself: one beat of each are a pair, beats of one side alone have no partner, and only what
    is left needs the sweep, beat by beat.
    """
    i, j = _first_beats(reference, test, window, start)
    # an unmatched beat beyond the end is not counted, and a pair reaches at most a window beyond
    reference, test = reference[i:], test[j:]
    partner = _partners(reference, test, window)
    events = _in_order(reference, test, partner)
    here = np.minimum(_at(reference, events.reference), _at(test, events.test))
    counted = here <= end
    return Events(
        events.reference[counted] + i,
        events.test[counted] + j,
        events.is_pair[counted],
        events.is_missed[counted],
    )


def _first_beats(
    reference: np.ndarray, test: np.ndarray, window: int, start: int
) -> tuple[int, int]:
    """The beats that the sweep begins with: a test beat from before the start may belong to it."""
    i, j = (int(np.searchsorted(beats, start)) for beats in (reference, test))
    first = _value(reference, i)
    distance = abs(first - _value(test, j))
    if j and first - test[j - 1] <= window and first - test[j - 1] < distance:
        return i, j - 1
    if _value(test, j) - start <= window and abs(first - _value(test, j + 1)) < distance:
        return i, j + 1  # perhaps the partner of a beat before the start
    return i, j


def _value(beats: np.ndarray, i: int) -> int:
    """Position of a beat; there is none beyond the last, ever."""
    return int(beats[i]) if i < len(beats) else FOREVER


def _at(beats: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Positions of beats, as `_value`."""
    return np.append(beats, FOREVER)[index]


def _partners(reference: np.ndarray, test: np.ndarray, window: int) -> np.ndarray:
    """The test beat of each reference beat, -1 for none."""
    partner = np.full(len(reference), -1, dtype=np.intp)
    beats = np.concatenate([reference, test])
    order = np.argsort(beats, kind="stable")
    group = np.empty(len(beats), dtype=np.intp)
    group[order] = np.cumsum(np.diff(beats[order], prepend=beats[order[:1]]) > window)
    n_groups = int(group.max(initial=-1)) + 1
    sizes = [np.bincount(part, minlength=n_groups) for part in np.split(group, [len(reference)])]
    ends = [np.cumsum(size) for size in sizes]
    single = (sizes[0] == 1) & (sizes[1] == 1)
    partner[ends[0][single] - 1] = ends[1][single] - 1
    unclear = np.flatnonzero((sizes[0] > 0) & (sizes[1] > 0) & ~single)
    if len(unclear):
        lists = [[*beats.tolist(), FOREVER, FOREVER] for beats in (reference, test)]
        for k in unclear.tolist():
            stops = [int(end[k]) for end in ends]
            spans = [(stop - int(size[k]), stop) for stop, size in zip(stops, sizes, strict=True)]
            for i, j in _sweep(*lists, *spans, window):
                partner[i] = j
    return partner


def _sweep(
    reference: list[int],
    test: list[int],
    reference_span: tuple[int, int],
    test_span: tuple[int, int],
    window: int,
) -> list[tuple[int, int]]:
    """Pair the beats of one group one after the other, looking one beat ahead."""
    pairs = []
    (i, i_stop), (j, j_stop) = reference_span, test_span
    while i < i_stop and j < j_stop:
        here, there = reference[i], test[j]
        distance = abs(here - there)
        # whichever comes first is the one that may wait for a better partner
        ahead = abs(here - test[j + 1]) if there < here else abs(there - reference[i + 1])
        if distance <= window and (
            distance < ahead or abs(reference[i + 1] - test[j + 1]) < ahead
        ):
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif there < here:
            j += 1
        else:
            i += 1
    return pairs


def _in_order(reference: np.ndarray, test: np.ndarray, partner: np.ndarray) -> Events:
    """Put pairs, missed and extra beats into the order in which a sweep comes upon them.

    Each step takes one beat or two, so steps are told apart by the number of beats taken before.
    """
    is_paired = partner >= 0
    paired, missed = np.flatnonzero(is_paired), np.flatnonzero(~is_paired)
    back = np.full(len(test), -1, dtype=np.intp)
    back[partner[paired]] = paired
    extra = np.flatnonzero(back < 0)
    # of two unmatched beats the earlier is taken first, the reference beat if they are equal
    test_next = np.maximum(
        np.searchsorted(test, reference[missed]), np.maximum.accumulate(partner)[missed] + 1
    )
    reference_next = np.maximum(
        np.searchsorted(reference, test[extra], side="right"),
        np.maximum.accumulate(back)[extra] + 1,
    )
    i = np.concatenate([paired, missed, reference_next])
    j = np.concatenate([partner[paired], test_next, extra])
    kind = np.repeat([0, 1, 2], [len(paired), len(missed), len(extra)])
    steps = np.full(len(reference) + len(test) + 1, -1, dtype=np.intp)
    steps[i + j] = np.arange(len(i))
    order = steps[steps >= 0]
    return Events(i[order], j[order], kind[order] == 0, kind[order] == 1)
