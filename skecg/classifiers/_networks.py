"""The architectures: plain functions from a layout and sizes to a Keras model."""

from collections.abc import Iterator, Sequence
from itertools import count, pairwise
from typing import Any

import numpy as np

from ..layout import BeatLayout
from ._keras import import_keras

__all__ = [
    "bidirectional_lstm",
    "build_lstm",
    "build_rnn",
    "dense",
    "in_steps",
    "least_weights",
    "make_seeds",
]


def build_rnn(
    layout: BeatLayout,
    n_classes: int,
    *,
    units: Sequence[int] = (128, 128, 128),
    dropout: float = 0.2,
    samples_per_step: int = 1,
    dtype: str = "float32",
    seed: int = 0,
) -> Any:
    """Build a stack of simple recurrent layers with a softmax over the classes.

    Each layer is ``SimpleRNN(units, activation="relu")`` with dropout behind it. The network
    reads a row sample by sample; leads and channels are its inputs at each step. Scalars of
    the layout join the last recurrent output.

    Parameters
    ----------
    layout : BeatLayout
        What the columns of a row mean.
    n_classes : int
        Number of classes.
    units : sequence of int, default=(128, 128, 128)
        Units of each recurrent layer.
    dropout : float, default=0.2
        Share of outputs set to zero in training.
    samples_per_step : int, default=1
        Samples of all signals that make one time step; zeros fill the last one up. Several
        make a network much faster.
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
    keras = import_keras()
    seeds = make_seeds(seed)

    def layer(n_units, more):
        cell = keras.layers.SimpleRNN(
            n_units,
            activation="relu",
            return_sequences=more,
            dtype=dtype,
            **_recurrent_seeds(keras, seeds),
        )
        drop = keras.layers.Dropout(dropout, seed=next(seeds), dtype=dtype)
        return lambda x: drop(cell(x))

    return _recurrent_network(
        keras, layout, n_classes, units, layer, samples_per_step, dtype, seeds
    )


def build_lstm(
    layout: BeatLayout,
    n_classes: int,
    *,
    units: Sequence[int] = (128, 64, 32),
    dropout: float = 0.2,
    samples_per_step: int = 1,
    dtype: str = "float32",
    seed: int = 0,
) -> Any:
    """Build a stack of bidirectional LSTM layers with a softmax over the classes.

    Dropout stands between the layers. The network reads a row sample by sample in both
    directions; leads and channels are its inputs at each step. Scalars of the layout join the
    last recurrent output.

    Parameters
    ----------
    layout : BeatLayout
        What the columns of a row mean.
    n_classes : int
        Number of classes.
    units : sequence of int, default=(128, 64, 32)
        Units of each layer, in each direction.
    dropout : float, default=0.2
        Share of outputs set to zero in training, between the layers: a single layer has none.
    samples_per_step : int, default=1
        Samples of all signals that make one time step; zeros fill the last one up. Several
        make a network much faster.
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
    keras = import_keras()
    seeds = make_seeds(seed)

    def layer(n_units, more):
        both = bidirectional_lstm(keras, n_units, seeds, dtype, return_sequences=more)
        if not more:
            return both
        drop = keras.layers.Dropout(dropout, seed=next(seeds), dtype=dtype)
        return lambda x: drop(both(x))

    return _recurrent_network(
        keras, layout, n_classes, units, layer, samples_per_step, dtype, seeds
    )


def bidirectional_lstm(
    keras: Any, n_units: int, seeds: Iterator[int], dtype: str, *, return_sequences: bool = False
) -> Any:
    """A layer of `n_units` in each direction, each with seeds of its own.

    Keras would copy one direction's to the other.
    """
    forward, backward = (
        keras.layers.LSTM(
            n_units,
            return_sequences=return_sequences,
            go_backwards=go_backwards,
            dtype=dtype,
            **_recurrent_seeds(keras, seeds),
        )
        for go_backwards in (False, True)
    )
    return keras.layers.Bidirectional(forward, backward_layer=backward, dtype=dtype)


def dense(keras: Any, n_units: int, seeds: Iterator[int], dtype: str, **kwargs: Any) -> Any:
    """A dense layer with a seed of its own."""
    initializer = keras.initializers.GlorotUniform(seed=next(seeds))
    return keras.layers.Dense(n_units, kernel_initializer=initializer, dtype=dtype, **kwargs)


def in_steps(keras: Any, x: Any, samples_per_step: int, dtype: str) -> Any:
    """Several samples as one time step; zeros behind the end fill the last one up."""
    if samples_per_step == 1:
        return x
    n_samples, n_signals = x.shape[1:]
    if missing := -n_samples % samples_per_step:
        x = keras.layers.ZeroPadding1D((0, missing), dtype=dtype)(x)
    shape = (n_samples + missing) // samples_per_step, samples_per_step * n_signals
    return keras.layers.Reshape(shape, dtype=dtype)(x)


def _recurrent_network(keras, layout, n_classes, units, layer, samples_per_step, dtype, seeds):
    """Rows to steps, recurrent layers one after the other, scalars joined, softmax."""
    row = keras.layers.Input((layout.n_features,), dtype=dtype, name="row")
    x = row[:, : layout.n_waveform] if layout.scalars else row
    x = keras.layers.Reshape((layout.n_signals, layout.n_samples), dtype=dtype)(x)
    x = keras.layers.Permute((2, 1), dtype=dtype)(x)
    x = in_steps(keras, x, samples_per_step, dtype)
    for i, n_units in enumerate(units):
        x = layer(n_units, i < len(units) - 1)(x)
    if layout.scalars:
        x = keras.layers.Concatenate(dtype=dtype)([x, row[:, layout.n_waveform :]])
    last = dense(keras, n_classes, seeds, dtype, activation="softmax", name="probabilities")
    return keras.Model(row, last(x))


def least_weights(architecture: dict[str, Any], layout: BeatLayout, n_classes: int) -> int:
    """What a stack has at least of weights, of whichever cells, before it is built."""
    units = architecture["units"]
    inputs = architecture.get("samples_per_step", 1) * layout.n_signals
    least = sum(n * (before + n) for before, n in pairwise((inputs, *units)))
    return least + n_classes * (units[-1] + len(layout.scalars))


def make_seeds(seed: int) -> Iterator[int]:
    """An endless stream of seeds, each set by ``seed`` and its place alone."""
    for place in count():
        yield int(np.random.SeedSequence((seed, place)).generate_state(1)[0] >> 1)


def _recurrent_seeds(keras, seeds):
    """Keras's default initializers of a recurrent layer, with explicit seeds."""
    return {
        "kernel_initializer": keras.initializers.GlorotUniform(seed=next(seeds)),
        "recurrent_initializer": keras.initializers.Orthogonal(seed=next(seeds)),
        "seed": next(seeds),
    }
