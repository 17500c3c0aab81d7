"""Find the episodes that the marks of an annotator open and close."""

import re
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ._recording import texts_at
from ._streams import Stream

__all__ = ["NO_EXTREMUM", "EpisodeKind", "Extremum", "MarkedEpisodes", "find_episodes"]

EpisodeKind: TypeAlias = Literal["AF", "VF", "ST", "ST0", "ST1"]

NO_EXTREMUM = int(np.iinfo(np.int64).min)


class MarkedEpisodes(NamedTuple):
    """Episodes of one annotator, in order and disjoint.

    ``extrema`` has one column for each signal, with the position of the last extremum mark of
    the episode, or `NO_EXTREMUM`.
    """

    on: NDArray[np.int64]
    off: NDArray[np.int64]
    extrema: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.on)

    def keep(self, kept: NDArray[np.bool_]) -> "MarkedEpisodes":
        """Return some of the episodes."""
        return MarkedEpisodes(self.on[kept], self.off[kept], self.extrema[kept])


class Extremum(NamedTuple):
    """A mark of the largest ST deviation in an episode."""

    sample: int
    signal: int
    value: int


class _Mark(NamedTuple):
    """One step up or down in the number of open marks, or an extremum of a signal."""

    sample: int
    step: int
    signal: int = -1


def find_episodes(stream: Stream, kind: str, end: float | None) -> MarkedEpisodes:
    """Find the episodes of a kind, or the reference's atrial flutter ("AFL").

    Parameters
    ----------
    stream : Stream
        All annotations of one annotator.
    kind : {"AF", "VF", "ST", "ST0", "ST1", "AFL"}
        Kind of the episodes.
    end : float or None
        End of the test period. An episode that nothing closes ends there or with the last
        annotation, whichever is later.

    Returns
    -------
    MarkedEpisodes
        The episodes::

            depth 0     1     2  extremum  1     0
                  |-----|-----|------x-----|-----|
                  on                             off

        Atrial and ventricular fibrillation have a depth of at most 1.
    """
    marks = _st_marks(stream, kind) if kind.startswith("ST") else _rhythm_marks(stream, kind)
    nested = kind == "ST"
    episodes: list[tuple[int, int, list[int]]] = []
    depth, on, extrema = 0, 0, [NO_EXTREMUM, NO_EXTREMUM]
    for mark in marks:
        if mark.step == 0:
            if depth:
                extrema[mark.signal] = mark.sample
            continue
        if depth == 0:
            if mark.step > 0:
                depth, on, extrema = 1, mark.sample, [NO_EXTREMUM, NO_EXTREMUM]
            continue
        depth += mark.step if nested or mark.step < 0 else 0
        if depth == 0:
            episodes.append((on, mark.sample, extrema))
    if depth:
        last = int(stream.sample[-1])
        closed = last if end is None or np.isinf(end) else max(int(end), last)
        episodes.append((on, closed, extrema))
    return MarkedEpisodes(
        np.array([one[0] for one in episodes], dtype=np.int64),
        np.array([one[1] for one in episodes], dtype=np.int64),
        np.array([one[2] for one in episodes], dtype=np.int64).reshape(-1, 2),
    )


def _rhythm_marks(stream: Stream, kind: str) -> list[_Mark]:
    """Find the marks of atrial fibrillation or flutter, or of ventricular fibrillation."""
    if kind == "VF":
        index = np.flatnonzero((stream.symbol == "[") | (stream.symbol == "]"))
        steps = np.where(stream.symbol[index] == "[", 1, -1).tolist()
    else:
        index = np.flatnonzero(stream.symbol == "+")
        opening = "(AFIB" if kind == "AF" else "(AFL"
        steps = [1 if text.startswith(opening) else -1 for text in texts_at(stream, index)]
    samples = stream.sample[index].tolist()
    return [_Mark(sample, step) for sample, step in zip(samples, steps, strict=True)]


def _st_marks(stream: Stream, kind: str) -> list[_Mark]:
    """Find the marks of ST episodes; those of the T wave have another symbol."""
    index = np.flatnonzero(stream.symbol == "s")
    samples = stream.sample[index].tolist()
    marks = []
    for sample, text in zip(samples, texts_at(stream, index), strict=True):
        if match := re.match(r"AST([01])", text):
            signal = int(match[1])
            if kind in ("ST", f"ST{signal}"):
                marks.append(_Mark(sample, 0, signal))
        elif text.startswith(f"({kind}"):
            marks.append(_Mark(sample, 1))
        elif text.startswith(kind):
            marks.append(_Mark(sample, -1))
    return marks
