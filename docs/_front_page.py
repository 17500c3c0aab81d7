"""Picture the top of a report of annotated beats: python docs/_front_page.py, with Chromium.

It is the page that `skecg annotate` writes of the real recording in ``_front_strips.py``.
"""

import sys
import tempfile
from pathlib import Path

import skecg
from skecg.cli._demo import _real_record

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from tests._browser import browser  # noqa: E402

# file name: width of the window in CSS pixels, and the section that is no longer shown
PICTURES = {"annotated-page.png": (1000, 2), "annotated-page-narrow.png": (420, 1)}
BEGIN = "Math.floor([...document.querySelectorAll('h2')][{}].getBoundingClientRect().top) - 24"


def main() -> None:
    """Annotate the recording and write the pictures."""
    record = _real_record()
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        skecg.annotate("lstm", record, out=folder)
        (page,) = Path(folder).glob("*.html")
        for name, (width, section) in PICTURES.items():
            chromium.show(page, width)
            chromium.show(page, width, height=chromium.evaluate(BEGIN.format(section)))
            chromium.picture(ROOT / "docs" / "_static" / name, whole=False)


if __name__ == "__main__":
    main()
