"""CONTRIBUTING lists all packages in the order in which they may import each other."""

import tomllib
from collections.abc import Iterator

from ._files import Problem, Text


def problems() -> Iterator[Problem]:
    """Yield a problem if its table and the contracts in pyproject.toml differ."""
    page = Text("CONTRIBUTING.md")
    layers, arrays, *_ = tomllib.loads(Text("pyproject.toml").text)["tool"]["importlinter"][
        "contracts"
    ]
    heading = page.find(r"^## Packages$")[0]
    rows = [row for row in page.find(r"^\| `(\w+)`( †)? \|") if row.start() > heading.start()]
    expected = [name for name in reversed(layers["layers"]) if name != "__main__"]
    if [row[1] for row in rows] != expected:
        yield page.problem(f"the order must be {', '.join(expected)}", heading)
    for row in rows:
        of_arrays = f"skecg.{row[1]}" in arrays["source_modules"]
        if of_arrays != bool(row[2]):
            yield page.problem(f"'{row[1]}' {'needs' if of_arrays else 'has'} the mark †", row)
