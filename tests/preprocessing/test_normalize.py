import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg import BeatLayout, BeatNormalizer
from skecg.preprocessing import normalize_signals

SCALES = ["zscore", "minmax", "robust", "r_amplitude"]


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        # of 0 1 2 3 14: mean 4, variance (16 + 9 + 4 + 1 + 100) / 5 = 26; quartiles 1, 2, 3
        ("zscore", (np.array([0, 1, 2, 3, 14]) - 4) / np.sqrt(26)),
        ("minmax", np.array([0, 1, 2, 3, 14]) / 14),
        ("robust", np.array([-2, -1, 0, 1, 12]) / 2),
        ("r_amplitude", np.array([-2, -1, 0, 1, 12]) / 12),
    ],
)
def test_normalize_signals_follows_its_formula(scale, expected):
    assert_allclose(normalize_signals([0, 1, 2, 3, 14], scale), expected)


@pytest.mark.parametrize("scale", SCALES)
def test_normalize_signals_makes_flat_signals_zero(scale):
    X = np.full((2, 50), 0.1, dtype=np.float32)
    X[1, ::2] = np.nextafter(np.float32(0.1), np.float32(1))  # flat but for rounding
    assert_array_equal(normalize_signals(X, scale), 0)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("unit", [1e-40, 1e-6, 1e6, 1e37])
def test_normalize_signals_does_not_depend_on_the_unit(scale, unit):
    X = np.random.default_rng(0).normal(size=(3, 50)).astype(np.float32)
    changed = normalize_signals((X * np.float32(unit)).astype(np.float32), scale)
    # 1e-40 is below the normal numbers of float32, where few digits are left
    assert_allclose(changed, normalize_signals(X, scale), atol=1e-3 if unit < 1e-38 else 1e-5)


@pytest.mark.parametrize("scale", SCALES)
def test_normalize_signals_does_not_depend_on_the_offset(scale):
    X = np.random.default_rng(0).normal(size=(3, 50))
    assert_allclose(normalize_signals(X + 9, scale), normalize_signals(X, scale), atol=1e-9)


def test_normalize_signals_robust_centres_a_spike_on_a_line():
    assert_array_equal(normalize_signals([1, 1, 1, 1, 1, 1, 1, 5], "robust"), [0] * 7 + [4])


def test_normalize_signals_r_amplitude_keeps_the_sign_of_the_peak():
    assert_array_equal(normalize_signals([2.0, 2, -2, 2, 2], "r_amplitude"), [0, 0, -1, 0, 0])


def test_normalize_signals_of_nothing_is_nothing():
    assert normalize_signals(np.empty((0, 5))).shape == (0, 5)


def test_normalize_signals_leaves_its_input():
    X = np.arange(10.0)
    normalize_signals(X)
    assert_array_equal(X, np.arange(10.0))


@pytest.mark.parametrize("scale", SCALES)
def test_normalizer_scales_every_signal_of_a_row_and_no_scalar(scale):
    rows = np.random.default_rng(0).normal(size=(20, 50)).astype(np.float32)
    layout = BeatLayout(24, leads=2, scalars=("rr_before", "rr_after"))
    Xt = BeatNormalizer(scale, layout=layout).fit_transform(rows)
    assert_array_equal(Xt[:, :24], normalize_signals(rows[:, :24], scale))
    assert_array_equal(Xt[:, 24:48], normalize_signals(rows[:, 24:48], scale))
    assert_array_equal(Xt[:, 48:], rows[:, 48:])
    assert Xt.dtype == np.float32


@pytest.mark.parametrize("scale", ["standard", None, ["zscore"]])
def test_normalizer_refuses_an_unknown_scale(scale):
    words = "'scale' parameter of BeatNormalizer must be 'zscore', 'minmax', 'robust' or 'r_am"
    with pytest.raises(ValueError, match=words):
        BeatNormalizer(scale).fit(np.zeros((2, 5)))


@pytest.mark.parametrize("X", [[np.inf, 1.0], [1j, 2j], 3.0])
def test_normalize_signals_refuses_other_values_than_signals(X):
    with pytest.raises(ValueError, match="X must"):
        normalize_signals(X)
