"""Loss and accuracy over the epochs of training."""

from collections.abc import Mapping, Sequence
from typing import Any, Self, TypeAlias

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ..utils import Classifier, last_step, ratio
from ._style import (
    BAND_ALPHA,
    COLORS,
    MARKERS,
    AxesLike,
    Kw,
    draw_band,
    given_axes,
    legend,
    merged,
)

Fold: TypeAlias = Mapping[str, Sequence[float]]
History: TypeAlias = Fold | Sequence[Fold]
Floats: TypeAlias = NDArray[np.float64]

OWNER = "HistoryDisplay"
SETS = {"training": "", "validation": "val_"}


class HistoryDisplay:
    """Loss and accuracy of any number of networks over the epochs, in one figure.

    Each model has a colour and a marker, training is solid, validation dashed; each metric has a
    panel. A loss that falls in training and rises in validation indicates over-fitting. For a
    model that was fitted in several folds, the mean of the folds is drawn, and a band from the
    lowest to the highest.

    Parameters
    ----------
    histories : dict of str to dict, or to list of dict
        By the name of the model, its ``history_``: lists of one value per epoch under the keys
        loss, accuracy and, with validation, val_loss and val_accuracy. Missing keys are not
        drawn. For cross-validated models a list of such dicts, one per fold, of any lengths.

    Attributes
    ----------
    lines_ : dict
        By ``(model, key)``, such as ``("LSTM", "val_loss")``, the matplotlib Line2D.
    bands_ : dict
        By ``(model, key)`` of models with several folds, the matplotlib PolyCollection.
    folds_ : dict
        By ``(model, key)`` of models with several folds, a list of matplotlib Line2D: thin lines
        of folds that continued when less than half of all did.
    legend_ : matplotlib Legend
        Models and the two line styles.
    ax_ : ndarray of matplotlib Axes
        One for each metric.
    figure_ : matplotlib Figure
        Figure that holds them.

    Notes
    -----
    Folds that stop early have different lengths. Mean and band are those of the folds that still
    train at an epoch, and end where less than half of them do: the mean of the few that train
    longest does not describe the model. Those continue as thin lines.

    Examples
    --------
    >>> from skecg import HistoryDisplay
    >>> history = {"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.6]}
    >>> display = HistoryDisplay.from_histories({"LSTM": history}, metrics=["loss"])
    >>> display.ax_[0].get_ylabel()
    'Loss'
    """

    def __init__(self, histories: Mapping[str, History]):
        self.histories = histories

    def plot(
        self,
        *,
        ax: AxesLike | None = None,
        metrics: Sequence[str] = ("loss", "accuracy"),
        line_kw: Kw | None = None,
        band_kw: Kw | None = None,
    ) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes or sequence of them, default=None
            One for each metric. None: a new figure.
        metrics : sequence of str, default=("loss", "accuracy")
            Keys of the histories, without ``val_``. A metric that no model has gets a panel
            with a note.
        line_kw, band_kw : dict, default=None
            Keywords for all lines and for all bands.

        Returns
        -------
        HistoryDisplay
            The display itself.
        """
        histories = _check_histories(self.histories)
        metrics = [metrics] if isinstance(metrics, str) else list(metrics)
        own = ax is None
        if ax is None:
            _, ax = plt.subplots(
                1,
                len(metrics),
                figsize=(0.6 + 3.6 * len(metrics), 3.6),
                layout="constrained",
            )
        axes = given_axes(ax, len(metrics), OWNER)
        self.lines_: dict[tuple[str, str], Line2D] = {}
        self.bands_: dict[tuple[str, str], PolyCollection] = {}
        self.folds_: dict[tuple[str, str], list[Line2D]] = {}
        for axis, metric in zip(axes, metrics, strict=True):
            self._plot_metric(axis, metric, histories, line_kw, band_kw)
        self.ax_, self.figure_ = axes, axes[0].figure
        handles = _legend_handles(histories, self.lines_, bool(self.bands_))
        if own:
            self.legend_ = self.figure_.legend(
                handles=handles, loc="outside lower center", ncols=_columns(handles), frameon=False
            )
        else:
            self.legend_ = legend(axes[-1], handles=handles, handlelength=2.2)
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: Classifier,
        *,
        name: str | None = None,
        ax: AxesLike | None = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the training of one model.

        Parameters
        ----------
        estimator : estimator
            Fitted network, or a pipeline or search that ends in one.
        name : str, default=None
            Name in the legend. None: the name of its class.
        ax : matplotlib Axes or sequence of them, default=None
            One for each metric. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        HistoryDisplay
            The display, drawn.
        """
        name = type(last_step(estimator)).__name__ if name is None else name
        return cls.from_estimators({name: estimator}, ax=ax, **plot_kw)

    @classmethod
    def from_estimators(
        cls,
        estimators: Mapping[str, Classifier | Sequence[Classifier]],
        *,
        ax: AxesLike | None = None,
        **plot_kw: Any,
    ) -> Self:
        """Draw the training of several models.

        Parameters
        ----------
        estimators : dict of str to estimator, or to list of estimator
            Fitted networks, pipelines or searches by their names in the legend. A list of them,
            as ``cross_validate(..., return_estimator=True)`` returns under "estimator", is drawn
            as mean and band.
        ax : matplotlib Axes or sequence of them, default=None
            One for each metric. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        HistoryDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If a model has no ``history_``: it is not fitted or not a network.
        """
        _check_mapping("estimators", estimators)
        histories = {
            name: [_history(name, fold) for fold in model]
            if isinstance(model, Sequence)
            else _history(name, model)
            for name, model in estimators.items()
        }
        return cls.from_histories(histories, ax=ax, **plot_kw)

    @classmethod
    def from_histories(
        cls, histories: Mapping[str, History], *, ax: AxesLike | None = None, **plot_kw: Any
    ) -> Self:
        """Draw stored histories.

        Parameters
        ----------
        histories : dict of str to dict, or to list of dict
            By the name of the model, its ``history_``, or one for each fold.
        ax : matplotlib Axes or sequence of them, default=None
            One for each metric. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        HistoryDisplay
            The display, drawn.
        """
        return cls(histories).plot(ax=ax, **plot_kw)

    def frame(self) -> pd.DataFrame:
        """Return the data of the figure.

        Returns
        -------
        DataFrame
            One row per value: model, fold (only where a model has several), metric, set (training
            or validation), epoch (from 1), value.
        """
        parts = []
        for model, folds in _check_histories(self.histories).items():
            for fold, history in enumerate(folds):
                for key, values in history.items():
                    row = {
                        "model": model,
                        "fold": fold,
                        "metric": key.removeprefix("val_"),
                        "set": "validation" if key.startswith("val_") else "training",
                        "epoch": np.arange(1, len(values) + 1),
                        "value": values,
                    }
                    parts.append(pd.DataFrame(row))
        frame = pd.concat(parts, ignore_index=True)
        return frame if frame["fold"].any() else frame.drop(columns="fold")

    def _plot_metric(
        self,
        ax: Axes,
        metric: str,
        histories: dict[str, list[dict[str, Floats]]],
        line_kw: Kw | None,
        band_kw: Kw | None,
    ) -> None:
        """Draw one metric of all models."""
        ax.set(xlabel="Epoch", ylabel=metric.replace("_", " ").capitalize())
        last = 0
        for i, (model, folds) in enumerate(histories.items()):
            for prefix in SETS.values():
                key = prefix + metric
                curves = [fold[key] for fold in folds if len(fold.get(key, ()))]
                if not curves:
                    continue
                mean, low, high = _mean_and_range(curves)
                style = _model_style(i) | {"markevery": max(1, len(mean) // 10), "zorder": 3}
                style = merged(style | _set_style(prefix), line_kw, Line2D)
                epochs = np.arange(1, len(mean) + 1)
                (self.lines_[model, key],) = ax.plot(epochs, mean, **style)
                if len(curves) > 1:
                    looks = {name: style[name] for name in ("color", "linestyle")}
                    band = draw_band(ax, epochs, (low, high), band_kw, **looks)
                    self.bands_[model, key] = band
                    self.folds_[model, key] = _plot_rests(ax, curves, len(mean), looks)
                last = max(last, *map(len, curves))
        if not last:
            ax.text(0.5, 0.5, f"{metric} was not recorded", transform=ax.transAxes, ha="center")
            ax.set(xticks=[], yticks=[])
            return
        margin = min(0.04 * last, 0.9)  # no tick at 0: epochs count from 1
        ax.set_xlim(1 - margin, last + margin)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
        ax.grid(alpha=0.3)


def _mean_and_range(curves: list[Floats]) -> tuple[Floats, Floats, Floats]:
    """Return mean, lowest and highest value of the folds at each epoch that half of them reach.

    ::

        fold 0   3  2  1  1     mean and range of the epochs 1 to 3; only fold 0
        fold 1   1  1  1        reaches epoch 4
        fold 2   2  0
    """
    lengths = sorted(map(len, curves))
    n_epochs = lengths[len(lengths) // 2]  # at least half of the folds are as long
    values = np.full((len(curves), n_epochs), np.nan)
    for row, curve in zip(values, curves, strict=True):
        row[: len(curve)] = curve[:n_epochs]
    n_known = (~np.isnan(values)).sum(axis=0)
    mean = ratio(np.nansum(values, axis=0), n_known)
    return mean, np.fmin.reduce(values), np.fmax.reduce(values)


def _plot_rests(
    ax: Axes, curves: list[Floats], n_epochs: int, looks: dict[str, Any]
) -> list[Line2D]:
    """Draw the folds that continue after the mean ends."""
    thin = {"linewidth": 0.7, "alpha": 0.8, "zorder": 2.5} | looks
    lines: list[Line2D] = []
    for curve in curves:
        if len(curve) > n_epochs:
            epochs = np.arange(n_epochs, len(curve) + 1)
            lines += ax.plot(epochs, curve[n_epochs - 1 :], **thin)
    return lines


def _history(name: str, estimator: Classifier) -> Fold:
    """Return the history of a fitted network inside pipelines and searches."""
    classifier = last_step(estimator)
    if not hasattr(classifier, "history_"):
        raise ValueError(
            f"The model {name!r} given to {OWNER} must be a fitted network with a history_. Got "
            f"{type(classifier).__name__} without one. Fit it first, and do not pass classifiers "
            "that are not trained in epochs."
        )
    return classifier.history_


def _check_histories(histories: Mapping[str, History]) -> dict[str, list[dict[str, Floats]]]:
    """Return the histories of the folds of each model as arrays of floats."""
    _check_mapping("histories", histories)
    checked = {}
    for name, history in histories.items():
        folds = [history] if isinstance(history, Mapping) else history
        if not (
            isinstance(folds, Sequence)
            and len(folds)
            and all(isinstance(fold, Mapping) for fold in folds)
        ):
            raise TypeError(
                f"The history of {name!r} given to {OWNER} must be a dict of lists, such as "
                f'{{"loss": [0.9, 0.5]}}, or a list of such dicts, one per fold. '
                f"Got {history!r:.60} instead."
            )
        checked[str(name)] = [
            {key: np.asarray(values, dtype=float).ravel() for key, values in fold.items()}
            for fold in folds
        ]
    return checked


def _check_mapping(parameter: str, value: object) -> None:
    """Raise unless models have names."""
    if not isinstance(value, Mapping) or not value:
        raise TypeError(
            f"The '{parameter}' parameter of {OWNER} must be a dict with a name for each model, "
            f"at least one. Got {value!r} instead."
        )


def _model_style(i: int) -> dict[str, Any]:
    """Return colour and marker of the i-th model."""
    return {"color": COLORS[i % len(COLORS)], "marker": MARKERS[i % len(MARKERS)], "markersize": 4}


def _set_style(prefix: str) -> dict[str, Any]:
    """Return the style of validation: dashes, and hollow markers where dashes are too short."""
    return {"linestyle": "--", "markerfacecolor": "white"} if prefix else {"linestyle": "-"}


def _legend_handles(
    histories: Mapping[str, Sequence[object]],
    lines: Mapping[tuple[str, str], Line2D],
    with_bands: bool,
) -> list[Line2D | Patch]:
    """Return an entry for each model and each line style."""
    models = [
        Line2D(
            [],
            [],
            **_model_style(i),
            linestyle="-",
            label=f"{name} (mean of {len(folds)} folds)" if len(folds) > 1 else name,
        )
        for i, (name, folds) in enumerate(histories.items())
    ]
    sets = [
        Line2D([], [], color="0.2", marker="o", markersize=4, label=words, **_set_style(prefix))
        for words, prefix in SETS.items()
        if any(key.startswith("val_") == bool(prefix) for _, key in lines)
    ]
    bands = [Patch(color="0.3", alpha=BAND_ALPHA, label="lowest to highest fold")]
    return [*models, *sets, *(bands if with_bands else [])]


def _columns(handles: Sequence[Line2D | Patch]) -> int:
    """Return the number of entries in one line of the legend."""
    widths = [len(str(handle.get_label())) for handle in handles]
    if sum(widths) + 6 * len(widths) < 80:
        return len(widths)
    return 4 if max(widths) < 15 else 2
