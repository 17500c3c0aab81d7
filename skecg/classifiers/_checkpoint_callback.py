"""Write a checkpoint after each epoch; importing this module imports Keras and its backend."""

from typing import TYPE_CHECKING, Any

from ._checkpoint import Checkpoint, EarlyStop, TrainingState
from ._keras import import_keras
from ._row_order import RowOrder

if TYPE_CHECKING:
    import keras
else:
    keras = import_keras()

__all__ = ["CheckpointEachEpoch"]


class CheckpointEachEpoch(keras.callbacks.Callback):
    """Write the state of training after each epoch, and restore that of early stopping.

    It comes after early stopping in the list of callbacks, whose state it reads.

    Parameters
    ----------
    checkpoint : Checkpoint
        File of the training.
    order : RowOrder
        Source of the orders of the rows.
    before : TrainingState or None
        State that the training goes on from.
    early : keras.callbacks.EarlyStopping or None
        Early stopping of the training.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        order: RowOrder,
        before: TrainingState | None,
        early: "keras.callbacks.EarlyStopping | None",
    ):
        super().__init__()
        self._checkpoint = checkpoint
        self._order = order
        self._early = early
        self._before = before
        self._here = 0  # epochs of this fit
        self._earlier = 0 if before is None else before.n_epochs
        self._history = {} if before is None else {k: [*v] for k, v in before.history.items()}

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Restore the state of early stopping, which has just been reset."""
        if self._early is not None and self._before is not None:
            for name, value in vars(self._before.early).items():
                setattr(self._early, name, value)
            self._early.best_weights = self._before.best or None

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Write the state."""
        self._here += 1
        for name, value in (logs or {}).items():
            self._history.setdefault(name, []).append(float(value))
        self._checkpoint.write(
            TrainingState.of_model(
                self.model,
                self._earlier + self._here,
                order=self._order.next_state(),
                history=self._history,
                stops=bool(self.model.stop_training),
                **self._of_early_stopping(),
            )
        )

    def _of_early_stopping(self) -> dict[str, Any]:
        """Return the state of early stopping and the best weights, if there are any."""
        if self._early is None:
            return {}
        names = EarlyStop.__dataclass_fields__
        values = {name: getattr(self._early, name) for name in names}
        if values["best"] is not None:
            values["best"] = float(values["best"])
        return {"early": EarlyStop(**values), "best": self._early.best_weights or []}
