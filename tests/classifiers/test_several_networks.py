"""Several networks in one ContextLSTMClassifier: each learns as if it was the only one."""

import gc
import pickle

import numpy as np
import pytest

import skecg
from skecg import ContextLSTMClassifier, TemperatureScaling
from skecg.classifiers import _pool, build_context_lstm

from .test_context_lstm import SIZES, SMALL, TWO_LEADS, _answer, _rows

QUIET = {"dropout": 0.0, "lead_dropout": 0.0, "noise": 0.0, "scalar_noise": 0.0}
# one compiled model for all tests of the classifier
TWO = SMALL | {"n_networks": 2, "scalar_units": 5, "scalar_dropout": 0.1, "epochs": 1}


def _network_weights(model):
    """Return the weights of each network, without temperature and offsets."""
    weights = model.get_weights()[:-2]
    n = len(weights) // 3
    return [weights[i * n : (i + 1) * n] for i in range(3)]


def _alone(weights, **more):
    """Return a model of one network with these weights."""
    model = build_context_lstm(TWO_LEADS, 3, **SIZES, **QUIET, **more)
    model.set_weights(weights)
    return model


@pytest.fixture(scope="module")
def three():
    """Return three networks without anything random in training."""
    return build_context_lstm(TWO_LEADS, 3, **SIZES, **QUIET, n_networks=3, scalar_units=5)


@pytest.fixture(scope="module")
def rows():
    """Return rows whose class a scalar tells, and their labels."""
    X = _rows(TWO_LEADS, 400)
    return X, np.where(X[:, TWO_LEADS.feature_names.index("rr")] > 0, "V", "N")


@pytest.fixture(scope="module")
def fitted(rows):
    return ContextLSTMClassifier(
        **TWO | {"learning_rate": 0.05, "epochs": 6}, layout=TWO_LEADS
    ).fit(*rows)


@pytest.fixture
def copied(fitted):
    """Return a copy, whose network returns to the pool before the next test."""
    gc.collect()
    return pickle.loads(pickle.dumps(fitted))


# ---- the model


def test_networks_differ_and_their_probabilities_are_averaged(three):
    X = _rows(TWO_LEADS, 20)
    alone = [_answer(_alone(w, scalar_units=5), X) for w in _network_weights(three)]
    assert min(np.abs(alone[i] - alone[j]).max() for i, j in [(0, 1), (0, 2), (1, 2)]) > 0.01
    np.testing.assert_allclose(_answer(three, X), np.mean(alone, axis=0), atol=1e-6)
    trained = np.asarray(three(X, training=True))
    np.testing.assert_allclose(np.log(trained), np.mean(np.log(alone), axis=0), atol=1e-5)


def test_first_network_is_that_of_a_model_of_one():
    three, one = (build_context_lstm(TWO_LEADS, 3, **SIZES, n_networks=n, seed=7) for n in (3, 1))
    for mine, other in zip(_network_weights(three)[0], one.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("optimizer", ["gradient", "clipped"])
@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_each_network_is_trained_as_if_it_was_alone(loss, optimizer):
    """With Keras's own loss in a model of one: the same gradients, clipped or not."""
    import keras

    def train(model, loss):
        made = {
            "gradient": lambda: keras.optimizers.SGD(1.0),  # the step is the gradient
            "clipped": lambda: keras.optimizers.Adam(0.01, clipnorm=0.05),
        }[optimizer]()
        model.compile(made, loss, run_eagerly=True)
        steps = 1 if optimizer == "gradient" else 3
        losses = [model.train_on_batch(X, y, sample_weight=share) for _ in range(steps)]
        return float(losses[0])

    rng = np.random.default_rng(0)
    X, y, share = _rows(TWO_LEADS, 32), rng.integers(0, 3, 32), rng.uniform(0.5, 2, 32)
    sparse = loss.startswith("sparse")
    y = y if sparse else np.eye(3, dtype=np.float32)[y]
    clf = ContextLSTMClassifier(n_networks=3, loss=loss, label_smoothing=0.05)
    three = build_context_lstm(TWO_LEADS, 3, **SIZES, **QUIET, n_networks=3)
    before = _network_weights(three)
    found = train(three, clf._loss())
    losses = []
    for weights, after in zip(before, _network_weights(three), strict=True):
        alone = _alone(weights)
        losses.append(train(alone, clf.set_params(n_networks=1)._loss()))
        for mine, other in zip(after, alone.get_weights(), strict=True):
            # a bias of all gates has no effect, and Adam makes steps of its rounding errors
            if optimizer == "gradient" or mine.shape != (1,):
                np.testing.assert_allclose(mine, other, atol=2e-5)
    assert found == pytest.approx(np.mean(losses), rel=1e-5)
    np.testing.assert_array_equal(three.get_weights()[-2], 1)  # never trained


def test_gates_of_each_network_are_found(three):
    import keras

    X = _rows(TWO_LEADS, 6)
    TWO_LEADS.waveform(X)[:2, :, 1] = 0
    parts = three.get_layer("parts")(X)
    for k in (1, 2, 3):
        network = three.get_layer(f"network_{k}")
        gates = keras.Model(network.input, network.get_layer("gates").output)(parts)
        np.testing.assert_allclose(np.asarray(gates).sum(axis=1), 1, rtol=1e-6)
        np.testing.assert_array_equal(np.asarray(gates)[:2, 1], 0)


def test_own_scalars_go_through_a_layer_of_their_own():
    own = 2
    plain, dense = (
        build_context_lstm(TWO_LEADS, 3, **SIZES, scalar_units=n).count_params() for n in (None, 5)
    )
    assert dense - plain == 5 * (own + 1) + 8 * (5 - own)


def test_scalars_are_dropped_in_training_only():
    model = build_context_lstm(TWO_LEADS, 3, **SIZES, **QUIET, scalar_dropout=0.5)
    X = _rows(TWO_LEADS, 30)
    np.testing.assert_array_equal(_answer(model, X), _answer(model, X))
    differ = np.abs(np.asarray(model(X, training=True)) - _answer(model, X)).max(axis=1) > 1e-6
    assert differ.all()
    X[:, TWO_LEADS.n_waveform :] = 0  # but "there", which is 1 at the beat itself
    trained = [np.asarray(model(X, training=True)) for _ in range(2)]
    assert np.abs(trained[0] - trained[1]).max() < 0.2


# ---- the classifier


def test_fit_learns_and_numpy_predicts_as_keras(fitted):
    new = _rows(TWO_LEADS, 200, seed=1)
    assert fitted.score(new, np.where(new[:, TWO_LEADS.n_waveform] > 0, "V", "N")) > 0.9
    whole = fitted.predict_proba(new)
    np.testing.assert_allclose(whole, _answer(fitted._network().model, new), atol=1e-6)
    np.testing.assert_array_equal(fitted.predict_proba(new[::-1]), whole[::-1])
    np.testing.assert_array_equal(fitted.predict_proba(new[3:20]), whole[3:20])


def test_copies_predict_and_train_the_same(fitted, copied, rows, tmp_path):
    X, y = rows
    skecg.save(fitted, tmp_path / "model.skecg")
    loaded = skecg.load(tmp_path / "model.skecg")
    for one in (copied, loaded):
        assert one.get_params() == fitted.get_params()
        assert one.architecture_ == fitted.architecture_
        np.testing.assert_array_equal(one.predict_proba(X), fitted.predict_proba(X))
    after = copied.partial_fit(X, y).predict_proba(X)
    del copied
    gc.collect()
    np.testing.assert_array_equal(loaded.partial_fit(X, y).predict_proba(X), after)


def test_calibrated_pipeline_comes_back_from_a_file(rows, tmp_path):
    gc.collect()
    X, y = rows
    no_steps = dict.fromkeys(("denoiser", "augmenter", "undersampler", "normalizer"))
    network = ContextLSTMClassifier(**TWO, layout=TWO_LEADS)
    pipe = skecg.make_beat_pipeline(network, **no_steps).fit(X, y)
    scaling = TemperatureScaling(2.0, {"V": 0.5})
    expected = scaling.apply(pipe.predict_proba(X), labels=pipe.classes_)
    skecg.save(skecg.calibrate(pipe, calibration=scaling), tmp_path / "model.skecg")
    read = skecg.load(tmp_path / "model.skecg")
    np.testing.assert_allclose(read.predict_proba(X), expected, atol=1e-6)
    assert read[-1].calibration_.temperature == 2
    assert read[-1].architecture_["n_networks"] == 2


@pytest.mark.parametrize("stored", [True, False])
def test_calibration_corrects_the_mean(fitted, copied, rows, stored):
    (X, _), clf = rows, copied
    if not stored:
        clf._network()
    first, then = TemperatureScaling(2.0, {"V": 0.5}), TemperatureScaling(0.4, {"N": -1.0})
    expected = fitted.predict_proba(X)
    for one in (first, then):
        expected = one.apply(expected, labels=clf.classes_)
        found = clf.calibrate(calibration=one).predict_proba(X)
        np.testing.assert_allclose(found, expected, atol=1e-6)
    assert clf.calibration_.temperature == pytest.approx(0.8)
    if not stored:
        np.testing.assert_allclose(found, _answer(clf._network().model, X), atol=1e-6)


def test_training_goes_on_from_the_calibrated_networks(copied, rows):
    """Each network is trained as it predicts: calibrated."""
    X, y = rows
    clf = copied.calibrate(calibration=TemperatureScaling(3.0))
    before = clf.predict_proba(X)
    after = clf.set_params(learning_rate=1e-5).partial_fit(X, y).predict_proba(X)
    assert np.abs(after - before).max() < 0.01
    assert not hasattr(clf, "calibration_")


@pytest.mark.slow
def test_compiled_networks_are_used_again_without_their_calibration(rows):
    _pool._idle.clear()
    first = ContextLSTMClassifier(**TWO, layout=TWO_LEADS).fit(*rows)
    expected, model = first.predict_proba(rows[0]), first._network().model
    first.calibrate(calibration=TemperatureScaling(2.0))
    del first
    gc.collect()
    for changes in ({"n_networks": 3}, {"scalar_units": None}):
        other = ContextLSTMClassifier(**TWO | changes, layout=TWO_LEADS).fit(*rows)
        assert other._network().model is not model
    again = ContextLSTMClassifier(**TWO, layout=TWO_LEADS).fit(*rows)
    assert again._network().model is model
    np.testing.assert_array_equal(again.predict_proba(rows[0]), expected)


@pytest.mark.slow
def test_checkpoint_and_warm_start(rows, tmp_path):
    params = TWO | {"epochs": 2, "checkpoint": tmp_path, "warm_start": True}
    clf = ContextLSTMClassifier(**params, layout=TWO_LEADS).fit(*rows)
    read = ContextLSTMClassifier(**params, layout=TWO_LEADS).fit(*rows)
    assert len(list(tmp_path.iterdir())) == 1
    np.testing.assert_array_equal(read.predict_proba(rows[0]), clf.predict_proba(rows[0]))
    assert clf.fit(*rows).n_iter_ == 4
    with pytest.raises(ValueError, match="cannot go on training with other n_networks"):
        clf.set_params(n_networks=3).fit(*rows)


@pytest.mark.slow
def test_other_losses_are_taken(rows):
    clf = ContextLSTMClassifier(**TWO | {"loss": "kl_divergence"}, layout=TWO_LEADS).fit(*rows)
    assert np.isfinite(clf.history_["loss"]).all()


def test_files_of_one_network_predict_as_before():
    """Files written before there were several networks name no number of them."""
    clf = skecg.load_pretrained("lstm-2026-11")[-1]
    X = np.random.default_rng(0).normal(size=(5, clf.n_features_in_)).astype(np.float32)
    assert clf.get_params()["n_networks"] == 1
    assert clf.get_params()["scalar_units"] is None
    found = clf.predict_proba(X)
    assert clf.architecture_["n_networks"] == 1
    np.testing.assert_allclose(found, _answer(clf.model_, X), atol=1e-6)
