"""Weights put into a network, and rows sent through it."""

from typing import Any

import numpy as np

from ._params import is_int

__all__ = ["PREDICT_BATCH", "check_architecture", "predict_in_batches", "set_weights"]

# All rows go through the network in batches of one size, the last one filled up, so that the
# probabilities of a row do not depend on which rows come with it: matrix products round
# differently for different numbers of rows.
PREDICT_BATCH = 128

_MAX_FEATURES = 1_000_000  # of a network from a file; a row of beats has hundreds


def check_architecture(
    architecture: dict, n_features: int, weights: list[np.ndarray], owner: str
) -> None:
    """Refuse to build a network that its stored weights cannot fill, as a crafted file may ask.

    A recurrent layer of n units has more than n * n weights, and each has arrays of its own.
    """
    units = architecture["units"]
    n_weights = sum(np.size(w) for w in weights)
    if (
        set(architecture) != {"units", "dropout", "dtype"}
        or not all(is_int(n) and n > 0 and n * n <= n_weights for n in units)
        or len(units) > len(weights)
        or n_features > _MAX_FEATURES
    ):
        raise ValueError(
            f"{owner} of {str(architecture)[:200]} and {n_features} columns cannot have the "
            f"stored {len(weights)} arrays of {n_weights} weights."
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


def predict_in_batches(model: Any, X: np.ndarray, dtype: Any) -> np.ndarray:
    """Probabilities of all rows, in batches of one size and type, the last filled with zeros."""
    batch = np.empty((PREDICT_BATCH, X.shape[1]), dtype)
    outputs = []
    for start in range(0, len(X), PREDICT_BATCH):
        rows = X[start : start + PREDICT_BATCH]
        batch[: len(rows)] = rows
        batch[len(rows) :] = 0
        outputs.append(np.array(model.predict_on_batch(batch))[: len(rows)])
    return np.concatenate(outputs)
