"""Decide who is recorded, by the folder, the name and the header of a recording."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

from .._databases import database_of
from ..tables import known_subject, subject_of
from .formats._registry import locate

__all__ = ["find_subject", "folder_of", "subject_from_origin"]

# Comments of headers that state from which record or of which person a record is: xform of the
# WFDB Software Package writes the first, record 202 of mitdb has the second (over two lines),
# wfdb2mat writes the third, "Source: record mitdb/100"; and the St Petersburg INCART Database
# (https://physionet.org/content/incartdb/1.0.0/) numbers patients.
_ORIGIN = re.compile(
    r"(?:produced by xform from record|from the same analog tape as record|source:\s*record)\s+"
    r"(?P<record>[^\s,]+)",
    re.IGNORECASE,
)
# The first comment of mitdb: age, sex, number of the tape and of the recorder, speed.
_MITDB_LINE = re.compile(r"(\d+|-1) [MF] \d+ (\d+|N/A) x[12]")
_PATIENT = re.compile(r"\s*patient\s+(\d+)\s*", re.IGNORECASE)


def folder_of(path: str | os.PathLike[str]) -> Path:
    """Return the folder of a record as a whole path, by which its database is looked up.

    Of a folder that links lead to, the name that the user sees counts if it names a database.
    Links to the files of a record count as one to its folder, if they have its name.
    """
    seen = Path(os.path.abspath(path)).parent
    if database_of(seen):
        return seen
    location = locate(path)
    files = Path(location.identity)
    return files.parent if files.name == location.path.name else Path(path).resolve().parent


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
        or (_MITDB_LINE.fullmatch(next(iter(lines), "")) and known_subject(name, "mitdb"))
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
    found = _ORIGIN.search(text)
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
