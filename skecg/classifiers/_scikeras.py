"""The only module that uses scikeras; importing it imports Keras and its backend.

scikeras 0.13 is the last release and has no maintainer. Four of its properties are corrected
here: importing it replaces the way Keras objects are pickled in the whole process, an integer
``random_state`` seeds (and changes) global generators for good, rows are shuffled by a
global generator, and labels are numbered anew in each fit, so that a fit without one of the
classes trains the outputs of others.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context

from ..utils import is_mapped, read_rows, take_rows
from ._keras import import_keras
from ._row_order import RowOrder
from ._training import TrainingData
from ._weights import PREDICT_BATCH

if TYPE_CHECKING:
    import keras
    from scikeras.wrappers import KerasClassifier
    from sklearn.preprocessing import OneHotEncoder
else:
    keras = import_keras()

__all__ = [
    "BatchesInOrder",
    "BeginRowOrder",
    "SeededKerasClassifier",
    "StopWhenNotFinite",
    "not_finite",
]


def _import_keras_classifier() -> type:
    """Import scikeras, and undo its changes to Keras's own classes."""
    patched = {
        keras.Model: ("__reduce__", "__deepcopy__"),
        keras.losses.Loss: ("__reduce__",),
        keras.metrics.Metric: ("__reduce__",),
        keras.optimizers.Optimizer: ("__reduce__",),
    }
    before = {(c, name): vars(c).get(name) for c, names in patched.items() for name in names}
    from scikeras.wrappers import KerasClassifier

    for (cls, name), method in before.items():
        if method is not None:
            setattr(cls, name, method)
        elif name in vars(cls):
            delattr(cls, name)
    return KerasClassifier


if not TYPE_CHECKING:
    KerasClassifier = _import_keras_classifier()


class ShuffledBatches(keras.utils.PyDataset):
    """Batches of rows in a new seeded order in each epoch, for every Keras backend.

    Parameters
    ----------
    arrays : tuple of ndarray
        Rows, labels and, if any, weights.
    batch_size : int
        Rows per batch; the last one may be shorter.
    order : RowOrder
        Source of the orders.
    """

    def __init__(self, arrays: tuple[NDArray[Any], ...], batch_size: int, order: RowOrder):
        super().__init__()
        self._arrays = arrays
        self._batch_size = batch_size
        self._orders = order
        self._order = order.draw(len(arrays[0]))

    def __len__(self) -> int:
        return -(-len(self._order) // self._batch_size)

    def __getitem__(self, i: int) -> tuple[NDArray[Any], ...]:
        rows = self._order[i * self._batch_size : (i + 1) * self._batch_size]
        return tuple(read_rows(a, rows) for a in self._arrays)

    def on_epoch_begin(self) -> None:
        """Use the order drawn last, or that of the first epoch."""
        self._order = self._orders.begin_epoch(self._order)

    def on_epoch_end(self) -> None:
        """Draw the order of the next epoch."""
        self._order = self._orders.draw(len(self._arrays[0]))

    def release_rows(self) -> None:
        """Drop the rows: TensorFlow keeps every dataset for as long as the process lives."""
        self._arrays = tuple(np.empty((0, *a.shape[1:]), a.dtype) for a in self._arrays)
        self._order = self._order[:0]


class BatchesInOrder(keras.utils.PyDataset):
    """Batches of rows in their order, read from the file that the rows are mapped from.

    Parameters
    ----------
    arrays : tuple of ndarray
        Rows and labels.
    batch_size : int
        Rows per batch; the last one may be shorter.
    """

    def __init__(self, arrays: tuple[NDArray[Any], ...], batch_size: int):
        super().__init__()
        self._arrays = arrays
        self._batch_size = batch_size

    def __len__(self) -> int:
        return -(-len(self._arrays[0]) // self._batch_size)

    def __getitem__(self, i: int) -> tuple[NDArray[Any], ...]:
        rows = slice(i * self._batch_size, (i + 1) * self._batch_size)
        return tuple(read_rows(a, rows) for a in self._arrays)


class SeededKerasClassifier(KerasClassifier):
    """scikeras's classifier with seeded shuffling, for labels of which a fit may lack some."""

    # no parameters: scikeras would pass them to the model function
    _row_order: RowOrder | None = None
    _n_classes: int | None = None  # of labels 0 to n_classes - 1; None: the labels of the fit
    _one_hot: bool = False  # whether the loss compares vectors; scikeras knows one such loss

    def train(
        self, data: TrainingData, *, n_classes: int, one_hot: bool, order: RowOrder, **options: Any
    ) -> dict[str, list[float]]:
        """Train on rows whose labels are positions in the classes, and return the history.

        Parameters
        ----------
        data : TrainingData
            Encoded rows.
        n_classes : int
            Number of classes of the network, of which the rows may lack some.
        one_hot : bool
            Whether the loss takes one column per class.
        order : RowOrder
            Source of the orders of the rows.
        **options : dict
            Further arguments of ``keras.Model.fit``.
        """
        validation = data.validation
        if one_hot and validation is not None:
            X_val, y_val = validation
            validation = X_val, keras.utils.to_categorical(y_val, n_classes)
        self._row_order, self._n_classes, self._one_hot = order, n_classes, one_hot
        options = {"validation_batch_size": 4 * PREDICT_BATCH, **options}
        if validation is not None and is_mapped(validation[0]):  # Keras would copy all rows
            validation = BatchesInOrder(validation, options.pop("validation_batch_size"))
        with config_context(assume_finite=is_mapped(data.X)):  # or all rows would be read at once
            self.fit(
                data.X, data.y, sample_weight=data.weights, validation_data=validation, **options
            )
        # a user may fit it to other labels
        self._row_order, self._n_classes, self._one_hot = None, None, False
        # objects in callbacks (weights, models) need not live as long as the classifier
        self.callbacks = None
        self._fit_callbacks: list[Any] = []
        self._predict_callbacks: list[Any] = []
        return self.history_

    @staticmethod
    def _validate_sample_weight(
        X: NDArray[Any], y: NDArray[Any], sample_weight: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Drop rows of weight 0, as scikeras does, which copies all rows to do so."""
        if is_mapped(X) and (sample_weight != 0).any():
            kept = sample_weight != 0
            return take_rows(X, kept), y[kept], sample_weight[kept]
        return KerasClassifier._validate_sample_weight(X, y, sample_weight)

    @property
    def target_encoder(self) -> "OneHotEncoder":
        """Number labels by all classes of the network, whichever this fit has."""
        encoder = super().target_encoder
        if self._n_classes is not None:
            encoder.set_params(categories=[np.arange(self._n_classes)])
        return encoder

    def _fit_keras_model(
        self,
        X: NDArray[Any],
        y: NDArray[Any],
        sample_weight: NDArray[Any] | None,
        **kwargs: Any,
    ) -> Any:
        if self._one_hot and y.size == len(y):
            y = keras.utils.to_categorical(y.ravel(), self._n_classes)
        arrays = (X, y) if sample_weight is None else (X, y, sample_weight)
        batches = ShuffledBatches(arrays, self.batch_size, self._row_order or RowOrder(0))
        kwargs |= {"batch_size": None, "shuffle": False}
        try:
            return super()._fit_keras_model(batches, None, sample_weight=None, **kwargs)
        finally:
            batches.release_rows()


class BeginRowOrder(keras.callbacks.Callback):
    """Tell the order of the rows when training begins, since Keras runs through them before.

    Parameters
    ----------
    order : RowOrder
        Source of the orders.
    """

    def __init__(self, order: RowOrder):
        super().__init__()
        self._order = order

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Let the next epoch be the first one."""
        self._order.begin_training()


class StopWhenNotFinite(keras.callbacks.Callback):
    """End training with an error once the loss is not finite.

    Parameters
    ----------
    owner : str
        Name of the estimator, for the error.
    """

    def __init__(self, owner: str):
        super().__init__()
        self._owner = owner
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Remember the epoch for the error."""
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Check the mean loss of the epoch so far, which any bad batch spoils."""
        loss = (logs or {}).get("loss")
        if loss is None or np.isfinite(loss):
            return
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        when = f"epoch {self._epoch} (batch {batch + 1})"
        raise not_finite(self._owner, f"loss became {loss}", when, rate)


def not_finite(owner: str, problem: str, when: str, rate: object) -> FloatingPointError:
    """Return the error for a training that diverged, with ways out."""
    shown = f"{rate:g}" if isinstance(rate, int | float) else str(rate)
    return FloatingPointError(
        f"Training of {owner} failed: the {problem} in {when} at learning rate {shown}. Lower "
        "learning_rate, clip gradients (optimizer=keras.optimizers.Adam(..., "
        "clipnorm=1.0)), or scale the rows first (BeatNormalizer)."
    )
