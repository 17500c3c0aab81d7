"""The architectures: plain functions from a layout and sizes to a Keras model."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import numpy as np

from ..layout import BeatLayout
from ._keras import import_keras

__all__ = ["build_lstm", "build_rnn"]


def build_rnn(
    layout: BeatLayout,
    n_classes: int,
    *,
    units: Sequence[int] = (128, 128, 128),
    dropout: float = 0.2,
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
    seeds = _seeds(seed)

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

    return _recurrent_network(keras, layout, n_classes, units, layer, dtype, seeds)


def build_lstm(
    layout: BeatLayout,
    n_classes: int,
    *,
    units: Sequence[int] = (128, 64, 32),
    dropout: float = 0.2,
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
        Share of outputs set to zero in training, between the layers.
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
    seeds = _seeds(seed)

    def layer(n_units, more):
        # each direction has seeds of its own: Keras would copy one layer's to the other
        forward, backward = (
            keras.layers.LSTM(
                n_units,
                return_sequences=more,
                go_backwards=go_backwards,
                dtype=dtype,
                **_recurrent_seeds(keras, seeds),
            )
            for go_backwards in (False, True)
        )
        both = keras.layers.Bidirectional(forward, backward_layer=backward, dtype=dtype)
        if not more:
            return both
        drop = keras.layers.Dropout(dropout, seed=next(seeds), dtype=dtype)
        return lambda x: drop(both(x))

    return _recurrent_network(keras, layout, n_classes, units, layer, dtype, seeds)


def _recurrent_network(keras, layout, n_classes, units, layer, dtype, seeds):
    """Rows to steps, recurrent layers one after the other, scalars joined, softmax."""
    row = keras.layers.Input((layout.n_features,), dtype=dtype, name="row")
    x = row[:, : layout.n_waveform] if layout.scalars else row
    x = keras.layers.Reshape((layout.n_signals, layout.n_samples), dtype=dtype)(x)
    x = keras.layers.Permute((2, 1), dtype=dtype)(x)
    for i, n_units in enumerate(units):
        x = layer(n_units, i < len(units) - 1)(x)
    if layout.scalars:
        x = keras.layers.Concatenate(dtype=dtype)([x, row[:, layout.n_waveform :]])
    probabilities = keras.layers.Dense(
        n_classes,
        activation="softmax",
        kernel_initializer=keras.initializers.GlorotUniform(seed=next(seeds)),
        dtype=dtype,
        name="probabilities",
    )(x)
    return keras.Model(row, probabilities)


def _seeds(seed):
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
