"""Beats of a recording with their RR intervals, which never span lost signal."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..annotated import NO_BEAT, UNUSABLE, AnnotatedRecord
from ..tables import CLASS_MAPS

#: States of stretches that no RR interval spans: no beat could be, or was, found there.
BARRIERS = (UNUSABLE, NO_BEAT)
UNCLASSIFIED = "Q"
NORMAL = "N"

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rhythm:
    """Beats of a recording.

    Attributes
    ----------
    seconds : ndarray of shape (n_beats,)
        Time of each beat.
    symbol : ndarray of str of shape (n_beats,)
        Class of each beat: N, S, V, F or Q.
    rr : ndarray of shape (n_beats,)
        Interval to the beat before, in seconds; NaN for the first one and after a stretch
        without signal or without beats.
    """

    seconds: Floats
    symbol: NDArray[np.str_]
    rr: Floats

    @property
    def breaks(self) -> NDArray[np.intp]:
        """Beats, except the first, that do not follow the one before."""
        return np.flatnonzero(np.isnan(self.rr[1:])) + 1

    @property
    def is_nn(self) -> NDArray[np.bool_]:
        """Whether an interval is one between two normal beats."""
        normal = self.symbol == NORMAL
        is_nn = normal & ~np.isnan(self.rr)
        is_nn[1:] &= normal[:-1]
        return is_nn


def rhythm_of(found: AnnotatedRecord) -> Rhythm:
    """Return the beats of a recording with their RR intervals."""
    sample = found.beats["sample"].to_numpy(dtype=np.int64)
    symbol = aami_classes(found.beats["symbol"].to_numpy().astype(np.str_))
    rr = np.full(len(sample), np.nan)
    rr[1:] = np.diff(sample) / found.fs
    starts, stops = barriers_of(found.quality)
    if len(starts) and len(sample) > 1:
        # the first stretch that ends after a beat; does it begin before the next beat?
        after = np.searchsorted(stops, sample[:-1], side="right")
        begins = np.append(starts, np.iinfo(np.int64).max)[after]
        rr[1:][begins < sample[1:]] = np.nan
    return Rhythm(sample / found.fs, symbol, rr)


def aami_classes(symbols: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return the class of each beat: a model may have other symbols, such as L, R and A.

    >>> import numpy as np
    >>> from skecg.holter._rhythm import aami_classes
    >>> aami_classes(np.array(list("NLAVE"))).tolist()
    ['N', 'N', 'S', 'V', 'V']
    """
    if not len(symbols):
        return symbols
    present, code = np.unique(symbols, return_inverse=True)
    classes = [CLASS_MAPS["ec57"].get(one, UNCLASSIFIED) for one in present.tolist()]
    return np.array(classes, dtype=np.str_)[code]


def barriers_of(quality: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the stretches, in samples and in order, that no RR interval spans."""
    rows = quality[quality["state"].isin(BARRIERS)].sort_values("start", kind="stable")
    starts = rows["start"].to_numpy(dtype=np.int64)
    # stretches that overlap: of each, the latest end so far keeps the ends in order
    return starts, np.maximum.accumulate(rows["stop"].to_numpy(dtype=np.int64))
