"""ECGRecord.from_wfdb takes stretches and joined segments as wfdb reads them, or refuses."""

import datetime

import numpy as np
import pytest
import wfdb

from skecg import ECGRecord, RecordError, read_record

from .conftest import annotate, edit


@pytest.fixture
def path(wfdb_record):
    """A recording of 1000 samples with beats at 0, 100, ..., 900."""
    path = wfdb_record()
    edit(path, "r1 2 250 1000", "r1 2 250 1000 23:59:59 31/12/1999")
    n = 10
    annotate(path, np.arange(n) * 100, "N" * n, aux_note=[""] * n, subtype=[0] * n)
    return path


def stretch(path, signal, annotations):
    record = wfdb.rdrecord(str(path), **signal)
    return ECGRecord.from_wfdb(record, wfdb.rdann(str(path), "atr", **annotations))


@pytest.mark.parametrize(
    "annotations",
    [
        {"sampfrom": 500, "sampto": 900, "shift_samps": True},  # rdann includes sampto
        {"sampfrom": 500, "shift_samps": True},  # and returns all annotations without it
    ],
)
def test_stretch(path, annotations):
    record = stretch(path, {"sampfrom": 500, "sampto": 900}, annotations)
    assert record.sample.tolist() == [0, 100, 200, 300]
    assert record.excluded.get("beat outside the signal", 0) <= 1
    np.testing.assert_array_equal(record.signal, read_record(path).signal[500:900])


def test_stretch_to_the_end(path):
    record = stretch(path, {"sampfrom": 800}, {"sampfrom": 800, "shift_samps": True})
    assert record.sample.tolist() == [0, 100]
    part = read_record(path, start=800 / 250, subject="r1")
    assert record == part
    assert part.start_date == datetime.date(2000, 1, 1)
    assert part.start_time == datetime.time(0, 0, 2, 200000)


@pytest.mark.parametrize(
    "ends", [{"sampfrom": 500, "sampto": 900}, {"sampfrom": 200, "sampto": 950}]
)
def test_stretch_without_shift_is_refused(path, ends):
    with pytest.raises(RecordError, match=r"reach beyond the signal .* shift_samps=True; or use"):
        stretch(path, ends, ends)


def test_stretch_with_unshifted_annotations_of_the_whole_recording_warns(path):
    signal = wfdb.rdrecord(str(path), sampfrom=200)
    annotations = wfdb.rdann(str(path), "atr", sampfrom=200)  # ignored without sampto
    with pytest.warns(UserWarning, match=r"reach sample 900, beyond .* shift_samps=True"):
        record = ECGRecord.from_wfdb(signal, annotations)
    assert record.excluded == {"beat outside the signal": 2}


@pytest.mark.filterwarnings("ignore:.*reach sample 900")
def test_stretch_from_the_start(path):
    record = stretch(path, {"sampto": 800}, {})
    assert record.sample.tolist() == list(range(0, 800, 100))
    assert record.excluded == {"beat outside the signal": 2}


def test_date_time_and_comments(path):
    with path.with_suffix(".hea").open("a") as header:
        header.write('# 69 M\n# skecg subject: "ana"\n')
    record = stretch(path, {}, {})
    assert record == read_record(path)
    assert (record.comments, record.subject) == (("69 M",), "ana")
    assert record.start_time == datetime.time(23, 59, 59)


def test_format_8_is_refused(tmp_path):
    header = "r 1 250 4\nr.dat 8 200(0)/mV 16 0 0 0 0 II\n"
    (tmp_path / "r.hea").write_text(header)
    (tmp_path / "r.dat").write_bytes(bytes([1, 1, 1, 0xFD]))
    with pytest.raises(
        RecordError, match=r"format 8, differences, .* skecg.read_record\(path, start"
    ):
        ECGRecord.from_wfdb(wfdb.rdrecord(str(tmp_path / "r"), sampfrom=2))
    part = read_record(tmp_path / "r", annotator=None, start=2 / 250)
    assert part.signal[:, 0].tolist() == [np.float32(3 / 200), 0]


def test_frames_of_several_samples(tmp_path):
    samples = np.array([100, 100, -32768, 100, -32768, -32768, 50, 60], "<i2")
    (tmp_path / "r.hea").write_text("r 1 125 4\nr.dat 16x2 200(0)/mV 16 0 0 0 0 II\n")
    samples.tofile(tmp_path / "r.dat")
    path = tmp_path / "r"
    annotate(path, [0, 3], "NN", aux_note=[""] * 2, subtype=[0] * 2)
    for physical in (True, False):
        with pytest.raises(RecordError, match=r"\[2\] samples per frame, of which wfdb .* means"):
            ECGRecord.from_wfdb(wfdb.rdrecord(str(path), physical=physical))
        frames = wfdb.rdrecord(str(path), physical=physical, smooth_frames=False)
        annotation = wfdb.rdann(str(path), "atr")
        with pytest.warns(UserWarning, match="3 of 8 samples"):
            record = ECGRecord.from_wfdb(frames, annotation)
        assert (record.fs, record.sample.tolist()) == (250, [0, 6])
        assert record.signal[6:, 0].tolist() == [0.25, np.float32(0.3)]
    text = "r 2 125 2\nr.dat 16x2 200(0)/mV 16 0 0 0 0 II\nr.dat 16 200(0)/mV 16 0 0 0 0 V5\n"
    (tmp_path / "r.hea").write_text(text)
    with pytest.raises(RecordError, match="must have one sampling frequency"):
        ECGRecord.from_wfdb(wfdb.rdrecord(str(path), smooth_frames=False))


@pytest.fixture
def segments(tmp_path):
    """Two segments in mV and uV: joined in a fixed layout "m" and a variable one "v"."""
    for name, unit, gain in (("m_1", "mV", 100), ("m_2", "uV", 0.1)):
        (tmp_path / f"{name}.hea").write_text(
            f"{name} 1 250 4\n{name}.dat 16 {gain}(0)/{unit} 16 0 0 100 0 II\n"
        )
        np.array([10, 20, 30, 40], "<i2").tofile(tmp_path / f"{name}.dat")
    (tmp_path / "l.hea").write_text("l 1 250 0\n~ 0 100(0)/mV 16 0 0 0 0 II\n")
    (tmp_path / "m.hea").write_text("m/2 1 250 8\nm_1 4\nm_2 4\n")
    (tmp_path / "v.hea").write_text("v/3 1 250 8\nl 0\nm_1 4\nm_2 4\n")
    return tmp_path


def test_joined_segments(segments):
    expected = np.tile(np.float32([0.1, 0.2, 0.3, 0.4]), 2)
    for name in ("m", "v"):
        record = read_record(segments / name, annotator=None)
        np.testing.assert_array_equal(record.signal[:, 0], expected)
    with pytest.raises(RecordError, match=r"unit of lead 'II' is not known.*read_record"):
        ECGRecord.from_wfdb(wfdb.rdrecord(str(segments / "v")))
    with pytest.raises(RecordError, match=r"'d_signal' has the gain of the first.*read_record"):
        ECGRecord.from_wfdb(wfdb.rdrecord(str(segments / "m"), physical=False))
    with pytest.raises(TypeError, match=r"Got MultiRecord instead. read_record\(path\) joins"):
        ECGRecord.from_wfdb(wfdb.rdrecord(str(segments / "m"), m2s=False))


def test_a_lead_that_no_segment_has_needs_no_unit():
    signal = np.array([[0.1, np.nan], [0.2, np.nan]])
    names = {"sig_name": ["I", "II"], "units": ["mV", None]}
    record = wfdb.Record(record_name="r", fs=250, n_sig=2, p_signal=signal, **names)
    with pytest.warns(UserWarning, match="missing"):
        assert np.isnan(ECGRecord.from_wfdb(record).signal[:, 1]).all()
