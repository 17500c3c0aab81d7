"""Annotate one recording in blocks, with the leads that can be used."""

import dataclasses
import warnings

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

import skecg
from skecg.annotation import _detection
from skecg.annotation._annotate_record import annotate_record
from skecg.detection._find import FoundBeats, LeadState

FS = 250
LEADS = ("II", "V5")


@pytest.fixture(scope="module")
def record():
    return skecg.simulate_record(150, fs=FS, leads=LEADS, random_state=4)


@pytest.fixture(scope="module")
def extractor():
    return skecg.BeatExtractor(
        window=(0.28, 0.28), fs=125, context=30, leads=list(LEADS), missing_leads="zeros"
    )


@pytest.fixture(scope="module")
def tree(record, extractor):
    rows = extractor.extract(record)
    return DecisionTreeClassifier(max_depth=5, random_state=0).fit(rows.data, rows.target)


@pytest.fixture
def known_beats(record, monkeypatch):
    """A detector that finds the simulated beats where a lead has a signal, from any stretch."""

    def find(signal, fs, names, detector, *, origin=0, leads=None):
        state = np.where(np.isnan(signal), LeadState.MISSING, LeadState.USABLE).astype(np.uint8).T
        if detector == "noisy":
            noisy = np.arange(origin, origin + len(signal)) // FS % 50 > 45
            state[names.index("V5"), noisy] = LeadState.NOISY
        sample = record.sample - origin
        sample = sample[(sample >= 0) & (sample < len(signal))]
        sample = sample[(state[list(leads)][:, sample] == 0).any(axis=0)]
        return FoundBeats(sample, np.full(len(sample), 0.99, np.float32), state)

    monkeypatch.setattr(_detection, "find_beats", find)


def _with_gaps(record):
    signal = record.signal.copy()
    signal[20 * FS : 40 * FS, 0] = np.nan
    signal[70 * FS : 85 * FS] = np.nan
    return dataclasses.replace(record, signal=signal, sample=(), symbol=())


def _annotate(model, record, extractor, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return annotate_record(model, record, extractor, "noisy", **options)


def test_blocks_do_not_change_the_result(record, extractor, tree, known_beats, tmp_path):
    gaps = _with_gaps(record)
    path = skecg.write_record(gaps, tmp_path)
    whole = _annotate(tree, gaps, extractor)
    cut = record.sample[40] / FS  # in a QRS complex; the other ends of blocks are anywhere
    for source, block in ((gaps, cut), (path, 46.234)):
        found = _annotate(tree, source, extractor, block=block)
        assert found.beats.equals(whole.beats)
        assert found.quality.equals(whole.quality)
        assert found.skipped.equals(whole.skipped)
    assert set(whole.beats["leads"]) == {"II+V5", "II", "V5", ""}
    assert found.record.signal.shape == gaps.signal.shape


def test_a_gap_in_one_lead_leaves_the_classes_to_the_other(record, extractor, tree, known_beats):
    found = _annotate(tree, _with_gaps(record), extractor)
    beats = found.beats
    inside = beats["sample"].between(21 * FS, 39 * FS)
    assert inside.sum() > 15
    assert (beats["leads"][inside] == "V5").all() and (beats["symbol"][inside] != "Q").all()
    expected = [("II", "missing"), ("V5", "noisy"), ("II", "missing"), ("V5", "missing")]
    assert set(expected) <= set(zip(found.quality["lead"], found.quality["state"], strict=True))


def test_stretches_without_a_usable_lead_are_marked(record, extractor, tree, known_beats):
    found = _annotate(tree, _with_gaps(record), extractor)
    lost = found.quality[found.quality["state"] == "unusable"]
    assert lost[["start", "stop"]].to_numpy().tolist() == [[70 * FS, 85 * FS]]
    assert found.analysable == pytest.approx(135)
    assert not found.beats["sample"].between(70 * FS, 85 * FS - 1).any()
    assert "no lead can be used from 70.0 s to 85.0 s" in set(found.skipped["reason"])


def test_a_stretch_without_a_beat_is_said(record, extractor, tree, known_beats, monkeypatch):
    few = record.sample[(record.sample < 100 * FS) | (record.sample > 112 * FS)]
    monkeypatch.setattr(
        _detection,
        "find_beats",
        lambda signal, *_, **__: FoundBeats(
            few, np.ones(len(few), np.float32), np.zeros(signal.T.shape, np.uint8)
        ),
    )
    with pytest.warns(UserWarning, match=r"no beat found from 9\d\.\d s to 11\d\.\d s"):
        found = annotate_record(tree, record, extractor, "x")
    assert (found.quality["state"] == "no beat").sum() == 1


def test_warnings_come_once_whatever_the_blocks(record, extractor, tree, known_beats, tmp_path):
    path = skecg.write_record(_with_gaps(record), tmp_path)
    with pytest.warns(UserWarning) as caught:
        annotate_record(tree, path, extractor, "x", block=30)
    texts = [str(one.message) for one in caught]
    assert len(texts) == len(set(texts)) == 1
    assert "No lead can be used for 15.0 s" in texts[0]


def test_a_fault_of_the_files_is_said_once(record, extractor, tree, known_beats, tmp_path):
    path = skecg.write_record(record, tmp_path)
    header = path.with_suffix(".hea")
    first, *rest = header.read_text().splitlines()
    header.write_text("\n".join([f"{first} 27:00:00", *rest]) + "\n")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = annotate_record(tree, path, extractor, "auto", block=40)
        found.read(10, 20)
    assert ["the time and date" in str(one.message) for one in caught] == [True]


def test_short_gaps_without_which_beats_have_no_class_are_said(
    record, extractor, tree, known_beats
):
    signal = record.signal.copy()
    signal[: len(signal) // 2 : 20] = np.nan
    with pytest.warns(UserWarning, match=r"\d+ beats? whose window touches .* symbol Q"):
        found = annotate_record(tree, dataclasses.replace(record, signal=signal), extractor, "x")
    assert 0.3 < (found.beats["symbol"] == "Q").mean() < 0.7


def test_without_zeros_a_beat_needs_all_leads_of_the_row(record, extractor, tree, known_beats):
    both = skecg.BeatExtractor(**extractor.get_params() | {"missing_leads": "error"})
    found = _annotate(tree, _with_gaps(record), both)
    beats = found.beats
    assert (beats["symbol"][beats["sample"].between(21 * FS, 39 * FS)] == "Q").all()
    counts = found.skipped.set_index("reason")["count"]
    assert counts["window touches a gap in the signal"] > 15
    assert counts["window touches a flat or noisy stretch"] > 5
    assert counts.sum() == (beats["symbol"] == "Q").sum()


def test_read_returns_a_stretch_with_its_beats_and_time(record, tree, extractor, known_beats):
    import datetime

    timed = dataclasses.replace(
        record, start_date=datetime.date(2020, 2, 29), start_time=datetime.time(23, 59, 30)
    )
    found = _annotate(tree, timed, extractor)
    assert found.start == datetime.datetime(2020, 2, 29, 23, 59, 30)
    part = found.read(60, 100)
    assert (part.duration, part.start_date) == (40, datetime.date(2020, 3, 1))
    assert part.start_time == datetime.time(0, 0, 30)
    inside = found.beats["sample"].between(60 * FS, 100 * FS - 1)
    np.testing.assert_array_equal(part.sample, found.beats["sample"][inside] - 60 * FS)


@pytest.mark.parametrize(("start", "stop"), [(-2, 10), (-2, -1), (20, 10), (1000, None), ("a", 3)])
def test_read_refuses_a_stretch_that_is_not_there(
    record, tree, extractor, known_beats, start, stop
):
    found = annotate_record(tree, record, extractor, "auto")
    with pytest.raises(ValueError, match="'stop' parameters of AnnotatedRecord"):
        found.read(start, stop)


def test_leads_chooses_those_that_are_used(record, tree, extractor, known_beats):
    found = _annotate(tree, record, extractor, leads=["V5"])
    assert found.lead_names == ("V5",) and set(found.beats["leads"]) <= {"V5", ""}
    with pytest.raises(ValueError, match="'leads' parameter of annotate must be names of leads"):
        annotate_record(tree, record, extractor, "x", leads=["aVR"])


@pytest.mark.slow
def test_a_long_recording_streams_with_the_shipped_models(tmp_path, monkeypatch):
    from skecg.records._stretches import SignalReader

    record = skecg.simulate_record(2100, leads=["II", "V5", "V1"], random_state=8)
    signal = record.signal.copy()
    signal[300 * FS : 420 * FS, 0] = 0.1
    signal[700 * FS : 760 * FS] = np.nan
    record = dataclasses.replace(record, signal=signal, sample=(), symbol=())
    path = skecg.write_record(record, tmp_path)
    model, info = skecg.load_pretrained(return_info=True)
    read, seen = SignalReader.read, []

    def watched(self, first, last):
        seen.append(last - first)
        return read(self, first, last)

    monkeypatch.setattr(SignalReader, "read", watched)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = annotate_record(model, record, info.extractor, "auto")
        found = annotate_record(model, path, info.extractor, "auto", block=97.3)
    assert found.beats.equals(whole.beats) and len(found.beats) > 1000
    assert found.quality.equals(whole.quality)
    assert max(seen) < 2100 * FS  # the context of 10 minutes on both sides, and no more


@pytest.mark.records
@pytest.mark.parametrize("name", ["mitdb/106", "svdb/800", "edb/sele0107"])
def test_real_recordings_are_the_same_in_blocks(records_folder, name):
    model, info = skecg.load_pretrained(return_info=True)
    path = records_folder / name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = annotate_record(model, path, info.extractor, "auto")
        found = annotate_record(model, path, info.extractor, "auto", block=611.37)
    assert found.beats.equals(whole.beats) and found.quality.equals(whole.quality)
