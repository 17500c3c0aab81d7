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
from ..records import ECGRecord
from ..tables import BEAT_SYMBOLS, ordered_labels
from ..utils import Classifier, predict_labels
from ._detectors import DetectorLike, find_in_lead

__all__ = ["annotate"]

UNKNOWN = "Q"  # "unclassifiable beat"


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
        As in `detect_beats`. It gets the first of the leads in a row.

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
            Beats without a row (reason and count), because their window reaches beyond the
            recording or into a gap. They are in ``record`` with the symbol Q, unclassifiable.

    Raises
    ------
    ValueError
        If the model's classes are not beat symbols, a lead is missing or flat, or no beat is
        found.
    TypeError
        If ``record`` is not an ECGRecord or ``extractor`` not a BeatExtractor.

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
    lead = next(lead for lead in entries if lead is not None)
    found = _detect_in(record, lead, detector)
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
    sample, symbol = found.copy(), marked.symbol.astype("<U1")
    sample[row] = beats.meta["peak"].to_numpy()
    of_rows = None
    if len(row):
        symbol[row], of_rows = predict_labels(model, beats.data)
    proba = _spread_probabilities(model, of_rows, row, len(found))
    order = np.argsort(sample, kind="stable")
    return Bunch(
        record=dataclasses.replace(marked, sample=sample[order], symbol=symbol[order]),
        proba=None if proba is None else proba.iloc[order].reset_index(drop=True),
        skipped=beats.skipped[["reason", "count"]],
    )


def _detect_in(record: ECGRecord, lead: int, detector: DetectorLike) -> NDArray[np.int64]:
    """Return the beats of one lead of a record, or raise if there are none."""
    try:
        # the record warned of a unit that is not mV
        found = find_in_lead(record.signal[:, lead].astype(np.float64), record.fs, detector)
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
