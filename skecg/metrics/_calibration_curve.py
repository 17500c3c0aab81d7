"""Calibration curves: observed share of a class over its predicted probability."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..utils import COUNT, Label, check_value, one_of, ratio
from ._aligned_scores import AlignedScores, align_scores
from ._probabilities import N_CALIBRATION_BINS, calibration_error
from ._subject_resampling import SubjectResampling

__all__ = ["TOP_LABEL", "CalibrationCurve", "calibration_curve"]

TOP_LABEL = "top label"
KINDS = ("one_vs_rest", "top_label")

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CalibrationCurve:
    """Calibration curve of one class, or of the predicted label.

    Attributes
    ----------
    label : label
        The class, or "top label".
    prob_pred : ndarray of shape (n_bins,)
        Mean probability in each bin, NaN in an empty one.
    prob_true : ndarray of shape (n_bins,)
        Share of beats that are of the class.
    count : ndarray of int of shape (n_bins,)
        Number of beats in each bin.
    ece : float
        Expected calibration error. NaN without a curve.
    reason : str or None
        The reason why the class has no curve.
    interval : (float, float) or None
        Interval of the error. None without subjects.
    band : (ndarray, ndarray) or None
        Lowest and highest share in each bin, NaN in a bin with beats of one subject. None
        without subjects.
    """

    label: Label
    prob_pred: Floats
    prob_true: Floats
    count: NDArray[np.int64]
    ece: float = np.nan
    reason: str | None = None
    interval: tuple[float, float] | None = None
    band: tuple[Floats, Floats] | None = None


def calibration_curve(
    y_true: ArrayLike,
    y_proba: pd.DataFrame | ArrayLike,
    resampling: SubjectResampling,
    owner: str,
    *,
    y_pred: ArrayLike | None = None,
    kind: str = "one_vs_rest",
    n_bins: int = N_CALIBRATION_BINS,
    labels: Sequence[Label] | None = None,
) -> list[CalibrationCurve]:
    """Compute the calibration curve of each class, or of the predicted label.

    Parameters
    ----------
    y_true : array-like of shape (n_beats,)
        Reference labels.
    y_proba : DataFrame or array-like of shape (n_beats, n_classes)
        Probability of each class.
    resampling : SubjectResampling
        The subjects and how they are resampled.
    owner : str
        Class or function that has these parameters, for errors.
    y_pred : array-like of shape (n_beats,), default=None
        Predicted labels, for ``kind="top_label"``. None: the most probable ones.
    kind : {"one_vs_rest", "top_label"}, default="one_vs_rest"
        A curve for each class, or one for the probability of the predicted label.
    n_bins : int, default=15
        Number of bins of equal width between 0 and 1.
    labels : sequence, default=None
        Classes and their order. None: all that occur.

    Returns
    -------
    list of CalibrationCurve
        One curve for each class, or one of the predicted label.

    Raises
    ------
    ValueError
        If `kind` or `n_bins` is invalid, lengths differ, there are no beats, or `y_proba` does
        not fit or leaves the range from 0 to 1.

    Examples
    --------
    >>> import pandas as pd
    >>> from skecg.metrics._calibration_curve import calibration_curve
    >>> from skecg.metrics._subject_resampling import SubjectResampling
    >>> proba = pd.DataFrame({"N": [0.9, 0.9, 0.1, 0.1], "V": [0.1, 0.1, 0.9, 0.9]})
    >>> resampling = SubjectResampling(None, 0.95, 1000, 0, "example")
    >>> found = calibration_curve(["N", "N", "V", "N"], proba, resampling, "example", n_bins=2)
    >>> found[1].prob_true
    array([0. , 0.5])
    """
    check_value(kind, one_of(*KINDS), "kind", owner)
    check_value(n_bins, COUNT, "n_bins", owner)
    aligned = align_scores(y_true, y_proba, resampling, owner, y_pred=y_pred, labels=labels)
    _check_range(aligned.scores, owner)
    if kind == "top_label":
        return [_top_curve(aligned, n_bins, resampling)]
    return [_class_curve(aligned, label, n_bins, resampling) for label in aligned.labels]


def _check_range(proba: Floats, owner: str) -> None:
    """Raise unless all values are between 0 and 1."""
    if not ((proba >= 0) & (proba <= 1)).all():  # false for NaN
        raise ValueError(
            f"'y_proba' of {owner} must hold probabilities between 0 and 1. "
            f"Got values from {np.nanmin(proba)} to {np.nanmax(proba)}, or NaN."
        )


def _top_curve(
    aligned: AlignedScores, n_bins: int, resampling: SubjectResampling
) -> CalibrationCurve:
    """Compute the curve of the predicted label, whatever its class."""
    top, proba = aligned.top()
    return _curve(TOP_LABEL, aligned.true == top, proba, n_bins, resampling)


def _class_curve(
    aligned: AlignedScores, label: Label, n_bins: int, resampling: SubjectResampling
) -> CalibrationCurve:
    """Compute the curve of one class against the rest, if it can have one."""
    reason = aligned.missing(label)
    if reason is not None:
        nothing = np.full(n_bins, np.nan)
        none = np.zeros(n_bins, dtype=np.int64)
        return CalibrationCurve(label, nothing, nothing, none, reason=reason)
    i = aligned.labels.index(label)
    return _curve(label, aligned.true == i, aligned.scores[:, i], n_bins, resampling)


def _curve(
    label: Label,
    right: NDArray[np.bool_],
    proba: Floats,
    n_bins: int,
    resampling: SubjectResampling,
) -> CalibrationCurve:
    """Compute a curve from the probability of each beat and whether the beat is of the class."""
    bins = np.ceil(proba * n_bins).astype(np.intp).clip(1) - 1  # a bin has its upper limit
    values = (np.ones_like(proba), proba, right.astype(np.float64))
    of_bins = [np.bincount(bins, v, minlength=n_bins) for v in values]
    sums = np.stack(of_bins, axis=-1, dtype=np.float64)
    ece, *shares = _error_and_shares(sums[np.newaxis])[0]
    interval = band = None
    if resampling:
        per_subject = resampling.sums(bins, n_bins, *values)
        low, high = resampling.interval(per_subject, _error_and_shares)
        of_one = (per_subject[..., 0] > 0).sum(axis=0) < 2  # every resample would be the same
        low[1:][of_one] = high[1:][of_one] = np.nan
        interval, band = (float(low[0]), float(high[0])), (low[1:], high[1:])
    return CalibrationCurve(
        label,
        ratio(sums[:, 1], sums[:, 0]),
        np.array(shares),
        sums[:, 0].astype(np.int64),
        float(ece),
        interval=interval,
        band=band,
    )


def _error_and_shares(sums: Floats) -> Floats:
    """Return the error, then the share in each bin, of sums (n_resamples, n_bins, 3)."""
    count, proba, right = np.moveaxis(sums, -1, 0)
    error = calibration_error(proba - right, count.sum(axis=-1))
    return np.column_stack([error, ratio(right, count)])
