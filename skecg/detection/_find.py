"""Find the beats of a stretch of a recording in all of its leads.

signal      (n_samples, n_leads), NaN where a lead is missing
state       (n_leads, n_samples), whether a lead can be used at a sample
sample      (n_beats,), where there are beats, in samples of the stretch
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ._auto import find_in_leads
from ._detectors import AUTO, DetectorLike, check_detector, check_length, in_first_usable
from ._flat import CELL_SECONDS, without_signal

__all__ = ["MARGIN", "FoundBeats", "LeadState", "block_step", "ecg_leads", "find_beats"]

#: Seconds: with the detector "auto" nothing farther from a beat or a sample changes it, if
#: stretches begin at multiples of `block_step`.
MARGIN = 50.0
# signals next to an ECG that may be in mV as well
_NOT_ECG = re.compile(r"resp|abp|art|bp|cvp|pap|icp|ple|ppg|eeg|eog|emg|spo2|co2|noise", re.I)


class LeadState(IntEnum):
    """Whether a lead can be used at a sample."""

    USABLE = 0
    FLAT = 1
    MISSING = 2
    NOISY = 3


@dataclass(frozen=True, eq=False)
class FoundBeats:
    """Beats of a stretch of a recording, and the state of each lead."""

    sample: NDArray[np.int64]  # (n_beats,)
    p_beat: NDArray[np.float32]  # (n_beats,), NaN for detectors that give none
    state: NDArray[np.uint8]  # (n_leads, n_samples), of LeadState


def block_step(fs: float) -> int:
    """Return the number of samples of which the origin of a stretch must be a multiple.

    Examples
    --------
    >>> from skecg.detection._find import block_step
    >>> block_step(360)
    720
    """
    return CELL_SECONDS * round(fs)


def ecg_leads(lead_names: Sequence[str]) -> list[int]:
    """Return the leads that are not another signal by their names.

    Examples
    --------
    >>> from skecg.detection._find import ecg_leads
    >>> ecg_leads(["MLII", "RESP", "V5"])
    [0, 2]
    """
    return [i for i, name in enumerate(lead_names) if not _NOT_ECG.match(name)]


def find_beats(
    signal: NDArray[np.floating],
    fs: float,
    lead_names: Sequence[str],
    detector: DetectorLike,
    *,
    origin: int = 0,
    leads: Sequence[int] | None = None,
) -> FoundBeats:
    """Find the beats of a stretch of a recording.

    Parameters
    ----------
    signal : ndarray of shape (n_samples, n_leads)
        All leads of the stretch. NaN marks gaps.
    fs : float
        Sampling frequency in Hz.
    lead_names : sequence of str
        One name per column.
    detector : str or callable
        As in `detect_beats`.
    origin : int, default=0
        Sample of the recording at which the stretch begins, a multiple of `block_step`.
    leads : sequence of int or None, default=None
        Columns in which beats may be found, preferred first. None is all but those that are not
        ECG by name.

    Returns
    -------
    FoundBeats
    """
    searched = ecg_leads(lead_names) if leads is None else list(leads)
    state = lead_states(signal, fs)
    check_detector(detector, fs)
    check_length(len(signal), fs, detector)
    if detector == AUTO:
        auto = find_in_leads(signal[:, searched], state[searched] == LeadState.USABLE, fs)
        for lead, noisy in zip(searched, auto.noisy, strict=True):
            state[lead, noisy] = LeadState.NOISY
        return FoundBeats(auto.sample, auto.p_beat, state)
    off = state != LeadState.USABLE
    found = in_first_usable(signal, fs, searched, off, detector)
    return FoundBeats(found, np.full(len(found), np.nan, dtype=np.float32), state)


def lead_states(signal: NDArray[np.floating], fs: float) -> NDArray[np.uint8]:
    """Return the state of each lead at each sample: usable, flat or missing."""
    state = np.zeros((signal.shape[1], len(signal)), dtype=np.uint8)
    for lead, values in enumerate(signal.T):
        off = without_signal(values, fs)
        state[lead, off] = LeadState.FLAT
        state[lead, off & np.isnan(values)] = LeadState.MISSING
    return state
