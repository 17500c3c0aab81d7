import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from skecg import CalibrationDisplay, beat_report

P_V = np.array([0.1, 0.2, 0.3, 0.9])
PROBA = pd.DataFrame({"N": 1 - P_V, "V": P_V})
Y = np.array(["N", "N", "V", "V"])


def legend_texts(display):
    return [text.get_text() for text in display.ax_[-1].get_legend().get_texts()]


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    p_v = rng.random(2000)
    truth = np.where(rng.random(2000) < p_v, "V", "N")
    return pd.DataFrame(
        {
            "subject": rng.choice(list("abcdefgh"), 2000),
            "y_true": truth,
            "y_pred": np.where(p_v > 0.5, "V", "N"),
            "p_N": 1 - p_v,
            "p_V": p_v,
        }
    )


def test_calibration_by_hand():
    display = CalibrationDisplay.from_predictions(Y, PROBA, n_bins=2)
    # V: three beats of mean probability 0.2, of which one is a V; and one of 0.9, a V
    assert_allclose(display.prob_pred[1], [0.2, 0.9])
    assert_allclose(display.prob_true[1], [1 / 3, 1])
    assert display.count[1].tolist() == [3, 1]
    assert_allclose(display.ece[1], (3 * (1 / 3 - 0.2) + 1 * (1 - 0.9)) / 4)


def test_calibration_top_label_by_hand():
    display = CalibrationDisplay.from_predictions(Y, PROBA, kind="top_label", n_bins=1)
    # predicted N, N, N, V with 0.9, 0.8, 0.7, 0.9: three of four are right
    assert display.labels == ["top label"]
    assert_allclose(display.prob_true, [[0.75]])
    assert_allclose(display.ece, [abs(0.75 - 0.825)])


def test_calibration_error_of_the_top_label_is_that_of_the_report(table):
    y_proba = table[["p_N", "p_V"]].set_axis(["N", "V"], axis=1)
    report = beat_report(table["y_true"], table["y_pred"], y_proba=y_proba)
    display = CalibrationDisplay.from_table(table, kind="top_label", n_resamples=10)
    expected = report.overall.loc["calibration_error", "value"]
    assert_allclose(display.ece, [expected])


def test_calibration_of_true_probabilities_is_near_the_diagonal(table):
    display = CalibrationDisplay.from_table(table, n_bins=5)
    assert_allclose(display.prob_true[1], display.prob_pred[1], atol=0.06)  # 400 beats a bin
    low, high = display.bands[1]
    assert ((low < display.prob_true[1]) & (display.prob_true[1] < high)).all()
    assert display.intervals[1][0] < display.intervals[1][1]


def test_calibration_counts_stand_below_on_a_logarithmic_axis(table):
    display = CalibrationDisplay.from_table(table, n_bins=4)
    assert display.ax_[1].get_yscale() == "log"
    assert display.ax_[1].get_ylabel() == "Beats"
    assert display.count_line_[1].get_ydata()[:4].tolist() == display.count[1].tolist()


def test_calibration_points_of_few_beats_are_hollow_and_not_joined():
    display = CalibrationDisplay.from_predictions(
        np.repeat(Y, 20), PROBA.loc[np.repeat(range(4), 20)], n_bins=2
    )
    assert len(display.line_[1].get_xdata()) == 1  # 60 beats
    assert display.few_[1].get_markerfacecolor() == "white"
    assert_allclose(display.few_[1].get_xdata(), [0.9])  # 20 beats
    title = display.ax_[1].get_legend().get_title().get_text()
    assert "hollow: fewer than 30 beats" in title


def test_calibration_bin_of_one_subject_has_no_band(table):
    table.loc[table["p_V"] > 0.9, "subject"] = "a"
    low, _ = CalibrationDisplay.from_table(table, n_bins=10).bands[1]
    assert np.isnan(low).tolist() == [False] * 9 + [True]


def test_calibration_legend_has_errors_and_why_there_is_none():
    texts = legend_texts(CalibrationDisplay.from_predictions(Y, PROBA.assign(Q=0.0), n_bins=1))
    assert texts == ["N (ECE 0.125)", "V (ECE 0.125)", "Q (no beats)", "perfect"]


def test_calibration_draws_into_one_axes_without_counts():
    figure, ax = plt.subplots()
    display = CalibrationDisplay.from_predictions(Y, PROBA, ax=ax)
    assert list(display.ax_) == [ax] and display.count_line_ == [] and figure.axes == [ax]


def test_calibration_frame_has_the_bins_with_beats():
    frame = CalibrationDisplay.from_predictions(Y, PROBA, n_bins=10).frame()
    assert list(frame.columns) == ["class", "probability", "share", "beats"]
    assert frame.query("`class` == 'V'")["beats"].tolist() == [1, 1, 1, 1]


def test_calibration_from_estimator():
    X = np.arange(8.0)[:, np.newaxis]
    y = np.repeat(["N", "V"], 4)
    display = CalibrationDisplay.from_estimator(LogisticRegression().fit(X, y), X, y)
    assert display.labels == ["N", "V"]
    with pytest.raises(ValueError, match=r"must have predict_proba\. Got LinearSVC"):
        CalibrationDisplay.from_estimator(LinearSVC().fit(X, y), X, y)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"kind": "all"}, "'kind' .* one of .* Got 'all'"),
        ({"n_bins": 0}, "'n_bins' .* positive int. Got 0"),
        ({"y_proba": PROBA * 2}, "between 0 and 1. Got values from .* to 1.8"),
        ({"confidence": 95}, "'confidence' parameter of CalibrationDisplay"),
    ],
)
def test_calibration_wrong_parameters_raise(parameters, words):
    with pytest.raises(ValueError, match=words):
        CalibrationDisplay.from_predictions(**({"y_true": Y, "y_proba": PROBA} | parameters))
