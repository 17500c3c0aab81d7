"""The recording over time: heart rate, RR intervals, ectopic beats and leads, on one time axis.

Drawings are stretched to the width of the page, and words are HTML at shares of it, so that they
are as large on a phone as on a laptop.
"""

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..annotated import AnnotatedRecord
from ..report._page import Markup, joined, tag
from ..utils import true_runs
from ._clock import DAY, Clock, hms
from ._rates import Rates, even_edges, rates_by
from ._rhythm import Floats, Rhythm
from ._summary import HolterSummary
from ._svg import COLORS, OTHER, band, color_of, polyline

WIDE = 1000  # units of all drawings
COLUMNS, ROWS = 900, 110  # places of the tachogram
FEW = 400  # RR intervals, whose dots are larger
#: Widths of the windows of the heart rate, and steps of the time axis, in seconds.
WINDOWS = (1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600)
STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200)
SHORT = 120.0  # seconds, under which a recording has a rate for each beat
MOST_BARS, MOST_RATES, MOST_TICKS = 240, 1500, 9


@dataclass(frozen=True)
class Axis:
    """The time axis of the tracks."""

    duration: float
    start: datetime.datetime | datetime.time | None
    offset: float  # seconds from midnight to the start; 0 if unknown
    night: tuple[float, float] | None

    def x(self, seconds: Any) -> Any:
        """Return units from the left, of a number or an array of seconds."""
        return WIDE * seconds / self.duration

    def ticks(self) -> list[tuple[float, str]]:
        """Return times and their words, at round times by the clock."""
        step = next((s for s in STEPS if self.duration / s <= MOST_TICKS), None)
        if step is None:
            step = round(DAY * math.ceil(self.duration / DAY / MOST_TICKS))
        first = math.ceil(self.offset / step) * step - self.offset
        times = np.arange(first, self.duration + 1e-6, step).tolist()
        return [(time, self._words(time, step)) for time in times]

    def _words(self, seconds: float, step: int) -> str:
        """Write a time of the axis."""
        if self.start is None:
            words = hms(seconds)
            return f"{words[:-3]} h" if step >= 60 else words.removeprefix("0:")
        day, rest = divmod(round(self.offset + seconds), round(DAY))
        if rest == 0 and self.duration > DAY:
            if isinstance(self.start, datetime.datetime):
                date = self.start.date() + datetime.timedelta(days=day)
                return f"{date.day} {date:%b}"
            return f"day {day + 1}"
        return hms(rest, pad=True)[: None if step < 60 else -3]

    def nights(self) -> list[tuple[float, float]]:
        """Return the nights in seconds from the start."""
        if self.night is None:
            return []
        begin, end = (3600 * one for one in self.night)
        lasts = (end - begin) % DAY
        first = begin - self.offset - DAY
        starts = np.arange(first, self.duration, DAY).tolist()
        spans = [(max(s, 0.0), min(s + lasts, self.duration)) for s in starts]
        return [(a, b) for a, b in spans if a < b]


def time_axis(found: AnnotatedRecord, summary: HolterSummary) -> Axis:
    """Return the time axis of a recording."""
    offset = Clock(found.start).offset
    night = None if offset is None else summary.night
    return Axis(found.duration, found.start, offset or 0.0, night)


def draw_tracks(
    axis: Axis, found: AnnotatedRecord, summary: HolterSummary, rhythm: Rhythm
) -> Markup:
    """Draw the recording over time."""
    bars, width = _windows(found.duration, MOST_BARS)
    # means of one minute each, as in the summary, if there are enough of them and not too many
    edges, _ = _windows(found.duration, MOST_RATES, least=60 if found.duration >= 600 else 5)
    rates = rates_by(rhythm, edges) if found.duration >= SHORT else _of_beats(rhythm)
    return tag(
        "div",
        _rate_track(axis, rates, summary),
        _rr_track(axis, rhythm),
        *(_count_track(axis, rhythm, label, bars, width) for label in ("V", "S")),
        *_lead_tracks(axis, found),
        _axis_track(axis, known=found.start is not None),
        class_="tracks",
    )


def _of_beats(rhythm: Rhythm) -> Rates:
    """Return the heart rate between each two beats, for recordings of a minute or two."""
    rate = 60 / rhythm.rr
    return Rates(rhythm.seconds, rate, rate, rate)


def _windows(duration: float, most: int, least: int = 1) -> tuple[Floats, int]:
    """Return the edges of at most so many windows, and their width in seconds."""
    fitting = (w for w in WINDOWS if w >= least and duration / w <= most)
    width = next(fitting, WINDOWS[-1])
    return even_edges(duration, width), width


def _track(
    axis: Axis,
    name: Markup,
    height: int,
    *children: Markup | None,
    labels: Sequence[Markup] = (),
    alt: str,
) -> Markup:
    """Make a track: its name and scale at the left, its drawing at the right."""
    nights = [
        tag(
            "rect",
            x=f"{axis.x(a):.1f}",
            y=0,
            width=f"{axis.x(b) - axis.x(a):.1f}",
            height=height,
            class_="night",
        )
        for a, b in axis.nights()
    ]
    lines = "".join(f"M{axis.x(time):.1f} 0v{height}" for time, _ in axis.ticks())
    drawing = tag(
        "svg",
        *nights,
        tag("path", d=lines, class_="rule"),
        *children,
        viewBox=f"0 0 {WIDE} {height}",
        preserveAspectRatio="none",
        style=f"--h:{height}",
        role="img",
        aria_label=alt,
    )
    return tag(
        "div",
        tag("div", name, class_="name"),
        tag("div", *labels, class_="scale"),
        drawing,
        class_="track",
    )


def _scale(values: Sequence[float], low: float, high: float) -> tuple[list[Markup], NDArray]:
    """Write a scale at the left; return its words, and the shares of the height from above."""
    shares = 1 - (np.asarray(values) - low) / (high - low)
    words = [
        tag("span", f"{value:g}", style=f"top:{100 * share:.1f}%")
        for value, share in zip(values, shares, strict=True)
    ]
    return words, shares


def _rate_track(axis: Axis, rates: Rates, summary: HolterSummary) -> Markup:
    """Draw the heart rate: the mean of each window, between its lowest and highest rate."""
    height = 170
    name = joined(tag("b", "Heart rate"), tag("span", "per minute"))
    if np.isnan(rates.mean).all():  # or of no beats
        return _track(axis, name, 40, alt="Heart rate: unknown")
    # of rates between two beats, few are far beyond the others: pauses and early beats
    low = max(
        0.0, 20 * math.floor(min(np.nanpercentile(rates.low, 5), np.nanmin(rates.mean)) / 20)
    )
    high = 20 * math.ceil(max(np.nanpercentile(rates.high, 95), np.nanmax(rates.mean)) / 20 + 0.2)
    step = 20 if high - low <= 100 else 50
    values = np.arange(math.ceil(low / step) * step, high + 1, step).tolist()
    labels, shares = _scale(values, low, high)

    def y(of: Any) -> Any:
        return height * (1 - (np.clip(of, low, high) - low) / (high - low))

    middle = rates.start
    if axis.duration >= SHORT:
        middle = rates.start + np.diff(np.append(rates.start, axis.duration)) / 2
        middle[0], middle[-1] = 0.0, axis.duration
    x = axis.x(middle)
    rules = "".join(f"M0 {share * height:.1f}h{WIDE}" for share in shares)
    rate = summary.heart_rate
    dots = "".join(
        f"M{axis.x(one.seconds + 30):.1f} {y(one.value):.1f}h0"
        for one in (rate.minimum, rate.maximum)
        if one is not None and axis.duration >= SHORT
    )
    return _track(
        axis,
        name,
        height,
        tag("path", d=rules, class_="rule"),
        tag("path", d=band(x, y(rates.low), y(rates.high)), class_="range"),
        tag("path", d=polyline(x, y(rates.mean)), class_="line"),
        tag("path", d=dots, class_="dots"),
        labels=labels,
        alt=f"Heart rate over time, mean {rate.mean or 0:.0f} per minute",
    )


def _rr_track(axis: Axis, rhythm: Rhythm) -> Markup:
    """Draw each RR interval as a dot at the beat that ends it, in the colour of its class."""
    height = 170
    known = ~np.isnan(rhythm.rr)
    name = joined(tag("b", "RR interval"), tag("span", "seconds"))
    if not known.any():
        return _track(axis, name, 40, alt="RR intervals: unknown")
    rr, seconds, symbol = rhythm.rr[known], rhythm.seconds[known], rhythm.symbol[known]
    high = min(max(0.2 * math.ceil(np.percentile(rr, 99.5) / 0.2 + 0.5), 1.0), 3.0)
    labels, shares = _scale(np.arange(0, high + 0.01, 0.5 if high <= 2 else 1.0).tolist(), 0, high)
    rules = "".join(f"M0 {share * height:.1f}h{WIDE}" for share in shares)
    column = np.minimum(seconds / axis.duration * COLUMNS, COLUMNS - 1).astype(int)
    row = np.rint((1 - np.minimum(rr / high, 1)) * ROWS).astype(int)
    kind = "dots few" if len(rr) < FEW else "dots"
    labels_here, code = np.unique(symbol, return_inverse=True)
    place, most = _most_frequent(column * 1000 + row, code, len(labels_here))
    paths = [
        tag(
            "path",
            d=_dots(place[most == i], WIDE / COLUMNS, height / ROWS),
            stroke=COLORS.get(label, OTHER),
            class_=kind,
        )
        for i, label in enumerate(labels_here.tolist())
    ]
    over = int((rr > high).sum())
    alt = f"RR intervals over time, {over} of them over {high:.1f} s at the upper edge"
    return _track(
        axis, name, height, tag("path", d=rules, class_="rule"), *paths, labels=labels, alt=alt
    )


def _most_frequent(place: NDArray, code: NDArray, n_codes: int) -> tuple[NDArray, NDArray]:
    """Return each place once, with its most frequent code; of a dense cloud, rare ones are few.

    >>> import numpy as np
    >>> from skecg.holter._tracks import _most_frequent
    >>> place, code = _most_frequent(np.array([7, 7, 7, 9]), np.array([1, 0, 1, 0]), 2)
    >>> place.tolist(), code.tolist()
    ([7, 9], [1, 0])
    """
    both, number = np.unique(place * n_codes + code, return_counts=True)
    order = np.lexsort((number, both // n_codes))  # of each place, the most frequent is last
    both = both[order]
    last = np.append(both[1:] // n_codes != both[:-1] // n_codes, True)[: len(both)]
    return both[last] // n_codes, both[last] % n_codes


def _dots(places: NDArray, wide: float, high: float) -> str:
    """Return dots at places, sorted; those above each other are one line."""
    edges = np.flatnonzero(np.diff(places) != 1) + 1
    parts = []
    for group in np.split(places, edges) if len(places) else []:
        x, y = divmod(int(group[0]), 1000)
        parts.append(f"M{(x + 0.5) * wide:.0f} {y * high:.0f}v{(len(group) - 1) * high:.0f}")
    return "".join(parts)


def _count_track(axis: Axis, rhythm: Rhythm, label: str, edges: Floats, width: int) -> Markup:
    """Draw the number of beats of a class in each window as bars."""
    height = 36
    numbers, _ = np.histogram(rhythm.seconds[rhythm.symbol == label], edges)
    most = int(numbers.max()) if len(numbers) else 0
    x = axis.x(edges)
    bars = "".join(
        f"M{x[i]:.1f} {height}v{-height * numbers[i] / most:.1f}"
        f"H{max(x[i + 1], x[i] + 1):.1f}V{height}z"
        for i in np.flatnonzero(numbers).tolist()
    )
    per = hms(width) if width < 60 else f"{width // 60} min"
    name = joined(tag("b", label), tag("span", f"most {most}" if most else "none"))
    total = int(numbers.sum())
    return _track(
        axis,
        name,
        height,
        tag("path", d=bars, fill=color_of(label)),
        alt=f"{label} over time: {total} in all, at most {most} in {per}",
    )


def _lead_tracks(axis: Axis, found: AnnotatedRecord) -> list[Markup]:
    """Draw each lead as a bar, with its faults."""
    drawn = []
    for lead in found.lead_names:
        rows = found.quality[found.quality["lead"] == lead]
        drawn.append(_quality_track(axis, lead, rows, found.fs))
    whole = found.quality[found.quality["lead"] == ""]
    if len(whole):
        drawn.append(_quality_track(axis, "No beats", whole, found.fs))
    return drawn


def _quality_track(axis: Axis, name: str, rows: pd.DataFrame, fs: float) -> Markup:
    """Draw the stretches of a lead with a fault."""
    height = 12
    total = float((rows["stop"] - rows["start"]).sum()) / fs
    parts = []
    for state, of_state in rows.groupby("state", sort=False):
        left, right = (axis.x(of_state[end].to_numpy(float) / fs) for end in ("start", "stop"))
        kind = f"state {str(state).replace(' ', '-')}"
        parts.append(tag("path", d=_spans(left, right, height), class_=kind))
    whole = tag("rect", x=0, y=0, width=WIDE, height=height, class_="state usable")
    alt = f"{name}: {total:.0f} s with a fault" if len(rows) else f"{name}: usable"
    shown = tag("b", name, title=name)
    return _track(axis, shown, height, None if name == "No beats" else whole, *parts, alt=alt)


def _spans(left: Floats, right: Floats, height: int) -> str:
    """Return bars between units; of many, those in the same unit are one."""
    covered = np.zeros(WIDE, dtype=bool)
    first = np.clip(left.astype(int), 0, WIDE - 1)
    last = np.clip(np.ceil(right).astype(int), first + 1, WIDE)
    for begin, end in zip(first.tolist(), last.tolist(), strict=True):
        covered[begin:end] = True
    runs = true_runs(covered).tolist()
    return "".join(f"M{a} 0h{b - a}v{height}h{a - b}z" for a, b in runs)


def _axis_track(axis: Axis, *, known: bool) -> Markup:
    """Write the time axis."""
    words = []
    for i, (time, shown) in enumerate(axis.ticks()):
        share = 100 * time / axis.duration
        kind = "first" if share < 2 else "last" if share > 97 else ""
        kind += " odd" if i % 2 else ""
        words.append(tag("span", shown, style=f"left:{share:.2f}%", class_=kind.strip() or None))
    name = tag("span", "time" if known else "from start")
    return tag(
        "div",
        tag("div", name, class_="name"),
        tag("div", class_="scale"),
        tag("div", *words, class_="times"),
        class_="track",
    )
