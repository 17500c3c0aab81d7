"""Read the list of a database's files with their SHA-256 sums, and choose among the files."""

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from ..records import RecordError
from ..records._select import read_names
from ..records.formats._wfdb._header_text import parse_header_text
from ..tables import RECORD_SETS
from ..utils import count, listed

__all__ = [
    "SUMS_FILE",
    "choose_records",
    "files_named_by",
    "files_of",
    "parse_sums",
    "record_names",
    "without_ending",
]

SUMS_FILE = "SHA256SUMS.txt"

_LINE = re.compile(r"(?P<sha256>[0-9a-fA-F]{64}) [ *](?P<name>.+)")
_OWN = (".part", ".lock")  # of skecg, in the folder of the database
# of Windows, with any ending
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def parse_sums(text: str) -> dict[str, str]:
    """Return the SHA-256 sums of files by name, as ``sha256sum`` writes them.

    Raises
    ------
    ValueError
        If a line is not of that form, or a name would lead out of the folder of the database.

    Examples
    --------
    >>> from skecg.datasets._fetch_sums import parse_sums
    >>> parse_sums(f"{64 * '0'}  ../../.bashrc")
    Traceback (most recent call last):
    ValueError: line 1 names '../../.bashrc', which is not a file in the folder of the database
    """
    sums: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line.rstrip())
        if found is None:
            raise ValueError(f"line {number} is not a SHA-256 sum and a name: {line[:60]!r}")
        name = found["name"].removeprefix("./")
        if not _is_inside(name):
            raise ValueError(
                f"line {number} names {name!r}, which is not a file in the folder of the database"
            )
        sums[name] = found["sha256"].lower()
    sums.pop(SUMS_FILE, None)
    if not sums:
        raise ValueError("it names no file")
    return sums


def _is_inside(name: str) -> bool:
    """Tell whether a name is a file below a folder, on any system."""
    parts = name.split("/")
    return (
        name.isprintable()
        and parts[0] not in _OWN
        and not any(
            part in ("", ".", "..")
            or part[-1] in ". "
            or any(c in part for c in '\\:<>|"?*')
            or _DEVICE.fullmatch(part)
            for part in parts
        )
    )


def record_names(
    slug: str, records: str | os.PathLike[str] | Sequence[str] | None
) -> list[str] | None:
    """Return the names of the records to fetch; None is all."""
    if records is None:
        return None
    if isinstance(records, str | os.PathLike):
        text = os.fspath(records)
        sets = {name.casefold(): name for name in RECORD_SETS}
        if found := sets.get(text.casefold()):
            if found.partition(":")[0] != slug:
                raise ValueError(f"'{found}' names records of another database than '{slug}'.")
            return list(RECORD_SETS[found])
        is_file = isinstance(records, os.PathLike) or Path(text).is_file()
        names = read_names(Path(text)) if is_file else [text]
    else:
        names = list(records) if isinstance(records, Iterable) else []
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ValueError(
            "The 'records' parameter must be names of records, the file or the set of them, "
            f"or None. Got {records!r} instead."
        )
    return [name.removeprefix(f"{slug}/") for name in names]


def choose_records(
    names: Iterable[str], sums: Collection[str], excluded: Collection[str]
) -> list[str]:
    """Return the records of these names as paths without ending, each "100" or "x_mitdb/x_108"."""
    known = [name.removesuffix(".hea") for name in sums if name.endswith(".hea")]
    chosen, unknown = [], []
    for name in names:
        parts = PurePosixPath(name.replace(os.sep, "/")).parts
        found = [path for path in known if PurePosixPath(path).parts[-len(parts) :] == parts]
        if len(found) > 1:
            found = [path for path in found if path.partition("/")[0] not in excluded] or found
        if len(found) > 1:
            raise ValueError(
                f"{name!r} is the name of {count(len(found), 'record')}: {listed(found, 3)}. "
                "Write the folder in front of the name."
            )
        chosen += found
        unknown += [name] * (not found)
    if unknown:
        raise ValueError(
            f"The database has no record {listed(unknown)}. It has {count(len(known), 'record')}, "
            f"such as {listed(known, 5)}."
        )
    return list(dict.fromkeys(chosen))


def files_of(records: Iterable[str], sums: Collection[str]) -> set[str]:
    """Return the files that have the name of a record, whatever their ending."""
    wanted = set(records)
    return {name for name in sums if without_ending(name) in wanted}


def without_ending(name: str) -> str:
    """Return a path without the endings of the file, which begin at its first dot."""
    folder, slash, file = name.rpartition("/")
    return f"{folder}{slash}{file.partition('.')[0]}"


def files_named_by(folder: Path, headers: Iterable[str], sums: Mapping[str, str]) -> set[str]:
    """Return the files that headers name: signal files, and all files of segments."""
    found: set[str] = set()
    for name in headers:
        path = folder / name
        try:
            header = parse_header_text(path.read_bytes(), path.stem, str(path))
        except (RecordError, OSError):
            continue  # reading the record says what is wrong with it
        place = name.rpartition("/")[0]
        inside = f"{place}/" if place else ""
        found |= {f"{inside}{signal.file}" for signal in header.signals}
        segments = [f"{inside}{segment.name}" for segment in header.segments or ()]
        found |= files_of(segments, sums)
    return found & set(sums)
