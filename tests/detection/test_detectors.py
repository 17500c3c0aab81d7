"""Detectors: the table of named ones, and what `detect_beats` does for any."""

import numpy as np
import pytest

import skecg
from skecg import detect_beats, simulate_record
from skecg.detection._detectors import DETECTORS, Detector

FS = 250


@pytest.fixture(scope="module")
def clean():
    """A minute of normal beats in two leads without noise."""
    none = dict.fromkeys(("wander", "motion", "muscle", "mains"), 0.0)
    ectopic = dict.fromkeys(("ventricular", "supraventricular", "fusion"), 0.0)
    return skecg.simulate_record(60, random_state=0, **none, **ectopic)


def test_detect_beats_finds_every_beat_on_its_peak(clean):
    found = detect_beats(clean.signal[:, 0], clean.fs)
    assert found.dtype == np.int64
    assert len(found) == len(clean.sample)
    assert np.abs(found - clean.sample).max() <= 2


@pytest.mark.parametrize("scale", [1e-3, 1000.0])
def test_detect_beats_does_not_depend_on_unit_or_offset(clean, scale):
    lead = clean.signal[:, 0].astype(float)
    np.testing.assert_array_equal(
        detect_beats(scale * (lead + 9), FS), detect_beats(lead.astype(float), FS)
    )


@pytest.mark.filterwarnings("ignore:.*detect_beats:UserWarning")
def test_detect_beats_bridges_gaps_and_keeps_the_beats_around(clean):
    lead = clean.signal[:, 0].copy()
    lead[5000:6000] = np.nan
    found = detect_beats(lead, FS)
    outside = (clean.sample < 4990) | (clean.sample > 6010)
    assert not ((found >= 5000) & (found < 6000)).any()
    assert outside.sum() - 1 <= len(found) <= outside.sum() + 1


def test_detect_beats_excludes_and_counts_beats_in_gaps():
    signal = np.sin(np.arange(1000.0))
    signal[400:600] = np.nan
    with (
        pytest.warns(UserWarning, match=r"excluded 2 beats .* gaps .*20.0% of it"),
        pytest.warns(UserWarning, match=r"missing for 0\.8 s of 4\.0 s"),
    ):
        found = detect_beats(signal, FS, detector=lambda x, fs: [100, 450, 550, 700])
    assert found.tolist() == [100, 700]


def test_detect_beats_gives_a_detector_the_bridged_signal_and_the_rate():
    seen = {}

    def detector(signal, fs):
        seen.update(signal=signal, fs=fs)
        return [30, 10, 30]

    signal = np.arange(300.0)
    signal[5] = np.nan
    assert detect_beats(signal, FS, detector=detector).tolist() == [10, 30]
    np.testing.assert_allclose(seen["signal"], np.arange(300.0))
    assert seen["fs"] == 250.0


def test_detect_beats_without_detections_is_an_empty_array():
    found = detect_beats(np.arange(300.0), FS, detector=lambda x, fs: [])
    assert found.shape == (0,) and found.dtype == np.int64


@pytest.mark.parametrize(
    ("signal", "fs", "message"),
    [
        (np.full(1000, 2.5), FS, r"is flat \(2.5 throughout\)"),
        (np.full(1000, np.nan), FS, "only gaps"),
        (np.r_[np.full(500, 1.0), np.full(500, np.nan)], FS, "is flat"),
        (np.zeros((1000, 2)), FS, "only leads that are flat or missing"),
        (np.zeros((9, 2, 2)), FS, r"Got shape \(9, 2, 2\)"),
        (np.arange(100.0), FS, r"must last 1 s or longer. Got 100 samples at 250 Hz, 0.40 s"),
        (np.array(["a", "b"]), FS, "must hold numbers"),
        (np.r_[np.arange(300.0), np.inf], FS, "infinite"),
        (np.arange(300.0), 0, "'fs' parameter of detect_beats must be a positive number"),
        (np.arange(300.0), 50, "60 Hz or more"),
    ],
)
def test_detect_beats_of_other_signals_raises(signal, fs, message):
    with pytest.raises(ValueError, match=message):
        detect_beats(signal, fs)


@pytest.mark.parametrize(
    ("detector", "error", "message"),
    [
        ("xqrs", ValueError, "must be 'auto', 'sleepecg', 'gqrs' or a callable"),
        (7, TypeError, "must be 'auto', 'sleepecg', 'gqrs' or a callable"),
        (lambda x, fs: [0.5], ValueError, "array of integers"),
        (lambda x, fs: [5, 300], ValueError, "within the 300 samples of the signal. Got 5 to 300"),
    ],
)
def test_detect_beats_with_invalid_detectors_raises(detector, error, message):
    with pytest.raises(error, match=message):
        detect_beats(np.arange(300.0), FS, detector=detector)


# ---- the table of named detectors


def test_entries_are_complete_and_in_the_docstring():
    for name, detector in DETECTORS.items():
        assert detector.name == name and callable(detector.find) and detector.lowest_fs > 0
        assert detector.marks and not detector.marks.endswith(".")
        assert (
            detector.source.endswith(tuple("0123456789")) and "https://doi.org/" in detector.source
        )
        assert f'"{name}"' in detect_beats.__doc__
        assert f"{detector.lowest_fs:g} Hz" in detect_beats.__doc__
        assert detector.source.rpartition(" ")[2] in detect_beats.__doc__


def test_an_entry_is_a_detector_by_name(monkeypatch):
    entry = Detector("half", lambda signal, fs: [len(signal) // 2], 100.0, "the middle", "nobody")
    monkeypatch.setitem(DETECTORS, "half", entry)
    assert detect_beats(np.arange(300.0), 100, detector="half").tolist() == [150]
    with pytest.raises(ValueError, match=r"100 Hz or more for the detector 'half'\. Got 99 inst"):
        detect_beats(np.arange(300.0), 99, detector="half")
    with pytest.raises(
        ValueError, match="must be 'auto', 'sleepecg', 'gqrs', 'half' or a callable"
    ):
        detect_beats(np.arange(300.0), 100, detector="third")


@pytest.mark.parametrize("name", DETECTORS)
def test_detectors_work_down_to_their_lowest_rate(name):
    lowest = DETECTORS[name].lowest_fs
    record = skecg.simulate_record(30, fs=lowest, ventricular=0, random_state=0)
    found = detect_beats(record.signal[:, 0], lowest, detector=name)
    near = np.abs(record.sample[:, None] - found).min(axis=1) < 0.1 * lowest
    assert near.mean() > 0.9


def test_gqrs_marks_the_onset_of_each_complex():
    record = skecg.simulate_record(30, fs=FS, ventricular=0, random_state=0)
    inside = record.sample[record.sample > FS]  # it takes a second to begin
    found = detect_beats(record.signal[:, 0], FS, detector="gqrs")
    early = inside - found[found > FS - 20]
    assert (0 <= early).all() and (early < 0.06 * FS).all()
    assert np.median(early) == pytest.approx(0.035 * FS, abs=1)


def test_gqrs_refuses_amplitudes_that_its_thresholds_do_not_reach():
    signal = simulate_record(60, ventricular=0, random_state=0).signal[:, 0] * 1e6
    with (
        pytest.warns(UserWarning, match="likely in nV"),
        pytest.raises(ValueError, match=r"'gqrs' needs a signal in mV. Got values from -\d"),
    ):
        detect_beats(signal, 250, detector="gqrs")


def test_a_signal_without_samples_is_refused():
    with pytest.raises(ValueError, match=r"must last 1 s or longer\. Got 0 samples"):
        detect_beats([], 250)
