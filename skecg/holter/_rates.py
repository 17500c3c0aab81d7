"""Heart rate over time, RR statistics and pauses."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._parts import NNIntervals
from ._rhythm import Floats, Rhythm

MINUTE = 60.0
LEAST = 0.5  # share of a window that RR intervals must fill, so that it has a rate


class Rates(NamedTuple):
    """Heart rate of windows in beats per minute, NaN where too little of one is known."""

    start: Floats  # of each window, in seconds
    mean: Floats
    low: Floats  # of the lowest and of the highest rate between two beats
    high: Floats


def rates_by(rhythm: Rhythm, edges: Floats) -> Rates:
    """Return the heart rate in windows between edges (seconds).

    The mean rate of a window is 60 / the mean of the RR intervals that end in it.
    """
    n = len(edges) - 1
    known = ~np.isnan(rhythm.rr)
    rr, at = rhythm.rr[known], np.searchsorted(edges, rhythm.seconds[known], side="right") - 1
    inside = (at >= 0) & (at < n)
    rr, at = rr[inside], at[inside]
    number, total = np.bincount(at, minlength=n), np.bincount(at, rr, minlength=n)
    shortest, longest = np.full(n, np.inf), np.zeros(n)
    np.minimum.at(shortest, at, rr)
    np.maximum.at(longest, at, rr)
    enough = (number > 0) & (total >= LEAST * np.diff(edges))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (60 * number / total, 60 / longest, 60 / shortest)
    return Rates(edges[:-1], *(np.where(enough, one, np.nan) for one in found))


def even_edges(duration: float, width: float) -> Floats:
    """Return the edges of windows of equal width; the last one may be shorter.

    A short rest joins the window before it.

    >>> from skecg.holter._rates import even_edges
    >>> even_edges(150, 60).tolist(), even_edges(125, 60).tolist(), even_edges(10, 60).tolist()
    ([0.0, 60.0, 120.0, 150.0], [0.0, 60.0, 125.0], [0.0, 10.0])
    """
    n = max(1, int(duration // width))
    edges = np.arange(n + 1, dtype=float) * width
    if n * width > duration or duration - edges[-1] < LEAST * width:
        edges[-1] = duration
    else:
        edges = np.append(edges, duration)
    return edges


def pauses_of(rhythm: Rhythm, least: float) -> NDArray[np.intp]:
    """Return the beats that end a pause: an RR interval of at least so many seconds."""
    return np.flatnonzero(rhythm.rr >= least)  # NaN is not


def nn_statistics(rhythm: Rhythm, duration: float) -> NNIntervals:
    """Return the statistics of the intervals between two normal beats.

    SDNN is their standard deviation, RMSSD the root mean square of the differences of intervals
    that follow each other, pNN50 the share of these differences over 50 ms, SDANN the standard
    deviation of the means of five-minute stretches (of recordings of at least an hour).
    """
    is_nn = rhythm.is_nn
    ms = 1000 * rhythm.rr[is_nn]
    follows = is_nn[1:] & is_nn[:-1]
    steps = 1000 * (rhythm.rr[1:] - rhythm.rr[:-1])[follows]
    means = _five_minute_means(rhythm.seconds[is_nn], ms) if duration >= 3600 else ms[:0]
    return NNIntervals(
        len(ms),
        float(ms.mean()) if len(ms) else None,
        float(ms.std(ddof=1)) if len(ms) > 1 else None,
        float(np.sqrt((steps**2).mean())) if len(steps) else None,
        float((np.abs(steps) > 50).mean()) if len(steps) else None,
        float(means.std(ddof=1)) if len(means) > 1 else None,
    )


def _five_minute_means(seconds: Floats, ms: Floats) -> Floats:
    """Return the mean interval of each five minutes that intervals fill to a half."""
    at = (seconds // 300).astype(int)
    number, total = np.bincount(at), np.bincount(at, ms)
    enough = total >= 1000 * LEAST * 300
    return total[enough] / number[enough]
