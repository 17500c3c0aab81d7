"""Paths that documentation, docstrings and CI name exist, and so do constants named with one."""

import re
from collections.abc import Iterator

from ._files import BUILT, ROOT, Problem, Text, paths

PAGES = (
    "*.md",
    ".ci/*",
    ".github/**/*.*",
    "benchmarks/**/*.py",
    "docs/**/*.rst",
    "skecg/**/*.md",
    "skecg/**/*.py",
)
FOLDERS = r"(?:skecg|tests|tools|benchmarks|examples|docs|\.ci)"
PATH = rf"(?<![\w/.$-])({FOLDERS}/[\w./-]*\w)(?![\w*])"
CONSTANT = rf"`([A-Z_]{{3,}})`+ (?:of|in) `+{PATH}"


def problems() -> Iterator[Problem]:
    """Yield paths that do not exist, and constants that are not in the file named with them."""
    for path in paths(*PAGES):
        page = Text(path)
        for named in page.find(PATH):
            if not (ROOT / named[1]).exists() and not f"{named[1]}/".startswith(BUILT):
                yield page.problem(f"{named[1]} does not exist", named)
        for named in page.find(CONSTANT):
            file = ROOT / named[2]
            if file.is_file() and not re.search(rf"^{named[1]}\b", file.read_text("utf-8"), re.M):
                yield page.problem(f"{named[1]} is not in {named[2]}", named)
