"""Write WFDB files."""

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ....utils import naming, remove_abandoned, replacing, temporary_prefix
from ..._annotations import AnnotationStream
from ..._errors import RecordError
from ..._header import RecordHeader
from .._format import Signal, with_ending
from .._grid import to_grid
from ._files import HEADER
from ._own_files import check_replaceable
from ._subject_comment import date_to_comment, subject_to_comment
from ._write_annotations import to_bytes

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

__all__ = ["NO_SIGNAL", "write_files", "write_header"]

NO_SIGNAL = "~ 0 "  # line of a lead without samples


def write_files(
    header: RecordHeader, signal: Signal, annotations: AnnotationStream | None, annotator: str
) -> None:
    """Write header, signal file and annotation file, each whole or not at all.

    Only files that skecg has written are replaced.

    The header and signal are not written by wfdb, which refuses leads of equal names and takes
    several times the memory.
    """
    _check_names(header)
    content = None if annotations is None else to_bytes(annotations, header.name)
    is_there = check_replaceable(header)
    folder, name = header.path.parent, header.name
    with naming(folder):
        folder.mkdir(parents=True, exist_ok=True)
        remove_abandoned(folder)
        made = tempfile.TemporaryDirectory(prefix=temporary_prefix(name), dir=folder)
    # all files are made in full before the first takes its place; the header, by which
    # recordings are found, comes last
    with made as unfinished:
        lines, digital = _to_digital(header, signal)
        contents: dict[str, Buffer] = {".dat": digital.data}
        if content is not None:
            contents[f".{annotator}"] = content
        contents[HEADER] = ("\n".join(lines) + "\n").encode("utf-8")
        for ending, one in contents.items():
            with naming(folder / (name + ending)):  # a full disk
                Path(unfinished, name + ending).write_bytes(one)
        for ending in contents:
            with naming(folder / (name + ending)):
                os.replace(Path(unfinished, name + ending), folder / (name + ending))
    if content is None and is_there:
        with_ending(header.path, f".{annotator}").unlink(missing_ok=True)


def write_header(header: RecordHeader, file: Path) -> None:
    """Write a header that describes the leads without a signal (format 0), for annotations.

    Raises
    ------
    RecordError
        If WFDB cannot hold a name or the rate.
    """
    _check_names(header)
    fs = np.format_float_positional(header.fs, trim="-")
    first = f"{header.name} {len(header.lead_names)} {fs} {header.n_samples}{_start(header)}"
    leads = [f"{NO_SIGNAL}200/mV 12 0 0 0 0 {lead}" for lead in header.lead_names]
    text = "\n".join([first, *leads, *_comment_lines(header)]) + "\n"
    with naming(file), replacing(file) as unfinished:
        unfinished.write_bytes(text.encode("utf-8"))


def _check_names(header: RecordHeader) -> None:
    """Raise unless a header can hold the names and the sampling frequency."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", header.name):
        raise RecordError(
            f"Record '{header.name}': WFDB names consist of letters, digits, '-' and '_'. Rename "
            "it with dataclasses.replace(record, name=...)."
        )
    for lead in header.lead_names:
        if not lead or lead != lead.strip() or not (lead.isascii() and lead.isprintable()):
            raise RecordError(
                f"Record '{header.name}': WFDB leads have names of printable ASCII characters. "
                f"Got {lead!r}. Rename it with dataclasses.replace(record, lead_names=...)."
            )
    if round(header.fs, 8) == int(header.fs) != header.fs:
        raise RecordError(
            f"Record '{header.name}': wfdb reads sampling frequencies to 8 decimals. "
            f"Got {header.fs!r} Hz. Round it."
        )


def _start(header: RecordHeader) -> str:
    """Return time of day and date as the first line of a header has them; no date without time."""
    time, date = header.start_time, header.start_date
    if time is None:
        return ""
    if time.tzinfo is not None:
        raise RecordError(
            f"Record '{header.name}': WFDB times have no time zone. Got {time!r}. Remove it with "
            "dataclasses.replace(record, start_time=...)."
        )
    text = f" {time.isoformat()}"
    return text if date is None else f"{text} {date.day:02d}/{date.month:02d}/{date.year:04d}"


def _to_digital(
    header: RecordHeader, signal: Signal
) -> tuple[list[str], NDArray[np.signedinteger]]:
    """Return the lines of the header, and the samples of the signal file."""
    name, values = header.name, signal.values
    grids = [to_grid(lead) for lead in values.T]
    # all signals of a file have one format
    fmt, dtype = ("16", "<i2") if all(grid.fits(16) for grid in grids) else ("32", "<i4")
    lowest = int(np.iinfo(dtype).min)
    digital = np.empty(values.shape, dtype=dtype)
    fs = np.format_float_positional(header.fs, trim="-")
    lines = [f"{name} {values.shape[1]} {fs} {values.shape[0]}{_start(header)}"]
    for i, (lead, grid) in enumerate(zip(signal.lead_names, grids, strict=True)):
        baseline = grid.write(digital[:, i], values[:, i], invalid=lowest)
        checksum = int(digital[:, i].sum(dtype=np.int64)) & 0xFFFF
        checksum -= (checksum & 0x8000) << 1  # signed
        lines.append(
            f"{name}.dat {fmt} {grid.gain!r}({baseline})/mV {fmt} 0 "
            f"{digital[0, i]} {checksum} 0 {lead}"
        )
    return lines + _comment_lines(header), digital


def _comment_lines(header: RecordHeader) -> list[str]:
    """Return subject, day and comments as lines of a header."""
    lines = []
    if header.subject is not None:
        lines.append(f"# {subject_to_comment(header.subject)}")
    if header.start_date is not None and header.start_time is None:
        lines.append(f"# {date_to_comment(header.start_date)}")
    return lines + [f"# {comment}" for comment in header.comments]
