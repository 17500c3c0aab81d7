"""Tasks in worker processes that may die: joblib's own (loky) or those of a Dask cluster.

A pool of loky raises one error for all tasks as soon as one worker is killed, whatever the others
have done. Dask gives a task to another worker, four in all, and then raises; joblib's connection
to Dask does not pass such an error on, and waits without end (joblib 1.6). Here results that have
arrived are kept, and each task that was on its way when a worker died is run again with no other
task next to it: one that failed for lack of memory may then succeed, and one that kills its
worker again is known by that.
"""

import pickle
import sys
import traceback
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import joblib
from joblib.externals.loky.backend.reduction import dumps
from joblib.parallel import get_active_backend

__all__ = ["LostTask", "parallel_arrivals", "parallel_results", "portable"]

Result = TypeVar("Result")


@dataclass(frozen=True)
class LostTask:
    """A task without a result, as its worker was killed or there are no more workers."""

    cause: Exception
    not_done: tuple[int, ...]  # numbers of all tasks without a result so far, this one first
    no_workers: bool = False  # the cluster cannot be reached: no other task can be done either


@dataclass
class _Pool(Generic[Result]):
    """Tasks of one function, and how joblib runs them."""

    function: Callable[..., Result]
    arguments: Sequence[tuple[Any, ...]]  # of each task
    parallel: type[joblib.Parallel]
    delayed: Callable[[Callable[..., Any]], Callable[..., Any]]
    settings: dict[str, Any]

    def results(
        self, numbers: Iterable[int], n_jobs: int | None, sent: list[int]
    ) -> Generator[tuple[int, Result]]:
        """Run tasks in worker processes; yield number and result in the order of arrival."""
        with _dask_that_reports_errors():  # the constructor of Parallel looks up the backend
            run = self.parallel(n_jobs=n_jobs, return_as="generator_unordered", **self.settings)
        found = run(self._numbered(numbers, sent))
        with _closing(found):
            # "yield from" would close it before `_closing` does
            for number, result in found:  # noqa: UP028
                yield number, result

    def _numbered(self, numbers: Iterable[int], sent: list[int]) -> Iterator[Any]:
        task = self.delayed(_run_task)
        for number in numbers:
            sent.append(number)
            yield task(number, self.function, *self.arguments[number])


def parallel_results(
    function: Callable[..., Result],
    arguments: Iterable[tuple[Any, ...]],
    n_jobs: int | None = None,
    *,
    parallel: type[joblib.Parallel] = joblib.Parallel,
    delayed: Callable[[Callable[..., Any]], Callable[..., Any]] = joblib.delayed,
    **settings: Any,
) -> Generator[Result | LostTask]:
    """Call a function once for each tuple of arguments, by joblib; yield the results in order.

    Parameters
    ----------
    function : callable
        Function that can be pickled.
    arguments : iterable of tuples
        Arguments of each call.
    n_jobs : int, default=None
        Number of calls at the same time.
    parallel, delayed : type and function
        Those of joblib, or of scikit-learn to pass its configuration on.
    **settings
        Passed to ``parallel``.

    Yields
    ------
    result
        Result of the call, or a `LostTask` where the worker process was killed twice while it had
        only this task. Exceptions of the function are raised.

    Examples
    --------
    >>> from skecg.utils import parallel_results
    >>> list(parallel_results(pow, [(2, 3), (3, 2)], n_jobs=2, prefer="threads"))
    [8, 9]
    """
    waiting: dict[int, Result | LostTask] = {}  # done before the one that is next
    next_one = 0
    arriving = parallel_arrivals(
        function, arguments, n_jobs, parallel=parallel, delayed=delayed, **settings
    )
    with closing(arriving) as found:
        for number, one in found:
            waiting[number] = one
            while next_one in waiting:
                yield waiting.pop(next_one)
                next_one += 1


def parallel_arrivals(
    function: Callable[..., Result],
    arguments: Iterable[tuple[Any, ...]],
    n_jobs: int | None = None,
    *,
    parallel: type[joblib.Parallel] = joblib.Parallel,
    delayed: Callable[[Callable[..., Any]], Callable[..., Any]] = joblib.delayed,
    **settings: Any,
) -> Generator[tuple[int, Result | LostTask]]:
    """Do the same as `parallel_results`; yield each number and result as soon as it is there.

    Examples
    --------
    >>> from skecg.utils import parallel_arrivals
    >>> sorted(parallel_arrivals(pow, [(2, 3), (3, 2)], n_jobs=2, prefer="threads"))
    [(0, 8), (1, 9)]
    """
    tasks = list(arguments)
    if not _in_processes(n_jobs, settings.get("prefer")):
        run = parallel(n_jobs=n_jobs, return_as="generator", **settings)
        results = run(delayed(function)(*args) for args in tasks)
        with _closing(results):
            yield from enumerate(results)
        return
    pool = _Pool[Result](function, tasks, parallel, delayed, settings)
    arriving = _results_as_they_come(pool, n_jobs)
    with closing(arriving) as found:
        yield from found


def portable(error: BaseException) -> BaseException:
    """Return an error that another process can read: itself, or its text as a RuntimeError."""
    try:
        pickle.loads(dumps(error))
    except Exception:
        pass
    else:
        if isinstance(error, Exception):
            return error
    kind = type(error)
    other = RuntimeError(f"{kind.__module__}.{kind.__qualname__} in a worker process: {error}")
    other.add_note("".join(traceback.format_exception(error)))
    return other


def _results_as_they_come(
    pool: _Pool[Result], n_jobs: int | None
) -> Generator[tuple[int, Result | LostTask]]:
    """Run all tasks, those again that were on their way when a worker died."""
    left = dict.fromkeys(range(len(pool.arguments)))  # as an ordered set
    while left:
        sent: list[int] = []
        try:
            with closing(pool.results(list(left), n_jobs, sent)) as found:
                for number, result in found:
                    del left[number]
                    yield number, result
        except Exception as error:
            suspects = [number for number in sent if number in left]
            if not suspects or not (_lost_worker(error) or _lost_cluster(error)):
                raise
            for number in suspects:
                alone = error if _lost_cluster(error) else _run_alone(pool, number)
                if isinstance(alone, Exception):
                    not_done = (number, *(other for other in left if other != number))
                    yield number, LostTask(alone, not_done, no_workers=_lost_cluster(alone))
                else:
                    yield number, alone[0]
                del left[number]


def _run_alone(pool: _Pool[Result], number: int) -> tuple[Result] | Exception:
    """Run one task in a pool of its own; return what killed its worker.

    A pool of loky gets a second chance: that the first one broke may have been due to another
    task, so this one may have been killed once only. Dask has given it several workers.
    """
    for chance in (1, 2):
        try:
            # two, as joblib runs a task of one worker in this process, which must not be killed
            [(_, result)] = pool.results([number], 2, [])
        except Exception as error:
            if not (_lost_worker(error) or _lost_cluster(error)):
                raise
            if chance == 2 or not isinstance(error, BrokenProcessPool):
                return error
        else:
            return (result,)
    raise AssertionError("unreachable")


def _run_task(number: int, function: Callable[..., Result], *args: Any) -> tuple[int, Result]:
    """Run a task in a worker; errors that cannot be pickled would break the pool."""
    try:
        return number, function(*args)
    except (Exception, SystemExit) as error:
        if (other := portable(error)) is error:
            raise
    raise other  # here, as Dask pickles the context of an error, too


def _in_processes(n_jobs: int | None, prefer: str | None) -> bool:
    """Return whether joblib runs tasks in other processes."""
    backend, configured = get_active_backend(prefer=prefer)
    if _is_dask(backend):
        return True
    n_jobs = configured if n_jobs is None else n_jobs
    return not getattr(backend, "uses_threads", False) and backend.effective_n_jobs(n_jobs) > 1


def _is_dask(backend: object) -> bool:
    return any(cls.__name__ == "DaskDistributedBackend" for cls in type(backend).__mro__)


def _lost_worker(error: Exception) -> bool:
    """Return whether an error says that a worker process has died."""
    return isinstance(error, BrokenProcessPool | WorkersDiedError) or (
        "distributed" in sys.modules and isinstance(error, sys.modules["distributed"].KilledWorker)
    )


def _lost_cluster(error: Exception) -> bool:
    """Return whether an error says that a Dask cluster cannot be reached."""
    if isinstance(error, NoWorkersError | CancelledError):
        return True
    return "distributed" in sys.modules and isinstance(
        error, sys.modules["distributed"].comm.CommClosedError
    )


class WorkersDiedError(RuntimeError):
    """The workers of a Dask cluster that tried a task have died."""


class NoWorkersError(RuntimeError):
    """A Dask cluster has lost all its workers."""


@contextmanager
def _closing(results: Any) -> Iterator[None]:
    """Close a generator of joblib without its warning of cancelled tasks."""
    try:
        yield
    finally:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"\d+ tasks (have been|which were)", UserWarning)
            results.close()


def _dask_that_reports_errors() -> AbstractContextManager[object]:
    """Use another connection to the Dask cluster, if the tasks run on one."""
    backend, _ = get_active_backend()
    if not _is_dask(backend):
        return nullcontext()
    from ._dask import ReportingDaskBackend

    return joblib.parallel_config(ReportingDaskBackend.of(backend))
