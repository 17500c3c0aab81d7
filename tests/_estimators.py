"""All public estimators, found by discovery, with settings that keep a fit short but whole."""

import inspect

import numpy as np
import pytest
from imblearn.base import is_sampler
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.linear_model import LogisticRegression

import skecg
from skecg.augmentation._methods import METHODS

FAST = {"epochs": 2, "batch_size": 64, "learning_rate": 0.01, "random_state": 0}
# the network of all tests that are not about shapes: rows of `shifted_rows`,
# RNNClassifier(**TINY).
# Its compiled network is reused for any learning rate, epochs, batch size and validation rows;
# another layout, other units, dropout, loss or number of classes take seconds to compile.
TINY = {"units": (4,), "epochs": 2, "random_state": 0}
SETTINGS = {
    "BeatAugmenter": [
        {"random_state": 0},
        {"methods": tuple(METHODS), "mix": "all", "random_state": 0},
    ],
    "BeatNormalizer": [{}, {"scale": "r_amplitude"}],
    "ContextLSTMClassifier": [
        {"units": 2, "neighbor_units": 2, "dense_units": 4, "dropout": 0.1, **FAST}
    ],
    "LSTMClassifier": [{"units": (2,), **FAST}],
    "RNNClassifier": [{"units": (4,), **FAST}],
    "WaveletDenoiser": [{}, {"threshold": 0.5, "threshold_approximation": True}],
}


def public_classes():
    """Every public class with parameters, by name; not all of them fit."""
    found = {name: getattr(skecg, name) for name in skecg.__all__}
    return {
        name: cls
        for name, cls in found.items()
        if inspect.isclass(cls) and issubclass(cls, BaseEstimator)
    }


def discover():
    """One or more instances of every public class that fits."""
    return [
        cls(**params)
        for name, cls in public_classes().items()
        if hasattr(cls, "fit")
        for params in SETTINGS.get(name, [{}])
    ]


def named(estimators):
    """Estimators as parameters of a test, each under the name of its class."""
    return [pytest.param(e, id=type(e).__name__) for e in estimators]


# the first settings of each class
EACH = list({type(e).__name__: e for e in reversed(discover())}.values())[::-1]
SAMPLERS = [e for e in EACH if is_sampler(e)]
CLASSIFIERS = [e for e in EACH if is_classifier(e)]
TRANSFORMERS = [e for e in EACH if hasattr(e, "transform")]
# networks read rows and labels in functions of their base class: one network for each of these
READERS = list({(type(e).fit, type(e).predict_proba): e for e in CLASSIFIERS}.values())
PIPELINES = [
    pytest.param(skecg.make_beat_pipeline(clone(e)), id=f"pipeline-{type(e).__name__}")
    for e in [*READERS, LogisticRegression(random_state=0)]
]


_KINDS = ("pipeline-", "search-pipeline-")


def without_networks(params):
    """The same, but what fits a network is left to slow runs."""
    return _slow(params, {type(e).__name__ for e in CLASSIFIERS})


def with_one_network(params):
    """The same, but what fits a network is left to slow runs, except the last one alone."""
    return _slow(params, {type(e).__name__ for e in CLASSIFIERS[:-1]})


def _slow(params, names):
    names |= {f"{kind}{type(e).__name__}" for e in CLASSIFIERS for kind in _KINDS}
    return [
        pytest.param(*p.values, id=p.id, marks=pytest.mark.slow) if p.id in names else p
        for p in params
    ]


def beats(dtype=np.float32):
    """36 rows of 24 samples, long enough for a wavelet, and their labels: 20 N, 10 V, 6 S."""
    codes = np.random.default_rng(1).permutation(np.repeat([0, 1, 2], [20, 10, 6]))
    noise = np.random.default_rng(0).normal(size=(36, 24)).astype(np.float32)
    shape = np.stack([k * np.hanning(24) for k in (0, 2, -2)])
    return (noise + shape[codes].astype(np.float32)).astype(dtype), np.array(list("NVS"))[codes]


def shifted_rows(classes="NV", n=120):
    """Rows of 8 samples with a mean for each class, 2 apart, and their labels."""
    y = np.repeat(list(classes), n // len(classes))
    means = np.repeat(2.0 * np.arange(len(classes)), n // len(classes))
    X = np.random.default_rng(0).normal(size=(len(y), 8)) + means[:, None]
    return X.astype(np.float32), y


def outcome(estimator, X, y):
    """Fit a clone; return what it makes of the same rows: new rows, or probabilities."""
    estimator = clone(estimator)
    if hasattr(estimator, "fit_resample"):
        return estimator.fit_resample(X, y)[0]
    estimator.fit(X, y)
    return outcome_of_fitted(estimator, X, y)


def outcome_of_fitted(estimator, X, y):
    """What a fitted estimator makes of rows: new rows, or probabilities."""
    if hasattr(estimator, "predict_proba"):
        return estimator.predict_proba(X)
    return estimator.transform(X) if hasattr(estimator, "transform") else None
