import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skecg import compare_models


class Network:
    def count_params(self):
        return 1234


class StubClassifier(ClassifierMixin, BaseEstimator):
    """Stands in for a network: says what the first column holds."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.history_ = {"loss": [1.0, 0.5, 0.4], "accuracy": [0.5, 0.7, 0.8]}
        self.n_iter_, self.fit_time_, self.model_ = 3, 2.5, Network()
        return self

    def predict_proba(self, X):
        proba = np.full((len(X), len(self.classes_)), 0.1, dtype=np.float32)
        proba[np.arange(len(X)), np.asarray(X)[:, 0].astype(int)] = 1
        return proba / proba.sum(axis=1, keepdims=True)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


X = np.array([[0.0], [0.0], [1.0], [1.0]])
Y = np.array(["N", "N", "V", "N"])


@pytest.fixture
def stub():
    return StubClassifier().fit(X, Y)


def test_compare_models_by_hand(stub):
    table = compare_models({"LSTM": stub}, X, Y)
    row = table.loc["LSTM"]
    assert_allclose(row["test loss"], -(3 * np.log(1 / 1.1) + np.log(0.1 / 1.1)) / 4, rtol=1e-6)
    assert row["accuracy"] == 3 / 4
    assert_allclose(row["balanced accuracy"], (2 / 3 + 1) / 2)
    assert_allclose(row["macro F1"], (4 / 5 + 2 / 3) / 2)
    assert_allclose([row["Se V"], row["+P V"], row["Se N"], row["+P N"]], [1, 0.5, 2 / 3, 1])


def test_compare_models_columns_in_order(stub):
    assert list(compare_models({"LSTM": stub}, X, Y).columns) == [
        *("test loss", "accuracy", "balanced accuracy", "macro F1"),
        *("Se N", "+P N", "Se V", "+P V"),
        *("epochs", "training time (s)", "parameters"),
    ]


def test_compare_models_tells_what_training_took(stub):
    row = compare_models({"LSTM": stub}, X, Y).loc["LSTM"]
    assert (row["epochs"], row["training time (s)"], row["parameters"]) == (3, 2.5, 1234)


def test_compare_models_unwraps_pipelines_and_searches():
    pipe = make_pipeline(StandardScaler(with_mean=False, with_std=False), StubClassifier())
    search = GridSearchCV(pipe, {}, cv=2)
    X2, y2 = np.tile(X, (2, 1)), np.tile(Y, 2)
    table = compare_models({"pipe": pipe.fit(X2, y2), "search": search.fit(X2, y2)}, X, Y)
    assert table["parameters"].tolist() == [1234, 1234]


def test_compare_models_with_a_random_forest(stub):
    forest = make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0)).fit(X, Y)
    table = compare_models({"LSTM": stub, "forest": forest}, X, Y)
    training = table.loc["forest", ["epochs", "training time (s)", "parameters"]]
    assert training.isna().all()
    assert np.isfinite(table.loc["forest", "test loss"])
    assert table.loc["LSTM", "epochs"] == 3


def test_compare_models_does_not_take_iterations_for_epochs():
    logistic = LogisticRegression().fit(X, Y)
    assert compare_models({"logistic": logistic}, X, Y)["epochs"].isna().all()


def test_compare_models_without_probabilities_has_no_loss():
    table = compare_models({"svc": LinearSVC().fit(X, Y)}, X, Y)
    assert table["test loss"].isna().all()
    assert table["accuracy"].notna().all()


def test_compare_models_warns_of_classes_unseen_in_training():
    dummy = DummyClassifier(strategy="prior").fit(X, ["N", "N", "V", "V"])
    words = r"'dummy' was not trained on \['S'\] \(1 beats of y\)"
    with pytest.warns(UserWarning, match=words) as said:
        table = compare_models({"dummy": dummy}, X, ["N", "N", "V", "S"])
    assert said[0].filename == __file__  # the caller's line
    assert_allclose(table.loc["dummy", "test loss"], -(3 * np.log(0.5) + np.log(1e-7)) / 4)
    assert table.loc["dummy", "Se S"] == 0


def test_compare_models_keeps_quiet_about_classes_that_no_beat_has(stub):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = compare_models({"LSTM": stub}, X[:2], Y[:2])
    assert "Se V" not in table
    assert_allclose(table["test loss"], -np.log(1 / 1.1), rtol=1e-6)


def test_compare_models_class_without_beats_is_nan(stub):
    table = compare_models({"LSTM": stub}, X, ["N"] * 4)
    assert np.isnan(table.loc["LSTM", "Se V"]) and table.loc["LSTM", "+P V"] == 0


def test_compare_models_counts_subjects(stub):
    table = compare_models({"LSTM": stub}, X, Y, groups=["a", "a", "b", "c"])
    assert table.attrs == {"n_beats": 4, "n_subjects": 3}


def test_compare_models_takes_frames(stub):
    forest = RandomForestClassifier(2).fit(pd.DataFrame(X, columns=["a"]), Y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compare_models({"forest": forest}, pd.DataFrame(X, columns=["a"]), pd.Series(Y))


@pytest.mark.parametrize("groups", [["a"], ["a"] * 5])
def test_compare_models_groups_of_another_length_raise(stub, groups):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        compare_models({"LSTM": stub}, X, Y, groups=groups)


def test_compare_models_without_names_raises(stub):
    with pytest.raises(TypeError, match="dict of names and fitted models"):
        compare_models([stub], X, Y)


def test_compare_models_without_models_raises():
    with pytest.raises(ValueError, match="at least one model"):
        compare_models({}, X, Y)


def test_compare_models_of_another_label_type_raises():
    with pytest.raises(ValueError, match="all strings or all numbers"):
        compare_models({"LSTM": StubClassifier().fit(X, [0, 0, 1, 0])}, X, Y)


def test_compare_models_not_fitted_raises():
    with pytest.raises(NotFittedError):
        compare_models({"dummy": DummyClassifier()}, X, Y)
