import dataclasses
import math

import numpy as np
import pytest

import skecg
from skecg import ECGRecord, RecordError, add_noise, simulate_record
from skecg.datasets._nst import alternate

FS = 100.0
SPIKES = np.arange(50, 6000, 100)  # a beat a second, for a minute


def spikes(heights, *, symbol="N", name="spikes"):
    """A flat record but for one sample at each beat; one list of heights, or a number, a lead."""
    signal = np.zeros((6000, len(heights)), dtype=np.float32)
    for i, height in enumerate(heights):
        signal[SPIKES, i] = height
    symbol = np.broadcast_to(symbol, SPIKES.shape)
    return ECGRecord(signal, FS, None, SPIKES, symbol, name=name, subject="s1")


def sine(*amplitudes, fs=FS, duration=60.0, name="noise"):
    """Sine waves of 5 Hz, so that each second holds whole periods."""
    time = np.arange(round(duration * fs)) / fs
    return ECGRecord(np.outer(np.sin(2 * np.pi * 5 * time), amplitudes), fs, name=name)


def rms(signal):
    return np.sqrt(np.square(signal, dtype=float).mean(axis=0))


@pytest.mark.parametrize("snr", [-6, 0, 24.0])
def test_sine_as_high_as_the_beats_has_the_ratio_of_0_db(snr):
    # a sine of peak-to-peak amplitude 2 mV has power 2 ** 2 / 8, that of beats 2 mV high
    clean = spikes([2.0])
    added = add_noise(clean, sine(5.0), snr, random_state=0).signal - clean.signal
    np.testing.assert_allclose(added.max(), 10 ** (-snr / 20), rtol=1e-5)
    np.testing.assert_allclose(rms(added), 10 ** (-snr / 20) / math.sqrt(2), rtol=1e-5)


def test_each_lead_has_the_ratio_asked():
    clean = spikes([1.0, -4.0])
    added = add_noise(clean, sine(0.1, 30.0), 0, random_state=0).signal - clean.signal
    np.testing.assert_allclose(rms(added), np.array([1, 4]) / math.sqrt(8), rtol=1e-5)


@pytest.mark.parametrize("noise", ["baseline", "muscle", "motion"])
def test_simulated_noise_has_the_ratio_asked(noise):
    clean = spikes([1.0, 2.0])
    added = add_noise(clean, noise, 6.0, random_state=3).signal - clean.signal
    wanted = np.array([1, 2]) / math.sqrt(8) * 10 ** (-6 / 20)
    np.testing.assert_allclose(rms(added), wanted, rtol=1e-5)
    np.testing.assert_allclose(added.mean(axis=0), 0, atol=1e-5)


def test_infinite_ratio_gives_the_record_itself():
    clean = spikes([1.0])
    assert add_noise(clean, "muscle", math.inf) is clean


def test_all_but_the_signal_stays():
    clean = simulate_record(20.0, name="sim7", random_state=0)
    noisy = add_noise(clean, "motion", 12, random_state=0)
    assert (noisy.name, noisy.subject, noisy.fs) == ("sim7", "simulated:sim7", clean.fs)
    assert noisy.lead_names == clean.lead_names and noisy.other == clean.other
    np.testing.assert_array_equal(noisy.sample, clean.sample)
    np.testing.assert_array_equal(noisy.symbol, clean.symbol)
    assert noisy.signal.dtype == np.float32 and not noisy.signal.flags.writeable


def test_gaps_stay_gaps():
    signal = spikes([1.0, 2.0]).signal.copy()
    signal[1000:1500, 1] = np.nan
    clean = ECGRecord(signal, FS, None, SPIKES, np.full(SPIKES.shape, "N"))
    noisy = add_noise(clean, "muscle", 0, random_state=0)
    np.testing.assert_array_equal(np.isnan(noisy.signal), np.isnan(signal))


def test_largest_and_smallest_twentieth_and_ventricular_beats_do_not_count():
    # 50 normal beats: 2 each side are left out of the mean, 10 ventricular ones of it all
    heights = np.full(60, 2.0)
    heights[:2], heights[48:50], heights[50:] = 0.1, 70.0, 9.0
    symbol = np.array(["N"] * 50 + ["V", "F", "E", "r", "V"] * 2)
    clean = spikes([heights], symbol=symbol)
    added = add_noise(clean, sine(1.0), 0, random_state=0).signal - clean.signal
    np.testing.assert_allclose(rms(added), 2 / math.sqrt(8), rtol=1e-4)


def test_record_of_ventricular_beats_alone_is_measured_at_them():
    clean = spikes([3.0], symbol="V")
    added = add_noise(clean, "muscle", 0, random_state=0).signal - clean.signal
    np.testing.assert_allclose(rms(added), 3 / math.sqrt(8), rtol=1e-5)


def test_wander_counts_only_where_block_is_none_or_the_record_is_bw():
    clean = spikes([math.sqrt(8)])
    wander = np.repeat([-3.0, 3.0], 3000)  # changes between blocks, not within
    noise = sine(math.sqrt(2)).signal[:, 0] + wander  # mean square 1 in blocks, 10 in all

    def size(name, **params):
        noisy = add_noise(clean, ECGRecord(noise, FS, name=name), 0, **params, random_state=0)
        return rms(noisy.signal - clean.signal)

    np.testing.assert_allclose(size("em"), math.sqrt(10), rtol=1e-5)
    np.testing.assert_allclose(size("em", block=None), 1, rtol=1e-5)
    np.testing.assert_allclose(size("bw"), 1, rtol=1e-5)
    np.testing.assert_allclose(size("bw", block=1), math.sqrt(10), rtol=1e-5)


def test_loudest_twentieth_of_blocks_does_not_count():
    noise = np.tile([1.0, -1.0], 3000)
    noise[700:800] *= 100  # one second of sixty
    clean = spikes([math.sqrt(8)])
    added = add_noise(clean, ECGRecord(noise, FS), 0, random_state=0).signal - clean.signal
    np.testing.assert_allclose(np.median(np.abs(added)), 1, rtol=1e-5)


def test_leads_of_noise_are_used_in_turn():
    clean = spikes([1.0, 1.0, 1.0])
    time = np.arange(6000) / FS
    noise = ECGRecord(np.sin(2 * np.pi * np.outer(time, [5, 8])), FS)
    added = add_noise(clean, noise, 0, random_state=0).signal - clean.signal
    spectrum = np.abs(np.fft.rfft(added, axis=0))
    assert (spectrum.argmax(axis=0) / 60).tolist() == [5, 8, 5]
    assert not np.allclose(added[:, 0], added[:, 2], atol=1e-3)  # each from its own start


def test_short_noise_is_repeated():
    clean = spikes([1.0])
    noise = ECGRecord(np.random.default_rng(0).normal(size=700), FS)
    added = add_noise(clean, noise, 0, random_state=0).signal - clean.signal
    np.testing.assert_allclose(added[700:1400], added[:700], atol=1e-5)


def test_noise_is_resampled_to_the_record():
    clean = spikes([1.0])
    added = add_noise(clean, sine(1.0, fs=360.0), 0, random_state=0).signal - clean.signal
    assert np.abs(np.fft.rfft(added[:, 0])).argmax() == 5 * 60
    np.testing.assert_allclose(rms(added), 1 / math.sqrt(8), rtol=1e-3)  # ends of the filter


def test_random_state_gives_equal_noise_at_every_ratio():
    clean = spikes([1.0, 2.0])
    at = [add_noise(clean, "motion", snr, random_state=5).signal for snr in (20, 0, 0)]
    np.testing.assert_array_equal(at[1], at[2])
    np.testing.assert_allclose(10 * (at[0] - clean.signal), at[1] - clean.signal, atol=1e-5)
    other = add_noise(clean, "motion", 0, random_state=6).signal
    assert not np.allclose(other, at[1], atol=1e-2)


def test_stretch_draws_a_strength_for_each_stretch_and_lead():
    clean = spikes([1.0, 1.0])
    flat = ECGRecord(np.tile([1.0, -1.0], 3000), FS)  # of size 1 wherever one looks
    always = add_noise(clean, flat, 0, random_state=0).signal - clean.signal
    noisy = add_noise(clean, flat, 0, stretch=5.0, random_state=0).signal - clean.signal
    strength = noisy / always
    assert strength.min() > -1e-6 and strength.max() < 1 + 1e-5
    nodes = strength[::500]
    assert np.isclose(nodes[..., None], [0, 0.25, 0.5, 1], atol=1e-5).any(axis=2).all()
    assert not np.allclose(nodes[:, 0], nodes[:, 1])
    np.testing.assert_allclose(
        strength[250:5500:500], (nodes[:-1] + nodes[1:])[:11] / 2, atol=1e-5
    )


def test_flat_lead_gets_no_noise_and_a_warning():
    clean = spikes([1.0, 0.0])
    with pytest.warns(UserWarning, match="'spikes': lead1 is flat at its beats"):
        noisy = add_noise(clean, "muscle", 0, random_state=0)
    assert not noisy.signal[:, 1].any() and noisy.signal[:, 0].any()


def test_record_without_beats_raises():
    record = ECGRecord(np.ones(100), FS, name="bare")
    with pytest.raises(RecordError, match=r"'bare': has no reference beats.*its annotator"):
        add_noise(record, "muscle", 0)


def test_record_whose_beats_are_in_gaps_raises():
    signal = np.full((6000, 1), np.nan)
    record = ECGRecord(signal, FS, ["V5"], SPIKES, np.full(SPIKES.shape, "N"))
    with pytest.raises(RecordError, match="all beats are in gaps of lead 'V5'"):
        add_noise(record, "muscle", 0)


@pytest.mark.parametrize(
    "params, error, words",
    [
        ({"record": np.ones(9)}, TypeError, "'record' .* must be an ECGRecord.* Got ndarray"),
        ({"noise": "em"}, ValueError, "'noise' .* 'baseline', 'muscle', 'motion'. Got 'em'"),
        ({"noise": 3}, TypeError, "'noise' .* Got int instead"),
        ({"noise": ECGRecord(np.ones(500), FS)}, ValueError, "'noise' .* must not be flat"),
        ({"snr": math.nan}, ValueError, "'snr' .* at least -100. Got nan"),
        ({"snr": -math.inf}, ValueError, "'snr' .* Got -inf"),
        ({"snr": "6"}, TypeError, "'snr' .* must be a finite number .* Got '6'"),
        ({"stretch": 0}, ValueError, "'stretch' .* above 0. Got 0"),
        ({"block": -1.0}, ValueError, "'block' .* above 0. Got -1.0"),
        ({"block": "second"}, TypeError, "'block' .* Got 'second'"),
        ({"random_state": "seed"}, TypeError, "'random_state'"),
    ],
)
def test_invalid_parameters_raise(params, error, words):
    call = {"record": spikes([1.0]), "noise": "muscle", "snr": 6.0} | params
    with pytest.raises(error, match=words):
        add_noise(**call)


def test_nothing_is_printed(capsys):
    add_noise(spikes([1.0]), "muscle", 6, stretch=1.0)
    assert capsys.readouterr() == ("", "")


# -- the schedule of nst, worked out by hand from its manual


def long_spikes(heights, seconds, name="long"):
    """A flat record of spikes, a beat a second."""
    beats = np.arange(50, int(seconds * FS), 100)
    signal = np.zeros((int(seconds * FS), len(heights)), dtype=np.float32)
    signal[beats] = heights
    symbol = np.full(len(beats), "N")
    return ECGRecord(signal, FS, None, beats, symbol, name=name, subject="s1")


def test_nst_adds_noise_in_two_of_four_minutes_after_five():
    clean = long_spikes([2.0], 800)
    noise = sine(5.0, duration=1000)
    noisy = add_noise(clean, noise, 0, schedule="nst")
    added = (noisy.signal - clean.signal)[:, 0]
    moves = np.abs(np.diff(added, prepend=0)) > 1e-4
    assert not added[:30_000].any()
    # noise from 300 to 420, 540 to 660 and 780 to 800 s
    for low, high in ((300, 420), (540, 660), (780, 800)):
        assert moves[int(low * FS) : int(high * FS) - 1].mean() > 0.9
    for low, high in ((420, 540), (660, 780)):
        assert not moves[int(low * FS) : int(high * FS) - 1].any()
    # 2 mV high beats, amplitude 1 mV for 0 dB, on an offset that cancels the step at 300 s
    inside = added[30000:42000]
    np.testing.assert_allclose(np.ptp(inside), 2, rtol=0.02)
    # the first noisy sample moves from the level before as the noise does
    np.testing.assert_allclose(
        added[30000], np.diff(noise.signal[29999:30001, 0])[0] / 5, atol=1e-5
    )
    # the level stays where noise ends
    assert np.ptp(added[41999:54000]) < 1e-6
    # no step anywhere: at most that of the sine, 2 pi 5 / 100 mV a sample
    assert np.abs(np.diff(added)).max() <= 2 * np.pi * 5 / FS


def test_nst_takes_noise_from_its_beginning_in_all_leads_without_randomness():
    clean = long_spikes([1.0, 2.0], 400)
    ramp = ECGRecord(
        np.arange(40_000)[:, None] % 700 / 100 * [[1.0]], FS, name="em"
    )  # one lead of noise for both
    first = add_noise(clean, ramp, 6, schedule="nst", random_state=1)
    second = add_noise(clean, ramp, 6, schedule="nst", random_state=2)
    assert np.array_equal(first.signal, second.signal)
    added = first.signal - clean.signal
    np.testing.assert_allclose(added[:, 1], 2 * added[:, 0], atol=1e-4)
    # the noise at 300 s is that at 300 s of the recording of noise: 30 000 % 700 = 600
    falls = 30_000 + 100  # 700 samples after the last multiple
    assert np.argmin(np.diff(added[30_000:30_700, 0])) == falls - 30_000 - 1


def test_nst_measures_the_first_five_minutes_of_the_noise():
    clean = long_spikes([2.0], 500)
    quiet = sine(1.0, duration=1000).signal
    louder = quiet.copy()
    louder[int(300 * FS) :] *= 3
    gained = [
        add_noise(clean, ECGRecord(one, FS, name="em"), 0, schedule="nst").signal - clean.signal
        for one in (quiet, louder)
    ]
    # measured alike; three times as loud where it is added
    np.testing.assert_allclose(np.ptp(gained[1]), 3 * np.ptp(gained[0]), rtol=1e-3)


def test_nst_measures_beats_within_50_ms():
    clean = long_spikes([1.0], 400)
    signal = clean.signal.copy()
    signal[clean.sample + 8] = -9  # 80 ms after each beat
    far = ECGRecord(signal, FS, None, clean.sample, clean.symbol, name="far", subject="s1")
    noise = sine(1.0, duration=1000)
    for record in (clean, far):
        added = add_noise(record, noise, 0, schedule="nst").signal - record.signal
        np.testing.assert_allclose(np.ptp(added), 1, rtol=0.02)


def test_nst_measures_wander_in_blocks_of_a_second():
    clean = long_spikes([1.0], 400)
    bw = sine(1.0, duration=1000, name="bw")
    em = sine(1.0, duration=1000, name="em")
    found = [add_noise(clean, noise, 0, schedule="nst").signal for noise in (bw, em)]
    assert np.array_equal(*found)


def test_nst_repeats_noise_that_is_too_short():
    clean = long_spikes([1.0], 420)
    noise = sine(1.0, duration=60)
    added = add_noise(clean, noise, 0, schedule="nst").signal - clean.signal
    assert np.ptp(added[-100:]) > 0.5


def test_nst_takes_simulated_noise_too():
    clean = long_spikes([1.0], 400)
    added = add_noise(clean, "muscle", 0, schedule="nst", random_state=0).signal - clean.signal
    assert not added[:30_000].any() and added[30_100:].any()


def test_nst_needs_more_than_five_minutes_and_no_stretch():
    with pytest.raises(RecordError, match=r"must be longer than 300 s.* It has 300.0 s"):
        add_noise(long_spikes([1.0], 300), "muscle", 0, schedule="nst")
    with pytest.raises(ValueError, match=r"'stretch' .* must be None with schedule='nst'"):
        add_noise(long_spikes([1.0], 400), "muscle", 0, schedule="nst", stretch=3)
    with pytest.raises(ValueError, match="'schedule' parameter of add_noise"):
        add_noise(spikes([1.0]), "muscle", 0, schedule="nts")


def test_nst_offsets_cancel_the_steps_sample_by_sample():
    noise = np.array([3.0, 5, 4, 4, 2, 6, 7, 9, 8], dtype=np.float32)[:, None]
    is_noisy = np.array([0, 0, 1, 1, 1, 0, 0, 1, 0], dtype=bool)
    assert alternate(noise, is_noisy)[:, 0].tolist() == [0, 0, -1, -1, -3, -3, -3, -1, -1]


def test_gain_by_nst_worked_out_by_hand():
    # 400 beats a second apart: of the first 300 that are normal, 15 small and 15 large ones are
    # trimmed, and 270 of 1.6 mV remain: S = 1.6^2 / 8 = 0.32 mV^2
    heights = np.full(500, 1.6)
    heights[:15], heights[15:30], heights[310:] = 0.1, 9.0, 5.0
    symbol = np.full(500, "N")
    symbol[100:110] = "V"  # not counted, and measured with another height
    heights[100:110] = 4.0
    clean = long_spikes(heights[:, None], 500)
    clean = dataclasses.replace(clean, symbol=symbol)
    # noise: +-0.1 in each of 300 s about a mean that changes each second, 15 s silent and 15 s
    # loud ones are trimmed: N = 0.1^2 = 0.01 mV^2. What is after 300 s is not measured
    size = np.full(500, 0.1)
    size[:15], size[15:30], size[300:] = 0.0, 7.0, 0.3
    wander = np.arange(500) % 7
    noise = np.repeat(size, 100) * np.tile([1.0, -1.0], 25_000) + np.repeat(wander, 100)
    noisy = add_noise(clean, ECGRecord(noise, FS, name="em"), 6, schedule="nst")
    # 6 dB = 10 log(S / (N a^2)): a^2 = 0.32 / 0.01 / 10^0.6 = 8.038, a = 2.835
    added = np.asarray(noisy.signal - clean.signal, dtype=float)[30_000:42_000, 0]
    inside = np.abs(np.diff(added)[np.arange(11_999) % 100 < 99])  # within seconds
    np.testing.assert_allclose(inside, 2 * 0.3 * 2.835, rtol=1e-3)


@pytest.mark.records
def test_nst_makes_the_published_record_118e06(records_folder):
    """Numbers of the first lead of 118e06 in the MIT-BIH Noise Stress Test Database.

    They were found by regression of 118e06 less 118 on em: gains of 1.481, 1.485 and 1.484 in
    the first three changes between noise and no noise, all between the same samples.
    """
    clean = skecg.read_record(records_folder / "mitdb" / "118")
    em = skecg.read_record(records_folder / "nstdb" / "em", annotator=None)
    noisy = add_noise(clean, em, 6, schedule="nst")
    added = (noisy.signal - clean.signal).astype(float)[:, 0]
    moved = np.flatnonzero(np.abs(np.diff(added)) > 1e-4) + 1
    assert moved.min() == 108_000  # 5:00, of 360 Hz
    assert not moved[(moved >= 151_200) & (moved < 194_400)].size  # 7:00 to 9:00
    # noise is in step with the record: the sixth minute of em is in the sixth minute
    i = np.arange(108_000, 151_200)
    gain, offset = np.polyfit(em.signal[i, 0].astype(float), added[i], 1)
    np.testing.assert_allclose(added[i], gain * em.signal[i, 0] + offset, atol=1e-3)
    assert abs(20 * np.log10(gain / 1.483)) < 0.06  # dB
    # offsets: -68 units of 1/200 mV, then the level -357 from 7:00 on
    assert abs(200 * offset + 68.4) < 2
    assert abs(200 * added[151_200] + 357.0) < 2
    # the first noisy samples of 118e06 less 118, in the same units
    first = [16, 21.5, 20.5, 31]
    np.testing.assert_allclose(200 * added[108_000:108_004], first, atol=2.5)


def test_noise_that_is_flat_where_nst_measures_it_is_refused():
    signal = np.sin(np.arange(40_000))
    signal[:33_000] = 0.3  # its mean in float32 is not exactly 0.3
    with pytest.raises(ValueError, match="flat in the first 300 s, where it is measured"):
        add_noise(long_spikes([2.0], 600), ECGRecord(signal, FS), 0, schedule="nst")
