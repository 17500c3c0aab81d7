"""Beats as a CSV file."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..beats._beats import Beats
from ..utils import FORMULA_STARTS, row_blocks
from ._beats_about import (
    About,
    arrow_type,
    check_finite_cells,
    check_front,
    front_table,
    parse,
    reading,
    unusable,
)

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["json_path", "read_csv", "write_csv"]

# A spreadsheet runs a text that begins like this as a formula, unless an apostrophe is before it.
# Texts that begin with apostrophes and then this get one more, so that all come back equal.
_FORMULA = rf"^('*\s*[{FORMULA_STARTS}])"
_QUOTED = rf"^'('*\s*[{FORMULA_STARTS}])"
_NUMBERS = {"int64": int, "float64": float, "float": float}


def json_path(path: Path) -> Path:
    """Return the path of the metadata of a CSV file."""
    return path.with_suffix(".json")


def write_csv(beats: Beats, data: NDArray[np.float32], path: Path) -> None:
    """Write all columns."""
    import pyarrow as pa
    from pyarrow.csv import CSVWriter

    front = front_table(beats, slice(0, 0))
    names = pa.chunked_array([pa.array([*front.column_names], pa.string())])
    names = _quote(names).to_pylist() + beats.layout.feature_names
    types = front.schema.types + [pa.float32()] * beats.layout.n_features
    schema = pa.schema(list(zip(names, types, strict=True)))
    with open(path, "wb") as file, CSVWriter(file, schema) as writer:
        for block in row_blocks(len(data), data.shape[1] * data.itemsize):
            columns = front_table(beats, block).columns
            columns = [_quote(c) if pa.types.is_string(c.type) else c for c in columns]
            columns += [pa.array(np.ascontiguousarray(column)) for column in data[block].T]
            writer.write_table(pa.table(columns, schema=schema))


def read_csv(path: Path) -> Beats:
    """Read a file of `write_csv` and its metadata."""
    if not json_path(path).is_file():
        raise FileNotFoundError(
            f"There is no file '{json_path(path)}'. write_beats wrote it together with "
            f"'{path}', which cannot be read without it: keep both files in one folder."
        )
    about = parse(json_path(path).read_bytes(), json_path(path))
    with reading(path, "it is not a CSV file"), open(path, encoding="utf-8", newline="") as file:
        names = next(csv.reader(file), [])
    about.check_names(_unquote_all(names), path)
    table = _read_table(path, names, about)
    about.check_rows(table.num_rows, path)
    n_front = len(about.types)
    front = table.select(range(n_front))
    front = front.rename_columns(list(about.types))
    check_front(front, about.types, path)
    for i, kind in enumerate(about.types.values()):
        if kind == "string":
            front = front.set_column(i, front.column_names[i], _unquote(front.column(i)))
    data = np.empty((table.num_rows, about.layout.n_features), dtype=np.float32)
    for i in range(about.layout.n_features):
        data[:, i] = table.column(n_front + i).to_numpy()
    check_finite_cells(data, about.layout.feature_names, path)
    return about.beats(data, front)


def _read_table(path: Path, names: list[str], about: About) -> "pa.Table":
    import pyarrow as pa
    from pyarrow.csv import ConvertOptions, ParseOptions
    from pyarrow.csv import read_csv as read

    kinds = [*about.types.values(), *["float"] * about.layout.n_features]
    types = {name: arrow_type(kind) for name, kind in zip(names, kinds, strict=True)}
    convert = ConvertOptions(column_types=types, null_values=[], strings_can_be_null=False)
    try:
        with reading(path, "its rows cannot be read"):
            return read(
                path,
                convert_options=convert,
                parse_options=ParseOptions(newlines_in_values=True),
            )
    except ValueError as error:
        if isinstance(error.__cause__, pa.ArrowInvalid) and (
            where := _first_bad_cell(path, dict(zip(names, kinds, strict=True)))
        ):
            raise unusable(path, f"its rows cannot be read: {where}") from error.__cause__
        raise


def _first_bad_cell(path: Path, kinds: dict[str, str]) -> str | None:
    """Describe the first cell that is not a number where one must be, if there is such a cell."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            for number, row in enumerate(rows):
                if len(row) != len(kinds):
                    return f"row {number} has {len(row)} cells instead of {len(kinds)}"
                for (name, kind), text in zip(kinds.items(), row, strict=True):
                    try:
                        _NUMBERS.get(kind, str)(text)
                    except ValueError:
                        return f"row {number} of column {name!r} is {text[:40]!r}, not a number"
    except (ValueError, csv.Error):
        pass
    return None


def _quote(texts: "pa.ChunkedArray") -> "pa.ChunkedArray":
    from pyarrow import compute

    return compute.replace_substring_regex(texts, _FORMULA, r"'\1")


def _unquote(texts: "pa.ChunkedArray") -> "pa.ChunkedArray":
    from pyarrow import compute

    return compute.replace_substring_regex(texts, _QUOTED, r"\1")


def _unquote_all(names: Iterable[str]) -> list[str]:
    import pyarrow as pa

    return _unquote(pa.array(list(names), pa.string())).to_pylist()
