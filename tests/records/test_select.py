"""select_records selects by set, by file and by name."""

from pathlib import Path

import pytest

from skecg import select_records
from skecg.tables import DS1, DS2, PACED


def paths_of(folder, names):
    return [Path(folder, name) for name in names]


@pytest.mark.parametrize(("name", "records"), [("mitdb:DS1", DS1), ("mitdb:ds2", DS2)])
def test_a_set_selects_its_records(name, records):
    paths = paths_of("physionet/mitdb/1.0.0", sorted(DS1 + DS2 + PACED))
    assert select_records(paths, Path(name)) == paths_of("physionet/mitdb/1.0.0", records)


def test_a_set_selects_neither_excerpts_nor_other_databases():
    own = paths_of("mitdb", DS2)
    others = paths_of("qtdb", ["sel100"]) + paths_of("ltafdb", ["100", "101"])
    assert select_records(others + own, "mitdb:DS2") == own


def test_names_select_in_their_order_and_once():
    paths = paths_of("a", ["1", "2", "3"])
    assert select_records(map(str, paths), ["3", "a/1", "3"]) == [paths[2], paths[0]]


def test_a_file_has_a_name_per_line_and_comments(tmp_path):
    (tmp_path / "names.txt").write_text("# first\n3  # the last\n\na/1\n3\n")
    paths = paths_of("a", ["1", "2", "3"])
    assert select_records(paths, tmp_path / "names.txt") == [paths[2], paths[0]]
    assert select_records(paths, str(tmp_path / "names.txt")) == [paths[2], paths[0]]


@pytest.mark.parametrize(
    ("folder", "names", "wanted", "message"),
    [
        ("mitdb", DS1[:20], "mitdb:DS1", "'mitdb:DS1' names 2 records .* not contain: 223, 230"),
        ("edb", ["e0103"], "mitdb:DS2", "records of mitdb, .* contain 1 record, such as e0103"),
        ("mitdb", DS1, "mitdb:DS3", r"names in 'mitdb:DS3': .* the sets mitdb:DS1, mitdb:DS2\."),
        ("a", ["1"], ["2"], "'names' parameter of select_records names 1 record that"),
        ("a", ["1"], [], "must hold at least one name"),
    ],
)
def test_records_that_cannot_be_selected_are_named(folder, names, wanted, message):
    with pytest.raises(ValueError, match=message):
        select_records(paths_of(folder, names), wanted)


def test_names_of_several_recordings_need_their_folder():
    paths = paths_of("a", ["1"]) + paths_of("b", ["1"])
    with pytest.raises(ValueError, match=r"'1', and there are 2 such recordings: a/1, b/1.*a/1"):
        select_records(paths, ["1"])
    assert select_records(paths, ["b/1"]) == paths[1:]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff\xfe1", "is not a text file"), (b"# nothing\n", "names no record")],
)
def test_files_without_names_are_refused(tmp_path, content, message):
    (tmp_path / "names.txt").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        select_records([], tmp_path / "names.txt")


def test_names_must_be_strings():
    with pytest.raises(TypeError, match="must hold strings"):
        select_records(["mitdb/100"], [100])
