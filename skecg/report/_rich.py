"""Tables for terminals and text reports whose cells are of one line."""

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from ..utils import printable

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["TextTable"]


class TextTable(Table):
    """A table of texts from files, in which no text can leave its cell or control a terminal."""

    def add_column(self, header: "RenderableType" = "", *args: Any, **kwargs: Any) -> None:
        """Add a column with its title."""
        super().add_column(_in_one_line(header), *args, **kwargs)

    def add_row(self, *cells: "RenderableType | None", **kwargs: Any) -> None:
        """Add a row of cells."""
        super().add_row(*map(_in_one_line, cells), **kwargs)


def _in_one_line(cell: Any) -> Any:
    """Return a cell with the characters replaced that are not printable."""
    if isinstance(cell, Text):
        plain = printable(cell.plain)
        return cell if plain == cell.plain else Text(plain, style=cell.style)
    return printable(cell) if isinstance(cell, str) else cell
