"""Files of an annotated recording: annotations, table, summary, page, header."""

import dataclasses
import datetime
import json

import numpy as np
import pandas as pd
import pytest
import wfdb

import skecg
from skecg import AnnotatedRecord, RecordError
from skecg.annotation._source import _Slices
from skecg.annotation._write_files import write_annotated

FS = 250


@pytest.fixture
def record():
    return skecg.simulate_record(60, fs=FS, leads=["II", "V5", "V1"], random_state=3)


@pytest.fixture
def found(record):
    """Found beats, an unusable stretch, and leads that are off for some time."""
    sample = record.sample[(record.sample < 20 * FS) | (record.sample > 31 * FS)]
    p_v = np.where(np.arange(len(sample)) % 7 == 3, 0.75, 0.02).astype(np.float32)
    beats = pd.DataFrame(
        {
            "sample": sample,
            "symbol": np.where(p_v > 0.5, "V", "N"),
            "leads": "II+V5",
            "p_beat": np.float32(0.99),
            "p_N": 1 - p_v,
            "p_V": p_v,
        }
    )
    quality = pd.DataFrame(
        [
            (10 * FS, 15 * FS, "II", "flat"),
            (12 * FS, 18 * FS, "V5", "noisy"),
            (20 * FS, 31 * FS, "", "unusable"),
            (40 * FS, 45 * FS, "II", "missing"),
            (40 * FS, 45 * FS, "V5", "missing"),
        ],
        columns=["start", "stop", "lead", "state"],
    )
    return AnnotatedRecord(
        record.name,
        record.subject,
        FS,
        record.n_samples,
        record.lead_names,
        datetime.datetime(2020, 2, 29, 23, 59, 30),
        ("a comment",),
        beats,
        quality,
        pd.DataFrame({"reason": ["window reaches beyond the recording"], "count": [1]}),
        _Slices(record),
        about={"model": "tree", "detector": "auto"},
    )


def test_annotations_are_read_by_wfdb_and_skecg(found, record, tmp_path):
    skecg.write_record(record, tmp_path)
    write_annotated(found, tmp_path, certainty="num")
    read = wfdb.rdann(str(tmp_path / record.name), "beats")
    beats = np.isin(read.symbol, ["N", "V"])
    np.testing.assert_array_equal(read.sample[beats], found.beats["sample"])
    assert np.array(read.symbol)[beats].tolist() == found.beats["symbol"].tolist()
    assert set(np.array(read.num)[beats]) == {98, 75} and read.fs == FS
    seconds, bits = (read.sample[~beats] // FS).tolist(), read.subtype[~beats].tolist()
    marks = list(zip(seconds, bits, strict=True))
    assert marks[:4] == [(10, 0x10), (12, 0x12), (15, 0x02), (18, 0)]
    assert marks[4:] == [(20, -1), (31, 0), (40, 0x12), (45, 0)]  # V1 can be used from 40 to 45 s
    ours = skecg.read_record(tmp_path / record.name, annotator="beats")
    np.testing.assert_array_equal(ours.sample, found.beats["sample"])
    assert ours.other.subtype.tolist() == [bits for _, bits in marks]


def test_a_comparison_excludes_stretches_without_a_usable_lead(found, record, tmp_path):
    skecg.write_record(record, tmp_path)
    write_annotated(found, tmp_path)
    test = skecg.read_record(tmp_path / record.name, annotator="beats")
    comparison = skecg.compare_annotations(record, test, start=0)
    lost = record.sample[(record.sample > 21 * FS) & (record.sample < 30 * FS)]
    matrix = comparison.matrix
    assert matrix["X"].sum() >= len(lost) > 5 and matrix["O"].sum() <= 2


def test_the_table_has_time_clock_class_and_rr(found, tmp_path):
    write_annotated(found, tmp_path, "a")
    table = pd.read_csv(tmp_path / "a.csv")
    columns = "time_s clock sample class p_N p_V p_beat rr_s leads".split()
    assert table.columns.tolist() == columns
    np.testing.assert_allclose(table["time_s"], found.beats["sample"] / FS, atol=1e-4)
    after = table[table["time_s"] > 31].iloc[0]
    assert after["clock"].startswith("2020-03-01 00:00:0")
    assert np.isnan(table["rr_s"][0]) and np.isnan(after["rr_s"])  # behind the unusable stretch
    np.testing.assert_allclose(table["rr_s"][1], table["time_s"].diff()[1], atol=2e-4)


def test_no_interval_of_the_table_spans_a_stretch_without_beats(found, tmp_path):
    quality = found.quality[["start", "stop"]].iloc[[2]].assign(lead="", state="no beat")
    write_annotated(dataclasses.replace(found, quality=quality), tmp_path, "a")
    table = pd.read_csv(tmp_path / "a.csv")
    assert table["rr_s"].isna().sum() == 2 and table["rr_s"].max() < 3


def test_the_summary_has_record_model_and_quality(found, tmp_path):
    files = write_annotated(found, tmp_path, "a")
    assert sorted(file.name for file in files) == sorted(p.name for p in tmp_path.iterdir())
    summary = json.loads((tmp_path / "a.json").read_text())
    assert summary["record"]["start"] == "2020-02-29T23:59:30"
    assert (summary["model"], summary["detector"]) == ("tree", "auto")
    assert summary["quality"][2] == {"start": 20, "stop": 31, "lead": "", "state": "unusable"}
    assert summary["summary"]["analysable"] == 49


def test_a_recording_in_another_format_gets_a_header(found, tmp_path):
    edf = dataclasses.replace(found, path=tmp_path / "in" / "a", format="EDF")
    files = write_annotated(edf, tmp_path / "out", "a", certainty="aux")
    assert tmp_path / "out" / "a.hea" in files
    read = skecg.read_record(tmp_path / "out" / "a", annotator="beats")
    np.testing.assert_array_equal(read.sample, found.beats["sample"])
    assert read.lead_names == found.lead_names and np.isnan(read.signal).all()
    assert read.start_date == datetime.date(2020, 2, 29) and read.comments == ("a comment",)
    notes = wfdb.rdann(str(tmp_path / "out" / "a"), "beats").aux_note
    assert "p=0.75" in notes
    header = wfdb.rdheader(str(tmp_path / "out" / "a"))
    assert header.sig_name == list(found.lead_names) and header.fs == FS


@pytest.mark.parametrize(("folder", "kind"), [("in", "EDF"), ("out", "WFDB")])
def test_no_header_hides_the_recording(found, tmp_path, folder, kind):
    (tmp_path / "in").mkdir()
    own = dataclasses.replace(found, path=tmp_path / "in" / "a", format=kind)
    write_annotated(own, tmp_path / folder, "a")
    assert not (tmp_path / folder / "a.hea").exists()


def test_the_recording_itself_is_never_replaced(found, record, tmp_path):
    table = pd.DataFrame({"time_s": np.arange(1000) / FS, "II": record.signal[:1000, 0]})
    table.to_csv(tmp_path / "a.csv", index=False)
    before = (tmp_path / "a.csv").read_bytes()
    own = dataclasses.replace(found, path=tmp_path / "a", format="CSV")
    with pytest.raises(RecordError, match=r"a.csv' is the recording itself"):
        write_annotated(own, tmp_path, "a")
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]
    assert (tmp_path / "a.csv").read_bytes() == before


def test_nothing_is_written_if_a_file_fails(found, tmp_path, monkeypatch):
    from skecg.annotation import _write_files

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_write_files, "write_json", fail)
    with pytest.raises(OSError, match=r"No space left.*a\.json"):
        write_annotated(found, tmp_path, "a")
    assert not list(tmp_path.iterdir())


def test_certainty_is_checked(found, tmp_path):
    with pytest.raises(ValueError, match="'certainty' parameter of write_annotated"):
        write_annotated(found, tmp_path, certainty="yes")
