import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn import metrics
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skecg import ConfusionMatrixDisplay

Y_TRUE = ["V", "N", "N", "N", "N", "V", "S"]
Y_PRED = ["V", "N", "N", "N", "V", "N", "N"]


def texts(display):
    return [[text.get_text() for text in row] for row in display.text_]


@pytest.fixture(scope="module")
def display():
    """One drawing for the tests that only look at it."""
    return ConfusionMatrixDisplay.from_predictions(Y_TRUE, Y_PRED)


def test_confusion_texts_are_counts_and_row_percentages_in_aami_order(display):
    assert texts(display) == [
        ["3\n75.0 %", "0", "1\n25.0 %"],
        ["1\n100.0 %", "0", "0"],
        ["1\n50.0 %", "0", "1\n50.0 %"],
    ]


def test_confusion_axes_are_labelled(display):
    ax = display.ax_
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Predicted", "Reference")
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["N", "S", "V"]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["N", "S", "V"]


def test_confusion_colours_are_row_percentages(display):
    percent = np.ravel(display.im_.get_array())
    assert_allclose(percent, [75, 0, 25, 100, 0, 0, 50, 0, 50])
    assert display.im_.get_clim() == (0, 100)


def test_confusion_empty_row_is_dashes():
    display = ConfusionMatrixDisplay.from_predictions(["N"], ["N"], labels=["N", "Q"])
    assert texts(display) == [["1\n100.0 %", "0"], ["-", "-"]]


def test_confusion_thousands_have_commas():
    display = ConfusionMatrixDisplay(np.array([[1234, 178], [0, 5]])).plot()
    assert texts(display)[0] == ["1,234\n87.4 %", "178\n12.6 %"]


@pytest.mark.parametrize(
    ("normalize", "percent"), [("pred", "60.0 %"), ("all", "42.9 %"), ("true", "75.0 %")]
)
def test_confusion_normalize_says_what_is_all(normalize, percent):
    display = ConfusionMatrixDisplay.from_predictions(Y_TRUE, Y_PRED, normalize=normalize)
    assert texts(display)[0][0] == f"3\n{percent}"


def test_confusion_normalize_unknown_raises():
    with pytest.raises(ValueError, match=r"'normalize' parameter .* must be one of"):
        ConfusionMatrixDisplay.from_predictions(Y_TRUE, Y_PRED, normalize="rows")


def test_confusion_is_scikit_learns_display(display):
    assert isinstance(display, metrics.ConfusionMatrixDisplay)
    assert display.confusion_matrix.tolist() == [[3, 0, 1], [1, 0, 0], [1, 0, 1]]
    assert display.display_labels.tolist() == ["N", "S", "V"]


@pytest.mark.parametrize("wrap", ["pipeline", "search"])
def test_confusion_from_estimator(wrap):
    X, y = np.arange(8.0)[:, np.newaxis], np.repeat(["N", "V"], 4)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model = GridSearchCV(model, {}, cv=2) if wrap == "search" else model
    display = ConfusionMatrixDisplay.from_estimator(model.fit(X, y), X, y)
    assert texts(display) == [["4\n100.0 %", "0"], ["0", "4\n100.0 %"]]


def test_confusion_draws_into_given_axes():
    figure, ax = plt.subplots()
    X, y = np.zeros((4, 1)), ["N", "N", "V", "V"]
    dummy = DummyClassifier().fit(X, y)
    display = ConfusionMatrixDisplay.from_estimator(dummy, X, y, ax=ax, colorbar=False)
    assert display.ax_ is ax and display.figure_ is figure and figure.axes == [ax]


def test_confusion_options_reach_the_artists():
    display = ConfusionMatrixDisplay.from_predictions(
        Y_TRUE,
        Y_PRED,
        cmap="Greys",
        xticks_rotation="vertical",
        values_format="05d",
        text_kw={"fontsize": 6},
        im_kw={"linewidths": 3},
        display_labels=["normal", "supraventricular", "ventricular"],
    )
    assert display.im_.get_cmap().name == "Greys"
    assert display.ax_.get_xticklabels()[0].get_rotation() == 90
    assert display.text_[0, 0].get_text() == "00003\n75.0 %"
    assert display.text_[0, 0].get_fontsize() == 6
    assert display.ax_.get_xticklabels()[2].get_text() == "ventricular"


def test_confusion_without_values_has_no_texts():
    display = ConfusionMatrixDisplay.from_predictions(Y_TRUE, Y_PRED, include_values=False)
    assert display.text_ is None and not display.ax_.texts


@pytest.mark.parametrize("n_classes", [2, 10])
def test_confusion_texts_fit_their_cells_and_labels_the_figure(n_classes):
    display = ConfusionMatrixDisplay(np.full((n_classes, n_classes), 123_456)).plot()
    display.figure_.draw_without_rendering()
    cell = display.ax_.get_window_extent().width / n_classes
    assert all(text.get_window_extent().width < cell for text in display.text_.ravel())
    assert display.ax_.yaxis.label.get_window_extent().x0 >= 0
    assert display.ax_.xaxis.label.get_window_extent().y0 >= 0


def test_confusion_wrong_number_of_names_raises():
    with pytest.raises(ValueError, match="must name 2 classes"):
        ConfusionMatrixDisplay(np.eye(2, dtype=int), display_labels=["N"]).plot()


def test_confusion_frame_is_the_data():
    frame = ConfusionMatrixDisplay.from_predictions(["N", "N"], ["N", "V"]).frame()
    assert list(frame.columns) == ["reference", "predicted", "count", "percent"]
    assert frame["count"].tolist() == [1, 1, 0, 0]
    assert frame["percent"].tolist()[:2] == [50, 50] and frame["percent"].isna().sum() == 2


def test_confusion_of_counts_alone():
    matrix = np.array([[54_321, 12], [0, 7]])
    display = ConfusionMatrixDisplay(matrix, display_labels=["N", "V"]).plot(normalize=None)
    assert texts(display) == [["54,321", "12"], ["0", "7"]]
    assert display.im_.norm(54_321) == 1 and display.im_.norm(1) == 0  # a logarithmic scale
    assert 0.2 < display.im_.norm(12) < 0.3
    assert display.figure_.axes[1].get_ylabel() == "Beats"
    assert list(display.frame(normalize=None).columns) == ["reference", "predicted", "count"]


def test_confusion_of_counts_alone_without_beats():
    display = ConfusionMatrixDisplay(np.zeros((2, 2), dtype=int)).plot(normalize=None)
    assert texts(display) == [["0", "0"], ["0", "0"]]


def test_confusion_from_table():
    table = pd.DataFrame({"subject": "a", "y_true": Y_TRUE, "y_pred": Y_PRED})
    display = ConfusionMatrixDisplay.from_table(table, normalize="pred")
    assert display.confusion_matrix.tolist() == [[3, 0, 1], [1, 0, 0], [1, 0, 1]]
