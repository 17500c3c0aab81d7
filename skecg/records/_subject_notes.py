"""Note what names of records suggest about their subjects and nothing states."""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from .._databases import database_of
from ..tables import MITDB_RECORDS, SVDB_RECORDS, known_subject, subject_of
from ..utils import listed

__all__ = ["people_notes", "suspected_people"]

_FEWEST = 5  # records with names of a database that make a folder look like it

# A folder of one person, as "patient001", "Person_01", "p07".
_PERSON_FOLDER = re.compile(
    r"(patient|person|subject|subj|sub|pat|pt|proband|participant|volunteer|case|id|p|s)"
    r"[-_ ]?\d+",
    re.IGNORECASE,
)
# The part of a name before a running suffix, as in "p07_1", "p07_s02", "anna-rec3", "slp01a".
_STEM = re.compile(r"(?P<stem>.*\d)[a-z]|(?P<named>.+?)[-_. ]([a-z]{0,8}\d{1,3}|[a-z])", re.I)


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
    folders within it, or in one folder with names of one stem and a running suffix ("p07_1",
    "p07_2"). A stem without number counts if there is another stem ("anna_1", "anna_2",
    "bert_1"); else it only numbers the records ("rec_1", "rec_2").

    Examples
    --------
    >>> from skecg.records._subject_notes import suspected_people
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
