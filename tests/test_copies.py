"""Copies of every public estimator, of pipelines and of searches do what the original does."""

import copy
import functools
import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from ._estimators import (
    CLASSIFIERS,
    EACH,
    PIPELINES,
    beats,
    named,
    public_classes,
    with_one_network,
)


def _search(params):
    """A search over the last step of a pipeline."""
    search = GridSearchCV(params.values[0], {"normalizer__scale": ["zscore", "minmax"]}, cv=2)
    return pytest.param(search, id=f"search-{params.id}")


MODELS = [*named(CLASSIFIERS), *PIPELINES, *map(_search, PIPELINES)]
ALL = with_one_network([*named(e for e in EACH if e not in CLASSIFIERS), *MODELS])


def _by_joblib(estimator, tmp_path):
    joblib.dump(estimator, tmp_path / "estimator.joblib")
    return joblib.load(tmp_path / "estimator.joblib")


COPIES = {
    "clone": lambda e, tmp_path: clone(e),
    "deepcopy": lambda e, tmp_path: copy.deepcopy(e),
    "pickle": lambda e, tmp_path: pickle.loads(pickle.dumps(e)),
    "pickle of protocol 2": lambda e, tmp_path: pickle.loads(pickle.dumps(e, protocol=2)),
    "joblib": _by_joblib,
}


def _use(fitted, X, y):
    """What a fitted estimator makes of rows; a sampler has nothing that it fitted."""
    if hasattr(fitted, "fit_resample") and not hasattr(fitted, "steps"):
        return fitted.fit_resample(X, y)[0]
    return (fitted.predict_proba if hasattr(fitted, "predict_proba") else fitted.transform)(X)


@functools.cache
def _fitted(estimator):
    fitted = clone(estimator).fit(*beats())
    return fitted, _use(fitted, *beats())


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("estimator", ALL)
def test_copies_made_before_fit_learn_the_same(estimator, how, tmp_path):
    copied = COPIES[how](estimator, tmp_path)
    assert repr(copied.get_params()) == repr(estimator.get_params())
    np.testing.assert_array_equal(_use(copied.fit(*beats()), *beats()), _fitted(estimator)[1])


@pytest.mark.parametrize("how", [how for how in COPIES if how != "clone"])
@pytest.mark.parametrize("estimator", ALL)
def test_copies_made_after_fit_predict_the_same(estimator, how, tmp_path):
    fitted, expected = _fitted(estimator)
    copied = COPIES[how](fitted, tmp_path)
    np.testing.assert_array_equal(_use(copied, *beats()), expected)
    np.testing.assert_array_equal(_use(fitted, *beats()), expected)  # the original lives on


@pytest.mark.parametrize("estimator", with_one_network(MODELS))
def test_clone_of_a_fitted_model_has_learned_nothing(estimator):
    fresh = clone(_fitted(estimator)[0])
    with pytest.raises(NotFittedError):
        fresh.predict(beats()[0])


@pytest.mark.parametrize("estimator", named(CLASSIFIERS[-1:]))
def test_copies_of_a_fitted_model_learn_anew_on_their_own(estimator):
    fitted, expected = _fitted(estimator)
    X, y = beats()
    other = copy.deepcopy(fitted).set_params(random_state=1).fit(X[::-1], y[::-1])
    assert not np.array_equal(other.predict_proba(X), expected)
    np.testing.assert_array_equal(fitted.predict_proba(X), expected)


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("name", public_classes())
def test_copies_have_the_parameters(name, how, tmp_path):
    estimator = public_classes()[name]()
    copied = COPIES[how](estimator, tmp_path)
    assert copied is not estimator
    assert copied.get_params() == estimator.get_params()
