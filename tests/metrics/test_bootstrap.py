import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skecg.metrics import _bootstrap
from skecg.metrics._bootstrap import (
    check_resampling,
    encode_subjects,
    percentile_interval,
    resample,
    resample_subjects,
)


def draw_weights(n_subjects, n_resamples=1000, random_state=0):
    """How often each subject is drawn: each subject is counted as itself."""
    return resample_subjects(np.eye(n_subjects), n_resamples, random_state)


def test_weights_draw_as_many_subjects_as_there_are():
    weights = draw_weights(7, 50, random_state=0)
    assert weights.shape == (50, 7)
    assert_array_equal(weights.sum(axis=1), 7)


def test_weights_are_those_of_a_multinomial_distribution():
    weights = draw_weights(5, 20_000, random_state=1)
    # each count has mean 1 and variance 1 - 1/5; 20,000 draws leave a hundredth of chance
    assert_allclose(weights.mean(axis=0), 1, atol=0.03)
    assert_allclose(weights.var(axis=0), 0.8, atol=0.04)


def test_weights_of_a_seed_are_the_same_again():
    assert_array_equal(draw_weights(4, 10), draw_weights(4, 10, random_state=0))
    assert not np.array_equal(draw_weights(4, 10), draw_weights(4, 10, random_state=1))


def test_weights_of_one_subject_are_ones():
    assert_array_equal(draw_weights(1, 3), [[1], [1], [1]])


def test_resample_by_hand():
    counts = np.array([[[1, 0], [0, 2]], [[3, 1], [0, 0]]])
    assert_array_equal(
        resample(counts, np.array([[2, 0], [1, 1]])), [[[2, 0], [0, 4]], [[4, 1], [0, 2]]]
    )


def test_resample_subjects_draws_in_parts_as_at_once(monkeypatch):
    counts = np.arange(12).reshape(6, 2)
    at_once = resample(counts, draw_weights(6, 100, 3))
    monkeypatch.setattr(_bootstrap, "DRAWS_AT_ONCE", 50)
    assert_array_equal(resample_subjects(counts, 100, 3), at_once)


def test_interval_of_a_mean_has_its_known_width():
    # the standard error of the mean of n values is their standard deviation / sqrt(n)
    values = np.random.default_rng(0).normal(size=400)
    sums = resample(np.c_[values, np.ones(400)], draw_weights(400, 4000))
    low, high = percentile_interval(sums[:, 0] / sums[:, 1])
    width = 2 * 1.96 * values.std() / np.sqrt(400)
    assert_allclose(high - low, width, rtol=0.05)  # chance of 4000 resamples


def test_percentiles_are_those_of_numpy_without_nan():
    values = np.random.default_rng(0).normal(size=(101, 3, 2))
    values[:40, 0, 0] = np.nan
    expected = np.nanquantile(values, [0.05, 0.95], axis=0)
    assert_allclose(percentile_interval(values, 0.9), expected)


def test_percentiles_of_nothing_are_nan():
    low, high = percentile_interval(np.full((5, 2), np.nan))
    assert np.isnan([low, high]).all()


def test_subjects_are_sorted_whatever_the_order_of_beats():
    subjects = encode_subjects(["b", "a", "b", "c"], "beat_report")
    assert subjects.names == ["a", "b", "c"]
    assert subjects.codes.tolist() == [1, 0, 1, 2]
    assert subjects.sums(np.array([1.0, 2.0, 3.0, 4.0])).tolist() == [[2], [4], [4]]
    assert subjects.counts(np.array([0, 1, 1, 1]), 2).tolist() == [[0, 1], [1, 1], [0, 1]]


def test_subjects_of_several_types_are_sorted_as_text():
    groups = np.array(["b", 10, "a", 9], dtype=object)
    assert encode_subjects(groups, "beat_report").names == [10, 9, "a", "b"]


@pytest.mark.parametrize("confidence", [95, 0.0, 1.0, "0.95"])
def test_confidence_out_of_range_raises(confidence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        check_resampling(confidence, 1000, "beat_report")


def test_no_resamples_raise():
    with pytest.raises(ValueError, match="at least 1"):
        check_resampling(0.95, 0, "beat_report")
    with pytest.raises(TypeError, match="must be an integer"):
        check_resampling(0.95, 10.0, "beat_report")
