"""What training and test beats share, and should not."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from ..beats._checks import check_beats
from ..tables import EDB_RECORDS, MITDB_RECORDS, ONE_TAPE, SVDB_RECORDS, recording_of
from ..utils import count, listed

if TYPE_CHECKING:
    from ..beats import Beats

__all__ = ["LeakReport", "leak_report"]

_ROWS_AT_A_TIME = 65536
_TOLERANCE = 1e-6  # seconds; windows that only touch do not overlap
_PROBE = 100  # beats by which the place of an excerpt is looked for
_BIN = 0.02  # seconds
_LEAST_COMMON = 8  # beats that must be in both
_LONGEST_RR = 2.0  # seconds
_NO_ROWS = np.empty(0, dtype=np.intp)
_KNOWN = frozenset(
    f"{database}:{record}"
    for database, records in (
        ("edb", EDB_RECORDS),
        ("mitdb", MITDB_RECORDS),
        ("svdb", SVDB_RECORDS),
    )
    for record in records
)


@dataclass(frozen=True, eq=False)
class LeakReport:
    """What training and test beats share, made by `leak_report`.

    ``print(report)`` says it in words, "none" where there is none.

    Attributes
    ----------
    n_beats : tuple of int
        Training and test beats.
    n_subjects : tuple of int
        Training and test subjects.
    subjects : DataFrame
        One row for each subject on both sides: subject, its train_records and test_records.
    records : DataFrame
        One row for each record on both sides: record, subject, train_beats, test_beats.
    recordings : DataFrame
        One row for each recording that is on both sides under two names: train_record,
        test_record and how they are one.
    duplicate_rows : DataFrame
        One row for each test beat that a training beat equals bit by bit: test_row and
        train_row (numbers, the first there is), test_record, test_sample, train_record and
        train_sample.
    windows : DataFrame
        One row for each test beat whose window overlaps in time with that of a training beat:
        the same columns, of the nearest one, and the seconds that their peaks are apart.
    shared_context : DataFrame or None
        For rows with context, one row for each test beat that shares surroundings with a training
        beat: the same columns as ``windows``. None where no row has context.
    notes : tuple of str
        What could not be compared, and what was not counted.
    names : tuple of str
        What the two sets of beats are called in words, "training" and "test".

    See Also
    --------
    leak_report : Compare training and test beats.
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
        """Whether the sides share anything."""
        return any(len(table) for table in self._tables().values())

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-able data.

        Returns
        -------
        dict
            With the keys found, n_beats, n_subjects, subjects, records, recordings (each a list
            of names or dicts), equal_rows and overlapping_windows (numbers of test beats, and of
            the records they are in), for rows with context shared_surroundings (the same), and
            notes.

        Examples
        --------
        >>> from skecg import leak_report, load_simulated, train_test_subjects
        >>> beats = load_simulated(6, duration=60.0, random_state=0)
        >>> leak_report(*train_test_subjects(beats, random_state=0)).to_dict()["found"]
        False
        """

        def counts(table: pd.DataFrame) -> dict[str, Any]:
            by_record = table["test_record"].value_counts(sort=False)
            return {
                "test_beats": len(table),
                "by_test_record": {str(name): int(n) for name, n in by_record.items()},
            }

        shared = {} if self.shared_context is None else counts(self.shared_context)
        return {
            "found": self.found,
            "n_beats": dict(zip(("train", "test"), self.n_beats, strict=True)),
            "n_subjects": dict(zip(("train", "test"), self.n_subjects, strict=True)),
            "subjects": self.subjects.to_dict(orient="records"),
            "records": self.records.to_dict(orient="records"),
            "recordings": self.recordings.to_dict(orient="records"),
            "equal_rows": counts(self.duplicate_rows),
            "overlapping_windows": counts(self.windows),
            **({"shared_surroundings": shared} if shared else {}),
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
        """Return what is looked for, in words, and what was found."""
        tables = {
            "subjects on both sides": self.subjects,
            "records on both sides": self.records,
            "one recording under two names": self.recordings,
            "rows equal bit by bit": self.duplicate_rows,
            "windows that overlap in time": self.windows,
        }
        if self.shared_context is not None:
            tables["surroundings in common"] = self.shared_context
        return tables

    def _lines(self) -> list[str]:
        """Return heading, one line for each kind of leak, and notes."""
        (n_train, n_test), (s_train, s_test) = self.n_beats, self.n_subjects
        train, test = self.names
        details = (
            [f"{r.subject} ({r.train_records} | {r.test_records})" for r in _each(self.subjects)],
            [r.record for r in _each(self.records)],
            [f"{r.train_record} | {r.test_record} ({r.how})" for r in _each(self.recordings)],
        )
        lines = [
            f"Leaks from {count(n_train, f'{train} beat')} of {count(s_train, 'subject')} to "
            f"{count(n_test, f'{test} beat')} of {count(s_test, 'subject')}: "
            f"{'found' if self.found else 'none'}"
        ]
        for (words, table), found in zip_longest(self._tables().items(), details):
            if found is None:
                text = self._test_beats(table)
            else:
                text = f"{len(found):,}: {listed(found, 5)}" if found else "none"
            lines.append(f"{words}: {text}")
        return lines + [f"note: {note}" for note in self.notes]

    def _test_beats(self, table: pd.DataFrame) -> str:
        """Return how many test beats a table has, and where the first is."""
        if not len(table):
            return "none"
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
    """Look for what training and test beats share, and should not.

    A figure is that of unseen subjects only if no test subject was trained on. Put the report
    beside the figures: it names what is shared, or says that nothing is.

    Parameters
    ----------
    train : Bunch
        Training beats (or validation beats: whatever the test beats must not be among), as
        `load_beats` returns them, before any resampling.
    test : Beats
        Test beats.
    names : tuple of two str, default=("training", "test")
        What to call the two in words, such as ("validation", "test").

    Returns
    -------
    LeakReport
        Subjects, records, one recording under two names, rows equal bit by bit and windows that
        overlap in time; for rows with context, the surroundings in common as well.
        ``report.found`` tells whether there is any.

    Raises
    ------
    TypeError
        If a side is no Bunch.
    ValueError
        If a side has no beats or lacks ``data``, ``groups`` or ``meta`` with the columns record,
        subject, sample, peak and fs.

    See Also
    --------
    train_test_subjects : Sides that share no subject.
    skecg.tables.recording_of : Which recording a record is, or is a part of.

    Notes
    -----
    Subjects are those of ``groups``. Records are one recording where `skecg.tables` knows it:
    excerpts in the QT Database of records of mitdb, svdb and edb, noisy copies of mitdb 118 and
    119 in the Noise Stress Test Database, and mitdb 201 and 202, two parts of one tape. Copies
    of recordings that no table knows show as equal rows, if their rows are made alike.

    Rows are equal if all their bytes are. Rows of a single value, as of a lead that is off, are
    not counted but noted.

    A window reaches as far as the extractor says, or where there is none by half the length of
    the rows to either side of the peak; with neighbours in the row, from the window of the first
    to that of the last that the same side has. Where an excerpt begins in its source is found
    from the reference beats that both have. Filters on whole records reach beyond windows, which
    is not counted.

    A row with context (``BeatExtractor(context=...)``) holds what surrounds its beat. It shares
    surroundings with another if the stretches of the recording on which both depend overlap
    (`BeatExtractor.context_extent`, counted in the beats of both sides, at most 2 s each): where a
    record is cut, these are all rows within twice that reach of the cut. Such a split tells how
    well the rest of a recording is known, and nothing of new people.

    Time grows with the number of rows, not with that of pairs: rows are compared by a hash of
    their bytes, those with the same hash byte by byte, windows in the order of time.

    Examples
    --------
    >>> from skecg import leak_report, load_simulated, take_beats
    >>> beats = load_simulated(3, duration=30.0, random_state=0)
    >>> n = len(beats.target)
    >>> train, test = take_beats(beats, range(n // 2)), take_beats(beats, range(n // 2, n))
    >>> report = leak_report(train, test)
    >>> report.found, report.records["record"].tolist(), len(report.duplicate_rows)
    (True, ['sim001'], 0)
    """
    sides = BeatSet(train, "train"), BeatSet(test, "test")
    notes: list[str] = []
    pairs = _same_recording(*sides)
    windows = _overlapping(*sides, pairs, notes, "windows")
    surroundings = None
    if any(side.context for side in sides):
        surroundings = _overlapping(*sides, pairs, notes, "surroundings")
    rows = _equal_rows(*sides, notes)
    return LeakReport(
        n_beats=tuple(side.t.size for side in sides),
        n_subjects=tuple(len(np.unique(side.group)) for side in sides),
        subjects=_shared_subjects(*sides),
        records=_shared_records(*sides, pairs),
        recordings=_two_names(*sides, pairs),
        duplicate_rows=rows,
        windows=windows,
        shared_context=surroundings,
        notes=tuple(notes),
        names=names,
    )


class BeatSet:
    """Beats of one side as plain arrays, and their order by record and time."""

    def __init__(self, beats: Any, parameter: str) -> None:
        columns = ("record", "subject", "sample", "peak", "fs")
        keys = ("data", "groups", "meta")
        check_beats(beats, parameter, "leak_report", keys=keys, columns=columns)
        meta = beats["meta"]
        if not len(meta):
            raise ValueError(f"The '{parameter}' parameter of leak_report has no beats.")
        self.data = np.asarray(beats["data"])
        self.group, groups = pd.factorize(np.asarray(beats["groups"], dtype=object))
        self.groups = [str(name) for name in groups]
        self.sample = meta["sample"].to_numpy(dtype=np.int64)
        fs = meta["fs"].to_numpy(dtype=np.float64)
        self.t = meta["peak"].to_numpy(dtype=np.float64) / fs  # seconds from the record's start
        self.t_reference = self.sample / fs
        (record, names), (subject, subjects) = (
            pd.factorize(meta[name]) for name in ("record", "subject")
        )
        self.record, pairs = pd.factorize(record * len(subjects) + subject)  # number for each beat
        self.names = [
            (str(names[i]), str(subjects[j]))
            for i, j in zip(*np.divmod(pairs, len(subjects)), strict=True)
        ]
        self.order = np.lexsort((self.t, self.record))
        self.bounds = np.searchsorted(self.record[self.order], np.arange(len(self.names) + 1))
        self.reach = _reach(beats)  # seconds before and after a peak; None: not known
        self.neighbors = getattr(beats.get("layout"), "neighbors", 0)
        self.context = getattr(beats.get("extractor"), "context_extent", None)

    def rows(self, record: int) -> np.ndarray:
        """Row numbers of a record in the order of time."""
        return self.order[self.bounds[record] : self.bounds[record + 1]]

    def windows(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Start and end of what the rows of a record hold, from their peaks in order of time."""
        i, k = np.arange(t.size), self.neighbors
        before, after = self.reach
        return t[np.maximum(i - k, 0)] - before, t[np.minimum(i + k, t.size - 1)] + after

    def surroundings(self, t: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Start and end of what the rows depend on; counted in all beats known of the record."""
        if self.context is None:
            return self.windows(t)
        n, seconds, more = self.context
        start = _beats_on(known, _beats_on(known, t, -n) - seconds, -more)
        return start, _beats_on(known, _beats_on(known, t, n) + seconds, more)

    def where(self, rows: np.ndarray, prefix: str) -> dict[str, Any]:
        """Columns that tell of some rows what they are."""
        return {
            f"{prefix}_row": rows,
            f"{prefix}_record": [self.names[i][0] for i in self.record[rows].tolist()],
            f"{prefix}_sample": self.sample[rows],
        }


class _Pair(NamedTuple):
    """A record of each side, by number, that are of one recording."""

    train: int
    test: int
    is_one_record: bool
    offset: float | None  # added to a time of the test record it is that of the training record


def _reach(beats: Any) -> tuple[float, float] | None:
    """Seconds that a row reaches before and after its peak; None if nothing tells."""
    window = getattr(beats.get("extractor"), "window", None)
    if window is not None:
        return float(window[0]), float(window[1])
    n_samples = getattr(beats.get("layout"), "n_samples", None)
    if n_samples is None or not beats.get("fs"):
        return None
    return (n_samples / float(beats["fs"]) / 2,) * 2


def _beats_on(known: np.ndarray, t: np.ndarray, n: int) -> np.ndarray:
    """Where the n-th beat from some times on is; beats that make no row take at most 2 s each."""
    side, step, bound = ("left", n, np.maximum) if n < 0 else ("right", n - 1, np.minimum)
    at = np.searchsorted(known, t, side=side) + step
    there = (at >= 0) & (at < known.size)
    far = t + _LONGEST_RR * n
    return np.where(there, bound(known[at.clip(0, known.size - 1)], far), far)


def _own_name(record: str) -> str:
    """Name of a record without the folder that tells it from another."""
    return record.rpartition("/")[2]


def _recording(record: str, subject: str) -> str:
    """Which recording a record is, or is a part of."""
    folder, _, name = record.rpartition("/")
    source = recording_of(name, folder)
    # a record of another database with the name of a known one says so by its subject
    database, _, person = subject.partition(":")
    is_foreign = person == name and database != source.partition(":")[0]
    return source if source in _KNOWN and not is_foreign else f"{subject}/{name}"


def _same_recording(train: BeatSet, test: BeatSet) -> list[_Pair]:
    """List the records of both sides that are of one recording."""
    by_recording: dict[str, list[int]] = {}
    for i, record in enumerate(train.names):
        by_recording.setdefault(_recording(*record), []).append(i)
    pairs = []
    for j, record in enumerate(test.names):
        for i in by_recording.get(_recording(*record), ()):
            is_one_record = _own_name(train.names[i][0]) == _own_name(record[0])
            offset = 0.0
            if not is_one_record:
                offset = _find_offset(
                    train.t_reference[train.rows(i)], test.t_reference[test.rows(j)]
                )
            pairs.append(_Pair(i, j, is_one_record, offset))
    return pairs


def _find_offset(train: np.ndarray, test: np.ndarray) -> float | None:
    """Find what takes the beats of a test record to those of a training record, in seconds.

    The differences of all beats of one to some of the other pile up at the offset, and are
    spread elsewhere. None if there is no such pile, or two.
    """
    few, many = (train, test) if train.size < test.size else (test, train)
    probe = few[np.linspace(0, few.size - 1, min(few.size, _PROBE)).astype(int)]
    difference = np.sort((many[:, None] - probe).ravel())
    # how many differences lie within a bin from each on
    pile = np.searchsorted(difference, difference + _BIN, side="right") - np.arange(
        difference.size
    )
    best = int(np.argmax(pile))
    offset = float(np.median(difference[best : best + pile[best]]))
    elsewhere = pile[np.abs(difference - offset) > 2 * _BIN].max(initial=0)
    if pile[best] < max(_LEAST_COMMON, 0.3 * probe.size) or pile[best] < 1.5 * elsewhere:
        return None
    return offset if few is test else -offset


def _overlapping(
    train: BeatSet, test: BeatSet, pairs: list[_Pair], notes: list[str], what: str
) -> pd.DataFrame:
    """For each test beat whose stretch overlaps with one of training, the nearest such.

    The stretch of a beat is its window, or the surroundings on which its row depends.
    """
    if train.reach is None or test.reach is None:
        notes.append(f"{what} were not compared: there is neither an extractor nor layout and fs")
        pairs = []
    test_row, train_row, apart = [], [], []
    for pair in pairs:
        if pair.offset is None:
            notes.append(
                f"{what} of {train.names[pair.train][0]} and {test.names[pair.test][0]} were "
                "not compared: where one begins in the other cannot be told from their beats"
            )
            continue
        theirs, ours = train.rows(pair.train), test.rows(pair.test)
        t_train, t_test = train.t[theirs], test.t[ours] + pair.offset
        if what == "windows":
            (start, end), (first, last) = train.windows(t_train), test.windows(t_test)
        else:
            known = np.unique(np.concatenate((t_train, t_test)))
            start, end = train.surroundings(t_train, known)
            first, last = test.surroundings(t_test, known)
        low = np.searchsorted(end, first + _TOLERANCE, side="right")
        high = np.searchsorted(start, last - _TOLERANCE, side="left") - 1
        hit = high >= low  # training rows low to high overlap
        after = np.searchsorted(t_train, t_test[hit])
        near = [np.clip(after - i, low[hit], high[hit]) for i in (0, 1)]
        distance = [np.abs(t_train[i] - t_test[hit]) for i in near]
        nearest = np.where(distance[0] <= distance[1], *near)
        test_row.append(ours[hit])
        train_row.append(theirs[nearest])
        apart.append(np.minimum(*distance))
    if not test_row:
        test_row = train_row = [np.empty(0, dtype=np.intp)]
        apart = [np.empty(0)]
    test_row, train_row, apart = map(np.concatenate, (test_row, train_row, apart))
    order = np.lexsort((apart, test_row))  # a beat may be in training under two names
    _, first_of_row = np.unique(test_row[order], return_index=True)
    kept = order[first_of_row]
    return pd.DataFrame(
        test.where(test_row[kept], "test")
        | train.where(train_row[kept], "train")
        | {"apart": apart[kept]}
    )


def _equal_rows(train: BeatSet, test: BeatSet, notes: list[str]) -> pd.DataFrame:
    """For each test row that a training row equals bit by bit, the first such."""
    kinds = [(side.data.shape[1:], side.data.dtype) for side in (train, test)]
    if kinds[0] != kinds[1]:
        notes.append(
            "rows were not compared: "
            + " and ".join(f"{shape[0]} columns of {dtype}" for shape, dtype in kinds)
        )
        return pd.DataFrame(test.where(_NO_ROWS, "test") | train.where(_NO_ROWS, "train"))
    hashes = _hash_rows(train.data), _hash_rows(test.data)
    # rows with the hash of a row of the other side: all equal ones, and hardly any other
    ours = np.flatnonzero(np.isin(hashes[1], hashes[0]))
    theirs = np.flatnonzero(np.isin(hashes[0], hashes[1][ours]))
    ours, flat = _without_flat(test.data, ours)
    first: dict[bytes, int] = {}
    for row, content in zip(theirs.tolist(), _contents(train.data, theirs), strict=True):
        first.setdefault(content, row)
    found = [first.get(content, -1) for content in _contents(test.data, ours)]
    found = np.array(found, dtype=np.intp)
    if flat:
        notes.append(
            f"{count(flat, 'test row')} of a single value, as of a lead that is off, equal "
            "training rows and are not counted"
        )
    equal = found >= 0
    return pd.DataFrame(test.where(ours[equal], "test") | train.where(found[equal], "train"))


def _hash_rows(data: np.ndarray) -> np.ndarray:
    """One number for each row, from all of its bytes."""
    weights = None
    hashes = np.empty(len(data), dtype=np.uint64)
    for start in range(0, len(data), _ROWS_AT_A_TIME):
        rows = np.ascontiguousarray(data[start : start + _ROWS_AT_A_TIME])
        words = rows.view(np.uint32 if rows.dtype.itemsize % 4 == 0 else np.uint8)
        if weights is None:
            rng = np.random.default_rng(0)
            weights = rng.integers(2**64, size=words.shape[1], dtype=np.uint64) | np.uint64(1)
        hashes[start : start + len(rows)] = words.astype(np.uint64) @ weights
    return hashes


def _contents(data: np.ndarray, rows: np.ndarray) -> list[bytes]:
    """Bytes of some rows."""
    return [row.tobytes() for row in data[rows]]


def _without_flat(data: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, int]:
    """Rows of more than one value, and the number of the others."""
    some = data[rows]
    flat = (some == some[:, :1]).all(axis=1)
    return rows[~flat], int(flat.sum())


def _shared_subjects(train: BeatSet, test: BeatSet) -> pd.DataFrame:
    """Subjects on both sides, and their records on each."""
    records = []
    for side in (train, test):
        of_subject: dict[str, list[str]] = {}
        pairs = np.unique(side.group * len(side.names) + side.record)
        for group, record in zip(*np.divmod(pairs, len(side.names)), strict=True):
            of_subject.setdefault(side.groups[group], []).append(side.names[record][0])
        records.append(of_subject)
    both = sorted(records[0].keys() & records[1].keys())
    texts = [[", ".join(of_subject[name]) for name in both] for of_subject in records]
    return pd.DataFrame({"subject": both, "train_records": texts[0], "test_records": texts[1]})


def _shared_records(train: BeatSet, test: BeatSet, pairs: list[_Pair]) -> pd.DataFrame:
    """Records on both sides, and how many beats they have on each."""
    one = [pair for pair in pairs if pair.is_one_record]
    return pd.DataFrame(
        {
            "record": [test.names[pair.test][0] for pair in one],
            "subject": [test.names[pair.test][1] for pair in one],
            "train_beats": [train.rows(pair.train).size for pair in one],
            "test_beats": [test.rows(pair.test).size for pair in one],
        }
    )


def _two_names(train: BeatSet, test: BeatSet, pairs: list[_Pair]) -> pd.DataFrame:
    """Recordings, or tapes, that are on both sides under two names."""
    found = []
    for pair in pairs:
        if not pair.is_one_record:
            names = train.names[pair.train][0], test.names[pair.test][0]
            found.append((*names, _how(*names, pair.offset)))
    sides = [{_recording(*record): record[0] for record in side.names} for side in (train, test)]
    for tape in ONE_TAPE:
        for one, other in (tape, tape[::-1]):
            if one in sides[0] and other in sides[1]:
                found.append((sides[0][one], sides[1][other], "two parts of one tape of one man"))
    return pd.DataFrame(found, columns=["train_record", "test_record", "how"])


def _how(train: str, test: str, offset: float | None) -> str:
    """How two records are one recording."""
    if offset is None:
        return "one recording"
    if abs(offset) < 0.1:
        return "the same from its start"
    later, earlier = (test, train) if offset > 0 else (train, test)
    minutes, seconds = divmod(round(abs(offset), 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{later} begins {hours}:{minutes:02d}:{seconds:04.1f} into {earlier}"


def _each(table: pd.DataFrame) -> Sequence[Any]:
    """Rows of a table as named tuples."""
    return list(table.itertuples(index=False))
