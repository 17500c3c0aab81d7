import json
import os
from pathlib import Path

import numpy as np
import pytest

from skecg.utils import naming, replacing, to_json


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
