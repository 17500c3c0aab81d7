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

# file name: width and height of the window in CSS pixels
PICTURES = {"annotated-page.png": (1000, 1190)}


def main() -> None:
    """Annotate the recording and write the pictures."""
    record = _real_record()
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        skecg.annotate("lstm", record, out=folder)
        (page,) = Path(folder).glob("*.html")
        for name, (width, height) in PICTURES.items():
            chromium.show(page, width, height=height)
            chromium.picture(ROOT / "docs" / "_static" / name, whole=False)


if __name__ == "__main__":
    main()
