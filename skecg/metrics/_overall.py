"""Figures over all classes: what each is called, what it says, how it is written and made.

A new figure is one entry of `FIGURES`: reports, intervals and pages then have it, and `BeatScorer`
unless it needs beats in the order of their certainty.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ._agreement import j_index, jk_index, kappa
from ._probabilities import calibration_error, least_certain_errors
from ._ratio import ratio


@dataclass(eq=False)
class Pooled:
    """All beats pooled, and figures of them: ``pooled["kappa"]`` is computed once for all who ask.

    The first axes (...) are those of resamples, if there are several.
    """

    matrix: np.ndarray  # (..., n, n) beats by reference and predicted label
    labels: Sequence[Any]
    by_class: Mapping[str, np.ndarray]  # (..., n_labels) what `class_figures` returns
    present: np.ndarray | None = None  # the classes of means; None: those with reference beats
    losses: np.ndarray | None = None  # (..., n) of `Evidence`, like the two below
    beats_by_certainty: np.ndarray | None = None
    errors_by_certainty: np.ndarray | None = None
    _made: dict[str, np.ndarray] = field(default_factory=dict, init=False)

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._made:
            self._made[name] = FIGURES[name].compute(self)
        return self._made[name]

    @cached_property
    def n_beats(self) -> np.ndarray:
        """Count all beats."""
        return self.matrix.sum(axis=(-2, -1))

    def of_classes(self, name: str, classes: Sequence[Any]) -> np.ndarray:
        """Return a figure of some classes, along the last axis."""
        return self.by_class[name][..., [list(self.labels).index(label) for label in classes]]

    def mean(self, name: str) -> np.ndarray:
        """Mean of a figure over the classes present: NaN where one of these has no beats."""
        present = self.by_class["support"] > 0 if self.present is None else self.present
        return ratio(np.where(present, self.by_class[name], 0).sum(axis=-1), present.sum(axis=-1))


class OverallFigure(NamedTuple):
    """A figure over all classes, made by a function of `Pooled` or as the mean of one by class."""

    words: str  # its name in prints
    meaning: str  # a sentence for the HTML page
    made_by: Callable[[Pooled], np.ndarray] | None = None
    mean_of: str | None = None  # a figure by class
    needs: str = "matrix"  # without this part of `Pooled` there is no such figure,
    classes: Sequence[str] = ()  # nor without these labels
    in_percent: bool = False
    decimals: int = 4  # of those not in percent
    note: str | None = None  # below prints that have it

    def compute(self, pooled: Pooled) -> np.ndarray:
        """Return its values (...)."""
        return pooled.mean(self.mean_of) if self.mean_of else self.made_by(pooled)

    def is_known(self, pooled: Pooled) -> bool:
        """Whether there is what it is made of."""
        has_classes = all(label in pooled.labels for label in self.classes)
        return has_classes and getattr(pooled, self.needs) is not None


S_AND_V = ("S", "V")
FIGURES = {
    "accuracy": OverallFigure(
        "accuracy",
        "Share of right beats. Says little where nearly all beats are of one class.",
        lambda pooled: ratio(pooled.by_class["TP"].sum(axis=-1), pooled.n_beats),
        in_percent=True,
    ),
    "balanced_accuracy": OverallFigure(
        "balanced accuracy",
        "Mean of Se over the classes that occur.",
        mean_of="Se",
        in_percent=True,
    ),
    "macro_f1": OverallFigure(
        "macro F1",
        "Mean of F1 over the classes that occur.",
        mean_of="F1",
        in_percent=True,
    ),
    "kappa": OverallFigure(
        "kappa",
        "Agreement beyond chance: 1 at best, 0 for chance.",
        lambda pooled: kappa(pooled.matrix),
        decimals=3,
    ),
    "j_index": OverallFigure(
        "j index",
        "Sum of Se and +P of S and V: 4 at best.",
        lambda pooled: j_index(*(pooled.of_classes(name, S_AND_V) for name in ("Se", "+P"))),
        classes=S_AND_V,
        decimals=3,
    ),
    "jk_index": OverallFigure(
        "jk index",
        "Half of kappa and an eighth of j: 1 at best.",
        lambda pooled: jk_index(pooled["kappa"], pooled["j_index"]),
        classes=S_AND_V,
        decimals=3,
    ),
    "log_loss": OverallFigure(
        "log loss",
        "How far probabilities are from the truth; confident mistakes cost most. 0 at best.",
        lambda pooled: ratio(pooled.losses[..., 0], pooled.n_beats),
        needs="losses",
    ),
    "brier_score": OverallFigure(
        "Brier score",
        "Mean squared distance of probabilities from the truth: 0 at best, 2 at worst.",
        lambda pooled: ratio(pooled.losses[..., 1], pooled.n_beats),
        needs="losses",
    ),
    "calibration_error": OverallFigure(
        "calibration error",
        "How far stated probabilities are from the shares that are right, on average.",
        lambda pooled: calibration_error(pooled.losses[..., 2:], pooled.n_beats),
        needs="losses",
    ),
    "least_certain_errors": OverallFigure(
        "least certain 5 %",
        "Share of all errors among the 5 % of beats of which the model is least certain.",
        lambda pooled: least_certain_errors(pooled.beats_by_certainty, pooled.errors_by_certainty),
        needs="beats_by_certainty",
        in_percent=True,
        note="share of all errors among these beats, in percent",
    ),
}


def overall_figures(pooled: Pooled) -> dict[str, np.ndarray]:
    """Return the figures that can be made, each of shape (...)."""
    return {name: pooled[name] for name, figure in FIGURES.items() if figure.is_known(pooled)}
