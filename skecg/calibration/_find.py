"""Find a calibration from labels and predicted probabilities."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array, check_consistent_length

from ..metrics._counts import check_labels, factorize
from ..metrics._probabilities import check_proba
from ..predictions import Predictions, as_predictions
from ..utils import Label
from ._calibration import TemperatureScaling, fit_calibration

__all__ = ["find_calibration"]

_OWNER = "find_calibration"


def find_calibration(
    y_true: Predictions | pd.DataFrame | ArrayLike,
    y_proba: pd.DataFrame | ArrayLike | None = None,
    *,
    labels: Sequence[Label] | NDArray[Any] | None = None,
    sample_weight: ArrayLike | None = None,
    correct_prior: bool = False,
) -> TemperatureScaling:
    """Find the calibration for probabilities of beats of subjects that training did not see.

    The result of `cross_val_beats` is the best source: it covers all subjects, and each beat is
    predicted by a model that has not seen its subject. The calibration found there fits the
    model that is trained on all subjects.

    Parameters
    ----------
    y_true : array-like of shape (n_beats,), Predictions or DataFrame
        Reference labels; or `Predictions` with probabilities, or a table of them.
    y_proba : DataFrame or array-like of shape (n_beats, n_classes), default=None
        Probabilities, for labels in `y_true`. The columns of a DataFrame are named by the
        classes.
    labels : sequence of shape (n_classes,), default=None
        Classes of the columns of an array: ``model.classes_``. None: the sorted labels of
        `y_true`.
    sample_weight : array-like of shape (n_beats,), default=None
        Weight of each beat in the loss.
    correct_prior : bool, default=False
        Whether to fit an offset for each class as well, as needed after resampling or with class
        weights, which make rare classes more probable than they are. The most probable class
        may change.

    Returns
    -------
    TemperatureScaling
        The temperature; with `correct_prior` also the offset of each class, of mean 0.

    Raises
    ------
    ValueError
        If probabilities are unusable, or the beats determine no calibration: if all of them are
        classified correctly, for instance, no temperature is low enough.
    TypeError
        If labels are of two types.

    Warns
    -----
    UserWarning
        If beats are excluded because the model gives no probability to their label, classes
        have no beat and therefore the offset 0, or probabilities hardly depend on the labels.

    See Also
    --------
    calibrate : Put a calibration into a model.
    CalibrationDisplay : Draw observed proportions against predicted probabilities.

    Notes
    -----
    The least mean log loss over one temperature for all classes is the temperature scaling of
    Guo et al. [1]_. With offsets it is the bias-corrected temperature scaling of Alexandari et
    al. [2]_; if only the proportions of classes change, an offset is the logarithm of the new
    proportion over the old, as in Saerens et al. [3]_. Both are convex problems, solved by
    `scipy.optimize` (L-BFGS-B) for temperatures from 0.1 to 10.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, On calibration of modern neural networks,
       ICML (2017), arXiv:1706.04599.
    .. [2] A. Alexandari, A. Kundaje, A. Shrikumar, Maximum likelihood with bias-corrected
       calibration is hard-to-beat at label shift adaptation, ICML (2020), arXiv:1901.06852.
    .. [3] M. Saerens, P. Latinne, C. Decaestecker, Adjusting the outputs of a classifier to new
       a priori probabilities: a simple procedure, Neural Computation 14(1):21-41 (2002).

    Examples
    --------
    A model that predicts 90 % and is right in 75 of 100 beats:

    >>> from skecg import find_calibration
    >>> found = find_calibration(["N", "N", "N", "V"], [[0.9, 0.1]] * 4)
    >>> round(found.temperature, 4)
    2.0
    """
    if isinstance(y_true, pd.DataFrame | Predictions):
        if y_proba is not None:
            raise ValueError(
                f"{_OWNER} takes no 'y_proba' together with predictions, which have "
                "probabilities of their own."
            )
        predictions = as_predictions(y_true, _OWNER)
        y_true, y_proba = predictions.y_true, predictions.y_proba
        if y_proba is None:
            raise ValueError(
                f"The predictions given to {_OWNER} have no probabilities, which are in columns "
                "such as p_N. Make them with a model that has predict_proba."
            )
    elif y_proba is None:
        raise ValueError(
            f"{_OWNER} needs 'y_proba', the probabilities of the beats, besides their labels; "
            "only predictions have both."
        )
    codes, values = factorize("y_true", y_true, _OWNER)
    y = np.array(values, dtype=object)[codes]
    proba, classes = _with_classes(y_proba, labels, values)
    check_consistent_length(y, proba)
    check_proba(proba, _OWNER)
    return fit_calibration(
        y,
        proba,
        classes,
        sample_weight=sample_weight,
        correct_prior=correct_prior,
        owner=_OWNER,
    )


def _with_classes(
    y_proba: pd.DataFrame | ArrayLike,
    labels: Sequence[Label] | NDArray[Any] | None,
    known: Sequence[Any],
) -> tuple[NDArray[np.float64], Sequence[Label]]:
    """Return probabilities, and the class of each column."""
    if isinstance(y_proba, pd.DataFrame):
        columns = check_labels(list(y_proba.columns), _OWNER)
        if labels is not None and check_labels(labels, _OWNER) != columns:
            raise ValueError(
                f"The 'labels' parameter of {_OWNER} is for arrays; the columns of 'y_proba' are "
                f"named {columns}. Got {list(labels)}: remove it."
            )
        return y_proba.to_numpy(np.float64), columns
    proba = check_array(y_proba, dtype=np.float64, input_name="y_proba")
    classes = sorted(known) if labels is None else check_labels(labels, _OWNER)
    if proba.shape[1] != len(classes):
        raise ValueError(
            f"'y_proba' of {_OWNER} must have one column for each of {classes}. Got shape "
            f"{proba.shape} instead. If the model knows other classes than y_true has, pass "
            "labels=model.classes_."
        )
    return proba, classes
