import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from numpy.testing import assert_allclose
from sklearn.dummy import DummyClassifier

from skecg import ConfusionDifferenceDisplay

MINUS = "\N{MINUS SIGN}"
Y_TRUE = ["N", "N", "N", "N", "V", "V"]
RNN = ["N", "N", "V", "V", "V", "V"]
LSTM = ["N", "N", "N", "V", "N", "V"]


def draw(**kwargs):
    return ConfusionDifferenceDisplay.from_predictions(Y_TRUE, RNN, LSTM, **kwargs)


@pytest.fixture(scope="module")
def display():
    """One drawing for the tests that only look at it."""
    return draw()


def texts(display):
    return [[text.get_text() for text in row] for row in display.text_]


def test_difference_texts_have_signs(display):
    assert texts(display) == [
        ["+1\n+25.0 pp", f"{MINUS}1\n{MINUS}25.0 pp"],
        ["+1\n+50.0 pp", f"{MINUS}1\n{MINUS}50.0 pp"],
    ]


def test_difference_colours_mean_better_or_worse(display):
    # more right N beats and fewer wrong ones are better; more wrong V and fewer right ones worse
    assert_allclose(np.ravel(display.im_.get_array()), [25, 25, -50, -50])


def test_difference_colours_are_distinct_for_colour_blind_readers(display):
    cmap = display.im_.get_cmap()
    worse, better = to_rgb(cmap(0.0)), to_rgb(cmap(1.0))
    assert better[2] - worse[2] > 0.5  # they differ in blue, not in red and green alone


def test_difference_of_single_beats_does_not_shine():
    y = ["N"] * 1000
    display = ConfusionDifferenceDisplay.from_predictions(y, ["N"] * 999 + ["V"], y)
    assert display.im_.get_clim() == (-5, 5)
    assert texts(display)[1] == ["-", "-"]


def test_difference_that_rounds_to_nothing_has_no_sign():
    y = ["N"] * 10_000
    display = ConfusionDifferenceDisplay.from_predictions(y, ["V", *y[1:]], y)
    assert texts(display)[0] == ["+1\n0.0 pp", f"{MINUS}1\n0.0 pp"]


def test_difference_names_the_models():
    display = draw(names=("RNN", "LSTM"))
    assert display.ax_.get_title() == "LSTM minus RNN"
    assert display.figure_.axes[1].get_ylabel() == "LSTM better by (pp)"


def test_difference_from_estimators():
    X = np.zeros((6, 1))
    models = {
        label: DummyClassifier(strategy="constant", constant=label).fit(X, Y_TRUE)
        for label in ("N", "V")
    }
    drawn = ConfusionDifferenceDisplay.from_estimators(models, X, Y_TRUE)
    assert drawn.names == ("N", "V")
    assert texts(drawn)[0] == [f"{MINUS}4\n{MINUS}100.0 pp", "+4\n+100.0 pp"]


def test_difference_from_tables(display):
    table = pd.DataFrame({"subject": "a", "y_true": Y_TRUE, "y_pred": RNN})
    tables = {"RNN": table, "LSTM": table.assign(y_pred=LSTM)}
    assert texts(ConfusionDifferenceDisplay.from_tables(tables)) == texts(display)
    tables["LSTM"] = table[::-1]
    with pytest.raises(ValueError, match="the same beats in the same order"):
        ConfusionDifferenceDisplay.from_tables(tables)


@pytest.mark.parametrize("models", [[1, 2], {"one": 1}])
def test_difference_of_what_are_not_two_raises(models):
    with pytest.raises(ValueError, match="must be a dict of two"):
        ConfusionDifferenceDisplay.from_estimators(models, [[0]], ["N"])


def test_difference_of_other_shapes_raises():
    with pytest.raises(ValueError, match="two matrices of one shape"):
        ConfusionDifferenceDisplay([np.eye(2), np.eye(3)]).plot()


def test_difference_draws_into_given_axes():
    figure, ax = plt.subplots()
    display = draw(ax=ax, colorbar=False, include_values=False)
    assert display.ax_ is ax and figure.axes == [ax] and display.text_ is None


def test_difference_frame_is_the_data(display):
    frame = display.frame()
    assert list(frame.columns) == [
        "reference",
        "predicted",
        "first",
        "second",
        "difference",
        "points",
    ]
    assert frame["difference"].tolist() == [1, -1, 1, -1]
    assert frame["points"].tolist() == [25, -25, 50, -50]


def test_difference_of_equal_models_is_zero():
    display = ConfusionDifferenceDisplay.from_predictions(Y_TRUE, RNN, RNN)
    assert texts(display) == [["0", "0"], ["0", "0"]]
