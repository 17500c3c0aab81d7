"""Receiver operating characteristic of each class."""

from typing import ClassVar

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ..metrics._curves import roc_curves
from ._curves import ClassCurveDisplay
from ._style import Kw, merged, name_axes


class RocCurveDisplay(ClassCurveDisplay):
    """ROC curve of each class against the rest, with its area in the legend.

    With `groups`, each curve has a band and its area an interval, by bootstrap over subjects.

    Parameters
    ----------
    curves : sequence of ClassCurve
        For each class its label, the false positive rates `x`, the true positive rates `y`, the
        area, and where they are known its interval and the band, the lowest and highest `y` at
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
    that the area drawn is the area in the legend. The area is computed from all thresholds; of
    very many, those at 500 quantiles of the class and 500 of the rest are drawn and resampled.
    Bands are vertical and hold at each false positive rate separately. Where the beats of the
    class, or all others, are of one subject, there is neither band nor interval.

    The curve does not show how rare a class is: a false positive rate of 0.01 means many false
    alarms where one beat in a hundred is a V. See also `PrecisionRecallDisplay`.

    Examples
    --------
    >>> import pandas as pd
    >>> from skecg import RocCurveDisplay
    >>> proba = pd.DataFrame({"N": [0.9, 0.4, 0.6, 0.2], "V": [0.1, 0.6, 0.4, 0.8]})
    >>> display = RocCurveDisplay.from_predictions(["N", "N", "V", "V"], proba)
    >>> [curve.area for curve in display.curves]
    [0.75, 0.75]
    """

    _axes: ClassVar[tuple[str, str]] = ("fpr", "tpr")
    _area_name: ClassVar[str] = "AUC"
    _chance_entries: ClassVar[int] = 1
    _compute = staticmethod(roc_curves)

    def _name_axes(self, ax: Axes) -> None:
        """Label the axes."""
        name_axes(ax, xlabel="False positive rate (1 - Sp)", ylabel="True positive rate (Se)")

    def _draw_chance(self, ax: Axes, chance_level_kw: Kw | None) -> list[Line2D]:
        """Draw the diagonal of a classifier that guesses."""
        style = {"color": "0.6", "linewidth": 1, "linestyle": "-", "zorder": 1}
        style |= {"label": "chance (AUC 0.5)"}
        return ax.plot((0, 1), (0, 1), **merged(style, chance_level_kw, Line2D))
