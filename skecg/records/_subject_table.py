"""Assign subjects to records by a table of the user."""

import csv
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath

from ..utils import count, from_cell, listed

__all__ = ["assign_subjects", "read_subjects"]


def read_subjects(file: str | os.PathLike[str]) -> dict[str, str]:
    """Read a table of records and their subjects.

    Parameters
    ----------
    file : path-like
        A text file with one record per line and columns separated by commas, semicolons or tabs.
        The first line names them; ``record`` and ``subject`` are read, others are ignored.

    Returns
    -------
    dict of str to str
        Subject of each record.

    Raises
    ------
    ValueError
        If the file cannot be read, lacks a column or a value, or gives a record two subjects.
    """
    try:
        text = Path(file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"'{file}' is not a text file in UTF-8.") from None
    except OSError as error:
        raise ValueError(f"cannot read the subjects in '{file}': {error.strerror}.") from None
    heading, *_ = text.splitlines() or [""]
    separator = max("\t;,", key=heading.count)
    rows = csv.reader(text.splitlines(), delimiter=separator)
    columns = [name.strip().casefold() for name in next(rows, [])]
    if missing := [name for name in ("record", "subject") if columns.count(name) != 1]:
        raise ValueError(
            f"'{file}' must have one column {' and one '.join(map(repr, missing))}, named in its "
            f"first line. Its first line is {heading!r}. It is a table such as\n"
            "record,subject\np07_1,p07\np07_2,p07"
        )
    subjects: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        # a table that skecg has written may be the source
        cells = dict(zip(columns, (from_cell(cell.strip()) for cell in row), strict=False))
        record, subject = cells.get("record", ""), cells.get("subject", "")
        if not (record and subject):
            raise ValueError(f"'{file}', line {number}: there is no record or no subject.")
        if subjects.setdefault(record, subject) != subject:
            raise ValueError(
                f"'{file}', line {number}: record {record!r} has two subjects, "
                f"{subjects[record]!r} and {subject!r}."
            )
    if not subjects:
        raise ValueError(f"'{file}' names no record below its first line.")
    return subjects


def assign_subjects(
    paths: Sequence[str | os.PathLike[str]],
    subjects: Mapping[str, str],
    source: str,
    *,
    needed: Iterable[str | os.PathLike[str]] | None = None,
) -> list[str | None]:
    """Return the subject of each record by a mapping from records to subjects.

    Parameters
    ----------
    paths : sequence of path-like
        The records, without ending; a record in memory by its name.
    subjects : mapping of str to str
        Subject by record: by its name, or by its path or the last parts of it ("p07/rec_1").
    source : str
        Parameter or file that has the subjects, for errors.
    needed : iterable of path-like, default=None
        The records that must have a subject; None is all. The others may lack one, which is None
        then.

    Raises
    ------
    ValueError
        If a record of the mapping is not among the paths, is several of them, or one of the paths
        has no subject.
    TypeError
        If the mapping is not one from strings to strings.
    """
    _check_subjects(subjects, source)
    exact = {os.fspath(path): i for i, path in enumerate(paths)}
    # by their last 1, 2, ... parts
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    parts = [PurePath(path).parts for path in paths]
    for i, names in enumerate(parts):
        for n in range(1, len(names) + 1):
            places[names[-n:]].append(i)
    assigned: list[str | None] = [None] * len(paths)
    length = [0] * len(paths)  # parts of the name that assigned it: the longest one counts
    unknown, several = [], []
    for record, subject in subjects.items():
        names = PurePath(record).parts
        found = [exact[record]] if record in exact else places.get(names, [])
        if not found:
            unknown.append(record)
        elif len(found) > 1:
            several.append((record, found))
        elif len(names) > length[found[0]]:
            assigned[found[0]], length[found[0]] = subject, len(names)
    if unknown:
        raise ValueError(
            f"{source} names {count(len(unknown), 'record')} that are not among the "
            f"{count(len(paths), 'record')}: {listed(unknown)}. A record is named as in "
            f"{os.fspath(paths[0])!r}: by its name, or with folders before it."
        )
    if several:
        record, found = several[0]
        raise ValueError(
            f"{source} names {record!r}, and there are {len(found)} such records: "
            f"{listed([os.fspath(paths[i]) for i in found[:3]])}. Write the folder in front of "
            f"the name, as in {'/'.join(parts[found[0]][-2:])}."
        )
    by_path = {os.fspath(path): who for path, who in zip(paths, assigned, strict=True)}
    wanted = [os.fspath(path) for path in (paths if needed is None else needed)]
    if without := [path for path in wanted if by_path[path] is None]:
        raise ValueError(
            f"{source} gives no subject of {count(len(without), 'record')}: "
            f"{listed('/'.join(PurePath(path).parts[-2:]) for path in without)}. Add a subject "
            "for each, or select the other records."
        )
    return assigned


def _check_subjects(subjects: object, source: str) -> None:
    """Raise unless subjects are a mapping from strings to strings that are not empty."""
    if not isinstance(subjects, Mapping):
        raise TypeError(
            f"{source} must be a mapping from record to subject. Got "
            f"{type(subjects).__name__} instead."
        )
    for record, subject in subjects.items():
        if not isinstance(record, str) or not isinstance(subject, str):
            raise TypeError(f"{source} must map strings to strings. Got {record!r}: {subject!r}.")
        if not record or not subject:
            raise ValueError(f"{source} must not hold empty names. Got {record!r}: {subject!r}.")
