import json
import pickle
import warnings

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.tree import DecisionTreeClassifier

import skecg
from skecg import BeatScorer, beat_report
from skecg.persistence._spec import from_spec, to_spec


class Reader(ClassifierMixin, BaseEstimator):
    """Predict of each row the label in it."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.asarray(X)[:, 0]


MODEL = Reader().fit(None, ["N", "S", "V"])


def score(scorer, y_true, y_pred):
    return scorer(MODEL, np.array(list(y_pred))[:, np.newaxis], list(y_true))


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "macro_f1", "kappa"])
def test_scorer_is_the_metric_of_the_report(metric):
    y_true, y_pred = "NNNNSSVVVF", "NNNSNSVVNV"
    expected = beat_report(list(y_true), list(y_pred)).overall.loc[metric, "value"]
    assert_allclose(score(BeatScorer(metric), y_true, y_pred), expected)


@pytest.mark.parametrize("metric", ["Se", "+P", "F1", "Sp"])
def test_scorer_of_one_class_is_the_metric_of_the_report(metric):
    y_true, y_pred = "NNNNSSVVVF", "NNNSNSVVNV"
    expected = beat_report(list(y_true), list(y_pred)).per_class.loc["V", metric]
    assert_allclose(score(BeatScorer(f"{metric} V"), y_true, y_pred), expected)


def test_scorer_of_jk_index_and_convention():
    y_true, y_pred = "NNNNSSVVVF", "NNNSNSVVNV"
    for false_positives in ("one_vs_rest", "ec57"):
        report = beat_report(list(y_true), list(y_pred), false_positives=false_positives)
        found = score(BeatScorer("jk_index", false_positives=false_positives), y_true, y_pred)
        assert_allclose(found, report.overall.loc["jk_index", "value"])


def test_scorer_averages_over_the_same_classes_whatever_is_predicted():
    # no V in this fold: one false positive costs N a little, where scikit-learn's mean halves
    y_true, careful, alarmed = "N" * 10, "N" * 10, "N" * 9 + "V"
    scorer = BeatScorer("macro_f1")
    assert score(scorer, y_true, careful) == 1
    assert_allclose(score(scorer, y_true, alarmed), 18 / 19)
    assert_allclose(f1_score(list(y_true), list(alarmed), average="macro"), 9 / 19)


def test_scorer_with_a_number_for_missing_classes_keeps_their_weight():
    scorer = BeatScorer("balanced_accuracy", classes=("N", "S", "V"), missing_class=0.0)
    assert_allclose(score(scorer, "NNVV", "NNVN"), (1 + 0 + 1 / 2) / 3)
    # another candidate in this fold: the difference is that of the report, times 2 / 3
    assert_allclose(score(scorer, "NNVV", "NNVV"), 2 / 3)


def test_scorer_of_some_classes():
    assert_allclose(
        score(BeatScorer("balanced_accuracy", classes=["S", "V"]), "NSSV", "VSNV"), 0.75
    )


def test_scorer_ignores_reference_beats():
    scorer = BeatScorer("accuracy", ignore_labels=("Q",))
    assert_allclose(score(scorer, "NNVQQ", "NQVNV"), 2 / 3)


def test_scorer_counts_a_class_that_was_never_predicted_as_zero():
    assert score(BeatScorer("+P V"), "NV", "NN") == 0
    assert score(BeatScorer("macro_ppv"), "NV", "NN") == 0.25


def test_scorer_of_specificity_needs_no_beats_of_the_class():
    assert score(BeatScorer("Sp V"), "NNNN", "NNNV") == 0.75
    assert score(BeatScorer("Sp V"), "NN", "NN") == 1


def test_scorer_of_a_missing_class_raises_with_a_way_out():
    words = r"BeatScorer\('Se V'\) is undefined in this fold: there are no beats of V\. Make fewer"
    with pytest.raises(ValueError, match=words):
        score(BeatScorer("Se V"), "NN", "NV")
    assert score(BeatScorer("Se V", missing_class=0.0), "NN", "NV") == 0


@pytest.mark.parametrize("metric", ["kappa", "j_index", "jk_index"])
def test_scorer_undefined_takes_the_number(metric):
    with pytest.raises(ValueError, match="undefined in this fold"):
        score(BeatScorer(metric), "NN", "NN")
    assert np.isfinite(score(BeatScorer(metric, missing_class=0), "NN", "NN"))


def test_scorer_without_beats_raises():
    with pytest.raises(ValueError, match="no beats to score"):
        score(BeatScorer(ignore_labels=["N"]), "NN", "NN")


def test_scorer_of_losses_agrees_with_scikit_learn():
    X, y = [[0.0], [1.0], [2.0], [3.0]], ["N", "N", "V", "V"]
    model = LogisticRegression().fit(X, y)
    assert_allclose(BeatScorer("log_loss")(model, X, y), -log_loss(y, model.predict_proba(X)))


def test_scorer_of_losses_knows_the_columns_of_a_model_that_lacks_a_class():
    model = DummyClassifier(strategy="prior").fit([[0]] * 4, ["N", "N", "V", "V"])
    found = BeatScorer("log_loss")(model, [[0]] * 2, ["V", "S"])
    assert_allclose(found, (np.log(0.5) + np.log(1e-7)) / 2)
    found = BeatScorer("brier_score", ignore_labels=["S"])(model, [[0]] * 2, ["V", "S"])
    assert_allclose(found, -(0.5**2 + 0.5**2))
    # both are predicted as N with the probability 1/2, and one of them is N
    found = BeatScorer("calibration_error")(model, [[0]] * 2, ["N", "V"])
    assert_allclose(found, 0, atol=1e-12)


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"metric": "f1"}, r"must be one of macro_f1, .* Got 'f1'"),
        ({"metric": "Se"}, "must be one of"),
        ({"metric": "accuracy", "classes": ["N"]}, "for means over classes"),
        ({"missing_class": 0.0}, "must name the classes of the mean"),
        ({"missing_class": "drop"}, "must be 'skip' or a number"),
        ({"missing_class": np.nan}, "must be 'skip' or a number"),
        ({"classes": []}, "name each class once"),
        ({"false_positives": "aami"}, "must be one of 'one_vs_rest', 'ec57'"),
    ],
)
def test_scorer_parameters_raise(kwargs, words):
    with pytest.raises(ValueError, match=words):
        BeatScorer(**kwargs)


def test_scorer_classes_as_string_raise():
    with pytest.raises(TypeError, match=r"write \['SV'\]"):
        BeatScorer(classes="SV")


def test_scorer_is_copied_pickled_and_written():
    scorer = BeatScorer(
        "macro_f1", classes=np.array(["S", "V"]), ignore_labels=["Q"], missing_class=0.5
    )
    assert repr(scorer) == (
        "BeatScorer('macro_f1', classes=('S', 'V'), ignore_labels=('Q',), missing_class=0.5)"
    )
    assert {pickle.loads(pickle.dumps(scorer)), scorer} == {scorer}
    assert clone(scorer, safe=False) == scorer
    assert from_spec(json.loads(json.dumps(to_spec(scorer)))) == scorer


@pytest.fixture
def beats():
    """Six subjects, of whom two have V: folds of one subject often lack it."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(6), 20)
    y = np.where((groups < 2) & (rng.random(120) < 0.4), "V", "N")
    X = (y == "V")[:, np.newaxis] + rng.normal(size=(120, 2))
    return X, y, groups


@pytest.mark.parametrize("routing", [False, True])
def test_search_with_a_scorer(beats, routing):
    X, y, groups = beats
    scorer = BeatScorer("balanced_accuracy")
    with sklearn.config_context(enable_metadata_routing=routing), warnings.catch_warnings():
        warnings.simplefilter("error")
        grid = {"max_depth": [1, 3]}
        search = GridSearchCV(
            DecisionTreeClassifier(random_state=0), grid, cv=GroupKFold(6), scoring=scorer
        )
        clone(search).fit(X, y, groups=groups)
        search.fit(X, y, groups=groups)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.score(X, y) == scorer(search, X, y)


def test_scorers_by_name_in_cross_validation(beats):
    X, y, groups = beats
    scoring = {"F1": BeatScorer("macro_f1"), "V": BeatScorer("F1 V", missing_class=0.0)}
    found = cross_validate(
        LogisticRegression(), X, y, groups=groups, cv=GroupKFold(3), scoring=scoring
    )
    assert np.isfinite(found["test_F1"]).all() and np.isfinite(found["test_V"]).all()


def test_scorer_of_classifiers_that_lack_a_class(beats):
    X, y, groups = beats
    # subjects 2 to 5 have no other class than N
    folds = [(np.flatnonzero(groups > 1), np.flatnonzero(groups < 2))]
    scoring = {name: BeatScorer(name) for name in ("macro_f1", "Se V", "log_loss", "+P V")}
    found = cross_validate(
        DummyClassifier(strategy="prior"), X, y, cv=folds, scoring=scoring, error_score="raise"
    )
    share = (y[groups < 2] == "V").mean()
    assert (found["test_Se V"], found["test_+P V"]) == (0, 0)
    assert_allclose(found["test_log_loss"], share * np.log(1e-7))


def test_search_with_a_scorer_can_be_kept_in_a_model_file():
    pipe = skecg.make_beat_pipeline(skecg.RNNClassifier((2,), epochs=1))
    scorer = BeatScorer("macro_f1", ignore_labels=["Q"])
    search = GridSearchCV(pipe, {"classifier__dropout": [0.0]}, cv=2, scoring=scorer)
    assert from_spec(json.loads(json.dumps(to_spec(search)))).scoring == scorer


@pytest.mark.parametrize("labels", [[0], ["0"]])
def test_scorer_ignores_numbers_named_by_their_digits(labels):
    assert score(BeatScorer("accuracy", ignore_labels=labels), "0011", "1111") == 1.0
    model = Reader().fit(None, [0, 1])
    scorer = BeatScorer("accuracy", ignore_labels=labels)
    assert scorer(model, np.array([[1], [1], [1]]), np.array([0, 1, 1])) == 1.0
