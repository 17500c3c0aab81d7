"""Whether the errors are among the beats that a model is least certain of."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from sklearn.utils import check_consistent_length

from ..metrics._counts import align_proba, encode_labels
from ..predictions import Predictions, as_predictions
from ..utils import class_probabilities, ratio
from ._curves import count_by_threshold, representative
from ._intervals import Resampling
from ._style import BAND_ALPHA, COLORS, DASHES, MARKERS, legend, merged, name_axes

OWNER = "RiskCoverageDisplay"
MARKED = 0.05  # share of beats at which the figure is stated


class RiskCoverageDisplay:
    """Share of the errors among the beats that a model is least certain of.

    Who looks at beats again begins with the least certain ones: this says how many of the
    errors are found so. The grey line is that of beats looked at by chance; the curve of a model
    that knows all its errors rises along the axis. With `groups`, the curve has a band, by
    bootstrap over subjects.

    Parameters
    ----------
    share : ndarray of shape (n_points,)
        Shares of the beats, the least certain first, rising from 0 to 1.
    errors : ndarray of shape (n_points,)
        Share of the errors among them; NaN without errors.
    n_errors, n_beats : int
        Numbers of errors and of beats.
    band : (ndarray, ndarray), default=None
        Lowest and highest share of the errors.
    at : float, default=0.05
        The share of beats at which the legend states the errors.
    interval : (float, float), default=None
        Interval of that share of errors.
    name : str, default=None
        Name of the model in the legend.
    interval_words : str, default=None
        What the interval is, for the legend.

    Attributes
    ----------
    line_ : matplotlib Line2D
        The curve.
    band_ : matplotlib PolyCollection or None
        Its band.
    mark_ : matplotlib LineCollection
        Line below the point that the legend states.
    chance_level_ : matplotlib Line2D or None
        The diagonal.
    ax_ : matplotlib Axes
        Axes with the curve.
    figure_ : matplotlib Figure
        Figure that holds it.

    See Also
    --------
    CalibrationDisplay : Whether probabilities are what they say.

    Notes
    -----
    Certainty is the probability of the predicted class. Beats of one certainty lie on a straight
    line, as if looked at in random order. Other names of this picture are the sparsification
    curve and, turned, the accuracy-rejection curve [1]_.

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
    >>> display.errors.tolist()  # the one error is the least certain of four beats
    [0.0, 1.0, 1.0, 1.0, 1.0]
    """

    def __init__(
        self,
        *,
        share: np.ndarray,
        errors: np.ndarray,
        n_errors: int,
        n_beats: int,
        band: tuple[np.ndarray, np.ndarray] | None = None,
        at: float = MARKED,
        interval: tuple[float, float] | None = None,
        name: str | None = None,
        interval_words: str | None = None,
    ):
        self.share = share
        self.errors = errors
        self.n_errors = n_errors
        self.n_beats = n_beats
        self.band = band
        self.at = at
        self.interval = interval
        self.name = name
        self.interval_words = interval_words

    def plot(
        self,
        *,
        ax: Any = None,
        line_kw: Mapping[str, Any] | None = None,
        band_kw: Mapping[str, Any] | None = None,
        plot_chance_level: bool = True,
        chance_level_kw: Mapping[str, Any] | None = None,
    ) -> "RiskCoverageDisplay":
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
        before = [line for line in ax.lines if line.get_gid() == OWNER]
        i = len(before)
        at, color = 100 * self.at, COLORS[i % len(COLORS)]
        x, y = 100 * np.asarray(self.share), 100 * np.asarray(self.errors)
        found = np.interp(at, x, y)
        place = int(np.searchsorted(x, at))
        style = {"color": color, "linewidth": 1.8, "label": self._legend_text(), "zorder": 3}
        style |= {"linestyle": DASHES[i % len(DASHES)], "gid": OWNER}
        style |= {"marker": MARKERS[i % len(MARKERS)], "markevery": [place]}
        with_mark = np.insert(x, place, at), np.insert(y, place, found)
        (self.line_,) = ax.plot(*with_mark, **merged(style, line_kw, Line2D))
        self.mark_ = ax.vlines(
            at, 0, found, color=self.line_.get_color(), linewidth=0.9, linestyle=":", zorder=2.5
        )
        self.band_ = None
        if self.band is not None:
            band = {"color": color, "alpha": BAND_ALPHA, "linewidth": 0.8, "zorder": 2}
            bounds = (100 * np.asarray(bound) for bound in self.band)
            self.band_ = ax.fill_between(x, *bounds, **merged(band, band_kw, PolyCollection))
        self.chance_level_ = None
        if plot_chance_level and not before:  # once, for all models
            style = {"color": "0.6", "linewidth": 1, "zorder": 1, "label": "chance"}
            (self.chance_level_,) = ax.plot(
                (0, 100), (0, 100), **merged(style, chance_level_kw, Line2D)
            )
        name_axes(ax, xlabel="Beats, the least certain first (%)", ylabel="Errors among them (%)")
        ax.set(
            xlim=(0, max([_wide_enough(x, y, at), *(ax.get_xlim()[1] for _ in before)])),
            ylim=(-1, 101),
        )
        ax.grid(alpha=0.25)
        chance = [line for line in ax.lines if line.get_label() == "chance"]
        legend(ax, title=self.interval_words, handles=[*before, self.line_, *chance])
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, *, ax: Any = None, **kwargs: Any
    ) -> "RiskCoverageDisplay":
        """Predict probabilities and draw.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier, pipeline or search with ``predict_proba``.
        X : array-like of shape (n_beats, n_features)
            Beats.
        y : array-like of shape (n_beats,)
            Reference labels.
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        **kwargs : dict
            Passed to `from_predictions`, such as `groups` or `name`.

        Returns
        -------
        RiskCoverageDisplay
            The display, drawn.
        """
        proba = class_probabilities(estimator, X, OWNER)
        options = {"y_pred": estimator.predict(X), "ax": ax} | kwargs
        return cls.from_predictions(y, proba, **options)

    @classmethod
    def from_table(
        cls, table: Predictions | pd.DataFrame, *, ax: Any = None, **kwargs: Any
    ) -> "RiskCoverageDisplay":
        """Draw a prediction table, with an interval over its subjects.

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
        RiskCoverageDisplay
            The display, drawn.
        """
        found = as_predictions(table, OWNER, needs_probabilities=True)
        options = {"y_pred": found.y_pred, "groups": found.groups, "ax": ax} | kwargs
        return cls.from_predictions(found.y_true, found.y_proba, **options)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_proba: Any,
        *,
        y_pred: Any = None,
        at: float = MARKED,
        name: str | None = None,
        labels: Sequence[Any] | None = None,
        groups: Any = None,
        confidence: float = 0.95,
        n_resamples: int = 1000,
        random_state: Any = 0,
        ax: Any = None,
        **plot_kw: Any,
    ) -> "RiskCoverageDisplay":
        """Sort the beats by certainty and draw.

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
            The share of beats at which the legend states the errors.
        name : str, default=None
            Name of the model in the legend.
        labels : sequence, default=None
            Classes; must name all that occur. None: all that occur and those of the columns.
        groups : array-like of shape (n_beats,), default=None
            Subject of each beat, for the band and the interval. None: neither.
        confidence : float, default=0.95
            Level of the interval.
        n_resamples : int, default=1000
            Resamples of the subjects.
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
        if not 0 < at < 1:
            raise ValueError(
                f"The 'at' parameter of {OWNER} must be a share between 0 and 1, such as 0.05. "
                f"Got {at!r} instead."
            )
        targets = {"y_true": y_true} | ({} if y_pred is None else {"y_pred": y_pred})
        known = list(y_proba.columns) if isinstance(y_proba, pd.DataFrame) else []
        order, coded = encode_labels(targets, labels, OWNER, known=known)
        proba = align_proba(y_proba, order, OWNER, given=labels)
        check_consistent_length(coded[0], proba, groups)
        if np.isnan(proba).any():
            raise ValueError(f"'y_proba' of {OWNER} must hold probabilities. Got NaN.")
        predicted = proba.argmax(axis=1) if y_pred is None else coded[1]
        certainty = proba[np.arange(len(proba)), predicted]
        wrong = predicted != coded[0]
        n_wrong, n_right, bins = count_by_threshold(wrong, -certainty)
        here = np.searchsorted(n_wrong + n_right, at * len(wrong))  # the share stated is exact
        keep = np.union1d(representative(n_wrong, n_right), [max(here - 1, 0), here])
        share, errors = _points(n_wrong[keep], n_right[keep])
        resampling = Resampling(groups, confidence, n_resamples, random_state, OWNER)
        band = interval = None
        if resampling and wrong.any():
            places = np.append(share, at)

            def errors_at(sums: np.ndarray) -> np.ndarray:
                curves = zip(*_points(*np.moveaxis(sums.cumsum(axis=1), -1, 0)), strict=True)
                return np.stack([np.interp(places, x, y) for x, y in curves])

            per_subject = resampling.sums(np.searchsorted(keep, bins), len(keep), wrong, ~wrong)
            low, high = resampling.interval(per_subject, errors_at)
            band, interval = (low[:-1], high[:-1]), (float(low[-1]), float(high[-1]))
        return cls(
            share=share,
            errors=errors,
            n_errors=int(wrong.sum()),
            n_beats=len(wrong),
            band=band,
            at=at,
            interval=interval,
            name=name,
            interval_words=resampling.words,
        ).plot(ax=ax, **plot_kw)

    def frame(self) -> pd.DataFrame:
        """Return the data behind the picture.

        Returns
        -------
        DataFrame
            One row a point: share of the beats, share of the errors, and with subjects low and
            high, its bounds.
        """
        data = {"share": self.share, "errors": self.errors}
        if self.band is not None:
            data |= dict(zip(("low", "high"), self.band, strict=True))
        return pd.DataFrame(data)

    def _legend_text(self) -> str:
        """Return the share of errors among the least certain beats."""
        name = f"{self.name}: " if self.name else ""
        if not self.n_errors:
            return f"{name}no errors among {self.n_beats:,} beats"
        found = np.interp(self.at, self.share, self.errors)
        text = f"{name}{100 * found:.0f} % of {self.n_errors:,} errors"
        if self.interval is not None:
            text += " ({:.0f} to {:.0f} %)".format(*(100 * bound for bound in self.interval))
        return f"{text} in {100 * self.at:g} % of beats"


def _wide_enough(x: np.ndarray, y: np.ndarray, at: float) -> float:
    """Return the end of an axis in percent that shows where nearly all errors are."""
    needed = max(2 * at, x[np.searchsorted(y, 99).clip(max=len(x) - 1)])
    return next((end for end in (10.0, 20.0, 50.0) if end >= needed), 100.0)


def _points(n_wrong: np.ndarray, n_right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of beats and share of errors among them, from none on, for cumulated counts."""
    start = np.zeros(n_wrong.shape[:-1] + (1,))
    n_beats = n_wrong + n_right
    share, errors = ratio(n_beats, n_beats[..., -1:]), ratio(n_wrong, n_wrong[..., -1:])
    return np.concatenate([start, share], axis=-1), np.concatenate([start, errors], axis=-1)
