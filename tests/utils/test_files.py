import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from skecg.utils import naming, replacing, temporary_prefix, to_json
from skecg.utils._files import is_abandoned
from skecg.utils._processes import host_key, is_running


def test_replacing_puts_the_new_file_in_place(tmp_path):
    target = tmp_path / "report.txt"
    target.write_text("old")
    with replacing(target) as beside:
        beside.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["report.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_replacing_leaves_the_old_file_when_interrupted(tmp_path, error):
    target = tmp_path / "report.txt"
    target.write_text("old")
    with pytest.raises((KeyboardInterrupt, OSError)), replacing(target) as beside:
        beside.write_text("half")
        raise error
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.txt"]


def test_replacing_gives_the_permissions_of_a_new_file(tmp_path):
    (tmp_path / "plain").touch()
    with replacing(tmp_path / "new") as beside:
        beside.touch()
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_replacing_names_a_missing_folder(tmp_path):
    with (
        pytest.raises(FileNotFoundError, match=r"folder .*nowhere' does not exist"),
        replacing(tmp_path / "nowhere" / "report.txt"),
    ):
        pass


def test_json_of_paths_and_numbers_of_numpy():
    data = {"path": Path("a") / "b", "n": np.int64(3), "share": np.float64(0.5)}
    assert json.loads(to_json(data)) == {"path": os.path.join("a", "b"), "n": 3, "share": 0.5}
    with pytest.raises(TypeError, match="set cannot be written as JSON"):
        to_json({"labels": {"N", "V"}})


def test_naming_shows_the_file_and_nothing_else(tmp_path):
    with pytest.raises(OSError, match=r"full: '.*x\.txt'$"):
        with naming(tmp_path / "x.txt"):
            raise OSError(28, "full", "a", None, "b")


# what killed processes leave


@pytest.fixture(scope="module")
def gone():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_next_write_removes_what_a_killed_process_left(tmp_path, gone):
    left = tmp_path / f".model~skecg-{host_key()}-{gone}-abc.skecg"
    left.write_bytes(b"half")
    folder = tmp_path / f".results~skecg-{host_key()}-{gone}-abc"
    (folder / "deep").mkdir(parents=True)
    (tmp_path / ".mine-abc.txt").touch()
    with replacing(tmp_path / "report.txt") as beside:
        beside.touch()
    assert sorted(p.name for p in tmp_path.iterdir()) == [".mine-abc.txt", "report.txt"]


@pytest.mark.parametrize(
    ("host", "pid", "days", "abandoned"),
    [
        ("here", "gone", 0, True),
        ("here", "parent", 0, False),
        ("here", "parent", 2, True),  # a new process has the number
        ("here", "own", 2, False),
        ("00000000", "gone", 0, False),  # another machine writes into a shared folder
        ("00000000", "gone", 2, True),
    ],
)
def test_temporaries_are_abandoned_when_that_is_certain(
    tmp_path, gone, host, pid, days, abandoned
):
    number = {"gone": gone, "parent": os.getppid(), "own": os.getpid()}[pid]
    path = tmp_path / f".model~skecg-{host_key() if host == 'here' else host}-{number}-abc.skecg"
    path.touch()
    then = time.time() - days * 86400 - 60
    os.utime(path, (then, then))
    assert is_abandoned(path) is abandoned


def test_files_of_users_are_never_abandoned_temporaries(tmp_path):
    for name in (".model-abc.skecg", "model~skecg-1-2-3", ".notes~", ".a~skecg-zz-1-"):
        assert not is_abandoned(tmp_path / name)
    assert not is_abandoned(tmp_path / f"{temporary_prefix('gone')}abc")


def test_names_of_any_length_can_be_replaced(tmp_path):
    target = tmp_path / f"{'n' * 250}.csv"
    with replacing(target) as beside:
        beside.write_text("x")
    assert target.read_text() == "x"


def test_a_process_runs_until_it_ends(gone):
    assert is_running(os.getpid()) and is_running(1) and not is_running(gone)
    assert is_running(2**70)  # never judged


@pytest.mark.slow
def test_kill_in_the_middle_of_a_write_leaves_nothing_for_good(tmp_path):
    code = (
        "import sys, time; from skecg.utils import replacing\n"
        "with replacing(sys.argv[1]) as beside:\n"
        "    beside.write_text('half'); print('now', flush=True); time.sleep(60)\n"
    )
    target = tmp_path / "report.txt"
    target.write_text("old")
    process = subprocess.Popen(
        [sys.executable, "-c", code, target], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "now\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert len(list(tmp_path.iterdir())) == 2 and target.read_text() == "old"
    with replacing(target) as beside:
        beside.write_text("new")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("report.txt", "new")]


def test_machines_without_proc_have_a_key(monkeypatch):
    known = host_key()

    def no_proc(path):
        raise OSError(2, "No such file or directory", path)

    monkeypatch.setattr(os, "readlink", no_proc)
    assert len(host_key()) == 8 and host_key() != known
