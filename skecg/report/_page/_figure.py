"""Figures of matplotlib as SVG in a page, in the colours of the page."""

import io
import re
from typing import TYPE_CHECKING

from ...utils import printable
from ._markup import Markup, tag

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLOR = re.compile(r"#[0-9a-f]{6}(?=[;\"])")
_ID = re.compile(r'(?<=\bid=")|(?<=href="#)|(?<=url\(#)')
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_PATH = re.compile(r' d="[^"]*"')
_OPENING = re.compile(r'<svg [^>]*viewBox="0 0 (?P<width>[\d.]+) (?P<height>[\d.]+)"[^>]*>')
_REMARK = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_STYLE = re.compile(r"<style.*?</style>", re.DOTALL)


def show_as_text(figure: "Figure") -> None:
    """Show names in a figure as they are: a dollar begins no formula, which could be wrong."""
    from matplotlib.cbook import is_math_text
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        shown = text.get_text()
        # on logarithmic axes, matplotlib writes powers of ten as formulas
        if is_math_text(shown) and not shown.startswith(r"$\mathdefault{"):
            text.set_parse_math(False)
        if shown != printable(shown, keep="\n"):
            text.set_text(printable(shown, keep="\n"))


def inline_svg(figure: "Figure", prefix: str, alt: str, *, themed: bool = False) -> Markup:
    """Return a figure as inline SVG.

    ``prefix`` makes the ids differ from those of other figures. Letters are outlines, which look
    the same everywhere. If ``themed``, each colour can be changed by the page's style,
    as the variable --c-rrggbb; for figures without text on coloured areas.
    """
    import matplotlib

    show_as_text(figure)
    file = io.StringIO()
    kinds = ("Date", "Creator", "Format", "Type")
    with matplotlib.rc_context({"svg.hashsalt": "skecg", "svg.fonttype": "path"}):
        figure.savefig(
            file, format="svg", metadata=dict.fromkeys(kinds), bbox_inches="tight", pad_inches=0.05
        )
    text = _REMARK.sub("", file.getvalue())
    opening = _OPENING.search(text)
    if opening is None:
        raise ValueError("matplotlib wrote an SVG without a view box")
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
    """Write a coordinate with two decimals of a point."""
    return f"{float(number[0]):.2f}"
