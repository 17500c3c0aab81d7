"""Annotate records: known beats at known positions."""

import dataclasses

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
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


def test_annotate_classifies_each_beat_with_the_model(clean, tree, beats):
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


def test_annotate_ignores_beats_that_were_excluded_before(clean, tree, beats):
    record = dataclasses.replace(clean, excluded={"beat outside the signal": 3})
    found = annotate(tree, record, extractor=beats.extractor)
    assert found.record.excluded == {}
    assert "beat outside the signal" not in found.skipped["reason"].tolist()


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
    assert found.skipped["count"].tolist() == [2, 0]
    assert found.skipped["reason"][1] == "no beat found from 8.0 s to 60.0 s"


def test_annotate_of_beats_without_any_row(tree, clean, beats):
    found = annotate(
        tree, clean, extractor=beats.extractor, detector=lambda signal, fs: [5, 14_995]
    )
    assert found.record.symbol.tolist() == ["Q", "Q"]
    assert found.proba.columns.tolist() == beats.target_names and found.proba.isna().all(axis=None)


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
    # the lead is in the place of the other, and the network treats all leads alike
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


def test_annotate_with_a_model_of_other_classes_raises(clean, beats):
    other = DummyClassifier().fit(beats.data, np.where(beats.target == "N", "normal", "V"))
    with pytest.raises(ValueError, match=r"classes that are not beat symbols: \['normal'\]"):
        annotate(other, clean, extractor=beats.extractor)


@pytest.mark.parametrize("model", [DummyClassifier(), DummyClassifier])
def test_annotate_with_a_model_that_is_not_fitted_raises(clean, beats, model):
    with pytest.raises(NotFittedError, match="must be a fitted classifier"):
        annotate(model, clean, extractor=beats.extractor)


def test_annotate_of_a_record_without_any_signal_raises(clean, tree, beats):
    silent = dataclasses.replace(clean, signal=np.full_like(clean.signal, np.nan))
    with pytest.raises(skecg.RecordError, match=r"no lead has a signal \('MLII', 'V5' are"):
        annotate(tree, silent, extractor=beats.extractor)


def test_annotate_of_a_record_without_the_lead_raises(clean, tree):
    with pytest.raises(skecg.RecordError, match="'MLIII' is missing"):
        annotate(tree, clean, extractor=skecg.BeatExtractor(leads=["MLIII"]))


def test_annotate_names_the_record_in_which_nothing_is_found(clean, tree, beats):
    with pytest.raises(ValueError, match="Record 'sim000': the detector found no beat in lead"):
        annotate(tree, clean, extractor=beats.extractor, detector=lambda x, fs: [])
    flat = ECGRecord(np.zeros(1000), FS, name="flat")
    with pytest.raises(skecg.RecordError, match=r"'lead0' \(4\.0 s, no lead usable for 4\.0 s"):
        annotate(tree, flat, extractor=beats.extractor)


def test_annotate_without_record_or_extractor_raises(clean, tree, beats):
    with pytest.raises(TypeError, match="must be an ECGRecord"):
        annotate(tree, clean.signal, extractor=beats.extractor)
    with pytest.raises(TypeError, match="must be the BeatExtractor"):
        annotate(tree, clean, extractor="lstm")
    with pytest.raises(TypeError, match="needs the extractor of the model's training rows"):
        annotate(tree, clean)
