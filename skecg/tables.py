"""Annotation symbols, classes of beats, subjects and published splits, each with its source.

The tables are plain constants; the functions look things up in them.

Examples
--------
>>> from skecg import tables
>>> tables.CLASS_MAPS["ec57"]["e"], tables.CLASS_MAPS["dechazal"]["e"]
('S', 'N')
>>> tables.subject_of("202")
'mitdb:201'
"""

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ._databases import database_of, folder_parts, person_in

__all__ = [
    "AAMI_ORDER",
    "BEAT_SYMBOLS",
    "CLASS_MAPS",
    "CLASS_MEANINGS",
    "DS1",
    "DS1_FOLDS",
    "DS2",
    "EDB_RECORDS",
    "MITDB_RECORDS",
    "NON_BEAT_SYMBOLS",
    "ONE_TAPE",
    "PACED",
    "RECORD_SETS",
    "RHYTHMS",
    "SVDB_RECORDS",
    "SYMBOL_MEANINGS",
    "class_map",
    "ordered_labels",
    "recording_of",
    "subject_of",
]

# Symbols and meanings: https://archive.physionet.org/physiobank/annotations.shtml and
# `ecgcodes.h` of the WFDB Software Package 10.7.0.
_BEAT_MEANINGS = {
    "N": "normal beat",
    "L": "left bundle branch block beat",
    "R": "right bundle branch block beat",
    "B": "bundle branch block beat (unspecified)",
    "A": "atrial premature beat",
    "a": "aberrated atrial premature beat",
    "J": "nodal (junctional) premature beat",
    "S": "supraventricular premature or ectopic beat",
    "V": "premature ventricular contraction",
    "r": "R-on-T premature ventricular contraction",
    "F": "fusion of ventricular and normal beat",
    "e": "atrial escape beat",
    "j": "nodal (junctional) escape beat",
    "n": "supraventricular escape beat",
    "E": "ventricular escape beat",
    "/": "paced beat",
    "f": "fusion of paced and normal beat",
    "Q": "unclassifiable beat",
    "?": "beat not classified during learning",
}

#: Symbols of annotations that are beats.
BEAT_SYMBOLS = frozenset(_BEAT_MEANINGS)

#: Symbols of annotations that are not beats, with their meanings. PhysioNet lists the flutter
#: wave ``!`` here; the program bxb reads it as a QRS complex without a class.
NON_BEAT_SYMBOLS = {
    "!": "ventricular flutter wave",
    "[": "start of ventricular flutter/fibrillation",
    "]": "end of ventricular flutter/fibrillation",
    "x": "non-conducted P wave (blocked atrial premature beat)",
    "(": "waveform onset",
    ")": "waveform end",
    "p": "peak of P wave",
    "t": "peak of T wave",
    "u": "peak of U wave",
    "^": "non-captured pacemaker artifact",
    "|": "isolated QRS-like artifact",
    "~": "change in signal quality",
    "+": "rhythm change",
    "s": "ST segment change",
    "T": "T-wave change",
    "*": "systole",
    "D": "diastole",
    "=": "measurement annotation",
    '"': "comment annotation",
    "@": "link to external data",
}

#: Meaning of every symbol, beat or not.
SYMBOL_MEANINGS = _BEAT_MEANINGS | NON_BEAT_SYMBOLS

#: Classes of ANSI/AAMI EC57 in the order in which tables and figures show them: normal,
#: supraventricular ectopic, ventricular ectopic, fusion, paced or unknown.
AAMI_ORDER = ("N", "S", "V", "F", "Q")

#: Meaning of each class, which is wider than the symbol of the same letter.
CLASS_MEANINGS = {
    "N": "normal",
    "S": "supraventricular ectopic",
    "V": "ventricular ectopic",
    "F": "fusion",
    "Q": "paced or unclassifiable",
}


#: Kinds of rhythm that `skecg.retime_record` makes, with their meanings.
RHYTHMS = {
    "atrial_fibrillation": "no P waves, f waves, irregular intervals",
    "atrial_flutter": "flutter waves, of which every second to sixth is conducted",
    "paroxysmal_atrial_fibrillation": "sinus rhythm, fibrillation and flutter in turn",
    "av_block": "second-degree block: dropped beats, with or without Wenckebach periods",
    "supraventricular_ectopy": "S beats, single, in short runs, bigeminy or trigeminy",
    "incessant_supraventricular_ectopy": "S beats in the majority, 50 to 85 %, in runs",
    "supraventricular_tachycardia": "runs of 4 to 700 S beats that begin and end suddenly",
    "sustained_supraventricular_tachycardia": "one tachycardia of minutes",
    "ventricular_ectopy": "V beats, single, in runs, every second to fourth; also in fibrillation",
    "respiratory_sinus_arrhythmia": "sinus rhythm that swings by about 8 to 35 % with the breath",
    "sinus_rate_drift": "sinus rhythm that slows and quickens within minutes, to tachycardia",
    "sinus_rate_ramps": "sinus rhythm that goes to another rate within 12 to 90 s, and stays",
    "sinus_rate_steps": "sinus rhythm that goes to another rate within 1 to 6 beats",
}


def _map_from(**symbols: str) -> dict[str, str]:
    """Turn the symbols of each class, one string per class, into a symbol -> class dict."""
    return {symbol: label for label, group in symbols.items() for symbol in group}


#: Two maps from symbols to the AAMI classes are in use, and they differ in the escape beats.
#:
#: - ``"ec57"``: as the program bxb of the WFDB Software Package 10.7.0 scores them, the
#:   reference implementation of ANSI/AAMI EC57. Escape beats ``e j n`` are in class S.
#: - ``"dechazal"``: de Chazal et al., IEEE Trans Biomed Eng 51:1196-1206 (2004),
#:   https://doi.org/10.1109/TBME.2004.827359, reprinted in
#:   https://doi.org/10.1155/2017/4108720, table 1, and in most machine learning papers.
#:   Escape beats ``e j`` are in class N. The paper uses MIT-BIH only, where ``B n r`` do not
#:   occur: here they have the class of similar beats (``n``, an escape beat, N). ``?`` has no
#:   class.
#:
#: In MIT-BIH 245 beats differ, 212 of them in record 222.
CLASS_MAPS = {
    "ec57": _map_from(N="NLRB", S="AaJSejn", V="VrE", F="F", Q="/fQ?"),
    "dechazal": _map_from(N="NLRBejn", S="AaJS", V="VrE", F="F", Q="/fQ"),
}

#: Records of the MIT-BIH Arrhythmia Database with paced beats, excluded by de Chazal 2004 as
#: EC57 recommends.
PACED = ("102", "104", "107", "217")

# fmt: off
#: Training half of the MIT-BIH Arrhythmia Database: de Chazal et al. 2004, table III,
#: https://doi.org/10.1109/TBME.2004.827359. Record 201 is the same man as 202 of DS2.
DS1 = (
    "101", "106", "108", "109", "112", "114", "115", "116", "118", "119", "122",
    "124", "201", "203", "205", "207", "208", "209", "215", "220", "223", "230",
)

#: Test half of the MIT-BIH Arrhythmia Database, same source.
DS2 = (
    "100", "103", "105", "111", "113", "117", "121", "123", "200", "202", "210",
    "212", "213", "214", "219", "221", "222", "228", "231", "232", "233", "234",
)

#: Five folds of DS1 by subject, to choose settings without looking at DS2. The paper has no such
#: folds; these are skecg's own, so that results with them can be compared. Made once, from the
#: counts of N, S and V beats of each record (map "dechazal", whole records): records were
#: exchanged between folds of four or five, from 300 random starts, until the sum of squares of
#: (share of the fold - 1/5) over folds and the three classes was least, with 208 (26 % of V, 90 %
#: of F) and 209 (41 % of S) in different folds.
DS1_FOLDS = (
    ("101", "112", "115", "208", "220"),
    ("106", "109", "116", "209"),
    ("108", "118", "215", "223"),
    ("114", "119", "122", "124", "207"),
    ("201", "203", "205", "230"),
)

#: Named sets of records, as `skecg.select_records` and ``skecg evaluate --records mitdb:DS2``
#: take them.
RECORD_SETS = {"mitdb:DS1": DS1, "mitdb:DS2": DS2}

#: All records of the MIT-BIH Arrhythmia Database, https://physionet.org/content/mitdb/1.0.0/
MITDB_RECORDS = tuple(sorted(DS1 + DS2 + PACED))

#: All records of the European ST-T Database, https://physionet.org/content/edb/1.0.0/
EDB_RECORDS = (
    "e0103", "e0104", "e0105", "e0106", "e0107", "e0108", "e0110", "e0111", "e0112", "e0113",
    "e0114", "e0115", "e0116", "e0118", "e0119", "e0121", "e0122", "e0123", "e0124", "e0125",
    "e0126", "e0127", "e0129", "e0133", "e0136", "e0139", "e0147", "e0148", "e0151", "e0154",
    "e0155", "e0159", "e0161", "e0162", "e0163", "e0166", "e0170", "e0202", "e0203", "e0204",
    "e0205", "e0206", "e0207", "e0208", "e0210", "e0211", "e0212", "e0213", "e0302", "e0303",
    "e0304", "e0305", "e0306", "e0403", "e0404", "e0405", "e0406", "e0408", "e0409", "e0410",
    "e0411", "e0413", "e0415", "e0417", "e0418", "e0501", "e0509", "e0515", "e0601", "e0602",
    "e0603", "e0604", "e0605", "e0606", "e0607", "e0609", "e0610", "e0611", "e0612", "e0613",
    "e0614", "e0615", "e0704", "e0801", "e0808", "e0817", "e0818", "e1301", "e1302", "e1304",
)
# fmt: on

#: All records of the MIT-BIH Supraventricular Arrhythmia Database,
#: https://physionet.org/content/svdb/1.0.0/
SVDB_RECORDS = tuple(str(n) for n in [*range(800, 813), *range(820, 830), *range(840, 895)])

# Records of one person, named after the first.
#
# edb: PhysioNet publishes 90 records of 79 subjects and no table; these groups give exactly 79.
# They are the ones that public projects use, and age, sex and findings in the headers agree.
_EDB_SAME = (
    ("e0118", "e0119", "e0121", "e0122"),
    ("e0123", "e0124", "e0125", "e0126"),
    ("e0129", "e0133"),
    ("e0136", "e0139"),
    ("e0147", "e0148"),
    ("e0154", "e0155"),
    ("e0162", "e0163"),
)
# Perhaps one more man of edb: same findings and leads, ages 55 and 53. A needless merge costs
# little and a split subject leaks, so they are one subject here (78 subjects in all).
_EDB_LIKELY_SAME = (("e0206", "e0210"),)
# mitdb: the header of 202 states "This record was taken from the same analog tape as record 201";
# PhysioNet counts 48 records of 47 subjects.
_MITDB_SAME = (("201", "202"),)

#: Recordings that are two parts of one tape; the header of 202 of mitdb states it.
ONE_TAPE = (("mitdb:201", "mitdb:202"),)


def _subjects(
    database: str, records: Iterable[str], same: Iterable[tuple[str, ...]]
) -> dict[str, str]:
    """Name the subject of each record of one database after the first record of a person."""
    first = {record: group[0] for group in same for record in group}
    return {record: f"{database}:{first.get(record, record)}" for record in records}


_SUBJECTS = (
    _subjects("edb", EDB_RECORDS, _EDB_SAME + _EDB_LIKELY_SAME)
    | _subjects("mitdb", MITDB_RECORDS, _MITDB_SAME)
    | _subjects("svdb", SVDB_RECORDS, ())
)

# Records cut or made from records above.
#
# QT Database, https://physionet.org/content/qtdb/1.0.0/: "sel" before the name of the source
# (sel100 from mitdb 100, sel803 from svdb 803, sele0104 from edb e0104).
# Noise Stress Test, https://physionet.org/content/nstdb/1.0.0/: mitdb 118 and 119 with noise
# added, 118e24 to 118e_6.
# mitdb 1.0.0 has a folder x_mitdb: the first ten minutes of 23 records, made by xform.
_DERIVED = re.compile(
    r"sel(?P<qtdb>.+)|(?P<nstdb>11[89])e(?:\d\d|_\d)|x_(?P<mitdb>\d{3})",
)

# Excerpts in the QT Database of databases without a table here: Laguna P, Mark RG, Goldberger AL,
# Moody GB. Computers in Cardiology 24:673-676 (1997), table 1, and the headers, which name the
# source. sel17152 is of no published database.
QTDB_SOURCES = {
    f"sel{record}": f"{database}:{record}"
    for database, records in (
        ("ltdb", "14046 14157 14172 15814"),
        ("nsrdb", "16265 16272 16273 16420 16483 16539 16773 16786 16795 17453"),
        ("sddb", " ".join(map(str, range(30, 53)))),
        ("stdb", "301 302 306 307 308 310"),
    )
    for record in records.split()
}


def subject_of(record_name: str, folder: str | os.PathLike[str] | None = None) -> str:
    """Look up the subject of a record.

    Use the result as the group of a beat: a split that cuts through a person, or through two
    databases that hold the same recording, tests on training data.

    Parameters
    ----------
    record_name : str
        Name of the record, such as ``"e0104"``, ``"sele0104"``, ``"118e24"`` or ``"202"``.
    folder : path-like, default=None
        Folder that the record is in. It names the database, by its short name (``"mitdb"``) or
        that of its published zip (``"mit-bih-arrhythmia-database-1.0.0"``), itself or in a
        folder above it. None is a record of mitdb, svdb or edb if it has a name of theirs.

    Returns
    -------
    str
        ``"database:record"`` with the first record of the person, or, for a record that no table
        has, ``"folder:record"``, or the record's name where there is no folder.

    Notes
    -----
    Tables: the European ST-T Database (90 records of 79 subjects as published; e0206 and e0210
    may be one more man and are merged here, which leaves 78), the MIT-BIH Arrhythmia Database
    (201 and 202 are one man: 47 subjects) and the MIT-BIH Supraventricular Arrhythmia Database
    (78 records, one subject each). Excerpts in the QT Database, in the folder ``x_mitdb`` of the
    MIT-BIH Arrhythmia Database, and noisy copies in the Noise Stress Test Database have the
    subject of their source.

    A number such as 201 is a record of mitdb or svdb only in a folder that names the database:
    elsewhere it may be anybody's. Names with letters (``"e0104"``, ``"sel100"``, ``"118e24"``)
    are looked up in any folder but one that names another database.

    In some databases names or folders give the person: Icentia11k (``p00000_s00``), Long-Term ST
    (``s20271`` to ``s20274``), MIT-BIH Polysomnographic (``slp01a``, ``slp01b``), PTB
    (``patient001/``), ECG-ID (``Person_01/``) and Wilson Central Terminal (``patient001/``). The
    two copies of an ECG in PTB-XL are one subject; its table has more about patients.
    `read_record` knows more: headers of the St Petersburg INCART Database number the patients,
    and those of excerpts name the source.

    Subjects of other databases are not known: pass ``subject`` to `read_record`, or ``subjects``
    to `load_beats`.

    Examples
    --------
    >>> from skecg.tables import subject_of
    >>> subject_of("e0126"), subject_of("sele0124"), subject_of("sel803")
    ('edb:e0123', 'edb:e0123', 'svdb:803')
    >>> subject_of("patient7", folder="recordings/ward2"), subject_of("patient7")
    ('ward2:patient7', 'patient7')
    >>> subject_of("201", folder="mitdb/1.0.0"), subject_of("201", folder="my-holters")
    ('mitdb:201', 'my-holters:201')
    >>> subject_of("100"), subject_of("100", folder="ltafdb")
    ('mitdb:100', 'ltafdb:100')
    >>> subject_of("x_108", folder="mitdb/x_mitdb"), subject_of("s20272", folder="ltstdb")
    ('mitdb:108', 'ltstdb:s2027')
    """
    known = _look_up(record_name, folder)
    return known.subject if known else _by_folder(record_name, folder)


def recording_of(record_name: str, folder: str | os.PathLike[str] | None = None) -> str:
    """Look up the recording of which a record is the whole, a part or a copy.

    Two records of one recording have the same heartbeats under two names. Two recordings of one
    person (`subject_of`) have different ones.

    Parameters
    ----------
    record_name : str
        Name of the record, such as ``"e0104"``, ``"sele0104"``, ``"118e24"`` or ``"202"``.
    folder : path-like, default=None
        Folder that the record is in, as in `subject_of`.

    Returns
    -------
    str
        ``"database:record"`` of the source; for a record that no table has, ``"folder:record"``,
        or the record's name where there is no folder.

    Examples
    --------
    >>> from skecg.tables import recording_of, subject_of
    >>> recording_of("sele0126"), recording_of("118e24")
    ('edb:e0126', 'mitdb:118')
    >>> recording_of("202"), subject_of("202")
    ('mitdb:202', 'mitdb:201')
    """
    known = _look_up(record_name, folder)
    return known.recording if known else _by_folder(record_name, folder)


def known_subject(record_name: str, folder: str | os.PathLike[str] | None = None) -> str | None:
    """Return the subject of a record if a table, or names in its database, give it; else None."""
    known = _look_up(record_name, folder)
    return known.subject if known and not known.is_guess else None


class _Known(NamedTuple):
    """Facts about a record that tables, or names in its database, give."""

    subject: str
    recording: str
    is_guess: bool = False  # the database is known, but not its people


def _look_up(record_name: str, folder: str | os.PathLike[str] | None) -> _Known | None:
    """Return subject and recording of a record, or None if nothing gives them."""
    database = database_of(folder)
    derived = _DERIVED.fullmatch(record_name)
    source = record_name if derived is None else derived[derived.lastgroup or 0]
    if source in _SUBJECTS:
        subject = _SUBJECTS[source]
        own = subject.partition(":")[0]
        made = {own} if derived is None else {own, str(derived.lastgroup)}
        # a bare number may be anybody's record, and so may its copy "x_NUMBER"
        is_own_name = not record_name.removeprefix("x_").isdecimal()
        if database in made or (database is None and (is_own_name or not folder_parts(folder))):
            return _Known(subject, f"{own}:{source}")
    if database is None:
        return None
    excerpted = QTDB_SOURCES.get(record_name)
    if excerpted and database in ("qtdb", excerpted.partition(":")[0]):
        return _Known(excerpted, excerpted)
    person = person_in(database, record_name, folder)
    if person is None:
        name = f"{database}:{record_name}"
        return _Known(name, name, is_guess=True)
    recording = person if database == "ptb-xl" else record_name
    if not recording.startswith(person):  # names such as rec_1 are in many folders
        recording = f"{person}/{recording}"
    return _Known(f"{database}:{person}", f"{database}:{recording}")


def _by_folder(record_name: str, folder: str | os.PathLike[str] | None) -> str:
    """Name a record of which nothing is known after its folder."""
    parts = folder_parts(folder)
    return f"{parts[-1]}:{record_name}" if parts else record_name


def class_map(
    classes: str | Mapping[str, str | None], *, owner: str = "class_map"
) -> dict[str, str]:
    """Return the label of each beat symbol.

    Parameters
    ----------
    classes : {"ec57", "dechazal", "symbols"} or mapping of str to str
        A map of `CLASS_MAPS`; ``"symbols"``, each symbol its own label; or a mapping from beat
        symbol to label. Symbols that are absent or mapped to None have no label.
    owner : str, default="class_map"
        Function or class that has the parameter, for the error.

    Returns
    -------
    dict of str to str
        Symbol to label, without the symbols that have none.

    Raises
    ------
    ValueError
        If the name is unknown, a key of the mapping is not a beat symbol, or nothing has a label.
    TypeError
        If ``classes`` is neither a string nor a mapping, or a label is not a string.

    Examples
    --------
    >>> from skecg.tables import class_map
    >>> class_map("ec57")["e"]
    'S'
    >>> class_map({"N": "normal", "V": "ectopic", "Q": None})
    {'N': 'normal', 'V': 'ectopic'}
    """
    if isinstance(classes, str):
        if classes == "symbols":
            return {symbol: symbol for symbol in _BEAT_MEANINGS}
        if classes not in CLASS_MAPS:
            raise ValueError(
                f"The 'classes' parameter of {owner} must be 'ec57', 'dechazal', 'symbols' or a "
                f"mapping from beat symbol to label. Got {classes!r} instead."
            )
        return dict(CLASS_MAPS[classes])
    if not isinstance(classes, Mapping):
        raise TypeError(
            f"The 'classes' parameter of {owner} must be 'ec57', 'dechazal', 'symbols' or a "
            f"mapping from beat symbol to label. Got {classes!r} instead."
        )
    labels = {symbol: label for symbol, label in classes.items() if label is not None}
    if not_beats := [symbol for symbol in labels if symbol not in BEAT_SYMBOLS]:
        raise ValueError(
            f"The 'classes' parameter of {owner} must map beat symbols. Got {not_beats}, "
            f"which are not beat symbols. The beat symbols are {' '.join(_BEAT_MEANINGS)} "
            "(skecg.tables.SYMBOL_MEANINGS)."
        )
    if not_strings := [label for label in labels.values() if not isinstance(label, str)]:
        raise TypeError(
            f"The 'classes' parameter of {owner} must map symbols to strings or None. "
            f"Got {not_strings[0]!r} instead."
        )
    if not labels:
        raise ValueError(
            f"The 'classes' parameter of {owner} must give a symbol a label. "
            f"Got {dict(classes)!r} instead."
        )
    return {str(symbol): str(label) for symbol, label in labels.items()}


def ordered_labels(labels: Iterable[Any]) -> list[Any]:
    """Sort labels as tables and figures show them: the AAMI classes first, N S V F Q.

    Parameters
    ----------
    labels : iterable
        Labels, with or without repetitions.

    Returns
    -------
    list
        Each label once: those in `AAMI_ORDER` in that order, then the others, sorted.

    Examples
    --------
    >>> from skecg.tables import ordered_labels
    >>> ordered_labels(["V", "other", "N", "S", "V"])
    ['N', 'S', 'V', 'other']
    """
    tolist = getattr(labels, "tolist", None)  # NumPy and pandas: as plain Python objects
    present = set(tolist() if tolist else labels)
    others = list(present.difference(AAMI_ORDER))
    try:
        others.sort()
    except TypeError:  # labels of several types
        others.sort(key=str)
    return [*(label for label in AAMI_ORDER if label in present), *others]
