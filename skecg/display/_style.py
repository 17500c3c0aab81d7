"""Colours, line styles, axes, bands and legends that all displays share."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import seaborn as sns
from matplotlib import cbook
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.legend import Legend
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from ..tables import AAMI_ORDER
from ..utils import Label, count

Kw: TypeAlias = Mapping[str, Any]  # keywords for an artist
AxesLike: TypeAlias = Axes | Sequence[Axes] | NDArray[np.object_]

COLORS = tuple(sns.color_palette("colorblind").as_hex())
RIGHT, WRONG = COLORS[0], COLORS[3]  # blue and vermilion: distinct for colour-blind readers
WRONG_TO_RIGHT = sns.blend_palette([WRONG, "0.98", RIGHT], as_cmap=True)  # centred at 0
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LABEL_INCHES = 0.48  # ticks and label below axes
BAND_ALPHA = 0.18  # three bands over each other stay distinct, also in grey


def class_styles(labels: Sequence[Label]) -> list[dict[str, Any]]:
    """Return colour and dashes of each class; an AAMI class looks the same in every figure."""
    return [
        {"color": COLORS[i % len(COLORS)], "linestyle": DASHES[i % len(DASHES)]}
        for i in _places(labels)
    ]


def class_markers(labels: Sequence[Label]) -> list[dict[str, Any]]:
    """Return colour and marker of each class, also the same in every figure."""
    return [
        {"color": COLORS[i % len(COLORS)], "marker": MARKERS[i % len(MARKERS)]}
        for i in _places(labels)
    ]


def curve_styles(labels: Sequence[Label]) -> list[dict[str, Any]]:
    """Return colour, dashes and marker of the curve of each class."""
    return list(map(dict.__or__, class_styles(labels), class_markers(labels)))


def _places(labels: Sequence[Label]) -> list[int]:
    """Return the position of each class in the order of styles: AAMI classes, then others."""
    others = [label for label in labels if label not in AAMI_ORDER]
    return [
        AAMI_ORDER.index(label)
        if label in AAMI_ORDER
        # without AAMI classes, the first colours are free
        else others.index(label) + len(AAMI_ORDER) * (len(others) < len(labels))
        for label in labels
    ]


def merged(defaults: Kw, given: Kw | None, artist: type[Artist]) -> dict[str, Any]:
    """Return keywords for an artist; given ones, under any alias, replace defaults."""
    return {**defaults, **cbook.normalize_kwargs(dict(given or {}), artist)}


def given_axes(ax: AxesLike, n: int, owner: str) -> NDArray[np.object_]:
    """Return the first n of the axes that a caller gave; raise if there are fewer."""
    axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
    if len(axes) < n or not all(isinstance(one, Axes) for one in axes):
        raise ValueError(
            f"The 'ax' parameter of {owner} must hold {n} matplotlib Axes, one for each panel. "
            f"Got {len(axes)} of {type(axes[0]).__name__ if len(axes) else 'nothing'}."
        )
    return axes[:n]


def inches(ax: Axes) -> float:
    """Return the width of axes on paper."""
    return ax.get_window_extent().width / ax.figure.dpi


def name_axes(ax: Axes, **names: str) -> None:
    """Label axes in letters that fit a column, too."""
    ax.set(**names)
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_fontsize(float(np.clip(3 * inches(ax), 7, 10)))


def draw_band(
    ax: Axes,
    x: NDArray,
    bounds: tuple[NDArray, NDArray],
    band_kw: Kw | None,
    **style: Any,
) -> PolyCollection:
    """Fill the area between two bounds; keywords of a user replace the style."""
    style = {"alpha": BAND_ALPHA, "linewidth": 0.8, "zorder": 2} | style
    return ax.fill_between(x, *bounds, **merged(style, band_kw, PolyCollection))


def interval_title(confidence: float, n_subjects: int | None) -> str | None:
    """Return the line of a legend about its intervals, None without subjects."""
    if n_subjects is None:
        return None
    if n_subjects < 2:
        return "no interval: one subject"
    return f"{100 * confidence:g} % interval over {count(n_subjects, 'subject')}"


def with_interval(name: str, value: float, interval: tuple[float, float] | None) -> str:
    """Return a value with its name and interval, as "AUC 0.93, 0.89 to 0.97"."""
    text = f"{name} {value:.3f}"
    if interval is None or np.isnan(interval).any():
        return text
    return f"{text}, {interval[0]:.3f} to {interval[1]:.3f}"


def legend(ax: Axes, *, title: str | None = None, **options: Any) -> Legend:
    """Draw the legend below the axes, where it hides nothing, if the figure has a layout engine.

    Without one the figure would not make room for it, and it goes into the axes.
    """
    size = float(np.clip(2.7 * inches(ax), 5, 9))
    options = {
        "loc": "best",
        "title": title,
        "fontsize": size,
        "title_fontsize": size,
        "handlelength": 3.5,
        "alignment": "left",
    } | options
    if ax.figure.get_layout_engine() is None:
        return ax.legend(**options)
    down = ScaledTranslation(0, -LABEL_INCHES, ax.figure.dpi_scale_trans)
    place: dict[str, Any] = {"bbox_transform": ax.transAxes + down, "bbox_to_anchor": (0.5, 0)}
    place |= {"loc": "upper center", "frameon": False}
    return ax.legend(**(options | place))
