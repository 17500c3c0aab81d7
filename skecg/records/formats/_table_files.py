"""Open tables and arrays, and read their columns."""

import csv
import datetime
import math
import re
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ...utils import printable, shorten
from .._errors import RecordError
from ._format import too_long
from ._leads import unit_reason
from ._table_columns import Column, columns_of
from ._table_times import HIGHEST, LOWEST, Times, judge_times, to_seconds
from ._units import units_per_millivolt

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Table", "open_table", "read_layout"]

_MOST_DEFLATED = 1032  # bytes that one byte of an archive can stand for
_HEAD = 2**16  # bytes in which the first lines are looked for
_RATE_NAME = r"#\s*(?:fs|sampling[ _]?(?:rate|frequency)|sample[ _]?rate)\s*(?:\(hz\))?\s*[:=]"
_RATE = re.compile(
    _RATE_NAME + r"\s*((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(?:hz)?\s*$",
    re.IGNORECASE | re.ASCII,
)
_LIKE_A_RATE = re.compile(_RATE_NAME, re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_MOST_LEADS = 16  # of an array without names; wider ones are rows of features
_LONGEST = 20  # times the rows, of a table with a counter; more is not one of samples
# errors of NumPy, pandas and pyarrow about the bytes of a file
_DAMAGED: tuple[type[Exception], ...] = (
    ValueError, OSError, LookupError, TypeError, AttributeError, EOFError, SyntaxError,
    ArithmeticError, RuntimeError, MemoryError, struct.error,
    zipfile.BadZipFile, zlib.error, tokenize.TokenError,
)  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A table with its columns; ``load(keys)`` reads some of them as a frame.

    ``rate`` is the sampling frequency that the file gives, ``unread_rate`` a line in place of it
    that is not of its form, and ``arrays`` those of an archive.
    """

    file: Path
    columns: list[Column]
    load: Callable[[list[str]], "pd.DataFrame"]
    rate: float | None = None
    comments: list[str] = field(default_factory=list)
    arrays: Mapping[str, Callable[[], NDArray[Any]]] = field(default_factory=dict)
    unread_rate: str = ""

    @property
    def leads(self) -> list[Column]:
        """Columns that can be read as leads."""
        return [one for one in self.columns if one.kind == "lead"]

    def _load(self, keys: list[str]) -> "pd.DataFrame":
        """Read columns, or raise an error about the file."""
        try:
            return self.load(keys)
        except RecordError:
            raise
        except _DAMAGED as error:
            self.fail(_about(error))

    @cached_property
    def _time_column(self) -> Column | None:
        times = [one for one in self.columns if one.kind == "time"]
        return next(
            (one for one in times if one.name.lower() != "date"), times[0] if times else None
        )

    @cached_property
    def _seconds(self) -> tuple[NDArray[np.float64], datetime.datetime | None]:
        """The times of the rows in seconds, and the moment of the first if it is a date."""
        column = self._time_column
        assert column is not None
        series = self._load([column.key])[column.key]
        if len(series) < 2:
            self.fail(f"it must have two rows or more. Got {len(series)}")
        try:
            return to_seconds(series, column.unit)
        except (ValueError, TypeError, AttributeError) as error:
            reason = str(error).partition(". You might")[0].partition("\n")[0]
            self.fail(f"column '{column.key}' must have times: {reason}")

    @property
    def start(self) -> datetime.datetime | None:
        """The moment of the first row."""
        return None if self._time_column is None else self._seconds[1]

    def times(self, fs: float | None) -> Times:
        """Return rate and places of the rows; ``fs`` is the rate that the caller gives."""
        if self._time_column is None:
            return self._counted(fs)
        has_unit = bool(self._time_column.unit) or self.start is not None
        seconds = self._seconds[0]
        try:
            found = judge_times(seconds, has_unit)
        except ValueError as error:
            self.fail(str(error))
        if too_long(int(found.place[-1]), len(found.place)):
            self.fail(
                f"its times must be those of one recording. Got {len(found.place)} rows at "
                f"{found.fs:g} Hz over {seconds[-1] - seconds[0]:g} s"
            )
        for rate, owner, advice in (
            (fs, "'fs'", "Pass the one that is right, or none"),
            (self.rate, "the file itself", "Correct the one that is wrong"),
        ):
            if rate is not None and abs(rate / found.fs - 1) > max(0.01, found.error):
                self.fail(
                    f"its column '{self._time_column.key}' gives {found.fs:g} Hz, and {owner} "
                    f"{float(rate):g} Hz. {advice}"
                )
        return found if fs is None else found._replace(fs=float(fs))

    def _counted(self, fs: float | None) -> Times:
        """Return the rate that the file or the caller gives, and places by a counter."""
        if fs is not None and self.rate is not None and abs(fs / self.rate - 1) > 1e-6:
            self.fail(f"it gives {self.rate:g} Hz, and 'fs' {float(fs):g} Hz")
        rate = fs if fs is not None else self.rate
        if rate is None:
            # no rate makes a page of HTML a recording
            if not len(self.read(self.leads[:1], 0, None)[0]):
                self.fail("it must have at least one row. Got none")
            given = f"no sampling frequency, but {self.unread_rate!r}"
            self.fail(
                f"it gives {given if self.unread_rate else 'no sampling frequency'}. Pass it: "
                "read_record(path, fs=360); or add a column 'time (s)', or to text a first line "
                "'# fs: 360'"
            )
        if not LOWEST <= rate <= HIGHEST:
            self.fail(f"its sampling frequency must be that of an ECG. Got {float(rate):g} Hz")
        counter = next((one for one in self.columns if one.kind == "counter"), None)
        column = counter or self.leads[0]
        values = self._load([column.key])[column.key]
        place = np.arange(len(values), dtype=np.int64)
        if not len(place):
            self.fail("it must have at least one row. Got none")
        if counter is None or values.dtype.kind not in "iu":
            return Times(float(rate), place, [])
        n_rows = len(place)
        counted = values.to_numpy(np.int64) - int(values.iloc[0])
        jumps = np.diff(counted)
        if (jumps == 1).all() or (jumps < 1).any() or counted[-1] > _LONGEST * n_rows:
            return Times(float(rate), place, [])
        n_gaps = int((jumps > 1).sum())
        return Times(
            float(rate),
            counted,
            [f"column '{counter.key}' has {n_gaps} gaps, read as NaN"],
        )

    def choose(self, leads: Sequence[str] | None) -> tuple[list[Column], dict[str, str]]:
        """Return the columns to read, and the others with the reasons."""
        if leads is not None:
            return [self._named(lead) for lead in leads], {}
        chosen = [one for one in self.leads if one.is_lead]
        excluded = {}
        if not chosen:
            chosen = [one for one in self.leads if not one.unit]
        for one in self.leads:
            if one in chosen:
                continue
            volts = units_per_millivolt(one.unit) is not None
            excluded[one.name] = (
                "its name is not that of an ECG"
                if volts or not one.unit
                else unit_reason(one.unit)
            )
        if not chosen:
            self.fail(f"it must have a lead in mV, uV or V. Got {excluded}")
        return chosen, excluded

    def _named(self, lead: str) -> Column:
        """Return a column by name, with or without its unit."""
        found = [one for one in self.leads if lead in (one.name, one.key)]
        if len(found) != 1:
            self.fail(
                f"its leads are {[one.name for one in self.leads]}. Got {lead!r}, which is "
                f"{'none' if not found else 'several'} of them"
            )
        if found[0].unit and units_per_millivolt(found[0].unit) is None:
            self.fail(f"lead '{lead}' must be in mV, uV or V. Got {found[0].unit!r}")
        return found[0]

    def read(
        self, columns: list[Column], first: int, last: int | None
    ) -> list[NDArray[np.float64]]:
        """Read rows of leads; empty cells are NaN."""
        frame = self._load([one.key for one in columns]).iloc[first:last]
        values = []
        for one in columns:
            series = frame[one.key]
            if series.dtype.kind not in "iuf":  # Python takes more for numbers, such as "1_000"
                self._check_cells(one, series)
            try:
                values.append(series.to_numpy(np.float64, na_value=np.nan))
            except (ValueError, TypeError) as error:
                self.fail(f"column '{one.key}' must have numbers. {error}")
        return values

    def _check_cells(self, column: Column, series: "pd.Series") -> None:
        """Raise unless all cells of a lead are numbers or empty."""
        cells = [] if series.dtype.kind == "b" else series.dropna().astype(str).tolist()
        wrong = [
            cell
            for cell in cells
            if not _NUMBER.fullmatch(cell.strip()) and cell.strip().lower() != "nan"
        ]
        if wrong or series.dtype.kind == "b":
            self.fail(
                f"column '{column.key}' must have numbers, and empty cells where samples are "
                f"missing. Got {wrong[:3] or 'only true and false'}"
            )

    def read_array(self, name: str) -> NDArray[Any]:
        """Read an array of an archive, or raise an error about the file."""
        try:
            return self.arrays[name]()
        except _DAMAGED as error:
            self.fail(_about(error))

    def fail(self, text: str) -> NoReturn:
        """Raise an error about the file."""
        raise RecordError(
            f"Record '{self.file.with_suffix('').name}': '{self.file}' cannot be read in the "
            f"format of a recording: {text}."
        )


def open_table(file: Path) -> Table:
    """Open a table and judge its columns; no more than the first lines are read."""
    opener = _OPENERS[file.suffix.lower()]
    if not file.stat().st_size:
        Table(file, [], _nothing).fail("it is empty")
    try:
        return opener(file)
    except (RecordError, FileNotFoundError, PermissionError):
        raise
    except _DAMAGED as error:
        Table(file, [], _nothing).fail(_about(error))


def _about(error: Exception) -> str:
    """Write the error of a library about a file."""
    text = " ".join(str(error).split()) or type(error).__name__
    return f"{shorten(text, 500)}: it is damaged"


def _nothing(keys: list[str]) -> "pd.DataFrame":
    raise AssertionError("a table that cannot be opened is not read")


# -- text


def _open_text(file: Path) -> Table:
    """Open CSV or TSV: comments (#), a line of names, perhaps a line of units, then numbers."""
    with open(file, "rb") as stream:
        raw = stream.read(_HEAD)
    try:
        encoding = _encoding(raw)
        text = raw.decode(encoding, "strict" if encoding == "utf-8-sig" else "ignore")
    except UnicodeDecodeError as error:
        # a character that is cut in two at the end of the part is no error
        cut = error.start > len(raw) - 4
        encoding = "utf-8-sig" if cut else "latin-1"
        text = raw.decode(encoding, "ignore")
    lines = text.splitlines()
    skip = next((i for i, one in enumerate(lines) if _is_header(one)), len(lines))
    notes = [one for one in lines[:skip] if one.startswith("#")]
    rates = [float(match[1]) for one in notes if (match := _RATE.match(one))]
    unread = [one for one in notes if _LIKE_A_RATE.match(one) and not _RATE.match(one)]
    comments = [one.lstrip("# ").strip() for one in notes if not _RATE.match(one)]
    header = lines[skip] if skip < len(lines) else ""
    delimiter = "\t" if file.suffix.lower() == ".tsv" else _delimiter(header)
    keys, *rows = csv.reader(lines[skip : skip + 4], delimiter=delimiter) if header else [[""]]
    empty = Table(file, [], _nothing)
    if keys[1:] and keys == ["", *map(str, range(len(keys) - 1))]:  # of a frame without names
        keys = ["", *(f"lead{i}" for i in range(len(keys) - 1))]
    if not header.strip() or any(_is_number(key) for key in keys) or len(set(keys)) < len(keys):
        empty.fail(
            f"its first line must name the columns, each once, such as time,II,V5. Got "
            f"{header[:60]!r}"
        )
    units = rows[0] if rows and len(rows[0]) == len(keys) and _are_units(rows[0]) else None
    if units is not None:
        units = [one.strip().strip("'\"()[] ") for one in units]
        rows = rows[1:]
    if len(set(rates)) > 1:
        empty.fail(
            f"it must give one sampling frequency. Got {', '.join(map('{:g} Hz'.format, rates))}"
        )
    load = partial(
        _load_text,
        file,
        sep=delimiter,
        names=keys,
        skiprows=skip + (1 if units is None else 2),
        decimal="," if rows and _has_commas(rows[0]) else ".",
        encoding=encoding,
    )
    return Table(
        file,
        columns_of(keys, units),
        load,
        rates[0] if rates else None,
        [*filter(None, comments)],
        unread_rate=unread[0] if unread else "",
    )


def read_layout(file: Path) -> tuple[list[str], dict[str, Any]]:
    """Return the names of the columns of a text table, and how pandas reads it."""
    with open(file, "rb") as stream:
        raw = stream.read(_HEAD)
    encoding = _encoding(raw)
    header = next(iter(raw.decode(encoding, "ignore").splitlines()), "")
    sep = max(",;\t", key=header.count)
    return next(csv.reader([header], delimiter=sep), []), {"sep": sep, "encoding": encoding}


def _encoding(raw: bytes) -> str:
    """Return the encoding of a text by its first two bytes."""
    return "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _load_text(file: Path, keys: list[str], **options: Any) -> "pd.DataFrame":
    """Read columns of a text file."""
    import pandas as pd

    try:
        with warnings.catch_warnings():
            # rows with more cells than there are names
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                file, header=None, index_col=False, skipinitialspace=True, low_memory=False,
                **options,
            )  # fmt: skip
    except (ValueError, OSError, pd.errors.ParserWarning) as error:
        Table(file, [], _nothing).fail(str(error).strip())
    return frame[keys]


def _is_header(line: str) -> bool:
    """Tell whether a line is the first one that is neither empty nor a comment."""
    return bool(line.strip()) and not line.startswith("#")


def _delimiter(header: str) -> str:
    """Return the character between the names of columns."""
    return next((one for one in (";", ",", "\t") if one in header), ",")


def _is_number(text: str) -> bool:
    """Tell whether a cell is a number."""
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _are_units(row: list[str]) -> bool:
    """Tell whether the line below the names is one of units."""
    cells = [one.strip().strip("'\"()[] ") for one in row]
    return not any(map(_is_number, cells)) and any(
        units_per_millivolt(one) is not None for one in cells
    )


def _has_commas(row: list[str]) -> bool:
    """Tell whether numbers have decimal commas; "1,000" between commas may be a thousand."""
    with_comma = [one.strip() for one in row if "," in one]
    return bool(with_comma) and not any("." in one for one in row)


# -- Parquet and NumPy


def _open_parquet(file: Path) -> Table:
    """Open a Parquet file; its rate may be in the metadata of its schema or in ``df.attrs``."""
    import json

    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    _check_parquet(file)
    schema = pq.read_schema(file)
    names = [one for one in schema.names if not one.startswith("__index_level_")]
    columns = columns_of(names)
    kinds = {name: schema.field(name).type for name in names}
    columns = [
        replace(one, kind="counter")
        if one.kind == "lead"
        and not (pa.types.is_floating(kinds[one.key]) or pa.types.is_integer(kinds[one.key]))
        else one
        for one in columns
    ]
    metadata = schema.metadata or {}
    rate = metadata.get(b"fs") or json.loads(metadata.get(b"PANDAS_ATTRS", b"{}")).get("fs")
    rate = None if rate is None else _as_rate(file, rate)

    def load(keys: list[str]) -> pd.DataFrame:
        return pq.read_table(file, columns=keys).to_pandas(ignore_metadata=True)

    return Table(file, columns, load, rate)


def _as_rate(file: Path, value: object) -> float:
    """Return the sampling frequency that a file gives, or raise unless it is one number."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    if not _NUMBER.fullmatch(text.strip()):
        shown = shorten(text, 60)
        Table(file, [], _nothing).fail(f"its sampling frequency must be a number. Got {shown!r}")
    return float(text)


def _check_parquet(file: Path) -> None:
    """Raise if a file promises far more rows than its bytes can be those of a signal."""
    import pyarrow.parquet as pq

    facts = pq.read_metadata(file)
    n_cells = facts.num_rows * facts.num_columns
    if facts.num_rows < 0 or too_long(n_cells, 50 * file.stat().st_size):
        Table(file, [], _nothing).fail(
            f"it must have as many rows as its bytes hold. Got {facts.num_rows} rows of "
            f"{facts.num_columns} columns in {file.stat().st_size} bytes"
        )


def _open_npz(file: Path) -> Table:
    """Open an archive with signal, fs, and perhaps lead_names, units, sample and symbol."""
    with zipfile.ZipFile(file) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()]
        for member in archive.infolist():
            _check_member(file, archive, member)
    arrays = {name: partial(_read_array, file, name) for name in names}
    if "signal" not in arrays:
        Table(file, [], _nothing).fail(f"it must have an array 'signal'. Got {names}")
    lead_names = arrays["lead_names"]().ravel().tolist() if "lead_names" in arrays else None
    units = arrays["units"]().ravel().tolist() if "units" in arrays else None
    rate = None
    if "fs" in arrays:
        rate = _as_rate(file, arrays["fs"]().tolist())
    return _of_array(file, arrays["signal"], lead_names, units, rate, arrays)


def _check_member(file: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Raise if an array of an archive promises more than its bytes hold, before it is made."""
    version: tuple[int, int]
    if not member.filename.endswith(".npy"):
        return
    with archive.open(member) as stream:
        version = np.lib.format.read_magic(stream)
        read = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read(stream)
    n_bytes = math.prod(shape) * dtype.itemsize
    # deflate makes a byte of at most 1,032
    if n_bytes > min(member.file_size, _MOST_DEFLATED * member.compress_size):
        Table(file, [], _nothing).fail(
            f"its array '{member.filename}' of shape {shape} must have {n_bytes} bytes. Got "
            f"{member.compress_size} compressed ones"
        )


def _open_npy(file: Path) -> Table:
    """Open an array of shape (n_samples, n_leads) or (n_samples,)."""

    def read() -> NDArray[Any]:
        array: NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False)
        return array

    return _of_array(file, read, None, None, None, {})


def _of_array(
    file: Path,
    read: Callable[[], NDArray[Any]],
    names: list[str] | None,
    units: list[str] | None,
    rate: float | None,
    arrays: Mapping[str, Callable[[], NDArray[Any]]],
) -> Table:
    """Return an array as a table of its columns."""
    array = read()
    empty = Table(file, [], _nothing)
    wide = array.ndim == 2 and array.shape[1] > min(array.shape[0], _MOST_LEADS)
    if array.ndim not in (1, 2) or array.dtype.kind not in "fiu" or not array.size or wide:
        empty.fail(
            f"the signal must be numbers of shape (n_samples, n_leads), up to {_MOST_LEADS} "
            f"leads, or (n_samples,). Got {array.dtype} of shape {array.shape}"
        )
    n_leads = 1 if array.ndim == 1 else array.shape[1]
    keys = [f"lead{i}" for i in range(n_leads)] if names is None else [str(one) for one in names]
    units = [""] * n_leads if units is None else [str(one) for one in units]
    units = units * n_leads if len(units) == 1 else units
    if len(keys) != n_leads or len(units) != n_leads or len(set(keys)) < n_leads:
        empty.fail(f"each of {n_leads} leads must have a name of its own and a unit. Got {keys}")

    def load(wanted: list[str]) -> "pd.DataFrame":
        import pandas as pd

        signal = read()
        table = signal[:, np.newaxis] if signal.ndim == 1 else signal
        return pd.DataFrame({key: table[:, keys.index(key)] for key in wanted})

    columns = [
        Column(key, printable(key), unit, "lead") for key, unit in zip(keys, units, strict=True)
    ]
    return Table(file, columns, load, rate, [], arrays)


def _read_array(file: Path, name: str) -> NDArray[Any]:
    """Read one array of an archive."""
    with np.load(file, allow_pickle=False) as archive:
        array: NDArray[Any] = archive[name]
        return array


_OPENERS: Mapping[str, Callable[[Path], Table]] = {
    ".csv": _open_text,
    ".tsv": _open_text,
    ".parquet": _open_parquet,
    ".npz": _open_npz,
    ".npy": _open_npy,
}
