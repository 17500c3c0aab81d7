"""Loss and accuracy over the epochs of training."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from .._unwrap import last_step
from ._style import COLORS, MARKERS, given_axes, merged

OWNER = "HistoryDisplay"
SETS = {"training": "", "validation": "val_"}


class HistoryDisplay:
    """Loss and accuracy of any number of networks over the epochs, in one figure.

    One colour and marker a model, training solid, validation dashed; a panel for each metric.
    A loss that falls in training and rises in validation is over-fitting.

    Parameters
    ----------
    histories : dict of str to dict
        By the name of the model, its ``history_``: lists of one value an epoch under the keys
        loss, accuracy and, with validation, val_loss and val_accuracy. What is not there is not
        drawn.

    Attributes
    ----------
    lines_ : dict
        By ``(model, key)``, such as ``("LSTM", "val_loss")``, the matplotlib Line2D.
    legend_ : matplotlib Legend
        Models and the two line styles.
    ax_ : ndarray of matplotlib Axes
        One for each metric.
    figure_ : matplotlib Figure
        Figure that holds them.

    Examples
    --------
    >>> from skecg import HistoryDisplay
    >>> history = {"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.6]}
    >>> display = HistoryDisplay.from_histories({"LSTM": history}, metrics=["loss"])
    >>> display.ax_[0].get_ylabel()
    'Loss'
    """

    def __init__(self, histories: Mapping[str, Mapping[str, Sequence[float]]]):
        self.histories = histories

    def plot(
        self,
        *,
        ax: Any = None,
        metrics: Sequence[str] = ("loss", "accuracy"),
        line_kw: dict[str, Any] | None = None,
    ) -> "HistoryDisplay":
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes or sequence of them, default=None
            One for each metric. None: a new figure.
        metrics : sequence of str, default=("loss", "accuracy")
            Keys of the histories, without ``val_``. A metric that no model has gets a panel
            that says so.
        line_kw : dict, default=None
            Keywords for all lines.

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
        self.lines_ = {}
        for axis, metric in zip(axes, metrics, strict=True):
            self._plot_metric(axis, metric, histories, line_kw)
        self.ax_, self.figure_ = axes, axes[0].figure
        handles = _legend_handles(histories, self.lines_)
        if own:
            self.legend_ = self.figure_.legend(
                handles=handles, loc="outside lower center", ncols=_columns(handles), frameon=False
            )
        else:
            self.legend_ = axes[-1].legend(handles=handles, fontsize="small")
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
        estimators : dict of str to estimator
            Fitted networks, pipelines or searches by their names in the legend.
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
        histories = {}
        for name, estimator in estimators.items():
            classifier = last_step(estimator)
            if not hasattr(classifier, "history_"):
                raise ValueError(
                    f"The model {name!r} given to {OWNER} must be a fitted network with a "
                    f"history_. Got {type(classifier).__name__} without one; fit it first, or "
                    "leave out what does not learn in epochs."
                )
            histories[name] = classifier.history_
        return cls.from_histories(histories, ax=ax, **plot_kw)

    @classmethod
    def from_histories(
        cls, histories: Mapping[str, Mapping[str, Sequence[float]]], *, ax: Any = None, **plot_kw
    ) -> "HistoryDisplay":
        """Draw histories that were kept.

        Parameters
        ----------
        histories : dict of str to dict
            By the name of the model, its ``history_``.
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
            One row a value: model, metric, set (training or validation), epoch (from 1), value.
        """
        parts = []
        for model, history in _check_histories(self.histories).items():
            for key, values in history.items():
                parts.append(
                    pd.DataFrame(
                        {
                            "model": model,
                            "metric": key.removeprefix("val_"),
                            "set": "validation" if key.startswith("val_") else "training",
                            "epoch": np.arange(1, len(values) + 1),
                            "value": values,
                        }
                    )
                )
        return pd.concat(parts, ignore_index=True)

    def _plot_metric(
        self, ax: Any, metric: str, histories: dict, line_kw: dict[str, Any] | None
    ) -> None:
        """Draw one metric of all models."""
        drawn = 0
        for i, (model, history) in enumerate(histories.items()):
            for prefix in SETS.values():
                values = history.get(prefix + metric, ())
                if not len(values):
                    continue
                style = _model_style(i) | {"markevery": max(1, len(values) // 10)}
                style |= _set_style(prefix)
                epochs = np.arange(1, len(values) + 1)
                (line,) = ax.plot(epochs, values, **merged(style, line_kw, Line2D))
                self.lines_[model, prefix + metric] = line
                drawn += 1
        ax.set(xlabel="Epoch", ylabel=metric.replace("_", " ").capitalize())
        if not drawn:
            ax.text(0.5, 0.5, f"{metric} was not recorded", transform=ax.transAxes, ha="center")
            ax.set(xticks=[], yticks=[])
            return
        last = max(len(line.get_xdata()) for line in ax.lines)
        margin = min(0.04 * last, 0.9)  # no tick at 0: epochs count from 1
        ax.set_xlim(1 - margin, last + margin)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
        ax.grid(alpha=0.3)


def _check_histories(histories: Any) -> dict[str, dict[str, np.ndarray]]:
    """Return the histories as arrays of floats, refused if they are none."""
    _check_mapping("histories", histories)
    checked = {}
    for name, history in histories.items():
        if not isinstance(history, Mapping):
            raise TypeError(
                f"The history of {name!r} given to {OWNER} must be a dict of lists, such as "
                f'{{"loss": [0.9, 0.5]}}. Got {type(history).__name__} instead.'
            )
        checked[str(name)] = {
            key: np.asarray(values, dtype=float).ravel() for key, values in history.items()
        }
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


def _legend_handles(histories: dict, lines: dict) -> list[Line2D]:
    """Return one entry a model and one a line style, not one a line."""
    models = [
        Line2D([], [], **_model_style(i), linestyle="-", label=name)
        for i, name in enumerate(histories)
    ]
    sets = [
        Line2D([], [], color="0.2", marker="o", markersize=4, label=words, **_set_style(prefix))
        for words, prefix in SETS.items()
        if any(key.startswith("val_") == bool(prefix) for _, key in lines)
    ]
    return models + sets


def _columns(handles: list[Line2D]) -> int:
    """Return how many entries stand in one line of the legend."""
    return len(handles) if sum(len(h.get_label()) + 6 for h in handles) < 80 else 4
