"""Pairs of records, one of each set, that are of one recording."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._databases import database_of
from ...tables import (
    EDB_RECORDS,
    MITDB_RECORDS,
    QTDB_SOURCES,
    SVDB_RECORDS,
    recording_of,
)
from ._beat_set import BeatSet, RecordRows

__all__ = ["RecordPair", "pair_records", "recording"]

_PROBE = 100  # beats of the shorter record that are looked for in the longer one
_BIN = 0.02  # seconds
_LEAST_COMMON = 8  # beats that must be in both
_KNOWN = frozenset(
    f"{database}:{record}"
    for database, records in (
        ("edb", EDB_RECORDS),
        ("mitdb", MITDB_RECORDS),
        ("svdb", SVDB_RECORDS),
    )
    for record in records
).union(QTDB_SOURCES.values())


class RecordPair(NamedTuple):
    """A training and a test record of one recording."""

    train: RecordRows
    test: RecordRows
    is_one_record: bool  # False: the recording has two names
    offset: float | None  # add it to a time (s) of the test record for that of the training record


def pair_records(train: BeatSet, test: BeatSet) -> list[RecordPair]:
    """Pair the records of both sets that are of one recording, in the order of the test set."""
    by_recording: dict[str, list[RecordRows]] = {}
    for record in train.records:
        by_recording.setdefault(recording(record), []).append(record)
    return [
        _pair(theirs, ours)
        for ours in test.records
        for theirs in by_recording.get(recording(ours), ())
    ]


def recording(record: RecordRows) -> str:
    """Name the recording that a record is, or is a part of."""
    folder, _, name = record.name.rpartition("/")
    database, _, person = record.subject.partition(":")
    # Without a folder that names the database, the subject tells it: 201 of the subject
    # "mitdb:201", and the excerpt x_108 of "mitdb:108". A folder before the name is there only
    # where records of several folders have one name.
    hint = folder if database_of(folder) or not person else database
    source = recording_of(name, hint)
    # a record of another database may have the name of a known one: its subject shows it
    is_foreign = person == name and database != source.partition(":")[0]
    return source if source in _KNOWN and not is_foreign else f"{record.subject}/{name}"


def _pair(train: RecordRows, test: RecordRows) -> RecordPair:
    # a folder before the name only distinguishes files
    if train.name.rpartition("/")[2] == test.name.rpartition("/")[2]:
        return RecordPair(train, test, True, 0.0)
    return RecordPair(train, test, False, _find_offset(train.label, test.label))


def _find_offset(train: NDArray[np.float64], test: NDArray[np.float64]) -> float | None:
    """Find the time of the test record's start in the training record, in s, from their beats.

    None if no offset fits, or two do.
    """
    # Differences between all beats of the longer record and some of the shorter one. Where the
    # shorter one lies in the longer one, each beat of it meets itself, and equal differences
    # pile up; elsewhere they are spread.
    #
    #   longer   |   |  |     |   | |
    #   shorter         |     |   |       difference 7: three times
    few, many = (train, test) if train.size < test.size else (test, train)
    probe = few[np.linspace(0, few.size - 1, min(few.size, _PROBE)).astype(int)]
    difference = np.sort((many[:, None] - probe).ravel())
    # pile[i]: number of differences from difference[i] to a bin above it
    end = np.searchsorted(difference, difference + _BIN, side="right")
    pile = end - np.arange(difference.size)
    best = int(np.argmax(pile))
    offset = float(np.median(difference[best : best + pile[best]]))
    elsewhere = pile[np.abs(difference - offset) > 2 * _BIN].max(initial=0)
    if pile[best] < max(_LEAST_COMMON, 0.3 * probe.size) or pile[best] < 1.5 * elsewhere:
        return None
    return offset if few is test else -offset
