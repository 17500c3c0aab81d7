"""Match the beats of two annotators: the sequential rule of bxb, mostly vectorized."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._streams import FOREVER

__all__ = ["Events", "match_beats"]

Positions = NDArray[np.int64]
Indices = NDArray[np.intp]


class Events(NamedTuple):
    """Decisions of the sweep, in its order.

    Each event looks at one reference beat and one test beat. A pair takes both; a missed beat
    takes only the reference beat, an extra one only the test beat, and the other beat, which may
    be one behind the last, is looked at again by the next event::

        reference beats   0       1       2
        test beats        0   1           2

        event        0 pair    1 extra   2 missed   3 pair
        reference    0         1         1          2
        test         0         1         2          2
    """

    reference: Indices
    test: Indices
    is_pair: NDArray[np.bool_]
    is_missed: NDArray[np.bool_]

    @property
    def is_extra(self) -> NDArray[np.bool_]:
        """Tell where a test beat has no partner."""
        return ~(self.is_pair | self.is_missed)


def match_beats(
    reference: Positions, test: Positions, *, window: int, start: int, end: int
) -> Events:
    """Sweep over two sequences of sorted positions and decide on each beat.

    The rule, in the words of bxb: T and T' are the current and the next reference beat, t and t'
    those of the test; a beat behind the last is infinitely late. While T or t is not behind the
    end:

    - if t is before T, pair them if ``T - t <= window`` and either ``T - t < |T - t'|`` or
      ``|T' - t'| < |T - t'|``; otherwise t is extra, and only the test advances;
    - if not, pair them if ``t - T <= window`` and either ``t - T < |t - T'|`` or
      ``|t' - T'| < |t - T'|``; otherwise T is missed, and only the reference advances.

    Beats farther than the window from all beats of another group cannot be partners of those,
    and no decision in one group affects the next. So each group is decided separately: one beat
    of each annotator are a pair, beats of only one annotator have no partner, and only the rest
    needs the sweep, beat by beat::

        reference    |            |    |              |
        test          |    |       | |   |
        groups      pair  extra   sweep             missed
    """
    i, j = _first_beats(reference, test, window, start)
    # an unmatched beat beyond the end is not counted, and a pair reaches at most a window beyond
    reference, test = reference[i:], test[j:]
    partner = _partners(reference, test, window)
    events = _in_order(reference, test, partner)
    # an event is where the earlier of its two beats is
    here = np.minimum(_at(reference, events.reference), _at(test, events.test))
    counted = here <= end
    return Events(
        events.reference[counted] + i,
        events.test[counted] + j,
        events.is_pair[counted],
        events.is_missed[counted],
    )


def _first_beats(
    reference: Positions, test: Positions, window: int, start: int
) -> tuple[int, int]:
    """Return the first beats of the sweep.

    T is the first reference beat from the start of the test period on, t0 the last test beat
    before the start, t1 and t2 the first two from it on::

        start        :
        reference    :      T
        test      t0 :  t1     t2

    If t0 is within the window of T and nearer than t1, the sweep begins with t0. Otherwise, if
    t1 is within the window of the start and t2 is nearer to T, t1 may be the partner of a
    reference beat before the start, and is not counted.
    """
    i, j = (int(np.searchsorted(beats, start)) for beats in (reference, test))
    first = _value(reference, i)
    distance = abs(first - _value(test, j))
    if j and first - test[j - 1] <= window and first - test[j - 1] < distance:
        return i, j - 1
    if _value(test, j) - start <= window and abs(first - _value(test, j + 1)) < distance:
        return i, j + 1
    return i, j


def _value(beats: Positions, i: int) -> int:
    """Return the position of a beat; one behind the last is infinitely late."""
    return int(beats[i]) if i < len(beats) else FOREVER


def _at(beats: Positions, index: Indices) -> Positions:
    """Return the positions of beats, as `_value`."""
    return np.append(beats, FOREVER)[index]


def _partners(reference: Positions, test: Positions, window: int) -> Indices:
    """Return the test beat of each reference beat, -1 for none.

    The beats of both are put in one sequence and numbered by group, a new group where the gap
    is wider than the window::

        reference, test    400  1000  |  405   700  1010  1040
        group                0     2  |    0     1     2     2

        group             0   1   2
        sizes, reference  1   0   1
        sizes, test       1   1   2
        ends, test        1   2   4    the beats of a group are those before its end
    """
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
        # two beats behind the last, for looking one beat ahead
        references, tests = ([*one.tolist(), FOREVER, FOREVER] for one in (reference, test))
        for k in unclear.tolist():
            spans = [
                range(int(end[k] - size[k]), int(end[k]))
                for end, size in zip(ends, sizes, strict=True)
            ]
            for i, j in _sweep(references, tests, spans[0], spans[1], window):
                partner[i] = j
    return partner


def _sweep(
    reference: list[int], test: list[int], reference_span: range, test_span: range, window: int
) -> list[tuple[int, int]]:
    """Pair the beats of one group one after the other, looking one beat ahead."""
    pairs = []
    i, j = reference_span.start, test_span.start
    while i < reference_span.stop and j < test_span.stop:
        here, there = reference[i], test[j]
        distance = abs(here - there)
        # the later one of the two may be nearer to the next beat of the other annotator
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


def _in_order(reference: Positions, test: Positions, partner: Indices) -> Events:
    """Put pairs, missed and extra beats into the order in which a sweep decides on them.

    An event with reference beat i and test beat j comes after i + j beats were taken. No two
    events have the same sum, as each takes a beat, so the sums sort the events: ``steps`` has
    the number of the event at each sum, -1 where a pair before it has taken two beats::

        event              pair   extra   missed   pair
        reference, test    0, 0   1, 1    1, 2     2, 2
        i + j              0      2       3        4
        steps              0  -1  1       2        3
    """
    is_paired = partner >= 0
    paired, missed = np.flatnonzero(is_paired), np.flatnonzero(~is_paired)
    back = np.full(len(test), -1, dtype=np.intp)  # the reference beat of each test beat
    back[partner[paired]] = paired
    extra = np.flatnonzero(back < 0)
    # the test beat at which a missed beat is decided: the first that is neither before it nor
    # taken by a pair before it; of equal positions the reference beat comes first
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
