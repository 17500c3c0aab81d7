"""Each database has a page that names its address, its pitfalls and what to cite."""

from collections.abc import Iterator
from pathlib import Path

from skecg.datasets._fetch_known import DATABASES

from ._files import Problem, Text, paths

NAMES = set(DATABASES)  # that are fetched by name
HEADINGS = ("What to know", "Citation")


def problems() -> Iterator[Problem]:
    """Yield pages that are missing, and what is missing in those that are there."""
    overview = Text("docs/databases.rst")
    pages = {Path(path).stem: path for path in paths("docs/databases/*.rst")}
    for name in sorted(NAMES - set(pages)):
        yield overview.problem(f"there is no page docs/databases/{name}.rst")
    for name, path in pages.items():
        page = Text(path)
        if f"https://physionet.org/content/{name}/" not in page.text:
            yield page.problem(f"the address https://physionet.org/content/{name}/ is missing")
        for heading in HEADINGS:
            if f"\n{heading}\n---" not in page.text:
                yield page.problem(f"the section '{heading}' is missing")
