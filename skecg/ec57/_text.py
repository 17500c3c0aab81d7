"""Write comparisons as text."""

import html
from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..utils import printable
from ._streams import LABELS

__all__ = [
    "LEGEND",
    "NOT_STANDARD",
    "SUMSTATS_NOTE",
    "fractions",
    "html_lines",
    "matrix_lines",
    "milliseconds",
    "period_text",
    "share",
    "statistics_lines",
]

LEGEND = (
    "O: no beat there (column: missed, row: extra); X: the same, in a shutdown",
    "of the other annotator",
)
SUMSTATS_NOTE = ("(sumstats): without Fs and Xs, as the program sumstats counts",)
NOT_STANDARD = "NOT STANDARD: EC57 requires start=300, stop=None and window=0.15"


def matrix_lines(matrix: pd.DataFrame) -> list[str]:
    """Write the matrix as lines of text, under a heading of its rows and columns."""
    cells = [[f"{n:,}" if n else "." for n in row] for row in matrix.to_numpy().tolist()]
    width = 1 + max(6, *(len(cell) for row in cells for cell in row))
    head = "".join(label.lower().rjust(width) for label in LABELS)
    rows = [
        f"{label:>9}" + "".join(cell.rjust(width) for cell in row)
        for label, row in zip(LABELS, cells, strict=True)
    ]
    for corner in (5, 6):  # these cells are 0 by definition
        rows[corner] = rows[corner][: 9 + 5 * width]
    return [" " * 9 + "test".rjust(width), f"reference{head}", *rows]


def statistics_lines(statistics: pd.DataFrame) -> list[str]:
    """Write the statistics, one per line."""
    names = [str(name) for name in statistics.index]
    width = max(map(len, names))
    lines = []
    for name, value, fraction in zip(
        names, statistics["value"], fractions(statistics), strict=True
    ):
        unit = " " if np.isnan(value) else "%"
        lines.append(f"{name.ljust(width)} {share(value, name):>8} {unit}  ({fraction})")
    return lines


def fractions(statistics: pd.DataFrame) -> list[str]:
    """Write numerators over denominators."""
    numbers = statistics[["numerator", "denominator"]].to_numpy().tolist()
    return [f"{numerator:,}/{denominator:,}" for numerator, denominator in numbers]


def share(value: float, name: str = "") -> str:
    """Write a fraction in percent, a false positive rate with more digits, NaN as "-"."""
    digits = 3 if name.endswith("FPR") else 2
    return "-" if np.isnan(value) else f"{100 * value:.{digits}f}"


def milliseconds(value: float) -> str:
    """Write a number of milliseconds, NaN as "-"."""
    return "-" if np.isnan(value) else f"{value:.2f}"


def period_text(period: tuple[int, int | None], fs: float) -> str:
    """Write a test period in seconds; None is the end of the annotations."""
    first, last = period
    end = "the last annotation" if last is None else f"{last / fs:.1f} s"
    return f"{first / fs:.1f} s to {end} at {fs:g} Hz"


def html_lines(lines: Iterable[str]) -> str:
    """Join lines for HTML."""
    return "<br>".join(html.escape(printable(line)) for line in lines)
