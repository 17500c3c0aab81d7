"""Median beats of each class, from a sample of the beats."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..report._page import Markup, tag
from ..tables import AAMI_ORDER
from ._rhythm import Rhythm
from ._signal import Signal
from ._strip import MM, SQUARE
from ._strips import MOST_LEADS
from ._svg import band, color_of, polyline, rect

BEFORE, AFTER = 0.3, 0.5  # seconds around a beat
MOST_BEATS = 24  # of a class
PER_SECOND, PER_MV = 250.0, 100.0  # units
HIGHEST = 3  # mV above or below


class Template(NamedTuple):
    """Median beat of a class in mV, (n_samples, n_leads), with the 10th and 90th percentiles."""

    label: str
    n: int
    of: int
    low: NDArray
    median: NDArray
    high: NDArray


def sampled_beats(rhythm: Rhythm) -> dict[str, NDArray[np.intp]]:
    """Return beats of each class, evenly over the recording, those at its ends excluded."""
    chosen = {}
    for label in AAMI_ORDER:
        rows = np.flatnonzero(rhythm.symbol == label)
        if len(rows) > MOST_BEATS:
            rows = rows[np.linspace(0, len(rows) - 1, MOST_BEATS).round().astype(int)]
        if len(rows):
            chosen[label] = rows
    return chosen


def span_of(sample: int, fs: float) -> tuple[int, int]:
    """Return the samples of a template around a beat."""
    return sample - round(BEFORE * fs), sample + round(AFTER * fs) + 1


def templates_of(
    signal: Signal, samples: NDArray[np.int64], rhythm: Rhythm, fs: float
) -> list[Template]:
    """Return the median beat of each class."""
    found = []
    for label, rows in sampled_beats(rhythm).items():
        beats = np.stack([signal.get(*span_of(int(samples[i]), fs)) for i in rows])
        beats = beats[:, :, :MOST_LEADS].astype(float)
        whole: NDArray[np.bool_] = np.asarray(
            ~np.isnan(beats).any(axis=1)
        )  # beats of a lead without a gap
        if not whole.any():
            continue
        limits = np.full((3, *beats.shape[1:]), np.nan)
        for lead in np.flatnonzero(whole.any(axis=0)).tolist():
            around = beats[whole[:, lead], :, lead]
            around = around - np.median(around, axis=1, keepdims=True)
            limits[:, :, lead] = np.percentile(around, [10, 50, 90], axis=0)
        n, of = int(whole.any(axis=1).sum()), int((rhythm.symbol == label).sum())
        found.append(Template(label, n, of, *limits))
    return found


def template_height(templates: list[Template], lead: int) -> tuple[int, int]:
    """Return the squares above and below the baseline that all templates of a lead need."""
    values = np.concatenate([np.r_[one.low[:, lead], one.high[:, lead]] for one in templates])
    if np.isnan(values).all():
        return 2, 1
    highest, lowest = np.nanmax(values), np.nanmin(values)
    above, below = (int(np.ceil(one * PER_MV / SQUARE + 0.2)) for one in (highest, -lowest))
    return min(max(above, 1), 2 * HIGHEST), min(max(below, 1), 2 * HIGHEST)


def draw_template(
    one: Template, lead: int, rows: tuple[int, int], fs: float, normal: Template | None, alt: str
) -> Markup:
    """Draw a median beat on paper, with the spread of its beats and the normal beat in grey."""
    above, below = rows
    width, height = (BEFORE + AFTER) * PER_SECOND, (above + below) * SQUARE

    def y(values: NDArray) -> NDArray:
        return np.clip(above * SQUARE - values * PER_MV, 0, height)

    x = np.arange(len(one.median)) / fs * PER_SECOND
    color = color_of(one.label)
    usual = None
    if normal is not None and normal is not one:
        usual = tag("path", d=polyline(x, y(normal.median[:, lead])), class_="usual-beat")
    return tag(
        "svg",
        rect(0, 0, width, height, class_="sheet"),
        rect(0, 0, width, height, fill="url(#paper)"),
        tag(
            "path",
            d=band(x, y(one.low[:, lead]), y(one.high[:, lead])),
            fill=color,
            class_="spread",
        ),
        usual,
        tag("path", d=polyline(x, y(one.median[:, lead])), stroke=color, class_="median"),
        viewBox=f"0 0 {width:.0f} {height}",
        class_="template",
        role="img",
        aria_label=alt,
        style=f"--mm:{width / MM:.0f}mm",
    )
