"""Commands on folders that cannot be entered, and on files that no reader understands."""

import errno
import os
import shutil

import pytest


@pytest.fixture
def private(recordings, tmp_path, monkeypatch):
    """Recordings next to a folder that cannot be listed; the superuser can enter any."""
    for file in recordings.iterdir():
        if file.is_file():
            shutil.copy(file, tmp_path)
    (tmp_path / "private").mkdir()
    own = os.scandir

    def scan(path="."):
        if str(path) == str(tmp_path / "private"):  # or the number of an open folder
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return own(path)

    monkeypatch.setattr(os, "scandir", scan)
    return tmp_path


def words(text):
    """Text without its line ends."""
    return " ".join(text.split())


def test_info_describes_the_others_and_fails(invoke, private):
    result = invoke("info", private)
    assert result.code == 1
    assert "8 records of 8 subjects" in result.out
    assert "private': Permission denied. Give yourself the right" in words(result.err)


def test_training_is_refused_unless_broken_recordings_are_skipped(invoke, private, tmp_path):
    result = invoke("train", private, "--out", tmp_path / "results")
    assert result.code == 1
    said = words(result.err)
    assert "private': Permission denied." in said
    assert "--skip-broken" in said


def test_comparing_is_refused(invoke, private, recordings):
    result = invoke("compare", private, recordings, "--annotator", "atr")
    assert result.code == 1
    assert "private': Permission denied" in words(result.err)
