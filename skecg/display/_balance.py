"""How many beats each class has, before and after resampling."""

from collections.abc import Mapping, Sequence
from inspect import signature
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator, StrMethodFormatter
from sklearn.base import clone

from ..metrics._counts import factorize
from ..tables import ordered_labels
from ..utils import fitted_pipeline
from ._style import COLORS, inches, legend, merged, name_axes

OWNER = "ClassBalanceDisplay"
GIVEN = "given"
# told apart by tone and hatching, too
STYLES = (
    {"facecolor": "0.82", "edgecolor": "0.35"},
    {"facecolor": COLORS[0], "edgecolor": COLORS[0]},
    {"facecolor": "white", "edgecolor": COLORS[3], "hatch": "/////"},
    {"facecolor": COLORS[1], "edgecolor": "0.35", "hatch": "...."},
)


class ClassBalanceDisplay:
    """Beats of each class before and after resampling, on a logarithmic axis.

    One normal beat in a thousand is none: on a linear axis the rare classes would not be seen.
    The numbers stand at the bars.

    Parameters
    ----------
    counts : DataFrame of shape (n_classes, n_stages)
        Numbers of beats: a row for each class, a column for each stage, such as "given" and
        "augmented".

    Attributes
    ----------
    bars_ : dict of str to matplotlib BarContainer
        By stage, its bars.
    text_ : list of matplotlib Text
        The numbers at the bars, stage by stage.
    ax_ : matplotlib Axes
        Axes with the bars.
    figure_ : matplotlib Figure
        Figure that holds it.

    See Also
    --------
    skecg.BeatAugmenter : Makes new beats of rare classes.

    Examples
    --------
    >>> from skecg import ClassBalanceDisplay
    >>> display = ClassBalanceDisplay.from_labels(["N"] * 900 + ["V"] * 3, ["N"] * 9 + ["V"] * 6)
    >>> display.counts.loc["V"].to_dict()
    {'before': 3, 'after': 6}
    """

    def __init__(self, counts: pd.DataFrame):
        self.counts = counts

    def plot(
        self,
        *,
        ax: Any = None,
        bar_kw: Mapping[str, Any] | None = None,
        text_kw: Mapping[str, Any] | None = None,
    ) -> "ClassBalanceDisplay":
        """Draw the bars.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        bar_kw, text_kw : dict, default=None
            Keywords for the bars and for the numbers at them.

        Returns
        -------
        ClassBalanceDisplay
            The display itself.
        """
        n_classes, n_stages = self.counts.shape
        if ax is None:
            height = 1.2 + 0.17 * n_classes * (n_stages + 0.8)
            _, ax = plt.subplots(figsize=(4.2, height), layout="constrained")
        height = 0.84 / n_stages
        middle = (n_stages - 1) / 2
        self.bars_, self.text_ = {}, []
        for i, (stage, column) in enumerate(self.counts.items()):
            style = STYLES[i % len(STYLES)] | {"linewidth": 0.8, "height": 0.9 * height}
            style |= {"label": f"{stage} ({column.sum():,} beats)"}
            places = np.arange(n_classes) + (i - middle) * height
            values = column.to_numpy()
            self.bars_[stage] = ax.barh(places, values, **merged(style, bar_kw, Rectangle))
            style = {"fontsize": 8, "padding": 3} | dict(text_kw or {})
            texts = [f"{value:,}" for value in values]
            self.text_ += ax.bar_label(self.bars_[stage], texts, **style)
        ax.set_xscale("log")
        # numbers of beats are wide
        ax.xaxis.set_major_locator(LogLocator(numticks=max(3, int(1.8 * inches(ax)))))
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        # a beat alone has a bar, too, and the longest bar leaves room for its number
        ax.set_xlim(0.7, max(10, self.counts.to_numpy().max()) * 6)
        ax.set_yticks(np.arange(n_classes), [str(label) for label in self.counts.index])
        ax.set_ylim(n_classes - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        ax.spines[["top", "right"]].set_visible(False)
        name_axes(ax, xlabel="Beats", ylabel="Class")
        legend(ax, handlelength=1.6)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @classmethod
    def from_labels(
        cls,
        before: Any,
        after: Any,
        *,
        names: Sequence[str] = ("before", "after"),
        ax: Any = None,
        **plot_kw: Any,
    ) -> "ClassBalanceDisplay":
        """Count labels before and after and draw.

        Parameters
        ----------
        before : array-like of shape (n_beats,)
            Labels before resampling.
        after : array-like of shape (n_beats_after,)
            Labels after it.
        names : (str, str), default=("before", "after")
            Names in the legend.
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        ClassBalanceDisplay
            The display, drawn.
        """
        stages = dict(zip(names, (before, after), strict=True))
        return cls(_count_stages(stages)).plot(ax=ax, **plot_kw)

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, *, groups: Any = None, ax: Any = None, **plot_kw: Any
    ) -> "ClassBalanceDisplay":
        """Resample as a pipeline does in training, and draw each step.

        Parameters
        ----------
        estimator : estimator
            A sampler, or a fitted pipeline or search with samplers among its steps. It is not
            changed: copies of the samplers resample.
        X : array-like of shape (n_beats, n_features)
            Beats of the training set.
        y : array-like of shape (n_beats,)
            Their labels.
        groups : array-like of shape (n_beats,), default=None
            Subject of each beat, for samplers that take it.
        ax : matplotlib Axes, default=None
            Axes to draw into. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        ClassBalanceDisplay
            The display, drawn.
        """
        return cls(_count_stages(_resample(estimator, X, y, groups))).plot(ax=ax, **plot_kw)

    def frame(self) -> pd.DataFrame:
        """Return the data behind the picture.

        Returns
        -------
        DataFrame
            One row a class and stage: class, stage, beats and share of the stage.
        """
        counts = self.counts.rename_axis("class").reset_index()
        frame = counts.melt(id_vars="class", var_name="stage", value_name="beats")
        return frame.assign(
            share=frame["beats"] / frame.groupby("stage")["beats"].transform("sum")
        )


def _resample(estimator: Any, X: Any, y: Any, groups: Any) -> dict[str, Any]:
    """Return the labels as given and after each sampler."""
    model = fitted_pipeline(estimator)
    steps = getattr(model, "steps", [("resampled", model)])
    samplers = [i for i, (_, step) in enumerate(steps) if hasattr(step, "fit_resample")]
    if not samplers:
        raise ValueError(
            f"The 'estimator' parameter of {OWNER} must be a sampler or a pipeline with one. Got "
            f"{type(model).__name__} without; with labels at hand, use from_labels."
        )
    stages = {GIVEN: y}
    for name, step in steps[: samplers[-1] + 1]:
        if hasattr(step, "fit_resample"):
            sampler = clone(step)
            takes_groups = groups is not None and _takes_groups(sampler)
            X, y = sampler.fit_resample(X, y, **({"groups": groups} if takes_groups else {}))
            chosen = getattr(sampler, "sample_indices_", None)
            groups = None if groups is None or chosen is None else np.asarray(groups)[chosen]
            stages[name] = y
        elif step is not None and step != "passthrough":
            X = step.transform(X)
    return stages


def _takes_groups(sampler: Any) -> bool:
    """Say whether a sampler looks at subjects."""
    return "groups" in signature(sampler.fit_resample).parameters


def _count_stages(stages: Mapping[str, Any]) -> pd.DataFrame:
    """Return the numbers of beats, a row a class and a column a stage."""
    counts = {}
    for stage, y in stages.items():
        codes, labels = factorize(str(stage), y, OWNER)
        counts[stage] = dict(zip(labels, np.bincount(codes).tolist(), strict=True))
    labels = ordered_labels([label for column in counts.values() for label in column])
    values = {
        stage: [column.get(label, 0) for label in labels] for stage, column in counts.items()
    }
    return pd.DataFrame(values, index=pd.Index(labels, dtype=object))
