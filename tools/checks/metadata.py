"""README, citation and workflows agree with pyproject.toml, and the changelog has its form."""

import re
import tomllib
from collections.abc import Iterator

import skecg

from ._files import Problem, Text

KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def problems() -> Iterator[Problem]:
    """Yield what differs between the files."""
    project = tomllib.loads(Text("pyproject.toml").text)["project"]
    named = (
        re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", one)
        for one in project["classifiers"]
    )
    pythons = [one[1] for one in named if one]
    yield from _version(project["version"], project["license"])
    yield from _badges(project, pythons)
    yield from _workflows(pythons)
    yield from _changelog()


def _version(version: str, license: str) -> Iterator[Problem]:
    if skecg.__version__ != version:
        yield Text("skecg/__init__.py").problem(f"version is not {version}", "__version__ =")
    citation, page = Text("CITATION.cff"), Text("docs/cite.rst")
    for line in (f"version: {version}", f"license: {license}"):
        if f"\n{line}\n" not in citation.text:
            yield citation.problem(f"'{line}' is missing", line.split()[0])
    if f"version = {{{version}}}" not in page.text:
        yield page.problem(f"version is not {version}", "version = ")


def _badges(project: dict, pythons: list[str]) -> Iterator[Problem]:
    readme = Text("README.md")
    badges = dict(re.findall(r"\[!\[(\w+) (.+?)\]\(https://img", readme.text))
    expected = {
        "Python": " | ".join(pythons),
        "Licence": project["license"],
        "Status": next(
            one.rpartition(" - ")[2].lower()
            for one in project["classifiers"]
            if one.startswith("Development Status")
        ),
    }
    for name, words in expected.items():
        if badges.get(name) != words:
            yield readme.problem(f"the badge {name} is not '{words}'", f"[![{name}")


def _workflows(pythons: list[str]) -> Iterator[Problem]:
    for name in ("test", "release"):
        workflow = Text(f".github/workflows/{name}.yml")
        for tried in workflow.find(r"python: \[(.+)\]"):
            if re.findall(r"3\.\d+", tried[1]) != pythons:
                yield workflow.problem(f"tries other versions than {', '.join(pythons)}", tried)


def _changelog() -> Iterator[Problem]:
    changelog = Text("CHANGELOG.md")
    first, *others = changelog.find(r"^## (.+)$")
    if first[1] != "[Unreleased]":
        yield changelog.problem("the first heading is not [Unreleased]", first)
    for heading in others:
        if not re.fullmatch(r"\[[\w.]+\] - \d{4}-\d\d-\d\d", heading[1]):
            yield changelog.problem("must be: [version] - year-month-day", heading)
    for heading in changelog.find(r"^### (.+)$"):
        if heading[1] not in KINDS:
            yield changelog.problem(f"must be one of {', '.join(sorted(KINDS))}", heading)
