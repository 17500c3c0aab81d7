"""Shares that may be shares of nothing."""

from typing import Any

import numpy as np


def ratio(numerator: Any, denominator: Any) -> np.ndarray:
    """Quotient with NaN where the denominator is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(denominator == 0, np.nan, np.divide(numerator, denominator))
