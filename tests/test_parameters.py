"""Every parameter of every public estimator is judged: a bad value and a bad type of each."""

import numpy as np
import pytest
from sklearn.base import clone

from skecg import BeatLayout, BeatNormalizer, ECGRecord

from ._estimators import EACH, SETTINGS, beats, named, public_classes, with_one_network

NO_NUMBER = object()
LAYOUT = [24, "lead0"]
SWITCH = ["yes", 1, None]
SEED = [-1, 2.5, "seed", np.random.default_rng(0)]
SHARE = [1.0, -0.1, np.nan, "0.2", None, True]
COUNT = [0, -1, 2.5, "2", None, True, (2,)]
NETWORK = {
    "units": [(), (0,), (4, 2.5), (True,), "4", 4, None, {4: 4}],
    "dropout": SHARE,
    "samples_per_step": COUNT,
    "optimizer": ["adamant", "", 3, None, NO_NUMBER, int],
    "learning_rate": [0, -1e-3, np.nan, np.inf, "fast", None, True, NO_NUMBER],
    "loss": ["crossentropy", "", 3, None, NO_NUMBER],
    "metrics": [("nonsense",), (3,), "accuracy", None],
    "epochs": [0, 2.5, "2", None, True],
    "batch_size": [0, 2.5, "32", None, True],
    "early_stopping": SWITCH,
    "validation_fraction": [1.0, -0.1, np.nan, "0.1", None],
    "n_iter_no_change": [0, 2.5, "5", None],
    "class_weight": [
        "sqrt",
        {"N": -1.0, "V": 1.0},
        {"N": np.nan, "V": 1.0},
        {"N": "a", "V": 1.0},
        [1.0, 2.0],
        3,
    ],
    "callbacks": [["EarlyStopping"], [3], [NO_NUMBER], print, 3],
    "compile_kwargs": [{"jit": True}, {"loss": "mse"}, "jit_compile", 3],
    "fit_kwargs": [{"epoch": 3}, {"epochs": 3}, "epochs", 3],
    "layout": LAYOUT,
    "dtype": ["float33", "int32", "", None, 32],
    "warm_start": SWITCH,
    "checkpoint": ["", 3, b"folder", True],
    "random_state": SEED,
    "verbose": [-1, 3, 1.5, "loud", None],
}
CONTEXT_NETWORK = NETWORK | {
    "units": COUNT,
    "neighbor_units": COUNT,
    "dense_units": COUNT,
    "lead_dropout": SHARE,
    "noise": [1.5, -0.1, np.nan, "0.2", None, True],
    "scalar_noise": [1.5, -0.1, np.nan, "0.2", None, True],
    "scalar_units": [0, -3, 2.5, True, "5", [8]],
    "scalar_dropout": SHARE,
    "n_networks": COUNT,
    "schedule": ["linear", "", None, 3, print],
    "clipnorm": [0, -1.0, np.nan, "1", True],
    "label_smoothing": SHARE,
}
BAD = {
    "BeatAugmenter": {
        "sampling_strategy": ["most", 0.0, 2.0, None, []],
        "methods": ["stretch", {"shift": -1}, {"shift": "far"}, (), (3,), None, iter(["shift"])],
        "mix": ["some", None, 1, ["one"]],
        "max_copies_per_group": [0, 1.5, True, "2"],
        "layout": LAYOUT,
        "random_state": SEED,
    },
    "BeatExtractor": {
        "window": [(0.1,), (-0.1, 0.1), (0, 0), (100, 100), (0.1, np.inf), ("a", "b"), 0.1, None],
        "fs": [0, -360, np.nan, np.inf, "250", True],
        "leads": [[], [-1], [2.5], [()], 2.5],
        "classes": ["aami", {"N": 1}, None, 3],
        "align": ["yes", 1, None],
        "edges": ["keep", None, 3],
        "preprocessing": ["denoise", 3, BeatNormalizer],
        "context": [0, 29, -600, np.nan, np.inf, "600", True],
        "neighbors": [-1, 101, 2.5, True, "5", None],
        "scalars": ["none", "", None, 1, ["all"]],
        "missing_leads": ["nan", "", None, 0, ["zeros"]],
    },
    "BeatNormalizer": {"scale": ["standard", None, 1, ["zscore"]], "layout": LAYOUT},
    "ContextLSTMClassifier": CONTEXT_NETWORK,
    "LSTMClassifier": NETWORK,
    "RNNClassifier": NETWORK,
    "WaveletDenoiser": {
        "wavelet": ["db99", "morl", None, 6],
        "level": [0, 2, 1.0, True, "1"],
        "threshold": [-0.1, np.nan, np.inf, "soft", True, [0.1]],
        "threshold_approximation": ["yes", 1, None],
        "mode": ["firm", None, 1, ["soft"]],
        "highpass": [0, -0.5, np.nan, "0.5", True],
        "fs": [0, -250, np.nan, np.inf, "250", True],
        "layout": LAYOUT,
    },
}
ROWS = [(name, parameter) for name, rows in BAD.items() for parameter in rows]


@pytest.mark.parametrize("name", public_classes())
def test_every_parameter_has_a_row_here(name):
    assert set(BAD.get(name, ())) == set(public_classes()[name]().get_params(deep=False))


@pytest.mark.parametrize(("name", "parameter"), ROWS)
def test_bad_values_are_refused_with_parameter_owner_expectation_and_value(name, parameter):
    for value in BAD[name][parameter]:
        estimator = public_classes()[name](**{**SETTINGS.get(name, [{}])[0], parameter: value})
        with pytest.raises((ValueError, TypeError)) as error:
            _use(estimator)
        message = str(error.value)
        assert f"'{parameter}' parameter of {name}" in message, repr(value)
        assert " must " in message, repr(value)
        assert _names(value, message), repr(value)


def _names(value, message):
    """Whether a message shows a value, or what is wrong inside of it."""
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    parts = parts if isinstance(parts, list | tuple) else []
    return any(repr(v)[:20] in message for v in [value, *parts])


def _use(estimator):
    """Do the work that judges parameters."""
    if hasattr(estimator, "extract"):
        estimator.extract(ECGRecord(np.sin(np.arange(500.0)), 250, sample=[250], symbol=["N"]))
    elif hasattr(estimator, "fit_resample"):
        estimator.fit_resample(*beats())
    else:
        estimator.fit(*beats())


@pytest.mark.parametrize("name", BAD)
def test_constructors_judge_nothing_and_keep_what_came(name):
    cls = public_classes()[name]
    for parameter, values in BAD[name].items():
        for value in values:
            assert getattr(cls(**{parameter: value}), parameter) is value


@pytest.mark.parametrize("estimator", with_one_network(named(EACH)))
def test_fit_changes_no_parameter(estimator):
    estimator = clone(estimator).set_params(layout=BeatLayout(24))
    before = dict(estimator.get_params())
    estimator.fit(*beats())
    assert all(estimator.get_params()[name] is value for name, value in before.items())
