"""Colours, line styles, axes and legends that all displays share."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import seaborn as sns
from matplotlib import cbook
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

from ..layout import BeatLayout
from ..tables import AAMI_ORDER

COLORS = tuple(sns.color_palette("colorblind").as_hex())
RIGHT, WRONG = COLORS[0], COLORS[3]  # blue and vermilion: told apart by colour-blind eyes
WRONG_TO_RIGHT = sns.blend_palette([WRONG, "0.98", RIGHT], as_cmap=True)  # centred at 0
DASHES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LABEL_INCHES = 0.48  # ticks and label below axes
BAND_ALPHA = 0.18  # light enough for three bands over each other, also in grey


def class_styles(labels: Sequence[Any]) -> list[dict[str, Any]]:
    """Return colour and dashes of each class; an AAMI class looks the same in every picture."""
    return [
        {"color": COLORS[i % len(COLORS)], "linestyle": DASHES[i % len(DASHES)]}
        for i in _places(labels)
    ]


def class_markers(labels: Sequence[Any]) -> list[dict[str, Any]]:
    """Return colour and marker of each class, the same in every picture, too."""
    return [
        {"color": COLORS[i % len(COLORS)], "marker": MARKERS[i % len(MARKERS)]}
        for i in _places(labels)
    ]


def _places(labels: Sequence[Any]) -> list[int]:
    """Return the place of each class in the order of styles: that of AAMI, then the others."""
    others = [label for label in labels if label not in AAMI_ORDER]
    return [
        AAMI_ORDER.index(label)
        if label in AAMI_ORDER
        # with no AAMI class about, the first colours are free
        else others.index(label) + len(AAMI_ORDER) * (len(others) < len(labels))
        for label in labels
    ]


def merged(
    defaults: Mapping[str, Any], given: Mapping[str, Any] | None, artist: type[Artist]
) -> dict[str, Any]:
    """Return keywords for an artist, the given ones over the defaults, under whichever alias."""
    return {**defaults, **cbook.normalize_kwargs(given, artist)}


def given_axes(ax: Any, n: int, owner: str) -> np.ndarray:
    """Return the first n of the axes that a caller gave, or an error that says how many."""
    axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
    if len(axes) < n or not all(isinstance(one, Axes) for one in axes):
        raise ValueError(
            f"The 'ax' parameter of {owner} must hold {n} matplotlib Axes, one for each panel. "
            f"Got {len(axes)} of {type(axes[0]).__name__ if len(axes) else 'nothing'}."
        )
    return axes[:n]


def inches(ax: Axes) -> float:
    """Width of axes on paper."""
    return ax.get_window_extent().width / ax.figure.dpi


def name_axes(ax: Axes, **names: str) -> None:
    """Name axes in letters that fit a column, too."""
    ax.set(**names)
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_fontsize(float(np.clip(3 * inches(ax), 7, 10)))


def amplitude(unit: str | None, layout: BeatLayout) -> str:
    """Return what an axis of amplitudes is called; "auto" sees from the layout what it shows."""
    if unit == "auto":
        # the extractor divides rows with context by the height of the normal beat around each
        unit = "normal QRS = 1" if "difference" in layout.channels else "mV"
    return f"Amplitude ({unit})" if unit else "Amplitude"


def check_fs(fs: Any, owner: str) -> None:
    """Refuse a sampling frequency that is none."""
    if fs is not None and not (np.isscalar(fs) and np.isreal(fs) and fs > 0):
        raise ValueError(
            f"The 'fs' parameter of {owner} must be a positive number or None. Got {fs!r} instead."
        )


def legend(ax: Axes, *, title: str | None = None, **options: Any) -> Any:
    """Draw the legend below the axes, where it hides nothing, if the figure makes room for it.

    Figures without a layout engine do not: there it goes into the axes.
    """
    size = float(np.clip(2.7 * inches(ax), 5, 9))
    options = {
        "title": title,
        "fontsize": size,
        "title_fontsize": size,
        "handlelength": 3.5,
        "alignment": "left",
    } | options
    if ax.figure.get_layout_engine() is None:
        return ax.legend(**({"loc": "best"} | options))
    down = ScaledTranslation(0, -LABEL_INCHES, ax.figure.dpi_scale_trans)
    place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "frameon": False}
    return ax.legend(bbox_transform=ax.transAxes + down, **(place | options))
