"""Judgements on parameters that several functions of this room share."""

import math
import numbers


def check_positive(value: object, parameter: str, owner: str) -> None:
    """Refuse what is no positive, finite number."""
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or value <= 0:
        raise ValueError(
            f"The '{parameter}' parameter of {owner} must be a positive number. "
            f"Got {value!r} instead."
        )
