"""The guide's page on context explains each column that context adds to a row, in their order."""

import re
from collections.abc import Iterator

from skecg.beats._atrial import ATRIAL
from skecg.beats._context import COMMON
from skecg.beats._rhythm import RHYTHM
from skecg.beats._rhythm_around import AROUND
from skecg.beats._shape import SHAPE

from ._files import Problem, Text

PAGE = "docs/guide/context.rst"


def problems() -> Iterator[Problem]:
    """Yield a problem where the tables of the page, or its list of common columns, differ."""
    page = Text(PAGE)
    rows = page.find(r"^   \* - ``\w+``(,\s+``\w+``)*$")  # a row explains one column or several
    found = [(row, name) for row in rows for name in re.findall(r"\w+", row[0])]
    expected = [*RHYTHM, *AROUND, *SHAPE, *ATRIAL]
    for (row, own), name in zip(found, expected, strict=False):
        if own != name:
            yield page.problem(f"'{own}' is where '{name}' must be", row)
            return
    for name in expected[len(found) :]:
        yield page.problem(f"'{name}' is missing in the tables")
    *names, last = (f"``{name}``" for name in COMMON)
    listed = f"{', '.join(names)} and {last}"
    if listed not in " ".join(page.text.split()):
        yield page.problem(f"the list of columns that neighbours lack must be {listed}")
