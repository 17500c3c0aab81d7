"""Results that replace those in a folder as a whole, and locks."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import skecg
from skecg.utils import (
    ResultsFolder,
    file_hash,
    locked,
    remove_whole,
    replacing_folder,
    temporary_prefix,
)
from skecg.utils._processes import host_key


def write(folder, text, names=("report.txt", "a.csv")):
    """Write results that say `text`, and a report that lists them."""
    for name in names:
        (folder / name).write_text(text)
    files = {name: file_hash(folder / name) for name in names}
    (folder / "report.json").write_text(json.dumps({"text": text, "files": files}))


def replace(folder, text, names=("report.txt", "a.csv")):
    with replacing_folder(folder, "a test") as new:
        write(new, text, names)


def texts(folder):
    """The name and the text of all files of a folder, reports excluded."""
    return {p.name: p.read_text() for p in folder.iterdir() if p.name != "report.json"}


@pytest.fixture
def out(tmp_path):
    """A folder of old results."""
    replace(tmp_path / "out", "old", ("report.txt", "b.csv"))
    return tmp_path / "out"


@pytest.fixture(scope="module")
def gone():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_new_results_replace_the_old_ones(out):
    replace(out, "new")
    assert texts(out) == {"report.txt": "new", "a.csv": "new"}
    assert [path.name for path in out.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(errno.ENOSPC, "full")])
def test_an_error_leaves_the_old_results(out, error):
    with pytest.raises((KeyboardInterrupt, OSError)), replacing_folder(out, "a test") as new:
        write(new, "half")
        raise error
    assert texts(out) == {"report.txt": "old", "b.csv": "old"}
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_files_of_users_stay(out):
    (out / "deep" / "er").mkdir(parents=True)
    (out / "deep" / "er" / "x").write_text("mine")
    (out / "b.csv").write_text("edited")
    (out / "link").symlink_to("deep")
    replace(out, "new")
    assert (out / "link" / "er" / "x").read_text() == "mine"
    assert (out / "b.csv").read_text() == "edited"
    assert {p.name for p in out.iterdir()} >= {"report.txt", "a.csv", "deep", "link"}


def test_a_report_cannot_name_files_elsewhere(out):
    (out.parent / "precious").write_text("mine")
    report = {"files": {"../precious": file_hash(out.parent / "precious")}}
    (out / "report.json").write_text(json.dumps(report))
    replace(out, "new")
    assert (out.parent / "precious").read_text() == "mine"


def test_a_symbolic_link_to_a_folder_stays_one(out):
    link = out.parent / "link"
    link.symlink_to(out)
    replace(link, "new")
    assert link.is_symlink() and texts(out) == {"report.txt": "new", "a.csv": "new"}


@pytest.mark.parametrize("place", ["current", "mount", "nothing around"])
def test_folders_that_cannot_be_renamed_get_the_files(monkeypatch, out, place):
    inode = out.stat().st_ino
    if place == "current":
        monkeypatch.chdir(out)
    elif place == "mount":
        monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == out)
    else:
        access = os.access
        monkeypatch.setattr(
            os, "access", lambda path, mode: Path(path) != out.parent and access(path, mode)
        )
    replace(".", "new") if place == "current" else replace(out, "new")
    assert out.stat().st_ino == inode
    assert texts(out) == {"report.txt": "new", "a.csv": "new"}
    assert [path.name for path in out.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("place", ["around", "current"])
def test_a_folder_with_the_name_of_a_result_is_not_replaced(monkeypatch, out, place):
    (out / "a.csv").mkdir()
    (out / "a.csv" / "mine").touch()
    if place == "current":
        monkeypatch.chdir(out)
    with pytest.raises(IsADirectoryError, match=r"a\.csv': it is a folder. Move it away"):
        replace(out, "new")
    assert (out / "a.csv" / "mine").exists()
    assert (out / "report.txt").read_text() == "old"
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_an_interruption_after_the_last_move_is_one(monkeypatch, out):
    rmtree = shutil.rmtree

    def interrupted(work, **kwargs):
        monkeypatch.undo()
        rmtree(work, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace(out, "new")
    assert texts(out) == {"report.txt": "new", "a.csv": "new"}
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_an_unfinished_run_is_removed_as_a_whole(monkeypatch, tmp_path, gone):
    work = tmp_path / "out.unfinished"
    (work / "results").mkdir(parents=True)
    (work / "run.json").touch()
    monkeypatch.setattr("shutil.rmtree", lambda *args, **kwargs: None)  # killed before
    remove_whole(work)
    assert not work.exists()
    (left,) = tmp_path.iterdir()
    monkeypatch.undo()
    left.rename(tmp_path / left.name.replace(f"-{os.getpid()}-", f"-{gone}-"))
    replace(tmp_path / "out", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_busy_folder_gets_the_files(monkeypatch, out):
    rename = os.rename

    def busy(old, new):
        if Path(old) == out:
            raise OSError(errno.EBUSY, "busy")
        rename(old, new)

    monkeypatch.setattr(os, "rename", busy)
    replace(out, "new")
    assert texts(out) == {"report.txt": "new", "a.csv": "new"}


class Killed(BaseException):
    """The end of a process: nothing is cleaned."""


@pytest.mark.parametrize("place", ["around", "current"])
@pytest.mark.parametrize("n_calls", range(7))
def test_what_a_killed_process_was_moving_in_is_finished(monkeypatch, out, gone, n_calls, place):
    (out / "mine").mkdir()
    calls = []

    def counted(function):
        def call(*args, **kwargs):
            if len(calls) == n_calls:
                raise Killed
            calls.append(args)
            return function(*args, **kwargs)

        return call

    work = out.parent / f"{temporary_prefix('out')}x".replace(f"-{os.getpid()}-", f"-{gone}-")
    (work / "results").mkdir(parents=True)
    write(work / "results", "new")
    killed = False
    with monkeypatch.context() as patch:
        if place == "current":
            patch.chdir(out)
        for name in ("rename", "replace", "rmdir"):
            patch.setattr(os, name, counted(getattr(os, name)))
        target = ResultsFolder(out)
        try:
            target.publish(work)
        except Killed:
            killed = True
    if out.exists() and place == "around":  # either the old results or the new ones
        assert texts_of_files(out) in (
            {"report.txt": "old", "b.csv": "old"},
            {"report.txt": "new", "a.csv": "new"},
        )
    began = (work / "moving.json").exists()
    with target.locked("the next"):
        pass
    expected = {"report.txt": "new", "a.csv": "new"}
    if killed and not began and n_calls == 0:  # before it was decided
        expected = {"report.txt": "old", "b.csv": "old"}
    assert texts_of_files(out) == expected
    assert (out / "mine").is_dir()
    assert [path.name for path in out.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("content", ["", "[]", '{"name": "out"}'])
def test_a_damaged_list_of_moves_is_named(out, content):
    work = out.parent / "out.unfinished"
    (work / "results").mkdir(parents=True)
    (work / "moving.json").write_text(content)
    with pytest.raises(ValueError, match=r"out.unfinished' has .* 'moving.json' is damaged"):
        replace(out, "new")
    assert texts(out)["report.txt"] == "old"


def test_ctrl_c_after_the_move_is_raised(monkeypatch, out):
    from skecg.utils import _folders

    def interrupted(work, *, done=False):
        shutil.rmtree(work)
        raise KeyboardInterrupt

    monkeypatch.setattr(_folders, "remove_work", interrupted)
    with pytest.raises(KeyboardInterrupt), ResultsFolder(out).locked("a test"):
        work = out.parent / "work"
        (work / "results").mkdir(parents=True)
        write(work / "results", "new")
        ResultsFolder(out).publish(work)
    assert texts(out)["report.txt"] == "new"


def test_moves_of_other_folders_are_left_to_them(out, gone):
    one, other = (out.parent / f"{'long-' * 9}{name}" for name in "ab")
    prefix = temporary_prefix(one.name).replace(f"-{os.getpid()}-", f"-{gone}-")
    work = out.parent / f"{prefix}x"
    (work / "results").mkdir(parents=True)
    write(work / "results", "new")
    (work / "moving.json").write_text(
        json.dumps({"name": one.name, "new": ["a.csv", "report.json", "report.txt"], "stale": []})
    )
    replace(other, "other")
    assert texts(other)["a.csv"] == "other" and not one.exists() and work.exists()
    with ResultsFolder(one).locked("a test"):
        assert texts(one)["a.csv"] == "new"


def texts_of_files(folder):
    return {
        p.name: p.read_text() for p in folder.iterdir() if p.is_file() and p.name != "report.json"
    }


@pytest.mark.slow
def test_evaluations_are_saved_as_a_whole(tmp_path, monkeypatch):
    from sklearn.tree import DecisionTreeClassifier

    beats = skecg.load_simulated(2, duration=30.0, random_state=0)
    tree = DecisionTreeClassifier(random_state=0).fit(beats.data, beats.target)
    monkeypatch.setattr("skecg.report._evaluation.plot_predictions", lambda *a, **k: {})
    evaluation = skecg.evaluate(tree, beats)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    files = evaluation.save(tmp_path / "out")
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert {path.name for path in files} == {*report["files"], "report.json"}
    assert all(path.parent == tmp_path / "out" and path.exists() for path in files)
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    monkeypatch.setattr("skecg.report._evaluation.write_csv", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        skecg.evaluate({"other": tree}, beats).save(tmp_path / "out")
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == before


# locks


def test_a_second_writer_is_refused(out):
    first = rf"'.*out' is being written by process {os.getpid()} of .* \(the first\) since 20"
    with replacing_folder(out, "the first"):
        with pytest.raises(BlockingIOError, match=first):
            replace(out, "new")
    replace(out, "new")


def owner(**changes):
    known = {"host": "ward-7", "key": host_key(), "pid": 1, "since": "2026", "command": "x"}
    return json.dumps(known | changes)


def test_the_lock_of_a_process_that_ended_is_taken_over(out, gone):
    lock = out.parent / ".out.skecg-lock"
    for content in (owner(pid=gone), owner(pid=1), "", "half a {"):
        lock.write_text(content)
        replace(out, "new")
        assert not lock.exists()


def test_the_lock_of_another_machine_is_left(out):
    lock = out.parent / ".out.skecg-lock"
    lock.write_text(owner(key="00000000", command="\x1b[2Jskecg"))
    with pytest.raises(BlockingIOError, match=r"of ward-7 .* delete '.*skecg-lock'") as caught:
        replace(out, "new")
    assert "\x1b" not in str(caught.value)
    lock.unlink()
    replace(out, "new")


@pytest.mark.parametrize(("pid", "refused"), [(1, True), (None, False)])
def test_file_systems_without_locks_ask_for_the_process(monkeypatch, out, gone, pid, refused):
    import fcntl

    def no_locks(*args):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    lock = out.parent / ".out.skecg-lock"
    lock.write_text(owner(pid=pid or gone))
    if refused:
        with pytest.raises(BlockingIOError, match="process 1 of ward-7"):
            replace(out, "new")
    else:
        replace(out, "new")


def test_locks_are_released_one_after_another(tmp_path):
    for _ in range(3):
        with locked(tmp_path / "lock", tmp_path, "a test"):
            assert (tmp_path / "lock").exists()
        assert not (tmp_path / "lock").exists()


# killed processes

WRITER = """
import sys, json, itertools
sys.path.insert(0, {tests!r})
from test_folders import replace
for i in itertools.count(1):
    replace(sys.argv[1], str(i), ("report.txt", "a.csv", str(i % 2)))
    print(i, flush=True)
"""


@pytest.mark.slow
def test_kills_at_any_moment_leave_one_run_whole(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine").write_text("mine")
    code = WRITER.format(tests=str(Path(__file__).parent))
    rng = np.random.default_rng(0)
    environment = os.environ | {"PYTHONPATH": str(Path(skecg.__file__).parents[1])}
    for _ in range(15):
        process = subprocess.Popen(
            [sys.executable, "-c", code, out], stdout=subprocess.PIPE, text=True, env=environment
        )
        assert process.stdout.readline()
        time.sleep(rng.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        with ResultsFolder(out).locked("a test"):
            found = texts(out)
        assert found.pop("mine") == "mine"
        assert len(set(found.values())) == 1 and len(found) == 3, found
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
