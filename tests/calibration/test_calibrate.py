"""Temperatures and offsets: found where the answer is known, and folded into networks."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import log_softmax, softmax

import skecg
from skecg import BeatLayout, Predictions, RNNClassifier, TemperatureScaling
from skecg.calibration._calibration import after, fit_calibration
from skecg.classifiers import build_context_lstm, build_lstm, build_rnn
from skecg.classifiers._weights import fold_calibration
from skecg.metrics._probabilities import judge_proba

from .._estimators import TINY

LABELS = ["N", "S", "V"]
SCALARS = ("rr", "beat-1_rr", "beat+1_rr")
SMALL = {"units": 3, "neighbor_units": 2, "dense_units": 4}
NETWORKS = {
    "RNN": lambda: build_rnn(BeatLayout(6, leads=2, scalars=SCALARS), 3, units=(4,)),
    "LSTM": lambda: build_lstm(BeatLayout(15), 3, units=(2,)),
    "one lead": lambda: build_context_lstm(BeatLayout(12, scalars=SCALARS), 3, **SMALL),
    "two leads": lambda: build_context_lstm(BeatLayout(6, leads=2, scalars=SCALARS), 3, **SMALL),
}


def _rows(seed):
    """Rows of three classes that overlap, and their labels."""
    rng = np.random.default_rng(seed)
    y = rng.choice(LABELS, 240, p=[0.5, 0.2, 0.3])
    X = rng.normal(size=(240, 8)) + 0.6 * (y == "V")[:, None] - 0.6 * (y == "S")[:, None]
    return X.astype(np.float32), y


X, Y = _rows(0)
X_OTHER, Y_OTHER = _rows(1)


@pytest.fixture(scope="module")
def _fitted():
    return RNNClassifier(**TINY, learning_rate=0.05).fit(X, Y)


@pytest.fixture
def clf(_fitted):
    return copy.deepcopy(_fitted)


def _simulated(n=40_000, seed=0):
    """Calibrated probabilities of three classes, and labels drawn from them."""
    rng = np.random.default_rng(seed)
    logits = log_softmax(rng.normal(0, 2, (n, 3)) + [2, 0, 0], axis=1)
    cumulated = np.exp(logits).cumsum(axis=1)
    return logits, np.array(LABELS)[(rng.random(n)[:, None] > cumulated[:, :2]).sum(axis=1)]


def _found(y, proba, labels=LABELS, **kwargs):
    return fit_calibration(np.asarray(y), np.asarray(proba), labels, owner="calibrate", **kwargs)


# ---- what is found


@pytest.mark.parametrize(("said", "right"), [(0.9, 3), (0.75, 3), (0.6, 3), (0.99, 1)])
def test_temperature_makes_the_probability_that_of_right_labels(said, right):
    n = 4 if right == 3 else 3  # right in 3 of 4 rows, or in 2 of 3
    y = ["V"] + ["N"] * (n - 1)
    found = _found(y, [[said, 1 - said]] * n, ["N", "V"])
    expected = np.log(said / (1 - said)) / np.log(n - 1)
    assert found.temperature == pytest.approx(expected, rel=1e-5)
    assert found.offsets == {}


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_temperature_of_scaled_logits_is_found(temperature):
    logits, y = _simulated()
    found = _found(y, softmax(temperature * logits, axis=1))
    assert found.temperature == pytest.approx(temperature, rel=0.03)  # of 40,000 draws


def test_temperature_is_that_of_the_least_loss():
    logits, y = _simulated(500)
    codes = np.searchsorted(LABELS, y)

    def loss(temperature):
        return -log_softmax(2 * logits / temperature, axis=1)[np.arange(500), codes].mean()

    best = _found(y, softmax(2 * logits, axis=1)).temperature
    others = [loss(best * factor) for factor in (0.9, 0.999, 1.001, 1.1)]
    assert loss(best) < min(others)


def test_offsets_are_the_logarithms_of_shares_new_over_old():
    """One row a class and column, its probability as weight: the exact new distribution."""
    proba = np.array([[0.7, 0.2, 0.1], [0.2, 0.6, 0.2], [0.1, 0.3, 0.6]])
    shift = np.array([4.0, 1.0, 0.5])
    new = proba * shift
    new /= new.sum(axis=1, keepdims=True)
    found = _found(
        LABELS * 3, np.repeat(proba, 3, axis=0), sample_weight=new.ravel(), correct_prior=True
    )
    assert found.temperature == pytest.approx(1, rel=1e-4)
    expected = np.log(shift) - np.log(shift).mean()
    assert_allclose([found.offsets[label] for label in LABELS], expected, atol=1e-4)


def test_corrected_prior_gives_each_class_its_share():
    logits, y = _simulated(3000)
    proba = softmax(logits + [0, 1.5, 0.5], axis=1)
    found = _found(y, proba, correct_prior=True)
    shares = found.apply(proba, labels=LABELS).mean(axis=0)
    assert_allclose(shares, [(y == label).mean() for label in LABELS], atol=1e-6)


def test_weights_count_as_repeated_rows():
    logits, y = _simulated(200)
    proba, weights = softmax(2 * logits, axis=1), np.arange(200) % 4
    weighted = _found(y, proba, sample_weight=weights, correct_prior=True)
    repeated = _found(np.repeat(y, weights), np.repeat(proba, weights, axis=0), correct_prior=True)
    assert weighted.temperature == pytest.approx(repeated.temperature, rel=1e-4)
    assert weighted.offsets == pytest.approx(repeated.offsets, abs=1e-4)


def test_calibration_error_goes_down_on_other_beats():
    logits, y = _simulated(8000)
    proba = softmax(2.5 * logits + [0, 1, 0], axis=1)

    def error(proba, y):
        codes = np.searchsorted(LABELS, y)
        said = judge_proba(codes, proba.argmax(axis=1), proba, LABELS, "test")
        right = proba.argmax(axis=1) == codes
        bins = said.calibration_bins()
        return np.abs(np.bincount(bins, right - said.confidence)).sum() / len(y)

    found = _found(y[:4000], proba[:4000], correct_prior=True)
    before, now = proba[4000:], found.apply(proba[4000:], labels=LABELS)
    assert error(before, y[4000:]) > 0.1
    assert error(now, y[4000:]) < 0.03


def test_rows_whose_label_has_no_probability_are_excluded_and_counted():
    proba = [[0.9, 0.1]] * 4 + [[1.0, 0.0]] * 2
    with pytest.warns(UserWarning, match=r"calibrate excludes 3 of 7 rows.*: 1 of Q, 2 of V"):
        found = _found(["V", "N", "N", "N", "V", "V", "Q"], [*proba, [0.5, 0.5]], ["N", "V"])
    assert found.temperature == pytest.approx(2, rel=1e-5)


def test_class_without_rows_keeps_the_offset_0():
    proba = [[0.5, 0.25, 0.25], [0.2, 0.1, 0.7]] * 4
    with pytest.warns(UserWarning, match=r"no row of S, and sets the offset .* to 0"):
        found = _found(list("NNNVVVNV"), proba, correct_prior=True)
    assert found.offsets["S"] == 0
    assert found.offsets["N"] == pytest.approx(-found.offsets["V"])


@pytest.mark.parametrize(
    ("y", "proba", "words"),
    [
        (
            "NV",
            [[0.9, 0.1], [0.1, 0.9]],
            "down to the lowest temperature, 0.1, .* rows are classified",
        ),
        ("ab", [[0.9, 0.1], [0.1, 0.9]], "no row whose label has any probability.*1 of a, 1 of b"),
    ],
)
def test_rows_that_determine_no_calibration_are_refused(y, proba, words):
    with pytest.raises(ValueError, match=words):
        _found(list(y), proba, ["N", "V"])


def test_probabilities_that_do_not_depend_on_the_labels_warn():
    with pytest.warns(UserWarning, match=r"highest temperature, 10: .* these 2 rows. Are both"):
        found = _found(["V", "N"], [[0.9, 0.1], [0.1, 0.9]], ["N", "V"])
    assert found.temperature == pytest.approx(10)


@pytest.mark.parametrize("weights", [[1, 2], [1, -1, 1, 1], [0, 0, 0, 0], [1, np.nan, 1, 1]])
def test_invalid_weights_are_refused(weights):
    with pytest.raises(ValueError, match="'sample_weight' parameter of calibrate must h"):
        _found(list("NNNV"), [[0.9, 0.1]] * 4, ["N", "V"], sample_weight=weights)


# ---- the object


def test_calibration_keeps_zeros_and_names_of_columns():
    import pandas as pd

    table = pd.DataFrame({"V": [0.0, 0.5], "N": [1.0, 0.5]}, index=[3, 7])
    new = TemperatureScaling(0.5, {"V": np.log(3)}).apply(table)
    assert_allclose(new.to_numpy(), [[0, 1], [0.75, 0.25]])
    assert list(new.columns) == ["V", "N"] and list(new.index) == [3, 7]


def test_calibration_corrects_predictions_with_their_labels():
    import pandas as pd

    table = pd.DataFrame({"subject": list("ab"), "y_true": list("NV"), "y_pred": list("NN")})
    table = table.assign(p_N=np.float32([0.9, 0.6]), p_V=np.float32([0.1, 0.4]))
    new = TemperatureScaling(1.0, {"V": np.log(3)}).apply(Predictions(table))
    assert_allclose(new.y_proba, [[0.75, 0.25], [1 / 3, 2 / 3]], rtol=1e-6)
    assert list(new.y_pred) == ["N", "V"]
    with pytest.raises(ValueError, match=r"goes in as skecg\.Predictions\(table\)"):
        TemperatureScaling(2.0).apply(table)
    with pytest.raises(ValueError, match="needs probabilities, in columns such as p_N"):
        TemperatureScaling(2.0).apply(Predictions(table.drop(columns=["p_N", "p_V"])))


def test_calibrations_one_after_the_other_are_one():
    first, then = (
        TemperatureScaling(2.0, {"N": 1.0, "V": -1.0}),
        TemperatureScaling(0.5, {"S": 0.3, "N": 0.2}),
    )
    proba = softmax(np.random.default_rng(0).normal(size=(5, 3)), axis=1)
    both = first.apply(proba, labels=LABELS)
    assert_allclose(
        after(first, then).apply(proba, labels=LABELS), then.apply(both, labels=LABELS)
    )


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"temperature": "2"}, TypeError, "'temperature' .* must be a number. Got '2'"),
        ({"temperature": True}, TypeError, "'temperature' .* must be a number. Got True"),
        ({"temperature": 0}, ValueError, "'temperature' .* must be positive and finite. Got 0"),
        ({"temperature": np.nan}, ValueError, "'temperature' .* must be positive"),
        ({"offsets": [0.1]}, TypeError, r"'offsets' .* must be a dict .* Got \[0.1\]"),
        ({"offsets": {"N": "a"}}, TypeError, "'offsets' .* from label to number"),
        ({"offsets": {"N": np.inf}}, ValueError, "'offsets' .* must be finite"),
    ],
)
def test_calibration_refuses_invalid_parameters(given, error, words):
    with pytest.raises(error, match=words):
        TemperatureScaling(**given)


def test_apply_needs_the_classes_of_columns_for_offsets():
    calibration = TemperatureScaling(1.0, {"N": 0.1})
    with pytest.raises(ValueError, match=r"pass labels=model\.classes_"):
        calibration.apply([[0.5, 0.5]])
    with pytest.raises(ValueError, match="must name each column"):
        calibration.apply([[0.5, 0.5]], labels=LABELS)


# ---- networks


@pytest.mark.parametrize("name", NETWORKS)
def test_network_predicts_corrected_probabilities(name):
    model = NETWORKS[name]()
    rows = np.random.default_rng(0).normal(size=(20, 15)).astype(np.float32)
    calibration = TemperatureScaling(1.7, {"N": -0.5, "V": 0.8})
    expected = calibration.apply(np.asarray(model.predict_on_batch(rows)), labels=LABELS)
    fold_calibration(model, calibration, np.array(LABELS), "clf")
    assert_allclose(np.asarray(model.predict_on_batch(rows)), expected, atol=1e-6)


def test_network_without_a_layer_of_logits_is_refused():
    import keras

    for layer in (keras.layers.Dense(3), keras.layers.Dense(3, name="logits", use_bias=False)):
        model = keras.Sequential([keras.layers.Input((4,)), layer])
        with pytest.raises(TypeError, match="no Dense layer with a bias named 'logits' or 'prob"):
            fold_calibration(model, TemperatureScaling(2.0), np.array(LABELS), "clf")


def test_classifier_predicts_corrected_probabilities_and_knows_the_calibration(clf):
    before = clf.predict_proba(X_OTHER)
    calibration = TemperatureScaling(1.7, {"N": -0.5, "V": 0.8})
    assert clf.calibrate(calibration=calibration) is clf
    expected = calibration.apply(before, labels=clf.classes_)
    assert_allclose(clf.predict_proba(X_OTHER), expected, atol=1e-6)
    assert clf.calibration_ == calibration


def test_temperature_changes_no_prediction_and_offsets_do(clf):
    before = clf.predict(X_OTHER)
    assert_array_equal(clf.calibrate(X_OTHER, Y_OTHER).predict(X_OTHER), before)
    assert clf.calibration_.temperature != 1 and clf.calibration_.offsets == {}
    clf.calibrate(calibration=TemperatureScaling(offsets={"S": 9.0}))
    assert set(clf.predict(X_OTHER)) == {"S"}


def test_calibrated_network_finds_nothing_more_to_calibrate(clf):
    clf.calibrate(X_OTHER, Y_OTHER, correct_prior=True)
    once = clf.calibration_
    shares = [(Y_OTHER == label).mean() for label in LABELS]
    assert_allclose(clf.predict_proba(X_OTHER).mean(axis=0), shares, atol=1e-5)
    clf.calibrate(X_OTHER, Y_OTHER, correct_prior=True)
    assert clf.calibration_.temperature == pytest.approx(once.temperature, rel=1e-3)
    assert clf.calibration_.offsets == pytest.approx(once.offsets, abs=1e-3)


def test_copies_are_calibrated_too(clf, tmp_path):
    clf.calibrate(X_OTHER, Y_OTHER, correct_prior=True)
    skecg.save(clf, tmp_path / "model.skecg")
    copies = [
        skecg.load(tmp_path / "model.skecg"),
        pickle.loads(pickle.dumps(clf)),
        copy.deepcopy(clf),
    ]
    for copied in copies:
        assert copied.calibration_ == clf.calibration_
        assert_array_equal(copied.predict_proba(X_OTHER), clf.predict_proba(X_OTHER))


def test_training_goes_on_from_a_calibrated_network_and_removes_the_calibration(clf):
    clf.calibrate(X_OTHER, Y_OTHER, correct_prior=True).partial_fit(X, Y)
    assert not hasattr(clf, "calibration_")
    assert np.isfinite(clf.predict_proba(X)).all()
    clf.set_params(warm_start=True, epochs=1).calibrate(X_OTHER, Y_OTHER).fit(X, Y)
    assert not hasattr(clf, "calibration_") and clf.n_iter_ == 4


def test_fit_anew_knows_nothing_of_a_calibration(clf):
    expected = clf.predict_proba(X)
    clf.calibrate(calibration=TemperatureScaling(3.0)).fit(X, Y)
    assert not hasattr(clf, "calibration_")
    assert_array_equal(clf.predict_proba(X), expected)


def test_training_that_is_refused_keeps_the_calibration(clf):
    clf.calibrate(calibration=TemperatureScaling(3.0))
    with pytest.raises(ValueError, match="Got other labels"):
        clf.partial_fit(X, np.where(Y == "S", "Q", Y))
    assert clf.calibration_ == TemperatureScaling(3.0)


def test_labels_may_be_numbers(tmp_path):
    numbers = np.searchsorted(LABELS, Y)
    clf = RNNClassifier(**TINY, learning_rate=0.05).fit(X, numbers)
    clf.calibrate(X, numbers, correct_prior=True)
    assert list(clf.calibration_.offsets) == [0, 1, 2]
    skecg.save(clf, tmp_path / "model.skecg")
    assert skecg.load(tmp_path / "model.skecg").calibration_ == clf.calibration_


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({}, ValueError, "needs rows 'X' and labels 'y' of subjects that training did not see"),
        ({"X": X}, ValueError, "needs rows 'X' and labels 'y'"),
        ({"calibration": 2.0}, TypeError, "must be a TemperatureScaling.* Got 2.0"),
        (
            {"X": X, "y": Y, "calibration": TemperatureScaling(2.0)},
            ValueError,
            "takes no rows, weights or correct_prior together with 'calibration'",
        ),
        ({"calibration": TemperatureScaling(1.0, {"Q": 1.0})}, ValueError, r"offsets of \['Q'\]"),
        (
            {"X": X, "y": Y, "correct_prior": "yes"},
            ValueError,
            "'correct_prior' .* must be True or False. Got 'yes'",
        ),
        ({"X": X[:, :5], "y": Y}, ValueError, "X has 5 features, but RNN"),
    ],
)
def test_calibrate_refuses_unusable_arguments(clf, given, error, words):
    with pytest.raises(error, match=words):
        clf.calibrate(**given)


def test_network_of_a_file_takes_another_learning_rate(clf, tmp_path):
    import keras

    skecg.save(clf, tmp_path / "model.skecg")
    loaded = skecg.load(tmp_path / "model.skecg").set_params(learning_rate=1e-4)
    loaded.partial_fit(X, Y)
    rate = keras.ops.convert_to_numpy(loaded.model_.optimizer.learning_rate)
    assert rate == pytest.approx(1e-4)
    with pytest.raises(ValueError, match="cannot go on training with other loss"):
        loaded.set_params(loss="mse").partial_fit(X, Y)
