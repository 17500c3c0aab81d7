"""Describe recordings: facts of each, sums over all."""

import os
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ..tables import class_map, ordered_labels
from ..utils import all_versions, count, progress
from ._errors import naming_recording
from ._read import read_record
from ._record import ECGRecord
from ._subject import folder_of
from ._subject_notes import people_notes
from .formats._registry import check_annotator, has_annotations, locate

__all__ = ["RecordFacts", "RecordsSummary", "describe_records"]


@dataclass(frozen=True)
class RecordFacts:
    """Facts of one recording.

    Attributes
    ----------
    record : str
        Name, with its folder in front where several recordings have that name.
    path : pathlib.Path
        The recording, without ending.
    subject : str or None
        The person recorded; like the next three None if the signal cannot be read.
    leads : tuple of str or None
        Names of the leads.
    fs : float or None
        Sampling frequency in Hz.
    duration : float or None
        Length in seconds.
    symbols : mapping of str to int
        Beats of each symbol, the most frequent first.
    classes : mapping of str to int
        Beats of each class; symbols without a class are not counted.
    warnings : tuple of str
        Warnings, such as that of a flat lead.
    problem : str or None
        The error because of which the recording cannot be used.
    format : str or None
        Name of its file format, such as "WFDB"; None if there is no file.
    labelled : bool
        Whether it has annotations of the annotator. A recording without can be annotated, but
        neither train nor test a model.
    """

    record: str
    path: Path
    subject: str | None
    leads: tuple[str, ...] | None
    fs: float | None
    duration: float | None
    symbols: Mapping[str, int]
    classes: Mapping[str, int]
    warnings: tuple[str, ...]
    problem: str | None
    format: str | None
    labelled: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as JSON-able data."""
        return {
            "record": self.record,
            "path": str(self.path),
            "subject": self.subject,
            "leads": None if self.leads is None else list(self.leads),
            "fs": self.fs,
            "duration_s": self.duration,
            "symbols": dict(self.symbols),
            "classes": dict(self.classes),
            "warnings": list(self.warnings),
            "problem": self.problem,
            "format": self.format,
            "labelled": self.labelled,
        }


@dataclass(frozen=True, repr=False)
class RecordsSummary:
    """Facts of many recordings, as `describe_records` collects them.

    Attributes
    ----------
    records : tuple of RecordFacts
        Facts of each recording: record, path, subject, leads, fs, duration, symbols, classes,
        warnings, problem, format, labelled.
    class_map : str
        Map from beat symbols to classes.

    See Also
    --------
    describe_records : Make one.
    """

    records: tuple[RecordFacts, ...]
    class_map: str

    @property
    def labels(self) -> list[str]:
        """Classes of which there are beats, in the order of AAMI."""
        return ordered_labels({label for one in self.records for label in one.classes})

    @property
    def classes(self) -> dict[str, int]:
        """Beats of each class in all recordings."""
        return {label: self._beats_of(label) for label in self.labels}

    @property
    def leads(self) -> dict[str, int]:
        """Recordings of each combination of leads, such as "MLII+V5", the most frequent first."""
        leads = Counter("+".join(one.leads) for one in self.records if one.leads is not None)
        return dict(leads.most_common())

    @property
    def rates(self) -> dict[float, int]:
        """Recordings of each sampling frequency in Hz, the most frequent first."""
        return dict(Counter(one.fs for one in self.records if one.fs is not None).most_common())

    @property
    def formats(self) -> dict[str, int]:
        """Recordings of each file format, the most frequent first."""
        found = Counter(one.format for one in self.records if one.format is not None)
        return dict(found.most_common())

    @property
    def unlabelled(self) -> list[str]:
        """Names of the recordings that can be read, but have no annotations."""
        return [one.record for one in self.records if one.leads and not one.labelled]

    @property
    def n_subjects(self) -> int:
        """Number of subjects of the recordings whose signal can be read."""
        return len({one.subject for one in self.records if one.leads is not None})

    @property
    def shared_subjects(self) -> dict[str, tuple[str, ...]]:
        """Records of each subject who has several."""
        records: dict[str, list[str]] = {}
        for one in self.records:
            if one.subject is not None:
                records.setdefault(one.subject, []).append(one.record)
        return {who: tuple(names) for who, names in records.items() if len(names) > 1}

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on records whose names suggest one person, where nothing states their subjects."""
        return tuple(
            people_notes(
                (one.path.name, folder_of(one.path), one.subject)
                for one in self.records
                if one.subject is not None
            )
        )

    @property
    def n_beats(self) -> int:
        """Number of beats, with and without a class."""
        return sum(sum(one.symbols.values()) for one in self.records)

    @property
    def duration(self) -> float:
        """Length of all signals in seconds."""
        return sum(one.duration for one in self.records if one.duration is not None)

    @property
    def problems(self) -> dict[str, str]:
        """Error of each recording that cannot be used."""
        return {one.record: one.problem for one in self.records if one.problem is not None}

    @property
    def table(self) -> pd.DataFrame:
        """One row per recording: subject, leads, fs, duration, beats of each class, problem."""
        rows = [
            {
                "record": one.record,
                "subject": one.subject,
                "leads": None if one.leads is None else "+".join(one.leads),
                "fs": one.fs,
                "duration": one.duration,
                **{label: one.classes.get(label, 0) for label in self.labels},
                "problem": one.problem,
            }
            for one in self.records
        ]
        columns = ["record", "subject", "leads", "fs", "duration", *self.labels, "problem"]
        return pd.DataFrame(rows, columns=columns).set_index("record")

    def to_dict(self) -> dict[str, Any]:
        """Return all facts as JSON-able data, schema 1.

        Returns
        -------
        dict
            With the keys schema, n_records, n_subjects, n_beats, duration_s, class_map, classes,
            leads, fs, formats, n_unlabelled, n_problems, shared_subjects, notes, records and
            versions.
        """
        return {
            "schema": 1,
            "n_records": len(self.records),
            "n_subjects": self.n_subjects,
            "n_beats": self.n_beats,
            "duration_s": self.duration,
            "class_map": self.class_map,
            "classes": self.classes,
            "leads": self.leads,
            "fs": {f"{fs:g}": n for fs, n in self.rates.items()},
            "formats": self.formats,
            "n_unlabelled": len(self.unlabelled),
            "n_problems": len(self.problems),
            "shared_subjects": {who: list(names) for who, names in self.shared_subjects.items()},
            "notes": list(self.notes),
            "records": [one.to_dict() for one in self.records],
            "versions": all_versions(),
        }

    def __repr__(self) -> str:
        return (
            f"<RecordsSummary: {count(len(self.records), 'record')}, "
            f"{count(self.n_subjects, 'subject')}, {count(self.n_beats, 'beat')}, "
            f"{count(len(self.problems), 'problem')}>"
        )

    def _repr_html_(self) -> str:
        return str(self.table.to_html(border=0))

    def _beats_of(self, label: str) -> int:
        return sum(one.classes.get(label, 0) for one in self.records)


def describe_records(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    annotator: str | None = "atr",
    classes: str | Mapping[str, str | None] = "ec57",
    verbose: int = 0,
) -> RecordsSummary:
    """Read recordings with all checks, and describe them, those that are broken too.

    Parameters
    ----------
    paths : path-like or iterable of path-like
        Recordings, as `find_records` lists them.
    annotator : str or None, default="atr"
        Ending of the annotation files; None reads only the signals. Recordings without such
        annotations are described, too: they are in ``unlabelled``, not in ``problems``.
    classes : {"ec57", "dechazal", "symbols"} or mapping of str to str, default="ec57"
        Class of each beat symbol, as in `skecg.tables.class_map`.
    verbose : int, default=0
        1 shows a progress bar on standard error.

    Returns
    -------
    RecordsSummary
        Facts of each recording, and sums.

    Raises
    ------
    ValueError, TypeError
        If a parameter is invalid. Errors of recordings are not raised: they are in ``problems``.

    See Also
    --------
    find_records : List the recordings of a folder.
    read_header : Read the facts of one recording without its signal.

    Examples
    --------
    >>> import tempfile
    >>> from skecg import describe_records, find_records, simulate_record, write_record
    >>> folder = tempfile.mkdtemp()
    >>> for name in ("s1", "s2"):
    ...     _ = write_record(simulate_record(30, random_state=0, name=name), folder)
    >>> summary = describe_records(find_records(folder))
    >>> summary
    <RecordsSummary: 2 records, 2 subjects, ... beats, 0 problems>
    >>> summary.table[["leads", "fs", "duration"]]
              leads     fs  duration
    record
    s1      MLII+V5  250.0      30.0
    s2      MLII+V5  250.0      30.0
    """
    check_annotator(annotator, "describe_records")
    labels = class_map(classes, owner="describe_records")
    found = [Path(paths)] if isinstance(paths, str | os.PathLike) else [Path(p) for p in paths]
    names = Counter(path.name for path in found)
    records = []
    for path in progress(found, "Reading records", verbose=verbose):
        # records of one name in several folders are distinguished by the folder
        name = path.name if names[path.name] == 1 else "/".join(path.parts[-2:])
        records.append(_describe(path, name, annotator, labels))
    return RecordsSummary(tuple(records), classes if isinstance(classes, str) else "own")


def _describe(
    path: Path, name: str, annotator: str | None, labels: Mapping[str, str]
) -> RecordFacts:
    """Read one recording and describe it; of a broken one, its signal if possible."""
    problem, record, found_format, labelled = None, None, None, annotator is not None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            with naming_recording(path):
                location = locate(path, annotator)
                found_format = location.format
                labelled = annotator is not None and has_annotations(location.path, annotator)
            record = read_record(path, annotator=annotator if labelled else None)
        except (ValueError, OSError) as error:
            problem = str(error)
            record = _read_signal(path) if labelled else None
    texts = (str(w.message) for w in caught if issubclass(w.category, UserWarning))
    symbols = Counter([] if record is None else record.symbol.tolist())
    by_class: Counter[str] = Counter()
    for symbol, n in symbols.items():
        if symbol in labels:
            by_class[labels[symbol]] += n
    return RecordFacts(
        record=name,
        path=path,
        subject=None if record is None else record.subject,
        leads=None if record is None else record.lead_names,
        fs=None if record is None else record.fs,
        duration=None if record is None else record.duration,
        symbols=dict(symbols.most_common()),
        classes=dict(by_class),
        warnings=tuple(dict.fromkeys(texts)),
        problem=problem,
        format=None if found_format is None else found_format.name,
        labelled=labelled,
    )


def _read_signal(path: Path) -> ECGRecord | None:
    """Read a recording without its annotations, if that works."""
    try:
        return read_record(path, annotator=None)
    except (ValueError, OSError):
        return None
