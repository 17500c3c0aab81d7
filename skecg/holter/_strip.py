"""A strip of ECG paper as SVG: 25 mm/s and 10 mm/mV, ten units a millimetre."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..report._page import Markup, joined, tag
from ._svg import color_of, ink_of, polyline, rect, text

MM = 10  # units
SQUARE = 5 * MM  # of the paper's thick lines
SPEED, GAIN = 25.0, 10.0  # mm per second and per mV
FINEST = 125.0  # pairs of lowest and highest samples per second, in faster recordings
MOST = 40  # mm of height of a lead
SMALL_SQUARES = 6  # of height of a small strip
HALF_BAND = 0.12  # seconds before and after a beat that is marked
USUAL = "N"


class Lead(NamedTuple):
    """A lead of a strip: its name, samples in mV, and its fault, such as "noisy", or ""."""

    name: str
    signal: NDArray[np.float32]
    fault: str = ""


class Beat(NamedTuple):
    """A beat of a strip: seconds from its start, class, and whether it is to be marked."""

    seconds: float
    label: str
    marked: bool = False


def paper() -> Markup:
    """Return the definition of the paper, which all strips of a page use."""
    thin = "".join(f"M{i} 0v50M0 {i}h50" for i in range(MM, SQUARE, MM))
    pattern = tag(
        "pattern",
        tag("path", d=thin, class_="thin"),
        tag("path", d="M0 0v50M0 0h50", class_="thick"),
        id="paper",
        width=SQUARE,
        height=SQUARE,
        patternUnits="userSpaceOnUse",
    )
    return tag("svg", tag("defs", pattern), class_="defs", aria_hidden="true", focusable="false")


def draw_strip(
    leads: Sequence[Lead],
    fs: float,
    beats: Sequence[Beat],
    *,
    alt: str,
    speed: float = SPEED,
    small: bool = False,
) -> Markup:
    """Draw leads on paper with the class of each beat above.

    Parameters
    ----------
    leads : sequence of Lead
        The leads, of equal length.
    fs : float
        Sampling frequency in Hz.
    beats : sequence of Beat
        The beats, by time.
    alt : str
        The drawing in words.
    speed : float, default=25.0
        mm per second.
    small : bool, default=False
        Whether it is one of many: without RR intervals.
    """
    per_second = speed * MM
    seconds = len(leads[0].signal) / fs
    width = max(SQUARE, seconds * per_second)
    gain = _gain(leads, (SMALL_SQUARES - 1) * 5 if small else MOST)
    top = SQUARE if small else 2 * SQUARE
    y, traces = top, []
    for lead in leads:
        above, below = _heights(lead.signal, gain)
        if small:
            above, below = _of_one_height(above, below)
        rows = (y, y + above, y + above + below)
        traces.append(
            _trace(lead, fs, per_second, gain, rows, name_at=rows[2] - 10 if small else y + 34)
        )
        y += above + below
    height = y + (0 if small else SQUARE // 2)
    return tag(
        "svg",
        rect(0, 0, width, height, class_="sheet"),
        rect(0, 0, width, height, fill="url(#paper)"),
        *(_highlight(beat, per_second, height) for beat in beats if beat.label != USUAL),
        *(_mark(beat, per_second, height) for beat in beats if beat.marked),
        *traces,
        *_letters(beats, per_second, width, small=small),
        None if small else _seconds(seconds, per_second, height),
        _scale(width, height, speed, gain) if not small or gain != GAIN else None,
        viewBox=f"0 0 {width:.0f} {height}",
        class_="strip small-strip" if small else "strip",
        role="img",
        aria_label=alt,
        style=f"--mm:{width / MM:.0f}mm",
    )


def _gain(leads: Sequence[Lead], most: int) -> float:
    """Return mm per mV: 10, halved for signals of over so many mm, doubled for low ones."""
    spans = [_around(lead.signal) for lead in leads]
    highest = max((high - low for low, high in spans), default=0.0)
    gain = GAIN
    while highest * gain > most and gain > GAIN / 8:
        gain /= 2
    while 0 < highest * gain <= 4 and gain < 4 * GAIN:
        gain *= 2
    return gain


def _around(signal: NDArray[np.float32]) -> tuple[float, float]:
    """Return the lowest and the highest value around the median, without extreme samples."""
    known = signal[~np.isnan(signal)]
    if not len(known):
        return 0.0, 0.0
    low, middle, high = np.percentile(known, [0.2, 50, 99.8])
    return float(low - middle), float(high - middle)


def _heights(signal: NDArray[np.float32], gain: float) -> tuple[int, int]:
    """Return the units above and below the baseline, in whole squares so that it is on a line."""
    low, high = _around(signal)
    squares = [int(np.ceil((one * gain + 1.5) / 5)) for one in (high, -low)]
    most = MOST // 5 - 2
    above, below = (min(max(one, 1), most) for one in squares)
    return max(above, 2) * SQUARE, below * SQUARE


def _of_one_height(above: int, below: int) -> tuple[int, int]:
    """Return units above and below that are equal in all small strips together."""
    whole = SMALL_SQUARES * SQUARE
    below = min(
        max(SQUARE, round(whole * below / (above + below) / SQUARE) * SQUARE), whole - SQUARE
    )
    return whole - below, below


def _trace(
    lead: Lead,
    fs: float,
    per_second: float,
    gain: float,
    rows: tuple[int, int, int],
    *,
    name_at: int,
) -> Markup:
    """Draw a lead between its highest and lowest unit, around its baseline."""
    top, baseline, bottom = rows
    x, values = _thinned(lead.signal, fs)
    if np.isnan(values).all():
        line = None
    else:
        y = baseline - (values - np.nanmedian(lead.signal)) * gain * MM
        line = tag("path", d=polyline(x * per_second, np.clip(y, top, bottom)), class_="ecg")
    name = lead.name + (f" ({lead.fault})" if lead.fault else "")
    return joined(line, text(12, name_at, name, class_="lead"))


def _thinned(signal: NDArray[np.float32], fs: float) -> tuple[NDArray, NDArray]:
    """Return times and values of a line that looks like the signal's, with fewer points."""
    step = int(fs // FINEST)
    if step < 3:
        return np.arange(len(signal)) / fs, signal.astype(float)
    n = -(-len(signal) // step)
    padded = np.full(n * step, np.nan)
    padded[: len(signal)] = signal
    pieces = padded.reshape(n, step)
    gap = np.isnan(pieces).all(axis=1)
    filled = np.where(gap[:, np.newaxis], 0.0, pieces)
    first, last = np.nanargmin(filled, axis=1), np.nanargmax(filled, axis=1)
    first, last = np.minimum(first, last), np.maximum(first, last)
    rows = np.arange(n)
    at = np.stack([rows * step + first, rows * step + last], axis=1).ravel()
    values = padded[at]
    values[np.repeat(gap, 2)] = np.nan
    keep = np.concatenate(([True], np.diff(at) > 0))
    return at[keep] / fs, values[keep]


def _highlight(beat: Beat, per_second: float, height: int) -> Markup:
    """Draw a band behind an ectopic beat."""
    half = HALF_BAND * per_second
    x = beat.seconds * per_second - half
    return rect(x, 0, 2 * half, height, fill=color_of(beat.label), class_="band")


def _mark(beat: Beat, per_second: float, height: int) -> Markup:
    """Draw a frame around a beat that is asked about."""
    half = 1.5 * HALF_BAND * per_second
    x = beat.seconds * per_second - half
    return rect(x, 4, 2 * half, height - 8, class_="asked", rx=8)


def _letters(
    beats: Sequence[Beat], per_second: float, width: float, *, small: bool
) -> list[Markup]:
    """Write the class of each beat at the top, and the RR intervals in ms between."""
    drawn = []
    for i, beat in enumerate(beats):
        x = beat.seconds * per_second
        if 8 <= x <= width - 8:
            usual = " usual" if beat.label == USUAL else ""
            ink = {"fill": ink_of(beat.label)}
            drawn.append(text(x, 38, beat.label, class_=f"beat{usual}", **ink))
        if i and not small:
            rr = beat.seconds - beats[i - 1].seconds
            middle = x - rr * per_second / 2
            if rr * per_second >= 55 and 30 < middle < width - 30:
                drawn.append(text(middle, 76, f"{1000 * rr:.0f}", class_="rr"))
    return drawn


def _seconds(seconds: float, per_second: float, height: int) -> Markup:
    """Draw a tick for each second at the lower edge."""
    ticks = "".join(f"M{i * per_second:.0f} {height}v-14" for i in range(1, int(seconds) + 1))
    return tag("path", d=ticks, class_="tick")


def _scale(width: float, height: int, speed: float, gain: float) -> Markup:
    """Write the scale at the lower right."""
    return text(width - 10, height - 10, f"{speed:g} mm/s  {gain:g} mm/mV", class_="scale")
