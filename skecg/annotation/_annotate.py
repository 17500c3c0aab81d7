"""Annotate a recording: find its beats and classify them."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import Bunch

from ..beats import BeatExtractor
from ..beats._leads import choose_leads, lead_entries
from ..detection._detectors import DetectorLike
from ..detection._lead_off import FoundBeats, find_beats, leads_to_search
from ..records import ECGRecord
from ..tables import BEAT_SYMBOLS, ordered_labels
from ..utils import Classifier, count, predict_labels, warn

__all__ = ["annotate"]

UNKNOWN = "Q"  # "unclassifiable beat"
NO_BEATS = 8.0  # seconds; the pauses of a heart are shorter
LEAD_OFF = "lead is off, beat found in another lead"


def annotate(
    model: Classifier,
    record: ECGRecord,
    *,
    extractor: BeatExtractor,
    detector: DetectorLike = "sleepecg",
) -> Bunch:
    """Find the beats of a recording and classify each.

    Beats that the record already has are ignored: positions come from the detector, classes from
    the model.

    Parameters
    ----------
    model : estimator
        A fitted classifier, pipeline or search whose classes are beat symbols, such as N, S, V,
        F and Q.
    record : ECGRecord
        The recording. It must have the leads that the extractor names.
    extractor : BeatExtractor
        The extractor of the model's training rows: ``beats.extractor``, or ``info.extractor`` of
        ``load(path, return_info=True)``. Its ``classes`` do not matter.
    detector : str or callable, default="sleepecg"
        As in `detect_beats`. It gets the first of the leads in a row; where that is flat for 2 s
        or missing for 0.5 s, the next lead that is not, among those in a row and then all others.

    Returns
    -------
    Bunch
        With these keys:

        record : ECGRecord
            The recording with the detected beats, moved to their peaks as the extractor does,
            and their predicted classes as symbols; otherwise unchanged. `write_record` writes it
            to files.
        proba : DataFrame of shape (n_beats, n_classes)
            Probability of each class, one row per beat of ``record``, in AAMI order. NaN for
            beats without a row. None if the model has no ``predict_proba``.
        skipped : DataFrame
            Beats that are not classified (reason and count), because their window reaches beyond
            the recording or into a gap, or the first of the leads is off there. They are in
            ``record`` with the symbol Q, unclassifiable.

    Raises
    ------
    ValueError
        If the model's classes are not beat symbols, a lead is missing or flat, or no beat is
        found.
    TypeError
        If ``record`` is not an ECGRecord or ``extractor`` not a BeatExtractor.

    Warns
    -----
    UserWarning
        If the first of the leads is off for some time: with the seconds, the leads in which beats
        were found instead, and the seconds in which no lead has a signal. If the detector finds
        no beat for 8 s of signal, as where a lead that is off has only hum.

    See Also
    --------
    detect_beats : Find the positions only.
    write_annotations : Write the annotations next to the recording.
    write_record : Write the annotated record to files of its own.
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
    _check_arguments(model, record, extractor)
    entries = choose_leads(record, lead_entries(extractor.leads), extractor.missing_leads)
    in_rows = [lead for lead in entries if lead is not None]
    beats_found = _find_in(record, leads_to_search(record, in_rows), detector)
    found = beats_found.sample
    # beats that were excluded when the record was read are ignored as all others of it
    marked = dataclasses.replace(
        record, sample=found, symbol=np.full(len(found), UNKNOWN), excluded={}
    )
    beats = clone(extractor).set_params(classes="symbols").extract(marked)

    # Detected beats and rows are in the same order; some beats have no row:
    #
    #   found     12   300   640   980      sample  12 303 642 980
    #   row              1     2            symbol   Q   N   V   Q
    row = np.searchsorted(found, beats.meta["sample"].to_numpy())
    has_signal = ~beats_found.in_other_lead[row]  # a row of a lead that is off says nothing
    row = row[has_signal]
    sample, symbol = found.copy(), marked.symbol.astype("<U1")
    sample[row] = beats.meta["peak"].to_numpy()[has_signal]
    of_rows = None
    if len(row):
        rows = beats.data if has_signal.all() else beats.data[has_signal]
        symbol[row], of_rows = predict_labels(model, rows)
    proba = _spread_probabilities(model, of_rows, row, len(found))
    order = np.argsort(sample, kind="stable")
    skipped = beats.skipped[["reason", "count"]]
    if n_off := int((~has_signal).sum()):
        skipped.loc[len(skipped)] = [LEAD_OFF, n_off]
    _warn_of_lead_off(record, in_rows[0], beats_found)
    _warn_of_no_beats(record, in_rows[0], beats_found)
    return Bunch(
        record=dataclasses.replace(marked, sample=sample[order], symbol=symbol[order]),
        proba=None if proba is None else proba.iloc[order].reset_index(drop=True),
        skipped=skipped,
    )


def _find_in(record: ECGRecord, leads: list[int], detector: DetectorLike) -> FoundBeats:
    """Return the beats of a record in the first of its leads, or raise if there are none."""
    try:
        found = find_beats(record, leads, detector)
    except ValueError as error:
        error.add_note(f"while annotate was looking for beats in record {record.name!r}")
        raise
    if not len(found.sample):
        raise ValueError(
            f"Record {record.name!r}: the detector found no beat in lead "
            f"{record.lead_names[leads[0]]!r} ({record.duration:.1f} s). Choose another lead or "
            "another detector."
        )
    return found


def _warn_of_lead_off(record: ECGRecord, lead: int, found: FoundBeats) -> None:
    """Warn of seconds in which beats come from another lead, or are not found at all."""
    if not found.seconds_off:
        return
    text = (
        f"Record {record.name!r}: lead {record.lead_names[lead]!r} is flat or missing for "
        f"{found.seconds_off:.1f} s."
    )
    if found.seconds_by_lead:
        leads = ", ".join(f"{name!r} ({s:.1f} s)" for name, s in found.seconds_by_lead.items())
        text += (
            f" {count(int(found.in_other_lead.sum()), 'beat')} there were found in {leads}; they "
            f"have the symbol {UNKNOWN}, since their rows have no signal."
        )
    if found.seconds_without:
        text += (
            f" No lead has a signal for {found.seconds_without:.1f} s, and no beats were looked "
            "for there."
        )
    warn(text)


def _warn_of_no_beats(record: ECGRecord, lead: int, found: FoundBeats) -> None:
    """Warn of a long stretch with a signal in which the detector finds no beat."""
    start, stop = found.longest
    if stop - start >= NO_BEATS:
        warn(
            f"Record {record.name!r}: the detector found no beat from {start:.1f} s to {stop:.1f} "
            f"s in lead {record.lead_names[lead]!r}. If the ECG has beats there, the lead is off "
            "or noisy: choose another lead or another detector."
        )


def _spread_probabilities(
    model: Classifier, of_rows: pd.DataFrame | None, row: NDArray[np.intp], n_beats: int
) -> pd.DataFrame | None:
    """Return the probabilities of all beats, NaN for those without a row."""
    if not hasattr(model, "predict_proba"):
        return None
    classes = [str(label) for label in model.classes_]
    proba = np.full((n_beats, len(classes)), np.nan)
    if of_rows is not None:
        proba[row] = of_rows.to_numpy()
    return pd.DataFrame(proba, columns=classes)[ordered_labels(classes)]


def _check_arguments(model: Any, record: object, extractor: object) -> None:
    """Raise unless the arguments are a model of beats, a record and an extractor."""
    if not isinstance(record, ECGRecord):
        raise TypeError(
            "The 'record' parameter of annotate must be an ECGRecord. Got "
            f"{type(record).__name__} instead. read_record makes one from a file."
        )
    if not isinstance(extractor, BeatExtractor):
        raise TypeError(
            "The 'extractor' parameter of annotate must be the BeatExtractor that made the "
            f"training rows, such as beats.extractor. Got {type(extractor).__name__} instead."
        )
    classes = np.asarray(model.classes_).tolist()
    if others := [label for label in classes if label not in BEAT_SYMBOLS]:
        raise ValueError(
            f"The 'model' parameter of annotate has classes that are not beat symbols: {others}. "
            "Train one with classes='ec57', 'dechazal' or 'symbols'."
        )
