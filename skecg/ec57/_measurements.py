"""Compare ST deviations at the extremum marks of the reference."""

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..tables import BEAT_SYMBOLS
from ._marks import Extremum
from ._recording import Recording, texts_at
from ._streams import FLUTTER_WAVE, Stream

__all__ = ["compare_measurements"]

#: Larger differences of ST deviations are flagged, in the unit of the marks (microvolts).
LARGEST_DIFFERENCE = 100

_EXTREMUM = re.compile(r"AST(?:([01])|(?=[+-]))\s*([+-]?\d+)?")
_NUMBERS = re.compile(r"\s*([+-]?\d+)(?!\d)(?:\s*([+-]?\d+))?")


def compare_measurements(
    recording: Recording, kind: str, *, reference_faults: bool
) -> pd.DataFrame:
    """Compare each reference extremum with the test's ST deviation at the nearest beat."""
    rows = _extrema(recording.reference, kind)
    if not reference_faults:
        end = np.inf if recording.end is None else recording.end
        rows = [row for row in rows if recording.start <= row.sample <= end]
    sample = np.array([row.sample for row in rows], dtype=np.int64)
    signal = np.array([row.signal for row in rows], dtype=np.int64)
    expected = np.array([row.value for row in rows], dtype=np.int64)
    if len(rows):
        at, values = _beat_values(recording.test)
        reader = _read_on if reference_faults else _nearest
        found = values[reader(at, sample), signal]
    else:
        found = np.zeros(0, dtype=np.int64)
    return pd.DataFrame(
        {
            "time": sample / recording.fs,
            "signal": signal,
            "reference": expected,
            "test": found,
            "flagged": np.abs(expected - found) > LARGEST_DIFFERENCE,
        }
    )


def _extrema(stream: Stream, kind: str) -> list[Extremum]:
    """Find the extremum marks of a kind; those without a number are of signal 0."""
    index = np.flatnonzero(stream.symbol == "s")
    rows = []
    for sample, text in zip(stream.sample[index].tolist(), texts_at(stream, index), strict=True):
        if match := _EXTREMUM.match(text):
            signal = int(match[1] or 0)
            if kind in ("ST", f"ST{signal}"):
                rows.append(Extremum(sample, signal, int(match[2] or 0)))
    return rows


def _beat_values(test: Stream) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions of the beats, and the values in force after each, one row more.

    Row k has the values after beat k; the last row, which index -1 finds, those before any
    beat. A text of one number changes only the value of signal 0::

        texts       "-50 20"    ""      "-60"
        values       -50 20   -50 20   -60 20    0 0
    """
    beats = np.flatnonzero(np.isin(test.symbol, [*sorted(BEAT_SYMBOLS), FLUTTER_WAVE]))
    texts = texts_at(test, beats)
    numbers = {text: _two_numbers(text) for text in set(texts)}
    values = np.zeros((len(beats) + 1, 2), dtype=np.int64)
    for signal in (0, 1):
        of_text = {text: pair[signal] for text, pair in numbers.items()}
        column = np.array([of_text[text] for text in texts], dtype=float)  # None is NaN
        known = np.where(np.isnan(column), -1, np.arange(len(beats)))
        latest = np.maximum.accumulate(known)  # -1 finds the 0 that is appended
        values[:-1, signal] = np.append(column, 0)[latest]
    return test.sample[beats], values


def _two_numbers(text: str) -> tuple[int | None, int | None]:
    """Return the numbers that a text begins with."""
    match = _NUMBERS.match(text) if text else None
    if match is None:
        return None, None
    return int(match[1]), None if match[2] is None else int(match[2])


def _read_on(at: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the beat of each row, as a program that reads the beats forward finds it.

    For a row at T, beats are read up to one behind T, the later beat. The next row reads on
    from there: its later beat is another one, even if the row is before the first one::

        beats       0        1        2
        rows          a  b
        later beat       1   2
    """
    found = np.empty(len(rows), dtype=np.int64)
    read, latest = 0, 0  # number of beats that are read; time of the last one not behind its row
    for i, time in enumerate(rows.tolist()):
        later = max(int(np.searchsorted(at, time, side="right")), read)
        if later > read:
            latest = int(at[later - 1])
        if later >= len(at):
            found[i], read = len(at) - 1, len(at)
            continue
        is_nearer = time - latest >= int(at[later]) - time
        found[i], read = later if is_nearer else later - 1, later + 1
    return found


def _nearest(at: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the beat nearest to each row, the later of two equally near ones."""
    if not len(at):
        return np.full(len(rows), -1, dtype=np.int64)
    after = np.searchsorted(at, rows, side="right")
    low, high = np.maximum(after - 1, 0), np.minimum(after, len(at) - 1)
    return np.where(np.abs(at[high] - rows) <= np.abs(rows - at[low]), high, low)
