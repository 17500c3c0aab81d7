import pickle
import warnings

import numpy as np
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Bunch

from skecg.beats import load_beats
from skecg.datasets import simulate_records
from skecg.model_selection import StratifiedGroupShuffleSplit, train_test_subjects


def rows_of(**subjects):
    """Labels and groups from strings of labels, one string a subject."""
    y = np.array([label for labels in subjects.values() for label in labels])
    groups = np.repeat(list(subjects), [len(labels) for labels in subjects.values()])
    return y, groups


@pytest.fixture(scope="module")
def beats():
    records = simulate_records(9, duration=40.0, random_state=0, ventricular=0.1)
    return load_beats(records, leads=["MLII"])


@pytest.fixture
def problem():
    X, y = make_classification(120, random_state=0)
    return X, y, np.repeat(np.arange(12), 10)


def test_split_partitions_the_rows_by_whole_groups():
    y, groups = rows_of(a="NNNV", b="NNNV", c="NNN", d="NNS", e="NNSN")
    for train, test in StratifiedGroupShuffleSplit(10, random_state=0).split(y, y, groups):
        assert not set(groups[train]) & set(groups[test])
        np.testing.assert_array_equal(np.sort(np.r_[train, test]), np.arange(len(y)))


def test_split_keeps_the_proportions_where_groups_allow():
    y, groups = rows_of(**{f"s{i}": "NNNNNNNV" if i % 2 else "NNNNNNSS" for i in range(10)})
    cv = StratifiedGroupShuffleSplit(5, test_size=0.4, random_state=0)
    for _, test in cv.split(y, y, groups):
        labels, counts = np.unique(y[test], return_counts=True)
        # two of the five groups of each kind
        assert dict(zip(labels.tolist(), counts.tolist(), strict=True)) == {
            "N": 26,
            "S": 4,
            "V": 2,
        }


def test_split_puts_a_class_of_two_groups_in_both():
    subjects = {f"s{i}": "N" * 50 for i in range(20)}
    y, groups = rows_of(**subjects, early="N" * 50 + "S", wide="N" * 50 + "V", both="NNNSV")
    cv = StratifiedGroupShuffleSplit(20, test_size=0.2, random_state=0)
    for train, test in cv.split(y, y, groups):
        assert set(y[train]) == set(y[test]) == {"N", "S", "V"}


def test_split_counts_rows_not_groups():
    y, groups = rows_of(big="N" * 70, **{f"s{i}": "N" * 10 for i in range(3)})
    _, test = next(
        StratifiedGroupShuffleSplit(1, test_size=0.3, random_state=0).split(y, y, groups)
    )
    assert set(groups[test]) == {"s0", "s1", "s2"}


@pytest.mark.parametrize(
    ("sizes", "n_train", "n_test"),
    [
        ({}, 80, 20),
        ({"test_size": 0.3}, 70, 30),
        ({"test_size": 30}, 70, 30),
        ({"train_size": 0.6}, 60, 40),
        ({"train_size": 60, "test_size": 0.2}, 60, 20),
    ],
)
def test_split_meets_the_sizes(sizes, n_train, n_test):
    y, groups = rows_of(**{f"s{i}": "NV" * 5 for i in range(10)})
    cv = StratifiedGroupShuffleSplit(3, **sizes, random_state=0)
    for train, test in cv.split(y, y, groups):
        assert (len(train), len(test)) == (n_train, n_test)


def test_split_differs_from_split_to_split_and_repeats():
    y, groups = rows_of(**{f"s{i}": "NNNV" for i in range(12)})
    cv = StratifiedGroupShuffleSplit(4, random_state=0)
    first, again = ([test.tolist() for _, test in cv.split(y, y, groups)] for _ in range(2))
    assert first == again
    assert len({tuple(test) for test in first}) > 1


def test_split_needs_no_order_of_the_rows():
    y, groups = rows_of(**{f"s{i}": "NNNV" for i in range(12)})
    shuffled = np.random.default_rng(0).permutation(len(y))
    cv = StratifiedGroupShuffleSplit(1, random_state=0)
    (_, straight), (_, mixed) = (next(cv.split(i, y[i], groups[i])) for i in (
        np.arange(len(y)), shuffled
    ))  # fmt: skip
    np.testing.assert_array_equal(straight, np.sort(shuffled[mixed]))


def test_split_leaves_the_global_state_alone():
    y, groups = rows_of(a="NNV", b="NNV", c="NNV")
    before = np.random.get_state()[1].copy()
    list(StratifiedGroupShuffleSplit(random_state=0).split(y, y, groups))
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@given(
    st.lists(st.text("NSVF", min_size=1, max_size=12), min_size=2, max_size=15),
    st.floats(0.05, 0.95),
    st.integers(0, 100),
)
@settings(max_examples=60, deadline=None)
def test_split_never_cuts_a_group_nor_leaves_a_split_empty(subjects, test_size, seed):
    y, groups = rows_of(**{f"s{i}": labels for i, labels in enumerate(subjects)})
    cv = StratifiedGroupShuffleSplit(2, test_size=test_size, random_state=seed)
    for train, test in cv.split(y, y, groups):
        assert len(train) and len(test) and len(train) + len(test) == len(y)
        assert not set(groups[train]) & set(groups[test])


@given(
    st.lists(st.text("NV", min_size=1, max_size=9), min_size=2, max_size=12),
    st.floats(0.05, 0.95),
)
@settings(max_examples=60, deadline=None)
def test_split_has_each_class_of_two_groups_in_both(subjects, test_size):
    # with two classes this can always be done; with three it cannot for NS, SV and NV
    y, groups = rows_of(**{f"s{i}": labels for i, labels in enumerate(subjects)})
    train, test = next(
        StratifiedGroupShuffleSplit(1, test_size=test_size, random_state=0).split(y, y, groups)
    )
    for label in "NV":
        if sum(label in labels for labels in subjects) >= 2:
            assert label in y[train] and label in y[test]


@pytest.mark.parametrize("routing", [False, True])
def test_split_works_in_cross_validate(problem, routing):
    X, y, groups = problem
    cv = StratifiedGroupShuffleSplit(3, test_size=0.25, random_state=0)
    with sklearn.config_context(enable_metadata_routing=routing):
        params = {"params": {"groups": groups}} if routing else {"groups": groups}
        result = cross_validate(LogisticRegression(), X, y, cv=cv, return_indices=True, **params)
    assert [len(test) for test in result["indices"]["test"]] == [30, 30, 30]


@pytest.mark.parametrize("routing", [False, True])
def test_split_works_in_grid_search(problem, routing):
    X, y, groups = problem
    model = make_pipeline(StandardScaler(), LogisticRegression())
    cv = StratifiedGroupShuffleSplit(2, random_state=0)
    with sklearn.config_context(enable_metadata_routing=routing):
        search = GridSearchCV(model, {"logisticregression__C": [0.1, 1.0]}, cv=cv)
        search.fit(X, y, groups=groups)
    assert search.n_splits_ == 2


def test_split_has_a_representation_and_copies():
    cv = StratifiedGroupShuffleSplit(3, test_size=0.2, random_state=0)
    expected = (
        "StratifiedGroupShuffleSplit(n_splits=3,random_state=0,test_size=0.2,train_size=None)"
    )
    assert "".join(repr(cv).split()) == expected  # its lines are broken at some width
    assert cv.get_n_splits() == 3
    copies = (pickle.loads(pickle.dumps(cv)), clone(cv, safe=False))
    assert all(repr(copy) == repr(cv) for copy in copies)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"test_size": 0.0}, "test_size=0.0 should be either positive"),
        ({"test_size": 1.0}, r"float in the \(0, 1\) range"),
        ({"test_size": 12}, "smaller than the number of samples 12"),
        ({"train_size": -1}, "train_size=-1 should be either positive"),
        ({"test_size": "half"}, "Invalid value for test_size: 'half'"),
        ({"test_size": 0.7, "train_size": 0.7}, "sum of test_size and train_size = 1.4"),
    ],
)
def test_split_refuses_sizes(params, message):
    y, groups = rows_of(a="NNV", b="NNV", c="NNV", d="NNV")
    with pytest.raises(ValueError, match=message):
        next(StratifiedGroupShuffleSplit(**params).split(y, y, groups))


@pytest.mark.parametrize(
    ("y", "groups", "message"),
    [
        (["N", "V"], None, "'groups' parameter should not be None"),
        (None, ["a", "b"], "'y' parameter should not be None"),
        (
            ["N", "V"],
            ["a", "a"],
            "needs at least 2 groups, one for training and one for test. Got 1",
        ),
        ([0.1, 0.7], ["a", "b"], "Supported target types .* Got 'continuous'"),
        (["N", "V"], ["a", None], "'groups' parameter contains missing values"),
        (["N"], ["a", "b"], "inconsistent numbers of samples"),
    ],
)
def test_split_refuses_rows(y, groups, message):
    with pytest.raises(ValueError, match=message):
        next(StratifiedGroupShuffleSplit().split([[1], [2]], y, groups))


def test_train_test_subjects_cuts_two_bunches_by_subject(beats):
    train, test = train_test_subjects(beats, random_state=0)
    assert not set(train.groups) & set(test.groups)
    assert len(train.data) + len(test.data) == len(beats.data)
    assert len(test.data) / len(beats.data) == pytest.approx(0.3, abs=0.08)  # 9 subjects
    assert set(test.meta["subject"]) == set(test.groups)


def test_train_test_subjects_cuts_three_bunches_by_subject(beats):
    splits = train_test_subjects(beats, test_size=0.3, val_size=0.3, random_state=0)
    subjects = [set(split.groups.tolist()) for split in splits]
    assert sum(map(len, subjects)) == len(set.union(*subjects)) == 9
    assert [len(s.target) / len(beats.target) for s in splits] == pytest.approx(
        [0.4, 0.3, 0.3], abs=0.1
    )


def test_train_test_subjects_is_the_first_split_of_the_splitter(beats):
    train, test = train_test_subjects(beats, test_size=0.4, random_state=3)
    cv = StratifiedGroupShuffleSplit(1, test_size=0.4, random_state=3)
    train_rows, test_rows = next(cv.split(beats.data, beats.target, beats.groups))
    np.testing.assert_array_equal(train.data, beats.data[train_rows])
    np.testing.assert_array_equal(test.data, beats.data[test_rows])


def bare(y, groups):
    """Beats with labels and groups only."""
    return Bunch(target=y, groups=groups)


@pytest.fixture
def taken(monkeypatch):
    """Take splits from bare beats."""

    def take(beats, index):
        return bare(beats.target[index], beats.groups[index])

    monkeypatch.setattr("skecg.model_selection._split.take_beats", take)


@pytest.mark.usefixtures("taken")
def test_train_test_subjects_warns_of_a_class_that_one_subject_has():
    beats = bare(*rows_of(a="NNNF", b="NNNV", c="NNNV", d="NNN"))
    with pytest.warns(UserWarning, match=r"'F' is not in (train|test) \(1 subject\)") as w:
        train_test_subjects(beats, random_state=0)
    assert "'V'" not in str(w[0].message)
    assert w[0].filename == __file__


@pytest.mark.usefixtures("taken")
def test_train_test_subjects_warns_of_splits_without_a_class():
    beats = bare(*rows_of(a="NNNV", b="NNNV", c="NNN", d="NNN"))
    with pytest.warns(UserWarning, match=r"'V' is not in (train|validation|test) \(2 subjects\)"):
        train_test_subjects(beats, val_size=0.3, random_state=0)


def test_train_test_subjects_without_test_split_cuts_off_validation_beats(beats):
    train, val = train_test_subjects(beats, test_size=0, val_size=0.2, random_state=0)
    expected = train_test_subjects(beats, test_size=0.2, random_state=0)
    for split, of_two in zip((train, val), expected, strict=True):
        np.testing.assert_array_equal(split.data, of_two.data)


@pytest.mark.usefixtures("taken")
def test_train_test_subjects_without_test_split_names_validation_in_warnings():
    beats = bare(*rows_of(a="NNN", b="NNNV", c="NNN"))
    words = r"missing from a split: 'V' is not in (train|validation) \(1 subject\)[.] They cannot"
    with pytest.warns(UserWarning, match=words) as caught:
        train_test_subjects(beats, test_size=0, val_size=0.3, random_state=0)
    assert caught[0].message.suggests == ("classes",)


def test_train_test_subjects_of_other_than_beats_raises():
    with pytest.raises(TypeError, match=r"train_test_subjects must be Beats .* Got list"):
        train_test_subjects([1, 2])


@pytest.mark.usefixtures("taken")
def test_train_test_subjects_is_silent_when_all_classes_are_everywhere():
    beats = bare(*rows_of(a="NNNV", b="NNNV", c="NNNV", d="NNN"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train_test_subjects(beats, test_size=0.25, val_size=0.25, random_state=0)


@pytest.mark.usefixtures("taken")
@given(
    subjects=st.lists(st.text("NSVF", min_size=1, max_size=8), min_size=3, max_size=12),
    test_size=st.floats(0.05, 0.45),
    val_size=st.floats(0.05, 0.45),
)
@settings(max_examples=50, deadline=None)
def test_train_test_subjects_never_puts_a_subject_in_two_splits(subjects, test_size, val_size):
    beats = bare(*rows_of(**{f"s{i}": labels for i, labels in enumerate(subjects)}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        splits = train_test_subjects(beats, test_size=test_size, val_size=val_size)
    people = [set(split.groups.tolist()) for split in splits]
    assert all(people) and sum(map(len, people)) == len(subjects)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"test_size": 1}, r"'test_size' parameter of .* a number in \[0, 1\). Got 1 instead"),
        ({"test_size": "half"}, "must be a share of the beats"),
        ({"val_size": -0.1}, r"'val_size' .* a number in \[0, 1\)"),
        ({"test_size": 0.5, "val_size": 0.5}, "must leave beats to train with"),
        ({"test_size": 0}, "must not both be 0"),
    ],
)
def test_train_test_subjects_refuses_shares(params, message):
    with pytest.raises(ValueError, match=message):
        train_test_subjects(bare(*rows_of(a="NV", b="NV", c="NV")), **params)


def test_train_test_subjects_refuses_too_few_subjects():
    two = bare(*rows_of(a="NV", b="NV"))
    with pytest.raises(ValueError, match=r"at least 3 subjects.*Got 2.*leave val_size at 0"):
        train_test_subjects(two, val_size=0.2)
    with pytest.raises(ValueError, match="at least 2 subjects"):
        train_test_subjects(bare(*rows_of(a="NV")))
