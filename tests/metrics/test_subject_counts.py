import numpy as np
import pytest

from skecg.metrics import _bootstrap
from skecg.metrics._bootstrap import encode_subjects
from skecg.metrics._subject_counts import (
    count_by_subject,
    errors_by_subject,
    subjects_of_classes,
)

TRUE, PREDICTED = np.array([0, 0, 1, 1, 2, 0]), np.array([0, 1, 1, 0, 0, 0])
SUBJECTS = encode_subjects(list("aabbbc"), "beat_report")


@pytest.mark.parametrize("most_cells", [0, 2**24])
def test_counts_and_errors_of_subjects_by_hand(monkeypatch, most_cells):
    monkeypatch.setattr(_bootstrap, "DENSE_CELLS", most_cells)  # 0: sparse
    counts = count_by_subject(TRUE, PREDICTED, 3, None, SUBJECTS)
    assert counts.total().matrices.tolist() == [[2, 1, 0, 1, 1, 0, 1, 0, 0]]
    assert subjects_of_classes(counts, 3).tolist() == [2, 1, 1]
    found = errors_by_subject(counts, SUBJECTS.names, list("NSV"))
    assert found.index.tolist() == ["b", "a", "c"]
    assert found["errors"].tolist() == [2, 1, 0] and found["accuracy"].tolist() == [1 / 3, 0.5, 1]
    assert found["share"].tolist() == [2 / 3, 1 / 3, 0]
    # the first of equally frequent errors; none where there are no errors
    assert found["y_true"].tolist()[:2] == ["S", "N"] and found["y_pred"].tolist()[:2] == [
        "N",
        "S",
    ]
    assert found["count"].tolist() == [1, 1, 0] and found["y_true"].isna().tolist()[2]


def test_subjects_of_a_single_class_have_no_errors():
    zeros = np.zeros(3, dtype=np.intp)
    subjects = encode_subjects(["a", "b", "b"], "beat_report")
    counts = count_by_subject(zeros, zeros, 1, None, subjects)
    found = errors_by_subject(counts, subjects.names, ["N"])
    assert found["beats"].tolist() == [1, 2] and not found["errors"].any()
    assert found["y_true"].isna().all() and found["share"].isna().all()
