"""Rows with context and a model with known weights, for tests of occlusion."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from skecg import BeatLayout

CONTEXT = BeatLayout(
    70,
    leads=2,
    channels=("signal", "difference"),
    scalars=(
        "rr_before_20",
        "irregular_20",
        *("lead0_noise", "lead1_noise"),
        *("beat-1_there", "beat-1_rr_before_20", "beat+1_there", "beat+1_rr_before_20"),
    ),
)


class WeightedColumns(ClassifierMixin, BaseEstimator):
    """The probability of V is a sum of columns by their weights, cut at 0 and 1."""

    classes_ = np.array(["N", "V"])

    def __init__(self, weights, layout=None):
        self.weights = weights
        self.layout = layout
        self.calls = []

    def predict_proba(self, X):
        self.calls.append(X)
        v = sum(weight * np.asarray(X)[:, i] for i, weight in self.weights.items()).clip(0, 1)
        return np.column_stack([1 - v, v])


def column(name, layout=CONTEXT):
    """Return the number of a column."""
    return layout.feature_names.index(name)


def ramp_row():
    """Return a beat whose normal shape is a ramp, 0.01 a sample, and whose difference is 0.5."""
    X = np.ones((1, CONTEXT.n_features))
    waves = CONTEXT.waveform(X)
    waves[..., 1, :] = 0.5
    waves[..., 0, :] = 0.5 + 0.01 * np.arange(70)
    return X


def sample_and_neighbor():
    """Return a model of sample 30 of lead 1 and the interval of the beat before only."""
    weights = {
        column("lead1_difference_030"): 0.8,  # 0.4 for a difference of 0.5
        column("beat-1_rr_before_20"): 0.5,
    }
    return WeightedColumns(weights, CONTEXT)
