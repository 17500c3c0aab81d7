"""Who carries the errors: figures of each subject."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from sklearn.utils import check_consistent_length

from ..metrics._bootstrap import encode_subjects
from ..metrics._counts import encode_labels
from ..predictions import Predictions, as_predictions
from ..utils import ratio
from ._style import COLORS, given_axes, inches, merged

OWNER = "ErrorsBySubjectDisplay"
MOST = 30  # rows on a page
MOST_ERRORS = 0.8  # share of the errors above the line
# column of the figure, its name, marker and face: told apart without colours, too
OVERALL_METRICS = {
    "Se": {"color": COLORS[0], "marker": "o"},
    "+P": {"color": COLORS[3], "marker": "D", "markerfacecolor": "white"},
    "accuracy": {"color": COLORS[0], "marker": "o"},
}
ERRORS = {
    "FN": {"label": "missed (FN)", "facecolor": COLORS[0], "edgecolor": COLORS[0]},
    "FP": {
        "label": "false (FP)",
        "facecolor": "white",
        "edgecolor": COLORS[3],
        "hatch": "/////",
    },
    "errors": {"label": "errors", "facecolor": COLORS[0], "edgecolor": COLORS[0]},
}


class ErrorsBySubjectDisplay:
    """Figures of each subject and its share of the errors, who has most on top.

    A figure over all beats may rest on two people. To the left, Se and +P of a class in each
    subject, with its beats of the class in brackets; to the right its errors, and at the edge the
    share of all errors that it has together with those above it. The dashed line is drawn where
    that share reaches 80 %: what stands above it carries the errors.

    Parameters
    ----------
    counts : DataFrame
        By subject, beats and errors: for a class the columns beats (of the class), TP, FN and
        FP; over all classes beats, TP (right ones) and errors.
    label : object, default=None
        The class. None: all classes.

    Attributes
    ----------
    points_ : dict of str to matplotlib Line2D
        By figure ("Se", "+P" or "accuracy"), its points.
    bars_ : dict of str to matplotlib BarContainer
        By kind of error ("FN" and "FP", or "errors"), its bars.
    text_ : list of matplotlib Text
        The cumulative shares of the errors.
    ax_ : ndarray of matplotlib Axes
        The two panels.
    figure_ : matplotlib Figure
        Figure that holds them.

    See Also
    --------
    skecg.beat_report : The figures over all subjects, with intervals.

    Examples
    --------
    >>> from skecg import ErrorsBySubjectDisplay
    >>> y_true, y_pred = ["V", "V", "N", "V"], ["V", "N", "V", "V"]
    >>> display = ErrorsBySubjectDisplay.from_predictions(y_true, y_pred, ["a", "a", "b", "c"], label="V")
    >>> display.frame()[["subject", "beats", "FN", "FP", "share"]].to_numpy().tolist()
    [['a', 2, 1, 0, 0.5], ['b', 0, 0, 1, 0.5], ['c', 1, 0, 0, 0.0]]
    """

    def __init__(self, counts: pd.DataFrame, *, label: Any = None):
        self.counts = counts
        self.label = label

    def plot(
        self,
        *,
        most: int = MOST,
        ax: Any = None,
        point_kw: Mapping[str, Any] | None = None,
        bar_kw: Mapping[str, Any] | None = None,
        text_kw: Mapping[str, Any] | None = None,
    ) -> "ErrorsBySubjectDisplay":
        """Draw the subjects.

        Parameters
        ----------
        most : int, default=30
            Rows; subjects with fewer errors are drawn together, in a row that says how many
            they are.
        ax : sequence of two matplotlib Axes, default=None
            Axes for the figures and for the errors. None: a new figure.
        point_kw, bar_kw, text_kw : dict, default=None
            Keywords for the points, the bars and the cumulative shares.

        Returns
        -------
        ErrorsBySubjectDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `most` is no positive integer, or there are not two axes.
        """
        if not isinstance(most, int | np.integer) or most < 1:
            raise ValueError(
                f"The 'most' parameter of {OWNER} must be a positive int. Got {most!r}."
            )
        rows = _rows(self.counts, most)
        own = ax is None
        if own:
            _, axes = plt.subplots(
                1,
                2,
                figsize=(5.6, 1.3 + 0.165 * len(rows)),
                sharey=True,
                layout="constrained",
            )
        else:
            axes = given_axes(ax, 2, OWNER)
        self.ax_, self.figure_ = axes, axes[0].figure
        size = 7 if len(rows) > 6 else 8
        self._plot_figures(axes[0], rows, point_kw)
        self._plot_errors(axes[1], rows, bar_kw)
        self._name_rows(axes[0], rows, size)
        self._write_shares(axes[1], rows, {"fontsize": size} | dict(text_kw or {}))
        for axis in axes:
            axis.grid(axis="x", alpha=0.25)
            axis.set_axisbelow(True)
            axis.tick_params(axis="y", length=0, labelleft=axis is axes[0])
            axis.set_ylim(len(rows) - 0.4, -0.6)
            axis.xaxis.label.set_fontsize(np.clip(5 * inches(axis), 6, 10))
            handles, _ = axis.get_legend_handles_labels()
            axis.legend(
                handles=handles,
                loc="lower left",
                bbox_to_anchor=(-0.03, 1.0),
                ncols=len(handles),
                frameon=False,
                fontsize=7 if inches(axis) > 1.5 else 5.5,
                handlelength=1.2,
                handletextpad=0.4,
                columnspacing=0.8,
                borderaxespad=0.2,
            )
        return self

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, groups: Any, *, ax: Any = None, **kwargs: Any
    ) -> "ErrorsBySubjectDisplay":
        """Predict, count and draw.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier, pipeline or search.
        X : array-like of shape (n_beats, n_features)
            Beats.
        y : array-like of shape (n_beats,)
            Reference labels.
        groups : array-like of shape (n_beats,)
            Subject of each beat.
        ax : sequence of two matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        **kwargs : dict
            Passed to `from_predictions`, such as `label`.

        Returns
        -------
        ErrorsBySubjectDisplay
            The display, drawn.
        """
        return cls.from_predictions(y, estimator.predict(X), groups, ax=ax, **kwargs)

    @classmethod
    def from_table(
        cls, table: Predictions | pd.DataFrame, *, ax: Any = None, **kwargs: Any
    ) -> "ErrorsBySubjectDisplay":
        """Count and draw a prediction table.

        Parameters
        ----------
        table : Predictions or DataFrame
            Predictions, as `cross_val_beats` returns them, or their table.
        ax : sequence of two matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        **kwargs : dict
            Passed to `from_predictions`, such as `label`.

        Returns
        -------
        ErrorsBySubjectDisplay
            The display, drawn.
        """
        found = as_predictions(table, OWNER)
        options = {"groups": found.groups, "ax": ax} | kwargs
        return cls.from_predictions(found.y_true, found.y_pred, **options)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_pred: Any,
        groups: Any,
        *,
        label: Any = None,
        ax: Any = None,
        **plot_kw: Any,
    ) -> "ErrorsBySubjectDisplay":
        """Count and draw.

        Parameters
        ----------
        y_true : array-like of shape (n_beats,)
            Reference labels.
        y_pred : array-like of shape (n_beats,)
            Predicted labels.
        groups : array-like of shape (n_beats,)
            Subject of each beat.
        label : object, default=None
            The class, against all others together. None: all classes, and the share of beats
            that are right.
        ax : sequence of two matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        ErrorsBySubjectDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If lengths differ, there are no beats, labels or subjects are missing, or `label` is
            none of the labels.
        """
        order, (true, predicted) = encode_labels({"y_true": y_true, "y_pred": y_pred}, None, OWNER)
        subjects = encode_subjects(groups, OWNER)
        check_consistent_length(true, subjects.codes)
        if label is None:
            masks = {"TP": true == predicted, "errors": true != predicted}
        elif label in order:
            of_class, called = true == order.index(label), predicted == order.index(label)
            masks = {"TP": of_class & called, "FN": of_class & ~called, "FP": ~of_class & called}
        else:
            raise ValueError(
                f"The 'label' parameter of {OWNER} must be one of {order}, or None for all "
                f"classes. Got {label!r} instead."
            )
        sums = subjects.sums(*masks.values()).astype(np.int64)
        counts = pd.DataFrame(sums, columns=list(masks), index=pd.Index(subjects.names))
        counts.insert(0, "beats", counts["TP"] + counts["errors" if label is None else "FN"])
        return cls(counts, label=label).plot(ax=ax, **plot_kw)

    def frame(self) -> pd.DataFrame:
        """Return the data behind the picture, of all subjects.

        Returns
        -------
        DataFrame
            One row a subject, who has most errors first: subject, beats (of the class), TP, FN,
            FP, Se, +P, errors, share (of all errors) and cumulative (share of those up to here).
            Over all classes: subject, beats, TP, errors, accuracy, share and cumulative.
        """
        return _with_figures(_sorted(self.counts)).rename_axis("subject").reset_index()

    def _plot_figures(
        self, ax: Any, rows: pd.DataFrame, point_kw: Mapping[str, Any] | None
    ) -> None:
        """Draw the figures of each subject, joined by a line where there are two."""
        places = np.arange(len(rows))
        names = [name for name in OVERALL_METRICS if name in rows]
        if len(names) > 1:
            low, high = 100 * rows[names].min(axis=1), 100 * rows[names].max(axis=1)
            ax.hlines(places, low, high, color="0.75", linewidth=1.2, zorder=2)
        self.points_ = {}
        for name in names:
            style = {"linestyle": "none", "markersize": 4.5, "zorder": 3, "label": name}
            style |= OVERALL_METRICS[name] | {"clip_on": False}
            (self.points_[name],) = ax.plot(
                100 * rows[name], places, **merged(style, point_kw, Line2D)
            )
        words = "Right beats" if names == ["accuracy"] else " and ".join(names)
        ax.set(xlabel=f"{words} (%)", xlim=(-2, 102))
        ax.set_xticks([0, 25, 50, 75, 100] if inches(ax) > 1.5 else [0, 50, 100])

    def _plot_errors(self, ax: Any, rows: pd.DataFrame, bar_kw: Mapping[str, Any] | None) -> None:
        """Draw the errors of each subject, and where most of them are above."""
        places = np.arange(len(rows))
        left = np.zeros(len(rows), dtype=np.int64)
        self.bars_ = {}
        for kind in ("FN", "FP") if "FN" in rows else ("errors",):
            style = {"height": 0.72, "linewidth": 0.8, "zorder": 2} | ERRORS[kind]
            self.bars_[kind] = ax.barh(
                places, rows[kind], left=left, **merged(style, bar_kw, Rectangle)
            )
            left = left + rows[kind].to_numpy()
        ax.set(xlabel=f"Errors (of {rows['errors'].sum():,})", xlim=(0, left.max() * 1.05 + 1))
        ax.xaxis.set_major_locator(MaxNLocator(4 if inches(ax) > 1.5 else 2, integer=True))
        # rounded as it is written
        n_above = int(np.searchsorted(rows["cumulative"].round(2), MOST_ERRORS - 1e-9)) + 1
        if 0 < rows["errors"].sum() and n_above < len(rows):
            ax.axhline(n_above - 0.5, color="0.3", linewidth=0.9, linestyle="--", zorder=1)

    def _name_rows(self, ax: Any, rows: pd.DataFrame, size: float) -> None:
        """Name the subjects, with their beats."""
        names = [str(name) for name in rows.index]
        # few rows leave no height for a label with the database
        prefix = _common_prefix(names) if len(rows) > 8 else ""
        texts = [
            f"{name.removeprefix(prefix)} ({n:,})"
            for name, n in zip(names, rows["beats"], strict=True)
        ]
        ax.set_yticks(np.arange(len(rows)), texts, fontsize=size)
        of_class = "" if self.label is None else f" of {self.label}"
        where = f" of {prefix.rstrip(':')}" if prefix else ""
        ax.set_ylabel(f"Subject{where} (beats{of_class})", fontsize=9 if len(rows) > 4 else 8)

    def _write_shares(self, ax: Any, rows: pd.DataFrame, text_kw: Mapping[str, Any]) -> None:
        """Write at the right edge which share of the errors stands above."""
        self.text_ = [
            ax.annotate(
                f"{100 * share:.0f} %",
                (1, place),
                xytext=(29, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha="right",
                va="center",
                **text_kw,
            )
            for place, share in enumerate(rows["cumulative"])
        ]
        above = {"xytext": (29, 4), "xycoords": "axes fraction", "textcoords": "offset points"}
        ax.annotate("together", (1, 1), ha="right", va="bottom", **above, **text_kw)


def _sorted(counts: pd.DataFrame) -> pd.DataFrame:
    """Return subjects with their errors, who has most first, then who has most beats."""
    counts = counts.copy()
    if "FN" in counts:
        counts["errors"] = counts["FN"] + counts["FP"]
    return counts.sort_values(["errors", "beats"], ascending=False, kind="stable")


def _with_figures(counts: pd.DataFrame) -> pd.DataFrame:
    """Return figures and shares beside the counts of sorted rows."""
    figures = counts.copy()
    tp = counts["TP"].to_numpy()
    if "FN" in counts:
        figures["Se"] = ratio(tp, tp + counts["FN"].to_numpy())
        figures["+P"] = ratio(tp, tp + counts["FP"].to_numpy())
    else:
        figures["accuracy"] = ratio(tp, counts["beats"].to_numpy())
    total = max(int(counts["errors"].sum()), 1)
    figures["share"] = counts["errors"] / total
    figures["cumulative"] = counts["errors"].cumsum() / total
    return figures


def _rows(counts: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return the rows to draw, the last one for all who have no row."""
    counts = _sorted(counts)
    if len(counts) > most:
        rest = counts.iloc[most - 1 :]
        together = rest.sum().to_frame(f"{len(rest)} others").T.astype(counts.dtypes)
        counts = pd.concat([counts.iloc[: most - 1], together])
    return _with_figures(counts)


def _common_prefix(names: list[str]) -> str:
    """Return the database that all names begin with, as "mitdb:"."""
    named = [name for name in names if not name.endswith(" others")]
    prefix = named[0].partition(":")[0] + ":" if named else ""
    return prefix if named and all(name.startswith(prefix) for name in named) else ""
