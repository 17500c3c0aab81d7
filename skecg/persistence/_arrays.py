"""Arrays as npy bytes: numbers, booleans and strings of fixed width, nothing else.

The reader is our own, since NumPy's accepts more than a model file may hold: its headers are
Python literals, and its arrays may be structured, of objects, or of any size that they declare.
"""

import io
import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._errors import Refused
from ._texts import has_control

__all__ = ["is_plain", "npy_bytes", "read_npy"]

_MAGIC = b"\x93NUMPY\x01\x00"
_DTYPE = re.compile(r"\|b1|\|[iu]1|[<>][iu][248]|[<>]f[248]|[<>]U[1-9]\d{0,5}|\|S[1-9]\d{0,5}")
_HEADER = re.compile(
    r"\{'descr': '([^']{2,8})', 'fortran_order': (True|False), "
    r"'shape': \(((?:\d{1,12}, ?){0,7}(?:\d{1,12})?)\), \} *\n"
)
_LARGEST_CHARACTER = 0x10FFFF


def is_plain(dtype: np.dtype) -> bool:
    """Tell whether a model file can hold arrays of a dtype."""
    return bool(_DTYPE.fullmatch(dtype.str))


def npy_bytes(array: NDArray[Any]) -> bytes:
    """Return an array of a plain dtype in NumPy's npy format, version 1.0."""
    stream = io.BytesIO()
    # ascontiguousarray would add a dimension to a scalar
    array = np.asarray(array, order="C")
    np.lib.format.write_array(stream, array, version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def read_npy(name: str, data: bytes) -> NDArray[Any]:
    """Return the array in npy bytes, if its header declares exactly the bytes that follow.

    Layout of the bytes::

        magic and version | 2 bytes: length of the header | header | values
    """
    start = len(_MAGIC) + 2
    if data[: len(_MAGIC)] != _MAGIC or len(data) < start:
        raise Refused(f"'{name}' in arrays.npz is not an array in npy format 1.0")
    end = start + int.from_bytes(data[len(_MAGIC) : start], "little")
    header = _HEADER.fullmatch(data[start:end].decode("latin-1"))
    if header is None:
        raise Refused(
            f"'{name}' in arrays.npz has a header that skecg does not write: "
            f"{data[start : min(end, start + 100)]!r}"
        )
    descr, fortran, lengths = header.groups()
    if not _DTYPE.fullmatch(descr):
        raise Refused(
            f"'{name}' in arrays.npz is of the dtype {descr!r}. Only numbers, booleans and "
            "strings are read; Python objects would be pickles"
        )
    dtype = np.dtype(descr)
    shape = tuple(int(n) for n in lengths.split(",") if n.strip())
    expected = dtype.itemsize * math.prod(shape)
    if expected != len(data) - end:
        raise Refused(
            f"'{name}' in arrays.npz should have {expected} bytes for its shape {shape}, and has "
            f"{len(data) - end}"
        )
    try:
        array = np.frombuffer(data, dtype, offset=end).reshape(
            shape, order="F" if fortran == "True" else "C"
        )
    except ValueError as error:  # no elements, and lengths beyond NumPy's integers
        raise Refused(f"'{name}' in arrays.npz cannot have the shape {shape}: {error}") from error
    _check_values(name, array)
    return array.copy()


def _check_values(name: str, array: NDArray[Any]) -> None:
    """Refuse bytes that are not values of their type, which would fail later."""
    if array.dtype.kind == "b" and array.size and array.view(np.uint8).max() > 1:
        raise Refused(f"'{name}' in arrays.npz has booleans that are neither true nor false")
    if array.dtype.kind == "U" and array.size:
        characters = np.ravel(array, order="K").view(
            np.dtype("u4").newbyteorder(array.dtype.byteorder)
        )
        if characters.max() > _LARGEST_CHARACTER:
            raise Refused(f"'{name}' in arrays.npz has invalid characters")
        if any(has_control(text) for text in array.ravel().tolist()):
            raise Refused(f"'{name}' in arrays.npz has characters that could control a terminal")
