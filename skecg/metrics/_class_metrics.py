"""Metrics of each class against the rest: names, words, formula.

A new metric is one entry of `CLASS_METRICS`: tables, intervals, JSON, HTML reports and
`BeatScorer` then have it, and `compare_models` if the entry has `compared`. The table is read when
a report is made, never when a module is imported.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..utils import ratio

__all__ = [
    "CLASS_METRICS",
    "ClassCounts",
    "ClassMetric",
    "class_metrics",
    "compared_metrics",
    "of_class",
]

Floats = NDArray[np.float64]


class ClassCounts(NamedTuple):
    """Beats of each class against the rest, each of shape (..., n_classes)."""

    tp: Any
    fp: Any
    fn: Any
    tn: Any


class ClassMetric(NamedTuple):
    """A metric of one class against the rest."""

    key: str  # in JSON
    title: str  # in the list of definitions
    meaning: str  # a sentence for readers
    compute: Callable[[ClassCounts], Floats]
    #: Reason of 0/0, for the errors of scores; {} is the class.
    undefined: str = "there are no beats of {}"
    #: Whether it depends on the beats of the class only: without any it is undefined, and with
    #: those of one subject it has no interval.
    needs_reference: bool = True
    prints_interval: bool = True  # in text, where columns are few
    unpredicted: float | None = None  # value in scores if no beat was predicted as the class
    card: str | None = None  # sentence of the summary cards in HTML; {} is the class
    compared: str | None = None  # verb for the better of two models; `compare_models` then has it


CLASS_METRICS = {
    "Se": ClassMetric(
        "se",
        "Sensitivity (Se)",
        "Share of the beats of a class that were found.",
        lambda c: ratio(c.tp, c.tp + c.fn),
        card="of its beats found",
        compared="finds more of",
    ),
    "Sp": ClassMetric(
        "sp",
        "Specificity (Sp)",
        "Share of the beats of other classes that were not predicted as this class. It is high "
        "for every rare class, so it is not informative there.",
        lambda c: ratio(c.tn, c.tn + c.fp),
        undefined="all beats are of {}",
        needs_reference=False,
        prints_interval=False,
    ),
    "+P": ClassMetric(
        "ppv",
        "Positive predictive value (+P)",
        "Share of the beats predicted as a class that belong to it. For a rare class it drops "
        "with few errors among many normal beats.",
        lambda c: ratio(c.tp, c.tp + c.fp),
        unpredicted=0.0,
        card="of the beats predicted as {} correct",
        compared="is more often correct on",
    ),
    "F1": ClassMetric(
        "f1",
        "F1",
        "Harmonic mean of Se and +P.",
        lambda c: ratio(2 * c.tp, 2 * c.tp + c.fp + c.fn),
    ),
}


def class_metrics(
    matrix: NDArray[Any], ignored: NDArray[np.bool_] | None = None
) -> dict[str, NDArray[Any]]:
    """Compute the metrics of each class for matrices of shape (..., n_classes, n_classes).

    Parameters
    ----------
    matrix : ndarray of shape (..., n_classes, n_classes)
        Beats by reference (rows) and predicted class (columns).
    ignored : ndarray of bool of shape (n_classes, n_classes), default=None
        Errors that count neither as false positives nor as true negatives.

    Returns
    -------
    dict of str to ndarray of shape (..., n_classes)
        Every metric by its name, and support, TP, FP, FN and TN.
    """
    # Of class V:            predicted
    #                      N   V   S
    #   reference   N      tn  fp  tn
    #               V      fn  tp  fn      support of V: the row
    #               S      tn  fp  tn
    tp = np.diagonal(matrix, axis1=-2, axis2=-1)
    support = matrix.sum(axis=-1)
    predicted_wrongly = matrix.sum(axis=-2) - tp
    fp = predicted_wrongly
    if ignored is not None:
        fp = predicted_wrongly - (matrix * ignored).sum(axis=-2)
    fn = support - tp
    tn = matrix.sum(axis=(-2, -1))[..., np.newaxis] - support - predicted_wrongly
    counts = ClassCounts(tp, fp, fn, tn)
    return {name: metric.compute(counts) for name, metric in CLASS_METRICS.items()} | {
        "support": support,
        "TP": tp,
        "FP": fp,
        "FN": fn,
        "TN": tn,
    }


def compared_metrics() -> list[str]:
    """Return the names of the metrics that `compare_models` has, in "Se V" and so on."""
    return [name for name, metric in CLASS_METRICS.items() if metric.compared]


def of_class(name: str) -> tuple[str, str] | None:
    """Split the name of a column or score of one class, such as "Se V", into metric and class.

    Return None for other names.
    """
    metric, blank, label = name.partition(" ")
    return (metric, label) if metric in CLASS_METRICS and blank and label else None
