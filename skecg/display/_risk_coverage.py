"""Share of the errors among the beats whose prediction is least certain."""

from collections.abc import Sequence
from typing import Any, Self

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from ..metrics._risk_coverage import RiskCoverageCurve, risk_coverage_curve
from ..metrics._subject_resampling import SubjectResampling
from ..utils import Classifier, Label, RandomState, class_probabilities
from ._probability_display import ProbabilityDisplay
from ._style import (
    COLORS,
    DASHES,
    MARKERS,
    Kw,
    draw_band,
    interval_title,
    legend,
    merged,
    name_axes,
)

OWNER = "RiskCoverageDisplay"


class RiskCoverageDisplay(ProbabilityDisplay):
    """Share of the errors found when beats are reviewed, the least certain first.

    The grey line is a review in random order; the curve of a model that is uncertain of all its
    errors rises along the axis. With `groups`, the curve has a band, by bootstrap over subjects.

    Parameters
    ----------
    curve : RiskCoverageCurve
        Shares of the beats `share` and of the errors among them `errors`; the share of beats
        `at` for which the legend gives the errors; the numbers of errors and beats; the interval
        and the band where they are known. `from_predictions` computes it.
    name : str, default=None
        Name of the model in the legend.
    confidence : float, default=0.95
        Level of interval and band, for the legend.
    n_subjects : int, default=None
        Number of subjects, for the legend. None: there is no interval.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The curve.
    band_ : matplotlib PolyCollection or None
        Its band.
    mark_ : matplotlib LineCollection
        Line below the point that the legend gives.
    chance_level_ : matplotlib Line2D or None
        The diagonal.
    ax_ : matplotlib Axes
        Axes with the curve.
    figure_ : matplotlib Figure
        Figure that holds it.

    See Also
    --------
    CalibrationDisplay : Observed share of a class over its predicted probability.

    Notes
    -----
    Certainty is the probability of the predicted class. Beats of equal certainty are on a
    straight line, as if reviewed in random order. Other names of this figure are the
    sparsification curve and, turned, the accuracy-rejection curve [1]_.

    References
    ----------
    .. [1] M. S. A. Nadeem, J.-D. Zucker, B. Hanczar, "Accuracy-Rejection Curves (ARCs) for
       Comparing Classification Methods with a Reject Option", MLSB 2009, PMLR 8:65-81.

    Examples
    --------
    >>> import pandas as pd
    >>> from skecg import RiskCoverageDisplay
    >>> proba = pd.DataFrame({"N": [0.9, 0.8, 0.6, 0.7], "V": [0.1, 0.2, 0.4, 0.3]})
    >>> display = RiskCoverageDisplay.from_predictions(["N", "N", "V", "N"], proba)
    >>> display.curve.errors.tolist()  # the one error is the least certain of four beats
    [0.0, 1.0, 1.0, 1.0, 1.0]
    """

    def __init__(
        self,
        curve: RiskCoverageCurve,
        *,
        name: str | None = None,
        confidence: float = 0.95,
        n_subjects: int | None = None,
    ):
        self.curve = curve
        self.name = name
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
        """Draw the curve.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw into, such as those of another model. None: a new figure.
        line_kw, band_kw : dict, default=None
            Keywords for the curve and its band.
        plot_chance_level : bool, default=True
            Whether to draw the diagonal.
        chance_level_kw : dict, default=None
            Keywords for the diagonal.

        Returns
        -------
        RiskCoverageDisplay
            The display itself.
        """
        if ax is None:
            _, ax = plt.subplots(figsize=(4.2, 3.9), layout="constrained")
        before = [line for line in ax.lines if line.get_gid() == OWNER]  # of other models
        i = len(before)
        curve, at, found = self.curve, 100 * self.curve.at, 100 * self.curve.found
        x, y = 100 * curve.share, 100 * curve.errors
        place = int(np.searchsorted(x, at))
        color = COLORS[i % len(COLORS)]
        style = {"color": color, "linewidth": 1.8, "label": self._legend_text(), "zorder": 3}
        style |= {"linestyle": DASHES[i % len(DASHES)], "gid": OWNER}
        style |= {"marker": MARKERS[i % len(MARKERS)], "markevery": [place]}
        with_mark = np.insert(x, place, at), np.insert(y, place, found)
        (self.line_,) = ax.plot(*with_mark, **merged(style, line_kw, Line2D))
        self.mark_ = ax.vlines(
            at, 0, found, color=self.line_.get_color(), linewidth=0.9, linestyle=":", zorder=2.5
        )
        self.band_ = None
        if curve.band is not None:
            low, high = curve.band
            self.band_ = draw_band(ax, x, (100 * low, 100 * high), band_kw, color=color)
        self.chance_level_ = None
        if plot_chance_level and not before:  # once, for all models
            style = {"color": "0.6", "linewidth": 1, "zorder": 1, "label": "chance"}
            (self.chance_level_,) = ax.plot(
                (0, 100), (0, 100), **merged(style, chance_level_kw, Line2D)
            )
        name_axes(ax, xlabel="Beats reviewed, least certain first (%)", ylabel="Errors found (%)")
        ax.set(
            xlim=(0, max([_wide_enough(x, y, at), *(ax.get_xlim()[1] for _ in before)])),
            ylim=(-1, 101),
        )
        ax.grid(alpha=0.25)
        chance = [line for line in ax.lines if line.get_label() == "chance"]
        title = interval_title(self.confidence, self.n_subjects)
        legend(ax, title=title, handles=[*before, self.line_, *chance])
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_proba: pd.DataFrame | ArrayLike,
        *,
        y_pred: ArrayLike | None = None,
        at: float = 0.05,
        name: str | None = None,
        labels: Sequence[Label] | None = None,
        groups: ArrayLike | None = None,
        confidence: float = 0.95,
        n_resamples: int = 1000,
        random_state: RandomState = 0,
        ax: Axes | None = None,
        **plot_kw: Any,
    ) -> Self:
        """Sort the beats by certainty, count errors and draw.

        Parameters
        ----------
        y_true : array-like of shape (n_beats,)
            Reference labels.
        y_proba : DataFrame or array-like of shape (n_beats, n_classes)
            Probability of each class. The columns of a DataFrame are named by the classes; those
            of an array are the sorted labels, as in ``classes_``.
        y_pred : array-like of shape (n_beats,), default=None
            Predicted labels. None: the most probable ones.
        at : float, default=0.05
            Share of beats for which the legend gives the share of errors.
        name : str, default=None
            Name of the model in the legend.
        labels : sequence, default=None
            Classes; must name all that occur. None: all that occur and those of the columns.
        groups : array-like of shape (n_beats,), default=None
            Subject of each beat, for the band and the interval. None: neither.
        confidence : float, default=0.95
            Level of the interval.
        n_resamples : int, default=1000
            Number of resamples of the subjects.
        random_state : int, RandomState instance or None, default=0
            Seed of the resampling.
        ax : matplotlib Axes, default=None
            Axes to draw into, such as those of another model. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        RiskCoverageDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If `at` is out of range, lengths differ, there are no beats, labels or subjects are
            missing, or `y_proba` does not fit or has NaN.
        """
        resampling = SubjectResampling(groups, confidence, n_resamples, random_state, OWNER)
        curve = risk_coverage_curve(
            y_true, y_proba, resampling, OWNER, y_pred=y_pred, at=at, labels=labels
        )
        display = cls(curve, name=name, confidence=confidence, n_subjects=resampling.n_subjects)
        return display.plot(ax=ax, **plot_kw)

    def frame(self) -> pd.DataFrame:
        """Return the data of the figure.

        Returns
        -------
        DataFrame
            One row per point: share of the beats, share of the errors, and with subjects low and
            high, its bounds.
        """
        data = {"share": self.curve.share, "errors": self.curve.errors}
        if self.curve.band is not None:
            data |= dict(zip(("low", "high"), self.curve.band, strict=True))
        return pd.DataFrame(data)

    @classmethod
    def _predict(cls, estimator: Classifier, X: ArrayLike) -> dict[str, Any]:
        """Return probabilities and labels of a model."""
        return {
            "y_proba": class_probabilities(estimator, X, OWNER),
            "y_pred": estimator.predict(X),
        }

    def _legend_text(self) -> str:
        """Return the share of errors among the least certain beats."""
        curve = self.curve
        name = f"{self.name}: " if self.name else ""
        if not curve.n_errors:
            return f"{name}no errors among {curve.n_beats:,} beats"
        text = f"{name}{100 * curve.found:.0f} % of {curve.n_errors:,} errors"
        if curve.interval is not None:
            text += " ({:.0f} to {:.0f} %)".format(*(100 * bound for bound in curve.interval))
        return f"{text} in {100 * curve.at:g} % of beats"


def _wide_enough(x: NDArray, y: NDArray, at: float) -> float:
    """Return the end of an axis in percent that shows nearly all errors."""
    needed = max(2 * at, x[np.searchsorted(y, 99).clip(max=len(x) - 1)])
    return next((end for end in (10.0, 20.0, 50.0) if end >= needed), 100.0)
