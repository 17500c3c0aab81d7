"""Recognize a published database by the folder of a record, and its people by names in it."""

import os
import re
from pathlib import PurePath

__all__ = ["database_of", "folder_parts", "person_in"]

# Folders that do not name the database: "mitdb/1.0.0/", as wget leaves them.
_VERSION_FOLDER = re.compile(r"v?\d+(\.\d+)+|")
_VERSION = re.compile(r"-v?\d+(\.\d+)+$")

#: Folder names of databases at https://physionet.org/content/SLUG/, in lower case, with ``-``
#: for ``_`` and spaces, and without version: the slug, or the name of the published zip.
_FOLDERS = {
    "mitdb": r"(x-)?mitdb|mit-?bih(-arrhythmia)?(-database|-db)?",
    "svdb": r"svdb|mit-?bih-supraventricular(-arrhythmia)?(-database|-db)?",
    "edb": r"edb|european-st-t(-database|-db)?",
    "nstdb": r"nstdb|mit-?bih-noise-stress-test(-database|-db)?",
    "qtdb": r"qtdb|qt-database",
    "afdb": r"afdb|mit-bih-atrial-fibrillation-database",
    "cudb": r"cudb|cu-ventricular-tachyarrhythmia-database",
    "ltdb": r"ltdb|mit-bih-long-term-ecg-database",
    "nsrdb": r"nsrdb|mit-bih-normal-sinus-rhythm-database",
    "sddb": r"sddb|sudden-cardiac-death-holter-database",
    "slpdb": r"slpdb|mit-bih-polysomnographic-database",
    "stdb": r"stdb|mit-bih-st-change-database",
    "vfdb": r"vfdb|mit-bih-malignant-ventricular-ectopy-database",
    "ltafdb": r"ltafdb|long-term-af-database",
    "ludb": r"ludb|lobachevsky-university-electrocardiography-database",
    "challenge-2014": r".*challenge-2014",
    "ecgiddb": r"ecgiddb|ecg-id(-database)?",
    "icentia11k": r"icentia11k(-continuous-ecg|-single-lead-continuous-raw-.*)?",
    "incartdb": r"incart(db)?|st-petersburg-incart-12-lead-arrhythmia-database",
    "ltstdb": r"ltstdb|long-term-st-database",
    "ptbdb": r"ptbdb|ptb-diagnostic-ecg-database",
    "ptb-xl": r"ptb-?xl(-a-large-publicly-available-.*)?",
    "wctecgdb": r"wctecgdb|wilson-central-terminal-ecg-database",
}
_NAMED = {database: re.compile(pattern) for database, pattern in _FOLDERS.items()}

#: Part of a record's name that is one person.
#:
#: - icentia11k: "p00000_s00" is segment 0 of patient 0,
#:   https://physionet.org/content/icentia11k-continuous-ecg/1.0/
#: - ltstdb: "sNxxxy" with N leads, patient xxx, record y of this patient; 86 records of 80 people,
#:   https://physionet.org/content/ltstdb/1.0.0/ (00README)
#: - slpdb: slp01a and slp01b, slp02a and slp02b are parts of one night each,
#:   https://physionet.org/content/slpdb/1.0.0/
#: - ptb-xl: one ECG at 100 Hz ("00001_lr") and 500 Hz ("00001_hr"); its table
#:   ptbxl_database.csv has the patients, https://physionet.org/content/ptb-xl/1.0.3/
_PERSON_IN_NAME = {
    "icentia11k": re.compile(r"(p\d{5})_s\d+"),
    "ltstdb": re.compile(r"(s[23]\d{3})\d"),
    "slpdb": re.compile(r"(slp\d\d)[ab]"),
    "ptb-xl": re.compile(r"(\d{5})_[lh]r"),
}

#: Folders that hold the records of one person each.
#: https://physionet.org/content/{icentia11k-continuous-ecg,ptbdb,ecgiddb,wctecgdb}/
_PERSON_FOLDER = {
    "icentia11k": re.compile(r"p\d{5}"),
    "ptbdb": re.compile(r"patient\d+"),
    "ecgiddb": re.compile(r"Person_\d+"),
    "wctecgdb": re.compile(r"patient\d+"),
}
# Folders within a database, of one person or of a range of records.
_INSIDE = re.compile(r"p\d{2}|p\d{5}|patient\d+|person-\d+|records\d+|\d{5}")


def folder_parts(folder: str | os.PathLike[str] | None) -> list[str]:
    """Return the names of a folder and those above it, outermost first, without versions.

    Examples
    --------
    >>> from skecg._databases import folder_parts
    >>> folder_parts("/data/mitdb/1.0.0"), folder_parts(None)
    (['data', 'mitdb'], [])
    """
    path = PurePath(folder or "")
    parts = path.parts[1:] if path.anchor else path.parts
    return [part for part in parts if not _VERSION_FOLDER.fullmatch(part)]


def database_of(folder: str | os.PathLike[str] | None) -> str | None:
    """Return the database that a folder names, or else the nearest folder above it.

    The folder itself may add words or a number to the name of the database ("mitdb-copy",
    "mitdb2"), and so may that which holds the folders of its people; those above must be named
    after it, so that a project folder does not count.

    Examples
    --------
    >>> from skecg._databases import database_of
    >>> database_of("mit-bih-arrhythmia-database-1.0.0/x_mitdb"), database_of("my-holters")
    ('mitdb', None)
    """
    parts = [_plain(part) for part in reversed(folder_parts(folder))]
    for part in parts:
        for database, pattern in _NAMED.items():
            if pattern.fullmatch(part):
                return database
    if not parts:
        return None
    own = next((part for part in parts if not _INSIDE.fullmatch(part)), parts[0])
    known = _NAMED if own == parts[0] else {**_PERSON_FOLDER, **_PERSON_IN_NAME}
    words = re.split(r"[^a-z0-9]+", own)
    words += [re.sub(r"\d+$", "", word) for word in words]
    named = [database for database in known if database in words]
    return named[0] if len(named) == 1 else None


def _plain(part: str) -> str:
    """Write a folder's name as `_FOLDERS` has it."""
    return _VERSION.sub("", re.sub(r"[_ ]+", "-", part.casefold()))


def person_in(
    database: str, record_name: str, folder: str | os.PathLike[str] | None
) -> str | None:
    """Return the person whom the name or folder of a record gives, or None.

    Examples
    --------
    >>> from skecg._databases import person_in
    >>> person_in("ltstdb", "s20272", "ltstdb"), person_in("ptbdb", "s0010_re", "ptbdb/patient001")
    ('s2027', 'patient001')
    """
    in_name = _PERSON_IN_NAME.get(database)
    if in_name and (found := in_name.fullmatch(record_name)):
        return found[1]
    of_person = _PERSON_FOLDER.get(database)
    if of_person:
        return next((p for p in reversed(folder_parts(folder)) if of_person.fullmatch(p)), None)
    return None
