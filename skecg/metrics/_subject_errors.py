"""Errors and metrics of each subject, most errors first."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length

from ..utils import Label, ratio
from ._bootstrap import encode_subjects
from ._class_metrics import CLASS_METRICS, ClassCounts
from ._counts import encode_labels

__all__ = ["SUBJECT_METRICS", "count_errors", "rank_subjects"]

#: Metrics of a class that depend on its own beats and on those predicted as it.
SUBJECT_METRICS = ("Se", "+P")


def count_errors(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    groups: ArrayLike,
    owner: str,
    *,
    label: Label | None = None,
) -> pd.DataFrame:
    """Count beats and errors of each subject.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_beats,)
        Reference and predicted labels.
    groups : array-like of shape (n_beats,)
        Subject of each beat.
    owner : str
        Class or function that has these parameters, for errors.
    label : label, default=None
        The class, against all others together. None: all classes.

    Returns
    -------
    DataFrame
        By subject: for a class beats (of the class), TP, FN and FP; over all classes beats, TP
        (correct ones) and errors.

    Raises
    ------
    ValueError
        If lengths differ, there are no beats, labels or subjects are missing, or `label` is not
        one of the labels.

    Examples
    --------
    >>> from skecg.metrics._subject_errors import count_errors
    >>> count_errors(["V", "V", "N"], ["V", "N", "V"], list("aab"), "example", label="V")
       beats  TP  FN  FP
    a      2   1   1   0
    b      0   0   0   1
    """
    order, (true, predicted) = encode_labels({"y_true": y_true, "y_pred": y_pred}, None, owner)
    subjects = encode_subjects(groups, owner)
    check_consistent_length(true, subjects.codes)
    if label is None:
        masks = {"TP": true == predicted, "errors": true != predicted}
    elif label in order:
        of_class, called = true == order.index(label), predicted == order.index(label)
        masks = {"TP": of_class & called, "FN": of_class & ~called, "FP": ~of_class & called}
    else:
        raise ValueError(
            f"The 'label' parameter of {owner} must be one of {order}, or None for all "
            f"classes. Got {label!r} instead."
        )
    sums = subjects.sums(*masks.values()).astype(np.int64)
    counts = pd.DataFrame(sums, columns=list(masks), index=pd.Index(subjects.names))
    counts.insert(0, "beats", counts["TP"] + counts["errors" if label is None else "FN"])
    return counts


def rank_subjects(counts: pd.DataFrame, most: int | None = None) -> pd.DataFrame:
    """Add metrics and shares of the errors to counts, most errors first, then most beats.

    Parameters
    ----------
    counts : DataFrame
        As `count_errors` returns them.
    most : int, default=None
        Number of rows; the last one then sums all subjects that have no row. None: all.

    Returns
    -------
    DataFrame
        The counts, Se and +P of a class or the accuracy, errors, share (of all errors) and
        cumulative (share of the errors up to this row).

    Examples
    --------
    >>> from skecg.metrics._subject_errors import count_errors, rank_subjects
    >>> counts = count_errors(["V", "V", "N"], ["V", "N", "V"], list("aab"), "example")
    >>> rank_subjects(counts)[["errors", "accuracy", "cumulative"]]
       errors  accuracy  cumulative
    a       1       0.5         0.5
    b       1       0.0         1.0
    """
    counts = counts.copy()
    of_class = "FN" in counts
    if of_class:
        counts["errors"] = counts["FN"] + counts["FP"]
    counts = counts.sort_values(["errors", "beats"], ascending=False, kind="stable")
    if most is not None and len(counts) > most:
        rest = counts.iloc[most - 1 :]
        together = rest.sum().to_frame(f"{len(rest)} others").T.astype(counts.dtypes)
        counts = pd.concat([counts.iloc[: most - 1], together])
    tp = counts["TP"].to_numpy()
    if of_class:
        fp, fn = counts["FP"].to_numpy(), counts["FN"].to_numpy()
        of_subjects = ClassCounts(tp, fp, fn, tn=np.zeros_like(tp))  # not in these metrics
        for name in SUBJECT_METRICS:
            counts[name] = CLASS_METRICS[name].compute(of_subjects)
    else:
        counts["accuracy"] = ratio(tp, counts["beats"].to_numpy())
    total = max(int(counts["errors"].sum()), 1)
    counts["share"] = counts["errors"] / total
    counts["cumulative"] = counts["errors"].cumsum() / total
    return counts
