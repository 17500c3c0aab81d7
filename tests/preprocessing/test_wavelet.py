import numpy as np
import pytest
import pywt
from numpy.testing import assert_allclose, assert_array_equal

from skecg import BeatLayout, WaveletDenoiser
from skecg.preprocessing import wavelet_denoise


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(20, 50)).astype(np.float32)


def notebook(x):
    """The filter of the notebook, as it stands there."""
    coefficients = [pywt.threshold(c, 0.5, "soft") for c in pywt.wavedec(x, "db6")]
    return pywt.waverec(coefficients, "db6")[: len(x)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [5, 21, 22, 49, 50, 51, 360])
def test_denoiser_can_be_the_notebooks_filter(n, dtype):
    X = np.random.default_rng(0).normal(size=(7, n)).astype(dtype)
    denoiser = WaveletDenoiser(threshold=0.5, threshold_approximation=True)
    Xt = denoiser.fit_transform(X)
    assert Xt.dtype == dtype
    eps = np.finfo(dtype).eps
    assert_allclose(Xt, [notebook(x) for x in X], rtol=10 * eps, atol=10 * eps)


@pytest.mark.parametrize("n", [11, 22, 50, 51, 1000])
def test_wavelet_denoise_without_threshold_changes_nothing(n):
    x = np.random.default_rng(0).normal(size=n)
    assert_array_equal(wavelet_denoise(x, threshold=None), x)
    assert_allclose(wavelet_denoise(x, threshold=0.0), x, atol=1e-12)


def test_wavelet_denoise_removes_most_white_noise():
    rng = np.random.default_rng(0)
    clean = np.sin(np.linspace(0, 60, 4000))
    noisy = clean + rng.normal(scale=0.1, size=4000)
    for threshold in ("universal", "level"):
        assert np.std(wavelet_denoise(noisy, level=4, threshold=threshold) - clean) < 0.04


def test_wavelet_denoise_universal_threshold_is_that_of_the_paper():
    x = np.random.default_rng(0).normal(size=64)
    approximation, details = pywt.dwt(x, "haar")
    limit = np.median(np.abs(details)) / 0.6745 * np.sqrt(2 * np.log(64))
    details = pywt.threshold(details, limit, "soft")
    denoised = wavelet_denoise(x, "haar", level=1)
    assert_allclose(denoised, pywt.idwt(approximation, details, "haar"), atol=1e-12)


def test_wavelet_denoise_level_threshold_measures_each_level():
    x = np.random.default_rng(0).normal(size=64)
    coefficients = pywt.wavedec(x, "haar", level=2)
    for i in (1, 2):
        sigma = np.median(np.abs(coefficients[i])) / 0.6745
        limit = sigma * np.sqrt(2 * np.log(64))
        coefficients[i] = pywt.threshold(coefficients[i], limit, "hard")
    denoised = wavelet_denoise(x, "haar", level=2, threshold="level", mode="hard")
    assert_allclose(denoised, pywt.waverec(coefficients, "haar"), atol=1e-12)


def test_wavelet_denoise_treats_each_signal_by_itself(rows):
    together = wavelet_denoise(rows.reshape(2, 10, 50)).reshape(20, 50)
    assert_array_equal(together, [wavelet_denoise(x) for x in rows])


@pytest.mark.parametrize("n", [0, 1, 2, 5, 21])
def test_wavelet_denoise_leaves_signals_too_short_for_a_level(n):
    x = np.random.default_rng(0).normal(size=(3, n))
    denoised = wavelet_denoise(x)
    assert_array_equal(denoised, x)
    assert not np.shares_memory(denoised, x)


@pytest.mark.parametrize("n", [0, 5])
def test_wavelet_denoise_of_too_few_samples_has_no_noise_to_estimate(n):
    x = np.arange(float(n))
    denoised = wavelet_denoise(x, threshold_approximation=True)
    assert_array_equal(denoised, x)
    assert denoised is not x


def test_wavelet_denoise_takes_a_wavelet_or_its_name():
    x = np.random.default_rng(0).normal(size=200)
    assert_array_equal(wavelet_denoise(x, pywt.Wavelet("sym4")), wavelet_denoise(x, "sym4"))


def test_wavelet_denoise_removes_only_the_baseline():
    time = np.arange(20_000) / 250
    wander = 9 + np.sin(2 * np.pi * 0.1 * time)
    beats = np.sin(2 * np.pi * 8 * time)
    flat = wavelet_denoise(wander + beats, threshold=None, highpass=0.5, fs=250)
    inner = slice(2500, -2500)  # ends know only half of what is around them
    assert_allclose(flat[inner], beats[inner], atol=0.03)


@pytest.mark.parametrize(("fs", "level"), [(250, 8), (360, 9), (128, 7), (256, 8)])
def test_wavelet_denoise_baseline_ends_at_or_below_its_frequency(fs, level):
    x = np.random.default_rng(0).normal(size=8192)
    coefficients = pywt.wavedec(x, "db6", level=level)
    coefficients[0][:] = 0
    flat = wavelet_denoise(x, threshold=None, highpass=0.5, fs=fs)
    assert fs / 2 ** (level + 1) <= 0.5 < fs / 2**level
    assert_allclose(flat, pywt.waverec(coefficients, "db6"), atol=1e-10)


def test_wavelet_denoise_drops_the_baseline_above_a_deeper_level():
    x = np.random.default_rng(0).normal(size=8192)
    both = wavelet_denoise(x, level=9, threshold=0.0, highpass=0.5, fs=250)
    assert_allclose(both, wavelet_denoise(x, threshold=None, highpass=0.5, fs=250), atol=1e-10)


def test_denoiser_explains_that_beats_have_no_baseline(rows):
    words = r"at least 2816 samples .* Got signals of 50 .* BeatExtractor\(preprocessing="
    with pytest.raises(ValueError, match=words):
        WaveletDenoiser(highpass=0.5, fs=250).fit(rows)


def test_denoiser_needs_the_rate_for_a_baseline(rows):
    with pytest.raises(ValueError, match="'fs' parameter of WaveletDenoiser must be"):
        WaveletDenoiser(highpass=0.5).fit(rows)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"level": 3}, "'level' .* at most 2 for signals of 50 .* takes 88 samples"),
        ({"level": 0}, "'level' .* at least 1, or None. Got 0"),
        ({"level": 1.0}, "'level' .* must be an int"),
        ({"threshold": -1}, "'threshold' .* Got -1"),
        ({"threshold": "soft"}, "'threshold' .* Got 'soft'"),
        ({"threshold": np.nan}, "'threshold' .* Got nan"),
        ({"threshold_approximation": "yes"}, "'threshold_approximation' .* Got 'yes'"),
        ({"mode": "firm"}, "'mode' .* Got 'firm'"),
        ({"wavelet": "morl"}, "'wavelet' .* discrete wavelet.* Got 'morl'"),
        ({"wavelet": "nonsense"}, "'wavelet' .* Got 'nonsense'"),
        ({"wavelet": None}, "'wavelet' .* Got None"),
        ({"highpass": 125, "fs": 250}, "'highpass' .* below half of 'fs', 125 Hz. Got 125"),
        ({"highpass": 0.5, "fs": -1}, "'fs' .* positive number or None. Got -1"),
        ({"highpass": 0, "fs": 250}, "'highpass' .* positive number or None. Got 0"),
    ],
)
def test_denoiser_refuses_invalid_parameters(rows, parameters, words):
    with pytest.raises(ValueError, match=words):
        WaveletDenoiser(**parameters).fit(rows)


def test_denoiser_changes_every_signal_of_a_row_and_no_scalar(rows):
    layout = BeatLayout(24, leads=2, scalars=("rr_before", "rr_after"))
    Xt = WaveletDenoiser(layout=layout).fit_transform(rows)
    assert_array_equal(Xt[:, :24], wavelet_denoise(rows[:, :24]))
    assert_array_equal(Xt[:, 24:48], wavelet_denoise(rows[:, 24:48]))
    assert_array_equal(Xt[:, 48:], rows[:, 48:])
    assert Xt.dtype == np.float32


def test_denoiser_gives_equal_rows_for_any_order_in_memory(rows):
    frozen = np.asfortranarray(rows)
    frozen.flags.writeable = False
    denoiser = WaveletDenoiser().fit(rows)
    assert_array_equal(denoiser.transform(frozen), denoiser.transform(rows))


def test_denoiser_refuses_the_layout_of_other_rows(rows):
    with pytest.raises(ValueError, match="'layout' parameter of WaveletDenoiser"):
        WaveletDenoiser(layout=BeatLayout(49)).fit(rows)


@pytest.mark.parametrize("X", [[np.nan, 1.0], [1j, 2j], ["a", "b"], 3.0])
def test_wavelet_denoise_refuses_other_values_than_signals(X):
    with pytest.raises(ValueError, match="X must"):
        wavelet_denoise(X)
