"""Files of folders."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from .._errors import RecordError

__all__ = ["RESULTS_MARK", "check_file", "files_below", "is_file", "require_file"]

#: File in a folder of results of `annotate`, whose headers and tables are not recordings.
RESULTS_MARK = ".skecg-annotations"

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def files_below(folder: Path, on_error: Callable[[OSError], None] | None = None) -> Iterator[Path]:
    """Yield the files of a folder and those below it, through links, each folder once.

    Hidden files and folders are passed over, folders of results of `annotate` unless the folder
    is one itself, and all that is not a file: opening a pipe waits for its other end.

    Parameters
    ----------
    folder : pathlib.Path
        The folder.
    on_error : callable, default=None
        Gets the error about each folder that cannot be entered; None raises it.
    """
    seen = set()
    handle = _raise if on_error is None else on_error
    for parent, subfolders, names in os.walk(folder, followlinks=True, onerror=handle):
        real = os.path.realpath(parent)
        is_results = RESULTS_MARK in names and os.fspath(parent) != os.fspath(folder)
        if real in seen or is_results:
            subfolders.clear()
            continue
        seen.add(real)
        # "._100.hea" and "__MACOSX" come with zips made on a Mac and are not recordings
        subfolders[:] = [name for name in subfolders if not name.startswith((".", "__MACOSX"))]
        paths = (Path(parent, name) for name in names if not name.startswith("."))
        yield from (path for path in paths if is_file(path))


def _raise(error: OSError) -> None:
    raise error


def is_file(path: Path) -> bool:
    """Tell whether a path is a file, also through links; not one that cannot be reached."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):  # a name with a NUL byte
        return False


def check_file(file: Path, record: str) -> int:
    """Return the size of a file in bytes, or raise if it is a pipe, a folder or the like.

    Raises
    ------
    FileNotFoundError
        If there is nothing of that name.
    RecordError
        If it is not a file.
    """
    facts = os.stat(file)
    kind = stat.S_IFMT(facts.st_mode)
    if kind == stat.S_IFREG:
        return facts.st_size
    raise RecordError(
        f"Record '{record}': '{file}' must be a file. It is {_KINDS.get(kind, 'something else')}: "
        "put the file in its place, or exclude the record."
    )


def require_file(file: Path, record: str) -> None:
    """Raise unless there is a file."""
    try:
        check_file(file, record)
    except FileNotFoundError:
        raise FileNotFoundError(f"Record '{record}': there is no file '{file}'.") from None
