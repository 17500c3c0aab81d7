from ._document import Section, document
from ._figure import inline_svg
from ._markup import Cell, Markup, items, joined, lines, table, tag, terms

__all__ = [
    "Cell",
    "Markup",
    "Section",
    "document",
    "inline_svg",
    "items",
    "joined",
    "lines",
    "table",
    "tag",
    "terms",
]
