"""Write files whole or not at all."""

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from ._processes import host_key, is_running
from ._text import to_cell

__all__ = [
    "is_abandoned",
    "naming",
    "remove_abandoned",
    "replacing",
    "temporary_prefix",
    "to_json",
    "write_csv",
    "write_json",
    "write_text",
]

# .report~skecg-1a2b3c4d-4711-x7f3k2.txt: of process 4711 of a machine
_TEMPORARY = re.compile(r"\..*~skecg-([0-9a-f]{8})-(\d+)-", re.DOTALL)
_LONGEST = 40  # characters of a name in that of its temporary: file systems take 255 bytes
_DAY = 86400.0  # seconds

_ROW_OF_NUMBERS = re.compile(r"\[\n\s+-?[\d.eE+-]+(,\n\s+-?[\d.eE+-]+)*\n\s+\]")


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write to a temporary path, which replaces ``path`` when the block succeeds.

    Whatever interrupts the block (an error, Ctrl-C, a full disk), an existing file stays as it
    was and nothing half-written is left. A process that is killed leaves its temporary file,
    which the next write into the folder removes (`remove_abandoned`).

    Parameters
    ----------
    path : path-like
        The file to create or replace. Its folder must exist.

    Yields
    ------
    Path
        A temporary path in the same folder, with the same ending.

    Raises
    ------
    FileNotFoundError
        If the folder does not exist.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skecg.utils import replacing
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder) / "report.txt"
    ...     with replacing(target) as beside:
    ...         _ = beside.write_text("done")
    ...     target.read_text(), [p.name for p in Path(folder).iterdir()]
    ('done', ['report.txt'])
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"Cannot write '{path}': the folder '{path.parent}' does not exist. Create it first."
        )
    remove_abandoned(path.parent)
    handle, name = tempfile.mkstemp(
        prefix=temporary_prefix(path.stem), suffix=path.suffix, dir=path.parent
    )
    os.close(handle)
    beside = Path(name)
    try:
        # mkstemp makes private files; a result gets the permissions of any other new file
        umask = os.umask(0)
        os.umask(umask)
        beside.chmod(0o666 & ~umask)
        yield beside
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def temporary_prefix(name: str) -> str:
    """Return the beginning of the name of a temporary file or folder of this process."""
    return f".{name[:_LONGEST]}~skecg-{host_key()}-{os.getpid()}-"


def is_abandoned(path: Path) -> bool:
    """Tell whether a path is a temporary one whose process certainly no longer works on it.

    A process of this machine is asked for; of other machines, and of earlier processes whose
    number another one has now, the temporaries of the last day are left.
    """
    found = _TEMPORARY.match(path.name)
    if found is None:
        return False
    host, pid = found[1], int(found[2])
    if host == host_key() and not is_running(pid):
        return True
    try:
        return pid != os.getpid() and time.time() - path.lstat().st_mtime > _DAY
    except OSError:  # it is gone
        return False


def remove_abandoned(folder: Path) -> None:
    """Remove the temporary files and folders that killed processes left in a folder."""
    try:
        names = [name for name in os.listdir(folder) if "~skecg-" in name]
    except OSError:  # a folder to write to need not be one to list
        return
    for path in (folder / name for name in names):
        if not is_abandoned(path):
            continue
        if path.is_dir() and not path.is_symlink():
            if not (path / "moving.json").exists():  # results that are to be moved in
                shutil.rmtree(path, ignore_errors=True)
        else:
            try:
                path.unlink(missing_ok=True)
            except OSError:  # of another user; it is in nobody's way
                continue


def write_text(path: Path, text: str) -> Path:
    """Write a text file, and return its path."""
    with naming(path), replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")
    return path


def write_json(path: Path, data: Any) -> Path:
    """Write a JSON file, and return its path."""
    return write_text(path, to_json(data) + "\n")


def write_csv(path: Path, table: pd.DataFrame, *, index: bool = False) -> Path:
    """Write a table as a CSV file whose texts no spreadsheet computes, and return its path."""
    names = list(table.index.names) if index else []
    cells = table.reset_index() if index else table
    cells = pd.concat([_as_cells(cells.iloc[:, i]) for i in range(cells.shape[1])], axis=1)
    titles = ["" if name is None else name for name in names] + list(table.columns)
    cells.columns = pd.Index([to_cell(t) if isinstance(t, str) else t for t in titles])
    with naming(path), replacing(path) as beside:
        cells.to_csv(beside, index=False, lineterminator="\n")
    return path


def _as_cells(column: pd.Series) -> pd.Series:
    """Return a column with texts as cells of CSV; other values stay."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    texts = {text: to_cell(text) for text in column.unique() if isinstance(text, str)}
    changed = {text: cell for text, cell in texts.items() if cell != text}
    if not changed:
        return column
    return column.astype(object).map(lambda value: changed.get(value, value))


def to_json(data: Any) -> str:
    """Write data as JSON that any program reads: no NaN, each row of numbers on one line.

    >>> from skecg.utils import to_json
    >>> print(to_json({"matrix": [[1, 2], [3, 4]]}))
    {
      "matrix": [
        [1, 2],
        [3, 4]
      ]
    }
    """
    text = json.dumps(data, indent=2, allow_nan=False, default=_as_json, ensure_ascii=False)
    # outside of strings, all characters of JSON but line ends are printable
    text = "\n".join(line if line.isprintable() else _escaped(line) for line in text.split("\n"))
    # strings cannot match: JSON has no line ends in them
    return _ROW_OF_NUMBERS.sub(
        lambda row: " ".join(row[0].split()).replace("[ ", "[")[:-2] + "]", text
    )


def _escaped(line: str) -> str:
    """Write characters that could control a terminal as escapes of a JSON string."""
    return "".join(
        c if c.isprintable() else "\\u007f" if c == "\x7f" else json.dumps(c)[1:-1] for c in line
    )


def _as_json(value: Any) -> Any:
    """Turn a path or a NumPy number into what JSON has."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    item = getattr(value, "item", None)
    if item is not None:
        return item()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name the file in errors of the operating system, such as that of a full disk."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            error.filename = str(path)
            del error.filename2  # None would be shown, as "'NAME' -> None"
        raise
