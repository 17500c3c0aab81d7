"""Find beats where the first lead is off, in a lead that is not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..preprocessing._gaps import bridge_gaps
from ..records import ECGRecord
from ._detectors import DetectorLike, find_in_lead
from ._flat import without_signal

__all__ = ["FoundBeats", "find_beats", "leads_to_search", "longest_without_beat"]

APART = 0.2  # seconds: beats of two leads that are closer are one beat
# signals next to an ECG that may be in mV as well
_NOT_ECG = re.compile(r"resp|abp|art|bp|cvp|pap|icp|ple|ppg|eeg|eog|emg|spo2|co2|noise", re.I)


def leads_to_search(record: ECGRecord, in_rows: Sequence[int]) -> list[int]:
    """Return the leads of a row, then the other leads of the record that are ECG by name."""
    others = [i for i, name in enumerate(record.lead_names) if not _NOT_ECG.match(name)]
    return list(dict.fromkeys([*in_rows, *others]))


@dataclass(frozen=True, eq=False)
class FoundBeats:
    """Beats of a record, and the leads that they were found in."""

    sample: NDArray[np.int64]  # (n_beats,)
    in_other_lead: NDArray[np.bool_]  # (n_beats,), whether the first lead is off there
    seconds_off: float  # of the first lead
    seconds_by_lead: dict[str, float]  # in which a lead took its place
    seconds_without: float  # in which no lead has a signal
    longest: tuple[float, float]  # seconds: the longest stretch with a signal and no beat


def find_beats(record: ECGRecord, leads: Sequence[int], detector: DetectorLike) -> FoundBeats:
    """Find the beats in the first of the leads and, where it is off, in the next that is not.

    Parameters
    ----------
    record : ECGRecord
        The recording.
    leads : sequence of int
        Columns of its signal in order of preference.
    detector : str or callable
        As in `detect_beats`.
    """
    fs = record.fs
    first = record.signal[:, leads[0]].astype(np.float64)
    off = without_signal(first, fs)
    found = _find_outside(first, off, fs, detector)
    if not off.any():
        longest = longest_without_beat(found, off, fs)
        return FoundBeats(found, np.zeros(len(found), dtype=bool), 0.0, {}, 0.0, longest)
    others = np.empty(0, dtype=np.int64)
    open_ = off.copy()
    seconds = {}
    for lead in leads[1:]:
        values = record.signal[:, lead].astype(np.float64)
        off_too = without_signal(values, fs)
        here = open_ & ~off_too
        if not here.any():
            continue
        try:
            candidates = _find_outside(values, off_too, fs, detector)
        except ValueError:  # too little of this lead
            continue
        candidates = candidates[here[candidates]]
        taken = np.sort(np.concatenate([found, others]))
        candidates = candidates[_distance(candidates, taken) >= APART * fs]
        others = np.concatenate([others, candidates])
        open_ &= ~here
        seconds[record.lead_names[lead]] = here.sum() / fs
    sample = np.concatenate([found, others])
    order = np.argsort(sample, kind="stable")
    in_other = (np.arange(len(sample)) >= len(found))[order]
    sample = sample[order]
    longest = longest_without_beat(sample, open_, fs)
    return FoundBeats(sample, in_other, off.sum() / fs, seconds, open_.sum() / fs, longest)


def longest_without_beat(
    sample: NDArray[np.int64], off: NDArray[np.bool_], fs: float
) -> tuple[float, float]:
    """Return start and end in seconds of the longest stretch with a signal and without a beat.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.detection._lead_off import longest_without_beat
    >>> longest_without_beat(np.array([10, 20, 50]), np.zeros(60, dtype=bool), 10)
    (2.0, 5.0)
    """
    # beats and the samples of stretches without a signal end a stretch
    edges = np.flatnonzero(np.diff(np.concatenate([[True], off, [True]]).astype(np.int8)))
    marks = np.union1d(edges, sample)
    inside = ~np.append(off, True)[marks[:-1]]  # the signal is there between two marks
    lengths = np.where(inside, np.diff(marks), 0)
    if not len(lengths):
        return 0.0, 0.0
    i = int(np.argmax(lengths))
    return float(marks[i] / fs), float((marks[i] + lengths[i]) / fs)


def _find_outside(
    lead: NDArray[np.float64], off: NDArray[np.bool_], fs: float, detector: DetectorLike
) -> NDArray[np.int64]:
    """Find the beats of a lead outside of the stretches in which it is off.

    These are bridged, since a step at their ends looks like a beat.
    """
    if not off.any() or off.all():
        found = find_in_lead(lead, fs, detector)
        return found[~off[found]]
    bridged, missing = bridge_gaps(np.where(off, np.nan, lead))
    found = find_in_lead(np.asarray(bridged, dtype=np.float64), fs, detector)
    return found if missing is None else found[~missing[found]]


def _distance(positions: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the distance of each position from the nearest of the others, which are sorted."""
    padded = np.concatenate([[-np.inf], others, [np.inf]])
    after = np.searchsorted(others, positions) + 1
    return np.minimum(padded[after] - positions, positions - padded[after - 1])
