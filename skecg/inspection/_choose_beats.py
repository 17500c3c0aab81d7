"""Choose beats to look at: a few of each class, or the errors."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length, check_random_state

from ..metrics._counts import align_proba, encode_labels
from ..utils import COUNT, Label, RandomState, check_value

__all__ = ["Errors", "choose_beats", "choose_errors", "predicted_probability"]

#: True, or a reference and a predicted label, each of which may be None.
Errors: TypeAlias = bool | tuple[Label | None, Label | None]


def choose_beats(
    y_true: ArrayLike,
    y_pred: ArrayLike | None,
    n_beats: int,
    random_state: RandomState,
    owner: str,
) -> NDArray[np.intp]:
    """Choose rows balanced over the classes, and in each over correct beats and errors.

    Classes take turns, and within a class a correct beat and an error. In each of these sets
    beats are drawn at random without replacement; sets that run out are passed over.

    Parameters
    ----------
    y_true : array-like of shape (n_beats,)
        Reference labels.
    y_pred : array-like of shape (n_beats,) or None
        Predicted labels.
    n_beats : int
        Number of rows to choose; all, if there are no more.
    random_state : int, RandomState instance or None
        Seed of the choice.
    owner : str
        Class or function that has these parameters, for errors.

    Returns
    -------
    ndarray of int
        Rows, class after class, correct beats first.

    Examples
    --------
    >>> from skecg.inspection._choose_beats import choose_beats
    >>> choose_beats(["N", "N", "N", "V"], ["N", "N", "V", "V"], 3, 0, "example").tolist()
    [1, 2, 3]
    """
    check_value(n_beats, COUNT, "n_beats", owner)
    targets = {"y_true": y_true} if y_pred is None else {"y_true": y_true, "y_pred": y_pred}
    _, codes = encode_labels(targets, None, owner)
    beats = pd.DataFrame({"true": codes[0], "wrong": codes[0] != codes[-1]})
    beats = beats.iloc[check_random_state(random_state).permutation(len(beats))]
    # turn of each beat among the correct ones, or errors, of its class; then within the class
    beats["turn"] = beats.groupby(["true", "wrong"]).cumcount()
    beats = beats.sort_values(["turn", "wrong"], kind="stable")
    beats["turn"] = beats.groupby("true").cumcount()
    chosen = beats.sort_values(["turn", "true"], kind="stable").head(n_beats)
    return chosen.sort_values(["true", "wrong"], kind="stable").index.to_numpy()


def choose_errors(
    y_true: ArrayLike,
    y_pred: ArrayLike | None,
    probability: NDArray[np.float64] | None,
    errors: Errors,
    owner: str,
) -> NDArray[np.intp]:
    """Choose the rows of errors, the most confident first.

    Parameters
    ----------
    y_true : array-like of shape (n_beats,)
        Reference labels.
    y_pred : array-like of shape (n_beats,) or None
        Predicted labels.
    probability : ndarray of shape (n_beats,) or None
        Probability of each predicted label. None: errors keep the order of the rows.
    errors : True or tuple of two labels
        Reference and predicted label of the errors, each of which may be None for any. True:
        all errors.
    owner : str
        Class or function that has these parameters, for errors.

    Returns
    -------
    ndarray of int
        Rows.

    Examples
    --------
    >>> from skecg.inspection._choose_beats import choose_errors
    >>> choose_errors(["N", "V", "V"], ["N", "N", "V"], None, ("V", None), "example").tolist()
    [1]
    """
    wanted: Sequence[Label | None] = (None, None) if isinstance(errors, bool) else errors
    is_pair = isinstance(wanted, tuple) and len(wanted) == 2
    if y_pred is None or errors is False or not is_pair:
        raise ValueError(
            f"The 'errors' parameter of {owner} must be a reference and a predicted label, such "
            'as ("V", "N"), or True for all errors, together with predictions. '
            f"Got {errors!r} instead."
        )
    labels, (true, predicted) = encode_labels({"y_true": y_true, "y_pred": y_pred}, None, owner)
    wrong = true != predicted
    for codes, label in zip((true, predicted), wanted, strict=True):
        if label is not None:
            wrong &= codes == (labels.index(label) if label in labels else -1)
    rows = np.flatnonzero(wrong)
    if probability is None:
        return rows
    return rows[np.argsort(-probability[rows], kind="stable")]


def predicted_probability(
    y_true: ArrayLike,
    y_pred: ArrayLike | None,
    y_proba: pd.DataFrame | ArrayLike | None,
    owner: str,
) -> NDArray[np.float64] | None:
    """Return the probability of each predicted label, None where it is unknown."""
    if y_proba is None or y_pred is None:
        return None
    known = list(y_proba.columns) if isinstance(y_proba, pd.DataFrame) else []
    targets = {"y_true": y_true, "y_pred": y_pred}
    labels, (true, predicted) = encode_labels(targets, None, owner, known=known)
    proba = align_proba(y_proba, labels, owner)
    check_consistent_length(true, proba)
    return proba[np.arange(len(predicted)), predicted]
