import numpy as np
import pytest
from numpy.testing import assert_allclose

from skecg import beat_report
from skecg.metrics._subject_errors import count_errors, rank_subjects

# a: 2 V of which one is missed; b: 2 N called V; c: 1 V found; d: nothing wrong, no V
Y_TRUE = ["V", "V", "N", "N", "V", "N"]
Y_PRED = ["V", "N", "V", "V", "V", "N"]
GROUPS = ["a", "a", "b", "b", "c", "d"]


def ranked(label=None, most=None):
    return rank_subjects(count_errors(Y_TRUE, Y_PRED, GROUPS, "test", label=label), most)


def test_subjects_are_sorted_by_errors_of_the_class():
    found = ranked("V")
    assert found.index.tolist() == ["b", "a", "c", "d"]
    assert found[["FN", "FP"]].to_numpy().tolist() == [[0, 2], [1, 0], [0, 0], [0, 0]]
    assert_allclose(found["share"], [2 / 3, 1 / 3, 0, 0])
    assert_allclose(found["cumulative"], [2 / 3, 1, 1, 1])
    assert_allclose(found["Se"], [np.nan, 0.5, 1, np.nan])
    assert_allclose(found["+P"], [0, 1, 1, np.nan])


def test_subjects_over_all_classes():
    assert ranked().reset_index()[["index", "errors", "accuracy"]].to_numpy().tolist() == [
        ["b", 2, 0.0],
        ["a", 1, 0.5],
        ["c", 0, 1.0],
        ["d", 0, 1.0],
    ]


def test_metrics_of_one_subject_are_those_of_the_report():
    counts = count_errors(Y_TRUE, Y_PRED, ["a"] * 6, "test", label="V")
    of_v = beat_report(Y_TRUE, Y_PRED).per_class.loc["V"]
    assert_allclose(rank_subjects(counts)[["Se", "+P"]].loc["a"], of_v[["Se", "+P"]])


def test_subjects_that_are_many_share_the_last_row():
    found = ranked("V", most=2)
    assert found.index.tolist() == ["b", "3 others"]
    assert found[["beats", "FN", "FP"]].to_numpy().tolist() == [[0, 0, 2], [3, 1, 0]]
    assert_allclose(found["Se"], [np.nan, 2 / 3])


def test_subjects_without_errors_have_no_share():
    counts = count_errors(Y_TRUE, Y_TRUE, GROUPS, "test", label="V")
    assert rank_subjects(counts)["cumulative"].tolist() == [0] * 4


def test_unknown_label_raises():
    with pytest.raises(ValueError, match=r"'label' .* one of .*'N', 'V'.* Got 'S'"):
        count_errors(Y_TRUE, Y_PRED, GROUPS, "test", label="S")


def test_other_lengths_raise():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        count_errors(Y_TRUE, Y_PRED, GROUPS[:5], "test")
