"""Let one process at a time write to a place."""

import errno
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from ._processes import host_key, is_running
from ._text import printable

__all__ = ["locked", "try_lock"]

_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_WINDOWS_BYTE = 1 << 30  # locked there, behind the text, which others may then read


@contextmanager
def locked(path: Path, place: Path, doing: str) -> Iterator[None]:
    """Hold a lock file while the block runs; that of a process that has ended is taken over.

    The operating system releases the lock when the process ends, however it ends.

    Parameters
    ----------
    path : Path
        The lock file.
    place : Path
        The place to write to, for the error.
    doing : str
        The command or function that writes, for the error in other processes.

    Raises
    ------
    BlockingIOError
        If another process holds the lock: the error names it. If a process of another machine
        held it, nothing here can tell whether it still runs: the error names the file to delete.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skecg.utils import locked
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with locked(Path(folder) / "lock", Path(folder), "a test"):
    ...         with locked(Path(folder) / "lock", Path(folder), "another test"):
    ...             pass
    Traceback (most recent call last):
    BlockingIOError: '...' is being written by process ... (a test) ...
    """
    handle = _acquire(path, place)
    try:
        owner = {
            "host": socket.gethostname(),
            "key": host_key(),
            "pid": os.getpid(),
            "since": f"{datetime.now():%Y-%m-%d %H:%M:%S}",
            "command": doing,
        }
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps(owner).encode())
        yield
    finally:
        if sys.platform == "win32":  # it removes no open file
            os.close(handle)
            handle = -1
        try:
            path.unlink(missing_ok=True)
        except OSError:  # another process has opened it
            pass
        if handle >= 0:
            os.close(handle)


def _acquire(path: Path, place: Path) -> int:
    """Open and lock the file, or raise."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            works = try_lock(handle)
            owner = _owner(handle)
            # where the file system has no locks, the file says whose it is
            held = not works if works is not None else bool(owner) and _runs(owner)
            elsewhere = bool(owner) and owner.get("key") != host_key()
            if held or elsewhere:
                raise _in_use(place, path, owner, elsewhere)
            if os.fstat(handle).st_ino == path.stat().st_ino:
                return handle
        except FileNotFoundError:  # the owner has just removed it
            pass
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def try_lock(handle: int) -> bool | None:
    """Lock an open file: whether it worked, None where the file system has no locks."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, _WINDOWS_BYTE, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in _HELD else None
    return True


def _owner(handle: int) -> dict[str, Any]:
    """Return the process that the file names; {} if it names none."""
    os.lseek(handle, 0, os.SEEK_SET)
    try:
        owner = json.loads(os.read(handle, 100_000))
        return {**owner, "pid": int(owner["pid"])}
    except (ValueError, TypeError, KeyError):  # it was killed before it could write
        return {}
    finally:
        os.lseek(handle, 0, os.SEEK_SET)


def _runs(owner: dict[str, Any]) -> bool:
    """Tell whether the process in a lock file is one of this machine that runs."""
    return owner.get("key") == host_key() and is_running(owner["pid"])


def _in_use(place: Path, path: Path, owner: dict[str, Any], elsewhere: bool) -> BlockingIOError:
    """Return the error that names the first writer."""
    if not owner:
        return BlockingIOError(
            f"'{place}' is being written by another process. Wait until it is done, or name "
            "another folder."
        )
    who, command, since = (printable(str(owner.get(k, "?"))) for k in ("host", "command", "since"))
    text = (
        f"'{place}' is being written by process {owner['pid']} of {who} ({command}) since {since}."
    )
    if elsewhere:
        return BlockingIOError(
            f"{text} If that process no longer runs, which cannot be seen from here, delete "
            f"'{path}'; or name another folder."
        )
    return BlockingIOError(f"{text} Wait until it is done, or name another folder.")
