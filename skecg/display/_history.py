"""Loss and accuracy over the epochs of training."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from ..utils import last_step, ratio
from ._style import BAND_ALPHA, COLORS, MARKERS, given_axes, legend, merged

History = Mapping[str, Sequence[float]] | Sequence[Mapping[str, Sequence[float]]]

OWNER = "HistoryDisplay"
SETS = {"training": "", "validation": "val_"}


class HistoryDisplay:
    """Loss and accuracy of any number of networks over the epochs, in one figure.

    One colour and marker a model, training solid, validation dashed; a panel for each metric.
    A loss that falls in training and rises in validation is over-fitting. Of a model that was
    fitted in several folds, the mean of the folds is drawn, and a band from the lowest to the
    highest.

    Parameters
    ----------
    histories : dict of str to dict, or to list of dict
        By the name of the model, its ``history_``: lists of one value an epoch under the keys
        loss, accuracy and, with validation, val_loss and val_accuracy. What is not there is not
        drawn. Of cross-validated models a list of such dicts, one a fold, of whatever lengths.

    Attributes
    ----------
    lines_ : dict
        By ``(model, key)``, such as ``("LSTM", "val_loss")``, the matplotlib Line2D.
    bands_ : dict
        By ``(model, key)`` of models with several folds, the matplotlib PolyCollection.
    folds_ : dict
        By ``(model, key)`` of models with several folds, a list of matplotlib Line2D: thin lines
        of folds that went on when less than half of all did.
    legend_ : matplotlib Legend
        Models and the two line styles.
    ax_ : ndarray of matplotlib Axes
        One for each metric.
    figure_ : matplotlib Figure
        Figure that holds them.

    Notes
    -----
    Folds that stop early have different lengths. Mean and band are those of the folds that still
    train at an epoch, and end where less than half of them do: the mean of the few that learn
    longest is not that of the model. Those go on as thin lines.

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
        ax: Any = None,
        metrics: Sequence[str] = ("loss", "accuracy"),
        line_kw: dict[str, Any] | None = None,
        band_kw: dict[str, Any] | None = None,
    ) -> "HistoryDisplay":
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes or sequence of them, default=None
            One for each metric. None: a new figure.
        metrics : sequence of str, default=("loss", "accuracy")
            Keys of the histories, without ``val_``. A metric that no model has gets a panel
            that says so.
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
        if own:
            _, axes = plt.subplots(
                1,
                len(metrics),
                figsize=(0.6 + 3.6 * len(metrics), 3.6),
                layout="constrained",
                squeeze=False,
            )
            axes = axes[0]
        else:
            axes = given_axes(ax, len(metrics), OWNER)
        self.lines_, self.bands_, self.folds_ = {}, {}, {}
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
        cls, estimator: Any, *, name: str | None = None, ax: Any = None, **plot_kw: Any
    ) -> "HistoryDisplay":
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
        cls, estimators: Mapping[str, Any], *, ax: Any = None, **plot_kw: Any
    ) -> "HistoryDisplay":
        """Draw the training of several models.

        Parameters
        ----------
        estimators : dict of str to estimator, or to list of estimator
            Fitted networks, pipelines or searches by their names in the legend; a list of them
            is drawn as mean and band, such as ``cross_validate(..., return_estimator=True)``
            returns under "estimator".
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
            If a model has no ``history_``: it is not fitted or no network.
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
        cls, histories: Mapping[str, History], *, ax: Any = None, **plot_kw: Any
    ) -> "HistoryDisplay":
        """Draw histories that were kept.

        Parameters
        ----------
        histories : dict of str to dict, or to list of dict
            By the name of the model, its ``history_``, or one of each fold.
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
        """Return the data behind the picture.

        Returns
        -------
        DataFrame
            One row a value: model, fold (only where a model has several), metric, set (training
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
        ax: Any,
        metric: str,
        histories: dict[str, list[dict[str, np.ndarray]]],
        line_kw: dict[str, Any] | None,
        band_kw: dict[str, Any] | None,
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
                    band = {"color": style["color"], "alpha": BAND_ALPHA, "linewidth": 0.8}
                    band |= {"linestyle": style["linestyle"], "zorder": 2}
                    self.bands_[model, key] = ax.fill_between(
                        epochs, low, high, **merged(band, band_kw, PolyCollection)
                    )
                    self.folds_[model, key] = _plot_rests(ax, curves, len(mean), style)
                last = max(last, *map(len, curves))
        if not last:
            ax.text(0.5, 0.5, f"{metric} was not recorded", transform=ax.transAxes, ha="center")
            ax.set(xticks=[], yticks=[])
            return
        margin = min(0.04 * last, 0.9)  # no tick at 0: epochs count from 1
        ax.set_xlim(1 - margin, last + margin)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
        ax.grid(alpha=0.3)


def _mean_and_range(curves: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, lowest and highest value of the folds at each epoch that half of them reach."""
    lengths = sorted(map(len, curves))
    n_epochs = lengths[len(lengths) // 2]  # at least half of the folds are as long
    values = np.full((len(curves), n_epochs), np.nan)
    for row, curve in zip(values, curves, strict=True):
        row[: len(curve)] = curve[:n_epochs]
    bounds = np.fmin.reduce(values), np.fmax.reduce(values)
    n_known = (~np.isnan(values)).sum(axis=0)
    return ratio(np.nansum(values, axis=0), n_known), *bounds


def _plot_rests(
    ax: Any, curves: list[np.ndarray], n_epochs: int, style: dict[str, Any]
) -> list[Line2D]:
    """Draw the folds that go on behind the mean."""
    thin = {"color": style["color"], "linestyle": style["linestyle"], "linewidth": 0.7}
    lines = []
    for curve in curves:
        if len(curve) > n_epochs:
            epochs = np.arange(n_epochs, len(curve) + 1)
            lines += ax.plot(epochs, curve[n_epochs - 1 :], alpha=0.8, zorder=2.5, **thin)
    return lines


def _history(name: str, estimator: Any) -> Mapping[str, Sequence[float]]:
    """Return the history of a fitted network, whatever it is wrapped in."""
    classifier = last_step(estimator)
    if not hasattr(classifier, "history_"):
        raise ValueError(
            f"The model {name!r} given to {OWNER} must be a fitted network with a history_. Got "
            f"{type(classifier).__name__} without one; fit it first, or leave out what does not "
            "learn in epochs."
        )
    return classifier.history_


def _check_histories(histories: Any) -> dict[str, list[dict[str, np.ndarray]]]:
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
                f'{{"loss": [0.9, 0.5]}}, or a list of such dicts, one a fold. '
                f"Got {history!r:.60} instead."
            )
        checked[str(name)] = [
            {key: np.asarray(values, dtype=float).ravel() for key, values in fold.items()}
            for fold in folds
        ]
    return checked


def _check_mapping(parameter: str, value: Any) -> None:
    """Refuse what has no names of models."""
    if not isinstance(value, Mapping) or not value:
        raise TypeError(
            f"The '{parameter}' parameter of {OWNER} must be a dict with a name for each model, "
            f"at least one. Got {value!r} instead."
        )


def _model_style(i: int) -> dict[str, Any]:
    """Return colour and marker of the i-th model."""
    return {"color": COLORS[i % len(COLORS)], "marker": MARKERS[i % len(MARKERS)], "markersize": 4}


def _set_style(prefix: str) -> dict[str, Any]:
    """Return what tells validation from training, hollow markers where dashes are too short."""
    return {"linestyle": "--", "markerfacecolor": "white"} if prefix else {"linestyle": "-"}


def _legend_handles(histories: dict, lines: dict, with_bands: bool) -> list[Any]:
    """Return one entry a model and one a line style, not one a line."""
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
    return models + sets + (bands if with_bands else [])


def _columns(handles: list[Any]) -> int:
    """Return how many entries stand in one line of the legend."""
    if sum(len(h.get_label()) + 6 for h in handles) < 80:
        return len(handles)
    return 4 if max(len(h.get_label()) for h in handles) < 15 else 2
