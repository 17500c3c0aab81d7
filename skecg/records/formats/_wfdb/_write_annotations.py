"""Write a WFDB annotation file."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....tables import BEAT_SYMBOLS
from ....utils import naming, replacing
from ..._annotations import AnnotationStream
from ..._errors import RecordError
from .._format import with_ending
from ._annotations import BEGIN_DEFINITIONS, END_DEFINITIONS, RESOLUTION
from ._codes import CODES, FREE_CODES, NOTE, NULL
from ._files import HEADER
from ._header import annotation_rate
from ._words import Columns, encode

__all__ = ["to_bytes", "write_annotations"]

_LONGEST_NOTE = 255  # bytes


def write_annotations(path: Path, annotations: AnnotationStream, annotator: str) -> None:
    """Write an annotation file, whole or not at all.

    It gives a time resolution of its own where readers would take the positions for those of
    another rate: next to a header of several samples per frame, or to none.
    """
    file = with_ending(path, f".{annotator}")
    _check_not_signal(path, file)
    rate = annotation_rate(path)
    content = to_bytes(annotations, path.name, None if rate == annotations.fs else annotations.fs)
    with naming(file), replacing(file) as unfinished:
        unfinished.write_bytes(content)


def _check_not_signal(path: Path, file: Path) -> None:
    """Raise if a file is one that the header names, which may have any ending."""
    header = with_ending(path, HEADER)
    lines = header.read_text("latin-1").splitlines() if header.is_file() else []
    if file.name in {line.split()[0] for line in lines if line.strip()}:
        raise RecordError(
            f"Record '{path.name}': '{file}' is a signal file of '{header}', which is not "
            "replaced. Name another annotator."
        )


def to_bytes(stream: AnnotationStream, name: str, resolution: float | None = None) -> bytes:
    """Return the content of an annotation file.

    The definitions of symbols, and of the time resolution if there is one, are the first notes.
    A null annotation ends them, as the WFDB library writes it, so that it takes no other note at
    sample 0 for a definition.
    """
    _check(stream, name)
    own = _own_codes(stream, name)
    head = [] if resolution is None else [RESOLUTION + _as_decimal(resolution)]
    if own:
        table = [f"{code} {symbol} defined by the user" for symbol, code in own.items()]
        head += [BEGIN_DEFINITIONS, *table, END_DEFINITIONS]
    head_codes = [NOTE] * len(head)
    if head or _at_head(stream).any():
        head, head_codes = [*head, ""], [*head_codes, NULL]
    known = {**CODES, **own}
    notes = np.full(len(stream), "") if stream.aux_note is None else stream.aux_note
    zeros = np.zeros(len(head), dtype=np.int64)
    subtype, chan, num = (
        None if column is None else np.concatenate([zeros, column])
        for column in (stream.subtype, stream.chan, stream.num)
    )
    codes = [known[symbol] for symbol in stream.symbol.tolist()]
    return encode(
        Columns(
            np.concatenate([zeros, stream.sample]),
            np.array([*head_codes, *codes], dtype=np.int64),
            subtype,
            chan,
            num,
            np.concatenate([np.array(head, dtype=str), notes]),
        )
    )


def _as_decimal(value: float) -> str:
    """Write a number without an exponent, which not all readers understand."""
    return np.format_float_positional(value, trim="-")


def _own_codes(stream: AnnotationStream, name: str) -> Mapping[str, int]:
    """Return codes for the symbols that WFDB does not define."""
    own = sorted(set(stream.symbol.tolist()) - set(CODES))
    if len(own) > len(FREE_CODES):
        raise RecordError(
            f"Record '{name}': WFDB has codes for {len(FREE_CODES)} symbols of one's own. "
            f"Got {own}."
        )
    return dict(zip(own, FREE_CODES, strict=False))


def _at_head(stream: AnnotationStream) -> NDArray[np.bool_]:
    """Tell which annotations a reader might take for definitions."""
    return np.asarray((stream.sample == 0) & (stream.symbol == '"'))


def _check(stream: AnnotationStream, name: str) -> None:
    """Raise unless an annotation file can hold the annotations."""
    bounds = {"subtype": (-128, 127), "chan": (0, 255), "num": (-128, 127)}
    for column, (low, high) in bounds.items():
        values = getattr(stream, column)
        outside = [] if values is None else values[(values < low) | (values > high)]
        if len(outside):
            raise RecordError(
                f"Record '{name}': '{column}' of an annotation must lie between {low} and "
                f"{high} in WFDB. Got {outside[0]}."
            )
    for symbol in sorted(set(stream.symbol.tolist()) - BEAT_SYMBOLS):
        if not re.fullmatch(r"[!-~]{1,3}", symbol) or re.fullmatch(r"\[\d\]", symbol):
            raise RecordError(
                f"Record '{name}': symbols of annotations must be up to three printable ASCII "
                f"characters in WFDB, no spaces. Got {symbol!r}."
            )
    if stream.aux_note is not None:
        _check_notes(stream, stream.aux_note, name)


def _check_notes(stream: AnnotationStream, notes: NDArray[Any], name: str) -> None:
    """Raise unless an annotation file can hold the texts."""
    for note in sorted(set(notes.tolist())):
        if len(note) > _LONGEST_NOTE or re.search(r"[\0]|[^\0-\xff]", note):
            raise RecordError(
                f"Record '{name}': 'aux_note' of an annotation must have at most {_LONGEST_NOTE} "
                f"Latin-1 characters in WFDB, none of them NUL. Got {note!r}."
            )
    if not _at_head(stream).any():
        return
    for note in notes[stream.sample == 0].tolist():
        if note.startswith("## "):
            raise RecordError(
                f"Record '{name}': WFDB readers take notes at sample 0 that begin with '## ' for "
                f"definitions. Got {note!r}. Move it to sample 1."
            )
