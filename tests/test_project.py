"""What the project says of itself agrees with itself."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(
    not (ROOT / "pyproject.toml").is_file() or not (ROOT / "CITATION.cff").is_file(),
    reason="not in a checkout",
)


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def declared_versions_of_python():
    found = (re.search(r":: (3\.\d+)$", one) for one in project()["classifiers"])
    return [one[1] for one in found if one]


def test_badges_say_what_the_package_declares():
    badges = dict(re.findall(r"\[!\[(\w+) (.+?)\]\(https://img", text_of("README.md")))
    assert badges["Python"].split(" | ") == declared_versions_of_python()
    assert badges["Licence"] == project()["license"]
    assert any(f"- {badges['Status'].title()}" in one for one in project()["classifiers"])


def test_citation_names_the_version_and_licence_of_the_package():
    citation = text_of("CITATION.cff")
    assert f"\nversion: {project()['version']}\n" in citation
    assert f"\nlicense: {project()['license']}\n" in citation
    assert f"version = {{{project()['version']}}}" in text_of("docs/cite.rst")


def test_changelog_has_the_form_of_keep_a_changelog():
    changelog = text_of("CHANGELOG.md")
    headings = re.findall(r"^## (.+)$", changelog, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[[\w.]+\] - \d{4}-\d\d-\d\d", one) for one in headings[1:])
    kinds = set(re.findall(r"^### (.+)$", changelog, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_workflows_try_the_versions_of_python_that_the_package_declares():
    if not (ROOT / ".github").is_dir():
        pytest.skip("a source distribution has no workflows")
    for name in ("test", "release"):
        workflow = text_of(f".github/workflows/{name}.yml")
        tried = re.search(r"python: \[(.+)\]", workflow)[1]
        assert re.findall(r"3\.\d+", tried) == declared_versions_of_python(), name
