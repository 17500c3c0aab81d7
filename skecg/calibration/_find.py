"""Find a calibration in out-of-fold predictions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_array, check_consistent_length

from ..metrics._counts import check_labels, factorize
from ..metrics._probabilities import check_proba
from ..predictions import Predictions, as_predictions
from ._calibration import TemperatureScaling, fit_calibration

__all__ = ["find_calibration"]

OWNER = "find_calibration"


def find_calibration(
    y_true: Any,
    y_proba: Any = None,
    *,
    labels: Sequence[Any] | None = None,
    sample_weight: Any = None,
    correct_prior: bool = False,
) -> TemperatureScaling:
    """Find what corrects the probabilities of beats of subjects that training did not see.

    A table of `cross_val_beats` is the best source: its probabilities are of all subjects, and
    each beat is predicted by a model that has not seen its subject. What is found there may be
    put into the model that is trained on all of them.

    Parameters
    ----------
    y_true : array-like of shape (n_beats,) or DataFrame
        Reference labels, or a whole table of predictions, as `cross_val_beats` and
        `prediction_table` make it.
    y_proba : DataFrame or array-like of shape (n_beats, n_classes), default=None
        Probabilities, unless the table has them. The columns of a DataFrame are named by the
        classes.
    labels : sequence of shape (n_classes,), default=None
        Classes of the columns of an array: ``model.classes_``. None: the sorted labels of
        `y_true`.
    sample_weight : array-like of shape (n_beats,), default=None
        Weight of each beat in the loss.
    correct_prior : bool, default=False
        Whether to find an offset for each class, too, as after resampling or with class weights,
        which make rare classes more probable than they are. The most probable class may then be
        another one than before.

    Returns
    -------
    TemperatureScaling
        The temperature, and the offset of each class, whose mean is 0, or none.

    Raises
    ------
    ValueError
        If probabilities are unusable, or the beats cannot tell: where all of them are right, for
        instance, no temperature is low enough.
    TypeError
        If labels are of two types.

    Warns
    -----
    UserWarning
        If there are beats to whose label the model gives no probability at all, which are left
        out; classes without a beat, whose offset stays at 0; or probabilities that say next to
        nothing of the labels.

    See Also
    --------
    calibrate : Put a calibration into a model.
    CalibrationDisplay : What there is to correct.

    Notes
    -----
    The least mean log loss over one temperature for all classes is the temperature scaling of
    Guo et al. [1]_. With offsets it is the bias-corrected temperature scaling of Alexandari et
    al. [2]_; for a mere change of the shares of classes an offset is the logarithm of the new
    share over the old, as in Saerens et al. [3]_. Both are convex problems, solved by
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
    A model that says 90 % and is right in 75 of 100 beats:

    >>> from skecg import find_calibration
    >>> found = find_calibration(["N", "N", "N", "V"], [[0.9, 0.1]] * 4)
    >>> round(found.temperature, 4)
    2.0
    """
    if isinstance(y_true, pd.DataFrame | Predictions):
        if y_proba is not None:
            raise ValueError(
                f"{OWNER} takes no 'y_proba' beside a table of predictions, which has "
                "probabilities of its own."
            )
        predictions = as_predictions(y_true, OWNER)
        y_true, y_proba = predictions.y_true, predictions.y_proba
        if y_proba is None:
            raise ValueError(
                f"The table of {OWNER} has no probabilities, which are in columns such as p_N. "
                "Make it of a model that has predict_proba."
            )
    elif y_proba is None:
        raise ValueError(
            f"{OWNER} needs 'y_proba', the probabilities of the beats, beside their labels; only "
            "a table of predictions has both."
        )
    codes, values = factorize("y_true", y_true, OWNER)
    y = np.array(values, dtype=object)[codes]
    proba, labels = _named(y_proba, labels, values)
    check_consistent_length(y, proba)
    check_proba(proba, OWNER)
    return fit_calibration(
        y,
        proba,
        labels,
        sample_weight=sample_weight,
        correct_prior=correct_prior,
        owner=OWNER,
    )


def _named(y_proba: Any, labels: Any, known: list) -> tuple[np.ndarray, list]:
    """Probabilities, and the class of each column."""
    if isinstance(y_proba, pd.DataFrame):
        columns = check_labels(list(y_proba.columns), OWNER)
        if labels is not None and check_labels(labels, OWNER) != columns:
            raise ValueError(
                f"The 'labels' parameter of {OWNER} is for arrays; the columns of 'y_proba' are "
                f"named {columns}. Got {list(labels)}: leave it out."
            )
        return y_proba.to_numpy(np.float64), columns
    proba = check_array(y_proba, dtype=np.float64, input_name="y_proba")
    labels = sorted(known) if labels is None else check_labels(labels, OWNER)
    if proba.shape[1] != len(labels):
        raise ValueError(
            f"'y_proba' of {OWNER} must have one column for each of {labels}. Got shape "
            f"{proba.shape} instead. Where the model knows other classes than y_true has, pass "
            "labels=model.classes_."
        )
    return proba, labels
