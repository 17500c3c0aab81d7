"""Write numbers, counts and tables as text of 80 columns."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING
from unicodedata import category

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FORMULA_STARTS",
    "align",
    "count",
    "fill",
    "from_cell",
    "interval_cells",
    "listed",
    "number",
    "percent",
    "printable",
    "shorten",
    "to_cell",
]

WIDTH = 80
SHORTEST_NAME = 5


def count(n: float, singular: str, plural: str | None = None) -> str:
    """Write a count with its noun.

    >>> from skecg.utils import count
    >>> count(1, "beat"), count(1200, "beat"), count(2, "class", "classes")
    ('1 beat', '1,200 beats', '2 classes')
    """
    return f"{int(n):,} {singular if n == 1 else plural or singular + 's'}"


def listed(names: Iterable[object], most: int = 10) -> str:
    """Write the first names, and dots for the rest.

    >>> from skecg.utils import listed
    >>> listed(["100", "101", "102"], most=2)
    '100, 101, ...'
    """
    texts = [printable(str(name)) for name in names]
    return ", ".join(texts[:most]) + ", ..." * (len(texts) > most)


def percent(value: float, decimals: int = 2) -> str:
    """Write a fraction in percent, NaN as "-"."""
    return "-" if math.isnan(value) else f"{100 * value:.{decimals}f}"


def number(value: float, decimals: int = 4) -> str:
    """Write a number, NaN as "-"."""
    return "-" if math.isnan(value) else f"{value:.{decimals}f}"


def printable(text: str, *, keep: str = "") -> str:
    r"""Return a text from a file as one line without characters that control what shows it.

    Control characters, line ends, and marks that reverse the direction of writing are replaced by
    their codes, so that a name can neither forge a line of a report nor change a terminal. Blanks
    of any kind stay.

    Parameters
    ----------
    text : str
        The text.
    keep : str, default=""
        Characters that stay, such as a line end in a text of several lines.

    Examples
    --------
    >>> from skecg.utils import printable
    >>> print(printable("ana\nQ 100.00\x1b[2J"))
    ana\nQ 100.00\x1b[2J
    """
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in keep or category(c) == "Zs" else _code(c) for c in text
    )


def _code(character: str) -> str:
    """Write a character as Python does in a string."""
    return character.encode("unicode_escape").decode("ascii")


# Beginnings of cells that spreadsheets take for formulas, and the codes of those that `printable`
# replaces. Source: OWASP, CSV Injection, https://owasp.org/www-community/attacks/CSV_Injection
FORMULA_STARTS = r"=+\-@\t\r\n＝＋－＠"  # noqa: RUF001 - wide forms, too
_FORMULA = re.compile(rf"'*\s*([{FORMULA_STARTS}]|\\[tnr])")


def to_cell(text: str) -> str:
    """Return a text as a cell of a CSV file that spreadsheets show as a text, never compute.

    >>> from skecg.utils import from_cell, to_cell
    >>> to_cell("=1+1"), to_cell("-"), to_cell("N"), from_cell(to_cell("@SUM(A1)"))
    ("'=1+1", "'-", 'N', '@SUM(A1)')
    """
    return printable(f"'{text}" if _FORMULA.match(text) else text)


def from_cell(cell: str) -> str:
    """Return the text of a cell that `to_cell` has made."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def shorten(text: str, width: int = 12) -> str:
    """Cut a text to a width, with an ellipsis at its end."""
    return text if len(text) <= width else text[: width - 1] + "…"


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Write rows of cells as lines: names flush left and shortened if needed, the rest right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    gap = 2 if sum(widths) + 2 * (len(widths) - 1) <= WIDTH else 1  # many millions of beats
    too_long = sum(widths) + gap * (len(widths) - 1) - WIDTH
    first = widths[0] - max(0, min(too_long, widths[0] - SHORTEST_NAME))
    lines = []
    for name, *cells in rows:
        parts = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        lines.append((" " * gap).join([shorten(name, first).ljust(first), *parts]).rstrip())
    return lines


def fill(parts: Sequence[str]) -> list[str]:
    """Join parts by three blanks into as few lines of 80 columns as hold them."""
    lines = [""]
    for part in parts:
        joined = f"{lines[-1]}   {part}" if lines[-1] else part
        lines[-1:] = [joined] if len(joined) <= WIDTH else [lines[-1], part]
    return lines


def interval_cells(table: "pd.DataFrame", write: Callable[[float], str]) -> list[str]:
    """Write values with their intervals, as "41.2 [22.1, 60.3]", in columns of one width."""
    cells = [[write(v) for v in row] for row in table[["value", "low", "high"]].to_numpy()]
    value, low, high = (max(map(len, column)) for column in zip(*cells, strict=True))
    width = max(low, high)
    written = []
    for v, a, b in cells:
        bounds = f"[{a.rjust(width)}, {b.rjust(width)}]" if "-" not in (a, b) else ""
        written.append(f"{v.rjust(value)} {bounds.ljust(2 * width + 4)}")
    return written
