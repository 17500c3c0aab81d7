"""The EDF+ file of an annotated recording, with the facts of the recording's header."""

import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..annotated import AnnotatedRecord
from ..records import RecordHeader
from ..records.formats._edf_write import EdfNote, beat_notes, write_edf

__all__ = ["header_for", "write_annotated_edf"]


def header_for(found: AnnotatedRecord, path: Path) -> RecordHeader:
    """Return the facts that a header of a file has of an annotated recording."""
    start = found.start
    return RecordHeader(
        path,
        found.fs,
        found.n_samples,
        found.lead_names,
        found.subject,
        start.date() if isinstance(start, datetime.datetime) else None,
        start.time() if isinstance(start, datetime.datetime) else start,
        found.comments,
    )


def write_annotated_edf(found: AnnotatedRecord, path: Path) -> None:
    """Write signal, beats and faults as an EDF+ file, the signal stretch by stretch.

    Parameters
    ----------
    found : AnnotatedRecord
        The recording.
    path : pathlib.Path
        The file, without ending.
    """
    beats = found.beats
    symbol = beats["symbol"].to_numpy().astype("<U1")
    notes = beat_notes(beats["sample"].to_numpy(), symbol, found.fs)
    for start, stop, lead, state in found.quality.itertuples(index=False):
        text = f"{state} {lead}".strip()
        notes.append(EdfNote(start / found.fs, (stop - start) / found.fs, text))

    def read(first: int, last: int) -> NDArray[np.float32]:
        return found.reader(first / found.fs, last / found.fs).signal

    write_edf(header_for(found, path), found.n_samples, read, notes)
