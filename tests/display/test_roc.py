import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skecg import RocCurveDisplay

PROBA = pd.DataFrame({"N": [0.9, 0.4, 0.6, 0.2], "V": [0.1, 0.6, 0.4, 0.8]})
Y = ["N", "N", "V", "V"]


def legend_texts(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


@pytest.fixture
def three_classes():
    rng = np.random.default_rng(0)
    y = np.repeat(["F", "N", "V"], 30)
    return rng.normal(size=(90, 2)) + np.repeat([[0, 1], [1, 0], [2, 2]], 30, axis=0), y


def test_roc_by_hand():
    display = RocCurveDisplay.from_predictions(Y, PROBA)
    fpr, tpr = display.line_[1].get_data()  # V: 0.8 right, 0.6 wrong, 0.4 right, 0.1 wrong
    assert fpr.tolist() == [0, 0, 0.5, 0.5, 1]
    assert tpr.tolist() == [0, 0.5, 0.5, 1, 1]


def test_roc_legend_has_areas_and_chance():
    display = RocCurveDisplay.from_predictions(Y, PROBA)
    assert legend_texts(display) == ["N (AUC 0.750)", "V (AUC 0.750)", "chance (AUC 0.5)"]
    assert display.ax_.get_legend().get_title().get_text() == "One class against the rest"


def test_roc_axes_are_labelled():
    ax = RocCurveDisplay.from_predictions(Y, PROBA).ax_
    assert ax.get_xlabel() == "False positive rate (1 - Sp)"
    assert ax.get_ylabel() == "True positive rate (Se)"


def test_roc_agrees_with_scikit_learn(three_classes):
    X, y = three_classes
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    display = RocCurveDisplay.from_estimator(model, X, y)
    assert [curve.label for curve in display.curves] == ["N", "V", "F"]
    proba = pd.DataFrame(model.predict_proba(X), columns=model.classes_)
    expected = [roc_auc_score(y == curve.label, proba[curve.label]) for curve in display.curves]
    assert_allclose([curve.area for curve in display.curves], expected)


def test_roc_class_without_beats_is_named():
    proba = PROBA.assign(Q=0.0)
    display = RocCurveDisplay.from_predictions(Y, proba)
    assert legend_texts(display)[2] == "Q (no beats)"
    assert len(display.line_[2].get_xdata()) == 0


def test_roc_ties_draw_the_area_that_is_stated():
    proba = pd.DataFrame({"N": [0.5] * 4, "V": [0.5] * 4})
    display = RocCurveDisplay.from_predictions(Y, proba)
    assert legend_texts(display)[0] == "N (AUC 0.500)"
    assert display.line_[0].get_xdata().tolist() == [0, 1]
    assert display.line_[0].get_drawstyle() == "default"


@pytest.mark.parametrize("n_classes", [2, 3])
def test_roc_from_decision_function(three_classes, n_classes):
    X, y = three_classes
    X, y = X[-30 * n_classes :], y[-30 * n_classes :]
    model = LinearSVC().fit(X, y)
    display = RocCurveDisplay.from_estimator(model, X, y)
    areas = [curve.area for curve in display.curves]
    assert len(areas) == n_classes and min(areas) > 0.5


def test_roc_from_estimator_without_scores_raises():
    class Bare:
        pass

    with pytest.raises(ValueError, match=r"predict_proba or decision_function. Got Bare"):
        RocCurveDisplay.from_estimator(Bare(), [[0]], ["N"])


def test_roc_unsorted_labels_with_an_array_raise():
    with pytest.raises(ValueError, match="ambiguous"):
        RocCurveDisplay.from_predictions(["N", "F"], [[1, 0], [0, 1]], labels=["N", "F"])


def test_roc_colours_and_dashes_differ():
    lines = RocCurveDisplay.from_predictions(Y, PROBA).line_
    assert lines[0].get_color() != lines[1].get_color()
    assert lines[0].get_linestyle() != lines[1].get_linestyle()


def test_roc_draws_into_given_axes_without_chance():
    figure, ax = plt.subplots()
    display = RocCurveDisplay.from_predictions(Y, PROBA, ax=ax, plot_chance_level=False)
    assert display.ax_ is ax and display.figure_ is figure
    assert display.chance_level_ is None and len(ax.lines) == 2


def test_roc_line_kw_goes_over_the_defaults():
    display = RocCurveDisplay.from_predictions(Y, PROBA, line_kw={"ls": ":"})
    assert {line.get_linestyle() for line in display.line_} == {":"}


def test_roc_frame_is_the_data():
    frame = RocCurveDisplay.from_predictions(Y, PROBA.assign(Q=0.0)).frame()
    assert list(frame.columns) == ["class", "fpr", "tpr"]
    assert frame["class"].unique().tolist() == ["N", "V"]


def test_legend_lies_in_the_figure_below_a_title():
    rng = np.random.default_rng(0)
    labels = np.array(["F", "N", "S", "V"])
    y, groups = labels.repeat(30), np.tile(np.arange(12), 10)
    proba = rng.dirichlet(np.ones(4), size=len(y))
    display = RocCurveDisplay.from_predictions(
        y, proba, labels=labels, groups=groups, n_resamples=10
    )
    display.figure_.suptitle("A title above", fontsize=11)
    display.figure_.canvas.draw()
    legend = display.ax_.get_legend().get_window_extent()
    assert display.figure_.bbox.y0 <= legend.y0 and legend.y1 <= display.figure_.bbox.y1
