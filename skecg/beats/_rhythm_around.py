"""Columns of the rhythm around a beat: its intervals among those near by and of its surroundings.

All leads share them, and they are those of the beat itself only. Three kinds of stretches:

    columns ..._20, ..._60          10, or 30, beats on either side, `context` / 2 seconds at most
    columns ..._context             the surroundings of a cell of 30 s (see `_context`)
    columns ..._inner               the 40 % of these around their middle

Intervals are compared as logarithms, in whole steps of 1/4096 (0.02 %), so that all sums are
exact: the columns of a beat are the same to the last bit however a recording is divided.

References
----------
Irregularity of intervals and of their changes: Moody and Mark, "A new method for detecting
atrial fibrillation using R-R intervals", Computers in Cardiology 1983. Turning points and root
mean square of steps: Dash et al., "Automatic real time detection of atrial fibrillation", Ann
Biomed Eng 37 (2009) 1701. Sample entropy of short records and its coefficient (COSEn): Lake and
Moorman, "Accurate estimation of entropy in very short physiological time series: the problem of
atrial fibrillation detection in implanted ventricular devices", Am J Physiol Heart Circ Physiol
300 (2011) H319. Density of pairs of intervals: Sarkar, Ritscher and Mehra, "A detector for a
chronic implantable atrial tachyarrhythmia monitor", IEEE Trans Biomed Eng 55 (2008) 1219, and
Lian, Wang and Muessig, "A simple method to detect atrial fibrillation using RR intervals", Am J
Cardiol 107 (2011) 1494.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._running import beats_around, row_medians, running_median

__all__ = ["AROUND", "AROUND_REACH", "around_columns"]

_CELL = 30.0  # seconds
_INNER = 0.4  # share of the surroundings
_UNIT = 4096  # steps of ln RR
_NONE = 20000  # in place of an interval that is missing: further from each than any limit below
_SHORTEST, _LONGEST = 0.1, 10.0  # seconds
_MOST_TIME = 2.5  # seconds that a beat weighs at most where beats weigh their RR
_ALIKE = round(0.06 * _UNIT)  # intervals that differ by less than 6 % are alike
_STEPS = (5, 10, 20)  # percent
_LARGEST_STEP = round(0.6 * _UNIT)
_TURN = round(0.03 * _UNIT)  # smaller changes are no turning points
_TOLERANCE = 30  # ms; of sample entropy, as Lake and Moorman (2011)
_MODE = 30  # percent of the intervals, those that lie closest together
_RUNS = (12, 25)  # percent by which the intervals of a run differ from its level
_RUN_BEATS = 330
_BLOCK = 2048  # beats compared at the same time, which bounds memory
_LIMIT = 4.0
AROUND_REACH = 36  # beats beyond seconds on which these columns depend (pairs_mean: 4 + 30, and 1)
_WINDOWS = ((10, "20"), (30, "60"))  # beats on either side, suffix
_SPANS = ("context", "inner")

_NEAR = tuple(
    f"{name}_{suffix}"
    for _, suffix in _WINDOWS
    for name in (
        *(("rr_before_p50", "rr_after_p50") if suffix == "60" else ()),  # RHYTHM has those of 20
        "rr_before_p75",
        "rr_before_p90",
        "rr_before_p10",
        "rr_after_p75",
        "rr_iqr",
        "rr_spread",
        "rr_skew",
        *(f"steps_{percent}" for percent in _STEPS),
        "step_rms",
        *(f"rr_autocorr_{lag}" for lag in (1, 2, 3, 4)),
        "rr_density",
        "rr_pairs",
        *(("rr_mode", "rr_both") if suffix == "60" else ()),
    )
)
_ENTROPY = (
    *(f"{name}_{suffix}" for suffix in ("24", "60") for name in ("entropy", "cosen")),
    "turning_30",
    "turning_120",
    "rr_before_8",
    "rr_after_8",
)
_RUN = tuple(
    f"run{percent}_{name}"
    for percent in _RUNS
    for name in ("back", "onset_1", "onset_6", "ahead", "end_1", "end_6", "beats")
)
_CELLS = tuple(
    f"{name}_{span}"
    for span in _SPANS
    for name in (
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
        *(f"steps_{percent}" for percent in _STEPS),
    )
)
_FIBRILLATION = tuple(
    f"{name}_{which}_{span}"
    for span in _SPANS
    for name in ("cosen", "steps", "pairs")
    for which in ("mean", "lowest", "highest")
)
AROUND: tuple[str, ...] = (*_NEAR, *_CELLS, *_RUN, *_ENTROPY, *_FIBRILLATION)

Ints = NDArray[np.integer]
Floats = NDArray[np.floating]
_Columns = dict[str, NDArray[np.float32]]


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
    >>> time = np.cumsum([250] * 20 + [150] + [250] * 20)
    >>> columns = around_columns(time, 250.0, 600.0)
    >>> early = columns[20, AROUND.index("rr_before_p50_60")]  # 2 ln(0.6)
    >>> round(float(early), 2)
    -1.02
    """
    table = np.zeros((len(time), len(AROUND)), dtype=np.float32)
    if len(time) < 2:
        return table
    beats = _Beats.make(np.asarray(time, dtype=np.int64), fs, context)
    columns = _entropy(beats)
    columns |= _steps(beats) | _near(beats) | _runs(beats)
    columns |= _cells(beats, columns)
    for i, name in enumerate(AROUND):
        table[:, i] = columns[name]
    np.clip(table, -_LIMIT, _LIMIT, out=table)
    return table


class _Beats(NamedTuple):
    """Intervals of the beats of a recording.

    Attributes
    ----------
    before, after : ndarray of int16 of shape (n_beats,)
        ln RR in steps of 1/4096; ``_NONE`` before the first beat and after the last.
    ms : ndarray of int32 of shape (n_beats,)
        Interval before each beat in ms; 0 before the first.
    step : ndarray of int16 of shape (n_beats,)
        Difference of ``before`` from that of the beat before, without its sign; -1 where there
        is none.
    first, last : ndarray of int of shape (n_beats,)
        The beats at most half of ``context`` away.
    spans : list of _Span
        The cells, with their surroundings.
    """

    before: NDArray[np.int16]
    after: NDArray[np.int16]
    ms: NDArray[np.int32]
    step: NDArray[np.int16]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    spans: "list[_Span]"

    @classmethod
    def make(cls, time: NDArray[np.int64], fs: float, context: float) -> "_Beats":
        rr = (np.diff(time) / fs).clip(_SHORTEST, _LONGEST)
        log = np.rint(np.log(rr) * _UNIT).astype(np.int16)
        none = np.array([_NONE], dtype=np.int16)
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
            spans=_find_spans(time, fs, context),
        )

    def within(self, reach: int) -> tuple[Ints, Ints]:
        """Return the first beat of each window, and the one after its last.

        Windows reach from ``reach`` beats before a beat to as many after it.
        """
        number = np.arange(len(self.before))
        start = np.maximum(number - reach, self.first)
        stop = np.minimum(number + reach, self.last) + 1
        return start, stop


class _Span(NamedTuple):
    """The beats of a cell, and those of its surroundings: whole, and inner part."""

    beats: slice
    surroundings: tuple[slice, slice]


def _find_spans(time: NDArray[np.int64], fs: float, context: float) -> list[_Span]:
    """Find the cells that have beats."""
    cells = np.unique(np.floor(time / (_CELL * fs)))
    middle = (cells + 0.5) * (_CELL * fs)

    def within(seconds: float) -> list[slice]:
        half = seconds * fs / 2
        start, stop = np.searchsorted(time, middle - half), np.searchsorted(time, middle + half)
        return [slice(*pair) for pair in zip(start.tolist(), stop.tolist(), strict=True)]

    both = zip(within(context), within(max(_CELL, _INNER * context)), strict=True)
    return [_Span(*pair) for pair in zip(within(_CELL), both, strict=True)]


def _running_sum(values: NDArray[np.generic]) -> NDArray[np.int64]:
    """Return the sums of whole numbers ahead of each index, one more than there are values."""
    return np.concatenate(([0], np.cumsum(values, dtype=np.int64)))


def _sums(values: NDArray[np.generic], start: Ints, stop: Ints) -> NDArray[np.int64]:
    """Sum whole numbers over ranges, which are exact whatever the range of the total."""
    total = _running_sum(values)
    return total[stop] - total[start]


def _where(there: NDArray[np.bool_], values: Floats | Ints) -> NDArray[np.float32]:
    """Return values as float32, 0 where there is nothing to compare with."""
    return np.where(there, values, 0).astype(np.float32)


# --- the nearest beats


def _near(beats: _Beats) -> _Columns:
    """Compute the columns that compare an interval with those of its window, one by one."""
    out: _Columns = {}
    for reach, suffix in _WINDOWS:
        parts = [
            _near_block(beats, reach, slice(start, start + _BLOCK))
            for start in range(0, len(beats.before), _BLOCK)
        ]
        out |= {f"{k}_{suffix}": np.concatenate([part[k] for part in parts]) for k in parts[0]}
    return out


def _near_block(beats: _Beats, reach: int, block: slice) -> _Columns:
    """Compute these columns of a block of beats.

    Windows are rows of 2 * reach + 1 intervals, of which ``count`` are there: the others are
    beyond the ends of the recording or too far away in time.
    """
    before, after = beats.before[block].astype(np.int32), beats.after[block].astype(np.int32)
    windows = _windows(beats, beats.before, reach, block)
    ordered = np.sort(windows, axis=1)
    count = (ordered < _NONE).sum(axis=1)
    q = {p: _percentile(ordered, count, p) for p in (10, 25, 50, 75, 90)}
    has_before = before < _NONE
    has_after = (after < _NONE) & (count > 0)
    out: _Columns = {}
    for p in (10, 50, 75, 90):
        out[f"rr_before_p{p}"] = _where(has_before, 2 / _UNIT * (before - q[p]))
        out[f"rr_after_p{p}"] = _where(has_after, 2 / _UNIT * (after - q[p]))
    some = count > 0
    spread = q[90] - q[10]
    out["rr_iqr"] = _where(some, 4 / _UNIT * (q[75] - q[25]))
    out["rr_spread"] = _where(some, 2 / _UNIT * spread)
    skew = (q[90] + q[10] - 2 * q[50]) / (spread + 0.02 * _UNIT)
    out["rr_skew"] = _where(some, skew)
    alike = np.abs(windows - beats.before[block, None]) < _ALIKE
    others = np.maximum(count - 1, 1)
    out["rr_density"] = _where(has_before, 2 * (np.count_nonzero(alike, axis=1) - 1) / others)
    behind = _windows(beats, beats.after, reach, block)
    alike &= np.abs(behind - beats.after[block, None]) < _ALIKE
    pairs = np.count_nonzero(alike, axis=1) - 1
    out["rr_pairs"] = _where(has_before & has_after, 2 * pairs / others)
    mode = _densest(ordered, count)
    out["rr_mode"] = _where(has_before & (count > 2), 2 / _UNIT * (before - mode))
    both = np.exp(before / _UNIT) + np.exp(after / _UNIT)
    both = np.rint(_UNIT * np.log(both / 2))
    out["rr_both"] = _where(has_before & has_after, 2 / _UNIT * (both - q[50]))
    centred = (windows - q[50][:, None].astype(np.int16)).clip(-_LARGEST_STEP, _LARGEST_STEP)
    centred = np.where(windows < _NONE, centred, 0).astype(np.int32)
    power = np.einsum("ij,ij->i", centred, centred) + 1e-3 * _UNIT**2 * count
    for lag in (1, 2, 3, 4):
        product = np.einsum("ij,ij->i", centred[:, lag:], centred[:, :-lag])
        out[f"rr_autocorr_{lag}"] = _where(some, product / np.maximum(power, 1))
    return out


def _windows(
    beats: _Beats, values: NDArray[np.int16], reach: int, block: slice
) -> NDArray[np.int16]:
    """Return the values of the beats around each beat of a block, ``_NONE`` where none is."""
    none = np.full(reach, _NONE, dtype=np.int16)
    padded = np.concatenate((none, values, none))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)[block].copy()
    number = np.arange(len(values))[block]
    first, last = beats.first[block] - number, beats.last[block] - number
    if first.max() > -reach or last.min() < reach:  # some beats lie too far away
        offset = np.arange(-reach, reach + 1)
        far = (offset < first[:, None]) | (offset > last[:, None])
        windows[far] = _NONE
    return windows


def _percentile(ordered: NDArray[np.int16], count: Ints, percent: int) -> NDArray[np.int32]:
    """Return the value of nearest rank of each row; the first ``count`` are in order."""
    rank = (percent * np.maximum(count - 1, 0) + 50) // 100
    return ordered[np.arange(len(ordered)), rank].astype(np.int32)


def _densest(ordered: NDArray[np.int16], count: Ints) -> NDArray[np.int32]:
    """Return the middle of the narrowest range that holds a share of each row's values."""
    n_held = max(2, _MODE * ordered.shape[1] // 100)
    width = ordered[:, n_held - 1 :].astype(np.int32) - ordered[:, : ordered.shape[1] - n_held + 1]
    # a range that ends beyond the values that are there is wider than any other
    width[ordered[:, n_held - 1 :] == _NONE] = _NONE * 2
    at = width.argmin(axis=1) + n_held // 2
    return ordered[np.arange(len(ordered)), np.minimum(at, np.maximum(count - 1, 0))].astype(
        np.int32
    )


def _steps(beats: _Beats) -> _Columns:
    """Compute the columns of steps from interval to interval."""
    out: _Columns = {}
    there = beats.step >= 0
    square = np.minimum(beats.step, _LARGEST_STEP).astype(np.int64) ** 2 * there
    for reach, suffix in _WINDOWS:
        start, stop = beats.within(reach)
        count = np.maximum(_sums(there, start, stop), 1)
        for percent in _STEPS:
            large = beats.step > percent * _UNIT / 100
            out[f"steps_{percent}_{suffix}"] = _where(
                count > 0, 2 * _sums(large, start, stop) / count
            )
        rms = np.sqrt(_sums(square, start, stop) / count)
        out[f"step_rms_{suffix}"] = (4 / _UNIT * rms).astype(np.float32)
    return out


# --- entropy and turning points


def _entropy(beats: _Beats) -> _Columns:
    """Compute sample entropy, turning points, and ratios to the eight beats on either side."""
    out: _Columns = {}
    for reach, entropy, cosen in _sample_entropy(beats):
        out[f"entropy_{2 * reach}"] = entropy.astype(np.float32)
        out[f"cosen_{2 * reach}"] = cosen.astype(np.float32)
    before = beats.before.astype(np.int32)
    to_last, to_next = before[1:-1] - before[:-2], before[1:-1] - before[2:]
    turn = np.zeros(len(before), dtype=np.int64)
    turn[1:-1] = (to_last * to_next > 0) & (np.maximum(abs(to_last), abs(to_next)) > _TURN)
    turn[:2] = 0  # the first beat has no interval
    for reach in (15, 60):
        start, stop = beats.within(reach)
        out[f"turning_{2 * reach}"] = (2 * _sums(turn, start, stop) / (stop - start)).astype(
            np.float32
        )
    log = np.where(beats.before < _NONE, beats.before, np.nan)
    none = np.array([np.nan])
    ahead = row_medians(beats_around(log, 8, -1))
    behind = row_medians(beats_around(np.concatenate((log[1:], none)), 0, 7))
    for name, median in (("rr_before_8", ahead), ("rr_after_8", behind)):
        ratio = 2 / _UNIT * (log - median)
        out[name] = _where(np.isfinite(ratio), ratio)
    return out


def _sample_entropy(beats: _Beats) -> Iterator[tuple[int, Floats, Floats]]:
    """Yield the reach of windows, their sample entropy (m = 1) and its coefficient.

    ``pairs`` counts pairs of alike intervals, ``longer`` those of which the next ones are alike,
    too. For each distance between two intervals, the pairs of a window are a range of all:

        intervals         0  1  2  3  4  5           window 1 to 4, distance 2:
        alike with +2     1  0  1  1                 pairs 1-3 and 2-4
    """
    ms, n = beats.ms, len(beats.ms)
    for reach in (12, 30):
        start, stop = beats.within(reach)
        start = np.maximum(start, 1)
        pairs, longer = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        for distance in range(1, min(2 * reach, n - 2)):
            alike = np.abs(ms[distance:] - ms[:-distance]) <= _TOLERANCE
            end = np.maximum(stop - distance - 1, start)  # the last interval has no next one
            end = np.minimum(end, len(alike) - 1)
            begin = np.minimum(start, end)
            pairs += _sums(alike[:-1], begin, end)
            longer += _sums(alike[:-1] & alike[1:], begin, end)
        entropy = -np.log((longer + 0.5) / (pairs + 0.5))
        count = np.maximum(stop - start, 1)
        mean = np.maximum(_sums(ms, start, np.maximum(stop, start)) / count, 1000 * _SHORTEST)
        some = stop - start > 2
        yield reach, some * entropy, some * (entropy + np.log(2 * _TOLERANCE / mean) + 1.8)


# --- runs of one rate


def _runs(beats: _Beats) -> _Columns:
    """Compute how long intervals have stayed, and will stay, near that of each beat."""
    n = len(beats.before)
    number = np.arange(n)
    reach = np.minimum(np.stack((number - beats.first, beats.last - number)), _RUN_BEATS)
    none = np.full(_RUN_BEATS + 8, _NONE, dtype=np.int16)
    padded = np.concatenate((none, beats.before, none)).astype(np.float32)
    out: _Columns = {}
    for percent in _RUNS:
        n_beats = np.zeros(n)
        for direction, names, most in ((-1, "back onset", reach[0]), (1, "ahead end", reach[1])):
            length, ended = _run_lengths(padded, len(none) + number, direction, most, percent)
            n_beats += length
            last = len(none) + number + direction * length
            one, six = _change(padded, last, direction, ended)
            run, change = names.split()
            out[f"run{percent}_{run}"] = (np.log1p(length) / 2).astype(np.float32)
            out[f"run{percent}_{change}_1"] = one
            out[f"run{percent}_{change}_6"] = six
        out[f"run{percent}_beats"] = (np.log1p(n_beats) / 2).astype(np.float32)
    return out


def _run_lengths(
    padded: NDArray[np.float32], start: Ints, direction: int, most: Ints, percent: int
) -> tuple[Ints, NDArray[np.bool_]]:
    """Count the beats of the run from each beat on, in one direction.

    A run goes on while intervals are within ``percent`` of its level, which follows them. All
    beats take a step at a time, and those whose run has ended drop out.

    Returns
    -------
    length : ndarray of int
        Beats of the run besides the first.
    ended : ndarray of bool
        Whether another interval ended it, not the limit ``most`` or the end of the recording.
    """
    limit = np.float32(percent * _UNIT / 100)
    length, ended = most.copy(), np.zeros(len(start), dtype=bool)
    there = padded[start] < _NONE
    length[~there] = 0
    going = np.flatnonzero(there)
    at, level, left = start[going], padded[start[going]], most[going]
    for k in range(int(most.max(initial=0)) + 1):
        at = at + direction
        value = padded[at]
        away = value - level
        on = np.abs(away) < limit
        on &= left > k
        if not on.all():
            stop = ~on
            length[going[stop]] = k
            ended[going[stop]] = (left[stop] > k) & (value[stop] < _NONE)
            going, at, level = going[on], at[on], level[on]
            left, away = left[on], away[on]
            if not len(going):
                break
        level = level + away * np.float32(0.2)
    return length, ended


def _change(
    padded: NDArray[np.float32], last: Ints, direction: int, ended: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Compare the first interval beyond a run, and the mean of six, with the run's last one."""
    own = padded[last]
    beyond = padded[last + direction]
    total, count = np.zeros(len(last), dtype=np.float32), np.zeros(len(last), dtype=np.float32)
    for k in range(1, 7):
        value = padded[last + k * direction]
        there = value < _NONE
        total += np.where(there, value, np.float32(0))
        count += there
    mean = total / np.maximum(count, 1)
    scale = np.float32(2 / _UNIT)
    return _where(ended, scale * (beyond - own)), _where(ended, scale * (mean - own))


# --- cells of 30 s and their surroundings


def _cells(beats: _Beats, columns: _Columns) -> _Columns:
    """Compute the columns that compare a beat with the surroundings of its cell."""
    n = len(beats.before)
    out = {name: np.zeros(n, dtype=np.float32) for name in (*_CELLS, *_FIBRILLATION)}
    log = np.where(beats.before < _NONE, beats.before, np.nan)
    levels = np.stack([log, np.rint(running_median(log, 2)), np.rint(running_median(log, 7))])
    levels = np.where(np.isfinite(levels), levels, 0).astype(np.int64)
    weight = np.minimum(beats.ms, round(1000 * _MOST_TIME)).astype(np.int64)
    keys = (levels << 32) | weight  # sorted by value, with their weights
    signs = _signs_of_fibrillation(columns)
    for beat, surroundings in beats.spans:
        for name, span in zip(_SPANS, surroundings, strict=True):
            others = slice(max(span.start, 1), span.stop)
            if others.start >= others.stop:
                continue
            found = _cell(beats, keys[:, others], levels[1:, beat], beat, others)
            found |= _fibrillation(signs, span)
            for column, values in found.items():
                out[f"{column}_{name}"][beat] = values
    for name in (name for name in _CELLS if "rr_before" in name or "rr_after" in name):
        there = beats.before if "before" in name else beats.after
        out[name][there == _NONE] = 0
    for span in _SPANS:
        out[f"rr_density_{span}"][0] = out[f"rr_mode_{span}"][0] = 0
        out[f"rr_pairs_{span}"][[0, -1]] = 0
    return out


def _cell(
    beats: _Beats, keys: NDArray[np.int64], levels: NDArray[np.int64], own: slice, others: slice
) -> dict[str, Floats]:
    """Compare the beats of a cell with all of its surroundings.

    Parameters
    ----------
    beats : _Beats
        The recording.
    keys : ndarray of int64 of shape (3, n_others)
        Interval, level and slow level of the surroundings, each with its weight.
    levels : ndarray of int64 of shape (2, n_own)
        Level and slow level of the beats of the cell.
    own, others : slice
        The beats of the cell, and of the surroundings.
    """
    keys = np.sort(keys, axis=1)
    values = keys >> 32
    time = np.cumsum(keys & 0xFFFFFFFF, axis=1)
    total = int(time[0, -1])
    rr, n = values[0], values.shape[1]
    before, after = beats.before[own].astype(np.int32), beats.after[own].astype(np.int32)
    scale = 2 / _UNIT
    out: dict[str, Floats] = {}

    def of_time(row: int, percent: int) -> int:
        return int(values[row, np.searchsorted(time[row], (percent * total + 99) // 100)])

    t = {p: of_time(0, p) for p in (50, 75, 90)}
    for p in (50, 75, 90):
        q = int(rr[(p * (n - 1) + 50) // 100])
        out[f"rr_before_p{p}"] = scale * (before - q)
        out[f"rr_before_t{p}"] = scale * (before - t[p])
        if p < 90:
            out[f"rr_after_p{p}"] = scale * (after - q)
            out[f"rr_after_t{p}"] = scale * (after - t[p])
    for p in (50, 80, 95):
        out[f"level_t{p}"] = scale * (levels[0] - of_time(1, p))
        out[f"slow_level_t{p}"] = scale * (levels[1] - of_time(2, p))
    slower = np.searchsorted(rr, levels[0] + round(0.2 * _UNIT), side="right")
    ahead = np.where(slower > 0, time[0][slower - 1], 0)
    out["time_slower"] = 2 * (total - ahead) / total
    out["rr_above"] = np.float64(scale * (t[90] - t[50]))
    low, high = np.searchsorted(rr, [before - _ALIKE, before + _ALIKE])
    out["rr_density"] = 2 * np.maximum(high - low - 1, 0) / max(n - 1, 1)
    alike = np.abs(beats.before[own, None] - beats.before[others]) < _ALIKE
    alike &= np.abs(beats.after[own, None] - beats.after[others]) < _ALIKE
    pairs = np.maximum(np.count_nonzero(alike, axis=1) - 1, 0)
    out["rr_pairs"] = 4 * pairs / max(n - 1, 1)
    held = max(2, _MODE * n // 100)
    if n >= held:
        at = int(np.argmin(rr[held - 1 :] - rr[: n - held + 1])) + held // 2
        out["rr_mode"] = scale * (before - int(rr[at]))
    step = beats.step[others]
    for percent in _STEPS:
        large = np.count_nonzero(step > percent * _UNIT / 100)
        out[f"steps_{percent}"] = np.float64(2 * large / n)
    return out


def _signs_of_fibrillation(columns: _Columns) -> dict[str, tuple[Ints, Floats]]:
    """Return the running sums of signs of fibrillation, and their means over nine beats."""
    signs = {}
    for name, source in (
        ("cosen", "cosen_24"),
        ("steps", "steps_10_20"),
        ("pairs", "rr_pairs_60"),
    ):
        total = _running_sum(np.rint(_UNIT * columns[source].astype(np.float64)))
        number = np.arange(len(total) - 1)
        start, stop = np.maximum(number - 4, 0), np.minimum(number + 5, len(number))
        signs[name] = total, (total[stop] - total[start]) / (_UNIT * (stop - start))
    return signs


def _fibrillation(signs: dict[str, tuple[Ints, Floats]], span: slice) -> dict[str, Floats]:
    """Compute mean, lowest and highest of each sign over surroundings."""
    out = {}
    for name, (total, smooth) in signs.items():
        n = span.stop - span.start
        out[f"{name}_mean"] = (total[span.stop] - total[span.start]) / (_UNIT * n)
        out[f"{name}_lowest"] = smooth[span].min()
        out[f"{name}_highest"] = smooth[span].max()
    return out
