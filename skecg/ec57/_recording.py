"""Find the test period of a recording, and read the texts of its annotations."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..utils import Rule, check_value, is_number
from ._compare import StreamPair
from ._period import SECONDS, ends_too_early
from ._streams import Stream, to_samples

__all__ = ["Period", "Recording", "check_period", "last_of", "period_of_pair", "texts_at"]


class Period(NamedTuple):
    """Begin and end of the test period in seconds: None is the recording's, infinity no end."""

    start: float
    stop: float | None

    @property
    def standard(self) -> bool:
        """Tell whether the period is that of EC57."""
        return self == Period(300.0, None)


class Recording(NamedTuple):
    """The annotations of two annotators of one recording, and the test period in samples.

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
    check_value(start, SECONDS, "start", owner)
    if stop is not None:
        later = Rule(
            lambda v: v == math.inf or (is_number(v) and (v == 0 or v > start)),
            f"more than start ({start:g}) seconds, math.inf for no end, or None",
        )
        check_value(stop, later, "stop", owner)
    if stop is not None:
        stop = math.inf if stop == 0 else float(stop)
    return Period(float(start), stop)


def period_of_pair(pair: StreamPair, period: Period) -> Recording:
    """Find the test period, or raise if the recording ends before it starts."""
    start = to_samples(period.start, pair.fs)
    length = pair.n_samples
    if length is not None and length < start:
        end_of_recording = f"the recording ends at {length / pair.fs:.1f} s"
        raise ends_too_early(end_of_recording, period.start, pair.name)
    end: float | None = length
    if period.stop == math.inf:
        end = math.inf
    elif period.stop is not None:
        stop = to_samples(period.stop, pair.fs)
        end = stop if length is None else min(length, stop)
    return Recording(pair.reference, pair.test, pair.fs, pair.name, start, end)


def texts_at(stream: Stream, index: NDArray[np.intp]) -> list[str]:
    """Return the texts of some annotations; text after a NUL byte is padding or rubbish."""
    if stream.aux_note is None:
        return [""] * len(index)
    texts = stream.aux_note[index].tolist()
    return [text.partition("\0")[0] if text and "\0" in text else text or "" for text in texts]


def last_of(end: float | None) -> int | None:
    """Return the last sample of the test period, or None without an end."""
    return None if end is None or math.isinf(end) else int(end)
