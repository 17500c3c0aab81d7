import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from skecg.inspection._choose_beats import choose_beats, choose_errors, predicted_probability

Y_TRUE = np.array(["V", "N", "N", "N", "N", "V", "S", "N"])
Y_PRED = np.array(["V", "N", "N", "V", "N", "N", "N", "N"])
P_N = np.array([0.1, 0.9, 0.9, 0.2, 0.9, 0.6, 0.7, 0.9])
PROBA = pd.DataFrame({"N": P_N, "V": 1 - P_N})


def test_choice_is_balanced_over_classes_and_errors():
    y_true = np.repeat(["N", "S", "V"], [900, 60, 40])
    y_pred = np.where(np.arange(1000) % 100 == 0, "V", y_true)
    rows = choose_beats(y_true, y_pred, 12, 0, "test")
    assert np.unique(y_true[rows], return_counts=True)[1].tolist() == [4, 4, 4]
    wrong = (y_true != y_pred)[rows].reshape(3, 4)  # no S or V beat but row 900 is wrong
    assert wrong.tolist() == [[False, False, True, True], [False] * 3 + [True], [False] * 4]


def test_choice_is_seeded():
    y = np.repeat(["N", "V"], 50)
    rows = [choose_beats(y, None, 6, seed, "test").tolist() for seed in (0, 0, 1)]
    assert rows[0] == rows[1] != rows[2]


def test_choice_is_of_all_beats_where_there_are_fewer():
    assert sorted(choose_beats(Y_TRUE, None, 20, 0, "test")) == list(range(8))


@pytest.mark.parametrize(
    ("errors", "rows"),
    [
        (("V", "N"), [5]),
        ((None, "N"), [6, 5]),
        (("N", None), [3]),
        (True, [3, 6, 5]),  # 0.8, 0.7 and 0.6
        (("F", "N"), []),
    ],
)
def test_errors_come_most_confident_first(errors, rows):
    probability = predicted_probability(Y_TRUE, Y_PRED, PROBA, "test")
    assert choose_errors(Y_TRUE, Y_PRED, probability, errors, "test").tolist() == rows


def test_errors_without_probabilities_come_in_order():
    assert choose_errors(Y_TRUE, Y_PRED, None, True, "test").tolist() == [3, 5, 6]


@pytest.mark.parametrize("errors", ["VN", ("V",), False])
def test_errors_that_are_not_a_pair_raise(errors):
    with pytest.raises(ValueError, match=r"'errors' .* such as \(\"V\", \"N\"\), or True"):
        choose_errors(Y_TRUE, Y_PRED, None, errors, "test")


def test_errors_without_predictions_raise():
    with pytest.raises(ValueError, match=r"'errors' .* together with predictions"):
        choose_errors(Y_TRUE, None, None, True, "test")


def test_probability_is_that_of_the_predicted_label():
    assert_allclose(
        predicted_probability(Y_TRUE, Y_PRED, PROBA, "test"),
        [0.9, 0.9, 0.9, 0.8, 0.9, 0.6, 0.7, 0.9],
    )
    assert predicted_probability(Y_TRUE, None, PROBA, "test") is None
