"""A record warns once of a signal that is not in mV; neither noise nor artifacts make it warn."""

import dataclasses
import warnings

import numpy as np
import pytest

from skecg import ECGRecord, detect_beats, find_records, read_record, simulate_record, write_record
from skecg.records._amplitude import amplitude_fault

ECG = simulate_record(60, random_state=0).signal
FS = 250
UNITS = [
    (1e-3, r"in V \(multiply it by 1000\)"),
    (200, "in steps of a converter|in uV"),
    (1e3, r"in uV \(multiply it by 0.001\) or in steps"),
    (1e6, r"in nV \(multiply it by 0.000001\)"),
]


@pytest.mark.parametrize(("factor", "words"), UNITS)
def test_a_record_in_another_unit_is_told_with_the_factor(factor, words):
    with pytest.warns(UserWarning, match=f"Record 'a': lead 'MLII' .*{words}") as caught:
        ECGRecord(ECG * factor, FS, ["MLII", "V5"], name="a")
    assert len(caught) == 1 and caught[0].filename == __file__


@pytest.mark.parametrize(("factor", "words"), UNITS)
def test_detect_beats_tells_the_unit(factor, words):
    with pytest.warns(UserWarning, match=f"'signal' parameter of detect_beats .*{words}"):
        detect_beats(ECG[:, 0] * factor, FS)


@pytest.mark.parametrize("factor", [0.1, 1, 4])
def test_ecgs_in_mv_are_silent(factor):
    for seed in range(5):
        record = simulate_record(30, random_state=seed)
        assert amplitude_fault(record.signal * factor, FS, record.lead_names) is None


def test_flat_leads_noise_gaps_drift_and_artifacts_are_silent():
    rng = np.random.default_rng(0)
    n = len(ECG)
    signals = {
        "flat": np.zeros(n),
        "rounding": np.where(rng.random(n) < 0.5, 3e-10, 0),
        "noise": rng.normal(0, 0.02, n),
        "gaps": np.full(n, np.nan),
        "offset": ECG[:, 0] + 300,
        "drift": ECG[:, 0] + np.linspace(-200, 200, n),
        "artifact": ECG[:, 0] + np.where(np.arange(n) < n // 5, rng.normal(0, 50, n), 0),
    }
    for name, signal in signals.items():
        assert amplitude_fault(signal[:, np.newaxis], FS, [name]) is None, name


def test_one_flat_lead_does_not_hide_the_unit_of_the_other():
    signal = np.stack([np.zeros(len(ECG)), ECG[:, 0] * 1000], axis=1)
    assert "lead 'V5' has a range of" in amplitude_fault(signal, FS, ["II", "V5"])


def test_copies_of_a_record_do_not_repeat_it():
    with pytest.warns(UserWarning):
        record = ECGRecord(ECG * 1000, FS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataclasses.replace(record, name="b")


def test_files_are_judged_after_their_unit(tmp_path):
    with pytest.warns(UserWarning, match="likely in uV"):
        record = ECGRecord(ECG * 1000, FS, name="a")
    path = write_record(record, tmp_path)
    with pytest.warns(UserWarning, match="likely in uV") as caught:
        read_record(path, annotator=None)
    assert len(caught) == 1
    header = path.with_suffix(".hea")
    header.write_text(header.read_text().replace("/mV", "/uV"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_record(path, annotator=None)


@pytest.mark.records
def test_no_real_recording_is_told(records_folder):
    for path in find_records(records_folder, annotator=None):
        record = read_record(path, annotator=None)
        assert amplitude_fault(record.signal, record.fs, record.lead_names) is None, path
