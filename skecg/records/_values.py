"""Values of records: compared by value, checked, read-only."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..utils import printable
from ._errors import RecordError

__all__ = [
    "ByValue",
    "as_integers",
    "as_name",
    "as_positions",
    "as_strings",
    "freeze",
    "out_of_order",
]


@dataclass(frozen=True, eq=False, repr=False)
class ByValue:
    """Base of frozen dataclasses that are compared by value.

    Their arrays stay read-only when they are copied or unpickled.
    """

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = [f.name for f in fields(self) if f.compare]
        return all(_same(getattr(self, name), getattr(other, name)) for name in names)

    def __hash__(self) -> int:
        values = [getattr(self, f.name) for f in fields(self) if f.compare]
        return hash(tuple(v.shape if isinstance(v, np.ndarray) else v for v in values))

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        freeze(self, state)


def freeze(instance: object, values: Mapping[str, Any]) -> None:
    """Set the fields of a frozen dataclass, arrays read-only."""
    for name, value in values.items():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
        object.__setattr__(instance, name, value)


def as_name(value: object, parameter: str) -> str:
    """Return the name of a record or of a person: a string of printable characters on one line."""
    if not isinstance(value, str):
        raise TypeError(f"The '{parameter}' parameter of ECGRecord must be a str. Got {value!r}.")
    if not value:
        raise RecordError(f"The '{parameter}' parameter of ECGRecord must not be empty.")
    if value != printable(value):
        raise RecordError(
            f"The '{parameter}' parameter of ECGRecord must be of printable characters on one "
            f"line. Got {value!r}. Line ends and control characters would change the reports that "
            "name it: remove them."
        )
    return str(value)


def as_integers(values: ArrayLike, name: str) -> NDArray[np.int64]:
    """Return a copy as int64 of shape (n,)."""
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise RecordError(
            f"{name} must be whole numbers of shape (n,). "
            f"Got dtype {array.dtype}, shape {array.shape}."
        )
    return array.astype(np.int64)


def as_positions(values: ArrayLike, name: str) -> NDArray[np.int64]:
    """Return a copy as int64 of shape (n,), or raise if a position is negative."""
    array = as_integers(values, name)
    if np.any(array < 0):
        raise RecordError(f"{name} must count samples from 0. Got {array.min()}.")
    return array


def as_strings(values: ArrayLike, name: str) -> NDArray[np.str_]:
    """Return a copy as strings of shape (n,)."""
    if isinstance(values, np.ndarray) and values.dtype.kind == "U" and values.ndim == 1:
        return values.copy()
    array = np.array(values, dtype=object)
    if array.ndim != 1 or not all(isinstance(value, str) for value in array.tolist()):
        raise RecordError(f"{name} must be strings of shape (n,). Got {values!r:.100}.")
    return array.astype(str)


def out_of_order(record: str, noun: str, sample: NDArray[np.int64], least: int) -> str:
    """Write the error about the first two positions that differ by less than ``least``."""
    i = int(np.argmax(np.diff(sample) < least))
    expected = "increase" if least else "never decrease"
    return (
        f"{record}: positions of {noun} must {expected}. Sample {sample[i + 1]} comes after "
        f"sample {sample[i]}. Sort them, or remove duplicates."
    )


def _same(a: object, b: object) -> bool:
    """Compare two fields; NaN equals NaN."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    return bool(a == b)
