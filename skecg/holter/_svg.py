"""Paths and colours of the drawings."""

import numpy as np
from numpy.typing import NDArray

from ..report._page import Markup, tag
from ..utils import true_runs

#: Colour of each class, as in all figures of skecg (display/_style.py), for marks.
COLORS = {"N": "#0173b2", "S": "#de8f05", "V": "#029e73", "F": "#d55e00", "Q": "#cc78bc"}
#: Darker ones of the same hues, for letters: their contrast on white is over 4.5.
INKS = {"N": "#01527f", "S": "#8f5a00", "V": "#016b4e", "F": "#a34800", "Q": "#8f3d80"}
OTHER = "#59636e"


def color_of(label: str) -> str:
    """Return the colour of a class."""
    return COLORS.get(label, OTHER)


def ink_of(label: str) -> str:
    """Return the colour of a letter."""
    return INKS.get(label, OTHER)


def polyline(x: NDArray, y: NDArray) -> str:
    """Return the path through points; NaN interrupts it.

    >>> import numpy as np
    >>> from skecg.holter._svg import polyline
    >>> polyline(np.array([0, 1, 2, 3, 5, 6]), np.array([5, 6, 7, 3, np.nan, 1]))
    'M0 5l2 2 1 -4M6 1'
    """
    known = ~np.isnan(y)
    parts = []
    for start, stop in true_runs(known).tolist():
        px = np.rint(x[start:stop]).astype(int)
        py = np.rint(y[start:stop]).astype(int)
        px, py = _corners(px, py)
        parts.append(f"M{px[0]} {py[0]}")
        if len(px) > 1:
            steps = zip(np.diff(px).tolist(), np.diff(py).tolist(), strict=True)
            parts.append("l" + " ".join([f"{dx} {dy}" for dx, dy in steps]))
    return "".join(parts)


def _corners(x: NDArray, y: NDArray) -> tuple[NDArray, NDArray]:
    """Return the points at which a line changes its direction, and its ends."""
    dx, dy = np.diff(x), np.diff(y)
    keep = np.ones(len(x), dtype=bool)
    keep[1:-1] = dx[:-1] * dy[1:] != dx[1:] * dy[:-1]
    return x[keep], y[keep]


def band(x: NDArray, low: NDArray, high: NDArray) -> str:
    """Return the area between two lines; NaN interrupts it."""
    known = ~(np.isnan(low) | np.isnan(high))
    parts = []
    for start, stop in true_runs(known).tolist():
        there = slice(start, stop)
        px = np.concatenate([x[there], x[there][::-1]])
        py = np.concatenate([high[there], low[there][::-1]])
        parts.append(polyline(px, py) + "z")
    return "".join(parts)


def rect(x: float, y: float, width: float, height: float, **attributes: object) -> Markup:
    """Return a rectangle."""
    size = {"width": _short(width), "height": _short(height)}
    return tag("rect", x=_short(x), y=_short(y), **size, **attributes)


def text(x: float, y: float, words: object, **attributes: object) -> Markup:
    """Return words at a place."""
    return tag("text", words, x=_short(x), y=_short(y), **attributes)


def _short(value: float) -> str:
    """Write a coordinate."""
    return f"{value:.1f}".removesuffix(".0")
