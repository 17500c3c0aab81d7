"""Metrics over all classes: name, words, format, formula.

A new metric is one entry of `OVERALL_METRICS`: reports, intervals and HTML pages then have it, and
`BeatScorer` unless it needs beats in the order of their certainty.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..utils import ratio
from ._agreement import j_index, jk_index, kappa
from ._probabilities import calibration_error, least_certain_errors

Floats = NDArray[np.float64]


@dataclass(eq=False)
class PooledCounts:
    """Counts of all beats, and metrics of them: ``pooled["kappa"]`` is computed once.

    The first axes (...) are those of resamples, if there are several.
    """

    matrix: NDArray[Any]  # (..., n, n) beats by reference and predicted label
    labels: Sequence[Any]
    by_class: Mapping[str, NDArray[Any]]  # (..., n_labels) as `class_metrics` returns it
    present: NDArray[np.bool_] | None = None  # classes of means; None: those with reference beats
    losses: Floats | None = None  # (..., n) of `SubjectCounts`, like the two below
    beats_by_certainty: NDArray[Any] | None = None
    errors_by_certainty: NDArray[Any] | None = None
    _made: dict[str, Floats] = field(default_factory=dict, init=False)

    def __getitem__(self, name: str) -> Floats:
        if name not in self._made:
            self._made[name] = OVERALL_METRICS[name].compute(self)
        return self._made[name]

    @cached_property
    def n_beats(self) -> NDArray[Any]:
        """Count all beats."""
        return np.asarray(self.matrix.sum(axis=(-2, -1)))

    def of_classes(self, name: str, classes: Sequence[Any]) -> Floats:
        """Return a metric of some classes, along the last axis."""
        return self.by_class[name][..., [list(self.labels).index(label) for label in classes]]

    def part(self, name: str) -> NDArray[Any]:
        """Return counts that are known wherever the metric that needs them is defined."""
        values = getattr(self, name)
        assert values is not None
        return np.asarray(values)

    def mean(self, name: str) -> Floats:
        """Average a metric over the classes present: NaN if one of them has no beats."""
        present = self.by_class["support"] > 0 if self.present is None else self.present
        return ratio(np.where(present, self.by_class[name], 0).sum(axis=-1), present.sum(axis=-1))


class OverallMetric(NamedTuple):
    """A metric over all classes: a function of `PooledCounts`, or the mean of one by class."""

    title: str  # in tables
    meaning: str  # a sentence for readers
    formula: Callable[[PooledCounts], Floats] | None = None
    mean_of: str | None = None  # a metric by class, in place of a formula
    needs: str = "matrix"  # part of `PooledCounts` without which it is undefined
    classes: Sequence[str] = ()  # labels without which it is undefined
    in_percent: bool = False
    decimals: int = 4  # if not in percent
    note: str | None = None  # below tables that have it

    def compute(self, pooled: PooledCounts) -> Floats:
        """Return its values (...)."""
        if self.formula is None:
            return pooled.mean(str(self.mean_of))
        return self.formula(pooled)

    def is_defined(self, pooled: PooledCounts) -> bool:
        """Tell whether it is defined for these counts."""
        has_classes = all(label in pooled.labels for label in self.classes)
        return has_classes and getattr(pooled, self.needs) is not None


S_AND_V = ("S", "V")
OVERALL_METRICS = {
    "accuracy": OverallMetric(
        "accuracy",
        "Share of correct beats. It is not informative if nearly all beats are of one class.",
        lambda pooled: ratio(pooled.by_class["TP"].sum(axis=-1), pooled.n_beats),
        in_percent=True,
    ),
    "balanced_accuracy": OverallMetric(
        "balanced accuracy",
        "Mean of Se over the classes that occur.",
        mean_of="Se",
        in_percent=True,
    ),
    "macro_f1": OverallMetric(
        "macro F1",
        "Mean of F1 over the classes that occur.",
        mean_of="F1",
        in_percent=True,
    ),
    "kappa": OverallMetric(
        "kappa",
        "Agreement beyond chance: 1 at best, 0 for chance.",
        lambda pooled: kappa(pooled.matrix),
        decimals=3,
    ),
    "j_index": OverallMetric(
        "j index",
        "Sum of Se and +P of S and V: 4 at best.",
        lambda pooled: j_index(*(pooled.of_classes(name, S_AND_V) for name in ("Se", "+P"))),
        classes=S_AND_V,
        decimals=3,
    ),
    "jk_index": OverallMetric(
        "jk index",
        "Half of kappa and an eighth of j: 1 at best.",
        lambda pooled: jk_index(pooled["kappa"], pooled["j_index"]),
        classes=S_AND_V,
        decimals=3,
    ),
    "log_loss": OverallMetric(
        "log loss",
        "Mean of -log(probability of the true class); confident errors cost most. 0 at best.",
        lambda pooled: ratio(pooled.part("losses")[..., 0], pooled.n_beats),
        needs="losses",
    ),
    "brier_score": OverallMetric(
        "Brier score",
        "Mean squared distance of the probabilities from the true class: 0 at best, 2 at worst.",
        lambda pooled: ratio(pooled.part("losses")[..., 1], pooled.n_beats),
        needs="losses",
    ),
    "calibration_error": OverallMetric(
        "calibration error",
        "Mean distance between predicted probabilities and the observed shares of correct beats.",
        lambda pooled: calibration_error(pooled.part("losses")[..., 2:], pooled.n_beats),
        needs="losses",
    ),
    "least_certain_errors": OverallMetric(
        "least certain 5 %",
        "Share of all errors that lie among the 5 % of beats with the least certain prediction.",
        lambda pooled: least_certain_errors(
            pooled.part("beats_by_certainty"), pooled.part("errors_by_certainty")
        ),
        needs="beats_by_certainty",
        in_percent=True,
        note="share of all errors among these beats, in percent",
    ),
}


def overall_metrics(pooled: PooledCounts) -> dict[str, Floats]:
    """Compute all metrics that are defined, each of shape (...)."""
    known = (name for name, metric in OVERALL_METRICS.items() if metric.is_defined(pooled))
    return {name: pooled[name] for name in known}
