"""Rows in a file, mapped into memory."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from skecg.utils import _mapped, is_mapped, map_rows, mapped_folder, read_rows, take_rows
from skecg.utils._mapped import ScratchRows, change_rows


@pytest.fixture
def rows(tmp_path):
    """Ten rows in a file, mapped."""
    path = tmp_path / "rows.bin"
    np.arange(30, dtype="<f4").reshape(10, 3).tofile(path)
    return np.memmap(path, dtype="<f4", mode="r", shape=(10, 3))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Blocks of two rows, and pages released often."""
    monkeypatch.setattr(_mapped, "_BLOCK", 24)
    monkeypatch.setattr(_mapped, "_RELEASE", 24)


def scratch_files(folder):
    return [path for path in folder.iterdir() if path.name.startswith(".skecg-rows")]


def test_is_mapped_knows_views(rows):
    assert is_mapped(rows)
    assert is_mapped(np.asarray(rows)[2:5, :2])
    assert not is_mapped(np.array(rows))
    assert not is_mapped(rows[[1, 2]])
    assert not is_mapped([1, 2])


@pytest.mark.parametrize(
    "index", [slice(2, 5), slice(None), np.arange(4, 9), np.arange(10) < 3, np.array([7])]
)
def test_take_rows_returns_a_view_of_neighbours(rows, tmp_path, index):
    taken = take_rows(rows, index)
    np.testing.assert_array_equal(taken, np.array(rows)[index])
    assert np.shares_memory(taken, rows)
    assert scratch_files(tmp_path) == []


@pytest.mark.parametrize(
    "index",
    [slice(None, None, 2), slice(None, None, -1), [3, 1, 1, 9], [-2, -1], np.arange(10) % 3 == 0],
)
def test_take_rows_writes_others_next_to_the_file(rows, tmp_path, index):
    index = index if isinstance(index, slice) else np.asarray(index)
    taken = take_rows(rows, index)
    np.testing.assert_array_equal(taken, np.array(rows)[index])
    assert is_mapped(taken)
    assert not taken.flags.writeable
    assert len(scratch_files(tmp_path)) == 1
    assert mapped_folder(taken[1:]) == tmp_path
    del taken
    assert scratch_files(tmp_path) == []


def test_take_rows_of_an_array_in_memory_are_in_memory():
    taken = take_rows(np.eye(3), np.array([2, 0]))
    np.testing.assert_array_equal(taken, np.eye(3)[[2, 0]])
    assert not is_mapped(taken)


def test_scratch_files_of_a_folder_that_cannot_be_written_go_elsewhere(rows, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert mapped_folder(rows) == Path(tempfile.gettempdir())


@pytest.mark.parametrize("index", [np.array([10]), np.array([9, 10]), np.ones(9, dtype=bool)])
def test_take_rows_refuses_rows_that_are_not_there(rows, index):
    with pytest.raises(IndexError):
        take_rows(rows, index)


def test_take_rows_of_none(rows):
    assert take_rows(rows, np.zeros(10, dtype=bool)).shape == (0, 3)


def test_map_rows_passes_blocks_and_keeps_them_in_a_file(rows, tmp_path):
    sizes = []

    def double(part):
        sizes.append(len(part))
        return (2 * part).astype(np.float64)

    doubled = map_rows(rows, double)
    assert sizes == [2] * 5
    assert doubled.dtype == np.float64
    assert is_mapped(doubled)
    np.testing.assert_array_equal(doubled, 2 * np.array(rows))


def test_map_rows_leaves_no_file_when_it_fails(rows, tmp_path):
    def fails(part):
        if part[0, 0] > 10:
            raise ValueError("no")
        return part

    with pytest.raises(ValueError, match="no"):
        map_rows(rows, fails)
    assert scratch_files(tmp_path) == []


def test_change_rows_changes_some_rows_in_the_file(rows, tmp_path):
    with ScratchRows(tmp_path, (3,), np.float32) as scratch:
        scratch.append(rows)
        copy = scratch.map("r+")
    places = []

    def negate(part, place):
        places.append(place)
        part *= -1

    chosen = np.array([0, 1, 5, 9])
    change_rows(copy, chosen, negate)
    expected = np.array(rows)
    expected[chosen] *= -1
    np.testing.assert_array_equal(copy, expected)
    assert places == [slice(0, 2), slice(2, 4)]


def test_read_rows_copies(rows):
    part = read_rows(rows, slice(0, 2))
    assert not is_mapped(part)
    part[:] = 0
    np.testing.assert_array_equal(rows[1], [3, 4, 5])


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="processes are looked up by their numbers")
def test_scratch_files_of_a_killed_process_are_removed_by_the_next(rows, tmp_path):
    code = (
        "import os, signal, sys, numpy as np\n"
        "from skecg.utils._mapped import ScratchRows\n"
        "scratch = ScratchRows(sys.argv[1], (3,), np.float32)\n"
        "scratch.append(np.zeros((4, 3), np.float32))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, tmp_path], check=False)
    assert killed.returncode == -9
    assert len(scratch_files(tmp_path)) == 1
    taken = take_rows(rows, np.array([2, 0]))
    assert len(scratch_files(tmp_path)) == 1
    np.testing.assert_array_equal(taken, np.array(rows)[[2, 0]])


def test_a_fork_does_not_remove_the_files_of_its_parent(rows, tmp_path):
    taken = take_rows(rows, np.array([2, 0]))
    [path] = scratch_files(tmp_path)
    _mapped._remove(path, os.getpid() + 1)
    assert path.exists()
    assert len(taken) == 2


def test_read_rows_at_random_are_those_of_the_array(rows, monkeypatch):
    released = []
    monkeypatch.setattr(_mapped, "release", released.append)
    monkeypatch.setattr(_mapped, "_AT_RANDOM", 2)
    places = np.array([7, 0, 3, 3, 9])
    np.testing.assert_array_equal(read_rows(rows, places), np.array(rows)[places])
    assert len(released) == 3


def test_no_rows_are_an_array_without_a_file(tmp_path):
    with ScratchRows(tmp_path, (3,), "<f4") as scratch:
        none = scratch.map()
    assert none.shape == (0, 3) and scratch_files(tmp_path) == []
