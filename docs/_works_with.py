"""Rows of the page on compatibility, from the file that lists the tests of each row."""

import tomllib
from pathlib import Path

ROWS = Path(__file__).parents[1] / "tests" / "works_with.toml"
FAILURES = """\
scikit-learn's common checks run for every estimator and for whole pipelines, and
imbalanced-learn's for the augmenter (``tests/test_common.py``). These cannot pass:"""


def write(path: str | Path) -> None:
    """Write the rows as a table, and the checks that are expected to fail as a list."""
    listed = tomllib.loads(ROWS.read_text("utf-8"))
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 35 65"]
    lines += ["   :class: works-with stack", "", "   * - Used with", "     - Notes"]
    for row in listed["rows"]:
        lines += [f"   * - {_line(row['tool'])}", f"     - {_line(row['note'])}"]
    lines += ["", "Checks that are expected to fail", "-" * 32, ""]
    lines += [FAILURES, ""]
    for kind, checks in listed["expected_failures"].items():
        lines += [f"- ``{check}``, for {kind}. {_line(why)}" for check, why in checks.items()]
    text = "\n".join([*lines, ""])
    path = Path(path)
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")


def _line(text: str) -> str:
    """Join the lines of a text."""
    return " ".join(text.split())
