import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.preprocessing import resample_signal

RATES = [(360, 250), (128, 250), (250, 125), (250, 360), (250, 249.99), (62.4725, 250)]


@pytest.mark.parametrize(("fs_in", "fs_out"), RATES)
def test_resample_signal_keeps_a_sine_and_its_time(fs_in, fs_out):
    n = round(20 * fs_in)
    sine = np.sin(2 * np.pi * 5 * np.arange(n) / fs_in + 1)
    resampled = resample_signal(sine, fs_in, fs_out)
    assert resampled.shape == (round(n * fs_out / fs_in),)
    expected = np.sin(2 * np.pi * 5 * np.arange(resampled.size) / fs_out + 1)
    # the ripple of the anti-aliasing filter; at the ends, a curved signal continued by reflection
    assert_allclose(resampled, expected, atol=0.05)
    assert_allclose(resampled[50:-50], expected[50:-50], atol=0.002)


@pytest.mark.parametrize(("fs_in", "fs_out"), RATES)
@pytest.mark.parametrize("n", [1, 2, 3, 5, 1000])
def test_resample_signal_keeps_a_constant(fs_in, fs_out, n):
    resampled = resample_signal(np.full((n, 2), 9.0), fs_in, fs_out)
    assert resampled.shape == (round(n * fs_out / fs_in), 2)
    assert_array_equal(resampled, 9)


def test_resample_signal_removes_frequencies_beyond_the_new_rate():
    fast = np.sin(2 * np.pi * 100 * np.arange(3600) / 360)
    assert np.abs(resample_signal(fast, 360, 125)[50:-50]).max() < 0.01


def test_resample_signal_returns_the_same_array_at_equal_rates():
    signal = np.zeros((10, 2), dtype=np.float32)
    assert resample_signal(signal, 250, 250.0) is signal


def test_resample_signal_gives_float32_and_leaves_its_input():
    signal = np.arange(20)
    assert resample_signal(signal, 100, 50).dtype == np.float32
    assert_array_equal(signal, np.arange(20))


def test_resample_signal_treats_each_lead_by_itself():
    signal = np.random.default_rng(0).normal(size=(500, 2))
    both = resample_signal(signal, 360, 250)
    assert_allclose(both[:, 1], resample_signal(signal[:, 1], 360, 250), rtol=1e-5, atol=1e-6)


def test_resample_signal_keeps_gaps_and_nothing_but_gaps():
    signal = np.ones((100, 2))
    signal[40:50, 0] = np.nan
    resampled = resample_signal(signal, 100, 200)
    # new sample 79 lies between old 39 and the missing 40, and 99 between 49 and 50
    assert np.flatnonzero(np.isnan(resampled[:, 0])).tolist() == list(range(79, 100))
    assert_array_equal(resampled[:, 1], 1)


def test_resample_signal_of_nothing_but_gaps_is_that():
    assert np.isnan(resample_signal(np.full(50, np.nan), 360, 250)).all()


def test_resample_signal_of_nothing_is_nothing():
    assert resample_signal(np.empty((0, 2)), 360, 250).shape == (0, 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.zeros(5), 0, 250), "'fs_in' .* positive number. Got 0"),
        ((np.zeros(5), 250, np.inf), "'fs_out' .* positive number. Got inf"),
        ((np.zeros(5), 250, "250"), "'fs_out' .* positive number. Got '250'"),
        ((np.zeros((5, 2, 2)), 360, 250), r"shape \(n_samples,\)"),
    ],
)
def test_resample_signal_refuses_invalid_parameters(arguments, words):
    with pytest.raises(ValueError, match=words):
        resample_signal(*arguments)


def test_resample_signal_refuses_rates_too_far_apart():
    with pytest.raises(ValueError, match="millionth"):
        resample_signal(np.zeros(10_000_000, dtype=np.float32), 1e7, 1)
