"""Precision and recall of each class, which ECG literature calls +P and Se."""

from typing import ClassVar

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ..metrics._curves import ClassCurve, precision_recall_curves
from ._curves import ClassCurveDisplay
from ._style import Kw, class_styles, merged, name_axes


class PrecisionRecallDisplay(ClassCurveDisplay):
    """Positive predictive value (+P) over sensitivity (Se) of each class against the rest.

    For rare classes: the curve shows the share of true alarms at each share of the class that is
    found. A classifier that guesses reaches the prevalence of the class, a dotted line. With
    `groups`, each curve has a band and its area an interval, by bootstrap over subjects.

    Parameters
    ----------
    curves : sequence of ClassCurve
        For each class its label, its prevalence, Se as `x`, +P as `y`, the average precision as
        `area`, and where they are known its interval and the band, the lowest and highest `y` at
        each `x`. A class without a curve has a reason. `from_predictions` computes them.
    confidence : float, default=0.95
        Level of intervals and bands, for the legend.
    n_subjects : int, default=None
        Number of subjects, for the legend. None: there are no intervals.

    Attributes
    ----------
    line_ : list of matplotlib Line2D
        One for each class; empty lines for those without a curve.
    band_ : list of matplotlib PolyCollection
        One for each class that has a band.
    chance_level_ : list of matplotlib Line2D, or None
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
    here begins at Se 0. The area is computed from all thresholds; of very many, those at 500
    quantiles of the class and 500 of the rest are drawn and resampled. Bands hold at each Se
    separately. Where the beats of the class, or all others, are of one subject, there is neither
    band nor interval.

    +P depends on the prevalence, so curves of two data sets cannot be compared.

    Examples
    --------
    >>> import pandas as pd
    >>> from skecg import PrecisionRecallDisplay
    >>> proba = pd.DataFrame({"N": [0.9, 0.4, 0.6, 0.2], "V": [0.1, 0.6, 0.4, 0.8]})
    >>> display = PrecisionRecallDisplay.from_predictions(["N", "N", "V", "V"], proba)
    >>> v = display.curves[1]
    >>> v.x.tolist(), v.y.round(2).tolist()
    ([0.0, 0.5, 0.5, 1.0, 1.0], [1.0, 1.0, 0.5, 0.67, 0.5])
    """

    _axes: ClassVar[tuple[str, str]] = ("Se", "+P")
    _area_name: ClassVar[str] = "AP"
    _drawstyle: ClassVar[str] = "steps-pre"
    _compute = staticmethod(precision_recall_curves)

    def _after_area(self, curve: ClassCurve) -> str:
        """Return the prevalence, which guessing reaches."""
        return f"; chance {curve.prevalence:.3f}"

    def _name_axes(self, ax: Axes) -> None:
        """Label the axes."""
        name_axes(ax, xlabel="Se (recall)", ylabel="+P (precision)")

    def _draw_chance(self, ax: Axes, chance_level_kw: Kw | None) -> list[Line2D]:
        """Draw the prevalence of each class that has a curve."""
        lines: list[Line2D] = []
        styles = class_styles([curve.label for curve in self.curves])
        for curve, style in zip(self.curves, styles, strict=True):
            if curve.reason is None:
                style = {"color": style["color"], "linewidth": 0.9, "linestyle": (0, (1, 2))}
                style |= {"zorder": 1.5}
                share = (curve.prevalence, curve.prevalence)
                lines += ax.plot((0, 1), share, **merged(style, chance_level_kw, Line2D))
        return lines
