import gc
import json
import pickle
import shutil
import zipfile

import numpy as np
import pytest

import skecg
from skecg import BeatLayout, ContextLSTMClassifier
from skecg.classifiers import _pool, build_context_lstm
from skecg.classifiers._context_network import lead_columns
from skecg.classifiers._params import check_network
from skecg.classifiers._schedule import cosine_share

NEAR = tuple(f"beat{k:+d}_{name}" for k in (-1, 1) for name in ("there", "rr", "noise"))
ONE_LEAD = BeatLayout(12, scalars=("rr", "noise", *NEAR))
TWO_LEADS = BeatLayout(
    12,
    leads=2,
    scalars=(
        *("rr", "lead0_noise", "lead1_noise"),
        *("beat-1_there", "beat-1_rr", "beat-1_lead0_noise", "beat-1_lead1_noise"),
        *("beat+1_there", "beat+1_rr", "beat+1_lead0_noise", "beat+1_lead1_noise"),
    ),
)
SIZES = {"units": 4, "neighbor_units": 3, "dense_units": 8}
# one compiled network for all tests: dropout, loss and layout are those of each fit
SMALL = {**SIZES, "dropout": 0.0, "batch_size": 32, "learning_rate": 0.01, "random_state": 0}


def _rows(layout, n=160, seed=0):
    """Rows of noise."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, layout.n_features)).astype(np.float32)


def _answer(model, X):
    return np.asarray(model.predict_on_batch(X))


def _gates(model, X):
    import keras

    return _answer(keras.Model(model.input, model.get_layer("gates").output), X)


@pytest.fixture(scope="module")
def by_neighbor():
    """Rows whose class only the beat before tells, and their labels."""
    X = _rows(TWO_LEADS, 400)
    before = X[:, TWO_LEADS.feature_names.index("beat-1_rr")]
    return X, np.where(before > 0, "V", "N")


@pytest.fixture(scope="module")
def saved(by_neighbor, tmp_path_factory):
    """A fitted network and its file."""
    path = tmp_path_factory.mktemp("context") / "model.skecg"
    gc.collect()  # the networks of other tests return to the pool
    skecg.save(ContextLSTMClassifier(**SMALL, layout=TWO_LEADS, epochs=1).fit(*by_neighbor), path)
    return path


# ---- the network


def test_build_has_one_encoder_for_all_leads():
    own, near, joined = 2, 3, 2 * 4 + 2 * 3 + 2
    wave = 2 * 4 * (4 * (5 + 4) + 4)  # both directions; five samples are a step
    neighbors = 3 * near + 3 + 2 * 4 * (3 * (3 + 3) + 3)
    dense = 8 * (joined + 1) + 3 * (8 + 1)
    assert lead_columns(ONE_LEAD)[0].shape == (1, own)
    assert build_context_lstm(ONE_LEAD, 3, **SIZES).count_params() == wave + neighbors + dense
    with_gate = build_context_lstm(TWO_LEADS, 3, **SIZES).count_params()
    assert with_gate == wave + neighbors + dense + 8 + 1


@pytest.mark.parametrize(
    "layout",
    [
        BeatLayout(7),
        BeatLayout(7, neighbors=1, channels=("a", "b")),
        BeatLayout(7, leads=2, scalars=("rr", "lead1_noise")),
        BeatLayout(7, leads=3, scalars=("beat-1_lead0_noise",)),
        BeatLayout(7, scalars=("rr", "beat+1_rr", "beat+2_rr")),
    ],
)
def test_build_takes_any_layout(layout):
    model = build_context_lstm(layout, 3, **SIZES)
    answer = _answer(model, _rows(layout, 4))
    np.testing.assert_allclose(answer.sum(axis=1), 1, rtol=1e-5)


def test_build_finds_the_scalars_of_each_lead():
    own, near, same, before = lead_columns(TWO_LEADS)
    names = np.array(TWO_LEADS.feature_names)
    assert names[own].tolist() == [["rr", "lead0_noise"], ["rr", "lead1_noise"]]
    assert names[near[1, 0]].tolist() == ["beat-1_there", "beat-1_rr", "beat-1_lead1_noise"]
    assert names[same[1, 1:]].tolist() == ["rr", "lead1_noise"]
    assert same[:, 0].tolist() == [-1, -1]
    assert before == 1


def test_gates_sum_to_one_and_exclude_missing_leads():
    X = _rows(TWO_LEADS, 8)
    TWO_LEADS.waveform(X)[:3, :, 1] = 0
    gates = _gates(build_context_lstm(TWO_LEADS, 3, **SIZES), X)
    np.testing.assert_allclose(gates.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(gates[:3, 1], 0)
    assert (gates[3:] > 0).all()


def test_row_with_a_missing_lead_is_predicted_as_one_of_the_other_lead():
    two = build_context_lstm(TWO_LEADS, 3, **SIZES)
    one = build_context_lstm(ONE_LEAD, 3, **SIZES)
    one.set_weights([w for w in two.get_weights() if w.shape not in ((8, 1), (1,))])  # no gate
    X = _rows(TWO_LEADS, 8)
    TWO_LEADS.waveform(X)[:, :, 0] = 0
    of_lead_1 = [n for n in TWO_LEADS.feature_names if "lead0" not in n]
    columns = [TWO_LEADS.feature_names.index(n) for n in of_lead_1]
    np.testing.assert_allclose(_answer(two, X), _answer(one, X[:, columns]), atol=1e-6)


def test_build_drops_leads_in_training_but_never_all():
    model = build_context_lstm(
        TWO_LEADS, 3, **SIZES, dropout=0.0, noise=0.0, scalar_noise=0.0, lead_dropout=0.6
    )
    X = _rows(TWO_LEADS, 60)
    alone = []
    for lead in (0, 1):
        Z = X.copy()
        TWO_LEADS.waveform(Z)[:, :, 1 - lead] = 0
        alone.append(_answer(model, Z))
    trained = np.asarray(model(X, training=True))
    options = np.array([*alone, _answer(model, X)])
    nearest = np.abs(options - trained).max(axis=2)
    assert nearest.min(axis=0).max() < 1e-5
    assert set(nearest.argmin(axis=0)) == {0, 1, 2}


def test_build_adds_noise_in_training_only():
    X = _rows(ONE_LEAD, 4)
    for name in ("noise", "scalar_noise"):
        quiet = {"dropout": 0.0, "noise": 0.0, "scalar_noise": 0.0}
        model = build_context_lstm(ONE_LEAD, 3, **SIZES, **{**quiet, name: 0.5})
        np.testing.assert_array_equal(_answer(model, X), _answer(model, X))
        assert np.abs(np.asarray(model(X, training=True)) - _answer(model, X)).max() > 1e-4


# ---- the classifier


def test_fit_learns_what_only_a_neighbor_tells(by_neighbor):
    params = SMALL | {"learning_rate": 0.05, "epochs": 6}
    clf = ContextLSTMClassifier(**params, layout=TWO_LEADS).fit(*by_neighbor)
    new = _rows(TWO_LEADS, 400, seed=1)
    before = new[:, TWO_LEADS.feature_names.index("beat-1_rr")]
    assert clf.score(new, np.where(before > 0, "V", "N")) > 0.9
    # probabilities of a row do not depend on the others
    whole = clf.predict_proba(new)
    np.testing.assert_array_equal(clf.predict_proba(new[::-1]), whole[::-1])
    for first, last in [(0, 1), (3, 20), (100, 290)]:
        np.testing.assert_array_equal(clf.predict_proba(new[first:last]), whole[first:last])


@pytest.mark.slow
def test_copies_predict_the_same_and_train_the_same(by_neighbor, tmp_path):
    fitted = ContextLSTMClassifier(**SMALL, layout=TWO_LEADS, epochs=1).fit(*by_neighbor)
    expected = fitted.predict_proba(by_neighbor[0])
    skecg.save(fitted, tmp_path / "model.skecg")
    copies = [skecg.load(tmp_path / "model.skecg"), pickle.loads(pickle.dumps(fitted))]
    for copied in copies:
        assert copied.get_params() == fitted.get_params()
        assert copied.architecture_ == fitted.architecture_
        np.testing.assert_array_equal(copied.predict_proba(by_neighbor[0]), expected)
    after = [c.partial_fit(*by_neighbor).predict_proba(by_neighbor[0]) for c in copies]
    np.testing.assert_array_equal(*after)


@pytest.mark.slow
def test_fit_uses_a_compiled_network_again_for_equal_settings_alone(by_neighbor):
    _pool._idle.clear()
    first = ContextLSTMClassifier(**SMALL, layout=TWO_LEADS, epochs=1).fit(*by_neighbor)
    expected, model = first.predict_proba(by_neighbor[0]), first._network().model
    del first
    gc.collect()
    for changes in ({"clipnorm": None}, {"noise": 0.1}):
        other = ContextLSTMClassifier(**SMALL, **changes, layout=TWO_LEADS, epochs=1)
        assert other.fit(*by_neighbor)._network().model is not model
    again = ContextLSTMClassifier(**SMALL, layout=TWO_LEADS, epochs=1).fit(*by_neighbor)
    assert again._network().model is model
    np.testing.assert_array_equal(again.predict_proba(by_neighbor[0]), expected)


def test_warm_start_goes_on_but_with_no_other_loss(by_neighbor):
    clf = ContextLSTMClassifier(**SMALL, layout=TWO_LEADS, epochs=1, warm_start=True)
    clf.fit(*by_neighbor).set_params(schedule="constant", learning_rate=0.002).fit(*by_neighbor)
    assert clf.n_iter_ == 2
    with pytest.raises(ValueError, match="cannot go on training with other label_smoothing"):
        clf.set_params(label_smoothing=0.2).fit(*by_neighbor)


@pytest.mark.slow
def test_label_smoothing_is_of_the_default_loss(by_neighbor):
    def losses(**params):
        clf = ContextLSTMClassifier(**SMALL | params, layout=TWO_LEADS).fit(*by_neighbor)
        return clf.history_["loss"]

    sparse = {"loss": "sparse_categorical_crossentropy", "epochs": 1}
    assert losses(**sparse) == pytest.approx(losses(label_smoothing=0.0, epochs=1), rel=1e-4)
    learned = {"learning_rate": 0.05, "label_smoothing": 0.5}
    # the least that a label of 3/4 and 1/4 allows
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert losses(**learned)[-1] > entropy - 0.01


# ---- the learning rate


def test_cosine_rises_for_60_steps_and_falls_to_one_percent():
    shares = np.array([cosine_share(step, 1000) for step in range(1000)])
    np.testing.assert_allclose(shares[:60], np.arange(1, 61) / 61)
    assert shares[60] == shares.max() == 1
    assert (np.diff(shares[60:]) < 0).all()
    assert shares[60 + 939 // 2] == pytest.approx((1 + 0.01) / 2, abs=0.002)
    assert shares[-1] == pytest.approx(0.01)


@pytest.mark.parametrize("n_steps", [1, 2, 3, 8])
def test_cosine_of_short_fits_stays_within_bounds(n_steps):
    shares = [cosine_share(step, n_steps) for step in range(n_steps)]
    assert max(shares) == 1
    assert min(shares) > 0


def test_fit_follows_the_schedule_and_partial_fit_does_not(by_neighbor):
    import keras

    seen = []

    def see(batch, logs):
        seen.append(float(clf._network().model.optimizer.learning_rate))

    # one of Keras's own, after which the network is reused
    see = keras.callbacks.LambdaCallback(on_train_batch_end=see)
    clf = ContextLSTMClassifier(**SMALL, layout=TWO_LEADS, epochs=2, callbacks=[see])
    clf.fit(*by_neighbor)  # 13 steps per epoch
    np.testing.assert_allclose(seen, [0.01 * cosine_share(i, 26) for i in range(26)], rtol=1e-5)
    seen.clear()
    clf.partial_fit(*by_neighbor)
    clf.set_params(schedule="constant", warm_start=True).fit(*by_neighbor)
    np.testing.assert_allclose(seen, 0.01, rtol=1e-6)


def test_objects_of_keras_keep_their_own_learning_rate():
    import keras

    decay = keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
    for given in ({"learning_rate": decay}, {"optimizer": keras.optimizers.SGD(decay)}):
        clf = ContextLSTMClassifier(**given)
        check_network(clf)
        assert clf._callbacks_of_fit() == []
    assert len(ContextLSTMClassifier(optimizer=keras.optimizers.SGD)._callbacks_of_fit()) == 1


def test_gradients_are_clipped_unless_told_not_to():
    assert ContextLSTMClassifier()._optimizer_arguments() == {"clipnorm": 1.0}
    assert ContextLSTMClassifier(clipnorm=None)._optimizer_arguments() == {}


# ---- crafted files


def _load_changed(path, changes):
    """Load a file whose architecture and layout were changed."""
    with zipfile.ZipFile(path) as file:
        content, arrays = json.loads(file.read("model.json")), file.read("arrays.npz")
    fitted = content["model"]["state"]["fitted"]
    layout = changes.pop("layout", None)
    if layout:
        fitted["layout_"] = {"spec": {"class": "BeatLayout", "params": layout}}
        fitted["n_features_in_"] = BeatLayout(**layout).n_features
        content["model"]["spec"]["params"]["layout"] = None
        layout["scalars"] = {"tuple": list(layout["scalars"])}
    kept = [pair for pair in fitted["architecture_"]["dict"] if pair[0] not in changes]
    fitted["architecture_"]["dict"] = kept + [[k, v] for k, v in changes.items()]
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("model.json", json.dumps(content), zipfile.ZIP_DEFLATED)
        file.writestr("arrays.npz", arrays)
    return skecg.load(path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        *[
            ({name: 10**7}, "weights, and .* are stored")
            for name in (*SIZES, "scalar_units", "n_networks")
        ],
        ({"n_networks": 3}, "weights, and .* are stored"),
        ({"n_networks": None}, "'architecture_' of .* must be units, neighbor_uni"),
        ({"scalar_units": 0}, "'architecture_' of .* must be units, neighbor_uni"),
        ({"samples_per_step": 10**9}, "weights, and .* are stored"),
        ({"units": {"spec": {"tuple": [4]}}}, "'architecture_' of .* must be units, neighbor_uni"),
        ({"noise": 7}, "'architecture_' of .* must be units, neighbor_uni"),
        ({"lead_dropout": "0.1"}, "'architecture_' of .* must be units, neighbor_uni"),
        ({"units": 5}, "are stored|stored weights do not fit"),
        (
            {"layout": {"n_samples": 1, "leads": 2000, "scalars": [f"a{i}" for i in range(2000)]}},
            "larger than any network of beats",
        ),
        (
            {"layout": {"n_samples": 1, "scalars": ["beat-1_a", "beat+1_b"]}},
            "must name the same scalars",
        ),
    ],
)
def test_networks_that_their_weights_cannot_fill_are_never_built(
    saved, tmp_path, changes, words, monkeypatch
):
    path = shutil.copy(saved, tmp_path)
    if changes != {"units": 5}:
        monkeypatch.setattr(ContextLSTMClassifier, "_build", None)  # a call would be an error
    with pytest.raises(skecg.ModelFileError, match=words):
        _load_changed(path, dict(changes))


def test_predictions_follow_the_weights_of_the_network(by_neighbor):
    X, y = by_neighbor
    clf = ContextLSTMClassifier(**SMALL, layout=TWO_LEADS, epochs=1).fit(X, y)
    before = clf.predict_proba(X)
    after = clf.partial_fit(X, y).predict_proba(X)
    assert np.abs(before - after).max() > 1e-4
    np.testing.assert_allclose(after, _answer(clf.model_, X), atol=1e-6)
    clf.model_.set_weights([0 * w for w in clf.model_.get_weights()])
    np.testing.assert_array_equal(clf.predict_proba(X), 0.5)
