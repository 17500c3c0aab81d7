"""Beats of a recording that can be cut out: baseline removed, far from gaps."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..beats._waves import in_samples, qrs_centres, remove_baseline
from ..preprocessing._gaps import bridge_gaps
from ..records import ECGRecord, RecordError
from ..utils import count
from ._rhythm import Floats

__all__ = ["AFTER", "BEFORE", "MIN_ECTOPIC", "MIN_NORMAL", "Source"]

#: s from the middle of the QRS complex to the ends of a cut, at most
BEFORE, AFTER = 0.32, 0.6
MIN_NORMAL = 60  # normal beats that a source needs
MIN_ECTOPIC = {"S": 8, "V": 5}  # ectopic beats that a source needs for its own to be used

_SYMBOLS = {"N": ("N", "L", "R", "B"), "S": ("A", "a", "J", "S"), "V": ("V", "r")}
# rhythms in which the beats of class N have no P wave of the sinus node before them
_NO_SINUS = ("(AFIB", "(AFL", "(BII", "(IVR", "(NOD", "(P", "(SVTA", "(VFL", "(VT")
_CLEAR = 0.28  # s that a cut stays away from the QRS complex before and after it
_LEAST = (0.1, 0.22)  # s before and after the QRS complex that a cut has at least
_STEADY = (0.75, 1.4)  # RR of a normal beat, as a share of the median
_MIN_RR = {"N": 0.3, "S": 0.2, "V": 0.2}  # s
_BASELINE_FS = 90.0  # Hz, enough for the baseline
_QRS = 0.08  # s around the middle in which the height of a QRS complex is measured
_MEASURED = 200  # beats, for the height
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
    usable: dict[str, NDArray[np.intp]]  # beats of "N", "S" and "V" that can be cut out
    height: Floats  # of a normal QRS complex, peak to peak, in mV, (n_leads,)

    @classmethod
    def of(cls, record: ECGRecord) -> "Source":
        """Prepare a record; raise unless it has enough normal beats."""
        fs = record.fs
        unknown: NDArray[np.bool_] = np.atleast_1d(np.isnan(record.signal).all(axis=0))  # by lead
        bridged, missing = bridge_gaps(record.signal)
        signal = np.stack([_without_baseline(lead, fs) for lead in bridged.T], axis=1)
        active = np.flatnonzero(signal.std(axis=0) > _FLAT)
        centre = qrs_centres(signal[:, active[0] if active.size else 0], record.sample, fs)
        rr = np.diff(centre, prepend=np.nan, append=np.nan) / fs  # before beat i, and after
        before = np.full(len(centre), in_samples(BEFORE, fs))
        after = np.full(len(centre), in_samples(AFTER, fs))
        # a cut ends before the P wave of the next beat, and begins after the T wave before
        near = np.nan_to_num(rr, nan=10.0)
        low, high = (in_samples(seconds, fs) for seconds in _LEAST)
        clear = in_samples(_CLEAR, fs)
        room = np.round(near * fs).astype(int) - clear
        np.clip(before, None, np.maximum(room[:-1], low), out=before)
        np.clip(after, None, np.maximum(room[1:], high), out=after)

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
        reach = in_samples(_QRS, fs)
        at = centre[usable["N"][:_MEASURED], None] + np.arange(-reach, reach + 1)
        return cls(
            signal,
            unknown,
            fs,
            centre,
            record.sample - centre,
            record.symbol,
            before,
            after,
            usable,
            np.median(np.ptp(signal[at], axis=1), axis=0).astype(float),
        )

    def has_own(self, label: str) -> bool:
        """Tell whether there are enough ectopic beats of a kind."""
        return len(self.usable[label]) >= MIN_ECTOPIC[label]


def _without_baseline(lead: NDArray[np.floating], fs: float) -> NDArray[np.float32]:
    """Subtract the baseline of a lead, which is found at a lower rate to save time."""
    step = max(1, int(fs / _BASELINE_FS))
    if step == 1 or len(lead) < 2 * step:
        return remove_baseline(lead, fs)
    n = len(lead) // step
    slow = lead[: n * step].reshape(n, step).mean(axis=1)
    baseline = slow - remove_baseline(slow, fs / step)
    at = (np.arange(n) + 0.5) * step - 0.5
    return (lead - np.interp(np.arange(len(lead)), at, baseline)).astype(np.float32)


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
