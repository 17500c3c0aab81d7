"""The one module that touches scikeras; importing it imports Keras and its backend.

scikeras 0.13 is the last release and has no maintainer. Four of its habits are mended here:
importing it replaces the way Keras objects are pickled in the whole process, an integer
``random_state`` seeds (and changes) global generators for good, rows are shuffled by a
global generator, and labels are numbered anew in each fit, so that a fit without one of the
classes trains the outputs of others.
"""

from typing import Any

import numpy as np

from ._keras import import_keras

__all__ = ["SeededKerasClassifier"]

keras = import_keras()


def _import_keras_classifier() -> type:
    """Import scikeras, and undo what the import does to Keras's own classes."""
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


class ShuffledBatches(keras.utils.PyDataset):
    """Batches of rows in a new seeded order each epoch, for every Keras backend.

    Parameters
    ----------
    arrays : tuple of ndarray
        Rows, labels and, if any, weights.
    batch_size : int
        Rows of a batch; the last one may be shorter.
    rng : numpy.random.Generator
        Source of the orders.
    """

    def __init__(self, arrays: tuple[np.ndarray, ...], batch_size: int, rng: Any):
        super().__init__()
        self._arrays = arrays
        self._batch_size = batch_size
        self._rng = rng
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self._order) // self._batch_size)

    def __getitem__(self, i: int) -> tuple[np.ndarray, ...]:
        rows = self._order[i * self._batch_size : (i + 1) * self._batch_size]
        return tuple(a[rows] for a in self._arrays)

    def on_epoch_end(self) -> None:
        """Draw the order of the next epoch."""
        self._order = self._rng.permutation(len(self._arrays[0]))

    def detach_model(self) -> None:
        """Forget the rows: TensorFlow keeps every dataset for as long as the process lives."""
        self._arrays = tuple(np.empty((0, *a.shape[1:]), a.dtype) for a in self._arrays)
        self._order = self._order[:0]


class SeededKerasClassifier(_import_keras_classifier()):
    """scikeras's classifier, shuffling rows by a generator of its own; labels may be lacking."""

    # no parameters: scikeras would hand them to the model function
    _shuffle_seed: Any = 0
    _n_classes: Any = None  # of labels 0 to n_classes - 1; None: the labels that come
    _one_hot: bool = False  # whether the loss compares vectors; scikeras knows one such loss

    @property
    def target_encoder(self) -> Any:
        """Number labels by all classes of the network, whichever come in this fit."""
        encoder = super().target_encoder
        if self._n_classes is not None:
            encoder.set_params(categories=[np.arange(self._n_classes)])
        return encoder

    def _fit_keras_model(self, X, y, sample_weight, **kwargs):
        if self._one_hot and y.size == len(y):
            y = keras.utils.to_categorical(y.ravel(), self._n_classes)
        arrays = (X, y) if sample_weight is None else (X, y, sample_weight)
        rng = np.random.default_rng(self._shuffle_seed)
        batches = ShuffledBatches(arrays, self.batch_size, rng)
        kwargs |= {"batch_size": None, "shuffle": False}
        try:
            return super()._fit_keras_model(batches, None, sample_weight=None, **kwargs)
        finally:
            batches.detach_model()


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
        """Look at the mean loss of the epoch so far, which any bad batch spoils."""
        loss = (logs or {}).get("loss")
        if loss is None or np.isfinite(loss):
            return
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        when = f"epoch {self._epoch} (batch {batch + 1})"
        raise not_finite(self._owner, f"loss became {loss}", when, rate)


def not_finite(owner: str, what: str, when: str, rate: Any) -> FloatingPointError:
    """Say that training went astray, and what to do."""
    rate = f"{rate:g}" if isinstance(rate, int | float) else str(rate)
    return FloatingPointError(
        f"Training of {owner} failed: the {what} in {when} at learning rate {rate}. Lower "
        "learning_rate, clip gradients (optimizer=keras.optimizers.Adam(..., "
        "clipnorm=1.0)), or scale the rows first (BeatNormalizer)."
    )
