"""Find the beats of one lead, with a detector of the table or any function.

A new detector with a name is a function, an entry of `DETECTORS` and its name in the docstring of
`detect_beats`; error messages and checks of the rate are made from the table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..preprocessing._gaps import bridge_gaps
from ..records._amplitude import amplitude_fault
from ..utils import POSITIVE, check_value, count, warn
from ._flat import without_signal

__all__ = ["DETECTORS", "Detector", "DetectorLike", "FindBeats", "detect_beats", "find_in_lead"]

OWNER = "detect_beats"
_SHORTEST = 1.0  # seconds; a filter needs a beginning and an end

#: From one lead in mV without gaps, and its rate in Hz, the positions of beats in samples.
FindBeats: TypeAlias = Callable[[NDArray[np.floating], float], ArrayLike]
#: The name of a detector in `DETECTORS`, or a function.
DetectorLike: TypeAlias = str | FindBeats


@dataclass(frozen=True)
class Detector:
    """A detector of heartbeats with a name."""

    name: str
    find: FindBeats
    lowest_fs: float  # Hz
    marks: str  # where in a beat its positions are
    source: str  # to be cited


def _sleepecg(signal: NDArray[np.floating], fs: float) -> ArrayLike:
    """Find beats with sleepecg."""
    import sleepecg

    return sleepecg.detect_heartbeats(signal, fs)


def _gqrs(signal: NDArray[np.floating], fs: float) -> ArrayLike:
    """Find beats with gqrs, whose marks may lie before the first sample."""
    from wfdb.processing import gqrs_detect

    try:
        found = np.asarray(gqrs_detect(sig=signal, fs=fs), dtype=np.int64)
    except OverflowError:  # its thresholds are of a signal in mV
        raise ValueError(
            f"The detector 'gqrs' needs a signal in mV. Got values from {signal.min():g} to "
            f"{signal.max():g}: convert them, or use the detector 'sleepecg'."
        ) from None
    return found.clip(0, len(signal) - 1)


DETECTORS = {
    detector.name: detector
    for detector in (
        Detector(
            "sleepecg",
            _sleepecg,
            lowest_fs=61.0,  # its filter passes 5 to 30 Hz
            marks="R peak: a maximum of the signal filtered to 5 to 30 Hz",
            source="Brunner C, Hofer F. SleepECG: a Python package for sleep staging based on "
            "heart rate. Journal of Open Source Software 8(86):5411 (2023). "
            "https://doi.org/10.21105/joss.05411",
        ),
        Detector(
            "gqrs",
            _gqrs,
            lowest_fs=58.0,  # a quarter of its typical QRS duration, 0.07 s, is one sample
            marks="onset of the QRS complex: 35 ms before the largest output of its QRS filter",
            source="Xie C, McCullum L, Johnson A, Pollard T, Gow B, Moody B. Waveform Database "
            "Software Package (WFDB) for Python. PhysioNet (2023). "
            "https://doi.org/10.13026/9njx-6322",
        ),
    )
}


def detect_beats(
    signal: ArrayLike, fs: float, *, detector: DetectorLike = "sleepecg"
) -> NDArray[np.int64]:
    """Find the heartbeats in one lead.

    Parameters
    ----------
    signal : array-like of shape (n_samples,)
        One lead, in mV. NaN marks gaps.
    fs : float
        Sampling frequency in Hz.
    detector : {"sleepecg", "gqrs"} or callable, default="sleepecg"
        ``"sleepecg"`` is `sleepecg.detect_heartbeats`, for 61 Hz or more. ``"gqrs"`` is
        `wfdb.processing.gqrs_detect`, for 58 Hz or more: much slower, with fewer missed wide
        beats, but more false detections in noise. A callable ``f(signal, fs)`` returns positions
        in samples, in any order; it gets a signal without gaps.

    Returns
    -------
    ndarray of int64 of shape (n_beats,)
        Positions in samples, increasing. There are none in gaps and where the lead is flat.

    Raises
    ------
    ValueError
        If the signal is flat, contains only gaps, is shorter than a second or is not one lead, the
        rate is not valid or too low for the detector, or the detector returns invalid positions.
    TypeError
        If ``detector`` is neither a name nor callable.

    Warns
    -----
    UserWarning
        If the amplitude is not that of an ECG in mV; if the detector found beats in gaps, which
        are excluded; or if the lead is flat for 2 s or missing for 0.5 s somewhere, with the
        seconds in all.

    See Also
    --------
    annotate : Find the beats of a record and classify them.
    skecg.align_peaks : Move positions to the R peak.

    Notes
    -----
    skecg has no detector of its own. sleepecg's [1]_ is a Pan-Tompkins detector [2]_ that filters
    in both directions, so that it marks the R peak; some of the beats that it misses are wide
    ventricular ones. gqrs by George Moody, in wfdb [3]_, marks the onset of the QRS complex, about
    35 ms before the R peak. :doc:`/accuracy` has the numbers of missed beats and false detections
    of both, and their effect on the results of the pretrained model.

    A single NaN makes many detectors return no beats, so gaps are bridged by straight lines
    before, and beats found in them are removed after.

    References
    ----------
    .. [1] Brunner C, Hofer F. SleepECG: a Python package for sleep staging based on heart rate.
       Journal of Open Source Software 8(86):5411 (2023). https://doi.org/10.21105/joss.05411
    .. [2] Pan J, Tompkins WJ. A real-time QRS detection algorithm. IEEE Trans Biomed Eng
       32(3):230-236 (1985). https://doi.org/10.1109/TBME.1985.325532
    .. [3] Xie C, McCullum L, Johnson A, Pollard T, Gow B, Moody B. Waveform Database Software
       Package (WFDB) for Python. PhysioNet (2023). https://doi.org/10.13026/9njx-6322

    Examples
    --------
    >>> from skecg import detect_beats, simulate_record
    >>> record = simulate_record(30, ventricular=0, random_state=0)
    >>> found = detect_beats(record.signal[:, 0], record.fs)
    >>> len(found) == len(record.sample), int(abs(found - record.sample).max()) < 5
    (True, True)
    """
    lead = _check_signal(signal)
    check_value(fs, POSITIVE, "fs", OWNER)
    if len(lead) and (fault := amplitude_fault(lead[:, np.newaxis], float(fs), ["signal"])):
        warn(f"The 'signal' parameter of {OWNER} must be in mV: {fault}.")
    off = without_signal(lead, float(fs))
    # a flat stretch is bridged as a gap: a step at its ends looks like a beat
    known = lead if off.all() or not off.any() else np.where(off, np.nan, lead)
    found = find_in_lead(known, fs, detector)
    if off.any():
        warn(
            f"The 'signal' parameter of {OWNER} is flat or missing for {off.sum() / fs:.1f} s of "
            f"{len(lead) / fs:.1f} s. There are no beats in these: look for them in another lead."
        )
    return found[~off[found]]


def find_in_lead(
    lead: NDArray[np.float64], fs: float, detector: DetectorLike
) -> NDArray[np.int64]:
    """Find the heartbeats in one lead, as `detect_beats`, whatever its unit and flat parts."""
    find = _check_detector(detector, fs)
    if len(lead) < _SHORTEST * fs:
        raise ValueError(
            f"The 'signal' parameter of {OWNER} must last {_SHORTEST:g} s or longer. Got "
            f"{len(lead)} samples at {fs:g} Hz, {len(lead) / fs:.2f} s."
        )
    low, high = np.fmin.reduce(lead), np.fmax.reduce(lead)
    if not low < high:
        fault = "has only gaps" if np.isnan(low) else f"is flat ({low:g} throughout)"
        raise ValueError(
            f"The 'signal' parameter of {OWNER} {fault}, so there are no beats to find. Choose "
            "another lead."
        )
    bridged, missing = bridge_gaps(lead)
    found = _check_found(find(bridged, float(fs)), len(lead))
    if missing is None or not (in_gap := missing[found]).any():
        return found
    warn(
        f"{OWNER} excluded {count(int(in_gap.sum()), 'beat')} that the detector found in gaps of "
        f"the signal ({missing.mean():.1%} of it is missing)."
    )
    return found[~in_gap]


def _check_signal(signal: ArrayLike) -> NDArray[np.float64]:
    """Return one lead as floats, or raise."""
    values = np.asarray(signal)
    if values.ndim != 1:
        raise ValueError(
            f"The 'signal' parameter of {OWNER} must be one lead of shape (n_samples,). Got shape "
            f"{values.shape} instead: pass one column of an ECGRecord's signal."
        )
    if values.dtype.kind not in "iuf":
        raise ValueError(
            f"The 'signal' parameter of {OWNER} must hold numbers. Got dtype {values.dtype} "
            "instead."
        )
    if np.isinf(values).any():
        raise ValueError(
            f"The 'signal' parameter of {OWNER} has infinite values. Mark gaps by NaN."
        )
    return values.astype(np.float64)


def _check_detector(detector: object, fs: float) -> FindBeats:
    """Return the function of a detector, or raise if it is unknown or the rate too low for it."""
    if isinstance(detector, str) and detector in DETECTORS:
        known = DETECTORS[detector]
        if fs < known.lowest_fs:
            raise ValueError(
                f"The 'fs' parameter of {OWNER} must be {known.lowest_fs:g} Hz or more for the "
                f"detector {detector!r}. Got {fs:g} instead: resample the signal, or use another "
                "detector."
            )
        return known.find
    if not callable(detector):
        error = ValueError if isinstance(detector, str) else TypeError
        raise error(
            f"The 'detector' parameter of {OWNER} must be {', '.join(map(repr, DETECTORS))} or a "
            f"callable f(signal, fs) that returns positions. Got {detector!r} instead."
        )
    return detector


def _check_found(found: ArrayLike, n_samples: int) -> NDArray[np.int64]:
    """Return the positions of a detector, sorted and without repetitions, or raise."""
    positions = np.asarray(found)
    if positions.size == 0:
        return np.empty(0, dtype=np.int64)
    if positions.ndim != 1 or positions.dtype.kind not in "iu":
        raise ValueError(
            f"The detector given to {OWNER} must return positions as a one-dimensional array of "
            f"integers. Got {positions.dtype} of shape {positions.shape}."
        )
    positions = np.unique(positions).astype(np.int64)
    if positions[0] < 0 or positions[-1] >= n_samples:
        raise ValueError(
            f"The detector given to {OWNER} must return positions within the {n_samples} samples "
            f"of the signal. Got {positions[0]} to {positions[-1]}."
        )
    return positions
