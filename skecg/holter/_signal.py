"""Stretches of a recording's signal, read in few and small pieces."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..annotated import AnnotatedRecord
from ..records.formats import FORMATS

SMALL = 6_000_000  # samples of all leads that are read at once
NEAR = 4.0  # seconds between stretches that are read together


class Signal:
    """The signal of a recording at some stretches.

    Parameters
    ----------
    found : AnnotatedRecord
        The recording.
    wanted : iterable of (int, int)
        Stretches that will be asked for: first sample, and the one after the last. They are cut
        to the recording.
    """

    def __init__(self, found: AnnotatedRecord, wanted: Iterable[tuple[int, int]]):
        self._n = found.n_samples
        self._n_leads = len(found.lead_names)
        stretches = _merged(found, wanted)
        if stretches and _is_read_whole(found):
            signal = _read(found, 0, found.n_samples)
            self._pieces = [(start, signal[start:stop].copy()) for start, stop in stretches]
        else:
            self._pieces = [(start, _read(found, start, stop)) for start, stop in stretches]

    def get(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return a stretch, (stop - start, n_leads); NaN beyond the recording."""
        out = np.full((stop - start, self._n_leads), np.nan, dtype=np.float32)
        first, last = max(start, 0), min(stop, self._n)
        for begin, piece in self._pieces:
            if begin <= first and last <= begin + len(piece):
                out[first - start : last - start] = piece[first - begin : last - begin]
                break
        return out


def _is_read_whole(found: AnnotatedRecord) -> bool:
    """Tell whether one read of all is cheaper than many: of small recordings, and of tables."""
    small = found.n_samples * len(found.lead_names) <= SMALL
    return small or any(one.whole for one in FORMATS if one.name == found.format)


def _read(found: AnnotatedRecord, start: int, stop: int) -> NDArray[np.float32]:
    """Read a stretch."""
    return found.reader(start / found.fs, stop / found.fs).signal


def _merged(found: AnnotatedRecord, wanted: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the stretches, joined if near, within the recording."""
    inside = sorted((max(a, 0), min(b, found.n_samples)) for a, b in wanted)
    near = round(NEAR * found.fs)
    joined: list[tuple[int, int]] = []
    for start, stop in inside:
        if start >= stop:
            continue
        if joined and start <= joined[-1][1] + near:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
        else:
            joined.append((start, stop))
    return joined
