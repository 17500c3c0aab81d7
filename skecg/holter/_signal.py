"""Stretches of a recording's signal, read in few and small pieces."""

import warnings
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..annotated import AnnotatedRecord

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
        self._pieces: list[tuple[int, NDArray[np.float32]]] = []
        for start, stop in _merged(found, wanted):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # of the whole recording, said before
                piece = found.read(start / found.fs, stop / found.fs).signal
            self._pieces.append((start, piece))

    def get(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return a stretch, (stop - start, n_leads); NaN beyond the recording."""
        out = np.full((stop - start, self._n_leads), np.nan, dtype=np.float32)
        first, last = max(start, 0), min(stop, self._n)
        for begin, piece in self._pieces:
            if begin <= first and last <= begin + len(piece):
                out[first - start : last - start] = piece[first - begin : last - begin]
                break
        return out


def _merged(found: AnnotatedRecord, wanted: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the stretches to read: all of a small recording; else those wanted, joined if near."""
    inside = sorted((max(a, 0), min(b, found.n_samples)) for a, b in wanted)
    inside = [(a, b) for a, b in inside if a < b]
    if inside and found.n_samples * len(found.lead_names) <= SMALL:
        return [(0, found.n_samples)]
    near = round(NEAR * found.fs)
    joined: list[tuple[int, int]] = []
    for start, stop in inside:
        if joined and start <= joined[-1][1] + near:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
        else:
            joined.append((start, stop))
    return joined
