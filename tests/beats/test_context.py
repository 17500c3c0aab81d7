"""Rows with context: values of their columns, and changes that do not affect them."""

import dataclasses

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from skecg import (
    BeatAugmenter,
    BeatExtractor,
    BeatNormalizer,
    ECGRecord,
    WaveletDenoiser,
    annotate,
    load,
    load_beats,
    read_beats,
    save,
    simulate_record,
    write_beats,
)
from skecg.beats._atrial import ATRIAL
from skecg.beats._context import CELL, scalar_names
from skecg.beats._rhythm import RHYTHM
from skecg.beats._rhythm_around import AROUND
from skecg.beats._shape import SHAPE
from skecg.persistence._spec import from_spec, to_spec

FS = 125


def bump(time, at, width, height):
    return height * np.exp(-0.5 * ((time - at) / width) ** 2)


def beat_record(times, *, heights=None, widths=None, fs=FS, seconds=None, leads=1, **fields):
    """Beats of P wave, QRS complex and T wave at these times; lead i is i + 1 times as high."""
    times = np.asarray(times, float)
    time = np.arange(round((seconds or times[-1] + 2) * fs)) / fs
    lead = np.zeros(time.size)
    for i, at in enumerate(times):
        height = 1 if heights is None else heights[i]
        width = 0.01 if widths is None else widths[i]
        near = np.abs(time - at) < 0.6
        lead[near] += bump(time[near], at, width, height)
        lead[near] += bump(time[near], at - 0.16, 0.02, 0.1 * height)
        lead[near] += bump(time[near], at + 0.25, 0.04, 0.2 * height)
    signal = np.column_stack([lead * (i + 1) for i in range(leads)])
    names = [f"L{i}" for i in range(leads)]
    sample = np.round(times * fs).astype(int)
    fields.setdefault("symbol", ["N"] * len(times))
    return ECGRecord(signal, fs, names, sample, **fields)


def extract(record, **params):
    return BeatExtractor(
        **{"window": (0.28, 0.28), "context": 60, "edges": "pad"} | params
    ).extract(record)


def column(beats, name):
    return beats.data[:, beats.feature_names.index(name)]


@pytest.fixture(scope="module")
def noisy():
    """Ten minutes of two leads with ectopic beats and noise, at 125 Hz."""
    return simulate_record(600, fs=125, ventricular=0.1, supraventricular=0.05, random_state=0)


# --- values of the columns


def test_equal_beats_are_like_their_median():
    beats = extract(beat_record(np.arange(1, 41)))
    middle = slice(2, -2)  # whose windows lie inside
    for name in ("qrs_correlation", "p_correlation", "t_correlation", "like_before", "like_after"):
        np.testing.assert_allclose(column(beats, name)[middle], 1, atol=1e-3)
    for name in ("qrs_difference", "qrs_amplitude", "qrs_width", "qrs_area", "similar", "lag"):
        np.testing.assert_allclose(column(beats, name)[middle], 0, atol=1e-3)
    difference = beats.layout.waveform(beats.data)[middle, 0, 0, 1]
    np.testing.assert_allclose(difference, 0, atol=1e-3)


def test_signal_channel_is_in_units_of_the_median_beat():
    beats = extract(beat_record(np.arange(1, 41), heights=[3.0] * 40))
    signal = beats.layout.waveform(beats.data)[20, 0, 0, 0]
    assert signal.argmax() == 35
    # the baseline of an isolated spike is nearly flat
    assert np.ptp(signal) == pytest.approx(1, abs=0.03)


def test_beat_of_twice_the_height_differs_by_its_own_size():
    heights = np.ones(60)
    heights[30] = 2
    beats = extract(beat_record(np.arange(1, 61), heights=heights))
    assert column(beats, "qrs_amplitude")[30] == pytest.approx(np.log(2), abs=0.01)
    assert column(beats, "qrs_difference")[30] == pytest.approx(1, abs=0.02)
    assert column(beats, "qrs_correlation")[30] == pytest.approx(1, abs=1e-3)
    # 2 a.b / (a.a + b.b) of a beat and its double
    assert column(beats, "like_before")[30] == pytest.approx(0.8, abs=0.01)
    assert column(beats, "qrs_amplitude_20")[30] == pytest.approx(np.log(2), abs=0.01)


def test_inverted_wide_beats_are_unlike_and_share_their_shape():
    times = np.arange(1, 61)
    heights, widths = np.ones(60), np.full(60, 0.01)
    heights[[20, 30, 40]], widths[[20, 30, 40]] = -1, 0.03
    beats = extract(beat_record(times, heights=heights, widths=widths), context=1000)
    assert (column(beats, "qrs_correlation")[[20, 30, 40]] < 0).all()
    assert (column(beats, "qrs_width")[[20, 30, 40]] > 0.5).all()
    np.testing.assert_allclose(column(beats, "similar")[[20, 30, 40]], np.log(3 / 60) / 3)
    np.testing.assert_allclose(column(beats, "normal_share"), np.log(58 / 60) / 1.5)


def test_missing_p_wave_is_seen():
    record = beat_record(np.arange(1, 61))
    signal = record.signal.copy()
    at = record.sample[30]
    signal[at - 35 : at - 8] = 0
    beats = extract(dataclasses.replace(record, signal=signal))
    p = column(beats, "p_difference")
    # ln(rms / size + 0.02) / 2 is near ln(0.02) / 2 for a beat that has its P wave
    assert np.median(p) == pytest.approx(np.log(0.02) / 2, abs=0.05)
    assert p[30] > np.median(p) + 0.5
    relative = column(beats, "p_difference_relative")
    assert relative[30] == pytest.approx(2 * (p[30] - np.median(p)), abs=0.05)


def test_early_beat_has_short_interval_before_and_long_after():
    times = np.arange(1.0, 61)
    times[30] -= 0.4
    beats = extract(beat_record(times))
    assert column(beats, "rr_before_normal")[30] == pytest.approx(np.log(0.6), abs=0.01)
    assert column(beats, "rr_after_normal")[30] == pytest.approx(np.log(1.4), abs=0.01)
    assert column(beats, "beat-1_rr_before_normal")[31] == pytest.approx(np.log(0.6), abs=0.01)


def test_neighbor_columns_are_those_of_the_neighbors(noisy):
    beats = extract(noisy, neighbors=2)
    for shift in (-2, -1, 1, 2):
        inside = slice(2, -2)
        for name in ("qrs_correlation", "rr_rank", "similar"):
            shifted = np.roll(column(beats, name), -shift)
            near = column(beats, f"beat{shift:+d}_{name}")
            np.testing.assert_array_equal(near[inside], shifted[inside])
    assert column(beats, "beat-2_there").tolist()[:3] == [0, 0, 1]
    assert column(beats, "beat+1_there").tolist()[-2:] == [1, 0]
    _, near, same = beats.layout.scalar_columns()
    assert near.shape == (4, 35)
    assert not beats.data[0, near[:2]].any()  # nothing is before the first beat
    np.testing.assert_array_equal(beats.data[5, near[1, 1:]], beats.data[4, same[1:]])


def test_names_are_distinct_and_of_each_lead(noisy):
    one, two = extract(noisy), extract(noisy, leads=[0, 1])
    for beats in (one, two):
        assert len(set(beats.feature_names)) == beats.data.shape[1]
        assert beats.layout.channels == ("signal", "difference")
    of_one = RHYTHM + AROUND + SHAPE + ATRIAL
    assert one.layout.scalars[: len(of_one)] == of_one
    own, _, _ = two.layout.scalar_columns(lead=1)
    assert [two.feature_names[i] for i in own] == [
        *RHYTHM,
        *AROUND,
        *(f"lead1_{name}" for name in SHAPE + ATRIAL),
    ]
    np.testing.assert_array_equal(column(two, "lead0_noise"), column(one, "noise"))
    np.testing.assert_array_equal(column(two, "rr_rank"), column(one, "rr_rank"))


def test_rows_take_less_than_six_kilobytes(noisy):
    sizes = [extract(noisy, leads=leads).data[0].nbytes for leads in ([0], [0, 1])]
    assert sizes == [2772, 4508]  # as in docs/guide/context.rst


def test_peaks_are_those_of_plain_rows(noisy):
    plain = BeatExtractor((0.28, 0.28), edges="pad").extract(noisy)
    assert extract(noisy).meta["peak"].tolist() == plain.meta["peak"].tolist()


def test_without_alignment_beats_stay_at_their_annotation():
    record = beat_record(np.arange(1, 41))
    shifted = dataclasses.replace(record, sample=record.sample + 3)
    beats = extract(shifted, align=False)
    assert beats.layout.waveform(beats.data)[20, 0, 0, 0].argmax() == 35 - 3
    assert not column(beats, "lag").any()


# --- changes that do not affect them


def test_no_label_is_used(noisy):
    symbol = np.random.default_rng(0).permutation(noisy.symbol)
    other = extract(dataclasses.replace(noisy, symbol=symbol))
    np.testing.assert_array_equal(other.data, extract(noisy).data)


def test_beats_that_make_no_row_are_context(noisy):
    whole = extract(noisy, edges="drop")
    some = extract(noisy, edges="drop", classes={"V": "V"})
    kept = whole.meta["symbol"] == "V"
    assert 10 < len(some.data) == kept.sum()
    np.testing.assert_array_equal(some.data, whole.data[kept])


@pytest.mark.parametrize("gain", [-1, 0.25, -4])
def test_gain_and_sign_of_a_lead_do_not_matter(noisy, gain):
    other = dataclasses.replace(noisy, signal=noisy.signal * np.float32(gain))
    plain, changed = extract(noisy), extract(other)
    # constants of 1 uV keep flat leads from dividing by zero
    np.testing.assert_allclose(changed.data, plain.data, atol=0.03)


def test_offset_of_labels_does_not_matter(noisy):
    shifted = dataclasses.replace(noisy, sample=(noisy.sample + 5).clip(max=noisy.n_samples - 1))
    plain, other = extract(noisy), extract(shifted)
    same = np.isclose(plain.data, other.data, atol=1e-6).all(axis=1)
    assert same.mean() > 0.9  # where two peaks of energy are in reach, another may be taken


def test_window_changes_no_scalar(noisy):
    narrow, wide = extract(noisy, window=(0.1, 0.1)), extract(noisy, window=(0.6, 0.5))
    np.testing.assert_array_equal(
        narrow.layout.scalar_values(narrow.data), wide.layout.scalar_values(wide.data)
    )


def test_plain_rows_know_nothing_of_context(noisy):
    plain = BeatExtractor().extract(noisy)
    other = BeatExtractor(neighbors=9).extract(noisy)
    np.testing.assert_array_equal(plain.data, other.data)
    assert plain.layout == other.layout
    assert BeatExtractor().context_extent is None


def test_rate_of_the_rows_hardly_matters():
    record = simulate_record(120, fs=360, ventricular=0.1, random_state=1)
    low, high = (extract(record, fs=fs) for fs in (125, 250))
    for name in ("rr_before_normal", "qrs_correlation", "qrs_difference", "qrs_width", "width"):
        away = np.abs(column(low, name) - column(high, name))
        assert np.median(away) < 0.1, name


@pytest.mark.parametrize("leads", [[0], [0, 1]])
def test_pieces_that_begin_on_the_grid_have_equal_rows_inside(leads):
    noisy = simulate_record(900, fs=FS, ventricular=0.1, supraventricular=0.05, random_state=0)
    start, stop = round(4 * CELL), 840  # seconds
    inside = (noisy.sample >= start * FS) & (noisy.sample < stop * FS)
    piece = dataclasses.replace(
        noisy,
        signal=noisy.signal[start * FS : stop * FS],
        sample=noisy.sample[inside] - start * FS,
        symbol=noisy.symbol[inside],
    )
    extractor = BeatExtractor((0.28, 0.28), context=60, neighbors=2, leads=leads)
    reach = extractor.context_extent
    assert reach == (30, 151, 36)
    time = piece.sample / FS
    first = np.searchsorted(time, time[reach.margin_beats] + reach.seconds) + reach.beats
    last = np.searchsorted(time, time[-1 - reach.margin_beats] - reach.seconds) - reach.beats
    safe = piece.sample[first:last]
    assert len(safe) > 100
    whole, part = extractor.extract(noisy), extractor.extract(piece)
    expected = whole.data[np.isin(whole.meta["sample"], safe + start * FS)]
    np.testing.assert_array_equal(part.data[np.isin(part.meta["sample"], safe)], expected)


def test_pieces_of_resampled_recordings_have_nearly_equal_rows_inside():
    record = simulate_record(600, fs=250, ventricular=0.1, random_state=3)
    inside = (record.sample >= 120 * 250) & (record.sample < 480 * 250)
    piece = dataclasses.replace(
        record,
        signal=record.signal[120 * 250 : 480 * 250],
        sample=record.sample[inside] - 120 * 250,
        symbol=record.symbol[inside],
    )
    whole, part = extract(record, fs=125), extract(piece, fs=125)
    time, time_there = (b.meta["sample"].to_numpy() for b in (part, whole))
    safe = (time > 130 * 250) & (time < 230 * 250)
    expected = whole.data[np.isin(time_there, time[safe] + 120 * 250)]
    # resampling takes off the median of the whole lead, so the last digits differ
    np.testing.assert_allclose(part.data[safe], expected, atol=1e-3)


# --- odd recordings


@pytest.mark.parametrize("n_beats", [1, 2, 3, 5])
def test_few_beats_make_finite_rows(n_beats):
    beats = extract(beat_record(np.arange(1, n_beats + 1)))
    assert beats.data.shape[0] == n_beats
    assert np.isfinite(beats.data).all()
    assert np.abs(beats.data).max() <= 4


def test_record_without_beats_has_no_rows():
    beats = extract(ECGRecord(np.sin(np.arange(2000.0)), FS))
    assert beats.data.shape == (0, beats.layout.n_features)


@pytest.mark.filterwarnings("error")
def test_flat_stretches_and_close_beats_make_finite_rows():
    times = np.concatenate((np.arange(1, 60), 60 + np.arange(40) * 0.05, np.arange(65, 120)))
    record = beat_record(times, seconds=200)
    signal = record.signal.copy()
    signal[70 * FS : 110 * FS] = 0.3
    sample = np.concatenate((record.sample, [130 * FS, 150 * FS, 199 * FS]))
    flat = ECGRecord(signal, FS, sample=sample, symbol=["N"] * len(sample))
    beats = extract(flat)
    assert len(beats.data) == len(sample)
    assert np.isfinite(beats.data).all()


def test_beats_in_a_gap_make_no_row_and_the_others_do():
    record = beat_record(np.arange(1, 121), leads=2)
    signal = record.signal.copy()
    signal[60 * FS : 65 * FS, 1] = np.nan
    beats = extract(dataclasses.replace(record, signal=signal), leads=[0, 1])
    assert beats.skipped["count"].tolist() == [6]  # at 60 s the window touches the gap
    assert len(beats.data) == 114
    assert np.isfinite(beats.data).all()


def test_more_beats_than_can_be_compared_are_thinned(monkeypatch, noisy):
    monkeypatch.setattr("skecg.beats._context._MOST_COMPARED", 30)
    beats = extract(noisy)
    assert np.isfinite(beats.data).all()
    assert np.median(column(beats, "qrs_correlation")) > 0.9
    assert column(beats, "similar").min() >= np.float32(np.log(1 / 30) / 3)


def test_low_rates_are_refused_with_the_way_out(noisy):
    with pytest.raises(ValueError, match=r"'fs' .* 100 Hz or more with context\. Got 62.5"):
        extract(noisy, fs=62.5)
    with pytest.raises(ValueError, match="fs=125 suffices"):
        extract(ECGRecord(np.sin(np.arange(900.0)), 60, sample=[300], symbol=["N"]))


# --- with the rest of the library


def test_load_beats_gives_the_rows_of_the_extractor(noisy):
    params = {"window": (0.28, 0.28), "context": 60, "fs": 125}
    together = load_beats([noisy, dataclasses.replace(noisy, name="b")], n_jobs=2, **params)
    alone = BeatExtractor(**params).extract(noisy)
    np.testing.assert_array_equal(together.data[: len(alone.data)], alone.data)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_files_of_rows_come_back_equal(tmp_path, ending):
    beats = extract(beat_record(np.arange(1, 11), leads=2), leads=[0, 1], neighbors=1, fs=125)
    write_beats(beats, tmp_path / f"beats.{ending}")
    again = read_beats(tmp_path / f"beats.{ending}")
    np.testing.assert_array_equal(again.data, beats.data)
    assert again.layout == beats.layout
    assert again.extractor.get_params() == beats.extractor.get_params()


def test_spec_of_an_extractor_keeps_context():
    extractor = BeatExtractor(context=600.0, neighbors=3)
    assert from_spec(to_spec(extractor)).get_params() == extractor.get_params()
    old = {"class": "BeatExtractor", "params": {"fs": 250.0}}
    assert from_spec(old).context is None
    assert from_spec(old).scalars == "basic"  # as it was written without the parameter


def test_saved_model_and_its_extractor_know_context(tmp_path, noisy):
    beats = extract(noisy, fs=125, neighbors=1)
    model = BeatNormalizer(layout=beats.layout).fit(beats.data)
    save(model, tmp_path / "model.skecg", beats=beats)
    again, info = load(tmp_path / "model.skecg", return_info=True)
    assert info.extractor.get_params() == beats.extractor.get_params()
    assert again.layout == beats.layout
    rows = info.extractor.extract(noisy).data
    np.testing.assert_array_equal(again.transform(rows), model.transform(beats.data))


def test_annotate_classifies_detected_beats_by_their_context(noisy):
    beats = extract(noisy, fs=125)
    tree = DecisionTreeClassifier(max_depth=4, random_state=0).fit(beats.data, beats.target)
    found = annotate(tree, noisy, extractor=beats.extractor)
    assert (found.record.symbol == "V").sum() > 10
    assert found.proba.notna().all(axis=None)


def test_transformers_change_only_waveforms(noisy):
    beats = extract(noisy)
    for transformer in (BeatNormalizer(layout=beats.layout), WaveletDenoiser(layout=beats.layout)):
        changed = transformer.fit_transform(beats.data)
        scalars = beats.layout.scalar_values(changed)
        np.testing.assert_array_equal(scalars, beats.layout.scalar_values(beats.data))
        assert (changed != beats.data).any()


def test_augmenter_changes_only_waveforms(noisy):
    beats = extract(noisy)
    methods = ("amplitude", "shift", "wander", "muscle")
    augmenter = BeatAugmenter(methods=methods, mix="all", layout=beats.layout, random_state=0)
    X, _ = augmenter.fit_resample(beats.data, beats.target)
    source = beats.data[augmenter.sample_indices_]
    np.testing.assert_array_equal(
        beats.layout.scalar_values(X), beats.layout.scalar_values(source)
    )
    assert (X != source).any()


def test_reach_is_stated_for_each_setting():
    assert BeatExtractor(context=600).context_extent == (30, 691, 36)
    assert BeatExtractor(context=300, neighbors=0).context_extent == (30, 391, 36)
    assert BeatExtractor(context=600, scalars="basic").context_extent == (15, 631, 33)
    assert BeatExtractor((0.6, 0.2), context=300).context_extent.seconds == pytest.approx(391.2)


def test_scalar_names_of_no_neighbors_are_those_of_the_beat():
    assert scalar_names(1, 0, "basic") == RHYTHM + SHAPE
    assert scalar_names(1, 0, "all") == RHYTHM + AROUND + SHAPE + ATRIAL
