"""Let one process at a time work in a folder."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

__all__ = ["locked"]

_EVERY = 0.1  # s between two looks at a lock that another process has


@contextmanager
def locked(path: Path, say_that_it_waits: Callable[[], None]) -> Iterator[bool]:
    """Wait until no other process or thread has locked this file, and lock it.

    The operating system unlocks it when the process ends, however it ends.

    Yields
    ------
    bool
        Whether the file is locked; some file systems have no locks.
    """
    with path.open("ab") as file:
        is_locked = _try_lock(file)
        if is_locked is False:
            say_that_it_waits()
        while is_locked is False:
            time.sleep(_EVERY)
            is_locked = _try_lock(file)
        yield bool(is_locked)  # closing the file unlocks it


if sys.platform == "win32":

    def _try_lock(file: IO[bytes]) -> bool | None:
        """Lock a file unless another process has; None where there are no locks."""
        import msvcrt

        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _try_lock(file: IO[bytes]) -> bool | None:
        """Lock a file unless another process has; None where there are no locks."""
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True
