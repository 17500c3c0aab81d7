"""Weights put into a network, and rows sent through it."""

from typing import Any

import numpy as np

from ..layout import BeatLayout
from ._params import is_architecture

__all__ = ["PREDICT_BATCH", "check_architecture", "predict_rows", "set_weights"]

# Matrix products may round differently for different numbers of rows. All rows therefore go
# through the network in batches of one size, the last one filled up: small, so that one beat
# is answered at once, or larger ones that give the very same bits on this machine.
PREDICT_BATCH = 128
_ONE_BEAT = 16

_MAX_FEATURES = 1_000_000  # of a network from a file; a row of beats has hundreds


def check_architecture(
    network: type, architecture: dict, layout: BeatLayout, n_classes: int, weights: list
) -> None:
    """Refuse to build a network that its stored weights cannot fill, as a crafted file may ask."""
    owner = network.__name__
    if not is_architecture(network, architecture):
        raise ValueError(
            f"the attribute 'architecture_' of {owner} must be "
            f"{', '.join(network._architecture_names)} of a network, and is "
            f"{str(architecture)[:200]}"
        )
    wide = max(layout.n_features, layout.leads * len(layout.scalars))
    if wide > _MAX_FEATURES:  # each lead may see all scalars
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


def set_weights(model: Any, weights: list[np.ndarray], owner: str) -> None:
    """Put stored arrays into a network, if they are its shapes."""
    shapes = [tuple(w.shape) for w in model.weights]
    stored = [np.shape(w) for w in weights]
    if shapes != stored:
        raise ValueError(
            f"The stored weights do not fit the network of {owner}: expected shapes {shapes}, "
            f"got {stored}."
        )
    model.set_weights(weights)


def predict_rows(network: Any, X: np.ndarray, dtype: Any) -> np.ndarray:
    """Probabilities of all rows; those of a row do not depend on the rows that come with it.

    What widths of batches agree depends on the processor and on the backend's kernels for these
    shapes. It is tried when a network first gets rows enough, and kept in ``network.widest``.
    """
    model = network.model
    if network.widest is None and len(X) >= PREDICT_BATCH:
        probe = np.random.default_rng(0).normal(size=(PREDICT_BATCH, X.shape[1])).astype(dtype)
        small, wide = (_predict(model, probe, dtype, n) for n in (_ONE_BEAT, PREDICT_BATCH))
        same = np.array_equal(small, wide, equal_nan=True)
        network.widest = PREDICT_BATCH if same else _ONE_BEAT
    return _predict(model, X, dtype, network.widest or _ONE_BEAT)


def _predict(model, X, dtype, widest):
    """Probabilities in batches of `widest`, then small ones, the last filled with zeros."""
    outputs = []
    start = 0
    while start < len(X):
        size = widest if len(X) - start >= widest else _ONE_BEAT
        rows = X[start : start + size]
        batch = np.zeros((size, X.shape[1]), dtype)
        with np.errstate(over="ignore"):  # what comes of it is judged in the end
            batch[: len(rows)] = rows
        outputs.append(np.array(model.predict_on_batch(batch))[: len(rows)])
        start += size
    return np.concatenate(outputs)
