import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.augmentation import _methods
from skecg.augmentation._methods import METHODS

SHAPE = (400, 3, 2, 2, 50)  # beats, neighbours, leads, channels, samples


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("n", [49, 50])
def test_frequency_noise_is_the_notebooks_formula(n, rng):
    x = np.random.default_rng(1).normal(size=(7, 1, 1, 1, n))
    noise = np.random.default_rng(0).standard_normal(x.shape)
    expected = np.fft.ifft(np.fft.fft(x) + 0.01 * noise).real
    _methods.frequency_noise(x, 0.01, rng)
    assert_allclose(x, expected, rtol=0, atol=1e-14)


def test_frequency_noise_is_that_small(rng):
    x = np.zeros(SHAPE)
    _methods.frequency_noise(x, 0.01, rng)
    # the real part of white noise's transform has half of its power
    assert_allclose(x.std(), 0.01 / np.sqrt(2 * 50), rtol=0.05)


def test_amplitude_scales_each_lead_of_a_row_by_one_factor(rng):
    x = np.ones(SHAPE, dtype=np.float32)
    _methods.amplitude(x, 0.1, rng)
    per_lead = x[:, :1, :, :1, :1]
    assert_array_equal(x, np.broadcast_to(per_lead, SHAPE))
    assert 0.9 <= x.min() < 0.91
    assert 1.09 < x.max() <= 1.1
    assert not (x[:, 0, 0] == x[:, 0, 1]).all()


def test_shift_moves_all_of_a_row_by_the_same_steps(rng):
    x = np.broadcast_to(np.arange(50.0), SHAPE).copy()
    _methods.shift(x, 0.04, rng)
    steps = 25 - x[:, 0, 0, 0, 25]
    assert sorted(set(steps)) == [-2, -1, 1, 2]
    expected = np.clip(np.arange(50) - steps[:, None], 0, 49)
    assert_array_equal(x, np.broadcast_to(expected[:, None, None, None], SHAPE))


def test_wander_is_slow_and_as_large_as_asked(rng):
    x = np.zeros(SHAPE)
    _methods.wander(x, 0.1, rng)
    assert 0.09 < np.abs(x).max() <= 0.1
    # the steepest slope of the fastest sine: two lengths of 50 samples a period
    assert np.abs(np.diff(x)).max() <= 0.1 * 2 * np.pi / 100
    assert_array_equal(x[..., 0, :], x[..., 1, :])


def test_muscle_noise_has_its_strength_and_its_band(rng):
    x = np.zeros(SHAPE)
    _methods.muscle(x, 0.02, rng)
    assert_allclose(x.std(), 0.02, rtol=0.02)
    power = np.abs(np.fft.rfft(x)).max(axis=(0, 1, 2, 3))
    low = np.fft.rfftfreq(50) < 0.08
    assert power[low].max() < 1e-12
    assert power[~low].min() > 0.1


@pytest.mark.parametrize("name", ["frequency_noise", "muscle", "wander"])
def test_additive_methods_give_channels_the_same_and_leads_their_own(name, rng):
    x = np.zeros(SHAPE)
    METHODS[name][0](x, 0.1, rng)
    assert_array_equal(x[:, :, :, 0], x[:, :, :, 1])
    assert not np.allclose(x[:, :, 0], x[:, :, 1])
    assert not np.allclose(x[:, 0], x[:, 1])


@pytest.mark.parametrize("name", list(METHODS))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 2, 3, 50])
def test_methods_of_no_strength_change_nothing(name, dtype, n, rng):
    x = np.random.default_rng(1).normal(size=(5, 1, 1, 1, n)).astype(dtype)
    same = x.copy()
    METHODS[name][0](same, 0.0, rng)
    assert_array_equal(same, x)
    METHODS[name][0](same, 0.1, rng)
    assert np.isfinite(same).all()
    assert same.dtype == dtype


@pytest.mark.parametrize("name", list(METHODS))
def test_methods_accept_no_rows(name, rng):
    METHODS[name][0](np.zeros((0, 1, 1, 1, 50)), 0.1, rng)
