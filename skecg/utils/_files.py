"""Write files whole or not at all."""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from ._text import to_cell

__all__ = ["naming", "replacing", "to_json", "write_csv", "write_json", "write_text"]

_ROW_OF_NUMBERS = re.compile(r"\[\n\s+-?[\d.eE+-]+(,\n\s+-?[\d.eE+-]+)*\n\s+\]")


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write to a temporary path, which replaces ``path`` when the block succeeds.

    Whatever interrupts the block (an error, Ctrl-C, a full disk), an existing file stays as it
    was and nothing half-written is left.

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
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
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
