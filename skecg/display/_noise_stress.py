"""Curves of a noise stress test: Se and +P over the signal-to-noise ratio."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ._style import COLORS, MARKERS

__all__ = ["draw_noise_stress"]

EVENTS = ("QRS", "VEB", "SVEB")
METRICS = {"Se": "-", "+P": "--"}


def draw_noise_stress(table: pd.DataFrame) -> Figure:
    """Draw a panel for each event, with a curve for each noise and metric.

    Parameters
    ----------
    table : DataFrame
        Statistics as fractions, such as "QRS Se", indexed by noise and ratio in dB; a ratio of
        infinity is without noise.
    """
    figure, axes = plt.subplots(
        1, len(EVENTS), figsize=(8.4, 3.3), sharex=True, sharey=True, layout="constrained"
    )
    ratios = table.index.get_level_values("snr").to_numpy(dtype=float)
    finite = ratios[np.isfinite(ratios)]
    for ax, event in zip(axes, EVENTS, strict=True):
        _draw_event(ax, table, event)
        ax.set_title(event, fontsize=9)
        ax.set_xlabel("Signal-to-noise ratio (dB)", fontsize=8)
    margin = 0.06 * (np.ptp(finite) or 1)
    axes[0].set(ylim=(0, 103), ylabel="Se, +P (%)", xticks=sorted(set(finite)))
    axes[0].set_xlim(finite.max() + margin, finite.min() - margin)  # more noise to the right
    handles, texts = axes[0].get_legend_handles_labels()
    figure.legend(handles, texts, loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    return figure


def _draw_event(ax: Axes, table: pd.DataFrame, event: str) -> None:
    """Draw the curves of one event."""
    noises = list(dict.fromkeys(table.index.get_level_values("noise")))
    curves = [noise for noise in noises if np.isfinite(table.loc[noise].index).all()]
    for metric, dashes in METRICS.items():
        column = 100 * table[f"{event} {metric}"].astype(float)
        for noise in noises:
            values = column.loc[noise]
            if noise not in curves:
                label = f"{metric}, no noise"
                ax.axhline(values.iloc[0], color="0.6", linestyle=dashes, lw=1, label=label)
                continue
            i = curves.index(noise)
            ax.plot(
                values.index,
                values.to_numpy(),
                color=COLORS[i % len(COLORS)],
                linestyle=dashes,
                marker=MARKERS[i % len(MARKERS)],
                markersize=3.5,
                linewidth=1.3,
                label=f"{metric}, {noise}",
                clip_on=False,
            )
    ax.grid(axis="y", color="0.92", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=8)
