"""The strips of a page: of its events, and of the beats to review."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..annotated import PREFIX, AnnotatedRecord
from ..report._page import Markup, joined, tag
from ._clock import Clock
from ._events import Event
from ._rhythm import Rhythm
from ._signal import Signal
from ._strip import SPEED, Beat, Lead, draw_strip
from ._svg import ink_of

MOST_LEADS = 3  # of strips of events, and of median beats
AROUND = 1.5  # seconds before and after a beat to review


def span_of_event(event: Event, fs: float) -> tuple[int, int]:
    """Return the samples of an event."""
    return round(event.start * fs), round(event.stop * fs)


def span_of_beat(sample: int, fs: float) -> tuple[int, int]:
    """Return the samples around a beat to review."""
    return sample - round(AROUND * fs), sample + round(AROUND * fs)


def draw_event(event: Event, found: AnnotatedRecord, rhythm: Rhythm, signal: Signal) -> Markup:
    """Draw an event with its title."""
    start, stop = span_of_event(event, found.fs)
    leads = _leads(found, signal, start, stop, range(len(found.lead_names))[:MOST_LEADS])
    beats = beats_between(found, rhythm, start, stop)
    classes = ", ".join(beat.label for beat in beats) or "no beats"
    strip = draw_strip(
        leads,
        found.fs,
        beats,
        alt=f"{event.title}, ECG strip; beats: {classes}",
        speed=event.speed,
    )
    words = tag("figcaption", tag("b", event.title), tag("span", event.more))
    return tag("figure", words, strip, class_="event" if event.speed == SPEED else "event slow")


def draw_review(
    row: pd.Series, number: int, found: AnnotatedRecord, rhythm: Rhythm, signal: Signal
) -> Markup:
    """Draw a beat to review, in the first of the leads that its class is from."""
    sample = int(row["sample"])
    start, stop = span_of_beat(sample, found.fs)
    used = str(row.get("leads", "")).split("+")
    names = list(found.lead_names)
    lead = next((names.index(one) for one in used if one in names), 0)
    beats = [
        beat._replace(marked=abs(beat.seconds - AROUND) < 0.5 / found.fs)
        for beat in beats_between(found, rhythm, start, stop)
    ]
    time = Clock(found.start).write(sample / found.fs)
    odds = " or ".join(f"{label} {100 * p:.0f} %" for label, p in _two_largest(row))
    alt = f"Beat {number} to review, at {time}: {odds}"
    strip = draw_strip(
        _leads(found, signal, start, stop, [lead]), found.fs, beats, alt=alt, small=True
    )
    words = tag(
        "figcaption",
        tag("span", tag("b", f"{number}. "), time),
        tag("span", *_probabilities(row), class_="odds"),
    )
    return tag("figure", words, strip, class_="doubt")


def _two_largest(row: pd.Series) -> list[tuple[str, float]]:
    """Return the two largest probabilities."""
    proba = {str(k).removeprefix(PREFIX): v for k, v in row.items() if str(k).startswith(PREFIX)}
    proba.pop("beat", None)
    return sorted(proba.items(), key=lambda one: -one[1])[:2]


def _probabilities(row: pd.Series) -> list[Markup]:
    """Write the two largest probabilities."""
    return [
        joined(tag("b", label, style=f"color:{ink_of(label)}"), Markup(f" {100 * p:.0f}&nbsp;% "))
        for label, p in _two_largest(row)
    ]


def beats_between(found: AnnotatedRecord, rhythm: Rhythm, start: int, stop: int) -> list[Beat]:
    """Return the beats of a stretch, their times from its start."""
    sample = found.beats["sample"].to_numpy()
    first, last = np.searchsorted(sample, [start, stop])
    return [
        Beat((sample[i] - start) / found.fs, str(rhythm.symbol[i])) for i in range(first, last)
    ]


def _leads(
    found: AnnotatedRecord, signal: Signal, start: int, stop: int, columns: Sequence[int]
) -> list[Lead]:
    """Return leads of a stretch, with their faults there."""
    piece = signal.get(start, stop)
    near = found.quality[(found.quality["start"] < stop) & (found.quality["stop"] > start)]
    fault = dict(zip(near["lead"], near["state"], strict=True))
    names = found.lead_names
    return [Lead(names[i], piece[:, i], str(fault.get(names[i], ""))) for i in columns]
