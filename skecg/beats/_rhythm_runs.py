"""Columns of runs: for how long the rhythm has kept, and will keep, the rate of a beat.

A tachycardia that begins at once and lasts is distinguished by its onset from a single early
beat, and from a sinus rhythm that has become faster by degrees:

    intervals    0.8 0.8 0.8 0.4 0.4 0.4 0.4 0.4 0.8 0.8
    run                      |-----------------|            of any of these: 5 beats
                         onset                 end          ln(0.8 / 0.4)
"""

import numpy as np
from numpy.typing import NDArray

from ._intervals import NONE, UNIT, Columns, Intervals, Ints, where

__all__ = ["run_columns"]

_RUNS = (12, 25)  # percent by which the intervals of a run differ from its level
_MOST_BEATS = 330
_FOLLOW = np.float32(0.2)  # share of the difference by which the level follows an interval
_BLOCK = 4096  # beats that take their steps together, so that their arrays fit into the cache
_BEYOND = 6  # beats beyond a run with which it is compared


def run_columns(of: Intervals) -> Columns:
    """Compute how long intervals have stayed, and will stay, near that of each beat."""
    n = len(of.before)
    number = np.arange(n)
    reach = np.minimum(np.stack((number - of.first, of.last - number)), _MOST_BEATS)
    margin = np.full(_MOST_BEATS + _BEYOND + 1, NONE, dtype=np.int16)
    padded = np.concatenate((margin, of.before, margin)).astype(np.float32)
    start = len(margin) + number
    blocks = [slice(k, k + _BLOCK) for k in range(0, n, _BLOCK)]
    out: Columns = {}
    for percent in _RUNS:
        n_beats = np.zeros(n)
        for direction, run, change, most in (
            (-1, "back", "onset", reach[0]),
            (1, "ahead", "end", reach[1]),
        ):
            parts = [
                _run_lengths(padded, start[part], direction, most[part], percent)
                for part in blocks
            ]
            length, ended = (np.concatenate(values) for values in zip(*parts, strict=True))
            one, six = _changes(padded, start + direction * length, direction, ended)
            n_beats += length
            out[f"run{percent}_{run}"] = where(True, np.log1p(length) / 2)
            out[f"run{percent}_{change}_1"] = one
            out[f"run{percent}_{change}_6"] = six
        out[f"run{percent}_beats"] = where(True, np.log1p(n_beats) / 2)
    return out


def _run_lengths(
    padded: NDArray[np.float32], start: Ints, direction: int, most: Ints, percent: int
) -> tuple[Ints, NDArray[np.bool_]]:
    """Count the beats of the run from each beat on, in one direction.

    A run goes on while intervals are within ``percent`` of its level, which follows them. All
    beats take one step after the other, and those whose run has ended drop out.

    Returns
    -------
    length : ndarray of int of shape (n_beats,)
        Beats of the run besides the first.
    ended : ndarray of bool of shape (n_beats,)
        Whether another interval ended it, not the limit ``most`` or the end of the recording.
    """
    limit = np.float32(percent * UNIT / 100)
    length, ended = np.zeros_like(most), np.zeros(len(start), dtype=bool)
    going = np.flatnonzero(padded[start] < NONE)
    at, level, left = start[going], padded[start[going]], most[going]
    k = 0
    while len(going):
        at = at + direction
        value = padded[at]
        away = value - level
        on = (np.abs(away) < limit) & (left > k)
        if not on.all():
            stop = ~on
            length[going[stop]] = k
            ended[going[stop]] = (left[stop] > k) & (value[stop] < NONE)
            going, at, level, left, away = going[on], at[on], level[on], left[on], away[on]
        level = level + away * _FOLLOW
        k += 1
    return length, ended


def _changes(
    padded: NDArray[np.float32], last: Ints, direction: int, ended: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Compare the interval beyond a run, and the mean of those there, with the run's last one."""
    total, count = np.zeros(len(last), dtype=np.float32), np.zeros(len(last), dtype=np.float32)
    for k in range(1, _BEYOND + 1):
        value = padded[last + k * direction]
        there = value < NONE
        total += np.where(there, value, np.float32(0))
        count += there
    own, scale = padded[last], np.float32(2 / UNIT)
    one = scale * (padded[last + direction] - own)
    return where(ended, one), where(ended, scale * (total / np.maximum(count, 1) - own))
