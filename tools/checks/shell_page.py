"""The guide's page on the shell has each command, in the order of ``skecg --help``."""

from collections.abc import Iterator

import typer

from skecg.cli import app

from ._files import Problem, Text

PAGE = "docs/guide/shell.rst"


def problems() -> Iterator[Problem]:
    """Yield a problem if the page's entries differ from the commands."""
    page = Text(PAGE)
    entries = [entry[1] for entry in page.find(r"^``skecg (\w+)[^`]*``$")]
    commands = list(typer.main.get_command(app).commands)
    if entries != commands:
        yield page.problem(f"has {', '.join(entries)}; the commands are {', '.join(commands)}")
