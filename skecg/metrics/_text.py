"""Reports as text of 80 columns."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from ._overall import FIGURES

WIDTH = 80
SHORTEST_NAME = 5
FEW_SUBJECTS = 10  # with fewer, a 95 % interval holds the truth less than nine times in ten
CONVENTION_WORDS = {
    "one_vs_rest": ["One class against the rest, all beats pooled; Se, Sp, +P and F1 in percent"],
    "ec57": [
        "Beats at known positions, all beats pooled; Se, Sp, +P and F1 in percent",
        "FP by a rule of EC57: F or Q called V, and Q called S, are no false alarms",
    ],
}


def percent(value: float, decimals: int = 2) -> str:
    """Write a fraction in percent, NaN as "-"."""
    return "-" if np.isnan(value) else f"{100 * value:.{decimals}f}"


def number(value: float, decimals: int = 4) -> str:
    """Write a number, NaN as "-"."""
    return "-" if np.isnan(value) else f"{value:.{decimals}f}"


def figure(name: str, value: float) -> str:
    """Write a figure over all classes as all prints do."""
    how = FIGURES[name]
    return percent(value) if how.in_percent else number(value, how.decimals)


def plural(count: float, singular: str, several: str | None = None) -> str:
    """Write a count with its noun."""
    return f"{int(count):,} {singular if count == 1 else several or singular + 's'}"


def shorten(text: str, width: int = 12) -> str:
    """Return the text, or its beginning and an ellipsis."""
    return text if len(text) <= width else text[: width - 1] + "…"


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Write rows of cells as lines, the names flush left, shortened if need be, the rest right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    gap = 2 if sum(widths) + 2 * (len(widths) - 1) <= WIDTH else 1  # many millions of beats
    too_long = sum(widths) + gap * (len(widths) - 1) - WIDTH
    first = widths[0] - max(0, min(too_long, widths[0] - SHORTEST_NAME))
    return [
        (" " * gap)
        .join(
            [
                shorten(name, first).ljust(first),
                *(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)),
            ]
        )
        .rstrip()
        for name, *cells in rows
    ]


def fill(parts: Sequence[str]) -> list[str]:
    """Put parts side by side, three blanks between them, on as few lines as hold them."""
    lines = [""]
    for part in parts:
        joined = f"{lines[-1]}   {part}" if lines[-1] else part
        lines[-1:] = [joined] if len(joined) <= WIDTH else [lines[-1], part]
    return lines


def interval_cells(table: pd.DataFrame, write: Callable[[float], str]) -> list[str]:
    """Write values with their intervals, as "41.2 [22.1, 60.3]", in columns of one width."""
    cells = [[write(v) for v in row] for row in table[["value", "low", "high"]].to_numpy()]
    value, low, high = (max(map(len, column)) for column in zip(*cells, strict=True))
    width = max(low, high)
    written = []
    for v, a, b in cells:
        bounds = f"[{a.rjust(width)}, {b.rjust(width)}]" if "-" not in (a, b) else ""
        written.append(f"{v.rjust(value)} {bounds.ljust(2 * width + 4)}")
    return written
