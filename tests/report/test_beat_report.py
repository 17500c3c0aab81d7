import json
import re
from math import isnan

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import (
    balanced_accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    precision_recall_fscore_support,
)
from sklearn.metrics import log_loss as sklearn_log_loss

from skecg import BeatReport, beat_report, compare_annotations
from skecg.metrics import _bootstrap
from skecg.metrics._class_metrics import CLASS_METRICS

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
    q_cells = next(line for line in str(report).splitlines() if line.startswith("Q ")).split()
    assert q_cells[:5] == ["Q", "-", "100.00", "-", "-"] and q_cells[-5:] == ["0"] * 4 + ["3"]


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
    with pytest.raises(ValueError, match=r"every label of y_pred.*lacks \['S'\] \(1 beat\)"):
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
    with pytest.raises(ValueError, match=r"column order .* is ambiguous.*DataFrame"):
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
        "false_positives": "one_vs_rest",
        "labels": ["N", "V"],
        "confusion_matrix": [[2, 0], [1, 0]],
        "classes": {
            "N": {"se": 1.0, "ppv": 2 / 3, "sp": 0.0, "f1": 0.8, "support": 2},
            "V": {"se": 0.0, "ppv": None, "sp": 1.0, "f1": 0.0, "support": 1},
        },
        "accuracy": 2 / 3,
        "balanced_accuracy": 0.5,
        "macro_f1": 0.4,
        "kappa": 0.0,
        "settings": {"fs": 250},
        "versions": {"skecg": "1"},
    }


def test_to_dict_is_strict_json():
    data = beat_report(["N"], ["N"], labels=["N", "V"]).to_dict()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["settings"] == {} and "skecg" in data["versions"]


@pytest.fixture
def large():
    """Half a million beats of 79 people, some of whom are hard; F has 3 subjects, Q one."""
    rng = np.random.default_rng(0)
    subject = rng.integers(0, 79, 500_000)
    y_true = rng.choice(list("NSV"), len(subject), p=[0.97, 0.01, 0.02])
    rare = rng.random(len(subject)) < 0.01
    y_true[rare & (subject < 3)] = "F"
    y_true[rare & (subject == 5)] = "Q"
    wrong = rng.random(len(subject)) < rng.beta(1, 20, 79)[subject]
    y_pred = np.where(wrong, rng.choice(list("NSVFQ"), len(subject)), y_true)
    proba = pd.DataFrame({label: 0.9 * (y_pred == label) + 0.02 for label in "NSVFQ"})
    return y_true, y_pred, proba, subject


def test_str_fits_80_columns_for_a_large_database(large):
    y_true, y_pred, proba, subject = large
    y_true = np.where(y_true == "Q", "a label that is long", y_true)
    proba = proba.rename(columns={"Q": "a label that is long"})
    y_pred = np.where(y_pred == "Q", "a label that is long", y_pred)
    report = beat_report(y_true, y_pred, y_proba=proba, groups=subject)
    lines = str(report).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "Beat report: 500,000 beats of 79 subjects, 5 classes"
    assert lines[1].startswith("One class against the rest")


def test_str_says_on_how_few_subjects_an_interval_rests(large):
    y_true, y_pred, _, subject = large
    lines = str(beat_report(y_true, y_pred, groups=subject)).splitlines()
    start = next(i for i, line in enumerate(lines) if "intervals by bootstrap" in line)
    assert "95 % intervals by bootstrap over the 79 subjects, 1,000 resamples" in lines[start]
    rows = {line[0]: line.split() for line in lines[start + 3 : start + 8]}
    assert rows["V"][-1] == "79" and rows["F"][-1] == "3*"
    assert rows["Q"][-1] == "1*" and "[" not in "".join(rows["Q"])
    assert lines[start + 8].startswith("* fewer than 10 subjects")


def test_str_warns_of_intervals_without_width():
    right = list("NNVV" * 12)
    words = "an interval of no width: equal in all subjects"
    assert words in str(beat_report(right, right, groups=np.arange(48) // 4))
    wrong = list("NNVV" * 11 + "VNNV")
    assert words not in str(beat_report(right, wrong, groups=np.arange(48) // 4))


def test_str_has_each_figure_over_all_with_its_interval(large):
    y_true, y_pred, proba, subject = large
    report = beat_report(y_true, y_pred, y_proba=proba, groups=subject)
    value, low, high = report.intervals.loc[("", "kappa")]
    assert f"  {value:.3f}    [{low:.3f}, {high:.3f}]" in str(report)
    for name in ("accuracy", "jk index", "log loss", "Brier score", "calibration error"):
        assert re.search(rf"^{name} +[\d.]+ +\[[\d.]+, [\d.]+\]$", str(report), re.MULTILINE)


def test_str_of_one_subject_says_that_there_are_no_intervals():
    report = beat_report(["N", "V"], ["N", "N"], groups=["a", "a"])
    assert str(report).splitlines()[-1] == "one subject: no intervals"
    assert report.intervals[["low", "high"]].isna().all(axis=None)


def test_html_shows_intervals_and_escapes(large):
    y_true, y_pred, proba, subject = large
    text = beat_report(y_true, y_pred, y_proba=proba, groups=subject)._repr_html_()
    assert "intervals by bootstrap" in text and "<td>jk index</td>" not in text
    assert "<th>jk index</th>" in text and "[ " not in text


def test_intervals_of_all_figures_hold_their_values(large):
    y_true, y_pred, proba, subject = large
    found = beat_report(y_true, y_pred, y_proba=proba, groups=subject).intervals.dropna()
    # Q, of one subject, has no interval of metrics that depend on its beats only
    without = sum(metric.needs_reference for metric in CLASS_METRICS.values())
    assert len(found) == 5 * len(CLASS_METRICS) - without + 10
    assert ((found["low"] <= found["value"]) & (found["value"] <= found["high"])).all()


def test_intervals_by_hand():
    # of two subjects one is all right and one all wrong: drawn are 0, 1 or 2 of the right one
    y_true, y_pred = ["V", "V", "N", "V", "V", "N"], ["V", "V", "N", "N", "N", "N"]
    report = beat_report(y_true, y_pred, groups=["a"] * 3 + ["b"] * 3)
    assert report.intervals.loc[("V", "Se")].tolist() == [0.5, 0, 1]
    assert report.intervals.loc[("", "accuracy")].tolist() == [2 / 3, 1 / 3, 1]


def test_intervals_do_not_depend_on_the_order_of_beats(large):
    y_true, y_pred, _, subject = (values[:5000] for values in large)
    report = beat_report(y_true, y_pred, groups=subject)
    turned = beat_report(y_true[::-1], y_pred[::-1], groups=subject[::-1])
    pd.testing.assert_frame_equal(report.intervals, turned.intervals)


def test_intervals_follow_seed_and_confidence(large):
    y_true, y_pred, _, subject = (values[:5000] for values in large)
    one, same, other = (
        beat_report(y_true, y_pred, groups=subject, random_state=seed).intervals
        for seed in (0, 0, 1)
    )
    wide = beat_report(y_true, y_pred, groups=subject, confidence=0.99).intervals
    assert one.equals(same) and not one.equals(other)
    assert wide.loc[("", "accuracy"), "low"] < one.loc[("", "accuracy"), "low"]
    assert wide.attrs["confidence"] == 0.99


def test_intervals_widen_when_beats_of_a_subject_err_together():
    # the same errors in all: once spread over the subjects, once all of a tenth of them
    subject = np.repeat(np.arange(100), 10)
    y_true = np.full(1000, "V")
    spread = np.where(np.arange(1000) % 10, "V", "N")
    together = np.where(subject % 10, "V", "N")
    widths = []
    for y_pred in (spread, together):
        interval = beat_report(y_true, y_pred, groups=subject).intervals.loc[("V", "Se")]
        widths.append(interval["high"] - interval["low"])
    assert widths[0] == 0
    # closed form: standard error of a share of 0.1 among 100 subjects
    assert_allclose(widths[1], 2 * 1.96 * np.sqrt(0.1 * 0.9 / 100), rtol=0.1)  # chance


def test_intervals_need_groups():
    assert beat_report(["N", "V"], ["N", "V"]).intervals is None


def test_intervals_of_single_beats_as_subjects_fit_into_memory(monkeypatch):
    monkeypatch.setattr(_bootstrap, "DENSE_CELLS", 100)
    y_true, y_pred = ["N", "V"] * 50, ["N", "N", "V", "V"] * 25
    proba = pd.DataFrame({"N": [0.6, 0.8] * 50, "V": [0.4, 0.2] * 50})
    sparse = beat_report(y_true, y_pred, y_proba=proba, groups=np.arange(100))
    monkeypatch.undo()
    dense = beat_report(y_true, y_pred, y_proba=proba, groups=np.arange(100))
    pd.testing.assert_frame_equal(sparse.intervals, dense.intervals)


def test_to_dict_has_the_intervals_of_all_figures(large):
    y_true, y_pred, proba, subject = large
    data = beat_report(y_true, y_pred, y_proba=proba, groups=subject).to_dict()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    found = data["intervals"]
    assert (found["confidence"], found["n_resamples"], found["random_state"]) == (0.95, 1000, 0)
    low, high = found["classes"]["V"]["ppv"]
    assert low < data["classes"]["V"]["ppv"] < high
    assert found["classes"]["Q"]["se"] is None
    assert found["jk_index"][0] < data["jk_index"] < found["jk_index"][1]
    assert data["n_subjects"] == 79 and data["classes"]["F"]["subjects"] == 3


def test_ec57_convention_by_hand():
    y_true = ["V"] * 6 + ["F"] * 3 + ["Q"] * 2 + ["N"] * 4 + ["S"] * 2
    y_pred = ["V"] * 5 + ["N"] + ["V", "V", "F"] + ["V", "S"] + ["V", "N", "N", "N"] + ["S", "S"]
    plain = beat_report(y_true, y_pred)
    report = beat_report(y_true, y_pred, false_positives="ec57")
    assert plain.per_class.loc["V", "+P"] == 5 / 9 and plain.per_class.loc["S", "+P"] == 2 / 3
    assert report.per_class.loc["V", "+P"] == 5 / 6 and report.per_class.loc["S", "+P"] == 1
    # the false positive rate has F and Q called V in neither part: TN are 8 of the others
    assert report.per_class.loc["V", ["FP", "TN"]].tolist() == [1, 7]
    assert_allclose(report.per_class.loc["V", "Sp"], 7 / 8)
    assert_allclose(report.overall.loc["j_index", "value"], 5 / 6 + 5 / 6 + 1 + 1)
    assert report.overall.loc["accuracy", "value"] == plain.overall.loc["accuracy", "value"]


def test_ec57_convention_gives_the_figures_of_the_comparison_where_all_beats_match():
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.choice(list("NSVFQ"), (2, 500), p=[0.6, 0.1, 0.1, 0.1, 0.1])
    sample = 250 * np.arange(1, 501)
    streams = compare_annotations(
        (sample, y_true), (sample, y_pred), fs=250.0, n_samples=250 * 501, start=0.0
    )
    expected = streams.statistics["value"]
    found = beat_report(y_true, y_pred, false_positives="ec57").per_class
    assert_allclose(found.loc["V", ["Se", "+P"]], expected[["VEB Se", "VEB +P"]])
    assert_allclose(found.loc["S", ["Se", "+P"]], expected[["SVEB Se", "SVEB +P"]])
    assert_allclose(1 - found.loc["V", "Sp"], expected["VEB FPR"])


def test_ec57_convention_is_named_and_claims_no_more(large):
    y_true, y_pred, _, subject = large
    report = beat_report(y_true, y_pred, groups=subject, false_positives="ec57")
    assert "Beats at known positions" in str(report) and "rule of EC57" in str(report)
    assert "rule of EC57" in report._repr_html_()
    assert report.to_dict()["false_positives"] == "ec57"
    assert "EC57" not in str(beat_report(y_true, y_pred))


def test_ec57_convention_of_other_labels_raises():
    with pytest.raises(ValueError, match=r"rule about the classes N, S, V, F, Q.*\['A'\]"):
        beat_report(["N", "A"], ["N", "N"], false_positives="ec57")


def test_convention_unknown_raises():
    with pytest.raises(ValueError, match=r"must be one of 'one_vs_rest', 'ec57'\. Got 'aami'"):
        beat_report(["N"], ["N"], false_positives="aami")


def test_kappa_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.choice(list("NSVFQ"), (2, 500))
    assert_allclose(
        beat_report(y_true, y_pred).overall.loc["kappa", "value"],
        cohen_kappa_score(y_true, y_pred),
    )


def test_kappa_by_hand():
    # 35 of 50 agree; by chance 25 * 30 / 50 + 25 * 20 / 50 = 25: (35 - 25) / (50 - 25)
    y_true = ["N"] * 25 + ["V"] * 25
    y_pred = ["N"] * 20 + ["V"] * 5 + ["N"] * 10 + ["V"] * 15
    assert_allclose(beat_report(y_true, y_pred).overall.loc["kappa", "value"], 0.4)


def test_kappa_of_one_class_is_undefined():
    assert isnan(beat_report(["N"] * 3, ["N"] * 3).overall.loc["kappa", "value"])


def test_j_and_jk_index_by_hand():
    overall = beat_report(Y_TRUE, Y_PRED).overall["value"]
    # Se and +P of S are 1/2 and 1/2, of V 2/3 and 2/3
    assert_allclose(overall["j_index"], 7 / 3)
    assert_allclose(overall["jk_index"], overall["kappa"] / 2 + 7 / 24)
    perfect = beat_report(Y_TRUE, Y_TRUE).overall["value"]
    assert (perfect["j_index"], perfect["jk_index"]) == (4, 1)


def test_j_index_needs_classes_s_and_v():
    assert "j_index" not in beat_report(["N", "V"], ["N", "V"]).overall.index


def test_from_table_is_the_report_of_its_columns(large):
    y_true, y_pred, proba, subject = (values[:2000] for values in large)
    table = pd.DataFrame({"subject": subject, "y_true": y_true, "y_pred": y_pred})
    found = BeatReport.from_table(table.join(proba.add_prefix("p_")), false_positives="ec57")
    expected = beat_report(y_true, y_pred, y_proba=proba, groups=subject, false_positives="ec57")
    assert found.to_dict() == expected.to_dict()


def test_html_escapes_labels():
    text = beat_report(["<b>", "N"], ["<b>", "N"])._repr_html_()
    assert "&lt;b&gt;" in text and "<b>" not in text
    assert "One class against the rest" in text


def test_report_is_frozen():
    report = beat_report(["N"], ["N"])
    with pytest.raises(AttributeError):
        report.labels = ("V",)


def test_missing_subjects_raise():
    with pytest.raises(ValueError, match=r"'groups' .* a subject for every beat. Got 1 missing"):
        beat_report(["N", "V"], ["N", "N"], groups=["a", None])


def test_probabilities_with_a_class_twice_raise():
    proba = pd.DataFrame([[0.5, 0.5]] * 2, columns=["N", "N"])
    with pytest.raises(ValueError, match=r"'y_proba' of beat_report must name each class once"):
        beat_report(["N", "N"], ["N", "N"], y_proba=proba)


def test_repr_gives_the_size_and_the_classes():
    assert repr(beat_report(Y_TRUE, Y_PRED)).startswith(
        "<BeatReport: 10 beats, classes N, S, V, F"
    )
