"""Confusion matrix as a heatmap."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.ticker import StrMethodFormatter
from sklearn import metrics

from ..metrics._counts import count_pairs, encode_labels
from ..predictions import Predictions, as_predictions
from ..utils import ratio
from ._heatmap import cell_names, draw_cells, own_axes

OWNER = "ConfusionMatrixDisplay"
# normalize: axis of the sum that is 100 %, and its name on the colour bar
SHARES = {
    "true": (1, "% of the reference class"),
    "pred": (0, "% of the predicted class"),
    "all": (None, "% of all beats"),
}


class ConfusionMatrixDisplay(metrics.ConfusionMatrixDisplay):
    """Confusion matrix with counts and percentages, as a seaborn heatmap.

    scikit-learn's display with the classes in AAMI order, "Reference" and "Predicted" beside
    them, and in each cell the number of beats over its share of the row, which is the colour
    too: on beats that are mostly normal, colours of bare counts show one cell only. A row
    without beats holds "-". Cells are squares in a figure of its own, and fill given axes.

    Parameters
    ----------
    confusion_matrix : ndarray of shape (n_classes, n_classes)
        Numbers of beats, rows reference, columns predicted; `BeatReport.counts` as an array.
    display_labels : array-like of shape (n_classes,), default=None
        Names of the classes. None: 0 to ``n_classes - 1``.

    Attributes
    ----------
    im_ : matplotlib QuadMesh
        The coloured cells.
    text_ : ndarray of shape (n_classes, n_classes) of matplotlib Text, or None
        What the cells say. None if `include_values` is false.
    ax_ : matplotlib Axes
        Axes with the heatmap.
    figure_ : matplotlib Figure
        Figure that holds it.

    See Also
    --------
    skecg.beat_report : The figures that go with it.

    Examples
    --------
    >>> from skecg import ConfusionMatrixDisplay
    >>> y_true, y_pred = ["N", "N", "N", "V"], ["N", "N", "V", "V"]
    >>> display = ConfusionMatrixDisplay.from_predictions(y_true, y_pred)
    >>> display.text_[0, 1].get_text().split(maxsplit=1)
    ['1', '33.3 %']
    """

    def plot(
        self,
        *,
        normalize: str | None = "true",
        include_values: bool = True,
        cmap: Any = "Blues",
        xticks_rotation: Any = "horizontal",
        values_format: str | None = None,
        ax: Any = None,
        colorbar: bool = True,
        im_kw: dict[str, Any] | None = None,
        text_kw: dict[str, Any] | None = None,
    ) -> "ConfusionMatrixDisplay":
        """Draw the matrix.

        Parameters
        ----------
        normalize : {"true", "pred", "all"} or None, default="true"
            What is 100 %: the reference class (rows, so that the diagonal is Se), the predicted
            class (columns: +P) or all beats. None: counts alone, their colours on a logarithmic
            scale, since on a linear one all but the normal beats would be white.
        include_values : bool, default=True
            Whether cells say their numbers.
        cmap : str or matplotlib Colormap, default="Blues"
            Colours from 0 to 100 %, or of the counts.
        xticks_rotation : {"vertical", "horizontal"} or float, default="horizontal"
            Rotation of the class names below.
        values_format : str, default=None
            Format of the counts. None: whole numbers with commas.
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        colorbar : bool, default=True
            Whether to draw the scale of the colours.
        im_kw, text_kw : dict, default=None
            Keywords for ``seaborn.heatmap`` and for the text of the cells.

        Returns
        -------
        ConfusionMatrixDisplay
            The display itself.
        """
        counts, percent = self._counts_and_percent(normalize)
        own = ax is None
        if own:
            ax = own_axes(len(counts), colorbar)
        if percent is None:
            texts = [[_count_text(count, values_format) for count in row] for row in counts]
            values = np.maximum(counts, 0.5)  # an empty cell has no logarithm
            colors = {"norm": LogNorm(1, max(counts.max(), 10))}
        else:
            texts = [
                [_cell_text(c, p, values_format) for c, p in zip(*row, strict=True)]
                for row in zip(counts, percent, strict=True)
            ]
            values, colors = np.nan_to_num(percent), {"vmin": 0, "vmax": 100}
        self.im_, self.text_ = draw_cells(
            ax,
            values,
            texts,
            self._names(),
            colors={"cmap": cmap} | colors,
            colorbar=colorbar,
            colorbar_kw={"label": SHARES[normalize][1]}
            if normalize
            else {"label": "Beats", "format": StrMethodFormatter("{x:,.0f}")},
            include_values=include_values,
            xticks_rotation=xticks_rotation,
            square=own,
            im_kw=im_kw,
            text_kw=text_kw,
        )
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        labels: Sequence[Any] | None = None,
        display_labels: Sequence[Any] | None = None,
        ax: Any = None,
        **plot_kw: Any,
    ) -> "ConfusionMatrixDisplay":
        """Predict, count and draw.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier, pipeline or search.
        X : array-like of shape (n_beats, n_features)
            Beats.
        y : array-like of shape (n_beats,)
            Reference labels.
        labels : sequence, default=None
            Classes and their order; must name all that occur. None: all that occur, the AAMI
            classes N, S, V, F, Q first.
        display_labels : sequence, default=None
            Names shown in place of `labels`, in their order.
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        ConfusionMatrixDisplay
            The display, drawn.
        """
        return cls.from_predictions(
            y, estimator.predict(X), labels=labels, display_labels=display_labels, ax=ax, **plot_kw
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_pred: Any,
        *,
        labels: Sequence[Any] | None = None,
        display_labels: Sequence[Any] | None = None,
        ax: Any = None,
        **plot_kw: Any,
    ) -> "ConfusionMatrixDisplay":
        """Count and draw.

        Parameters
        ----------
        y_true : array-like of shape (n_beats,)
            Reference labels.
        y_pred : array-like of shape (n_beats,)
            Predicted labels.
        labels : sequence, default=None
            Classes and their order; must name all that occur. None: all that occur, the AAMI
            classes N, S, V, F, Q first.
        display_labels : sequence, default=None
            Names shown in place of `labels`, in their order.
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        ConfusionMatrixDisplay
            The display, drawn.
        """
        order, (true, predicted) = encode_labels(
            {"y_true": y_true, "y_pred": y_pred}, labels, cls.__name__
        )
        matrix = count_pairs(true, predicted, len(order))
        names = order if display_labels is None else display_labels
        return cls(matrix, display_labels=np.asarray(names)).plot(ax=ax, **plot_kw)

    @classmethod
    def from_table(
        cls, table: Predictions | pd.DataFrame, *, ax: Any = None, **kwargs: Any
    ) -> "ConfusionMatrixDisplay":
        """Count and draw a prediction table.

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
        ConfusionMatrixDisplay
            The display, drawn.
        """
        found = as_predictions(table, cls.__name__)
        return cls.from_predictions(found.y_true, found.y_pred, ax=ax, **kwargs)

    def frame(self, normalize: str | None = "true") -> pd.DataFrame:
        """Return the data behind the picture.

        Parameters
        ----------
        normalize : {"true", "pred", "all"} or None, default="true"
            What is 100 %, as in `plot`.

        Returns
        -------
        DataFrame
            One row a cell: reference, predicted, count and, unless `normalize` is None, percent,
            NaN where there are no beats.
        """
        counts, percent = self._counts_and_percent(normalize)
        names = self._names()
        cells = pd.MultiIndex.from_product([names, names], names=["reference", "predicted"])
        values = {"count": counts.ravel()}
        if percent is not None:
            values["percent"] = percent.ravel()
        return pd.DataFrame(values, index=cells).reset_index()

    def _names(self) -> list:
        """Return the names of the classes, their numbers if they have none."""
        return cell_names(self.display_labels, len(self.confusion_matrix), OWNER)

    def _counts_and_percent(self, normalize: str | None) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the matrix and its percentages, NaN where 100 % would be no beats."""
        if normalize is not None and normalize not in SHARES:
            raise ValueError(
                f"The 'normalize' parameter of {OWNER} must be one of {[*SHARES, None]}. "
                f"Got {normalize!r} instead."
            )
        counts = np.asarray(self.confusion_matrix)
        return counts, None if normalize is None else percentages(counts, normalize)


def percentages(counts: np.ndarray, normalize: str) -> np.ndarray:
    """Return the cells in percent, NaN where 100 % would be no beats."""
    total = counts.sum(axis=SHARES[normalize][0], keepdims=True)
    return 100 * ratio(counts, np.broadcast_to(total, counts.shape))


def _cell_text(count: float, percent: float, values_format: str | None) -> str:
    """Return what a cell says: the count over its share, "-" for a share of nothing."""
    if np.isnan(percent):
        return "-"
    text = _count_text(count, values_format)
    return f"{text}\n{percent:.1f} %" if count else text


def _count_text(count: float, values_format: str | None) -> str:
    """Return a number of beats, whole ones with commas."""
    if not count:
        return "0"
    if values_format is None:
        values_format = "," if float(count).is_integer() else ".3g"
        count = int(count) if float(count).is_integer() else count
    return f"{count:{values_format}}"
