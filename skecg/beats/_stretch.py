"""Rows of some beats of a long recording, of which only the signal around them is read.

Rows are those of the whole recording, unless the extractor fits a transformer to a recording or
the rate of the rows is no simple fraction of that of the recording. The beats on which they depend
may be far away: where there are hours without a beat, pieces of the signal are joined.

    recording   |----x-x-x-----------------------------x-x-x-x-x-x----|    x: a beat
    pieces        [========]                         [==============]
    joined      |========|==============|

A piece begins where a sample of the rows is a sample of the recording, so that resampling gives
the samples of the whole recording.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..preprocessing._resample import simple_ratio
from ..tables import class_map
from ._rows import Resampling, cut, excluded, locate, prepare, usable_leads
from ._settings import window_samples
from ._shape import WINDOW

if TYPE_CHECKING:
    from ._beats import BeatExtractor

__all__ = ["StretchRows", "WholeRecord", "cut_stretch"]

UNKNOWN = "Q"
#: Seconds of signal around a beat beyond its window: moves to its centre (0.1) and to the median
#: beat (0.03), medians of the baseline (0.4), the filter of the resampling, and a bridge of 2 s
_AROUND = 4.0
_JOIN = 60.0  # seconds between two beats up to which the signal is read through
_LARGEST_PERIOD = 30.0  # seconds: with rates that coincide less often, pieces cannot be aligned


@dataclass(frozen=True)
class WholeRecord:
    """Facts about a recording on which the rows of any of its beats depend.

    Attributes
    ----------
    name : str
        Name of the recording.
    fs : float
        Sampling frequency in Hz.
    n_samples : int
        Length in samples.
    chosen : tuple of int or None
        Column of its signal for each lead of a row; None where it lacks the lead.
    medians : ndarray of shape (n_leads,) or None
        Median of each lead of its signal; None if it is cut in one piece.
    """

    name: str
    fs: float
    n_samples: int
    chosen: tuple[int | None, ...]
    medians: NDArray[np.float32] | None

    @property
    def leads(self) -> list[int]:
        """Columns of its signal that rows hold."""
        return [lead for lead in self.chosen if lead is not None]


@dataclass(frozen=True, eq=False)
class _Joined:
    """Pieces of a recording and the beats in them, as one."""

    name: str
    signal: NDArray[np.float32]  # (n_samples, n_leads)
    fs: float
    sample: NDArray[np.int64]  # in samples of the joined signal
    symbol: NDArray[np.str_]

    @property
    def n_samples(self) -> int:
        """Length of all pieces."""
        return len(self.signal)


class StretchRows(NamedTuple):
    """Rows of the beats of a stretch, and why others have none."""

    data: NDArray[np.float32]  # (n_kept, n_features)
    kept: NDArray[np.bool_]  # (n_beats,)
    peak: NDArray[np.int64]  # (n_beats,): position in samples of the recording
    usable: NDArray[np.bool_]  # (n_leads, n_beats): leads that a row was made of
    beyond: NDArray[np.bool_]  # (n_beats,): the window reaches beyond the recording
    in_gap: NDArray[np.bool_]  # (n_beats,): it touches a gap


def _simple_ratio(extractor: "BeatExtractor", whole: WholeRecord) -> Fraction | None:
    """Return the rate of rows divided by that of a recording, if both coincide often enough."""
    ratio = simple_ratio(whole.fs, float(extractor.fs or whole.fs), whole.n_samples)
    return ratio if ratio.denominator <= _LARGEST_PERIOD * whole.fs else None


def cut_stretch(
    extractor: "BeatExtractor",
    whole: WholeRecord,
    read: Callable[[int, int], NDArray[np.float32]],
    sample: NDArray[np.int64],
    own: slice,
    usable: NDArray[np.bool_] | None = None,
) -> StretchRows:
    """Cut the rows of some beats of a recording.

    Parameters
    ----------
    extractor : BeatExtractor
        Settings of the rows.
    whole : WholeRecord
        Facts about the recording.
    read : callable
        ``read(first, last)`` returns samples of the recording, (n_samples, n_leads).
    sample : ndarray of int of shape (n_beats,)
        Positions of all beats of the recording.
    own : slice
        The beats that rows are made of.
    usable : ndarray of bool of shape (n_leads, n_beats) or None, default=None
        Whether each lead of a row can be used at each beat of the recording. None is wherever it
        has a signal.
    """
    fs = float(extractor.fs or whole.fs)
    window = window_samples(extractor.window, fs)
    needed = _needed(extractor, sample, own, whole.fs)
    inside = slice(own.start - needed.start, own.stop - needed.start)
    joined, shift, ratio = _join(extractor, whole, read, sample, needed)
    leads = list(range(len(whole.leads)))
    mask = usable_leads(joined, leads, window, fs) if len(leads) > 1 else None
    if usable is not None and not usable[:, needed].all():
        mask = usable[:, needed] if mask is None else mask & usable[:, needed]
    if extractor.missing_leads != "zeros" and mask is not None:
        mask = None if mask.all() else np.tile(mask.all(axis=0), (len(mask), 1))

    medians = whole.medians
    resampling = None if medians is None else Resampling(medians[whole.leads], ratio)
    prepared = prepare(joined, leads, fs, extractor.preprocessing, resampling)
    origin = prepared.clock.to_rows(shift)  # whole numbers, if the ratio is simple
    located = locate(prepared, window, usable=mask, origin=origin, **extractor._how())
    found = excluded(
        prepared,
        located,
        class_map("symbols"),
        align=extractor.align,
        pad=extractor.edges == "pad",
        usable=mask,
    )
    kept = ~(found.beyond | found.in_gap)
    chosen_of_row = np.zeros(len(kept), dtype=bool)
    chosen_of_row[inside] = kept[inside]
    places = iter(leads)
    data = cut(
        prepared,
        located,
        chosen_of_row,
        window,
        chosen=[None if lead is None else next(places) for lead in whole.chosen],
        neighbors=int(extractor.neighbors),
        scalars=extractor.scalars,
        usable=mask,
    )
    peak = np.rint(prepared.clock.to_record(located.peak)).astype(np.int64) + shift
    everywhere = np.ones((len(leads), len(kept)), dtype=bool)
    return StretchRows(
        data,
        kept[inside],
        peak[inside].clip(max=whole.n_samples - 1),
        (everywhere if mask is None else mask)[:, inside],
        found.beyond[inside],
        found.in_gap[inside],
    )


def _needed(extractor: "BeatExtractor", sample: NDArray[np.int64], own: slice, fs: float) -> slice:
    """Return the beats that affect rows: some next to these, then seconds, then some again."""
    extent = extractor.context_extent
    n = len(sample)
    if own.start == 0 and own.stop == n:
        return own
    if extent is None:  # alignment is bounded by the nearest beats
        return slice(max(own.start - 1, 0), min(own.stop + 1, n))
    first, last = max(own.start - extent.beats, 0), min(own.stop + extent.beats, n) - 1
    begin = np.searchsorted(sample, sample[first] - extent.seconds * fs)
    end = np.searchsorted(sample, sample[last] + extent.seconds * fs, side="right")
    more = extent.margin_beats + 1
    return slice(max(int(begin) - more, 0), min(int(end) + more, n))


def _join(
    extractor: "BeatExtractor",
    whole: WholeRecord,
    read: Callable[[int, int], NDArray[np.float32]],
    sample: NDArray[np.int64],
    needed: slice,
) -> tuple[_Joined, NDArray[np.int64], Fraction | None]:
    """Read the pieces around some beats, and join them.

    Returns
    -------
    joined : _Joined
        The pieces.
    shift : ndarray of int of shape (n_needed,)
        Samples by which each beat was later in the recording.
    ratio : Fraction or None
        Rate of the rows divided by that of the recording, if it is simple.
    """
    beats, ratio = sample[needed], _simple_ratio(extractor, whole)
    if whole.medians is None:
        starts, stops = np.array([0]), np.array([whole.n_samples])
    else:
        # an even number of samples of the rows, so that halves are rounded as in the whole one
        step = 1 if ratio is None else 2 * ratio.denominator
        around = round((max(*extractor.window, WINDOW) + _AROUND) * whole.fs)
        far = np.diff(beats) > _JOIN * whole.fs + 2 * around
        if extractor.preprocessing is not None:
            far[:] = False
        begin = beats[np.concatenate([[True], far])] - around
        end = beats[np.concatenate([far, [True]])] + around
        starts = begin.clip(min=0) // step * step
        stops = (-(-end // step) * step).clip(max=whole.n_samples)
    offsets = np.concatenate([[0], np.cumsum(stops - starts)[:-1]])
    parts = [read(int(a), int(b))[:, whole.leads] for a, b in zip(starts, stops, strict=True)]
    signal = parts[0] if len(parts) == 1 else np.concatenate(parts)
    piece = np.searchsorted(starts, beats, side="right") - 1
    shift = (starts - offsets)[piece]
    symbol = np.full(len(beats), UNKNOWN)
    return _Joined(whole.name, signal, whole.fs, beats - shift, symbol), shift, ratio
