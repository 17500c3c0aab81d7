"""What a user's callbacks may do to a network, and what is left of it in them."""

from collections.abc import Iterable
from typing import Any

__all__ = ["detach_model", "of_keras_alone"]


def of_keras_alone(callbacks: Iterable[Any] | None) -> bool:
    """Whether all callbacks are Keras's own, which change weights and learning rates alone.

    Others may freeze layers or exchange parts of the network that no new weights restore.
    """
    classes = (c if isinstance(c, type) else type(c) for c in callbacks or ())
    return all(cls.__module__.partition(".")[0] == "keras" for cls in classes)


def detach_model(callbacks: Iterable[Any] | None) -> None:
    """Take the network out of callbacks given as objects.

    They are parameters: copies of the estimator would carry it along, and it may train for
    another estimator by then.
    """
    for callback in callbacks or ():
        if not isinstance(callback, type):
            callback._model = None
