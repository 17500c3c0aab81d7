"""Report the data that training and test beats share."""

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...utils import count, listed, printable
from ._beat_set import BeatSet
from ._record_pairs import pair_records
from ._rows import duplicate_rows
from ._subjects import shared_recordings, shared_records, shared_subjects
from ._windows import overlapping_windows, shared_context

if TYPE_CHECKING:
    from ...beats import Beats

__all__ = ["LeakReport", "leak_report"]

_MOST = 5  # subjects or records that are named in a line


@dataclass(frozen=True, eq=False)
class LeakReport:
    """Overlap of training and test beats, made by `leak_report`.

    ``print(report)`` writes one line for each kind of overlap, with "none" if there is none.

    Attributes
    ----------
    n_beats : tuple of int
        Number of training and of test beats.
    n_subjects : tuple of int
        Number of training and of test subjects.
    subjects : DataFrame
        One row for each subject in both: subject, train_records and test_records.
    records : DataFrame
        One row for each record in both: record, subject, train_beats, test_beats.
    recordings : DataFrame
        One row for each recording that is in both under two names: train_record, test_record
        and relation (such as "sele0104 begins 0:01:00.0 into e0104").
    duplicate_rows : DataFrame
        One row for each test beat whose row is equal, bit by bit, to that of a training beat:
        test_row and train_row (row numbers; the first one in training), test_record,
        test_sample, train_record and train_sample.
    windows : DataFrame
        One row for each test beat whose window overlaps in time with that of a training beat:
        the same columns for the nearest such beat, and distance (between the peaks, in s).
    shared_context : DataFrame or None
        For rows with context, one row for each test beat whose row depends on the same stretch of
        a recording as that of a training beat: the same columns as ``windows``. None if no row
        has context.
    notes : tuple of str
        Comparisons that were not possible, and rows that were not counted.
    names : tuple of str
        Names of the two sets of beats, "training" and "test".

    See Also
    --------
    leak_report : Compare training and test beats; has an example.
    """

    n_beats: tuple[int, int]
    n_subjects: tuple[int, int]
    subjects: pd.DataFrame
    records: pd.DataFrame
    recordings: pd.DataFrame
    duplicate_rows: pd.DataFrame
    windows: pd.DataFrame
    shared_context: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    names: tuple[str, str] = ("training", "test")

    @property
    def found(self) -> bool:
        """Whether there is any overlap."""
        return any(len(table) for table in self._tables().values())

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-able data.

        Returns
        -------
        dict
            With the keys found; n_beats and n_subjects (each with train and test); subjects,
            records and recordings (lists of their rows); duplicate_rows, overlapping_windows
            and, for rows with context, shared_context (each with test_beats, a count, and
            by_test_record); and notes.

        Examples
        --------
        >>> from skecg import leak_report, load_simulated, train_test_subjects
        >>> beats = load_simulated(6, duration=60.0, random_state=0)
        >>> leak_report(*train_test_subjects(beats, random_state=0)).to_dict()["found"]
        False
        """
        by_beat = {
            "duplicate_rows": self.duplicate_rows,
            "overlapping_windows": self.windows,
        }
        if self.shared_context is not None:
            by_beat["shared_context"] = self.shared_context
        return {
            "found": self.found,
            "n_beats": dict(zip(("train", "test"), self.n_beats, strict=True)),
            "n_subjects": dict(zip(("train", "test"), self.n_subjects, strict=True)),
            "subjects": self.subjects.to_dict(orient="records"),
            "records": self.records.to_dict(orient="records"),
            "recordings": self.recordings.to_dict(orient="records"),
            **{name: _count_test_beats(table) for name, table in by_beat.items()},
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        heading, *lines = self._lines()
        return "\n".join([heading, *(f"  {line}" for line in lines)])

    def __repr__(self) -> str:
        sizes = ", ".join(f"{words} {len(table)}" for words, table in self._tables().items())
        return f"<LeakReport: {sizes if self.found else 'none'}>"

    def _repr_html_(self) -> str:
        heading, *lines = map(html.escape, self._lines())
        items = "".join(f"<li>{line}</li>" for line in lines)
        return f"<div><p><strong>{heading}</strong></p><ul>{items}</ul></div>"

    def _tables(self) -> dict[str, pd.DataFrame]:
        """Return the table of each kind of overlap, by its name in words."""
        tables = {
            "subjects in both": self.subjects,
            "records in both": self.records,
            "one recording under two names": self.recordings,
            "duplicate rows": self.duplicate_rows,
            "overlapping windows": self.windows,
        }
        if self.shared_context is not None:
            tables["shared context"] = self.shared_context
        return tables

    def _lines(self) -> list[str]:
        """Return heading, one line for each kind of overlap, and notes."""
        sets = (
            f"{count(n_beats, f'{name} beat')} ({count(n_subjects, 'subject')})"
            for n_beats, n_subjects, name in zip(
                self.n_beats, self.n_subjects, self.names, strict=True
            )
        )
        named = {
            "subjects in both": [
                f"{row.subject} ({row.train_records} | {row.test_records})"
                for row in self.subjects.itertuples()
            ],
            "records in both": [str(row.record) for row in self.records.itertuples()],
            "one recording under two names": [
                f"{row.train_record} | {row.test_record} ({row.relation})"
                for row in self.recordings.itertuples()
            ],
        }
        lines = [f"Overlap of {' and '.join(sets)}: {'found' if self.found else 'none'}"]
        for words, table in self._tables().items():
            text = "none"
            if len(table):
                text = _name_some(named[words]) if words in named else self._first_beat(table)
            lines.append(f"{words}: {text}")
        return [printable(line) for line in [*lines, *(f"note: {note}" for note in self.notes)]]

    def _first_beat(self, table: pd.DataFrame) -> str:
        """Write how many test beats a table has, and which is the first."""
        first = table.iloc[0]
        names = table["test_record"].drop_duplicates()
        return (
            f"{len(table):,} of {count(self.n_beats[1], f'{self.names[1]} beat')}, in "
            f"{count(len(names), 'record')}; the first, row {first['test_row']} "
            f"({first['test_record']} at {first['test_sample']}), with {self.names[0]} row "
            f"{first['train_row']} ({first['train_record']} at {first['train_sample']})"
        )


def leak_report(
    train: "Beats", test: "Beats", *, names: tuple[str, str] = ("training", "test")
) -> LeakReport:
    """Find subjects, recordings, rows and stretches of signal that training and test beats share.

    Test results hold for unseen subjects only if no test subject was trained on. Publish the
    report with the results: it lists all overlap, or states that there is none.

    Parameters
    ----------
    train : Beats
        Training beats (or validation beats: any that the test beats must not share data with),
        as `load_beats` returns them, before augmentation.
    test : Beats
        Test beats.
    names : tuple of two str, default=("training", "test")
        Names of the two sets in the report, such as ("validation", "test").

    Returns
    -------
    LeakReport
        Subjects, records, recordings under two names, duplicate rows, windows that overlap in
        time and, for rows with context, shared context. ``report.found`` is True if there is any
        of it.

    Raises
    ------
    TypeError
        If `train` or `test` is not Beats.
    ValueError
        If one of them is empty, or lacks ``data``, ``groups`` or ``meta`` with the columns
        record, subject, sample, peak and fs.

    See Also
    --------
    train_test_subjects : Split beats by subject, without overlap.
    skecg.tables.recording_of : Look up the recording of a record.

    Notes
    -----
    Subjects are compared by ``groups``. Records under two names are recognized by `skecg.tables`:
    excerpts in the QT Database of records of mitdb, svdb and edb, noisy copies of mitdb 118 and
    119 in the Noise Stress Test Database, and mitdb 201 and 202, two parts of one tape. Copies of
    other recordings appear as duplicate rows, if their rows were made in the same way.

    Rows are duplicates if all their bytes are equal. Rows of a single value, as of a disconnected
    lead, are not counted but noted.

    A window is that of the extractor or, without an extractor, the length of a row around the
    peak. Of rows with neighbors it reaches from the window of the first to that of the last
    neighbor in the same set. The start of an excerpt in its source is found from the reference
    beats in both. Filters over whole records reach beyond windows, which is not counted.

    A row with context (``BeatExtractor(context=...)``) depends on a stretch of the recording
    around its beat. Two rows share context if these stretches overlap
    (`BeatExtractor.context_extent`, counted in the beats of both sets, at most 2 s each). If a
    record is divided between training and test, these are all rows within twice the extent of the
    cut. Results of such a split hold for other parts of the same recordings, not for new people.

    Time grows with the number of rows, not of pairs: rows are compared by a hash of their bytes
    and, where hashes are equal, byte by byte; windows in the order of time.

    Examples
    --------
    >>> from skecg import leak_report, load_simulated
    >>> beats = load_simulated(3, duration=30.0, random_state=0)
    >>> n = len(beats)
    >>> report = leak_report(beats[: n // 2], beats[n // 2 :])
    >>> report.found, report.records["record"].tolist(), len(report.duplicate_rows)
    (True, ['sim001'], 0)
    """
    sets = BeatSet.of(train, "train"), BeatSet.of(test, "test")
    pairs = pair_records(*sets)
    windows, window_notes = overlapping_windows(*sets, pairs)
    context, context_notes = shared_context(*sets, pairs)
    duplicates, row_notes = duplicate_rows(*sets)
    return LeakReport(
        n_beats=(len(sets[0].meta), len(sets[1].meta)),
        n_subjects=(len(set(sets[0].subject)), len(set(sets[1].subject))),
        subjects=shared_subjects(*sets),
        records=shared_records(pairs),
        recordings=shared_recordings(*sets, pairs),
        duplicate_rows=duplicates,
        windows=windows,
        shared_context=context,
        notes=(*window_notes, *context_notes, *row_notes),
        names=names,
    )


def _name_some(names: list[str]) -> str:
    return f"{len(names):,}: {listed(names, _MOST)}"


def _count_test_beats(table: pd.DataFrame) -> dict[str, Any]:
    """Count the test beats of a table, in all and by record."""
    by_record = table["test_record"].value_counts(sort=False)
    return {
        "test_beats": len(table),
        "by_test_record": {str(name): int(n) for name, n in by_record.items()},
    }
