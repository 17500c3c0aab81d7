"""Cells of a confusion matrix, coloured and with a text in each."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns


def own_axes(n_classes: int, colorbar: bool) -> Any:
    """Return axes of a new figure in which the cells have room for their texts."""
    side = max(3.2, 0.85 * n_classes)
    # "compressed": made for axes of fixed aspect; "constrained" cuts off their labels
    return plt.subplots(
        figsize=(side + (1.5 if colorbar else 0.5), side + 0.4), layout="compressed"
    )[1]


def draw_cells(
    ax: Any,
    values: np.ndarray,
    texts: Sequence[Sequence[str]],
    names: Sequence[Any],
    *,
    colors: Mapping[str, Any],
    colorbar: bool,
    colorbar_kw: Mapping[str, Any],
    include_values: bool,
    xticks_rotation: Any,
    square: bool,
    im_kw: Mapping[str, Any] | None,
    text_kw: Mapping[str, Any] | None,
) -> tuple[Any, np.ndarray | None]:
    """Draw the cells; return their mesh, and their texts or None."""
    options = {
        "annot": np.array(texts) if include_values else None,
        "fmt": "",
        "cbar": colorbar,
        "cbar_kws": dict(colorbar_kw) if colorbar else None,
        "square": square,
        "linewidths": 0.5,
        "linecolor": "0.8",
        "xticklabels": names,
        "yticklabels": names,
        "annot_kws": text_kw,
    }
    before = len(ax.texts)
    sns.heatmap(values, ax=ax, **(options | dict(colors) | dict(im_kw or {})))
    ax.set(xlabel="Predicted", ylabel="Reference")
    ax.tick_params(length=0)
    ax.tick_params(axis="y", labelrotation=0)
    plt.setp(ax.get_xticklabels(), rotation=xticks_rotation)
    if not include_values:
        return ax.collections[-1], None
    drawn = np.array(ax.texts[before:], dtype=object).reshape(np.shape(texts))
    if not {"fontsize", "size"} & set(text_kw or {}):
        plt.setp(drawn.ravel().tolist(), fontsize=_font_size(ax, texts))
    return ax.collections[-1], drawn


def cell_names(display_labels: Sequence[Any] | None, n_classes: int, owner: str) -> list:
    """Return the names of the classes, their numbers if they have none."""
    names = range(n_classes) if display_labels is None else display_labels
    if len(names) != n_classes:
        raise ValueError(
            f"The 'display_labels' parameter of {owner} must name {n_classes} classes. "
            f"Got {len(names)} names instead."
        )
    return list(names)


def _font_size(ax: Any, texts: Sequence[Sequence[str]]) -> float:
    """Return the size in points at which the longest line fits a cell."""
    box = ax.get_window_extent()
    cell = min(box.width, box.height) / len(texts) * 72 / ax.figure.dpi
    longest = max(len(line) for row in texts for text in row for line in text.split("\n"))
    return float(np.clip(0.9 * cell / (0.62 * max(longest, 5)), 4, 11))
