"""Whether probabilities are what they say."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from sklearn.utils import check_consistent_length

from ..metrics._counts import align_proba, encode_labels
from ..metrics._probabilities import N_CALIBRATION_BINS, calibration_error
from ..predictions import Predictions, as_predictions
from ..utils import class_probabilities, ratio
from ._intervals import Resampling
from ._style import BAND_ALPHA, class_markers, class_styles, given_axes, legend, merged, name_axes

OWNER = "CalibrationDisplay"
KINDS = {"one_vs_rest": "One class against the rest", "top_label": "The label predicted"}
TOP_LABEL = "top label"
FEW = 30  # beats, below which a share is hardly known


class CalibrationDisplay:
    """Reliability diagram: of the beats given a probability, which share is of the class.

    On the diagonal, a probability of 0.8 is right in 80 % of cases; below it the model claims
    too much. The lower panel counts the beats behind each point, on a logarithmic axis; points
    of fewer than 30 beats are hollow and not joined. The legend has the expected calibration
    error (ECE): the distance from the diagonal, its mean over the beats. With `groups`, points
    have a band and errors an interval, by bootstrap over subjects.

    Parameters
    ----------
    prob_pred : list of ndarray of shape (n_bins,)
        For each curve the mean probability in each bin, NaN in an empty one.
    prob_true : list of ndarray of shape (n_bins,)
        For each curve the share of beats that are of the class.
    count : list of ndarray of shape (n_bins,)
        For each curve the number of beats in each bin.
    ece : list of float
        Expected calibration error of each curve.
    labels : list
        Classes, or "top label".
    notes : dict, default=None
        By class, why it has no curve, for the legend.
    intervals : list of (float, float), default=None
        Interval of each error.
    bands : list of (ndarray, ndarray) or None, default=None
        For each curve the lowest and highest share in each bin.
    interval_words : str, default=None
        What the intervals are, for the legend.
    title : str, default=None
        What the curves are, for the legend.

    Attributes
    ----------
    line_ : list of matplotlib Line2D
        One a curve, through the points of 30 beats and more.
    few_ : list of matplotlib Line2D
        The hollow points of each curve.
    band_ : list of matplotlib PolyCollection
        One a curve that has a band.
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
    RiskCoverageDisplay : Whether errors are among the uncertain beats.
    sklearn.calibration.CalibrationDisplay : The diagram of two classes.

    Notes
    -----
    Bins have equal widths and hold their upper limits. A bin with beats of one subject has no
    band. The error is the sum over bins of ``|mean probability - share of the class|``, weighted
    by the share of beats [1]_. Of one class against the rest it is small wherever a class is
    rare; of the top label it is the figure that is published and that `skecg.beat_report` states.

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
        *,
        prob_pred: Sequence[np.ndarray],
        prob_true: Sequence[np.ndarray],
        count: Sequence[np.ndarray],
        ece: Sequence[float],
        labels: Sequence[Any],
        notes: Mapping[Any, str] | None = None,
        intervals: Sequence[tuple[float, float]] | None = None,
        bands: Sequence[tuple[np.ndarray, np.ndarray] | None] | None = None,
        interval_words: str | None = None,
        title: str | None = None,
    ):
        self.prob_pred = prob_pred
        self.prob_true = prob_true
        self.count = count
        self.ece = ece
        self.labels = labels
        self.notes = notes
        self.intervals = intervals
        self.bands = bands
        self.interval_words = interval_words
        self.title = title

    def plot(
        self,
        *,
        ax: Any = None,
        line_kw: Mapping[str, Any] | None = None,
        band_kw: Mapping[str, Any] | None = None,
        perfect_kw: Mapping[str, Any] | None = None,
    ) -> "CalibrationDisplay":
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
            _, axes = plt.subplots(
                2,
                1,
                figsize=(4.2, 5.4),
                height_ratios=[3, 1],
                sharex=True,
                layout="constrained",
            )
        else:
            axes = given_axes(ax, min(np.size(ax), 2), OWNER)
        self.ax_, self.figure_ = axes, axes[0].figure
        style = {"color": "0.6", "linewidth": 1, "zorder": 1, "label": "perfect"}
        (self.perfect_,) = axes[0].plot((0, 1), (0, 1), **merged(style, perfect_kw, Line2D))
        self.line_, self.few_, self.band_, self.count_line_ = [], [], [], []
        for i, style in enumerate(self._styles()):
            style |= {"markersize": 4.5, "linewidth": 1.4, "label": self._legend_text(i)}
            count = np.asarray(self.count[i])
            x, y = np.asarray(self.prob_pred[i]), np.asarray(self.prob_true[i])
            many, few = count >= FEW, (count > 0) & (count < FEW)
            self.line_ += axes[0].plot(
                x[many], y[many], zorder=3, **merged(style, line_kw, Line2D)
            )
            hollow = style | {"linestyle": "none", "markerfacecolor": "white", "label": None}
            self.few_ += axes[0].plot(x[few], y[few], zorder=3, **merged(hollow, line_kw, Line2D))
            if self.bands is not None and self.bands[i] is not None:
                low, high = (np.asarray(bound)[many] for bound in self.bands[i])
                band = {"color": style["color"], "alpha": BAND_ALPHA, "linewidth": 0.8}
                band |= {"zorder": 2}
                self.band_.append(
                    axes[0].fill_between(
                        x[many], low, high, **merged(band, band_kw, PolyCollection)
                    )
                )
            if len(axes) > 1:
                self.count_line_ += self._draw_counts(axes[1], i, style, line_kw)
        self._finish(axes)
        return self

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, *, ax: Any = None, **kwargs: Any
    ) -> "CalibrationDisplay":
        """Predict probabilities and draw.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier, pipeline or search with ``predict_proba``.
        X : array-like of shape (n_beats, n_features)
            Beats.
        y : array-like of shape (n_beats,)
            Reference labels.
        ax : matplotlib Axes or sequence of two, default=None
            Axes to draw into. None: a new figure.
        **kwargs : dict
            Passed to `from_predictions`, such as `groups` or `kind`.

        Returns
        -------
        CalibrationDisplay
            The display, drawn.
        """
        return cls.from_predictions(y, class_probabilities(estimator, X, OWNER), ax=ax, **kwargs)

    @classmethod
    def from_table(
        cls, table: Predictions | pd.DataFrame, *, ax: Any = None, **kwargs: Any
    ) -> "CalibrationDisplay":
        """Draw a prediction table, with intervals over its subjects.

        Parameters
        ----------
        table : Predictions or DataFrame
            Predictions, as `cross_val_beats` returns them, or their table.
        ax : matplotlib Axes or sequence of two, default=None
            Axes to draw into. None: a new figure.
        **kwargs : dict
            Passed to `from_predictions`.

        Returns
        -------
        CalibrationDisplay
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
        kind: str = "one_vs_rest",
        n_bins: int = N_CALIBRATION_BINS,
        labels: Sequence[Any] | None = None,
        groups: Any = None,
        confidence: float = 0.95,
        n_resamples: int = 1000,
        random_state: Any = 0,
        ax: Any = None,
        **plot_kw: Any,
    ) -> "CalibrationDisplay":
        """Count and draw.

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
            Bins of equal width between 0 and 1.
        labels : sequence, default=None
            Classes and their order; must name all of `y_true`. None: those of `y_true` and of
            the columns, the AAMI classes N, S, V, F, Q first.
        groups : array-like of shape (n_beats,), default=None
            Subject of each beat, for bands and intervals. None: neither.
        confidence : float, default=0.95
            Level of the intervals.
        n_resamples : int, default=1000
            Resamples of the subjects.
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
            the legend says so.

        Raises
        ------
        ValueError
            If `kind` or `n_bins` is out of range, lengths differ, there are no beats, labels or
            subjects are missing, or `y_proba` does not fit or leaves the range from 0 to 1.
        """
        if kind not in KINDS:
            raise ValueError(
                f"The 'kind' parameter of {OWNER} must be one of {list(KINDS)}. "
                f"Got {kind!r} instead."
            )
        if not isinstance(n_bins, int | np.integer) or n_bins < 1:
            raise ValueError(
                f"The 'n_bins' parameter of {OWNER} must be a positive int. Got {n_bins!r}."
            )
        known = list(y_proba.columns) if isinstance(y_proba, pd.DataFrame) else []
        targets = {"y_true": y_true} | ({} if y_pred is None else {"y_pred": y_pred})
        order, (true, *coded) = encode_labels(targets, labels, OWNER, known=known)
        proba = align_proba(y_proba, order, OWNER, given=labels)
        check_consistent_length(true, proba, groups)
        if not ((proba >= 0) & (proba <= 1)).all():  # NaN is neither
            raise ValueError(
                f"'y_proba' of {OWNER} must hold probabilities between 0 and 1. "
                f"Got values from {np.nanmin(proba)} to {np.nanmax(proba)}, or NaN."
            )
        resampling = Resampling(groups, confidence, n_resamples, random_state, OWNER)
        if kind == "top_label":
            top = coded[0] if coded else proba.argmax(axis=1)
            pairs = {TOP_LABEL: (true == top, proba[np.arange(len(true)), top])}
        else:
            pairs = {label: (true == i, proba[:, i]) for i, label in enumerate(order)}
        notes = {}
        for label, (right, _) in pairs.items():
            if kind == "one_vs_rest" and not right.any():
                notes[label] = "no beats"
            elif known and label not in [*known, TOP_LABEL]:
                notes[label] = "unknown to the model"
        curves = [
            _empty_curve(n_bins) if label in notes else _curve(*pair, n_bins, resampling)
            for label, pair in pairs.items()
        ]
        pred, share, count, ece, intervals, bands = map(list, zip(*curves, strict=True))
        return cls(
            prob_pred=pred,
            prob_true=share,
            count=count,
            ece=ece,
            labels=list(pairs),
            notes=notes,
            intervals=intervals,
            bands=bands,
            interval_words=resampling.words,
            title=KINDS[kind],
        ).plot(ax=ax, **plot_kw)

    def frame(self) -> pd.DataFrame:
        """Return the data behind the picture.

        Returns
        -------
        DataFrame
            One row a bin that has beats: class, probability (mean in the bin), share (of beats
            that are of the class), beats, and with subjects low and high, the bounds of share.
        """
        parts = []
        for i, label in enumerate(self.labels):
            values = {"probability": self.prob_pred[i], "share": self.prob_true[i]}
            values |= {"beats": self.count[i]}
            if self.bands is not None and self.bands[i] is not None:
                values |= dict(zip(("low", "high"), self.bands[i], strict=True))
            part = pd.DataFrame({"class": label} | values)
            parts.append(part[part["beats"] > 0])
        return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)

    def _styles(self) -> list[dict[str, Any]]:
        """Colour, dashes and marker of each curve."""
        return [
            style | marker
            for style, marker in zip(
                class_styles(self.labels), class_markers(self.labels), strict=True
            )
        ]

    def _draw_counts(
        self, ax: Any, i: int, style: dict[str, Any], line_kw: Mapping[str, Any] | None
    ) -> list[Line2D]:
        """Draw how many beats are in the bins of a curve."""
        count = np.asarray(self.count[i], dtype=float)
        if not count.any():
            return []
        edges = np.linspace(0, 1, len(count) + 1)
        style = style | {"marker": "", "label": None, "drawstyle": "steps-post"}
        heights = np.where(count > 0, count, 0.5)  # below 1, where no bin with beats is
        return ax.plot(edges, np.append(heights, heights[-1]), **merged(style, line_kw, Line2D))

    def _finish(self, axes: np.ndarray) -> None:
        """Name the axes and say what the curves are."""
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
        few = f"hollow: fewer than {FEW} beats"
        few = few if any(len(line.get_xdata()) for line in self.few_) else None
        words = [text for text in (self.title, self.interval_words, few) if text]
        handles = [*self.line_, self.perfect_]
        legend(axes[-1], title="\n".join(words) or None, handles=handles)

    def _legend_text(self, i: int) -> str:
        """Return the class with its error and interval, or why it has none."""
        label = self.labels[i]
        if self.notes and label in self.notes:
            return f"{label} ({self.notes[label]})"
        text = f"{label} (ECE {self.ece[i]:.3f}"
        if self.intervals is not None and not np.isnan(self.intervals[i]).any():
            text += ", {:.3f} to {:.3f}".format(*self.intervals[i])
        return f"{text})"


def _curve(
    right: np.ndarray, proba: np.ndarray, n_bins: int, resampling: Resampling
) -> tuple[Any, ...]:
    """Mean probability, share, count, error, its interval and the band of the share."""
    bins = np.ceil(proba * n_bins).astype(np.intp).clip(1) - 1
    sums = [np.bincount(bins, v, minlength=n_bins) for v in (np.ones_like(proba), proba, right)]
    figures = _error_and_share(np.stack(sums, axis=-1)[np.newaxis])[0]
    count = sums[0].astype(np.int64)
    interval, band = (np.nan, np.nan), None
    if resampling:
        per_subject = resampling.sums(bins, n_bins, np.ones_like(proba), proba, right)
        low, high = resampling.interval(per_subject, _error_and_share)
        of_one = (per_subject[..., 0] > 0).sum(axis=0) < 2  # nobody else to draw
        low[1:][of_one] = high[1:][of_one] = np.nan
        interval, band = (float(low[0]), float(high[0])), (low[1:], high[1:])
    return ratio(sums[1], sums[0]), figures[1:], count, float(figures[0]), interval, band


def _error_and_share(sums: np.ndarray) -> np.ndarray:
    """Return the error, then the share in each bin, of sums (n_resamples, n_bins, 3)."""
    count, proba, right = np.moveaxis(sums, -1, 0)
    error = calibration_error(proba - right, count.sum(axis=-1))
    return np.column_stack([error, ratio(right, count)])


def _empty_curve(n_bins: int) -> tuple[Any, ...]:
    """Return what stands for a class that has no curve."""
    nothing = np.full(n_bins, np.nan)
    return nothing, nothing, np.zeros(n_bins, dtype=np.int64), np.nan, (np.nan, np.nan), None
