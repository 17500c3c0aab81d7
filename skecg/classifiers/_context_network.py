"""The network for rows with context: one encoder for all leads, weighed by gates."""

from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..layout import BeatLayout
from ._keras import Tensor, import_keras
from ._networks import SeededLayers

if TYPE_CHECKING:
    import keras

__all__ = ["NO_GATE", "build_context_lstm", "lead_columns", "least_weights"]

NO_GATE = -1e4  # before the softmax over leads; its exponential is zero in all dtypes


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
    scalar_units: int | None = None,
    scalar_dropout: float = 0.0,
    n_networks: int = 1,
    dtype: str = "float32",
    seed: int = 0,
) -> "keras.Model":
    """Build a network that reads a beat and its neighbours, lead by lead.

    One encoder is applied to each lead: a bidirectional LSTM over the waveform of the lead, a
    second one over the scalars of the neighbouring beats (each through a small dense layer),
    whose output at the beat itself is used, and the beat's own scalars. Dense layers compute
    logits from these, and a gate: the softmax over the leads' gates weighs their logits.
    A lead whose waveform is zero throughout is missing: its gate is zero (unless all are).

    Several networks of this form (``n_networks``) differ in their initial weights and dropout
    masks, and read the same rows with the same noise. Outside of training the model returns the
    mean of their probabilities. In training it returns the geometric mean, which does not sum to
    one: its logarithm is the mean of those of the networks, so that with a cross-entropy that
    does not divide by the sum each network learns as it would in a model of its own.

    Parameters
    ----------
    layout : BeatLayout
        Meaning of the columns of a row. Scalars of neighbouring beats and of single leads are
        found by their names (`BeatLayout.scalar_columns`). If leads differ in the names of
        their scalars, each reads those of all leads.
    n_classes : int
        Number of classes.
    units : int, default=32
        Units of the LSTM over the beat, in each direction.
    neighbor_units : int, default=32
        Units of the dense layer before the LSTM over the neighbours, and of that LSTM in each
        direction.
    dense_units : int, default=64
        Units of the dense layer after both.
    samples_per_step : int, default=5
        Number of samples of all channels per time step; zeros pad the last step.
    dropout : float, default=0.35
        Share of outputs set to zero in training; half of it between the layers of the
        neighbours, a third at the samples.
    lead_dropout : float, default=0.2
        Share of leads treated as missing in training; never all of a row.
    noise : float, default=0.02
        Standard deviation of the noise that training adds to the waveform.
    scalar_noise : float, default=0.05
        Standard deviation of the noise that training adds to the scalars.
    scalar_units : int, default=None
        Units of a dense layer between the beat's own scalars and the dense layer after both
        LSTMs. None: the scalars go into the latter themselves.
    scalar_dropout : float, default=0.0
        Share of the scalars, the beat's own and the neighbours', set to zero in training.
    n_networks : int, default=1
        Number of networks.
    dtype : str, default="float32"
        Keras dtype of all layers.
    seed : int, default=0
        Seed of all initial weights, dropout masks and noise.

    Returns
    -------
    keras.Model
        Not compiled; takes rows of shape (n_beats, n_features). With several leads its layer
        "gates" returns the weight of each. Several networks are its layers "network_1",
        "network_2" ..., models with gates of their own. They return logits for the parts of rows,
        which the layer "parts" returns.

    References
    ----------
    Hansen & Salamon, "Neural network ensembles", IEEE Transactions on Pattern Analysis and
    Machine Intelligence 12(10):993-1001 (1990), for the mean of networks. Srivastava, Hinton,
    Krizhevsky, Sutskever & Salakhutdinov, "Dropout", Journal of Machine Learning Research
    15:1929-1958 (2014).

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
    sizes = _Sizes(
        units=units,
        neighbor_units=neighbor_units,
        dense_units=dense_units,
        samples_per_step=samples_per_step,
        dropout=dropout,
        lead_dropout=lead_dropout,
        noise=noise,
        scalar_noise=scalar_noise,
        scalar_units=scalar_units,
        scalar_dropout=scalar_dropout,
    )
    row = keras.layers.Input((layout.n_features,), dtype=dtype, name="row")
    parts = _parts_of_rows(row, layout)
    if n_networks == 1:
        logits = _logits(parts, layout, n_classes, sizes, SeededLayers(seed, dtype))
        return keras.Model(row, keras.layers.Softmax(dtype=dtype, name="probabilities")(logits))
    from ._ensemble import MeanProbability  # imports Keras

    shared = SeededLayers(_seed_of_network(seed, 0), dtype)
    parts = {name: _noisy(name, x, sizes, shared) for name, x in parts.items()}
    parts = keras.Model(row, parts, name="parts")(row)
    quiet = sizes._replace(noise=0.0, scalar_noise=0.0)
    logits = []
    for k in range(n_networks):
        layers = SeededLayers(_seed_of_network(seed, k) if k else seed, dtype)
        inputs = {
            name: keras.layers.Input(x.shape[1:], dtype=x.dtype, name=name)
            for name, x in parts.items()
        }
        out = _logits(inputs, layout, n_classes, quiet, layers)
        logits.append(keras.Model(inputs, out, name=f"network_{k + 1}")(parts))
    mean = MeanProbability(dtype=dtype, name="probabilities")
    return keras.Model(row, mean(keras.ops.stack(logits, axis=1)))


class _Sizes(NamedTuple):
    """Sizes of the layers of a network, and shares and deviations in its training."""

    units: int
    neighbor_units: int
    dense_units: int
    samples_per_step: int
    dropout: float
    lead_dropout: float
    noise: float
    scalar_noise: float
    scalar_units: int | None
    scalar_dropout: float


def _seed_of_network(seed: int, k: int) -> int:
    """Return the seed of a network after the first, or of the noise for all (k = 0)."""
    # three numbers: those of two are the seeds of layers
    return int(np.random.SeedSequence((seed, k, 1)).generate_state(1)[0] >> 1)


def _parts_of_rows(row: Tensor, layout: BeatLayout) -> dict[str, Tensor]:
    """Return what the encoder reads of each lead, without noise; rows and leads are one axis.

    Returns
    -------
    dict
        "wave", (rows * leads, samples, channels). If rows have them, "beats", the scalars of the
        beat and its neighbours in order of time, (rows * leads, neighbours + 1, scalars of each);
        and "own", the scalars of the beat, (rows * leads, scalars). With several leads "there",
        (rows, leads): leads whose waveform is not zero throughout.
    """
    ops = import_keras().ops
    own, near, same, before = lead_columns(layout)

    def of_each_lead(columns: NDArray[np.intp]) -> Tensor:
        """Take columns (leads, ...) of each row, as (rows * leads, ...)."""
        return ops.reshape(ops.take(row, columns, axis=1), (-1, *columns.shape[1:]))

    parts = {"wave": _waves(ops, layout, row)}
    if near.shape[-2] * near.shape[-1]:
        around = of_each_lead(near)
        itself = of_each_lead(np.maximum(same, 0))
        itself = ops.where(same[0] < 0, ops.ones_like(itself), itself)
        parts["beats"] = ops.concatenate(
            [around[:, :before], itself[:, None], around[:, before:]], axis=1
        )
    if own.shape[-1]:
        parts["own"] = of_each_lead(own)
    if layout.leads > 1:
        there = ops.any(ops.not_equal(parts["wave"], 0), axis=(1, 2))
        parts["there"] = ops.reshape(there, (-1, layout.leads))
    return parts


def _noisy(name: str, x: Tensor, sizes: _Sizes, layers: SeededLayers) -> Tensor:
    """Return a part of rows with the noise of training."""
    if name == "there":
        return x
    return layers.noise(sizes.noise if name == "wave" else sizes.scalar_noise)(x)


def _logits(
    parts: dict[str, Tensor],
    layout: BeatLayout,
    n_classes: int,
    sizes: _Sizes,
    layers: SeededLayers,
) -> Tensor:
    """Return the logits of one network for the parts of rows."""
    ops = import_keras().ops
    read = _encode(parts, lead_columns(layout)[-1], sizes, layers)
    x = layers.concatenate(read) if len(read) > 1 else read[0]
    x = layers.dense(sizes.dense_units, "relu")(x)
    x = layers.dropout(sizes.dropout)(x)
    logits = layers.dense(n_classes, name="logits")(x)
    if layout.leads == 1:
        return logits

    # the gates: (rows, leads), the logits (rows, leads, classes)
    logits = ops.reshape(logits, (-1, layout.leads, n_classes))
    gates, there = ops.reshape(layers.dense(1)(x), (-1, layout.leads)), parts["there"]
    kept = ops.logical_and(there, layers.dropout(sizes.lead_dropout)(ops.ones_like(gates)) > 0)
    kept = ops.where(ops.any(kept, axis=1, keepdims=True), kept, there)
    gates = ops.where(kept, gates, NO_GATE)
    gates = import_keras().layers.Softmax(dtype=layers.dtype, name="gates")(gates)
    return ops.sum(logits * ops.expand_dims(gates, -1), axis=1)


def _encode(
    parts: dict[str, Tensor], before: int, sizes: _Sizes, layers: SeededLayers
) -> list[Tensor]:
    """Return the outputs of the first layers, (rows * leads, units) each."""
    dropout = sizes.dropout

    def scalars(name: str) -> Tensor:
        x = _noisy(name, parts[name], sizes, layers)
        return layers.dropout(sizes.scalar_dropout)(x) if sizes.scalar_dropout else x

    x = _noisy("wave", parts["wave"], sizes, layers)
    x = layers.in_steps(x, sizes.samples_per_step)
    x = layers.bidirectional_lstm(sizes.units)(layers.dropout(dropout / 3)(x))
    read = [layers.dropout(dropout)(x)]
    if "beats" in parts:
        x = scalars("beats")  # before the next layer: each takes the next seed
        x = layers.dense(sizes.neighbor_units, "relu")(x)
        x = layers.dropout(dropout / 2)(x)
        x = layers.two_lstms(sizes.neighbor_units)(x[:, : before + 1], x[:, before:])
        read.append(layers.dropout(dropout)(x))
    if "own" in parts:
        x = scalars("own")
        if sizes.scalar_units is not None:
            x = layers.dropout(dropout)(layers.dense(sizes.scalar_units, "relu")(x))
        read.append(x)
    return read


def least_weights(architecture: dict[str, Any], layout: BeatLayout, n_classes: int) -> int:
    """Return a lower bound of the network's number of weights, without biases."""
    units, near_units, dense_units = (
        architecture[name] for name in ("units", "neighbor_units", "dense_units")
    )
    own, near, _, _ = lead_columns(layout)
    n_own, scalar_units = own.shape[-1], architecture.get("scalar_units")
    inputs = architecture["samples_per_step"] * layout.n_signals // layout.leads
    joined = 2 * units
    least = 8 * units * (inputs + units)
    if near.shape[-2] * near.shape[-1]:
        least += near_units * (near.shape[-1] + 16 * near_units)
        joined += 2 * near_units
    if n_own and scalar_units is not None:
        least += n_own * scalar_units
        n_own = scalar_units
    least += dense_units * (joined + n_own + n_classes)
    return least * architecture.get("n_networks", 1)


@lru_cache(maxsize=8)  # of many scalars it takes as long as annotating minutes
def lead_columns(
    layout: BeatLayout,
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], int]:
    """Return the columns of the scalars that the encoder reads, for each lead.

    Returns
    -------
    own : ndarray of shape (leads, n_own)
        Columns of the scalars of the beat itself.
    near : ndarray of shape (leads, n_neighbors, n_each)
        Columns of the scalars of the neighbouring beats.
    same : ndarray of shape (leads, n_each)
        Columns of the beat itself for the scalars of a neighbour; -1 if it has none.
    before : int
        Number of neighbours before the beat.
    """
    of_lead = [layout.scalar_columns(lead) for lead in range(layout.leads)]

    def names(lead: int, columns: NDArray[np.intp]) -> list[str]:
        called = [layout.scalars[i - layout.n_waveform] for i in columns.ravel()]
        return [name.replace(f"lead{lead}_", "", 1) for name in called]

    each = [(names(i, of.own), names(i, of.neighbors)) for i, of in enumerate(of_lead)]
    if any(one != each[0] for one in each):
        of_lead = [layout.scalar_columns()] * layout.leads
    own, near, same = (np.array(parts, dtype=np.intp) for parts in zip(*of_lead, strict=True))
    before = sum(beat[0].startswith("beat-") for beat in layout.neighbor_scalars)
    return own, near, same, before


def _waves(ops: ModuleType, layout: BeatLayout, row: Tensor) -> Tensor:
    """Return the waveforms of all leads of all rows: (rows * leads, samples, channels)."""
    n_beats, n_channels = 2 * layout.neighbors + 1, len(layout.channels)
    wave = row[:, : layout.n_waveform]
    wave = ops.reshape(wave, (-1, n_beats, layout.leads, n_channels, layout.n_samples))
    wave = ops.transpose(wave, (0, 2, 4, 1, 3))
    return ops.reshape(wave, (-1, layout.n_samples, n_beats * n_channels))
