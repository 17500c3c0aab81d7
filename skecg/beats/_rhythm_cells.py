"""Columns that compare the rhythm of a beat with that of the surroundings of its cell.

Surroundings have two lengths: `context`, and 40 % of it. Percentiles weigh beats equally, or by
their intervals: of a tachycardia of one minute among nine of sinus rhythm at half its rate, the
beats are 18 % and the time is 10 %.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._intervals import CELL, NONE, UNIT, Columns, Floats, Intervals, cell_spans, running_sum
from ._rhythm_near import ALIKE, MODE, STEPS
from ._running import running_median

__all__ = ["SIGNS", "SPANS", "cell_columns"]

SPANS = ("context", "inner")  # suffixes of the surroundings
_INNER = 0.4  # share of the surroundings
_MOST_TIME = 2500  # ms that a beat weighs at most, so that a pause does not count as a slow rhythm
_SLOWER = round(0.2 * UNIT)
#: Signs of atrial fibrillation of which the mean, the lowest and the highest value are taken
SIGNS = {"cosen": "cosen_24", "steps": "steps_10_20", "pairs": "rr_pairs_60"}
_SMOOTHED = 4  # beats on each side over which these are averaged first


def cell_columns(
    of: Intervals, time: NDArray[np.int64], fs: float, context: float, near: Columns
) -> Columns:
    """Compute the columns that compare a beat with the surroundings of its cell.

    Parameters
    ----------
    of : Intervals
        The intervals of all beats.
    time, fs, context
        As for `around_columns`.
    near : dict of ndarray
        The columns of the nearest beats.
    """
    has_before, has_after = of.before < NONE, of.after < NONE
    log = np.where(has_before, of.before, np.nan)
    levels = np.stack([log, np.rint(running_median(log, 2)), np.rint(running_median(log, 7))])
    levels = np.where(np.isfinite(levels), levels, 0).astype(np.int64)
    weight = np.minimum(of.ms, _MOST_TIME).astype(np.int64)
    keys = (levels << 32) | weight  # are sorted by value, and keep their weights
    signs = {name: _Sign.make(near[source]) for name, source in SIGNS.items()}
    out: Columns = {}
    lengths = (context, max(CELL, _INNER * context))
    for own, *surroundings in cell_spans(time, fs, lengths):
        for suffix, span in zip(SPANS, surroundings, strict=True):
            others = slice(max(span.start, 1), span.stop)  # the first beat has no interval
            if others.start >= others.stop:
                continue
            found = _compare(of, keys[:, others], levels[1:, own], own, others)
            for name, sign in signs.items():
                found |= {f"{name}_{which}": value for which, value in sign.over(span).items()}
            for name, values in found.items():
                column = f"{name}_{suffix}"
                if column not in out:
                    out[column] = np.zeros(len(log), dtype=np.float32)
                out[column][own] = values
    for name, values in out.items():
        if name.startswith(("rr_before", "rr_density", "rr_mode", "rr_pairs")):
            values[~has_before] = 0
        if name.startswith(("rr_after", "rr_pairs")):
            values[~has_after] = 0
    return out


def _compare(
    of: Intervals, keys: NDArray[np.int64], levels: NDArray[np.int64], own: slice, others: slice
) -> dict[str, Floats | float]:
    """Compare the beats of a cell with all of its surroundings.

    Parameters
    ----------
    of : Intervals
        The intervals of all beats.
    keys : ndarray of int64 of shape (3, n_others)
        Interval, level and slow level of the surroundings, each with its weight.
    levels : ndarray of int64 of shape (2, n_own)
        Level and slow level of the beats of the cell.
    own, others : slice
        The beats of the cell, and of the surroundings.
    """
    keys = np.sort(keys, axis=1)
    values, time = keys >> 32, np.cumsum(keys & 0xFFFFFFFF, axis=1)
    rr, total = values[0], int(time[0, -1])
    n, n_or_1 = len(rr), max(len(rr) - 1, 1)
    before, after = of.before[own].astype(np.int32), of.after[own].astype(np.int32)
    scale = 2 / UNIT
    out: dict[str, Floats | float] = {}

    def of_time(row: int, percent: int) -> int:
        return int(values[row, np.searchsorted(time[row], (percent * total + 99) // 100)])

    for p in (50, 75, 90):
        by_beats, by_time = int(rr[(p * (n - 1) + 50) // 100]), of_time(0, p)
        out[f"rr_before_p{p}"] = scale * (before - by_beats)
        out[f"rr_before_t{p}"] = scale * (before - by_time)
        out[f"rr_after_p{p}"] = scale * (after - by_beats)
        out[f"rr_after_t{p}"] = scale * (after - by_time)
    for p in (50, 80, 95):
        out[f"level_t{p}"] = scale * (levels[0] - of_time(1, p))
        out[f"slow_level_t{p}"] = scale * (levels[1] - of_time(2, p))
    faster = np.searchsorted(rr, levels[0] + _SLOWER, side="right")
    out["time_slower"] = 2 * (total - np.where(faster > 0, time[0][faster - 1], 0)) / total
    out["rr_above"] = scale * (of_time(0, 90) - of_time(0, 50))

    low, high = np.searchsorted(rr, [before - ALIKE + 1, before + ALIKE])
    out["rr_density"] = 2 * (high - low - 1) / n_or_1
    alike = np.abs(of.before[own, None] - of.before[others]) < ALIKE
    alike &= np.abs(of.after[own, None] - of.after[others]) < ALIKE
    out["rr_pairs"] = 4 * (np.count_nonzero(alike, axis=1) - 1) / n_or_1
    n_held = max(2, MODE * n // 100)
    if n >= n_held:
        narrowest = int(np.argmin(rr[n_held - 1 :] - rr[: n - n_held + 1]))
        out["rr_mode"] = scale * (before - int(rr[narrowest + n_held // 2]))
    for percent in STEPS:
        n_large = np.count_nonzero(of.step[others] > percent * UNIT / 100)
        out[f"steps_{percent}"] = 2 * n_large / n
    return out


class _Sign(NamedTuple):
    """A column of all beats of which surroundings are summarized."""

    total: NDArray[np.int64]  # (n_beats + 1,): running sum, in steps of 1/4096
    smooth: Floats  # (n_beats,): mean of nine beats

    @classmethod
    def make(cls, values: NDArray[np.float32]) -> "_Sign":
        n = len(values)
        total = running_sum(np.rint(UNIT * values.astype(np.float64)))
        start, stop = np.arange(n) - _SMOOTHED, np.arange(n) + _SMOOTHED + 1
        start, stop = start.clip(min=0), stop.clip(max=n)
        return cls(total, (total[stop] - total[start]) / (UNIT * (stop - start)))

    def over(self, span: slice) -> dict[str, float]:
        """Return mean, lowest and highest value of some beats."""
        total = self.total[span.stop] - self.total[span.start]
        return {
            "mean": float(total) / (UNIT * (span.stop - span.start)),
            "lowest": float(self.smooth[span].min()),
            "highest": float(self.smooth[span].max()),
        }
