"""The files of the repository, and problems at a line of one of them."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
BUILT = ("docs/_build/", "docs/auto_examples/", "docs/generated/")  # by Sphinx


class Problem(NamedTuple):
    """A place to mend, printed as editors and CI read it."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        """Return ``path:line: message``."""
        return f"{self.path}:{self.line}: {self.message}"


class Text:
    """A text file of the repository, by its path from the root."""

    def __init__(self, path: str | Path):
        self.path = Path(path).as_posix()
        self.text = (ROOT / path).read_text(encoding="utf-8")

    def problem(self, message: str, at: re.Match | str | int = 1) -> Problem:
        """Return a problem at a match, at the first line with some text, or at a line number."""
        if isinstance(at, re.Match):
            at = self.line(at.start())
        elif isinstance(at, str):
            at = self.line(max(self.text.find(at), 0))
        return Problem(self.path, at, message)

    def line(self, position: int) -> int:
        """Return the number of the line with the character at a position."""
        return self.text.count("\n", 0, position) + 1

    def find(self, pattern: str) -> list[re.Match]:
        """Return all matches of a pattern, in which ``^`` and ``$`` are the ends of a line."""
        return list(re.finditer(pattern, self.text, re.MULTILINE))


def paths(*patterns: str) -> list[str]:
    """Return files by patterns from the root of the repository, sorted, without built pages."""
    found = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    names = sorted(path.relative_to(ROOT).as_posix() for path in found)
    return [name for name in names if not name.startswith(BUILT)]


def load(path: str) -> ModuleType:
    """Import a module that is in no package, such as one of ``docs/``."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
