"""Beats as a NumPy file, whose rows are mapped into memory.

    header    128 bytes: that of the format of NumPy, version 1.0
    rows      n_beats * n_features little-endian float32, in C order
    tail      a Parquet file: the columns before the features, and metadata as in other files
    length    8 bytes: of the tail, little-endian
    magic     8 bytes

`numpy.load` reads header and rows and knows nothing of the rest.
"""

import os
import struct
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..beats._beats import Beats
from ..utils import blocks_of, naming, replacing, write_all
from ._beats_about import (
    KEY,
    check_finite_cells,
    check_front,
    front_table,
    metadata,
    parse,
    reading,
    unusable,
)

__all__ = ["NpyFile", "read_npy", "write_npy"]

_HEADER = 128
_MAGIC = b"skecgnpy"
_END = struct.Struct("<Q8s")
_DTYPE = np.dtype("<f4")


class NpyFile:
    """A file that grows by rows; it replaces the one at its path when it is finished.

    Parameters
    ----------
    path : Path
        The file.
    n_features : int
        Number of columns.
    """

    def __init__(self, path: Path, n_features: int) -> None:
        self._path, self._shape = path, (0, n_features)
        with naming(path), ExitStack() as stack:
            temporary = stack.enter_context(replacing(path))
            self._file: BinaryIO = stack.enter_context(open(temporary, "wb", buffering=0))
            self._file.write(bytes(_HEADER))
            self._stack = stack.pop_all()

    def append(self, rows: NDArray[np.float32]) -> None:
        """Write rows behind the last one."""
        with naming(self._path):
            write_all(self._file, np.ascontiguousarray(rows, dtype=_DTYPE))
        self._shape = self._shape[0] + len(rows), self._shape[1]

    def finish(self, beats: Beats) -> None:
        """Write the tail and replace the file."""
        tail = np.frombuffer(_tail(beats), dtype=np.uint8)
        with naming(self._path), self._stack:
            write_all(self._file, tail)
            end = _END.pack(len(tail), _MAGIC)
            write_all(self._file, np.frombuffer(end, dtype=np.uint8))
            self._file.seek(0)
            self._file.write(_header(*self._shape))
            self._file.close()

    def close(self) -> None:
        """Remove the unfinished file; a finished one stays."""
        try:
            with self._stack:
                raise _Abandoned
        except _Abandoned:
            pass


class _Abandoned(Exception):
    pass


def write_npy(beats: Beats, data: NDArray[np.float32], path: Path) -> None:
    """Write all rows, block by block, and the tail."""
    file = NpyFile(path, data.shape[1])
    try:
        for block in blocks_of(data):
            file.append(data[block])
        file.finish(beats)
    finally:
        file.close()


def read_npy(path: Path) -> Beats:
    """Read the tail of a file and map its rows; all sizes are compared before."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        header = file.read(_HEADER)
        if not header.startswith(b"\x93NUMPY"):
            raise unusable(path, "it is not a NumPy file")
        if size < _HEADER + _END.size:
            raise unusable(path, "it ends in its header")
        file.seek(-_END.size, os.SEEK_END)
        length, magic = _END.unpack(file.read(_END.size))
        if magic != _MAGIC:
            raise unusable(
                path,
                "it ends without the labels and positions of beats, as an array of another "
                "program (numpy.load reads it) or a file that was cut off",
            )
        if length > size - _HEADER - _END.size:
            raise unusable(path, "its tail is longer than the file")
        file.seek(size - _END.size - length)
        tail = file.read(length)
    return _with_rows(path, header, tail, size - _HEADER - _END.size - length)


def _with_rows(path: Path, header: bytes, tail: bytes, n_bytes: int) -> Beats:
    """Return beats of a tail and of rows that take so many bytes."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    with reading(path, "its tail is damaged"):
        file = ParquetFile(pa.BufferReader(tail))
        schema = file.schema_arrow
        text = (schema.metadata or {})[KEY]
    about = parse(text, path)
    n_rows, n_features = about.n_beats, about.layout.n_features
    if schema.names != list(about.types):
        raise unusable(path, "the columns of its tail are not those in its metadata")
    about.check_rows(file.metadata.num_rows, path)
    if n_rows * n_features * _DTYPE.itemsize != n_bytes or header != _header(n_rows, n_features):
        raise unusable(path, f"it has not {n_rows} rows of {n_features} columns")
    with reading(path, "its tail is damaged"):
        front = file.read()
    about.check_rows(front.num_rows, path)
    check_front(front, about.types, path)
    data = map_npy(path, n_rows, n_features)
    check_finite_cells(data, about.layout.feature_names, path)
    with reading(path, "its tail is damaged"):
        return about.beats(data, front)


def map_npy(path: Path, n_rows: int, n_features: int) -> NDArray[np.float32]:
    """Map the rows of a file."""
    if not n_rows:  # nothing can be mapped
        return np.empty((0, n_features), dtype=np.float32)
    return np.memmap(path, dtype=_DTYPE, mode="r", offset=_HEADER, shape=(n_rows, n_features))


def _header(n_rows: int, n_features: int) -> bytes:
    """Return the header of NumPy's format, always of one length."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({n_rows}, {n_features}), }}"
    start = b"\x93NUMPY\x01\x00" + struct.pack("<H", _HEADER - 10)
    return start + text.ljust(_HEADER - 11).encode() + b"\n"


def _tail(beats: Beats) -> bytes:
    """Return the columns before the features, and the metadata."""
    import pyarrow as pa
    from pyarrow import parquet

    table = front_table(beats).replace_schema_metadata({KEY: metadata(beats).encode()})
    stream = pa.BufferOutputStream()
    parquet.write_table(table, stream)
    return stream.getvalue().to_pybytes()
