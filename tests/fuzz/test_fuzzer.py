"""The fuzzer finds what it is for."""

import sys
from pathlib import Path

import numpy as np
import pytest

from . import _worker
from ._all import TARGETS
from ._target import NAME, Target
from ._worker import Chunk, Fuzzer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


@pytest.fixture
def outcome(tmp_path, monkeypatch):
    """Run one input of a target whose reader is given; return the outcome."""
    monkeypatch.setattr(_worker, "_limit_memory", lambda: None)  # it would last
    monkeypatch.setattr(_worker, "_EXTRA", 2**24)

    def run(read):
        one = {f"{NAME}.txt": b"text"}
        target = Target("t", 1.0, (ValueError,), lambda folder: [one], lambda r, f, o: f, read)
        monkeypatch.setitem(TARGETS, "t", target)
        current = type("Number", (), {"value": 0})()
        counts, _, _ = Fuzzer(0, tmp_path / "kept", tmp_path, current).run(Chunk("t", 0, 1))
        return next(iter(counts))

    return run


def _raise(error):
    raise error


class _Own(ValueError):
    pass


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (lambda folder, files: (folder / f"{NAME}.txt").read_text(), "accepted"),
        (lambda folder, files: _raise(ValueError(f"'{NAME}.txt' is odd")), "refused: ValueError"),
        (lambda folder, files: _raise(ValueError("it is odd")), "undocumented"),
        (lambda folder, files: _raise(_Own(NAME)), "undocumented"),
        (lambda folder, files: _raise(KeyError(NAME)), "undocumented"),
        (lambda folder, files: _raise(MemoryError()), "memory"),
        (lambda folder, files: np.ones(2**23), "memory"),
    ],
)
def test_outcomes(outcome, read, expected):
    assert outcome(read) == expected


def test_reader_that_does_not_end_is_a_hang(outcome, monkeypatch):
    monkeypatch.setattr(_worker, "LONGEST", 0.05)

    def read(folder, files):
        while True:
            try:
                sum(range(1000))
            except Exception:
                pass

    assert outcome(read) == "hang"


def test_failing_inputs_are_kept(outcome, tmp_path):
    outcome(lambda folder, files: _raise(KeyError("x")))
    (kept,) = Path(tmp_path / "kept").iterdir()
    assert (kept / f"{NAME}.txt").read_bytes() == b"text"
    assert "KeyError" in (kept / "failure.txt").read_text()


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "networks"])
def test_valid_inputs_are_accepted(tmp_path, name, recwarn):
    made = tmp_path / "made"
    made.mkdir()
    for i, files in enumerate(TARGETS[name].make(made)):
        folder = tmp_path / f"read-{i}"
        folder.mkdir()
        for file, content in files.items():
            (folder / file).write_bytes(content)
        TARGETS[name].read(folder, files)
