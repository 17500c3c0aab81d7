"""Errors and warnings of records that other processes read."""

import os
import socket
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from ..records import RecordError
from ..utils import LostTask, listed, portable, suggest, suggestions

__all__ = [
    "CaughtWarning",
    "ProcessId",
    "caught_warnings",
    "error_for",
    "lost_record",
    "this_process",
]

# warnings.catch_warnings changes the whole process, so threads of one worker take turns
_CATCHING = threading.Lock()
_NOT_FOR_USERS = (
    DeprecationWarning,
    PendingDeprecationWarning,
    FutureWarning,
    ImportWarning,
    ResourceWarning,
)


class ProcessId(NamedTuple):
    """A process, wherever it runs: the number alone may be taken on another host, too."""

    host: str
    pid: int


def this_process() -> ProcessId:
    """Return the process that runs this."""
    return ProcessId(socket.gethostname(), os.getpid())


class CaughtWarning(NamedTuple):
    """A warning of a worker process, to be issued again by the caller's."""

    message: str
    category: type[Warning]
    suggests: tuple[str, ...]


@contextmanager
def caught_warnings() -> Iterator[list[CaughtWarning]]:
    """Catch the warnings for users that occur inside; the list is filled at the end."""
    found: list[CaughtWarning] = []
    with _CATCHING, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for category in _NOT_FOR_USERS:
            warnings.simplefilter("ignore", category)
        yield found
        found += [
            CaughtWarning(str(w.message), w.category, suggestions(w.message))  # type: ignore[arg-type]
            for w in caught
        ]


def error_for(caller: ProcessId, error: Exception, here: ProcessId) -> Exception:
    """Return an error of a worker as its caller can read it, with the host of missing files."""
    if isinstance(error, FileNotFoundError) and here.host != caller.host:
        found = FileNotFoundError(
            f"{error} This is the answer of a worker on the host {here.host!r}: all hosts need "
            "the files under the same path, as on a shared disk. Or read the records here, "
            "outside of joblib.parallel_config."
        )
        return suggest(found, *suggestions(error))
    other = portable(error)
    if other is error:
        return error
    # the caller takes a ValueError for a broken record, whatever class the original had
    other = RecordError(str(other)) if isinstance(error, ValueError) else OSError(str(other))
    return suggest(other, *suggestions(error))


def lost_record(lost: LostTask, names: Sequence[str]) -> Exception:
    """Return the error about a record whose worker was killed, or raise if none are left."""
    first, *others = [names[number] for number in lost.not_done]
    if lost.no_workers:
        raise RuntimeError(
            f"The workers of the Dask cluster were lost before all records were read. Not read: "
            f"{listed([first, *others])}. Start the cluster again, or read the records in this "
            "process, outside of joblib.parallel_config."
        ) from lost.cause
    error = RecordError(
        f"Record {first!r} was not read: its worker process was killed, also when it was read "
        "with no other record at the same time. The usual cause is a lack of memory: the "
        "operating system or Dask ends a process that takes too much; a crash in compiled code "
        "is another. Give the workers more memory (memory_limit of Dask), read fewer leads or "
        "cut the recording, or exclude such records with on_error='warn'."
    )
    if others:
        error.add_note(f"Not read yet: {listed(others)}")
    error.__cause__ = lost.cause
    return error
