"""Contents of a file of beats besides its rows: the columns of text, and metadata as JSON."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..beats import BeatExtractor
from ..beats._beats import TEXT_COLUMNS, Beats, make_beats, skipped_table
from ..layout import BeatLayout
from ..utils import blocks_of
from ._extractor import check_extractor
from ._spec import Spec, from_spec, to_spec

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "KEY",
    "About",
    "arrow_type",
    "check_finite_cells",
    "check_front",
    "checked_data",
    "extractor_spec",
    "front_table",
    "front_types",
    "metadata",
    "parse",
    "reading",
    "unusable",
]

KEY = b"skecg"  # of the metadata in a Parquet file
_FORMAT = "skecg-beats"
_SCHEMA = 1
_REQUIRED_META = dict.fromkeys(TEXT_COLUMNS, "string") | {
    "sample": "int64",
    "peak": "int64",
    "fs": "float64",
}
_TYPES = ("string", "int64", "float64", "bool")


class About(NamedTuple):
    """Everything besides the rows and the columns before them."""

    n_beats: int
    types: dict[str, str]  # of the columns before the features
    layout: BeatLayout
    extractor: BeatExtractor
    skipped: pd.DataFrame
    descr: str

    @property
    def names(self) -> list[str]:
        """Names of all columns."""
        return [*self.types, *self.layout.feature_names]

    def check_names(self, names: list[str], path: Path) -> None:
        """Raise unless a file has these columns."""
        # counted before they are named: a damaged layout may claim any number of columns
        if len(names) != len(self.types) + self.layout.n_features or names != self.names:
            raise unusable(path, f"its {len(names)} columns are not those in its metadata")

    def check_rows(self, n_rows: int, path: Path) -> None:
        """Raise unless a file has so many rows."""
        if n_rows != self.n_beats:
            raise unusable(path, f"it has {n_rows} rows, and {self.n_beats} in its metadata")

    def beats(self, data: NDArray[np.float32], front: "pa.Table") -> Beats:
        """Make the beats of rows and of the columns before them."""
        meta = front.to_pandas()
        target, groups = (meta.pop(name).to_numpy(dtype=str) for name in ("target", "group"))
        beats = make_beats(data, target, groups, meta, self.extractor, self.layout, self.skipped)
        beats.DESCR = self.descr
        return beats


def extractor_spec(extractor: BeatExtractor) -> Spec:
    """Describe an extractor, or raise if it cannot be written, or `read_beats` would refuse it."""
    spec = to_spec(extractor)
    try:
        check_extractor(extractor)
    except (TypeError, ValueError) as error:
        raise ValueError(f"The beats cannot be written: {error}.") from error
    return spec


def metadata(beats: Beats) -> str:
    """Return everything besides the rows, as JSON."""
    from .. import __version__

    about: dict[str, Spec] = {
        "format": _FORMAT,
        "schema": _SCHEMA,
        "version": __version__,
        "n_beats": len(beats.meta),
        "columns": front_types(beats),
        "layout": to_spec(beats.layout, path="layout"),
        "extractor": extractor_spec(beats.extractor),
        "skipped": beats.skipped.astype(object).values.tolist(),
        "DESCR": beats.DESCR,
    }
    return json.dumps(about, ensure_ascii=False)


def checked_data(beats: Beats) -> NDArray[np.float32]:
    """Return the rows, or raise if they would not come back equal."""
    data = np.asarray(beats.data)
    if data.dtype != np.float32 or data.shape != (len(beats.meta), beats.layout.n_features):
        raise ValueError(
            f"The data of beats must be float32 of shape ({len(beats.meta)}, "
            f"{beats.layout.n_features}) to be written. Got {data.dtype} of {data.shape} instead."
        )
    if (bad := _first_not_finite(data)) is not None:
        raise ValueError(
            f"The data of beats must be finite to be written. Got {data[bad]} in row {bad[0]}, "
            f"column {beats.layout.feature_names[bad[1]]!r}. Exclude such beats: "
            "beats[numpy.isfinite(beats.data).all(axis=1)]."
        )
    return data


def front_types(beats: Beats) -> dict[str, str]:
    """Return names and types of the columns before the features, or raise."""
    meta = beats.meta
    if clash := {"target", "group", *beats.feature_names}.intersection(meta.columns):
        raise ValueError(
            "The meta of beats has columns with the names of target, group or features: "
            f"{', '.join(sorted(clash))}. Rename them to write the beats."
        )
    types: dict[str, str] = {}
    for name, column in meta.items():
        kind = "string" if pd.api.types.is_string_dtype(column.dtype) else str(column.dtype)
        if kind not in _TYPES:
            raise ValueError(
                f"The column {name!r} in the meta of beats must hold {', '.join(_TYPES)} to be "
                f"written. Got {column.dtype} instead."
            )
        types[str(name)] = kind
    return types | {"target": "string", "group": "string"}


def front_table(beats: Beats, rows: slice = slice(None)) -> "pa.Table":
    """Return the columns before the features, of some rows."""
    import pyarrow as pa

    front = beats.meta.iloc[rows].assign(
        target=np.asarray(beats.target)[rows], group=np.asarray(beats.groups)[rows]
    )
    types = front_types(beats)
    arrays = [pa.array(front[name], type=arrow_type(kind)) for name, kind in types.items()]
    return pa.table(arrays, names=list(types))


def arrow_type(kind: str) -> "pa.DataType":
    """Return the type of a column in a file."""
    import pyarrow as pa

    return pa.type_for_alias(kind)


def parse(text: bytes, path: Path) -> About:
    """Return the metadata in JSON text, or raise."""
    try:
        about = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise unusable(path, f"its metadata are not JSON: {error}") from error
    if not isinstance(about, dict) or about.get("format") != _FORMAT:
        raise unusable(path, f"the 'format' in its metadata is not {_FORMAT!r}")
    if about.get("schema") != _SCHEMA:
        raise ValueError(
            f"'{path}' has schema {about.get('schema')!r:.40} of write_beats, and this version of "
            f"skecg reads schema {_SCHEMA}. It was written by skecg {about.get('version')!s:.40}."
        )
    layout, extractor, skipped, descr = _rebuild(about, path)
    n_beats = about.get("n_beats")
    if type(n_beats) is not int or n_beats < 0:
        raise unusable(path, f"the 'n_beats' in its metadata are {n_beats!r:.40}")
    return About(n_beats, _meta_types(about, path), layout, extractor, skipped, descr)


def _rebuild(
    about: dict[str, Spec], path: Path
) -> tuple[BeatLayout, BeatExtractor, pd.DataFrame, str]:
    """Return layout, extractor, skipped and DESCR from the metadata."""
    try:
        layout, extractor = from_spec(about["layout"]), from_spec(about["extractor"])
        skipped, descr = skipped_table(about["skipped"]), about["DESCR"]
        if type(layout) is not BeatLayout:
            raise ValueError(f"the layout is a {type(layout).__name__}")
        if not isinstance(descr, str):
            raise ValueError("DESCR is not a text")
        check_extractor(extractor)
    except KeyError as error:
        raise unusable(path, f"its metadata lack {error}") from error
    except (TypeError, ValueError, OverflowError, AttributeError, RecursionError) as error:
        raise unusable(path, f"its metadata are invalid: {error}") from error
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
        raise unusable(path, f"its metadata have the columns {types!r:.200}")
    return types


def check_front(front: "pa.Table", types: dict[str, str], path: Path, first: int = 0) -> None:
    """Raise unless the columns before the features are as `write_beats` writes them.

    ``first`` is the number of their first row in the file.
    """
    if front.schema.types != [arrow_type(kind) for kind in types.values()]:
        raise unusable(path, "its columns have other types")
    for name, column in zip(types, front.columns, strict=True):
        _check_text(column, name, path, first)
        if column.null_count:
            row = first + int(np.argmax(column.is_null().to_numpy()))
            raise unusable(path, f"row {row} of column {name!r} has no value")
        if name == "fs":
            bad = ~(np.isfinite(column.to_numpy()) & (column.to_numpy() > 0))
        elif name == "sample":
            bad = column.to_numpy() < 0
        else:
            continue
        if bad.any():
            row = int(np.argmax(bad))
            value = column[row].as_py()
            raise unusable(path, f"row {first + row} of column {name!r} is {value}")


def _check_text(column: "pa.ChunkedArray", name: str, path: Path, first: int) -> None:
    """Raise if a text is not UTF-8, with its row."""
    import pyarrow as pa

    try:
        column.validate(full=True)
    except pa.ArrowException as error:
        where = f"column {name!r}"
        if pa.types.is_string(column.type):
            for row, text in enumerate(column.cast(pa.binary())):
                try:
                    (text.as_py() or b"").decode()
                except UnicodeDecodeError:
                    where = f"row {first + row} of {where}"
                    break
        raise unusable(path, f"{where} is damaged: {error}") from error


def check_finite_cells(
    data: NDArray[np.float32], names: Iterable[str], path: Path, first: int = 0
) -> None:
    """Raise if a feature is not finite, with its row and column."""
    if (bad := _first_not_finite(data)) is not None:
        name = list(names)[bad[1]]
        raise unusable(path, f"row {first + bad[0]} of column {name!r} is {data[bad]}")


def _first_not_finite(data: NDArray[np.float32]) -> tuple[int, int] | None:
    """Return row and column of the first value that is not finite."""
    for block in blocks_of(data):
        finite = np.isfinite(data[block])
        if not finite.all():
            row, column = np.argwhere(~finite)[0].tolist()
            return block.start + row, column
    return None


@contextmanager
def reading(path: Path, problem: str) -> Iterator[None]:
    """Turn any error of reading damaged bytes into one that names the file."""
    try:
        yield
    except Exception as error:  # damaged bytes raise errors of many kinds
        raise unusable(path, f"{problem}: {str(error) or type(error).__name__}") from error


def unusable(path: Path, problem: str) -> ValueError:
    """Return the error for a file that is not one of `write_beats`."""
    return ValueError(
        f"'{path}' is not a file of write_beats, or damaged: {problem.removesuffix('.')}."
    )
