"""EDF+ files that skecg writes: read again by skecg and by two other readers."""

import datetime

import edfio
import numpy as np
import pytest

from skecg import ECGRecord, read_record, write_record
from skecg.records import Annotations, RecordError


def record(sample, symbol=None, fs=250, n=5000, **kwargs):
    signal = np.random.default_rng(0).normal(size=(n, 2)).astype(np.float32)
    symbol = ["N"] * len(sample) if symbol is None else symbol
    return ECGRecord(
        signal, fs, ["MLII", "V1"], sample=sample, symbol=symbol, name="ana", **kwargs
    )


@pytest.mark.parametrize("n", [1000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_an_edf_file_has_all_beats_at_their_samples(tmp_path, n):
    rng = np.random.default_rng(1)
    seconds = 6 * n // 1000  # 167 beats in each
    sample = np.sort(rng.choice(360 * seconds, n, replace=False))
    symbol = np.array(list("NSVFQ"))[rng.integers(0, 5, len(sample))]
    made = record(sample, symbol, fs=360, n=360 * seconds)
    path = write_record(made, tmp_path, format="edf")
    found = read_record(path)
    np.testing.assert_array_equal(found.sample, sample)
    np.testing.assert_array_equal(found.symbol, symbol)
    # a step of 16 bits of about 10 mV
    np.testing.assert_allclose(found.signal, made.signal, atol=1e-4)
    assert len(edfio.read_edf(f"{path}.edf").annotations) == n


def test_an_edf_file_has_the_facts_and_other_annotations(tmp_path):
    made = record(
        [100, 300, 4000],
        list("NVN"),
        subject="patient:p1",
        start_date=datetime.date(2020, 2, 3),
        start_time=datetime.time(1, 2, 3, 250_000),
        other=Annotations([5, 9, 500], ["+", '"', "~"], aux_note=["(AFIB", "V", ""]),
    )
    found = read_record(write_record(made, tmp_path, format="edf"))
    assert (found.sample == made.sample).all() and (found.symbol == made.symbol).all()
    notes = ["(AFIB", "comment: V", "change in signal quality"]  # V alone would be a beat
    assert found.other.aux_note.tolist() == notes and found.other.sample.tolist() == [5, 9, 500]
    for name in ("subject", "start_date", "start_time", "lead_names", "n_samples"):
        assert getattr(found, name) == getattr(made, name)


@pytest.mark.parametrize("fs", [128.5, 257.3333, 1000 / 3, 360.01])
def test_an_edf_file_of_an_odd_rate_has_beats_at_their_samples(tmp_path, fs):
    path = write_record(record([10, 120, 4990], fs=fs), tmp_path, format="edf")
    found = read_record(path)
    assert found.sample.tolist() == [10, 120, 4990] and found.fs == pytest.approx(fs, rel=1e-9)
    text = [one.text for one in edfio.read_edf(f"{path}.edf").annotations]
    assert text.count("Recording ends") == (found.n_samples > 5000)


@pytest.mark.parametrize("sample", [[100], [100, 4000]])
def test_an_edf_file_with_few_beats_names_them(tmp_path, sample):
    # letters so far apart would be taken for sleep stages
    found = read_record(write_record(record(sample), tmp_path, format="edf"))
    assert found.sample.tolist() == sample and set(found.symbol) == {"N"}


def test_an_edf_file_has_gaps_as_zero(tmp_path):
    signal = np.full((500, 1), 2.0)
    signal[100:200] = np.nan
    made = ECGRecord(signal, 250, ["lead0"], name="ana")
    found = read_record(write_record(made, tmp_path, format="edf"), annotator=None)
    np.testing.assert_allclose(found.signal, np.nan_to_num(signal), atol=1e-4)


def test_an_edf_file_of_another_program_is_never_replaced(tmp_path):
    made = record([100, 300])
    path = write_record(made, tmp_path, format="edf")
    write_record(made, tmp_path, format="edf")  # its own is
    file = tmp_path / "ana.edf"
    other = file.read_bytes().replace(b"X X skecg", b"X X other")
    file.write_bytes(other)
    with pytest.raises(RecordError, match="was not written by skecg"):
        write_record(made, path.parent, format="edf")
    assert file.read_bytes() == other


def test_an_edf_file_needs_names_of_16_characters_and_values_of_8(tmp_path):
    leads = ["II of the first cable", "II of the first cablf"]
    with pytest.raises(RecordError, match="16 characters, all different"):
        write_record(ECGRecord(np.zeros((500, 2)), 250, leads), tmp_path, format="edf")
    with pytest.raises(RecordError, match="Is its unit right"):
        write_record(ECGRecord(np.full(500, -1e9), 250), tmp_path, format="edf")
    with pytest.raises(ValueError, match="'annotator' parameter of write_record must be 'atr'"):
        write_record(record([]), tmp_path, format="edf", annotator="beats")
