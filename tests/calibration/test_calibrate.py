"""Temperatures and offsets: found where the answer is known, and folded into networks."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import log_softmax, softmax

import skecg
from skecg import (
    BeatLayout,
    ContextLSTMClassifier,
    LSTMClassifier,
    RNNClassifier,
    TemperatureScaling,
)
from skecg.calibration._calibration import after, fit_calibration
from skecg.metrics._probabilities import judge_proba

LABELS = ["N", "S", "V"]
SCALARS = ("rr", "beat-1_rr", "beat+1_rr")
FAST = {"epochs": 1, "batch_size": 32, "learning_rate": 0.05, "random_state": 0}
SMALL = {"units": 3, "neighbor_units": 2, "dense_units": 4, "class_weight": None}
NETWORKS = {
    "RNN": RNNClassifier((4,), layout=BeatLayout(6, leads=2, scalars=SCALARS), **FAST),
    "LSTM": LSTMClassifier((2,), layout=BeatLayout(12, scalars=SCALARS), **FAST),
    "one lead": ContextLSTMClassifier(
        **SMALL, layout=BeatLayout(12, scalars=SCALARS), warm_start=True, **FAST
    ),
    "two leads": ContextLSTMClassifier(
        **SMALL, layout=BeatLayout(6, leads=2, scalars=SCALARS), **FAST
    ),
}
each_network = pytest.mark.parametrize("name", NETWORKS)


def _rows(n=240, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.choice(LABELS, n, p=[0.5, 0.2, 0.3])
    X = rng.normal(size=(n, 15)) + 0.6 * (y == "V")[:, None] - 0.6 * (y == "S")[:, None]
    return X.astype(np.float32), y


@pytest.fixture(scope="module")
def fitted():
    return {name: copy.deepcopy(clf).fit(*_rows()) for name, clf in NETWORKS.items()}


@pytest.fixture
def clf(fitted, name):
    return copy.deepcopy(fitted[name])


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
def test_temperature_takes_what_was_said_to_what_is_right(said, right):
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


def test_rows_whose_label_has_no_probability_are_left_out_and_counted():
    proba = [[0.9, 0.1]] * 4 + [[1.0, 0.0]] * 2
    with pytest.warns(UserWarning, match=r"calibrate leaves 3 of 7 rows out.*: 1 of Q, 2 of V"):
        found = _found(["V", "N", "N", "N", "V", "V", "Q"], [*proba, [0.5, 0.5]], ["N", "V"])
    assert found.temperature == pytest.approx(2, rel=1e-5)


def test_class_without_rows_keeps_the_offset_0():
    proba = [[0.5, 0.25, 0.25], [0.2, 0.1, 0.7]] * 4
    with pytest.warns(UserWarning, match=r"no row of S, and leaves the offset .* at 0"):
        found = _found(list("NNNVVVNV"), proba, correct_prior=True)
    assert found.offsets["S"] == 0
    assert found.offsets["N"] == pytest.approx(-found.offsets["V"])


@pytest.mark.parametrize(
    ("y", "proba", "words"),
    [
        ("NV", [[0.9, 0.1], [0.1, 0.9]], "down to the lowest temperature, 0.1, .* rows are right"),
        ("ab", [[0.9, 0.1], [0.1, 0.9]], "no row whose label has any probability.*1 of a, 1 of b"),
    ],
)
def test_rows_that_cannot_tell_are_refused(y, proba, words):
    with pytest.raises(ValueError, match=words):
        _found(list(y), proba, ["N", "V"])


def test_probabilities_that_say_nothing_are_told():
    with pytest.warns(UserWarning, match=r"highest temperature, 10: .* these 2 rows. Are both"):
        found = _found(["V", "N"], [[0.9, 0.1], [0.1, 0.9]], ["N", "V"])
    assert found.temperature == pytest.approx(10)


@pytest.mark.parametrize("weights", [[1, 2], [1, -1, 1, 1], [0, 0, 0, 0], [1, np.nan, 1, 1]])
def test_weights_that_are_none_are_refused(weights):
    with pytest.raises(ValueError, match="'sample_weight' parameter of calibrate must h"):
        _found(list("NNNV"), [[0.9, 0.1]] * 4, ["N", "V"], sample_weight=weights)


# ---- the object


def test_calibration_keeps_zeros_and_names_of_columns():
    import pandas as pd

    table = pd.DataFrame({"V": [0.0, 0.5], "N": [1.0, 0.5]}, index=[3, 7])
    new = TemperatureScaling(0.5, {"V": np.log(3)}).apply(table)
    assert_allclose(new.to_numpy(), [[0, 1], [0.75, 0.25]])
    assert list(new.columns) == ["V", "N"] and list(new.index) == [3, 7]


def test_calibration_corrects_a_whole_table_and_its_predictions():
    import pandas as pd

    table = pd.DataFrame({"y_true": list("NV"), "y_pred": list("NN")}, index=[3, 7])
    table = table.assign(p_N=np.float32([0.9, 0.6]), p_V=np.float32([0.1, 0.4]))
    new = TemperatureScaling(1.0, {"V": np.log(3)}).apply(table)
    assert_allclose(new[["p_N", "p_V"]], [[0.75, 0.25], [1 / 3, 2 / 3]], rtol=1e-6)
    assert list(new["y_pred"]) == ["N", "V"]
    assert list(new.index) == [3, 7] and set(new.dtypes) == set(table.dtypes)
    with pytest.raises(ValueError, match="needs probabilities, in columns such as p_N"):
        TemperatureScaling(2.0).apply(table[["y_true", "y_pred"]])


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
def test_calibration_refuses_what_is_none(given, error, words):
    with pytest.raises(error, match=words):
        TemperatureScaling(**given)


def test_apply_needs_the_classes_of_columns_for_offsets():
    calibration = TemperatureScaling(1.0, {"N": 0.1})
    with pytest.raises(ValueError, match=r"pass labels=model\.classes_"):
        calibration.apply([[0.5, 0.5]])
    with pytest.raises(ValueError, match="must name each column"):
        calibration.apply([[0.5, 0.5]], labels=LABELS)


# ---- networks


@each_network
def test_network_says_what_the_calibration_makes_of_it(clf, name):
    X, _ = _rows(seed=1)
    before = clf.predict_proba(X)
    calibration = TemperatureScaling(1.7, {"N": -0.5, "V": 0.8})
    assert clf.calibrate(calibration=calibration) is clf
    expected = calibration.apply(before, labels=clf.classes_)
    assert_allclose(clf.predict_proba(X), expected, atol=1e-6)
    assert clf.calibration_ == calibration


@each_network
def test_temperature_changes_no_prediction_and_offsets_do(clf, name):
    X, y = _rows(seed=1)
    before = clf.predict(X)
    assert_array_equal(clf.calibrate(X, y).predict(X), before)
    assert clf.calibration_.temperature != 1 and clf.calibration_.offsets == {}
    clf.calibrate(calibration=TemperatureScaling(offsets={"S": 9.0}))
    assert set(clf.predict(X)) == {"S"}


@each_network
def test_calibrated_network_finds_nothing_more_to_calibrate(clf, name):
    X, y = _rows(seed=1)
    clf.calibrate(X, y, correct_prior=True)
    once = clf.calibration_
    assert_allclose(
        clf.predict_proba(X).mean(axis=0), [(y == k).mean() for k in LABELS], atol=1e-5
    )
    clf.calibrate(X, y, correct_prior=True)
    assert clf.calibration_.temperature == pytest.approx(once.temperature, rel=1e-3)
    assert clf.calibration_.offsets == pytest.approx(once.offsets, abs=1e-3)


@each_network
def test_copies_are_calibrated_too(clf, name, tmp_path):
    X, y = _rows(seed=1)
    clf.calibrate(X, y, correct_prior=True)
    skecg.save(clf, tmp_path / "model.skecg")
    copies = [
        skecg.load(tmp_path / "model.skecg"),
        pickle.loads(pickle.dumps(clf)),
        copy.deepcopy(clf),
    ]
    for copied in copies:
        assert copied.calibration_ == clf.calibration_
        assert_array_equal(copied.predict_proba(X), clf.predict_proba(X))


@each_network
def test_training_goes_on_from_a_calibrated_network_and_takes_the_calibration_away(clf, name):
    X, y = _rows(seed=1)
    clf.calibrate(X, y, correct_prior=True).partial_fit(X, y)
    assert not hasattr(clf, "calibration_")
    assert np.isfinite(clf.predict_proba(X)).all()
    clf.set_params(warm_start=True).calibrate(X, y).fit(X, y)
    assert not hasattr(clf, "calibration_") and clf.n_iter_ == 3


def test_fit_anew_knows_nothing_of_a_calibration(fitted):
    X, y = _rows()
    clf = copy.deepcopy(fitted["two leads"])
    expected = clf.predict_proba(X)
    clf.calibrate(calibration=TemperatureScaling(3.0)).fit(X, y)
    assert not hasattr(clf, "calibration_")
    assert_array_equal(clf.predict_proba(X), expected)


def test_training_that_is_refused_leaves_the_calibration(fitted):
    X, y = _rows()
    clf = copy.deepcopy(fitted["LSTM"]).calibrate(calibration=TemperatureScaling(3.0))
    with pytest.raises(ValueError, match="Got other labels"):
        clf.partial_fit(X, np.where(y == "S", "Q", y))
    assert clf.calibration_ == TemperatureScaling(3.0)


def test_labels_may_be_numbers(tmp_path):
    X, y = _rows()
    numbers = np.searchsorted(LABELS, y)
    clf = RNNClassifier((3,), **FAST).fit(X, numbers).calibrate(X, numbers, correct_prior=True)
    assert list(clf.calibration_.offsets) == [0, 1, 2]
    skecg.save(clf, tmp_path / "model.skecg")
    assert skecg.load(tmp_path / "model.skecg").calibration_ == clf.calibration_


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({}, ValueError, "needs rows 'X' and labels 'y' of subjects that training did not see"),
        ({"X": _rows()[0]}, ValueError, "needs rows 'X' and labels 'y'"),
        ({"calibration": 2.0}, TypeError, "must be a TemperatureScaling.* Got 2.0"),
        (
            {"X": _rows()[0], "y": _rows()[1], "calibration": TemperatureScaling(2.0)},
            ValueError,
            "takes no rows, weights or correct_prior beside 'calibration'",
        ),
        ({"calibration": TemperatureScaling(1.0, {"Q": 1.0})}, ValueError, r"offsets of \['Q'\]"),
        (
            {"X": _rows()[0], "y": _rows()[1], "correct_prior": "yes"},
            ValueError,
            "'correct_prior' .* must be True or False. Got 'yes'",
        ),
        ({"X": _rows()[0][:, :5], "y": _rows()[1]}, ValueError, "X has 5 features, but RNN"),
    ],
)
def test_calibrate_refuses_what_it_cannot_use(fitted, given, error, words):
    with pytest.raises(error, match=words):
        copy.deepcopy(fitted["RNN"]).calibrate(**given)


def test_network_of_a_file_takes_another_learning_rate(fitted, tmp_path):
    import keras

    skecg.save(fitted["RNN"], tmp_path / "model.skecg")
    loaded = skecg.load(tmp_path / "model.skecg").set_params(learning_rate=1e-4)
    loaded.partial_fit(*_rows())
    rate = keras.ops.convert_to_numpy(loaded.model_.optimizer.learning_rate)
    assert rate == pytest.approx(1e-4)
    with pytest.raises(ValueError, match="cannot go on training with other loss"):
        loaded.set_params(loss="mse").partial_fit(*_rows())
