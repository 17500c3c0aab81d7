import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from skecg import beat_report
from skecg.metrics._risk_coverage import risk_coverage_curve
from skecg.metrics._subject_resampling import SubjectResampling

P_N = np.array([0.9, 0.8, 0.6, 0.7])
PROBA = pd.DataFrame({"N": P_N, "V": 1 - P_N})


def curve_of(y, proba=PROBA, groups=None, n_resamples=20, **kwargs):
    resampling = SubjectResampling(groups, 0.95, n_resamples, 0, "test")
    return risk_coverage_curve(y, proba, resampling, "test", **kwargs)


def test_risk_coverage_by_hand():
    curve = curve_of(["V", "N", "V", "N"])
    # least certain first: 0.6 wrong, 0.7 right, 0.8 right, 0.9 wrong
    assert_allclose(curve.share, [0, 0.25, 0.5, 0.75, 1])
    assert_allclose(curve.errors, [0, 0.5, 0.5, 0.5, 1])
    assert (curve.n_errors, curve.n_beats) == (2, 4)
    assert curve.band is None and curve.interval is None


def test_risk_coverage_of_ties_is_a_straight_line():
    curve = curve_of(["V", "N", "V", "N"], pd.DataFrame({"N": [0.9] * 4, "V": [0.1] * 4}))
    assert_allclose(curve.share, [0, 1])
    assert_allclose(curve.errors, [0, 1])


def test_risk_coverage_at_a_share_is_that_of_the_report():
    rng = np.random.default_rng(0)
    p_v = rng.beta(0.3, 0.6, 3000)
    y = np.where(rng.random(3000) < p_v, "V", "N")
    groups = rng.choice(list("abcdefgh"), 3000)
    proba = pd.DataFrame({"N": 1 - p_v, "V": p_v})
    report = beat_report(y, proba.idxmax(axis=1), y_proba=proba)
    curve = curve_of(y, proba, groups)
    assert_allclose(curve.found, report.overall.loc["least_certain_errors", "value"])
    assert curve.interval[0] <= curve.found <= curve.interval[1]
    assert (curve.band[0] <= curve.band[1]).all()


def test_risk_coverage_certainty_is_that_of_the_predicted_label():
    curve = curve_of(["N"] * 4, y_pred=["N", "N", "N", "V"])
    assert_allclose(curve.errors[:2], [0, 1])  # the V has a probability of 0.3


def test_risk_coverage_without_errors_has_no_band():
    curve = curve_of(["N"] * 4, groups=list("abab"))
    assert curve.n_errors == 0 and curve.band is None
    assert np.isnan(curve.errors[1:]).all()


@pytest.mark.parametrize("at", [5, 0, 1.0, "5 %"])
def test_risk_coverage_wrong_share_raises(at):
    with pytest.raises(ValueError, match=r"'at' .* between 0 and 1, such as 0.05. Got"):
        curve_of(["N"] * 4, at=at)


def test_risk_coverage_without_probabilities_raises():
    with pytest.raises(ValueError, match=r"must hold probabilities\. Got NaN"):
        curve_of(["N"] * 4, PROBA.assign(V=np.nan))
