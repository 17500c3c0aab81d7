"""Elements of HTML. Text is escaped wherever it comes from; only `Markup` passes as it is."""

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ...utils import printable

EMPTY = ("br", "meta")  # elements without an end


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


class Cell(NamedTuple):
    """A cell of a table."""

    content: object
    class_: str | None = None
    style: str | None = None


def escape(value: object) -> str:
    """Return HTML that shows a value as text.

    >>> from skecg.report._page._markup import escape
    >>> escape("<b>")
    '&lt;b&gt;'
    """
    return value if isinstance(value, Markup) else html.escape(_shown(value))


def _shown(value: object) -> str:
    """Return a value as text of characters that can be shown; line ends are blanks in HTML."""
    return printable(str(value), keep="\n")


def tag(name: str, /, *children: object, **attributes: object) -> Markup:
    """Make an element; children and attributes that are None are omitted.

    Attributes that are words of Python end in "_", and their other "_" are "-".

    >>> from skecg.report._page import tag
    >>> tag("td", "a < b", class_="metric", colspan=None)
    '<td class="metric">a &lt; b</td>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(_shown(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in EMPTY:
        return Markup(f"<{name}{written}>")
    inner = "".join(escape(child) for child in children if child is not None)
    return Markup(f"<{name}{written}>{inner}</{name}>")


def joined(*parts: Markup | None) -> Markup:
    """Join elements, without those that are None."""
    return Markup("".join(part for part in parts if part is not None))


def lines(*texts: object) -> Markup:
    """Make paragraphs."""
    return joined(*(tag("p", text) for text in texts))


def items(texts: Iterable[object]) -> Markup:
    """Make a list."""
    return tag("ul", *(tag("li", text) for text in texts))


def terms(pairs: Mapping[str, object], *, class_: str | None = None) -> Markup:
    """Make a list of terms and their descriptions."""
    parts = [part for k, v in pairs.items() for part in (tag("dt", k), tag("dd", v))]
    return tag("dl", *parts, class_=class_)


def table(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    class_: str | None = None,
    texts: Sequence[str] = (),
    above: tuple[str, int] | None = None,
    groups: Sequence[tuple[str, int]] = (),
) -> Markup:
    """Make a table in a box of its own.

    The first cell of a row is its header; the others are text, `Markup` or a `Cell`. On a narrow
    screen a table of class "stack" shows each row as a list, with the names of the columns before
    the cells; others scroll in their box. ``texts`` names the columns of text, which are
    flush left. ``above`` is a header over the last columns, and their number. ``groups`` are
    headers over all columns but the first, each with the number of its columns; the first column
    of a group has the class "first".
    """
    kinds = ["words" if name in texts else None for name in columns]
    begin = 1
    for _, n in groups:
        kinds[begin] = "first"
        begin += n
    named = zip(columns, kinds, strict=True)
    head = [tag("tr", *(tag("th", name, scope="col", class_=kind) for name, kind in named))]
    if above is not None:
        words, n = above
        corner = tag("td", colspan=len(columns) - n)
        head.insert(0, tag("tr", corner, tag("th", words, colspan=n, scope="colgroup")))
    if groups:
        over = (
            tag("th", words, colspan=n, scope="colgroup", class_="first") for words, n in groups
        )
        head.insert(0, tag("tr", tag("td"), *over))
    body = (
        tag("tr", tag("th", name, scope="row"), *map(_cell, cells, columns[1:], kinds[1:]))
        for name, *cells in rows
    )
    # the caption stays in sight while the table scrolls
    named_by = tag("caption", tag("span", caption))
    whole = tag("table", named_by, tag("thead", *head), tag("tbody", *body), class_=class_)
    # without a mouse, a box is scrolled when it has the focus
    label = str(caption).partition(". ")[0].removesuffix(".")
    return tag("div", whole, class_="box", role="region", aria_label=label, tabindex=0)


def _cell(given: object, column: str, kind: str | None) -> Markup:
    """Make a cell that knows the name of its column."""
    cell = given if isinstance(given, Cell) else Cell(given)
    classes = " ".join(filter(None, (cell.class_, kind))) or None
    return tag("td", cell.content, class_=classes, style=cell.style, data_label=column)
