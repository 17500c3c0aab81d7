"""Context: what surrounds a beat, as columns of its row.

The recording is divided into cells of 30 s, counted from its first sample. All beats of a cell
are seen against the same surroundings, a span of ``context`` seconds around the middle of the
cell, cut at the ends of the recording. No label is looked at.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ._normal import find_normal
from ._rhythm import RHYTHM, RHYTHM_REACH, Rhythm
from ._shape import LIMIT, SHAPE, WINDOW, Lead, complete, describe

CHANNELS = ("signal", "difference")
GRID = 30.0  # seconds of a cell
LOWEST_FS = 100.0  # Hz; below, a QRS complex has too few samples
MOST_NEIGHBORS = 100  # on each side; a crafted model file cannot ask for endless rows
THERE = "there"
#: What neighbours need not repeat: the same, or nearly so, for all beats of the surroundings.
COMMON = ("rr_normal", "irregular_60", "p_normal", "normal_share", "normal_spread")
NEAR_RHYTHM = tuple(name for name in RHYTHM if name not in COMMON)
NEAR_SHAPE = tuple(name for name in SHAPE if name not in COMMON)
_MOST = 2000  # beats of a span that are compared with each other, which bounds time and memory


class ContextExtent(NamedTuple):
    """How far from a beat a recording bears on its row: one stretch after the other.

    From the beat ``beats`` beats on, from there ``seconds``, and from there ``margin_beats``.
    """

    beats: int
    seconds: float
    margin_beats: int


def context_extent(context: float, neighbors: int, window: Sequence[float]) -> ContextExtent:
    """How far from a beat a recording bears on its row.

    The columns of a beat need the normal beats of its span (half a span and half a cell away);
    the relative ones need the columns of the beats there, so as much again; amplitudes are set
    against those of 10 beats on each side. Filters and alignment take 0.6 s beyond a window.
    """
    seconds = context + GRID + max(WINDOW, *window) + 0.6
    return ContextExtent(neighbors + 10, float(seconds), RHYTHM_REACH)


def scalar_names(n_leads: int, neighbors: int) -> tuple[str, ...]:
    """Names of all scalar columns, in their order."""
    return _names([f"lead{i}_" if n_leads > 1 else "" for i in range(n_leads)], neighbors)


def _names(prefixes: Sequence[str], neighbors: int) -> tuple[str, ...]:
    """Names of all scalar columns of leads with these prefixes."""
    own = [*RHYTHM, *(f"{prefix}{name}" for prefix in prefixes for name in SHAPE)]
    near = [
        THERE,
        *NEAR_RHYTHM,
        *(f"{prefix}{name}" for prefix in prefixes for name in NEAR_SHAPE),
    ]
    beats = [k for k in range(-neighbors, neighbors + 1) if k]
    return (*own, *(f"beat{k:+d}_{name}" for k in beats for name in near))


class Context(NamedTuple):
    """Columns of all beats of a recording."""

    waves: np.ndarray  # float32 (n_beats, n_leads, 2, n_samples)
    scalars: np.ndarray  # float32 (n_beats, n_scalars)
    centre: np.ndarray  # int64 (n_leads, n_beats): where each lead is cut

    def rows(self, kept: np.ndarray) -> np.ndarray:
        """Rows of some beats, by a mask."""
        waves = self.waves[kept]
        n_waveform = int(np.prod(waves.shape[1:]))
        return np.concatenate((waves.reshape(-1, n_waveform), self.scalars[kept]), axis=1)


def add_missing_leads(
    context: Context, places: Sequence[int], n_leads: int, neighbors: int
) -> Context:
    """Columns of the leads that a recording has at their places; zeros stand for the others."""
    n_beats, _, *shape = context.waves.shape
    waves = np.zeros((n_beats, n_leads, *shape), dtype=np.float32)
    waves[:, list(places)] = context.waves
    names = scalar_names(n_leads, neighbors)
    scalars = np.zeros((n_beats, len(names)), dtype=np.float32)
    column = {name: i for i, name in enumerate(names)}
    there = _names([f"lead{i}_" for i in places], neighbors)
    scalars[:, [column[name] for name in there]] = context.scalars
    return Context(waves, scalars, context.centre)


def take_context(
    signals: np.ndarray,
    position: np.ndarray,
    fs: float,
    *,
    window: tuple[int, int],
    context: float,
    neighbors: int,
    align: bool,
) -> Context:
    """Columns of all beats of a recording.

    ``signals`` are leads without gaps, a row each; ``position`` increases; ``window`` is in
    samples before and from the centre of a beat on.
    """
    n, n_leads = len(position), len(signals)
    rhythm = np.zeros((n, len(RHYTHM)), dtype=np.float32)
    shapes = np.zeros((n_leads, n, len(SHAPE)), dtype=np.float32)
    waves = np.zeros((n, n_leads, len(CHANNELS), sum(window)), dtype=np.float32)
    if n == 0:
        nothing = np.zeros((0, len(scalar_names(n_leads, neighbors))), dtype=np.float32)
        return Context(waves, nothing, np.zeros((n_leads, 0), dtype=np.int64))
    leads = [Lead(signal, position, fs, window, align) for signal in signals]
    time = leads[0].centre  # of the beats, for all leads
    rhythm_of = Rhythm(time, fs)
    spans = _spans(time, fs, context)
    for beats, around, long in spans:
        others = np.arange(around.start, around.stop)
        others = others[:: -(-len(others) // _MOST)]
        normals = [
            find_normal(
                lead.waves, lead.qrs, others, rhythm_of.before, lead.width, rhythm_of.early
            )
            for lead in leads
        ]
        rhythm[beats], rr = rhythm_of.columns(beats, normals[0].beats, long)
        relative = np.log(rhythm_of.before / rr), np.log(rhythm_of.after / rr)
        own = np.arange(beats.start, beats.stop)
        for i, (lead, normal) in enumerate(zip(leads, normals, strict=True)):
            shapes[i, beats], waves[beats, i] = describe(lead, own, others, normal, relative)
    rhythm, shapes = _limited(rhythm), _limited(shapes)
    for table in shapes:
        complete(table, [(beats, around) for beats, around, _ in spans])
    shapes = _limited(shapes)
    scalars = np.concatenate((rhythm, *shapes, _neighbors(rhythm, shapes, neighbors)), axis=1)
    centre = np.array([lead.centre for lead in leads])
    return Context(_limited(waves), scalars, centre)


def _spans(time: np.ndarray, fs: float, context: float) -> list[tuple[slice, slice, slice]]:
    """Beats of each cell, those of their surroundings, and of surroundings twice as long."""
    cells = np.unique(np.floor(time / (GRID * fs)))
    middle = (cells + 0.5) * (GRID * fs)

    def within(seconds: float) -> list[slice]:
        half = seconds * fs / 2
        start, stop = np.searchsorted(time, middle - half), np.searchsorted(time, middle + half)
        return [slice(*pair) for pair in zip(start.tolist(), stop.tolist(), strict=True)]

    return list(zip(within(GRID), within(context), within(2 * context), strict=True))


def _neighbors(rhythm: np.ndarray, shapes: np.ndarray, neighbors: int) -> np.ndarray:
    """Columns of the beats around each, zeros where there is none."""
    there = np.ones((len(rhythm), 1), dtype=np.float32)
    parts = [there, rhythm[:, [RHYTHM.index(name) for name in NEAR_RHYTHM]]]
    parts += [shape[:, [SHAPE.index(name) for name in NEAR_SHAPE]] for shape in shapes]
    own = np.concatenate(parts, axis=1)
    nothing = np.zeros((neighbors, own.shape[1]), dtype=np.float32)
    padded = np.concatenate((nothing, own, nothing))
    shifts = [k for k in range(2 * neighbors + 1) if k != neighbors]
    columns = [padded[k : k + len(own)] for k in shifts]
    return np.concatenate(columns, axis=1) if columns else np.zeros((len(own), 0), np.float32)


def _limited(values: np.ndarray) -> np.ndarray:
    """Values from -4 to 4; 0 where there was nothing to compare with."""
    return np.nan_to_num(values, nan=0.0, posinf=LIMIT, neginf=-LIMIT).clip(-LIMIT, LIMIT)
