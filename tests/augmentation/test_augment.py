import pickle
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import sklearn
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import RandomUnderSampler
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold

from skecg import BeatAugmenter, BeatLayout, BeatNormalizer, balance_majority, double_minority
from skecg.augmentation._methods import METHODS


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(100, 50)).astype(np.float32)


@pytest.fixture
def y():
    return np.array(["N"] * 60 + ["V"] * 30 + ["S"] * 10)


@pytest.fixture
def groups():
    """Five subjects; the first has most of the V."""
    return np.array(
        ["a", "b", "c", "d", "e"] * 12 + ["a"] * 26 + ["b", "c", "d", "e"] + ["a"] * 10
    )


def test_augmenter_makes_one_copy_of_each_rare_beat_for_the_notebook(X, y):
    augmenter = BeatAugmenter(double_minority, random_state=0)
    X_new, y_new = augmenter.fit_resample(X, y)
    assert Counter(y_new) == {"N": 60, "V": 60, "S": 20}
    assert Counter(augmenter.sample_indices_[100:]) == Counter(range(60, 100))
    assert_array_equal(X_new[:100], X)
    assert_array_equal(y_new, y[augmenter.sample_indices_])


def test_augmenter_changes_every_copy_by_the_notebooks_little(X, y):
    augmenter = BeatAugmenter(double_minority, random_state=0)
    X_new, _ = augmenter.fit_resample(X, y)
    change = X_new[100:] - X[augmenter.sample_indices_[100:]]
    assert_allclose(change.std(axis=1).mean(), 0.01 / np.sqrt(2 * 50), rtol=0.1)
    assert (change.std(axis=1) > 0).all()
    assert X_new.dtype == np.float32


def test_augmenter_uses_every_beat_once_before_any_twice(X, y):
    augmenter = BeatAugmenter({"S": 10 + 24}, random_state=0).fit(X, y)
    augmenter.fit_resample(X, y)
    copies = Counter(augmenter.sample_indices_[100:])
    assert sorted(copies) == list(range(90, 100))
    assert Counter(copies.values()) == {2: 6, 3: 4}


def test_augmenter_gives_the_same_rows_for_the_same_seed(X, y):
    first, again, other = (
        BeatAugmenter(methods=tuple(METHODS), random_state=seed).fit_resample(X, y)[0]
        for seed in (0, 0, 1)
    )
    assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_augmenter_leaves_the_global_random_state_unchanged(X, y):
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    BeatAugmenter(random_state=0).fit_resample(X, y)
    assert_array_equal(np.random.get_state()[1], before)


def test_augmenter_with_one_method_a_beat_mixes_them(X, y):
    augmenter = BeatAugmenter(methods={"shift": 0.04, "amplitude": 0.1}, random_state=0)
    X_new, _ = augmenter.fit_resample(X, y)
    source = X[augmenter.sample_indices_[100:]]
    with np.errstate(divide="ignore"):
        ratio = X_new[100:] / source
    scaled = np.ptp(ratio, axis=1) < 1e-4
    moved = (X_new[100:, 10:40] == source[:, 9:39]).all(axis=1)
    for steps in (-2, -1, 2):
        moved |= (X_new[100:, 10:40] == source[:, 10 - steps : 40 - steps]).all(axis=1)
    assert (scaled ^ moved).all()
    assert 0.3 < scaled.mean() < 0.7


def test_augmenter_with_all_methods_applies_each(X, y):
    augmenter = BeatAugmenter(
        double_minority, methods=[("shift", 0.02), ("amplitude", 0.0)], mix="all", random_state=0
    )
    X_new, _ = augmenter.fit_resample(X, y)
    source = X[augmenter.sample_indices_[100:]]
    right = (X_new[100:, 1:] == source[:, :-1]).all(axis=1)
    left = (X_new[100:, :-1] == source[:, 1:]).all(axis=1)
    assert (right ^ left).all()


def test_augmenter_copies_scalars_and_changes_every_signal(X, y):
    layout = BeatLayout(24, leads=2, scalars=("rr_before", "rr_after"))
    augmenter = BeatAugmenter(methods="muscle", layout=layout, random_state=0)
    X_new, _ = augmenter.fit_resample(X, y)
    source = X[augmenter.sample_indices_]
    assert_array_equal(X_new[:, 48:], source[:, 48:])
    changed = (layout.signals(X_new) != layout.signals(source)).any(axis=2)
    assert changed[100:].all()
    assert not changed[:100].any()


@pytest.mark.parametrize("mix", ["one", "all"])
def test_augmenter_leaves_missing_leads_missing(X, y, mix):
    layout = BeatLayout(6, leads=2, channels=("signal", "difference"), scalars=("rr", "noise"))
    rows = X[:, : layout.n_features].copy()
    layout.waveform(rows)[1::2, :, 1] = 0  # every other beat lacks the second lead
    augmenter = BeatAugmenter(methods=tuple(METHODS), mix=mix, layout=layout, random_state=0)
    X_new, _ = augmenter.fit_resample(rows, y)
    there = layout.waveform(X_new)[:, 0].any(axis=(2, 3))
    assert there[:, 0].all()
    assert_array_equal(there[:, 1], augmenter.sample_indices_ % 2 == 0)


def test_augmenter_keeps_missing_neighbours_zero(X, y):
    layout = BeatLayout(10, neighbors=2)
    layout.waveform(X)[:, 0] = 0
    X_new, _ = BeatAugmenter(methods="wander", layout=layout).fit_resample(X, y)
    assert not layout.waveform(X_new)[:, 0].any()
    assert (layout.waveform(X_new)[100:, 1:] != 0).all()


def test_augmenter_changes_leads_that_cross_zero(y):
    rows = np.zeros((100, 50))
    rows[:, 7] = 1.0
    X_new, _ = BeatAugmenter(methods="muscle", random_state=0).fit_resample(rows, y)
    assert (X_new[100:] != 0).all()


def test_augmenter_returns_dataframes_for_dataframes(X, y):
    frame = pd.DataFrame(X, columns=[f"s{i}" for i in range(50)], index=range(7, 107))
    X_new, y_new = BeatAugmenter(random_state=0).fit_resample(frame, pd.Series(y, name="label"))
    assert isinstance(X_new, pd.DataFrame)
    assert (X_new.dtypes == np.float32).all()
    assert y_new.name == "label"
    assert_array_equal(X_new, BeatAugmenter(random_state=0).fit_resample(X, y)[0])


def test_augmenter_does_not_cut_new_rows_to_integers(y):
    frame = pd.DataFrame(np.arange(500).reshape(100, 5))
    X_new, _ = BeatAugmenter(methods={"muscle": 0.1}, random_state=0).fit_resample(frame, y)
    assert (X_new.iloc[100:] % 1 != 0).any(axis=None)


@pytest.mark.parametrize(
    "labels",
    [
        np.array([0] * 60 + [3] * 30 + [1] * 10),
        np.array([False] * 60 + [True] * 40),
        np.array(["N"] * 60 + ["V"] * 40, dtype=object),
        pd.Series(["N"] * 60 + ["V"] * 40, dtype="category"),
    ],
)
def test_augmenter_keeps_labels_of_any_type(X, labels):
    _, y_new = BeatAugmenter(random_state=0).fit_resample(X, labels)
    assert set(Counter(y_new).values()) == {60}
    assert y_new.dtype == labels.dtype


def test_augmenter_works_in_memory_of_any_kind(X, y):
    frozen = np.asfortranarray(X)
    frozen.flags.writeable = False
    augmenter = BeatAugmenter(random_state=0)
    assert_array_equal(augmenter.fit_resample(frozen, y)[0], augmenter.fit_resample(X, y)[0])


def test_augmenter_ignores_groups_without_a_cap(X, y, groups):
    augmenter = BeatAugmenter(random_state=0)
    with_groups = augmenter.fit_resample(X, y, groups=groups)[0]
    assert_array_equal(with_groups, augmenter.fit_resample(X, y)[0])


def test_augmenter_caps_the_copies_of_one_subject(X, y, groups):
    augmenter = BeatAugmenter({"V": 30 + 30}, max_copies_per_group=8, random_state=0)
    augmenter.fit_resample(X, y, groups=groups)
    copies = Counter(groups[augmenter.sample_indices_[100:]])
    assert copies["a"] == 8
    # the rest of the 30 falls on four subjects of one beat each
    assert sorted(copies.values()) == [5, 5, 6, 6, 8]


def test_augmenter_shares_out_by_rows_below_the_cap(X, y, groups):
    augmenter = BeatAugmenter(double_minority, max_copies_per_group=1000, random_state=0)
    augmenter.fit_resample(X, y, groups=groups)
    assert Counter(augmenter.sample_indices_[100:]) == Counter(range(60, 100))


def test_augmenter_warns_when_the_cap_leaves_too_few(X, y, groups):
    augmenter = BeatAugmenter({"S": 60}, max_copies_per_group=7, random_state=0)
    words = r"made 7 new rows of class 'S' instead of 50: .* 1 subject, .*max_copies_per_group=7"
    with pytest.warns(UserWarning, match=words):
        _, y_new = augmenter.fit_resample(X, y, groups=groups)
    assert Counter(y_new) == {"N": 60, "V": 30, "S": 17}


def test_augmenter_needs_groups_for_a_cap(X, y):
    with pytest.raises(ValueError, match=r"needs 'groups'.*enable_metadata_routing=True"):
        BeatAugmenter(max_copies_per_group=5).fit_resample(X, y)


def test_augmenter_refuses_groups_of_another_length(X, y, groups):
    with pytest.raises(ValueError, match=r"shape \(100,\).*Got shape \(99,\).*augmenter before"):
        BeatAugmenter().fit_resample(X, y, groups=groups[1:])


def test_augmenter_gets_groups_in_pipelines_and_searches(X, y, groups):
    pipe = make_pipeline(
        BeatAugmenter(double_minority, max_copies_per_group=3, random_state=0),
        RandomUnderSampler(sampling_strategy=balance_majority, random_state=0),
        BeatNormalizer(),
        LogisticRegression(),
    )
    with sklearn.config_context(enable_metadata_routing=True):
        with pytest.warns(UserWarning, match="max_copies_per_group=3"):
            pipe.fit(X, y, groups=groups)
        search = GridSearchCV(pipe, {"logisticregression__C": [0.1, 1.0]}, cv=GroupKFold(2))
        with pytest.warns(UserWarning, match="max_copies_per_group=3"):
            search.fit(X, y, groups=groups)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_augmenter_works_in_pipelines_without_routing(X, y):
    pipe = make_pipeline(BeatAugmenter(double_minority, random_state=0), LogisticRegression())
    assert pipe.fit(X, y).predict(X).shape == (100,)


def test_augmenter_clones_and_pickles(X, y):
    augmenter = BeatAugmenter(double_minority, methods=(("shift", 0.1),), random_state=0)
    expected = augmenter.fit_resample(X, y)[0]
    assert_array_equal(clone(augmenter).fit_resample(X, y)[0], expected)
    assert_array_equal(pickle.loads(pickle.dumps(augmenter)).fit_resample(X, y)[0], expected)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"methods": "noise"}, "'methods' .* must name methods from .* Got 'noise'"),
        ({"methods": ()}, "'methods' .* Got \\(\\)"),
        ({"methods": 3}, "'methods' .* Got 3"),
        ({"methods": [3]}, "'methods' .* Got 3"),
        ({"methods": [("shift", 0.1, 2)]}, "'methods' .* Got \\('shift', 0.1, 2\\)"),
        ({"methods": {"shift": -1}}, "'methods' .* strength .* Got -1 for 'shift'"),
        ({"methods": {"shift": "far"}}, "'methods' .* Got 'far' for 'shift'"),
        ({"mix": "some"}, "'mix' .* 'one' or 'all'. Got 'some'"),
        ({"max_copies_per_group": 0}, "'max_copies_per_group' .* Got 0"),
        ({"sampling_strategy": "most"}, "'sampling_strategy' parameter of BeatAugmenter must be"),
        ({"layout": BeatLayout(49)}, "'layout' parameter of BeatAugmenter"),
    ],
)
def test_augmenter_refuses_invalid_parameters(X, y, parameters, words):
    with pytest.raises(ValueError, match=words):
        BeatAugmenter(**parameters).fit_resample(X, y)


def test_augmenter_refuses_missing_samples(X, y):
    X[3, 4] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        BeatAugmenter().fit_resample(X, y)
