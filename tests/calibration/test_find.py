"""Calibrations from predictions out of fold."""

import numpy as np
import pandas as pd
import pytest

from skecg import find_calibration

TABLE = pd.DataFrame(
    {
        "subject": list("abab"),
        "y_true": list("NNNV"),
        "y_pred": list("NNNN"),
        "p_N": np.float32(0.9),
        "p_V": np.float32(0.1),
    }
)


def test_table_array_and_frame_give_the_same():
    proba = TABLE[["p_N", "p_V"]].to_numpy()
    frame = pd.DataFrame(proba[:, ::-1], columns=["V", "N"])
    found = [
        find_calibration(TABLE),
        find_calibration(list("NNNV"), proba),
        find_calibration(list("NNNV"), frame),
        find_calibration(list("NNNV"), proba[:, ::-1], labels=["V", "N"]),
    ]
    assert [one.temperature for one in found] == pytest.approx([2.0] * 4, rel=1e-5)


def test_corrected_prior_has_an_offset_for_each_column():
    proba = [[0.8, 0.2], [0.3, 0.7]] * 4
    found = find_calibration(list("NNNVNVVN"), proba, correct_prior=True)
    assert list(found.offsets) == ["N", "V"]
    new = found.apply(proba, labels=["N", "V"])
    assert new[:, 1].mean() == pytest.approx(3 / 8, abs=1e-6)


def test_labels_that_are_numbers_find_their_columns():
    table = TABLE.assign(y_true=[0, 0, 0, 1], y_pred=0).rename(
        columns={"p_N": "p_0", "p_V": "p_1"}
    )
    assert find_calibration(table).temperature == pytest.approx(2, rel=1e-5)


def test_beats_of_classes_without_a_column_are_excluded_and_counted():
    with pytest.warns(UserWarning, match=r"find_calibration excludes 1 of 5 rows.*1 of Q"):
        found = find_calibration(list("NNNVQ"), [[0.9, 0.1]] * 5, labels=["N", "V"])
    assert found.temperature == pytest.approx(2, rel=1e-5)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((TABLE, [[0.9, 0.1]] * 4), "takes no 'y_proba' together with predictions"),
        ((TABLE.drop(columns=["p_N", "p_V"]),), "have no probabilities"),
        ((TABLE.drop(columns="y_true"),), "must have the columns"),
        ((list("NNNV"),), "needs 'y_proba'"),
        ((list("NNNV"), [[0.9, 0.2]] * 4), "must hold probabilities"),
        ((list("NNNV"), [[0.9, 0.1]] * 3), "inconsistent numbers of samples"),
        ((list("NNNV"), [[0.8, 0.1, 0.1]] * 4), "one column for each of .* labels=model.classes_"),
    ],
)
def test_unusable_predictions_are_refused(given, words):
    with pytest.raises(ValueError, match=words):
        find_calibration(*given)


def test_labels_are_for_arrays():
    frame = pd.DataFrame([[0.9, 0.1]] * 4, columns=["N", "V"])
    with pytest.raises(ValueError, match="is for arrays"):
        find_calibration(list("NNNV"), frame, labels=["V", "N"])
