"""Columns of context: a beat compared with the beats around it, in its row.

The recording is divided into cells of 30 s, counted from its first sample. All beats of a cell
are compared with the same surroundings, ``context`` seconds around the middle of the cell, which
end at the ends of the recording. No label is used. For context=60:

    time                0          30         60         90         120 s
    cells               |----------|----------|----------|----------|
    beats                x x  x x   x  x x x   xx  x  x x  x  x  x x
    beats of a cell                            xx  x  x x
    surroundings                        [                      ]      45 to 105 s, around 75 s

`context_columns` computes, for all beats of a recording:

    rhythm           (n_beats, len(RHYTHM))           intervals, from the first lead
    around           (n_beats, len(AROUND))           the rhythm around, with scalars="all"
    shapes           (n_leads, n_beats, len(SHAPE))   waves, for each lead
    atrial           (n_leads, n_beats, len(ATRIAL))  atrial activity, with scalars="all"
    waves            (n_beats, n_leads, 2, n_samples) the beat, and its difference from the median

A row holds the waves, then the scalars of the beat, then those of its neighbours, which lack
the columns of scalars="all":

    own          RHYTHM AROUND, for each lead SHAPE ATRIAL
    neighbour    there RHYTHM, for each lead SHAPE           without COMMON
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._atrial import ATRIAL, ATRIAL_BEATS, ATRIAL_SECONDS, AtrialColumns
from ._intervals import CELL, cell_spans
from ._normal import NormalBeats
from ._rhythm import RHYTHM, RHYTHM_REACH, Rhythm
from ._rhythm_around import AROUND, AROUND_REACH, around_columns
from ._shape import LIMIT, SHAPE, WINDOW, LeadBeats, ShapeColumns, fill_relative_columns

__all__ = [
    "CELL",
    "CHANNELS",
    "COMMON",
    "LOWEST_FS",
    "MOST_NEIGHBORS",
    "SCALARS",
    "ContextColumns",
    "ContextExtent",
    "add_missing_leads",
    "context_columns",
    "context_extent",
    "scalar_names",
]

CHANNELS = ("signal", "difference")
LOWEST_FS = 100.0  # Hz; below, a QRS complex has too few samples
SCALARS = ("all", "basic")  # values of the parameter "scalars"
MOST_NEIGHBORS = 100  # on each side; a crafted model file cannot request endless rows
_THERE = "there"  # column that is 1 if there is such a neighbour
#: Columns not repeated for neighbours: equal, or nearly so, for all beats of the surroundings.
COMMON = ("rr_normal", "irregular_60", "p_normal", "normal_share", "normal_spread")
_NEIGHBOR_RHYTHM = tuple(name for name in RHYTHM if name not in COMMON)
_NEIGHBOR_SHAPE = tuple(name for name in SHAPE if name not in COMMON)
_AT_ONCE = 256  # rows that are copied together
_MOST_COMPARED = 2000  # beats of surroundings compared in pairs, which bounds time and memory


class ContextExtent(NamedTuple):
    """Stretch of a recording that affects the row of a beat, in three parts on each side.

        beat |-- beats --|---- seconds ----|-- margin_beats --|

    Attributes
    ----------
    beats : int
        Beats from the beat itself.
    seconds : float
        Seconds from there.
    margin_beats : int
        Beats from there.
    """

    beats: int
    seconds: float
    margin_beats: int


def context_extent(
    context: float, neighbors: int, window: Sequence[float], scalars: str
) -> ContextExtent:
    """Compute the stretch of a recording that affects the row of a beat.

    The columns of a beat need the normal beats of its surroundings (half of these and half a cell
    away); the relative ones need the columns of the beats there, so as much again; amplitudes
    are compared with those of 10 beats on each side. Filters and alignment take 0.6 s beyond a
    window. P waves are compared within ATRIAL_SECONDS.
    """
    seconds = context + CELL + max(WINDOW, *window) + 0.6
    if scalars == "basic":
        return ContextExtent(neighbors + 10, float(seconds), RHYTHM_REACH)
    near, far = max(neighbors + 10, ATRIAL_BEATS), max(RHYTHM_REACH, AROUND_REACH)
    return ContextExtent(near, float(seconds + ATRIAL_SECONDS), far)


def scalar_names(n_leads: int, neighbors: int, scalars: str) -> tuple[str, ...]:
    """List the names of all scalar columns, in their order."""
    prefixes = [f"lead{i}_" if n_leads > 1 else "" for i in range(n_leads)]
    return _names(prefixes, neighbors, scalars)


def _names(prefixes: Sequence[str], neighbors: int, scalars: str) -> tuple[str, ...]:
    """List the names of all scalar columns of leads with these prefixes."""
    every = scalars == "all"
    of_lead = (*SHAPE, *ATRIAL) if every else SHAPE
    own = [*RHYTHM, *(AROUND if every else ())]
    own += [f"{prefix}{name}" for prefix in prefixes for name in of_lead]
    near = [
        _THERE,
        *_NEIGHBOR_RHYTHM,
        *(f"{prefix}{name}" for prefix in prefixes for name in _NEIGHBOR_SHAPE),
    ]
    beats = [k for k in range(-neighbors, neighbors + 1) if k]
    return (*own, *(f"beat{k:+d}_{name}" for k in beats for name in near))


class ContextColumns(NamedTuple):
    """Columns of all beats of a recording."""

    waves: NDArray[np.float32]  # (n_beats, n_leads, 2, n_samples)
    scalars: NDArray[np.float32]  # (n_beats, n_scalars)
    centre: NDArray[np.int64]  # (n_leads, n_beats): sample around which each lead is cut

    def rows(self, kept: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return the rows of some beats, by a mask."""
        beats = np.flatnonzero(kept)
        waves = self.waves.reshape(len(self.waves), int(np.prod(self.waves.shape[1:])))
        n_waveform = waves.shape[1]
        rows = np.empty((len(beats), n_waveform + self.scalars.shape[1]), dtype=np.float32)
        for start in range(0, len(rows), _AT_ONCE):
            block = slice(start, start + _AT_ONCE)
            chosen = beats[block]
            of: NDArray[np.intp] | slice = chosen
            if chosen[-1] - chosen[0] + 1 == len(chosen):  # a slice makes no copy of its own
                of = slice(chosen[0], chosen[-1] + 1)
            rows[block, :n_waveform] = waves[of]
            rows[block, n_waveform:] = self.scalars[of]
        return rows


def add_missing_leads(
    columns: ContextColumns, places: Sequence[int], n_leads: int, neighbors: int, scalars: str
) -> ContextColumns:
    """Put the columns of the leads that a recording has at their places; the others are zero.

    Parameters
    ----------
    columns : ContextColumns
        Columns of the leads that the recording has.
    places : list of int
        Place of each of them among the leads of a row.
    n_leads : int
        Number of leads of a row.
    neighbors : int
        Beats before, and after, whose scalars are in a row.
    scalars : {"all", "basic"}
        Scalars of a row.
    """
    n_beats, _, *shape = columns.waves.shape
    waves = np.zeros((n_beats, n_leads, *shape), dtype=np.float32)
    waves[:, list(places)] = columns.waves
    names = scalar_names(n_leads, neighbors, scalars)
    values = np.zeros((n_beats, len(names)), dtype=np.float32)
    number = {name: i for i, name in enumerate(names)}
    there = _names([f"lead{i}_" for i in places], neighbors, scalars)
    values[:, [number[name] for name in there]] = columns.scalars
    return ContextColumns(waves, values, columns.centre)


def context_columns(
    signals: NDArray[np.float32],
    position: NDArray[np.int64],
    fs: float,
    *,
    window: tuple[int, int],
    context: float,
    neighbors: int,
    align: bool,
    scalars: str,
    usable: NDArray[np.bool_] | None = None,
    origin: NDArray[np.int64] | int = 0,
) -> ContextColumns:
    """Compute the columns of all beats of a recording, or of a part of it.

    Parameters
    ----------
    signals : ndarray of shape (n_leads, n_samples)
        Leads in mV, without gaps.
    position : ndarray of int of shape (n_beats,)
        Positions of the beats in samples, increasing.
    fs : float
        Sampling frequency in Hz.
    window : tuple of two ints
        Samples of a row before the centre of a beat, and from the centre on.
    context : float
        Seconds of the surroundings.
    neighbors : int
        Beats before, and after, whose scalars are in a row.
    align : bool
        Whether beats are moved to the middle of their QRS complex and to fit the median beat.
    scalars : {"all", "basic"}
        Scalars of a row.
    usable : ndarray of bool of shape (n_leads, n_beats) or None, default=None
        Whether each lead can be used at each beat. Where it cannot, the beat is not among those
        of the lead: its columns are zero, and no other beat is compared with it. None is all.
    origin : int or ndarray of int of shape (n_beats,), default=0
        Samples of the recording before the first of ``signals``, for each beat.
    """
    n, n_leads = len(position), len(signals)
    if n == 0:
        return _no_columns(n_leads, window, neighbors, scalars)
    masks = [None] * n_leads if usable is None else list(usable)
    parts = [
        _BeatsOfLead.make(signal, position, fs, window, align, mask)
        for signal, mask in zip(signals, masks, strict=True)
    ]
    centre = _centres(parts, position)
    time = centre[0] + origin  # of the beats, for all leads
    intervals = Rhythm(time, fs)
    spans = _spans(time, fs, context)
    compared = [
        _Compared(
            part.compare(intervals),
            part.compare_atria(intervals, time) if scalars == "all" else None,
        )
        for part in parts
    ]
    typical = np.array([_compare_cell(parts, compared, intervals, *span) for span in spans])
    n_in_cell = [beats.stop - beats.start for beats, _, _ in spans]
    rhythm = intervals.columns(*np.repeat(typical, n_in_cell, axis=0).T)
    _limit(rhythm)
    shapes, waves = _shapes(parts, [of.shape for of in compared], spans, n, sum(window))
    around = [around_columns(time, fs, context)] if scalars == "all" else []
    atrial = [_atrial(part, of.atrial, n) for part, of in zip(parts, compared, strict=True)]
    values = _join_scalars(rhythm, around, shapes, atrial, neighbors)
    if usable is not None:
        _clear_unusable(values, usable, neighbors, scalars)
    return ContextColumns(waves, values, centre)


def _shapes(
    parts: "Sequence[_BeatsOfLead]",
    compared: Sequence[ShapeColumns],
    spans: Sequence[tuple[slice, ...]],
    n_beats: int,
    n_samples: int,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Compute shapes and waves of all leads, of which all cells are compared."""
    shapes = np.zeros((len(parts), n_beats, len(SHAPE)), dtype=np.float32)
    waves = np.zeros((n_beats, len(parts), len(CHANNELS), n_samples), dtype=np.float32)
    for i, (part, columns) in enumerate(zip(parts, compared, strict=True)):
        for own, table, channels in columns.tables():
            _limit(channels)
            numbers = part.numbers(own)
            shapes[i, numbers], waves[numbers, i] = table, channels
    _limit(shapes)
    for part, table in zip(parts, shapes, strict=True):
        part.fill_relative(table, spans)
    _limit(shapes)
    return shapes, waves


def _atrial(
    part: "_BeatsOfLead", columns: AtrialColumns | None, n_beats: int
) -> NDArray[np.float32]:
    """Compute the columns of atrial activity of a lead, of which all cells are compared."""
    if columns is None:
        return np.zeros((n_beats, 0), dtype=np.float32)
    table = np.zeros((n_beats, len(ATRIAL)), dtype=np.float32)
    table[part.beats] = columns.table()
    return table


class _Compared(NamedTuple):
    """Columns of a lead, of the beats that have been compared so far."""

    shape: ShapeColumns
    atrial: AtrialColumns | None  # None with scalars="basic"


class _BeatsOfLead(NamedTuple):
    """The beats at which one lead can be used.

    They have numbers of their own among these:

        beats of the recording    0  1  2  3  4
        usable                    x  .  .  x  x
        beats                     0        3  4
        number in the lead        0        1  2
    """

    lead: LeadBeats
    beats: NDArray[np.int64] | slice  # numbers in the recording; slice(None) is all

    @classmethod
    def make(
        cls,
        signal: NDArray[np.float32],
        position: NDArray[np.int64],
        fs: float,
        window: tuple[int, int],
        align: bool,
        usable: NDArray[np.bool_] | None,
    ) -> "_BeatsOfLead":
        beats = slice(None) if usable is None or usable.all() else np.flatnonzero(usable)
        return cls(LeadBeats(signal, position[beats], fs, window, align), beats)

    def inside(self, span: slice) -> slice:
        """Return the numbers in the lead of a stretch of beats of the recording."""
        if isinstance(self.beats, slice):
            return span
        return slice(*np.searchsorted(self.beats, [span.start, span.stop]).tolist())

    def numbers(self, own: slice | NDArray[np.int64]) -> NDArray[np.int64] | slice:
        """Return the numbers in the recording of beats of the lead."""
        return own if isinstance(self.beats, slice) else self.beats[own]

    def compared(self, surroundings: slice) -> slice:
        """Return the numbers in the lead of the beats with which others are compared."""
        span = self.inside(surroundings)
        step = max(1, -(-(span.stop - span.start) // _MOST_COMPARED))  # every k-th, k rounded up
        return slice(span.start, span.stop, step)

    def compare(self, intervals: Rhythm) -> ShapeColumns:
        """Return the columns of shape of the lead, of no beats yet."""
        of_all = (intervals.before, intervals.after, intervals.early)
        before, after, early = (values[self.beats] for values in of_all)
        return ShapeColumns(self.lead, before, after, early)

    def compare_atria(self, intervals: Rhythm, time: NDArray[np.int64]) -> AtrialColumns:
        """Return the columns of atrial activity of the lead, of no beats yet."""
        of_all = (intervals.before, intervals.after, intervals.early)
        before, after, early = (values[self.beats] for values in of_all)
        numbers = np.arange(len(time))[self.beats]
        return AtrialColumns(self.lead, before, after, early, numbers, time)

    def fill_relative(
        self, table: NDArray[np.float32], spans: Sequence[tuple[slice, ...]]
    ) -> None:
        """Fill in the relative columns of all beats of the lead, in place."""
        pairs = [(self.inside(beats), self.inside(others)) for beats, others, _ in spans]
        own = table[self.beats]  # a view if the lead has all beats
        if not len(own):
            return
        fill_relative_columns(own, [pair for pair in pairs if pair[0].start < pair[0].stop])
        table[self.beats] = own


def _compare_cell(
    parts: Sequence[_BeatsOfLead],
    columns: Sequence[_Compared],
    intervals: Rhythm,
    beats: slice,
    surroundings: slice,
    long: slice,
) -> tuple[float, float]:
    """Compare the beats of a cell with its surroundings, in each lead that can be used there.

    Returns
    -------
    rr_normal, rr_long : float
        Typical RR intervals in seconds: of the normal beats, and of surroundings twice as long.
    """
    others = [part.compared(surroundings) for part in parts]
    found = [
        of_lead.shape.find_normal(span) if span.start < span.stop else None
        for of_lead, span in zip(columns, others, strict=True)
    ]
    typical = intervals.typical(_normals_of_rhythm(parts, found, surroundings), long)
    for part, of_lead, span, normal in zip(parts, columns, others, found, strict=True):
        own = part.inside(beats)
        if normal is not None and own.start < own.stop:
            of_lead.shape.add(own, span, normal, typical[0])
            if of_lead.atrial is not None:
                of_lead.atrial.add(own, span, normal)
    return typical


def _centres(parts: Sequence[_BeatsOfLead], position: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the centre of each beat in each lead, (n_leads, n_beats).

    Where a lead cannot be used, it is that of the first lead that can.
    """
    first = position.copy()
    for part in reversed(parts):
        first[part.beats] = part.lead.centre
    if not all(isinstance(part.beats, slice) for part in parts):
        np.maximum.accumulate(first, out=first)  # beats of two leads may be out of order
    centre = np.tile(first, (len(parts), 1))
    for i, part in enumerate(parts):
        if i:
            centre[i, part.beats] = part.lead.centre
    return centre


def _normals_of_rhythm(
    parts: Sequence[_BeatsOfLead], found: Sequence[NormalBeats | None], surroundings: slice
) -> NDArray[np.int64]:
    """Return the normal beats of which the normal RR is taken, numbers in the recording.

    They are those of the first lead, unless another one can be used at more than twice as many
    beats of the surroundings.
    """
    n_usable = [part.inside(surroundings) for part in parts]
    counts = np.array([span.stop - span.start for span in n_usable])
    i = int(np.argmax(2 * counts >= counts.max()))
    normal = found[i]
    if normal is None:
        return np.empty(0, dtype=np.int64)
    return np.asarray(parts[i].numbers(normal.beats), dtype=np.int64)


def _clear_unusable(
    values: NDArray[np.float32], usable: NDArray[np.bool_], neighbors: int, scalars: str
) -> None:
    """Set the columns of a lead to zero where it cannot be used, in place.

    A row then has none of the lead's columns, not even those of its neighbours, as if the
    recording lacked the lead.
    """
    n_leads = len(usable)
    names = _names([f"lead{i}_" for i in range(n_leads)], neighbors, scalars)
    for i in range(n_leads):
        rows = np.flatnonzero(~usable[i])
        if len(rows):
            columns = np.flatnonzero([f"lead{i}_" in name for name in names])
            values[rows[:, None], columns] = 0


def _no_columns(
    n_leads: int, window: tuple[int, int], neighbors: int, scalars: str
) -> ContextColumns:
    """Return the columns of a recording without beats."""
    return ContextColumns(
        np.zeros((0, n_leads, len(CHANNELS), sum(window)), dtype=np.float32),
        np.zeros((0, len(scalar_names(n_leads, neighbors, scalars))), dtype=np.float32),
        np.zeros((n_leads, 0), dtype=np.int64),
    )


def _spans(time: NDArray[np.int64], fs: float, context: float) -> list[tuple[slice, ...]]:
    """Find the beats of each cell, of its surroundings, and of surroundings twice as long."""
    return cell_spans(time, fs, (context, 2 * context))


def _join_scalars(
    rhythm: NDArray[np.float32],
    around: Sequence[NDArray[np.float32]],
    shapes: NDArray[np.float32],
    atrial: Sequence[NDArray[np.float32]],
    neighbors: int,
) -> NDArray[np.float32]:
    """Return the columns of each beat and of the beats around it, zeros where there is none.

    Those of its neighbors are shifted copies of one table, next to each other; for neighbors=1
    and beats 0, 1, 2:

        padded   -  0  1  2  -          beat-1   -  0  1
                                        beat+1   1  2  -
    """
    there = np.ones((len(rhythm), 1), dtype=np.float32)
    parts = [there, rhythm[:, [RHYTHM.index(name) for name in _NEIGHBOR_RHYTHM]]]
    parts += [shape[:, [SHAPE.index(name) for name in _NEIGHBOR_SHAPE]] for shape in shapes]
    own = np.concatenate(parts, axis=1)
    nothing = np.zeros((neighbors, own.shape[1]), dtype=np.float32)
    padded = np.concatenate((nothing, own, nothing))
    shifts = [k for k in range(2 * neighbors + 1) if k != neighbors]
    near = (padded[k : k + len(own)] for k in shifts)
    of_leads = (table for of_lead in zip(shapes, atrial, strict=True) for table in of_lead)
    return np.concatenate((rhythm, *around, *of_leads, *near), axis=1)


def _limit(values: NDArray[np.float32]) -> None:
    """Limit values to -4 to 4, in place; 0 where there was nothing to compare with."""
    np.clip(values, -LIMIT, LIMIT, out=values)
    if np.isnan(values.sum()):
        values[np.isnan(values)] = 0
