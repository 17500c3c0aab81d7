"""Architectures: functions from a layout and sizes to a Keras model."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..layout import BeatLayout
from ._keras import Layer, Tensor, import_keras

if TYPE_CHECKING:
    import keras

__all__ = ["SeededLayers", "build_lstm", "build_rnn", "least_weights", "make_seeds"]


def build_rnn(
    layout: BeatLayout,
    n_classes: int,
    *,
    units: Sequence[int] = (128, 128, 128),
    dropout: float = 0.2,
    samples_per_step: int = 1,
    dtype: str = "float32",
    seed: int = 0,
) -> "keras.Model":
    """Build a stack of simple recurrent layers with a softmax over the classes.

    Each layer is ``SimpleRNN(units, activation="relu")`` followed by dropout. The network reads
    a row sample by sample; leads and channels are its inputs at each step. Scalars of the layout
    join the last recurrent output.

    Parameters
    ----------
    layout : BeatLayout
        Meaning of the columns of a row.
    n_classes : int
        Number of classes.
    units : sequence of int, default=(128, 128, 128)
        Units of each recurrent layer.
    dropout : float, default=0.2
        Share of outputs set to zero in training.
    samples_per_step : int, default=1
        Number of samples of all signals per time step; zeros pad the last step. Several make a
        network much faster.
    dtype : str, default="float32"
        Keras dtype of all layers.
    seed : int, default=0
        Seed of all initial weights and dropout masks.

    Returns
    -------
    keras.Model
        Not compiled; takes rows of shape (n_beats, n_features).

    Examples
    --------
    >>> from skecg import BeatLayout
    >>> from skecg.classifiers import build_rnn
    >>> build_rnn(BeatLayout(20), 3, units=(4, 4)).count_params()
    75
    """
    layers = SeededLayers(seed, dtype)

    def apply_layer(x: Tensor, n_units: int, more: bool) -> Tensor:
        x = layers.simple_rnn(n_units, return_sequences=more)(x)
        return layers.dropout(dropout)(x)

    return _recurrent_network(layout, n_classes, units, samples_per_step, layers, apply_layer)


def build_lstm(
    layout: BeatLayout,
    n_classes: int,
    *,
    units: Sequence[int] = (128, 64, 32),
    dropout: float = 0.2,
    samples_per_step: int = 1,
    dtype: str = "float32",
    seed: int = 0,
) -> "keras.Model":
    """Build a stack of bidirectional LSTM layers with a softmax over the classes.

    Dropout is applied between the layers. The network reads a row sample by sample in both
    directions; leads and channels are its inputs at each step. Scalars of the layout join the
    last recurrent output.

    Parameters
    ----------
    layout : BeatLayout
        Meaning of the columns of a row.
    n_classes : int
        Number of classes.
    units : sequence of int, default=(128, 64, 32)
        Units of each layer, in each direction.
    dropout : float, default=0.2
        Share of outputs set to zero in training, between the layers: a single layer has none.
    samples_per_step : int, default=1
        Number of samples of all signals per time step; zeros pad the last step. Several make a
        network much faster.
    dtype : str, default="float32"
        Keras dtype of all layers.
    seed : int, default=0
        Seed of all initial weights and dropout masks.

    Returns
    -------
    keras.Model
        Not compiled; takes rows of shape (n_beats, n_features).

    References
    ----------
    Hochreiter & Schmidhuber, "Long short-term memory", Neural Computation 9(8):1735-1780
    (1997). Schuster & Paliwal, "Bidirectional recurrent neural networks", IEEE Transactions
    on Signal Processing 45(11):2673-2681 (1997).

    Examples
    --------
    >>> from skecg import BeatLayout
    >>> from skecg.classifiers import build_lstm
    >>> build_lstm(BeatLayout(20), 3, units=(4, 4)).count_params()
    635
    """
    layers = SeededLayers(seed, dtype)

    def apply_layer(x: Tensor, n_units: int, more: bool) -> Tensor:
        x = layers.bidirectional_lstm(n_units, return_sequences=more)(x)
        return layers.dropout(dropout)(x) if more else x

    return _recurrent_network(layout, n_classes, units, samples_per_step, layers, apply_layer)


class SeededLayers:
    """Make Keras layers of one dtype, each with a seed of its own.

    Parameters
    ----------
    seed : int
        Seed of all initial weights, dropout masks and noise.
    dtype : str
        Keras dtype of the layers.
    """

    def __init__(self, seed: int, dtype: str):
        self.dtype = dtype
        self._seeds = make_seeds(seed)
        self._layers = import_keras().layers

    def simple_rnn(self, n_units: int, *, return_sequences: bool = False) -> Layer:
        """Make a simple recurrent layer with ReLU."""
        return self._layers.SimpleRNN(
            n_units,
            activation="relu",
            return_sequences=return_sequences,
            dtype=self.dtype,
            **self._recurrent_seeds(),
        )

    def bidirectional_lstm(self, n_units: int, *, return_sequences: bool = False) -> Layer:
        """Make an LSTM layer of `n_units` in each direction.

        Each direction has seeds of its own; Keras would copy those of one to the other.
        """
        forward, backward = self._both_directions(n_units, return_sequences)
        return self._layers.Bidirectional(forward, backward_layer=backward, dtype=self.dtype)

    def two_lstms(self, n_units: int) -> Callable[[Tensor, Tensor], Tensor]:
        """Make LSTM layers of `n_units` that read up to a step from both ends.

        They are those of a bidirectional layer, read at that step; the other steps, which its
        output there does not depend on, are not computed.
        """
        forward, backward = self._both_directions(n_units, False)
        return lambda until, since: self.concatenate([forward(until), backward(since)])

    def _both_directions(self, n_units: int, return_sequences: bool) -> tuple[Layer, Layer]:
        """Make an LSTM layer for each direction."""
        forward, backward = (
            self._layers.LSTM(
                n_units,
                return_sequences=return_sequences,
                go_backwards=go_backwards,
                dtype=self.dtype,
                **self._recurrent_seeds(),
            )
            for go_backwards in (False, True)
        )
        return forward, backward

    def dense(self, n_units: int, activation: str | None = None, name: str | None = None) -> Layer:
        """Make a dense layer."""
        initializer = import_keras().initializers.GlorotUniform(seed=next(self._seeds))
        return self._layers.Dense(
            n_units,
            activation=activation,
            kernel_initializer=initializer,
            dtype=self.dtype,
            name=name,
        )

    def dropout(self, share: float) -> Layer:
        """Make a layer that sets a share of its inputs to zero in training."""
        return self._layers.Dropout(share, seed=next(self._seeds), dtype=self.dtype)

    def noise(self, deviation: float) -> Layer:
        """Make a layer that adds Gaussian noise in training."""
        return self._layers.GaussianNoise(deviation, seed=next(self._seeds), dtype=self.dtype)

    def concatenate(self, tensors: Sequence[Tensor], axis: int = -1) -> Tensor:
        """Join tensors along an axis."""
        return self._layers.Concatenate(axis=axis, dtype=self.dtype)(tensors)

    def in_steps(self, x: Tensor, samples_per_step: int) -> Tensor:
        """Join several samples to one time step, with zeros behind the last sample.

        5 samples of 2 signals, 2 samples per step::

            [[a0 b0]
             [a1 b1]      [[a0 b0 a1 b1]
             [a2 b2]  ->   [a2 b2 a3 b3]
             [a3 b3]       [a4 b4  0  0]]
             [a4 b4]]
        """
        if samples_per_step == 1:
            return x
        n_samples, n_signals = x.shape[1:]
        if missing := -n_samples % samples_per_step:
            x = self._layers.ZeroPadding1D((0, missing), dtype=self.dtype)(x)
        shape = (n_samples + missing) // samples_per_step, samples_per_step * n_signals
        return self._layers.Reshape(shape, dtype=self.dtype)(x)

    def _recurrent_seeds(self) -> dict[str, Any]:
        """Return Keras's default initializers of a recurrent layer, with explicit seeds."""
        initializers = import_keras().initializers
        return {
            "kernel_initializer": initializers.GlorotUniform(seed=next(self._seeds)),
            "recurrent_initializer": initializers.Orthogonal(seed=next(self._seeds)),
            "seed": next(self._seeds),
        }


def least_weights(architecture: dict[str, Any], layout: BeatLayout, n_classes: int) -> int:
    """Return a lower bound of the number of weights of a stack of any recurrent cells."""
    units = architecture["units"]
    inputs = architecture.get("samples_per_step", 1) * layout.n_signals
    least = sum(n * (before + n) for before, n in pairwise((inputs, *units)))
    return least + n_classes * (units[-1] + len(layout.scalars))


def make_seeds(seed: int) -> Iterator[int]:
    """Yield seeds without end, each determined by ``seed`` and its place only."""
    for place in count():
        yield int(np.random.SeedSequence((seed, place)).generate_state(1)[0] >> 1)


def _recurrent_network(
    layout: BeatLayout,
    n_classes: int,
    units: Sequence[int],
    samples_per_step: int,
    layers: SeededLayers,
    apply_layer: Callable[[Tensor, int, bool], Tensor],
) -> "keras.Model":
    """Build a network: rows to time steps, recurrent layers, scalars joined, softmax.

    ``apply_layer(x, n_units, more)`` applies one recurrent layer, whose outputs at all steps are
    needed if `more` layers follow.
    """
    keras, dtype = import_keras(), layers.dtype
    row = keras.layers.Input((layout.n_features,), dtype=dtype, name="row")
    x = row[:, : layout.n_waveform] if layout.scalars else row
    # (n_features,) -> (signals, samples) -> (samples, signals): a step is a sample
    x = keras.layers.Reshape((layout.n_signals, layout.n_samples), dtype=dtype)(x)
    x = keras.layers.Permute((2, 1), dtype=dtype)(x)
    x = layers.in_steps(x, samples_per_step)
    for i, n_units in enumerate(units):
        x = apply_layer(x, n_units, i < len(units) - 1)
    if layout.scalars:
        x = layers.concatenate([x, row[:, layout.n_waveform :]])
    last = layers.dense(n_classes, activation="softmax", name="probabilities")
    return keras.Model(row, last(x))
