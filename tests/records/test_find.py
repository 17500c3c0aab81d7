"""find_records lists every recording below a folder, whether or not it can be used."""

import os
import warnings

import pytest

from skecg import RecordError, find_records, read_record


def touch(folder, *names, text="x 1 250 10\nx.dat 16\n"):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(text)


def test_find_records_sorted_below_folder(tmp_path):
    touch(tmp_path / "b", "2.hea", "2.atr", "1.hea")
    touch(tmp_path / "a" / "deep", "9.hea")
    touch(tmp_path, "5.hea", "5.dat", "notes.txt")
    found = [path.relative_to(tmp_path).as_posix() for path in find_records(tmp_path)]
    assert found == ["5", "a/deep/9", "b/1", "b/2"]


def test_find_records_lists_recordings_without_signal_or_annotations(tmp_path):
    touch(tmp_path, "1.hea", "2.hea", "2.atr", text="")
    assert [path.name for path in find_records(str(tmp_path))] == ["1", "2"]


def test_find_records_excludes_segments_and_layouts(tmp_path):
    touch(tmp_path, "m.hea", text="# comment\n\nm/4 2 250 30\nm_layout 0\nm_1 20\n~ 5\nm_2 5\n")
    touch(tmp_path, "m_layout.hea", "m_1.hea", "m_2.hea", "m_3.hea", "m.atr")
    assert [path.name for path in find_records(tmp_path)] == ["m", "m_3"]


def test_find_records_ignores_hidden_files(tmp_path):
    touch(tmp_path, "1.hea", "1.atr", "._1.hea")
    touch(tmp_path / "__MACOSX", "1.hea")
    touch(tmp_path / ".cache", "2.hea")
    assert [path.name for path in find_records(tmp_path)] == ["1"]


def test_find_records_follows_links_once(tmp_path):
    touch(tmp_path / "data", "1.hea", "1.atr")
    (tmp_path / "data" / "loop").symlink_to(tmp_path / "data")
    touch(tmp_path / "here")
    (tmp_path / "here" / "link").symlink_to(tmp_path / "data")
    assert len(find_records(tmp_path / "here")) == 1


def test_find_records_takes_several_folders(tmp_path):
    touch(tmp_path / "a", "1.hea", "1.atr")
    touch(tmp_path / "b", "1.hea")
    folders = [tmp_path / "b", tmp_path / "a", tmp_path / "a"]
    assert find_records(folders) == [tmp_path / "a" / "1", tmp_path / "b" / "1"]


def test_find_records_without_headers_explains_where_to_look(tmp_path):
    touch(tmp_path, "edb.zip", "1.dat")
    with pytest.raises(FileNotFoundError) as caught:
        find_records(tmp_path)
    message = str(caught.value)
    for words in (str(tmp_path), "*.hea", "among 2 files", "contains edb.zip", "be unpacked"):
        assert words in message
    assert "https://physionet.org/content/edb/1.0.0/" in message


def test_find_records_among_files_of_another_format_names_the_way_to_a_recording(tmp_path):
    touch(tmp_path, "signal.mat")
    with pytest.raises(FileNotFoundError, match=r"1 \*\.mat\)\. .* recordings by ECGRecord"):
        find_records(tmp_path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "holter.edf",
            r"1 \*\.edf\)\. holter\.edf is not in the format of its ending: read_record",
        ),
        ("holter.csv", r"1 \*\.csv\)\. A table is a recording if its first line names leads"),
        ("holter.HEA", r"1 \*\.HEA\)\. WFDB has endings in small letters: rename holter.HEA"),
    ],
)
def test_find_records_and_read_record_name_files_that_cannot_be_read(tmp_path, name, words):
    (tmp_path / name).write_bytes(b"0       " + b" " * 248)
    with pytest.raises(FileNotFoundError, match=words):
        find_records(tmp_path)
    with pytest.raises((FileNotFoundError, RecordError), match="format"):
        read_record(tmp_path / name, annotator=None)


def test_find_records_warns_of_files_that_are_not_in_their_format(tmp_path):
    touch(tmp_path, "1.hea", "1.atr", "2.edf", "3.BDF", "4.ecg", "5.csv")
    with pytest.warns(UserWarning, match=r"2 files not in the format .*: 2\.edf, 3\.BDF\."):
        assert find_records(tmp_path) == [tmp_path / "1"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_find_records_opens_no_pipe_of_the_name_of_a_folder(tmp_path):
    for ending in (".hea", ".edf", ".ecg", ".npz", ".csv"):
        os.mkfifo(tmp_path / f"x{ending}")
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        find_records(tmp_path / "x")


def test_find_records_without_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        find_records(tmp_path / "none")
    touch(tmp_path, "e0103.hea")
    with pytest.raises(FileNotFoundError, match=r"one recording, not a folder.*select 'e0103'"):
        find_records(tmp_path / "e0103")
    touch(tmp_path, "edb.zip", "1.hea")
    with pytest.raises(FileNotFoundError, match=r"is a file, not a folder. Unpack it"):
        find_records(tmp_path / "edb.zip")
    with pytest.raises(FileNotFoundError, match=r"is a file, not a folder. Name its folder"):
        find_records(tmp_path / "1.hea")


def test_find_records_warns_when_no_record_has_the_annotations(tmp_path):
    touch(tmp_path, "1.hea", "1.qrs", "1.dat", "2.hea", "x.ecg")
    with pytest.warns(UserWarning, match="next to them: qrs") as caught:
        assert len(find_records(tmp_path)) == 2
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        find_records(tmp_path, annotator="qrs")
        find_records(tmp_path, annotator=None)


@pytest.mark.parametrize("annotator", [".atr", "", "a/b", "*", "hea", "dat"])
def test_find_records_refuses_annotator(tmp_path, annotator):
    with pytest.raises(ValueError, match=r"without its dot, such as 'atr', or None. Got"):
        find_records(tmp_path, annotator=annotator)


def test_find_records_refuses_annotator_type(tmp_path):
    with pytest.raises(TypeError, match="'annotator' parameter of find_records must be a str"):
        find_records(tmp_path, annotator=3)


@pytest.mark.records
def test_find_records_in_real_folders(records_folder):
    counts = {db: len(find_records(records_folder / db)) for db in ("edb", "mitdb", "svdb")}
    assert counts == {"edb": 22, "mitdb": 22, "svdb": 39}


def test_headers_that_name_themselves_or_each_other_are_listed(tmp_path):
    for name, segments in {"a": "a 5", "b": "c 5", "c": "b 5", "d": "e 5"}.items():
        (tmp_path / f"{name}.hea").write_text(f"{name}/1 1 250\n{segments}\n")
    touch(tmp_path, "e.hea", "a.atr")
    assert [path.name for path in find_records(tmp_path)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("ending", ["npz", "npy", "parquet"])
@pytest.mark.parametrize("content", [b"", b"x", b"PK\3\4x", b"PAR1, but no end"])
def test_find_records_warns_of_tables_that_are_cut_off(tmp_path, ending, content):
    touch(tmp_path, "1.hea", "1.atr")
    (tmp_path / f"2.{ending}").write_bytes(content)
    with pytest.warns(UserWarning, match=rf"1 file not in the format .*: 2\.{ending}\."):
        assert find_records(tmp_path) == [tmp_path / "1"]
