import re

import numpy as np
import pytest
from scipy.signal import periodogram

from skecg.beats import load_beats
from skecg.datasets import load_simulated, simulate_record, simulate_records
from skecg.records import read_record, write_record
from skecg.tables import BEAT_SYMBOLS

QUIET = {"wander": 0.0, "muscle": 0.0, "mains": 0.0, "motion": 0.0}
ONLY_SINUS = {"supraventricular": 0.0, "ventricular": 0.0, "fusion": 0.0}


def beats_of(record, symbol, before, after, lead=0):
    """Windows in s around the beats of one symbol, (n_beats, n_samples)."""
    window = np.arange(round(before * record.fs), round(after * record.fs))
    at = record.sample[record.symbol == symbol]
    at = at[(at + window[0] >= 0) & (at + window[-1] < record.n_samples)]
    return record.signal[at[:, None] + window, lead]


def half_width(beat, fs):
    """Seconds around the centre over which a beat stays beyond half of its centre's height."""
    centre = len(beat) // 2
    high = np.abs(beat) > np.abs(beat[centre]) / 2
    left = centre - np.argmin(high[centre::-1])
    right = centre + np.argmin(high[centre:])
    return (right - left - 1) / fs


@pytest.fixture(scope="module")
def rich():
    """Five minutes without noise, with beats of all kinds, at a steady 60 a minute."""
    return simulate_record(
        300.0,
        fs=500.0,
        heart_rate=60.0,
        rr_std=0.0,
        supraventricular=0.05,
        ventricular=0.1,
        fusion=0.05,
        variation=0.0,
        random_state=1,
        **QUIET,
    )


def test_simulate_record_is_a_record_in_millivolts():
    record = simulate_record(12.0, fs=360.0, leads=["V1", "aVF"], random_state=0)
    assert record.signal.shape == (4320, 2)
    assert record.signal.dtype == np.float32
    assert record.fs == 360.0 and record.lead_names == ("V1", "aVF")
    assert 0.5 < np.abs(record.signal).max() < 5


def test_simulate_record_says_that_it_is_simulated():
    record = simulate_record(5.0, name="sim007", random_state=0)
    assert (record.name, record.subject) == ("sim007", "simulated:sim007")
    assert simulate_record(5.0, subject="someone", random_state=0).subject == "someone"


@pytest.mark.parametrize("rate", [40.0, 75.0, 150.0])
def test_simulate_record_has_a_beat_for_each_interval(rate):
    record = simulate_record(120.0, heart_rate=rate, rr_std=0.0, random_state=0, **ONLY_SINUS)
    assert abs(len(record.sample) - 2 * rate) <= 1
    np.testing.assert_allclose(np.diff(record.sample) / record.fs, 60 / rate, atol=0.009)


def test_simulate_record_varies_intervals_as_asked():
    record = simulate_record(1200.0, rr_std=0.05, random_state=0, **ONLY_SINUS)
    rr = np.diff(record.sample) / record.fs
    assert rr.mean() == pytest.approx(60 / 70, rel=0.01)
    assert rr.std() == pytest.approx(0.05, rel=0.2)  # of one draw of random phases


def test_simulate_record_intervals_vary_at_the_two_frequencies_of_the_paper():
    record = simulate_record(3600.0, heart_rate=90.0, random_state=0, **ONLY_SINUS)
    at = record.sample / record.fs
    rr = np.interp(np.arange(at[1], at[-1], 0.25), at[1:], np.diff(at))
    freq, power = periodogram(rr, 4.0)
    low, high, all_power = (
        power[(freq > a) & (freq < b)].sum() for a, b in [(0.05, 0.15), (0.17, 0.33), (0.01, 2)]
    )
    assert (low + high) / all_power > 0.9
    assert low / high == pytest.approx(0.5, rel=0.25)  # of one draw; intervals sample breath


def test_simulate_record_labels_the_peak_in_the_first_lead(rich):
    near = beats_of(rich, "N", -0.1, 0.102)
    assert (np.argmax(np.abs(near), axis=1) == 50).all()


def test_simulate_record_has_the_shares_of_beats_that_were_asked(rich):
    counts = {s: int((rich.symbol == s).sum()) for s in "NSVF"}
    # of about 304 beats, four more than without the early S; rounded, and one may fall outside
    assert counts["N"] == pytest.approx(0.8 * 304, abs=4)
    assert counts["V"] == pytest.approx(30, abs=2)
    assert counts["S"] == pytest.approx(15, abs=2) and counts["F"] == pytest.approx(15, abs=2)
    assert set(rich.symbol.tolist()) == set("NSVF") <= BEAT_SYMBOLS


def test_simulate_record_never_has_two_ectopic_beats_in_a_row():
    shares = {"supraventricular": 0.2, "ventricular": 0.2, "fusion": 0.1}
    record = simulate_record(300.0, random_state=0, **shares)
    ectopic = record.symbol != "N"
    assert ectopic.mean() == pytest.approx(0.5, abs=0.02)
    assert not (ectopic[1:] & ectopic[:-1]).any()


def test_simulate_record_ventricular_beats_come_early_with_a_full_pause(rich):
    rr = np.diff(rich.sample) / rich.fs
    at = np.flatnonzero(rich.symbol[:-1] == "V")
    assert (rr[at - 1] < 0.85).all()
    np.testing.assert_allclose(rr[at - 1] + rr[at], 2.0, atol=0.005)


def test_simulate_record_supraventricular_beats_come_early_with_a_shorter_pause(rich):
    rr = np.diff(rich.sample) / rich.fs
    at = np.flatnonzero(rich.symbol[:-1] == "S")
    assert (rr[at - 1] < 0.9).all()
    assert (rr[at] >= 1.0).all()
    assert (rr[at - 1] + rr[at] < 1.99).all()


def test_simulate_record_fusion_beats_come_about_when_due(rich):
    rr = np.diff(rich.sample) / rich.fs
    before = rr[np.flatnonzero(rich.symbol == "F") - 1]
    # the peak of a fusion beat is where its larger part has it
    assert ((before > 0.85) & (before < 1.05)).all()


@pytest.mark.parametrize("seed", range(8))
def test_simulate_record_ventricular_beats_are_wide(seed):
    record = simulate_record(
        120.0, fs=500.0, ventricular=0.1, random_state=seed, fusion=0.0, **QUIET
    )
    widths = {
        symbol: np.median([half_width(b, 500.0) for b in beats_of(record, symbol, -0.2, 0.202)])
        for symbol in "NSV"
    }
    assert widths["V"] > 1.4 * widths["N"]
    assert widths["S"] == pytest.approx(widths["N"], abs=0.006)


@pytest.mark.parametrize("seed", range(8))
def test_simulate_record_ventricular_qrs_lasts_120_ms(seed):
    leads = ["I", "aVF", "V2"]  # about left, down and front
    record = simulate_record(
        120.0, fs=500.0, leads=leads, ventricular=0.2, fusion=0.0, random_state=seed, **QUIET
    )
    size = {
        s: np.sqrt(sum(beats_of(record, s, -0.12, 0.14, i) ** 2 for i in range(3))) for s in "NV"
    }
    long = {s: np.median((x > 0.08 * x.max()).sum(axis=1)) / 500.0 for s, x in size.items()}
    assert 0.06 < long["N"] < 0.12 <= long["V"] < 0.2


def test_simulate_record_ventricular_t_wave_points_the_other_way(rich):
    ventricular = beats_of(rich, "V", 0.0, 0.45)
    qrs, t = ventricular[:, 0], ventricular[:, 150:]
    largest = np.take_along_axis(t, np.abs(t).argmax(axis=1)[:, None], axis=1)[:, 0]
    assert (np.sign(largest) == -np.sign(qrs)).all()
    normal = beats_of(rich, "N", 0.0, 0.45)[:, 75:]
    assert (normal.max(axis=1) > 0.2).all()


def test_simulate_record_only_ventricular_beats_lack_a_p_wave(rich):
    # far enough from the QRS on either side, and against the line between the ends
    rise = {}
    for symbol in "NVF":
        p = beats_of(rich, symbol, -0.22, -0.11)
        rise[symbol] = np.median(np.ptp(p, axis=1))
    assert rise["N"] > 0.08 and rise["F"] > 0.08
    assert rise["V"] < 0.04


def test_simulate_record_supraventricular_p_wave_differs(rich):
    normal, early = (np.median(beats_of(rich, symbol, -0.2, -0.06), axis=0) for symbol in "NS")
    assert np.abs(normal - early).max() > 0.05


def test_simulate_record_fusion_beats_lie_between(rich):
    mean = {s: beats_of(rich, s, -0.1, 0.1, lead=1).mean(axis=0) for s in "NVF"}

    def distance(a, b):
        return np.linalg.norm(mean[a] - mean[b])

    assert distance("F", "N") < distance("V", "N")
    assert distance("F", "V") < distance("V", "N")


def test_simulate_record_leads_are_projections_of_one_heart():
    leads = ["I", "II", "III", "aVR", "aVL", "aVF"]
    one, two, three, right, left, foot = simulate_record(
        10.0, leads=leads, random_state=0, **QUIET
    ).signal.T
    np.testing.assert_allclose(three, two - one, atol=3e-4)  # Einthoven, in steps of 1e-4 mV
    np.testing.assert_allclose(right + left + foot, 0, atol=3e-4)  # Goldberger
    alone = simulate_record(10.0, leads="III", random_state=0, **QUIET)
    np.testing.assert_allclose(alone.signal[:, 0], three, atol=1e-5)


def test_simulate_record_t_wave_follows_the_root_of_the_interval():
    peaks = []
    for rate in (50.0, 100.0):
        record = simulate_record(
            60.0, fs=1000.0, heart_rate=rate, rr_std=0.0, variation=0.0, random_state=0,
            **QUIET, **ONLY_SINUS,
        )  # fmt: skip
        peaks.append(0.1 + beats_of(record, "N", 0.1, 0.45).mean(axis=0).argmax() / 1000)
    assert peaks[0] / peaks[1] == pytest.approx(np.sqrt(2), rel=0.03)  # R and T peak in mV sums


@pytest.mark.parametrize("mains_freq", [50.0, 60.0])
def test_simulate_record_mains_hum_is_a_line_in_the_spectrum(mains_freq):
    record = simulate_record(
        60.0, **{**QUIET, "mains": 0.05}, mains_freq=mains_freq, random_state=0
    )
    freq, power = periodogram(record.signal[:, 0], record.fs)
    high = freq > 40
    assert freq[high][power[high].argmax()] == pytest.approx(mains_freq, abs=0.5)


def test_simulate_record_leaves_out_mains_beyond_half_the_rate():
    with_mains, without = (
        simulate_record(10.0, fs=100.0, mains=m, random_state=0).signal for m in (1.0, 0.0)
    )
    np.testing.assert_array_equal(with_mains, without)


@pytest.mark.parametrize(
    ("noise", "low", "high"),
    [("muscle", 20, 100), ("motion", 1, 8), ("wander", 0, 1), ("mains", 49, 51)],
)
def test_simulate_record_noise_has_its_strength_and_band(noise, low, high):
    clean = simulate_record(600.0, fs=500.0, random_state=3, **QUIET)
    noisy = simulate_record(600.0, fs=500.0, random_state=3, **{**QUIET, noise: 0.1})
    difference = (noisy.signal - clean.signal)[:, 0]
    freq, power = periodogram(difference, 500.0)
    assert power[(freq >= low) & (freq <= high)].sum() / power.sum() > 0.8  # soft edges
    expected = 0.1 / np.sqrt(2) if noise == "mains" else 0.1
    assert difference.std() == pytest.approx(expected, rel=0.4)  # leads and draws differ


def test_simulate_record_without_noise_is_the_same_recording_cleaned():
    noisy, clean = (simulate_record(20.0, random_state=5, **p) for p in ({}, QUIET))
    np.testing.assert_array_equal(noisy.sample, clean.sample)
    assert 0 < np.abs(noisy.signal - clean.signal).max() < 0.6


def test_simulate_record_adds_an_offset_to_each_lead():
    zero = simulate_record(5.0, random_state=0).signal
    moved = simulate_record(5.0, offset=[3.0, -9.0], random_state=0).signal
    np.testing.assert_allclose(moved - zero, np.tile([3.0, -9.0], (1250, 1)), atol=1e-5)


@pytest.mark.parametrize("shift", [0.06, -0.032])
def test_simulate_record_shifts_all_labels_by_a_constant(shift):
    on_peak = simulate_record(30.0, random_state=0)
    shifted = simulate_record(30.0, label_shift=shift, random_state=0)
    expected = on_peak.sample + round(shift * 250)
    np.testing.assert_array_equal(shifted.sample, expected[(expected >= 0) & (expected < 7500)])
    np.testing.assert_array_equal(shifted.signal, on_peak.signal)


@pytest.mark.parametrize("rate", [30.0, 180.0])
def test_simulate_record_beats_stay_apart(rate):
    record = simulate_record(
        120.0, heart_rate=rate, rr_std=0.3, supraventricular=0.2, ventricular=0.2, random_state=0
    )
    # 0.3 s between the model's R peaks; the largest deflection is some samples off in V
    assert np.diff(record.sample).min() / record.fs > 0.2


def test_simulate_record_is_reproducible_and_seeds_differ():
    first, again, other = (simulate_record(10.0, random_state=s) for s in (7, 7, 8))
    assert first == again
    assert not np.array_equal(first.signal, other.signal)


@pytest.mark.parametrize("random_state", [None, 0, np.random.default_rng(0)])
def test_simulate_record_leaves_the_global_state_alone(random_state):
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    simulate_record(2.0, random_state=random_state)
    assert np.random.random() == expected


def test_simulate_record_takes_a_random_state_object():
    one, two = (simulate_record(2.0, random_state=np.random.RandomState(4)) for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"duration": 0}, ValueError, "'duration' parameter of simulate_record must be"),
        (
            {"duration": "1"},
            TypeError,
            "'duration' parameter of simulate_record must be a finite num",
        ),
        ({"fs": 20.0}, ValueError, "'fs' .* at least 50. Got 20.0 instead"),
        ({"fs": float("nan")}, ValueError, "'fs' .* must be a finite number"),
        ({"heart_rate": 300}, ValueError, "'heart_rate' .* at least 30 and at most 180"),
        ({"muscle": -1}, ValueError, "'muscle' .* at least 0. Got -1"),
        ({"leads": ("MLII", "D9")}, ValueError, "'leads' .* out of I, II, III.*'D9'"),
        ({"leads": ("V5", "V5")}, ValueError, "different leads"),
        ({"leads": ()}, ValueError, "one or more"),
        ({"ventricular": 0.6}, ValueError, re.escape("at most 0.5 in sum")),
        ({"random_state": -1}, ValueError, "'random_state' .* int of at least 0.* Got -1"),
        ({"random_state": "seed"}, TypeError, "'random_state' .* Got 'seed'"),
        ({"offset": [1, 2, 3]}, ValueError, "one for each of the 2 leads"),
    ],
)
def test_simulate_record_of_invalid_parameters_raises(params, error, message):
    with pytest.raises(error, match=message):
        simulate_record(**params)


def test_simulate_records_subjects_differ():
    records = simulate_records(6, duration=60.0, random_state=0)
    assert [r.subject for r in records] == [f"simulated:sim{i:03d}" for i in range(6)]
    assert len({len(r.sample) for r in records}) > 3
    shapes = [np.median(beats_of(r, "N", -0.2, 0.4), axis=0) for r in records]
    distances = [np.abs(a - b).max() for i, a in enumerate(shapes) for b in shapes[:i]]
    assert min(distances) > 0.1


def test_simulate_records_of_fewer_subjects_are_the_first_ones():
    few, many = (simulate_records(n, duration=10.0, random_state=0) for n in (2, 4))
    assert few == many[:2]


def test_simulate_records_pass_parameters_on():
    records = simulate_records(
        2, duration=60.0, variation=0.0, fs=100.0, leads=["V2"], heart_rate=50.0, random_state=0,
        **ONLY_SINUS,
    )  # fmt: skip
    for record in records:
        assert record.signal.shape == (6000, 1)
        assert set(record.symbol.tolist()) == {"N"}
        assert abs(len(record.sample) - 50) <= 1


def test_simulate_records_meet_the_shares_on_average():
    records = simulate_records(60, duration=60.0, ventricular=0.08, random_state=0)
    share = np.mean(np.concatenate([r.symbol for r in records]) == "V")
    assert share == pytest.approx(0.08, rel=0.35)  # shares differ tenfold between subjects


@pytest.mark.parametrize("n_subjects", [0, -3])
def test_simulate_records_of_no_subjects_raise(n_subjects):
    with pytest.raises(ValueError, match="'n_subjects' parameter of simulate_records"):
        simulate_records(n_subjects)


def test_simulate_records_of_a_fraction_of_a_subject_raise():
    with pytest.raises(TypeError, match=r"must be a positive int\. Got 2\.5"):
        simulate_records(2.5)


def test_load_simulated_is_load_beats_of_simulated_records():
    beats = load_simulated(3, duration=30.0, random_state=0, leads=["V5"], window=(0.2, 0.3))
    expected = load_beats(
        simulate_records(3, duration=30.0, random_state=0), leads=["V5"], window=(0.2, 0.3)
    )
    np.testing.assert_array_equal(beats.data, expected.data)
    np.testing.assert_array_equal(beats.target, expected.target)
    assert set(beats.groups.tolist()) == {f"simulated:sim00{i}" for i in range(3)}


def test_load_simulated_describes_its_beats_as_simulated():
    beats = load_simulated(1, duration=10.0, random_state=0)
    assert beats.DESCR.startswith("SIMULATED") and "10.1109/TBME.2003.808805" in beats.DESCR


def test_load_simulated_returns_only_rows_and_labels():
    X, y = load_simulated(1, duration=10.0, random_state=0, return_X_y=True)
    assert len(X) == len(y)


def test_simulated_record_reads_back_equal_from_files(tmp_path):
    record = simulate_record(20.0, random_state=0)
    assert read_record(write_record(record, tmp_path)) == record


@pytest.mark.parametrize("seed", range(6))
def test_ectopic_beats_fit_between_others_at_the_highest_shares(seed):
    shares = {"supraventricular": 0.25, "ventricular": 0.25, "fusion": 0.0}
    symbol = simulate_record(8.0, random_state=seed, **shares).symbol
    ectopic = symbol != "N"
    assert ectopic.any() and not (ectopic[1:] & ectopic[:-1]).any()
