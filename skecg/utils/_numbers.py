"""Numbers: tests of their kind, quotients, JSON."""

import math
import numbers
from typing import TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["is_int", "is_number", "json_float", "ratio"]


def is_int(value: object) -> TypeGuard[int]:
    """Tell whether a value is an integer; a bool is not."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether a value is a real, finite number; a bool is not."""
    return (
        isinstance(value, numbers.Real)
        and not isinstance(value, bool | np.bool_)
        and math.isfinite(value)
    )


def ratio(numerator: ArrayLike, denominator: ArrayLike) -> NDArray[np.float64]:
    """Divide; the quotient is NaN where the denominator is 0."""
    top, bottom = np.asarray(numerator), np.asarray(denominator)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(bottom == 0, np.nan, np.divide(top, bottom))


def json_float(value: float) -> float | None:
    """Return a float as JSON has it: None for NaN and infinity."""
    return float(value) if np.isfinite(value) else None
