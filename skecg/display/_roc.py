"""Receiver operating characteristic of each class."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from matplotlib.lines import Line2D

from ..utils import ratio
from ._curves import Curve, OneVsRestCurves
from ._style import merged, name_axes


class RocCurveDisplay(OneVsRestCurves):
    """ROC curve of each class against the rest, with its area in the legend.

    With `groups`, each curve has a band and its area an interval, by bootstrap over subjects.

    Parameters
    ----------
    fpr : list of ndarray
        For each class the false positive rates, empty for a class without a curve.
    tpr : list of ndarray
        For each class the true positive rates.
    roc_auc : list of float, default=None
        Areas under the curves, NaN for a class without one. None: not shown.
    labels : list, default=None
        Classes. None: 0 to ``n_classes - 1``.
    notes : dict, default=None
        By class, why it has no curve, for the legend.
    intervals : list of (float, float), default=None
        Interval of each area.
    bands : list of (ndarray, ndarray) or None, default=None
        For each class the lowest and highest `tpr` at each `fpr`.
    interval_words : str, default=None
        What the intervals are, for the legend.

    Attributes
    ----------
    line_ : list of matplotlib Line2D
        One a class; empty lines for those without a curve.
    band_ : list of matplotlib PolyCollection
        One a class that has a band.
    chance_level_ : matplotlib Line2D or None
        The diagonal.
    ax_ : matplotlib Axes
        Axes with the curves.
    figure_ : matplotlib Figure
        Figure that holds it.

    See Also
    --------
    PrecisionRecallDisplay : For rare classes.
    sklearn.metrics.RocCurveDisplay : The curve of two classes.

    Notes
    -----
    The curve joins the points of ``sklearn.metrics.roc_curve`` by straight lines. Where all
    scores differ these are the steps of the curve; where scores are tied the line is slanted, so
    that the area drawn is the area that the legend states. The area is that of all thresholds;
    of very many, those at 500 quantiles of the class and 500 of the rest are drawn and resampled.
    Bands are vertical and hold at each false positive rate by itself. Where the beats of the
    class, or all others, are of one subject, there is neither band nor interval.

    The curve does not show how rare a class is: a false positive rate of 0.01 is many false
    alarms where one beat in a hundred is a V. Look at `PrecisionRecallDisplay` beside it.

    Examples
    --------
    >>> import pandas as pd
    >>> from skecg import RocCurveDisplay
    >>> proba = pd.DataFrame({"N": [0.9, 0.4, 0.6, 0.2], "V": [0.1, 0.6, 0.4, 0.8]})
    >>> display = RocCurveDisplay.from_predictions(["N", "N", "V", "V"], proba)
    >>> display.roc_auc
    [0.75, 0.75]
    """

    _axes: ClassVar[tuple[str, str]] = ("fpr", "tpr")
    _area_name: ClassVar[str] = "AUC"

    def __init__(
        self,
        *,
        fpr: Sequence[np.ndarray],
        tpr: Sequence[np.ndarray],
        roc_auc: Sequence[float] | None = None,
        labels: Sequence[Any] | None = None,
        notes: Mapping[Any, str] | None = None,
        intervals: Sequence[tuple[float, float]] | None = None,
        bands: Sequence[tuple[np.ndarray, np.ndarray] | None] | None = None,
        interval_words: str | None = None,
    ):
        self.fpr = fpr
        self.tpr = tpr
        self.roc_auc = roc_auc
        self.labels = labels
        self.notes = notes
        self.intervals = intervals
        self.bands = bands
        self.interval_words = interval_words

    @classmethod
    def _of_curves(
        cls, curves: list[Curve], labels: list, notes: dict, prevalence: np.ndarray, words: Any
    ) -> "RocCurveDisplay":
        """Make the display from computed curves."""
        x, y, areas, intervals, bands = map(list, zip(*curves, strict=True))
        return cls(
            fpr=x,
            tpr=y,
            roc_auc=areas,
            labels=labels,
            notes=notes,
            intervals=intervals,
            bands=bands,
            interval_words=words,
        )

    def _curves(self) -> Iterator[Curve]:
        """Yield the curve of each class."""
        return self._stored(self.fpr, self.tpr, self.roc_auc)

    @staticmethod
    def _points(tp: np.ndarray, fp: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rates at each threshold, from none called positive on."""
        start = np.zeros(tp.shape[:-1] + (1,))
        fpr, tpr = ratio(fp, fp[..., -1:]), ratio(tp, tp[..., -1:])
        return np.concatenate([start, fpr], axis=-1), np.concatenate([start, tpr], axis=-1)

    @classmethod
    def _area(cls, tp: np.ndarray, fp: np.ndarray) -> np.ndarray:
        """Area under the straight lines; NaN without beats of the class or others."""
        fpr, tpr = cls._points(tp, fp)
        return (np.diff(fpr) * (tpr[..., 1:] + tpr[..., :-1])).sum(axis=-1) / 2

    @classmethod
    def _band(cls, tp: np.ndarray, fp: np.ndarray, at: np.ndarray) -> np.ndarray:
        """True positive rate of each resample at given false positive rates."""
        fpr, tpr = cls._points(tp, fp)
        known = ~np.isnan(fpr + tpr).any(axis=-1)  # np.interp may see a point at 0 alone
        band = np.full((len(fpr), len(at)), np.nan)
        for i in np.flatnonzero(known):
            band[i] = np.interp(at, fpr[i], tpr[i])
        return band

    def _name_axes(self, ax: Any) -> None:
        """Say what the axes are."""
        name_axes(ax, xlabel="False positive rate (1 - Sp)", ylabel="True positive rate (Se)")

    def _draw_chance(self, ax: Any, chance_level_kw: Mapping[str, Any] | None) -> Line2D:
        """Draw the diagonal of a classifier that guesses."""
        style = {"color": "0.6", "linewidth": 1, "linestyle": "-", "zorder": 1}
        style |= {"label": "chance (AUC 0.5)"}
        return ax.plot((0, 1), (0, 1), **merged(style, chance_level_kw, Line2D))[0]
