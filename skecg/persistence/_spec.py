"""Constructor parameters as plain data, and objects constructed from them.

A spec holds JSON types only. Other values are objects with one of these keys::

    {"float": "nan"}                                   a float that is not finite
    {"tuple": [...]}                                   a tuple
    {"dict": {...}}, {"pairs": [[key, value], ...]}    a dict, with str keys or with others
    {"function": "double_minority"}                    a function of the table in `_known`
    {"class": "BeatNormalizer", "params": {...}}       an object of a class of the table in
                                                       `_known`; "requests" are its metadata
                                                       requests

Names are looked up in the tables of `_known`, and no module is imported because a file names it,
so reading a spec from an untrusted file runs the constructors of these classes only.
Two kinds of data would make other code run later, or write elsewhere, and pass in neither
direction: folders (of caches, which hold pickles, and of checkpoints), and Keras configurations,
from which Keras makes objects.
"""

import inspect
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ._known import (
    ABSENT,
    CLASSES,
    FUNCTIONS,
    class_name,
    describe,
    function_name,
    place,
    resolve,
    shorten,
)

__all__ = [
    "GRIDS",
    "JOBLIB",
    "Spec",
    "checked_dict",
    "checked_key",
    "from_spec",
    "refuse_cache_grid",
    "to_spec",
]

Spec: TypeAlias = Any  # JSON: dict, list, str, float, int, bool or None

GRIDS = ("param_grid", "param_distributions")
JOBLIB = (
    "or keep the model with joblib.dump, whose files may run code when they are read: load them "
    "only if you trust where they come from."
)
# of a pipeline, whose later fit unpickles the files of that folder; of a network, whose later fit
# writes into it
_FOLDERS = ("memory", "checkpoint")
_KERAS_CONFIG = "class_name"  # the key by which Keras knows a dict that describes an object
_MAX_DEPTH = 50  # far more than any pipeline needs; keeps a crafted file from exhausting the stack
_NUMPY_SCALARS = (np.bool_, np.integer, np.float16, np.float32, np.float64, np.str_)
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def to_spec(obj: object, *, path: str = "") -> Spec:
    """Return an object's constructor parameters as data that JSON can hold.

    Fitted state, the cache folder of a pipeline (``memory``), the folder of a network's
    checkpoints and the container configured by ``set_output`` are not part of it.

    Parameters
    ----------
    obj : object
        None, bool, int, float, str, a NumPy scalar (which becomes a Python one), a list, tuple
        or dict of such values, or an object or function of the tables of known ones.
    path : str, default=""
        Place of the object in its owner, for the error, as ``get_params`` writes it.

    Returns
    -------
    dict, list, str, float, int, bool or None
        The spec.

    Raises
    ------
    TypeError
        If a value is of another type, or describes an object for Keras to make. The error names
        the parameter, such as ``classifier__callbacks``.
    ValueError
        If values are nested more than 50 deep.

    Examples
    --------
    >>> from skecg.persistence._spec import from_spec, to_spec
    >>> to_spec({"window": (0.1, 0.1)})
    {'dict': {'window': {'tuple': [0.1, 0.1]}}}
    >>> from_spec(_)
    {'window': (0.1, 0.1)}
    """
    return _encode(obj, path, _MAX_DEPTH)


def from_spec(spec: Spec, *, path: str = "") -> Any:
    """Return the value that a spec describes, newly constructed.

    Parameters
    ----------
    spec : dict, list, str, float, int, bool or None
        A result of `to_spec`, which may come from a JSON file.
    path : str, default=""
        Place of the spec in its file, for the error.

    Returns
    -------
    object
        The value, or an unfitted object. Parameters missing in the spec have their defaults, or
        the values by which versions without them wrote it. Pipelines have no cache folder, and
        networks no folder of checkpoints.

    Raises
    ------
    ValueError
        If the spec has another structure, names an unknown class, function or parameter,
        searches over cache folders, or holds a configuration of Keras. Nothing is imported for
        an unknown name.

    Examples
    --------
    >>> from skecg.persistence._spec import from_spec
    >>> from_spec({"class": "sklearn.KFold", "params": {"n_splits": 3}})
    KFold(n_splits=3, random_state=None, shuffle=False)
    """
    return _decode(spec, path, _MAX_DEPTH)


def checked_dict(value: dict[Any, Any], path: str = "") -> dict[Any, Any]:
    """Return a dict from a file, or raise ValueError if Keras would make an object from it."""
    if _KERAS_CONFIG in value:
        raise ValueError(
            f"The {place(path)} is a configuration from which Keras would make an object: "
            f"{shorten(value)}. Model files hold no objects of Keras."
        )
    return value


def checked_key(key: object, path: str = "") -> object:
    """Return a key from a file, or raise ValueError if it is not a plain value.

    Tuples of numbers can be made to share one hash, and a dict of them takes hours.
    """
    if key is None or type(key) in (bool, int, float, str):
        return key
    raise ValueError(f"The {place(path)} has an invalid key: {shorten(key)}.")


def refuse_cache_grid(grids: object, path: str, error: type[Exception]) -> None:
    """Refuse a search over cache folders: its fits would unpickle their files."""
    for grid in grids if isinstance(grids, list | tuple) else [grids]:
        for name in grid if isinstance(grid, dict) else ():
            if isinstance(name, str) and name.rpartition("__")[2] in _FOLDERS:
                raise error(
                    f"The {place(path)} searches over {name!r}, a folder of caches, which are "
                    "pickles, or of checkpoints, and not allowed in model files. Remove it from "
                    "the grid."
                )


# ---- values that JSON has


def _encode(value: object, path: str, depth: int) -> Spec:
    """Describe a value by JSON types."""
    _check_depth(depth, path)
    if isinstance(value, _NUMPY_SCALARS):
        value = value.item()
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float and math.isfinite(value):
        return value
    if type(value) is list:
        return _encode_items(value, path, depth)
    for key, kind in _KINDS.items():
        if kind.holds(value):
            return {key: kind.encode(value, path, depth)}
    if (name := class_name(value)) is not None:
        return _encode_object(value, name, path, depth)
    raise TypeError(
        f"The {place(path)} cannot be saved as data: it is {describe(value)}. Values that can be "
        "saved are None, bool, int, float, str, lists, tuples and dicts of them, and "
        f"{', '.join([*CLASSES, *FUNCTIONS])}. Pass one of these (for example a name), {JOBLIB}"
    )


def _decode(spec: Spec, path: str, depth: int) -> Any:
    """Return the value that JSON types describe."""
    _check_depth(depth, path)
    if spec is None or type(spec) in (bool, int, float, str):
        return spec
    if type(spec) is list:
        return _decode_items(spec, path, depth)
    if type(spec) is dict:
        if "class" in spec:
            return _decode_object(spec, path, depth)
        if len(spec) == 1:
            name, content = next(iter(spec.items()))
            kind = _KINDS.get(name)
            if kind is not None and type(content) is kind.described_by:
                return kind.decode(content, path, depth)
    raise _unexpected(spec, path)


def _unexpected(spec: Spec, path: str) -> ValueError:
    return ValueError(f"The {place(path)} has an unexpected description: {shorten(spec)}.")


def _encode_items(values: Iterable[object], path: str, depth: int) -> list[Spec]:
    return [_encode(v, f"{path}[{i}]", depth - 1) for i, v in enumerate(values)]


def _decode_items(specs: Sequence[Spec], path: str, depth: int) -> list[Any]:
    return [_decode(s, f"{path}[{i}]", depth - 1) for i, s in enumerate(specs)]


# ---- values that JSON lacks, each kind by a key of its own


class _Kind(NamedTuple):
    """The encoding of values of one kind under one key."""

    holds: Callable[[Any], bool]  # whether a value is of this kind
    encode: Callable[[Any, str, int], Spec]
    described_by: type  # JSON type of the description
    decode: Callable[[Any, str, int], Any]


def _encode_dict(value: dict[Any, Any], path: str, depth: int) -> dict[str, Spec]:
    items = _encoded_values(value, path, depth)
    return {str(key): spec for key, spec in items}


def _encode_pairs(value: dict[Any, Any], path: str, depth: int) -> list[list[Spec]]:
    pairs = []
    for key, spec in _encoded_values(value, path, depth):
        described = _encode(key, f"key of {path}", depth - 1)
        if isinstance(described, list) or (
            isinstance(described, dict) and described.keys() != {"float"}
        ):
            raise TypeError(
                f"The {place(path)} cannot be saved as data: it has the key {shorten(key)}. Keys "
                f"that can be saved are None, bool, int, float and str. Pass such keys, {JOBLIB}"
            )
        pairs.append([described, spec])
    return pairs


def _encoded_values(value: dict[Any, Any], path: str, depth: int) -> list[tuple[Any, Spec]]:
    """Encode the values of a dict, unless Keras would make an object from it."""
    if _KERAS_CONFIG in value:
        raise TypeError(
            f"The {place(path)} cannot be saved as data: it is a configuration from which Keras "
            f"makes an object ({_KERAS_CONFIG}: {shorten(value[_KERAS_CONFIG])}). Pass a name, "
            f"{JOBLIB}"
        )
    return [(k, _encode(v, f"{path}[{_key(k)}]", depth - 1)) for k, v in value.items()]


def _decode_float(text: str, path: str, depth: int) -> float:
    if text not in _NOT_FINITE:
        raise _unexpected({"float": text}, path)
    return _NOT_FINITE[text]


def _decode_dict(content: dict[str, Spec], path: str, depth: int) -> dict[Any, Any]:
    items = content.items()
    return checked_dict({k: _decode(v, f"{path}[{_key(k)}]", depth - 1) for k, v in items}, path)


def _decode_pairs(content: list[Spec], path: str, depth: int) -> dict[Any, Any]:
    value = {}
    for pair in content:
        if type(pair) is not list or len(pair) != 2:
            raise ValueError(
                f"The {place(path)} must be described by pairs of a key and a value. Got "
                f"{shorten(pair)} instead."
            )
        key = checked_key(_decode(pair[0], f"key of {path}", depth - 1), path)
        value[key] = _decode(pair[1], f"{path}[{_key(key)}]", depth - 1)
    return checked_dict(value, path)


_KINDS = {
    "float": _Kind(lambda v: type(v) is float, lambda v, path, depth: str(v), str, _decode_float),
    "tuple": _Kind(
        lambda v: isinstance(v, tuple),
        _encode_items,
        list,
        lambda content, path, depth: tuple(_decode_items(content, path, depth)),
    ),
    "dict": _Kind(
        lambda v: type(v) is dict and all(type(k) is str for k in v),
        _encode_dict,
        dict,
        _decode_dict,
    ),
    "pairs": _Kind(lambda v: type(v) is dict, _encode_pairs, list, _decode_pairs),
    "function": _Kind(
        lambda v: function_name(v) is not None,
        lambda v, path, depth: function_name(v),
        str,
        lambda name, path, depth: resolve(name, FUNCTIONS, "function", path),
    ),
}


# ---- objects of known classes


def _encode_object(obj: Any, name: str, path: str, depth: int) -> dict[str, Spec]:
    """Describe an object by the name of its class and its parameters."""
    params: dict[str, Spec] = {}
    for parameter in _parameters(type(obj)):
        if parameter in _FOLDERS:
            continue
        value = getattr(obj, parameter)
        where = _join(path, parameter)
        if parameter in GRIDS:
            refuse_cache_grid(value, where, TypeError)
        if parameter == "steps" and isinstance(value, list):
            # get_params names a step by its name, so errors do the same
            params[parameter] = [_encode_step(s, path, where, depth - 1) for s in value]
        else:
            params[parameter] = _encode(value, where, depth - 1)
    spec: dict[str, Spec] = {"class": name, "params": params}
    if requests := _requests(obj):
        spec["requests"] = requests
    return spec


def _encode_step(step: object, path: str, where: str, depth: int) -> Spec:
    """Describe one step of a pipeline, with its name as the path of its parameters."""
    if isinstance(step, tuple) and len(step) == 2 and isinstance(step[0], str):
        name, estimator = step
        return {"tuple": [name, _encode(estimator, _join(path, name), depth - 1)]}
    return _encode(step, where, depth)


def _decode_object(spec: dict[str, Spec], path: str, depth: int) -> Any:
    """Construct an object of a known class from its name and parameters."""
    cls = resolve(spec["class"], CLASSES, "class", path)
    params = spec.get("params", {})
    if spec.keys() - {"class", "params", "requests"} or type(params) is not dict:
        raise ValueError(
            f"The {place(path)} must be described by 'class' and 'params' (and 'requests'). Got "
            f"{shorten(spec)} instead."
        )
    if unknown := params.keys() - set(_parameters(cls)):
        raise ValueError(
            f"The {place(path)} has parameters that {cls.__name__} of this version lacks: "
            f"{', '.join(sorted(unknown))}. Its parameters are {', '.join(_parameters(cls))}."
        )
    values = {
        k: _decode(v, _join(path, k), depth - 1) for k, v in params.items() if k not in _FOLDERS
    }
    values = {**ABSENT.get(spec["class"], {}), **values}
    for grid in values.keys() & set(GRIDS):
        refuse_cache_grid(values[grid], _join(path, grid), ValueError)
    try:
        obj = cls(**values)
    # splitters and layouts check their parameters
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ValueError(
            f"The {place(path)} cannot be constructed: {cls.__name__} refuses its parameters: "
            f"{error}"
        ) from error
    _set_requests(obj, spec.get("requests", {}), path)
    return obj


def _requests(obj: Any) -> dict[str, dict[str, bool | str]]:
    """Return the metadata requests that were set on this very object, by method."""
    if not hasattr(obj, "_metadata_request"):
        return {}
    routing = obj.get_metadata_routing()
    found = {}
    for method in _methods_with_requests(type(obj)):
        given = getattr(routing, method).requests
        if asked := {name: value for name, value in given.items() if value is not None}:
            found[method] = asked
    return found


def _set_requests(obj: Any, requests: Spec, path: str) -> None:
    """Set metadata requests as the public ``set_fit_request`` and similar methods do."""
    import sklearn

    if type(requests) is not dict or not all(type(r) is dict for r in requests.values()):
        raise ValueError(f"The {place(path)} has invalid 'requests': {shorten(requests)}.")
    known = _methods_with_requests(type(obj))
    for method, asked in requests.items():
        if method not in known or not all(type(v) in (bool, str) for v in asked.values()):
            raise ValueError(
                f"The {place(path)} has an unknown metadata request: {shorten({method: asked})}."
            )
        with sklearn.config_context(enable_metadata_routing=True):
            try:
                getattr(obj, f"set_{method}_request")(**asked)
            except TypeError as error:
                raise ValueError(
                    f"The {place(path)} requests metadata that {type(obj).__name__}.{method} "
                    f"does not take: {', '.join(asked)}."
                ) from error


def _methods_with_requests(cls: type) -> list[str]:
    names = [n for n in dir(cls) if n.startswith("set_") and n.endswith("_request")]
    return [name[len("set_") : -len("_request")] for name in names]


def _parameters(cls: type) -> list[str]:
    """Return the names of a class's constructor parameters, which are also its attributes."""
    return list(inspect.signature(cls).parameters)


def _check_depth(depth: int, path: str) -> None:
    if depth < 0:
        raise ValueError(f"The {place(shorten(path))} is nested more than {_MAX_DEPTH} deep.")


def _join(path: str, parameter: str) -> str:
    return f"{path}__{parameter}" if path else parameter


def _key(key: object) -> str:
    """Return a key as it is written in a path; a crafted file may have a very long one."""
    return (repr(key[:60]) if isinstance(key, str) else repr(key))[:60]
