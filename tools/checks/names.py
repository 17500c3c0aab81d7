"""Names that documentation, examples and benchmarks take from skecg are public."""

from collections.abc import Iterator

import skecg

from ._files import Problem, Text, paths
from ._stubs import modules, subpackages

PAGES = (
    "*.md",
    "benchmarks/**/*.py",
    "docs/**/*.rst",
    "examples/*.py",
    "examples/*.rst",
    "skecg/**/*.md",
)
NAME = r"(?<![\w./-])skecg\.([A-Za-z]\w*)"


def problems() -> Iterator[Problem]:
    """Yield places with ``skecg.name`` of which skecg has no such name."""
    known = {*skecg.__all__, *modules(), *subpackages()}
    for path in paths(*PAGES):
        page = Text(path)
        for named in page.find(NAME):
            if named[1] not in known:
                yield page.problem(f"'skecg.{named[1]}' does not exist", named)
