"""Confusion matrices of labels, in beats and in percent."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..utils import Label, ratio
from ._counts import count_pairs, encode_labels

__all__ = ["cell_percentages", "confusion_matrices"]

# normalize: axis of the sum that is 100 %
_AXES = {"true": 1, "pred": 0, "all": None}


def confusion_matrices(
    y_true: ArrayLike,
    predictions: Mapping[str, ArrayLike],
    labels: Sequence[Label] | None,
    owner: str,
) -> tuple[list[Label], list[NDArray[np.intp]]]:
    """Count the pairs of reference and predicted label of one or several models.

    Parameters
    ----------
    y_true : array-like of shape (n_beats,)
        Reference labels.
    predictions : dict of str to array-like of shape (n_beats,)
        Predicted labels of each model, by the names of these parameters.
    labels : sequence or None
        Classes and their order. None: all that occur, the AAMI classes first.
    owner : str
        Class or function that has these parameters, for errors.

    Returns
    -------
    labels : list
        The classes.
    matrices : list of ndarray of shape (n_classes, n_classes)
        One for each model, rows reference, columns predicted.

    Examples
    --------
    >>> from skecg.metrics._confusion import confusion_matrices
    >>> labels, (matrix,) = confusion_matrices(["N", "V"], {"y_pred": ["N", "N"]}, None, "example")
    >>> labels, matrix.tolist()
    (['N', 'V'], [[1, 0], [1, 0]])
    """
    order, (true, *predicted) = encode_labels({"y_true": y_true, **predictions}, labels, owner)
    return order, [count_pairs(true, codes, len(order)) for codes in predicted]


def cell_percentages(counts: NDArray, normalize: str) -> NDArray[np.float64]:
    """Return cells in percent of the "true" class, the "pred" class or "all"; NaN of no beats."""
    total = counts.sum(axis=_AXES[normalize], keepdims=True)
    return 100 * ratio(counts, np.broadcast_to(total, counts.shape))
