"""The network for rows with context: one encoder for all leads, which gates weigh."""

from typing import Any

import numpy as np

from ..layout import BeatLayout
from ._keras import import_keras
from ._networks import bidirectional_lstm, dense, in_steps, make_seeds

__all__ = ["build_context_lstm", "lead_columns", "least_weights"]

_NO_GATE = -1e4  # before the softmax over leads; its exponential is zero in all dtypes


def build_context_lstm(
    layout: BeatLayout,
    n_classes: int,
    *,
    units: int = 32,
    neighbor_units: int = 32,
    dense_units: int = 64,
    samples_per_step: int = 5,
    dropout: float = 0.35,
    lead_dropout: float = 0.2,
    noise: float = 0.02,
    scalar_noise: float = 0.05,
    dtype: str = "float32",
    seed: int = 0,
) -> Any:
    """Build a network that reads a beat among its neighbours, lead by lead.

    One encoder serves all leads. It reads the waveform of a lead by a bidirectional LSTM, the
    scalars of the neighbouring beats (each behind a small dense layer) by a second one, whose
    output at the beat itself counts, and joins both to the beat's own scalars. A dense layer
    makes logits of that, and a gate: the softmax over the leads' gates weighs their logits.
    A lead whose waveform is zero throughout is missing: its gate is zero (unless all are).

    Parameters
    ----------
    layout : BeatLayout
        What the columns of a row mean. Scalars of neighbouring beats and of single leads are
        found by their names (`BeatLayout.scalar_columns`). Where leads differ in the names of
        their scalars, each sees those of all.
    n_classes : int
        Number of classes.
    units : int, default=32
        Units of the LSTM over the beat, in each direction.
    neighbor_units : int, default=32
        Units of the dense layer in front of the LSTM over the neighbours, and of that LSTM in
        each direction.
    dense_units : int, default=64
        Units of the dense layer behind both.
    samples_per_step : int, default=5
        Samples of all channels that make one time step; zeros fill the last one up.
    dropout : float, default=0.35
        Share of outputs set to zero in training; half of it between the layers of the
        neighbours, a third at the samples.
    lead_dropout : float, default=0.2
        Share of leads that are taken for missing in training; never all of a row.
    noise : float, default=0.02
        Standard deviation of the noise that training adds to the waveform.
    scalar_noise : float, default=0.05
        That of the noise that training adds to the scalars.
    dtype : str, default="float32"
        Keras dtype of all layers.
    seed : int, default=0
        Seed of all initial weights, dropout masks and noise.

    Returns
    -------
    keras.Model
        Not compiled; takes rows of shape (n_beats, n_features). With several leads its layer
        "gates" gives the weight of each.

    Examples
    --------
    >>> from skecg import BeatLayout
    >>> from skecg.classifiers import build_context_lstm
    >>> layout = BeatLayout(20, leads=2, scalars=("rr", "beat-1_rr", "beat+1_rr"))
    >>> model = build_context_lstm(layout, 3)
    >>> model.get_layer("gates").output.shape
    (None, 2)
    """
    keras = import_keras()
    layers, ops = keras.layers, keras.ops
    seeds = make_seeds(seed)

    def drop(x, share):
        return layers.Dropout(share, seed=next(seeds), dtype=dtype)(x)

    def blur(x, deviation):
        return layers.GaussianNoise(deviation, seed=next(seeds), dtype=dtype)(x)

    def small(x, n, activation=None):
        return dense(keras, n, seeds, dtype, activation=activation)(x)

    def of_each_lead(columns):
        """These columns, the leads of all rows one below the other."""
        return ops.reshape(ops.take(row, columns, axis=1), (-1, *columns.shape[1:]))

    row = layers.Input((layout.n_features,), dtype=dtype, name="row")
    own, near, same, before = lead_columns(layout)

    wave = _waves(ops, layout, row)
    x = in_steps(keras, blur(wave, noise), samples_per_step, dtype)
    x = bidirectional_lstm(keras, units, seeds, dtype)(drop(x, dropout / 3))
    parts = [drop(x, dropout)]
    if near.shape[-2] * near.shape[-1]:
        around = of_each_lead(near)
        itself = of_each_lead(np.maximum(same, 0))
        itself = ops.where(same[0] < 0, ops.ones_like(itself), itself)
        beats = [around[:, :before], itself[:, None], around[:, before:]]
        x = layers.Concatenate(axis=1, dtype=dtype)(beats)
        x = small(blur(x, scalar_noise), neighbor_units, "relu")
        x = drop(x, dropout / 2)
        x = bidirectional_lstm(keras, neighbor_units, seeds, dtype, return_sequences=True)(x)
        parts.append(drop(x[:, before], dropout))
    if own.shape[-1]:
        parts.append(blur(of_each_lead(own), scalar_noise))
    x = layers.Concatenate(dtype=dtype)(parts) if len(parts) > 1 else parts[0]
    x = drop(small(x, dense_units, "relu"), dropout)
    logits = dense(keras, n_classes, seeds, dtype, name="logits")(x)
    probabilities = layers.Softmax(dtype=dtype, name="probabilities")
    if layout.leads == 1:
        return keras.Model(row, probabilities(logits))

    logits = ops.reshape(logits, (-1, layout.leads, n_classes))
    gates = ops.reshape(small(x, 1), (-1, layout.leads))
    there = ops.reshape(ops.any(ops.not_equal(wave, 0), axis=(1, 2)), (-1, layout.leads))
    kept = ops.logical_and(there, drop(ops.ones_like(gates), lead_dropout) > 0)
    kept = ops.where(ops.any(kept, axis=1, keepdims=True), kept, there)
    gates = ops.where(kept, gates, _NO_GATE)
    gates = layers.Softmax(dtype=dtype, name="gates")(gates)
    logits = ops.sum(logits * ops.expand_dims(gates, -1), axis=1)
    return keras.Model(row, probabilities(logits))


def least_weights(architecture: dict[str, Any], layout: BeatLayout, n_classes: int) -> int:
    """What the network has at least of weights, without biases, before it is built."""
    units, near_units, dense_units = (
        architecture[name] for name in ("units", "neighbor_units", "dense_units")
    )
    own, near, _, _ = lead_columns(layout)
    inputs = architecture["samples_per_step"] * layout.n_signals // layout.leads
    joined = 2 * units + own.shape[-1]
    least = 8 * units * (inputs + units)
    if near.shape[-2] * near.shape[-1]:
        least += near_units * (near.shape[-1] + 16 * near_units)
        joined += 2 * near_units
    return least + dense_units * (joined + n_classes)


def lead_columns(layout: BeatLayout) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Columns of the scalars that the encoder reads, for each lead.

    Those of the beat itself (leads, n_own), of its neighbours (leads, n_neighbors, n_each), what
    stands for the beat among these (leads, n_each; -1: nothing), and the number of neighbours
    before it.
    """
    of_lead = [layout.scalar_columns(lead) for lead in range(layout.leads)]

    def names(lead, columns):
        called = [layout.scalars[i - layout.n_waveform] for i in columns.ravel()]
        return [name.replace(f"lead{lead}_", "", 1) for name in called]

    each = [(names(i, of.own), names(i, of.neighbors)) for i, of in enumerate(of_lead)]
    if any(one != each[0] for one in each):
        of_lead = [layout.scalar_columns()] * layout.leads
    own, near, same = (np.array(parts, dtype=np.intp) for parts in zip(*of_lead, strict=True))
    before = sum(beat[0].startswith("beat-") for beat in layout.neighbor_scalars)
    return own, near, same, before


def _waves(ops: Any, layout: BeatLayout, row: Any) -> Any:
    """Waveforms, leads of all rows one below the other: (rows * leads, samples, channels)."""
    n_beats, n_channels = 2 * layout.neighbors + 1, len(layout.channels)
    wave = row[:, : layout.n_waveform]
    wave = ops.reshape(wave, (-1, n_beats, layout.leads, n_channels, layout.n_samples))
    wave = ops.transpose(wave, (0, 2, 4, 1, 3))
    return ops.reshape(wave, (-1, layout.n_samples, n_beats * n_channels))
