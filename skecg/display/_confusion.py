"""Confusion matrix as a heatmap."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LogNorm
from matplotlib.ticker import StrMethodFormatter
from numpy.typing import ArrayLike, NDArray
from sklearn import metrics

from ..metrics._confusion import cell_percentages, confusion_matrices
from ..predictions import Predictions, as_predictions
from ..utils import Classifier, Label
from ._heatmap import cell_names, cells_frame, draw_cells, own_axes
from ._style import Kw

OWNER = "ConfusionMatrixDisplay"
# normalize: the label of the colour bar
SHARES = {
    "true": "% of the reference class",
    "pred": "% of the predicted class",
    "all": "% of all beats",
}


class ConfusionMatrixDisplay(metrics.ConfusionMatrixDisplay):
    """Confusion matrix with counts and percentages, as a seaborn heatmap.

    scikit-learn's display with the classes in AAMI order, axes labelled "Reference" and
    "Predicted", and in each cell the number of beats over its share of the row, which is also
    the colour: for beats that are mostly normal, colours of counts would show one cell only. A
    row without beats has "-". Cells are squares in a new figure, and fill given axes.

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
        Texts of the cells. None if `include_values` is false.
    ax_ : matplotlib Axes
        Axes with the heatmap.
    figure_ : matplotlib Figure
        Figure that holds it.

    See Also
    --------
    skecg.beat_report : Metrics of each class.

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
        cmap: str | Colormap = "Blues",
        xticks_rotation: float | str = "horizontal",
        values_format: str | None = None,
        ax: Axes | None = None,
        colorbar: bool = True,
        im_kw: Kw | None = None,
        text_kw: Kw | None = None,
    ) -> Self:
        """Draw the matrix.

        Parameters
        ----------
        normalize : {"true", "pred", "all"} or None, default="true"
            The sum that is 100 %: the reference class (rows, so that the diagonal is Se), the
            predicted class (columns: +P) or all beats. None: only counts, their colours on a
            logarithmic scale, since on a linear one all but the normal beats would be white.
        include_values : bool, default=True
            Whether to write the numbers into the cells.
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
        if ax is None:
            ax = own_axes(len(counts), colorbar)
        if percent is None:
            texts = [[_count_text(count, values_format) for count in row] for row in counts]
            values = np.maximum(counts, 0.5)  # an empty cell has no logarithm
            colors: dict[str, Any] = {"norm": LogNorm(1, max(counts.max(), 10))}
        else:
            texts = [
                [_cell_text(c, p, values_format) for c, p in zip(*row, strict=True)]
                for row in zip(counts, percent, strict=True)
            ]
            values = np.nan_to_num(percent)
            colors = {"vmin": 0, "vmax": 100}
        self.im_, self.text_ = draw_cells(
            ax,
            values,
            texts,
            self._names(),
            colors={"cmap": cmap} | colors,
            colorbar=colorbar,
            colorbar_kw={"label": SHARES[normalize]}
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
        estimator: Classifier,
        X: ArrayLike,
        y: ArrayLike,
        *,
        labels: Sequence[Label] | None = None,
        display_labels: Sequence[Label] | None = None,
        ax: Axes | None = None,
        **plot_kw: Any,
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
        labels : sequence, default=None
            Classes and their order; must name all that occur. None: all that occur, the AAMI
            classes N, S, V, F, Q first.
        display_labels : sequence, default=None
            Names to show instead of `labels`, in their order.
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
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        labels: Sequence[Label] | None = None,
        display_labels: Sequence[Label] | None = None,
        ax: Axes | None = None,
        **plot_kw: Any,
    ) -> Self:
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
            Names to show instead of `labels`, in their order.
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        ConfusionMatrixDisplay
            The display, drawn.
        """
        order, (matrix,) = confusion_matrices(y_true, {"y_pred": y_pred}, labels, OWNER)
        names = order if display_labels is None else display_labels
        return cls(matrix, display_labels=np.asarray(names)).plot(ax=ax, **plot_kw)

    @classmethod
    def from_table(
        cls, table: Predictions | pd.DataFrame, *, ax: Axes | None = None, **kwargs: Any
    ) -> Self:
        """Count and draw predictions.

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
        found = as_predictions(table, OWNER)
        return cls.from_predictions(found.y_true, found.y_pred, ax=ax, **kwargs)

    def frame(self, normalize: str | None = "true") -> pd.DataFrame:
        """Return the data of the figure.

        Parameters
        ----------
        normalize : {"true", "pred", "all"} or None, default="true"
            The sum that is 100 %, as in `plot`.

        Returns
        -------
        DataFrame
            One row per cell: reference, predicted, count and, unless `normalize` is None, percent,
            NaN where there are no beats.
        """
        counts, percent = self._counts_and_percent(normalize)
        shares = {} if percent is None else {"percent": percent}
        return cells_frame(self._names(), {"count": counts, **shares})

    def _names(self) -> list[Label]:
        """Return the names of the classes, by default their numbers."""
        return cell_names(self.display_labels, len(self.confusion_matrix), OWNER)

    def _counts_and_percent(
        self, normalize: str | None
    ) -> tuple[NDArray, NDArray[np.float64] | None]:
        """Return the matrix and its percentages, NaN where the sum is no beats."""
        if normalize is not None and normalize not in SHARES:
            raise ValueError(
                f"The 'normalize' parameter of {OWNER} must be one of {[*SHARES, None]}. "
                f"Got {normalize!r} instead."
            )
        counts = np.asarray(self.confusion_matrix)
        return counts, None if normalize is None else cell_percentages(counts, normalize)


def _cell_text(count: float, percent: float, values_format: str | None) -> str:
    """Return the text of a cell: the count over its share, "-" for a share of no beats."""
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
