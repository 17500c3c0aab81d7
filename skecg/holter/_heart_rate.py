"""The heart rate of a recording, by day and by night."""

import numpy as np

from ..annotated import AnnotatedRecord
from ._clock import Clock
from ._parts import HeartRate, moment_of
from ._rates import MINUTE, even_edges, rates_by
from ._rhythm import Floats, Rhythm

FAST, SLOW = 100.0, 50.0  # beats per minute
HOUR = 3600.0


def heart_rate(found: AnnotatedRecord, rhythm: Rhythm, night: tuple[float, float]) -> HeartRate:
    """Return the heart rate of the recording."""
    rates = rates_by(rhythm, even_edges(found.duration, MINUTE))
    known = ~np.isnan(rates.mean)
    rr = rhythm.rr[~np.isnan(rhythm.rr)]
    n = int(known.sum())
    if not n:
        return HeartRate(_rate(rr), None, None, None, None, None, None, 0)
    means, start, clock = rates.mean[known], rates.start[known], Clock(found.start)
    low, high = int(means.argmin()), int(means.argmax())
    by_day, by_night = _day_and_night(rhythm, clock, night)
    return HeartRate(
        _rate(rr),
        moment_of(clock, means[low], start[low]),
        moment_of(clock, means[high], start[high]),
        by_day,
        by_night,
        float((means > FAST).mean()),
        float((means < SLOW).mean()),
        n,
    )


def _day_and_night(
    rhythm: Rhythm, clock: Clock, night: tuple[float, float]
) -> tuple[float | None, float | None]:
    """Return the mean rates by day and by night; None without a clock or without beats."""
    if clock.offset is None:
        return None, None
    hour = (clock.offset + rhythm.seconds) / HOUR % 24
    begin, end = night
    late, early = hour >= begin, hour < end
    at_night = late | early if begin > end else late & early
    known = ~np.isnan(rhythm.rr)
    return _rate(rhythm.rr[known & ~at_night]), _rate(rhythm.rr[known & at_night])


def _rate(rr: Floats) -> float | None:
    """Return the mean rate of RR intervals; None without any."""
    return 60 / float(rr.mean()) if len(rr) else None
