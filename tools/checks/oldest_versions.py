"""CI tries the oldest version of each dependency that pyproject.toml allows."""

import tomllib
from collections.abc import Iterator

from ._files import Problem, Text


def problems() -> Iterator[Problem]:
    """Yield dependencies whose lower limit is not what ``.ci/oldest.txt`` pins."""
    oldest = Text(".ci/oldest.txt")
    pins = {pin[1]: pin for pin in oldest.find(r"^([\w.-]+)==(\S+)")}
    project = tomllib.loads(Text("pyproject.toml").text)["project"]
    for dependency in project["dependencies"]:
        name, _, version = dependency.partition(">=")
        if name not in pins:
            yield oldest.problem(f"{name} is not pinned, of which {dependency} is needed")
        elif _numbers(pins[name][2]) != _numbers(version):
            yield oldest.problem(f"{name} is not pinned to {version}", pins[name])


def _numbers(version: str) -> list[int]:
    """Return the parts of a version without zeros at its end: 2.18 and 2.18.0 are one."""
    numbers = [int(part) for part in version.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers
