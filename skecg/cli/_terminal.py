"""Print results, progress, warnings and errors; set exit codes."""

import errno
import os
import shlex
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from signal import SIGINT, SIGTERM
from typing import TYPE_CHECKING, Protocol, TextIO

import typer

from ..utils import printable, suggestions
from ._signals import Interruption, Terminated, signals_kept

if TYPE_CHECKING:
    from rich.console import RenderableType

OK, FAILED, USAGE = 0, 1, 2  # exit codes, as documented in `skecg --help`, and 128 + signal
WIDEST = 100  # columns: longer lines of prose are hard to read
MOST_WARNINGS = 10  # shown, unless --verbose

#: Options by the parameter of the library that they set. An error or a warning that suggests a
#: parameter is followed by its option, where the command has it.
HINTS: Mapping[str, str] = {
    "annotator": "--annotator NAME",
    "corrections": "--corrections DIR",
    "fs": "--fs HZ",
    "leads": "--leads NAME,NAME (and --leads 0 for the first of each recording)",
    "missing_leads": "--missing-leads zeros",
    "out": "--out DIR",
    "on_error": "--skip-broken to exclude such recordings and report them",
    "records": "--records FILE|SET",
    "subjects": "--subjects FILE",
    "reference_annotator": "--reference-annotator NAME",
}


def command_line() -> str:
    """Return the command as it was typed, for reports."""
    return shlex.join(["skecg", *sys.argv[1:]])


class Terminal:
    """Standard output for results, standard error for everything else.

    Parameters
    ----------
    quiet, verbose, debug : bool
        The options of these names.
    hints : mapping of str to str, default=None
        Options by the parameter of the library that they set; None is none.
    """

    def __init__(
        self,
        *,
        quiet: bool = False,
        verbose: bool = False,
        debug: bool = False,
        hints: Mapping[str, str] | None = None,
    ) -> None:
        from rich.console import Console

        self.quiet, self.verbose, self.debug = quiet, verbose or debug, debug
        self.out = Console(highlight=False)
        self.err = Console(highlight=False, stderr=True)
        for console in (self.out, self.err):
            console.width = min(console.width, WIDEST)
        self.warnings: list[str] = []
        self.hints = hints or {}
        self.interruption = Interruption()
        self._lock = threading.Lock()

    @property
    def shows_progress(self) -> bool:
        """Tell whether there is a terminal to draw bars on."""
        return self.err.is_terminal and not self.quiet

    def say(self, *renderables: "RenderableType") -> None:
        """Print results; strings are plain text, not rich's markup."""
        if not self.quiet:
            for renderable in renderables:
                self.out.print(_shown(renderable), markup=False)

    def rule(self, title: str) -> None:
        """Print a heading."""
        if not self.quiet:
            from rich.text import Text

            self.out.print()
            # a Text: names of files and folders may have brackets, which are rich's markup
            self.out.rule(Text(printable(title), style="bold"), align="left", style="dim")

    def note(self, text: str) -> None:
        """Print a line about the work to standard error."""
        if not self.quiet:
            self.err.print(_shown(text), style="dim", markup=False)

    def detail(self, text: str) -> None:
        """Print a line with --verbose only."""
        if self.verbose:
            self.note(text)

    def error(self, text: str) -> None:
        """Print an error, also with --quiet."""
        from rich.text import Text

        self.err.print(Text.assemble(("error: ", "bold red"), printable(text, keep="\n")))

    def _warn(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str = "",
        lineno: int = 0,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        """Replace ``warnings.showwarning``: one readable text, each only once."""
        if not issubclass(category, UserWarning | RuntimeWarning) and not self.debug:
            return  # for developers
        text = printable(str(message), keep="\n")
        with self._lock:
            if text in self.warnings:
                return
            self.warnings.append(text)
            number = len(self.warnings)
        if self.quiet:
            return
        if number <= MOST_WARNINGS or self.verbose:
            from rich.text import Text

            if isinstance(message, Warning):
                text = self.with_hint(text, message)
            with self.err.capture() as shown:
                self.err.print(Text.assemble(("warning: ", "bold yellow"), text))
            sys.stderr.write(shown.get())  # where the bar of another console would move down

    def with_hint(self, text: str, problem: BaseException) -> str:
        """Add the options that help against an error or a warning."""
        options = [self.hints[name] for name in suggestions(problem) if name in self.hints]
        return f"{text} On the command line: {'; '.join(options)}." if options else text

    def _count_hidden_warnings(self) -> None:
        hidden = len(self.warnings) - MOST_WARNINGS
        if hidden > 0 and not self.verbose:
            from ..utils import count

            more = count(hidden, "more warning")
            self.note(f"{more}: --verbose shows all, and so do the reports that are written")


def _shown(renderable: "RenderableType") -> "RenderableType":
    """Return a text without characters that control the terminal; tables replace them in cells."""
    return printable(renderable, keep="\n") if isinstance(renderable, str) else renderable


class OutputOptions(Protocol):
    """Options that all commands have."""

    @property
    def quiet(self) -> bool:
        """Print errors only."""

    @property
    def verbose(self) -> bool:
        """Print every warning and more detail."""

    @property
    def debug(self) -> bool:
        """Print tracebacks and messages of other packages."""


@contextmanager
def session(options: OutputOptions) -> Iterator[Terminal]:
    """Open the terminal of one command, and turn errors into messages and exit codes.

    Parameters
    ----------
    options : object
        The options of the command: quiet, verbose, debug, and those that `HINTS` may name.
    """
    if options.quiet and (options.verbose or options.debug):
        raise typer.BadParameter("--quiet goes with neither --verbose nor --debug.")
    terminal = Terminal(
        quiet=options.quiet,
        verbose=options.verbose,
        debug=options.debug,
        hints=_hints_of(options),
    )
    with ExitStack() as stack:
        if not options.debug:
            stack.enter_context(_native_messages_silenced())
            stack.enter_context(_logger_silenced("tensorflow"))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("always", UserWarning)
        warnings.simplefilter("always", RuntimeWarning)
        warnings.showwarning = terminal._warn
        stack.enter_context(signals_kept(terminal.interruption))
        try:
            yield terminal
            terminal._count_hidden_warnings()
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise  # typer handles these
        except (BrokenPipeError, SystemExit) as error:  # rich makes the second of the first
            if terminal.interruption.error is None:
                raise
            raise _interrupted(terminal, error, terminal.interruption.error) from None
        except KeyboardInterrupt as error:
            raise _interrupted(terminal, error, type(error)) from None
        except Exception as error:
            if terminal.interruption.error is not None:  # native code made another error of it
                raise _interrupted(terminal, error, terminal.interruption.error) from None
            if options.debug:
                import traceback

                terminal.err.print(traceback.format_exc(), markup=False, soft_wrap=True)
            terminal.error(_describe(error, terminal))
            raise typer.Exit(FAILED) from None


def _interrupted(
    terminal: Terminal, error: BaseException, kind: type[BaseException]
) -> typer.Exit:
    """Say that the command was interrupted, and return its exit."""
    terminal.interruption.handle()
    number = SIGTERM if issubclass(kind, Terminated) else SIGINT
    word = "terminated (SIGTERM)" if number == SIGTERM else "interrupted"
    text = f"{word}; all files written so far are complete"
    with suppress(OSError, SystemExit):  # nobody may read it: the exit code says it as well
        terminal.error("\n".join([text, *getattr(error, "__notes__", ())]))
    return typer.Exit(128 + number)


def _hints_of(options: object) -> dict[str, str]:
    """Return the hints whose options a command has, in its own words where it has some."""
    hints = {**HINTS, **getattr(options, "HINTS", {})}
    named = {name: hint.split()[0].strip("-").replace("-", "_") for name, hint in hints.items()}
    return {name: hints[name] for name, option in named.items() if hasattr(options, option)}


def _describe(error: Exception, terminal: Terminal) -> str:
    """Describe an error to a user, with options that help."""
    text = str(error)
    if isinstance(error, OSError) and error.errno is not None:
        where = f" '{printable(str(error.filename))}'" if error.filename else ""
        text = f"cannot read or write{where}: {error.strerror}."
        if error.errno == errno.ENOSPC:
            text += " Free some space, or choose another folder; no incomplete file was left."
    elif isinstance(error, MemoryError):
        text = "there is not enough memory. Use fewer recordings at a time."
    elif not isinstance(error, ValueError | OSError | FloatingPointError | ImportError):
        text = (
            f"an unexpected error occurred ({type(error).__name__}: {text}). Please report it "
            "with the output of --debug."
        )
    return "\n".join([terminal.with_hint(text, error), *getattr(error, "__notes__", ())])


@contextmanager
def _logger_silenced(name: str) -> Iterator[None]:
    """Hide messages for programmers, such as on tracing."""
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
    """Hide messages that TensorFlow's libraries write to file descriptor 2.

    They write when imported and later, despite TF_CPP_MIN_LOG_LEVEL: no GPU was found, an
    optimization was not possible. Python's own standard error is not affected.
    """
    import faulthandler

    try:
        ours = sys.stderr.fileno() == 2
        sys.stderr.flush()
        kept = os.dup(2) if ours else -1
    except (OSError, ValueError, AttributeError):  # there is no standard error
        kept = -1
    if kept < 0:  # standard error is captured by a test or a notebook
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
        with suppress(OSError):  # what nobody reads must not change the exit code
            stream.close()
