"""Rows of test beats that depend on the same seconds of a recording as training beats."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._beat_set import BeatSet
from ._record_pairs import RecordPair
from ._row_extent import RowExtent, Stretches

__all__ = ["overlapping_windows", "shared_context"]

_TOLERANCE = 1e-6  # seconds; windows that only touch do not overlap

Floats = NDArray[np.float64]
#: From the extents of both sets and the peaks of a record in each (s), the stretches of both.
GetStretches = Callable[[RowExtent, RowExtent, Floats, Floats], tuple[Stretches, Stretches]]


def overlapping_windows(
    train: BeatSet, test: BeatSet, pairs: list[RecordPair]
) -> tuple[pd.DataFrame, list[str]]:
    """Return for each test beat whose window overlaps one of training the nearest, and notes."""
    return _overlapping(train, test, pairs, "windows", _windows)


def shared_context(
    train: BeatSet, test: BeatSet, pairs: list[RecordPair]
) -> tuple[pd.DataFrame | None, list[str]]:
    """Return for each test beat that shares context with one of training the nearest, and notes.

    None if no row has context.
    """
    if not any(beats.extent is not None and beats.extent.context for beats in (train, test)):
        return None, []
    return _overlapping(train, test, pairs, "context", _contexts)


def _windows(
    train: RowExtent, test: RowExtent, t_train: Floats, t_test: Floats
) -> tuple[Stretches, Stretches]:
    return train.windows(t_train), test.windows(t_test)


def _contexts(
    train: RowExtent, test: RowExtent, t_train: Floats, t_test: Floats
) -> tuple[Stretches, Stretches]:
    known = np.unique(np.concatenate((t_train, t_test)))
    return train.with_context(t_train, known), test.with_context(t_test, known)


def _overlapping(
    train: BeatSet, test: BeatSet, pairs: list[RecordPair], noun: str, stretches: GetStretches
) -> tuple[pd.DataFrame, list[str]]:
    """Return the nearest training beat of each test beat whose stretches overlap, and notes."""
    # of each pair of records: test rows, nearest training rows, distances of the peaks (s)
    empty = np.empty(0, dtype=np.intp)
    found: list[tuple[NDArray[np.intp], NDArray[np.intp], Floats]] = [(empty, empty, np.empty(0))]
    notes = []
    if train.extent is None or test.extent is None:
        notes.append(f"{noun} were not compared: there is neither an extractor nor layout and fs")
        pairs = []
    for pair in pairs:
        if pair.offset is None:
            notes.append(
                f"{noun} of {pair.train.name} and {pair.test.name} were not compared: their "
                "beats do not show where one begins in the other"
            )
            continue
        assert train.extent is not None and test.extent is not None
        t_train, t_test = pair.train.peak, pair.test.peak + pair.offset
        of_train, of_test = stretches(train.extent, test.extent, t_train, t_test)
        hit, nearest = _nearest_overlapping(t_train, t_test, of_train, of_test)
        distance = np.abs(t_train[nearest] - t_test[hit])
        found.append((pair.test.rows[hit], pair.train.rows[nearest], distance))
    test_row, train_row, distance = map(np.concatenate, zip(*found, strict=True))
    # one row for each test beat: it may be in training under two names
    order = np.lexsort((distance, test_row))
    kept = order[np.unique(test_row[order], return_index=True)[1]]
    located = test.locate(test_row[kept], "test") | train.locate(train_row[kept], "train")
    return pd.DataFrame(located | {"distance": distance[kept]}), notes


def _nearest_overlapping(
    t_train: Floats, t_test: Floats, of_train: Stretches, of_test: Stretches
) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Return a mask of test beats that overlap, and the nearest training beat of each of these.

    All arrays are sorted by time, those of training of shape (n_train,), those of test (n_test,).
    """
    # Training stretches are sorted by start and by end, so those that overlap with a test
    # stretch [first, last] are neighbors: from the first that ends after `first` to the last
    # that starts before `last`.
    #
    #   training   0 |-----|
    #                 1 |-----|
    #                       2 |-----|
    #                              3 |-----|
    #   test              [------]              low = 0, high = 2
    (start, end), (first, last) = of_train, of_test
    low = np.searchsorted(end, first + _TOLERANCE, side="right")
    high = np.searchsorted(start, last - _TOLERANCE, side="left") - 1
    hit = high >= low
    low, high = low[hit], high[hit]
    # of these, the peaks before and after the test peak: the nearer one, the later one of equals
    after = np.searchsorted(t_train, t_test[hit])
    later, earlier = np.clip(after, low, high), np.clip(after - 1, low, high)
    later_is_nearer = np.abs(t_train[later] - t_test[hit]) <= np.abs(
        t_train[earlier] - t_test[hit]
    )
    return hit, np.where(later_is_nearer, later, earlier)
