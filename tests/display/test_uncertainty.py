import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.dummy import DummyClassifier

from skecg import RiskCoverageDisplay, beat_report

P_N = np.array([0.9, 0.8, 0.6, 0.7])
PROBA = pd.DataFrame({"N": P_N, "V": 1 - P_N})


def legend_texts(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    p_v = rng.beta(0.3, 0.6, 3000)
    return pd.DataFrame(
        {
            "subject": rng.choice(list("abcdefgh"), 3000),
            "y_true": np.where(rng.random(3000) < p_v, "V", "N"),
            "y_pred": np.where(p_v > 0.5, "V", "N"),
            "p_N": 1 - p_v,
            "p_V": p_v,
        }
    )


def test_uncertainty_by_hand():
    display = RiskCoverageDisplay.from_predictions(["V", "N", "V", "N"], PROBA)
    # least certain first: 0.6 wrong, 0.7 right, 0.8 right, 0.9 wrong
    assert_allclose(display.share, [0, 0.25, 0.5, 0.75, 1])
    assert_allclose(display.errors, [0, 0.5, 0.5, 0.5, 1])


def test_uncertainty_ties_are_looked_at_in_random_order():
    proba = pd.DataFrame({"N": [0.9] * 4, "V": [0.1] * 4})
    display = RiskCoverageDisplay.from_predictions(["V", "N", "V", "N"], proba)
    assert_allclose(display.share, [0, 1])
    assert_allclose(display.errors, [0, 1])


def test_uncertainty_figure_is_that_of_the_report(table):
    y_proba = table[["p_N", "p_V"]].set_axis(["N", "V"], axis=1)
    report = beat_report(table["y_true"], table["y_pred"], y_proba=y_proba)
    display = RiskCoverageDisplay.from_table(table, n_resamples=20)
    found = np.interp(0.05, display.share, display.errors)
    assert_allclose(found, report.overall.loc["least_certain_errors", "value"])
    assert display.interval[0] <= found <= display.interval[1]


def test_uncertainty_certainty_is_that_of_the_predicted_label():
    display = RiskCoverageDisplay.from_predictions(["N"] * 4, PROBA, y_pred=["N", "N", "N", "V"])
    assert_allclose(display.errors[:2], [0, 1])  # the V has a probability of 0.3


def test_uncertainty_legend_states_the_share():
    display = RiskCoverageDisplay.from_predictions(
        ["V", "N", "V", "N"], PROBA, at=0.25, name="LSTM"
    )
    assert legend_texts(display)[0] == "LSTM: 50 % of 2 errors in 25 % of beats"
    assert display.line_.get_markevery() == [1] and display.line_.get_ydata()[1] == 50


def test_uncertainty_without_errors_says_so():
    display = RiskCoverageDisplay.from_predictions(["N"] * 4, PROBA, groups=list("abab"))
    assert legend_texts(display)[0] == "no errors among 4 beats"
    assert display.band_ is None


def test_uncertainty_models_share_axes_and_differ():
    first = RiskCoverageDisplay.from_predictions(["V", "N", "V", "N"], PROBA, name="A")
    second = RiskCoverageDisplay.from_predictions(
        ["V", "N", "N", "N"], PROBA, name="B", ax=first.ax_
    )
    assert first.line_.get_color() != second.line_.get_color()
    assert first.line_.get_linestyle() != second.line_.get_linestyle()
    assert [text[0] for text in legend_texts(second)] == ["A", "B", "c"]  # chance


def test_uncertainty_axis_shows_where_the_errors_are():
    rng = np.random.default_rng(0)
    certain = rng.uniform(0.6, 1, 1000)
    y = np.where(certain < 0.63, "V", "N")  # errors are the least certain 7 %
    proba = pd.DataFrame({"N": certain, "V": 1 - certain})
    assert RiskCoverageDisplay.from_predictions(y, proba).ax_.get_xlim() == (0, 10)


def test_uncertainty_frame_is_the_data(table):
    frame = RiskCoverageDisplay.from_table(table, n_resamples=20).frame()
    assert list(frame.columns) == ["share", "errors", "low", "high"]
    assert frame["errors"].is_monotonic_increasing


def test_uncertainty_from_estimator():
    X = np.zeros((4, 1))
    model = DummyClassifier(strategy="prior").fit(X, ["N", "N", "N", "V"])
    assert RiskCoverageDisplay.from_estimator(model, X, ["N", "N", "N", "V"]).n_errors == 1


def test_uncertainty_wrong_share_raises():
    with pytest.raises(ValueError, match=r"'at' .* between 0 and 1, such as 0.05. Got 5"):
        RiskCoverageDisplay.from_predictions(["N"] * 4, PROBA, at=5)
