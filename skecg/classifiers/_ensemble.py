"""Layer and loss of several networks in one model; importing it imports Keras."""

from typing import TYPE_CHECKING

import numpy as np

from ._keras import Tensor, import_keras

if TYPE_CHECKING:
    import keras
else:
    keras = import_keras()

__all__ = ["CategoricalCrossentropy", "MeanProbability", "SparseCategoricalCrossentropy"]

_register = keras.saving.register_keras_serializable(package="skecg")


@_register
class MeanProbability(keras.layers.Layer):
    """Average the probabilities of several networks; in training, keep the networks apart.

    Its input are the logits of the networks, (rows, networks, classes). Outside of training it
    returns the mean of their probabilities p, corrected by a temperature T and offsets b:
    softmax(log(mean p) / T + b).

    In training it returns the geometric mean of softmax(logits / T + b), which does not sum to
    one. Its logarithm is the mean of the networks' own, so that `CategoricalCrossentropy` is the
    mean of their losses. The gradient that passes is that of their sum: a mean would give each
    network a share of it, which a limit of its norm would rarely clip. So each network gets the
    gradient that it would get in a model of its own.

    The weights T and b, 1 and 0 at first, are those of a calibration and never trained.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Add temperature and offsets."""
        self.temperature = self.add_weight(
            name="temperature", shape=(1,), initializer="ones", trainable=False
        )
        self.offsets = self.add_weight(
            name="offsets", shape=(input_shape[-1],), initializer="zeros", trainable=False
        )

    def call(self, logits: Tensor, training: bool | None = None) -> Tensor:
        """Return probabilities, (rows, classes)."""
        ops = keras.ops
        if not training:
            logs = ops.logsumexp(ops.log_softmax(logits, axis=-1), axis=1)
            return ops.softmax(logs / self.temperature + self.offsets, axis=-1)
        logs = ops.log_softmax(logits / self.temperature + self.offsets, axis=-1)
        total = ops.sum(logs, axis=1)
        more = ops.stop_gradient(total - total / logits.shape[1])
        return ops.exp(total - more)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the probabilities."""
        return input_shape[0], input_shape[-1]


@_register
class CategoricalCrossentropy(keras.losses.CategoricalCrossentropy):
    """Cross-entropy of probabilities as they are; Keras divides them by their sum first."""

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return the loss of each row from one column per class."""
        shared = self.label_smoothing
        return _cross_entropy(y_true * (1 - shared) + shared / y_pred.shape[-1], y_pred)


@_register
class SparseCategoricalCrossentropy(keras.losses.SparseCategoricalCrossentropy):
    """The same of numbers of classes."""

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return the loss of each row from the number of its class."""
        numbers = keras.ops.cast(keras.ops.reshape(y_true, (-1,)), "int32")
        columns = keras.ops.one_hot(numbers, y_pred.shape[-1], dtype=y_pred.dtype)
        return _cross_entropy(columns, y_pred)


def _cross_entropy(shares: Tensor, probabilities: Tensor) -> Tensor:
    """Return the cross-entropy of each row."""
    least = np.finfo(keras.backend.standardize_dtype(probabilities.dtype)).tiny
    logs = keras.ops.log(keras.ops.maximum(probabilities, float(least)))
    return -keras.ops.sum(shares * logs, axis=-1)
