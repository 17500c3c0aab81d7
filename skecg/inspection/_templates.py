"""Mean and spread of the beats of each class."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array, check_consistent_length

from ..layout import BeatLayout, check_layout
from ..metrics._counts import encode_labels
from ..utils import Label
from ._rows import waveforms

__all__ = ["BeatTemplates", "beat_templates"]

SPREAD = (5, 95)  # percentiles


@dataclass(frozen=True, eq=False)
class BeatTemplates:
    """Mean and spread of each class, NaN for a class that has no beats of a lead.

    Attributes
    ----------
    layout : BeatLayout
        The meaning of the columns.
    labels : list
        Classes.
    count : ndarray of int of shape (n_classes, n_leads)
        Number of beats.
    mean : ndarray of shape (n_classes, n_leads, n_samples)
        Mean at each sample.
    low, high : ndarray of shape (n_classes, n_leads, n_samples)
        5th and 95th percentile at each sample.
    """

    layout: BeatLayout
    labels: list[Label]
    count: NDArray[np.intp]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def beat_templates(
    X: ArrayLike, y: ArrayLike, layout: BeatLayout | None, owner: str
) -> BeatTemplates:
    """Compute mean and spread of each class.

    Parameters
    ----------
    X : array-like of shape (n_beats, n_features)
        Rows of beats; NaN marks gaps, and a lead that is zero throughout is missing.
    y : array-like of shape (n_beats,)
        Labels.
    layout : BeatLayout or None
        The meaning of the columns of X. None: samples of one lead.
    owner : str
        Class or function that has these parameters, for errors.

    Returns
    -------
    BeatTemplates
        The classes in AAMI order.

    Examples
    --------
    >>> from skecg.inspection._templates import beat_templates
    >>> beat_templates([[0.0, 1.0], [2.0, 3.0]], ["N", "N"], None, "example").mean.tolist()
    [[[1.0, 2.0]]]
    """
    check_consistent_length(X, y)
    classes, (codes,) = encode_labels({"y_true": y}, None, owner)
    rows = np.asarray(
        check_array(X, ensure_all_finite="allow-nan", estimator=owner, input_name="X")
    )
    layout = check_layout(layout, rows.shape[1], owner)
    waves = waveforms(rows, layout)
    present = np.any(~np.isnan(waves), axis=2)  # (n_beats, n_leads)
    count = np.stack([present[codes == i].sum(axis=0) for i in range(len(classes))])
    mean, low, high = np.full((3, *count.shape, waves.shape[2]), np.nan)
    for i, lead in zip(*np.nonzero(count), strict=True):
        beats = waves[(codes == i) & present[:, lead], lead]
        mean[i, lead] = np.nanmean(beats, axis=0, dtype=float)
        low[i, lead], high[i, lead] = np.nanpercentile(beats, SPREAD, axis=0)
    return BeatTemplates(layout, classes, count, mean, low, high)
