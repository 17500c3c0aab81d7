"""Find runs of ectopic beats, and the longest run in each of a sequence of windows."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._run_marks import (
    AF_END,
    AF_START,
    SHUTDOWN_START,
    VF_END,
    VF_START,
    F,
    Marks,
    N,
    Q,
    S,
    V,
)
from ._streams import FOREVER

__all__ = ["LONGEST", "SVE", "VE", "Ectopy", "Runs", "find_runs", "longest_runs"]

#: Length of all runs of more than 5 beats.
LONGEST = 6

_MEANINGS = SHUTDOWN_START + 1

# Roles of an annotation in the search of runs.
_NO_ROLE, _MEMBER, _ENDER, _START, _END, _CARRIED = range(6)


def _roles(**meanings: Collection[int]) -> NDArray[np.int8]:
    """Return the role of each meaning."""
    by_name = {"member": _MEMBER, "ender": _ENDER, "start": _START, "end": _END}
    roles = np.zeros(_MEANINGS, dtype=np.int8)
    for name, found in meanings.items():
        roles[list(found)] = by_name[name]
    return roles


class Ectopy(NamedTuple):
    """A kind of ectopic beats, and the fibrillation or flutter that is a run of more than 5.

    ``defining`` and ``searched`` hold the role of each meaning in the file that defines the runs
    and in the one that is searched: the start of the other kind of fibrillation ends a run only
    in the latter. ``closes`` are the meanings that end the fibrillation in the searched file.
    """

    defining: NDArray[np.int8]
    searched: NDArray[np.int8]
    start: int
    closes: tuple[int, int, int]


VE = Ectopy(
    _roles(member=(V, F), ender=(N, S, Q, SHUTDOWN_START), start=(VF_START,), end=(VF_END,)),
    _roles(member=(V, F), ender=(N, S, Q, SHUTDOWN_START, AF_START), start=(VF_START,)),
    VF_START,
    (VF_END, AF_START, SHUTDOWN_START),
)
SVE = Ectopy(
    _roles(member=(S,), ender=(N, V, F, Q, SHUTDOWN_START), start=(AF_START,), end=(AF_END,)),
    _roles(member=(S,), ender=(N, V, F, Q, SHUTDOWN_START, VF_START), start=(AF_START,)),
    AF_START,
    (AF_END, VF_START, SHUTDOWN_START),
)


class Runs(NamedTuple):
    """Runs of one annotator: lengths from 1 to 6, and their windows, both ends included.

    ``last_read`` is the annotation at which the reading ended, or None where the file ended in
    a run.
    """

    length: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    last_read: int | None


def find_runs(marks: Marks, kind: Ectopy, period: tuple[int, int], window: int) -> Runs | None:
    """Find the runs of one annotator in the test period.

    A run begins with a member beat, or at once with length 6 with the start of fibrillation; it
    ends before an ender::

        annotations   V   V   VF_END   N   VF_END   VF_START   V   VF_END   N   N   VF_START   N
        segment       0   0     0      1     1         1       1     1      2   3      3       4
        window of     |--------|                       |-------------|             ?
        length        2                                6                           6

    A start of fibrillation sets only the begin of the window: the end of a window without member
    or end of fibrillation (?) is that of the window before.

    Parameters
    ----------
    marks : Marks
        Annotations of the annotator.
    kind : Ectopy
        `VE` or `SVE`.
    period : tuple of int
        First and last sample of the test period.
    window : int
        Tolerance before and after a run, in samples.

    Returns
    -------
    Runs or None
        None if the annotator has nothing in the test period.
    """
    first, last = period
    n = len(marks.sample)
    begin = int(np.searchsorted(marks.sample, first))
    end = int(np.searchsorted(marks.sample, last, side="right"))
    roles = kind.defining[marks.meaning]
    starts = np.flatnonzero(marks.meaning[:begin] == kind.start)
    ends = np.flatnonzero(np.isin(marks.meaning[:begin], (VF_END, AF_END)))
    if begin == n:
        if not len(starts) and not len(ends):
            return None
        begin = n - 1  # the last annotation is read again, where a mark has no second effect
        roles[begin] *= marks.meaning[begin] < VF_START
    sample, roles = marks.sample[begin:end], roles[begin:end]
    kept = np.flatnonzero(roles != _NO_ROLE)
    sample, roles = sample[kept], roles[kept]
    if len(starts) and (not len(ends) or starts[-1] > ends[-1]):  # open when the period begins
        sample, roles = np.concatenate([[first], sample]), np.concatenate([[_CARRIED], roles])
    length, low, high, is_open = _split(sample, roles, window)
    if is_open and end < n:
        length, low, high = length[:-1], low[:-1], high[:-1]
    last_read = end if end < n else None if is_open else n - 1
    return Runs(length, low, high, last_read)


def _split(
    sample: NDArray[np.int64], roles: NDArray[np.int8], window: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], bool]:
    """Return lengths and windows of the runs, and tell if the last one has no end."""
    segment = np.cumsum(roles == _ENDER)
    is_member = roles == _MEMBER
    openers = np.flatnonzero(is_member | (roles == _START) | (roles == _CARRIED))
    is_first = np.diff(segment[openers], prepend=-1) > 0
    openers = openers[is_first]
    of = segment[openers]  # segment of each run
    n_members = np.bincount(segment[is_member], minlength=int(of[-1]) + 1 if len(of) else 0)
    length = np.where(is_member[openers], np.minimum(n_members[of], LONGEST), LONGEST)
    # the last annotation of each run that sets the end of its window; before its opener: none
    ending = np.flatnonzero(is_member | (roles == _END) | (roles == _CARRIED))
    latest = np.searchsorted(segment[ending], of, side="right") - 1
    ending = np.concatenate([ending, [-1]])[latest]
    # of a run without one, the window ends with that of the run before, or at 0
    source = np.maximum.accumulate(np.where(ending >= openers, np.arange(len(of)), -1))
    high = np.where(source >= 0, sample[ending[source]] + window, 0) if len(of) else of
    is_open = bool(len(of)) and int(of[-1]) == int(segment[-1])
    return length, sample[openers] - window, high, is_open


def longest_runs(
    marks: Marks, kind: Ectopy, low: NDArray[np.int64], high: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Find the longest run of one annotator in each window, reading forward only.

    Parameters
    ----------
    marks : Marks
        Annotations of the annotator.
    kind : Ectopy
        `VE` or `SVE`.
    low, high : ndarray of int of shape (n_windows,)
        Windows, both ends included, in order of ``low``.

    Returns
    -------
    ndarray of int of shape (n_windows,)
        Lengths from 0 to 6. An annotation that was read for one window is not read again.
    """
    roles = kind.searched[marks.meaning]
    kept = np.flatnonzero(roles != _NO_ROLE)
    sample, roles = marks.sample[kept], roles[kept]
    first = np.searchsorted(sample, low)
    stop = np.searchsorted(sample, high, side="right")
    starts = np.flatnonzero(roles == _START)
    if len(starts):
        episodes = _episodes(marks, kind, kept, starts)
        first, stop = _read_with_fibrillation(episodes, low, first, stop)
    else:
        read = np.maximum.accumulate(np.maximum(first, stop))  # up to here after each window
        first = np.maximum(first, np.concatenate([[0], read[:-1]])[: len(first)])
    return _longest(roles == _MEMBER, first, stop)


def _episodes(
    marks: Marks, kind: Ectopy, kept: NDArray[np.intp], starts: NDArray[np.intp]
) -> list[tuple[int, int, int]]:
    """Return start, first annotation after the end, and position of the end, of fibrillations."""
    closes = np.flatnonzero(np.isin(marks.meaning, kind.closes))
    at = np.searchsorted(closes, kept[starts], side="right")
    ends = np.concatenate([closes, [len(marks.sample)]])[at]
    position = np.concatenate([marks.sample, [FOREVER]])[ends]
    after = np.searchsorted(kept, ends, side="right")
    return list(zip(starts.tolist(), after.tolist(), position.tolist(), strict=True))


def _read_with_fibrillation(
    episodes: list[tuple[int, int, int]],
    low: NDArray[np.int64],
    first: NDArray[np.intp],
    stop: NDArray[np.intp],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the annotations to count in each window; (-1, -1) is fibrillation.

    Annotations before the window are passed over up to ``first``. A fibrillation that starts
    among them, or in the window, is read up to its end E: this window, and each later one that
    begins before E, meets fibrillation::

        annotations    N   VF_START   N   N   VF_END   N   V   N
        windows                    |-----|           |---------|
                                   (-1, -1)            5 to 8
    """
    begins, stops = [], []
    read, end = 0, -FOREVER
    k = 0  # the next episode
    for t0, a, b in zip(low.tolist(), first.tolist(), stop.tolist(), strict=True):
        fibrillates = end > t0
        while not fibrillates and k < len(episodes) and episodes[k][0] < max(a, b):
            start, after, position = episodes[k]
            k += 1
            if start >= read:
                read, end = after, position
                fibrillates = start >= a or end > t0
        if fibrillates:
            begins.append(-1)
            stops.append(-1)
        else:
            begins.append(max(read, a))
            read = max(read, a, b)
            stops.append(read)
    return np.array(begins, dtype=np.intp), np.array(stops, dtype=np.intp)


def _longest(
    is_member: NDArray[np.bool_], first: NDArray[np.intp], stop: NDArray[np.intp]
) -> NDArray[np.int64]:
    """Return the longest row of members from ``first`` to before ``stop`` in each window.

    The annotations of all windows are laid end to end, and a row starts anew with each window::

        window    0  0  0  0  1  1  1
        member    T  T  F  T  T  T  F
        row       1  2  0  1  1  2  0    -> 2, 2
    """
    n_read = np.maximum(stop - first, 0)
    begins = np.cumsum(n_read) - n_read  # of each window, end to end
    place = np.arange(int(n_read.sum()))
    member = is_member[place + np.repeat(first - begins, n_read)]
    base = np.where(member, 0, place + 1)
    filled = np.flatnonzero(n_read)
    begins = begins[filled]
    base[begins] = np.maximum(base[begins], begins)
    row = place + 1 - np.maximum.accumulate(base)
    longest = np.where(first < 0, LONGEST, 0)
    if len(filled):
        longest[filled] = np.minimum(np.maximum.reduceat(row, begins), LONGEST)
    return longest
