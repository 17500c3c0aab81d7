"""Fitted attributes as JSON and arrays, and back.

None, booleans, strings, finite numbers and lists are written as they are. Other values are
objects with one of these keys::

    {"array": "a0"}                   an array, by its name in arrays.npz
    {"objects": [...]}                an array of Python objects, such as strings
    {"masked": ..., "mask": [...]}    a masked array of one dimension
    {"dict": [[key, value], ...]}     a dict
    {"spec": ...}                     any other value that has a spec: a tuple, a layout, NaN
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._arrays import is_plain
from ._spec import JOBLIB, Spec, checked_dict, checked_key, from_spec, to_spec

__all__ = ["decode", "encode"]

_MAX_DEPTH = 20  # of attributes; the deepest are the candidates of a search


def encode(value: object, arrays: dict[str, NDArray[Any]], path: str) -> Spec:
    """Describe an attribute by JSON types, and add its arrays to `arrays`."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, np.ma.MaskedArray):
        return _encode_masked(value, arrays, path)
    if isinstance(value, np.ndarray):
        return _encode_array(value, arrays, path)
    if isinstance(value, Mapping):
        items = value.items()
        return {
            "dict": [[to_spec(_plain(k)), encode(v, arrays, f"{path}[{k!r}]")] for k, v in items]
        }
    if isinstance(value, list):
        return [encode(v, arrays, f"{path}[{i}]") for i, v in enumerate(value)]
    return {"spec": to_spec(value, path=path)}


def decode(data: Spec, arrays: dict[str, NDArray[Any]], depth: int = _MAX_DEPTH) -> Any:
    """Return the attribute that `encode` described, and take its arrays out of `arrays`."""
    if depth < 0:
        raise ValueError(f"a fitted attribute is nested more than {_MAX_DEPTH} deep")
    if data is None or type(data) in (bool, int, float, str):
        return data
    if type(data) is list:
        return [decode(v, arrays, depth - 1) for v in data]
    match data:
        case {"array": str(name), **rest} if not rest:
            if name not in arrays:
                raise ValueError(f"the array {name[:80]!r} is missing or used twice")
            return arrays.pop(name)  # used twice, small arrays could fill a large network
        case {"objects": list(values), **rest} if not rest:
            return _object_array([decode(v, arrays, depth - 1) for v in values])
        case {"masked": values, "mask": list(mask), **rest} if not rest:
            return _decode_masked(decode(values, arrays, depth - 1), mask)
        case {"dict": list(items), **rest} if not rest:
            return _decode_dict(items, arrays, depth)
        case {"spec": spec, **rest} if not rest:
            return from_spec(spec)
    raise ValueError(f"a fitted attribute has an unexpected description: {str(data)[:80]}")


def _encode_array(
    value: NDArray[Any], arrays: dict[str, NDArray[Any]], path: str
) -> dict[str, Spec]:
    if value.dtype.hasobject and value.ndim == 1:
        items = value.tolist()
        return {"objects": [encode(v, arrays, f"{path}[{i}]") for i, v in enumerate(items)]}
    if not is_plain(value.dtype):
        raise TypeError(
            f"The attribute '{path}' cannot be saved as data: it is an array of the dtype "
            f"{value.dtype}. Arrays of numbers, booleans and strings can be saved. Fit on such "
            f"values, {JOBLIB}"
        )
    name = f"a{len(arrays)}"
    arrays[name] = value
    return {"array": name}


def _encode_masked(
    value: np.ma.MaskedArray, arrays: dict[str, NDArray[Any]], path: str
) -> dict[str, Spec]:
    mask = np.ma.getmaskarray(value).tolist()
    values = np.array(value.data)
    if values.dtype.hasobject:
        values[np.array(mask)] = None  # values behind a mask may be anything
    return {"masked": _encode_array(values, arrays, path), "mask": mask}


def _decode_masked(values: object, mask: list[Any]) -> np.ma.MaskedArray:
    if not isinstance(values, np.ndarray) or values.shape != (len(mask),):
        raise ValueError("a masked array has another length than its mask")
    if not all(type(m) is bool for m in mask):
        raise ValueError("a mask holds values other than true and false")
    return np.ma.MaskedArray(values, mask=mask)


def _decode_dict(items: list[Spec], arrays: dict[str, NDArray[Any]], depth: int) -> dict[Any, Any]:
    if not all(type(item) is list and len(item) == 2 for item in items):
        raise ValueError("a dict is not described by pairs of a key and a value")
    return checked_dict(
        {checked_key(from_spec(k)): decode(v, arrays, depth - 1) for k, v in items}
    )


def _plain(value: object) -> object:
    """Return a NumPy scalar as a Python one, and other values as they are."""
    return value.item() if isinstance(value, np.generic) else value


def _object_array(values: list[Any]) -> NDArray[np.object_]:
    """Return an array of one dimension, also of elements that are sequences."""
    array = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        array[i] = value
    return array
