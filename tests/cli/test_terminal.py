"""The terminal of a command: warnings, errors, hints, exit codes."""

import errno
import io
import sys
import warnings
from types import SimpleNamespace

import pytest
import typer

from skecg.cli._signals import Terminated
from skecg.cli._terminal import MOST_WARNINGS, session
from skecg.utils import suggest, warn


def options(**changes):
    return SimpleNamespace(quiet=False, verbose=False, debug=False, **changes)


def run(capsys, words, problem, **changes):
    """Raise an error in a session; return its exit code and messages."""
    with pytest.raises(typer.Exit) as caught, session(options(**changes)):
        raise problem
    return caught.value.exit_code, words(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("the rates differ."), "error: the rates differ."),
        (MemoryError(), "error: there is not enough memory. Use fewer recordings at a time."),
        (KeyError("x"), "error: an unexpected error occurred (KeyError: 'x'). Please report it"),
        (OSError(errno.EACCES, "Permission denied", "a.csv"), "write 'a.csv': Permission denied."),
        (OSError(errno.ENOSPC, "No space left"), "No space left. Free some space, or choose"),
    ],
)
def test_errors_are_described_and_exit_with_1(capsys, words, error, message):
    code, text = run(capsys, words, error)
    assert code == 1 and message in text


def test_headings_keep_the_brackets_of_names(capsys):
    with session(options()) as terminal:
        terminal.rule("lstm[small] on [old] recordings")
    assert "lstm[small] on [old] recordings" in capsys.readouterr().out


def test_notes_of_errors_are_printed(capsys, words):
    error = ValueError("a record is broken.")
    error.add_note("while reading 'a'")
    assert run(capsys, words, error) == (1, "error: a record is broken. while reading 'a'")


def test_interruption_exits_with_130(capsys, words):
    code, text = run(capsys, words, KeyboardInterrupt())
    assert code == 130 and text.startswith("error: interrupted; all files written so far")


def test_termination_exits_with_143(capsys, words):
    error = Terminated()
    error.add_note("Go on with --resume.")
    text = (
        "error: terminated (SIGTERM); all files written so far are complete Go on with --resume."
    )
    assert run(capsys, words, error) == (143, text)


def test_an_error_that_follows_an_interruption_is_one(capsys, words):
    with pytest.raises(typer.Exit) as caught, session(options()) as terminal:
        terminal.interruption.error = Terminated  # lost in native code
        raise SystemError("returned a result with an exception set")
    assert caught.value.exit_code == 143
    assert words(capsys.readouterr().err).startswith("error: terminated")


class Closed(io.StringIO):
    """A pipe whose reader is gone, as one that was terminated, too."""

    def write(self, text):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")


@pytest.mark.parametrize("late", [False, True])
def test_the_exit_code_of_a_termination_needs_no_reader(monkeypatch, late):
    monkeypatch.setattr("sys.stderr", Closed())
    # rich's own one exits with 1, and changes the standard output of the tests
    monkeypatch.setattr("rich.console.Console.on_broken_pipe", lambda console: sys.exit(1))
    with pytest.raises(typer.Exit) as caught, session(options()) as terminal:
        if late:
            terminal.interruption.error = Terminated  # lost in native code
            terminal.note("an epoch has ended")
        raise Terminated
    assert caught.value.exit_code == 143


def test_errors_name_the_options_that_the_command_has(capsys, words):
    error = suggest(ValueError("the rates differ."), "fs", "leads", "on_error")
    _, text = run(capsys, words, error, fs=None, skip_broken=False)
    assert text == (
        "error: the rates differ. On the command line: --fs HZ; --skip-broken to exclude such "
        "recordings and report them."
    )


def test_errors_of_commands_without_such_options_are_printed_as_they_are(capsys, words):
    assert run(capsys, words, suggest(ValueError("The rates differ."), "fs"))[1] == (
        "error: The rates differ."
    )


def test_warnings_name_the_options_that_help(capsys, words):
    with session(options(leads=None)) as terminal:
        warn("The first lead is not the same.", suggests=("leads",))
    text = words(capsys.readouterr().err)
    assert text.startswith("warning: The first lead is not the same. On the command line: --leads")
    assert terminal.warnings == ["The first lead is not the same."]


def test_many_warnings_are_counted(capsys, words):
    with session(options()):
        for i in range(MOST_WARNINGS + 2):
            warnings.warn(f"Warning {i}.", stacklevel=1)
            warnings.warn(f"Warning {i}.", stacklevel=1)
    text = words(capsys.readouterr().err)
    assert text.count("warning: ") == MOST_WARNINGS
    assert "2 more warnings: --verbose shows all" in text


def test_warnings_for_developers_are_hidden(capsys):
    with session(options()) as terminal:
        warnings.simplefilter("always", ImportWarning)
        warnings.warn("old", ImportWarning, stacklevel=1)
    assert terminal.warnings == [] and capsys.readouterr().err == ""


def test_quiet_and_verbose_cannot_be_combined():
    both = SimpleNamespace(quiet=True, verbose=True, debug=False)
    with pytest.raises(typer.BadParameter, match="--quiet goes with neither"), session(both):
        pass
