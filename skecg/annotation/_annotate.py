"""Find the beats of a recording and name them: recordings in, annotated recordings out."""

import dataclasses
import numbers
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils import Bunch

from ..beats import BeatExtractor
from ..beats._leads import choose_leads, lead_entries
from ..preprocessing._gaps import bridge_gaps
from ..records import ECGRecord
from ..tables import BEAT_SYMBOLS, ordered_labels

__all__ = ["annotate", "detect_beats"]

#: What a detector is: one lead in mV and its rate in Hz in, positions in samples out.
Detector = str | Callable[[np.ndarray, float], ArrayLike]

_LOWEST_FS = 61.0  # sleepecg's filter passes 5 to 30 Hz
_SHORTEST = 1.0  # seconds; a filter needs a beginning and an end
UNKNOWN = "Q"  # "unclassifiable beat"


def detect_beats(signal: ArrayLike, fs: float, *, detector: Detector = "sleepecg") -> np.ndarray:
    """Find the heartbeats in one lead.

    Parameters
    ----------
    signal : array-like of shape (n_samples,)
        One lead, in mV. NaN marks gaps.
    fs : float
        Sampling frequency in Hz.
    detector : {"sleepecg", "gqrs"} or callable, default="sleepecg"
        ``"sleepecg"`` is `sleepecg.detect_heartbeats`, ``"gqrs"`` is
        `wfdb.processing.gqrs_detect`: much slower, with fewer wide beats missed, but more beats
        found where there is noise. Both need more than 60 Hz. A callable ``f(signal, fs)``
        returns positions in samples, in any order; it gets a signal without gaps.

    Returns
    -------
    ndarray of int64 of shape (n_beats,)
        Positions in samples, increasing. There are none in gaps.

    Raises
    ------
    ValueError
        If the signal is flat, all gap, shorter than a second or not one lead, the rate is not
        possible, or the detector returns positions that are none.
    TypeError
        If ``detector`` is neither a name nor callable.

    Warns
    -----
    UserWarning
        If the detector put beats into gaps; they are left out.

    See Also
    --------
    annotate : Find the beats of a record and classify them.
    skecg.align_peaks : Move positions onto the R peak.

    Notes
    -----
    skecg has no detector of its own. sleepecg's [1]_ is a Pan-Tompkins detector [2]_ filtered
    in both directions, so that it marks the R peak; among the beats that it misses are wide
    ventricular ones. gqrs by George Moody, in wfdb [3]_, marks the beginning of the QRS complex
    rather than its peak.
    :doc:`/accuracy` has what both miss and find too much, and what this does to the figures of
    the pretrained model.

    A single NaN makes many detectors return nothing at all, so gaps are bridged by straight
    lines before, and what was found in them is dropped after.

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
    signal = _check_signal(signal)
    _check_rate(fs, detector)
    if len(signal) < _SHORTEST * fs:
        raise ValueError(
            f"The 'signal' parameter of detect_beats must last {_SHORTEST:g} s or longer. Got "
            f"{len(signal)} samples at {fs:g} Hz, {len(signal) / fs:.2f} s."
        )
    find = _detector(detector)
    low, high = np.fmin.reduce(signal), np.fmax.reduce(signal)
    if not low < high:
        what = "holds no signal, only gaps" if np.isnan(low) else f"is flat ({low:g} throughout)"
        raise ValueError(
            f"The 'signal' parameter of detect_beats {what}, so there are no beats to find. "
            "Choose another lead."
        )
    bridged, missing = bridge_gaps(signal)
    found = _check_found(find(bridged, float(fs)), len(signal))
    if missing is None or not (in_gap := missing[found]).any():
        return found
    warnings.warn(
        f"detect_beats left out {_beats(int(in_gap.sum()))} that the detector put into gaps of "
        f"the signal ({missing.mean():.1%} of it is missing).",
        UserWarning,
        stacklevel=2,
    )
    return found[~in_gap]


def annotate(
    model: Any,
    record: ECGRecord,
    *,
    extractor: BeatExtractor,
    detector: Detector = "sleepecg",
) -> Bunch:
    """Find the beats of a recording and classify each.

    The beats that a record may already have are not looked at: positions come from the
    detector, classes from the model.

    Parameters
    ----------
    model : estimator
        A fitted classifier, pipeline or search whose classes are beat symbols, such as N, S, V,
        F and Q.
    record : ECGRecord
        The recording. It must have the leads that the extractor names.
    extractor : BeatExtractor
        How the rows that the model was trained on were made: ``beats.extractor``, or
        ``info.extractor`` of ``load(path, return_info=True)``. Its ``classes`` do not matter.
    detector : {"sleepecg", "gqrs"} or callable, default="sleepecg"
        As in `detect_beats`. It is given the first of the leads in a row.

    Returns
    -------
    Bunch
        With these keys:

        record : ECGRecord
            The recording with the detected beats, moved to their peaks as the extractor does,
            and their predicted classes as symbols. All else is as it was. `write_record` makes
            files of it.
        proba : DataFrame of shape (n_beats, n_classes)
            Probability of each class, a row a beat of ``record``, in AAMI order. NaN for beats
            without a row. None if the model has no ``predict_proba``.
        skipped : DataFrame
            Beats that could not be cut out (reason and count), because their window reaches
            beyond the recording or into a gap. They are kept with the symbol Q, which means
            unclassifiable.

    Raises
    ------
    ValueError
        If the model's classes are no beat symbols, a lead is missing or flat, or no beat is
        found.
    TypeError
        If ``record`` is no ECGRecord or ``extractor`` no BeatExtractor.

    See Also
    --------
    detect_beats : The positions alone.
    write_record : Write the annotated record as WFDB files.
    skecg.RhythmStripDisplay : Draw it.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skecg import annotate, load_simulated, simulate_record
    >>> beats = load_simulated(4, duration=30, random_state=0)
    >>> tree = DecisionTreeClassifier(random_state=0).fit(beats.data, beats.target)
    >>> found = annotate(tree, simulate_record(30, random_state=1), extractor=beats.extractor)
    >>> len(found.record.symbol) == len(found.proba)
    True
    >>> set(found.record.symbol.tolist()) <= {"N", "S", "V", "F", "Q"}
    True
    """
    _check_annotate(model, record, extractor)
    entries = choose_leads(record, lead_entries(extractor.leads), extractor.missing_leads)
    lead = next(lead for lead in entries if lead is not None)
    found = _detect_in(record, lead, detector)
    marked = dataclasses.replace(record, sample=found, symbol=np.full(len(found), UNKNOWN))
    beats = clone(extractor).set_params(classes="symbols").extract(marked)

    # of beats without a row only the detected position is known; it is in the same order
    row = np.searchsorted(found, beats.meta["sample"].to_numpy())
    sample, symbol = found.copy(), marked.symbol.astype("<U1")
    sample[row] = beats.meta["peak"].to_numpy()
    proba = _probabilities(model, beats.data, row, len(found))
    if len(row):
        symbol[row] = model.predict(beats.data)
    order = np.argsort(sample, kind="stable")
    return Bunch(
        record=dataclasses.replace(record, sample=sample[order], symbol=symbol[order]),
        proba=None if proba is None else proba.iloc[order].reset_index(drop=True),
        skipped=beats.skipped[["reason", "count"]],
    )


def _detect_in(record: ECGRecord, lead: int, detector: Detector) -> np.ndarray:
    """Beats of one lead of a record, at least one."""
    try:
        found = detect_beats(record.signal[:, lead], record.fs, detector=detector)
    except ValueError as error:
        error.add_note(f"while annotate was looking for beats in record {record.name!r}")
        raise
    if not len(found):
        raise ValueError(
            f"Record {record.name!r}: the detector found no beat in lead "
            f"{record.lead_names[lead]!r} ({record.duration:.1f} s). Choose another lead or "
            "another detector."
        )
    return found


def _probabilities(
    model: Any, data: np.ndarray, row: np.ndarray, n_beats: int
) -> pd.DataFrame | None:
    """Probabilities of all beats, NaN for those without a row."""
    if not hasattr(model, "predict_proba"):
        return None
    proba = np.full((n_beats, len(model.classes_)), np.nan)
    if len(row):
        proba[row] = model.predict_proba(data)
    classes = [str(label) for label in model.classes_]
    return pd.DataFrame(proba, columns=classes)[ordered_labels(classes)]


def _check_annotate(model: Any, record: Any, extractor: Any) -> None:
    """Refuse what is no record, no extractor, or a model of other things than beats."""
    if not isinstance(record, ECGRecord):
        raise TypeError(
            "The 'record' parameter of annotate must be an ECGRecord. Got "
            f"{type(record).__name__} instead. read_record makes one from a file."
        )
    if not isinstance(extractor, BeatExtractor):
        raise TypeError(
            "The 'extractor' parameter of annotate must be the BeatExtractor that made the "
            f"training rows, as beats.extractor is. Got {type(extractor).__name__} instead."
        )
    classes = np.asarray(model.classes_).tolist()
    if others := [label for label in classes if label not in BEAT_SYMBOLS]:
        raise ValueError(
            f"The 'model' parameter of annotate has classes that are no beat symbols: {others}. "
            "Train one with classes='ec57', 'dechazal' or 'symbols'."
        )


def _check_signal(signal: ArrayLike) -> np.ndarray:
    """One lead as floats."""
    signal = np.asarray(signal)
    if signal.ndim != 1:
        raise ValueError(
            "The 'signal' parameter of detect_beats must be one lead of shape (n_samples,). Got "
            f"shape {signal.shape} instead: pass one column of an ECGRecord's signal."
        )
    if signal.dtype.kind not in "iuf":
        raise ValueError(
            "The 'signal' parameter of detect_beats must hold numbers. "
            f"Got dtype {signal.dtype} instead."
        )
    signal = signal.astype(np.float64)
    if np.isinf(signal).any():
        raise ValueError(
            "The 'signal' parameter of detect_beats holds infinite values. Mark gaps by NaN."
        )
    return signal


def _check_rate(fs: Any, detector: Detector) -> None:
    """Refuse a rate that is none, or too low for the detector."""
    if isinstance(fs, bool) or not isinstance(fs, numbers.Real) or not 0 < fs < np.inf:
        raise ValueError(
            f"The 'fs' parameter of detect_beats must be a positive number. Got {fs!r} instead."
        )
    if isinstance(detector, str) and detector in _NAMED and fs < _LOWEST_FS:
        raise ValueError(
            f"The 'fs' parameter of detect_beats must be {_LOWEST_FS:g} Hz or more for the "
            f"detector {detector!r}. Got {fs:g} instead: resample the signal, or pass another "
            "detector."
        )


def _detector(detector: Detector) -> Callable[[np.ndarray, float], ArrayLike]:
    """The function behind a name, or the callable itself."""
    if isinstance(detector, str) and detector in _NAMED:
        return _NAMED[detector]
    if not callable(detector):
        error = ValueError if isinstance(detector, str) else TypeError
        names = ", ".join(map(repr, _NAMED))
        raise error(
            f"The 'detector' parameter of detect_beats must be {names} or a callable "
            f"f(signal, fs) that returns positions. Got {detector!r} instead."
        )
    return detector


def _sleepecg(signal: np.ndarray, fs: float) -> np.ndarray:
    """Beats by sleepecg."""
    import sleepecg

    return sleepecg.detect_heartbeats(signal, fs)


def _gqrs(signal: np.ndarray, fs: float) -> np.ndarray:
    """Beats by gqrs, whose marks may lie before the first sample."""
    from wfdb.processing import gqrs_detect

    found = np.asarray(gqrs_detect(sig=signal, fs=fs), dtype=np.int64)
    return found.clip(0, len(signal) - 1)


_NAMED = {"sleepecg": _sleepecg, "gqrs": _gqrs}


def _check_found(found: Any, n_samples: int) -> np.ndarray:
    """What a detector returned, sorted, each position once."""
    found = np.asarray(found)
    if found.size == 0:
        return np.empty(0, dtype=np.int64)
    if found.ndim != 1 or found.dtype.kind not in "iu":
        raise ValueError(
            "The detector given to detect_beats must return positions as a one-dimensional "
            f"array of integers. Got {found.dtype} of shape {found.shape}."
        )
    found = np.unique(found).astype(np.int64)
    if found[0] < 0 or found[-1] >= n_samples:
        raise ValueError(
            f"The detector given to detect_beats must return positions within the {n_samples} "
            f"samples of the signal. Got {found[0]} to {found[-1]}."
        )
    return found


def _beats(n: int) -> str:
    """A count with its noun."""
    return f"{n} beat{'s' * (n != 1)}"
