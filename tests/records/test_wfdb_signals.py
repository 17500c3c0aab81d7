"""Signals of WFDB recordings whose bytes are written by hand, and compared with wfdb."""

import datetime
import struct
import warnings

import numpy as np
import pytest
import wfdb
from wfdb.io.convert.matlab import wfdb_to_mat

from skecg import RecordError, load_beats, read_header, read_record
from skecg.records.formats._wfdb._decode import FORMATS
from skecg.records.formats._wfdb._signal_files import SignalFile

from .conftest import annotate, edit


def put(folder, name, header, content=b"", file=None):
    """Write a header and the bytes of a signal file; return the path without ending."""
    (folder / f"{name}.hea").write_text(header)
    if content:
        (folder / (file or f"{name}.dat")).write_bytes(content)
    return folder / name


def lead(file, fmt, name, *, gain="1(0)/mV", checksum=None, initial=0):
    total = "" if checksum is None else f" 16 0 {initial} {checksum} 0 {name}"
    return f"{file} {fmt} {gain}{total}\n"


def signed16(samples):
    total = int(np.sum(samples)) & 0xFFFF
    return total - ((total & 0x8000) << 1)


def read(path, **kwargs):
    return read_record(path, annotator=None, **kwargs)


@pytest.mark.parametrize(
    ("fmt", "content", "samples"),
    [
        ("16", struct.pack("<4h", 1, -2, 300, -32767), [1, -2, 300, -32767]),
        ("61", struct.pack(">4h", 1, -2, 300, -32767), [1, -2, 300, -32767]),
        ("32", struct.pack("<3i", 1, -70000, 2**31 - 1), [1, -70000, 2**31 - 1]),
        ("24", bytes([1, 0, 0, 0xFE, 0xFF, 0xFF, 0, 0, 0x40]), [1, -2, 0x400000]),
        ("80", bytes([129, 126, 255, 1]), [1, -2, 127, -127]),
        ("160", struct.pack("<4H", 32769, 32766, 65535, 1), [1, -2, 32767, -32767]),
        # 0x001 and 0xFFE = -2; 0x7FF = 2047 and 0x801 = -2047
        ("212", bytes([0x01, 0xF0, 0xFE, 0xFF, 0x87, 0x01]), [1, -2, 2047, -2047]),
        # bits 1-10 of two words, then their highest 5 bits: 1, -2, and 0b00010_00001 = 65
        ("310", struct.pack("<2H", (1 << 1) | (1 << 11), (0x3FE << 1) | (2 << 11)), [1, -2, 65]),
        ("311", struct.pack("<I", 1 | (0x3FE << 10) | (65 << 20)), [1, -2, 65]),
        ("8", bytes([1, 0xFD, 127, 0x80]), [6, 3, 130, 2]),  # from an initial value of 5
    ],
)
def test_formats_by_hand(tmp_path, fmt, content, samples):
    header = f"r 1 250 {len(samples)}\n"
    header += lead("r.dat", fmt, "II", checksum=signed16(samples), initial=5)
    signal = read(put(tmp_path, "r", header, content)).signal
    np.testing.assert_array_equal(signal[:, 0], np.float32(samples))


@pytest.mark.parametrize("fmt", sorted(FORMATS))
@pytest.mark.parametrize("n_leads", [1, 2, 3])
def test_formats_equal_wfdb(tmp_path, monkeypatch, fmt, n_leads):
    n = 101
    content = np.random.default_rng(0).integers(0, 256, 12 + 4 * n * n_leads, dtype=np.uint8)
    if fmt == "311":  # wfdb reads one of the two unused bits
        content[3::4] &= 0x3F
    lines = lead("r.dat", f"{fmt}+8", "II", gain="200(3)/mV") * n_leads
    path = put(tmp_path, "r", f"r {n_leads} 250 {n}\n{lines}", content.tobytes())
    expected = wfdb.rdrecord(str(path), physical=False).d_signal if fmt != "61" else None
    if fmt == "61":
        expected = content[8 : 8 + 2 * n * n_leads].view(">i2").reshape(n, n_leads)
    missing = {"80": -128, "310": -512, "311": -512, "212": -2048, "160": -32768}
    missing |= {"16": -32768, "61": -32768, "24": -(2**23), "32": -(2**31), "8": None}
    values = np.float32((expected.astype(np.int64) - 3) / 200)
    values[expected == missing[fmt]] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of missing samples
        np.testing.assert_array_equal(read(path).signal, values)
        monkeypatch.setattr("skecg.records.formats._wfdb._signal_files._CHUNK", 7)
        np.testing.assert_array_equal(read(path).signal, values)
        for start, stop in ((0, 1), (1, 2), (33, 70), (100, 101)):
            part = read(path, start=start / 250, stop=stop / 250)
            np.testing.assert_array_equal(part.signal, values[start:stop])


@pytest.mark.parametrize(
    ("fmt", "bits", "kind"), [("508", 8, "PCM_S8"), ("516", 16, "PCM_16"), ("524", 24, "PCM_24")]
)
def test_compressed_formats(tmp_path, fmt, bits, kind):
    soundfile = pytest.importorskip("soundfile")
    rng = np.random.default_rng(0)
    samples = rng.integers(-(2 ** (bits - 1)) + 1, 2 ** (bits - 1), size=(1000, 2)).astype(
        np.int32
    )
    soundfile.write(tmp_path / "r.dat", samples << (32 - bits), 250, kind, format="FLAC")
    lines = "".join(
        lead("r.dat", fmt, name, checksum=signed16(x))
        for name, x in zip("IV", samples.T, strict=True)
    )
    path = put(tmp_path, "r", f"r 2 250 1000\n{lines}")
    np.testing.assert_array_equal(read(path).signal, np.float32(samples))
    np.testing.assert_array_equal(read(path, start=1, stop=2).signal, np.float32(samples[250:500]))
    (tmp_path / "r.hea").write_text(f"r 2 250\n{lines}")
    assert read_header(path).n_samples == 1000
    (tmp_path / "r.hea").write_text(f"r 1 250 1000\n{lead('r.dat', fmt, 'I')}")
    with pytest.raises(RecordError, match="must hold the 1 leads of its header"):
        read(path)
    soundfile.write(tmp_path / "r.dat", samples[:, 0], 250, "PCM_16", format="WAV")
    with pytest.raises(RecordError, match=r"must be a FLAC file\. Got b'RIFF' at its beginning"):
        read(path)
    (tmp_path / "r.dat").write_bytes(b"no flac")
    with pytest.raises(RecordError, match="must be a FLAC file"):
        read(path)


def test_unknown_formats_and_leads_without_samples(tmp_path):
    path = put(tmp_path, "r", "r 1 250 4\n" + lead("r.dat", "17", "II"), b"12345678")
    with pytest.raises(RecordError, match=r"must be one of 8, 16, 24.*Got 17"):
        read(path)
    header = (
        "r 2 250 4\n" + lead("r.dat", "16", "II", checksum=10) + lead("~", "0", "V5", checksum=0)
    )
    path = put(tmp_path, "r", header, struct.pack("<4h", 1, 2, 3, 4))
    with pytest.warns(UserWarning, match=r"leads excluded: 'V5' \(it has no samples"):
        assert read(path).lead_names == ("II",)


def test_two_skews_in_one_file(tmp_path):
    a, b, c = np.arange(10), np.arange(10) + 100, np.arange(10) + 200
    content = np.column_stack([a, b, c]).astype("<i2").tobytes()
    lines = "".join(
        lead("r.dat", fmt, name, checksum=signed16(x))  # sums of all samples in the file
        for fmt, name, x in (("16:2", "I", a), ("16", "II", b), ("16:3", "III", c))
    )
    path = put(tmp_path, "r", f"r 3 10 10\n{lines}", content)
    with pytest.warns(UserWarning, match="missing"):
        signal = read(path).signal
    nan = np.nan
    assert signal[:, 1].tolist() == list(range(100, 110))
    np.testing.assert_array_equal(signal[:, 0], [2, 3, 4, 5, 6, 7, 8, 9, nan, nan])
    np.testing.assert_array_equal(signal[:, 2], [203, 204, 205, 206, 207, 208, 209, nan, nan, nan])
    np.testing.assert_array_equal(read(path, start=0.3, stop=0.6).signal, signal[3:6])
    with pytest.warns(UserWarning, match=r"missing|flat"):
        np.testing.assert_array_equal(read(path, start=0.7).signal, signal[7:])


@pytest.fixture
def ecg_and_breathing(tmp_path):
    """Frames at 125 Hz: 4 samples of an ECG of 500 Hz, 1 of breathing, 2 of a lead of 250 Hz."""
    ecg, breath, slow = np.arange(400), np.arange(100) + 1000, np.arange(200) + 2000
    frames = np.column_stack([ecg.reshape(-1, 4), breath, slow.reshape(-1, 2)])
    lines = (
        lead("r.dat", "16x4", "II", checksum=signed16(ecg))
        + lead("r.dat", "16", "RESP", gain="1(0)/l", checksum=signed16(breath))
        + lead("r.dat", "16x2", "V5", checksum=signed16(slow))
    )
    path = put(
        tmp_path, "r", f"r 3 125 100 10:00:00 31/12/1999\n{lines}", frames.astype("<i2").tobytes()
    )
    annotate(path, [10, 25, 30, 50, 70])
    return path


def test_several_samples_a_frame(ecg_and_breathing):
    header = read_header(ecg_and_breathing)
    assert (header.fs, header.n_samples) == (500, 400)
    assert (header.lead_names, header.excluded_leads) == (("II",), ("RESP", "V5"))
    words = r"'RESP' \(its unit is 'l'.*'V5' \(its sampling frequency is 250 Hz, .* 500 Hz\)"
    with pytest.warns(UserWarning, match=words):
        record = read_record(ecg_and_breathing)
    assert (record.fs, record.lead_names) == (500, ("II",))
    assert record.signal[:, 0].tolist() == list(range(400))
    assert record.sample.tolist() == [40, 120, 280]  # annotations count frames
    part = read_record(ecg_and_breathing, leads=["II"], start=0.102, stop=0.31)
    assert part.signal[:, 0].tolist() == list(range(51, 155))
    assert part.sample.tolist() == [120 - 51]
    with pytest.raises(RecordError, match=r"'V5' cannot be read: .* 250 Hz, .* 500 Hz. Choose"):
        read_record(ecg_and_breathing, leads=["II", "V5"])
    slow = read_record(ecg_and_breathing, leads=["V5"])
    assert (slow.fs, slow.sample.tolist()) == (250, [20, 60, 140])
    assert slow.signal[:, 0].tolist() == list(range(2000, 2200))
    with pytest.raises(RecordError, match=r"there is no lead 'V1'. The record has 'II', 'RESP'"):
        read_record(ecg_and_breathing, leads=["V1"])
    with pytest.raises(RecordError, match=r"there is no other lead 'II'\. The record has"):
        read_record(ecg_and_breathing, leads=["II", "II"])


def test_invalid_samples_in_frames_are_nan(tmp_path):
    samples = [100, 100, -32768, 100, -32768, -32768, 50, 60]
    header = "r 1 125 4\n" + lead(
        "r.dat", "16x2", "II", gain="200(0)/mV", checksum=signed16(samples)
    )
    path = put(tmp_path, "r", header, np.array(samples, "<i2").tobytes())
    with pytest.warns(UserWarning, match="3 of 8 samples of lead 'II' are missing"):
        signal = read(path).signal[:, 0]
    nan = np.nan
    np.testing.assert_array_equal(signal, np.float32([0.5, 0.5, nan, 0.5, nan, nan, 0.25, 0.3]))


def test_truncated_frames(ecg_and_breathing):
    file = ecg_and_breathing.with_suffix(".dat")
    file.write_bytes(file.read_bytes()[:-1])
    words = r"at least 100 frames of 7 samples of 3 leads, 1400 bytes. Got 99 frames of 7 samples"
    with pytest.raises(RecordError, match=words):
        read(ecg_and_breathing, leads=["II"])


def test_a_wrong_length_does_not_ask_for_all_memory(tmp_path):
    path = put(tmp_path, "r", f"r 1 250 {2**50}\n{lead('r.dat', '16', 'II')}", b"1234")
    with pytest.raises(RecordError, match=r"at least 1125899906842624 samples .* Got 2 samples"):
        read(path)


def test_only_the_bytes_of_a_stretch_are_decoded(tmp_path, monkeypatch):
    samples = np.arange(10000) % 1000
    content = samples.astype("<i2").tobytes()
    path = put(tmp_path, "r", "r 1 100 10000\n" + lead("r.dat", "16", "II", checksum=7), content)
    asked = []
    contents = SignalFile._contents
    monkeypatch.setattr(
        SignalFile, "_contents", lambda self, *ends: (asked.append(ends), contents(self, *ends))[1]
    )
    part = read(path, start=20, stop=30)  # the checksum, of the whole, is not verified
    np.testing.assert_array_equal(part.signal[:, 0], samples[2000:3000])
    assert asked == [(2000, 3000)]
    with pytest.raises(RecordError, match="the checksum of lead 'II' must be 7"):
        read(path)


def test_checksums_of_mat_files_only_warn(tmp_path):
    samples = np.arange(100)
    content = bytes(24) + samples.astype("<i2").tobytes()
    header = "r 1 100 100\n" + lead("r.mat", "16+24", "II", checksum=7)
    path = put(tmp_path, "r", header, content, file="r.mat")
    with pytest.warns(
        UserWarning, match="the checksum of lead 'II' must be 7.*The signal is read"
    ):
        record = read(path)
    assert record.signal[:, 0].tolist() == samples.tolist()


def test_mat_records_of_wfdb(tmp_path, monkeypatch, wfdb_record):
    path = wfdb_record("r1", folder=tmp_path)
    edit(path, "(10)/mV 12 0 ", "(10)/mV 12 10 ")  # wfdb takes the zero away from the samples
    expected = read(path)
    monkeypatch.chdir(tmp_path)
    wfdb_to_mat("r1")
    with pytest.warns(UserWarning, match="The signal is read"):
        record = read(tmp_path / "r1m")
    np.testing.assert_allclose(record.signal, expected.signal, rtol=1e-6)


@pytest.mark.parametrize("when", ["05-May-2020 09:49:17", "2006", "24:10:00"])
def test_times_that_are_not_read_do_not_keep_the_signal_out(tmp_path, when):
    header = f"r 1 100 4 {when}\n" + lead("r.dat", "16", "II", checksum=10)
    path = put(tmp_path, "r", header, struct.pack("<4h", 1, 2, 3, 4))
    with pytest.warns(UserWarning, match=f"time and date of its header .* Got '{when}'") as caught:
        record = read(path)
    assert len(caught) == 1
    assert (record.start_date, record.start_time, record.n_samples) == (None, None, 4)


def test_time_date_and_comments_are_kept(ecg_and_breathing):
    with open(ecg_and_breathing.with_suffix(".hea"), "a") as header:
        header.write('#Age: 60\n# skecg subject: "ana"\n# "Aspirin" #\n')
    record = read_record(ecg_and_breathing, leads=["II"])
    assert record.start_time == datetime.time(10)
    assert record.start_date == datetime.date(1999, 12, 31)
    assert record.comments == ("Age: 60", '"Aspirin" #')
    assert record.subject == "ana"
    part = read_record(ecg_and_breathing, leads=["II"], start=0.5)
    assert part.start_time == datetime.time(10, 0, 0, 500000)


# several segments


@pytest.fixture
def equal_names(tmp_path):
    """Two segments of two leads of one name, in different units, with a gap between."""
    for i, unit in ((1, "mV"), (2, "uV")):
        samples = np.array([[i, 10 * i]] * 100)
        scale = 1000 if unit == "uV" else 1
        lines = "".join(
            lead(f"m_{i}.dat", "16", "ECG", gain=f"1(0)/{unit}", checksum=signed16(x))
            for x in (samples * scale).T
        )
        put(
            tmp_path,
            f"m_{i}",
            f"m_{i} 2 100 100\n{lines}",
            (samples * scale).astype("<i2").tobytes(),
        )
    return put(tmp_path, "m", "m/3 2 100 210 8:00:00\n# master\nm_1 100\n~ 10\nm_2 100\n")


@pytest.mark.filterwarnings("ignore:Record 'm'")
def test_equal_names_in_segments(equal_names):
    record = read(equal_names)
    assert record.lead_names == ("ECG", "ECG")
    assert record.comments == ("master",)
    np.testing.assert_array_equal(record.signal[:100], [[1, 10]] * 100)
    assert np.isnan(record.signal[100:110]).all()
    np.testing.assert_array_equal(record.signal[110:], [[2, 20]] * 100)
    assert read(equal_names, leads=["ECG"]).signal[0].tolist() == [1]
    for start, stop in ((0, 50), (90, 130), (100, 110), (110, 210), (209, 210), (50, 100)):
        part = read(equal_names, start=start / 100, stop=stop / 100)
        np.testing.assert_array_equal(part.signal, record.signal[start:stop])


@pytest.mark.filterwarnings("ignore:Record 'm'")
@pytest.mark.parametrize("order", ["m_1 100\nnull 10\nm_2 100", "null 10\nm_1 100\nm_2 100"])
def test_null_records_are_gaps(equal_names, order):
    put(equal_names.parent, "null", "null 1 100 10\n~ 0 200/mV\n")
    equal_names.with_suffix(".hea").write_text(f"m/3 2 100 210\n{order}\n")
    gap = slice(100, 110) if order.startswith("m_1") else slice(0, 10)
    record = read(equal_names)
    assert record.lead_names == ("ECG", "ECG")
    assert np.isnan(record.signal[gap]).all()
    assert np.isnan(record.signal).sum() == 20


def test_segments_outside_a_stretch_are_not_opened(equal_names):
    (equal_names.parent / "m_2.dat").unlink()
    with pytest.warns(UserWarning, match="flat"):
        assert read(equal_names, start=0.5, stop=1.0).n_samples == 50
    with pytest.raises(FileNotFoundError, match=r"m_2\.dat"):
        read(equal_names, start=0.5, stop=1.2)


def test_units_of_chosen_leads_only_matter_in_segments(tmp_path):
    header = (
        "{} 2 100 100\n" + "{}.dat 16 1(0)/mV 16 0 0 {} 0 II\n{}.dat 16 1(0)/mmHg 16 0 0 0 0 ABP\n"
    )
    ecg = np.arange(100) % 7
    content = np.column_stack([ecg, 0 * ecg]).astype("<i2").tobytes()
    for name in ("m_1", "m_2"):
        put(tmp_path, name, header.format(name, name, ecg.sum(), name), content)
    path = put(tmp_path, "m", "m/2 2 100 200\nm_1 100\nm_2 100\n")
    record = read(path, leads=["II"])
    np.testing.assert_array_equal(record.signal[:, 0], np.tile(ecg, 2))
    with pytest.warns(UserWarning, match="leads excluded: 'ABP'"):
        assert read(path) == record
    with pytest.raises(RecordError, match=r"'m': lead 'ABP' cannot be read"):
        read(path, leads=["ABP"])
    text = (tmp_path / "m_2.hea").read_text()
    (tmp_path / "m_2.hea").write_text(text.replace("/mV", "/mmHg"))
    with pytest.raises(
        RecordError, match=r"'m': .* 'm_2': lead 'II' must be in mV, uV or V. Got 'mmHg'"
    ):
        read(path, leads=["II"])
    (tmp_path / "m_2.hea").write_text(text.replace(" 16 1(0)/mV", " 16x2 1(0)/mV"))
    with pytest.raises(
        RecordError, match=r"lead 'II' must have 1 samples a frame .* Got 2 in 'm_2'"
    ):
        read(path, leads=["II"])


def test_segments_of_unspecified_length_or_without_files(equal_names):
    file = equal_names.parent / "m_2.hea"
    file.write_text(file.read_text().replace("m_2 2 100 100", "m_2 2 100"))
    with pytest.warns(UserWarning):
        assert read(equal_names).n_samples == 210
    (equal_names.parent / "m_2.dat").unlink()
    with pytest.raises(FileNotFoundError, match="no signal file"):
        read(equal_names)
    equal_names.with_suffix(".hea").write_text("m/2 2 100 210\n~ 100\n~ 110\n")
    with pytest.raises(RecordError, match=r"must name the 2 leads of its header\. Got None"):
        read(equal_names)
    equal_names.with_suffix(".hea").write_text("m/1 2 100\nm 110\n")
    with pytest.raises(RecordError, match="its segments must name the 2 leads"):
        read(equal_names)


# leads that load_beats reads


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("leads", [None, [0], ["V1"], [("X", "V1"), "MLII"], [1], [0, 1]])
def test_load_beats_makes_the_rows_of_the_whole_record(wfdb_record, leads):
    path = wfdb_record()
    rows = load_beats([path], leads=leads, align=False)
    whole = load_beats([read_record(path)], leads=leads, align=False)
    np.testing.assert_array_equal(rows.data, whole.data)
    assert rows.meta.equals(whole.meta)


def test_load_beats_does_not_mind_leads_that_it_does_not_need(wfdb_record, digital):
    digital[:, 1] = 5  # flat, which read_record warns of
    path = wfdb_record(units=["mV", "mmHg"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(load_beats([path], leads=["MLII"]).target) == 3
    with pytest.warns(UserWarning, match="leads excluded: 'V1'"):
        load_beats([path], leads=[0])
    with pytest.raises(RecordError, match=r"lead 'V1' is missing. The record has 'MLII'"):
        with pytest.warns(UserWarning, match="leads excluded"):
            load_beats([path], leads=["V1"])


def test_leads_of_a_lower_rate_are_read_when_named(tmp_path):
    # two frames a second: 2 samples of II, and 1 of V5
    frames = np.array([[0, 100, 7], [200, 300, 9], [400, 500, 11]], dtype="<i2")
    frames.tofile(tmp_path / "r1.dat")
    (tmp_path / "r1.hea").write_text(
        "r1 2 2 3\nr1.dat 16x2 100 16 0 0 1500 0 II\nr1.dat 16 100 16 0 7 27 0 V5\n"
    )
    wfdb.wrann("r1", "atr", np.array([0, 2]), ["N", "V"], write_dir=str(tmp_path))
    record = read_record(tmp_path / "r1", leads=["V5"])
    assert (record.fs, record.sample.tolist()) == (2, [0, 2])
    np.testing.assert_allclose(record.signal[:, 0], [0.07, 0.09, 0.11], rtol=1e-6)
    part = read_record(tmp_path / "r1", leads=["V5"], start=1)
    np.testing.assert_allclose(part.signal[:, 0], [0.11], rtol=1e-6)
    assert read_record(tmp_path / "r1", leads=["II"]).sample.tolist() == [0, 4]
    with pytest.raises(RecordError, match=r"'V5' cannot be read.* 2 Hz.* 4 Hz"):
        read_record(tmp_path / "r1", leads=["II", "V5"])
