"""Read the annotations of two annotators of one recording, with its rate, length and period."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..utils import Rule, check_value, is_number
from ._compare import _at_rate_of_record, _length, _rate
from ._streams import AnnotationsLike, Stream, about, to_samples, to_stream

__all__ = ["Period", "Recording", "check_period", "read_pair", "texts_at"]

_NOT_NEGATIVE = Rule(lambda v: is_number(v) and v >= 0, "0 or more seconds")


class Period(NamedTuple):
    """Begin and end of the test period in seconds; an infinite end is none at all."""

    start: float
    stop: float | None

    @property
    def standard(self) -> bool:
        """Tell whether the period is that of EC57."""
        return self == Period(300.0, None)


class Recording(NamedTuple):
    """Two annotators of one recording.

    ``end`` is the last sample of the test period: None where nothing gives it, and infinite
    where the caller asks for no end.
    """

    reference: Stream
    test: Stream
    fs: float
    name: str | None
    start: int
    end: float | None


def check_period(start: float, stop: float | None, owner: str) -> Period:
    """Return the test period, or raise if it is invalid."""
    check_value(start, _NOT_NEGATIVE, "start", owner)
    if stop is not None:
        later = Rule(
            lambda v: v == math.inf or (is_number(v) and v > start),
            f"more than start ({start:g}) seconds, math.inf for no end, or None",
        )
        check_value(stop, later, "stop", owner)
    return Period(float(start), None if stop is None else float(stop))


def read_pair(
    reference: AnnotationsLike,
    test: AnnotationsLike,
    period: Period,
    *,
    fs: float | None,
    n_samples: int | None,
    owner: str,
    name: str | None = None,
) -> Recording:
    """Read two annotators, or raise if the recording ends before the test period starts."""
    pair = {
        "reference": to_stream(reference, "reference", owner, name),
        "test": to_stream(test, "test", owner, name),
    }
    name = name or pair["reference"].name or pair["test"].name
    pair = _at_rate_of_record(pair)
    rate = _rate(fs, pair, name, owner)
    length = _length(n_samples, pair, name, owner)
    start = to_samples(period.start, rate)
    end: float | None = length
    if period.stop == math.inf:
        end = math.inf
    elif period.stop is not None:
        stop = to_samples(period.stop, rate)
        end = stop if length is None else min(length, stop)
    if end is not None and end < start:
        raise ValueError(
            about(name, f"the recording ends at {end / rate:.1f} s, before the test period, which")
            + f" starts at {period.start:g} s. EC57 reserves the first five minutes for learning "
            "and does not evaluate shorter recordings; another 'start' gives a nonstandard "
            "comparison."
        )
    return Recording(pair["reference"], pair["test"], rate, name, start, end)


def texts_at(stream: Stream, index: NDArray[np.intp]) -> list[str]:
    """Return the texts of some annotations; text after a NUL byte is padding or rubbish."""
    if stream.aux_note is None:
        return [""] * len(index)
    return [(text or "").partition("\0")[0] for text in stream.aux_note[index].tolist()]
