"""Annotate one recording: find its beats in blocks, and classify them."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..annotated import PREFIX, AnnotatedRecord
from ..beats import BeatExtractor
from ..beats._leads import LeadEntry, check_not_flat, choose_leads, lead_entries
from ..detection._detectors import DetectorLike
from ..detection._find import ecg_leads
from ..records import ECGRecord, RecordError
from ..records._errors import naming_record
from ..utils import Classifier, suggest
from ._detection import Detection, detect_all
from ._quality import quality_table, skipped_table, warn_of_quality
from ._rows import GAP, LEAD_OFF, Classified, classify_all
from ._source import Source, open_source

__all__ = ["NoBeatError", "annotate_record"]


class NoBeatError(RecordError):
    """The detector found no beat."""


def annotate_record(
    model: Classifier,
    record: ECGRecord | str | os.PathLike[str],
    extractor: BeatExtractor,
    detector: DetectorLike,
    *,
    leads: Sequence[str] | None = None,
    about: dict[str, Any] | None = None,
    block: float | None = None,
) -> AnnotatedRecord:
    """Find the beats of one recording and classify them, in bounded memory.

    Parameters
    ----------
    model : estimator
        A fitted classifier of beat symbols.
    record : ECGRecord or path-like
        The recording.
    extractor : BeatExtractor
        The extractor of the model's training rows.
    detector : str or callable
        As in `detect_beats`.
    leads : sequence of str or None, default=None
        Names of the leads that are used. None is all.
    about : dict or None, default=None
        Facts about model and detector that are kept with the result.
    block : float or None, default=None
        Length in seconds of the blocks in which a long recording is annotated. None follows from
        its rate and its number of leads.

    Returns
    -------
    AnnotatedRecord
    """
    source = open_source(record, leads, block)
    with naming_record(source.name, passes=(ValueError, OSError)):  # too little memory
        return _annotate(model, source, extractor, detector, about or {})


def _annotate(
    model: Classifier,
    source: Source,
    extractor: BeatExtractor,
    detector: DetectorLike,
    about: dict[str, Any],
) -> AnnotatedRecord:
    """Annotate an opened recording."""
    entries = lead_entries(extractor.leads)
    searched = _search_order(source, entries, extractor.missing_leads)
    detection = _detect(source, detector, searched)
    _check_signal(source, detection)
    if not len(detection.sample):
        raise suggest(NoBeatError(_no_beat(source, searched, detection)), "leads")
    chosen = _choose(source, entries, extractor.missing_leads, detection)
    classified = classify_all(model, extractor, source, detection, chosen)
    quality = quality_table(source, detection, searched)
    n_unclassified = sum(classified.reasons.get(reason, 0) for reason in (GAP, LEAD_OFF))
    warn_of_quality(source, quality, n_unclassified)
    return AnnotatedRecord(
        source.name,
        source.subject,
        source.fs,
        source.n_samples,
        source.lead_names,
        source.start,
        source.comments,
        _beat_table(classified),
        quality,
        skipped_table(classified.reasons, quality, source.fs),
        source.stretch,
        source.path,
        source.format,
        about,
    )


class _Leads:
    """The leads of a recording, with the lowest and highest value for each one's signal."""

    def __init__(self, source: Source, extremes: NDArray[np.float32]) -> None:
        self.name = source.name
        self.lead_names = source.lead_names
        self.n_leads = len(source.lead_names)
        self.signal = extremes.T  # (2, n_leads)


def _check_signal(source: Source, detection: Detection) -> None:
    """Raise if all of several leads are flat or missing from start to end."""
    silent = not (detection.extremes[:, 0] < detection.extremes[:, 1]).any()
    if silent and len(source.lead_names) > 1:
        names = ", ".join(map(repr, source.lead_names))
        raise RecordError(
            f"Record {source.name!r}: no lead has a signal ({names} are flat or missing from "
            "start to end). Exclude the record."
        )


def _choose(
    source: Source, entries: Sequence[LeadEntry], missing_leads: str, detection: Detection
) -> list[int | None]:
    """Choose a lead of the recording for each one of a row, or raise."""
    leads = _Leads(source, detection.extremes)
    chosen = choose_leads(leads, entries, missing_leads)
    for lead in chosen:
        if lead is not None:
            check_not_flat(leads, lead)
    return chosen


def _search_order(source: Source, entries: Sequence[LeadEntry], missing_leads: str) -> list[int]:
    """Return the leads of a row, then the other leads of the recording that are ECG by name."""
    not_flat = np.tile(np.array([0, 1], dtype=np.float32), (len(source.lead_names), 1))
    in_rows = choose_leads(_Leads(source, not_flat), entries, missing_leads)
    order = [lead for lead in in_rows if lead is not None]
    return list(dict.fromkeys([*order, *ecg_leads(source.lead_names)]))


def _detect(source: Source, detector: DetectorLike, searched: Sequence[int]) -> Detection:
    """Find the beats, or raise an error that names the recording."""
    try:
        return detect_all(source, detector, searched)
    except ValueError as error:
        error.add_note(f"while annotate was looking for beats in record {source.name!r}")
        raise


def _no_beat(source: Source, searched: Sequence[int], detection: Detection) -> str:
    """Write the error about a recording without any beat."""
    names = ", ".join(repr(source.lead_names[lead]) for lead in searched)
    off = detection.off(searched, source.n_samples)
    lost = float((off.stop - off.start).sum()) / source.fs
    why = f", no lead usable for {lost:.1f} s" if lost else ""
    return (
        f"Record {source.name!r}: the detector found no beat in lead {names} "
        f"({source.n_samples / source.fs:.1f} s{why}). Choose other leads (leads=[...]) or "
        "another detector, or exclude the record."
    )


def _beat_table(found: Classified) -> pd.DataFrame:
    """Return the table of beats of an `AnnotatedRecord`."""
    table = pd.DataFrame(
        {
            "sample": found.sample,
            "symbol": pd.Series(found.symbol.astype(object), dtype=str),
            "leads": pd.Series(found.leads, dtype=str),
            "p_beat": found.p_beat,
        }
    )
    if found.proba is None:
        return table
    return pd.concat([table, found.proba.add_prefix(PREFIX)], axis=1)
