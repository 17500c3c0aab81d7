"""Make a page from its sections."""

from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

from ._markup import Markup, escape, tag


class Section(NamedTuple):
    """A part of a page: its id, its heading, its content."""

    name: str
    heading: str
    content: Markup
    class_: str | None = None


def document(
    title: str,
    subtitle: Markup,
    sections: Sequence[Section],
    footer: Markup,
    *,
    style: str = "",
) -> str:
    """Return a page in one file.

    ``subtitle`` and ``footer`` are above and below the sections; a list of these, with links, is
    at the top. ``style`` is CSS after that of all pages.
    """
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8") + style
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="generator", content="skecg"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    links = (tag("li", tag("a", s.heading, href=f"#{s.name}")) for s in sections)
    body = tag(
        "body",
        tag("header", tag("h1", title), subtitle),
        tag("nav", tag("ul", *links), aria_label="Contents"),
        tag("main", *map(_section, sections)),
        tag("footer", footer),
    )
    return f'<!DOCTYPE html>\n<html lang="en">{escape(head)}\n{escape(body)}</html>\n'


def _section(section: Section) -> Markup:
    """Make a section with its heading, which names it."""
    return tag(
        "section",
        tag("h2", section.heading, id=section.name),
        section.content,
        class_=section.class_,
        aria_labelledby=section.name,
    )
