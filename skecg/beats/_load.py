"""Beats of many records."""

import os
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple, NoReturn, TypeAlias, overload

import joblib
import pandas as pd
from sklearn.base import clone

from ..records import ECGRecord, read_header, read_record
from ..records._errors import naming_record
from ..records._subject import folder_of
from ..records._subject_notes import people_notes
from ..records._subject_table import assign_subjects
from ..records.formats import locate
from ..utils import (
    LostTask,
    blas_in_one_thread,
    check_value,
    count,
    one_of,
    parallel_results,
    suggest,
    warn,
)
from ._beats import BeatExtractor, Beats, as_frames, join_beats
from ._join import RecordBeats
from ._leads import LeadEntry, lead_entries, needed_leads
from ._out import BeatsFile, check_out, open_beats_file
from ._workers import (
    CaughtWarning,
    ProcessId,
    caught_warnings,
    error_for,
    lost_record,
    this_process,
)

__all__ = ["load_beats"]

RecordLike: TypeAlias = str | os.PathLike[str] | ECGRecord

_IN_FLIGHT = 4  # records of each worker whose rows may be in memory
_EMPTY = (
    "The 'records' parameter of load_beats is empty. find_records(folder) lists the records of a "
    "folder."
)


@dataclass(frozen=True)
class _Source:
    """One item of ``records``."""

    given: str | ECGRecord  # a path, or a record in memory
    name: str | None = None  # in place of the record's own
    subject: str | None = None  # in place of the record's own

    @property
    def path(self) -> str | None:
        """Path of the record; None if it is in memory."""
        return self.given if isinstance(self.given, str) else None

    @property
    def own_name(self) -> str:
        """Name that the record has by itself."""
        return Path(self.given).name if isinstance(self.given, str) else self.given.name

    @property
    def shown_name(self) -> str:
        """Name of the record in the table of beats."""
        return self.name or self.own_name

    def rate(self) -> float | None:
        """Read the sampling frequency; None if the header is broken, as reading will show."""
        if not isinstance(self.given, str):
            return float(self.given.fs)
        try:
            return read_header(self.given).fs
        except (ValueError, OSError):
            return None

    def read(self, annotator: str | None) -> ECGRecord:
        """Read the record unless it is in memory."""
        if isinstance(self.given, str):
            return read_record(self.given, annotator=annotator, subject=self.subject)
        if self.subject is None:
            return self.given
        return replace(self.given, subject=self.subject)

    def read_leads(self, annotator: str | None, entries: Sequence[LeadEntry]) -> ECGRecord | None:
        """Read only the leads that rows need; None where they are not known from the header."""
        if not isinstance(self.given, str):
            return None
        header = read_header(self.given)
        by_index = any(isinstance(entry, int) for entry in entries)
        if by_index and header.excluded_leads:  # reading all leads warns of those
            return None
        names = needed_leads(header.lead_names, entries)
        if names is None and not by_index:  # a lead of a lower rate is read if it is named
            names = needed_leads((*header.lead_names, *header.excluded_leads), entries)
        if names is None:
            return None
        return read_record(self.given, annotator=annotator, subject=self.subject, leads=names)


class _Cut(NamedTuple):
    """A record as a worker returns it."""

    result: RecordBeats | Exception
    caught: Sequence[CaughtWarning] = ()


@overload
def load_beats(
    records: RecordLike | Iterable[RecordLike],
    *,
    extractor: BeatExtractor | None = None,
    annotator: str | None = "atr",
    subjects: Mapping[str, str] | None = None,
    n_jobs: int | None = None,
    on_error: str = "raise",
    verbose: int = 0,
    return_X_y: Literal[False] = False,
    as_frame: bool = False,
    out: str | os.PathLike[str] | None = None,
    **params: Any,
) -> Beats: ...
@overload
def load_beats(
    records: RecordLike | Iterable[RecordLike], *, return_X_y: Literal[True], **params: Any
) -> tuple[Any, Any]: ...
def load_beats(
    records: RecordLike | Iterable[RecordLike],
    *,
    extractor: BeatExtractor | None = None,
    annotator: str | None = "atr",
    subjects: Mapping[str, str] | None = None,
    n_jobs: int | None = None,
    on_error: str = "raise",
    verbose: int = 0,
    return_X_y: bool = False,
    as_frame: bool = False,
    out: str | os.PathLike[str] | None = None,
    **params: Any,
) -> Beats | tuple[Any, Any]:
    """Read recordings and cut them into beats, one row each.

    Parameters
    ----------
    records : path-like, ECGRecord or iterable of these
        Paths of records as `find_records` lists them, and records in memory, in any mixture.
    extractor : BeatExtractor, default=None
        How rows are made. None makes one from ``params``.
    annotator : str, default="atr"
        Ending of the annotation files.
    subjects : mapping of str to str, default=None
        Subject of each record, by the name of the record or by the last parts of its path, as in
        ``{"p07/rec_1": "p07"}``. It must have all records and no others. None is the subject
        that each record has, as `read_record` finds it.
    n_jobs : int, default=None
        Number of records read at the same time, by `joblib`; -1 uses all cores, None is 1
        unless a `joblib.parallel_config` sets another number. Rows and their order do not
        depend on it. Records are read by threads; for processes, which pay off where a slow
        preprocessing holds Python's lock, use ``with joblib.parallel_config("loky"):``. A record
        whose process is killed is read once more, alone; if that kills its process again, it
        counts as broken.
    on_error : {"raise", "warn"}, default="raise"
        Treatment of a record that is broken or lacks a lead. "warn" excludes it, adds it to
        ``skipped``, and names all such records in one warning at the end.
    verbose : int, default=0
        1 shows a progress bar on standard error.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` and nothing else.
    as_frame : bool, default=False
        Whether ``data`` is a DataFrame and ``target`` a Series; ``frame`` holds both.
    out : path-like, default=None
        File for the rows, for recordings that do not fit in memory: ``NAME.npy``, whose rows any
        program can map (``numpy.load(path, mmap_mode="r")``), or ``NAME.parquet``, as
        `write_beats` writes it. `read_beats` reads both. Rows are written record by record, and
        ``data`` is a read-only `numpy.memmap` of the file; with ``.parquet``, of a scratch file
        in the same folder. An existing file is replaced when everything is written.
    **params
        Parameters of `BeatExtractor`, such as ``window``, ``fs`` or ``leads``.

    Returns
    -------
    Beats
        Beats in the order of ``records``; `Beats` lists the attributes. With
        ``return_X_y=True`` the tuple ``(data, target)``.

    Raises
    ------
    ValueError
        If a parameter is invalid; sampling frequencies differ and ``fs`` is None; a
        record is given twice; ``subjects`` lacks a record or has an unknown one; a record is
        broken (`RecordError`) and ``on_error="raise"``; no beat makes a row; or ``out`` has
        another ending.
    FileNotFoundError
        If a file is missing and ``on_error="raise"``, or the folder of ``out``.
    OSError
        If ``out`` cannot be written, as on a full disk.
    TypeError
        If an item of ``records`` is neither a path nor an ECGRecord, or ``out`` is given and the
        preprocessing is not one that a file can hold (`write_beats`).
    RuntimeError
        If the workers of a Dask cluster are lost before all records are read.

    Warns
    -----
    UserWarning
        If ``leads`` is None and the first leads have different names; if records were
        excluded; if names of records or folders suggest that several records are of one person
        and nothing states it.

    See Also
    --------
    find_records : Paths of all records in a folder.
    BeatExtractor : The parameters of rows.
    train_test_subjects : Split the beats into training and test sets.
    common_beats : Keep the beats that have rows of several kinds.

    Notes
    -----
    Records of the same name from different folders are named "folder/name" in ``meta``.

    All records are checked before the first one is read: their names, files and sampling
    frequencies. With ``out`` an iterator, such as a generator of ECGRecords, is read one record
    at a time instead, a few with ``n_jobs``, and each is checked when it comes: the first
    determines the sampling frequency unless ``fs`` is given, and a path must not have the name
    of another record. With ``subjects``, which must name all, the iterator is read first.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import ECGRecord, load_beats
    >>> signal = np.sin(np.arange(1000) / 10)
    >>> records = [
    ...     ECGRecord(signal, 250, sample=[200, 600], symbol=["N", "V"], name=name)
    ...     for name in ("a", "b")
    ... ]
    >>> beats = load_beats(records, window=(0.2, 0.3))
    >>> beats.data.shape, beats.groups
    ((4, 125), array(['a', 'a', 'b', 'b'], dtype='<U1'))
    """
    extractor = _make_extractor(extractor, params)
    extractor._check()
    check_value(on_error, one_of("raise", "warn"), "on_error", "load_beats")
    path = None if out is None else check_out(out, as_frame)
    chunks: Iterable[list[_Source]]
    if path is not None and isinstance(records, Iterator) and subjects is None:
        total = None
        chunks = _chunks(_as_they_come(records, annotator, extractor), n_jobs)
    else:
        sources = _list_sources(records, annotator)
        _check_no_repeats(sources)
        sources = _with_distinct_names(_with_subjects(sources, subjects))
        if extractor.fs is None:
            extractor.set_params(fs=_common_rate(sources))
        total = len(sources)
        chunks = [sources] if path is None else _chunks(sources, n_jobs)

    loading = _Loading(extractor, on_error, total, path)
    with closing(loading):
        for source, result in _cut_all(chunks, total, extractor, annotator, n_jobs, verbose):
            loading.add(source, result)
        beats = loading.finish()
    if as_frame:
        beats = as_frames(beats)
    return (beats.data, beats.target) if return_X_y else beats


class _Loading:
    """Results of the records as they come, in order.

    Parameters
    ----------
    extractor : BeatExtractor
        How rows are made; its ``fs`` is known when the first rows come.
    on_error : str
        Treatment of broken records.
    total : int or None
        Number of records; None if they are an iterator.
    path : Path or None
        File of the rows; None keeps them in memory.
    """

    def __init__(
        self, extractor: BeatExtractor, on_error: str, total: int | None, path: Path | None
    ) -> None:
        self._extractor, self._on_error, self._total = extractor, on_error, total
        self._path = path
        self._file: BeatsFile | None = None
        self._n_records = 0
        self._parts: list[RecordBeats] = []  # those with rows
        self._people: list[tuple[str, Path | None, str]] = []  # name, folder, subject
        self._skipped: list[tuple[str, str, int]] = []
        self._broken: list[str] = []

    def add(self, source: _Source, result: RecordBeats | Exception) -> None:
        """Take the rows of a record, or raise or keep its error."""
        self._n_records += 1
        if isinstance(result, RecordBeats):
            self._skipped += [(result.record, reason, n) for reason, n in result.skipped]
            if source.subject is None and source.shown_name == result.record:
                folder = folder_of(source.path) if source.path else None
                self._people.append((source.own_name, folder, result.subject))
            if len(result.data):
                self._parts.append(result)
                if self._path is not None:
                    self._write(result, self._path)
        elif self._on_error == "raise":
            result.add_note(f"while load_beats was reading {source.path or source.shown_name!r}")
            raise suggest(result, "on_error") if self._total != 1 else result
        else:
            self._skipped.append((source.shown_name, f"record excluded: {result}", 0))
            self._broken.append(f"{source.shown_name}: {result}")

    def _write(self, part: RecordBeats, path: Path) -> None:
        if self._file is None:
            self._file = open_beats_file(path, self._extractor)
        self._file.append(part.data)
        part.give_up_rows()

    def finish(self) -> Beats:
        """Issue the warnings, and join the records."""
        for note in people_notes(self._people):
            warn(note, suggests=("subjects",))
        if self._broken:
            verb = "was" if len(self._broken) == 1 else "were"
            warn(
                f"{len(self._broken)} of {count(self._n_records, 'record')} {verb} excluded:",
                lines=self._broken,
            )
        if not self._parts:
            raise ValueError(_no_rows(self._n_records, self._skipped))
        if self._extractor.leads is None:
            _warn_of_different_leads(self._parts)
        beats = join_beats(self._parts, self._extractor, self._skipped)
        return beats if self._file is None else self._file.finish(beats)

    def close(self) -> None:
        """Remove a file that is not finished."""
        if self._file is not None:
            self._file.close()


def _make_extractor(extractor: object, params: dict[str, Any]) -> BeatExtractor:
    """Clone the extractor, or make one from parameters."""
    known = BeatExtractor().get_params(deep=False)
    if unknown := params.keys() - known.keys():
        raise TypeError(
            f"load_beats has no parameter {', '.join(map(repr, sorted(unknown)))}. Besides its "
            f"own it takes those of BeatExtractor: {', '.join(known)}."
        )
    if extractor is None:
        return clone(BeatExtractor(**params))
    if not isinstance(extractor, BeatExtractor):
        raise TypeError(
            "The 'extractor' parameter of load_beats must be a BeatExtractor or None. "
            f"Got {extractor!r} instead."
        )
    if params:
        raise ValueError(
            f"load_beats takes either an extractor or its parameters, but got both: "
            f"{', '.join(map(repr, params))}. Set them in the extractor."
        )
    return clone(extractor)


def _list_sources(records: object, annotator: str | None) -> list[_Source]:
    """List the records given, each as a path or in memory."""
    if isinstance(records, str | os.PathLike | ECGRecord):
        records = [records]
    if not isinstance(records, Iterable):
        raise TypeError(
            "The 'records' parameter of load_beats must be paths or ECGRecords. "
            f"Got {records!r} instead."
        )
    sources = [_as_source(item, annotator) for item in records]
    if not sources:
        raise ValueError(_EMPTY)
    return sources


def _as_source(item: object, annotator: str | None) -> _Source:
    if isinstance(item, ECGRecord):
        return _Source(item)
    if not isinstance(item, str | os.PathLike):
        raise TypeError(
            "The 'records' parameter of load_beats must hold paths or ECGRecords. "
            f"Got {type(item).__name__} instead."
        )
    path, location = os.fspath(item), locate(item, annotator)
    if location.format is None and os.path.isdir(path):
        raise ValueError(
            f"'{path}' is a folder, not a record. To load all records in it: "
            f"load_beats(find_records({path!r}))."
        )
    return _Source(os.fspath(location.path))


def _check_no_repeats(sources: Sequence[_Source]) -> None:
    """Refuse a file that is given twice, and records in memory of one name."""
    places: dict[Hashable, list[str]] = defaultdict(list)
    names: dict[str, int] = defaultdict(int)
    for source in sources:
        if source.path is None:
            names[source.own_name] += 1
        else:
            places[locate(source.path).identity].append(source.path)
    for same in places.values():
        if len(same) > 1:
            raise ValueError(
                f"The 'records' parameter of load_beats has the record {same[0]!r} {len(same)} "
                "times. Its beats would be counted, and split, as if they were of different "
                "records: give it once."
            )
    for name, n_records in names.items():
        if n_records > 1:
            raise ValueError(
                f"The 'records' parameter of load_beats has {n_records} ECGRecords named "
                f"{name!r}. Give each its own name: ECGRecord(..., name=...)."
            )


def _with_subjects(sources: list[_Source], subjects: Mapping[str, str] | None) -> list[_Source]:
    """Give each source the subject that the caller states."""
    if subjects is None:
        return sources
    assigned = assign_subjects(
        [source.path or source.own_name for source in sources],
        subjects,
        "The 'subjects' parameter of load_beats",
    )
    return [replace(source, subject=who) for source, who in zip(sources, assigned, strict=True)]


def _with_distinct_names(sources: Sequence[_Source]) -> list[_Source]:
    """Add folders to the names of files, where several records have one name."""
    names: dict[str, list[int]] = defaultdict(list)
    for i, source in enumerate(sources):
        names[source.own_name].append(i)
    renamed = list(sources)
    for same in names.values():
        if len(same) > 1:
            files = {i: path for i in same if (path := sources[i].path) is not None}
            for i, name in zip(files, _folder_names(list(files.values())), strict=True):
                renamed[i] = replace(sources[i], name=name)
    return renamed


def _folder_names(paths: list[str]) -> list[str]:
    """Write paths with as few of their folders as distinguish them, one at least."""
    parts = [Path(os.path.abspath(path)).parts for path in paths]
    for n in range(2, max(map(len, parts)) + 1):
        names = ["/".join(p[-n:]) for p in parts]
        if len(set(names)) == len(names):
            break
    return names


def _common_rate(sources: list[_Source]) -> float | None:
    """Read the rate of all records from their headers; None if no header can be read."""
    rates: dict[float, list[str]] = defaultdict(list)
    for source in sources:
        if (rate := source.rate()) is not None:
            rates[rate].append(source.shown_name)
    if len(rates) > 1:
        raise _different_rates(rates)
    return next(iter(rates), None)


def _different_rates(rates: Mapping[float, list[str]]) -> Exception:
    """Return the error for records of different rates, given the names by rate."""
    found = ", ".join(f"{rate:g} Hz ({_such_as(names)})" for rate, names in sorted(rates.items()))
    most = max(rates, key=lambda rate: len(rates[rate]))
    error = ValueError(
        f"The records have different sampling frequencies: {found}. Rows need one: set fs, "
        f"as in load_beats(records, fs={most:g}), and the others are resampled."
    )
    return suggest(error, "fs")


def _as_they_come(
    records: Iterator[object], annotator: str | None, extractor: BeatExtractor
) -> Iterator[_Source]:
    """Check one record after the other; the first sets the rate of the extractor if it is None."""
    given = extractor.fs is not None
    rates: dict[float, list[str]] = defaultdict(list)
    paths: dict[str, str | None] = {}  # by name; None for a record in memory
    for item in records:
        source = _as_source(item, annotator)
        if source.own_name in paths:
            _refuse_name(source, paths[source.own_name])
        paths[source.own_name] = source.path
        rate = None if given else source.rate()
        if rate is not None:
            rates[rate].append(source.own_name)
            if len(rates) > 1:
                raise _different_rates(rates)
            extractor.set_params(fs=rate)
        yield source
    if not paths:
        raise ValueError(_EMPTY)


def _refuse_name(source: _Source, earlier: str | None) -> NoReturn:
    """Raise for a record that comes from an iterator and has the name of an earlier one."""
    if earlier is not None and source.path is not None:
        _check_no_repeats([_Source(earlier), source])
    raise ValueError(
        f"The 'records' parameter of load_beats has two records named {source.own_name!r}. "
        "Records of an iterator are read as they come and cannot be named by their folders: "
        "pass a list of paths, or give each ECGRecord its own name, ECGRecord(..., name=...)."
    )


def _chunks(sources: Iterable[_Source], n_jobs: int | None) -> Iterator[list[_Source]]:
    """Divide records into those cut at the same time, so that few of them are in memory.

    `joblib` goes on with the next records while one takes long, and keeps their rows.
    """
    n_workers = joblib.effective_n_jobs(n_jobs)
    size = 1 if n_workers == 1 else _IN_FLIGHT * n_workers
    sources = iter(sources)
    while chunk := list(islice(sources, size)):
        yield chunk


def _cut_all(
    chunks: Iterable[list[_Source]],
    total: int | None,
    extractor: BeatExtractor,
    annotator: str | None,
    n_jobs: int | None,
    verbose: int,
) -> Iterator[tuple[_Source, RecordBeats | Exception]]:
    """Cut all records, in parallel but in order, and issue the warnings of the workers."""
    here = this_process()
    with blas_in_one_thread(), _progress(total, verbose) as advance:
        for sources in chunks:
            tasks = ((source, extractor, annotator, here) for source in sources)
            # threads, unless the user configures processes: reading and cutting are mostly NumPy's
            # work, and a process takes seconds to import its modules, as long as dozens of records
            results = parallel_results(_work, tasks, n_jobs, prefer="threads")
            with closing(results):
                for source, found in zip(sources, results, strict=True):
                    if isinstance(found, LostTask):
                        found = _Cut(lost_record(found, [s.shown_name for s in sources]))
                    for message, category, suggests in found.caught:
                        warn(message, category, suggests=suggests)
                    advance()
                    yield source, found.result


def _work(
    source: _Source, extractor: BeatExtractor, annotator: str | None, caller: ProcessId
) -> _Cut:
    """Cut one record; return warnings that the caller's process would not see."""
    here = this_process()
    if here == caller:
        return _Cut(_cut_one(source, extractor, annotator))
    with caught_warnings() as caught:
        result = _cut_one(source, extractor, annotator)
    if isinstance(result, Exception):
        result = error_for(caller, result, here)
    return _Cut(result, caught)


def _cut_one(
    source: _Source, extractor: BeatExtractor, annotator: str | None
) -> RecordBeats | Exception:
    """Read and cut one record, or return the error."""
    try:
        with naming_record(source.shown_name, passes=(FileNotFoundError,)):
            part = _cut_leads(source, extractor, annotator)
            part = part or extractor._cut(source.read(annotator))
    except (ValueError, OSError) as error:
        return error
    part.record = source.name or part.record
    return part


def _cut_leads(
    source: _Source, extractor: BeatExtractor, annotator: str | None
) -> RecordBeats | None:
    """Cut a record of which only the leads of its rows are read; None if that does not work.

    Its rows are those of the whole record. Errors are left to the whole record: they name the
    other leads.
    """
    try:
        record = source.read_leads(annotator, lead_entries(extractor.leads))
        return None if record is None else extractor._cut(record)
    except (ValueError, OSError, MemoryError):
        return None


@contextmanager
def _progress(total: int | None, verbose: int) -> Iterator[Callable[[], None]]:
    """Give a function to call after each record; it moves a progress bar if verbose."""
    if verbose < 1:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeRemaining

    columns = TextColumn("Cutting beats"), BarColumn(), MofNCompleteColumn(), TimeRemaining()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def _warn_of_different_leads(parts: list[RecordBeats]) -> None:
    """Warn that the first lead is not the same in all records."""
    names: dict[str, list[str]] = defaultdict(list)
    for part in parts:
        names[part.leads].append(part.record)
    if len(names) < 2:
        return
    most_first = sorted(names, key=lambda name: -len(names[name]))
    found = ", ".join(f"{name!r} ({_such_as(names[name])})" for name in most_first)
    preference = ", ".join(map(repr, most_first[:2])) + (", ..." if len(names) > 2 else "")
    warn(
        f"The first lead is not the same in all records: {found}. The same beat looks different "
        "in different leads. Choose by name, in order of preference, as in "
        f"leads=[({preference})], or take the first on purpose with leads=[0].",
        suggests=("leads",),
    )


def _such_as(names: Sequence[str]) -> str:
    """Write the number of records with an example, as "2 records, such as '100'"."""
    return f"{count(len(names), 'record')}, such as {names[0]!r}"


def _no_rows(n_records: int, skipped: Sequence[tuple[str, str, int]]) -> str:
    """Write why no beat makes a row, with the numbers of records and beats of each reason."""
    table = pd.DataFrame(skipped, columns=["record", "reason", "count"])
    reasons = table.groupby("reason", sort=False)["count"].agg(["size", "sum"])
    lines = [
        f"{reason} (records: {row['size']}, beats: {row['sum']})"
        for reason, row in reasons.iterrows()
    ]
    return "\n  ".join([f"No beat of {count(n_records, 'record')} makes a row:", *lines])
