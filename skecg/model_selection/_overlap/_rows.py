"""Rows of test beats that are also rows of training beats, bit by bit."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...utils import count
from ._beat_set import BeatSet

__all__ = ["duplicate_rows"]

_ROWS_AT_A_TIME = 65536


def duplicate_rows(train: BeatSet, test: BeatSet) -> tuple[pd.DataFrame, list[str]]:
    """Return for each test row that equals a training row the first such, and notes."""
    kinds = [(beats.data.shape[1:], beats.data.dtype) for beats in (train, test)]
    if kinds[0] != kinds[1]:
        none = np.empty(0, dtype=np.intp)
        columns = " and ".join(f"{shape[0]} columns of {dtype}" for shape, dtype in kinds)
        return _table(train, test, none, none), [f"rows were not compared: {columns}"]
    theirs, ours = _with_equal_hash(train.data, test.data)
    notes = []
    flat = _is_flat(test.data[ours])
    if n_flat := int(flat.sum()):
        notes.append(
            f"{count(n_flat, 'test row')} of a single value, as of a lead that is off, equal "
            "training rows and are not counted"
        )
    ours = ours[~flat]
    # the few candidates are compared byte by byte: two rows may have one hash
    first: dict[bytes, int] = {}
    for row, content in zip(theirs.tolist(), _contents(train.data, theirs), strict=True):
        first.setdefault(content, row)
    partner = np.array([first.get(c, -1) for c in _contents(test.data, ours)], dtype=np.intp)
    equal = partner >= 0
    return _table(train, test, partner[equal], ours[equal]), notes


def _table(
    train: BeatSet, test: BeatSet, train_rows: NDArray[np.intp], test_rows: NDArray[np.intp]
) -> pd.DataFrame:
    return pd.DataFrame(test.locate(test_rows, "test") | train.locate(train_rows, "train"))


def _with_equal_hash(
    train: NDArray[np.generic], test: NDArray[np.generic]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the row numbers in both sets of rows whose hash is in the other set, too."""
    theirs, ours = _hash_rows(train), _hash_rows(test)
    in_test = np.flatnonzero(np.isin(ours, theirs))
    return np.flatnonzero(np.isin(theirs, ours[in_test])), in_test


def _hash_rows(data: NDArray[np.generic]) -> NDArray[np.uint64]:
    """Return one number for each row, from all of its bytes."""
    weights = None
    hashes = np.empty(len(data), dtype=np.uint64)
    for start in range(0, len(data), _ROWS_AT_A_TIME):
        # The bytes of each row as words (n_rows, n_words), times one random odd weight each,
        # modulo 2**64. Equal rows have equal sums, and unequal ones hardly ever.
        rows = np.ascontiguousarray(data[start : start + _ROWS_AT_A_TIME])
        words = rows.view(np.uint32 if rows.dtype.itemsize % 4 == 0 else np.uint8)
        if weights is None:
            rng = np.random.default_rng(0)
            weights = rng.integers(2**64, size=words.shape[1], dtype=np.uint64) | np.uint64(1)
        hashes[start : start + len(rows)] = words.astype(np.uint64) @ weights
    return hashes


def _contents(data: NDArray[np.generic], rows: NDArray[np.intp]) -> list[bytes]:
    """Return the bytes of some rows."""
    return [row.tobytes() for row in data[rows]]


def _is_flat(rows: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Tell which rows have a single value."""
    return np.asarray((rows == rows[:, :1]).all(axis=1))
