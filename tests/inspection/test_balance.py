import numpy as np
import pytest
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.dummy import DummyClassifier
from sklearn.preprocessing import StandardScaler

from skecg import BeatAugmenter, balance_majority, double_minority
from skecg.inspection._balance import count_stages, resampled_labels

Y = np.repeat(["N", "S", "V"], [60, 2, 8])
X = np.random.default_rng(0).normal(size=(70, 10))


def counts(estimator, X=X, groups=None):
    return count_stages(resampled_labels(estimator, X, Y, "test", groups=groups), "test")


def test_class_that_appears_or_disappears_has_a_zero():
    found = count_stages({"before": ["N", "Q"], "after": ["N", "V"]}, "test")
    assert found.to_dict("list") == {"before": [1, 0, 1], "after": [1, 1, 0]}


def test_pipeline_has_a_stage_for_each_sampler():
    pipe = make_pipeline(
        BeatAugmenter(double_minority, random_state=0),
        RandomUnderSampler(sampling_strategy=balance_majority, random_state=0),
        StandardScaler(),
        DummyClassifier(),
    ).fit(X, Y)
    assert counts(pipe).to_dict("list") == {
        "given": [60, 2, 8],
        "beataugmenter": [60, 4, 16],
        "randomundersampler": [20, 4, 16],
    }


def test_pipeline_with_fitted_transformers_is_not_changed():
    sampler = RandomUnderSampler(random_state=0)
    pipe = make_pipeline(StandardScaler(), "passthrough", sampler, DummyClassifier()).fit(X, Y)
    before = pipe[2].sample_indices_.tolist()
    assert counts(pipe, X[::-1])["randomundersampler"].tolist() == [2, 2, 2]
    assert pipe[2].sample_indices_.tolist() == before


def test_subjects_go_to_samplers_that_take_them():
    augmenter = BeatAugmenter(double_minority, max_copies_per_group=1, random_state=0)
    with pytest.warns(UserWarning):
        found = counts(augmenter, groups=np.repeat(["a", "b"], 35))
    assert found["resampled"].tolist() == [60, 3, 9]


def test_subjects_follow_the_rows_that_a_sampler_chooses():
    pipe = make_pipeline(
        RandomUnderSampler(random_state=0),
        BeatAugmenter(double_minority, max_copies_per_group=1, random_state=0),
        DummyClassifier(),
    )
    assert counts(pipe, groups=np.arange(70))["randomundersampler"].tolist() == [2, 2, 2]


def test_pipeline_without_a_sampler_raises():
    pipe = make_pipeline(StandardScaler(), DummyClassifier()).fit(X, Y)
    with pytest.raises(ValueError, match="must be a sampler or a pipeline with one"):
        counts(pipe)
