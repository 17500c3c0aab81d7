"""Annotate many recordings into one folder of results."""

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from ..annotated import AnnotatedRecord
from ..beats._workers import this_process
from ..detection._detectors import DetectorLike, known_detector
from ..holter._review import REVIEW_BELOW
from ..records import ECGRecord, RecordError
from ..records._find import search
from ..records.formats import locate
from ..records.formats._files import RESULTS_MARK, is_file
from ..records.formats._registry import recordings_among
from ..utils import (
    SHARE,
    SWITCH,
    LostTask,
    blas_in_one_thread,
    check_value,
    count,
    from_cell,
    is_int,
    listed,
    locked,
    parallel_arrivals,
    remove_abandoned,
    warn,
    write_csv,
    write_text,
)
from ._adapt import check_adaptable
from ._corrections import Corrections, read_corrections
from ._fingerprint import extractor_facts, fingerprint_of, function_facts, model_hash
from ._jobs import Job, Outcome, Settings, failed_row, find_and_merge, loaded_model, run_job
from ._model import Resolved
from ._names import TABLE, folded_counts, name_problem, record_names
from ._sealed import Seal, edited_files, is_whole, place, read_seal
from ._write_files import CERTAINTY

__all__ = ["COLUMNS", "Options", "annotate_all", "annotate_one", "as_table"]

LOCK = ".skecg-lock"
OWNER = "annotate"

#: Columns of the table over all recordings.
COLUMNS = (
    *("record", "path", "status", "reason", "duration", "analysable", "unusable"),
    *("no_beat", "beats"),
    *("N", "S", "V", "F", "Q", "v_burden", "s_burden", "mean_hr", "longest_pause", "uncertain"),
    *("reviewed", "deleted", "unmatched", "warnings", "seconds"),
)
_COUNTS = (
    *("beats", "N", "S", "V", "F", "Q"),
    *("uncertain", "reviewed", "deleted", "unmatched", "warnings"),
)
_TABLE_EVERY = 5.0  # seconds between updates of the table while recordings are annotated

PathLike = str | os.PathLike[str]
Paths = PathLike | Iterable[PathLike]
Records = ECGRecord | PathLike | Iterable[ECGRecord | PathLike]
OnDone = Callable[[Outcome, int], None]


@dataclass(frozen=True)
class Options:
    """Options of `annotate_all`; those of `annotate` of the same names."""

    detector: DetectorLike = "auto"
    leads: Sequence[str] | None = None
    review_below: float = REVIEW_BELOW
    corrections: Paths | Corrections | None = None
    adapt: bool = False
    edf: bool = False
    certainty: str | None = None
    restart: bool = False
    n_jobs: int | None = None
    dask: Any = None
    doing: str = "skecg.annotate"  # for the error of a second writer


def annotate_all(
    model: Resolved,
    records: Records,
    out: str | os.PathLike[str],
    options: Options,
    *,
    model_file: str | None = None,
    on_done: OnDone | None = None,
    keep: bool = False,
) -> list[Outcome]:
    """Annotate recordings, and write the results of each as soon as it is done.

    Parameters
    ----------
    model : Resolved
        A fitted classifier, the extractor of its rows, and facts about it.
    records : ECGRecord, path-like, or iterable of them
        Recordings, and folders that are searched for them.
    out : path-like
        Folder of the results; it is created if needed.
    options : Options
        All else.
    model_file : str or None, default=None
        File of the model, which workers load.
    on_done : callable, default=None
        Gets the outcome of each recording when it is there, and the number of recordings.
    keep : bool, default=False
        Whether outcomes have the annotated recordings; not from other processes.

    Returns
    -------
    list of Outcome
        One per recording, in their order.
    """
    if not os.fspath(out):
        raise ValueError(f"The 'out' parameter of {OWNER} is empty. Name a folder.")
    folder = Path(out)
    _check_options(options)
    found = _find_all(records)
    _check_apart(folder, found)
    _check_own(folder)
    corrections = _corrections(options.corrections, found)
    settings = _settings(model, options, folder, model_file, keep)
    if model_file is not None:
        loaded_model(model_file, settings.about["fingerprint"], model.model)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / LOCK, folder, options.doing):
        write_text(folder / RESULTS_MARK, "Results of skecg annotate\n")
        run = _Run(folder, [one.record for one in found], on_done)
        try:
            jobs = list(_plan(run, found, settings, corrections, options.restart))
            with _backend(options.dask):
                _run_all(run, jobs, settings, options.n_jobs)
        except KeyboardInterrupt as error:
            error.add_note(
                f"{run.n_good} of {count(len(found), 'recording')} are complete. The same command "
                "goes on with the others."
            )
            raise
        finally:
            run.write_table()
    return run.in_order()


def annotate_one(
    model: Resolved, record: ECGRecord | PathLike, out: PathLike | None, options: Options
) -> AnnotatedRecord:
    """Annotate one recording, and write its results if there is a folder for them.

    Parameters
    ----------
    model, record, out, options
        As for `annotate_all`; ``out`` may be None.

    Returns
    -------
    AnnotatedRecord
    """
    if out is not None:
        anew = replace(options, restart=True, n_jobs=None, dask=None)
        (outcome,) = annotate_all(model, [record], out, anew, keep=True)
        if outcome.error is not None:
            raise outcome.error
        assert outcome.found is not None
        return outcome.found
    _check_options(options)
    found = _find_all([record])
    corrections = _corrections(options.corrections, found)
    settings = _settings(model, options, None, None, True)
    job = Job(
        found[0].source,
        found[0].record,
        corrections=corrections.of(_known_as(found)[found[0].record]),
    )
    with blas_in_one_thread():
        return find_and_merge(job, settings, Seal()).found


def _settings(
    model: Resolved, options: Options, folder: Path | None, model_file: str | None, keep: bool
) -> Settings:
    """Return the settings of all recordings."""
    if options.adapt:
        check_adaptable(model.model)
    about = {**model.about, "detector": function_facts(options.detector)}
    if folder is not None:
        about["fingerprint"] = about.get("fingerprint") or model_hash(model.model)
    return Settings(
        model.model if model_file is None else model_file,
        model.extractor,
        about,
        options.detector,
        None if options.leads is None else tuple(options.leads),
        options.review_below,
        options.edf,
        options.certainty,
        options.adapt,
        keep,
        "" if folder is None else os.path.abspath(folder),
        this_process(),
    )


def _check_options(options: Options) -> None:
    """Raise unless the options are valid, before each recording fails by them."""
    check_value(options.review_below, SHARE, "review_below", OWNER)
    for name in ("adapt", "edf", "restart"):
        check_value(getattr(options, name), SWITCH, name, OWNER)
    check_value(options.certainty, CERTAINTY, "certainty", OWNER)
    known_detector(options.detector, OWNER)
    if options.n_jobs is not None and (not is_int(options.n_jobs) or options.n_jobs == 0):
        raise ValueError(
            f"The 'n_jobs' parameter of {OWNER} must be 1 or more, or -1 for all cores. Got "
            f"{options.n_jobs!r} instead."
        )
    if isinstance(options.leads, str):
        raise TypeError(
            f"The 'leads' parameter of {OWNER} must be names of leads in a list, such as "
            f"[{options.leads!r}]. Got a str."
        )
    if options.leads is not None and not len(options.leads):
        raise ValueError(
            f"The 'leads' parameter of {OWNER} is empty. Name the leads to use, or omit it to use "
            "all."
        )


class _Found(NamedTuple):
    """A recording: as it was given, its path without ending, and the name of its results."""

    source: str | ECGRecord
    base: Path
    record: str


class _Run:
    """Outcomes so far, and the table over all recordings, which is kept up."""

    def __init__(self, folder: Path, names: Sequence[str], on_done: OnDone | None) -> None:
        self.folder, self.names, self._on_done = folder, names, on_done
        self._outcomes: dict[int, Outcome] = {}
        self._written = time.monotonic()
        self._others = _earlier_rows(folder, names)

    def add(self, number: int, outcome: Outcome) -> None:
        """Take the outcome of a recording."""
        self._outcomes[number] = outcome
        for text, category, suggests in outcome.warnings:
            warn(text, category, suggests=suggests)
        if time.monotonic() - self._written > _TABLE_EVERY:
            self.write_table()
        if self._on_done is not None:
            self._on_done(outcome, len(self.names))

    @property
    def n_good(self) -> int:
        """Number of recordings that are complete."""
        return sum(one.error is None for one in self._outcomes.values())

    def in_order(self) -> list[Outcome]:
        """Return the outcomes in the order of the recordings."""
        return [self._outcomes[number] for number in sorted(self._outcomes)]

    def write_table(self) -> None:
        """Write the table over all recordings, with those of earlier runs."""
        rows = [*(one.row for one in self.in_order()), *self._others]
        write_csv(self.folder / TABLE, as_table(rows))
        self._written = time.monotonic()


def as_table(rows: Sequence[Any]) -> pd.DataFrame:
    """Return the table over all recordings."""
    table = pd.DataFrame(list(rows), columns=list(COLUMNS))
    counts = dict.fromkeys(_COUNTS, "Int64")
    return table.astype(counts | {"reason": object}).fillna({"reason": ""})


def _find_all(records: Records) -> list[_Found]:
    """Return the recordings that are given, each once."""
    one_only = isinstance(records, str | os.PathLike | ECGRecord)
    given = [records] if one_only else list(records)  # type: ignore[arg-type]
    sources: list[str | ECGRecord] = []
    bases: list[Path] = []
    known: dict[str, tuple[str, str | None]] = {}
    for one in given:
        if isinstance(one, ECGRecord):
            sources.append(one)
            bases.append(Path(one.name))
            continue
        path = Path(one)  # type: ignore[arg-type]
        for inside in search(path, None, _warn_of_closed) if path.is_dir() else [path]:
            location = locate(inside)
            name = None if location.format is None else location.format.name
            before = known.setdefault(os.path.realpath(location.path), (str(inside), name))
            if before[1] != name:
                raise ValueError(
                    f"'{before[0]}' and '{inside}' are files of one recording in two formats, and "
                    "its results have one name. Name one of them."
                )
            if before[0] == str(inside) and location.path not in bases:
                sources.append(str(inside))
                bases.append(location.path)
    if not sources:
        raise ValueError(
            "The 'record' parameter of annotate is empty. Name recordings, or folders with them."
        )
    return [_Found(*one) for one in zip(sources, bases, record_names(bases), strict=True)]


def _warn_of_closed(error: OSError) -> None:
    warn(
        f"Cannot look for recordings in '{error.filename}': {error.strerror}. Those in it are not "
        "annotated."
    )


def _check_apart(folder: Path, found: Sequence[_Found]) -> None:
    """Raise if results would be next to the files of a recording."""
    files = [one.base for one in found if isinstance(one.source, str)]
    sources = {os.path.realpath(base.parent): base for base in files}
    for one in found:
        target = os.path.realpath(place(folder, one.record, "").parent)
        if target in sources:
            raise ValueError(
                f"The 'out' parameter of annotate must be a folder without recordings. '{target}' "
                f"has {sources[target].name!r}, and results never go next to a recording's own "
                "files. Name another one, such as a new folder in it."
            )


def _check_own(folder: Path) -> None:
    """Raise if a folder that is not one of results has recordings, or a table of the same name.

    The mark of a folder of results would hide its recordings from a search.
    """
    if not folder.is_dir() or (folder / RESULTS_MARK).exists():
        return
    files = [file for file in folder.iterdir() if is_file(file)]
    others = sorted(path.name for path in recordings_among(files))
    table = folder / TABLE
    if others or table in files:
        raise ValueError(
            "The 'out' parameter of annotate must be a folder of results, or a new one. "
            f"'{folder}' has {f'the recording {others[0]!r}' if others else f'another {TABLE}'}. "
            "Name another one, such as a new folder in it."
        )


def _corrections(given: Paths | Corrections | None, found: Sequence[_Found]) -> Corrections:
    """Read corrections, and warn of those of recordings that are not there."""
    if given is None:
        return Corrections()
    read = given if isinstance(given, Corrections) else read_corrections(given)
    for note in read.notes:
        warn(note)
    known = {name for names in _known_as(found).values() for name in names}
    if others := [name for name in read.reviews if name not in known]:
        n = sum(len(one.symbol) for one in read.of(others).all())
        warn(
            f"{count(n, 'correction')} not applied, as no recording is named {listed(others)}. "
            f"Recordings: {listed(one.record for one in found)}."
        )
    return read


def _known_as(found: Sequence[_Found]) -> dict[str, tuple[str, ...]]:
    """Return the names by which corrections may name each recording."""
    last = Counter(one.base.name for one in found)
    return {
        one.record: (one.record, one.base.name) if last[one.base.name] == 1 else (one.record,)
        for one in found
    }


def _plan(
    run: _Run,
    found: Sequence[_Found],
    settings: Settings,
    corrections: Corrections,
    restart: bool,
) -> Iterator[tuple[int, Job]]:
    """Yield the recordings to annotate; those that are done, or cannot be, have their outcome."""
    options, known_as = _options_of(settings), _known_as(found)
    counts = folded_counts([one.record for one in found])
    for folder in {place(run.folder, one.record, "").parent for one in found}:
        remove_abandoned(folder)
    for number, one in enumerate(found):
        own = corrections.of(dict.fromkeys(known_as[one.record]))
        job = Job(one.source, one.record, corrections=own)
        try:
            if problem := name_problem(one.record, counts):
                raise RecordError(problem)
            job = replace(job, fingerprint=fingerprint_of(one.source, options))
        except (ValueError, OSError) as error:
            run.add(number, Outcome(failed_row(job, error), error))
            continue
        seal = read_seal(run.folder, one.record)
        done = is_whole(run.folder, one.record, seal) and seal.fingerprint == job.fingerprint
        merged = {review.digest for review in own.all()} <= set(seal.reviews)
        if restart or not done or not merged:
            yield number, job
            continue
        for file in edited_files(run.folder, one.record, seal):
            warn(
                f"Record '{one.record}': '{file}' was edited since it was written. To merge the "
                f"edits, pass corrections='{run.folder}'.",
                suggests=("corrections",),
            )
        run.add(number, Outcome(seal.row, is_new=False))


def _options_of(settings: Settings) -> str:
    """Return all that results depend on but the recording, as text."""
    facts = {
        "about": settings.about,
        "extractor": extractor_facts(settings.extractor),
        "leads": settings.leads,
        "review_below": settings.review_below,
        "edf": settings.edf,
        "certainty": settings.certainty,
        "adapt": settings.adapt,
    }
    return json.dumps(facts, sort_keys=True, default=repr)


def _run_all(
    run: _Run, jobs: Sequence[tuple[int, Job]], settings: Settings, n_jobs: int | None
) -> None:
    """Annotate recordings, in other processes if there are several jobs."""
    arriving = parallel_arrivals(run_job, [(job, settings) for _, job in jobs], n_jobs)
    with closing(arriving) as found:
        for i, result in found:
            number, job = jobs[i]
            if isinstance(result, LostTask):
                result = _lost(result, job, [one.record for _, one in jobs])
            run.add(number, _seen_here(result, job, run.folder))


def _lost(lost: LostTask, job: Job, names: Sequence[str]) -> Outcome:
    """Return the outcome of a recording whose worker was killed, or raise if none are left."""
    if lost.no_workers:
        raise RuntimeError(
            "The workers of the Dask cluster were lost before all recordings were annotated. Not "
            f"annotated: {listed(names[i] for i in lost.not_done)}. Start the cluster again, and "
            "repeat the call: it goes on with these."
        ) from lost.cause
    error = RecordError(
        f"Record '{job.record}': its worker process was killed, also when it was annotated with "
        "no other recording at the same time. The usual cause is a lack of memory; a crash in "
        "compiled code is another. Give the workers more memory, or name fewer leads."
    )
    error.__cause__ = lost.cause
    return Outcome(failed_row(job, error), error)


def _seen_here(outcome: Outcome, job: Job, folder: Path) -> Outcome:
    """Return the outcome, or an error if its files were written where this process sees none."""
    if outcome.error is not None or place(folder, job.record, ".json").is_file():
        return outcome
    error = RecordError(
        f"Record '{job.record}': a worker has written its results into '{folder}', and they are "
        "not in the folder of that path on this machine. All machines need the same disk."
    )
    return Outcome(failed_row(job, error), error, outcome.warnings)


@contextmanager
def _backend(dask: Any) -> Iterator[None]:
    """Run tasks on a Dask cluster: that of an address or of a client; None: as configured."""
    if dask is None:
        yield
        return
    from ..model_selection import parallel_on_dask

    if not isinstance(dask, str):
        with parallel_on_dask(dask):
            yield
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise ImportError(
            'A Dask cluster needs distributed: pip install "skecg[distributed]".'
        ) from error
    with Client(dask, timeout="30s") as client, parallel_on_dask(client):
        yield


def _earlier_rows(folder: Path, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of other recordings whose results are in the folder."""
    try:
        table = pd.read_csv(folder / TABLE, usecols=["record"], dtype=str, keep_default_na=False)
    except (OSError, ValueError):
        return []
    known = set(names)
    others = [name for name in map(from_cell, table["record"]) if name not in known]
    return [dict(seal.row) for name in others if (seal := read_seal(folder, name)).complete]
