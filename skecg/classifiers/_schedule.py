"""Schedules of the learning rate; importing this module imports Keras and its backend."""

import math
from typing import TYPE_CHECKING

from ._keras import import_keras

if TYPE_CHECKING:
    import keras
else:
    keras = import_keras()

__all__ = ["CosineSchedule", "cosine_share"]

_WARM_UP = 60  # steps
_LAST = 0.01  # share of the highest rate in the last step


def cosine_share(step: int, n_steps: int) -> float:
    """Return the share of the highest learning rate in a step: a rise, then a cosine to 1 %.

    Parameters
    ----------
    step : int
        Number of the step, from 0.
    n_steps : int
        Number of steps of the training. A quarter of them, 60 at most, are the rise.
    """
    warm_up = min(_WARM_UP, n_steps // 4)
    if step < warm_up:
        return (step + 1) / (warm_up + 1)
    done = (step - warm_up) / max(n_steps - 1 - warm_up, 1)
    return _LAST + (1 - _LAST) * (1 + math.cos(math.pi * min(done, 1.0))) / 2


class CosineSchedule(keras.callbacks.Callback):
    """Set the learning rate before each step, for every backend; restore the highest at the end.

    Parameters
    ----------
    highest : float
        Learning rate after the rise.
    """

    def __init__(self, highest: float):
        super().__init__()
        self._highest = highest
        self._before = 0  # steps of the epochs before

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Count the steps of the epochs before."""
        self._before = epoch * self.params["steps"]

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Set the learning rate of this step."""
        n_steps = self.params["epochs"] * self.params["steps"]
        self._set(self._highest * cosine_share(self._before + batch, n_steps))

    def on_train_end(self, logs: dict | None = None) -> None:
        """Restore the rate of the parameter for later training."""
        self._set(self._highest)

    def _set(self, rate: float) -> None:
        self.model.optimizer.learning_rate = rate
