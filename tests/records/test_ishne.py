"""ISHNE Holter files, written byte by byte by the published standard."""

import binascii
import datetime
import struct

import numpy as np
import pytest

from skecg import RecordError, find_records, read_header, read_record

DATA = np.arange(-600, 600).reshape(-1, 3)  # samples by leads


def ishne(
    path, data=DATA, *, codes=(6, 11, 19), nanovolts=(2500, 1000, 5000), variable=b"", size=None,
    fs=200, crc=None, patient=b"P7", offset=None, date=(4, 3, 2021),
):  # fmt: skip
    """Write a file and return its path without ending."""
    n = data.shape[1]

    def twelve(values):
        return struct.pack("<12h", *values, *[-9] * (12 - len(values)))

    block = struct.pack(
        "<4ih", len(variable), len(data) if size is None else size, 522,
        522 + len(variable) if offset is None else offset, 1,
    )  # fmt: skip
    block += b"Ana".ljust(40, b"\0") + b"B".ljust(40, b"\0") + patient.ljust(20, b"\0")
    block += struct.pack("<2h", 2, 1) + struct.pack("<3h", 2, 5, 1951)
    block += struct.pack("<3h", *date) + struct.pack("<3h", 5, 3, 2021)
    block += struct.pack("<3h", 22, 15, 1) + struct.pack("<h", n)
    block += twelve(codes[:n]) + twelve([1] * n) + twelve(nanovolts[:n])
    block += struct.pack("<h", 3) + b"digital".ljust(40, b"\0") + struct.pack("<h", fs)
    block += bytes(80 + 80 + 88) + variable
    assert len(block) == 512 + len(variable)
    crc = binascii.crc_hqx(block, 0xFFFF) if crc is None else crc
    file = path.with_name(f"{path.name}.ecg")
    file.write_bytes(b"ISHNE1.0" + struct.pack("<H", crc) + block + data.astype("<i2").tobytes())
    return path


def test_samples_in_mv_and_facts(tmp_path):
    path = ishne(tmp_path / "a", variable=b"day 1")
    assert find_records(tmp_path, annotator=None) == [path]
    record = read_record(path, annotator=None)
    assert (record.fs, record.lead_names, record.n_samples) == (200, ("II", "V1", "AI"), 400)
    np.testing.assert_allclose(record.signal, DATA * [0.0025, 0.001, 0.005], rtol=1e-6)
    assert record.start_date == datetime.date(2021, 3, 4)
    assert record.start_time == datetime.time(22, 15, 1)
    assert record.comments == (
        "name: Ana B", "sex: F", "birthdate: 1951-05-02", "pacemaker: dual chamber, unipolar",
        "recorder: digital", "comment: day 1",
    )  # fmt: skip
    assert record.subject == "patient:P7"
    assert read_record(tmp_path / "a.ecg", annotator=None) == record


def test_a_stretch_and_chosen_leads(tmp_path):
    path = ishne(tmp_path / "a")
    record = read_record(path, annotator=None, leads=["AI", "II"], start=0.5, stop=1.25)
    np.testing.assert_allclose(record.signal, DATA[100:250, [2, 0]] * [0.005, 0.0025], rtol=1e-6)
    with pytest.raises(RecordError, match=r"its leads are .*Got \['V5'\]"):
        read_record(path, annotator=None, leads=["V5"])


def test_the_length_may_be_that_of_all_leads_or_missing(tmp_path):
    for size in (400, 1200, 0, -9):
        assert read_header(ishne(tmp_path / "a", size=size)).n_samples == 400


@pytest.mark.parametrize("first", [0xFFFF, 0])
def test_checksums_of_other_programs(tmp_path, first):
    file = ishne(tmp_path / "a").with_suffix(".ecg")
    raw = file.read_bytes()
    crc = binascii.crc_hqx(raw[10:522], first)
    for order in ("little", "big"):
        file.write_bytes(raw[:8] + crc.to_bytes(2, order) + raw[10:])
        assert read_header(file).n_samples == 400
    file.write_bytes(raw[:8] + b"\0\0" + raw[10:])
    assert read_header(file).n_samples == 400


def test_unknown_facts_are_none(tmp_path):
    record = read_record(
        ishne(tmp_path / "a", codes=(0, 11, 11), patient=b"", date=(-9, -9, -9)), annotator=None
    )
    assert record.lead_names == ("lead0", "V1", "V1-2")
    assert record.start_date is None and not record.subject.startswith("patient")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"crc": 1}, "checksum of its header must be 1, as it says"),
        ({"size": 401}, "401 samples of 3 leads must have 2406 bytes. Got 2400"),
        ({"fs": 0}, "1 to 12 leads and a positive rate. Got 3 and 0 Hz"),
        ({"nanovolts": (0, 1, 1)}, r"a positive number of nV. Got \[0, 1, 1\]"),
        ({"offset": 100}, "must begin after byte 522, inside the file. Got byte 100"),
    ],
)
def test_damaged_files_are_refused(tmp_path, settings, message):
    with pytest.raises(RecordError, match=f"in the format ISHNE: .*{message}"):
        read_header(ishne(tmp_path / "a", **settings))


def test_annotations_of_wfdb_may_have_the_ending(tmp_path):
    (tmp_path / "b.ecg").write_bytes(b"\x00\x04")
    ishne(tmp_path / "a")
    with pytest.warns(UserWarning, match=r"next to them: none\."):
        assert find_records(tmp_path) == [tmp_path / "a"]
    with pytest.raises(RecordError, match=r"must begin with b'ISHNE1.0' and have 522 bytes"):
        read_record(tmp_path / "b.ecg", annotator=None)
