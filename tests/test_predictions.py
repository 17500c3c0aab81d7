import io

import pandas as pd
import pytest

from skecg.predictions import check_same_beats, unpack_predictions


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "record": ["100", "100", "101"],
            "sample": [10, 300, 20],
            "subject": ["a", "a", "b"],
            "y_true": ["N", "V", "N"],
            "y_pred": ["N", "N", "N"],
            "p_N": [0.9, 0.8, 1.0],
            "p_V": [0.1, 0.2, 0.0],
        }
    )


def test_predictions_come_back(table):
    found = unpack_predictions(table, "BeatReport.from_table")
    assert found.y_true.tolist() == ["N", "V", "N"]
    assert found.y_pred.tolist() == ["N", "N", "N"]
    assert found.groups.tolist() == ["a", "a", "b"]
    assert found.y_proba.to_dict("list") == {"N": [0.9, 0.8, 1.0], "V": [0.1, 0.2, 0.0]}


def test_predictions_without_probabilities(table):
    found = unpack_predictions(table.drop(columns=["p_N", "p_V"]), "BeatReport.from_table")
    assert found.y_proba is None


def test_labels_that_are_numbers_name_their_columns():
    table = pd.DataFrame({"subject": ["a"], "y_true": [0], "y_pred": [2]})
    table[["p_0", "p_1", "p_2"]] = [[0.2, 0.2, 0.6]]
    assert list(unpack_predictions(table, "x").y_proba.columns) == [0, 1, 2]


def test_missing_columns_raise(table):
    with pytest.raises(ValueError, match=r"from_table must have .* lacks truth: it has record"):
        unpack_predictions(table.drop(columns="y_true"), "BeatReport.from_table")


def test_no_frame_raises():
    with pytest.raises(TypeError, match=r"DataFrame of predictions.*Got list"):
        unpack_predictions([1], "BeatReport.from_table")


def test_labels_that_are_bools_name_their_columns():
    table = pd.DataFrame({"subject": ["a"], "y_true": [True], "y_pred": [True]})
    table[["p_False", "p_True"]] = [[0.2, 0.8]]
    assert list(unpack_predictions(table, "x").y_proba.columns) == [False, True]


@pytest.mark.parametrize("column", ["subject", "y_true", "y_pred"])
def test_missing_values_raise_and_say_where_they_may_come_from(table, column):
    table.loc[1, column] = None
    with pytest.raises(ValueError, match=rf"'{column}' .* Got 1\. .*keep_default_na=False"):
        unpack_predictions(table, "BeatReport.from_table")


def test_tables_read_back_from_csv_are_of_the_same_beats(table):
    read = pd.read_csv(io.StringIO(table.to_csv(index=False)))
    assert read["record"].dtype == "int64"
    check_same_beats({"a": table, "b": read}, "compare_models")


def test_tables_of_different_lengths_raise(table):
    with pytest.raises(ValueError, match=r"the same beats .* 'a' has 3 beats and 'b' 2\."):
        check_same_beats({"a": table, "b": table.iloc[:2]}, "compare_models")
