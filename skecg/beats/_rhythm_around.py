"""Columns of the rhythm around a beat: its intervals among those near by and of its surroundings.

All leads share them, and they are those of the beat itself only. Stretches with which it is
compared:

    columns ..._20, ..._60     10, or 30, beats on either side, half of `context` at most
    columns run...             the beats that keep its rate, half of `context` at most
    columns ..._context        the surroundings of its cell of 30 s (see `_context`)
    columns ..._inner          the 40 % of these around their middle

References
----------
Irregularity of intervals and of their changes: Moody and Mark, "A new method for detecting
atrial fibrillation using R-R intervals", Computers in Cardiology 10 (1983) 227. Root mean square
of steps, turning points, sample entropy: Dash, Chon, Lu and Raeder, "Automatic real time
detection of atrial fibrillation", Ann Biomed Eng 37 (2009) 1701. Coefficient of sample entropy:
Lake and Moorman, "Accurate estimation of entropy in very short physiological time series: the
problem of atrial fibrillation detection in implanted ventricular devices", Am J Physiol Heart
Circ Physiol 300 (2011) H319. Autocorrelation: Bootsma, Hoelen, Strackee and Meijler, "Analysis
of R-R intervals in patients with atrial fibrillation at rest and during exercise", Circulation
41 (1970) 783. Density of pairs of intervals: Sarkar, Ritscher and Mehra, "A
detector for a chronic implantable atrial tachyarrhythmia monitor", IEEE Trans Biomed Eng 55
(2008) 1219. Intervals against the mean of those around: de Chazal, O'Dwyer and Reilly, "Automatic
classification of heartbeats using ECG morphology and heartbeat interval features", IEEE Trans
Biomed Eng 51 (2004) 1196; percentiles take the place of means, and a sudden onset distinguishes
a tachycardia as in implanted defibrillators (Swerdlow et al., "Discrimination of ventricular
tachycardia from sinus tachycardia and atrial fibrillation in a tiered-therapy
cardioverter-defibrillator", J Am Coll Cardiol 23 (1994) 1342).
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ._intervals import Intervals
from ._rhythm_cells import SIGNS, SPANS, cell_columns
from ._rhythm_near import STEPS, WINDOWS, near_columns
from ._rhythm_runs import run_columns

__all__ = ["AROUND", "AROUND_REACH", "around_columns"]

_LIMIT = 4.0
_WINDOWS = tuple(suffix for _, suffix in WINDOWS)
AROUND_REACH = 36  # beats beyond seconds on which these columns depend (pairs_mean: 4 + 30, and 1)


def _each(names: Sequence[str], suffixes: Iterable[str]) -> tuple[str, ...]:
    """Return each name with each suffix."""
    suffixes = tuple(suffixes)
    return tuple(f"{name}_{suffix}" for name in names for suffix in suffixes)


_FROM_WINDOWS = (
    # ln RR against percentiles of the window
    "rr_before_p10_20",
    "rr_before_p10_60",
    "rr_before_p50_60",  # RHYTHM has those of 20
    "rr_before_p75_20",
    "rr_before_p75_60",
    "rr_before_p90_20",
    "rr_before_p90_60",
    "rr_after_p50_60",
    "rr_after_p75_20",
    "rr_after_p75_60",
    "rr_both_60",
    "rr_mode_60",
    "rr_before_8",
    "rr_after_8",
    # irregularity
    *_each(("rr_iqr", "rr_spread", "rr_skew"), _WINDOWS),
    *_each([f"steps_{percent}" for percent in STEPS], _WINDOWS),
    *_each(("step_rms",), _WINDOWS),
    *_each([f"rr_autocorr_{lag}" for lag in (1, 2, 3, 4)], _WINDOWS),
    *_each(("rr_density", "rr_pairs"), _WINDOWS),
    *_each(("entropy", "cosen"), ("24", "60")),
    "turning_30",
    "turning_120",
)
_FROM_RUNS = _each(
    ("run12", "run25"), ("back", "onset_1", "onset_6", "ahead", "end_1", "end_6", "beats")
)
_FROM_CELLS = _each(
    (
        *(f"rr_before_p{percent}" for percent in (50, 75, 90)),
        *(f"rr_after_p{percent}" for percent in (50, 75)),
        *(f"rr_before_t{percent}" for percent in (50, 75, 90)),
        *(f"rr_after_t{percent}" for percent in (50, 75)),
        *(f"level_t{percent}" for percent in (50, 80, 95)),
        *(f"slow_level_t{percent}" for percent in (50, 80, 95)),
        "time_slower",
        "rr_above",
        "rr_density",
        "rr_pairs",
        "rr_mode",
        *(f"steps_{percent}" for percent in STEPS),
        *_each(tuple(SIGNS), ("mean", "lowest", "highest")),
    ),
    SPANS,
)
AROUND = (*_FROM_WINDOWS, *_FROM_RUNS, *_FROM_CELLS)


def around_columns(time: NDArray[np.int64], fs: float, context: float) -> NDArray[np.float32]:
    """Compute the columns AROUND of all beats of a recording, or of a part of it.

    Parameters
    ----------
    time : ndarray of int of shape (n_beats,)
        Positions of the beats in samples from the first of the recording, not decreasing.
    fs : float
        Sampling frequency in Hz.
    context : float
        Seconds of the surroundings.

    Returns
    -------
    ndarray of float32 of shape (n_beats, len(AROUND))
        Values from -4 to 4; 0 where there is nothing to compare with.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.beats._rhythm_around import AROUND, around_columns
    >>> time = np.cumsum([250] * 20 + [150] + [250] * 20)
    >>> columns = around_columns(time, 250.0, 600.0)
    >>> round(float(columns[20, AROUND.index("rr_before_p50_60")]), 2)  # 2 ln(0.6)
    -1.02
    """
    table = np.zeros((len(time), len(AROUND)), dtype=np.float32)
    if len(time) < 2:
        return table
    of = Intervals.make(time, fs, context)
    near = near_columns(of)
    columns = near | run_columns(of) | cell_columns(of, time, fs, context, near)
    for i, name in enumerate(AROUND):
        table[:, i] = columns.get(name, 0)  # a recording may have no interval in any cell
    np.clip(table, -_LIMIT, _LIMIT, out=table)
    return table
