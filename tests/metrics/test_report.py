import json
from math import isnan

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import (
    balanced_accuracy_score,
    confusion_matrix,
    precision_recall_fscore_support,
)
from sklearn.metrics import log_loss as sklearn_log_loss

from skecg import beat_report

Y_TRUE = ["N", "N", "N", "N", "S", "S", "V", "V", "V", "F"]
Y_PRED = ["N", "N", "N", "S", "N", "S", "V", "V", "N", "V"]


def test_counts_are_in_aami_order():
    report = beat_report(Y_TRUE, Y_PRED)
    assert report.labels == ("N", "S", "V", "F")
    expected = [[3, 1, 0, 0], [1, 1, 0, 0], [1, 0, 2, 0], [0, 0, 1, 0]]
    assert report.counts.to_numpy().tolist() == expected
    assert report.counts.index.name == "reference"
    assert report.counts.columns.name == "predicted"


def test_per_class_by_hand():
    row = beat_report(Y_TRUE, Y_PRED).per_class.loc["V"]
    assert row[["support", "TP", "FP", "FN", "TN"]].tolist() == [3, 2, 1, 1, 6]
    assert_allclose(row[["Se", "Sp", "+P", "F1"]].astype(float), [2 / 3, 6 / 7, 2 / 3, 2 / 3])


def test_per_class_columns_are_fixed():
    columns = ["Se", "Sp", "+P", "F1", "support", "TP", "FP", "FN", "TN"]
    assert list(beat_report(Y_TRUE, Y_PRED).per_class.columns) == columns


def test_overall_by_hand():
    overall = beat_report(Y_TRUE, Y_PRED).overall["value"]
    assert_allclose(overall["accuracy"], 6 / 10)
    assert_allclose(overall["balanced_accuracy"], (3 / 4 + 1 / 2 + 2 / 3 + 0) / 4)
    assert_allclose(overall["macro_f1"], (6 / 9 + 2 / 4 + 4 / 6 + 0) / 4)
    assert overall["n_beats"] == 10
    assert "n_subjects" not in overall and "log_loss" not in overall


def test_report_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.choice(list("NSVFQ"), (2, 500))
    report = beat_report(y_true, y_pred)
    order = list(report.labels)
    p, r, f, n = precision_recall_fscore_support(y_true, y_pred, labels=order)
    assert_allclose(report.per_class[["+P", "Se", "F1", "support"]].T, [p, r, f, n])
    assert_allclose(
        report.overall.loc["balanced_accuracy", "value"], balanced_accuracy_score(y_true, y_pred)
    )
    assert_allclose(report.counts, confusion_matrix(y_true, y_pred, labels=order))


def test_zero_over_zero_is_nan_and_printed_as_dash():
    report = beat_report(["N", "N", "V"], ["N", "N", "N"], labels=["N", "V", "Q"])
    assert isnan(report.per_class.loc["V", "+P"])
    assert report.per_class.loc["V", "Se"] == 0
    assert isnan(report.per_class.loc["Q", "Se"])
    q_line = next(line for line in str(report).splitlines() if line.startswith("Q "))
    assert q_line.split() == ["Q", "-", "100.00", "-", "-", "0", "0", "0", "0", "3"]


def test_means_leave_out_classes_without_reference_beats():
    report = beat_report(["N", "N", "N", "V"], ["N", "N", "S", "V"])
    assert_allclose(report.overall.loc["balanced_accuracy", "value"], (2 / 3 + 1) / 2)
    assert_allclose(report.overall.loc["macro_f1", "value"], (4 / 5 + 1) / 2)
    assert "means over the 2 classes with reference beats" in str(report)


def test_labels_set_the_order_and_may_name_absent_classes():
    report = beat_report(["N", "V"], ["N", "V"], labels=np.array(["V", "F", "N"]))
    assert report.labels == ("V", "F", "N")
    assert report.per_class.loc["F", "support"] == 0


def test_labels_that_do_not_cover_raise():
    with pytest.raises(ValueError, match=r"every label of y_pred.*lacks \['S'\] \(1 beats\)"):
        beat_report(["N", "N"], ["N", "S"], labels=["N", "V"])


@pytest.mark.parametrize("labels", [[], ["N", "V", "N"]])
def test_labels_empty_or_twice_raise(labels):
    with pytest.raises(ValueError, match="must name each class once"):
        beat_report(["N", "V"], ["N", "V"], labels=labels)


def test_labels_as_string_raise():
    with pytest.raises(TypeError, match="must be a sequence of labels"):
        beat_report(["N", "V"], ["N", "V"], labels="NV")


def test_different_lengths_raise():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        beat_report(["N", "V"], ["N"])


def test_no_beats_raise():
    with pytest.raises(ValueError, match="at least one beat"):
        beat_report([], [])


@pytest.mark.parametrize("missing", [None, np.nan])
def test_missing_labels_raise(missing):
    with pytest.raises(ValueError, match=r"label for every beat. Got 1 missing"):
        beat_report(["N", "V"], pd.Series(["N", missing], dtype=object))


def test_strings_beside_numbers_raise():
    with pytest.raises(ValueError, match="all strings or all numbers"):
        beat_report(["N", "V"], [0, 1])


def test_probabilities_as_predictions_raise():
    with pytest.raises(ValueError, match="belong into 'y_proba'"):
        beat_report([0, 1], [0.2, 0.7])


def test_groups_of_another_length_raise():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        beat_report(["N", "V"], ["N", "V"], groups=["a"])


def test_groups_count_subjects_of_each_class():
    report = beat_report(["N", "N", "V", "V", "N"], ["N"] * 5, groups=["a", "b", "a", "a", "c"])
    assert report.per_class["subjects"].to_dict() == {"N": 3, "V": 1}
    assert report.overall.loc["n_subjects", "value"] == 3
    assert "5 beats of 3 subjects, 2 classes" in str(report)


@pytest.mark.parametrize(
    "values", [[0, 1, 1, 3], [True, False, True, True], pd.Categorical(["N", "V", "V", "F"])]
)
def test_labels_of_any_type(values):
    report = beat_report(values, values)
    assert report.overall.loc["accuracy", "value"] == 1
    json.dumps(report.to_dict())


def test_log_loss_agrees_with_scikit_learn():
    proba = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.2, 0.3, 0.5]])  # F, N, V
    report = beat_report(["F", "N", "N"], ["F", "N", "V"], y_proba=proba)
    expected = -(np.log(0.7) + np.log(0.6) + np.log(0.3)) / 3
    assert_allclose(report.overall.loc["log_loss", "value"], expected)
    assert_allclose(expected, sklearn_log_loss(["F", "N", "N"], proba, labels=["F", "N", "V"]))


def test_y_proba_frame_names_its_columns():
    proba = pd.DataFrame({"V": [0.1, 0.9], "Q": [0.1, 0.0], "N": [0.8, 0.1]})
    report = beat_report(["N", "V"], ["N", "V"], y_proba=proba)
    assert report.labels == ("N", "V", "Q")
    assert_allclose(report.overall.loc["log_loss", "value"], -(np.log(0.8) + np.log(0.9)) / 2)


def test_y_proba_without_the_true_class_costs_the_floor():
    proba = pd.DataFrame({"N": [1.0, 1.0]})
    report = beat_report(["N", "V"], ["N", "N"], y_proba=proba)
    assert_allclose(report.overall.loc["log_loss", "value"], -np.log(1e-7) / 2)


def test_y_proba_array_beside_unsorted_labels_raises():
    with pytest.raises(ValueError, match=r"cannot be told.*DataFrame"):
        beat_report(["N", "F"], ["N", "F"], labels=["N", "F"], y_proba=[[1, 0], [0, 1]])


def test_y_proba_of_another_width_raises():
    with pytest.raises(ValueError, match=r"shape \(n_beats, 2\).*\['N', 'V'\].*\(2, 3\)"):
        beat_report(["N", "V"], ["N", "V"], y_proba=np.full((2, 3), 1 / 3))


def test_y_proba_that_is_no_probability_raises():
    with pytest.raises(ValueError, match="must hold probabilities"):
        beat_report(["N", "V"], ["N", "V"], y_proba=[[3.0, -2.0], [0.0, 1.0]])


def test_to_dict_has_exactly_these_keys():
    data = beat_report(["N", "N", "V"], ["N", "N", "N"]).to_dict(
        settings={"fs": 250}, versions={"skecg": "1"}
    )
    assert data == {
        "schema": 1,
        "n_beats": 3,
        "labels": ["N", "V"],
        "confusion_matrix": [[2, 0], [1, 0]],
        "classes": {
            "N": {"se": 1.0, "ppv": 2 / 3, "sp": 0.0, "f1": 0.8, "support": 2},
            "V": {"se": 0.0, "ppv": None, "sp": 1.0, "f1": 0.0, "support": 1},
        },
        "macro_f1": 0.4,
        "accuracy": 2 / 3,
        "settings": {"fs": 250},
        "versions": {"skecg": "1"},
    }


def test_to_dict_is_strict_json():
    data = beat_report(["N"], ["N"], labels=["N", "V"]).to_dict()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["settings"] == {} and "skecg" in data["versions"]


def test_str_fits_80_columns_for_a_large_database():
    y = np.repeat(["N", "S", "V", "F", "a label that is long"], [784_633, 1_100, 4_467, 354, 11])
    report = beat_report(y, y[::-1], groups=np.arange(len(y)))
    lines = str(report).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "Beat report: 790,565 beats of 790,565 subjects, 5 classes"
    assert lines[1].startswith("One class against the rest")


def test_html_escapes_labels():
    text = beat_report(["<b>", "N"], ["<b>", "N"])._repr_html_()
    assert "&lt;b&gt;" in text and "<b>" not in text
    assert "One class against the rest" in text


def test_report_is_frozen():
    report = beat_report(["N"], ["N"])
    with pytest.raises(AttributeError):
        report.labels = ("V",)
