"""Count the matched beats of two annotators."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._matching import Events, match_beats
from ._streams import LABELS, Beats

__all__ = ["Counts", "count_pairs"]


class Counts(NamedTuple):
    """Matrix, mismatches and RR error of one recording."""

    matrix: pd.DataFrame
    pairs: pd.DataFrame
    rr_error: float  # in samples
    n_intervals: int
    shutdown: int  # of the test, in samples


def count_pairs(
    reference: Beats, test: Beats, fs: float, period: tuple[int, int], window: int
) -> Counts:
    """Match the beats, and count them by class of reference and test."""
    first, last = period
    events = match_beats(reference.sample, test.sample, window=window, start=first, end=last)
    rows, columns = _labels(reference, test, events)
    counted = (rows < 5) | (columns < 5)  # not O or X in both
    counted &= ~_excused(reference, test, events)
    # cell (row, column) has the number 7 * row + column
    cells = rows[counted] * len(LABELS) + columns[counted]
    matrix = np.bincount(cells, minlength=len(LABELS) ** 2).reshape(len(LABELS), -1)
    differ = np.flatnonzero(counted & (rows != columns))
    rr_error, n_intervals = _rr_error(reference, test, events)
    return Counts(
        pd.DataFrame(
            matrix,
            index=pd.Index(LABELS, name="reference"),
            columns=pd.Index(LABELS, name="test"),
        ),
        _mismatches(reference, test, events, rows, columns, differ, fs),
        rr_error,
        n_intervals,
        _shutdown_time(test, last),
    )


def _labels(
    reference: Beats, test: Beats, events: Events
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the row and column of each event in the matrix.

    A missed beat is in column O, or in X (the one after) where the test has a shutdown; an
    extra beat is in row O, or in X where the reference has one.
    """
    rows = np.full(len(events.is_pair), LABELS.index("O"))
    columns = rows.copy()
    has_reference, has_test = ~events.is_extra, ~events.is_missed
    rows[has_reference] = reference.label[events.reference[has_reference]]
    columns[has_test] = test.label[events.test[has_test]]
    missed = reference.sample[events.reference[events.is_missed]]
    extra = test.sample[events.test[events.is_extra]]
    columns[events.is_missed] += test.shutdown.meet(missed, missed)
    rows[events.is_extra] += reference.shutdown.meet(extra, extra)
    return rows, columns


def _excused(reference: Beats, test: Beats, events: Events) -> NDArray[np.bool_]:
    """Mark the extra beats where the reference has fibrillation."""
    excused = events.is_extra.copy()
    extra = test.sample[events.test[excused]]
    excused[excused] = reference.fibrillation.meet(extra, extra)
    return excused


def _mismatches(
    reference: Beats,
    test: Beats,
    events: Events,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    differ: NDArray[np.intp],
    fs: float,
) -> pd.DataFrame:
    """Make the table of the mismatches."""
    labels = np.array(LABELS)
    is_extra, is_missed = events.is_extra[differ], events.is_missed[differ]
    at_reference, reference_symbol = _beats_of(reference, events.reference[differ], is_extra)
    at_test, test_symbol = _beats_of(test, events.test[differ], is_missed)
    return pd.DataFrame(
        {
            "reference": labels[rows[differ]],
            "test": labels[columns[differ]],
            "reference_sample": pd.arrays.IntegerArray(at_reference, is_extra.copy()),
            "test_sample": pd.arrays.IntegerArray(at_test, is_missed.copy()),
            "reference_symbol": reference_symbol,
            "test_symbol": test_symbol,
            "time": np.where(is_extra, at_test, at_reference) / fs,
        }
    )


def _beats_of(
    beats: Beats, index: NDArray[np.intp], absent: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return positions and symbols of beats, 0 and "" where they are absent."""
    sample = np.zeros(len(index), dtype=np.int64)
    symbol = np.full(len(index), "", dtype=object)
    present = index[~absent]
    sample[~absent], symbol[~absent] = beats.sample[present], beats.symbol[present]
    return sample, symbol


def _rr_error(reference: Beats, test: Beats, events: Events) -> tuple[float, int]:
    """Return the RMS difference of RR intervals in samples, and the number of intervals.

    At each event, the interval that ends in the reference beat is compared with the one that
    ends in the test beat, whether or not the two match::

        reference   i-1 |-----------| i
        test           j-1 |-----------| j
    """
    i, j = events.reference, events.test
    known = (i < len(reference.sample)) & (j < len(test.sample))
    i, j = i[known], j[known]
    known = ~(reference.interrupted()[i] | test.interrupted()[j])
    i, j = i[known], j[known]
    if not len(i):
        return np.nan, 0
    errors = np.subtract(
        reference.sample[i] - reference.sample[i - 1], test.sample[j] - test.sample[j - 1]
    )
    return float(np.sqrt(np.mean(errors.astype(float) ** 2))), len(i)


def _shutdown_time(test: Beats, last: int) -> int:
    """Add up the shutdowns of the test, also those before the test period, as bxb does."""
    on, off = (np.minimum(bound, last) for bound in test.shutdown)
    return int((off - on).sum())
