"""Read the beats that a person has reviewed: lists, edited tables, edited WFDB annotations."""

import csv
import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from ..records._annotations import at_rate
from ..records.formats import read_annotations
from ..records.formats._files import RESULTS_MARK
from ..tables import AAMI_ORDER, BEAT_SYMBOLS, CLASS_MAPS
from ..utils import count, from_cell, listed, printable
from ._merge import DELETED, Changes, changes_between
from ._names import TABLE
from ._sealed import edited_files, read_seal

__all__ = ["Corrections", "read_corrections"]

_CORRECTED = "corrected"
_CLASS = ("symbol", "class")
_TIME = ("time", "time_s", "seconds")
_DELETE_MARKS = frozenset(("-", "x", "delete", "deleted", "none", "no beat"))
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{2}(?:\.\d*)?)")
_TABLES = (".csv", ".tsv")
_FARTHEST, _LONGEST = 2**53, 1e10  # samples, and seconds


@dataclass(frozen=True, eq=False)
class _Review:
    """Beats of one recording in one file.

    ``sample`` counts at ``fs``; None is the rate of the recording. Where only times are known it
    is NaN. ``whole`` is true if these are all beats of the recording.
    """

    file: Path
    sample: NDArray[np.float64]
    seconds: NDArray[np.float64]
    symbol: NDArray[np.str_]
    fs: float | None = None
    whole: bool = False

    @property
    def digest(self) -> str:
        """The SHA-256 of the contents."""
        digest = hashlib.sha256(f"{self.fs} {self.whole} {''.join(self.symbol)}".encode())
        digest.update(self.sample.tobytes())
        digest.update(self.seconds.tobytes())
        return digest.hexdigest()

    def at(self, fs: float) -> NDArray[np.int64]:
        """Return the positions at the rate of the recording."""
        if self.fs is not None:
            return at_rate(self.sample.astype(np.int64), self.fs, fs)
        from_time = np.floor(self.seconds * fs + 0.5)
        return np.where(np.isnan(self.sample), from_time, self.sample).astype(np.int64)


@dataclass(frozen=True, eq=False, repr=False)
class Corrections:
    """Beats that a person has reviewed, by recording; made by `read_corrections`.

    Attributes
    ----------
    reviews : dict of str to list
        The reviewed beats of each file, by the name of the recording.
    notes : tuple of str
        Entries that were read and are not used: rows without a class, annotations that are not
        beats.

    See Also
    --------
    read_corrections : Read them.
    annotate : Merge them into the found beats.
    """

    reviews: Mapping[str, list[_Review]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return sum(len(one.symbol) for found in self.reviews.values() for one in found)

    def __repr__(self) -> str:
        return (
            f"Corrections({count(len(self), 'beat')} of {count(len(self.reviews), 'recording')})"
        )

    def changes(self, fs: float, before: tuple[NDArray[np.int64], NDArray[np.str_]]) -> Changes:
        """Return the changes, which must be of one recording.

        Parameters
        ----------
        fs : float
            Its sampling frequency in Hz.
        before : tuple of ndarray
            Positions and classes of its beats before they were edited.
        """
        changes = Changes.of([], [])
        for review in self.all():
            sample, symbol = review.at(fs), review.symbol
            if review.whole:
                changes = changes.updated(changes_between(before, (sample, symbol)), fs)
            else:
                changes = changes.updated(Changes.of(sample, symbol.tolist()), fs)
        return changes

    def all(self) -> list[_Review]:
        """Return all reviews."""
        return [one for found in self.reviews.values() for one in found]

    def of(self, names: Iterable[str]) -> "Corrections":
        """Return the corrections of a recording that is known by some names."""
        return Corrections({name: self.reviews[name] for name in names if name in self.reviews})


def read_corrections(
    path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
) -> Corrections:
    r"""Read the beats that a person has reviewed.

    Parameters
    ----------
    path : path-like or iterable of path-like
        Files, or folders of them, in any of these forms:

        - A list of beats: a CSV file with the columns ``record``, ``sample`` or ``time`` (seconds,
          or h:mm:ss) and ``corrected``, as the page of `annotate` offers it. Rows in which
          ``corrected`` is empty are not used. A class that is that of the model confirms it; a
          position without a beat adds one; ``-`` deletes the beat.
        - The table RECORD.csv of `annotate`, edited: with a new column ``corrected``, which is
          read as in a list; or changed in its column ``class``, with rows added or deleted.
        - The annotations RECORD.beats of `annotate`, edited in a viewer of WFDB files, or WFDB
          annotations with another ending, or an EDF+ file. They are all beats of the recording.

    Returns
    -------
    Corrections
        The reviewed beats by recording.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or no file of corrections in a folder.
    ValueError
        If a table has other columns, a position is no number, or a class is unknown. The error
        names file and line.

    See Also
    --------
    annotate : Merges them by ``corrections=``.

    Notes
    -----
    All beat symbols of WFDB are taken, by the class map "ec57": L and R are N, A is S. In tables
    small letters are n, s, v, f and q; in WFDB files they are WFDB's own, such as n, an escape
    beat.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skecg import read_corrections
    >>> file = Path(tempfile.mkdtemp()) / "reviewed.csv"
    >>> _ = file.write_text("record,time,corrected\n100,12.5,V\n100,13.2,-\n101,0:01:05,N\n")
    >>> read_corrections(file)
    Corrections(3 beats of 2 recordings)
    """
    paths = [path] if isinstance(path, str | os.PathLike) else list(path)
    reviews: dict[str, list[_Review]] = {}
    notes: list[str] = []
    for one in map(Path, paths):
        for file, name in _files_of(one, notes):
            for record, review in _read(file, name, notes):
                reviews.setdefault(record, []).append(review)
    return Corrections(reviews, tuple(notes))


def _files_of(path: Path, notes: list[str]) -> list[tuple[Path, str]]:
    """Return the files of corrections, each with the name of the recording that it suggests."""
    if path.is_file():
        return [(path, path.with_suffix("").name)]
    if not path.is_dir():
        raise FileNotFoundError(
            f"There are no corrections '{path}'. Name a CSV file, a file RECORD.beats, or a "
            "folder of them."
        )
    inside = [
        file
        for file in sorted(path.rglob("*"))
        if file.suffix in (".beats", *_TABLES)
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    ]
    if not inside:
        raise FileNotFoundError(
            f"There are no corrections in '{path}': no files *.csv, *.tsv or *.beats."
        )
    is_results = (path / RESULTS_MARK).is_file()
    files = [(file, file.relative_to(path).with_suffix("").as_posix()) for file in inside]
    if not is_results:
        return files
    edited = [one for one in files if _is_edited(path, *one)]
    if not edited:
        notes.append(f"'{path}': no file was edited since annotate wrote it")
    return edited


def _is_edited(folder: Path, file: Path, record: str) -> bool:
    """Tell whether a file in a folder of results is not as `annotate` wrote it."""
    if file == folder / TABLE:
        return False
    seal = read_seal(folder, record)
    return file.suffix not in seal.files or file in edited_files(folder, record, seal)


def _read(file: Path, name: str, notes: list[str]) -> list[tuple[str, _Review]]:
    """Read one file."""
    if file.suffix.lower() in _TABLES:
        return _read_table(file, name, notes)
    return [(name, _read_wfdb(file, notes))]


def _read_wfdb(file: Path, notes: list[str]) -> _Review:
    """Read all beats of WFDB annotations, or of an EDF+ file."""
    ending = file.suffix.lower()
    annotator = "atr" if ending in (".edf", ".bdf") else file.suffix[1:]
    stream = read_annotations(file.with_suffix(""), annotator)
    beats = np.isin(stream.symbol, list(BEAT_SYMBOLS))
    others = stream.symbol[~beats & (stream.symbol != "~")]
    if len(others):
        symbols, counts = np.unique(others, return_counts=True)
        text = ", ".join(f"{n} {s!r}" for s, n in zip(symbols.tolist(), counts, strict=True))
        notes.append(f"'{file}': annotations that are not beats are not merged: {text}")
    symbol = np.array([CLASS_MAPS["ec57"][one] for one in stream.symbol[beats].tolist()])
    sample = stream.sample[beats].astype(float)
    empty = np.full(len(sample), np.nan)
    return _Review(file, sample, empty, symbol.astype("<U1"), stream.fs or None, whole=True)


def _read_table(file: Path, name: str, notes: list[str]) -> list[tuple[str, _Review]]:
    """Read a list of beats, or the table of a recording."""
    text = file.read_text(encoding="utf-8-sig", errors="replace")
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
    except csv.Error as error:
        raise ValueError(
            f"'{file}' cannot be read as a table: {error}. Export it as CSV again."
        ) from error
    columns = (
        {from_cell(title).strip().lower(): i for i, title in enumerate(rows[0])} if rows else {}
    )
    at, time = columns.get("sample"), _first(columns, _TIME)
    classes = columns.get(_CORRECTED, _first(columns, _CLASS))
    if (at is None and time is None) or classes is None:
        raise ValueError(
            f"'{file}' must have a column 'sample' or 'time' and a column 'corrected' (or "
            f"'class'). Got {listed(columns) or 'no columns'}."
        )
    record, listed_only = columns.get("record"), _CORRECTED in columns
    found: dict[str, list[tuple[float, float, str]]] = {}
    for line, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = [from_cell(cell).strip() for cell in row] + [""] * len(rows[0])
        if not cells[classes] and listed_only:
            continue
        of = cells[record] if record is not None else name
        sample = _position(cells[at], file, line) if at is not None else np.nan
        seconds = _seconds(cells[time], file, line) if time is not None else np.nan
        if np.isnan(sample) and np.isnan(seconds):
            _refuse(file, line, "a position", "", "Fill in 'sample' or 'time'")
        found.setdefault(of, []).append((sample, seconds, _class(cells[classes], file, line)))
    whole = record is None and not listed_only
    if not found:
        if listed_only:
            none = f"no row has a class in the column '{_CORRECTED}'; it is not used"
        elif whole:
            none = "it has no beats, and none is deleted"
        else:
            none = "no row has a class in the column 'class'; it is not used"
        notes.append(f"'{file}': {none}")
    return [(of, _review(file, part, whole)) for of, part in found.items()]


def _review(file: Path, rows: list[tuple[float, float, str]], whole: bool) -> _Review:
    sample, seconds, symbol = zip(*rows, strict=True)
    return _Review(
        file, np.array(sample), np.array(seconds), np.array(symbol, dtype="<U1"), whole=whole
    )


def _first(columns: Mapping[str, int], names: Sequence[str]) -> int | None:
    return next((columns[name] for name in names if name in columns), None)


def _position(text: str, file: Path, line: int) -> float:
    """Parse a sample; NaN where it is empty."""
    if not text:
        return np.nan
    try:
        value = float(text)
    except ValueError:
        value = -0.5
    if not abs(value) < _FARTHEST or value != round(value):
        _refuse(file, line, "a sample, a whole number,", text, "Correct it")
    return value


def _seconds(text: str, file: Path, line: int) -> float:
    """Parse seconds, or hours, minutes and seconds; NaN where it is empty."""
    if not text:
        return np.nan
    if clock := _CLOCK.fullmatch(text):
        return 3600 * int(clock[1] or 0) + 60 * int(clock[2]) + float(clock[3])
    try:
        value = float(text)
    except ValueError:
        value = np.inf
    if not abs(value) < _LONGEST:
        _refuse(file, line, "seconds from the start, or h:mm:ss,", text, "Correct it")
    return value


def _class(text: str, file: Path, line: int) -> str:
    """Parse a class: any beat symbol, or a mark for no beat."""
    if text.lower() in _DELETE_MARKS:
        return DELETED
    # small letters are those that a person types: n is not WFDB's escape beat
    found = text.upper() if text.upper() in AAMI_ORDER else CLASS_MAPS["ec57"].get(text)
    if found is None:
        _refuse(file, line, "a class", text, "Write N, S, V, F or Q, or - for no beat")
    return found


def _refuse(file: Path, line: int, wanted: str, got: str, way_out: str) -> NoReturn:
    raise ValueError(
        f"'{file}', line {line}: {wanted} is needed. Got '{printable(got)}'. {way_out}."
    )
