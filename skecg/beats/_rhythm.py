"""What the intervals between beats say of one beat: the same for all leads."""

import numpy as np

from ._running import around, median_or, row_medians, running_median, running_rank

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
USUAL = 0.8  # seconds: 75 beats a minute, where there is nothing to compare with
_SHORTEST, _LONGEST = 0.1, 10.0  # seconds; other intervals are errors of detection or gaps
EARLY = -0.12  # ln(RR / median of 21) below which a beat is early
RHYTHM_REACH = 33  # beats on each side on which these columns depend (irregular_60)


class Rhythm:
    """Intervals of all beats of a recording, and what follows from those nearest by.

    ``before`` and ``after`` are the RR intervals in seconds on both sides of each beat (NaN at
    the ends), ``early`` tells which beats come early.
    """

    def __init__(self, position: np.ndarray, fs: float) -> None:
        rr = (np.diff(position) / fs).clip(_SHORTEST, _LONGEST)
        self.before = np.concatenate(([np.nan], rr))[: len(position)]
        self.after = np.concatenate((rr, [np.nan]))[: len(position)]
        change = np.abs(np.diff(np.log(self.before), prepend=np.nan))
        usual = running_median(self.before, 10)
        irregular = running_median(change, 10)
        relative = np.log(self.before / usual)
        self.early = relative < EARLY
        eight_before = row_medians(around(self.before, 8, -1))
        eight_from = row_medians(around(self.before, 0, 7))
        self.near_by = {
            "rr_before_20": relative,
            "rr_after_20": np.log(self.after / usual),
            "irregular_20": 4 * irregular,
            "irregular_60": 4 * running_median(change, 30),
            "rr_deviation": relative / (irregular + 0.03) / 3,
            "rr_rank": running_rank(self.before, 20),
            "rr_step": np.log(eight_from / eight_before),
        }
        self.five = running_median(self.before, 2)

    def columns(self, beats: slice, normal: np.ndarray, long: slice) -> tuple[np.ndarray, float]:
        """Columns RHYTHM of some beats, and the RR interval of the normal beats around them.

        ``normal`` are the numbers of the normal beats of the surroundings, ``long`` the beats
        of surroundings twice as long.
        """
        own = median_or(self.before[normal], USUAL)
        usual = median_or(self.before[long], USUAL)
        before, after = self.before[beats], self.after[beats]
        columns = {name: values[beats] for name, values in self.near_by.items()} | {
            "rr_before_normal": np.log(before / own),
            "rr_after_normal": np.log(after / own),
            "rr_both_normal": np.log((before + after) / (2 * own)),
            "rr_normal": np.full(len(before), np.log(own / USUAL)),
            "rr_before_long": np.log(before / usual),
            "rate_long": np.log(self.five[beats] / usual),
        }
        return np.column_stack([columns[name] for name in RHYTHM]), own
