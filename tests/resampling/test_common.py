import pytest
from imblearn.utils.estimator_checks import estimator_checks_generator
from sklearn.utils.estimator_checks import check_estimator

from skecg import BeatAugmenter
from skecg.resampling._methods import METHODS

SAMPLERS = [
    BeatAugmenter(random_state=0),
    BeatAugmenter(methods=tuple(METHODS), mix="all", random_state=0),
]
# imbalanced-learn's own decorator hands pytest a generator, which pytest 9 refuses
CHECKS = [pair for sampler in SAMPLERS for pair in estimator_checks_generator(sampler)]


@pytest.mark.parametrize(
    ("estimator", "check"), CHECKS, ids=[check.func.__name__ for _, check in CHECKS]
)
def test_sampler_keeps_imbalanced_learns_contract(estimator, check):
    check(estimator)


def test_sampler_keeps_scikit_learns_contract():
    check_estimator(BeatAugmenter(random_state=0))
