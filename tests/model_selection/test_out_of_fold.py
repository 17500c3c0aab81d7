import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    KFold,
    LeaveOneGroupOut,
    ShuffleSplit,
    StratifiedGroupKFold,
)
from sklearn.svm import LinearSVC
from sklearn.utils import Bunch

from skecg import make_beat_pipeline
from skecg.beats import load_beats
from skecg.datasets import simulate_records
from skecg.model_selection import cross_val_beats
from skecg.predictions import Predictions


def tiny(**subjects):
    """Beats from strings of labels, one string a subject; a row holds its label and its number."""
    y = np.array([label for labels in subjects.values() for label in labels])
    groups = np.repeat(list(subjects), [len(labels) for labels in subjects.values()])
    n = len(y)
    data = np.column_stack([np.searchsorted(list("FNSV"), y), np.arange(n)]).astype(np.float32)
    meta = pd.DataFrame({"record": groups, "subject": groups, "sample": np.arange(n) * 100})
    return Bunch(data=data, target=y, groups=groups, meta=meta)


class Oracle(ClassifierMixin, BaseEstimator):
    """Read the label from the row if it was trained on; keep the arguments of fit."""

    def fit(self, X, y, sample_weight=None, groups=None, X_val=None):
        self.classes_ = np.unique(y)
        self.rows_ = X[:, 1].astype(int)
        self.groups_, self.weights_, self.X_val_ = groups, sample_weight, X_val
        return self

    def predict_proba(self, X):
        labels = np.array(list("FNSV"))[X[:, 0].astype(int)]
        return (labels[:, None] == self.classes_).astype(float)

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


@pytest.fixture
def beats():
    return tiny(a="NNV", b="NV", c="NNNV", d="VN", e="NNV", f="NV")


@pytest.fixture(scope="module")
def simulated():
    return load_beats(
        simulate_records(6, duration=60, random_state=0, ventricular=0.1), leads=["MLII"]
    )


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def test_table_has_the_columns_of_the_contract(beats):
    table = cross_val_beats(Oracle(), beats, cv=3).table
    columns = ["record", "sample", "subject", "fold", "y_true", "y_pred", "p_N", "p_V"]
    assert list(table) == columns
    assert table.index.equals(pd.RangeIndex(16))
    assert table["fold"].dtype == table["sample"].dtype == np.int64
    assert table["p_N"].dtype == np.float32
    assert table["sample"].tolist() == list(range(0, 1600, 100))
    assert table["y_true"].tolist() == table["y_pred"].tolist() == beats.target.tolist()
    assert table["p_V"].tolist() == (beats.target == "V").tolist()


def test_no_model_has_seen_a_subject_that_it_predicts(beats):
    found, models = cross_val_beats(Oracle(), beats, cv=3, return_estimator=True)
    table = found.table
    assert len(models) == 3
    for fold, model in enumerate(models):
        tested = set(table.loc[table["fold"] == fold, "subject"])
        trained = set(beats.groups[model.rows_])
        assert tested and not tested & trained and tested | trained == set("abcdef")


def test_predictions_are_those_of_the_beats(beats):
    found = cross_val_beats(Oracle(), beats)
    assert isinstance(found, Predictions)
    np.testing.assert_array_equal(found.y_true, beats.target)
    np.testing.assert_array_equal(found.y_pred, beats.target)
    np.testing.assert_array_equal(found.groups, beats.groups)
    assert found.labels == ("N", "V")


def test_folds_of_a_number_are_those_of_stratified_group_k_fold(simulated):
    table = cross_val_beats(DummyClassifier(), simulated, cv=3, random_state=7).table
    cv = StratifiedGroupKFold(3, shuffle=True, random_state=7)
    splits = cv.split(simulated.data, simulated.target, simulated.groups)
    for fold, (_, test) in enumerate(splits):
        assert (table["fold"].to_numpy()[test] == fold).all()


def test_splitters_and_lists_are_taken_as_they_are(beats):
    by_group = cross_val_beats(Oracle(), beats, cv=LeaveOneGroupOut()).table
    assert by_group["fold"].tolist() == np.repeat(range(6), [3, 2, 4, 2, 3, 2]).tolist()
    first = np.arange(16) < 9  # a, b, c
    table = cross_val_beats(Oracle(), beats, cv=[(first, ~first), (~first, first)]).table
    assert table["fold"].tolist() == [1] * 9 + [0] * 7


def test_untested_beats_are_excluded_and_counted(beats):
    splits = [(np.arange(5), np.arange(9, 16))]
    with pytest.warns(UserWarning, match=r"9 of 16 beats are in no test fold .* excluded"):
        table = cross_val_beats(Oracle(), beats, cv=splits).table
    assert table["sample"].tolist() == list(range(900, 1600, 100))
    assert table.index.equals(pd.RangeIndex(7))


def test_class_missing_from_a_training_fold_has_probability_0_and_is_named():
    beats = tiny(a="NNF", b="NV", c="NNV", d="NS")
    message = r"'F' in fold 0 \(1 beat tested there\); 'S' in fold 3 .* the probability 0"
    with pytest.warns(UserWarning, match=message):
        table = cross_val_beats(Oracle(), beats, cv=LeaveOneGroupOut()).table
    assert list(table)[6:] == ["p_N", "p_S", "p_V", "p_F"]
    assert table["p_F"].tolist() == [0.0] * 10
    assert table["p_S"].tolist() == [0.0] * 10
    assert table["p_V"].sum() == 2


def test_classifier_without_probabilities_has_none_in_the_predictions(beats):
    found = cross_val_beats(LinearSVC(), beats, cv=2)
    assert found.y_proba is None and list(found.table)[-1] == "y_pred"


def test_prediction_is_that_of_predict_not_the_largest_probability(simulated):
    beats = Bunch(**simulated)
    beats.target = np.where(simulated.target == "V", "V", "N")
    model = FixedThresholdClassifier(
        LogisticRegression(max_iter=1000), threshold=0.0, pos_label="V"
    )
    assert set(cross_val_beats(model, beats, cv=2).y_pred) == {"V"}


def test_workers_give_the_same_predictions(simulated):
    model = LogisticRegression(max_iter=1000)
    one = cross_val_beats(model, simulated, cv=3)
    two = cross_val_beats(model, simulated, cv=3, n_jobs=2)
    pd.testing.assert_frame_equal(one.table, two.table)


def test_tables_of_data_are_cut_like_arrays(beats):
    framed = Bunch(**beats)
    framed.data = pd.DataFrame(beats.data, index=np.arange(16)[::-1])
    framed.target = pd.Series(beats.target)
    pd.testing.assert_frame_equal(
        cross_val_beats(LinearSVC(), framed, cv=2).table,
        cross_val_beats(LinearSVC(), beats, cv=2).table,
    )


def test_fit_is_given_groups_and_params_of_the_training_beats(beats):
    params = {"sample_weight": np.arange(16) * 2, "X_val": np.zeros((16, 2))}
    _, models = cross_val_beats(Oracle(), beats, cv=2, params=params, return_estimator=True)
    for model in models:
        np.testing.assert_array_equal(model.groups_, beats.groups[model.rows_])
        np.testing.assert_array_equal(model.weights_, 2 * model.rows_)
        assert len(model.X_val_) == 16  # a set of its own


@pytest.mark.parametrize("on", [True, False])
def test_search_inside_splits_by_subject(beats, on):
    seen = []

    class Watching(LeaveOneGroupOut):
        def split(self, X, y=None, groups=None):
            seen.append(groups)
            return super().split(X, y, groups)

    search = GridSearchCV(LinearSVC(), {"C": [1.0]}, cv=Watching())
    with sklearn.config_context(enable_metadata_routing=on):
        cross_val_beats(search, beats, cv=2)
    assert [set(groups) for groups in seen] and all(g is not None for g in seen)
    assert set(seen[0]) | set(seen[1]) == set("abcdef") and not set(seen[0]) & set(seen[1])


@pytest.mark.filterwarnings("ignore:BeatAugmenter made")
def test_groups_reach_a_resampler_with_routing_on(simulated, routing):
    pipe = make_beat_pipeline(LogisticRegression(max_iter=1000), layout=simulated.layout)
    pipe.set_params(augmenter__max_copies_per_group=1)  # an error without groups
    assert len(cross_val_beats(pipe, simulated, cv=2)) == len(simulated)


def test_resampler_without_need_of_groups_works_with_routing_off(simulated):
    pipe = make_beat_pipeline(LogisticRegression(max_iter=1000), layout=simulated.layout)
    assert len(cross_val_beats(pipe, simulated, cv=2)) == len(simulated)


@pytest.mark.filterwarnings("ignore:3 of 16 beats")
def test_folds_that_cut_through_subjects_are_named(beats):
    rows = np.arange(16)
    with pytest.warns(UserWarning, match="subjects in both training and test: 1 in fold 0[.]"):
        cross_val_beats(Oracle(), beats, cv=[(rows[6:], rows[:6]), (rows[:9], rows[9:])])


def test_groups_are_offered_to_every_splitter(beats):
    with pytest.warns(UserWarning) as caught:
        cross_val_beats(Oracle(), beats, cv=KFold(2))
    messages = [str(w.message) for w in caught]
    assert any("ignored by KFold" in m for m in messages)
    assert any("subjects in both training and test" in m for m in messages)


@pytest.mark.parametrize(
    ("cv", "error", "message"),
    [
        (7, ValueError, "from 2 to that of the subjects, 6"),
        (1, ValueError, "from 2 to that"),
        (True, TypeError, "must be a number of folds, a splitter"),
        ("five", TypeError, "must be a number of folds, a splitter"),
        ([], ValueError, "gives no folds"),
        ([([0, 1], [])], ValueError, "gives fold 0 no beats to test with"),
        (ShuffleSplit(4, test_size=0.5, random_state=0), ValueError, "more than once"),
    ],
)
@pytest.mark.filterwarnings("ignore:The groups parameter is ignored")
def test_impossible_folds_raise(beats, cv, error, message):
    with pytest.raises(error, match=message):
        cross_val_beats(Oracle(), beats, cv=cv)


def test_errors_of_a_fit_are_raised_with_their_fold():
    splits = [(np.arange(2, 6), np.arange(2)), (np.arange(2), np.arange(2, 6))]
    with pytest.raises(ValueError, match="at least 2 classes") as raised:
        cross_val_beats(LogisticRegression(), tiny(a="NN", b="NV", c="NV"), cv=splits)
    assert raised.value.__notes__ == ["in fold 1 of cross_val_beats"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"meta": pd.DataFrame({"record": ["a"] * 16})}, "'meta' has no column 'sample'"),
        ({"groups": np.array(["a"])}, "groups 1"),
    ],
)
def test_beats_without_their_parts_raise(beats, change, message):
    with pytest.raises(ValueError, match=message):
        cross_val_beats(Oracle(), Bunch(**{**beats, **change}))


def test_arrays_in_place_of_beats_raise(beats):
    with pytest.raises(TypeError, match=r"of cross_val_beats must be Beats .* Got ndarray"):
        cross_val_beats(Oracle(), beats.data)


def test_beats_without_a_subject_raise(beats):
    beats.groups = np.where(beats.groups == "a", None, beats.groups.astype(object))
    with pytest.raises(ValueError, match=r"cross_val_beats .*'groups' lacks 3 of 16 values"):
        cross_val_beats(Oracle(), beats, cv=2)
