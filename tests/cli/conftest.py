"""Commands on simulated recordings on disk, in this process or in one of their own."""

import contextlib
import functools
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
from typer.testing import CliRunner

import skecg
from skecg.cli import app

SMALL = ("--epochs", "2", "--units", "4", "--batch-size", "64")
SHARES = ("--test-size", "0.3", "--val-size", "0.2")


def _start(*args, cwd=None, **kwargs):
    """Start ``python -m skecg`` and return the process."""
    environment = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "CLICOLOR")}
    environment |= {"COLUMNS": "80", "TERM": "xterm-256color", "PYTHONWARNINGS": "default"}
    # the package that is tested is the one imported here, wherever the command runs
    environment["PYTHONPATH"] = str(Path(skecg.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-m", "skecg", *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=cwd,
        **kwargs,
    )


def _run(*args, **kwargs):
    """Run ``python -m skecg`` and return exit code, standard output and standard error."""
    process = _start(*args, **kwargs)
    out, err = process.communicate(timeout=600)  # the machine may be busy
    assert "Traceback" not in out + err, err
    assert "\x1b" not in out + err, "colour without a terminal"
    return SimpleNamespace(code=process.returncode, out=out, err=err)


def _invoke(*args, cwd=None):
    """Run a command in this process, which takes seconds less than in one of its own."""
    arguments = [*map(str, args)]
    command_line = mock.patch.object(sys, "argv", ["skecg", *arguments])
    with command_line, contextlib.chdir(cwd or os.getcwd()):
        runner = CliRunner(env={"COLUMNS": "80"})
        result = runner.invoke(app, arguments, prog_name="skecg")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return SimpleNamespace(code=result.exit_code, out=result.stdout, err=result.stderr)


def _words(text):
    """Text without its line ends, to look for sentences in wrapped output."""
    return " ".join(text.replace("│", " ").split())


def draw_few(predictions, X=None, **kwargs):
    """Draw the figures that need neither probabilities nor rows."""
    columns = ["record", "sample", "subject", "y_true", "y_pred"]
    return skecg.plot_predictions(predictions.table[columns])


def two_beats():
    """Figures of two beats within; those of twenty take seconds."""
    draw = functools.partial(skecg.BeatDisplay.from_table, n_beats=2)
    return mock.patch.object(skecg.BeatDisplay, "from_table", draw)


@pytest.fixture(scope="session")
def start():
    """A function that starts a command and returns its process."""
    return _start


@pytest.fixture(scope="session")
def run():
    """A function that runs a command in its own process: its exit code and output."""
    return _run


@pytest.fixture(scope="session")
def invoke():
    """A function that runs a command in this process: its exit code and output."""
    return _invoke


@pytest.fixture(scope="session")
def words():
    """A function that takes the line ends out of wrapped output."""
    return _words


@pytest.fixture
def few_figures(monkeypatch):
    """Reports with two figures per model: all of them take seconds."""
    monkeypatch.setattr("skecg.report._evaluation.plot_predictions", draw_few)


@pytest.fixture(scope="session")
def recordings(tmp_path_factory):
    """A folder with recordings of eight simulated subjects."""
    folder = tmp_path_factory.mktemp("recordings")
    for record in skecg.simulate_records(8, duration=40, random_state=1):
        skecg.write_record(record, folder)
    return folder


@pytest.fixture(scope="session")
def trained(recordings, tmp_path_factory):
    """Output and folder of ``skecg train`` for one network, with all figures."""
    out = tmp_path_factory.mktemp("results") / "new" / "folder"
    with two_beats():
        result = _invoke("train", recordings, "--out", out, "--model", "lstm", *SMALL, *SHARES)
    assert result.code == 0, result.err
    return SimpleNamespace(folder=out, out=result.out, err=result.err)


@pytest.fixture(scope="session")
def compared(recordings, tmp_path_factory):
    """Output and folder of ``skecg train`` for two networks, with few figures."""
    out = tmp_path_factory.mktemp("compared")
    with mock.patch("skecg.report._evaluation.plot_predictions", draw_few):
        result = _invoke("train", recordings, "--out", out, *SMALL, *SHARES)
    assert result.code == 0, result.err
    return SimpleNamespace(folder=out, out=result.out, err=result.err)


@pytest.fixture
def not_trained(monkeypatch, trained):
    """Training that returns at once, with the network of `trained`."""
    model = skecg.load(trained.folder / "lstm.skecg")
    monkeypatch.setattr("skecg.cli._training.fit", lambda *args: model)
