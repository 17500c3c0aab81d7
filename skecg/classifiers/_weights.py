"""Put weights into a network, and rows through it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..calibration._calibration import TemperatureScaling
from ..layout import BeatLayout
from ..utils import read_rows
from ._params import is_architecture

if TYPE_CHECKING:
    import keras

    from ._network_settings import NetworkSettings

__all__ = [
    "PREDICT_BATCH",
    "Network",
    "check_architecture",
    "check_shapes",
    "corrected",
    "corrected_mean",
    "fold_calibration",
    "predict_rows",
    "set_weights",
]

# Matrix products may round differently for different numbers of rows. All rows therefore go
# through the network in batches of one size, the last one filled up: small, so that one beat
# is predicted at once, or larger ones if they give the very same bits on this machine.
PREDICT_BATCH = 128
_ONE_BEAT = 16

_MAX_FEATURES = 1_000_000  # of a network from a file; a row of beats has hundreds
_LOGITS = ("logits", "probabilities")  # names of the last dense layer of the networks


class Network(Protocol):
    """A network that predicts: one of Keras, or in NumPy."""

    widest: int | None  # batch of predictions, once it was tried

    def predict_on_batch(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return the probabilities of rows."""


def check_architecture(
    network: "type[NetworkSettings]",
    architecture: dict[str, Any],
    layout: BeatLayout,
    n_classes: int,
    weights: Sequence[NDArray[Any]],
) -> None:
    """Refuse a network that its stored weights cannot fill, as a crafted file may ask for."""
    owner = network.__name__
    if not is_architecture(network, architecture):
        raise ValueError(
            f"the attribute 'architecture_' of {owner} must be "
            f"{', '.join(network._architecture_names)} of a network, and is "
            f"{str(architecture)[:200]}"
        )
    n_columns = max(layout.n_features, layout.leads * len(layout.scalars))
    if n_columns > _MAX_FEATURES:  # each lead may read all scalars
        raise ValueError(
            f"{owner} for {layout.leads} leads and {len(layout.scalars)} scalars in "
            f"{layout.n_features} columns is larger than any network of beats"
        )
    least = network._least_weights(architecture, layout, n_classes)
    stored = sum(np.size(w) for w in weights)
    if least > stored:
        raise ValueError(
            f"{owner} of {str(architecture)[:200]} for {layout.n_signals} signals and "
            f"{n_classes} classes has at least {least} weights, and {stored} are stored"
        )


def set_weights(model: "keras.Model", weights: Sequence[NDArray[Any]], owner: str) -> None:
    """Put stored arrays into a network, if they have its shapes."""
    check_shapes([tuple(w.shape) for w in model.weights], weights, owner)
    model.set_weights(weights)


def check_shapes(
    shapes: list[tuple[int, ...]], weights: Sequence[NDArray[Any]], owner: str
) -> None:
    """Raise unless stored arrays have the shapes of a network's weights."""
    stored = [np.shape(w) for w in weights]
    if shapes != stored:
        raise ValueError(
            f"The stored weights do not fit the network of {owner}: expected shapes {shapes}, "
            f"got {stored}."
        )


def fold_calibration(
    model: "keras.Model", calibration: TemperatureScaling, classes: NDArray[Any], owner: str
) -> None:
    """Change the last layer with weights so that a network returns corrected probabilities."""
    last = model.layers[-1]
    if hasattr(last, "temperature"):  # of several networks
        last.set_weights(corrected_mean(last.get_weights(), calibration, classes))
        return
    dense = {layer.name: layer for layer in model.layers if hasattr(layer, "kernel")}
    layer = next((dense[name] for name in _LOGITS if name in dense), None)
    if layer is None or not layer.use_bias:
        raise TypeError(
            f"{owner} cannot be calibrated: its network has no Dense layer with a bias named "
            f"{' or '.join(map(repr, _LOGITS))} that computes the logits."
        )
    layer.set_weights(corrected(layer.get_weights(), calibration, classes))


def corrected(
    dense: Sequence[NDArray[Any]], calibration: TemperatureScaling, classes: NDArray[Any]
) -> list[NDArray[np.float64]]:
    """Return kernel and bias of the layer of logits with a calibration in them."""
    kernel, bias = (np.asarray(w, dtype=np.float64) for w in dense)
    offsets = calibration.offsets_of(classes.tolist())
    return [kernel / calibration.temperature, bias / calibration.temperature + offsets]


def corrected_mean(
    mean: Sequence[NDArray[Any]], calibration: TemperatureScaling, classes: NDArray[Any]
) -> list[NDArray[np.float64]]:
    """Return temperature and offsets of the mean of networks with a calibration in them."""
    temperature, offsets = (np.asarray(w, dtype=np.float64) for w in mean)
    t = calibration.temperature
    return [temperature * t, offsets / t + calibration.offsets_of(classes.tolist())]


def predict_rows(network: Network, X: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    """Return probabilities of all rows; those of a row do not depend on the other rows.

    Which widths of batches agree depends on the processor and on the backend's kernels for
    these shapes. It is tried when a network first gets enough rows, and kept in
    ``network.widest``.
    """
    if network.widest is None and len(X) >= PREDICT_BATCH:
        probe = np.random.default_rng(0).normal(size=(PREDICT_BATCH, X.shape[1])).astype(dtype)
        small, wide = (_predict(network, probe, dtype, n) for n in (_ONE_BEAT, PREDICT_BATCH))
        same = np.array_equal(small, wide, equal_nan=True)
        network.widest = PREDICT_BATCH if same else _ONE_BEAT
    return _predict(network, X, dtype, network.widest or _ONE_BEAT)


def _predict(network: Network, X: NDArray[Any], dtype: DTypeLike, widest: int) -> NDArray[Any]:
    """Predict in batches of `widest` rows, then in small ones, the last filled with zeros.

    300 rows with widest=128: 128 | 128 | 16 | 16 | 12 rows and 4 of zeros.
    """
    outputs = []
    start = 0
    while start < len(X):
        size = widest if len(X) - start >= widest else _ONE_BEAT
        rows = read_rows(X, slice(start, start + size))
        batch = np.zeros((size, X.shape[1]), dtype)
        with np.errstate(over="ignore"):  # predict_proba checks the result
            batch[: len(rows)] = rows
        outputs.append(network.predict_on_batch(batch)[: len(rows)])
        start += size
    return np.concatenate(outputs)
