"""Read a WFDB annotation file."""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..._annotations import AnnotationStream
from ..._errors import RecordError
from .._format import with_ending
from ._call import FETCH, call_wfdb

if TYPE_CHECKING:
    import wfdb

__all__ = ["as_stream", "read_annotations"]

# The notes with definitions that wfdb understands; others make it loop for ever.
_DEFINITIONS = re.compile(
    rb"(## time resolution: \d.*\n)?(## annotation type definitions\n## end of definitions\n)?"
)


def read_annotations(path: Path, annotator: str) -> AnnotationStream:
    """Read an annotation file."""
    file = with_ending(path, f".{annotator}")
    _check_content(path, file)
    annotation = call_wfdb(
        "rdann",
        path,
        f"annotations ({annotator})",
        annotator,
        return_label_elements="label_store",
    )
    # wfdb would look symbols up in a pandas table, which is slow and warns with new pandas
    symbols = _symbols() | {code: symbol for code, symbol, _ in annotation.custom_labels or ()}
    codes = annotation.label_store.tolist()
    if undefined := sorted(set(codes) - set(symbols)):
        raise RecordError(
            f"Record '{path.name}': '{file}' uses annotation codes {undefined} that neither WFDB "
            "nor the file itself defines. Set their 'symbol' by hand and use ECGRecord.from_wfdb."
        )
    annotation.symbol = [symbols[code] for code in codes]
    return as_stream(annotation, path.name)


def as_stream(annotation: "wfdb.Annotation", name: str) -> AnnotationStream:
    """Turn a wfdb.Annotation into the annotations of a record of this name."""
    record = f"Record '{name}'"
    if not all(hasattr(annotation, part) for part in ("sample", "symbol", "aux_note")):
        raise TypeError(
            f"{record}: needs a wfdb.Annotation, such as wfdb.rdann(path, 'atr'). "
            f"Got {type(annotation).__name__} instead."
        )
    symbol = annotation.symbol
    if symbol is None or not all(isinstance(s, str) for s in symbol):
        raise RecordError(
            f"{record}: some annotations have a code that the annotation file does not define. "
            "Set their 'symbol' by hand and use ECGRecord.from_wfdb."
        )
    notes = annotation.aux_note
    if notes is not None:  # text after a NUL byte is padding or rubbish
        notes = np.array([(note or "").partition("\0")[0] for note in notes], dtype=str)
    subtype, chan, num = (
        None if column is None else np.asarray(column)
        for column in (annotation.subtype, annotation.chan, annotation.num)
    )
    return AnnotationStream(
        np.asarray(annotation.sample),
        np.array(list(symbol), dtype=str),
        subtype=subtype,
        chan=chan,
        num=num,
        aux_note=notes,
        fs=annotation.fs or None,
    )


@cache
def _symbols() -> dict[int, str]:
    """Return the symbol of each annotation code that WFDB defines."""
    from wfdb.io.annotation import ann_labels

    return {label.label_store: label.symbol for label in ann_labels}


def _check_content(path: Path, file: Path) -> None:
    """Raise unless a file has its end mark, and definitions that wfdb understands."""
    content = file.read_bytes()
    if len(content) % 2 or content[-2:] != b"\0\0":  # the end mark, which wfdb does not check
        raise RecordError(
            f"Record '{path.name}': its annotation file '{file}' must end with two zero bytes. "
            f"Got {content[-2:]!r} at the end of {len(content)} bytes. {FETCH}"
        )
    notes = [
        content[note.end() : note.end() + note[1][0]].rstrip(b"\0")
        for note in re.finditer(rb"(.)\xfc(?=## )", content, re.DOTALL)
    ]
    definitions = b"".join(note + b"\n" for note in notes)
    if not _DEFINITIONS.fullmatch(definitions):
        raise RecordError(
            f"Record '{path.name}': its annotation file '{file}' may define its time resolution "
            f"and symbols of its own, once each, in notes that begin with '##'. Got "
            f"{[note.decode('latin-1') for note in notes]}. {FETCH}"
        )
