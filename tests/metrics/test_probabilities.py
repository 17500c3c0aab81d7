import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import brier_score_loss, log_loss

from skecg import beat_report
from skecg.metrics._probabilities import calibration_error, least_certain_errors


def figure(name, y_true, y_pred, proba):
    report = beat_report(list(y_true), list(y_pred), y_proba=pd.DataFrame(proba))
    return report.overall.loc[name, "value"]


def test_log_loss_of_many_beats_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    proba = rng.dirichlet([1, 1, 1], 200)
    y_true, y_pred = rng.choice(list("NSV"), 200), np.array(list("NSV"))[proba.argmax(axis=1)]
    found = figure("log_loss", y_true, y_pred, dict(zip("NSV", proba.T, strict=True)))
    assert_allclose(found, log_loss(y_true, proba, labels=list("NSV")))


def test_brier_score_by_hand():
    proba = {"N": [0.7, 0.6], "S": [0.2, 0.1], "V": [0.1, 0.3]}
    of_n, of_v = 0.3**2 + 0.2**2 + 0.1**2, 0.6**2 + 0.1**2 + 0.7**2
    assert_allclose(figure("brier_score", "NV", "NN", proba), (of_n + of_v) / 2)


def test_brier_score_of_two_classes_is_twice_that_of_the_positive_one():
    rng = np.random.default_rng(0)
    p = rng.random(100)
    y_true = rng.choice(["N", "V"], 100)
    found = figure("brier_score", y_true, np.where(p > 0.5, "V", "N"), {"N": 1 - p, "V": p})
    assert_allclose(found, 2 * brier_score_loss(y_true == "V", p))


@pytest.mark.parametrize(("right", "expected"), [(1.0, 0.0), (0.0, 2.0)])
def test_brier_score_goes_from_0_to_2(right, expected):
    proba = {"N": [right] * 3, "V": [1 - right] * 3}
    assert_allclose(figure("brier_score", "NNN", "NNN", proba), expected)


def test_brier_score_counts_classes_that_labels_do_not_name():
    proba = pd.DataFrame({"N": [0.5], "V": [0.2], "Q": [0.3]})
    report = beat_report(["N"], ["N"], y_proba=proba, labels=["N", "V"])
    assert_allclose(report.overall.loc["brier_score", "value"], 0.25 + 0.04 + 0.09)


def test_calibration_error_by_hand():
    # one bin has four beats of 0.8, three right; another has one beat of 1, wrong
    proba = {"N": [0.8] * 4 + [1.0], "V": [0.2] * 4 + [0.0]}
    found = figure("calibration_error", "NNNVV", "NNNNN", proba)
    assert_allclose(found, (4 * abs(3 / 4 - 0.8) + 1 * abs(0 - 1.0)) / 5)


def test_calibration_error_bins_have_their_upper_limit():
    # 0.6 = 9/15 ends its bin; 0.61 is in the next: a wrong and a right beat do not cancel
    proba = {"N": [0.6, 0.61], "V": [0.4, 0.39]}
    assert_allclose(figure("calibration_error", "VN", "NN", proba), (0.6 + 0.39) / 2)


def test_calibration_error_of_a_calibrated_model_is_small():
    rng = np.random.default_rng(0)
    p = rng.uniform(0.5, 1, 100_000)
    y_true = np.where(rng.random(100_000) < p, "N", "V")
    found = figure("calibration_error", y_true, ["N"] * 100_000, {"N": p, "V": 1 - p})
    assert found < 0.01  # chance: 8 bins of 12,500 beats, each with a standard error of 0.004


def test_calibration_is_that_of_the_predicted_label():
    # a threshold of 0.1 for V: its label is less sure than the other
    proba = {"N": [0.8] * 5, "V": [0.2] * 5}
    assert_allclose(figure("calibration_error", "NNNNV", "VVVVV", proba), 0, atol=1e-12)


def test_calibration_error_by_resample():
    gaps = np.array([[1.0, -2.0], [0.0, 0.0]])
    assert calibration_error(gaps, np.array([10.0, 5.0])).tolist() == [0.3, 0]


def test_least_certain_errors_by_hand():
    # 40 beats: the two least certain ones are 5 %, with one of four errors
    p = np.linspace(0.6, 0.99, 40)
    y_true = np.full(40, "N")
    y_true[[1, 10, 20, 30]] = "V"
    found = figure("least_certain_errors", y_true, ["N"] * 40, {"N": p, "V": 1 - p})
    assert_allclose(found, 1 / 4)


def test_least_certain_errors_of_equal_beats_are_shared_out():
    found = figure(
        "least_certain_errors", "NNNV" * 10, "N" * 40, {"N": [0.7] * 40, "V": [0.3] * 40}
    )
    assert_allclose(found, 0.05)


def test_least_certain_errors_without_errors_are_undefined():
    assert np.isnan(figure("least_certain_errors", "NN", "NN", {"N": [0.9, 0.8], "V": [0.1, 0.2]}))


def test_least_certain_errors_of_many_beats_agree_with_sorting():
    rng = np.random.default_rng(0)
    p = rng.beta(5, 1, 20_000) / 2 + 0.5
    wrong = rng.random(20_000) > p
    found = figure(
        "least_certain_errors",
        np.where(wrong, "V", "N"),
        ["N"] * 20_000,
        {"N": p, "V": 1 - p},
    )
    assert_allclose(found, wrong[np.argsort(p)[:1000]].sum() / wrong.sum())


def test_least_certain_errors_by_resample():
    beats = np.array([[5.0, 95.0], [10.0, 90.0], [0.0, 100.0]])
    errors = np.array([[2.0, 2.0], [2.0, 2.0], [0.0, 4.0]])
    assert_allclose(least_certain_errors(beats, errors), [0.5, 0.25, 0.05])
