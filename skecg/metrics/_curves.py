"""ROC and precision-recall curves of each class against the rest, with bands by subject.

The counts behind a curve are those of beats whose score reaches a threshold, for the distinct
scores in falling order::

    threshold    0.9  0.5  0.1
    tp             1    2    2     beats of the class with at least this score
    fp             0    1    2     other beats
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..utils import Label, ratio
from ._aligned_scores import AlignedScores, align_scores
from ._subject_resampling import SubjectResampling

__all__ = ["ClassCurve", "precision_recall_curves", "roc_curves", "stack_frames"]

N_THRESHOLDS = 500  # quantiles of the class, and of the rest, that are kept and resampled

Counts = NDArray[np.integer] | NDArray[np.float64]  # resampled sums are floats
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ClassCurve:
    """Curve of one class against the rest.

    Attributes
    ----------
    label : label
        The class.
    prevalence : float
        Share of the class among the beats.
    reason : str or None
        The reason why the class has no curve.
    x, y : ndarray of shape (n_points,)
        Points of the curve; empty for a class without one.
    area : float
        Area under the curve, of all thresholds. NaN without a curve.
    interval : (float, float) or None
        Interval of the area. None without subjects, or where the beats of the class, or all
        others, are of one subject.
    band : (ndarray, ndarray) or None
        Lowest and highest `y` at each `x`. None as above.
    """

    label: Label
    prevalence: float
    reason: str | None = None
    x: Floats = field(default_factory=lambda: np.empty(0))
    y: Floats = field(default_factory=lambda: np.empty(0))
    area: float = np.nan
    interval: tuple[float, float] | None = None
    band: tuple[Floats, Floats] | None = None


class _Kind(NamedTuple):
    """Formulas of a kind of curve, from counts of shape (..., n_thresholds)."""

    points: Callable[[Counts, Counts], tuple[Floats, Floats]]
    area: Callable[[Counts, Counts], Floats]
    band: Callable[[Counts, Counts, Floats], Floats]  # y at given x: (n_resamples, n_points)


def roc_curves(
    y_true: ArrayLike,
    y_score: pd.DataFrame | ArrayLike,
    resampling: SubjectResampling,
    owner: str,
    *,
    labels: Sequence[Label] | None = None,
) -> list[ClassCurve]:
    """Compute the ROC curve of each class: false and true positive rate at each threshold.

    Parameters
    ----------
    y_true : array-like of shape (n_beats,)
        Reference labels.
    y_score : DataFrame or array-like of shape (n_beats, n_classes)
        Probability, or any other score, of each class.
    resampling : SubjectResampling
        The subjects and how they are resampled.
    owner : str
        Class or function that has these parameters, for errors.
    labels : sequence, default=None
        Classes and their order. None: all that occur.

    Returns
    -------
    list of ClassCurve
        One curve for each class.

    Examples
    --------
    >>> import pandas as pd
    >>> from skecg.metrics._curves import roc_curves
    >>> from skecg.metrics._subject_resampling import SubjectResampling
    >>> proba = pd.DataFrame({"N": [0.9, 0.4, 0.6, 0.2], "V": [0.1, 0.6, 0.4, 0.8]})
    >>> resampling = SubjectResampling(None, 0.95, 1000, 0, "example")
    >>> [c.area for c in roc_curves(["N", "N", "V", "V"], proba, resampling, "example")]
    [0.75, 0.75]
    """
    aligned = align_scores(y_true, y_score, resampling, owner, labels=labels)
    return _class_curves(_ROC, aligned, resampling, owner)


def precision_recall_curves(
    y_true: ArrayLike,
    y_score: pd.DataFrame | ArrayLike,
    resampling: SubjectResampling,
    owner: str,
    *,
    labels: Sequence[Label] | None = None,
) -> list[ClassCurve]:
    """Compute +P over Se of each class at each threshold; parameters as for `roc_curves`."""
    aligned = align_scores(y_true, y_score, resampling, owner, labels=labels)
    return _class_curves(_PRECISION_RECALL, aligned, resampling, owner)


def count_by_threshold(
    positive: NDArray[np.bool_], scores: Floats
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Count beats of the class and of the rest at or above each distinct score, falling.

    The third array is the position of each beat's score among the distinct ones.
    """
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    last = np.flatnonzero(np.append(falling[1:] != falling[:-1], True))  # of equal scores
    tp = np.cumsum(positive[order], dtype=np.intp)[last]
    bins = np.empty(len(scores), dtype=np.intp)
    bins[order] = np.repeat(np.arange(len(last)), np.diff(last, prepend=-1))
    return tp, last + 1 - tp, bins


def representative(
    tp: NDArray[np.intp], fp: NDArray[np.intp], n: int = N_THRESHOLDS
) -> NDArray[np.intp]:
    """Choose thresholds at n quantiles of the class and n of the rest; all, if there are few."""
    if len(tp) <= 2 * n:
        return np.arange(len(tp))
    at = [np.searchsorted(c, np.linspace(c[0], c[-1], n)) for c in (tp, fp)]
    return np.unique(np.concatenate([*at, [0, len(tp) - 1]]))


def stack_frames(
    parts: Iterable[tuple[Label, Mapping[str, NDArray], tuple[Floats, Floats] | None]],
) -> pd.DataFrame:
    """Stack tables of curves: (class, columns, bounds or None), bounds as low and high."""
    frames = []
    for label, columns, bounds in parts:
        named = {} if bounds is None else dict(zip(("low", "high"), bounds, strict=True))
        frames.append(pd.DataFrame({"class": label, **columns, **named}))
    # pandas warns of empty tables among others
    return pd.concat([frame for frame in frames if len(frame)] or frames, ignore_index=True)


def _class_curves(
    kind: _Kind, aligned: AlignedScores, resampling: SubjectResampling, owner: str
) -> list[ClassCurve]:
    """Compute the curves of all classes that can have one."""
    scores = aligned.scores
    if not np.isfinite(scores).all():
        raise ValueError(
            f"'y_proba' of {owner} must hold finite numbers. Got NaN or infinity for "
            f"{int((~np.isfinite(scores)).any(axis=1).sum())} beats."
        )
    prevalence = np.bincount(aligned.true, minlength=len(aligned.labels)) / len(aligned.true)
    curves = []
    for i, label in enumerate(aligned.labels):
        reason = aligned.missing(label, needs_rest=True)
        curve = ClassCurve(label, float(prevalence[i]), reason)
        if reason is None:
            curve = _with_points(curve, kind, aligned.true == i, scores[:, i], resampling)
        curves.append(curve)
    return curves


def _with_points(
    curve: ClassCurve,
    kind: _Kind,
    positive: NDArray[np.bool_],
    scores: Floats,
    resampling: SubjectResampling,
) -> ClassCurve:
    """Return a curve with its points, area, interval and band."""
    tp, fp, bins = count_by_threshold(positive, scores)
    keep = representative(tp, fp)
    x, y = kind.points(tp[keep], fp[keep])
    curve = replace(curve, x=x, y=y, area=float(kind.area(tp, fp)))
    if not resampling:
        return curve
    # a beat whose threshold was dropped counts at the next lower one that is kept
    bins = np.searchsorted(keep, bins)
    per_subject = resampling.sums(bins, len(keep), positive, ~positive)
    n_subjects = (per_subject.sum(axis=1) > 0).sum(axis=0)  # of the class, and of the rest
    if n_subjects.min() < 2:  # every resample would have the same beats
        return curve

    def area_and_band(sums: Floats) -> Floats:
        # (n_resamples, n_thresholds, 2) sums at each threshold -> sums at and above it
        tp, fp = np.moveaxis(np.cumsum(sums, axis=1), -1, 0)
        return np.column_stack([kind.area(tp, fp), kind.band(tp, fp, x)])

    low, high = resampling.interval(per_subject, area_and_band)
    return replace(curve, interval=(float(low[0]), float(high[0])), band=(low[1:], high[1:]))


def _roc_points(tp: Counts, fp: Counts) -> tuple[Floats, Floats]:
    """Return the rates at each threshold, beginning at the point without positives."""
    start = np.zeros(tp.shape[:-1] + (1,))
    fpr, tpr = ratio(fp, fp[..., -1:]), ratio(tp, tp[..., -1:])
    return np.concatenate([start, fpr], axis=-1), np.concatenate([start, tpr], axis=-1)


def _roc_area(tp: Counts, fp: Counts) -> Floats:
    """Return the area under straight lines; NaN without beats of the class or others."""
    fpr, tpr = _roc_points(tp, fp)
    return (np.diff(fpr) * (tpr[..., 1:] + tpr[..., :-1])).sum(axis=-1) / 2


def _roc_band(tp: Counts, fp: Counts, at: Floats) -> Floats:
    """Return the true positive rate of each resample at given false positive rates."""
    fpr, tpr = _roc_points(tp, fp)
    known = ~np.isnan(fpr + tpr).any(axis=-1)  # np.interp may use the point at 0 only
    band = np.full((len(fpr), len(at)), np.nan)
    for i in np.flatnonzero(known):
        band[i] = np.interp(at, fpr[i], tpr[i])
    return band


def _precision_recall_points(tp: Counts, fp: Counts) -> tuple[Floats, Floats]:
    """Return Se and +P at each threshold, beginning at Se 0."""
    recall, precision = ratio(tp, tp[..., -1:]), ratio(tp, tp + fp)
    start = np.zeros(tp.shape[:-1] + (1,))
    return (
        np.concatenate([start, recall], axis=-1),
        np.concatenate([precision[..., :1], precision], axis=-1),
    )


def _precision_recall_area(tp: Counts, fp: Counts) -> Floats:
    """Return the average precision; NaN without beats of the class."""
    precision = np.nan_to_num(ratio(tp, tp + fp))  # without positives: a step of no width
    return (np.diff(ratio(tp, tp[..., -1:]), axis=-1, prepend=0) * precision).sum(axis=-1)


def _precision_recall_band(tp: Counts, fp: Counts, at: Floats) -> Floats:
    """Return +P of each resample where it first reaches a given Se."""
    recall, precision = ratio(tp, tp[..., -1:]), ratio(tp, tp + fp)
    at = np.clip(at, np.finfo(float).tiny, 1)  # at Se 0: +P of the first beats found
    return np.stack(
        [
            p[np.searchsorted(r, at).clip(max=len(p) - 1)]
            if not np.isnan(r).any()
            else np.full(len(at), np.nan)
            for r, p in zip(recall, precision, strict=True)
        ]
    )


_ROC = _Kind(_roc_points, _roc_area, _roc_band)
_PRECISION_RECALL = _Kind(_precision_recall_points, _precision_recall_area, _precision_recall_band)
