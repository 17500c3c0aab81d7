"""scikit-learn's and imbalanced-learn's own checks for every public estimator, by discovery.

A new estimator is checked as soon as it is public: with its defaults, or as ``SETTINGS`` says.
"""

import inspect

import pytest
from imblearn.base import is_sampler
from imblearn.utils.estimator_checks import estimator_checks_generator
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

import skecg
from skecg.resampling._methods import METHODS

# a fit that is short but whole
FAST = {"epochs": 2, "batch_size": 64, "learning_rate": 0.01, "random_state": 0}
SETTINGS = {
    "BeatAugmenter": [
        {"random_state": 0},
        {"methods": tuple(METHODS), "mix": "all", "random_state": 0},
    ],
    "BeatNormalizer": [{}, {"scale": "r_amplitude"}],
    "LSTMClassifier": [{"units": (2,), **FAST}],
    "RNNClassifier": [{"units": (4,), **FAST}],
    "WaveletDenoiser": [{}, {"threshold": 0.5, "threshold_approximation": True}],
}
EXPECTED_TO_FAIL = {
    "check_sample_weight_equivalence_on_dense_data": (
        "rows are trained in batches: leaving a row out moves all others to other batches"
    )
}


def _estimators():
    """One or more instances of every public class that fits."""
    for name in skecg.__all__:
        found = getattr(skecg, name)
        if inspect.isclass(found) and issubclass(found, BaseEstimator) and hasattr(found, "fit"):
            yield from (found(**params) for params in SETTINGS.get(name, [{}]))


ESTIMATORS = [e for e in _estimators() if not is_sampler(e)]
SAMPLERS = [e for e in _estimators() if is_sampler(e)]
# imbalanced-learn's own decorator hands pytest a generator, which pytest 9 refuses
SAMPLER_CHECKS = [pair for sampler in SAMPLERS for pair in estimator_checks_generator(sampler)]


def _expected_to_fail(estimator):
    return EXPECTED_TO_FAIL if hasattr(estimator, "epochs") else {}


def test_discovery_finds_every_kind():
    names = {type(e).__name__ for e in ESTIMATORS + SAMPLERS}
    assert names >= set(SETTINGS)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks(ESTIMATORS, expected_failed_checks=_expected_to_fail)
def test_estimator_keeps_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    ("estimator", "check"), SAMPLER_CHECKS, ids=[c.func.__name__ for _, c in SAMPLER_CHECKS]
)
def test_sampler_keeps_the_contract_of_imbalanced_learn(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize("estimator", SAMPLERS)
def test_sampler_keeps_the_contract_of_scikit_learn(estimator):
    check_estimator(estimator)
