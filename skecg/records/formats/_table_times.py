"""The sampling frequency of a table with a column of times, and the gaps in it."""

import datetime
import re
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...utils import count

__all__ = ["HIGHEST", "LOWEST", "SCALES", "Times", "judge_times", "to_seconds"]

SCALES = {"": 1.0, "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3}
SCALES |= {"milliseconds": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9, "min": 60.0}
_RATES = (30.0, 50_000.0)  # Hz; of an ECG. Times in ms taken for s give a thousandth
_CLOCK = re.compile(r"\[?(?:(\d+):)?(\d+):(\d+(?:[.,]\d+)?)\]?$")
_DURATION = re.compile(r"-?\d+ days? ")  # as pandas writes them into text
LOWEST, HIGHEST = 1e-3, 200_000.0  # Hz
_MOST_SAMPLES = 2**53
_COARSE = 1e-4  # relative error of a rate that is told
_SHORT_GAP = 5.5  # periods
_MOST_GAPS = 0.01  # share of steps; more are not gaps but uneven sampling


class Times(NamedTuple):
    """The rate in Hz, the row of each sample of the table, texts of warnings.

    ``error`` is the relative error that the rate may have because times are rounded.
    """

    fs: float
    place: NDArray[np.int64]
    warnings: list[str]
    error: float = 0.0


def to_seconds(
    column: pd.Series, unit: str
) -> tuple[NDArray[np.float64], datetime.datetime | None]:
    """Return times in seconds, and the moment of the first one where they are dates.

    Raises
    ------
    ValueError
        If a value is not a time.
    """
    if pd.api.types.is_timedelta64_dtype(column):
        return column.dt.total_seconds().to_numpy(np.float64), None
    if pd.api.types.is_numeric_dtype(column):
        if unit.lower() not in SCALES:
            raise ValueError(f"its unit must be s, ms, us or min. Got {unit!r}")
        return column.to_numpy(np.float64) * SCALES[unit.lower()], None
    if not pd.api.types.is_datetime64_any_dtype(column):
        texts = column.astype(str).str.strip().str.strip("'\"")
        if _CLOCK.match(texts.iloc[0]):
            return _from_clock(texts), None
        if _DURATION.match(texts.iloc[0]):
            durations: pd.Series = pd.to_timedelta(texts)
            return durations.dt.total_seconds().to_numpy(np.float64), None
        if _is_number(texts.iloc[0]):  # a remark among numbers, such as a line of sums
            others = [text for text in texts if not _is_number(text)]
            raise ValueError(f"{others[0] if others else texts.iloc[0]!r} is not a number")
        # of other orders of day and month, only that with dots is known
        if re.match(r"\d\d?\.\d\d?\.\d{4}", texts.iloc[0]):
            column = pd.to_datetime(texts, dayfirst=True, format="mixed")
        else:
            column = pd.to_datetime(texts.str.strip("[]"), format="ISO8601")
    stamps = column.dt.tz_localize(None) if column.dt.tz is not None else column
    first = stamps.iloc[0]
    return (stamps - first).dt.total_seconds().to_numpy(np.float64), first.to_pydatetime()


def _is_number(text: str) -> bool:
    """Tell whether a text is a number as tables have it."""
    try:
        return np.isfinite(float(text)) and "_" not in text
    except ValueError:
        return False


def _from_clock(texts: pd.Series) -> NDArray[np.float64]:
    """Return the seconds of clock times h:mm:ss or mm:ss, which may pass midnight."""
    parts = [_CLOCK.match(text) for text in texts]
    if None in parts:
        raise ValueError(f"{texts.iloc[parts.index(None)]!r} is not a time")
    seconds = np.array(
        [
            3600 * float(one[1] or 0) + 60 * float(one[2]) + float(one[3].replace(",", "."))
            for one in parts
            if one is not None
        ]
    )
    midnights = np.concatenate([[0], np.cumsum(np.diff(seconds) < -43_200)])
    return seconds + 86_400.0 * midnights


def judge_times(seconds: NDArray[np.float64], has_unit: bool) -> Times:
    """Return the sampling frequency of times, over their whole length, and their gaps.

    Times are rounded, so that a step is not the period: at 360 Hz the steps of times in ms are
    2 or 3 ms. The rate is a whole number where that moves no sample by half a step. A longer
    step is a gap, whose samples are missing::

        times   0.000 0.004 0.008             0.020 0.024
        place   0     1     2     (3)   (4)   5     6

    Raises
    ------
    ValueError
        If the times do not increase.
    """
    warnings = []
    if len(seconds) < 2 or not np.isfinite(seconds).all() or seconds[-1] <= seconds[0]:
        raise ValueError("its times must be numbers that increase")
    steps = np.diff(seconds)
    if (steps < 0).any():
        i = int(np.argmax(steps < 0))
        raise ValueError(
            f"its times must increase. Row {i + 1} has {seconds[i + 1]:g} s after {seconds[i]:g} s"
        )
    if not has_unit and (factor := _unit_factor(steps)) != 1:
        seconds, steps = seconds * factor, steps * factor
        warnings.append(f"its times have no unit and are taken for {_names[factor]}")
    grid = _grid_of(seconds)  # rounded times move a step by less than this
    gaps = _find_gaps(steps, grid)
    # of a short gap, the number of periods is certain; it counts, as roundings do not add up then
    near = float(steps[~gaps].mean())
    counted = ~gaps | (steps < _SHORT_GAP * near)
    n_steps = int(np.where(gaps, np.rint(steps / near), 1)[counted].sum())
    length = float(steps[counted].sum())
    period = length / n_steps
    fs = _nice(1 / period, n_steps, grid)
    if not LOWEST <= fs <= HIGHEST:
        raise ValueError(f"its times must be those of an ECG. Got {fs:g} Hz: name their unit")
    if (seconds[-1] - seconds[0]) * fs > _MOST_SAMPLES:  # beyond which numbers are not exact
        raise ValueError(f"its times must be those of one recording. Got {seconds[-1]:g} s")
    if grid > period and grid / length > _COARSE:
        warnings.append(
            f"its times are written in steps of {grid:g} s, so that the rate of {fs:g} Hz can be "
            f"wrong by {grid / length:.1%}: pass 'fs' if you know it"
        )
    uneven = int((np.abs(steps[~gaps] - period) > max(0.1 * period, 0.999 * grid)).sum())
    if uneven and grid <= period:
        warnings.append(
            f"{uneven} of {len(steps)} steps of its times differ from 1/{fs:g} s by more than a "
            "tenth: it is not sampled evenly, and is read as if it were"
        )
    if gaps.any():
        warnings.append(
            f"its times have {count(int(gaps.sum()), 'gap')} of {steps[gaps].sum():g} s in all, "
            "read as NaN"
        )
    return Times(fs, _places(seconds, gaps, fs), warnings, grid / length)


def _places(seconds: NDArray[np.float64], gaps: NDArray[np.bool_], fs: float) -> NDArray[np.int64]:
    """Return the places of rows: one by one, and after a gap that of the time."""
    rows = np.arange(len(seconds), dtype=np.int64)
    after = np.flatnonzero(gaps) + 1
    moved = np.rint((seconds[after] - seconds[0]) * fs).astype(np.int64) - after
    moved = np.maximum.accumulate(np.concatenate([[0], moved]))
    return rows + moved[np.searchsorted(after, rows, "right")]


_names = {1e-3: "ms", 1e-6: "µs", 1e-9: "ns"}


def _unit_factor(steps: NDArray[np.float64]) -> float:
    """Return the unit of times without one, in seconds: that of which the rate is an ECG's."""
    positive = steps[steps > 0]
    coarse = len(positive) < 0.9 * len(steps)
    rate = 1 / float(steps.mean() if coarse else np.median(positive))
    if _RATES[0] <= rate <= _RATES[1]:
        return 1.0
    fitting = (factor for factor in _names if _RATES[0] <= rate / factor <= _RATES[1])
    return next(fitting, 1.0)


def _find_gaps(steps: NDArray[np.float64], grid: float) -> NDArray[np.bool_]:
    """Tell which steps are gaps; none if times are too coarse or too uneven to tell."""
    none = np.zeros(len(steps), dtype=bool)
    if (steps == 0).mean() > 0.1:  # many samples have one time
        return none
    period = float(np.median(steps))
    for _ in range(3):
        near = steps < 1.5 * period
        if not near.any():
            return none
        period = float(steps[near].mean())
    gaps: NDArray[np.bool_] = steps > max(1.5 * period, period + 1.5 * grid)
    if gaps.mean() <= _MOST_GAPS or _are_multiples(steps, period, grid):
        return gaps
    return none


def _are_multiples(steps: NDArray[np.float64], period: float, grid: float) -> bool:
    """Tell whether all steps are whole numbers of periods, as where single rows are lost."""
    off = np.abs(steps - np.rint(steps / period) * period)
    return grid < 0.4 * period and bool((off <= max(0.1 * period, grid)).all())


def _nice(fs: float, n_steps: int, grid: float) -> float:
    """Round a rate to a whole number if no sample moves by half a step, or by one of the times."""
    whole = round(fs)
    if whole and abs(n_steps / whole - n_steps / fs) < max(0.5 / fs, grid):
        return float(whole)
    return float(f"{fs:.9g}")


def _grid_of(seconds: NDArray[np.float64]) -> float:
    """Return the step of the digits in which times are written."""
    some = seconds[:1000] - seconds[0]
    error = max(1e-9, 4 * float(np.spacing(np.abs(seconds).max())))
    for digits in range(7):
        if np.allclose(some, np.round(some, digits), rtol=0, atol=error):
            return float(10.0**-digits)
    return 0.0
