"""Let one process at a time work in a folder."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

__all__ = ["locked"]

_EVERY = 0.1  # s between two looks at a lock that another process has


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait until no other process or thread has locked this file, and lock it.

    The operating system unlocks it when the process ends, however it ends. Where a file system
    has no locks, there is none.
    """
    with path.open("ab") as file:
        while not _try_lock(file):
            time.sleep(_EVERY)
        yield  # closing the file unlocks it


if sys.platform == "win32":

    def _try_lock(file: IO[bytes]) -> bool:
        """Lock a file unless another process has."""
        import msvcrt

        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _try_lock(file: IO[bytes]) -> bool:
        """Lock a file unless another process has."""
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # the file system has no locks
            return True
        return True
