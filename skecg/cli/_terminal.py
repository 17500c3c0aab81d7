"""What a user sees: results, progress, warnings and errors, and exit codes."""

import errno
import os
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130  # exit codes, as documented in `skecg --help`
WIDEST = 100  # columns: longer lines of prose are hard to read
MOST_WARNINGS = 10  # shown, unless --verbose


class Terminal:
    """Standard output for results, standard error for everything else.

    Parameters
    ----------
    quiet, verbose, debug : bool
        The options of these names.
    hints : mapping of str to str
        What messages of the library call by its Python name, and the option of the command that
        does it.
    """

    def __init__(
        self,
        *,
        quiet: bool = False,
        verbose: bool = False,
        debug: bool = False,
        hints: Mapping[str, str] | None = None,
    ):
        from rich.console import Console

        self.quiet, self.verbose, self.debug = quiet, verbose or debug, debug
        self.out = Console(highlight=False)
        self.err = Console(highlight=False, stderr=True)
        for console in (self.out, self.err):
            console.width = min(console.width, WIDEST)
        self.warnings: list[str] = []
        self.hints = hints or {}
        self._lock = threading.Lock()

    @property
    def shows_progress(self) -> bool:
        """Whether there is a terminal to draw bars on."""
        return self.err.is_terminal and not self.quiet

    def say(self, *renderables: Any) -> None:
        """Print results; strings are plain text, not rich's markup."""
        if not self.quiet:
            for renderable in renderables:
                self.out.print(renderable, markup=False)

    def rule(self, title: str) -> None:
        """Print a heading."""
        if not self.quiet:
            self.out.print()
            self.out.rule(f"[bold]{title}[/bold]", align="left", style="dim")

    def note(self, text: str) -> None:
        """Print a line about the work in hand to standard error."""
        if not self.quiet:
            self.err.print(text, style="dim", markup=False)

    def detail(self, text: str) -> None:
        """Print a line that only --verbose wants."""
        if self.verbose:
            self.note(text)

    def error(self, text: str) -> None:
        """Print an error, whatever --quiet says."""
        from rich.text import Text

        self.err.print(Text.assemble(("error: ", "bold red"), text))

    @contextmanager
    def progress(self, what: str) -> Iterator["Progress"]:
        """Give a rich progress bar; it draws on terminals only and is gone in the end."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as Remaining

        columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), Remaining()
        with Progress(
            *columns, console=self.err, transient=True, disable=not self.shows_progress
        ) as bar:
            yield bar

    def _warn(self, message: Any, category: type[Warning], *where: Any) -> None:
        """Stand in for ``warnings.showwarning``: one readable text, each only once."""
        if not issubclass(category, UserWarning | RuntimeWarning) and not self.debug:
            return  # for developers
        text = str(message)
        with self._lock:
            if text in self.warnings:
                return
            self.warnings.append(text)
            number = len(self.warnings)
        if self.quiet:
            return
        if number <= MOST_WARNINGS or self.verbose:
            from rich.text import Text

            with self.err.capture() as shown:
                self.err.print(Text.assemble(("warning: ", "bold yellow"), self.with_hint(text)))
            sys.stderr.write(shown.get())  # where the bar of another console would move down

    def with_hint(self, text: str) -> str:
        """Add the options of the command to a message that names parameters."""
        options = [option for parameter, option in self.hints.items() if parameter in text]
        return f"{text} On the command line: {'; '.join(options)}." if options else text

    def _count_hidden_warnings(self) -> None:
        hidden = len(self.warnings) - MOST_WARNINGS
        if hidden > 0 and not self.verbose:
            more = f"{hidden} more warning{'s' * (hidden > 1)}"
            self.note(f"{more}: --verbose shows all, and so do the reports that are written")


@contextmanager
def session(
    *, quiet: bool, verbose: bool, debug: bool, hints: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """Give the terminal of one command, and turn what goes wrong into messages and exit codes."""
    if quiet and (verbose or debug):
        raise typer.BadParameter("--quiet goes with neither --verbose nor --debug.")
    terminal = Terminal(quiet=quiet, verbose=verbose, debug=debug, hints=hints)
    with ExitStack() as stack:
        if not debug:
            stack.enter_context(_native_messages_silenced())
            stack.enter_context(_logger_silenced("tensorflow"))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("always", UserWarning)
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = terminal._warn
        try:
            yield terminal
            terminal._count_hidden_warnings()
        except (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError):
            raise  # for typer, which knows what to do
        except KeyboardInterrupt:
            terminal.error("interrupted; what was written so far is whole")
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            if debug:
                import traceback

                terminal.err.print(traceback.format_exc(), markup=False, soft_wrap=True)
            terminal.error(_describe(error, terminal))
            raise typer.Exit(FAILED) from None


def _describe(error: Exception, terminal: Terminal) -> str:
    """What went wrong, in words for a user."""
    text = str(error)
    if isinstance(error, OSError) and error.errno is not None:
        where = f" '{error.filename}'" if error.filename else ""
        text = f"cannot read or write{where}: {error.strerror}."
        if error.errno == errno.ENOSPC:
            text += " Free some space, or choose another folder; nothing half-written was left."
    elif isinstance(error, MemoryError):
        text = "there is not enough memory. Take fewer recordings at a time."
    elif not isinstance(error, ValueError | OSError | FloatingPointError | ImportError):
        text = (
            f"something unexpected happened ({type(error).__name__}: {text}). Please report it "
            "with what --debug prints."
        )
    return "\n".join([terminal.with_hint(text), *getattr(error, "__notes__", ())])


@contextmanager
def _logger_silenced(name: str) -> Iterator[None]:
    """Keep advice for programmers, such as on tracing, off the terminal."""
    import logging

    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextmanager
def _native_messages_silenced() -> Iterator[None]:
    """Keep what TensorFlow's libraries write to file descriptor 2 off the terminal.

    They do so when imported and later, whatever TF_CPP_MIN_LOG_LEVEL says: no GPU was found, an
    optimization was not possible. Python's own standard error goes on.
    """
    import faulthandler

    try:
        ours = sys.stderr.fileno() == 2
        sys.stderr.flush()
        kept = os.dup(2) if ours else -1
    except (OSError, ValueError, AttributeError):  # there is no standard error
        kept = -1
    if kept < 0:  # it goes elsewhere: to a test, a notebook
        yield
        return
    before = sys.stderr
    stream = os.fdopen(kept, "w", buffering=1, encoding=before.encoding, errors="backslashreplace")
    faulthandler.enable(stream)  # a crash of native code must still be seen
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = stream
    try:
        yield
    finally:
        sys.stderr = before
        faulthandler.disable()
        os.dup2(kept, 2)
        stream.close()
