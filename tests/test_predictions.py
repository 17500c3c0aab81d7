"""Predictions: made from tables, beats, models and files, and read back."""

import dataclasses
import io

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import Bunch

from skecg import Predictions, TemperatureScaling
from skecg.predictions import as_predictions, check_same_beats


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


def make_beats(labels, **parts):
    """Beats of one subject, whose rows hold the position of their label among the labels."""
    y = np.array(list(labels)) if isinstance(labels, str) else np.asarray(labels)
    n = len(y)
    meta = pd.DataFrame({"record": "100", "sample": np.arange(n) * 100}, index=range(n))
    data = np.unique(y, return_inverse=True)[1][:, np.newaxis].astype(float)
    return Bunch(**{"data": data, "target": y, "groups": np.full(n, "a"), "meta": meta} | parts)


# ---- from a table


def test_predictions_of_a_table_have_its_values(table):
    found = Predictions(table)
    assert found.y_true.tolist() == ["N", "V", "N"]
    assert found.y_pred.tolist() == ["N", "N", "N"]
    assert found.groups.tolist() == ["a", "a", "b"]
    assert found.y_proba.to_dict("list") == {"N": [0.9, 0.8, 1.0], "V": [0.1, 0.2, 0.0]}
    assert found.labels == ("N", "V")
    assert len(found) == 3
    assert repr(found) == (
        "<Predictions: 3 beats of 2 subjects, classes N, V, with probabilities>"
    )


def test_predictions_without_probabilities(table):
    found = Predictions(table[["subject", "y_true", "y_pred"]])
    assert found.y_proba is None
    assert repr(found) == "<Predictions: 3 beats of 2 subjects, classes N, V>"


@pytest.mark.parametrize("kind", [int, float])
def test_labels_that_are_numbers_name_their_columns(kind):
    table = pd.DataFrame({"subject": ["a"], "y_true": [kind(0)], "y_pred": [kind(2)]})
    table[[f"p_{kind(0)}", f"p_{kind(1)}", f"p_{kind(2)}"]] = [[0.2, 0.2, 0.6]]
    found = Predictions(table)
    assert list(found.y_proba.columns) == [0, 1, 2]
    assert {type(label) for label in found.y_proba.columns} == {kind}


def test_columns_that_are_no_numbers_keep_their_names_beside_labels_that_are():
    table = pd.DataFrame({"subject": ["a"], "y_true": [0], "y_pred": [0], "p_0": 0.5, "p_V": 0.5})
    assert list(Predictions(table).y_proba.columns) == [0, "V"]


def test_labels_that_are_bools_name_their_columns():
    table = pd.DataFrame({"subject": ["a"], "y_true": [True], "y_pred": [True]})
    table[["p_False", "p_True"]] = [[0.2, 0.8]]
    assert list(Predictions(table).y_proba.columns) == [False, True]


def test_predictions_cannot_be_changed(table):
    found = Predictions(table)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.table = table
    for values in (found.y_true, found.y_pred, found.groups):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = "V"
    table.loc[0, "y_pred"] = "V"
    assert found.table["y_pred"].tolist() == found.y_pred.tolist() == ["N", "N", "N"]


def test_missing_columns_raise(table):
    with pytest.raises(ValueError, match=r"of Predictions must have .* lacks y_true: it has rec"):
        Predictions(table.drop(columns="y_true"))


@pytest.mark.parametrize("column", ["subject", "y_true", "y_pred"])
def test_missing_values_raise_and_name_their_likely_origin(table, column):
    table.loc[1, column] = None
    with pytest.raises(ValueError, match=rf"'{column}' .* Got 1\. .*names such as NA"):
        Predictions(table)


def test_columns_that_are_taken_for_probabilities_raise(table):
    with pytest.raises(ValueError, match=r"'p_wave' .* must hold numbers: .* rename other"):
        Predictions(table.assign(p_wave="absent"))


# ---- some of the beats


@pytest.mark.parametrize(
    "index", [[True, False, True], np.array([0, 2]), [0, -1], slice(0, 3, 2), pd.Series([0, 2])]
)
def test_some_beats_are_taken(table, index):
    found = Predictions(table)[index]
    assert found.groups.tolist() == ["a", "b"]
    assert found.table.index.equals(pd.RangeIndex(2))


def test_no_beats_are_taken(table):
    found = Predictions(table)
    assert len(found[[]]) == len(found[found.y_true == "F"]) == 0
    assert found[[]].labels == ("N", "V")  # they have columns


@pytest.mark.parametrize(
    ("index", "error", "message"),
    [
        ("y_true", TypeError, r"mask, row numbers or a slice .* Got 'y_true' instead.*\.table"),
        (0, TypeError, "Got 0 instead"),
        ([0.5], TypeError, r"Got \[0.5\] instead"),
        ([[0]], TypeError, "mask, row numbers"),
        ([True], ValueError, "mask has 1 entries, but there are 3 beats"),
        ([3], IndexError, "out-of-bounds"),
    ],
)
def test_other_indices_raise(table, index, error, message):
    with pytest.raises(error, match=message):
        Predictions(table)[index]


# ---- from beats and models


def test_from_beats_orders_named_probabilities():
    proba = pd.DataFrame({"V": [0.1, 0.2], "N": [0.9, 0.3], "S": [0.0, 0.5]}, index=[7, 3])
    table = Predictions.from_beats(make_beats("NS"), ["N", "S"], proba, fold=[4, 2]).table
    expected = ["record", "sample", "subject", "fold", "y_true", "y_pred", "p_N", "p_S", "p_V"]
    assert list(table) == expected
    assert table["fold"].tolist() == [4, 2] and table["p_N"].dtype == np.float32
    assert_allclose(table["p_N"], [0.9, 0.3], rtol=1e-6)


def test_from_beats_takes_the_columns_of_an_array_as_sorted_labels():
    table = Predictions.from_beats(make_beats("NS"), ["N", "V"], np.eye(3)[:2]).table
    assert table["p_N"].tolist() == [1, 0] and table["p_S"].tolist() == [0, 1]
    assert "fold" not in table


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y_pred": ["N"]}, r"'y_pred' .* one entry for each of the 2 beats"),
        ({"fold": [0]}, r"'fold' .* one entry"),
        ({"fold": [0.5, 1]}, "must hold integers"),
        ({"y_proba": np.eye(3)}, "one column for each of the labels N, S"),
        ({"y_proba": pd.DataFrame(np.eye(2), columns=["N", "N"])}, "must not repeat"),
        ({"y_proba": pd.DataFrame(np.eye(3), columns=list("NSV"))}, "one row for each"),
    ],
)
def test_from_beats_of_other_shapes_raises(arguments, message):
    arguments = {"y_pred": ["N", "S"], **arguments}
    with pytest.raises(ValueError, match=message):
        Predictions.from_beats(make_beats("NS"), **arguments)


def test_from_beats_without_parts_raises():
    with pytest.raises(ValueError, match=r"of Predictions\.from_beats .* lacks 'groups', 'meta'"):
        Predictions.from_beats(Bunch(target=np.array(["N"])), ["N"])


def test_from_model_predicts_labels_and_probabilities():
    beats = make_beats("NNSVV")
    tree = DecisionTreeClassifier(random_state=0).fit(beats.data, beats.target)
    found = Predictions.from_model(tree, beats)
    assert found.y_pred.tolist() == list("NNSVV")
    assert list(found.y_proba.columns) == ["N", "S", "V"]
    assert_allclose(found.y_proba.max(axis=1), 1)


def test_from_model_without_probabilities():
    beats = make_beats("NNVV")
    assert Predictions.from_model(LinearSVC().fit(beats.data, beats.target), beats).y_proba is None


def test_from_model_takes_the_labels_of_predict():
    class Cautious(ClassifierMixin, BaseEstimator):
        """Predict V whatever the probabilities are."""

        classes_ = np.array(["N", "V"])

        def predict(self, X):
            return np.full(len(X), "V")

        def predict_proba(self, X):
            return np.tile([0.9, 0.1], (len(X), 1))

    found = Predictions.from_model(Cautious(), make_beats("NV"))
    assert found.y_pred.tolist() == ["V", "V"] and (found.y_proba["N"] > 0.5).all()


# ---- files


@pytest.mark.parametrize("names", [["NA", "100", "nan"], ["None", "1e3", ""], ["a,b", 'c"', "ä"]])
def test_names_come_back_from_a_file(tmp_path, names):
    table = pd.DataFrame({"record": names, "sample": [1, 2, 3], "subject": names})
    written = Predictions(table.assign(y_true=names, y_pred=names[::-1]))
    written.to_csv(tmp_path / "predictions.csv")
    read = Predictions.read_csv(tmp_path / "predictions.csv")
    pd.testing.assert_frame_equal(read.table.astype(object), written.table.astype(object))


def test_labels_that_are_numbers_come_back_as_strings(tmp_path):
    beats = make_beats([0, 1, 2])
    written = Predictions.from_beats(beats, [0, 0, 2], np.full((3, 3), 1 / 3), fold=[0, 0, 1])
    written.to_csv(tmp_path / "predictions.csv")
    read = Predictions.read_csv(tmp_path / "predictions.csv")
    assert read.y_true.tolist() == ["0", "1", "2"] and read.labels == ("0", "1", "2")
    assert list(read.y_proba.columns) == ["0", "1", "2"]
    assert (
        read.table["fold"].tolist() == [0, 0, 1] and read.table["record"].tolist() == ["100"] * 3
    )


def test_probabilities_come_back_to_six_decimals(tmp_path):
    proba = np.random.default_rng(0).dirichlet([1, 1], 20)
    written = Predictions.from_beats(make_beats("NV" * 10), list("NV" * 10), proba)
    written.to_csv(tmp_path / "predictions.csv")
    read = Predictions.read_csv(tmp_path / "predictions.csv").y_proba
    assert (read.dtypes == np.float32).all()
    assert_allclose(read, proba, atol=6e-7)
    again = Predictions.read_csv(tmp_path / "predictions.csv")
    again.to_csv(tmp_path / "again.csv")
    texts = [(tmp_path / f"{name}.csv").read_bytes() for name in ("predictions", "again")]
    assert texts[0] == texts[1] and b"\r" not in texts[0]


def test_files_that_lack_a_column_are_named(tmp_path, table):
    table.drop(columns="subject").to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(ValueError, match=r"Predictions\.read_csv .* lacks subject") as caught:
        Predictions.read_csv(tmp_path / "other.csv")
    assert "other.csv" in caught.value.__notes__[0]


def test_missing_files_and_folders_raise(tmp_path, table):
    with pytest.raises(FileNotFoundError):
        Predictions.read_csv(tmp_path / "nothing.csv")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        Predictions(table).to_csv(tmp_path / "nowhere" / "predictions.csv")


# ---- calibration


def test_calibrated_probabilities_and_the_labels_that_change(table):
    found = Predictions(table).calibrated(TemperatureScaling(offsets={"V": np.log(8)}))
    # odds of V against N, times 8: 8/9, 2, 0
    assert_allclose(found.y_proba["V"], [8 / 17, 2 / 3, 0], rtol=1e-6)
    assert found.y_pred.tolist() == ["N", "V", "N"]
    assert found.table["y_pred"].dtype == table["y_pred"].dtype
    assert Predictions(table).y_pred.tolist() == ["N", "N", "N"]
    as_category = Predictions(table.astype({"y_pred": "category"}))
    changed = as_category.calibrated(TemperatureScaling(offsets={"V": np.log(8)}))
    assert changed.y_pred.tolist() == ["N", "V", "N"]


def test_calibration_keeps_labels_that_are_not_the_most_probable():
    # a threshold of 0.1 for V; the temperature moves no class before another
    table = pd.DataFrame({"subject": ["a"], "y_true": [1], "y_pred": [1], "p_0": 0.8, "p_1": 0.2})
    found = Predictions(table).calibrated(TemperatureScaling(2.0))
    assert found.y_pred.tolist() == [1] and found.table["y_pred"].dtype == np.int64
    assert_allclose(found.y_proba[1], 1 / 3)


def test_calibration_keeps_the_precision_of_the_table():
    found = Predictions.from_beats(
        make_beats("NV"), ["N", "V"], np.array([[0.9, 0.1], [0.5, 0.5]])
    )
    assert (found.calibrated(TemperatureScaling(2.0)).y_proba.dtypes == np.float32).all()


def test_calibration_without_probabilities_raises(table):
    plain = Predictions(table.drop(columns=["p_N", "p_V"]))
    with pytest.raises(
        ValueError, match=r"needs probabilities, in columns such as p_N\. .* y_pred"
    ):
        plain.calibrated(TemperatureScaling(2.0))


# ---- arguments of functions


def test_as_predictions_takes_predictions_and_tables(table):
    predictions = Predictions(table)
    assert as_predictions(predictions, "f") is predictions
    assert as_predictions(table, "f").y_true.tolist() == ["N", "V", "N"]


def test_as_predictions_of_other_types_raises():
    words = r"'table' parameter of beat\.f must be Predictions or a DataFrame of them.* Got list"
    with pytest.raises(TypeError, match=words):
        as_predictions([1], "beat.f")


def test_as_predictions_of_other_tables_raises(table):
    with pytest.raises(
        ValueError, match=r"parameter of f must have .* lacks y_pred: it has record"
    ):
        as_predictions(table.drop(columns="y_pred"), "f")


def test_as_predictions_needs_probabilities_if_asked(table):
    plain = table.drop(columns=["p_N", "p_V"])
    with pytest.raises(
        ValueError, match=r"of f must have a column of probabilities .* p_N\. Got n"
    ):
        as_predictions(plain, "f", needs_probabilities=True)
    assert as_predictions(table, "f", needs_probabilities=True).y_proba is not None


def test_beats_read_from_a_file_are_the_same(table):
    read = pd.read_csv(io.StringIO(table.to_csv(index=False)))
    assert read["record"].dtype == "int64"
    check_same_beats({"a": Predictions(table), "b": Predictions(read)}, "compare_models")


def test_predictions_of_different_lengths_raise(table):
    pair = {"a": Predictions(table), "b": Predictions(table[:2])}
    with pytest.raises(ValueError, match=r"the same beats .* 'a' has 3 beats and 'b' 2\."):
        check_same_beats(pair, "compare_models")


@pytest.mark.parametrize("column", ["record", "sample", "subject", "y_true"])
def test_predictions_of_other_beats_raise(table, column):
    other = table.assign(**{column: [table[column][0], table[column][0], "x"]})
    pair = {"a": Predictions(table), "b": Predictions(other)}
    first = table[column].ne(other[column]).argmax()
    with pytest.raises(ValueError, match=rf"'b' differ in '{column}' of .* first in row {first}"):
        check_same_beats(pair, "compare_models")


def test_columns_that_one_table_lacks_are_not_compared(table):
    pair = {"a": Predictions(table), "b": Predictions(table.drop(columns=["record", "sample"]))}
    check_same_beats(pair, "compare_models")
