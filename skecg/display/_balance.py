"""Numbers of beats of each class, before and after resampling."""

from collections.abc import Sequence
from typing import Any, Self

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation
from matplotlib.ticker import LogLocator, StrMethodFormatter
from numpy.typing import ArrayLike

from ..inspection._balance import count_stages, resampled_labels
from ..utils import Estimator
from ._style import COLORS, Kw, inches, legend, merged, name_axes

OWNER = "ClassBalanceDisplay"
# distinct by tone and hatching, too
STYLES: tuple[dict[str, Any], ...] = (
    {"facecolor": "0.82", "edgecolor": "0.35"},
    {"facecolor": COLORS[0], "edgecolor": COLORS[0]},
    {"facecolor": "white", "edgecolor": COLORS[3], "hatch": "/////"},
    {"facecolor": COLORS[1], "edgecolor": "0.35", "hatch": "...."},
)


class ClassBalanceDisplay:
    """Beats of each class before and after resampling, on a logarithmic axis.

    On a linear axis the bars of rare classes would not be visible. The numbers are at the bars.

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
        ax: Axes | None = None,
        bar_kw: Kw | None = None,
        text_kw: Kw | None = None,
    ) -> Self:
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
        height = 0.84 / n_stages  # of a bar; the bars of a class fill 0.84 of its row
        middle = (n_stages - 1) / 2
        self.bars_: dict[str, BarContainer] = {}
        self.text_: list[Annotation] = []
        for i, (name, column) in enumerate(self.counts.items()):
            stage = str(name)
            style = STYLES[i % len(STYLES)] | {"linewidth": 0.8, "height": 0.9 * height}
            style |= {"label": f"{stage} ({column.sum():,} beats)"}
            places = np.arange(n_classes) + (i - middle) * height
            values = column.to_numpy()
            self.bars_[stage] = ax.barh(places, values, **merged(style, bar_kw, Rectangle))
            texts = [f"{value:,}" for value in values]
            options = {"fontsize": 8, "padding": 3, **(text_kw or {})}
            self.text_ += ax.bar_label(self.bars_[stage], texts, **options)
        ax.set_xscale("log")
        # tick labels are wide
        ax.xaxis.set_major_locator(LogLocator(numticks=max(3, int(1.8 * inches(ax)))))
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        # a single beat has a bar, too, and there is space for the number at the longest bar
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
        before: ArrayLike,
        after: ArrayLike,
        *,
        names: Sequence[str] = ("before", "after"),
        ax: Axes | None = None,
        **plot_kw: Any,
    ) -> Self:
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
        return cls(count_stages(stages, OWNER)).plot(ax=ax, **plot_kw)

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        X: ArrayLike,
        y: ArrayLike,
        *,
        groups: ArrayLike | None = None,
        ax: Axes | None = None,
        **plot_kw: Any,
    ) -> Self:
        """Resample as a pipeline does in training, and draw each step.

        Parameters
        ----------
        estimator : estimator
            A sampler, or a fitted pipeline or search with samplers among its steps. It is not
            changed: copies of the samplers resample.
        X : array-like of shape (n_beats, n_features)
            Rows of the training set.
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

        Raises
        ------
        ValueError
            If there is no sampler.
        """
        stages = resampled_labels(estimator, X, y, OWNER, groups=groups)
        return cls(count_stages(stages, OWNER)).plot(ax=ax, **plot_kw)

    def frame(self) -> pd.DataFrame:
        """Return the data of the figure.

        Returns
        -------
        DataFrame
            One row per class and stage: class, stage, beats and share of the stage.
        """
        counts = self.counts.rename_axis("class").reset_index()
        frame = counts.melt(id_vars="class", var_name="stage", value_name="beats")
        return frame.assign(
            share=frame["beats"] / frame.groupby("stage")["beats"].transform("sum")
        )
