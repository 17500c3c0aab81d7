"""Figures of matplotlib inside a page, in the colours of the page."""

import io
import re
from typing import Any

from ._markup import Markup, tag

_COLOR = re.compile(r"#[0-9a-f]{6}(?=[;\"])")
_ID = re.compile(r'(?<=\bid=")|(?<=href="#)|(?<=url\(#)')
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_PATH = re.compile(r' d="[^"]*"')
_OPENING = re.compile(r'<svg [^>]*viewBox="0 0 (?P<width>[\d.]+) (?P<height>[\d.]+)"[^>]*>')
_REMARK = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_STYLE = re.compile(r"<style.*?</style>", re.DOTALL)


def inline_svg(figure: Any, prefix: str, alt: str, *, themed: bool = False) -> Markup:
    """Return a figure as SVG to stand in a page of HTML.

    ``prefix`` keeps the names inside apart from those of other figures. Letters are outlines,
    which look alike everywhere. If ``themed``, each colour can be changed by the page's style,
    as the variable --c-rrggbb; for figures whose text never stands on a colour of its own.
    """
    import matplotlib

    file = io.StringIO()
    kinds = ("Date", "Creator", "Format", "Type")
    with matplotlib.rc_context({"svg.hashsalt": "skecg", "svg.fonttype": "path"}):
        figure.savefig(
            file, format="svg", metadata=dict.fromkeys(kinds), bbox_inches="tight", pad_inches=0.05
        )
    text = _REMARK.sub("", file.getvalue())
    opening = _OPENING.search(text)
    text = _STYLE.sub("", text[opening.end() : text.rindex("</svg>")])
    text = _ID.sub(f"{prefix}-", text.replace("xlink:href=", "href="))
    text = _PATH.sub(lambda d: _NUMBER.sub(_two_decimals, d[0]).replace(" \n", " "), text)
    if themed:
        text = _COLOR.sub(lambda color: f"var(--c-{color[0][1:]},{color[0]})", text)
    width, height = (round(float(opening[side])) for side in ("width", "height"))
    return tag(
        "svg",
        Markup(text),
        viewBox=f"0 0 {opening['width']} {opening['height']}",
        width=width,
        height=height,
        role="img",
        aria_label=alt,
        class_="themed" if themed else "plain",
    )


def _two_decimals(number: re.Match) -> str:
    """Write a coordinate as exactly as a hundredth of a point."""
    return f"{float(number[0]):.2f}"
