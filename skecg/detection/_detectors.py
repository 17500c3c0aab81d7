"""Find the beats of leads, with a detector of the table or any function.

A new detector with a name is a function, an entry of `DETECTORS` and its name in the docstring of
`detect_beats`; error messages and checks of the rate are made from the table.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..preprocessing._gaps import bridge_gaps
from ..records._amplitude import amplitude_fault
from ..utils import POSITIVE, check_value, count, warn
from ._auto import find_in_leads
from ._flat import without_signal

__all__ = [
    "AUTO",
    "DETECTORS",
    "Detector",
    "DetectorLike",
    "FindBeats",
    "check_detector",
    "check_length",
    "detect_beats",
    "in_first_usable",
    "known_detector",
]

AUTO = "auto"
OWNER = "detect_beats"
SHORTEST = 1.0  # seconds; a filter needs a beginning and an end
APART = 0.2  # seconds: beats of two leads that are closer are one beat

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
    shortest: float = SHORTEST  # seconds


def _auto(signal: NDArray[np.floating], fs: float) -> ArrayLike:
    """Find beats with the network of the package."""
    return find_in_leads(signal[:, np.newaxis], np.ones((1, len(signal)), dtype=bool), fs).sample


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
            AUTO,
            _auto,
            lowest_fs=60.0,
            marks="R peak, as the reference annotations of its training have it",
            source="Zahid MU, Kiranyaz S, Ince T, et al. Robust R-peak detection in low-quality "
            "Holter ECGs using 1D convolutional neural network. IEEE Trans Biomed Eng "
            "69(1):119-128 (2022). https://doi.org/10.48550/arXiv.2101.01666",
        ),
        Detector(
            "sleepecg",
            _sleepecg,
            lowest_fs=61.0,  # its filter passes 5 to 30 Hz
            marks="R peak: a maximum of the signal filtered to 5 to 30 Hz",
            source="Brunner C, Hofer F. SleepECG: a Python package for sleep staging based on "
            "heart rate. Journal of Open Source Software 8(86):5411 (2023). "
            "https://doi.org/10.21105/joss.05411",
            shortest=2.0,  # it learns its thresholds from 2 s; from less, they are arbitrary
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
    signal: ArrayLike, fs: float, *, detector: DetectorLike = AUTO
) -> NDArray[np.int64]:
    """Find the heartbeats of a recording, in all of its leads or in one.

    Parameters
    ----------
    signal : array-like of shape (n_samples,) or (n_samples, n_leads)
        One lead or several, in mV. NaN marks gaps.
    fs : float
        Sampling frequency in Hz.
    detector : {"auto", "sleepecg", "gqrs"} or callable, default="auto"
        ``"auto"`` is the network of skecg, for 60 Hz or more; it takes all leads together.
        ``"sleepecg"`` is `sleepecg.detect_heartbeats`, for 61 Hz or more and 2 s or longer.
        ``"gqrs"`` is `wfdb.processing.gqrs_detect`, for 58 Hz or more, at more than a hundred
        times the cost. A callable ``f(signal, fs)`` returns positions in samples, in any order; it
        gets one lead without gaps. These search the first lead and, where it is flat or missing,
        the next one that is not.

    Returns
    -------
    ndarray of int64 of shape (n_beats,)
        Positions in samples, increasing. There are none where all leads are flat, missing or, for
        ``"auto"``, noise.

    Raises
    ------
    ValueError
        If a single lead or all leads are flat or contain only gaps, the signal is shorter than a
        second (2 s for ``"sleepecg"``), the rate is not valid or too low for the detector, or the
        detector returns invalid positions.
    TypeError
        If ``detector`` is neither a name nor callable.

    Warns
    -----
    UserWarning
        If the amplitude is not that of an ECG in mV; if a detector found beats in gaps, which
        are excluded; or if all leads are flat for 2 s or missing for 0.5 s somewhere, with the
        seconds in all.

    See Also
    --------
    annotate : Find the beats of a record and classify them.
    skecg.align_peaks : Move positions to the R peak.

    Notes
    -----
    ``"auto"`` is a small convolutional network that labels the signal in time, as in [1]_, with
    dilated layers [2]_ that see four seconds before and after, so that the rhythm counts. All
    leads have the same layers before their features are averaged by weights that the network
    gives to each lead, so that a bad lead has no effect. It was trained on half of the MIT-BIH
    Arrhythmia and Supraventricular Databases and excerpts of the European ST-T Database, with
    noise added. Its marks are moved to the largest deflection within 62 ms. Unit and sign of the
    leads do not matter.

    sleepecg's [3]_ is a Pan-Tompkins detector [4]_ that filters in both directions, so that it
    marks the R peak; some of the beats that it misses are wide ventricular ones. gqrs by George
    Moody, in wfdb [5]_, marks the onset of the QRS complex, about 35 ms before the R peak.
    :doc:`/accuracy` has the numbers of missed beats and false detections, and their effect on the
    results of the pretrained model.

    A single NaN makes many detectors return no beats, so gaps are bridged before, and beats found
    in them are removed after.

    References
    ----------
    .. [1] Zahid MU, Kiranyaz S, Ince T, et al. Robust R-peak detection in low-quality Holter ECGs
       using 1D convolutional neural network. IEEE Trans Biomed Eng 69(1):119-128 (2022).
       https://doi.org/10.48550/arXiv.2101.01666
    .. [2] Yu F, Koltun V. Multi-scale context aggregation by dilated convolutions. ICLR (2016).
       https://doi.org/10.48550/arXiv.1511.07122
    .. [3] Brunner C, Hofer F. SleepECG: a Python package for sleep staging based on heart rate.
       Journal of Open Source Software 8(86):5411 (2023). https://doi.org/10.21105/joss.05411
    .. [4] Pan J, Tompkins WJ. A real-time QRS detection algorithm. IEEE Trans Biomed Eng
       32(3):230-236 (1985). https://doi.org/10.1109/TBME.1985.325532
    .. [5] Xie C, McCullum L, Johnson A, Pollard T, Gow B, Moody B. Waveform Database Software
       Package (WFDB) for Python. PhysioNet (2023). https://doi.org/10.13026/9njx-6322

    Examples
    --------
    >>> from skecg import detect_beats, simulate_record
    >>> record = simulate_record(30, random_state=0)
    >>> found = detect_beats(record.signal, record.fs)
    >>> len(found) == len(record.sample), int(abs(found - record.sample).max()) < 10
    (True, True)
    """
    leads = _check_signal(signal)
    check_value(fs, POSITIVE, "fs", OWNER)
    names = ["signal"] if leads.shape[1] == 1 else [f"lead {i}" for i in range(leads.shape[1])]
    if len(leads) and (fault := amplitude_fault(leads, float(fs), names)):
        warn(f"The 'signal' parameter of {OWNER} must be in mV: {fault}.")
    find = check_detector(detector, fs)
    check_length(len(leads), fs, detector)
    if (fault := _without_change(leads)) is not None:
        raise ValueError(
            f"The 'signal' parameter of {OWNER} {fault}, so there are no beats to find. Choose "
            "another lead."
        )
    off = np.stack([without_signal(lead, float(fs)) for lead in leads.T])
    if (nowhere := off.all(axis=0)).any():
        which = "is" if leads.shape[1] == 1 else "has leads that are all"
        warn(
            f"The 'signal' parameter of {OWNER} {which} flat or missing for "
            f"{nowhere.sum() / fs:.1f} s of {len(leads) / fs:.1f} s. There are no beats in these: "
            "look for them in another lead."
        )
    if find is _auto:
        return find_in_leads(leads, ~off, float(fs)).sample
    if leads.shape[1] == 1:
        return _find_in_lead(np.where(off[0], np.nan, leads[:, 0]), fs, detector)
    return in_first_usable(leads, float(fs), range(leads.shape[1]), off, detector)


def _without_change(leads: NDArray[np.float64]) -> str | None:
    """Return the fault of leads that have no signal anywhere, None if one has."""
    low, high = np.fmin.reduce(leads), np.fmax.reduce(leads)
    if (low < high).any():
        return None
    if leads.shape[1] > 1:
        return "has only leads that are flat or missing"
    return "has only gaps" if np.isnan(low[0]) else f"is flat ({low[0]:g} throughout)"


def in_first_usable(
    signal: NDArray[np.floating],
    fs: float,
    leads: Sequence[int],
    off: NDArray[np.bool_],
    detector: DetectorLike,
) -> NDArray[np.int64]:
    """Find beats in the first of the leads and, where it is off, in the next that is not.

    Parameters
    ----------
    signal : ndarray of shape (n_samples, n_leads)
    fs : float
    leads : sequence of int
        Columns, preferred first.
    off : ndarray of bool of shape (n_leads, n_samples)
        Where a lead is flat or missing.
    detector : str or callable
        For one lead.
    """
    found = np.empty(0, dtype=np.int64)
    open_ = np.ones(len(signal), dtype=bool)  # samples without a lead until now
    for lead in leads:
        here = open_ & ~off[lead]
        if not here.any():
            continue
        candidates = _outside(signal[:, lead].astype(np.float64), off[lead], fs, detector)
        candidates = candidates[here[candidates]]
        far = _distance(candidates, found) >= APART * fs
        found = np.sort(np.concatenate([found, candidates[far]]))
        open_ &= ~here
    return found


def _outside(
    lead: NDArray[np.float64], off: NDArray[np.bool_], fs: float, detector: DetectorLike
) -> NDArray[np.int64]:
    """Find the beats of a lead outside of the stretches in which it is off.

    These are bridged, since a step at their ends looks like a beat.
    """
    bridged, missing = bridge_gaps(np.where(off, np.nan, lead))
    found = _find_in_lead(np.asarray(bridged, dtype=np.float64), fs, detector)
    return found if missing is None else found[~missing[found]]


def _distance(positions: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the distance of each position from the nearest of the others, which are sorted."""
    padded = np.concatenate([[-np.inf], others, [np.inf]])
    after = np.searchsorted(others, positions) + 1
    return np.minimum(padded[after] - positions, positions - padded[after - 1])


def check_length(n_samples: int, fs: float, detector: DetectorLike) -> None:
    """Raise if a signal is too short for a detector."""
    shortest = DETECTORS[detector].shortest if isinstance(detector, str) else SHORTEST
    if n_samples < shortest * fs:
        way_out = " Longer ones, or detector='auto', work." if shortest > SHORTEST else ""
        raise ValueError(
            f"The 'signal' parameter of {OWNER} must last {shortest:g} s or longer. Got "
            f"{n_samples} samples at {fs:g} Hz, {n_samples / fs:.2f} s.{way_out}"
        )


def _find_in_lead(
    lead: NDArray[np.float64], fs: float, detector: DetectorLike
) -> NDArray[np.int64]:
    """Find the heartbeats in one lead, as `detect_beats`, whatever its unit and flat parts."""
    find = check_detector(detector, fs)
    check_length(len(lead), fs, detector)
    bridged, missing = bridge_gaps(lead)
    if not bridged.min() < bridged.max():
        return np.empty(0, dtype=np.int64)
    found = _check_found(find(bridged, float(fs)), len(lead))
    if missing is None or not (in_gap := missing[found]).any():
        return found
    warn(
        f"{OWNER} excluded {count(int(in_gap.sum()), 'beat')} that the detector found in gaps of "
        f"the signal ({missing.mean():.1%} of it is missing)."
    )
    return found[~in_gap]


def _check_signal(signal: ArrayLike) -> NDArray[np.float64]:
    """Return leads as floats of shape (n_samples, n_leads), or raise."""
    values = np.asarray(signal)
    if values.ndim not in (1, 2) or 0 in values.shape[1:]:
        raise ValueError(
            f"The 'signal' parameter of {OWNER} must be one lead of shape (n_samples,) or leads "
            f"of shape (n_samples, n_leads). Got shape {values.shape} instead."
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
    leads = values.astype(np.float64)
    return leads[:, np.newaxis] if leads.ndim == 1 else leads


def check_detector(detector: object, fs: float) -> FindBeats:
    """Return the function of a detector, or raise if it is unknown or the rate too low for it."""
    known = known_detector(detector, OWNER)
    if not isinstance(known, Detector):
        return known
    if fs < known.lowest_fs:
        raise ValueError(
            f"The 'fs' parameter of {OWNER} must be {known.lowest_fs:g} Hz or more for the "
            f"detector {known.name!r}. Got {fs:g} instead: resample the signal, or use another "
            "detector."
        )
    return known.find


def known_detector(detector: object, owner: str) -> Detector | FindBeats:
    """Return the entry of a detector in the table, or the function that it is, or raise."""
    if isinstance(detector, str) and detector in DETECTORS:
        return DETECTORS[detector]
    if not callable(detector):
        error = ValueError if isinstance(detector, str) else TypeError
        raise error(
            f"The 'detector' parameter of {owner} must be {', '.join(map(repr, DETECTORS))} or a "
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
