"""The guide's page on context explains each column that context adds to a row, in their order."""

from collections.abc import Iterator

from skecg.beats._context import COMMON
from skecg.beats._rhythm import RHYTHM
from skecg.beats._shape import SHAPE

from ._files import Problem, Text

PAGE = "docs/guide/context.rst"


def problems() -> Iterator[Problem]:
    """Yield a problem where the tables of the page, or its list of common columns, differ."""
    page = Text(PAGE)
    rows = page.find(r"^   \* - ``(\w+)``$")
    expected = [*RHYTHM, *SHAPE]
    for row, name in zip(rows, expected, strict=False):
        if row[1] != name:
            yield page.problem(f"'{row[1]}' is where '{name}' must be", row)
            return
    for name in expected[len(rows) :]:
        yield page.problem(f"'{name}' is missing in the tables")
    *names, last = (f"``{name}``" for name in COMMON)
    listed = f"{', '.join(names)} and {last}"
    if listed not in " ".join(page.text.split()):
        yield page.problem(f"the list of columns that neighbours lack must be {listed}")
