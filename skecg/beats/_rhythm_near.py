"""Columns of the rhythm of the nearest beats: 10, 12 or 30 and more on either side.

A window also ends half of `context` away. All columns are made from whole numbers (see
`_intervals`). For the intervals before beats 0 to 4, and 1 beat on either side:

    before      -  a  b  c  d            windows    - -  a
                                                    -  a b
                                                    a  b c
"""

import numpy as np
from numpy.typing import NDArray

from ._intervals import NONE, SHORTEST, UNIT, Columns, Floats, Intervals, Ints, sums, where
from ._running import beats_around, row_medians

__all__ = ["ALIKE", "MODE", "STEPS", "WINDOWS", "near_columns"]

WINDOWS = ((10, "20"), (30, "60"))  # beats on either side, suffix
ALIKE = round(0.06 * UNIT)  # intervals that differ by less than 6 % are alike
STEPS = (5, 10, 20)  # percent
MODE = 30  # percent of the intervals, those that lie closest together
_LARGEST_STEP = round(0.6 * UNIT)
_TURN = round(0.03 * UNIT)  # smaller changes are no turning points
_TOLERANCE = 30  # ms; of sample entropy, as Lake and Moorman (2011)
_BLOCK = 2048  # beats compared at the same time, which bounds memory


def near_columns(of: Intervals) -> Columns:
    """Compute the columns of all beats of a recording that depend on the nearest beats."""
    return _windows_of_all(of) | _steps(of) | _entropy(of)


def _windows_of_all(of: Intervals) -> Columns:
    """Compute the columns that need all intervals of a window."""
    out: Columns = {}
    for reach, suffix in WINDOWS:
        parts = [
            _windows_of_block(of, reach, slice(start, start + _BLOCK))
            for start in range(0, len(of.before), _BLOCK)
        ]
        out |= {f"{k}_{suffix}": np.concatenate([part[k] for part in parts]) for k in parts[0]}
    return out


def _windows_of_block(of: Intervals, reach: int, block: slice) -> Columns:
    """Compute these columns of a block of beats.

    Windows are rows of 2 * reach + 1 intervals, of which ``count`` are there: the others are
    beyond the ends of the recording or too far away.
    """
    before, after = of.before[block].astype(np.int32), of.after[block].astype(np.int32)
    windows = _windows(of, of.before, reach, block)
    ordered = np.sort(windows, axis=1)
    count = np.count_nonzero(ordered < NONE, axis=1)
    some, has_before = count > 0, before < NONE
    has_after = (after < NONE) & some
    q = {p: _percentile(ordered, count, p) for p in (10, 25, 50, 75, 90)}
    out: Columns = {}
    for p in (10, 50, 75, 90):
        out[f"rr_before_p{p}"] = where(has_before, 2 / UNIT * (before - q[p]))
        out[f"rr_after_p{p}"] = where(has_after, 2 / UNIT * (after - q[p]))
    spread = q[90] - q[10]
    out["rr_iqr"] = where(some, 4 / UNIT * (q[75] - q[25]))
    out["rr_spread"] = where(some, 2 / UNIT * spread)
    out["rr_skew"] = where(some, (q[90] + q[10] - 2 * q[50]) / (spread + 0.02 * UNIT))
    mode = _densest(ordered, count)
    out["rr_mode"] = where(has_before & (count > 2), 2 / UNIT * (before - mode))
    both = np.rint(UNIT * np.log((np.exp(before / UNIT) + np.exp(after / UNIT)) / 2))
    out["rr_both"] = where(has_before & has_after, 2 / UNIT * (both - q[50]))

    alike = np.abs(windows - of.before[block, None]) < ALIKE
    n_others = np.maximum(count - 1, 1)
    out["rr_density"] = where(has_before, 2 * (np.count_nonzero(alike, axis=1) - 1) / n_others)
    alike &= np.abs(_windows(of, of.after, reach, block) - of.after[block, None]) < ALIKE
    n_pairs = np.count_nonzero(alike, axis=1) - 1
    out["rr_pairs"] = where(has_before & has_after, 2 * n_pairs / n_others)

    away = (windows - q[50][:, None].astype(np.int16)).clip(-_LARGEST_STEP, _LARGEST_STEP)
    away = np.where(windows < NONE, away, 0).astype(np.int32)
    mean = np.rint(away.sum(axis=1) / np.maximum(count, 1)).astype(np.int32)
    away = np.where(windows < NONE, away - mean[:, None], 0)
    power = np.einsum("ij,ij->i", away, away) + 1e-3 * UNIT**2 * count
    for lag in (1, 2, 3, 4):
        product = np.einsum("ij,ij->i", away[:, lag:], away[:, :-lag])
        out[f"rr_autocorr_{lag}"] = where(some, product / np.maximum(power, 1))
    return out


def _windows(
    of: Intervals, values: NDArray[np.int16], reach: int, block: slice
) -> NDArray[np.int16]:
    """Return the values of the beats around each beat of a block, ``NONE`` where none is."""
    none = np.full(reach, NONE, dtype=np.int16)
    padded = np.concatenate((none, values, none))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)[block].copy()
    number = np.arange(len(values))[block]
    first, last = of.first[block] - number, of.last[block] - number
    if first.max() > -reach or last.min() < reach:  # some beats lie too far away
        offset = np.arange(-reach, reach + 1)
        windows[(offset < first[:, None]) | (offset > last[:, None])] = NONE
    return windows


def _percentile(ordered: NDArray[np.int16], count: Ints, percent: int) -> NDArray[np.int32]:
    """Return the value of nearest rank of each row; the first ``count`` are in order."""
    rank = (percent * np.maximum(count - 1, 0) + 50) // 100
    return ordered[np.arange(len(ordered)), rank].astype(np.int32)


def _densest(ordered: NDArray[np.int16], count: Ints) -> NDArray[np.int32]:
    """Return the middle of the narrowest range that holds a share of a whole row's values."""
    n_held = MODE * ordered.shape[1] // 100
    first, last = ordered[:, : 1 - n_held].astype(np.int32), ordered[:, n_held - 1 :]
    # a range that ends beyond the values that are there is wider than any other
    width = np.where(last < NONE, last - first, 2 * NONE)
    at = np.minimum(width.argmin(axis=1) + n_held // 2, np.maximum(count - 1, 0))
    return ordered[np.arange(len(ordered)), at].astype(np.int32)


def _steps(of: Intervals) -> Columns:
    """Compute the columns of steps from interval to interval."""
    out: Columns = {}
    there = of.step >= 0
    square = np.minimum(of.step, _LARGEST_STEP).astype(np.int64) ** 2 * there
    for reach, suffix in WINDOWS:
        start, stop = of.within(reach)
        count = np.maximum(sums(there, start, stop), 1)
        for percent in STEPS:
            n_large = sums(of.step > percent * UNIT / 100, start, stop)
            out[f"steps_{percent}_{suffix}"] = where(True, 2 * n_large / count)
        rms = np.sqrt(sums(square, start, stop) / count)
        out[f"step_rms_{suffix}"] = where(True, 4 / UNIT * rms)
    return out


def _entropy(of: Intervals) -> Columns:
    """Compute sample entropy, turning points, and ratios to the eight beats on either side."""
    out: Columns = {}
    for reach in (12, 30):
        some, entropy, coefficient = _sample_entropy(of, reach)
        out[f"entropy_{2 * reach}"] = where(some, entropy)
        out[f"cosen_{2 * reach}"] = where(some, coefficient + 1.8)
    before = of.before.astype(np.int32)
    to_last, to_next = before[1:-1] - before[:-2], before[1:-1] - before[2:]
    turn = np.zeros(len(before), dtype=bool)
    turn[1:-1] = (to_last * to_next > 0) & (np.maximum(abs(to_last), abs(to_next)) > _TURN)
    turn[:2] = False  # the first beat has no interval
    for reach in (15, 60):
        start, stop = of.within(reach)
        out[f"turning_{2 * reach}"] = where(True, 2 * sums(turn, start, stop) / (stop - start))
    log = np.where(of.before < NONE, of.before, np.nan)
    next_log = np.where(of.after < NONE, of.after, np.nan)
    ahead, behind = beats_around(log, 8, -1), beats_around(next_log, 0, 7)
    for name, windows in (("rr_before_8", ahead), ("rr_after_8", behind)):
        ratio = 2 / UNIT * (log - row_medians(windows))
        out[name] = where(np.isfinite(ratio), ratio)
    return out


def _sample_entropy(of: Intervals, reach: int) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Compute the sample entropy (m = 1) of windows, and its coefficient (COSEn).

    ``pairs`` counts pairs of alike intervals, ``longer`` those of which the next ones are alike,
    too. For each distance between two intervals, the pairs of a window are a range of all:

        intervals         0  1  2  3  4  5           window 1 to 4, distance 2:
        alike with +2     1  0  1  1                 pairs 1-3 and 2-4

    Returns
    -------
    some : ndarray of bool of shape (n_beats,)
        Windows that have three intervals.
    entropy, coefficient : ndarray of shape (n_beats,)
        0.5 is added to both counts, so that there is an entropy without any pair.
    """
    ms, n = of.ms, len(of.ms)
    start, stop = of.within(reach)
    start = np.maximum(start, 1)
    stop = np.maximum(stop, start)
    pairs, longer = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for distance in range(1, min(2 * reach, n - 2)):
        alike = np.abs(ms[distance:] - ms[:-distance]) <= _TOLERANCE
        # the last interval has no next one
        end = np.minimum(np.maximum(stop - distance - 1, start), len(alike) - 1)
        begin = np.minimum(start, end)
        pairs += sums(alike[:-1], begin, end)
        longer += sums(alike[:-1] & alike[1:], begin, end)
    entropy = -np.log((longer + 0.5) / (pairs + 0.5))
    mean = sums(ms, start, stop) / np.maximum(stop - start, 1)
    shortest = 1000 * SHORTEST
    return stop - start > 2, entropy, entropy + np.log(2 * _TOLERANCE / np.maximum(mean, shortest))
