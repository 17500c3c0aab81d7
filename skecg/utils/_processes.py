"""Name processes across machines, and tell whether one of this machine still runs."""

import hashlib
import os
import socket
import sys

__all__ = ["host_key", "is_running"]


def host_key() -> str:
    """Return eight characters for this machine, or for the container that has its own processes.

    >>> from skecg.utils._processes import host_key
    >>> len(host_key())
    8
    """
    try:  # containers may share the name of their machine, and number processes anew
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    return hashlib.sha256(f"{socket.gethostname()} {space}".encode()).hexdigest()[:8]


def is_running(pid: int) -> bool:
    """Tell whether this machine has a process of this number.

    >>> import os
    >>> from skecg.utils._processes import is_running
    >>> is_running(os.getpid())
    True
    """
    if sys.platform == "win32":  # os.kill would end the process there
        return _is_running_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OverflowError, PermissionError):  # of another user
        return True
    return True


def _is_running_on_windows(pid: int) -> bool:
    """Ask Windows for the exit code of a process, which is 259 while it runs."""
    import ctypes

    kernel32 = ctypes.windll.kernel32  # type: ignore[attr-defined]
    handle = kernel32.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
    if not handle:
        return kernel32.GetLastError() == 5  # access denied: it exists
    code = ctypes.c_ulong()
    kernel32.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel32.CloseHandle(handle)
    return code.value == 259
