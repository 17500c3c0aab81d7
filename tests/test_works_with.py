"""The page of what the estimators work with names tests that exist, and leaves none out."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "works_with.rst"

pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="not in a checkout")


def _page():
    return PAGE.read_text(encoding="utf-8")


def _tests_of(module):
    """Names of the tests in the one module of this name."""
    (path,) = TESTS.rglob(f"{module}.py")
    return re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_test_that_the_table_names_is_there():
    named = re.findall(r"``(test_\w+)::(\w+)``", _page())
    assert len(named) > 30
    assert [f"{module}::{name}" for module, name in named if name not in _tests_of(module)] == []


def test_every_row_of_the_table_names_a_test():
    rows = re.split(r"^   \* - ", _page().partition("Checks that fail")[0], flags=re.MULTILINE)
    assert len(rows) > 25
    assert [row for row in rows[2:] if "::test_" not in row] == []


def test_table_has_every_tool_that_is_tried():
    page = _page()
    tried = [f"test_ecosystem::{name}" for name in _tests_of("test_ecosystem")]
    assert [test for test in tried if f"``{test}``" not in page] == []


def test_page_has_every_check_that_is_expected_to_fail():
    source = (TESTS / "test_common.py").read_text(encoding="utf-8")
    expected = set(re.findall(r'"(check_\w+)"', source))
    assert set(re.findall(r"``(check_\w+)``", _page())) == expected
