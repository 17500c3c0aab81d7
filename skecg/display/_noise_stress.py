"""Curves of a noise stress test: Se and +P over the signal-to-noise ratio."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ._style import COLORS, MARKERS

__all__ = ["EVENTS", "draw_noise_stress"]

EVENTS = ("QRS", "VEB", "SVEB")
METRICS = {"Se": "-", "+P": "--"}
PANEL = (2.8, 2.7)  # inches
LEGEND_LINE = 0.17  # inches
MOST_TICKS = 8
MOST_COLUMNS = (3, 5)  # of the legend of one panel, of several


def draw_noise_stress(table: pd.DataFrame, events: Sequence[str] = EVENTS) -> Figure:
    """Draw a panel for each event, with a curve for each noise and metric.

    Parameters
    ----------
    table : DataFrame
        Statistics as fractions, such as "QRS Se", indexed by noise and ratio in dB; a ratio of
        infinity is without noise.
    events : sequence of {"QRS", "VEB", "SVEB"}
        The panels.
    """
    n_noises = table.index.get_level_values("noise").nunique()
    # a column of the legend for each noise, or, of many, a row
    n_columns, n_rows = n_noises, len(METRICS)
    if n_noises > MOST_COLUMNS[len(events) > 1]:
        n_columns, n_rows = n_rows, n_columns
    height = PANEL[1] + LEGEND_LINE * n_rows
    figure, axes = plt.subplots(
        1,
        len(events),
        figsize=(PANEL[0] * len(events) + (len(events) == 1), height),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    ratios = table.index.get_level_values("snr").to_numpy(dtype=float)
    finite = np.unique(ratios[np.isfinite(ratios)])
    for ax, event in zip(axes[0], events, strict=True):
        _draw_event(ax, table, event)
        if len(events) > 1:
            ax.set_title(event, fontsize=9)
        ax.set_xlabel("Signal-to-noise ratio (dB)", fontsize=8)
    margin = 0.06 * (np.ptp(finite) or 1)
    first = axes[0, 0]
    first.set(ylim=(0, 103), ylabel="Se, +P (%)")
    first.yaxis.label.set_fontsize(8)
    if len(finite) <= MOST_TICKS:
        first.set_xticks(finite)
    first.set_xlim(finite.max() + margin, finite.min() - margin)  # more noise to the right
    handles, texts = first.get_legend_handles_labels()
    if n_columns != n_noises:  # columns are filled one after the other
        handles, texts = handles[::2] + handles[1::2], texts[::2] + texts[1::2]
    figure.legend(
        handles,
        texts,
        loc="outside lower center",
        ncols=n_columns,
        frameon=False,
        fontsize=8,
        handlelength=3,
    )
    return figure


def _draw_event(ax: Axes, table: pd.DataFrame, event: str) -> None:
    """Draw the curves of one event, both metrics of a noise one after the other."""
    curves = 0
    for noise in dict.fromkeys(table.index.get_level_values("noise")):
        of_noise = table.loc[noise]
        is_clean = not np.isfinite(of_noise.index).all()
        for metric, dashes in METRICS.items():
            values = 100 * of_noise[f"{event} {metric}"].astype(float)
            if is_clean:
                label = f"{metric}, no noise"
                ax.axhline(values.iloc[0], color="0.6", linestyle=dashes, lw=1, label=label)
                continue
            ax.plot(
                values.index,
                values.to_numpy(),
                color=COLORS[curves % len(COLORS)],
                linestyle=dashes,
                marker=MARKERS[curves % len(MARKERS)],
                markersize=3.5,
                linewidth=1.3,
                label=f"{metric}, {noise}",
                clip_on=False,
            )
        curves += not is_clean
    ax.grid(axis="y", color="0.92", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=8)
