"""joblib's connection to a Dask cluster, made to end where joblib's own would wait for ever."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any

from joblib._dask import DaskDistributedBackend

from ._workers import NoWorkersError, WorkersDiedError

__all__ = ["ReportingDaskBackend"]

ATTEMPTS = 3  # of a task whose arguments are lost with the worker that had them
LOST = ("cancelled", "lost")  # status of data that no worker has
DIED = (
    f"A task was tried {ATTEMPTS} times, and each time the worker died that had its arguments. "
    "The usual cause is a lack of memory: give the workers more (memory_limit), or fewer threads."
)
TRANSFER = 5.0  # s from the end of a task until its result is looked for


@dataclass(frozen=True)
class _Failure:
    """An error of Dask on its way to joblib."""

    error: BaseException


class ReportingDaskBackend(DaskDistributedBackend):
    """Backend of joblib that raises if a task kills its workers or no worker is left.

    joblib 1.6 calls back only for tasks with a result, so that its loop waits for ever for one
    that Dask has given up (``KilledWorker``).
    """

    data_futures: dict[int, Any]

    @classmethod
    def of(cls, backend: Any) -> "ReportingDaskBackend":
        """Return one with the settings of joblib's own backend."""
        if isinstance(backend, cls):
            return backend
        mine = cls(
            client=backend.client,
            wait_for_workers_timeout=backend.wait_for_workers_timeout,
            **backend.submit_kwargs,
        )
        mine.data_futures = backend.data_futures  # of scatter=...
        return mine

    def effective_n_jobs(self, n_jobs: int) -> int:
        """Return the number of cores, 2 at least: joblib runs tasks of one in this process."""
        return max(2, super().effective_n_jobs(n_jobs))

    def submit(self, func: Any, callback: Callable[[Any], None] | None = None) -> Any:
        """Submit a batch of tasks."""
        callback = self._again(func, callback)
        return _report(super().submit(func, callback), func, callback)

    def apply_async(self, func: Any, callback: Callable[[Any], None] | None = None) -> Any:
        """Submit a batch of tasks, for joblib before 1.5."""
        callback = self._again(func, callback)
        return _report(super().apply_async(func, callback), func, callback)

    def _again(
        self, func: Any, callback: Callable[[Any], None] | None, attempts: int = ATTEMPTS
    ) -> Callable[[Any], None]:
        """Return a callback that submits a batch again whose arguments were lost.

        joblib sends large arguments to one worker ahead of the tasks. Dask cannot make them
        again if that worker dies, and cancels the tasks.
        """
        dispatch = getattr(super(), "submit", None) or super().apply_async

        def call_back(out: Any) -> None:
            running = self._continue and self.client.status == "running"
            if isinstance(out, CancelledError) and attempts > 1 and running:
                self._forget_lost_arguments()
                once_more = self._again(func, callback, attempts - 1)
                _report(dispatch(func, once_more), func, once_more)
            elif callback is not None:
                if isinstance(out, CancelledError) and running:
                    out = _Failure(_with_fits(WorkersDiedError(DIED), func))
                callback(out)

        return call_back

    def _forget_lost_arguments(self) -> None:
        """Let joblib send arguments again that no worker has."""
        known = self.data_futures
        self.data_futures = {key: data for key, data in known.items() if data.status not in LOST}
        sent = self.call_data_futures._data
        for key, (_, task) in list(sent.items()):
            if task.done() and (task.exception() or task.result().status in LOST):
                del sent[key]

    def retrieve_result_callback(self, out: Any) -> Any:
        """Return the results of a batch, or raise."""
        if isinstance(out, _Failure):
            raise out.error
        if isinstance(out, BaseException):  # of a future that was cancelled
            raise out
        return super().retrieve_result_callback(out)

    def start_call(self) -> None:
        """Start a call of Parallel."""
        super().start_call()
        self.client.loop.add_callback(self._watch)

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Cancel all tasks on the cluster: other tasks are not to be killed by these."""
        super().abort_everything(ensure_ready)
        futures = list(self._callbacks)
        self._callbacks.clear()
        self._results.clear()
        if futures and self.client.status == "running":
            self.client.cancel(futures, force=True)

    async def _watch(self) -> None:
        """Fail tasks that joblib would wait for without end, twice a second."""
        patience = 3 * (self.wait_for_workers_timeout or 10)  # s; a new worker takes seconds
        last_seen = time.monotonic()
        finished: dict[Any, float] = {}  # tasks done, but without a result here, since when
        while self._continue and self.client.status != "closed":
            await asyncio.sleep(0.5)
            now = time.monotonic()
            if await self._has_workers():
                last_seen = now
            elif now - last_seen > patience:
                error = NoWorkersError(f"The Dask cluster has had no workers for {patience} s.")
                for future in list(self._results.values()):
                    _fail(future, error)
            for task, future in list(self._results.items()):
                if task.status == "finished" and now - finished.setdefault(task, now) > TRANSFER:
                    finished[task] = now
                    await self._read(task, future)

    async def _has_workers(self) -> bool:
        scheduler = self.client.scheduler
        try:
            return scheduler is not None and bool(await scheduler.ncores())
        except OSError:  # the client tries to connect again
            return False

    async def _read(self, task: Any, future: Future[Any]) -> None:
        """Fail a task whose result cannot be read in this process."""
        try:
            await self.client.gather([task], errors="skip", asynchronous=True)
        except Exception as error:
            text = (
                "The result, or the error, of a Dask worker cannot be read here "
                f"({type(error).__name__}: {error}). Are the versions the same on all machines?"
            )
            _fail(future, RuntimeError(text))


def _fail(future: Future[Any], error: Exception) -> None:
    """Set the error of a future unless it is done."""
    if not future.done():
        future.set_exception(error)


def _report(future: Future[Any], func: Any, callback: Callable[[Any], None]) -> Future[Any]:
    """Call back with the error of a future, as joblib does with a result."""

    def call_back(done: Future[Any]) -> None:
        if (error := done.exception()) is not None:
            callback(_Failure(_with_fits(error, func)))

    future.add_done_callback(call_back)
    return future


def _with_fits(error: BaseException, func: Any) -> BaseException:
    """Add a note with the parameters of the fits of a search that were not done."""
    fits = [kwargs["parameters"] for _, _, kwargs in func.items if kwargs.get("parameters")]
    if fits:
        error.add_note(f"Not done: the fits with {'; '.join(map(str, fits))}")
    return error
