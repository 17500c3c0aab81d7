import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from skecg import PrecisionRecallDisplay

PROBA = pd.DataFrame({"N": [0.9, 0.4, 0.6, 0.2], "V": [0.1, 0.6, 0.4, 0.8]})
Y = ["N", "N", "V", "V"]


def legend_texts(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_precision_recall_is_drawn_in_steps():
    display = PrecisionRecallDisplay.from_predictions(Y, PROBA)
    assert display.line_[1].get_drawstyle() == "steps-pre"
    assert legend_texts(display)[1] == "V (AP 0.833; chance 0.500)"


def test_precision_recall_axes_are_in_the_words_of_the_field():
    ax = PrecisionRecallDisplay.from_predictions(Y, PROBA).ax_
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Se (recall)", "+P (precision)")


def test_precision_recall_chance_is_the_prevalence():
    proba = pd.DataFrame({"N": [0.9, 0.8, 0.7, 0.1], "V": [0.1, 0.2, 0.3, 0.9]})
    display = PrecisionRecallDisplay.from_predictions(["N", "N", "N", "V"], proba)
    assert [line.get_ydata()[0] for line in display.chance_level_] == [0.75, 0.25]
    assert legend_texts(display)[1] == "V (AP 1.000; chance 0.250)"


def test_precision_recall_class_without_beats_is_named():
    display = PrecisionRecallDisplay.from_predictions(Y, PROBA.assign(Q=0.0))
    assert legend_texts(display)[2] == "Q (no beats)" and len(display.chance_level_) == 2


def test_precision_recall_frame_is_the_data():
    frame = PrecisionRecallDisplay.from_predictions(Y, PROBA).frame()
    assert list(frame.columns) == ["class", "Se", "+P"]


def test_precision_recall_from_estimator():
    X = np.arange(20.0)[:, np.newaxis]
    y = np.repeat(["N", "V"], 10)
    display = PrecisionRecallDisplay.from_estimator(LogisticRegression().fit(X, y), X, y)
    assert [curve.area for curve in display.curves] == [1, 1]
