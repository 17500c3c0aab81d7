"""Find beats where the first lead is off, in a lead that is not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from ..records import ECGRecord
from ._detectors import DetectorLike, detect_beats

__all__ = ["FoundBeats", "find_beats", "leads_to_search", "without_signal"]

FLAT = 2.0  # seconds without change that no ECG has, pauses included: recordings have noise
MISSING = 0.5  # seconds; a shorter gap is within one beat or between two
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


def without_signal(lead: NDArray[np.floating], fs: float) -> NDArray[np.bool_]:
    """Return which samples are in a stretch where a lead is flat or missing.

    Flat is a range of one step of the converter at most, over `FLAT` seconds; missing is NaN for
    `MISSING` seconds or longer.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.annotation._lead_off import without_signal
    >>> lead = np.concatenate([np.zeros(30), np.cos(np.arange(40.0))])
    >>> without_signal(lead, 10).nonzero()[0].tolist() == list(range(30))
    True
    """
    missing = np.isnan(lead)
    off = _runs(missing, round(MISSING * fs))
    known = np.flatnonzero(~missing)
    if not len(known):
        return np.ones(len(lead), dtype=bool)
    # gaps continue the value before them, so that a lead that is flat up to a gap is off
    last = np.maximum.accumulate(np.where(missing, 0, np.arange(len(lead))))
    filled = lead[np.where(missing[last], known[0], last)]
    width = max(2, round(FLAT * fs))
    if len(filled) < width:
        return off
    steps = np.diff(np.unique(filled))
    step = 1.001 * steps.min() if len(steps) else 0.0

    # windows [i, i + width) that are flat, and all of their samples
    #
    #   lead     5 5 5 5 5 7 9 8
    #   flat     1 1 . . .            width 4
    #   off      1 1 1 1 1 . . .
    shift = {"size": width, "origin": -(width // 2), "mode": "nearest"}
    spread = maximum_filter1d(filled, **shift) - minimum_filter1d(filled, **shift)
    flat = spread[: len(filled) - width + 1] <= step
    change = np.zeros(len(filled) + 1, dtype=np.int64)
    change[: len(flat)] += flat
    change[width : width + len(flat)] -= flat
    return off | (np.cumsum(change[:-1]) > 0)


def _runs(mask: NDArray[np.bool_], shortest: int) -> NDArray[np.bool_]:
    """Keep the runs of True that are not shorter than so many samples."""
    edges = np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))
    kept = np.zeros(len(mask), dtype=bool)
    for start, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        kept[start:end] = end - start >= shortest
    return kept


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
    found = detect_beats(record.signal[:, leads[0]], fs, detector=detector)
    off = without_signal(record.signal[:, leads[0]], fs)
    if not off.any():
        return FoundBeats(found, np.zeros(len(found), dtype=bool), 0.0, {}, 0.0)
    own = found[~off[found]]
    others = np.empty(0, dtype=np.int64)
    open_ = off.copy()
    seconds = {}
    for lead in leads[1:]:
        here = open_ & ~without_signal(record.signal[:, lead], fs)
        if not here.any():
            continue
        try:
            candidates = detect_beats(record.signal[:, lead], fs, detector=detector)
        except ValueError:  # too little of this lead
            continue
        candidates = candidates[here[candidates]]
        taken = np.sort(np.concatenate([own, others]))
        candidates = candidates[_distance(candidates, taken) >= APART * fs]
        others = np.concatenate([others, candidates])
        open_ &= ~here
        seconds[record.lead_names[lead]] = here.sum() / fs
    sample = np.concatenate([own, others])
    order = np.argsort(sample, kind="stable")
    in_other = np.arange(len(sample)) >= len(own)
    return FoundBeats(sample[order], in_other[order], off.sum() / fs, seconds, open_.sum() / fs)


def _distance(positions: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the distance of each position from the nearest of the others, which are sorted."""
    padded = np.concatenate([[-np.inf], others, [np.inf]])
    after = np.searchsorted(others, positions) + 1
    return np.minimum(padded[after] - positions, positions - padded[after - 1])
