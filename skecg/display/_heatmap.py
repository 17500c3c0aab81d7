"""Cells of a confusion matrix, coloured and with a text in each."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from numpy.typing import NDArray

from ..utils import Label
from ._style import Kw


def own_axes(n_classes: int, colorbar: bool) -> Axes:
    """Return axes of a new figure in which the texts fit the cells."""
    size = max(3.2, 0.85 * n_classes)
    # "compressed": made for axes of fixed aspect; "constrained" cuts off their labels
    _, ax = plt.subplots(
        figsize=(size + (1.5 if colorbar else 0.5), size + 0.4), layout="compressed"
    )
    return ax


def draw_cells(
    ax: Axes,
    values: NDArray,
    texts: Sequence[Sequence[str]],
    names: Sequence[Label],
    *,
    colors: Kw,
    colorbar: bool,
    colorbar_kw: Kw,
    include_values: bool,
    xticks_rotation: float | str,
    square: bool,
    im_kw: Kw | None,
    text_kw: Kw | None,
) -> tuple[QuadMesh, NDArray[np.object_] | None]:
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
    mesh = ax.collections[-1]
    assert isinstance(mesh, QuadMesh)
    if not include_values:
        return mesh, None
    drawn = np.array(ax.texts[before:], dtype=object).reshape(np.shape(texts))
    if not {"fontsize", "size"} & set(text_kw or {}):
        plt.setp(drawn.ravel().tolist(), fontsize=_font_size(ax, texts))
    return mesh, drawn


def cells_frame(names: Sequence[Label], matrices: Mapping[str, NDArray]) -> pd.DataFrame:
    """Return matrices as a table with one row per cell: reference, predicted, values."""
    cells = pd.MultiIndex.from_product([names, names], names=["reference", "predicted"])
    values = {name: matrix.ravel() for name, matrix in matrices.items()}
    return pd.DataFrame(values, index=cells).reset_index()


def cell_names(
    display_labels: Sequence[Label] | NDArray | None, n_classes: int, owner: str
) -> list[Label]:
    """Return the names of the classes, by default their numbers."""
    names = range(n_classes) if display_labels is None else display_labels
    if len(names) != n_classes:
        raise ValueError(
            f"The 'display_labels' parameter of {owner} must name {n_classes} classes. "
            f"Got {len(names)} names instead."
        )
    return list(names)


def _font_size(ax: Axes, texts: Sequence[Sequence[str]]) -> float:
    """Return the size in points at which the longest line fits a cell."""
    box = ax.get_window_extent()
    cell = min(box.width, box.height) / len(texts) * 72 / ax.figure.dpi
    longest = max(len(line) for row in texts for text in row for line in text.split("\n"))
    return float(np.clip(0.9 * cell / (0.62 * max(longest, 5)), 4, 11))
