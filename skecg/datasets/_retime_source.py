"""Beats of a recording that can be cut out: baseline removed, far from gaps."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..beats._waves import in_samples, qrs_centres, take_windows
from ..preprocessing._gaps import bridge_gaps
from ..records import ECGRecord, RecordError
from ..tables import CLASS_MAPS
from ..utils import count
from ._rhythm import Floats

__all__ = ["AFTER", "BEFORE", "FADE", "MIN_ECTOPIC", "MIN_NORMAL", "P_END", "Source"]

#: s from the middle of the QRS complex to the ends of a cut, at most
BEFORE, AFTER = 0.32, 0.6
FADE = 0.048  # s in which the ends of a cut fade
P_END = 0.092  # s before the middle of the QRS complex at which the P wave has ended
MIN_NORMAL = 60  # normal beats that a source needs
MIN_ECTOPIC = {"S": 8, "V": 5}  # ectopic beats that a source needs for its own to be used

_SYMBOLS = {"N": ("N", "L", "R", "B"), "S": ("A", "a", "J", "S"), "V": ("V", "r")}
# rhythms in which the beats of class N have no P wave of the sinus node before them
_NO_SINUS = ("(AFIB", "(AFL", "(BII", "(IVR", "(NOD", "(P", "(SVTA", "(VFL", "(VT")
# s that a cut stays away from the middle of the QRS complex before it, and after it
_CLEAR = (0.14, 0.28)
_LEAST = (0.1, 0.22)  # s before and after the QRS complex that a cut has at least
_STEADY = (0.75, 1.4)  # RR of a normal beat, as a share of the median
_MIN_RR = {"N": 0.3, "S": 0.2, "V": 0.2}  # s
_LEVEL = 0.012  # s around P_END in which the level of the PR segment is measured
_QRS = 0.08  # s around the middle in which the height of a QRS complex is measured
_MEASURED = 200  # beats, for the height and the T wave
_FLAT = 1e-4  # mV, standard deviation of a lead without signal


@dataclass(frozen=True)
class Source:
    """A recording to cut beats from; arrays have one entry per beat of the record."""

    signal: NDArray[np.float32]  # without baseline, (n_samples, n_leads)
    unknown: NDArray[np.bool_]  # leads without any sample
    fs: float
    centre: NDArray[np.int64]  # middle of the QRS complex
    label_shift: NDArray[np.int64]  # samples from the middle to the annotation
    symbol: NDArray[np.str_]
    before: NDArray[np.int64]  # samples of a cut before the middle
    after: NDArray[np.int64]  # samples of a cut from the middle on
    lag: NDArray[np.int64]  # samples since the beat before if it has a normal T wave; or 0
    usable: dict[str, NDArray[np.intp]]  # beats of "N", "S" and "V" that can be cut out
    height: Floats  # of a normal QRS complex, peak to peak, in mV, (n_leads,)
    tail: NDArray[np.float32]  # normal beat from the middle to the end of the T wave

    @classmethod
    def of(cls, record: ECGRecord) -> "Source":
        """Prepare a record; raise unless it has enough normal beats."""
        fs = record.fs
        unknown: NDArray[np.bool_] = np.atleast_1d(np.isnan(record.signal).all(axis=0))  # leads
        bridged, missing = bridge_gaps(record.signal)
        active = np.flatnonzero(bridged.std(axis=0) > _FLAT)
        centre = qrs_centres(bridged[:, active[0] if active.size else 0], record.sample, fs)
        rr = np.diff(centre, prepend=np.nan, append=np.nan) / fs  # before beat i, and after
        before, after = _extents(rr, fs)
        known = (centre - before >= 0) & (centre + after < record.n_samples)
        if missing is not None:
            gaps = np.atleast_1d(missing[:, ~unknown].any(axis=1) | unknown.all())
            known &= ~_touches(gaps, centre, before, after)
        usable = _usable(record, rr, known)
        if len(usable["N"]) < MIN_NORMAL:
            raise RecordError(
                f"Record '{record.name}': has {count(len(usable['N']), 'normal beat')} that can "
                f"be cut out, and retime_record needs at least {MIN_NORMAL}: with the symbol N, "
                "L, R or B, at steady intervals, far from gaps, and not in a rhythm without P "
                "waves, such as (AFIB. Use another or a longer recording."
            )

        narrow = np.array(
            [CLASS_MAPS["ec57"].get(s) in ("N", "S") for s in record.symbol.tolist()]
        )
        signal = _without_baseline(bridged, centre[narrow & known], fs)
        lag = np.diff(centre, prepend=centre[0])
        lag[1:][~narrow[:-1]] = 0
        measured = usable["N"][:_MEASURED]
        reach = in_samples(_QRS, fs)
        qrs = signal[centre[measured, None] + np.arange(-reach, reach + 1)]
        return cls(
            signal,
            unknown,
            fs,
            centre,
            record.sample - centre,
            record.symbol,
            before,
            after,
            lag,
            usable,
            np.median(np.ptp(qrs, axis=1), axis=0).astype(float),
            _tail(signal, centre[measured], after[measured], fs),
        )

    def has_own(self, label: str) -> bool:
        """Tell whether there are enough ectopic beats of a kind."""
        return len(self.usable[label]) >= MIN_ECTOPIC[label]


def _extents(rr: Floats, fs: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the samples of each cut before and after the middle of its QRS complex.

    A cut begins after the QRS complex before it, and ends before the P wave of the next beat.
    """
    extents = []
    parts = zip((BEFORE, AFTER), _CLEAR, _LEAST, (rr[:-1], rr[1:]), strict=True)
    for most, clear, least, near in parts:
        free = np.nan_to_num(near, nan=10.0) - clear
        extents.append(np.round(free.clip(least, most) * fs).astype(np.int64))
    return extents[0], extents[1]


def _without_baseline(
    signal: NDArray[np.floating], centre: NDArray[np.int64], fs: float
) -> NDArray[np.float32]:
    """Subtract lines between the levels of the PR segments, which leave wide beats as they are.

    Meyer & Keiser 1977, Comput Biomed Res 10:459-470, join these levels by a spline.
    """
    reach = in_samples(_LEVEL, fs)
    at = np.unique(centre - in_samples(P_END, fs))
    time = np.arange(len(signal))
    out = np.empty(signal.shape, dtype=np.float32)
    for lead in range(signal.shape[1]):
        windows = take_windows(signal[:, lead], at, np.arange(-reach, reach + 1))
        out[:, lead] = signal[:, lead] - np.interp(time, at, np.median(windows, axis=1))
    return out


def _tail(
    signal: NDArray[np.float32], centre: NDArray[np.int64], after: NDArray[np.int64], fs: float
) -> NDArray[np.float32]:
    """Return the median of normal beats from the middle on, faded at the end, (n, n_leads)."""
    n = int(np.median(after))
    tail = np.median(signal[centre[after >= n, None] + np.arange(n)], axis=0)
    fade = ((n - np.arange(n)) / max(1, in_samples(FADE, fs))).clip(0, 1)
    return (tail * fade[:, None]).astype(np.float32)


def _touches(
    missing: NDArray[np.bool_],
    centre: NDArray[np.int64],
    before: NDArray[np.int64],
    after: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Tell which cuts have a missing sample."""
    total = np.concatenate(([0], np.cumsum(missing)))
    last = len(missing)
    return total[(centre + after).clip(0, last)] > total[(centre - before).clip(0, last)]


def _usable(
    record: ECGRecord, rr: Floats, known: NDArray[np.bool_]
) -> dict[str, NDArray[np.intp]]:
    """Return the beats of each class that can be cut out; normal ones only at a steady rate."""
    before, after = rr[:-1], rr[1:]
    usable = {}
    for label, symbols in _SYMBOLS.items():
        good = np.isin(record.symbol, symbols) & known & (before > _MIN_RR[label])
        if label == "N":
            middle = np.nanmedian(rr) if len(rr) > 2 else np.nan
            low, high = _STEADY[0] * middle, _STEADY[1] * middle
            good &= (before > low) & (before < high) & (after > max(low, _MIN_RR[label]))
            good &= ~_without_sinus(record)
        usable[label] = np.flatnonzero(good)
    return usable


def _without_sinus(record: ECGRecord) -> NDArray[np.bool_]:
    """Tell which beats are in a rhythm that is annotated and has no P waves of its own."""
    change = record.other.symbol == "+"
    if not change.any():
        return np.zeros(len(record.sample), dtype=bool)
    without = np.isin(np.char.rstrip(record.other.aux_note[change], "\0 "), _NO_SINUS)
    current = np.searchsorted(record.other.sample[change], record.sample, side="right") - 1
    return np.where(current >= 0, without[current], False)
