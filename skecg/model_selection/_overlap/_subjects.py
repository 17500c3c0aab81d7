"""Subjects, records and recordings that are in both sets."""

import pandas as pd

from ...tables import ONE_TAPE
from ._beat_set import BeatSet
from ._record_pairs import RecordPair, recording

__all__ = ["shared_recordings", "shared_records", "shared_subjects"]


def shared_subjects(train: BeatSet, test: BeatSet) -> pd.DataFrame:
    """Return the subjects in both sets, and their records in each."""
    theirs, ours = _records_by_subject(train), _records_by_subject(test)
    both = sorted(theirs.keys() & ours.keys())
    return pd.DataFrame(
        {
            "subject": both,
            "train_records": [", ".join(theirs[name]) for name in both],
            "test_records": [", ".join(ours[name]) for name in both],
        }
    )


def shared_records(pairs: list[RecordPair]) -> pd.DataFrame:
    """Return the records in both sets, and their numbers of beats in each."""
    both = [pair for pair in pairs if pair.is_one_record]
    return pd.DataFrame(
        {
            "record": [pair.test.name for pair in both],
            "subject": [pair.test.subject for pair in both],
            "train_beats": [pair.train.rows.size for pair in both],
            "test_beats": [pair.test.rows.size for pair in both],
        }
    )


def shared_recordings(train: BeatSet, test: BeatSet, pairs: list[RecordPair]) -> pd.DataFrame:
    """Return the recordings, or tapes, that are in both sets under two names."""
    found = [
        (pair.train.name, pair.test.name, _relation(pair))
        for pair in pairs
        if not pair.is_one_record
    ]
    theirs, ours = (
        {recording(record): record.name for record in s.records} for s in (train, test)
    )
    found += [
        (theirs[one], ours[other], "two parts of one tape of one man")
        for tape in ONE_TAPE
        for one, other in (tape, tape[::-1])
        if one in theirs and other in ours
    ]
    return pd.DataFrame(found, columns=["train_record", "test_record", "relation"])


def _records_by_subject(beats: BeatSet) -> dict[str, list[str]]:
    """Return the names of each subject's records, in the order of the set."""
    found: dict[str, list[str]] = {}
    for record in beats.records:
        for subject in dict.fromkeys(beats.subject[record.rows].tolist()):
            found.setdefault(subject, []).append(record.name)
    return found


def _relation(pair: RecordPair) -> str:
    """Describe how the two records of a recording lie in it."""
    if pair.offset is None:
        return "one recording"
    if abs(pair.offset) < 0.1:
        return "the same from its start"
    later, earlier = (pair.test, pair.train) if pair.offset > 0 else (pair.train, pair.test)
    minutes, seconds = divmod(round(abs(pair.offset), 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{later.name} begins {hours}:{minutes:02d}:{seconds:04.1f} into {earlier.name}"
