"""write_record writes files that read_record and wfdb read back equal."""

import dataclasses
import datetime
import warnings

import numpy as np
import pytest
import wfdb

from skecg import ECGRecord, RecordError, find_records, read_record, write_record
from skecg.records import Annotations
from skecg.utils import temporary_prefix


def make(signal=None, **changes):
    rng = np.random.default_rng(0)
    if signal is None:
        signal = rng.integers(-900, 900, size=(1000, 2)) / [200, 306.1]
    values = {
        "fs": 257.5,
        "lead_names": ["MLII", "V 1"],
        "sample": [10, 300, 999],
        "symbol": ["N", "/", "?"],
        "other": Annotations(
            [0, 300, 300, 800],
            ["+", "~", "z", '"'],
            subtype=[0, -128, 127, 1],
            chan=[0, 255, 3, 0],
            num=[-128, 127, 0, 5],
            aux_note=["(AFIB", "", "é" * 255, "ten"],
        ),
        "name": "rec-1_a",
        "subject": 'Jane "#" Doe, ü ',
    }
    return ECGRecord(signal, **values | changes)


def test_write_record_reads_back_equal(tmp_path):
    record = make()
    path = write_record(record, tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "rec-1_a"
    assert read_record(path) == record


def test_write_record_reads_back_equal_by_wfdb(tmp_path):
    record = make()
    path = write_record(record, tmp_path)
    whole, annotation = wfdb.rdrecord(str(path)), wfdb.rdann(str(path), "atr")
    np.testing.assert_array_equal(whole.p_signal.astype(np.float32), record.signal)
    assert whole.fs == record.fs
    assert tuple(whole.sig_name) == record.lead_names
    assert annotation.sample.tolist() == [0, 10, 300, 300, 300, 800, 999]
    assert annotation.symbol == ["+", "N", "/", "~", "z", '"', "?"]
    assert ECGRecord.from_wfdb(whole, annotation) == record


def test_write_record_keeps_gaps(tmp_path):
    signal = make().signal.copy()
    signal[100:200, 0] = np.nan
    signal[:, 1] = np.nan
    record = make(signal)
    path = write_record(record, tmp_path)
    with pytest.warns(UserWarning, match="are missing"):
        assert read_record(path) == record
    assert np.isnan(wfdb.rdrecord(str(path)).p_signal[100:200]).all()


def test_write_record_of_any_float_is_nearly_exact(tmp_path):
    signal = np.random.default_rng(1).normal(size=(5000, 2)).astype(np.float32) * [1, 1e-20]
    record = make(signal)
    back = read_record(write_record(record, tmp_path))
    error = np.abs(back.signal.astype(float) - record.signal).max(axis=0)
    assert np.all(error <= 2.0**-31 * np.abs(record.signal).max(axis=0))
    assert dataclasses.replace(back, signal=record.signal) == record


def test_write_record_twice_changes_nothing(tmp_path):
    signal = np.random.default_rng(1).normal(size=(5000, 2))
    once = read_record(write_record(make(signal), tmp_path))
    assert read_record(write_record(once, tmp_path)) == once


@pytest.mark.parametrize("value", [0.0, 0.3, -7.25, 1e-6])
def test_write_record_of_a_flat_signal(tmp_path, value):
    record = make(np.full((1000, 2), value))
    path = write_record(record, tmp_path)
    with pytest.warns(UserWarning, match="is flat"):
        assert read_record(path) == record


def test_write_record_keeps_equal_lead_names(tmp_path):
    record = make(lead_names=["ECG", "ECG"])
    assert read_record(write_record(record, tmp_path)).lead_names == ("ECG", "ECG")


@pytest.mark.parametrize("fs", [0.5, 250, 360.123456, 1e6, 1 / 3])
def test_write_record_keeps_the_rate(tmp_path, fs):
    assert read_record(write_record(make(fs=fs), tmp_path)).fs == fs


@pytest.mark.parametrize("date", [None, datetime.date(1999, 12, 31), datetime.date(987, 1, 2)])
@pytest.mark.parametrize("time", [None, datetime.time(7, 8, 9), datetime.time(7, 0, 0, 123456)])
def test_write_record_keeps_date_time_and_comments(tmp_path, date, time):
    comments = ["69 M", "", "  # indented ü", "skecg subject: not of skecg"]
    record = make(start_date=date, start_time=time, comments=comments)
    path = write_record(record, tmp_path)
    assert read_record(path) == record
    assert wfdb.rdheader(str(path)).base_time == time
    assert wfdb.rdheader(str(path)).base_date == (date if time is not None else None)


def test_write_record_replaces_older_files(tmp_path):
    write_record(make(), tmp_path)
    path = write_record(make(sample=[], symbol=[], other=None), tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["rec-1_a.dat", "rec-1_a.hea"]
    assert len(read_record(path, annotator=None).sample) == 0


def test_write_record_annotator(tmp_path):
    path = write_record(make(), tmp_path, annotator="skecg")
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".dat", ".hea", ".skecg"]
    assert read_record(path, annotator="skecg") == make()
    with pytest.raises(ValueError, match="without its dot"):
        write_record(make(), tmp_path, annotator=".atr")


def test_write_record_leaves_nothing_half_written(tmp_path, monkeypatch):
    path = write_record(make(), tmp_path)

    def full_disk(*args, **kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(type(path), "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_record(make(sample=[1, 2, 3]), tmp_path)
    assert len(list(tmp_path.iterdir())) == 3
    assert read_record(path) == make()


def test_write_record_removes_what_a_killed_process_left(tmp_path, monkeypatch):
    left = tmp_path / f"{temporary_prefix('rec')}x"
    left.mkdir()
    (left / "rec.dat").write_bytes(b"part")
    monkeypatch.setattr("skecg.utils._files.is_running", lambda pid: False)
    write_record(make(), tmp_path)
    assert not left.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "a.b"}, r"'a.b': WFDB names consist of letters"),
        ({"name": "a/b"}, r"'a/b': a name of files cannot contain '/'"),
        ({"lead_names": ["I", ""]}, r"printable ASCII characters. Got ''"),
        ({"lead_names": ["I", "V1 "]}, r"printable ASCII characters. Got 'V1 '"),
        ({"lead_names": ["I", "é"]}, r"printable ASCII characters"),
        ({"start_time": datetime.time(1, tzinfo=datetime.UTC)}, r"have no time zone"),
        ({"fs": 1e-9}, r"to 8 decimals. Got 1e-09"),
        ({"other": Annotations([5], ["+"], chan=[256])}, r"'chan'.*between 0 and 255.*Got 256"),
        ({"other": Annotations([5], ["+"], num=[-129])}, r"'num'.*between -128 and 127"),
        ({"other": Annotations([5], ["+"], aux_note=["a\0b"])}, r"none of them NUL. Got 'a.x00b'"),
        ({"other": Annotations([5], ["+"], aux_note=["a" * 256])}, r"at most 255"),
        ({"other": Annotations([5], ["+"], aux_note=["∞"])}, r"Latin-1 characters"),
        ({"other": Annotations([0], ['"'], aux_note=["## x"])}, r"sample 0 .* '## x'. Move it"),
        ({"other": Annotations([5], ["z z"])}, r"three printable ASCII characters.* Got 'z z'"),
        ({"other": Annotations([5], ["zzzz"])}, r"Got 'zzzz'"),
        ({"other": Annotations([5], ["é"])}, r"printable ASCII characters"),
        ({"other": Annotations([5], ["[5]"])}, r"Got '\[5\]'"),
        ({"other": Annotations([5] * 9, list("bcghiklmo"))}, r"codes for 8 symbols of one's own"),
    ],
)
def test_write_record_refuses(tmp_path, change, words):
    with pytest.raises(RecordError, match=words):
        write_record(make(**change), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_write_record_refuses_other_types(tmp_path):
    with pytest.raises(TypeError, match=r"needs an ECGRecord. Got str"):
        write_record("100", tmp_path)
    with pytest.raises(TypeError, match="'annotator' parameter of write_record must be a str"):
        write_record(make(), tmp_path, annotator=None)


@pytest.mark.records
def test_write_record_of_all_real_recordings_reads_back_equal(records_folder, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for database in ("edb", "mitdb", "svdb"):
            for path in find_records(records_folder / database):
                record = read_record(path)
                back = read_record(write_record(record, tmp_path))
                assert back == record
                assert "212" not in (tmp_path / f"{path.name}.hea").read_text().split()
