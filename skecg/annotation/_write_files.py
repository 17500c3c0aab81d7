"""Write the files of an annotated recording."""

import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..annotated import AnnotatedRecord
from ..holter import HolterSummary, holter_summary
from ..holter._page import holter_page
from ..holter._review import REVIEW_BELOW
from ..records import RecordError, RecordHeader
from ..records.formats import _registry as formats
from ..utils import (
    Rule,
    check_value,
    naming,
    remove_abandoned,
    temporary_prefix,
    write_json,
    write_text,
)
from ._write_beats import annotation_stream, write_beat_table
from ._write_edf import header_for

__all__ = ["ANNOTATOR", "CERTAINTY", "write_annotated"]

ANNOTATOR = "beats"
OWNER = "write_annotated"
HEADER = ".hea"
CERTAINTY = Rule(lambda value: value in (None, "num", "aux"), "None, 'num' or 'aux'")


def write_annotated(
    found: AnnotatedRecord,
    folder: str | os.PathLike[str],
    name: str | None = None,
    *,
    certainty: str | None = None,
    review_below: float = REVIEW_BELOW,
) -> list[Path]:
    """Write the files of an annotated recording, all of them or none.

    Parameters
    ----------
    found : AnnotatedRecord
        The recording.
    folder : path-like
        Folder of the files; it is created if it does not exist. Files of an earlier run are
        replaced, those of the recording itself never.
    name : str or None, default=None
        Name of the files without ending. None is that of the recording.
    certainty : {"num", "aux"} or None, default=None
        Whether the annotation file has the probability of the predicted class of each beat: as a
        percentage in ``num``, or as text in ``aux_note``.
    review_below : float, default=0.8
        Probability of the predicted class below which the page lists a beat for review.

    Returns
    -------
    list of pathlib.Path
        The files: ``NAME.beats``, a WFDB annotation file with the annotator ``beats``;
        ``NAME.csv``, a line per beat; ``NAME.json``, the summary; ``NAME.html``, the page; and
        ``NAME.hea``, a header for the annotations, if the recording is not in WFDB files.

    Raises
    ------
    RecordError
        If the recording's own file would be replaced.

    Notes
    -----
    The header describes the leads without their signal, which stays where it is; programs that
    read annotations take the sampling frequency and the start from it. It is not written next to
    the recording, which would then be read by this header, nor for recordings in WFDB files:
    programs find the header of those by their search path, and one without signals would hide it.
    """
    check_value(certainty, CERTAINTY, "certainty", OWNER)
    folder, name = Path(folder), found.name if name is None else name
    if Path(name).name != name:
        raise RecordError(f"Record '{name}': a name of files cannot contain '/'. Pass another.")
    summary = holter_summary(found, review_below=review_below)
    writers = _writers(found, folder, name, certainty, summary)
    _check_own_files(found, folder, name, list(writers))
    with naming(folder):
        folder.mkdir(parents=True, exist_ok=True)
        remove_abandoned(folder)
        made = tempfile.TemporaryDirectory(prefix=temporary_prefix(name), dir=folder)
    with made as unfinished:
        for ending, write in writers.items():
            with naming(folder / (name + ending)):
                write(Path(unfinished, name + ending))
        for ending in writers:  # all are whole
            with naming(folder / (name + ending)):
                os.replace(Path(unfinished, name + ending), folder / (name + ending))
    return [folder / (name + ending) for ending in writers]


def _writers(
    found: AnnotatedRecord, folder: Path, name: str, certainty: str | None, summary: HolterSummary
) -> dict[str, Callable[[Path], object]]:
    """Return the function that writes each file, by its ending."""

    def write_beats(path: Path) -> None:
        stream = annotation_stream(found, certainty)
        formats.write_annotations(path.with_suffix(""), stream, ANNOTATOR)

    def write_page(path: Path) -> None:
        write_text(path, holter_page(found, summary, review_below=summary.review_below))

    writers: dict[str, Callable[[Path], object]] = {
        f".{ANNOTATOR}": write_beats,
        ".csv": lambda path: write_beat_table(found, path),
        ".json": lambda path: write_json(path, _as_json(found, summary.to_dict())),
        ".html": write_page,
    }
    if (header := _header(found, folder, name)) is not None:
        writers[HEADER] = lambda path: formats.write_header(header, path)
    return writers


def _header(found: AnnotatedRecord, folder: Path, name: str) -> RecordHeader | None:
    """Return the header to write, or None where there is one, or WFDB could not hold it."""
    if found.format == "WFDB" or not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        return None
    if _is_recording(found, folder, name) or not formats.is_without_signal(folder / name):
        return None
    lead_names = tuple(_as_ascii(lead) for lead in found.lead_names)
    header = header_for(found, folder / name)
    return replace(header, fs=round(found.fs, 8), lead_names=lead_names)


def _as_ascii(lead: str) -> str:
    """Return a lead's name as WFDB can hold it."""
    return lead.encode("ascii", "replace").decode().strip() or "lead"


def _is_recording(found: AnnotatedRecord, folder: Path, name: str) -> bool:
    """Tell whether the recording itself has a name in a folder."""
    return found.path is not None and os.path.realpath(found.path) == os.path.realpath(
        folder / name
    )


def _check_own_files(
    found: AnnotatedRecord, folder: Path, name: str, endings: Sequence[str]
) -> None:
    """Raise if a file would replace one of the recording itself."""
    if not _is_recording(found, folder, name):
        return
    own = formats.locate(folder / name).format
    for ending in endings:
        if own is not None and own.existing(folder / name).name == name + ending:
            raise RecordError(
                f"Record '{found.name}': '{folder / (name + ending)}' is the recording itself, "
                "which is never replaced. Write to another folder."
            )


def _as_json(found: AnnotatedRecord, summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts about recording, model and results as JSON has them."""
    quality = found.quality.assign(
        start=(found.quality["start"] / found.fs).round(3),
        stop=(found.quality["stop"] / found.fs).round(3),
    )
    return {
        "record": {
            "name": found.name,
            "subject": found.subject,
            "path": None if found.path is None else os.fspath(found.path),
            "format": found.format,
            "fs": found.fs,
            "n_samples": found.n_samples,
            "leads": list(found.lead_names),
            "start": None if found.start is None else found.start.isoformat(),
            "comments": list(found.comments),
        },
        "n_beats": len(found.beats),
        "summary": summary,
        "skipped": found.skipped.to_dict("records"),
        "quality": quality.to_dict("records"),
        **found.about,
    }
