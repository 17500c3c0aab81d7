"""scikit-learn's and imbalanced-learn's own checks for every public estimator, by discovery.

A new estimator is checked as soon as it is public, with the settings of ``_estimators.py``,
and one classifier and one network once more at the end of a whole pipeline.
"""

import tomllib
from pathlib import Path

import pytest
from imblearn.base import is_sampler
from imblearn.utils.estimator_checks import estimator_checks_generator
from sklearn.base import is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from skecg import make_beat_pipeline

from ._estimators import SETTINGS, discover

ESTIMATORS = [e for e in discover() if not is_sampler(e)]
SAMPLERS = [e for e in discover() if is_sampler(e)]
# a network with fewer checks, and a pipeline without one, in the plain run
NETWORKS = [e for e in ESTIMATORS if is_classifier(e)]
# nothing is left of normalized rows of two columns, which a check has
PLAIN_PIPELINE = make_beat_pipeline(LogisticRegression(random_state=0), normalizer=None)
# imbalanced-learn's own decorator hands pytest a generator, which pytest 9 refuses
SAMPLER_CHECKS = [pair for sampler in SAMPLERS for pair in estimator_checks_generator(sampler)]

# by kind of estimator, the checks that cannot pass and why
EXPECTED_FAILURES = tomllib.loads(
    Path(__file__).with_name("works_with.toml").read_text(encoding="utf-8")
)["expected_failures"]
skips_allowed = pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")


def expected_to_fail(estimator):
    if isinstance(estimator, Pipeline):
        return EXPECTED_FAILURES["pipelines"]
    return EXPECTED_FAILURES["networks"] if is_classifier(estimator) else {}


def test_discovery_finds_every_kind():
    names = {type(e).__name__ for e in ESTIMATORS + SAMPLERS}
    assert names >= set(SETTINGS)


def test_pipelines_fail_no_check_that_scikit_learns_own_do_not():
    generator = pytest.importorskip("sklearn.utils._test_common.instance_generator")
    assert set(EXPECTED_FAILURES["pipelines"]) <= set(
        generator.PER_ESTIMATOR_XFAIL_CHECKS[Pipeline]
    )


@skips_allowed
@parametrize_with_checks(
    [e for e in ESTIMATORS if e not in NETWORKS], expected_failed_checks=expected_to_fail
)
def test_estimator_keeps_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


@skips_allowed
@parametrize_with_checks(NETWORKS[-1:], legacy=False, expected_failed_checks=expected_to_fail)
def test_network_keeps_the_short_contract_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.slow
@skips_allowed
@parametrize_with_checks(NETWORKS, expected_failed_checks=expected_to_fail)
def test_network_keeps_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


@skips_allowed
@parametrize_with_checks([PLAIN_PIPELINE], expected_failed_checks=expected_to_fail)
def test_pipeline_keeps_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.slow
@skips_allowed
@parametrize_with_checks(
    [make_beat_pipeline(NETWORKS[-1])], expected_failed_checks=expected_to_fail
)
def test_pipeline_with_a_network_keeps_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    ("estimator", "check"), SAMPLER_CHECKS, ids=[c.func.__name__ for _, c in SAMPLER_CHECKS]
)
def test_sampler_keeps_the_contract_of_imbalanced_learn(estimator, check):
    check(estimator)


@skips_allowed
@pytest.mark.parametrize("estimator", SAMPLERS)
def test_sampler_keeps_the_contract_of_scikit_learn(estimator):
    check_estimator(estimator)
