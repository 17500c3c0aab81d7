"""The API reference has each public name once, and each name of skecg.tables."""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ._files import Problem, Text, load
from ._stubs import listed, top_names

PAGE = "docs/reference.rst"
MADE = "docs/_public_names.py"  # writes the part of the page that it includes
DIRECTIVE = re.compile(r"\.\. (autosummary|currentmodule|auto\w+)::\s*(\S*)")


def problems() -> Iterator[Problem]:
    """Yield names that the page lacks, has twice, or should not have."""
    page = Text(PAGE)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "names.rst")
        load(MADE).write(made)
        text = page.text.replace(".. include:: names.rst", made.read_text(encoding="utf-8"))
    found = Counter(documented(text))
    public = {f"skecg.{name}" for name in top_names()}
    public |= {f"skecg.tables.{name}" for name in listed("skecg/tables.py")}
    for name in sorted(public - set(found)):
        yield page.problem(f"'{name}' is not on the page (its lists are made by {MADE})")
    for name in sorted(found):
        if name not in public:
            yield page.problem(f"'{name}' is no public name", name.rpartition(".")[2])
        elif found[name] > 1:
            yield page.problem(f"'{name}' is there {found[name]} times", name.rpartition(".")[2])


def documented(text: str) -> Iterator[str]:
    """Yield the full names in tables of summaries and auto directives of a page."""
    module, in_table = "", False
    for line in text.splitlines():
        if directive := DIRECTIVE.match(line):
            kind, argument = directive.groups()
            in_table = kind == "autosummary"
            if kind == "currentmodule":
                module = argument
            elif not in_table:
                yield _full(module, argument)
        elif line and not line[0].isspace():
            in_table = False
        elif in_table and (name := line.strip()) and not name.startswith(":"):
            yield _full(module, name)


def _full(module: str, name: str) -> str:
    name = name.removeprefix("~")
    return name if name.startswith("skecg.") or not module else f"{module}.{name}"
