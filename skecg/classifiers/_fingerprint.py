"""All that the result of a training depends on, as one SHA-256."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from types import CodeType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ._keras import import_keras
from ._training import TrainingData

if TYPE_CHECKING:
    from ._network_settings import NetworkSettings

__all__ = ["fingerprint"]

_FORMAT = 1  # of the file; another one never reads it
# parameters that the result does not depend on, or that are known as the seed and the start
_NOT_PART = ("checkpoint", "callbacks", "verbose", "random_state", "warm_start")
_ROWS = 4096  # hashed at a time


def fingerprint(
    estimator: "NetworkSettings",
    data: TrainingData,
    seed: int,
    start: Sequence[NDArray[Any]] = (),
) -> str:
    """Return the SHA-256 of a training: settings, rows, seed, start and versions.

    Parameters
    ----------
    estimator : NetworkSettings
        A network classifier.
    data : TrainingData
        Encoded rows.
    seed : int
        Seed of the training.
    start : sequence of ndarray, default=()
        Variables before training, where it goes on from an earlier one.

    Raises
    ------
    ValueError
        If a parameter is an object that is not known by its values in another run.
    """
    params = estimator.get_params(deep=False)  # type: ignore[attr-defined]
    owner = type(estimator).__name__
    facts = {
        "format": _FORMAT,
        "class": _name(type(estimator)),
        "params": {k: _plain(v, k, owner) for k, v in params.items() if k not in _NOT_PART},
        "layout": repr(estimator.layout_),
        "classes": [repr(c) for c in estimator.classes_.tolist()],
        "seed": seed,
        "versions": _versions(),
    }
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for values in (data.X, data.y, data.weights, *(data.validation or (None, None)), *start):
        _add(digest, values)
    return digest.hexdigest()


def _add(digest: Any, values: NDArray[Any] | None) -> None:
    """Add an array to a digest, some rows at a time: they may be in a file."""
    if values is None:
        digest.update(b"none")
        return
    digest.update(f"{values.dtype.str}{values.shape}".encode())
    for first in range(0, len(values) if values.ndim else 0, _ROWS):
        digest.update(np.ascontiguousarray(values[first : first + _ROWS]).data)
    if not values.ndim:
        digest.update(values.tobytes())


def _versions() -> dict[str, str]:
    """Return the versions of the packages that compute the weights."""
    from .. import __version__

    keras = import_keras()
    backend = keras.backend.backend()
    found = {"skecg": __version__, "keras": keras.__version__, "numpy": np.__version__}
    try:
        return found | {backend: version(backend)}
    except PackageNotFoundError:  # builds of TensorFlow have other names
        return found | {backend: "unknown"}


def _plain(value: Any, name: str, owner: str) -> Any:
    """Describe a parameter by data that are the same in another run."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, np.generic):
        return _plain(value.item(), name, owner)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list | tuple | range):
        return [_plain(item, name, owner) for item in value]
    if isinstance(value, np.ndarray):
        return [_plain(item, name, owner) for item in value.tolist()]
    if isinstance(value, Mapping):
        pairs = [[_plain(k, name, owner), _plain(v, name, owner)] for k, v in value.items()]
        return {"pairs": sorted(pairs, key=repr)}
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, type):
        return _name(value)
    if hasattr(value, "get_config"):  # optimizers, losses, metrics, schedules of Keras
        return [_name(type(value)), _plain(value.get_config(), name, owner)]
    if name == "layout":
        return repr(value)
    code = getattr(value, "__code__", None)
    if code is not None and not getattr(value, "__closure__", None):
        return [_name(value), _code(code), repr(value.__defaults__)]
    raise ValueError(
        f"The 'checkpoint' parameter of {owner} needs parameters that another run recognizes: "
        f"names, numbers, objects of Keras and functions without values of their own. Got "
        f"{name}={value!r}. Pass another one, or checkpoint=None."
    )


def _name(value: Any) -> str:
    return f"{value.__module__}.{value.__qualname__}"


def _code(code: CodeType) -> list[Any]:
    """Describe the code of a function, and of those within."""
    return [code.co_code.hex(), list(code.co_names), [_constant(c) for c in code.co_consts]]


def _constant(value: Any) -> Any:
    """Describe a constant of a function; the order of a set is another one in each process."""
    if isinstance(value, CodeType):
        return _code(value)
    if isinstance(value, frozenset):
        return sorted(map(repr, value))
    return repr(value)
