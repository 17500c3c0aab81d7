"""A second format is one entry: everything finds, reads and writes through the registry."""

import numpy as np
import pandas as pd
import pytest

import skecg
from skecg.records import ECGRecord, RecordHeader
from skecg.records.formats import (
    FORMATS,
    Format,
    Signal,
    find_annotations,
    locate,
    read_annotations,
)

from .edf_files import edf, lead
from .test_ishne import ishne


@pytest.fixture
def with_text(monkeypatch):
    """Register a format of text files: a signal of one lead at 100 Hz, one number per line."""

    def find(files):
        return [file.with_suffix("") for file in files if file.suffix == ".ecg"]

    def read_signal(path, start=0, stop=None, leads=None):
        values = np.loadtxt(path.with_name(f"{path.name}.ecg"), dtype=np.float32, ndmin=2)
        return Signal(values.reshape(-1, 1), ["II"])

    def read_header(path):
        return RecordHeader(path, 100.0, len(read_signal(path).values), ("II",))

    text = Format(
        name="text",
        noun="text file",
        found_by=".ecg",
        endings=(".ecg",),
        find=find,
        annotators=lambda files: {},
        has_annotations=lambda path, annotator: False,
        read_header=read_header,
        read_signal=read_signal,
        read_annotations=lambda path, annotator: pytest.fail("there are no annotations"),
    )
    monkeypatch.setattr("skecg.records.formats._registry.FORMATS", (*FORMATS, text))


@pytest.fixture
def folder(tmp_path, wfdb_record, with_text):
    """A folder with one recording in each format, both with WFDB annotations."""
    path = wfdb_record("a", folder=tmp_path)
    np.savetxt(tmp_path / "b.ecg", np.sin(np.arange(1000) / 7))
    path.with_suffix(".atr").rename(tmp_path / "b.atr")
    wfdb_record("a", folder=tmp_path)
    return tmp_path


def test_find_records_lists_recordings_of_all_formats(folder):
    assert [path.name for path in skecg.find_records(folder)] == ["a", "b"]


def test_read_record_selects_the_format_by_the_files(folder):
    record = skecg.read_record(folder / "b")
    assert (record.fs, record.lead_names, record.n_samples) == (100, ("II",), 1000)
    assert record.sample.tolist() == [100, 300, 700]  # of the WFDB annotation file
    assert skecg.read_record(folder / "b.ecg") == record
    assert skecg.read_record(folder / "a").lead_names == ("MLII", "V1")


def test_read_header_reads_other_formats(folder):
    header = skecg.read_header(folder / "b")
    assert (header.name, header.fs, header.n_samples) == ("b", 100, 1000)


def test_the_first_format_is_read_where_a_recording_has_several(folder):
    (folder / "b.ecg").rename(folder / "a.ecg")
    assert [path.name for path in skecg.find_records(folder)] == ["a"]
    with pytest.warns(UserWarning, match=r"read in the format WFDB. Files .* not read: a.ecg"):
        assert skecg.read_record(folder / "a").n_leads == 2


def test_load_beats_takes_recordings_of_all_formats(folder):
    beats = skecg.load_beats(skecg.find_records(folder), fs=100, leads=[0])
    assert beats.meta["record"].unique().tolist() == ["a", "b"]
    with pytest.raises(ValueError, match=r"250 Hz \(1 record, such as 'a'\)|100 Hz"):
        skecg.load_beats(skecg.find_records(folder))


def test_compare_folders_takes_the_rate_from_other_formats(folder):
    with pytest.raises(ValueError, match=r"Got 100 \(reference\), 250 \(test\)"):
        skecg.compare_folders(folder / "b", folder / "a", annotator="atr", start=0)


def test_messages_name_the_files_of_all_formats(tmp_path, with_text):
    with pytest.raises(
        FileNotFoundError, match=r"no header '.*x\.hea', nor a file .*EDF \(\*\.edf\), .*text \("
    ):
        skecg.read_record(tmp_path / "x")
    with pytest.raises(FileNotFoundError, match=r"WFDB \(\*\.hea\), .* text \(\*\.ecg\)"):
        skecg.find_records(tmp_path)


def test_annotators_are_not_the_endings_of_formats(folder):
    with pytest.raises(ValueError, match=r"must be the ending .* Got 'ecg'"):
        skecg.read_record(folder / "b", annotator="ecg")
    with pytest.raises(FileNotFoundError, match=r"Endings there: atr\."):
        find_annotations(folder, "qrs")


# -- WFDB


@pytest.mark.parametrize("ending", ["", ".hea", ".dat", ".qrs"])
def test_locate_strips_the_ending(wfdb_record, ending):
    path = wfdb_record("a")
    location = locate(f"{path}{ending}", "qrs")
    assert location.path == path and location.format is FORMATS[0]


def test_locate_identifies_a_recording_through_links(tmp_path, wfdb_record):
    path = wfdb_record("r", folder=tmp_path / "here")
    (tmp_path / "folder").symlink_to(path.parent)
    (tmp_path / "other.hea").symlink_to(path.with_suffix(".hea"))
    identities = {
        locate(p).identity for p in (path, tmp_path / "folder" / "r.hea", tmp_path / "other")
    }
    assert identities == {str(path)}


def test_locate_of_a_missing_recording_has_no_format(tmp_path):
    location = locate(tmp_path / "x")
    assert location.format is None and location.identity == str(tmp_path / "x")


def test_read_header_of_a_recording_in_segments_names_its_leads(wfdb_record, digital):
    path = wfdb_record("m_1", signal=digital[:600])
    master = path.with_name("m")
    master.with_suffix(".hea").write_text("m/2 2 250 650\n~ 50\nm_1 600\n")
    header = skecg.read_header(master)
    assert (header.n_samples, header.lead_names) == (650, ("MLII", "V1"))
    path.with_suffix(".hea").unlink()
    assert skecg.read_header(master).lead_names == ()


def test_read_header_needs_neither_signal_nor_length(tmp_path):
    (tmp_path / "r.hea").write_text('r 0 360\n# skecg subject: "ana"\n')
    header = skecg.read_header(tmp_path / "r")
    assert (header.fs, header.n_samples, header.lead_names) == (360, None, ())
    assert header.subject == "ana"


@pytest.mark.parametrize("text", ["", "r 2 0 100\n"])
def test_read_header_refuses_broken_headers(tmp_path, text):
    (tmp_path / "r.hea").write_text(text)
    with pytest.raises(skecg.RecordError, match="Record 'r': "):
        skecg.read_header(tmp_path / "r.hea")


def test_find_annotations_needs_no_recordings(tmp_path):
    for name in ("b/2.qrs", "1.qrs", "3.atr", "1.hea"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert find_annotations(tmp_path, "qrs") == [tmp_path / "1", tmp_path / "b" / "2"]
    assert find_annotations(tmp_path / "3.atr", "atr") == [tmp_path / "3"]
    with pytest.raises(
        FileNotFoundError, match=r"neither a folder '.*3' nor annotations '.*3.qrs"
    ):
        find_annotations(tmp_path / "3", "qrs")


def test_read_annotations_has_beats_and_others_in_order(wfdb_record):
    stream = read_annotations(wfdb_record("r"), "atr")
    assert stream.symbol.tolist() == ["N", "+", "V", "~", "N"]
    assert stream.sample.tolist() == [100, 250, 300, 500, 700]
    assert stream.subtype.tolist() == [0, 0, 0, 49, 0]
    assert len(stream) == 5


def test_read_annotations_names_other_files(tmp_path):
    (tmp_path / "r.qrs").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match=r"'r': there is no annotation file .*: qrs\."):
        read_annotations(tmp_path / "r", "atr")
    with pytest.raises(FileNotFoundError, match=r"other files of this recording: none\."):
        read_annotations(tmp_path / "nowhere" / "r", "atr")


def test_write_record_writes_wfdb(tmp_path):
    record = ECGRecord(np.zeros(50), 250, name="a")
    skecg.write_record(record, tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.dat", "a.hea"]


# -- all formats


def test_recordings_of_all_formats_in_one_folder(tmp_path, wfdb_record):
    wave = np.sin(np.arange(500) / 9)
    frame = pd.DataFrame({"time (s)": np.arange(500) / 250, "II": wave})
    wfdb_record("wfdb", folder=tmp_path)
    for ending, width in (("edf", 2), ("bdf", 3)):
        edf(tmp_path / ending, lead(data=np.arange(-100, 100)), width=width)
    ishne(tmp_path / "ishne")
    frame.to_csv(tmp_path / "csv.csv", index=False)
    frame.to_csv(tmp_path / "tsv.tsv", index=False, sep="\t")
    frame.to_parquet(tmp_path / "parquet.parquet")
    np.savez(tmp_path / "npz.npz", signal=wave, fs=250)
    paths = skecg.find_records(tmp_path)
    names = ["bdf", "csv", "edf", "ishne", "npz", "parquet", "tsv", "wfdb"]
    assert [path.name for path in paths] == names
    summary = skecg.describe_records(paths)
    assert summary.problems == {} and summary.unlabelled == names[:-1]
    assert set(summary.formats) == {one.name for one in FORMATS} - {"NumPy array"}


def test_a_mistyped_name_gets_a_suggestion_and_another_format_is_named(tmp_path):
    for name in ("holter.edf", "paper.pdf", "r1.hea"):
        (tmp_path / name).write_text("x")
    with pytest.raises(FileNotFoundError, match=r"Did you mean '.*holter\.edf'\?"):
        locate(tmp_path / "holtre.edf").require_format()
    with pytest.raises(FileNotFoundError, match=r"pdf' is not a recording in a format"):
        locate(tmp_path / "paper.pdf").require_format()
    with pytest.raises(FileNotFoundError, match="no header") as caught:
        locate(tmp_path / "r2").require_format()  # one number is not another
    assert "Did you mean" not in str(caught.value)
