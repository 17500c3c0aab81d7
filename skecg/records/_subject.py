"""Decide who is recorded: by the header, by tables of databases, by a file of the user."""

import csv
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath

from .._databases import database_of
from ..tables import MITDB_RECORDS, SVDB_RECORDS, known_subject, subject_of
from ..utils import count, listed
from .formats._registry import locate

__all__ = [
    "assign_subjects",
    "find_subject",
    "folder_of",
    "people_notes",
    "read_subjects",
    "subject_from_origin",
    "suspected_people",
]

# Comments of headers that state from which record or of which person a record is: xform of the
# WFDB Software Package writes the first, record 202 of mitdb has the second (over two lines), and
# the St Petersburg INCART Database (https://physionet.org/content/incartdb/1.0.0/) the third.
_EXCERPT = re.compile(r"produced by xform from record\s+(?P<record>[^\s,]+)", re.IGNORECASE)
_TAPE = re.compile(r"from the same analog tape as record\s+(?P<record>\w+)", re.IGNORECASE)
_PATIENT = re.compile(r"\s*patient\s+(\d+)\s*", re.IGNORECASE)

_FEWEST = 5  # records with names of a database that make a folder look like it

# A folder of one person, as "patient001", "Person_01", "p07".
_PERSON_FOLDER = re.compile(
    r"(patient|person|subject|subj|sub|pat|pt|proband|participant|volunteer|case|id|p|s)"
    r"[-_ ]?\d+",
    re.IGNORECASE,
)
# The part of a name before a running suffix, as in "p07_1", "p07_s02", "anna-rec3", "slp01a".
_STEM = re.compile(r"(?P<stem>.*\d)[a-z]|(?P<named>.+?)[-_. ]([a-z]{0,8}\d{1,3}|[a-z])", re.I)


def folder_of(path: str | os.PathLike[str]) -> Path:
    """Return the folder of a record as a whole path, by which its database is looked up.

    Of a folder that links lead to, the name that the user sees counts if it names a database.
    """
    seen = Path(os.path.abspath(path)).parent
    return seen if database_of(seen) else Path(path).resolve().parent


def find_subject(name: str, comments: Iterable[str], folder: Path | None = None) -> str:
    """Find the subject of a record whose header has no comment of skecg about it."""
    return _find(name, comments, folder, frozenset())


def _find(name: str, comments: Iterable[str], folder: Path | None, seen: frozenset[Path]) -> str:
    lines = [comment.strip() for comment in comments]
    origin = _origin_in(lines)
    return (
        (origin and _subject_nearby(origin, name, folder, seen))
        or known_subject(name, folder)
        or subject_from_origin(lines, folder)
        or subject_of(name, folder)
    )


def subject_from_origin(comments: Iterable[str], folder: Path | None = None) -> str | None:
    """Return the subject that comments of a header give, or None.

    Parameters
    ----------
    comments : iterable of str
        Comments of the header.
    folder : pathlib.Path, default=None
        Folder of the record.

    Notes
    -----
    The record from which this one was made is looked up in the database of the folder, or by its
    name only: an excerpt in a folder of its own is of the published record of that name.

    Examples
    --------
    >>> from skecg.records._subject import subject_from_origin
    >>> subject_from_origin(["Produced by xform from record e0104, beginning at 1:35:00.000"])
    'edb:e0104'
    """
    lines = [comment.strip() for comment in comments]
    if origin := _origin_in(lines):
        return (
            known_subject(origin.name, folder)
            or known_subject(origin.name, origin.parent)
            or subject_of(origin.name, folder)
        )
    if patient := next(filter(None, map(_PATIENT.fullmatch, lines)), None):
        where = database_of(folder) or (folder.name if folder else "")
        return f"{where}:patient{patient[1]}" if where else None
    return None


def _origin_in(lines: Sequence[str]) -> PurePath | None:
    """Return the record of which the lines say that this one was made from it."""
    text = " ".join(lines)
    found = _EXCERPT.search(text) or _TAPE.search(text)
    origin = PurePath(found["record"].rstrip(".;")) if found else PurePath()
    return origin if origin.name else None


def _subject_nearby(
    origin: PurePath, name: str, folder: Path | None, seen: frozenset[Path]
) -> str | None:
    """Return the subject of an origin that is in the same folder or in the one above."""
    if folder is None:
        return None
    seen |= {folder / name}
    for path in (folder / origin, folder.parent / origin):
        if path in seen or (file_format := locate(path).format) is None:
            continue
        try:
            header = file_format.read_header(path)
        except (ValueError, OSError):
            return subject_of(path.name, path.parent)
        return header.subject or _find(path.name, header.comments, path.parent, seen)
    return None


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
        cells = dict(zip(columns, map(str.strip, row), strict=False))
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


def people_notes(records: Iterable[tuple[str, Path | None, str]]) -> list[str]:
    """Write what names of records suggest about their subjects and nothing states.

    Parameters
    ----------
    records : iterable of (str, Path or None, str)
        Name, folder and subject of each record; the folder is None if it is in memory.

    Returns
    -------
    list of str
        One sentence for each kind of finding.
    """
    unknown = [
        (name, folder, subject)
        for name, folder, subject in records
        if not known_subject(name, folder) and subject == subject_of(name, folder)
    ]
    notes = []
    if groups := suspected_people(unknown):
        shown = "; ".join(listed(group, 4) for group in groups[:3])
        more = f"; and {len(groups) - 3} more" if len(groups) > 3 else ""
        notes.append(
            f"Names suggest one person under several records ({shown}{more}), and each record is "
            f"a subject of its own: a split may test on people that it trains on. State who is "
            f"who by 'subjects'."
        )
    for folder, database, names in _unnamed_databases(unknown):
        notes.append(
            f"The {len(names)} records in '{folder}' ({listed(names, 4)}) have names of the "
            f"database {database}, which the folder does not name, so they are not taken for its "
            f"people. If they are, rename the folder to '{database}', or state who is who by "
            "'subjects'."
        )
    return notes


def suspected_people(records: Iterable[tuple[str, Path | None, str]]) -> list[list[str]]:
    """Group records whose names suggest one person, although their subjects differ.

    Notes
    -----
    Records suggest one person if they are in one folder named after a person ("patient07") or in
    folders within it, or in one folder with names of one stem and a running suffix ("p07_1", "p07_2"). A stem without
    number counts if there is another stem ("anna_1", "anna_2", "bert_1"); else it only numbers
    the records ("rec_1", "rec_2").

    Examples
    --------
    >>> from skecg.records._subject import suspected_people
    >>> suspected_people([(name, None, name) for name in ("p07_1", "p07_2", "p08_1")])
    [['p07_1', 'p07_2']]
    """
    groups: dict[tuple[Path | None, str], dict[str, str]] = defaultdict(dict)
    stems: dict[Path | None, set[str]] = defaultdict(set)
    for name, folder, subject in records:
        above = () if folder is None else (folder, folder.parent)
        person = next((p for p in above if _PERSON_FOLDER.fullmatch(p.name)), None)
        if person is not None and folder is not None:
            groups[person, ""][name if folder == person else f"{folder.name}/{name}"] = subject
        elif found := _STEM.fullmatch(name):
            stem = found["stem"] or found["named"]
            groups[folder, stem][name] = subject
            stems[folder].add(stem)
    return [
        list(group)
        for (folder, stem), group in groups.items()
        if len(set(group.values())) > 1
        and (not stem or len(stems[folder]) > 1 or any(c.isdigit() for c in stem))
    ]


def _unnamed_databases(
    records: Iterable[tuple[str, Path | None, str]],
) -> list[tuple[Path, str, list[str]]]:
    """Find folders whose records all have names of one database that the folder does not name."""
    names: dict[Path, list[str]] = defaultdict(list)
    for name, folder, _ in records:
        if folder is not None and database_of(folder) is None:
            names[folder].append(name)
    return [
        (folder, database, inside)
        for folder, inside in names.items()
        for database, known in (("mitdb", MITDB_RECORDS), ("svdb", SVDB_RECORDS))
        if len(inside) >= _FEWEST and set(inside) <= set(known)
    ]


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
