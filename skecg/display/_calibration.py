"""Reliability diagram: observed share of a class over its predicted probability."""

from collections.abc import Sequence
from typing import Any, Self

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from ..metrics._calibration_curve import CalibrationCurve, calibration_curve
from ..metrics._curves import stack_frames
from ..metrics._subject_resampling import SubjectResampling
from ..utils import Label, RandomState
from ._probability_display import ProbabilityDisplay
from ._style import (
    AxesLike,
    Kw,
    curve_styles,
    draw_band,
    given_axes,
    interval_title,
    legend,
    merged,
    name_axes,
    with_interval,
)

OWNER = "CalibrationDisplay"
TITLES = {"one_vs_rest": "One class against the rest", "top_label": "Predicted label"}
FEW = 30  # beats, below which a share is uncertain


class CalibrationDisplay(ProbabilityDisplay):
    """Reliability diagram: observed share of a class over its predicted probability.

    On the diagonal, a probability of 0.8 is right in 80 % of cases; below it the model is
    overconfident. The lower panel counts the beats of each point, on a logarithmic axis; points
    of fewer than 30 beats are hollow and not joined. The legend has the expected calibration
    error (ECE): the mean distance from the diagonal over the beats. With `groups`, points have a
    band and errors an interval, by bootstrap over subjects.

    Parameters
    ----------
    curves : sequence of CalibrationCurve
        For each class its label and, in bins of the probability, the mean probability
        `prob_pred`, the share of beats of the class `prob_true` and the number of beats `count`;
        the expected calibration error `ece`, and where they are known its interval and the band
        of the share. A class without a curve has a reason. `from_predictions` computes them.
    title : str, default=None
        First line of the legend.
    confidence : float, default=0.95
        Level of intervals and bands, for the legend.
    n_subjects : int, default=None
        Number of subjects, for the legend. None: there are no intervals.

    Attributes
    ----------
    line_ : list of matplotlib Line2D
        One for each curve, through the points of 30 beats and more.
    few_ : list of matplotlib Line2D
        The hollow points of each curve.
    band_ : list of matplotlib PolyCollection
        One for each curve that has a band.
    count_line_ : list of matplotlib Line2D
        The numbers of beats of each curve; empty without a lower panel.
    perfect_ : matplotlib Line2D
        The diagonal.
    ax_ : ndarray of matplotlib Axes
        The diagram, and the panel of counts.
    figure_ : matplotlib Figure
        Figure that holds them.

    See Also
    --------
    RiskCoverageDisplay : Share of the errors among the uncertain beats.
    sklearn.calibration.CalibrationDisplay : The diagram of two classes.

    Notes
    -----
    Bins have equal widths and include their upper limits. A bin with beats of one subject has no
    band. The error is the sum over bins of ``|mean probability - share of the class|``, weighted
    by the share of beats [1]_. For one class against the rest it is small wherever a class is
    rare; for the top label it is the metric of the literature and of `skecg.beat_report`.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural
       Networks", ICML 2017, section 2.

    Examples
    --------
    >>> import pandas as pd
    >>> from skecg import CalibrationDisplay
    >>> proba = pd.DataFrame({"N": [0.9, 0.9, 0.1, 0.1], "V": [0.1, 0.1, 0.9, 0.9]})
    >>> display = CalibrationDisplay.from_predictions(["N", "N", "V", "N"], proba, n_bins=2)
    >>> display.frame().query("`class` == 'V'")["share"].tolist()
    [0.0, 0.5]
    """

    def __init__(
        self,
        curves: Sequence[CalibrationCurve],
        *,
        title: str | None = None,
        confidence: float = 0.95,
        n_subjects: int | None = None,
    ):
        self.curves = curves
        self.title = title
        self.confidence = confidence
        self.n_subjects = n_subjects

    def plot(
        self,
        *,
        ax: AxesLike | None = None,
        line_kw: Kw | None = None,
        band_kw: Kw | None = None,
        perfect_kw: Kw | None = None,
    ) -> Self:
        """Draw the diagram.

        Parameters
        ----------
        ax : matplotlib Axes or sequence of two, default=None
            Axes of the diagram and of the counts; with one, counts are not drawn. None: a new
            figure.
        line_kw, band_kw : dict, default=None
            Keywords for all curves and for all bands.
        perfect_kw : dict, default=None
            Keywords for the diagonal.

        Returns
        -------
        CalibrationDisplay
            The display itself.
        """
        if ax is None:
            _, ax = plt.subplots(
                2,
                1,
                figsize=(4.2, 5.4),
                height_ratios=[3, 1],
                sharex=True,
                layout="constrained",
            )
        axes = given_axes(ax, min(np.size(np.asarray(ax, dtype=object)), 2), OWNER)
        self.ax_, self.figure_ = axes, axes[0].figure
        diagonal = {"color": "0.6", "linewidth": 1, "zorder": 1, "label": "perfect"}
        (self.perfect_,) = axes[0].plot((0, 1), (0, 1), **merged(diagonal, perfect_kw, Line2D))
        self.line_: list[Line2D] = []
        self.few_: list[Line2D] = []
        self.band_: list[PolyCollection] = []
        self.count_line_: list[Line2D] = []
        styles = curve_styles([curve.label for curve in self.curves])
        for curve, style in zip(self.curves, styles, strict=True):
            style |= {"markersize": 4.5, "linewidth": 1.4, "label": _legend_text(curve)}
            self._draw_curve(axes[0], curve, style, line_kw, band_kw)
            if len(axes) > 1:
                self.count_line_ += _draw_counts(axes[1], curve, style, line_kw)
        self._finish(axes)
        return self

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_proba: pd.DataFrame | ArrayLike,
        *,
        y_pred: ArrayLike | None = None,
        kind: str = "one_vs_rest",
        n_bins: int = 15,
        labels: Sequence[Label] | None = None,
        groups: ArrayLike | None = None,
        confidence: float = 0.95,
        n_resamples: int = 1000,
        random_state: RandomState = 0,
        ax: AxesLike | None = None,
        **plot_kw: Any,
    ) -> Self:
        """Compute the curves and draw.

        Parameters
        ----------
        y_true : array-like of shape (n_beats,)
            Reference labels.
        y_proba : DataFrame or array-like of shape (n_beats, n_classes)
            Probability of each class. The columns of a DataFrame are named by the classes; those
            of an array are the sorted labels, as in ``classes_``.
        y_pred : array-like of shape (n_beats,), default=None
            Predicted labels, for ``kind="top_label"``. None: the most probable ones.
        kind : {"one_vs_rest", "top_label"}, default="one_vs_rest"
            A curve for each class, or one for the probability of each beat's predicted label,
            whatever its class.
        n_bins : int, default=15
            Number of bins of equal width between 0 and 1.
        labels : sequence, default=None
            Classes and their order; must name all of `y_true`. None: those of `y_true` and of
            the columns, the AAMI classes N, S, V, F, Q first.
        groups : array-like of shape (n_beats,), default=None
            Subject of each beat, for bands and intervals. None: neither.
        confidence : float, default=0.95
            Level of the intervals.
        n_resamples : int, default=1000
            Number of resamples of the subjects.
        random_state : int, RandomState instance or None, default=0
            Seed of the resampling.
        ax : matplotlib Axes or sequence of two, default=None
            Axes to draw into. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        CalibrationDisplay
            The display, drawn. A class without beats or unknown to the model has no curve, and
            the legend gives the reason.

        Raises
        ------
        ValueError
            If `kind` or `n_bins` is out of range, lengths differ, there are no beats, labels or
            subjects are missing, or `y_proba` does not fit or leaves the range from 0 to 1.
        """
        resampling = SubjectResampling(groups, confidence, n_resamples, random_state, OWNER)
        curves = calibration_curve(
            y_true,
            y_proba,
            resampling,
            OWNER,
            y_pred=y_pred,
            kind=kind,
            n_bins=n_bins,
            labels=labels,
        )
        display = cls(
            curves,
            title=TITLES[kind],
            confidence=confidence,
            n_subjects=resampling.n_subjects,
        )
        return display.plot(ax=ax, **plot_kw)

    def frame(self) -> pd.DataFrame:
        """Return the data of the figure.

        Returns
        -------
        DataFrame
            One row per bin that has beats: class, probability (mean in the bin), share (of beats
            that are of the class), beats, and with subjects low and high, the bounds of share.
        """
        frame = stack_frames(
            (
                curve.label,
                {
                    "probability": curve.prob_pred,
                    "share": curve.prob_true,
                    "beats": curve.count,
                },
                curve.band,
            )
            for curve in self.curves
        )
        return frame[frame["beats"] > 0].reset_index(drop=True)

    def _draw_curve(
        self,
        ax: Axes,
        curve: CalibrationCurve,
        style: dict[str, Any],
        line_kw: Kw | None,
        band_kw: Kw | None,
    ) -> None:
        """Draw the points of one curve: many beats joined, few beats hollow."""
        x, y = curve.prob_pred, curve.prob_true
        many, few = curve.count >= FEW, (curve.count > 0) & (curve.count < FEW)
        self.line_ += ax.plot(x[many], y[many], zorder=3, **merged(style, line_kw, Line2D))
        hollow = style | {"linestyle": "none", "markerfacecolor": "white", "label": None}
        self.few_ += ax.plot(x[few], y[few], zorder=3, **merged(hollow, line_kw, Line2D))
        if curve.band is not None:
            low, high = curve.band
            bounds = (low[many], high[many])
            self.band_.append(draw_band(ax, x[many], bounds, band_kw, color=style["color"]))

    def _finish(self, axes: np.ndarray) -> None:
        """Label the axes and draw the legend."""
        axes[0].set(ylim=(-0.01, 1.01), yticks=np.linspace(0, 1, 6))
        name_axes(axes[0], ylabel="Observed share")
        for axis in axes:
            axis.set(xlim=(-0.01, 1.01), xticks=np.linspace(0, 1, 6))
            axis.grid(alpha=0.25)
        if len(axes) > 1:
            axes[1].set_yscale("log")
            axes[1].set_ylim(bottom=0.7)
            name_axes(axes[1], ylabel="Beats")
        name_axes(axes[-1], xlabel="Predicted probability")
        has_few = any(((c.count > 0) & (c.count < FEW)).any() for c in self.curves)
        few = f"hollow: fewer than {FEW} beats" if has_few else None
        lines = (self.title, interval_title(self.confidence, self.n_subjects), few)
        handles = [*self.line_, self.perfect_]
        legend(axes[-1], title="\n".join(filter(None, lines)) or None, handles=handles)


def _draw_counts(
    ax: Axes, curve: CalibrationCurve, style: dict[str, Any], line_kw: Kw | None
) -> list[Line2D]:
    """Draw the number of beats in the bins of a curve."""
    count = np.asarray(curve.count, dtype=float)
    if not count.any():
        return []
    edges = np.linspace(0, 1, len(count) + 1)
    style = style | {"marker": "", "label": None, "drawstyle": "steps-post"}
    heights = np.where(count > 0, count, 0.5)  # below 1, where an empty bin is not visible
    return ax.plot(edges, np.append(heights, heights[-1]), **merged(style, line_kw, Line2D))


def _legend_text(curve: CalibrationCurve) -> str:
    """Return the class with its error and interval, or the reason why it has no curve."""
    if curve.reason is not None:
        return f"{curve.label} ({curve.reason})"
    return f"{curve.label} ({with_interval('ECE', curve.ece, curve.interval)})"
