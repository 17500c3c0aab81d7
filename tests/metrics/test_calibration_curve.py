import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from skecg import beat_report
from skecg.metrics._calibration_curve import calibration_curve
from skecg.metrics._subject_resampling import SubjectResampling

P_V = np.array([0.1, 0.2, 0.3, 0.9])
PROBA = pd.DataFrame({"N": 1 - P_V, "V": P_V})
Y = np.array(["N", "N", "V", "V"])


def curves_of(y, proba, groups=None, n_resamples=100, **kwargs):
    resampling = SubjectResampling(groups, 0.95, n_resamples, 0, "test")
    return calibration_curve(y, proba, resampling, "test", **kwargs)


@pytest.fixture
def beats():
    rng = np.random.default_rng(0)
    p_v = rng.random(2000)
    return {
        "y": np.where(rng.random(2000) < p_v, "V", "N"),
        "groups": rng.choice(list("abcdefgh"), 2000),
        "proba": pd.DataFrame({"N": 1 - p_v, "V": p_v}),
    }


def test_calibration_by_hand():
    _, v = curves_of(Y, PROBA, n_bins=2)
    # V: three beats of mean probability 0.2, of which one is a V; and one of 0.9, a V
    assert_allclose(v.prob_pred, [0.2, 0.9])
    assert_allclose(v.prob_true, [1 / 3, 1])
    assert v.count.tolist() == [3, 1]
    assert_allclose(v.ece, (3 * (1 / 3 - 0.2) + 1 * (1 - 0.9)) / 4)
    assert v.interval is None and v.band is None


def test_calibration_top_label_by_hand():
    (top,) = curves_of(Y, PROBA, kind="top_label", n_bins=1)
    # predicted N, N, N, V with 0.9, 0.8, 0.7, 0.9: three of four are right
    assert top.label == "top label"
    assert_allclose(top.prob_true, [0.75])
    assert_allclose(top.ece, abs(0.75 - 0.825))


def test_calibration_top_label_takes_predicted_labels():
    (top,) = curves_of(Y, PROBA, kind="top_label", y_pred=["V"] * 4, n_bins=1)
    assert_allclose([top.prob_pred[0], top.prob_true[0]], [P_V.mean(), 0.5])


def test_calibration_error_of_the_top_label_is_that_of_the_report(beats):
    predicted = beats["proba"].idxmax(axis=1)
    report = beat_report(beats["y"], predicted, y_proba=beats["proba"])
    (top,) = curves_of(**beats, kind="top_label")
    assert_allclose(top.ece, report.overall.loc["calibration_error", "value"])


def test_calibration_of_true_probabilities_is_near_the_diagonal(beats):
    _, v = curves_of(**beats, n_bins=5)
    assert_allclose(v.prob_true, v.prob_pred, atol=0.06)  # 400 beats a bin
    low, high = v.band
    assert ((low < v.prob_true) & (v.prob_true < high)).all()
    assert v.interval[0] < v.interval[1]


def test_calibration_bin_of_one_subject_has_no_band(beats):
    beats["groups"][beats["proba"]["V"] > 0.9] = "a"
    low, _ = curves_of(**beats, n_bins=10)[1].band
    assert np.isnan(low).tolist() == [False] * 9 + [True]


def test_calibration_of_missing_classes_has_a_reason():
    found = curves_of([*Y[:3], "S"], PROBA.assign(Q=0.0), n_bins=1)
    reasons = {curve.label: curve.reason for curve in found}
    assert reasons == {"N": None, "V": None, "S": "unknown to the model", "Q": "no beats"}


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"kind": "all"}, "'kind' .* 'one_vs_rest' or 'top_label'. Got 'all'"),
        ({"n_bins": 0}, "'n_bins' .* positive int. Got 0"),
        ({"proba": PROBA * 2}, "between 0 and 1. Got values from .* to 1.8"),
    ],
)
def test_calibration_wrong_parameters_raise(parameters, words):
    with pytest.raises(ValueError, match=words):
        curves_of(**({"y": Y, "proba": PROBA} | parameters))
