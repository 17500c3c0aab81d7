"""Events of a recording that are shown as strips."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..utils import count
from ._clock import Clock
from ._patterns import Span, find_patterns
from ._rates import MINUTE
from ._rhythm import Rhythm
from ._strip import SPEED
from ._summary import HolterSummary

SECONDS = 7.0  # of a strip: 175 mm, the width of a page
LONG_PAUSE = 4.5  # seconds that need a strip of twice the length
NAMES = {"V": "ventricular", "S": "supraventricular"}
MOST_PAUSES = 3


class Event(NamedTuple):
    """An event: its title, more about it, and the seconds and speed of its strip."""

    title: str
    more: str
    start: float
    stop: float
    speed: float = SPEED


def events_of(summary: HolterSummary, rhythm: Rhythm, clock: Clock) -> list[Event]:
    """Return the events to draw: runs, couplets, bigeminy, pauses, slowest and fastest minute."""
    found = [event for label in ("V", "S") for event in _ectopic(rhythm, label, clock)]
    found += _pauses(summary, clock)
    found += _extremes(summary, rhythm, clock)
    if len(found) < 2 and summary.beats:
        found.append(_around("Beginning of the recording", "", 0.0, 0.0))
    return [_inside(event, summary.duration) for event in found]


def _ectopic(rhythm: Rhythm, label: str, clock: Clock) -> list[Event]:
    """Return the events of a class."""
    patterns, found = find_patterns(rhythm, label), []
    runs = patterns["runs"]
    if runs:
        longest = max(runs, key=lambda span: span.stop - span.start)
        fastest = max(runs, key=lambda span: _rate(rhythm, span))
        kinds = [("Longest", longest), ("Fastest", fastest)]
        if longest == fastest:
            kinds = [("Longest and fastest" if len(runs) > 1 else "Only", longest)]
        found += [
            _of_span(f"{kind} {label} run", rhythm, span, clock, rate=True) for kind, span in kinds
        ]
    if patterns["couplets"]:
        fastest = max(patterns["couplets"], key=lambda span: _rate(rhythm, span))
        one = "Fastest" if len(patterns["couplets"]) > 1 else "Only"
        found.append(_of_span(f"{one} {label} couplet", rhythm, fastest, clock, rate=True))
    for kind in ("bigeminy", "trigeminy"):
        if patterns[kind]:
            longest = max(patterns[kind], key=lambda span: span.stop - span.start)
            found.append(_of_span(f"Longest {label} {kind}", rhythm, longest, clock))
    if patterns["singles"] and len(found) < 2:
        earliest = min(patterns["singles"], key=lambda span: _prematurity(rhythm, span.start))
        found.append(_of_span(f"Most premature single {label}", rhythm, earliest, clock))
    return found


def _rate(rhythm: Rhythm, span: Span) -> float:
    """Return the mean rate within a pattern."""
    lasts = rhythm.seconds[span.stop - 1] - rhythm.seconds[span.start]
    return float(60 * (span.stop - span.start - 1) / lasts)


def _prematurity(rhythm: Rhythm, i: int) -> float:
    """Return the RR interval before a beat relative to the one before that; 1 if unknown."""
    if i < 2 or np.isnan(rhythm.rr[[i - 1, i]]).any():
        return 1.0
    return float(rhythm.rr[i] / rhythm.rr[i - 1])


def _of_span(title: str, rhythm: Rhythm, span: Span, clock: Clock, *, rate: bool = False) -> Event:
    """Return the event of a pattern."""
    start, end = float(rhythm.seconds[span.start]), float(rhythm.seconds[span.stop - 1])
    n = span.stop - span.start
    parts = [clock.write(start)]
    if rate:
        parts.append(f"{count(n, 'beat')}, {_rate(rhythm, span):.0f} per minute")
    elif n > 1:
        of_class = int((rhythm.symbol[span.start : span.stop] == rhythm.symbol[span.start]).sum())
        parts.append(f"{of_class} {rhythm.symbol[span.start]} in {count(n, 'beat')}")
    if end - start > SECONDS - 1:
        parts.append(f"the first {SECONDS - 1:g} of {end - start:.1f} s")
    return _around(title, ", ".join(parts), start, end)


def _pauses(summary: HolterSummary, clock: Clock) -> list[Event]:
    """Return the longest pauses."""
    found = []
    longest = sorted(summary.pauses, key=lambda pause: -pause.value)[:MOST_PAUSES]
    for i, pause in enumerate(longest):
        title = "Longest pause" if not i else f"Pause {i + 1}"
        more = f"{clock.write(pause.seconds)}, {pause.value:.2f} s"
        event = _around(title, more, pause.seconds, pause.seconds + pause.value)
        if pause.value > LONG_PAUSE:
            event = event._replace(
                start=event.start - SECONDS / 2, stop=event.stop + SECONDS / 2, speed=SPEED / 2
            )
        found.append(event)
    return found


def _extremes(summary: HolterSummary, rhythm: Rhythm, clock: Clock) -> list[Event]:
    """Return the minutes of the lowest and the highest heart rate."""
    found = []
    rate = summary.heart_rate
    for title, minute in (
        ("Lowest heart rate", rate.minimum),
        ("Highest heart rate", rate.maximum),
    ):
        if minute is not None:
            at = _typical(rhythm, minute.seconds, minute.seconds + MINUTE, minute.value)
            over = "one minute" if summary.duration >= MINUTE else "the recording"
            more = f"{clock.write(minute.seconds)}, {minute.value:.0f} per minute over {over}"
            found.append(_around(title, more, at, at))
    if len(found) == 2 and found[0].start == found[1].start:
        return [found[0]._replace(title="Heart rate")]
    return found


def _typical(rhythm: Rhythm, start: float, stop: float, rate: float) -> float:
    """Return the time in a minute at which the RR interval is nearest to its mean."""
    first, last = np.searchsorted(rhythm.seconds, [start, stop])
    rr: NDArray[np.float64] = rhythm.rr[first:last]
    if not len(rr) or np.isnan(rr).all():
        return start
    smooth = np.convolve(np.nan_to_num(rr, nan=1e3), np.ones(5) / 5, "same") if len(rr) > 9 else rr
    return float(rhythm.seconds[first + int(np.nanargmin(np.abs(smooth - 60 / rate)))])


def _around(title: str, more: str, start: float, end: float) -> Event:
    """Return an event in the middle of its strip, or from its beginning if it is long."""
    begin = start - 1.0 if end - start > SECONDS - 2 else (start + end - SECONDS) / 2
    return Event(title, more, begin, begin + SECONDS)


def _inside(event: Event, duration: float) -> Event:
    """Move a strip into the recording."""
    length = min(event.stop - event.start, duration)
    start = min(max(event.start, 0.0), duration - length)
    return event._replace(start=start, stop=start + length)
