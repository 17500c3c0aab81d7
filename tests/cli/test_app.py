"""Help, version, exit codes and completion of all commands; time to start."""

import io
import resource
import subprocess
import sys

import pytest

import skecg

COMMANDS = ("demo", "info", "train", "evaluate", "compare", "stress")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_80_columns(invoke, command):
    result = invoke(*command.split(), "--help")
    assert result.code == 0
    assert max(map(len, result.out.splitlines())) <= 80


def test_help_lists_commands_and_exit_codes(invoke, words):
    text = words(invoke("--help").out)
    assert all(f" {command} " in text for command in COMMANDS)
    assert "0 done; 1 a recording, file or model could not be used; 2 wrong usage; 130" in text
    assert "not a medical device" in text


def test_help_and_usage_errors_load_nothing_heavy():
    heavy = ["numpy", "pandas", "sklearn", "keras", "tensorflow", "matplotlib", "wfdb", "scipy"]
    code = (
        "import sys\n"
        "from skecg.cli import main\n"
        "for args in (['--help'], ['train', '--help'], ['train', '.', '--epochs', 'many']):\n"
        "    sys.argv = ['skecg', *args]\n"
        "    try: main()\n"
        "    except SystemExit as end: assert end.code in (0, 2)\n"
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "[]"


def test_help_is_quick(run):
    run("--help")  # bytecode is there

    def processor_seconds():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    # not by the clock: other programs may be busy
    before = processor_seconds()
    assert "Train networks" in run("train", "--help").out
    assert processor_seconds() - before < 0.7


def test_version(invoke):
    assert invoke("--version").out == f"skecg {skecg.__version__}\n"


def test_no_arguments_show_the_help(invoke):
    result = invoke()
    assert result.code == 2
    assert "Usage:" in result.out + result.err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["info"], "Missing argument"),
        (["train", "."], "Missing option '--out'"),
        (["train", ".", "--out", "o", "--model", "x"], "'x' is not one of 'lstm', 'rnn', 'con"),
        (["train", ".", "--out", "o", "--window", "0.1"], "for --window: '0.1' is not 2 numbers"),
        (["train", ".", "--out", "o", "--window", "0,0"], "'0,0' is not a window"),
        (["train", ".", "--out", "o", "--units", "8,0"], "'8,0' is not one whole number of units"),
        (["train", ".", "--out", "o", "--units", "8.5"], "'8.5' is not one whole number of units"),
        (["train", ".", "--out", "o", "--units", "8,"], "'8,' is not numbers separated by commas"),
        (["train", ".", "--out", "o", "--threshold", "soft"], "neither 'universal', 'level'"),
        (["train", ".", "--out", "o", "--epochs", "0"], "greater than or equal to 1"),
        (["train", ".", "--out", "o", "--leads", "V5,"], "'V5,' has an empty name"),
        (["train", ".", "--out", "o", "--wavelet", "db"], "'db' is not a discrete wavelet"),
        (["train", ".", "--out", "o", "--test-size", "0.9"], "leave no beats to train on"),
        (["train", ".", "--out", "o", "--scale", "none"], "--scale none needs --val-size 0"),
        (["info", ".", "-q", "-v"], "--quiet goes with neither"),
        (["evaluate", "m", ".", "--classes", "symbols"], "'symbols' is not one of"),
    ],
)
def test_wrong_usage_exits_with_2_and_names_the_mistake(invoke, words, args, message, tmp_path):
    result = invoke(*args, cwd=tmp_path)
    assert result.code == 2
    assert message in words(result.err)
    assert result.out == ""
    assert not list(tmp_path.iterdir())


def test_wrong_usage_of_the_real_command_exits_with_2(run):
    result = run("train", ".", "--out", "o", "--epochs", "many")
    assert (result.code, result.out) == (2, "")
    assert "'--epochs'" in result.err


def test_completion_can_be_shown():
    # the shell is that of the parent process, which there is not here: it is given by name
    environment = {"_SKECG_COMPLETE": "source_bash"}
    code = "import sys; sys.argv = ['skecg']; from skecg.cli import main; main()"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert "_skecg_completion" in out.stdout


def test_warning_is_above_the_bar_of_another_console(monkeypatch):
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
