"""What the parameters of a network may be."""

import inspect
import math
import numbers
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ._keras import import_keras

__all__ = [
    "COUNT",
    "SHARE",
    "Rule",
    "check_params",
    "is_architecture",
    "is_int",
    "is_real",
    "with_later",
]

_DTYPES = ("float16", "float32", "float64")
_LATER = {"samples_per_step": 1}  # what networks of files without it were built with
_MAX_LAYERS = 100
_MANAGED_COMPILE_KWARGS = dict.fromkeys(
    ("optimizer", "loss", "metrics"), "the parameter of that name"
)
_MANAGED_FIT_KWARGS = {
    "batch_size": "batch_size",
    "callbacks": "callbacks",
    "class_weight": "class_weight",
    "epochs": "epochs",
    "sample_weight": "fit(..., sample_weight=...)",
    "shuffle": "random_state",
    "validation_data": "fit(..., X_val=..., y_val=...)",
    "validation_split": "validation_fraction",
    "verbose": "verbose",
    "x": "fit(X, ...)",
    "y": "fit(..., y)",
}


class Rule(NamedTuple):
    """What a parameter may be: a test, and what it expects in words."""

    valid: Callable[[Any], bool]
    expected: str


COUNT = Rule(lambda v: is_int(v) and v > 0, "a positive int")
SHARE = Rule(lambda v: is_real(v) and 0 <= v < 1, "a float in [0, 1)")
_SWITCH = Rule(lambda v: isinstance(v, bool | np.bool_), "True or False")
_RULES = {
    "units": Rule(
        lambda v: (
            isinstance(v, list | tuple | range | np.ndarray)
            and len(v) > 0
            and all(is_int(n) and n > 0 for n in v)
        ),
        "a non-empty sequence of positive ints",
    ),
    "dropout": SHARE,
    "samples_per_step": COUNT,
    "optimizer": Rule(
        lambda v: _is_keras("optimizers", "Optimizer", v),
        "the name of a Keras optimizer, one of keras.optimizers or a class of them",
    ),
    "learning_rate": Rule(
        lambda v: (is_real(v) and 0 < v < math.inf) or _is_schedule(v),
        "a positive float, or one of keras.optimizers.schedules",
    ),
    "loss": Rule(
        lambda v: _is_keras("losses", "Loss", v) or _is_function(v),
        "the name of a Keras loss, one of keras.losses, a class of them or a function",
    ),
    "metrics": Rule(lambda v: isinstance(v, list | tuple), "a list or tuple, perhaps empty"),
    "epochs": COUNT,
    "batch_size": COUNT,
    "early_stopping": _SWITCH,
    "validation_fraction": SHARE,
    "n_iter_no_change": COUNT,
    "class_weight": Rule(
        lambda v: (
            v is None
            or (isinstance(v, str) and v in ("balanced", "sqrt_balanced"))
            or (
                isinstance(v, Mapping)
                and all(is_real(w) and 0 <= w < math.inf for w in v.values())
            )
        ),
        "None, 'balanced', 'sqrt_balanced' or a dict from label to weight, a float of 0 or more",
    ),
    "callbacks": Rule(
        lambda v: v is None or isinstance(v, list | tuple), "None or a list of callbacks"
    ),
    "compile_kwargs": Rule(
        lambda v: v is None or isinstance(v, Mapping), "None or a dict of arguments"
    ),
    "fit_kwargs": Rule(
        lambda v: v is None or isinstance(v, Mapping), "None or a dict of arguments"
    ),
    "dtype": Rule(
        lambda v: isinstance(v, str) and v in _DTYPES, f"one of {', '.join(map(repr, _DTYPES))}"
    ),
    "warm_start": _SWITCH,
    "random_state": Rule(
        lambda v: (
            v is None
            or isinstance(v, np.random.RandomState)
            or v is np.random
            or (is_int(v) and 0 <= v < 2**32)
        ),
        "an int from 0 to 2**32 - 1, a numpy.random.RandomState or None",
    ),
    "verbose": Rule(
        lambda v: (is_int(v) and v in (0, 1, 2)) or (isinstance(v, str) and v == "auto"),
        "0, 1, 2 or 'auto'",
    ),
}


def check_params(estimator: Any) -> None:
    """Judge the constructor's parameters of a network, as scikit-learn does, when fit begins.

    The layout is judged with the rows.
    """
    owner = type(estimator).__name__
    for name, rule in (_RULES | estimator._rules).items():
        value = getattr(estimator, name)
        if not rule.valid(value):
            raise ValueError(
                f"The '{name}' parameter of {owner} must be {rule.expected}. "
                f"Got {value!r} instead."
            )
    for name, expected, strangers in _strangers(estimator):
        if strangers:
            raise ValueError(
                f"The '{name}' parameter of {owner} must hold {expected}. "
                f"Got {', '.join(map(repr, strangers))} in it."
            )
    for name, managed in (
        ("compile_kwargs", _MANAGED_COMPILE_KWARGS),
        ("fit_kwargs", _MANAGED_FIT_KWARGS),
    ):
        for argument in set(getattr(estimator, name) or ()) & set(managed):
            raise ValueError(
                f"The '{name}' parameter of {owner} must not hold {argument!r}: "
                f"use {managed[argument]} instead."
            )


def is_architecture(network: type, values: Any) -> bool:
    """Whether values, perhaps from a file, are an architecture that a class can build."""
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        return False
    needed = set(network._architecture_names)
    rules = _RULES | network._rules
    return needed - _LATER.keys() <= values.keys() <= needed and all(
        type(value) in (int, float, str, tuple)
        and rules[name].valid(value)
        and (type(value) is not tuple or len(value) <= _MAX_LAYERS)
        for name, value in values.items()
    )


def with_later(network: type, architecture: dict[str, Any]) -> dict[str, Any]:
    """An architecture of an earlier version, with what later versions say of it."""
    later = {k: v for k, v in _LATER.items() if k in network._architecture_names}
    return {name: (later | architecture)[name] for name in network._architecture_names}


def _strangers(estimator: Any) -> Iterator[tuple[str, str, list]]:
    """By parameter: what it may hold, and what it holds beside that."""
    keras = import_keras()
    yield (
        "metrics",
        "names of Keras metrics, some of keras.metrics, classes of them or functions",
        [
            m
            for m in estimator.metrics
            if not (_is_keras("metrics", "Metric", m) or _is_function(m))
        ],
    )
    callback = keras.callbacks.Callback
    yield (
        "callbacks",
        "some of keras.callbacks or classes of them",
        [c for c in estimator.callbacks or () if not _is_one(c, callback)],
    )
    for name, method in (("compile_kwargs", "compile"), ("fit_kwargs", "fit")):
        given = getattr(estimator, name) or {}
        known = [] if not given else _arguments(getattr(keras.Model, method))
        yield (
            name,
            f"arguments of keras.Model.{method} ({', '.join(known)})",
            [argument for argument in given if argument not in known],
        )


def _is_keras(module: str, base: str, value: Any) -> bool:
    """Whether a value is a name, an object or a class of one of Keras's kinds."""
    if isinstance(value, str):
        return _is_known(module, value)
    return _is_one(value, getattr(getattr(import_keras(), module), base))


@lru_cache(maxsize=64)
def _is_known(module: str, name: str) -> bool:
    """Whether Keras has an optimizer, loss or metric of this name."""
    if module == "metrics" and name in ("accuracy", "acc", "crossentropy", "ce"):
        return True
    try:
        return getattr(import_keras(), module).get(name) is not None
    except ValueError:
        return False


def _is_one(value: Any, base: type) -> bool:
    """Whether a value is of a class, or a class below it."""
    return isinstance(value, base) or (isinstance(value, type) and issubclass(value, base))


def _is_schedule(value: Any) -> bool:
    """Whether a value is a learning rate schedule; Keras is asked for objects alone."""
    if value is None or isinstance(value, str | numbers.Real):
        return False
    return isinstance(value, import_keras().optimizers.schedules.LearningRateSchedule)


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, type)


def _arguments(method: Any) -> list[str]:
    """Names of a method's arguments."""
    return [name for name in inspect.signature(method).parameters if name != "self"]


def is_int(value: Any) -> bool:
    """Whether a value is an integer, not a bool."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def is_real(value: Any) -> bool:
    """Whether a value is a number, not a bool."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)
