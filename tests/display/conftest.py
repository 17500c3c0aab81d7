"""Predictions with subjects, shared by the tests of curves."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def table():
    """Predictions of 400 beats of 6 subjects, V with a probability that is informative."""
    rng = np.random.default_rng(0)
    truth = rng.choice(["N", "V"], 400, p=[0.8, 0.2])
    score = rng.normal(size=400) + 2.0 * (truth == "V")
    p_v = 1 / (1 + np.exp(-score))
    return pd.DataFrame(
        {
            "record": "r",
            "sample": np.arange(400),
            "subject": rng.choice(list("abcdef"), 400),
            "y_true": truth,
            "y_pred": np.where(p_v > 0.5, "V", "N"),
            "p_N": 1 - p_v,
            "p_V": p_v,
        }
    )
