import numpy as np
import pandas as pd
from numpy.testing import assert_allclose
from sklearn.dummy import DummyClassifier

from skecg import RiskCoverageDisplay

P_N = np.array([0.9, 0.8, 0.6, 0.7])
PROBA = pd.DataFrame({"N": P_N, "V": 1 - P_N})


def legend_texts(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_risk_coverage_draws_the_curve_in_percent(table):
    display = RiskCoverageDisplay.from_table(table, n_resamples=20)
    x, y = display.line_.get_data()
    at = display.line_.get_markevery()[0]  # the point that is marked, besides those of the curve
    assert_allclose(np.delete(x, at), 100 * display.curve.share)
    assert_allclose(np.delete(y, at), 100 * display.curve.errors)
    assert_allclose((x[at], y[at]), (5, 100 * display.curve.found))
    assert display.band_ is not None
    title = display.ax_.get_legend().get_title().get_text()
    assert title == "95 % interval over 6 subjects"


def test_risk_coverage_legend_states_the_share():
    display = RiskCoverageDisplay.from_predictions(
        ["V", "N", "V", "N"], PROBA, at=0.25, name="LSTM"
    )
    assert legend_texts(display)[0] == "LSTM: 50 % of 2 errors in 25 % of beats"
    assert display.line_.get_markevery() == [1] and display.line_.get_ydata()[1] == 50


def test_risk_coverage_without_errors_says_so():
    display = RiskCoverageDisplay.from_predictions(["N"] * 4, PROBA, groups=list("abab"))
    assert legend_texts(display)[0] == "no errors among 4 beats"
    assert display.band_ is None


def test_risk_coverage_models_share_axes_and_differ():
    first = RiskCoverageDisplay.from_predictions(["V", "N", "V", "N"], PROBA, name="A")
    second = RiskCoverageDisplay.from_predictions(
        ["V", "N", "N", "N"], PROBA, name="B", ax=first.ax_
    )
    assert first.line_.get_color() != second.line_.get_color()
    assert first.line_.get_linestyle() != second.line_.get_linestyle()
    assert [text[0] for text in legend_texts(second)] == ["A", "B", "c"]  # chance


def test_risk_coverage_axis_shows_where_the_errors_are():
    rng = np.random.default_rng(0)
    certain = rng.uniform(0.6, 1, 1000)
    y = np.where(certain < 0.63, "V", "N")  # errors are the least certain 7 %
    proba = pd.DataFrame({"N": certain, "V": 1 - certain})
    assert RiskCoverageDisplay.from_predictions(y, proba).ax_.get_xlim() == (0, 10)


def test_risk_coverage_frame_is_the_data(table):
    frame = RiskCoverageDisplay.from_table(table, n_resamples=20).frame()
    assert list(frame.columns) == ["share", "errors", "low", "high"]
    assert frame["errors"].is_monotonic_increasing


def test_risk_coverage_from_estimator():
    X = np.zeros((4, 1))
    model = DummyClassifier(strategy="prior").fit(X, ["N", "N", "N", "V"])
    assert RiskCoverageDisplay.from_estimator(model, X, ["N", "N", "N", "V"]).curve.n_errors == 1


def test_risk_coverage_frame_without_subjects_has_no_bounds():
    frame = RiskCoverageDisplay.from_predictions(["N", "N", "V", "N"], PROBA).frame()
    assert list(frame.columns) == ["share", "errors"]
