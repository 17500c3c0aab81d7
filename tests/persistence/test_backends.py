"""The same predictions under every Keras backend, whichever the network was trained on."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

import skecg

BACKENDS = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            importlib.util.find_spec(name) is None, reason=f"{name} is not installed"
        ),
    )
    for name in ("jax", "torch")
]
# networks of float32 numbers, whose sums each backend forms in an order of its own
CLOSE = {"rtol": 0, "atol": 1e-5}
LAYOUT = skecg.BeatLayout(5, leads=2, scalars=("rr_before", "rr_after"))

pytestmark = pytest.mark.slow


def _run(backend, folder, code):
    """Run code in a new process on a backend; say what it printed if it fails."""
    code = (
        f"import keras, numpy as np, skecg; assert keras.backend.backend() == {backend!r}\n{code}"
    )
    environment = os.environ | {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:skecg", "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr[-3000:]


NAMES = ["RNNClassifier", "LSTMClassifier", "ContextLSTMClassifier"]


@pytest.fixture(scope="module")
def trained(rows):
    """A pipeline of each network trained here, with leads and scalars."""
    pipes = {}
    for name in NAMES:
        units = 4 if name == "ContextLSTMClassifier" else (4, 3)
        params = {"epochs": 2, "batch_size": 32, "learning_rate": 0.05, "random_state": 0}
        network = getattr(skecg, name)(units, **params)
        pipes[name] = skecg.make_beat_pipeline(network, layout=LAYOUT).fit(*rows)
    return pipes


@pytest.mark.parametrize("backend", BACKENDS)
def test_saved_here_predicts_the_same_on_another_backend(trained, rows, tmp_path, backend):
    for name in NAMES:
        skecg.save(trained[name], tmp_path / f"{name}.skecg")
    np.save(tmp_path / "rows.npy", rows[0])
    code = f"""
X = np.load("rows.npy")
np.savez("out.npz", **{{n: skecg.load(f"{{n}}.skecg").predict_proba(X) for n in {NAMES}}})
"""
    _run(backend, tmp_path, code)
    there = np.load(tmp_path / "out.npz")
    for name in NAMES:
        expected = trained[name].predict_proba(rows[0])
        assert np.ptp(expected) > 0.01  # else any network would agree
        np.testing.assert_allclose(there[name], expected, **CLOSE)


@pytest.mark.parametrize("backend", BACKENDS)
def test_trained_on_another_backend_predicts_the_same_here(rows, tmp_path, backend):
    np.save(tmp_path / "rows.npy", rows[0])
    np.save(tmp_path / "labels.npy", rows[1])
    code = f"""
X, y = np.load("rows.npy"), np.load("labels.npy")
for name in {NAMES}:
    network = getattr(skecg, name)(8 if name == "ContextLSTMClassifier" else (8,), batch_size=32)
    network.set_params(epochs=6, learning_rate=0.01, early_stopping=True, random_state=0)
    network.set_params(class_weight="balanced")
    pipe = skecg.make_beat_pipeline(network).fit(X, y)
    skecg.save(pipe, f"{{name}}.skecg")
    loaded = skecg.load(f"{{name}}.skecg")
    np.testing.assert_array_equal(loaded.predict_proba(X), pipe.predict_proba(X))
    np.save(f"{{name}}.npy", pipe.predict_proba(X))
    pipe[-1].partial_fit(X, y)
    assert pipe[-1].estimator_.predict_proba(X[:1]).size == 2
"""
    _run(backend, tmp_path, code)
    for name in NAMES:
        loaded = skecg.load(tmp_path / f"{name}.skecg")
        losses = loaded[-1].history_["loss"]
        assert losses[-1] < losses[0]
        expected = np.load(tmp_path / f"{name}.npy")
        np.testing.assert_allclose(loaded.predict_proba(rows[0]), expected, **CLOSE)
