"""Build and compile the network of a classifier, or borrow one of the same settings."""

import numbers
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..utils import is_int
from ._keras import import_keras
from ._pool import Loan, borrow

if TYPE_CHECKING:
    import keras

    from ._network_settings import NetworkSettings

__all__ = ["architecture", "borrow_network", "compares_vectors", "compile_settings"]

_COMPILED = ("layout", "optimizer", "loss", "metrics", "compile_kwargs", "learning_rate")


def architecture(estimator: "NetworkSettings") -> dict[str, Any]:
    """Return the parameters that the builder takes besides layout and number of classes."""
    return {name: _plain(getattr(estimator, name)) for name in estimator._architecture_names}


def compile_settings(estimator: "NetworkSettings") -> dict[str, Any]:
    """Return the parameters that a network, once compiled, cannot change."""
    names = (*_COMPILED, *estimator._compile_names)
    return architecture(estimator) | {name: getattr(estimator, name) for name in names}


def borrow_network(estimator: "NetworkSettings", seed: int) -> Loan:
    """Borrow a compiled network for the fitted classes and settings, with weights from a seed."""
    builder = type(estimator)._build

    def build() -> "keras.Model":
        return builder(
            estimator.layout_, len(estimator.classes_), seed=seed, **estimator.architecture_
        )

    def compiled(model: "keras.Model") -> "keras.Model":
        model.compile(**_compile_arguments(estimator))
        return model

    key = _pool_key(estimator)
    loan = borrow(key, build, compiled)
    if key is not None:  # the network may have been compiled with another learning rate
        loan.model.optimizer.learning_rate = estimator.learning_rate
    return loan


def compares_vectors(loss: object) -> bool:
    """Tell whether a loss takes one column per class, as all of Keras's but the sparse ones do.

    Most of them would take class numbers too, broadcast them, and train nonsense.
    """
    if isinstance(loss, str):
        return "sparse" not in loss.lower()
    named = loss if hasattr(loss, "__name__") else type(loss)
    of_keras = getattr(named, "__module__", "").partition(".")[0] == "keras"
    return of_keras and "sparse" not in named.__name__.lower()


def _pool_key(estimator: "NetworkSettings") -> Hashable | None:
    """Return all that a compiled network depends on, or None if that is not names and numbers.

    The learning rate is not part of it: it is a variable of the network.
    """
    e = estimator
    plain = (e.optimizer, e.loss, *e.metrics, e.learning_rate)
    if e.compile_kwargs or not all(isinstance(p, str | numbers.Real) for p in plain):
        return None
    return (
        type(e)._build,
        e.layout_,
        len(e.classes_),
        *sorted(e.architecture_.items()),
        *(e.optimizer, e.loss, tuple(e.metrics)),
        *(getattr(e, name) for name in e._compile_names),
    )


def _compile_arguments(estimator: "NetworkSettings") -> dict[str, Any]:
    """Return arguments of ``keras.Model.compile``; objects are copied, never trained in place."""
    keras = import_keras()
    optimizer = estimator.optimizer
    if isinstance(optimizer, str):
        optimizer = type(keras.optimizers.get(optimizer))
    if isinstance(optimizer, type):
        optimizer = optimizer(
            learning_rate=estimator.learning_rate, **estimator._optimizer_arguments()
        )
    else:
        optimizer = type(optimizer).from_config(optimizer.get_config())
    loss = estimator._loss()
    return {
        "optimizer": optimizer,
        "loss": loss() if isinstance(loss, type) else loss,
        "metrics": [m() if isinstance(m, type) else m for m in estimator.metrics],
        **(estimator.compile_kwargs or {}),
    }


def _plain(value: Any) -> Any:
    """Return a parameter of a network as Python's own str, int, float, tuple of int or None."""
    if value is None or isinstance(value, str):
        return value
    if np.ndim(value):
        return tuple(int(n) for n in value)
    return int(value) if is_int(value) else float(value)
