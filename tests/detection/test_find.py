"""Beats of a stretch in all of its leads by the detector "auto", and the state of each lead."""

import numpy as np
import pytest

import skecg
from skecg import detect_beats, simulate_record
from skecg.detection import _network
from skecg.detection._find import MARGIN, LeadState, block_step, ecg_leads, find_beats
from skecg.detection._pick import move_to_peaks, pick_beats
from skecg.detection._scale import CELL, RATE, scaled_lead

FULL = simulate_record(240, fs=250, random_state=2)
FS = FULL.fs


def found(signal, fs=FS, **options):
    names = [f"L{i}" for i in range(signal.shape[1])]
    return find_beats(signal, fs, names, "auto", **options)


def errors(reference, sample, fs=FS):
    """Return the number of missed and of extra beats."""
    away = np.abs(reference[:, None] - sample) > 0.1 * fs
    return away.all(axis=1).sum() + away.all(axis=0).sum()


WHOLE = found(FULL.signal)


def test_every_beat_of_a_simulated_recording_is_found_on_its_peak():
    assert errors(FULL.sample, WHOLE.sample) == 0
    away = np.abs(FULL.sample[:, None] - WHOLE.sample).min(axis=1)
    assert np.quantile(away, 0.95) <= 2
    assert WHOLE.p_beat.dtype == np.float32 and (WHOLE.p_beat > 0.6).all()
    assert WHOLE.state.shape == (2, len(FULL.signal)) and not WHOLE.state.any()


@pytest.mark.parametrize("fs", [60, 128, 257, 360, 1000])
def test_beats_are_found_at_any_rate(fs):
    record = simulate_record(60, fs=fs, ventricular=0, random_state=3)
    assert errors(record.sample, found(record.signal, fs).sample, fs) == 0


@pytest.mark.parametrize("scale", [0.1, -1.0, 10.0])
def test_unit_and_sign_do_not_matter(scale):
    scaled = found(np.float32(scale) * FULL.signal + 3)
    assert errors(WHOLE.sample, scaled.sample) == 0


# ---- stretches


@pytest.mark.parametrize("fs", [250, 360, 128, 257])
def test_beats_do_not_depend_on_how_a_recording_is_cut(fs):
    record = simulate_record(200, fs=fs, random_state=4)
    signal = record.signal.copy()
    signal[round(70 * fs) : round(78 * fs), 0] = 0
    signal[round(90.3 * fs) : round(131.7 * fs), 1] = np.nan
    signal[round(100 * fs) : round(101 * fs)] += 20
    whole = found(signal, fs)
    step, margin = block_step(fs), round(MARGIN * fs)
    for start, stop in ((0, 37), (37, 38), (38, 91), (91, 160), (160, 200)):
        start, stop = round(start * fs) + 3, round(stop * fs) + 3
        first = max(0, start - margin) // step * step
        part = found(signal[first : stop + margin], fs, origin=first)
        sample = part.sample + first
        inside = (sample >= start) & (sample < stop)
        expected = (whole.sample >= start) & (whole.sample < stop)
        np.testing.assert_array_equal(sample[inside], whole.sample[expected])
        np.testing.assert_allclose(part.p_beat[inside], whole.p_beat[expected], atol=1e-5)
        np.testing.assert_array_equal(
            part.state[:, start - first : stop - first], whole.state[:, start:stop]
        )


# ---- leads


def test_a_lead_that_is_off_does_not_matter():
    signal = FULL.signal.copy()
    signal[10_000:20_000, 0] = 0
    signal[30_000:40_000, 1] = np.nan
    both = found(signal)
    assert errors(FULL.sample, both.sample) == 0
    assert set(both.state[0]) == {LeadState.USABLE, LeadState.FLAT}
    assert (both.state[1, 30_000:40_000] == LeadState.MISSING).all()


def test_a_lead_of_noise_is_told_and_does_not_matter():
    signal = FULL.signal.copy()
    signal[20_000:50_000, 0] = np.random.default_rng(0).normal(0, 0.5, 30_000)
    noisy = found(signal)
    assert errors(FULL.sample, noisy.sample) == 0
    assert (noisy.state[0, 25_000:45_000] == LeadState.NOISY).mean() > 0.9
    assert not noisy.state[1].any()


def test_where_no_lead_has_a_signal_there_are_no_beats():
    signal = FULL.signal.copy()
    signal[20_000:40_000, 0] = 1
    signal[25_000:45_000, 1] = np.nan
    sample = found(signal).sample
    assert not ((sample >= 25_000) & (sample < 40_000)).any()
    outside = (FULL.sample < 25_000) | (FULL.sample >= 40_000)
    assert errors(FULL.sample[outside], sample) <= 1
    assert not len(found(np.full((5000, 2), np.nan)).sample)


def test_noise_alone_has_no_beats():
    rng = np.random.default_rng(0)
    hum = np.sin(2 * np.pi * 50 * np.arange(15_000) / FS)
    for noise in (rng.normal(0, 0.3, 15_000), rng.normal(0, 1, 15_000).cumsum() / 50, hum):
        assert len(found(noise[:, None].astype(np.float32)).sample) <= 3


def test_only_the_chosen_leads_are_searched():
    signal = np.column_stack([FULL.signal, np.sin(np.arange(len(FULL.signal)) / 40)])
    names = ("MLII", "V5", "RESP")
    assert ecg_leads(names) == [0, 1]
    by_name = find_beats(signal, FS, names, "auto")
    np.testing.assert_array_equal(by_name.sample, WHOLE.sample)
    second = find_beats(signal, FS, names, "auto", leads=[1])
    np.testing.assert_array_equal(second.sample, found(FULL.signal[:, [1]]).sample)


@pytest.mark.parametrize("detector", ["sleepecg", lambda x, fs: [10, 20]])
def test_other_detectors_search_the_first_lead_that_is_usable(detector):
    signal = FULL.signal[:10_000].copy()
    one = find_beats(signal, FS, ["a", "b"], detector)
    np.testing.assert_array_equal(one.sample, detect_beats(signal[:, 0], FS, detector=detector))
    assert np.isnan(one.p_beat).all()
    signal[:5000, 0] = 0
    other = find_beats(signal, FS, ["a", "b"], detector).sample
    np.testing.assert_array_equal(
        other[other < 4900], (b := detect_beats(signal[:, 1], FS, detector=detector))[b < 4900]
    )


def test_detect_beats_takes_several_leads():
    np.testing.assert_array_equal(detect_beats(FULL.signal, FS), WHOLE.sample)
    signal = FULL.signal.copy()
    signal[:10_000, 0] = 0
    with pytest.warns(UserWarning, match=r"leads that are all flat or missing for 20\.0 s"):
        signal[:5000, 1] = np.nan
        by_sleepecg = detect_beats(signal, FS, detector="sleepecg")
    assert errors(FULL.sample[FULL.sample > 5000], by_sleepecg) <= 8  # wide ones


# ---- rhythm and length


def beats_at(seconds, duration):
    """A lead with narrow beats and T waves at these times, and a little noise."""
    t = (np.arange(round(duration * FS)) / FS)[:, None] - np.asarray(seconds)
    waves = np.exp(-((t / 0.02) ** 2)) + 0.25 * np.exp(-(((t - 0.26) / 0.07) ** 2))
    noise = np.random.default_rng(0).normal(0, 0.01, len(t))
    return (waves.sum(axis=1) + noise)[:, None].astype(np.float32)


@pytest.mark.parametrize("rate", [30, 60, 150])
def test_slow_and_fast_rhythms(rate):
    times = np.arange(2, 58, 60 / rate)
    assert errors(FS * times, found(beats_at(times, 60)).sample) == 0


def test_pauses_are_not_filled():
    times = np.r_[np.arange(2, 20, 0.8), np.arange(24, 40, 0.8), np.arange(46, 58, 0.8)]
    assert errors(FS * times, found(beats_at(times, 60)).sample) == 0


@pytest.mark.parametrize("n_samples", [250, 375, 500])
def test_short_signals_are_reproducible(n_samples):
    signal = FULL.signal[1000 : 1000 + n_samples, 0]
    inside = (FULL.sample >= 1000) & (FULL.sample < 1000 + n_samples)
    first = detect_beats(signal, FS)
    assert abs(len(first) - inside.sum()) <= 1
    np.testing.assert_array_equal(detect_beats(signal, FS), first)


def test_sleepecg_refuses_what_is_shorter_than_its_learning_phase():
    with pytest.raises(ValueError, match=r"2 s or longer. Got 375 .* detector='auto'"):
        detect_beats(FULL.signal[:375, 0], FS, detector="sleepecg")


# ---- parts


def test_scaled_lead_has_the_rate_and_unit_of_the_network():
    lead = FULL.signal[:, 0]
    usable = np.ones(len(lead), dtype=bool)
    scaled = scaled_lead(lead, usable, FS)
    assert len(scaled) == 240 * RATE and scaled.dtype == np.float32
    heights = np.ptp(np.sinh(scaled).reshape(-1, CELL), axis=1)
    assert np.median(heights) == pytest.approx(5, rel=0.1)
    np.testing.assert_allclose(scaled_lead(7 * lead, usable, FS), scaled, atol=1e-3)
    assert not scaled_lead(np.zeros(1000), np.zeros(1000, dtype=bool), FS).any()


def test_pick_beats_keeps_the_more_probable_of_two_close_ones():
    logits = np.full(100, -20.0)
    for frame, height in ((20, 4.0), (24, 2.0), (60, 3.0)):
        logits[frame - 1 : frame + 2] = [height - 1, height, height - 1]
    place, p_beat = pick_beats(logits.astype(np.float32))
    np.testing.assert_allclose(place, 4 * np.array([20, 60]) + 1.5)
    assert (p_beat > 0.9).all()


def test_move_to_peaks_keeps_two_beats_apart():
    lead = np.zeros((1, 400), dtype=np.float32)
    lead[0, [99, 100, 101, 300]] = np.arcsinh(np.sqrt([1, 4, 2.5, 9]) * [1, 1, 1, -1])
    weight = np.ones((1, 100), dtype=np.float32)
    moved = move_to_peaks(np.array([96.0, 303.0]), lead, weight)
    np.testing.assert_allclose(moved, [100.0 + 1 / 6, 300.0], atol=1e-5)
    place = np.array([95.0, 105.0])
    np.testing.assert_array_equal(move_to_peaks(place, lead, weight), place)


def test_weights_are_checked():
    weights = dict(_network.beat_network().weights)
    assert sum(value.size for value in weights.values()) == 36_660
    weights["stem"] = weights["stem"][:-1]
    with pytest.raises(ValueError, match="Install skecg again"):
        _network.checked(weights)


@pytest.mark.records
def test_the_strip_of_the_front_page_has_every_beat():
    from skecg.cli._demo import _real_record

    record = _real_record()
    sample = detect_beats(record.signal, record.fs)
    inside = sample[(sample >= 250 * record.fs) & (sample < 270 * record.fs)]
    assert np.diff(inside).max() < 1.3 * record.fs
    assert skecg.detect_beats(record.signal[:, 0], record.fs).tolist() == sample.tolist()


@pytest.mark.parametrize("noise", [0.002, 0.02])
def test_asystole_is_no_noise(noise):
    fs = int(FS)
    signal, span = FULL.signal[: 60 * fs].copy(), slice(20 * fs, 40 * fs)
    wander = 0.1 * np.sin(np.pi * np.arange(20 * fs) / fs / 2)[:, np.newaxis]
    quiet = noise * np.random.default_rng(0).normal(size=(20 * fs, 2)) + wander
    signal[span] = quiet
    beats = found(signal)
    inside = (beats.sample > 20.2 * fs) & (beats.sample < 39.8 * fs)
    assert not inside.any() and (beats.state == LeadState.USABLE).mean() > 0.95
    signal[span] = 100 * quiet
    assert (found(signal).state[:, 22 * fs : 38 * fs] == LeadState.NOISY).mean() > 0.9


def test_a_lead_of_hum_next_to_a_good_one_is_noisy():
    fs = int(FS)
    signal, span = FULL.signal.copy(), slice(60 * fs, 180 * fs)
    signal[span, 0] = 2 * np.sin(2 * np.pi * 50 * np.arange(120 * fs) / fs)
    whole = found(signal)
    assert errors(FULL.sample, whole.sample) == 0
    assert (whole.state[0, span] == LeadState.NOISY).mean() > 0.9
    assert not whole.state[1].any() and not whole.state[0, : 58 * fs].any()
    first, margin = 110 * fs // block_step(fs) * block_step(fs), round(MARGIN * fs)
    part = found(signal[first - margin : 120 * fs + margin], origin=first - margin)
    core = part.state[:, margin : margin + 120 * fs - first]
    np.testing.assert_array_equal(core, whole.state[:, first : 120 * fs])


def test_leads_of_one_electrode_or_of_few_beats_are_not_compared():
    one, few = FULL.signal[:, :1], FULL.signal[: int(3 * FS)]
    assert not found(one).state.any() and not found(few).state.any()
