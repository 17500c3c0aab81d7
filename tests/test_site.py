"""Every page of the built documentation, opened in a browser.

It is looked for in the folder of SKECG_SITE, or else where ``sphinx-build -b html docs
docs/_build/html`` puts it.
"""

import os
from pathlib import Path

import pytest

from ._browser import LAPTOP, PHONE, Page, broken_links

SITE = Path(os.environ.get("SKECG_SITE", Path(__file__).parents[1] / "docs" / "_build" / "html"))

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (SITE / "index.html").is_file(),
        reason=f"needs the built documentation: there is none in {SITE}; set SKECG_SITE",
    ),
]


@pytest.fixture(scope="module")
def pages():
    """All pages of the site, in a fixed order."""
    return sorted(p for p in SITE.resolve().rglob("*.html") if "_static" not in p.parts)


def test_no_link_and_no_picture_is_broken(pages):
    parsed = {path: Page(path.read_text(encoding="utf-8")) for path in pages}
    broken = broken_links(parsed)
    assert not broken, "\n".join(broken)


def test_each_picture_says_what_it_is(pages):
    mute = [
        f"{path.relative_to(SITE.resolve())}: {fault}"
        for path in pages
        for fault in Page(path.read_text(encoding="utf-8")).faults
        if "without alt" in fault
    ]
    assert not mute, "\n".join(mute)


@pytest.mark.parametrize(
    ("width", "first", "second"), [(LAPTOP, "light", "dark"), (PHONE, "dark", "light")]
)
def test_each_page_reads_at_each_width_in_each_scheme(chromium, pages, width, first, second):
    """Loading takes ten times as long as looking: pages change their scheme while shown."""
    faults = []
    for path in pages:
        name = path.relative_to(SITE.resolve())
        looks = {first: chromium.show(path, width, first), second: chromium.recolor(second)}
        for scheme, look in looks.items():
            faults += [f"{name} ({scheme}): {fault}" for fault in look.faults()]
            faults += [f"{name} asks for {url}" for url in look.requests if "file:" not in url]
            if look.scheme != scheme:
                faults.append(f"{name} is {look.scheme} where readers want {scheme}")
    assert not faults, "\n".join(faults)
