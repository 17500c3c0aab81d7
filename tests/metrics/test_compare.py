import warnings
from itertools import combinations

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

from skecg import Predictions, compare_models
from skecg.metrics._class_metrics import CLASS_METRICS
from skecg.metrics._paired import holm


class Network:
    def count_params(self):
        return 1234


class StubClassifier(ClassifierMixin, BaseEstimator):
    """Stands in for a network: predicts the class numbered in the first column."""

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


def test_compare_models_has_the_cost_of_training(stub):
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
    words = r"'dummy' was not trained on \['S'\] \(1 beat of y\)"
    with pytest.warns(UserWarning, match=words) as caught:
        table = compare_models({"dummy": dummy}, X, ["N", "N", "V", "S"])
    assert caught[0].filename == __file__  # the caller's line
    assert_allclose(table.loc["dummy", "test loss"], -(3 * np.log(0.5) + np.log(1e-7)) / 4)
    assert table.loc["dummy", "Se S"] == 0


def test_compare_models_does_not_warn_of_classes_without_beats(stub):
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
    assert table.attrs == {"n_beats": 4, "n_subjects": 3, "false_positives": "one_vs_rest"}


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


def fixed(labels):
    """Return a model that predicts these labels of beats 0, 1, ..., without probabilities."""
    return FixedLabels(labels).fit(None, labels)


class FixedLabels(ClassifierMixin, BaseEstimator):
    def __init__(self, labels):
        self.labels = labels

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.asarray(self.labels)[np.asarray(X)[:, 0]]


def differences(first, second, y, groups, **kwargs):
    models = {"a": fixed(first), "b": fixed(second)}
    beats = np.arange(len(y))[:, np.newaxis]
    return compare_models(models, beats, y, groups, return_differences=True, **kwargs)[1]


def test_differences_by_hand():
    # three subjects with two V each; a finds them all, b those of the first subject only
    found = differences(["V"] * 6, ["V"] * 2 + ["N"] * 4, ["V"] * 6, [0, 0, 1, 1, 2, 2])
    row = found.loc[("a", "b", "Se V")]
    assert row["difference"] == 1 - 1 / 3
    # the first subject may be the only one drawn, or never be drawn, each in one of 3**3 equal
    # draws, so both are in 95 %
    assert (row["low"], row["high"]) == (0, 1)
    # of the 8 exchanges those that treat the second and third subject alike: 4
    assert row["p"] == 4 / 8


def test_differences_exchange_the_models_at_random_where_there_are_many_ways():
    # twenty subjects, in each of which a finds one V that b does not: only two ways are as large
    n = 20
    found = differences(["V"] * n, ["N"] * n, ["V"] * n, range(n), n_resamples=100)
    assert found.loc[("a", "b", "Se V"), "p"] == 1 / 1000


def test_differences_of_equal_models_are_none():
    found = differences(list("NNVV"), list("NNVV"), list("NVVN"), [0, 0, 1, 1])
    assert (found[["difference", "low", "high"]] == 0).all(axis=None)
    assert (found[["p", "p_holm"]] == 1).all(axis=None)


def test_differences_change_sign_with_the_models():
    y, groups = list("NNVVNVNV"), [0, 0, 1, 1, 2, 2, 3, 3]
    a, b = list("NVVVNNNV"), list("NNVNVVNV")
    one, other = differences(a, b, y, groups), differences(b, a, y, groups)
    assert_allclose(one["difference"], -other["difference"])
    assert_allclose(one["low"], -other["high"])
    assert_allclose(one["p"], other["p"])


def test_differences_are_paired():
    # both err alike in each subject and all the more in some: neither is sure, their difference is
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 100)
    hard = rng.uniform(0.1, 0.9, 40)[groups]
    draw = rng.random(4000)
    y = np.full(4000, "V")
    a, b = np.where(draw < hard - 0.02, "N", "V"), np.where(draw < hard + 0.02, "N", "V")
    row = differences(a, b, y, groups).loc[("a", "b", "Se V")]
    assert 0.02 < row["low"] < row["difference"] < row["high"] < 0.06
    assert row["p"] == 1e-4


def test_p_values_of_models_that_differ_by_chance_are_uniform():
    rng = np.random.default_rng(0)
    y, groups = np.full(45, "V"), np.repeat(np.arange(9), 5)
    p = []
    for _ in range(150):
        skill = rng.uniform(0.2, 0.8, 9)[groups]
        a, b = (np.where(rng.random(45) < skill, "V", "N") for _ in range(2))
        p.append(differences(a, b, y, groups, n_resamples=60).loc[("a", "b", "Se V"), "p"])
    p = np.array(p)
    for level in (0.1, 0.3, 0.5):
        # at most the level, but for chance in 150 trials (three standard errors)
        assert (p <= level).mean() <= level + 3 * np.sqrt(level * (1 - level) / 150)
    assert (p <= 0.5).mean() > 0.3


def test_differences_of_three_models_are_all_pairs_corrected_by_holm():
    y, groups = list("NVNVNV"), [0, 0, 1, 1, 2, 2]
    models = {labels: fixed(list(labels)) for labels in ("NVNVNV", "NNNNNN", "VVVVVV")}
    beats = np.arange(6)[:, np.newaxis]
    _, found = compare_models(models, beats, y, groups, return_differences=True)
    assert found.index.droplevel("metric").unique().tolist() == list(combinations(models, 2))
    p, corrected = found[["p", "p_holm"]].dropna().to_numpy().T
    assert (corrected >= p).all() and (corrected <= 1).all()
    assert_allclose(corrected[p.argmin()], min(1, p.min() * len(p)))


def test_holm_by_hand():
    # 0.01 * 4, 0.02 * 3, 0.03 * 2 (not less than the one before), 0.5
    found = holm([0.02, np.nan, 0.5, 0.01, 0.03])
    assert_allclose(found, [0.06, np.nan, 0.5, 0.04, 0.06])


def test_differences_have_the_test_loss_where_both_have_one(stub):
    forest = RandomForestClassifier(5, random_state=0).fit(X, Y)
    models = {"LSTM": stub, "forest": forest, "svc": LinearSVC().fit(X, Y)}
    table, found = compare_models(models, X, Y, list("aabb"), return_differences=True)
    has_loss = found.index[found.index.get_level_values("metric") == "test loss"]
    assert has_loss.droplevel("metric").tolist() == [("LSTM", "forest")]
    expected = table.loc["LSTM", "test loss"] - table.loc["forest", "test loss"]
    assert_allclose(found.loc[("LSTM", "forest", "test loss"), "difference"], expected)


def test_differences_of_one_subject_have_no_interval_or_p():
    found = differences(list("NV"), list("NN"), list("NV"), [0, 0])
    assert found[["low", "high", "p", "p_holm"]].isna().all(axis=None)
    assert found.loc[("a", "b", "Se V"), "difference"] == 1


def test_differences_in_a_class_of_one_subject_have_no_interval():
    found = differences(list("NVNN"), list("NNNN"), list("NVNN"), [0, 0, 1, 1])
    assert found.loc[("a", "b", "Se V"), ["low", "high"]].isna().all()
    assert (
        found.loc[("a", "b", "Se V"), "p"] == 1
    )  # exchanged in one subject or not, it is as large


def test_differences_without_groups_raise(stub):
    words = r"'groups'.*return_differences=True.*Pass groups=test\.groups"
    with pytest.raises(ValueError, match=words):
        compare_models({"a": stub, "b": stub}, X, Y, return_differences=True)


def test_differences_of_one_model_raise(stub):
    with pytest.raises(ValueError, match=r"at least two models.*Got 1"):
        compare_models({"a": stub}, X, Y, list("aabb"), return_differences=True)


def test_compare_models_with_the_false_positives_of_ec57():
    model = fixed(["V", "V", "V", "N"])
    beats, y = np.arange(4)[:, np.newaxis], ["V", "F", "N", "N"]
    plain, by_rule = (
        compare_models({"m": model}, beats, y, false_positives=rule)
        for rule in ("one_vs_rest", "ec57")
    )
    assert (plain.loc["m", "+P V"], by_rule.loc["m", "+P V"]) == (1 / 3, 1 / 2)
    assert by_rule.attrs["false_positives"] == "ec57"


@pytest.fixture
def tables():
    beats = pd.DataFrame({"record": list("aabb"), "sample": [1, 2, 1, 2], "subject": list("aabb")})
    beats["y_true"] = list("NVNV")
    right = beats.assign(y_pred=beats["y_true"], p_N=[0.8, 0.1] * 2, p_V=[0.2, 0.9] * 2)
    return {"right": right, "always N": beats.assign(y_pred="N")}


@pytest.mark.parametrize("kind", [Predictions, pd.DataFrame])
def test_compare_models_takes_predictions(tables, kind):
    given = {name: kind(table) for name, table in tables.items()}
    table, found = compare_models(given, return_differences=True)
    assert table["Se V"].tolist() == [1, 0]
    assert_allclose(table.loc["right", "test loss"], -np.log(0.8 * 0.9) / 2)
    assert np.isnan(table.loc["always N", "test loss"]) and table["epochs"].isna().all()
    assert table.attrs["n_subjects"] == 2
    assert found.loc[("right", "always N", "Se V"), "difference"] == 1


def test_compared_metrics_are_those_of_the_table(monkeypatch, tables):
    entry = CLASS_METRICS["F1"]._replace(compared="has the better F1 of")
    monkeypatch.setitem(CLASS_METRICS, "F1", entry)
    table, found = compare_models(tables, return_differences=True)
    assert [c for c in table if c.endswith(" V")] == ["Se V", "+P V", "F1 V"]
    assert found.loc[("right", "always N", "F1 V"), "difference"] == 1


def test_compare_models_predictions_of_other_beats_raise(tables):
    tables["always N"] = tables["always N"][::-1]
    with pytest.raises(ValueError, match=r"differ in 'record' of 4 beats, first in row 0"):
        compare_models(tables)


def test_compare_models_predictions_with_labels_raise(tables):
    with pytest.raises(ValueError, match="takes no 'X', 'y' or 'groups' with predictions"):
        compare_models(tables, X, Y)


def test_compare_models_predictions_and_models_raise(tables, stub):
    with pytest.raises(TypeError, match=r"either fitted models or predictions\. Got both"):
        compare_models({"a": stub, "b": tables["right"]}, X, Y)


def test_compare_models_without_beats_raises(stub):
    with pytest.raises(ValueError, match="needs 'X' and 'y'"):
        compare_models({"a": stub})
