"""Read a WFDB annotation file."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....utils import count, warn
from ..._annotations import AnnotationStream
from ..._errors import RecordError
from .._files import check_file
from .._format import with_ending
from ._advice import FETCH, placeholder
from ._codes import CODES, LARGEST_CODE, NOTE, NULL, SYMBOLS, symbols_of
from ._header import annotation_rate
from ._words import Columns, NoEndMarkError, decode, is_aha

if TYPE_CHECKING:
    import wfdb

__all__ = ["BEGIN_DEFINITIONS", "END_DEFINITIONS", "RESOLUTION", "as_stream", "read_annotations"]

BEGIN_DEFINITIONS = "## annotation type definitions"
END_DEFINITIONS = "## end of definitions"
RESOLUTION = "## time resolution: "

_POSSIBLE_RATES = (1e-6, 1e12)  # Hz; positions stay far from overflow
_RATE = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(?:Hz)?\s*", re.ASCII)
_LIKE_A_NUMBER = re.compile(r"\s*[+-]*\.?\d", re.ASCII)
_DEFINITION = re.compile(r"\s*(\d+)[ \t]+([^ \t]+)")


def read_annotations(path: Path, annotator: str) -> AnnotationStream:
    """Read an annotation file."""
    file = with_ending(path, f".{annotator}")
    columns = _read_columns(path, file)
    head = _read_head(columns, f"Record '{path.name}': its annotation file '{file}'")
    kept = columns.code != NULL
    kept[head.definitions] = False
    subtype, chan, num, note = (
        None if column is None else column[kept]
        for column in (columns.subtype, columns.chan, columns.num, columns.note)
    )
    return AnnotationStream(
        columns.sample[kept],
        _to_symbols(columns.code[kept], head.mnemonics),
        subtype=subtype,
        chan=chan,
        num=num,
        aux_note=note,
        fs=head.resolution or annotation_rate(path),
    )


def _read_columns(path: Path, file: Path) -> Columns:
    """Read the annotations of a file up to its end mark."""
    check_file(file, path.name)
    content = file.read_bytes()
    if is_aha(content):
        raise RecordError(
            f"Record '{path.name}': its annotation file '{file}' must be in MIT format. It is in "
            "AHA format, which programs of the WFDB Software Package convert: "
            f"rdann -r {path.name} -a {file.suffix[1:]} | wrann -r {path.name} -a NEW"
        )
    try:
        columns, end = decode(content)
    except NoEndMarkError as error:
        raise RecordError(
            f"Record '{path.name}': its annotation file '{file}' must end with two zero bytes. "
            + _without_end(content)
        ) from error
    except ValueError as error:
        raise RecordError(
            f"Record '{path.name}': its annotation file '{file}' is damaged: {error}. {FETCH}"
        ) from error
    if content[end:].strip(b"\0"):
        behind = count(len(content) - end - 2, "byte")
        warn(
            f"Record '{path.name}': ignored {behind} behind the end mark of the annotation file "
            f"'{file}'."
        )
    return columns


def _without_end(content: bytes) -> str:
    """Describe an annotation file without an end mark, with a way out."""
    if not content:
        return "It is empty: fetch it again, or exclude the record."
    advice = placeholder(content) or FETCH
    if (
        advice == FETCH and content.isascii() and not content.count(0)
    ):  # bytes that hardly occur without a NUL
        advice = "It is a text, not in MIT format: a table NAME.atr.csv is read."
    return f"Got {content[-2:]!r} at the end of {len(content)} bytes. {advice}"


class _Head(NamedTuple):
    """The definitions at the beginning of an annotation file.

    ``definitions`` are the positions of their notes, ``resolution`` the rate in Hz at which
    annotations count or None, and ``mnemonics`` the symbols of codes.
    """

    definitions: list[int]
    resolution: float | None
    mnemonics: dict[int, str]


def _read_head(columns: Columns, owner: str) -> _Head:
    """Read the definitions of an annotation file; the owner is for errors.

    As the WFDB library does, definitions are taken only from the notes at sample 0 with which a
    file begins, without a subtype; any other annotation, even a null one, ends them::

        note    "## time resolution: 1000"
        note    "## annotation type definitions"
        note    "42 pace pacing spike"
        note    "## end of definitions"
        null                                        not written by all programs
        note    "## noisy from here"                a note like any other

    The library takes a definition outside of the two marks, too, where it cannot be
    distinguished from text. Here it is one only if the file has annotations of its code.
    """
    definitions: list[int] = []
    mnemonics: dict[int, str] = {}
    resolution, in_table = None, False
    used = set(np.unique(columns.code).tolist())
    for i in range(_n_head_notes(columns)):
        note = "" if columns.note is None else str(columns.note[i])
        if note in (BEGIN_DEFINITIONS, END_DEFINITIONS):
            in_table = note == BEGIN_DEFINITIONS
        elif found := _as_resolution(note, owner):
            resolution = found
        elif (entry := _as_definition(note)) and (in_table or _needs(entry[0], used)):
            mnemonics[entry[0]] = entry[1]
        else:
            continue
        definitions.append(i)
    return _Head(definitions, resolution, mnemonics)


def _n_head_notes(columns: Columns) -> int:
    """Return the number of notes at sample 0 with which a file begins."""
    is_head = (columns.code == NOTE) & (columns.sample == 0)
    if columns.subtype is not None:
        is_head &= columns.subtype == 0
    return int(np.argmin(is_head)) if not is_head.all() else len(is_head)


def _as_resolution(note: str, owner: str) -> float | None:
    """Return the time resolution in Hz that a note defines, or None if it is another text.

    A number of which only a part is understood would move all annotations: "1,000" is not 1 Hz.
    """
    text = note.removeprefix(RESOLUTION)
    if not note.startswith(RESOLUTION) or not _LIKE_A_NUMBER.match(text):
        return None
    number = _RATE.fullmatch(text)
    value = float(number[1]) if number else 0.0
    least, most = _POSSIBLE_RATES
    if not least <= value <= most:
        raise RecordError(
            f"{owner} must give its time resolution as a number of Hz from {least:g} to {most:g}, "
            f"such as 360 or 1e3. Got '{note}'. Write the file again with the right number, or "
            "without the note."
        )
    return value


def _as_definition(note: str) -> tuple[int, str] | None:
    """Return the code and the symbol that a note defines, or None."""
    found = _DEFINITION.match(note)
    if found is None or int(found[1]) > LARGEST_CODE:
        return None
    return int(found[1]), found[2]


def _needs(code: int, used: set[int]) -> bool:
    """Tell whether annotations have a code that WFDB does not define."""
    return code in used and code not in SYMBOLS and code != NULL


def _to_symbols(codes: NDArray[np.int64], mnemonics: dict[int, str]) -> NDArray[np.str_]:
    """Return the symbols of codes."""
    found = np.flatnonzero(np.bincount(codes, minlength=1)).tolist()
    table = np.full(max(found, default=0) + 1, "", dtype=object)
    for code, symbol in symbols_of(found, mnemonics).items():
        table[code] = symbol
    return table.astype(str)[codes]


def as_stream(annotation: "wfdb.Annotation", name: str) -> AnnotationStream:
    """Turn a wfdb.Annotation into the annotations of a record of this name."""
    record = f"Record '{name}'"
    if not all(hasattr(annotation, part) for part in ("sample", "symbol", "aux_note")):
        raise TypeError(
            f"{record}: needs a wfdb.Annotation, such as wfdb.rdann(path, 'atr'). "
            f"Got {type(annotation).__name__} instead."
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
        _symbols_of(annotation, record),
        subtype=subtype,
        chan=chan,
        num=num,
        aux_note=notes,
        fs=annotation.fs or None,
    )


def _symbols_of(annotation: "wfdb.Annotation", record: str) -> NDArray[np.str_]:
    """Return the symbols of a wfdb.Annotation, by code where its file has its own mnemonics."""
    mnemonics = dict(_labels(annotation))
    codes = getattr(annotation, "label_store", None)
    symbols = annotation.symbol
    if codes is not None:
        by_code = symbols_of(set(map(int, codes)), mnemonics)
        own = set(mnemonics.values())
        symbols = [
            symbol if isinstance(symbol, str) and symbol not in own else by_code[int(code)]
            for symbol, code in zip(symbols or [None] * len(codes), codes, strict=True)
        ]
    elif symbols is None or not all(isinstance(symbol, str) for symbol in symbols):
        raise RecordError(
            f"{record}: some annotations have a code that the annotation file does not define. "
            "Read it with read_record, or with wfdb.rdann(..., return_label_elements=['symbol', "
            "'label_store'])."
        )
    elif mnemonics:
        shown = _codes_of(mnemonics, set(symbols), record)
        by_code = symbols_of(set(shown.values()), mnemonics)
        symbols = [by_code[shown[symbol]] if symbol in shown else symbol for symbol in symbols]
    return np.array(list(symbols), dtype=str)


def _labels(annotation: "wfdb.Annotation") -> Iterable[tuple[int, str]]:
    """Return codes with the mnemonics that an annotation file defines for them."""
    labels = getattr(annotation, "custom_labels", None)
    if labels is None:
        return []
    if hasattr(labels, "columns"):
        if "label_store" not in labels.columns:
            return []
        labels = labels[["label_store", "symbol"]].to_numpy().tolist()
    # pairs of symbol and description have no code
    return [(int(label[0]), str(label[1])) for label in labels if not isinstance(label[0], str)]


def _codes_of(mnemonics: dict[int, str], used: set[str], record: str) -> dict[str, int]:
    """Return the code of each mnemonic that a file defines, or raise if one has several."""
    shown: dict[str, int] = {}
    for code, mnemonic in mnemonics.items():
        usual = CODES.get(mnemonic, code)
        others = {shown.get(mnemonic, code), code if usual in mnemonics else usual}
        if mnemonic in used and others != {code}:
            raise RecordError(
                f"{record}: its annotation file shows several codes as '{mnemonic}', so that they "
                "cannot be distinguished. Read it with read_record, or with wfdb.rdann(..., "
                "return_label_elements=['symbol', 'label_store'])."
            )
        shown[mnemonic] = code
    return shown
