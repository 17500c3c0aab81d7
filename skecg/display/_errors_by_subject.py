"""Errors and metrics of each subject."""

from collections.abc import Mapping
from typing import Any, Self

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from ..metrics._subject_errors import SUBJECT_METRICS, count_errors, rank_subjects
from ..predictions import Predictions, as_predictions
from ..utils import COUNT, Classifier, Label, check_value
from ._style import COLORS, AxesLike, Kw, given_axes, inches, merged

OWNER = "ErrorsBySubjectDisplay"
MOST_ERRORS = 0.8  # share of the errors above the line
# colour, marker and face of each metric: distinct without colours, too
POINTS: dict[str, dict[str, Any]] = {
    "Se": {"color": COLORS[0], "marker": "o"},
    "+P": {"color": COLORS[3], "marker": "D", "markerfacecolor": "white"},
    "accuracy": {"color": COLORS[0], "marker": "o"},
}
BARS: dict[str, dict[str, Any]] = {
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
    """Metrics of each subject and its share of the errors, most errors first.

    A metric over all beats may depend on two people. Left: Se and +P of a class in each subject,
    with its beats of the class in brackets. Right: its errors, and at the edge the cumulative
    share of all errors. Above the dashed line are 80 % of the errors.

    Parameters
    ----------
    counts : DataFrame
        By subject, beats and errors: for a class the columns beats (of the class), TP, FN and
        FP; over all classes beats, TP (correct ones) and errors.
    label : label, default=None
        The class. None: all classes.

    Attributes
    ----------
    points_ : dict of str to matplotlib Line2D
        By metric ("Se", "+P" or "accuracy"), its points.
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
    skecg.beat_report : The metrics over all subjects, with intervals.

    Examples
    --------
    >>> from skecg import ErrorsBySubjectDisplay
    >>> y_true, y_pred, groups = ["V", "V", "N", "V"], ["V", "N", "V", "V"], list("aabc")
    >>> display = ErrorsBySubjectDisplay.from_predictions(y_true, y_pred, groups, label="V")
    >>> display.frame()[["subject", "beats", "FN", "FP", "share"]].to_numpy().tolist()
    [['a', 2, 1, 0, 0.5], ['b', 0, 0, 1, 0.5], ['c', 1, 0, 0, 0.0]]
    """

    def __init__(self, counts: pd.DataFrame, *, label: Label | None = None):
        self.counts = counts
        self.label = label

    def plot(
        self,
        *,
        most: int = 30,
        ax: AxesLike | None = None,
        point_kw: Kw | None = None,
        bar_kw: Kw | None = None,
        text_kw: Kw | None = None,
    ) -> Self:
        """Draw the subjects.

        Parameters
        ----------
        most : int, default=30
            Number of rows; subjects with fewer errors share the last row, which gives their
            number.
        ax : sequence of two matplotlib Axes, default=None
            Axes for the metrics and for the errors. None: a new figure.
        point_kw, bar_kw, text_kw : dict, default=None
            Keywords for the points, the bars and the cumulative shares.

        Returns
        -------
        ErrorsBySubjectDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `most` is not a positive integer, or there are not two axes.
        """
        check_value(most, COUNT, "most", OWNER)
        rows = rank_subjects(self.counts, most)
        if ax is None:
            _, ax = plt.subplots(
                1,
                2,
                figsize=(5.6, 1.3 + 0.165 * len(rows)),
                sharey=True,
                layout="constrained",
            )
        axes = given_axes(ax, 2, OWNER)
        self.ax_, self.figure_ = axes, axes[0].figure
        size = 7 if len(rows) > 6 else 8
        self._plot_metrics(axes[0], rows, point_kw)
        self._plot_errors(axes[1], rows, bar_kw)
        self._name_rows(axes[0], rows, size)
        self._write_shares(axes[1], rows, size, text_kw)
        drawn: tuple[Mapping[str, Any], ...] = (self.points_, self.bars_)
        for axis, artists in zip(axes, drawn, strict=True):
            axis.grid(axis="x", alpha=0.25)
            axis.set_axisbelow(True)
            axis.tick_params(axis="y", length=0, labelleft=axis is axes[0])
            axis.set_ylim(len(rows) - 0.4, -0.6)
            axis.xaxis.label.set_fontsize(np.clip(5 * inches(axis), 6, 10))
            handles = list(artists.values())
            width = inches(axis)
            axis.legend(
                handles=handles,
                # a narrow panel has space for the abbreviations only
                labels=list(artists) if width < 1.8 else [one.get_label() for one in handles],
                loc="lower left",
                bbox_to_anchor=(-0.03, 1.0),
                ncols=len(handles),
                frameon=False,
                fontsize=6 if width < 1.5 else 7,
                handlelength=1.2,
                handletextpad=0.4,
                columnspacing=0.8,
                borderaxespad=0.2,
            )
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: Classifier,
        X: ArrayLike,
        y: ArrayLike,
        groups: ArrayLike,
        *,
        ax: AxesLike | None = None,
        **kwargs: Any,
    ) -> Self:
        """Predict, count and draw.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier, pipeline or search.
        X : array-like of shape (n_beats, n_features)
            Rows of beats.
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
        cls, table: Predictions | pd.DataFrame, *, ax: AxesLike | None = None, **kwargs: Any
    ) -> Self:
        """Count and draw predictions.

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
        y_true: ArrayLike,
        y_pred: ArrayLike,
        groups: ArrayLike,
        *,
        label: Label | None = None,
        ax: AxesLike | None = None,
        **plot_kw: Any,
    ) -> Self:
        """Count and draw.

        Parameters
        ----------
        y_true : array-like of shape (n_beats,)
            Reference labels.
        y_pred : array-like of shape (n_beats,)
            Predicted labels.
        groups : array-like of shape (n_beats,)
            Subject of each beat.
        label : label, default=None
            The class, against all others together. None: all classes, and the share of correct
            beats.
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
            not one of the labels.
        """
        counts = count_errors(y_true, y_pred, groups, OWNER, label=label)
        return cls(counts, label=label).plot(ax=ax, **plot_kw)

    def frame(self) -> pd.DataFrame:
        """Return the data of the figure, of all subjects.

        Returns
        -------
        DataFrame
            One row per subject, most errors first: subject, beats (of the class), TP, FN, FP,
            errors, Se, +P, share (of all errors) and cumulative (share up to this row). Over all
            classes: subject, beats, TP, errors, accuracy, share and cumulative.
        """
        return rank_subjects(self.counts).rename_axis("subject").reset_index()

    def _plot_metrics(self, ax: Axes, rows: pd.DataFrame, point_kw: Kw | None) -> None:
        """Draw the metrics of each subject, joined by a line where there are two."""
        places = np.arange(len(rows))
        names = ["accuracy"] if self.label is None else list(SUBJECT_METRICS)
        if len(names) > 1:
            low, high = 100 * rows[names].min(axis=1), 100 * rows[names].max(axis=1)
            ax.hlines(places, low, high, color="0.75", linewidth=1.2, zorder=2)
        self.points_: dict[str, Line2D] = {}
        for name in names:
            style = {"linestyle": "none", "markersize": 4.5, "zorder": 3, "label": name}
            style |= POINTS[name] | {"clip_on": False}
            (self.points_[name],) = ax.plot(
                100 * rows[name], places, **merged(style, point_kw, Line2D)
            )
        label = "Accuracy" if self.label is None else " and ".join(names)
        ax.set(xlabel=f"{label} (%)", xlim=(-2, 102))
        ax.set_xticks([0, 25, 50, 75, 100] if inches(ax) > 1.5 else [0, 50, 100])

    def _plot_errors(self, ax: Axes, rows: pd.DataFrame, bar_kw: Kw | None) -> None:
        """Draw the errors of each subject, and a line below most of them."""
        places = np.arange(len(rows))
        left = np.zeros(len(rows), dtype=np.int64)
        self.bars_: dict[str, BarContainer] = {}
        for kind in ("errors",) if self.label is None else ("FN", "FP"):
            style = {"height": 0.72, "linewidth": 0.8, "zorder": 2} | BARS[kind]
            self.bars_[kind] = ax.barh(
                places, rows[kind], left=left, **merged(style, bar_kw, Rectangle)
            )
            left = left + rows[kind].to_numpy()
        n_errors = int(rows["errors"].sum())
        ax.set(xlabel=f"Errors (of {n_errors:,})", xlim=(0, left.max() * 1.05 + 1))
        ax.xaxis.set_major_locator(MaxNLocator(4 if inches(ax) > 1.5 else 2, integer=True))
        # rounded as it is written
        n_above = int(np.searchsorted(rows["cumulative"].round(2), MOST_ERRORS - 1e-9)) + 1
        if n_errors and n_above < len(rows):
            ax.axhline(n_above - 0.5, color="0.3", linewidth=0.9, linestyle="--", zorder=1)

    def _name_rows(self, ax: Axes, rows: pd.DataFrame, size: float) -> None:
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
        subject = f"Subject of {prefix.rstrip(':')}" if prefix else "Subject"
        if prefix == "simulated:":
            subject = "Simulated subject"
        ax.set_ylabel(f"{subject} (beats{of_class})", fontsize=9 if len(rows) > 4 else 8)

    def _write_shares(self, ax: Axes, rows: pd.DataFrame, size: float, text_kw: Kw | None) -> None:
        """Write the cumulative share of the errors at the right edge."""
        self.text_ = [
            ax.annotate(
                f"{100 * share:.0f} %",
                (1, place),
                xytext=(29, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha="right",
                va="center",
                **{"fontsize": size, **(text_kw or {})},
            )
            for place, share in enumerate(rows["cumulative"])
        ]
        ax.annotate(
            "cumulative",
            (1, 1),
            xytext=(29, 4),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            va="bottom",
            **{"fontsize": 6.5, **(text_kw or {})},
        )


def _common_prefix(names: list[str]) -> str:
    """Return the database with which all names begin, as "mitdb:"."""
    named = [name for name in names if not name.endswith(" others")]
    prefix = named[0].partition(":")[0] + ":" if named else ""
    return prefix if named and all(name.startswith(prefix) for name in named) else ""
