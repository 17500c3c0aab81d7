"""Commands run as a user does, on simulated recordings on disk."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import skecg
from skecg.cli import app

SMALL = ["--epochs", "2", "--units", "4", "--batch-size", "64"]


def _start(*args, cwd=None, **kwargs):
    """Start ``python -m skecg`` and return the process."""
    environment = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "CLICOLOR")}
    environment |= {"COLUMNS": "80", "TERM": "xterm-256color", "PYTHONWARNINGS": "default"}
    # what is tested is what is imported here, wherever the command runs
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
    out, err = process.communicate(timeout=600)  # half a minute, but the machine may be busy
    assert "Traceback" not in out + err, err
    assert "\x1b" not in out + err, "colour without a terminal"
    return SimpleNamespace(code=process.returncode, out=out, err=err)


def _words(text):
    """Text without its line ends, to look for sentences in wrapped output."""
    return " ".join(text.replace("│", " ").split())


@pytest.fixture(scope="session")
def start():
    """A function that starts a command and returns its process."""
    return _start


@pytest.fixture(scope="session")
def run():
    """A function that runs a command and returns its exit code and output."""
    return _run


@pytest.fixture
def invoke(monkeypatch):
    """A function that runs a command in this process: quicker, for the many ways to go wrong."""
    monkeypatch.setenv("COLUMNS", "80")

    def invoke(*args, cwd=None):
        if cwd is not None:
            monkeypatch.chdir(cwd)
        result = CliRunner().invoke(app, [*map(str, args)], prog_name="skecg")
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return SimpleNamespace(code=result.exit_code, out=result.stdout, err=result.stderr)

    return invoke


@pytest.fixture(scope="session")
def words():
    """A function that takes the line ends out of wrapped output."""
    return _words


@pytest.fixture(scope="session")
def small():
    """Options of a training that takes a second."""
    return SMALL


@pytest.fixture(scope="session")
def recordings(tmp_path_factory):
    """A folder with recordings of eight simulated subjects."""
    folder = tmp_path_factory.mktemp("recordings")
    for record in skecg.simulate_records(8, duration=40, random_state=1):
        skecg.write_record(record, folder)
    return folder


@pytest.fixture(scope="session")
def trained(recordings, tmp_path_factory):
    """What ``skecg train`` printed and wrote, both models."""
    out = tmp_path_factory.mktemp("results") / "new" / "folder"
    result = _run(
        "train", recordings, "--out", out, *SMALL, "--test-size", "0.3", "--val-size", "0.2"
    )
    assert result.code == 0, result.err
    return SimpleNamespace(folder=out, out=result.out, err=result.err)
