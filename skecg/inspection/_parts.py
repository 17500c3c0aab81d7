"""Parts of a row that occlusion replaces, and the replacement.

The columns of a row with two leads, the beats before and after, and scalars, in parts::

    waveform of lead 0         waveform of lead 1         scalars
    |[   ]                   | |[   ]                   | | rr rr | noise | noise | rr_before |
    | [   ]   "stretch"      | | [   ]                  | | group | group | group | neighbor  |
    |  [   ]                 | |  [   ]                 | |rhythm | shape | shape |    -1     |
    |[         "waveform"   ]| |[                      ]|

Stretches overlap. The first and the last one reach beyond the signal, so that each sample is in
as many stretches as any other.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..layout import BeatLayout
from ..utils import is_int, is_number, suggest
from ._rows import CONTEXT, leads_present, normal_shape

__all__ = ["Part", "make_parts", "part_present", "rows_without"]

WIDTH = 0.04  # seconds, half a QRS complex
STEPS_PER_WIDTH = 5
_RHYTHM = re.compile(  # scalars of the rhythm
    r"(rr|rate|irregular|steps?|cosen|entropy|turning|run\d+|level|slow|time|pairs)(_|$)"
)
_LEAD = re.compile(r"lead(\d+)_")  # scalars of one lead

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Part:
    """Columns of a row that are replaced together.

    Attributes
    ----------
    kind : {"stretch", "waveform", "neighbor", "group"}
        A stretch of a lead, the waveform of a lead, a neighbouring beat, or a group of scalars.
    name : str
        The kind, or the name of the group.
    lead : int or None
        Number of the lead to which the part belongs. None: to no single one.
    beat : int
        0, or the number of a neighbouring beat, such as -1.
    start, stop : int or None
        First sample of a stretch or waveform, and the one after its last. None for scalars and
        neighbours.
    columns : ndarray of int
        Columns of scalars and neighbours. Empty for a stretch or waveform.
    """

    kind: Literal["stretch", "waveform", "neighbor", "group"]
    name: str
    lead: int | None = None
    beat: int = 0
    start: int | None = None
    stop: int | None = None
    columns: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))


def make_parts(
    layout: BeatLayout,
    owner: str,
    *,
    fs: float | None = None,
    width: float | None = None,
    step: float | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
) -> list[Part]:
    """Return the parts of a row: lead by lead stretches and waveform, then neighbours, groups."""
    stretches = _stretches(layout.n_samples, fs, width, step, owner)
    scalars = _neighbors(layout) + _groups(layout, groups, owner)
    # without other columns, a row without its waveform has no information at all
    has_waveforms = bool(scalars) or layout.leads > 1
    parts = []
    for lead in range(layout.leads):
        parts += [
            Part("stretch", "stretch", lead, start=start, stop=stop) for start, stop in stretches
        ]
        if has_waveforms:
            parts.append(Part("waveform", "waveform", lead, start=0, stop=layout.n_samples))
    return parts + scalars


def rows_without(
    rows: Floats, parts: Sequence[Part], layout: BeatLayout, background: Floats
) -> Floats:
    """Return rows (n_beats, n_parts, n_features), each without one part."""
    changed = np.repeat(rows[:, np.newaxis], len(parts), axis=1)
    normal = normal_shape(rows, layout)
    for i, part in enumerate(parts):
        if part.start is None:
            changed[:, i, part.columns] = background[part.columns]
        else:
            _replace_stretch(changed[:, i], part, layout, normal)
    return changed


def part_present(rows: Floats, part: Part, layout: BeatLayout) -> NDArray[np.bool_]:
    """Return which rows have a part, (n_beats,): a missing lead or neighbour is all zeros."""
    if part.lead is not None:
        return leads_present(rows, layout)[:, part.lead]
    if part.kind == "neighbor":
        return np.any(rows[:, part.columns], axis=1)
    return np.ones(len(rows), dtype=bool)


def _replace_stretch(rows: Floats, part: Part, layout: BeatLayout, normal: Floats | None) -> None:
    """Replace a stretch in place by the normal beat, or else by a straight line."""
    # (n_beats, n_channels, n_samples), a view of the rows
    own = layout.waveform(rows)[:, layout.neighbors, part.lead]
    if normal is None:
        own[..., part.start : part.stop] = _line(own, part)
        return
    signal, difference = (layout.channels.index(name) for name in CONTEXT)
    own[:, signal, part.start : part.stop] = normal[:, part.lead, part.start : part.stop]
    own[:, difference, part.start : part.stop] = 0


def _line(own: Floats, part: Part) -> Floats:
    """Join the samples next to a stretch; at an end of the signal, continue level.

    ::

        samples    9   [ 9   4   4 ]   2        before 9, after 2
        line       9    7.25 5.5 3.75  2        share 1/4, 2/4, 3/4
    """
    start, stop = part.start or 0, part.stop or 0
    last = own.shape[-1] - 1
    before, after = own[..., max(start - 1, 0)], own[..., min(stop, last)]
    if start == 0 and stop <= last:
        before = after
    elif start > 0 and stop > last:
        after = before
    share = np.arange(1, stop - start + 1) / (stop - start + 1)
    return before[..., np.newaxis] + (after - before)[..., np.newaxis] * share


def _stretches(
    n_samples: int, fs: float | None, width: float | None, step: float | None, owner: str
) -> list[tuple[int, int]]:
    """Return first sample of each stretch, and the one after its last."""
    if width is None:
        n_width = max(1, round(WIDTH * fs) if fs else n_samples // 10)
        n_width = min(n_width, n_samples)
    else:
        n_width = _in_samples("width", width, fs, owner)
    if n_width > n_samples:
        raise ValueError(
            f"The 'width' parameter of {owner} must be at most the {n_samples} samples of a "
            f"signal. Got {width!r} instead, which is {n_width} samples."
        )
    if step is None:
        n_step = max(1, n_width // STEPS_PER_WIDTH)
    else:
        n_step = _in_samples("step", step, fs, owner)
    if n_step > n_width:
        raise ValueError(
            f"The 'step' parameter of {owner} must be at most the width, or samples between the "
            f"stretches are never replaced. Got {step!r} instead ({n_step} samples of {n_width})."
        )
    starts = range(n_step - n_width, n_samples, n_step)
    return [(max(i, 0), min(i + n_width, n_samples)) for i in starts]


def _in_samples(name: str, value: float, fs: float | None, owner: str) -> int:
    """Return a length in samples, which is given in samples (an int) or in seconds."""
    if is_int(value) and value >= 1:
        return int(value)
    if not isinstance(value, float | np.floating) or not (is_number(value) and value > 0):
        raise ValueError(
            f"The '{name}' parameter of {owner} must be a positive int (samples), a positive "
            f"float (seconds) or None. Got {value!r} instead."
        )
    if not fs:
        raise suggest(
            ValueError(
                f"The '{name}' parameter of {owner} is {value!r} seconds, for which the sampling "
                "frequency must be known. Pass fs (`beats.fs`), or an int, which counts samples."
            ),
            "fs",
        )
    return max(1, round(value * fs))


def _neighbors(layout: BeatLayout) -> list[Part]:
    """Return each neighbouring beat, with its waveforms, where rows have them, and scalars."""
    columns: dict[int, list[int]] = {}
    # numbers of the waveform columns, beat by beat
    numbers = layout.waveform(np.arange(layout.n_features)[np.newaxis])[0]
    for i, of_beat in enumerate(numbers):
        if i != layout.neighbors:
            columns[i - layout.neighbors] = of_beat.ravel().tolist()
    place = _scalar_places(layout)
    for names in layout.neighbor_scalars:
        beat = int(names[0].removeprefix("beat").partition("_")[0])  # "beat-1_rr": -1
        columns.setdefault(beat, []).extend(place[name] for name in names)
    return [
        Part("neighbor", "neighbor", beat=beat, columns=np.array(columns[beat]))
        for beat in sorted(columns)
    ]


def _groups(
    layout: BeatLayout, groups: Mapping[str, Sequence[str]] | None, owner: str
) -> list[Part]:
    """Return groups of scalars: the given ones, or rhythm, each lead's shape, and others."""
    place = _scalar_places(layout)
    found: dict[tuple[str, int | None], list[str]] = {}
    if groups is not None:
        unknown = [name for names in groups.values() for name in names if name not in place]
        if unknown or not all(groups.values()):
            raise ValueError(
                f"The 'groups' parameter of {owner} must give scalars of the layout to each "
                f"name. Got {unknown if unknown else groups!r} instead; there are "
                f"{list(layout.scalars)[:5]} and so on."
            )
        found = {(group, None): list(names) for group, names in groups.items()}
    else:
        of_neighbors = {name for names in layout.neighbor_scalars for name in names}
        for name in layout.scalars:
            if name not in of_neighbors:
                found.setdefault(_group_of(name, layout), []).append(name)
    return [
        Part("group", group, lead, columns=np.array([place[name] for name in names]))
        for (group, lead), names in found.items()
    ]


def _scalar_places(layout: BeatLayout) -> dict[str, int]:
    """Return the column of each scalar."""
    return {name: layout.n_waveform + i for i, name in enumerate(layout.scalars)}


def _group_of(name: str, layout: BeatLayout) -> tuple[str, int | None]:
    """Return the group of a scalar by its name, and its lead."""
    if match := _LEAD.match(name):
        return "shape", int(match[1])
    if _RHYTHM.match(name):
        return "rhythm", None
    if layout.leads == 1 and set(layout.channels) == set(CONTEXT):
        return "shape", 0  # rows with context of one lead do not number it
    return "other", None
