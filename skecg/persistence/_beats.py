"""Write beats to tables that skecg and other programs read."""

import csv
import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..beats import BeatExtractor
from ..beats._beats import TEXT_COLUMNS, Beats, make_beats, skipped_table
from ..layout import BeatLayout
from ..utils import replacing
from ._spec import Spec, from_spec, to_spec

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_beats", "write_beats"]

_FORMAT = "skecg-beats"
_SCHEMA = 1
_KEY = b"skecg"  # of the metadata in a Parquet file
_REQUIRED_META = dict.fromkeys(TEXT_COLUMNS, "string") | {
    "sample": "int64",
    "peak": "int64",
    "fs": "float64",
}
_TYPES = ("string", "int64", "float64", "bool")


def write_beats(beats: Beats, path: str | os.PathLike[str]) -> None:
    """Write beats to a Parquet or CSV file that `read_beats` reads back equal.

    Parquet files are smaller and read faster; CSV files can be read by any program.

    Parameters
    ----------
    beats : Beats
        Beats as `load_beats` returns them.
    path : path-like
        File to write, ending in ``.parquet`` or ``.csv``. The layout, the extractor and other
        metadata of ``NAME.csv`` are written to ``NAME.json`` in the same folder. Existing files
        are replaced when everything is written.

    Raises
    ------
    ValueError
        If the path has another ending, ``data`` is not float32 or does not fit its layout, or
        a column name occurs twice.
    TypeError
        If the extractor's parameters cannot be saved as data (a preprocessing that is not one
        of skecg's).
    FileNotFoundError
        If the folder does not exist.

    See Also
    --------
    read_beats : Read the file.

    Notes
    -----
    The columns are those of ``meta``, then ``target`` and ``group``, then the features by
    their names. In CSV the features are written with the fewest digits that return the same
    float32. The metadata (in Parquet under the key ``skecg`` of the schema) are JSON: layout,
    extractor, skipped and DESCR.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from skecg import BeatExtractor, ECGRecord, read_beats, write_beats
    >>> record = ECGRecord(np.sin(np.arange(500) / 9), 250, sample=[250], symbol=["N"])
    >>> beats = BeatExtractor().extract(record)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_beats(beats, Path(folder) / "beats.parquet")
    ...     np.array_equal(read_beats(Path(folder) / "beats.parquet").data, beats.data)
    True
    """
    path = _check_path(path, "write_beats")
    about = json.dumps(_metadata(beats), ensure_ascii=False)
    table = _as_table(beats)
    with ExitStack() as files:
        temporary = files.enter_context(replacing(path))
        if path.suffix.lower() == ".csv":
            from pyarrow.csv import write_csv

            temporary_json = files.enter_context(replacing(_json_path(path)))
            write_csv(table, temporary)
            temporary_json.write_text(about + "\n", encoding="utf-8")
        else:
            from pyarrow import parquet

            table = table.replace_schema_metadata({_KEY: about.encode()})
            parquet.write_table(table, temporary)


def read_beats(path: str | os.PathLike[str]) -> Beats:
    """Read beats from a file of `write_beats`.

    Parameters
    ----------
    path : path-like
        The ``.parquet`` or ``.csv`` file; ``NAME.csv`` needs its ``NAME.json`` in the same
        folder.

    Returns
    -------
    Beats
        Beats equal to the written ones.

    Raises
    ------
    ValueError
        If the path has another ending or the file is not one of `write_beats`.
    FileNotFoundError
        If a file is missing.

    See Also
    --------
    write_beats : With an example.

    Notes
    -----
    Nothing in a file can run: classes are looked up in a short table.

    Examples
    --------
    >>> from skecg import read_beats
    >>> read_beats("beats.txt")
    Traceback (most recent call last):
    ValueError: The 'path' parameter of read_beats must end in .parquet or .csv. Got 'beats.txt'...
    """
    path = _check_path(path, "read_beats")
    if not path.is_file():
        raise FileNotFoundError(f"There is no file '{path}'.")
    is_csv = path.suffix.lower() == ".csv"
    names, about = (_open_csv if is_csv else _open_parquet)(path)
    layout, extractor, skipped, descr = _rebuild(about, path)
    meta_types = _meta_types(about, path)
    # counted before they are named: a damaged layout may claim any number of columns
    if len(names) != len(meta_types) + layout.n_features or names != [
        *meta_types,
        *layout.feature_names,
    ]:
        raise _unusable(path, f"its {len(names)} columns are not those in its metadata")
    table = (_read_csv if is_csv else _read_parquet)(path, meta_types, layout)
    if table.num_rows != about.get("n_beats"):
        raise _unusable(
            path, f"it has {table.num_rows} rows, and {about.get('n_beats')} in its metadata"
        )

    data = np.empty((table.num_rows, layout.n_features), dtype=np.float32)
    for i in range(layout.n_features):
        data[:, i] = table.column(len(meta_types) + i).to_numpy()
    meta = table.select(range(len(meta_types))).to_pandas()
    target, groups = (meta.pop(name).to_numpy(dtype=str) for name in ("target", "group"))
    beats = make_beats(data, target, groups, meta, extractor, layout, skipped)
    beats.DESCR = descr
    return beats


def _check_path(path: str | os.PathLike[str], owner: str) -> Path:
    path = Path(path)
    if path.suffix.lower() not in (".parquet", ".csv"):
        raise ValueError(
            f"The 'path' parameter of {owner} must end in .parquet or .csv. Got '{path}' instead."
        )
    return path


def _json_path(path: Path) -> Path:
    return path.with_suffix(".json")


def _metadata(beats: Beats) -> dict[str, Spec]:
    """Return everything besides the rows, as JSON types."""
    from .. import __version__

    return {
        "format": _FORMAT,
        "schema": _SCHEMA,
        "version": __version__,
        "n_beats": len(beats.meta),
        "columns": _front(beats)[1],
        "layout": to_spec(beats.layout, path="layout"),
        "extractor": to_spec(beats.extractor),
        "skipped": beats.skipped.astype(object).values.tolist(),
        "DESCR": beats.DESCR,
    }


def _front(beats: Beats) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the columns before the features, and their types in a file."""
    meta = beats.meta
    if clash := {"target", "group", *beats.feature_names}.intersection(meta.columns):
        raise ValueError(
            "The meta of beats has columns with the names of target, group or features: "
            f"{', '.join(sorted(clash))}. Rename them to write the beats."
        )
    front = meta.assign(target=np.asarray(beats.target), group=np.asarray(beats.groups))
    types: dict[str, str] = {}
    for name, column in front.items():
        kind = "string" if pd.api.types.is_string_dtype(column.dtype) else str(column.dtype)
        if kind not in _TYPES:
            raise ValueError(
                f"The column {name!r} in the meta of beats must hold {', '.join(_TYPES)} to be "
                f"written. Got {column.dtype} instead."
            )
        types[str(name)] = kind
    return front, types


def _as_table(beats: Beats) -> "pa.Table":
    """Return all columns as a table."""
    import pyarrow as pa

    data = np.asarray(beats.data)
    if data.dtype != np.float32 or data.shape != (len(beats.meta), beats.layout.n_features):
        raise ValueError(
            f"The data of beats must be float32 of shape ({len(beats.meta)}, "
            f"{beats.layout.n_features}) to be written. Got {data.dtype} of {data.shape} instead."
        )
    front, types = _front(beats)
    arrays = [pa.array(front[name], type=_arrow(kind)) for name, kind in types.items()]
    arrays += [pa.array(np.ascontiguousarray(column)) for column in data.T]
    return pa.table(arrays, names=[*types, *beats.layout.feature_names])


def _arrow(kind: str) -> "pa.DataType":
    import pyarrow as pa

    return pa.type_for_alias(kind)


def _open_parquet(path: Path) -> tuple[list[str], dict[str, Spec]]:
    """Read the names of the columns and the metadata."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        schema = parquet.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise _unusable(path, f"it is not a Parquet file: {error}") from error
    if _KEY not in (schema.metadata or {}):
        raise _unusable(path, "its schema has no metadata 'skecg'")
    return schema.names, _parse(schema.metadata[_KEY], path)


def _read_parquet(path: Path, meta_types: dict[str, str], layout: BeatLayout) -> "pa.Table":
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise _unusable(path, f"it is damaged: {error}") from error
    types = [_arrow(kind) for kind in meta_types.values()] + [pa.float32()] * layout.n_features
    if table.schema.types != types:
        raise _unusable(path, "its columns have other types")
    return table


def _open_csv(path: Path) -> tuple[list[str], dict[str, Spec]]:
    """Read the names of the columns, and the metadata from ``NAME.json``."""
    if not _json_path(path).is_file():
        raise FileNotFoundError(
            f"There is no file '{_json_path(path)}'. write_beats wrote it together with "
            f"'{path}', which cannot be read without it: keep both files in one folder."
        )
    about = _parse(_json_path(path).read_bytes(), _json_path(path))
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return next(csv.reader(file), []), about
    except (ValueError, csv.Error) as error:
        raise _unusable(path, f"it is not a CSV file: {error}") from error


def _read_csv(path: Path, meta_types: dict[str, str], layout: BeatLayout) -> "pa.Table":
    import pyarrow as pa
    from pyarrow.csv import ConvertOptions, ParseOptions, read_csv

    types = {name: _arrow(kind) for name, kind in meta_types.items()}
    types |= dict.fromkeys(layout.feature_names, pa.float32())
    convert = ConvertOptions(column_types=types, null_values=[], strings_can_be_null=False)
    try:
        return read_csv(
            path,
            convert_options=convert,
            parse_options=ParseOptions(newlines_in_values=True),
        )
    except pa.ArrowException as error:
        raise _unusable(path, f"its rows cannot be read: {error}") from error


def _parse(text: bytes, path: Path) -> dict[str, Spec]:
    """Return the metadata in JSON text."""
    try:
        about = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unusable(path, f"its metadata are not JSON: {error}") from error
    if not isinstance(about, dict) or about.get("format") != _FORMAT:
        raise _unusable(path, f"the 'format' in its metadata is not {_FORMAT!r}")
    if about.get("schema") != _SCHEMA:
        raise ValueError(
            f"'{path}' has schema {about.get('schema')!r} of write_beats, and this version of "
            f"skecg reads schema {_SCHEMA}. It was written by skecg {about.get('version')}."
        )
    return about


def _rebuild(
    about: dict[str, Spec], path: Path
) -> tuple[BeatLayout, BeatExtractor, pd.DataFrame, str]:
    """Return layout, extractor, skipped and DESCR from the metadata."""
    try:
        layout, extractor = from_spec(about["layout"]), from_spec(about["extractor"])
        skipped, descr = skipped_table(about["skipped"]), about["DESCR"]
        if type(layout) is not BeatLayout or type(extractor) is not BeatExtractor:
            raise ValueError("layout and extractor are of other classes")
        if not isinstance(descr, str):
            raise ValueError("DESCR is not a text")
        extractor._check()
        if extractor.fs is None:
            raise ValueError("the extractor has no 'fs'")
    except KeyError as error:
        raise _unusable(path, f"its metadata lack {error}") from error
    except (TypeError, ValueError, OverflowError) as error:
        raise _unusable(path, f"its metadata are invalid: {error}") from error
    return layout, extractor, skipped, descr


def _meta_types(about: dict[str, Spec], path: Path) -> dict[str, str]:
    """Return names and types of the columns before the features."""
    types = about.get("columns")
    needed = {"target": "string", "group": "string", **_REQUIRED_META}
    if (
        not isinstance(types, dict)
        or not all(kind in _TYPES for kind in types.values())
        or any(types.get(name) != kind for name, kind in needed.items())
    ):
        raise _unusable(path, f"its metadata have the columns {types!r:.200}")
    return types


def _unusable(path: Path, problem: str) -> ValueError:
    return ValueError(
        f"'{path}' is not a file of write_beats, or damaged: {problem.removesuffix('.')}."
    )
