"""The difference between two confusion matrices."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from ..metrics._confusion import cell_percentages, confusion_matrices
from ..predictions import Predictions, as_predictions, check_same_beats
from ..utils import Classifier, Label
from ._heatmap import cell_names, cells_frame, draw_cells, own_axes
from ._style import WRONG_TO_RIGHT, Kw

OWNER = "ConfusionDifferenceDisplay"
MINUS = "\N{MINUS SIGN}"  # as on the axes
LEAST_LIMIT = 5.0  # percentage points at which colours may end


class ConfusionDifferenceDisplay:
    """Difference between the confusion matrices of two models on the same beats.

    Each cell has the number of beats that the second model adds (+) or removes (-), and that
    difference in percentage points (pp) of the reference class, which is the colour: blue is
    better, orange is worse. More is better on the diagonal, which has a frame, and worse
    elsewhere.

    Parameters
    ----------
    confusion_matrices : sequence of two ndarray of shape (n_classes, n_classes)
        Numbers of beats of the first and of the second model, rows reference, columns predicted.
    display_labels : array-like of shape (n_classes,), default=None
        Names of the classes. None: 0 to ``n_classes - 1``.
    names : (str, str), default=("first", "second")
        Names of the two models.

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
    ConfusionMatrixDisplay : One model.
    skecg.compare_models : Differences with intervals.

    Examples
    --------
    >>> from skecg import ConfusionDifferenceDisplay
    >>> y_true = ["N", "N", "V", "V"]
    >>> rnn, lstm = ["N", "V", "N", "V"], ["N", "N", "N", "V"]
    >>> display = ConfusionDifferenceDisplay.from_predictions(y_true, rnn, lstm)
    >>> display.text_[0, 0].get_text().split(maxsplit=1)
    ['+1', '+50.0 pp']
    """

    def __init__(
        self,
        confusion_matrices: Sequence[NDArray],
        *,
        display_labels: Sequence[Label] | NDArray | None = None,
        names: Sequence[str] = ("first", "second"),
    ):
        self.confusion_matrices = confusion_matrices
        self.display_labels = display_labels
        self.names = names

    def plot(
        self,
        *,
        include_values: bool = True,
        cmap: str | Colormap | None = None,
        limit: float | None = None,
        xticks_rotation: float | str = "horizontal",
        ax: Axes | None = None,
        colorbar: bool = True,
        im_kw: Kw | None = None,
        text_kw: Kw | None = None,
    ) -> Self:
        """Draw the difference.

        Parameters
        ----------
        include_values : bool, default=True
            Whether to write the numbers into the cells.
        cmap : str or matplotlib Colormap, default=None
            Colours from worse to better. None: from orange over white to blue.
        limit : float, default=None
            Percentage points at which the colours end. None: the largest difference, but not
            less than 5, so that single beats are not saturated.
        xticks_rotation : {"vertical", "horizontal"} or float, default="horizontal"
            Rotation of the class names below.
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        colorbar : bool, default=True
            Whether to draw the scale of the colours.
        im_kw, text_kw : dict, default=None
            Keywords for ``seaborn.heatmap`` and for the text of the cells.

        Returns
        -------
        ConfusionDifferenceDisplay
            The display itself.
        """
        first, second = self._matrices()
        points = _points(first, second)
        texts = [
            [_cell_text(count, point) for count, point in zip(*row, strict=True)]
            for row in zip(second - first, points, strict=True)
        ]
        better = np.nan_to_num(np.where(np.eye(len(points), dtype=bool), points, -points))
        limit = max(np.abs(better).max(), LEAST_LIMIT) if limit is None else limit
        own = ax is None
        if ax is None:
            ax = own_axes(len(points), colorbar)
        self.im_, self.text_ = draw_cells(
            ax,
            better,
            texts,
            cell_names(self.display_labels, len(points), OWNER),
            colors={
                "cmap": WRONG_TO_RIGHT if cmap is None else cmap,
                "vmin": -limit,
                "vmax": limit,
            },
            colorbar=colorbar,
            colorbar_kw={"label": f"{self.names[1]} better by (pp)"},
            include_values=include_values,
            xticks_rotation=xticks_rotation,
            square=own,
            im_kw=im_kw,
            text_kw=text_kw,
        )
        for i in range(len(points)):
            ax.add_patch(Rectangle((i, i), 1, 1, fill=False, clip_on=False, edgecolor="0.15"))
        ax.set_title("{1} minus {0}".format(*self.names), fontsize="medium")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @classmethod
    def from_estimators(
        cls,
        estimators: Mapping[str, Classifier],
        X: ArrayLike,
        y: ArrayLike,
        *,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Predict with two models, count and draw.

        Parameters
        ----------
        estimators : dict of str to estimator
            Two fitted classifiers, pipelines or searches by their names: the first, and the
            second that is compared with it.
        X : array-like of shape (n_beats, n_features)
            Rows of beats.
        y : array-like of shape (n_beats,)
            Reference labels.
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        **kwargs : dict
            Passed to `from_predictions`.

        Returns
        -------
        ConfusionDifferenceDisplay
            The display, drawn.
        """
        _check_two("estimators", estimators)
        predicted = [estimator.predict(X) for estimator in estimators.values()]
        options = {"names": tuple(estimators), "ax": ax} | kwargs
        return cls.from_predictions(y, *predicted, **options)

    @classmethod
    def from_tables(
        cls,
        tables: Mapping[str, Predictions | pd.DataFrame],
        *,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Count and draw the predictions of two models for the same beats.

        Parameters
        ----------
        tables : dict of str to Predictions or DataFrame
            Predictions of two models by their names, as `skecg.cross_val_beats` returns them, or
            their tables, with the same beats in the same order.
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        **kwargs : dict
            Passed to `from_predictions`.

        Returns
        -------
        ConfusionDifferenceDisplay
            The display, drawn.
        """
        _check_two("tables", tables)
        found = {name: as_predictions(table, OWNER) for name, table in tables.items()}
        check_same_beats(found, OWNER)
        first, second = found.values()
        options = {"names": tuple(tables), "ax": ax} | kwargs
        return cls.from_predictions(first.y_true, first.y_pred, second.y_pred, **options)

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        first: ArrayLike,
        second: ArrayLike,
        *,
        names: Sequence[str] = ("first", "second"),
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
        first, second : array-like of shape (n_beats,)
            Predicted labels of the two models.
        names : (str, str), default=("first", "second")
            Names of the two models.
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
        ConfusionDifferenceDisplay
            The display, drawn.
        """
        predictions = {"first": first, "second": second}
        order, matrices = confusion_matrices(y_true, predictions, labels, OWNER)
        shown = np.asarray(order if display_labels is None else display_labels)
        return cls(tuple(matrices), display_labels=shown, names=names).plot(ax=ax, **plot_kw)

    def frame(self) -> pd.DataFrame:
        """Return the data of the figure.

        Returns
        -------
        DataFrame
            One row per cell: reference, predicted, first and second (beats), difference (beats)
            and points (percentage points of the reference class, NaN without beats).
        """
        first, second = self._matrices()
        names = cell_names(self.display_labels, len(first), OWNER)
        matrices = {"first": first, "second": second, "difference": second - first}
        return cells_frame(names, matrices | {"points": _points(first, second)})

    def _matrices(self) -> tuple[NDArray, NDArray]:
        """Return the two matrices; raise unless they are two of one shape."""
        matrices = [np.asarray(matrix) for matrix in self.confusion_matrices]
        if len(matrices) != 2 or matrices[0].shape != matrices[1].shape:
            raise ValueError(
                f"The 'confusion_matrices' parameter of {OWNER} must hold two matrices of one "
                f"shape. Got shapes {[matrix.shape for matrix in matrices]} instead."
            )
        return matrices[0], matrices[1]


def _points(first: NDArray, second: NDArray) -> NDArray[np.float64]:
    """Return the difference of the cells in percentage points of the reference class."""
    return cell_percentages(second, "true") - cell_percentages(first, "true")


def _cell_text(count: float, points: float) -> str:
    """Return the text of a cell: the difference in beats over that in percentage points."""
    if np.isnan(points):
        return "-"
    if not count:
        return "0"
    share = f"{points:+.1f}" if abs(points) >= 0.05 else "0.0"
    return f"{count:+,}\n{share} pp".replace("-", MINUS)


def _check_two(parameter: str, value: object) -> None:
    """Raise unless there are two models with their names."""
    if not isinstance(value, Mapping) or len(value) != 2:
        got = f"{len(value)}" if isinstance(value, Mapping) else type(value).__name__
        raise ValueError(
            f"The '{parameter}' parameter of {OWNER} must be a dict of two, by the names of the "
            f"models. Got {got} instead."
        )
