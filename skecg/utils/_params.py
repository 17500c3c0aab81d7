"""Rules of parameters: a test, and the words of the error."""

import math
import numbers
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ._numbers import is_int, is_number

__all__ = [
    "COUNT",
    "COUNT_OR_NONE",
    "POSITIVE",
    "POSITIVE_OR_NONE",
    "SHARE",
    "SWITCH",
    "Rule",
    "check_params",
    "check_value",
    "in_range",
    "one_of",
]


class Rule(NamedTuple):
    """The values of a parameter that are valid: a test, and the words of the error."""

    valid: Callable[[Any], bool]
    expected: str
    type_valid: Callable[[Any], bool] | None = None  # where it fails, the error is a TypeError


def check_value(value: object, rule: Rule, name: str, owner: str) -> None:
    """Raise unless a value of a parameter follows its rule.

    Parameters
    ----------
    value : object
        Value that was passed.
    rule : Rule
        Rule of valid values.
    name, owner : str
        The parameter, and the function or class that has it, for the error.

    Raises
    ------
    ValueError
        If the value breaks the rule.
    TypeError
        If the rule tells types apart and the value is of a wrong one.

    Examples
    --------
    >>> from skecg.utils import COUNT, check_value
    >>> check_value(0, COUNT, "epochs", "RNNClassifier")
    Traceback (most recent call last):
    ValueError: The 'epochs' parameter of RNNClassifier must be a positive int. Got 0 instead.
    """
    wrong_type = rule.type_valid is not None and not rule.type_valid(value)
    if wrong_type or not rule.valid(value):
        raise (TypeError if wrong_type else ValueError)(
            f"The '{name}' parameter of {owner} must be {rule.expected}. Got {value!r} instead."
        )


def check_params(owner: object, rules: Mapping[str, Rule]) -> None:
    """Raise unless each attribute of an object follows its rule."""
    for name, rule in rules.items():
        check_value(getattr(owner, name), rule, name, type(owner).__name__)


def one_of(*values: str) -> Rule:
    """Make the rule of a parameter that takes one of several strings."""
    return Rule(lambda v: isinstance(v, str) and v in values, _either(map(repr, values)))


def in_range(
    *, least: float = -math.inf, above: float = -math.inf, most: float = math.inf
) -> Rule:
    """Make the rule of a parameter that takes a finite number within limits.

    Another type is a TypeError, another number a ValueError.

    Examples
    --------
    >>> from skecg.utils import in_range
    >>> in_range(least=30, most=180).expected
    'a finite number of at least 30 and at most 180'
    >>> in_range(above=0).expected
    'a finite number above 0'
    """
    limits = [f"of at least {least:g}"] * (least > -math.inf)
    limits += [f"above {above:g}"] * (above > -math.inf)
    limits += [f"{'' if limits else 'of '}at most {most:g}"] * (most < math.inf)
    return Rule(
        lambda v: is_number(v) and least <= v <= most and v > above,
        " ".join(["a finite number", " and ".join(limits)]).strip(),
        type_valid=lambda v: isinstance(v, numbers.Real) and not isinstance(v, bool | np.bool_),
    )


def _either(texts: Iterable[str]) -> str:
    """Join alternatives by commas and "or"."""
    *some, last = texts
    return f"{', '.join(some)} or {last}" if some else last


COUNT = Rule(lambda v: is_int(v) and v > 0, "a positive int")
COUNT_OR_NONE = Rule(lambda v: v is None or COUNT.valid(v), "a positive int or None")
SHARE = Rule(lambda v: is_number(v) and 0 <= v < 1, "a float in [0, 1)")
POSITIVE = Rule(lambda v: is_number(v) and v > 0, "a positive number")
POSITIVE_OR_NONE = Rule(
    lambda v: v is None or (is_number(v) and v > 0), "a positive number or None"
)
SWITCH = Rule(lambda v: isinstance(v, bool | np.bool_), "True or False")
