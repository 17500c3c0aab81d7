"""Find the beats of a whole recording, block by block, and where its leads can be used."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..detection._detectors import AUTO, DetectorLike
from ..detection._find import FoundBeats, LeadState, find_beats
from ._blocks import blocks
from ._median import RunningMedian
from ._source import Source

__all__ = ["Detection", "Runs", "detect_all"]

#: Start, stop and state of runs.
_RunColumns: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]

_AT_ONCE = 1800.0  # seconds in which "auto" finds beats at once, which bounds its memory
_FEW = 0.5  # seconds of flat samples that are no fault of their own next to a gap
_APART = 0.2  # seconds: beats on either side of the end of a block that are closer are one beat


@dataclass(frozen=True, eq=False)
class Runs:
    """Stretches of one lead in one state other than usable, by time; they do not overlap."""

    start: NDArray[np.int64]  # in samples
    stop: NDArray[np.int64]
    state: NDArray[np.uint8]  # of LeadState

    def disturbed(self) -> "Runs":
        """Return the stretches that are flat or noisy, not missing."""
        chosen = self.state != LeadState.MISSING
        return Runs(self.start[chosen], self.stop[chosen], self.state[chosen])

    def touch(self, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which spans, from ``first`` to ``last`` inclusive, share a sample with a run.

        Examples
        --------
        >>> import numpy as np
        >>> from skecg.annotation._detection import Runs
        >>> runs = Runs(np.array([10]), np.array([20]), np.array([1], dtype=np.uint8))
        >>> runs.touch(np.array([0, 5, 20]), np.array([9, 10, 30]))
        array([False,  True, False])
        """
        # the run that begins last at or before the end of a span reaches into it, or none does
        i = np.searchsorted(self.start, last, side="right") - 1
        stop = np.concatenate([[np.iinfo(np.int64).min], self.stop])[i + 1]
        return stop > first


@dataclass(frozen=True, eq=False)
class Detection:
    """The beats of a recording, and facts about its leads that are known once all is read."""

    sample: NDArray[np.int64]  # (n_beats,)
    p_beat: NDArray[np.float32]  # (n_beats,)
    runs: list[Runs]  # one per lead
    extremes: NDArray[np.float32]  # (n_leads, 2): lowest and highest value, NaN without a signal
    medians: NDArray[np.float32] | None  # (n_leads,); None for a recording in memory

    def off(self, leads: Sequence[int], n_samples: int) -> Runs:
        """Return the stretches in which none of some leads can be used."""
        edges = np.unique(
            np.concatenate(
                [[0, n_samples], *(np.concatenate([r.start, r.stop]) for r in self._of(leads))]
            )
        ).astype(np.int64)
        begin, end = edges[:-1], edges[1:]
        lost = np.all([run.touch(begin, begin) for run in self._of(leads)], axis=0)
        return _joined(begin[lost], end[lost], np.zeros(int(lost.sum()), dtype=np.uint8))

    def _of(self, leads: Sequence[int]) -> list[Runs]:
        return [self.runs[lead] for lead in leads]


def detect_all(source: Source, detector: DetectorLike, leads: Sequence[int]) -> Detection:
    """Find the beats of a recording.

    Parameters
    ----------
    source : Source
        The recording.
    detector : str or callable
        As in `detect_beats`.
    leads : sequence of int
        Leads that are searched, preferred first.
    """
    # "auto" finds the same beats from any stretch
    block = min(source.block, _AT_ONCE) if detector == AUTO else source.block
    n_leads, found = len(source.lead_names), []
    extremes = np.full((n_leads, 2), np.nan, dtype=np.float32)
    medians = None if source.in_memory else [RunningMedian() for _ in range(n_leads)]
    runs: list[list[_RunColumns]] = [[] for _ in range(n_leads)]
    for one in blocks(source.n_samples, source.fs, block):
        signal = source.read(one.first, one.last)
        beats = find_beats(
            signal, source.fs, source.lead_names, detector, origin=one.first, leads=leads
        )
        found.append(_core(beats, one.first, one.start, one.stop))
        core = slice(one.start - one.first, one.stop - one.first)
        for lead, states in enumerate(beats.state[:, core]):
            runs[lead].append(_runs_of(states, one.start))
            values = np.ascontiguousarray(signal[core, lead])
            low, high = values.min(), values.max()
            if np.isnan(low):  # slower
                low, high = np.fmin.reduce(values), np.fmax.reduce(values)
            extremes[lead] = np.fmin(extremes[lead, 0], low), np.fmax(extremes[lead, 1], high)
            if medians is not None:
                medians[lead].add(values)
    sample, p_beat = (np.concatenate(parts) for parts in zip(*found, strict=True))
    kept = _apart(sample, np.cumsum([len(part[0]) for part in found])[:-1], source.fs)
    return Detection(
        sample[kept],
        p_beat[kept],
        [_one_lead(parts, source.fs) for parts in runs],
        extremes,
        None if medians is None else np.array([one.value() for one in medians], np.float32),
    )


def _core(
    beats: FoundBeats, first: int, start: int, stop: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the beats of a block among those of its stretch."""
    sample = beats.sample + first
    inside = (sample >= start) & (sample < stop)
    return sample[inside], beats.p_beat[inside]


def _apart(sample: NDArray[np.int64], begins: NDArray[np.int64], fs: float) -> NDArray[np.bool_]:
    """Exclude the first beat of a block if it is that which the block before ends with.

    A detector that adapts to the signal may find one beat at two places from two stretches.
    """
    kept = np.ones(len(sample), dtype=bool)
    inner = begins[(begins > 0) & (begins < len(sample))]
    kept[inner] = sample[inner] - sample[inner - 1] >= _APART * fs
    return kept


def _runs_of(states: NDArray[np.uint8], origin: int) -> _RunColumns:
    """Return start, stop and state of the runs of one lead that cannot be used."""
    edges = np.flatnonzero(np.diff(states)) + 1
    start = np.concatenate([[0], edges])
    stop = np.concatenate([edges, [len(states)]])
    off = states[start] != LeadState.USABLE
    return start[off] + origin, stop[off] + origin, states[start[off]]


def _one_lead(parts: Sequence[_RunColumns], fs: float) -> Runs:
    """Join the runs of a lead in all blocks; a few flat samples next to a gap are part of it."""
    start, stop, state = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    runs = _joined(start, stop, state)
    touches = runs.start[1:] == runs.stop[:-1]
    missing = runs.state == LeadState.MISSING
    near = np.zeros(len(missing), dtype=bool)
    near[1:] |= touches & missing[:-1]
    near[:-1] |= touches & missing[1:]
    short = near & (runs.stop - runs.start < _FEW * fs) & (runs.state == LeadState.FLAT)
    return _joined(runs.start, runs.stop, np.where(short, np.uint8(LeadState.MISSING), runs.state))


def _joined(start: NDArray[np.int64], stop: NDArray[np.int64], state: NDArray[np.uint8]) -> Runs:
    """Join runs of one state that follow each other without a gap."""
    if not len(start):
        return Runs(start, stop, state)
    new = np.concatenate([[True], (start[1:] != stop[:-1]) | (state[1:] != state[:-1])])
    last = np.concatenate([np.flatnonzero(new)[1:] - 1, [len(start) - 1]])
    return Runs(start[new], stop[last], state[new])
