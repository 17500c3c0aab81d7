import numpy as np
import pytest
from numpy.testing import assert_allclose

from skecg.metrics._confusion import cell_percentages, confusion_matrices

MATRIX = np.array([[3, 1], [0, 0]])


def test_matrices_of_several_models_have_the_same_classes():
    predictions = {"first": ["N", "V", "N"], "second": ["N", "N", "S"]}
    labels, (first, second) = confusion_matrices(["N", "N", "V"], predictions, None, "test")
    assert labels == ["N", "S", "V"]
    assert first.tolist() == [[1, 0, 1], [0, 0, 0], [1, 0, 0]]
    assert second.tolist() == [[2, 0, 0], [0, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize(
    ("normalize", "expected"),
    [
        ("true", [[75, 25], [np.nan, np.nan]]),
        ("pred", [[100, 100], [0, 0]]),
        ("all", [[75, 25], [0, 0]]),
    ],
)
def test_percentages_are_of_a_row_a_column_or_all(normalize, expected):
    assert_allclose(cell_percentages(MATRIX, normalize), expected)
