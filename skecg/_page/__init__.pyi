from ._document import Section, document
from ._figure import inline_svg
from ._markup import Markup, items, lines, table, tag, terms

__all__ = [
    "Markup",
    "Section",
    "document",
    "inline_svg",
    "items",
    "lines",
    "table",
    "tag",
    "terms",
]
