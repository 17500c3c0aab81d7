"""Columns of rhythm: the RR intervals of a beat, compared with those around it.

All leads share them. Most columns are ln(RR / typical RR): 0 for an interval of typical length,
-0.7 for one of half that length, 0.7 for one twice as long. The typical RR is the median over
three stretches:

    columns ..._20        the 21 beats around the beat (10 on either side)
    columns ..._normal    the normal beats of the surroundings
    columns ..._long      all beats of surroundings twice as long
"""

import numpy as np
from numpy.typing import NDArray

from ..utils import median_or
from ._running import beats_around, row_medians, running_median, running_rank

__all__ = ["DEFAULT_RR", "RHYTHM", "RHYTHM_REACH", "Rhythm"]

RHYTHM = (
    "rr_before_20",
    "rr_after_20",
    "rr_before_normal",
    "rr_after_normal",
    "rr_both_normal",
    "rr_normal",
    "irregular_20",
    "irregular_60",
    "rr_deviation",
    "rr_rank",
    "rr_before_long",
    "rate_long",
    "rr_step",
)
DEFAULT_RR = 0.8  # seconds: 75 beats a minute, where there is nothing to compare with
_SHORTEST, _LONGEST = 0.1, 10.0  # seconds; other intervals are errors of detection or gaps
_EARLY = -0.12  # ln(RR / median of 21) below which a beat is early
RHYTHM_REACH = 33  # beats on each side on which these columns depend (irregular_60)


class Rhythm:
    """RR intervals of all beats of a recording, and the columns that follow from the nearest.

        beat       0         1      2            3
        before    NaN       0-1    1-2          2-3      seconds
        after     0-1       1-2    2-3          NaN

    Attributes
    ----------
    before, after : ndarray of shape (n_beats,)
        RR intervals on either side of each beat in seconds, NaN at the ends.
    early : ndarray of bool of shape (n_beats,)
        Beats that come early.
    """

    def __init__(self, position: NDArray[np.int64], fs: float) -> None:
        rr = (np.diff(position) / fs).clip(_SHORTEST, _LONGEST)
        self.before = np.concatenate(([np.nan], rr))[: len(position)]
        self.after = np.concatenate((rr, [np.nan]))[: len(position)]
        change = np.abs(np.diff(np.log(self.before), prepend=np.nan))
        typical = running_median(self.before, 10)
        irregular = running_median(change, 10)
        relative = np.log(self.before / typical)
        self.early = relative < _EARLY
        eight_before = row_medians(beats_around(self.before, 8, -1))
        eight_from = row_medians(beats_around(self.before, 0, 7))
        self._local = {
            "rr_before_20": relative,
            "rr_after_20": np.log(self.after / typical),
            "irregular_20": 4 * irregular,
            "irregular_60": 4 * running_median(change, 30),
            "rr_deviation": relative / (irregular + 0.03) / 3,
            "rr_rank": running_rank(self.before, 20),
            "rr_step": np.log(eight_from / eight_before),
        }
        self._median_of_five = running_median(self.before, 2)

    def typical(self, normal: NDArray[np.int64], long: slice) -> tuple[float, float]:
        """Return the RR of normal beats, and that of all beats of a long stretch, in seconds.

        Parameters
        ----------
        normal : ndarray of int
            Numbers of the normal beats around some beats.
        long : slice
            Beats of surroundings twice as long.
        """
        return median_or(self.before[normal], DEFAULT_RR), median_or(self.before[long], DEFAULT_RR)

    def columns(
        self, rr_normal: NDArray[np.floating], rr_long: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """Return the columns RHYTHM of all beats, (n_beats, n_columns).

        Parameters
        ----------
        rr_normal, rr_long : ndarray of shape (n_beats,)
            The typical intervals around each beat.
        """
        before, after = self.before, self.after
        columns = self._local | {
            "rr_before_normal": np.log(before / rr_normal),
            "rr_after_normal": np.log(after / rr_normal),
            "rr_both_normal": np.log((before + after) / (2 * rr_normal)),
            "rr_normal": np.log(rr_normal / DEFAULT_RR),
            "rr_before_long": np.log(before / rr_long),
            "rate_long": np.log(self._median_of_five / rr_long),
        }
        table = np.empty((len(before), len(RHYTHM)), dtype=np.float32)
        for i, name in enumerate(RHYTHM):
            table[:, i] = columns[name]
        return table
