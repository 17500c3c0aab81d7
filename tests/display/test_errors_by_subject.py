import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.dummy import DummyClassifier

from skecg import ErrorsBySubjectDisplay

# a: 2 V of which one is missed; b: 2 N called V; c: 1 V found; d: nothing wrong, no V
Y_TRUE = ["V", "V", "N", "N", "V", "N"]
Y_PRED = ["V", "N", "V", "V", "V", "N"]
GROUPS = ["a", "a", "b", "b", "c", "d"]


def draw(**kwargs):
    return ErrorsBySubjectDisplay.from_predictions(Y_TRUE, Y_PRED, GROUPS, **kwargs)


def row_names(display):
    return [tick.get_text() for tick in display.ax_[0].get_yticklabels()]


def test_subjects_over_all_classes_have_their_accuracy():
    display = draw()
    assert list(display.points_) == ["accuracy"] and list(display.bars_) == ["errors"]
    assert display.ax_[0].get_xlabel() == "Accuracy (%)"
    assert display.frame()["subject"].tolist() == ["b", "a", "c", "d"]


def test_subjects_points_and_bars_are_the_metrics():
    display = draw(label="V")
    assert_allclose(display.points_["+P"].get_xdata(), [0, 100, 100, np.nan])
    assert [bar.get_width() for bar in display.bars_["FN"]] == [0, 1, 0, 0]
    assert [bar.get_x() for bar in display.bars_["FP"]] == [0, 1, 0, 0]  # behind the missed
    assert [text.get_text() for text in display.text_] == ["67 %", "100 %", "100 %", "100 %"]


def test_subjects_names_have_their_beats_of_the_class():
    display = draw(label="V")
    assert row_names(display) == ["b (0)", "a (2)", "c (1)", "d (0)"]
    assert display.ax_[0].get_ylabel() == "Subject (beats of V)"
    assert display.ax_[1].get_xlabel() == "Errors (of 3)"


@pytest.mark.parametrize(
    ("database", "label"),
    [("mitdb", "Subject of mitdb (beats of V)"), ("simulated", "Simulated subject (beats of V)")],
)
def test_subjects_of_one_database_lose_its_name(database, label):
    y = ["N", "V"] * 9
    groups = np.repeat([f"{database}:{i}" for i in range(100, 109)], 2)
    display = ErrorsBySubjectDisplay.from_predictions(y, y, groups, label="V")
    assert row_names(display)[0] == "100 (1)"
    assert display.ax_[0].get_ylabel() == label


def test_subjects_that_are_few_keep_the_name_of_their_database():
    groups = [f"mitdb:{name}" for name in GROUPS]
    display = ErrorsBySubjectDisplay.from_predictions(Y_TRUE, Y_PRED, groups, label="V")
    assert row_names(display)[0] == "mitdb:b (0)"
    assert display.ax_[0].get_ylabel() == "Subject (beats of V)"


def test_subjects_that_are_many_share_the_last_row():
    display = draw(label="V", most=2)
    assert row_names(display) == ["b (0)", "3 others (3)"]
    assert [bar.get_width() for bar in display.bars_["FN"]] == [0, 1]
    assert_allclose(display.points_["Se"].get_xdata(), [np.nan, 100 * 2 / 3])
    assert len(display.frame()) == 4


def test_subjects_line_is_below_most_errors():
    display = draw(label="V")
    assert [line.get_ydata()[0] for line in display.ax_[1].lines] == [1.5]


def test_subjects_without_errors():
    display = ErrorsBySubjectDisplay.from_predictions(Y_TRUE, Y_TRUE, GROUPS, label="V")
    assert [text.get_text() for text in display.text_] == ["0 %"] * 4
    assert not display.ax_[1].lines


def test_subjects_kinds_of_errors_differ_without_colour():
    bars = draw(label="V").bars_
    assert bars["FP"][0].get_hatch() and not bars["FN"][0].get_hatch()


def test_subjects_from_table_and_estimator():
    table = pd.DataFrame({"subject": GROUPS, "y_true": Y_TRUE, "y_pred": Y_PRED})
    assert (
        ErrorsBySubjectDisplay.from_table(table, label="V").frame().equals(draw(label="V").frame())
    )
    X = np.zeros((6, 1))
    model = DummyClassifier(strategy="constant", constant="N").fit(X, Y_TRUE)
    display = ErrorsBySubjectDisplay.from_estimator(model, X, Y_TRUE, GROUPS, label="V")
    assert display.frame()["FN"].tolist() == [2, 1, 0, 0]


def test_subjects_draw_into_given_axes():
    figure, axes = plt.subplots(1, 2)
    display = draw(label="V", ax=axes, point_kw={"c": "k"}, bar_kw={"fc": "0.5"})
    assert display.figure_ is figure and display.points_["Se"].get_color() == "k"


@pytest.mark.parametrize(
    ("parameters", "words"),
    [({"label": "S"}, "'label' .* one of .*'N', 'V'.* Got 'S'"), ({"most": 0}, "positive int")],
)
def test_subjects_wrong_parameters_raise(parameters, words):
    with pytest.raises(ValueError, match=words):
        draw(**parameters)
