"""Let one process at a time work in a folder."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..utils import try_lock

__all__ = ["lock_when_free"]

_EVERY = 0.1  # s between two looks at a lock that another process has


@contextmanager
def lock_when_free(path: Path, say_that_it_waits: Callable[[], None]) -> Iterator[bool]:
    """Wait until no other process or thread has locked this file, and lock it.

    The operating system unlocks it when the process ends, however it ends.

    Yields
    ------
    bool
        Whether the file is locked; some file systems have no locks.
    """
    with path.open("ab") as file:
        is_locked = try_lock(file.fileno())
        if is_locked is False:
            say_that_it_waits()
        while is_locked is False:
            time.sleep(_EVERY)
            is_locked = try_lock(file.fileno())
        yield bool(is_locked)  # closing the file unlocks it
