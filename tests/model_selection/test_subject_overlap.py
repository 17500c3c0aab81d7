"""Subjects of a model file against those of test beats."""

import json

import pytest

from skecg import SubjectOverlap


def test_shared_subjects_are_named_once_and_sorted():
    overlap = SubjectOverlap.between(["b", "a", "c"], ["c", "d", "a", "a"])
    assert overlap == SubjectOverlap(("a", "c"), n_test=3, n_train=3)
    assert overlap.found is True
    expected = "trained on 2 of the 3 test subjects (3 training subjects in all): a, c."
    assert str(overlap) == f"The model was {expected}"


def test_other_subjects_are_counted():
    overlap = SubjectOverlap.between(["a"], ["b", "c"])
    assert overlap.found is False
    assert str(overlap).endswith("on none of the 2 test subjects, but on 1 other subject.")


@pytest.mark.parametrize("train", [None, []])
def test_unknown_training_subjects_may_overlap(train):
    overlap = SubjectOverlap.between(train, ["b", "c"])
    assert overlap.found is None
    assert "does not name its training subjects; the 2 test subjects may be" in str(overlap)


def test_overlap_is_data_for_json():
    overlap = SubjectOverlap.between(["a", "b"], ["b"])
    assert json.loads(json.dumps(overlap.to_dict())) == {
        "found": True,
        "n_subjects": {"train": 2, "test": 1},
        "subjects": ["b"],
    }
