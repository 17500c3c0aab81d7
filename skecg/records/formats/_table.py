"""Tables with a column per lead: CSV, TSV, Parquet; and arrays of NumPy."""

import dataclasses
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ...tables import BEAT_SYMBOLS, NON_BEAT_SYMBOLS
from ...utils import warn
from .._annotations import AnnotationStream
from .._errors import RecordError
from .._header import RecordHeader
from ._files import is_file, require_file
from ._format import Format, Signal, existing_file, find_by_ending, with_ending
from ._table_columns import columns_of, is_recording
from ._table_files import Table, open_table, read_layout
from ._table_times import SCALES
from ._units import units_per_millivolt

__all__ = ["NPY", "TABLES", "is_whole"]

_MICROSECONDS = 1e6  # the rate at which times of annotations are counted


def _recognizes(file: Path) -> bool:
    """Tell whether a table is a recording, by the names of its columns; arrays, by their shape."""
    try:
        columns = open_table(file).columns
        return file.suffix.lower() in (".npy", ".npz") or is_recording(columns)
    except (RecordError, OSError, ValueError):
        return False  # reading it says why


def _read_header(path: Path, *, ending: str, fs: float | None = None) -> RecordHeader:
    """Read the facts about a recording."""
    table = _open(path, ending)
    times = table.times(fs)
    start = table.start
    chosen, excluded = table.choose(None)
    return RecordHeader(
        path,
        times.fs,
        int(times.place[-1]) + 1,
        tuple(one.name for one in chosen),
        None,
        None if start is None else start.date(),
        None if start is None else start.time(),
        tuple(table.comments),
        tuple(excluded),
    )


def _read_signal(
    path: Path,
    start: int = 0,
    stop: int | None = None,
    leads: Sequence[str] | None = None,
    *,
    ending: str,
    fs: float | None = None,
) -> Signal:
    """Read leads; rows that the times show to be missing are NaN."""
    table = _open(path, ending)
    times = table.times(fs)
    for text in times.warnings:
        warn(f"Record '{path.name}': {text}.")
    chosen, excluded = table.choose(leads)
    n_samples = int(times.place[-1]) + 1
    stop = n_samples if stop is None else min(stop, n_samples)
    first, last = np.searchsorted(times.place, [start, stop]).tolist()
    values = np.full((stop - start, len(chosen)), np.nan, dtype=np.float32)
    rows = times.place[first:last] - start
    for i, data in enumerate(table.read(chosen, first, last)):
        # without a unit it is mV; the record warns where its amplitude says otherwise
        values[rows, i] = data / (units_per_millivolt(chosen[i].unit or "mV") or 1.0)
    return Signal(values, [one.name for one in chosen], excluded)


def _open(path: Path, ending: str) -> Table:
    """Open a table, or raise an error that says what it must have."""
    file = existing_file(path, ending)
    require_file(file, path.name)
    table = open_table(file)
    if any(one.kind == "other" for one in table.columns) or not table.leads:
        table.fail(
            "its columns must be those of a recording, one per lead, such as 'time (s)', "
            f"'II (mV)'. Got {', '.join(repr(one.key) for one in table.columns[:8])}"
        )
    return table


# -- annotations: a table NAME.atr.csv or NAME.atr.tsv next to the recording, or arrays in NAME.npz


def _annotators_of_text(files: Sequence[Path], *, ending: str) -> dict[Path, set[str]]:
    """Return the annotators of tables NAME.atr.csv."""
    found: dict[Path, set[str]] = {}
    for file in files:
        path = file.with_suffix("")
        if file.suffix == ending and path.suffix and not _recognizes(file):
            found.setdefault(path.with_suffix(""), set()).add(path.suffix.removeprefix("."))
    return found


def _text_has_annotations(path: Path, annotator: str, *, ending: str) -> bool:
    """Tell whether there is a table NAME.atr.csv."""
    return is_file(with_ending(path, f".{annotator}{ending}"))


def _read_text_annotations(path: Path, annotator: str, *, ending: str) -> AnnotationStream:
    """Read a table with the columns sample or time, symbol and, if there is one, aux_note."""
    import pandas as pd

    file = with_ending(path, f".{annotator}{ending}")
    try:
        keys, options = read_layout(file)
        table = pd.read_csv(file, dtype=str, keep_default_na=False, **options)
    except (ValueError, OSError) as error:
        raise RecordError(f"Record '{path.name}': cannot read '{file}': {error}") from error
    columns = {one.name.lower(): one for one in columns_of(keys)}
    if "symbol" not in columns or not columns.keys() & {"sample", "time"}:
        raise RecordError(
            f"Record '{path.name}': annotations '{file}' must have the columns sample (or time, "
            f"in seconds) and symbol. Got {keys}."
        )
    place = columns.get("sample") or columns["time"]
    scale = SCALES.get(place.unit.lower())
    try:
        texts = table[place.key].str.strip()
        if options["sep"] != ",":
            texts = texts.str.replace(",", ".")
        position = pd.to_numeric(texts).to_numpy(np.float64)
        if not np.isfinite(position).all() or (place.kind == "counter" and (position % 1).any()):
            raise ValueError(f"column '{place.key}' has values that are not valid")
        if scale is None:
            raise ValueError(f"the unit of '{place.key}' must be s, ms, us or min")
    except ValueError as error:
        raise RecordError(f"Record '{path.name}': '{file}': {error}.") from error
    if place.kind == "time":
        position = np.floor(position * scale * _MICROSECONDS + 0.5)
    symbols = table[columns["symbol"].key].str.strip().tolist()
    notes = table[columns["aux_note"].key] if "aux_note" in columns else [""] * len(table)
    stream = _as_stream(position.astype(np.int64), symbols, list(notes))
    return stream if place.kind == "counter" else dataclasses.replace(stream, fs=_MICROSECONDS)


def _as_stream(
    position: NDArray[np.int64], symbols: list[str], notes: list[str]
) -> AnnotationStream:
    """Return annotations in order; a text that is not a symbol is a comment."""
    known = BEAT_SYMBOLS | NON_BEAT_SYMBOLS.keys()
    notes = [
        note if symbol in known else f"{symbol} {note}".strip()
        for symbol, note in zip(symbols, notes, strict=True)
    ]
    symbols = [symbol if symbol in known else '"' for symbol in symbols]
    order = np.argsort(position, kind="stable")
    return AnnotationStream(
        position[order],
        np.array(symbols, dtype=np.str_)[order],
        aux_note=np.array(notes, dtype=np.str_)[order],
    )


def _npz_has_annotations(path: Path, annotator: str) -> bool:
    """Tell whether an archive has the arrays sample and symbol, which are those of "atr"."""
    file = existing_file(path, ".npz")
    if annotator != "atr" or not is_file(file) or not _recognizes(file):
        return False
    return {"sample", "symbol"} <= open_table(file).arrays.keys()


def _npz_annotators(files: Sequence[Path]) -> dict[Path, set[str]]:
    """Return the annotators of archives."""
    paths = find_by_ending(".npz", _recognizes)(files)
    return {path: {"atr"} for path in paths if _npz_has_annotations(path, "atr")}


def _read_npz_annotations(path: Path, annotator: str) -> AnnotationStream:
    """Read the arrays sample and symbol of an archive."""
    table = open_table(existing_file(path, ".npz"))
    sample, symbol = table.read_array("sample"), table.read_array("symbol")
    if sample.ndim != 1 or sample.shape != symbol.shape or sample.dtype.kind not in "iu":
        table.fail(
            "its arrays 'sample' and 'symbol' must be whole numbers and texts of one length. Got "
            f"{sample.dtype} {sample.shape} and {symbol.dtype} {symbol.shape}"
        )
    return _as_stream(
        sample.astype(np.int64), [str(one) for one in symbol.tolist()], [""] * len(sample)
    )


def is_whole(file: Path) -> bool:
    """Tell whether a table that is not a text begins and ends as its format does."""
    if file.suffix.lower() == ".npz":
        return zipfile.is_zipfile(file)
    with open(file, "rb") as stream:
        if file.suffix.lower() == ".npy":
            return stream.read(6) == b"\x93NUMPY"
        start = stream.read(4)
        stream.seek(-4, os.SEEK_END)
        return start == stream.read(4) == b"PAR1"


def _no_annotations(path: Path, annotator: str) -> NoReturn:
    """Raise: the format has no annotations, so that none are found."""
    raise FileNotFoundError(f"Record '{path.name}': there are no annotations '{annotator}'.")


_ANNOTATIONS: Mapping[str, tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]] = {
    **{
        ending: (
            partial(_annotators_of_text, ending=ending),
            partial(_text_has_annotations, ending=ending),
            partial(_read_text_annotations, ending=ending),
        )
        for ending in (".csv", ".tsv")
    },
    ".npz": (_npz_annotators, _npz_has_annotations, _read_npz_annotations),
}


def _make(name: str, ending: str, fs: float | None = None) -> Format:
    """Make the entry of one kind of table, read at a rate if it is given."""
    annotators, has_annotations, read_annotations = _ANNOTATIONS.get(
        ending, (lambda files: {}, lambda path, annotator: False, _no_annotations)
    )
    return Format(
        name=name,
        noun=f"{name} file",
        found_by=ending,
        endings=(ending,),
        find=find_by_ending(ending, _recognizes),
        annotators=annotators,
        has_annotations=has_annotations,
        read_header=partial(_read_header, ending=ending, fs=fs),
        read_signal=partial(_read_signal, ending=ending, fs=fs),
        read_annotations=read_annotations,
        recognizes=_recognizes,
        at_rate=partial(_make, name, ending),
        whole=True,
    )


NPY = _make("NumPy array", ".npy")
TABLES = (
    _make("CSV", ".csv"),
    _make("TSV", ".tsv"),
    _make("Parquet", ".parquet"),
    _make("NumPy archive", ".npz"),
    NPY,
)
