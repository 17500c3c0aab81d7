import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from skecg import CalibrationDisplay

P_V = np.array([0.1, 0.2, 0.3, 0.9])
PROBA = pd.DataFrame({"N": 1 - P_V, "V": P_V})
Y = np.array(["N", "N", "V", "V"])


def legend_texts(display):
    return [text.get_text() for text in display.ax_[-1].get_legend().get_texts()]


def test_calibration_draws_points_and_bands(table):
    display = CalibrationDisplay.from_table(table, n_bins=2, n_resamples=20)
    curve = display.curves[1]
    many = curve.count >= 30
    assert many.all() and len(display.band_) == 2
    assert_allclose(display.line_[1].get_data(), (curve.prob_pred, curve.prob_true))
    title = display.ax_[1].get_legend().get_title().get_text()
    assert title == "One class against the rest\n95 % interval over 6 subjects"


def test_calibration_top_label_is_one_curve_of_the_predicted_labels(table):
    flipped = table.assign(y_pred=table["y_pred"].map({"N": "V", "V": "N"}))
    display = CalibrationDisplay.from_table(flipped, kind="top_label", groups=None, n_bins=1)
    assert legend_texts(display)[0].startswith("top label (ECE")
    assert display.curves[0].prob_pred[0] < 0.5
    assert display.ax_[1].get_legend().get_title().get_text() == "Predicted label"


def test_calibration_counts_are_below_on_a_logarithmic_axis(table):
    display = CalibrationDisplay.from_table(table, groups=None, n_bins=4)
    assert display.ax_[1].get_yscale() == "log"
    assert display.ax_[1].get_ylabel() == "Beats"
    assert display.count_line_[1].get_ydata()[:4].tolist() == display.curves[1].count.tolist()


def test_calibration_points_of_few_beats_are_hollow_and_not_joined():
    display = CalibrationDisplay.from_predictions(
        np.repeat(Y, 20), PROBA.loc[np.repeat(range(4), 20)], n_bins=2
    )
    assert len(display.line_[1].get_xdata()) == 1  # 60 beats
    assert display.few_[1].get_markerfacecolor() == "white"
    assert_allclose(display.few_[1].get_xdata(), [0.9])  # 20 beats
    title = display.ax_[1].get_legend().get_title().get_text()
    assert "hollow: fewer than 30 beats" in title


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
    assert [curve.label for curve in display.curves] == ["N", "V"]
    with pytest.raises(ValueError, match=r"must have predict_proba\. Got LinearSVC"):
        CalibrationDisplay.from_estimator(LinearSVC().fit(X, y), X, y)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"kind": "all"}, "'kind' parameter of CalibrationDisplay .* Got 'all'"),
        ({"confidence": 95}, "'confidence' parameter of CalibrationDisplay"),
    ],
)
def test_calibration_wrong_parameters_raise(parameters, words):
    with pytest.raises(ValueError, match=words):
        CalibrationDisplay.from_predictions(**({"y_true": Y, "y_proba": PROBA} | parameters))
