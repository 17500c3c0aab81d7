"""Predictions of the context network without Keras: those of Keras, from the same weights."""

import subprocess
import sys

import numpy as np
import pytest

from skecg import BeatLayout, ContextLSTMClassifier
from skecg.classifiers import build_context_lstm
from skecg.classifiers._params import _COMMON_NAMES, _is_keras
from skecg.classifiers._predict_numpy import NumpyContextLSTM

SIZES = {"units": 3, "neighbor_units": 2, "dense_units": 5}
LAYOUTS = {
    "samples": BeatLayout(8),
    "neighbors in the waveform": BeatLayout(8, neighbors=1, channels=("a", "b")),
    "neighbors after": BeatLayout(8, scalars=("beat+1_rr", "beat+1_there")),
    "three leads": BeatLayout(8, leads=3, channels=("a", "b")),
    "all": BeatLayout(
        8,
        leads=2,
        channels=("a", "b"),
        scalars=(
            *("rr", "lead0_noise", "lead1_noise"),
            *("beat-1_there", "beat-1_rr", "beat-1_lead0_noise", "beat-1_lead1_noise"),
            *("beat+1_there", "beat+1_rr", "beat+1_lead0_noise", "beat+1_lead1_noise"),
            *("beat+2_there", "beat+2_rr", "beat+2_lead0_noise", "beat+2_lead1_noise"),
        ),
    ),
}


def architecture(per_step, dtype="float32"):
    return {**SIZES, "samples_per_step": per_step, "dtype": dtype}


@pytest.mark.parametrize("name", LAYOUTS)
def test_probabilities_are_those_of_keras(name):
    layout, per_step = LAYOUTS[name], 3 if name == "all" else 1  # the last step is filled up
    model = build_context_lstm(layout, 3, **architecture(per_step), seed=1)
    rng = np.random.default_rng(0)
    weights = [rng.normal(scale=0.7, size=w.shape).astype(np.float32) for w in model.weights]
    model.set_weights(weights)
    shapes = NumpyContextLSTM.weight_shapes(layout, 3, architecture(per_step))
    assert shapes == [w.shape for w in weights]
    X = rng.normal(size=(9, layout.n_features)).astype(np.float32)
    if layout.leads > 1:  # a lead is missing, then all
        layout.waveform(X)[:3, :, 1] = 0
        layout.waveform(X)[2] = 0
    network = NumpyContextLSTM(layout, 3, architecture(per_step), weights)
    found = network.predict_on_batch(X)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.asarray(model.predict_on_batch(X)), atol=1e-6)


@pytest.mark.parametrize("n_networks", [2, 3])
@pytest.mark.parametrize("name", LAYOUTS)
def test_probabilities_of_several_networks_are_those_of_keras(name, n_networks):
    layout = LAYOUTS[name]
    sizes = {**architecture(3), "scalar_units": 4, "n_networks": n_networks}
    model = build_context_lstm(layout, 3, **sizes)
    rng = np.random.default_rng(1)
    weights = [rng.normal(scale=0.7, size=w.shape).astype(np.float32) for w in model.weights]
    weights[-2][:] = 1.7  # the temperature
    model.set_weights(weights)
    shapes = NumpyContextLSTM.weight_shapes(layout, 3, sizes)
    assert shapes == [w.shape for w in weights]
    X = rng.normal(size=(9, layout.n_features)).astype(np.float32)
    if layout.leads > 1:
        layout.waveform(X)[:3, :, 1] = 0
    X[5] *= 100  # probabilities that float32 cannot hold
    found = NumpyContextLSTM(layout, 3, sizes, weights).predict_on_batch(X)
    np.testing.assert_allclose(found, np.asarray(model.predict_on_batch(X)), atol=1e-6)


def test_probabilities_in_double_precision_are_those_of_keras():
    layout = LAYOUTS["all"]
    model = build_context_lstm(layout, 3, **architecture(4, "float64"))
    X = np.random.default_rng(0).normal(size=(5, layout.n_features))
    network = NumpyContextLSTM(layout, 3, architecture(4, "float64"), model.get_weights())
    expected = np.asarray(model.predict_on_batch(X))
    np.testing.assert_allclose(network.predict_on_batch(X), expected, atol=1e-12)


def test_only_the_network_of_its_own_builder_is_computed():
    assert NumpyContextLSTM.computes(ContextLSTMClassifier._build, "float32")
    assert not NumpyContextLSTM.computes(ContextLSTMClassifier._build, "float16")
    assert not NumpyContextLSTM.computes(lambda layout: None, "float32")


def test_names_that_are_not_looked_up_are_those_of_keras():
    for kind, names in _COMMON_NAMES.items():
        base = {"losses": "Loss", "metrics": "Metric", "optimizers": "Optimizer"}[kind]
        assert all(_is_keras(kind, base, name) for name in names)
    import keras

    for name in ("losses", "optimizers"):
        assert all(getattr(keras, name).get(one) for one in _COMMON_NAMES[name])


CODE = """
import sys
import numpy as np, pickle
import skecg
from sklearn.base import clone
from skecg.calibration import calibrate

record = skecg.simulate_record(40, fs=125, random_state=0)
model, info = skecg.load_pretrained("lstm", return_info=True)
beats = info.extractor.extract(record)
expected = model.predict_proba(beats.data)
again = pickle.loads(pickle.dumps(model))
assert (again.predict_proba(beats.data) == expected).all()
clone(model)
temperature = skecg.TemperatureScaling(2.0, {"S": 0.5})
calibrated = calibrate(model, calibration=temperature).predict_proba(beats.data)
assert np.allclose(calibrated, temperature.apply(expected, labels=model.classes_), atol=1e-6)
skecg.annotate("lstm", record)
slow = {"keras", "tensorflow", "imblearn", "matplotlib", "sleepecg", "wfdb", "dask", "pooch"}
print(sorted(slow & set(sys.modules)))
"""


def test_pretrained_model_annotates_without_keras():
    run = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "[]"
