"""Each row on compatibility names tests that exist, and each test of a tool is in a row."""

import re
import tomllib
from collections.abc import Iterator

from ._files import ROOT, Problem, Text

ROWS = "tests/works_with.toml"
OF_TOOLS = "tests/classifiers/test_ecosystem.py"  # one test for each tool of scikit-learn


def problems() -> Iterator[Problem]:
    """Yield tests that do not exist, rows without a test, and tests without a row."""
    text = Text(ROWS)
    rows = tomllib.loads(text.text)["rows"]
    named = [test for row in rows for test in row["tests"]]
    for row in rows:
        if not row["tests"]:
            yield text.problem("the row names no test", row["tool"].strip())
    for test in dict.fromkeys(named):
        path, _, name = test.partition("::")
        if not (ROOT / path).is_file() or name not in _tests(path):
            yield text.problem(f"{test} does not exist", test)
    for name in _tests(OF_TOOLS):
        if f"{OF_TOOLS}::{name}" not in named:
            yield Text(OF_TOOLS).problem(f"{name} is in no row of {ROWS}", f"def {name}(")


def _tests(path: str) -> list[str]:
    return re.findall(r"^def (test_\w+)\(", Text(path).text, re.MULTILINE)
