"""Rows in a file, mapped into memory: read, selected and changed in blocks.

A mapped array is a read-only `numpy.memmap`, or a view of one such as scikit-learn's checks
return. Pages of the file that were read count as memory of the process until they are released,
so functions that pass over all rows release them as they go.

Rows made of mapped rows go to a scratch file in the same folder, which is on a disk, while /tmp
may be in memory (it is the second choice, for a folder that cannot be written to). A scratch file
is removed when its array is no longer used, at the latest when the process ends. Its name is not
that of other temporary files (`_files.temporary_prefix`), as those are removed after a day, while
rows may be in use for longer: a scratch file whose process has ended is removed by the next
process of this computer that writes one there.
"""

import mmap
import os
import tempfile
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ._files import naming
from ._processes import host_key, is_running

__all__ = [
    "ScratchRows",
    "are_finite",
    "blocks_of",
    "change_rows",
    "is_mapped",
    "map_rows",
    "mapped_folder",
    "read_rows",
    "release",
    "row_blocks",
    "take_rows",
    "write_all",
]

_BLOCK = 2**24  # bytes of rows that are worked on at a time
_RELEASE = 2**27  # bytes read in order after which pages are released
_AT_RANDOM = 32  # rows read at random after which pages are released
_PREFIX = ".skecg-rows"

_read_in_order = 0  # bytes since pages were released


def is_mapped(values: object) -> bool:
    """Tell whether an array is mapped from a file, or a view of such an array.

    >>> import numpy as np
    >>> from skecg.utils import is_mapped
    >>> is_mapped(np.zeros(3))
    False
    """
    return _memmap_of(values) is not None


def mapped_folder(values: NDArray[Any]) -> Path:
    """Return the folder for scratch files of a mapped array: that of its file, if possible."""
    source = _memmap_of(values)
    if source is not None and source.filename:
        folder = Path(source.filename).parent
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.gettempdir())


def release(values: NDArray[Any]) -> None:
    """Release the pages of a mapped array that were read; they are read again when needed."""
    source = _memmap_of(values)
    pages = getattr(source, "_mmap", None)
    # pages of a private mapping hold changes that are nowhere else
    if pages is not None and source is not None and source.mode in ("r", "r+"):
        if hasattr(mmap, "MADV_DONTNEED"):
            pages.madvise(mmap.MADV_DONTNEED)


def row_blocks(n_rows: int, row_bytes: int) -> Iterator[slice]:
    """Yield slices of rows that hold about 16 MiB each.

    >>> from skecg.utils import row_blocks
    >>> list(row_blocks(5, 2**23))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    n = max(1, _BLOCK // max(1, row_bytes))
    for start in range(0, n_rows, n):
        yield slice(start, min(start + n, n_rows))


def blocks_of(data: NDArray[Any]) -> Iterator[slice]:
    """Yield slices of the rows of an array; pages of a mapped one are released after each."""
    for block in row_blocks(len(data), _row_bytes(data.shape, data.dtype)):
        yield block
        release(data)


def read_rows(data: NDArray[Any], rows: NDArray[np.integer] | slice) -> NDArray[Any]:
    """Return rows for immediate use; a mapped array does not stay in memory by that."""
    global _read_in_order
    if not is_mapped(data):
        return data[rows]
    if isinstance(rows, slice) or data.nbytes < _RELEASE:
        part = np.array(data[rows])
        _read_in_order += part.nbytes
        if _read_in_order >= _RELEASE:
            _read_in_order = 0
            release(data)
        return part
    # Linux maps up to 2 MiB around each row that is read
    part = np.empty((len(rows), *data.shape[1:]), data.dtype)
    for start in range(0, len(rows), _AT_RANDOM):
        few = slice(start, start + _AT_RANDOM)
        part[few] = data[rows[few]]
        release(data)
    return part


def are_finite(data: NDArray[Any]) -> bool:
    """Tell whether all values of rows are finite, block by block."""
    return all(bool(np.isfinite(data[block]).all()) for block in blocks_of(data))


def take_rows(
    data: NDArray[Any], rows: NDArray[np.integer] | NDArray[np.bool_] | slice
) -> NDArray[Any]:
    """Take rows by their numbers, a mask or a slice; of a mapped array they are mapped, too.

    Neighbouring rows of a mapped array are a view, others are written to a scratch file.
    """
    if not is_mapped(data):
        return data[rows]
    if isinstance(rows, slice) or np.asarray(rows).dtype == bool:
        rows = np.arange(len(data))[rows]
    rows = np.asarray(rows)
    if not len(rows):
        return np.empty((0, *data.shape[1:]), data.dtype)
    first, last = int(rows[0]), int(rows[-1])
    is_inside = 0 <= first <= last < len(data)
    if is_inside and last == first + len(rows) - 1 and (np.diff(rows) == 1).all():
        return data[first : last + 1]
    with ScratchRows(mapped_folder(data), data.shape[1:], data.dtype) as scratch:
        for block in row_blocks(len(rows), _row_bytes(data.shape, data.dtype)):
            scratch.append(data[rows[block]])
            release(data)
        return scratch.map()


def map_rows(data: NDArray[Any], function: Callable[[NDArray[Any]], NDArray[Any]]) -> NDArray[Any]:
    """Return ``function(data)``, of a mapped array block by block and mapped, too.

    The function must make each row of the result from the same row of the array.
    """
    if not is_mapped(data) or not len(data):
        return function(data)
    scratch: ScratchRows | None = None
    try:
        for block in blocks_of(data):
            part = function(data[block])
            if scratch is None:
                scratch = ScratchRows(mapped_folder(data), part.shape[1:], part.dtype)
            scratch.append(part)
        assert scratch is not None
        return scratch.map()
    finally:
        if scratch is not None:
            scratch.close()


def change_rows(
    data: NDArray[Any],
    rows: NDArray[np.integer],
    change: Callable[[NDArray[Any], slice], None],
) -> None:
    """Call ``change(part, place)`` on some rows of an array, which it changes in place.

    ``place`` are the positions of the part in ``rows``. Rows of a mapped array are passed in
    blocks, those of another all at once.
    """
    whole = [slice(0, len(rows))]
    size = _row_bytes(data.shape, data.dtype)
    for place in row_blocks(len(rows), size) if is_mapped(data) else whole:
        part = data[rows[place]]  # a copy
        change(part, place)
        data[rows[place]] = part
        release(data)


class ScratchRows:
    """A scratch file that rows are appended to; `map` returns them as a mapped array.

    Parameters
    ----------
    folder : path-like
        Folder of the file.
    shape : tuple of int
        Shape of a row.
    dtype : dtype-like
        Type of the values.
    """

    def __init__(
        self, folder: str | os.PathLike[str], shape: tuple[int, ...], dtype: DTypeLike
    ) -> None:
        self.n_rows = 0
        self._shape, self._dtype = shape, np.dtype(dtype)
        folder = Path(folder)
        _remove_left_behind(folder)
        handle, name = tempfile.mkstemp(prefix=f"{_mine()}-", suffix=".tmp", dir=folder)
        self._file: BinaryIO = os.fdopen(handle, "wb", buffering=0)
        self._path: Path | None = Path(name)

    def append(self, rows: NDArray[Any]) -> None:
        """Write rows behind the last one."""
        assert self._path is not None
        content = np.ascontiguousarray(rows, dtype=self._dtype)
        with naming(self._path):
            write_all(self._file, content)
        self.n_rows += len(content)

    def map(self, mode: Literal["r", "r+"] = "r") -> NDArray[Any]:
        """Return all rows mapped; the file is removed with the last use of the array."""
        assert self._path is not None
        self._file.close()
        path = self._path
        if not self.n_rows:  # nothing can be mapped
            return np.empty((0, *self._shape), self._dtype)
        shape = (self.n_rows, *self._shape)
        data: np.memmap = np.memmap(path, dtype=self._dtype, mode=mode, shape=shape)
        weakref.finalize(data._mmap, _remove, path, os.getpid())  # type: ignore[attr-defined]
        self._path = None
        return data

    def close(self) -> None:
        """Remove the file, unless its rows are mapped."""
        self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def __enter__(self) -> "ScratchRows":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def write_all(file: BinaryIO, content: NDArray[Any]) -> None:
    """Write an array to an unbuffered file, however much a single call takes."""
    left = memoryview(content.reshape(-1).view(np.uint8).data)
    while left:
        left = left[file.write(left) :]


def _memmap_of(values: object) -> np.memmap | None:
    """Return the mapped array that an array is, or is a view of; None for another."""
    while isinstance(values, np.ndarray):
        if isinstance(values, np.memmap) and values._mmap is not None:  # type: ignore[attr-defined]
            return values
        values = values.base
    return None


def _row_bytes(shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    return int(np.prod(shape[1:], dtype=np.int64)) * dtype.itemsize


def _mine() -> str:
    """Return the start of the names of this process's scratch files."""
    return f"{_PREFIX}-{host_key()}-{os.getpid()}"


def _remove(path: Path, owner: int) -> None:
    """Remove a scratch file, unless in a fork of the process that wrote it."""
    if os.getpid() == owner:
        try:
            path.unlink(missing_ok=True)
        except OSError:  # still mapped, which Windows does not remove
            pass


def _remove_left_behind(folder: Path) -> None:
    """Remove scratch files of processes of this computer that have ended."""
    if os.name != "posix":
        return
    start = _mine().rpartition("-")[0] + "-"
    for path in folder.glob(f"{start}*.tmp"):
        pid = path.name.removeprefix(start).partition("-")[0]
        if pid.isdecimal() and not is_running(int(pid)):
            path.unlink(missing_ok=True)
