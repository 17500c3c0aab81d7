"""Precision and recall of each class, in the field's words +P and Se."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from matplotlib.lines import Line2D

from ..utils import ratio
from ._curves import Curve, OneVsRestCurves
from ._style import class_styles, merged, name_axes


class PrecisionRecallDisplay(OneVsRestCurves):
    """Positive predictive value (+P) over sensitivity (Se) of each class against the rest.

    The picture for rare classes: which share of the alarms is true if so many of the class are
    to be found. A classifier that guesses reaches the prevalence of the class, a dotted line.
    With `groups`, each curve has a band and its area an interval, by bootstrap over subjects.

    Parameters
    ----------
    recall : list of ndarray
        For each class Se, rising, empty for a class without a curve.
    precision : list of ndarray
        For each class +P.
    average_precision : list of float, default=None
        Areas under the curves, NaN for a class without one. None: not shown.
    prevalence : list of float, default=None
        Share of each class among the beats. None: not shown.
    labels : list, default=None
        Classes. None: 0 to ``n_classes - 1``.
    notes : dict, default=None
        By class, why it has no curve, for the legend.
    intervals : list of (float, float), default=None
        Interval of each area.
    bands : list of (ndarray, ndarray) or None, default=None
        For each class the lowest and highest +P at each Se.
    interval_words : str, default=None
        What the intervals are, for the legend.

    Attributes
    ----------
    line_ : list of matplotlib Line2D
        One a class; empty lines for those without a curve.
    band_ : list of matplotlib PolyCollection
        One a class that has a band.
    chance_level_ : list of matplotlib Line2D or None
        The prevalence of each class that has a curve.
    ax_ : matplotlib Axes
        Axes with the curves.
    figure_ : matplotlib Figure
        Figure that holds it.

    See Also
    --------
    RocCurveDisplay : Does not depend on how frequent the classes are.
    sklearn.metrics.PrecisionRecallDisplay : The curve of two classes.

    Notes
    -----
    The area is the average precision of ``sklearn.metrics.average_precision_score``, and the
    steps drawn enclose it; where scikit-learn adds the point of +P 1 at Se 0, the first step
    here begins at Se 0. The area is that of all thresholds; of very many, those at 500 quantiles
    of the class and 500 of the rest are drawn and resampled. Bands hold at each Se by itself.
    Where the beats of the class, or all others, are of one subject, there is neither band nor
    interval.

    +P depends on the prevalence, so curves of two data sets cannot be compared.

    Examples
    --------
    >>> import pandas as pd
    >>> from skecg import PrecisionRecallDisplay
    >>> proba = pd.DataFrame({"N": [0.9, 0.4, 0.6, 0.2], "V": [0.1, 0.6, 0.4, 0.8]})
    >>> display = PrecisionRecallDisplay.from_predictions(["N", "N", "V", "V"], proba)
    >>> display.recall[1].tolist(), display.precision[1].round(2).tolist()
    ([0.0, 0.5, 0.5, 1.0, 1.0], [1.0, 1.0, 0.5, 0.67, 0.5])
    """

    _axes: ClassVar[tuple[str, str]] = ("Se", "+P")
    _area_name: ClassVar[str] = "AP"
    _drawstyle: ClassVar[str] = "steps-pre"

    def __init__(
        self,
        *,
        recall: Sequence[np.ndarray],
        precision: Sequence[np.ndarray],
        average_precision: Sequence[float] | None = None,
        prevalence: Sequence[float] | None = None,
        labels: Sequence[Any] | None = None,
        notes: Mapping[Any, str] | None = None,
        intervals: Sequence[tuple[float, float]] | None = None,
        bands: Sequence[tuple[np.ndarray, np.ndarray] | None] | None = None,
        interval_words: str | None = None,
    ):
        self.recall = recall
        self.precision = precision
        self.average_precision = average_precision
        self.prevalence = prevalence
        self.labels = labels
        self.notes = notes
        self.intervals = intervals
        self.bands = bands
        self.interval_words = interval_words

    @classmethod
    def _of_curves(
        cls, curves: list[Curve], labels: list, notes: dict, prevalence: np.ndarray, words: Any
    ) -> "PrecisionRecallDisplay":
        """Make the display from computed curves."""
        x, y, areas, intervals, bands = map(list, zip(*curves, strict=True))
        return cls(
            recall=x,
            precision=y,
            average_precision=areas,
            prevalence=prevalence.tolist(),
            labels=labels,
            notes=notes,
            intervals=intervals,
            bands=bands,
            interval_words=words,
        )

    def _curves(self) -> Iterator[Curve]:
        """Yield the curve of each class."""
        return self._stored(self.recall, self.precision, self.average_precision)

    @staticmethod
    def _points(tp: np.ndarray, fp: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Se and +P at each threshold, from Se 0 on."""
        recall, precision = ratio(tp, tp[..., -1:]), ratio(tp, tp + fp)
        start = np.zeros(tp.shape[:-1] + (1,))
        return (
            np.concatenate([start, recall], axis=-1),
            np.concatenate([precision[..., :1], precision], axis=-1),
        )

    @staticmethod
    def _area(tp: np.ndarray, fp: np.ndarray) -> np.ndarray:
        """Average precision; NaN without beats of the class."""
        precision = np.nan_to_num(ratio(tp, tp + fp))  # nothing called so: a step of no width
        return (np.diff(ratio(tp, tp[..., -1:]), axis=-1, prepend=0) * precision).sum(axis=-1)

    @classmethod
    def _band(cls, tp: np.ndarray, fp: np.ndarray, at: np.ndarray) -> np.ndarray:
        """+P of each resample where it first reaches a given Se."""
        recall, precision = ratio(tp, tp[..., -1:]), ratio(tp, tp + fp)
        at = np.clip(at, np.finfo(float).tiny, 1)  # at Se 0: that of the first beats found
        return np.stack(
            [
                p[np.searchsorted(r, at).clip(max=len(p) - 1)]
                if not np.isnan(r).any()
                else np.full(len(at), np.nan)
                for r, p in zip(recall, precision, strict=True)
            ]
        )

    def _after_area(self, label: Any) -> str:
        """Return what the legend says of chance."""
        if self.prevalence is None:
            return ""
        return f"; chance {self.prevalence[self._labels().index(label)]:.3f}"

    def _name_axes(self, ax: Any) -> None:
        """Say what the axes are."""
        name_axes(ax, xlabel="Se (recall)", ylabel="+P (precision)")

    def _draw_chance(
        self, ax: Any, chance_level_kw: Mapping[str, Any] | None
    ) -> list[Line2D] | None:
        """Draw the prevalence of each class that has a curve."""
        if self.prevalence is None:
            return None
        labels, lines = self._labels(), []
        for label, share, style in zip(labels, self.prevalence, class_styles(labels), strict=True):
            if self.notes and label in self.notes:
                continue
            style = {"color": style["color"], "linewidth": 0.9, "linestyle": (0, (1, 2))}
            style |= {"zorder": 1.5}
            lines += ax.plot((0, 1), (share, share), **merged(style, chance_level_kw, Line2D))
        return lines
