"""Processes that read inputs, of which those that die or hang are replaced."""

import multiprocessing
import tempfile
import time
from collections import Counter, defaultdict
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from ._all import TARGETS
from ._worker import HANG, Chunk, Fuzzer, in_memory, save_input, work

__all__ = ["CRASH", "Pool"]

CRASH = "crash"
_STUCK = 120.0  # seconds without a new input; the first one of a target may train a network


class _Worker:
    """A process with a pipe, and the number of the input that it reads."""

    def __init__(self, context: Any, seed: int, keep: Path, scratch: Path) -> None:
        self.current = context.RawValue("q", -1)
        self.pipe, theirs = context.Pipe()
        arguments = (theirs, seed, keep, scratch, self.current)
        self.process = context.Process(target=work, args=arguments, daemon=True)
        self.process.start()
        theirs.close()
        self.pipe.recv()  # that it is ready; EOFError if it cannot start
        self.chunk: Chunk | None = None
        self.seen = (-1, time.monotonic())

    def send(self, chunk: Chunk) -> None:
        """Give it a chunk."""
        self.chunk = chunk
        self.current.value = chunk.start
        self.seen = (chunk.start, time.monotonic())
        self.pipe.send(chunk)

    def is_stuck(self) -> bool:
        """Tell whether it has been reading one input for too long."""
        if self.seen[0] != self.current.value:
            self.seen = (self.current.value, time.monotonic())
        return self.chunk is not None and time.monotonic() - self.seen[1] > _STUCK

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


class Pool:
    """Workers, of which those that die or hang are replaced."""

    def __init__(self, seed: int, keep: Path, chunks: list[Chunk], seconds: float | None) -> None:
        self._seed, self._keep = seed, keep
        self._waiting = chunks[::-1]
        self._end = time.monotonic() + (seconds or float("inf"))
        self._context = multiprocessing.get_context("spawn")
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.seconds: dict[str, float] = defaultdict(float)
        self.failures: list[str] = []

    def run(self, n_jobs: int) -> dict[str, Counter[str]]:
        """Run all chunks; return the counts of each target."""
        with tempfile.TemporaryDirectory(prefix="skecg-fuzz-", dir=in_memory()) as scratch:
            self._scratch = Path(scratch)
            return self._run([self._start() for _ in range(n_jobs)])

    def _run(self, workers: list[_Worker]) -> dict[str, Counter[str]]:
        while workers:
            ready = wait([worker.pipe for worker in workers], timeout=1.0)
            for worker in list(workers):
                done = self._receive(worker) if worker.pipe in ready else not worker.is_stuck()
                if not done:  # it died, or hangs
                    self._lose(worker)
                    workers[workers.index(worker)] = worker = self._start()
                if worker.chunk is None and not self._give(worker):
                    workers.remove(worker)
                    worker.end()
        return self._counts

    def _start(self) -> _Worker:
        worker = _Worker(self._context, self._seed, self._keep, self._scratch)
        self._give(worker)
        return worker

    def _give(self, worker: _Worker) -> bool:
        if not self._waiting or time.monotonic() > self._end:
            return False
        worker.send(self._waiting.pop())
        return True

    def _receive(self, worker: _Worker) -> bool:
        try:
            counts, seconds, failures = worker.pipe.recv()
        except (EOFError, OSError):
            return False
        assert worker.chunk is not None
        self._counts[worker.chunk.target].update(counts)
        self.seconds[worker.chunk.target] += seconds
        self.failures += failures
        worker.chunk = None
        return True

    def _lose(self, worker: _Worker) -> None:
        """Count the input that ended or stopped a worker, and put back the others."""
        chunk, number = worker.chunk, worker.current.value
        alive = worker.process.is_alive()
        worker.end()
        if chunk is None:
            return
        outcome = HANG if alive else CRASH
        text = f"{outcome}, exit code {worker.process.exitcode}"
        self._counts[chunk.target][outcome] += 1
        self.failures.append(
            f"{chunk.target} {text}: {self._keep_input(chunk.target, number, text)}"
        )
        rest = [Chunk(chunk.target, chunk.start, number), chunk._replace(start=number + 1)]
        self._waiting += [one for one in rest if one.start < one.stop]

    def _keep_input(self, target: str, number: int, text: str) -> Path:
        files = Fuzzer(self._seed, self._keep, self._scratch, None).make(TARGETS[target], number)
        return save_input(self._keep, target, self._seed, number, files, text)
