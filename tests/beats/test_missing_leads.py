"""Records that lack a lead of the rows."""

import numpy as np
import pytest

from skecg import BeatExtractor, ECGRecord, RecordError, annotate, load_beats, simulate_record

NAMES = [("MLII",), ("V5",)]


@pytest.fixture(scope="module")
def one_lead():
    record = simulate_record(60, fs=125, ventricular=0.2, random_state=0)
    return ECGRecord(
        record.signal[:, :1], 125, ["V5"], record.sample, record.symbol, name="one_lead"
    )


@pytest.fixture(scope="module")
def two_leads(one_lead):
    signal = np.repeat(one_lead.signal, 2, axis=1)
    return ECGRecord(
        signal, 125, ["MLII", "V5"], one_lead.sample, one_lead.symbol, name="two_leads"
    )


def test_missing_lead_is_an_error_that_names_the_way_out(one_lead):
    with pytest.raises(RecordError, match=r"'MLII' is missing.*missing_leads='zeros'"):
        BeatExtractor(leads=NAMES).extract(one_lead)


def test_zeros_stand_for_a_missing_lead(one_lead):
    beats = BeatExtractor(leads=NAMES, missing_leads="zeros").extract(one_lead)
    alone = BeatExtractor(leads="V5").extract(one_lead)
    waves = beats.layout.waveform(beats.data)
    assert not waves[:, :, 0].any()
    np.testing.assert_array_equal(waves[:, 0, 1, 0], alone.data)
    assert set(beats.meta["leads"]) == {"(none)+V5"}
    assert "(none)+V5 1" in beats.DESCR


def test_zeros_stand_for_all_columns_of_a_missing_lead_in_context(one_lead):
    params = {"context": 60, "window": (0.28, 0.28), "neighbors": 2}
    beats = BeatExtractor(leads=NAMES, missing_leads="zeros", **params).extract(one_lead)
    alone = BeatExtractor(leads="V5", **params).extract(one_lead)
    lead_0 = [i for i, name in enumerate(beats.feature_names) if "lead0_" in name]
    assert not beats.data[:, lead_0].any()
    others = np.delete(np.arange(beats.data.shape[1]), lead_0)
    names = [beats.feature_names[i].replace("lead1_", "lead0_", 1) for i in others[:140]]
    assert names == alone.feature_names[:140]
    np.testing.assert_array_equal(beats.data[:, others], alone.data)


def test_records_with_and_without_a_lead_make_one_table(one_lead, two_leads):
    beats = load_beats([one_lead, two_leads], leads=NAMES, missing_leads="zeros")
    assert set(beats.meta["leads"]) == {"(none)+V5", "MLII+V5"}
    missing = ~beats.layout.waveform(beats.data)[:, 0, 0].any(axis=(1, 2))
    np.testing.assert_array_equal(missing, beats.meta["record"] == "one_lead")


def test_flat_lead_counts_as_missing(two_leads):
    signal = two_leads.signal.copy()
    signal[:, 0] = 1.0
    record = ECGRecord(signal, 125, two_leads.lead_names, two_leads.sample, two_leads.symbol)
    with pytest.raises(RecordError, match="is flat"):
        BeatExtractor(leads=NAMES).extract(record)
    beats = BeatExtractor(leads=NAMES, missing_leads="zeros").extract(record)
    assert set(beats.meta["leads"]) == {"(none)+V5"}


def test_record_without_any_of_the_leads_is_an_error(one_lead):
    extractor = BeatExtractor(leads=["I", "II"], missing_leads="zeros")
    with pytest.raises(RecordError, match="lead 'I' is missing"):
        extractor.extract(one_lead)


def test_annotate_looks_for_beats_in_the_first_lead_that_is_there(one_lead, two_leads):
    from sklearn.tree import DecisionTreeClassifier

    extractor = BeatExtractor(leads=NAMES, missing_leads="zeros", fs=125)
    beats = extractor.extract(two_leads)
    tree = DecisionTreeClassifier(random_state=0).fit(beats.data, beats.target)
    found = annotate(tree, one_lead, extractor=extractor)
    assert len(found.record.sample) == pytest.approx(len(one_lead.sample), abs=3)
