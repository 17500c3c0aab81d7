"""What all commands share: help, version, exit codes, completion, speed."""

import resource
import subprocess
import sys

import pytest


@pytest.mark.parametrize("command", ["", "demo", "info", "train", "evaluate", "compare"])
def test_help_fits_80_columns(run, command):
    result = run(*command.split(), "--help")
    assert result.code == 0
    assert max(map(len, result.out.splitlines())) <= 80


def test_help_lists_commands_and_exit_codes(run, words):
    text = words(run("--help").out)
    for command in ("demo", "info", "train", "evaluate", "compare"):
        assert f" {command} " in text
    assert "0 done; 1 a recording, file or model could not be used; 2 wrong usage; 130" in text
    assert "no medical device" in text


def test_help_loads_nothing_heavy():
    heavy = ["numpy", "pandas", "sklearn", "keras", "tensorflow", "matplotlib", "wfdb", "scipy"]
    code = (
        "import sys; sys.argv = ['skecg', 'train', '--help']\n"
        "from skecg.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print([m for m in {heavy} if m in sys.modules], file=sys.stderr)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stderr.strip() == "[]"


def test_help_is_quick(run):
    run("--help")  # bytecode is there

    def processor_seconds():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    # not by the clock: other programs may be busy
    before = processor_seconds()
    run("--help")
    assert processor_seconds() - before < 0.5


def test_version(run):
    import skecg

    assert run("--version").out == f"skecg {skecg.__version__}\n"


def test_no_arguments_show_the_help(run):
    result = run()
    assert result.code == 2
    assert "Usage:" in result.out + result.err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["info"], "Missing argument"),
        (["train", "."], "Missing option '--out'"),
        (["train", ".", "--out", "o", "--model", "gru"], "'gru' is not one of"),
        (["train", ".", "--out", "o", "--window", "0.1"], "'0.1' is not 2 numbers"),
        (["train", ".", "--out", "o", "--window", "0,0"], "'0,0' is no window"),
        (["train", ".", "--out", "o", "--units", "8,0"], "a layer has one unit or more"),
        (["train", ".", "--out", "o", "--units", "8.5"], "whole numbers with commas"),
        (["train", ".", "--out", "o", "--threshold", "soft"], "neither 'universal', 'level'"),
        (["train", ".", "--out", "o", "--epochs", "0"], "greater than or equal to 1"),
        (["train", ".", "--out", "o", "--leads", "V5,"], "names no lead between its commas"),
        (["train", ".", "--out", "o", "--wavelet", "db"], "'db' is no discrete wavelet"),
        (["train", ".", "--out", "o", "--test-size", "0.9"], "leave no beats to train with"),
        (["train", ".", "--out", "o", "--scale", "none"], "or with --balance none it works"),
        (["info", ".", "-q", "-v"], "--quiet goes with neither"),
        (["evaluate", "m", ".", "--classes", "symbols"], "'symbols' is not one of"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_is_wrong(invoke, words, args, message, tmp_path):
    result = invoke(*args, cwd=tmp_path)
    assert result.code == 2
    assert message in words(result.err)
    assert result.out == ""
    assert not list(tmp_path.iterdir())


def test_wrong_usage_of_the_real_command_exits_with_2(run):
    result = run("train", ".", "--out", "o", "--epochs", "many")
    assert (result.code, result.out) == (2, "")
    assert "'many' is not a valid int" in result.err or "--epochs" in result.err


def test_completion_can_be_shown():
    # the shell is that of the parent process, which here is none: named by hand
    environment = {"_SKECG_COMPLETE": "source_bash"}
    code = "import sys; sys.argv = ['skecg']; from skecg.cli import main; main()"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert "_skecg_completion" in out.stdout


def test_warning_stands_above_the_bar_of_another_console(monkeypatch):
    import io

    from rich.console import Console
    from rich.progress import Progress

    from skecg.cli._terminal import Terminal

    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    terminal = Terminal()
    with Progress(console=Console(file=screen, force_terminal=True, width=80)) as bar:
        bar.add_task("Cutting beats")
        terminal._warn("a lead is flat", UserWarning)
    line = next(line for line in screen.getvalue().split("\n") if "a lead is flat" in line)
    assert line.endswith("\x1b[2Kwarning: a lead is flat")  # the bar's line is taken
