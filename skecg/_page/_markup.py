"""Elements of HTML. Text is escaped wherever it comes from; only `Markup` passes as it is."""

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

EMPTY = ("br", "meta")  # elements without an end


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def escape(value: Any) -> str:
    """Return HTML that shows a value as text.

    >>> from skecg._page._markup import escape
    >>> escape("<b>")
    '&lt;b&gt;'
    """
    return value if isinstance(value, Markup) else html.escape(str(value))


def tag(name: str, /, *children: Any, **attributes: Any) -> Markup:
    """Make an element; children that are None and attributes that are None are left out.

    Attributes that are words of Python end in "_", and their other "_" are "-".

    >>> from skecg._page import tag
    >>> tag("td", "a < b", class_="figure", colspan=None)
    '<td class="figure">a &lt; b</td>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in EMPTY:
        return Markup(f"<{name}{written}>")
    inner = "".join(escape(child) for child in children if child is not None)
    return Markup(f"<{name}{written}>{inner}</{name}>")


def lines(*texts: Any) -> Markup:
    """Make paragraphs."""
    return Markup("".join(tag("p", text) for text in texts))


def items(texts: Iterable[Any]) -> Markup:
    """Make a list."""
    return tag("ul", *(tag("li", text) for text in texts))


def terms(pairs: Mapping[Any, Any], *, class_: str | None = None) -> Markup:
    """Make a list of terms and what they are."""
    parts = [part for k, v in pairs.items() for part in (tag("dt", k), tag("dd", v))]
    return tag("dl", *parts, class_=class_)


def table(
    caption: Any,
    columns: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    *,
    class_: str | None = None,
    texts: Sequence[str] = (),
    above: tuple[str, int] | None = None,
) -> Markup:
    """Make a table in a box of its own, in which it scrolls where the page is narrow.

    The first cell of a row is its header. Cells that are elements already (td) stay as they are.
    ``texts`` names the columns of text, which begin at the left; others are figures. ``above`` is
    a header over the last columns, and how many they are.
    """
    kinds = ["words" if name in texts else None for name in columns]
    named = zip(columns, kinds, strict=True)
    head = [tag("tr", *(tag("th", name, scope="col", class_=kind) for name, kind in named))]
    if above is not None:
        words, n = above
        corner = tag("td", colspan=len(columns) - n)
        over = tag("th", words, colspan=n, scope="colgroup")
        head.insert(0, tag("tr", corner, over))
    body = (
        tag("tr", tag("th", name, scope="row"), *map(_cell, cells, kinds[1:]))
        for name, *cells in rows
    )
    # the caption stays in sight while the table scrolls
    named_by = tag("caption", tag("span", caption))
    whole = tag("table", named_by, tag("thead", *head), tag("tbody", *body), class_=class_)
    # who has no mouse scrolls a box that can have the focus
    label = str(caption).partition(". ")[0].removesuffix(".")
    return tag("div", whole, class_="box", role="region", aria_label=label, tabindex=0)


def _cell(content: Any, kind: str | None) -> Markup:
    """Return a cell; one that is made already stays as it is."""
    if isinstance(content, Markup) and content.startswith("<td"):
        return content
    return tag("td", content, class_=kind)
