"""Names of other packages that the documentation links to exist in those packages."""

import re
from collections.abc import Iterator
from importlib import import_module

from ._files import Problem, Text

LINE = r"\S+ py:(class|function|module) \S+"


def problems() -> Iterator[Problem]:
    """Yield lines of another form, names given twice, and names that do not exist."""
    inventory = Text("docs/inventories.txt")
    seen = set()
    for number, line in enumerate(inventory.text.splitlines(), 1):
        if not line or line[0] in "#[":
            continue
        name = line.split()[0]
        package, _, last = name.rpartition(".")
        if not re.fullmatch(LINE, line):
            yield inventory.problem("must be: name py:class|function|module page", number)
        elif name in seen:
            yield inventory.problem(f"'{name}' is there twice", number)
        elif package and not hasattr(import_module(package), last):
            yield inventory.problem(f"'{name}' does not exist", number)
        seen.add(name)
