"""Annotate one of many recordings, in this process or in a worker's."""

import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..annotated import NO_BEAT, AnnotatedRecord
from ..beats import BeatExtractor
from ..beats._workers import (
    CaughtWarning,
    ProcessId,
    caught_warnings,
    error_for,
    this_process,
)
from ..detection._detectors import DetectorLike
from ..records import ECGRecord
from ..utils import Classifier, blas_in_one_thread, collected_warnings, warn
from ._adapt import adapt_model
from ._annotate_record import annotate_record
from ._corrections import Corrections, read_corrections
from ._merge import Changes, Merged, merge
from ._sealed import Seal, edited_files, place, read_seal, write_sealed
from ._write_edf import write_annotated_edf
from ._write_files import write_annotated

__all__ = [
    "Job",
    "Outcome",
    "Settings",
    "failed_row",
    "find_and_merge",
    "loaded_model",
    "run_job",
]


@dataclass(frozen=True, eq=False)
class Settings:
    """Settings of all recordings.

    ``model`` is an estimator, or the path of a model file, which each worker loads once. ``about``
    are facts about model and detector that are kept with the results. With ``keep``, outcomes
    have the annotated recordings.
    """

    model: Classifier | str
    extractor: BeatExtractor
    about: Mapping[str, Any]
    detector: DetectorLike
    leads: tuple[str, ...] | None
    review_below: float
    edf: bool
    certainty: str | None
    adapt: bool
    keep: bool
    out: str
    caller: ProcessId


@dataclass(frozen=True, eq=False)
class Job:
    """A recording to annotate, the name of its results, and its corrections."""

    source: str | ECGRecord
    record: str
    fingerprint: str = ""
    corrections: Corrections = field(default_factory=Corrections)

    @property
    def path(self) -> str:
        """Path of the recording; "" in memory."""
        return self.source if isinstance(self.source, str) else ""


@dataclass(frozen=True)
class Outcome:
    """Outcome of a recording: its row of the table over all, or the error."""

    row: Mapping[str, Any]
    error: Exception | None = None
    warnings: Sequence[CaughtWarning] = field(default_factory=list)
    is_new: bool = True  # False: the results were complete before
    found: AnnotatedRecord | None = None


def run_job(job: Job, settings: Settings) -> Outcome:
    """Annotate a recording and write its results, or return the error."""
    here = this_process()
    if here == settings.caller:
        return _run(job, settings)
    with caught_warnings() as found:
        outcome = _run(job, settings)
    error = outcome.error
    if error is not None:
        error = error_for(settings.caller, error, here)
    return replace(outcome, error=error, warnings=found)


def _run(job: Job, settings: Settings) -> Outcome:
    """Annotate a recording; an error is its outcome, whatever its kind."""
    started = time.perf_counter()
    try:
        with blas_in_one_thread(), collected_warnings() as texts:
            row, found = _annotate(job, settings, started, texts)
    except Exception as error:
        return Outcome(failed_row(job, error), error)
    return Outcome(row, found=found if settings.keep else None)


def failed_row(job: Job, error: Exception) -> dict[str, Any]:
    """Return the row of a recording that could not be annotated."""
    text = str(error) if isinstance(error, ValueError | OSError) else repr(error)
    return {"record": job.record, "path": job.path, "status": "failed", "reason": text}


def find_and_merge(job: Job, settings: Settings, before: Seal) -> Merged:
    """Annotate a recording, and merge its corrections: those of earlier results, and new ones."""
    model = settings.model
    if isinstance(model, str):
        model = loaded_model(model, settings.about["fingerprint"])
    found = _find(model, job, settings)
    merged, changes = _merge(found, job, settings, before)
    if settings.adapt and changes is not None:
        tuned = adapt_model(model, settings.extractor, merged.found, changes)
        if tuned is not None:
            about = {**settings.about, "model": f"{settings.about['model']}, adapted"}
            merged = merge(_find(tuned, job, replace(settings, about=about)), changes)
    if merged.problem():
        warn(merged.problem())
    return merged


def _annotate(
    job: Job, settings: Settings, started: float, texts: list[str]
) -> tuple[dict[str, Any], AnnotatedRecord]:
    """Annotate a recording, merge its corrections, and write its results."""
    before = read_seal(Path(settings.out), job.record)
    _check_edits(job, settings, before)
    merged = find_and_merge(job, settings, before)
    found, applied = merged.found, merged.applied

    def make(folder: Path, name: str) -> None:
        """Write all files into a folder."""
        write_annotated(
            found,
            folder,
            name,
            certainty=settings.certainty,
            review_below=settings.review_below,
        )
        if settings.edf:
            write_annotated_edf(found, folder / name)
            # programs would take the header, which is without a signal, before the EDF file
            (folder / f"{name}.hea").unlink(missing_ok=True)

    def seal(summary: dict[str, Any]) -> Seal:
        """Make the seal of the summary in the JSON."""
        row = _row(job, summary["summary"], merged, texts, time.perf_counter() - started)
        return Seal(
            job.fingerprint,
            row=row,
            sample=applied.sample.tolist(),
            symbol="".join(applied.symbol.tolist()),
            reviews=sorted({*before.reviews, *(one.digest for one in job.corrections.all())}),
        )

    return dict(write_sealed(Path(settings.out), job.record, make, seal, before).row), found


def _find(model: Classifier, job: Job, settings: Settings) -> AnnotatedRecord:
    return annotate_record(
        model,
        job.source,
        settings.extractor,
        settings.detector,
        leads=settings.leads,
        about=dict(settings.about),
    )


_loading = threading.Lock()  # a worker may annotate in several threads
_loaded: dict[tuple[str, str], Classifier] = {}  # the last model of this process


def loaded_model(path: str, fingerprint: str, model: Classifier | None = None) -> Classifier:
    """Return the model of a file, which is loaded once; ``model`` is one that is known.

    A worker may outlive the file's contents, so that the fingerprint is a part of the key.
    """
    key = path, fingerprint
    with _loading:
        found = _loaded.get(key) if model is None else model
        if found is None:
            from ..persistence import load

            found = load(path)
        _loaded.clear()
        _loaded[key] = found
    return found


def _check_edits(job: Job, settings: Settings, before: Seal) -> None:
    """Raise if results that a person has edited would be replaced without the edits."""
    merged = {os.path.realpath(one.file) for one in job.corrections.all()}
    for file in edited_files(Path(settings.out), job.record, before):
        if os.path.realpath(file) not in merged:
            raise ValueError(
                f"Record '{job.record}': '{file}' was edited since it was written, and is not "
                f"replaced. Merge the edits with corrections='{settings.out}', or move the file "
                "away."
            )


def _merge(
    found: AnnotatedRecord, job: Job, settings: Settings, before: Seal
) -> tuple[Merged, Changes | None]:
    """Merge the corrections that earlier runs have merged, and new ones."""
    known = Changes.of(before.sample, list(before.symbol))
    new = job.corrections
    if not len(known) and not new.all():
        return Merged(found, known, {}, ()), None
    if new.all():
        written = _written_beats(found, job, settings, before)
        if written is None:
            written = _beats_of(merge(found, known).found)
        known = known.updated(new.changes(found.fs, written), found.fs)
    return merge(found, known), known


def _beats_of(found: AnnotatedRecord) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    beats = found.beats
    return beats["sample"].to_numpy(), beats["symbol"].to_numpy().astype("<U1")


def _written_beats(
    found: AnnotatedRecord, job: Job, settings: Settings, before: Seal
) -> tuple[NDArray[np.int64], NDArray[np.str_]] | None:
    """Return the beats of earlier results before they were edited, from the file that was not."""
    out = Path(settings.out)
    edited = edited_files(out, job.record, before)
    for ending in (".beats", ".csv"):
        file = place(out, job.record, ending)
        if ending in before.files and file.is_file() and file not in edited:
            reviews = read_corrections(file).reviews
            for (review,) in reviews.values():
                if review.whole:
                    return review.at(found.fs), review.symbol
    return None


def _row(
    job: Job, summary: dict[str, Any], merged: Merged, texts: list[str], seconds: float
) -> dict[str, Any]:
    """Return the recording's row of the table over all."""
    pauses = [one["value"] for one in summary["pauses"]]
    silent = [one["duration"] for one in summary["without_beats"] if one["state"] == NO_BEAT]
    reviewed = sum(
        merged.counts.get(name, 0) for name in ("changed", "confirmed", "added", "moved")
    )
    return {
        "record": job.record,
        "path": job.path,
        "status": "ok",
        "reason": "",
        "duration": summary["duration"],
        "analysable": summary["analysable"],
        "unusable": round(summary["duration"] - summary["analysable"], 6),
        "no_beat": round(sum(silent), 6),
        "beats": summary["beats"],
        **summary["counts"],
        "v_burden": summary["v"]["burden"],
        "s_burden": summary["s"]["burden"],
        "mean_hr": summary["heart_rate"]["mean"],
        "longest_pause": max(pauses, default=None),
        "uncertain": summary["uncertain"],
        "reviewed": reviewed,
        "deleted": merged.counts.get("deleted", 0),
        "unmatched": merged.counts.get("unmatched", 0),
        "warnings": len(texts),
        "seconds": round(seconds, 3),
    }
