"""Shares that may be shares of nothing."""

from typing import Any

import numpy as np


def ratio(numerator: Any, denominator: Any) -> np.ndarray:
    """Quotient with NaN where the denominator is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(denominator == 0, np.nan, np.divide(numerator, denominator))


def json_float(value: float) -> float | None:
    """Return a float that JSON has a word for: None for NaN."""
    return None if np.isnan(value) else float(value)
