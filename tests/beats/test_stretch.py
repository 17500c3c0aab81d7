"""Rows of some beats of a recording are those of the whole recording."""

import dataclasses
import itertools

import numpy as np
import pytest

import skecg
from skecg.beats._stretch import WholeRecord, cut_stretch
from skecg.preprocessing._resample import lead_medians

LEADS = ("II", "V5")


def _extractor(**params):
    settings = {"window": (0.28, 0.28), "fs": 125, "context": 30, "neighbors": 2}
    settings |= {"leads": list(LEADS), "missing_leads": "zeros", "classes": "symbols"}
    return skecg.BeatExtractor(**settings | params)


def _record(fs, duration=180, gaps=True):
    record = skecg.simulate_record(duration, fs=fs, leads=LEADS, random_state=2)
    signal = record.signal.copy()
    if gaps:
        for start, stop, leads in [(20, 24.5, [0]), (50, 50.3, [0, 1]), (90, 110, [0, 1])]:
            signal[int(start * fs) : int(stop * fs), leads] = np.nan
    return dataclasses.replace(record, signal=signal)


def _whole(record):
    medians = [lead_medians(lead, np.isnan(lead)) for lead in record.signal.T]
    return WholeRecord(record.name, record.fs, record.n_samples, (0, 1), np.array(medians))


def _reader(record, seen):
    def read(first, last):
        seen.append((first, last))
        return record.signal[first:last]

    return read


@pytest.mark.parametrize(("fs", "context"), [(125, 30), (257, 30), (360, 30), (250, None)])
def test_rows_of_a_stretch_are_those_of_the_whole_recording(fs, context):
    record, extractor = _record(fs), _extractor(context=context)
    expected = extractor.extract(record)
    n, seen = len(record.sample), []
    cuts = [0, 1, 2, n // 7, n // 2, n // 2 + 1, n - 3, n]  # among them beats next to gaps
    parts = [
        cut_stretch(extractor, _whole(record), _reader(record, seen), record.sample, slice(*cut))
        for cut in itertools.pairwise(cuts)
    ]
    kept = np.concatenate([part.kept for part in parts])
    np.testing.assert_array_equal(record.sample[kept], expected.meta["sample"])
    peak = np.concatenate([part.peak for part in parts])
    np.testing.assert_array_equal(peak[kept], expected.meta["peak"])
    # equal to the last bit with most versions of NumPy, whose order of adding differs
    data = np.concatenate([part.data for part in parts])
    np.testing.assert_allclose(data, expected.data, rtol=0, atol=1e-6)
    if context is None:
        assert max(last - first for first, last in seen) < record.n_samples


def test_hours_without_beats_are_not_read():
    record, extractor = _record(125, gaps=False), _extractor()
    late = 4 * 3600 * 125
    medians = np.zeros(2, dtype=np.float32)
    whole = WholeRecord("a", 125.0, late + record.n_samples, (0, 1), medians)
    seen = []

    def read(first, last):
        seen.append(last - first)
        signal = np.zeros((last - first, 2), dtype=np.float32)
        for start in (0, late):
            a, b = max(first, start), min(last, start + record.n_samples)
            if a < b:
                signal[a - first : b - first] = record.signal[a - start : b - start]
        return signal

    sample = np.concatenate([record.sample, record.sample + late])
    own = slice(len(record.sample) - 20, len(record.sample) + 20)
    rows = cut_stretch(extractor, whole, read, sample, own)
    assert sum(seen) <= 2 * record.n_samples + 20 * 125
    joined = skecg.ECGRecord(
        read(0, whole.n_samples), 125, LEADS, sample, ["N"] * len(sample), name="a"
    )
    expected = extractor.extract(joined)
    inside = np.isin(expected.meta["sample"], sample[own])
    np.testing.assert_allclose(rows.data, expected.data[inside], rtol=0, atol=1e-6)


def test_a_lead_that_cannot_be_used_is_missing_from_the_rows():
    record, extractor = _record(250, 60, gaps=False), _extractor()
    n = len(record.sample)
    usable = np.ones((2, n), dtype=bool)
    usable[0] = False
    of_mask = cut_stretch(
        extractor, _whole(record), _reader(record, []), record.sample, slice(0, n), usable
    )
    alone = dataclasses.replace(record, signal=record.signal[:, 1:], lead_names=("V5",))
    of_missing = extractor.extract(alone)
    np.testing.assert_allclose(of_mask.data, of_missing.data, atol=1e-6)


def test_other_beats_are_not_compared_with_a_lead_that_cannot_be_used():
    record, extractor = _record(250, 60, gaps=False), _extractor()
    n = len(record.sample)
    usable = np.ones((2, n), dtype=bool)
    usable[1, 19:31] = False  # the baseline of the next beats reaches to beats 19 and 30
    noisy = record.signal.copy()
    first, last = record.sample[20] - 20, record.sample[29] + 20
    noisy[first:last, 1] = np.random.default_rng(0).normal(size=last - first)
    same = (_whole(record), slice(0, n), usable)
    rows = [
        cut_stretch(extractor, same[0], _reader(one, []), record.sample, same[1], same[2])
        for one in (record, dataclasses.replace(record, signal=noisy))
    ]
    np.testing.assert_array_equal(rows[0].data, rows[1].data)
    layout = extractor.extract(record).layout
    beats = np.flatnonzero(rows[0].kept)
    of_lead = [i for i, name in enumerate(layout.feature_names) if "lead1" in name]
    assert not rows[0].data[np.isin(beats, range(19, 31))][:, of_lead].any()
    assert rows[0].data[beats == 18][:, of_lead].any()


def test_a_gap_in_one_lead_leaves_the_row_to_the_other():
    record = _record(250)
    kept = set(_extractor().extract(record).meta["sample"])
    in_gap = record.sample[(record.sample > 20 * 250) & (record.sample < 24 * 250)]
    assert len(in_gap) and set(in_gap.tolist()) <= kept
    without = _extractor(missing_leads="error").extract(record)
    assert not set(in_gap.tolist()) & set(without.meta["sample"])


def test_beats_without_a_usable_lead_keep_their_time_in_a_stretch():
    record, extractor = _record(250, gaps=False), _extractor()
    n = len(record.sample)
    usable = np.ones((2, n), dtype=bool)
    usable[:, ::5] = False  # their time is the position, of which halves of a sample are rounded
    sample = record.sample | 1
    whole = dataclasses.replace(_whole(record), medians=None)
    read = _reader(record, [])
    expected = cut_stretch(extractor, whole, read, sample, slice(0, n), usable)
    for first in range(n - 20, n - 16):
        own = slice(first, first + 10)
        rows = cut_stretch(extractor, _whole(record), read, sample, own, usable)
        start = expected.kept[:first].sum()
        np.testing.assert_array_equal(rows.data, expected.data[start : start + len(rows.data)])
