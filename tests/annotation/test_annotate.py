"""Detecting beats and annotating records: known beats at known places."""

import dataclasses

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.tree import DecisionTreeClassifier

import skecg
from skecg import ECGRecord, annotate, detect_beats

FS = 250


@pytest.fixture(scope="module")
def clean():
    """A minute of normal beats in two leads without noise."""
    none = dict.fromkeys(("wander", "motion", "muscle", "mains"), 0.0)
    ectopic = dict.fromkeys(("ventricular", "supraventricular", "fusion"), 0.0)
    return skecg.simulate_record(60, random_state=0, **none, **ectopic)


@pytest.fixture(scope="module")
def beats():
    return skecg.load_simulated(6, duration=60, random_state=0)


@pytest.fixture(scope="module")
def tree(beats):
    return DecisionTreeClassifier(random_state=0).fit(beats.data, beats.target)


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


@pytest.mark.filterwarnings("ignore:detect_beats left out:UserWarning")
def test_detect_beats_bridges_gaps_and_keeps_the_beats_around(clean):
    lead = clean.signal[:, 0].copy()
    lead[5000:6000] = np.nan
    found = detect_beats(lead, FS)
    outside = (clean.sample < 4990) | (clean.sample > 6010)
    assert not ((found >= 5000) & (found < 6000)).any()
    assert outside.sum() - 1 <= len(found) <= outside.sum() + 1


def test_detect_beats_leaves_out_and_counts_what_is_found_in_gaps():
    signal = np.sin(np.arange(1000.0))
    signal[400:600] = np.nan
    with pytest.warns(UserWarning, match=r"left out 2 beats .* gaps .*20.0% of it"):
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


def test_detect_beats_of_a_detector_that_finds_none_is_an_empty_array():
    found = detect_beats(np.arange(300.0), FS, detector=lambda x, fs: [])
    assert found.shape == (0,) and found.dtype == np.int64


@pytest.mark.parametrize(
    ("signal", "fs", "message"),
    [
        (np.full(1000, 2.5), FS, r"is flat \(2.5 throughout\)"),
        (np.full(1000, np.nan), FS, "only gaps"),
        (np.r_[np.full(500, 1.0), np.full(500, np.nan)], FS, "is flat"),
        (np.zeros((1000, 2)), FS, "pass one column"),
        (np.arange(100.0), FS, r"must last 1 s or longer. Got 100 samples at 250 Hz, 0.40 s"),
        (np.array(["a", "b"]), FS, "must hold numbers"),
        (np.r_[np.arange(300.0), np.inf], FS, "infinite"),
        (np.arange(300.0), 0, "'fs' parameter of detect_beats must be a positive number"),
        (np.arange(300.0), 50, "61 Hz or more"),
    ],
)
def test_detect_beats_refuses_what_has_no_beats(signal, fs, message):
    with pytest.raises(ValueError, match=message):
        detect_beats(signal, fs)


@pytest.mark.parametrize(
    ("detector", "error", "message"),
    [
        ("xqrs", ValueError, "must be 'sleepecg', 'gqrs' or a callable"),
        (7, TypeError, "must be 'sleepecg', 'gqrs' or a callable"),
        (lambda x, fs: [0.5], ValueError, "array of integers"),
        (lambda x, fs: [5, 300], ValueError, "within the 300 samples of the signal. Got 5 to 300"),
    ],
)
def test_detect_beats_refuses_what_is_no_detector(detector, error, message):
    with pytest.raises(error, match=message):
        detect_beats(np.arange(300.0), FS, detector=detector)


def test_annotate_names_each_beat_by_the_model(clean, tree, beats):
    found = annotate(tree, clean, extractor=beats.extractor)
    np.testing.assert_allclose(found.record.sample, clean.sample, atol=2)
    rows = beats.extractor.extract(clean)
    same = np.isin(found.record.sample, rows.meta["peak"])
    assert same.mean() > 0.9
    expected = tree.predict(rows.data)[np.isin(rows.meta["peak"], found.record.sample)]
    np.testing.assert_array_equal(found.record.symbol[same], expected)


def test_annotate_keeps_everything_else_of_the_record(clean, tree, beats):
    found = annotate(tree, clean, extractor=beats.extractor).record
    assert (found.name, found.subject, found.fs) == (clean.name, clean.subject, clean.fs)
    np.testing.assert_array_equal(found.signal, clean.signal)


def test_annotate_gives_probabilities_in_aami_order(clean, tree, beats):
    found = annotate(tree, clean, extractor=beats.extractor)
    assert found.proba.columns.tolist() == beats.target_names
    known = found.record.symbol != "Q"
    best = found.proba[known].idxmax(axis=1).to_numpy()
    np.testing.assert_array_equal(best, found.record.symbol[known])


def test_annotate_keeps_beats_without_a_row_as_unclassifiable(clean, beats):
    always_v = DummyClassifier(strategy="constant", constant="V").fit(beats.data, beats.target)
    places = [5, 1000, 2000, 14_995]  # the first and last windows reach beyond the 15,000 samples
    found = annotate(
        always_v,
        clean,
        extractor=skecg.BeatExtractor(align=False),
        detector=lambda signal, fs: places,
    )
    assert found.record.sample.tolist() == places
    assert found.record.symbol.tolist() == ["Q", "V", "V", "Q"]
    assert found.proba["V"].isna().tolist() == [True, False, False, True]
    assert found.skipped["count"].tolist() == [2]


def test_annotate_detects_in_the_lead_of_the_rows(tree, clean):
    seen = []

    def detector(signal, fs):
        seen.append(signal)
        return [1000]

    annotate(tree, clean, extractor=skecg.BeatExtractor(leads=["V5"]), detector=detector)
    np.testing.assert_allclose(seen[0], clean.signal[:, 1])


def test_annotate_works_at_another_rate_than_the_rows(tree, beats):
    fast = skecg.simulate_record(30, fs=360, random_state=2)
    found = annotate(tree, fast, extractor=beats.extractor).record
    near = np.abs(found.sample[:, None] - fast.sample).min(axis=1)
    assert np.median(near) <= 2


def test_annotate_makes_context_of_the_detected_beats(clean):
    extractor = skecg.BeatExtractor(window=(0.28, 0.28), fs=125, context=600)
    rows = extractor.extract(clean)
    tree = DecisionTreeClassifier(random_state=0)
    tree.fit(rows.data, np.where(np.arange(len(rows.data)) % 2, "N", "V"))
    found = annotate(tree, clean, extractor=extractor)
    marked = dataclasses.replace(
        clean, sample=(at := detect_beats(clean.signal[:, 0], FS)), symbol=["N"] * len(at)
    )
    expected = extractor.extract(marked)
    assert len(expected.data) == (found.record.symbol != "Q").sum() > 60
    np.testing.assert_array_equal(
        found.record.symbol[found.record.symbol != "Q"], tree.predict(expected.data)
    )


@pytest.mark.parametrize(
    ("leads", "fs", "chosen"),
    [
        (["MLII", "V5"], 250, "MLII+V5"),
        (["V1"], 360, "V1+(none)"),
        (["I", "V2", "V6"], 128, "I+V2"),
    ],
)
def test_annotate_by_the_pretrained_model_takes_any_leads_and_rate(leads, fs, chosen):
    model, info = skecg.load_pretrained(return_info=True)
    record = skecg.simulate_record(60, leads=leads, fs=fs, random_state=5)
    found = annotate(model, record, extractor=info.extractor)
    assert len(found.record.symbol) > 50 and found.record.lead_names == tuple(leads)
    assert found.proba.columns.tolist() == ["N", "S", "V", "F"]
    known = found.proba.notna().all(axis=1)
    np.testing.assert_allclose(found.proba[known].sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(
        found.proba[known].idxmax(axis=1), found.record.symbol[known.to_numpy()]
    )
    assert set(info.extractor.extract(record).meta["leads"]) == {chosen}


def test_annotate_by_the_pretrained_model_takes_a_flat_lead_for_missing():
    model, info = skecg.load_pretrained(return_info=True)
    record = skecg.simulate_record(60, random_state=5)
    signal = record.signal.copy()
    signal[:, 0] = 0.5
    flat = dataclasses.replace(record, signal=signal)
    alone = ECGRecord(signal[:, 1], record.fs, record.lead_names[1:], name="alone")
    of_flat = annotate(model, flat, extractor=info.extractor)
    of_alone = annotate(model, alone, extractor=info.extractor)
    np.testing.assert_array_equal(of_flat.record.sample, of_alone.record.sample)
    # the leads stand in each other's place, and the network takes all leads alike
    np.testing.assert_allclose(of_flat.proba, of_alone.proba, atol=1e-5)


def test_annotate_returns_what_write_record_can_write(clean, tree, beats, tmp_path):
    found = annotate(tree, clean, extractor=beats.extractor).record
    again = skecg.read_record(skecg.write_record(found, tmp_path))
    np.testing.assert_array_equal(again.sample, found.sample)
    np.testing.assert_array_equal(again.symbol, found.symbol)


def test_annotate_without_probabilities_has_none(clean, tree, beats):
    class OnlyLabels:
        classes_ = tree.classes_

        def predict(self, X):
            return tree.predict(X)

    found = annotate(OnlyLabels(), clean, extractor=beats.extractor)
    assert found.proba is None
    assert set(found.record.symbol) <= {"N", "S", "V", "F", "Q"}


def test_annotate_refuses_a_model_of_other_classes(clean, beats):
    other = DummyClassifier().fit(beats.data, np.where(beats.target == "N", "normal", "V"))
    with pytest.raises(ValueError, match=r"classes that are no beat symbols: \['normal'\]"):
        annotate(other, clean, extractor=beats.extractor)


def test_annotate_refuses_a_record_without_the_lead(clean, tree):
    with pytest.raises(skecg.RecordError, match="'MLIII' is missing"):
        annotate(tree, clean, extractor=skecg.BeatExtractor(leads=["MLIII"]))


def test_annotate_names_the_record_in_which_nothing_is_found(clean, tree, beats):
    with pytest.raises(ValueError, match="Record 'sim000': the detector found no beat in lead"):
        annotate(tree, clean, extractor=beats.extractor, detector=lambda x, fs: [])
    flat = ECGRecord(np.zeros(1000), FS, name="flat")
    with pytest.raises(ValueError, match="is flat") as caught:
        annotate(tree, flat, extractor=beats.extractor)
    assert "record 'flat'" in caught.value.__notes__[0]


def test_annotate_refuses_what_is_no_record_or_extractor(clean, tree, beats):
    with pytest.raises(TypeError, match="must be an ECGRecord"):
        annotate(tree, clean.signal, extractor=beats.extractor)
    with pytest.raises(TypeError, match="must be the BeatExtractor"):
        annotate(tree, clean, extractor=None)


def test_gqrs_marks_the_beginning_of_each_complex():
    record = skecg.simulate_record(30, fs=250, ventricular=0, random_state=0)
    inside = record.sample[record.sample > record.fs]  # it takes a second to begin
    found = detect_beats(record.signal[:, 0], record.fs, detector="gqrs")
    late = inside - found[found > record.fs - 20]
    assert (0 <= late).all() and (late < 0.06 * record.fs).all()
