"""Panels of waveforms that share axes, labels and a legend."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ..utils import Label
from ._rows import in_time, time_label
from ._style import AxesLike, given_axes

N_COLUMNS = 5
#: Whether panels have one amplitude scale; "auto": unless offsets make waveforms small.
ShareY: TypeAlias = bool | Literal["auto"]


def make_panels(
    ax: AxesLike | None, n_columns: int, sharey: ShareY, values: NDArray, owner: str
) -> NDArray[np.object_]:
    """Return axes to draw into, made or given, one for each panel of values (n_panels, ...)."""
    n = len(values)
    share = _fit_one_scale(values) if sharey == "auto" else bool(sharey)
    if ax is None:
        axes = _own_panels(n, n_columns, share)
    else:
        axes = given_axes(ax, n, owner)
        if share:
            low, high = np.nanmin(values), np.nanmax(values)
            margin = 0.05 * (high - low) or 1.0
            for axis in axes:
                axis.set_ylim(low - margin, high + margin)
    for axis in axes:
        axis.tick_params(labelsize=7)
        axis.grid(alpha=0.25)
    return axes


def label_panels(axes: NDArray[np.object_], ylabel: str, fs: float | None, *, own: bool) -> None:
    """Label time and amplitude, once in a figure of our own, and fit the titles."""
    plt.setp([axis.title for axis in axes], fontsize=min(map(_title_size, axes)))
    figure = axes[0].figure
    if own:
        figure.supxlabel(time_label(fs), fontsize=10)
        figure.supylabel(ylabel, fontsize=10)
        return
    for axis in axes:
        axis.set(xlabel=time_label(fs), ylabel=ylabel)


def panel_legend(axes: NDArray[np.object_], handles: Sequence[Artist], *, own: bool) -> None:
    """Draw the legend above the panels of a figure of our own, or into the first one."""
    if not own:
        axes[0].legend(handles=handles, fontsize="x-small")
        return
    axes[0].figure.legend(
        handles=handles,
        loc="outside upper right",
        ncols=len(handles),
        frameon=False,
        fontsize=8,
    )


def long_frame(
    keys: Mapping[str, NDArray | Sequence[Label]],
    values: Mapping[str, NDArray],
    leads: Sequence[str],
    fs: float | None,
) -> pd.DataFrame:
    """Return waveforms (n_rows, n_leads, n_samples) as a table with one row per sample.

    Keys have one value per row, or per row and lead.
    """
    n_rows, n_leads, n_samples = next(iter(values.values())).shape
    n = n_rows * n_leads * n_samples
    data = {}
    for name, value in keys.items():
        flat = np.ravel(np.asarray(value))
        data[name] = np.repeat(flat, n // max(len(flat), 1))
    data["lead"] = np.tile(np.repeat(list(leads), n_samples), n_rows)
    axis = in_time(np.arange(n_samples), fs)
    data["time" if fs else "sample"] = np.tile(axis, n_rows * n_leads)
    return pd.DataFrame(data | {name: value.ravel() for name, value in values.items()})


def _own_panels(n: int, n_columns: int, sharey: bool) -> NDArray[np.object_]:
    """Make a figure with n panels in rows of as many columns."""
    n_rows = -(-n // n_columns)
    _, grid = plt.subplots(
        n_rows,
        n_columns,
        figsize=(max(3.2, 1.9 * n_columns), 0.7 + 1.6 * n_rows),
        sharex=True,
        sharey=sharey,
        layout="constrained",
        squeeze=False,
    )
    for unused in grid.ravel()[n:]:
        unused.remove()
    for column, axis in enumerate(grid[-2] if n < grid.size else ()):
        if (n_rows - 1) * n_columns + column >= n:  # now the lowest of its column
            axis.tick_params(labelbottom=True)
    return grid.ravel()[:n]


def _fit_one_scale(values: NDArray) -> bool:
    """Tell whether one scale fits all panels, given values of shape (n_panels, ...)."""
    values = values.reshape(len(values), -1)
    values = values[~np.isnan(values).all(axis=1)]
    low, high = np.nanmin(values, axis=1), np.nanmax(values, axis=1)
    return bool(high.max() - low.min() <= 3 * np.median(high - low))


def _title_size(ax: Axes) -> float:
    """Return the size in points at which the longest line of a title fits its panel."""
    width = 72 * ax.get_window_extent().width / ax.figure.dpi
    longest = max(map(len, ax.get_title().split("\n")))
    return float(np.clip(width / (0.65 * longest), 4.5, 8))
