"""Constructor parameters as plain data, and objects back from them.

A spec holds JSON types only. What JSON has no word for is an object with one of these keys::

    {"float": "nan"}                                   a float that is not finite
    {"tuple": [...]}                                   a tuple
    {"dict": {...}}, {"pairs": [[key, value], ...]}    a dict, with str keys or with others
    {"function": "double_minority"}                        a function of the table
    {"class": "BeatNormalizer", "params": {...}}       an object of a known class, perhaps with
                                                       "requests", its metadata requests

Names are looked up among our own estimators and in two short tables, and never imported from
what a file says, so reading a spec from an untrusted file runs nothing but the constructors of
these classes, which store.
Two kinds of data would make others run code later and never pass, in either direction: folders
of caches, which hold pickles, and Keras configurations, from which Keras makes objects.
"""

import inspect
import math
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np

__all__ = [
    "checked_dict",
    "checked_key",
    "class_name",
    "from_spec",
    "known_class",
    "known_classes",
    "refuse_cache_grid",
    "to_spec",
]

#: Subpackages whose public estimators are known by their names.
ESTIMATOR_PACKAGES = ("preprocessing", "beats", "augmentation", "classifiers")
CLASSES = {  # what else is known
    "BeatLayout": "skecg.layout:BeatLayout",
    "BeatScorer": "skecg.metrics:BeatScorer",
    "TemperatureScaling": "skecg.calibration:TemperatureScaling",
    "StratifiedGroupShuffleSplit": "skecg.model_selection:StratifiedGroupShuffleSplit",
    "imblearn.Pipeline": "imblearn.pipeline:Pipeline",
    "imblearn.RandomOverSampler": "imblearn.over_sampling:RandomOverSampler",
    "imblearn.RandomUnderSampler": "imblearn.under_sampling:RandomUnderSampler",
    "sklearn.GridSearchCV": "sklearn.model_selection:GridSearchCV",
    "sklearn.GroupKFold": "sklearn.model_selection:GroupKFold",
    "sklearn.KFold": "sklearn.model_selection:KFold",
    "sklearn.Pipeline": "sklearn.pipeline:Pipeline",
    "sklearn.RandomizedSearchCV": "sklearn.model_selection:RandomizedSearchCV",
    "sklearn.StandardScaler": "sklearn.preprocessing:StandardScaler",
    "sklearn.StratifiedGroupKFold": "sklearn.model_selection:StratifiedGroupKFold",
    "sklearn.StratifiedKFold": "sklearn.model_selection:StratifiedKFold",
}
FUNCTIONS = {
    "double_minority": "skecg.augmentation:double_minority",
    "balance_majority": "skecg.augmentation:balance_majority",
}
_CACHE = "memory"  # of a pipeline; a later fit unpickles what lies in that folder
_KERAS_CONFIG = "class_name"  # the key by which Keras knows a dict that describes an object
GRIDS = ("param_grid", "param_distributions")
JOBLIB = (
    "or keep the model with joblib.dump, whose files may run code when they are read: load them "
    "only if you trust where they come from."
)
_MAX_DEPTH = 50  # far more than any pipeline needs; keeps a crafted file from exhausting the stack
_NUMPY_SCALARS = (np.bool_, np.integer, np.float16, np.float32, np.float64, np.str_)
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def to_spec(obj: Any, *, path: str = "") -> Any:
    """Return an object's constructor parameters as data that JSON can hold.

    Fitted state is not part of it, and neither are the cache folder of a pipeline (``memory``)
    and the container configured by ``set_output``.

    Parameters
    ----------
    obj : object
        None, bool, int, float, str, a NumPy scalar (which becomes a Python one), a list, tuple
        or dict of such values, or one of our estimators, or an object or function of the tables
        in this module.
    path : str, default=""
        Where the object stands in its owner, for the error, as ``get_params`` writes it.

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


def from_spec(spec: Any, *, path: str = "") -> Any:
    """Return what a spec describes, newly constructed.

    Parameters
    ----------
    spec : dict, list, str, float, int, bool or None
        What `to_spec` returned, perhaps after a way through a JSON file.
    path : str, default=""
        Where the spec stands in its file, for the error.

    Returns
    -------
    object
        The value, or an unfitted object. Parameters that the spec leaves out have their
        defaults, and pipelines have no cache folder.

    Raises
    ------
    ValueError
        If the spec has another structure, names a class, function or parameter that is not
        known, searches over cache folders, or holds a configuration of Keras. Nothing is
        imported for an unknown name.

    Examples
    --------
    >>> from skecg.persistence._spec import from_spec
    >>> from_spec({"class": "sklearn.KFold", "params": {"n_splits": 3}})
    KFold(n_splits=3, random_state=None, shuffle=False)
    """
    return _decode(spec, path, _MAX_DEPTH)


def class_name(obj: Any) -> str | None:
    """Name of an object's class; None if it is not known (a subclass is not)."""
    cls = type(obj)
    name = _name_of(cls, known_classes())
    return name if name in CLASSES or _is_estimator(cls) else None


def known_class(name: Any, path: str = "") -> type:
    """Class that is known under a name, or a ValueError."""
    cls = _resolve(name, known_classes(), "class", path)
    if name in CLASSES or _is_estimator(cls):
        return cls
    raise ValueError(f"The {_where(path)} is of a class whose constructor may do more: {name}.")


def known_classes() -> dict[str, str]:
    """Where each class is, by its name; nothing is imported to say so."""
    own = {
        name: f"skecg.{room}:{name}"
        for room in ESTIMATOR_PACKAGES
        for name in import_module(f"skecg.{room}").__all__
        if name[0].isupper()
    }
    return dict(sorted((own | CLASSES).items()))


def checked_dict(value: dict[Any, Any], path: str = "") -> dict[Any, Any]:
    """Return a dict from a file, or a ValueError if Keras would make an object from it."""
    if _KERAS_CONFIG in value:
        raise ValueError(
            f"The {_where(path)} is a configuration from which Keras would make an object: "
            f"{_short(value)}. Objects of Keras have no place in data."
        )
    return value


def checked_key(key: Any, path: str = "") -> Any:
    """Return a key from a file, or a ValueError if it is no plain value.

    Tuples of numbers can be made to share one hash, and a dict of them takes hours.
    """
    if key is None or type(key) in (bool, int, float, str):
        return key
    raise ValueError(f"The {_where(path)} has a key that cannot be one: {_short(key)}.")


def _encode(value: Any, path: str, depth: int) -> Any:
    _check_depth(depth, path)
    if isinstance(value, _NUMPY_SCALARS):
        value = value.item()
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"float": str(value)}
    if type(value) is list:
        return _encode_items(value, path, depth)
    if isinstance(value, tuple):
        return {"tuple": _encode_items(value, path, depth)}
    if type(value) is dict:
        return _encode_dict(value, path, depth)
    if (name := class_name(value)) is not None:
        return _encode_object(value, name, path, depth)
    if (name := _name_of(value, FUNCTIONS)) is not None:
        return {"function": name}
    raise TypeError(
        f"The {_where(path)} cannot be kept as data: it is {_describe(value)}. What can be kept "
        "are None, bool, int, float, str, lists, tuples and dicts of them, and "
        f"{', '.join([*known_classes(), *FUNCTIONS])}. Give it as one of these (for example by "
        f"name), {JOBLIB}"
    )


def _encode_items(values: Any, path: str, depth: int) -> list[Any]:
    return [_encode(v, f"{path}[{i}]", depth - 1) for i, v in enumerate(values)]


def _encode_dict(value: dict[Any, Any], path: str, depth: int) -> dict[str, Any]:
    """Write a dict as an object where its keys allow it, else as pairs."""
    if _KERAS_CONFIG in value:
        raise TypeError(
            f"The {_where(path)} cannot be kept as data: it is a configuration from which Keras "
            f"makes an object ({_KERAS_CONFIG}: {_short(value[_KERAS_CONFIG])}). Give it by name, "
            f"{JOBLIB}"
        )
    items = [(k, _encode(v, f"{path}[{_key(k)}]", depth - 1)) for k, v in value.items()]
    if all(type(k) is str for k, _ in items):
        return {"dict": dict(items)}
    pairs = [[_encode(k, f"key of {path}", depth - 1), v] for k, v in items]
    if strangers := [
        k for (k, _), (data, _) in zip(items, pairs, strict=True) if _is_compound(data)
    ]:
        raise TypeError(
            f"The {_where(path)} cannot be kept as data: it has the key {_short(strangers[0])}. "
            f"Keys that can be kept are None, bool, int, float and str. Use such keys, {JOBLIB}"
        )
    return {"pairs": pairs}


def _is_compound(data: Any) -> bool:
    """Whether a key stands for more than a plain value."""
    return type(data) is list or (type(data) is dict and data.keys() != {"float"})


def _encode_object(obj: Any, name: str, path: str, depth: int) -> dict[str, Any]:
    """Class name and parameters of an object of a known class."""
    params = {}
    for parameter in _parameters(type(obj)):
        if parameter == _CACHE:
            continue
        value = getattr(obj, parameter)
        where = _join(path, parameter)
        if parameter in GRIDS:
            refuse_cache_grid(value, where, TypeError)
        if parameter == "steps" and isinstance(value, list):
            # a step is called by its name in get_params, so errors do the same
            params[parameter] = [_encode_step(s, path, where, depth - 1) for s in value]
        else:
            params[parameter] = _encode(value, where, depth - 1)
    spec = {"class": name, "params": params}
    if requests := _requests(obj):
        spec["requests"] = requests
    return spec


def _encode_step(step: Any, path: str, where: str, depth: int) -> Any:
    """One step of a pipeline, with its name as the path of its parameters."""
    if isinstance(step, tuple) and len(step) == 2 and isinstance(step[0], str):
        name, estimator = step
        return {"tuple": [name, _encode(estimator, _join(path, name), depth - 1)]}
    return _encode(step, where, depth)


def _decode(spec: Any, path: str, depth: int) -> Any:
    _check_depth(depth, path)
    if spec is None or type(spec) in (bool, int, float, str):
        return spec
    if type(spec) is list:
        return _decode_items(spec, path, depth)
    if type(spec) is dict:
        if "class" in spec:
            return _decode_object(spec, path, depth)
        if len(spec) == 1:
            kind, content = next(iter(spec.items()))
            if kind == "float" and type(content) is str and content in _NOT_FINITE:
                return _NOT_FINITE[content]
            if kind == "tuple" and type(content) is list:
                return tuple(_decode_items(content, path, depth))
            if kind == "dict" and type(content) is dict:
                items = content.items()
                return checked_dict(
                    {k: _decode(v, f"{path}[{_key(k)}]", depth - 1) for k, v in items}, path
                )
            if kind == "pairs" and type(content) is list:
                return checked_dict(dict(_decode_pairs(content, path, depth)), path)
            if kind == "function":
                return _resolve(content, FUNCTIONS, "function", path)
    raise ValueError(f"The {_where(path)} is not described as expected: got {_short(spec)}.")


def _decode_items(specs: list[Any], path: str, depth: int) -> list[Any]:
    return [_decode(s, f"{path}[{i}]", depth - 1) for i, s in enumerate(specs)]


def _decode_pairs(pairs: list[Any], path: str, depth: int) -> Iterator[tuple[Any, Any]]:
    for pair in pairs:
        if type(pair) is not list or len(pair) != 2:
            raise ValueError(
                f"The {_where(path)} must be described by pairs of a key and a value: got "
                f"{_short(pair)}."
            )
        key = checked_key(_decode(pair[0], f"key of {path}", depth - 1), path)
        yield key, _decode(pair[1], f"{path}[{_key(key)}]", depth - 1)


def _decode_object(spec: dict[str, Any], path: str, depth: int) -> Any:
    """Construct an object of a known class from its name and parameters."""
    cls = known_class(spec["class"], path)
    params = spec.get("params", {})
    requests = spec.get("requests", {})
    if spec.keys() - {"class", "params", "requests"} or type(params) is not dict:
        raise ValueError(
            f"The {_where(path)} must be described by 'class' and 'params' (and 'requests'): "
            f"got {_short(spec)}."
        )
    if unknown := params.keys() - set(_parameters(cls)):
        raise ValueError(
            f"The {_where(path)} has parameters that {cls.__name__} of this version does not "
            f"have: {', '.join(sorted(unknown))}. It has {', '.join(_parameters(cls))}."
        )
    values = {k: _decode(v, _join(path, k), depth - 1) for k, v in params.items() if k != _CACHE}
    for grid in values.keys() & set(GRIDS):
        refuse_cache_grid(values[grid], _join(path, grid), ValueError)
    try:
        obj = cls(**values)
    # splitters and layouts judge their parameters
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ValueError(
            f"The {_where(path)} cannot be made: {cls.__name__} refuses its parameters: {error}"
        ) from error
    _set_requests(obj, requests, path)
    return obj


def refuse_cache_grid(grids: Any, path: str, error: type[Exception]) -> None:
    """Refuse a search over cache folders: its fits would unpickle what lies there."""
    for grid in grids if isinstance(grids, list | tuple) else [grids]:
        for name in grid if isinstance(grid, dict) else ():
            if isinstance(name, str) and name.rpartition("__")[2] == _CACHE:
                raise error(
                    f"The {_where(path)} searches over {name!r}, a folder of caches, which are "
                    "pickles: it has no place in data. Leave it out of the grid."
                )


def _requests(obj: Any) -> dict[str, dict[str, Any]]:
    """Metadata requests that were set on this very object, by method."""
    if not hasattr(obj, "_metadata_request"):
        return {}
    routing = obj.get_metadata_routing()
    found = {m: _asked(routing, m) for m in _methods_with_requests(type(obj))}
    return {method: asked for method, asked in found.items() if asked}


def _asked(routing: Any, method: str) -> dict[str, Any]:
    return {k: v for k, v in getattr(routing, method).requests.items() if v is not None}


def _set_requests(obj: Any, requests: Any, path: str) -> None:
    """Set metadata requests as the public ``set_fit_request`` and its like do."""
    import sklearn

    if type(requests) is not dict or not all(type(r) is dict for r in requests.values()):
        raise ValueError(f"The {_where(path)} has 'requests' that are none: {_short(requests)}.")
    known = _methods_with_requests(type(obj))
    for method, asked in requests.items():
        if method not in known or not all(type(v) in (bool, str) for v in asked.values()):
            raise ValueError(
                f"The {_where(path)} requests metadata in a way that is not known: "
                f"{_short({method: asked})}."
            )
        with sklearn.config_context(enable_metadata_routing=True):
            try:
                getattr(obj, f"set_{method}_request")(**asked)
            except TypeError as error:
                raise ValueError(
                    f"The {_where(path)} requests metadata that {type(obj).__name__}.{method} "
                    f"does not take: {', '.join(asked)}."
                ) from error


def _methods_with_requests(cls: type) -> list[str]:
    names = [n for n in dir(cls) if n.startswith("set_") and n.endswith("_request")]
    return [name[len("set_") : -len("_request")] for name in names]


def _parameters(cls: type) -> list[str]:
    """Names of a class's constructor parameters, which are also its attributes."""
    return list(inspect.signature(cls).parameters)


def _is_estimator(cls: Any) -> bool:
    """Whether this is a class whose constructor stores and no more, as an estimator's must."""
    from sklearn.base import BaseEstimator

    return inspect.isclass(cls) and issubclass(cls, BaseEstimator)


def _name_of(obj: Any, table: dict[str, str]) -> str | None:
    """Name of a class or function in a table, by identity."""
    called = getattr(obj, "__name__", None)
    package = str(getattr(obj, "__module__", "")).partition(".")[0]
    for name, place in table.items():
        module, _, attribute = place.partition(":")
        # the cheap comparison first: no module is imported for an object of another
        if attribute == called and module.partition(".")[0] == package:
            if _at(place) is obj:
                return name
    return None


def _resolve(name: Any, table: dict[str, str], kind: str, path: str = "") -> Any:
    """Return what a table has under a name; nothing else is ever imported."""
    if type(name) is not str or name not in table:
        raise ValueError(
            f"The {_where(path)} is of a {kind} that is not known: {_short(name)}. Known are "
            f"{', '.join(table)}."
        )
    return _at(table[name])


def _at(place: str) -> Any:
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)


def _check_depth(depth: int, path: str) -> None:
    if depth < 0:
        raise ValueError(f"The {_where(_short(path))} is nested more than {_MAX_DEPTH} deep.")


def _join(path: str, parameter: str) -> str:
    return f"{path}__{parameter}" if path else parameter


def _key(key: Any) -> str:
    """A key as it stands in a path: whole unless very long, as a crafted file may have it."""
    text = repr(key) if not isinstance(key, str) else repr(key[:60])
    return text[:60]


def _where(path: str) -> str:
    return f"parameter '{path}'" if path else "object"


def _describe(value: Any) -> str:
    """Type of a value as a reader would say it, with the name of a function or class."""
    if inspect.isroutine(value) or inspect.isclass(value):
        kind = "the class" if inspect.isclass(value) else "the function"
        return f"{kind} {value.__module__}.{value.__qualname__}"
    return f"an object of type {type(value).__module__}.{type(value).__qualname__}"


def _short(value: Any) -> str:
    """Start of a value's representation: an untrusted file may hold a long one."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 200 else text[:200] + "..."
