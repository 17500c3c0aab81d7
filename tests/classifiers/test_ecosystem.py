"""The networks inside what scikit-learn has: one test for each tool."""

import numpy as np
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV, CalibrationDisplay
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import ConfusionMatrixDisplay, RocCurveDisplay
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GroupKFold,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_validate,
    learning_curve,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.utils.fixes import parse_version

from skecg import RNNClassifier, make_beat_pipeline

from .._estimators import TINY

GRID = {"learning_rate": [0.03, 0.06]}  # served by one compiled network, unlike dropout


@pytest.fixture
def rnn():
    return RNNClassifier(**TINY).set_params(learning_rate=0.06)


@pytest.fixture(scope="module")
def groups():
    return np.tile(np.repeat(list("abc"), 20), 2)


def test_randomized_search(rnn, beats_2):
    search = RandomizedSearchCV(rnn, GRID, n_iter=2, cv=2, random_state=0).fit(*beats_2)
    assert search.best_score_ > 0.5


def test_halving_search(rnn, beats_2):
    search = HalvingGridSearchCV(rnn, GRID, cv=2, random_state=0)
    assert search.fit(*beats_2).predict(beats_2[0]).shape == (120,)


def test_folds_by_number_are_stratified(rnn, beats_2):
    order = np.argsort(beats_2[1])  # all N, then all V: unstratified folds would be of one class
    X, y = beats_2[0][order], beats_2[1][order]
    by_number = cross_val_predict(rnn, X, y, cv=2)
    by_splitter = cross_val_predict(rnn, X, y, cv=StratifiedKFold(2))
    np.testing.assert_array_equal(by_number, by_splitter)


def test_cross_validate_with_groups(rnn, beats_2, groups):
    result = cross_validate(rnn, *beats_2, groups=groups, cv=GroupKFold(2), error_score="raise")
    assert len(result["test_score"]) == 2


def test_cross_val_predict_gives_probabilities_of_every_row(rnn, beats_2, groups):
    out = cross_val_predict(rnn, *beats_2, groups=groups, cv=GroupKFold(2), method="predict_proba")
    np.testing.assert_allclose(out.sum(axis=1), 1, rtol=1e-5)


def test_learning_curve(rnn, beats_2):
    sizes, train, test = learning_curve(
        rnn, *beats_2, cv=2, train_sizes=[0.5, 1.0], shuffle=True, random_state=0
    )
    assert train.shape == test.shape == (len(sizes), 2)


def test_permutation_importance(rnn, beats_2):
    result = permutation_importance(rnn.fit(*beats_2), *beats_2, n_repeats=2, random_state=0)
    assert result.importances.shape == (8, 2)


def test_voting(rnn, beats_2):
    vote = VotingClassifier([("rnn", rnn), ("line", LogisticRegression())], voting="soft")
    vote.fit(*beats_2)
    members = [e.predict_proba(beats_2[0]) for e in vote.estimators_]
    np.testing.assert_allclose(vote.predict_proba(beats_2[0]), np.mean(members, axis=0))


def test_stacking_with_given_splits(rnn, beats_2, groups):
    splits = list(GroupKFold(2).split(*beats_2, groups))
    stack = StackingClassifier([("rnn", rnn), ("line", LogisticRegression())], cv=splits)
    assert stack.fit(*beats_2).score(*beats_2) > 0.8


METHODS = ["sigmoid"]
if parse_version(sklearn.__version__) >= parse_version("1.8"):
    METHODS.append("temperature")


@pytest.mark.parametrize("method", METHODS)
def test_calibration(rnn, beats_2, method):
    calibrated = CalibratedClassifierCV(rnn, method=method, cv=2).fit(*beats_2)
    np.testing.assert_allclose(calibrated.predict_proba(beats_2[0]).sum(axis=1), 1, rtol=1e-6)


def test_calibration_by_groups(rnn, beats_2, groups):
    with sklearn.config_context(enable_metadata_routing=True):
        calibrated = CalibratedClassifierCV(rnn, cv=GroupKFold(2)).fit(*beats_2, groups=groups)
    assert len(calibrated.calibrated_classifiers_) == 2


@pytest.mark.parametrize("wrapper", [TunedThresholdClassifierCV, FixedThresholdClassifier])
def test_thresholds_of_one_class_against_the_rest(rnn, beats_2, wrapper):
    y = (beats_2[1] == "V").astype(int)
    model = wrapper(rnn)
    if "cv" in model.get_params():
        model.set_params(cv=2)
    assert set(model.fit(beats_2[0], y).predict(beats_2[0])) <= {0, 1}


def test_one_against_the_rest(rnn, beats_2):
    y = np.where(np.arange(120) % 3 == 0, "S", beats_2[1])
    model = OneVsRestClassifier(rnn).fit(beats_2[0], y)
    assert list(model.classes_) == ["N", "S", "V"]
    assert len(model.estimators_) == 3


@pytest.mark.parametrize("display", [ConfusionMatrixDisplay, RocCurveDisplay, CalibrationDisplay])
def test_displays_of_scikit_learn(rnn, beats_2, display):
    y = (beats_2[1] == "V").astype(int)
    assert display.from_estimator(rnn.fit(beats_2[0], y), beats_2[0], y).ax_ is not None


@pytest.mark.parametrize("classifier", [LogisticRegression(), RandomForestClassifier(5)])
def test_classifiers_of_scikit_learn_end_our_pipeline(beats_2, classifier):
    pipe = make_beat_pipeline(classifier).fit(*beats_2)
    assert set(pipe.predict(beats_2[0])) <= {"N", "V"}
