"""Confusion matrix as a heatmap."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from sklearn import metrics

from ..metrics._counts import count_pairs, encode_labels, ratio

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
        normalize: str = "true",
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
        normalize : {"true", "pred", "all"}, default="true"
            What is 100 %: the reference class (rows), the predicted class (columns) or all beats.
        include_values : bool, default=True
            Whether cells say their numbers.
        cmap : str or matplotlib Colormap, default="Blues"
            Colours from 0 to 100 %.
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
        n_classes = len(counts)
        own = ax is None
        if own:
            side = max(3.2, 0.85 * n_classes)
            # "compressed": made for axes of fixed aspect; "constrained" cuts off their labels
            _, ax = plt.subplots(
                figsize=(side + (1.5 if colorbar else 0.5), side + 0.4), layout="compressed"
            )
        texts = [
            [_cell_text(c, p, values_format) for c, p in zip(*row, strict=True)]
            for row in zip(counts, percent, strict=True)
        ]
        names = self._names()
        options = {
            "annot": np.array(texts) if include_values else None,
            "fmt": "",
            "vmin": 0,
            "vmax": 100,
            "cmap": cmap,
            "cbar": colorbar,
            "cbar_kws": {"label": SHARES[normalize][1]} if colorbar else None,
            "square": own,
            "linewidths": 0.5,
            "linecolor": "0.8",
            "xticklabels": names,
            "yticklabels": names,
            "annot_kws": text_kw,
        } | (im_kw or {})
        before = len(ax.texts)
        sns.heatmap(np.nan_to_num(percent), ax=ax, **options)
        ax.set(xlabel="Predicted", ylabel="Reference")
        ax.tick_params(length=0)
        ax.tick_params(axis="y", labelrotation=0)
        plt.setp(ax.get_xticklabels(), rotation=xticks_rotation)
        self.im_ = ax.collections[-1]
        self.text_ = None
        if include_values:
            self.text_ = np.array(ax.texts[before:], dtype=object).reshape(counts.shape)
            if not {"fontsize", "size"} & set(text_kw or {}):
                plt.setp(self.text_.ravel().tolist(), fontsize=_font_size(ax, texts))
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

    def frame(self, normalize: str = "true") -> pd.DataFrame:
        """Return the data behind the picture.

        Parameters
        ----------
        normalize : {"true", "pred", "all"}, default="true"
            What is 100 %, as in `plot`.

        Returns
        -------
        DataFrame
            One row a cell: reference, predicted, count and percent, NaN where there are no beats.
        """
        counts, percent = self._counts_and_percent(normalize)
        names = self._names()
        cells = pd.MultiIndex.from_product([names, names], names=["reference", "predicted"])
        values = {"count": counts.ravel(), "percent": percent.ravel()}
        return pd.DataFrame(values, index=cells).reset_index()

    def _names(self) -> list:
        """Return the names of the classes, their numbers if they have none."""
        n_classes = len(self.confusion_matrix)
        names = range(n_classes) if self.display_labels is None else self.display_labels
        if len(names) != n_classes:
            raise ValueError(
                f"The 'display_labels' parameter of ConfusionMatrixDisplay must name "
                f"{n_classes} classes. Got {len(names)} names instead."
            )
        return list(names)

    def _counts_and_percent(self, normalize: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the matrix and its percentages, NaN where 100 % would be no beats."""
        if normalize not in SHARES:
            raise ValueError(
                "The 'normalize' parameter of ConfusionMatrixDisplay must be one of "
                f"{list(SHARES)}. Got {normalize!r} instead."
            )
        counts = np.asarray(self.confusion_matrix)
        total = counts.sum(axis=SHARES[normalize][0], keepdims=True)
        return counts, 100 * ratio(counts, np.broadcast_to(total, counts.shape))


def _cell_text(count: float, percent: float, values_format: str | None) -> str:
    """Return what a cell says: the count over its share, "-" for a share of nothing."""
    if np.isnan(percent):
        return "-"
    if not count:
        return "0"
    if values_format is None:
        values_format = "," if float(count).is_integer() else ".3g"
        count = int(count) if float(count).is_integer() else count
    return f"{count:{values_format}}\n{percent:.1f} %"


def _font_size(ax: Any, texts: list[list[str]]) -> float:
    """Return the size in points at which the longest line fits a cell."""
    box = ax.get_window_extent()
    cell = min(box.width, box.height) / len(texts) * 72 / ax.figure.dpi
    longest = max(len(line) for row in texts for text in row for line in text.split("\n"))
    return float(np.clip(0.9 * cell / (0.62 * max(longest, 5)), 4, 11))
