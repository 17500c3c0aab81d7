"""Base of displays that draw one curve for each class."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from ..metrics._curves import ClassCurve, stack_frames
from ..metrics._subject_resampling import SubjectResampling
from ..predictions import Predictions
from ..utils import Classifier, Label, RandomState, class_scores
from ._probability_display import ProbabilityDisplay
from ._style import (
    Kw,
    curve_styles,
    draw_band,
    interval_title,
    legend,
    merged,
    with_interval,
)

TITLE = "One class against the rest"


class ClassCurveDisplay(ProbabilityDisplay):
    """Base of the displays that draw one curve for each class against the rest."""

    _axes: ClassVar[tuple[str, str]]  # names of x and y in frame()
    _area_name: ClassVar[str]
    _drawstyle: ClassVar[str] = "default"
    _chance_entries: ClassVar[int] = 0  # in the legend
    _compute: ClassVar[Callable[..., list[ClassCurve]]]

    def __init__(
        self,
        curves: Sequence[ClassCurve],
        *,
        confidence: float = 0.95,
        n_subjects: int | None = None,
    ):
        self.curves = curves
        self.confidence = confidence
        self.n_subjects = n_subjects

    def plot(
        self,
        *,
        ax: Axes | None = None,
        line_kw: Kw | None = None,
        band_kw: Kw | None = None,
        plot_chance_level: bool = True,
        chance_level_kw: Kw | None = None,
    ) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        line_kw, band_kw : dict, default=None
            Keywords for all curves and for all bands.
        plot_chance_level : bool, default=True
            Whether to draw the curve of a classifier that guesses.
        chance_level_kw : dict, default=None
            Keywords for the lines of chance.

        Returns
        -------
        display
            The display itself.
        """
        intervals = interval_title(self.confidence, self.n_subjects)
        title = f"{TITLE}\n{intervals}" if intervals else TITLE
        own = ax is None
        if ax is None:
            # square axes, below them the lines of the legend, and a title above
            lines = len(self.curves) + title.count("\n") + 1 + self._chance_entries
            _, ax = plt.subplots(figsize=(4.2, 4.5 + 0.19 * lines), layout="constrained")
        self.line_: list[Line2D] = []
        self.band_: list[PolyCollection] = []
        styles = curve_styles([curve.label for curve in self.curves])
        for i, (curve, style) in enumerate(zip(self.curves, styles, strict=True)):
            self._draw_curve(ax, i, curve, style, line_kw, band_kw)
        self.chance_level_ = self._draw_chance(ax, chance_level_kw) if plot_chance_level else None
        ax.set(
            xticks=np.linspace(0, 1, 6),
            yticks=np.linspace(0, 1, 6),
            xlim=(-0.01, 1.01),
            ylim=(-0.01, 1.01),
            anchor="N",
            aspect="equal" if own else "auto",  # in shared figures labels would overlap
        )
        self._name_axes(ax)
        ax.grid(alpha=0.25)
        legend(ax, title=title)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_proba: pd.DataFrame | ArrayLike,
        *,
        labels: Sequence[Label] | None = None,
        groups: ArrayLike | None = None,
        confidence: float = 0.95,
        n_resamples: int = 1000,
        random_state: RandomState = 0,
        ax: Axes | None = None,
        **plot_kw: Any,
    ) -> Self:
        """Compute the curves and draw.

        Parameters
        ----------
        y_true : array-like of shape (n_beats,)
            Reference labels.
        y_proba : DataFrame or array-like of shape (n_beats, n_classes)
            Probability, or any score, of each class. The columns of a DataFrame are named by
            the classes, in any order: ``pd.DataFrame(proba, columns=model.classes_)``. Those of
            an array are the sorted labels, as in ``classes_``; then `labels`, if given, must be
            sorted.
        labels : sequence, default=None
            Classes and their order in the legend; must name all of `y_true`. None: those of
            `y_true` and of the columns, the AAMI classes N, S, V, F, Q first.
        groups : array-like of shape (n_beats,), default=None
            Subject of each beat, for bands and intervals. None: neither.
        confidence : float, default=0.95
            Level of the intervals.
        n_resamples : int, default=1000
            Number of resamples of the subjects.
        random_state : int, RandomState instance or None, default=0
            Seed of the resampling.
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        display
            The display, drawn. A class without beats, without beats of other classes or unknown
            to the model has no curve, and the legend gives the reason.

        Raises
        ------
        ValueError
            If lengths differ, there are no beats, labels or subjects are missing, or `y_proba`
            does not fit or has numbers that are not finite.
        """
        owner = cls.__name__
        resampling = SubjectResampling(groups, confidence, n_resamples, random_state, owner)
        curves = cls._compute(y_true, y_proba, resampling, owner, labels=labels)
        display = cls(curves, confidence=confidence, n_subjects=resampling.n_subjects)
        return display.plot(ax=ax, **plot_kw)

    def frame(self) -> pd.DataFrame:
        """Return the data of the figure.

        Returns
        -------
        DataFrame
            One row per point: class, x and y by their names, and with subjects low and high, the
            bounds of y.
        """
        x, y = self._axes
        return stack_frames((c.label, {x: c.x, y: c.y}, c.band) for c in self.curves)

    @classmethod
    def _predict(cls, estimator: Classifier, X: ArrayLike) -> dict[str, Any]:
        """Return the scores of a model."""
        return {"y_proba": class_scores(estimator, X, cls.__name__)}

    @classmethod
    def _read(cls, predictions: Predictions) -> dict[str, Any]:
        """Return the probabilities."""
        return {"y_proba": predictions.y_proba}

    def _draw_curve(
        self,
        ax: Axes,
        i: int,
        curve: ClassCurve,
        style: dict[str, Any],
        line_kw: Kw | None,
        band_kw: Kw | None,
    ) -> None:
        """Draw the curve of the i-th class, and its band."""
        style |= {"label": self._legend_text(curve), "linewidth": 1.6}
        # a few markers, for readers and printers without colours
        style |= {"markersize": 4.5, "markevery": (0.06 + 0.05 * (i % 4), 0.2)}
        style |= {"drawstyle": self._drawstyle, "zorder": 3}
        self.line_ += ax.plot(curve.x, curve.y, **merged(style, line_kw, Line2D))
        if curve.band is not None:
            step = {"steps-pre": "pre"}.get(self._drawstyle)
            band = draw_band(ax, curve.x, curve.band, band_kw, color=style["color"], step=step)
            self.band_.append(band)

    def _legend_text(self, curve: ClassCurve) -> str:
        """Return the class with its area and interval, or the reason why it has no curve."""
        if curve.reason is not None:
            return f"{curve.label} ({curve.reason})"
        area = with_interval(self._area_name, curve.area, curve.interval)
        return f"{curve.label} ({area}{self._after_area(curve)})"

    def _after_area(self, curve: ClassCurve) -> str:
        """Return the text of the legend after the area of a class."""
        return ""

    @abstractmethod
    def _name_axes(self, ax: Axes) -> None:
        """Label the axes."""

    @abstractmethod
    def _draw_chance(self, ax: Axes, chance_level_kw: Kw | None) -> list[Line2D]:
        """Draw the curves of a classifier that guesses."""
