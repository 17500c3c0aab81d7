"""Colours, line styles and axes that all displays share."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import seaborn as sns
from matplotlib import cbook
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from ..tables import AAMI_ORDER

COLORS = tuple(sns.color_palette("colorblind").as_hex())
RIGHT, WRONG = COLORS[0], COLORS[3]  # blue and vermilion: told apart by colour-blind eyes
DASHES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


def class_styles(labels: Sequence[Any]) -> list[dict[str, Any]]:
    """Return colour and dashes of each class; an AAMI class looks the same in every picture."""
    others = [label for label in labels if label not in AAMI_ORDER]
    places = [
        AAMI_ORDER.index(label)
        if label in AAMI_ORDER
        # with no AAMI class about, the first colours are free
        else others.index(label) + len(AAMI_ORDER) * (len(others) < len(labels))
        for label in labels
    ]
    return [
        {"color": COLORS[i % len(COLORS)], "linestyle": DASHES[i % len(DASHES)]} for i in places
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
