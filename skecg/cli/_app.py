"""The command ``skecg`` and its subcommands.

Nothing heavy is imported here or at the head of the commands' modules: ``skecg --help`` and
shell completion must answer at once.
"""

import inspect
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from ._annotate import annotate
from ._compare import compare
from ._demo import demo
from ._evaluate import evaluate
from ._fetch import fetch
from ._info import info
from ._networks import shown_default
from ._options import BY_NETWORK
from ._stress import stress
from ._train import train

__all__ = ["app", "main"]


def _reflowed(text: str | None) -> str:
    """Return the paragraphs of a docstring without the line ends of the source."""
    paragraphs = inspect.cleandoc(text or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


EPILOG = _reflowed("""
[bold]Exit codes:[/bold] 0 done; 1 a recording, file or model could not be used; 2 wrong usage;
130 interrupted (Ctrl-C); 143 terminated (SIGTERM).

Results go to standard output, progress, warnings and errors to standard error. Files are written
whole or not at all. skecg is research software and not a medical device.
""")


def _terse(params: list) -> list:
    """Omit the types of flags and arguments from the help."""
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
        elif param.param_type_name == "argument":
            param.display_type_rich = lambda ctx: None
    return params


class _Command(TyperCommand):
    """A command with a terse help, which shows the defaults of each network."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Fill in defaults that depend on the network; it takes the import of scikit-learn."""
        for param in self.params:
            if getattr(param, "show_default", None) == BY_NETWORK:
                param.show_default = shown_default(str(param.name))  # type: ignore[attr-defined]
        super().format_help(ctx, formatter)

    def get_params(self, ctx: Any) -> list:
        """Return options and arguments."""
        return _terse(super().get_params(ctx))


class _Group(TyperGroup):
    """All commands, with a terse help."""

    def get_params(self, ctx: Any) -> list:
        """Return options."""
        return _terse(super().get_params(ctx))


app = typer.Typer(
    cls=_Group,
    name="skecg",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,  # without --debug no traceback reaches a user
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)
for command in (demo, fetch, info, annotate, train, evaluate, compare, stress):
    app.command(help=_reflowed(command.__doc__), cls=_Command)(command)


def _print_version(wanted: bool) -> None:
    """Print the version and exit."""
    if wanted:
        from .. import __version__

        print(f"skecg {__version__}")
        raise typer.Exit


@app.callback(
    help=_reflowed("""
    Classify heartbeats in ECG recordings.

    A folder of annotated recordings goes in; trained, evaluated and saved classifiers come
    out. Begin with [bold]skecg demo[/bold], which needs no recordings.
    """)
)
def _skecg(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Take the options before the command."""


def main() -> None:
    """Run the command line and exit with its code.

    Examples
    --------
    >>> from skecg.cli import main
    >>> import sys
    >>> sys.argv = ["skecg", "--version"]
    >>> try:
    ...     main()
    ... except SystemExit as leave:
    ...     print(leave.code)
    skecg ...
    0
    """
    try:
        app()
    except KeyboardInterrupt:  # outside of a command
        sys.exit(130)
