"""Performance of a shipped model on people that training had not seen, and what follows from it.

The data of lstm are in ``skecg/pretrained/lstm.json``, next to the model, and so are those of the
others; ``benchmarks/accuracy/counts.py`` makes them from out-of-fold predictions.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..persistence._pretrained import pretrained_names

CONFIDENCE = 0.9
PER = 1000.0  # beats: unit of the frequencies that are compared
OFFSET = 2.0  # beats per 1000: counts below it differ by chance, and no logarithm is of 0
#: Smaller probabilities do not count: label smoothing gives each beat a little of every class,
#: which adds up over a long recording.
FLOOR = 0.1

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """Number of beats of a class that a recording has, as far as can be told.

    Attributes
    ----------
    expected : float
        Sum of the probabilities of the class (with known performance, of those over 0.1).
    low, high : int
        Interval of the true number.
    confidence : float
        Of the interval, such as 0.9.
    method : {"out-of-fold", "probabilities"}
        Whether the interval comes from the errors of the model's counts in people that it was
        not trained on, or only from the probabilities.
    """

    expected: float
    low: int
    high: int
    confidence: float
    method: Literal["out-of-fold", "probabilities"]


@dataclass(frozen=True, eq=False)
class Performance:
    """Out-of-fold performance of a model.

    Attributes
    ----------
    name : str
        Name of the model.
    source : str
        Origin of the data.
    fingerprint : str
        SHA-256 of the model file.
    metrics : mapping
        By class and database: "Se" and "+P" in percent, each with the limits of its interval.
    count_errors : mapping
        By class, one number per person, rising: log((t + 2) / (e + 2)), with the true and the
        expected number of beats per 1000.
    review : mapping
        "threshold", and the shares of "beats" and of "errors" whose largest probability is below.
    """

    name: str
    source: str
    fingerprint: str
    metrics: Mapping[str, Mapping[str, Mapping[str, list[float]]]]
    count_errors: Mapping[str, list[float]]
    review: Mapping[str, list[float]]

    def share_of_errors(self, below: float) -> float:
        """Return the share of errors among beats whose largest probability is below a value."""
        return float(np.interp(below, self.review["threshold"], self.review["errors"]))

    def share_of_beats(self, below: float) -> float:
        """Return the share of beats whose largest probability is below a value."""
        return float(np.interp(below, self.review["threshold"], self.review["beats"]))


@cache
def performance_of(name: str | None) -> Performance | None:
    """Return the performance of a shipped model; None where nothing is known."""
    if name is None or not re.fullmatch(r"[\w-]+", name):
        return None
    path = files("skecg").joinpath("pretrained", f"{name}.json")
    if not path.is_file():
        return None
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Performance(name, *(known[key] for key in _KEYS))


def performance_for(name: str | None, about: Mapping[str, Any]) -> Performance | None:
    """Return the performance of a named model, or of the one that annotated a recording.

    A file of the same name that is not the shipped one has none. A recording that was annotated by
    a shipped model before another one got its name has that of its own, by the fingerprint.
    """
    fingerprint = about.get("fingerprint")
    known = performance_of(about.get("model") if name is None else name)
    if fingerprint is None:
        return known if name is not None else None  # a name only says nothing of a recording
    if known is not None and known.fingerprint == fingerprint:
        return known
    others = map(performance_of, pretrained_names()) if name is None else ()
    return next((one for one in others if one and one.fingerprint == fingerprint), None)


_KEYS = ("source", "fingerprint", "metrics", "count_errors", "review")


def estimate(proba: Floats, errors: list[float] | None) -> Estimate:
    """Return the interval of the number of beats of a class.

    Parameters
    ----------
    proba : ndarray of shape (n_beats,)
        Probability of the class for each classified beat.
    errors : list of float or None
        Errors of the model's counts in people that it was not trained on (`Performance`).

    Notes
    -----
    With errors: a split conformal interval. The error of a count, log((t + 2) / (e + 2)), with t
    the true and e the expected number of beats per 1000 (e from the sum of the probabilities over
    0.1), is known for each of n people. Of one more person it is, with a probability of at least
    90 %, between the values of the ranks floor((n + 1) 0.05) and ceil((n + 1) 0.95), if that
    person is as those were (exchangeable): recordings of the same kind, beats found as well as the
    annotated ones, half an hour or longer. Source: Lei, G'Sell, Rinaldo, Tibshirani and Wasserman,
    Distribution-free predictive inference for regression, JASA 113:1094-1111 (2018),
    https://doi.org/10.1080/01621459.2017.1307116.

    Without: the number is a sum of independent events with these probabilities
    (Poisson-binomial), approximated by a normal distribution. It assumes that the probabilities
    are calibrated for this person and errors independent; they are not, so it is too narrow.
    """
    n, expected = len(proba), expected_number(proba) if errors else float(proba.sum())
    if errors:
        low, high = conformal_limits(PER * expected / max(n, 1), errors)
        low, high = low * n / PER, high * n / PER
    else:
        spread = 1.6449 * math.sqrt(float((proba * (1 - proba)).sum()))  # 90 % of a normal
        low, high = expected - spread, expected + spread
    bounds = min(n, max(0, math.floor(low))), min(n, math.ceil(high))
    method: Literal["out-of-fold", "probabilities"] = "out-of-fold" if errors else "probabilities"
    return Estimate(expected, *bounds, CONFIDENCE, method)


def expected_number(proba: Floats) -> float:
    """Return the expected number of beats of a class: the sum of the larger probabilities."""
    return float(proba[proba > FLOOR].sum())


def conformal_limits(frequency: float, errors: list[float]) -> tuple[float, float]:
    """Return the interval of a true frequency per 1000 beats from an expected one.

    >>> from skecg.holter._performance import conformal_limits
    >>> low, high = conformal_limits(99.0, [-0.1] * 10 + [0.0] * 80 + [0.2] * 10)
    >>> round(low, 2), round(high, 2)
    (89.39, 121.36)
    """
    n, tail = len(errors), (1 - CONFIDENCE) / 2
    ranks = round((n + 1) * tail, 9), round((n + 1) * (1 - tail), 9)
    lowest = errors[max(1, math.floor(ranks[0])) - 1]
    highest = errors[min(n, math.ceil(ranks[1])) - 1]
    low, high = ((frequency + OFFSET) * math.exp(e) - OFFSET for e in (lowest, highest))
    return max(0.0, low), min(PER, high)
