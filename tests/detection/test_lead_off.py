"""annotate where the first lead is off for some time, or all leads are."""

import warnings

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from skecg import ECGRecord, annotate, detect_beats, load_beats, simulate_record, simulate_records
from skecg.detection._flat import without_signal
from skecg.detection._lead_off import leads_to_search, longest_without_beat

FULL = simulate_record(120, random_state=9)
FS = FULL.fs


@pytest.fixture(scope="module")
def two_leads():
    return load_beats(simulate_records(4, duration=60, random_state=0), leads=[0, 1])


@pytest.fixture(scope="module")
def tree(two_leads):
    return DecisionTreeClassifier(random_state=0).fit(two_leads.data, two_leads.target)


def with_off(*stretches, names=FULL.lead_names):
    """The record with stretches (lead, start, stop, value) in seconds without signal."""
    signal = FULL.signal.copy()
    for lead, start, stop, value in stretches:
        signal[round(start * FS) : round(stop * FS), lead] = value
    return ECGRecord(signal, FS, names, name="off")


def between(sample, start, stop):
    return sample[(sample >= start * FS) & (sample < stop * FS)]


@pytest.mark.parametrize("value", [0.0, -5.12, np.nan])
@pytest.mark.parametrize(("start", "stop"), [(0, 60), (40, 70), (90, 120)])
def test_beats_are_found_in_the_next_lead_and_are_unclassifiable(
    tree, two_leads, value, start, stop
):
    record = with_off((0, start, stop, value))
    seconds = stop - start
    with pytest.warns(
        UserWarning, match=rf"'MLII' is flat or missing for {seconds}\.0 s\..* 'V5'"
    ):
        found = annotate(tree, record, extractor=two_leads.extractor)
    inside = between(found.record.sample, start, stop)
    expected = between(FULL.sample, start, stop)
    assert abs(len(inside) - len(expected)) <= 2
    away = np.abs(inside[:, None] - expected).min(axis=1)
    assert np.quantile(away, 0.9) < 0.06 * FS
    is_inside = (found.record.sample >= (start + 1) * FS) & (found.record.sample < (stop - 1) * FS)
    assert set(found.record.symbol[is_inside].tolist()) == {"Q"}
    assert found.proba[is_inside].isna().all(axis=None)
    n_unknown = int((found.record.symbol == "Q").sum())
    assert found.skipped["count"].sum() == n_unknown >= len(inside) - 2


def test_the_rest_of_the_record_is_as_without_the_stretch(tree, two_leads):
    whole = annotate(tree, FULL, extractor=two_leads.extractor).record
    with pytest.warns(UserWarning, match="flat or missing"):
        found = annotate(tree, with_off((0, 0, 30, 0.0)), extractor=two_leads.extractor).record
    assert len(between(found.sample, 40, 120)) == len(between(whole.sample, 40, 120))


def test_where_all_leads_are_off_the_warning_has_the_seconds(tree, two_leads):
    record = with_off((0, 20, 50, 0.0), (1, 30, 60, np.nan))
    words = r"'MLII' .* 30\.0 s\. .*'V5' \(10\.0 s\).* No lead has a signal for 20\.0 s"
    with pytest.warns(UserWarning, match=words):
        found = annotate(tree, record, extractor=two_leads.extractor)
    assert not len(between(found.record.sample, 31, 49))
    assert len(between(found.record.sample, 21, 29))


def test_a_lead_outside_the_row_is_taken_too():
    beats = load_beats(simulate_records(4, duration=60, random_state=0), leads=["MLII"])
    tree = DecisionTreeClassifier(random_state=0).fit(beats.data, beats.target)
    with pytest.warns(UserWarning, match="'V5' .60.0 s."):
        found = annotate(tree, with_off((0, 0, 60, 0.0)), extractor=beats.extractor)
    expected = between(FULL.sample, 0, 60)
    assert abs(len(between(found.record.sample, 0, 60)) - len(expected)) <= 2
    assert "lead is off, beat found in another lead" in found.skipped["reason"].tolist()


def test_beats_are_not_looked_for_in_respiration(tree, two_leads):
    assert leads_to_search(with_off(names=("RESP", "V5")), [1]) == [1]
    record = with_off((0, 0, 60, 0.0), names=("MLII", "ABP"))
    assert leads_to_search(record, [0]) == [0]


@pytest.mark.parametrize("detector", ["sleepecg", "gqrs"])
def test_without_such_a_stretch_the_beats_are_those_of_the_first_lead(tree, two_leads, detector):
    with warnings.catch_warnings(action="error", category=UserWarning):
        found = annotate(tree, FULL, extractor=two_leads.extractor, detector=detector)
    assert len(found.record.sample) == len(detect_beats(FULL.signal[:, 0], FS, detector=detector))


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        (np.r_[np.zeros(20), np.cos(np.arange(40))], range(20)),
        (np.r_[np.cos(np.arange(40)), np.full(20, 5.0)], range(40, 60)),
        (np.r_[np.cos(np.arange(40)), np.full(19, 5.0)], ()),  # shorter than 2 s at 10 Hz
        (np.r_[np.cos(np.arange(40)), np.full(5, np.nan), np.cos(np.arange(9))], range(40, 45)),
        (np.r_[np.cos(np.arange(40)), np.full(4, np.nan), np.cos(np.arange(9))], ()),
        (np.r_[np.full(5, np.nan), np.cos(np.arange(40))], range(5)),
        (np.r_[np.ones(12), np.full(12, np.nan), np.cos(np.arange(1, 9))], range(24)),
        (np.r_[np.tile([0.0, 0.01], 15), 0.01 * np.arange(2, 40)], range(30)),  # one step of noise
        (np.tile([0.0] * 9 + [1.0], 4), ()),  # pulses
        (np.full(30, np.nan), range(30)),
        (np.full(9, 1.0), ()),
    ],
)
def test_stretches_without_signal(lead, expected):
    np.testing.assert_array_equal(np.flatnonzero(without_signal(lead, 10.0)), list(expected))


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_detect_beats_warns_of_the_seconds_without_signal(value):
    lead = FULL.signal[:, 0].copy()
    lead[: round(30 * FS)] = value
    with pytest.warns(UserWarning, match=r"flat or missing for 30\.0 s of 120\.0 s"):
        found = detect_beats(lead, FS)
    assert found[0] >= 30 * FS
    with warnings.catch_warnings(action="error", category=UserWarning):
        detect_beats(FULL.signal[:, 0], FS)


def test_the_longest_stretch_without_a_beat():
    off = np.zeros(100, dtype=bool)
    assert longest_without_beat(np.array([40, 50]), off, 10) == (5.0, 10.0)
    assert longest_without_beat(np.array([70, 90]), off, 10) == (0.0, 7.0)
    off[10:60] = True  # of 0 to 70, only 60 to 70 and 0 to 10 have a signal
    assert longest_without_beat(np.array([70, 75]), off, 10) == (7.5, 10.0)
    assert longest_without_beat(np.array([], dtype=int), ~off & False, 10) == (0.0, 10.0)


def test_a_minute_of_hum_without_beats_is_told(tree, two_leads):
    hum = 0.05 * np.sin(2 * np.pi * 60 * np.arange(round(60 * FS)) / FS)
    with pytest.warns(UserWarning, match=r"no beat from 3\d\.\d s to .* in lead 'MLII'"):
        annotate(tree, with_off((0, 30, 90, hum)), extractor=two_leads.extractor)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        annotate(tree, FULL, extractor=two_leads.extractor)
