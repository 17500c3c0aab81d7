"""What curves of one class against the rest share: doors, intervals by subject, drawing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from sklearn.utils import check_consistent_length

from ..metrics._counts import align_proba, encode_labels
from ..predictions import Predictions, as_predictions
from ..utils import class_scores
from ._intervals import Resampling
from ._style import BAND_ALPHA, class_markers, class_styles, legend, merged

N_THRESHOLDS = 500  # drawn and resampled are so many quantiles of the class, and of the rest


class Curve(NamedTuple):
    """One class against the rest."""

    x: np.ndarray
    y: np.ndarray
    area: float
    interval: tuple[float, float] = (np.nan, np.nan)
    band: tuple[np.ndarray, np.ndarray] | None = None


NO_CURVE = Curve(np.empty(0), np.empty(0), np.nan)


class OneVsRestCurves:
    """Base of the displays that draw one curve a class.

    A subclass names its axes and its area, and says how beats counted at falling thresholds,
    `tp` and `fp` of shape (..., n_thresholds), become points, an area and a band.
    """

    _axes: ClassVar[tuple[str, str]]  # what x and y are called in frame()
    _area_name: ClassVar[str]
    _drawstyle: ClassVar[str] = "default"

    def plot(
        self,
        *,
        ax: Any = None,
        line_kw: Mapping[str, Any] | None = None,
        band_kw: Mapping[str, Any] | None = None,
        plot_chance_level: bool = True,
        chance_level_kw: Mapping[str, Any] | None = None,
    ) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        line_kw, band_kw : dict, default=None
            Keywords for all curves and for all bands.
        plot_chance_level : bool, default=True
            Whether to draw what a classifier reaches that guesses.
        chance_level_kw : dict, default=None
            Keywords for the lines of chance.

        Returns
        -------
        display
            The display itself.
        """
        own = ax is None
        labels, curves = self._labels(), list(self._curves())
        if own:
            # square axes, below them a line for each class and what they are, a title above
            height = 4.2 + 0.19 * (len(labels) + 3) + 0.3
            _, ax = plt.subplots(figsize=(4.2, height), layout="constrained")
        self.line_, self.band_ = [], []
        styles = map(dict.__or__, class_styles(labels), class_markers(labels))
        for i, (label, curve, style) in enumerate(zip(labels, curves, styles, strict=True)):
            style |= {"label": self._legend_text(label, curve), "linewidth": 1.6}
            # markers here and there, for eyes and printers that do not tell colours apart
            style |= {"markersize": 4.5, "markevery": (0.06 + 0.05 * (i % 4), 0.2)}
            style |= {"drawstyle": self._drawstyle, "zorder": 3}
            self.line_ += ax.plot(curve.x, curve.y, **merged(style, line_kw, Line2D))
            if curve.band is not None:
                self.band_.append(self._draw_band(ax, curve, style["color"], band_kw))
        self.chance_level_ = None
        if plot_chance_level:
            self.chance_level_ = self._draw_chance(ax, chance_level_kw)
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
        title = "One class against the rest"
        legend(ax, title=f"{title}\n{self.interval_words}" if self.interval_words else title)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, *, ax: Any = None, **kwargs: Any
    ) -> Self:
        """Predict probabilities and draw.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier, pipeline or search with ``predict_proba`` or
            ``decision_function``.
        X : array-like of shape (n_beats, n_features)
            Beats.
        y : array-like of shape (n_beats,)
            Reference labels.
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        **kwargs : dict
            Passed to `from_predictions`, such as `groups` or `labels`.

        Returns
        -------
        display
            The display, drawn.
        """
        scores = class_scores(estimator, X, cls.__name__)
        return cls.from_predictions(y, scores, ax=ax, **kwargs)

    @classmethod
    def from_table(
        cls, table: Predictions | pd.DataFrame, *, ax: Any = None, **kwargs: Any
    ) -> Self:
        """Draw a prediction table, with intervals over its subjects.

        Parameters
        ----------
        table : Predictions or DataFrame
            Predictions, as `cross_val_beats` returns them, or their table.
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        **kwargs : dict
            Passed to `from_predictions`.

        Returns
        -------
        display
            The display, drawn.
        """
        found = as_predictions(table, cls.__name__, needs_probabilities=True)
        options = {"groups": found.groups, "ax": ax} | kwargs
        return cls.from_predictions(found.y_true, found.y_proba, **options)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_proba: Any,
        *,
        labels: Sequence[Any] | None = None,
        groups: Any = None,
        confidence: float = 0.95,
        n_resamples: int = 1000,
        random_state: Any = 0,
        ax: Any = None,
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
            Resamples of the subjects.
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
            to the model has no curve, and the legend says so.

        Raises
        ------
        ValueError
            If lengths differ, there are no beats, labels or subjects are missing, or `y_proba`
            does not fit or has numbers that are not finite.
        """
        owner = cls.__name__
        named = isinstance(y_proba, pd.DataFrame)
        known = list(y_proba.columns) if named else []
        order, (true,) = encode_labels({"y_true": y_true}, labels, owner, known=known)
        scores = align_proba(y_proba, order, owner, given=labels)
        check_consistent_length(true, scores, groups)
        if not np.isfinite(scores).all():
            raise ValueError(
                f"'y_proba' of {owner} must hold finite numbers. Got NaN or infinity for "
                f"{int((~np.isfinite(scores)).any(axis=1).sum())} beats."
            )
        resampling = Resampling(groups, confidence, n_resamples, random_state, owner)
        curves, notes = [], {}
        for i, label in enumerate(order):
            positive = true == i
            if not positive.any():
                notes[label] = "no beats"
            elif positive.all():
                notes[label] = "no other beats"
            elif named and label not in known:
                notes[label] = "unknown to the model"
            curves.append(
                NO_CURVE if label in notes else cls._curve(positive, scores[:, i], resampling)
            )
        prevalence = np.bincount(true, minlength=len(order)) / len(true)
        display = cls._of_curves(curves, order, notes, prevalence, resampling.words)
        return display.plot(ax=ax, **plot_kw)

    def frame(self) -> pd.DataFrame:
        """Return the data behind the picture.

        Returns
        -------
        DataFrame
            One row a point: class, x and y by their names, and with subjects low and high, the
            bounds of y.
        """
        parts = []
        for label, curve in zip(self._labels(), self._curves(), strict=True):
            values = dict(zip(self._axes, (curve.x, curve.y), strict=True))
            if curve.band is not None:
                values |= dict(zip(("low", "high"), curve.band, strict=True))
            parts.append(pd.DataFrame({"class": label} | values))
        return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)

    @classmethod
    def _curve(cls, positive: np.ndarray, scores: np.ndarray, resampling: Resampling) -> Curve:
        """Compute the curve of one class."""
        tp, fp, bins = count_by_threshold(positive, scores)
        keep = representative(tp, fp)
        x, y = cls._points(tp[keep], fp[keep])
        area = float(cls._area(tp, fp))
        if not resampling:
            return Curve(x, y, area)
        # beats of a threshold left out count at the next lower one that is kept
        bins = np.searchsorted(keep, bins)
        per_subject = resampling.sums(bins, len(keep), positive, ~positive)
        n_subjects = (per_subject.sum(axis=1) > 0).sum(axis=0)
        if n_subjects.min() < 2:  # nobody else to draw
            return Curve(x, y, area)

        def area_and_band(sums: np.ndarray) -> np.ndarray:
            tp, fp = np.moveaxis(np.cumsum(sums, axis=1), -1, 0)
            return np.column_stack([cls._area(tp, fp), cls._band(tp, fp, x)])

        low, high = resampling.interval(per_subject, area_and_band)
        return Curve(x, y, area, (float(low[0]), float(high[0])), (low[1:], high[1:]))

    def _draw_band(
        self, ax: Any, curve: Curve, color: Any, band_kw: Mapping[str, Any] | None
    ) -> PolyCollection:
        """Draw where the curve of other subjects may lie."""
        step = {"steps-pre": "pre"}.get(self._drawstyle)
        style = {"color": color, "alpha": BAND_ALPHA, "linewidth": 0.8, "zorder": 2}
        return ax.fill_between(
            curve.x, *curve.band, step=step, **merged(style, band_kw, PolyCollection)
        )

    def _labels(self) -> list:
        """Return the classes, their numbers if they have no names."""
        return list(range(len(list(self._curves()))) if self.labels is None else self.labels)

    def _legend_text(self, label: Any, curve: Curve) -> str:
        """Return the class with its area and interval, or why it has none."""
        if self.notes and label in self.notes:
            return f"{label} ({self.notes[label]})"
        if curve.area is None:
            return f"{label}"
        text = f"{label} ({self._area_name} {curve.area:.3f}"
        if not np.isnan(curve.interval).all():
            text += ", {:.3f} to {:.3f}".format(*curve.interval)
        return f"{text}{self._after_area(label)})"

    def _after_area(self, label: Any) -> str:
        """Return what the legend says of a class after its area."""
        return ""

    def _stored(self, x: Sequence, y: Sequence, areas: Sequence | None) -> Iterator[Curve]:
        """Yield the curves from the lists that a display stores."""
        nothing = [None] * len(x)
        areas, bands = areas or nothing, self.bands or nothing
        intervals = self.intervals or [(np.nan, np.nan)] * len(x)
        return map(Curve, x, y, areas, intervals, bands)


def count_by_threshold(
    positive: np.ndarray, scores: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count beats of the class and of the rest at or above each distinct score, falling.

    The third array is the place of each beat's score among them.
    """
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    last = np.flatnonzero(np.append(falling[1:] != falling[:-1], True))
    tp = np.cumsum(positive[order])[last]
    bins = np.empty(len(scores), dtype=np.intp)
    bins[order] = np.repeat(np.arange(len(last)), np.diff(last, prepend=-1))
    return tp, last + 1 - tp, bins


def representative(tp: np.ndarray, fp: np.ndarray, n: int = N_THRESHOLDS) -> np.ndarray:
    """Choose thresholds at n quantiles of the class and n of the rest; all, if there are few."""
    if len(tp) <= 2 * n:
        return np.arange(len(tp))
    at = [np.searchsorted(c, np.linspace(c[0], c[-1], n)) for c in (tp, fp)]
    return np.unique(np.concatenate([*at, [0, len(tp) - 1]]))
