"""Intervals between the beats of a recording, in whole numbers, and the cells they are in.

Sums of whole numbers are exact, so what follows from them is the same to the last bit however a
recording is divided. Intervals are compared as logarithms, in steps of 1/4096 (0.02 %).
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CELL",
    "LONGEST",
    "NONE",
    "SHORTEST",
    "UNIT",
    "Columns",
    "Floats",
    "Intervals",
    "Ints",
    "cell_spans",
    "running_sum",
    "sums",
    "where",
]

CELL = 30.0  # seconds
UNIT = 4096  # steps of ln RR
NONE = 20000  # in place of a missing interval: further from each than any limit compared with
SHORTEST, LONGEST = 0.1, 10.0  # seconds; other intervals are errors of detection or gaps

Ints: TypeAlias = NDArray[np.integer]
Floats: TypeAlias = NDArray[np.floating]
Columns: TypeAlias = dict[str, NDArray[np.float32]]


class Intervals(NamedTuple):
    """Intervals of all beats of a recording.

    Attributes
    ----------
    before, after : ndarray of int16 of shape (n_beats,)
        ln(RR / s) on either side of each beat in steps of 1/4096; ``NONE`` before the first beat
        and after the last.
    ms : ndarray of int32 of shape (n_beats,)
        Interval before each beat in ms; 0 before the first.
    step : ndarray of int16 of shape (n_beats,)
        Difference of ``before`` from that of the beat before, without its sign; -1 where there
        is none.
    first, last : ndarray of int of shape (n_beats,)
        The beats at most half of ``context`` away.
    """

    before: NDArray[np.int16]
    after: NDArray[np.int16]
    ms: NDArray[np.int32]
    step: NDArray[np.int16]
    first: Ints
    last: Ints

    @classmethod
    def make(cls, time: NDArray[np.int64], fs: float, context: float) -> "Intervals":
        """Make the intervals of beats at these samples."""
        rr = (np.diff(time) / fs).clip(SHORTEST, LONGEST)
        log = np.rint(np.log(rr) * UNIT).astype(np.int16)
        none = np.array([NONE], dtype=np.int16)
        step = np.full(len(time), -1, dtype=np.int16)
        step[2:] = np.abs(np.diff(log))
        half = int(context * fs / 2)
        return cls(
            before=np.concatenate((none, log)),
            after=np.concatenate((log, none)),
            ms=np.concatenate(([0], np.rint(1000 * rr))).astype(np.int32),
            step=step,
            first=np.searchsorted(time, time - half, side="left"),
            last=np.searchsorted(time, time + half, side="right") - 1,
        )

    def within(self, reach: int) -> tuple[Ints, Ints]:
        """Return the first beat of each window, and the one after its last.

        Windows hold ``reach`` beats on either side of a beat, those half of ``context`` away at
        most.
        """
        number = np.arange(len(self.before))
        start = np.maximum(number - reach, self.first)
        stop = np.minimum(number + reach, self.last) + 1
        return start, stop


def cell_spans(
    time: NDArray[np.int64], fs: float, lengths: Sequence[float]
) -> list[tuple[slice, ...]]:
    """Find the beats of each cell that has any, and those of its surroundings.

    Parameters
    ----------
    time : ndarray of int of shape (n_beats,)
        Positions of the beats in samples from the first of the recording.
    fs : float
        Sampling frequency in Hz.
    lengths : list of float
        Seconds of the surroundings, around the middle of a cell.

    Returns
    -------
    list of tuple of slice
        For each cell its beats, then those of surroundings of each length.
    """
    cells = np.unique(np.floor(time / (CELL * fs)))
    middle = (cells + 0.5) * (CELL * fs)

    def within(seconds: float) -> list[slice]:
        half = seconds * fs / 2
        start, stop = np.searchsorted(time, middle - half), np.searchsorted(time, middle + half)
        return [slice(*pair) for pair in zip(start.tolist(), stop.tolist(), strict=True)]

    return list(zip(*(within(seconds) for seconds in (CELL, *lengths)), strict=True))


def running_sum(values: NDArray[np.generic]) -> NDArray[np.int64]:
    """Return the sums of whole numbers ahead of each index, one more than there are values."""
    return np.concatenate(([0], np.cumsum(values, dtype=np.int64)))


def sums(values: NDArray[np.generic], start: Ints, stop: Ints) -> NDArray[np.int64]:
    """Sum whole numbers over ranges."""
    total = running_sum(values)
    return total[stop] - total[start]


def where(there: NDArray[np.bool_] | bool, values: Floats | Ints) -> NDArray[np.float32]:
    """Return values as float32, 0 where there is nothing to compare with."""
    return np.where(there, values, 0).astype(np.float32)
