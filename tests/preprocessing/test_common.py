from sklearn.utils.estimator_checks import parametrize_with_checks

from skecg import BeatNormalizer, WaveletDenoiser


@parametrize_with_checks(
    [
        WaveletDenoiser(),
        WaveletDenoiser(threshold=0.5, threshold_approximation=True),
        BeatNormalizer(),
        BeatNormalizer("r_amplitude"),
    ]
)
def test_transformers_keep_the_contract(estimator, check):
    check(estimator)
