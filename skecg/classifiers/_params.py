"""Rules of the parameters of a network."""

import inspect
import numbers
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..utils import COUNT, SHARE, SWITCH, Rule, check_params, is_int, is_number, one_of
from ._checkpoint_rules import check_checkpoint
from ._keras import import_keras

if TYPE_CHECKING:
    from ._network_settings import NetworkSettings

__all__ = ["check_network", "complete_architecture", "is_architecture"]

_DTYPES = ("float16", "float32", "float64")
# Keras has these for sure, so that files with them are checked without importing it
_COMMON_NAMES = {
    "losses": ("categorical_crossentropy", "sparse_categorical_crossentropy"),
    "metrics": ("accuracy", "acc", "crossentropy", "ce"),  # "ce" only Model.compile knows
    "optimizers": ("adam", "adamw", "rmsprop", "sgd"),
}
# parameters that earlier files lack, with their value then
_ADDED = {"samples_per_step": 1, "scalar_units": None, "scalar_dropout": 0.0, "n_networks": 1}
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

_RULES: dict[str, Rule] = {
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
        "the name of a Keras optimizer, an instance or a class from keras.optimizers",
    ),
    "learning_rate": Rule(
        lambda v: (is_number(v) and v > 0) or _is_schedule(v),
        "a positive float, or one of keras.optimizers.schedules",
    ),
    "loss": Rule(
        lambda v: _is_keras("losses", "Loss", v) or _is_function(v),
        "the name of a Keras loss, an instance or a class from keras.losses, or a function",
    ),
    "metrics": Rule(lambda v: isinstance(v, list | tuple), "a list or tuple, which may be empty"),
    "epochs": COUNT,
    "batch_size": COUNT,
    "early_stopping": SWITCH,
    "validation_fraction": SHARE,
    "n_iter_no_change": COUNT,
    "class_weight": Rule(
        lambda v: (
            v is None
            or (isinstance(v, str) and v in ("balanced", "sqrt_balanced"))
            or (isinstance(v, Mapping) and all(is_number(w) and w >= 0 for w in v.values()))
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
    "dtype": one_of(*_DTYPES),
    "warm_start": SWITCH,
    "checkpoint": Rule(
        lambda v: v is None or (isinstance(v, str | os.PathLike) and str(v) != ""),
        "None or the path of a folder",
    ),
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


def check_network(estimator: "NetworkSettings") -> None:
    """Check the constructor's parameters of a network at the start of ``fit``.

    The layout is checked together with the rows.
    """
    check_params(estimator, _RULES | estimator._rules)
    owner = type(estimator).__name__
    for name, expected, invalid in _invalid_items(estimator):
        if invalid:
            raise ValueError(
                f"The '{name}' parameter of {owner} must hold {expected}. "
                f"Got {', '.join(map(repr, invalid))} in it."
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
    if estimator.checkpoint is not None:
        check_checkpoint(estimator)


def is_architecture(network: "type[NetworkSettings]", values: object) -> bool:
    """Tell whether values, which may come from a file, are an architecture of a class."""
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        return False
    needed = set(network._architecture_names)
    rules = _RULES | network._rules
    return needed - _ADDED.keys() <= values.keys() <= needed and all(
        type(value) in (int, float, str, tuple, type(None))
        and rules[name].valid(value)
        and (type(value) is not tuple or len(value) <= _MAX_LAYERS)
        for name, value in values.items()
    )


def complete_architecture(
    network: "type[NetworkSettings]", architecture: Mapping[str, Any]
) -> dict[str, Any]:
    """Return an architecture of an earlier version with the parameters added since."""
    return {name: (_ADDED | dict(architecture))[name] for name in network._architecture_names}


def _invalid_items(
    estimator: "NetworkSettings",
) -> Iterator[tuple[str, str, Sequence[object]]]:
    """Yield parameters that hold several items: name, expected items, invalid items."""
    yield (
        "metrics",
        "names of Keras metrics, instances or classes from keras.metrics, or functions",
        [
            m
            for m in estimator.metrics
            if not (_is_keras("metrics", "Metric", m) or _is_function(m))
        ],
    )
    yield (
        "callbacks",
        "instances or classes from keras.callbacks",
        [
            c
            for c in estimator.callbacks or ()
            if not _is_one(c, import_keras().callbacks.Callback)
        ],
    )
    for name, method in (("compile_kwargs", "compile"), ("fit_kwargs", "fit")):
        given = getattr(estimator, name) or {}
        known = [] if not given else _arguments(getattr(import_keras().Model, method))
        yield (
            name,
            f"arguments of keras.Model.{method} ({', '.join(known)})",
            [argument for argument in given if argument not in known],
        )


def _is_keras(module: str, base: str, value: object) -> bool:
    """Tell whether a value is the name, an instance or a class of a kind of Keras object."""
    if isinstance(value, str):
        return _is_known(module, value)
    return _is_one(value, getattr(getattr(import_keras(), module), base))


@lru_cache(maxsize=64)
def _is_known(module: str, name: str) -> bool:
    """Tell whether Keras has an optimizer, loss or metric of this name."""
    if name in _COMMON_NAMES[module]:
        return True
    try:
        return getattr(import_keras(), module).get(name) is not None
    except ValueError:
        return False


def _is_one(value: object, base: type) -> bool:
    """Tell whether a value is an instance or a subclass of a class."""
    return isinstance(value, base) or (isinstance(value, type) and issubclass(value, base))


def _is_schedule(value: object) -> bool:
    """Tell whether a value is a learning rate schedule; import Keras only for other objects."""
    if value is None or isinstance(value, str | numbers.Real):
        return False
    return isinstance(value, import_keras().optimizers.schedules.LearningRateSchedule)


def _is_function(value: object) -> bool:
    return callable(value) and not isinstance(value, type)


def _arguments(method: Callable[..., Any]) -> list[str]:
    """Return the names of a method's arguments."""
    return [name for name in inspect.signature(method).parameters if name != "self"]
