"""Write WFDB files."""

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ....tables import BEAT_SYMBOLS, SYMBOL_MEANINGS
from ..._annotations import AnnotationStream
from ..._errors import RecordError
from ..._header import RecordHeader
from .._format import Signal, with_ending
from .._grid import to_grid
from ._files import HEADER
from ._subject_comment import subject_to_comment

if TYPE_CHECKING:
    import pandas as pd
    import wfdb

__all__ = ["write_files"]

# annotation codes that WFDB leaves to its users (ecgcodes.h: up to ACMAX = 49)
_FREE_CODES = list(range(42, 50))


def write_files(
    header: RecordHeader, signal: Signal, annotations: AnnotationStream | None, annotator: str
) -> None:
    """Write header, signal file and annotation file, each whole or not at all.

    The header and signal are not written by wfdb, which refuses leads of equal names and takes
    several times the memory.
    """
    _check_names(header)
    annotation = None if annotations is None else _as_wfdb(annotations, annotator, header.name)
    folder, name = header.path.parent, header.name
    folder.mkdir(parents=True, exist_ok=True)
    # all files are made in full before the first takes its place; the header, by which
    # recordings are found, comes last
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as unfinished:
        _write_signal(header, signal, Path(unfinished))
        endings = [".dat", HEADER]
        if annotation is not None:
            # not wfdb.wrann, which refuses the negative 'num' that published files have
            annotation.wr_ann_file(write_fs=False, write_dir=unfinished)
            endings.insert(1, f".{annotator}")
        for ending in endings:
            os.replace(Path(unfinished, name + ending), folder / (name + ending))
    if annotation is None:
        with_ending(header.path, f".{annotator}").unlink(missing_ok=True)


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


def _write_signal(header: RecordHeader, signal: Signal, folder: Path) -> None:
    """Write the header and the signal file."""
    name, values = header.name, signal.values
    grids = [to_grid(lead) for lead in values.T]
    # all signals of a file have one format
    fmt, dtype = ("16", "<i2") if all(grid.fits(16) for grid in grids) else ("32", "<i4")
    lowest = int(np.iinfo(dtype).min)
    digital = np.empty(values.shape, dtype=dtype)
    fs = np.format_float_positional(header.fs, trim="-")
    lines = [f"{name} {values.shape[1]} {fs} {values.shape[0]}"]
    for i, (lead, grid) in enumerate(zip(signal.lead_names, grids, strict=True)):
        baseline = grid.write(digital[:, i], values[:, i], invalid=lowest)
        checksum = int(digital[:, i].sum(dtype=np.int64)) & 0xFFFF
        checksum -= (checksum & 0x8000) << 1  # signed
        lines.append(
            f"{name}.dat {fmt} {grid.gain!r}({baseline})/mV {fmt} 0 "
            f"{digital[0, i]} {checksum} 0 {lead}"
        )
    if header.subject is not None:
        lines.append(f"# {subject_to_comment(header.subject)}")
    digital.tofile(folder / f"{name}.dat")
    (folder / f"{name}{HEADER}").write_text("\n".join(lines) + "\n", encoding="ascii")


def _as_wfdb(stream: AnnotationStream, annotator: str, name: str) -> "wfdb.Annotation":
    """Return annotations as an object of wfdb."""
    import wfdb

    _check_annotations(stream, name)
    notes = None if stream.aux_note is None else stream.aux_note.tolist()
    return wfdb.Annotation(
        name,
        annotator,
        stream.sample,
        symbol=stream.symbol.tolist(),
        subtype=stream.subtype,
        chan=stream.chan,
        num=stream.num,
        aux_note=notes,
        custom_labels=_definitions(stream, name),
    )


def _definitions(stream: AnnotationStream, name: str) -> "pd.DataFrame | None":
    """Return codes for the symbols that WFDB does not define, or None if there are none."""
    import pandas as pd

    own = sorted(set(stream.symbol.tolist()) - set(SYMBOL_MEANINGS))
    if len(own) > len(_FREE_CODES):
        raise RecordError(
            f"Record '{name}': WFDB has codes for {len(_FREE_CODES)} symbols of one's own. "
            f"Got {own}."
        )
    if not own:
        return None
    codes = _FREE_CODES[: len(own)]
    meanings = ["defined by the user"] * len(own)
    return pd.DataFrame({"label_store": codes, "symbol": own, "description": meanings})


def _check_annotations(stream: AnnotationStream, name: str) -> None:
    """Raise unless an annotation file can hold the annotations that are not beats."""
    bounds = {"subtype": (-128, 127), "chan": (0, 255), "num": (-128, 127)}
    for column, (low, high) in bounds.items():
        values = getattr(stream, column)
        outside = [] if values is None else values[(values < low) | (values > high)]
        if len(outside):
            raise RecordError(
                f"Record '{name}': '{column}' of an annotation must lie between {low} and "
                f"{high} in WFDB. Got {outside[0]}."
            )
    other = ~np.isin(stream.symbol, list(BEAT_SYMBOLS))
    notes = np.full(len(stream), "") if stream.aux_note is None else stream.aux_note
    rows = zip(stream.sample[other], stream.symbol[other], notes[other], strict=True)
    for sample, symbol, note in rows:
        if len(note) > 255 or re.search(r"[\t\n\r\f\v\0]|[^\0-\xff]", note):
            raise RecordError(
                f"Record '{name}': 'aux_note' of an annotation must have at most 255 "
                f"Latin-1 characters in WFDB, no tabs or newlines. Got {str(note)!r}."
            )
        if sample == 0 and symbol == '"':
            raise RecordError(
                f"Record '{name}': WFDB readers ignore comments at sample 0. Move it to sample 1."
            )
        if not re.fullmatch(r"[!-~]", symbol):
            raise RecordError(
                f"Record '{name}': symbols of annotations must be one printable ASCII "
                f"character in WFDB. Got {str(symbol)!r}."
            )
