"""One process: makes inputs of a target by their numbers, reads them, and judges the outcome."""

import os
import random
import resource
import signal
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from ._all import TARGETS
from ._target import NAME, Files, Target

__all__ = ["ACCEPTED", "Chunk", "Fuzzer", "in_memory", "save_input", "work"]

ACCEPTED = "accepted"
HANG, MEMORY, UNDOCUMENTED = "hang", "memory", "undocumented"
LONGEST = 2.0  # seconds of processor time for one input
_EXTRA = 256 * 2**20  # bytes of memory beyond what the input deserves
_FAR_MORE = 4 * 2**30  # bytes
_DESERVED = 64  # bytes of memory for each byte of an input: float64, and some copies
_AS_IT_IS = 0.02  # share of inputs that are not changed
_MOST_KEPT = 3  # failures of one kind at one place of which the input is kept


class Chunk(NamedTuple):
    """Inputs of a target, by their numbers."""

    target: str
    start: int
    stop: int


class _Hung(BaseException):
    """Raised in the main thread where an input takes too long; nothing in between catches it."""


class Fuzzer:
    """Runs chunks; `current` (a shared number) tells the parent which input is being read."""

    def __init__(self, seed: int, keep: Path, scratch: Path, current: Any) -> None:
        self._seed = seed
        self._keep = keep
        self._current = current
        self._valid: dict[str, list[Files]] = {}
        self._kept: Counter[tuple[str, ...]] = Counter()
        self._folder = Path(tempfile.mkdtemp(prefix=f"{NAME}-", dir=scratch))
        self._clock = 0

    def run(self, chunk: Chunk) -> tuple[Counter[str], float, list[str]]:
        """Read the inputs of a chunk.

        Returns counts of outcomes, seconds of processor time, and texts about failures.
        """
        target = TARGETS[chunk.target]
        self._make_valid(target)
        folder = self._folder / target.name
        counts: Counter[str] = Counter()
        failures = []
        _reset_peak()
        _limit_memory()
        base, begin = _resident(), time.process_time()
        for number in range(chunk.start, chunk.stop):
            self._current.value = number
            files = self.make(target, number)
            self._write(folder, files)
            outcome, error = _read(target, folder, files)
            limit = base + _EXTRA + _DESERVED * sum(map(len, files.values()))
            if _peak() > limit and outcome != HANG:
                outcome, error = MEMORY, error or MemoryError(f"peak of {_peak() >> 20} MB")
                _reset_peak()
            counts[outcome] += 1
            if outcome in (HANG, MEMORY, UNDOCUMENTED):
                text = self._save(target, number, files, outcome, error)
                failures += [text] if text else []
        return counts, time.process_time() - begin, failures

    def make(self, target: Target, number: int) -> Files:
        """Make an input, the same for a seed and a number in any process."""
        self._make_valid(target)
        valid = self._valid[target.name]
        rng = random.Random(f"{self._seed}/{target.name}/{number}")
        files = rng.choice(valid)
        return files if rng.random() < _AS_IT_IS else target.change(rng, files, valid)

    def _make_valid(self, target: Target) -> None:
        if target.name in self._valid:
            return
        (self._folder / target.name).mkdir()
        with tempfile.TemporaryDirectory(dir=self._folder) as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._valid[target.name] = target.make(Path(folder))

    def _write(self, folder: Path, files: Files) -> None:
        """Write the files of an input, each of another time: readers may know them by it."""
        for file in folder.iterdir():
            file.unlink()  # never overwritten: some readers map files into memory
        self._clock += 1
        for name, content in files.items():
            file = folder / name
            file.write_bytes(content)
            os.utime(file, ns=(self._clock, self._clock))

    def _save(
        self, target: Target, number: int, files: Files, outcome: str, error: BaseException | None
    ) -> str:
        """Keep the first inputs that fail in one way; return a line about one, or nothing."""
        frames = traceback.extract_tb(error.__traceback__) if error else []
        place = next(
            (f"{f.filename}:{f.lineno}" for f in frames[::-1] if "skecg/skecg" in f.filename), ""
        )
        last = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        kind = (target.name, outcome, type(error).__name__, place, last)
        self._kept[kind] += 1
        if self._kept[kind] > _MOST_KEPT:
            return ""
        text = "".join(traceback.format_exception(error)) if error else ""
        path = save_input(self._keep, target.name, self._seed, number, files, text)
        return f"{target.name} {outcome}: {type(error).__name__}: {str(error)[:150]!r} in {path}"


def work(pipe: Connection, seed: int, keep: Path, scratch: Path, current: Any) -> None:
    """Read chunks until the parent ends the process."""
    fuzzer = Fuzzer(seed, keep, scratch, current)
    pipe.send("ready")
    try:
        while True:
            pipe.send(fuzzer.run(pipe.recv()))
    except (EOFError, KeyboardInterrupt):
        pass


def save_input(keep: Path, target: str, seed: int, number: int, files: Files, text: str) -> Path:
    """Write an input, and the text of its failure, into a folder of its own."""
    folder = keep / f"{target}-{seed}-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "failure.txt").write_text(text, encoding="utf-8", errors="backslashreplace")
    return folder


def _read(target: Target, folder: Path, files: Files) -> tuple[str, BaseException | None]:
    """Read the files of an input; return the outcome, and its exception."""
    try:
        with _time_limit(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            target.read(folder, files)
    except _Hung as error:
        return HANG, error
    except Exception as error:
        if _has_memory_error(error):
            return MEMORY, error
        is_named = NAME in str(error) or str(folder) in str(error)  # or the file of a segment
        if type(error) in target.documented and is_named:
            return f"refused: {type(error).__name__}", error
        return UNDOCUMENTED, error
    return ACCEPTED, None


@contextmanager
def _time_limit() -> Iterator[None]:
    """Raise `_Hung` after some seconds of processor time; other processes cost nothing."""

    def hung(*_: object) -> None:
        raise _Hung(f"more than {LONGEST:g} s")

    before = signal.signal(signal.SIGPROF, hung)
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _has_memory_error(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


def in_memory() -> str | None:
    """Return a folder in memory, if the system has one."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _resident() -> int:
    """Return the bytes of memory that this process holds."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def _peak() -> int:
    """Return the most bytes of memory that this process held since `_reset_peak`."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _limit_memory() -> None:
    """Let requests of far more memory than any input deserves fail, to spare the machine."""
    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + _FAR_MORE, resource.RLIM_INFINITY))


def _reset_peak() -> None:
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
