import numpy as np
import pytest


@pytest.fixture(scope="session")
def beats_2():
    """Rows of two classes that a few units can tell apart, and their labels."""
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(0, 1, (60, 8)), rng.normal(2, 1, (60, 8))])
    return X.astype(np.float32), np.repeat(["N", "V"], 60)
