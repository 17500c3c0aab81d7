"""Effects of a user's callbacks on a network, and of the network on them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

__all__ = ["detach_model", "only_of_keras"]


def only_of_keras(
    callbacks: "Iterable[keras.callbacks.Callback | type[keras.callbacks.Callback]] | None",
) -> bool:
    """Tell whether all callbacks are Keras's own, which change weights and learning rates only.

    Others may freeze layers or exchange parts of the network, which new weights do not restore.
    """
    classes = (c if isinstance(c, type) else type(c) for c in callbacks or ())
    return all(cls.__module__.partition(".")[0] == "keras" for cls in classes)


def detach_model(
    callbacks: "Iterable[keras.callbacks.Callback | type[keras.callbacks.Callback]] | None",
) -> None:
    """Take the network out of callbacks given as objects.

    They are parameters: copies of the estimator would carry the network along, and it may train
    for another estimator by then.
    """
    for callback in callbacks or ():
        if not isinstance(callback, type):
            callback._model = None
