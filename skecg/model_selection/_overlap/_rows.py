"""Rows of test beats that are also rows of training beats, bit by bit."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...utils import blocks_of, count, read_rows, row_blocks
from ._beat_set import BeatSet

__all__ = ["duplicate_rows"]


def duplicate_rows(train: BeatSet, test: BeatSet) -> tuple[pd.DataFrame, list[str]]:
    """Return for each test row that equals a training row the first such, and notes."""
    kinds = [(beats.data.shape[1:], beats.data.dtype) for beats in (train, test)]
    if kinds[0] != kinds[1]:
        none = np.empty(0, dtype=np.intp)
        columns = " and ".join(f"{shape[0]} columns of {dtype}" for shape, dtype in kinds)
        return _table(train, test, none, none), [f"rows were not compared: {columns}"]
    theirs, ours = _with_equal_hash(train.data, test.data)
    notes = []
    flat = _is_flat(test.data, ours)
    if n_flat := int(flat.sum()):
        notes.append(
            f"{count(n_flat, 'test row')} of a single value, as of a lead that is off, equal "
            "training rows and are not counted"
        )
    ours = ours[~flat]
    partner = _first_equal(train.data, theirs, test.data, ours)
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


def _first_equal(
    train: NDArray[np.generic],
    theirs: NDArray[np.intp],
    test: NDArray[np.generic],
    ours: NDArray[np.intp],
) -> NDArray[np.intp]:
    """Return for each of some test rows the first of some training rows that equals it, or -1."""
    # the few candidates are compared byte by byte: two rows may have one hash
    known: dict[int, list[int]] = {}  # hash: training rows of different content
    for row, content in _contents(train, theirs):
        rows = known.setdefault(hash(content), [])
        if all(train[other].tobytes() != content for other in rows):
            rows.append(row)

    def first(content: bytes) -> int:
        rows = known.get(hash(content), [])
        return next((row for row in rows if train[row].tobytes() == content), -1)

    return np.array([first(content) for _, content in _contents(test, ours)], dtype=np.intp)


def _hash_rows(data: NDArray[np.generic]) -> NDArray[np.uint64]:
    """Return one number for each row, from all of its bytes."""
    weights = None
    hashes = np.empty(len(data), dtype=np.uint64)
    for block in blocks_of(data):
        # The bytes of each row as words (n_rows, n_words), times one random odd weight each,
        # modulo 2**64. Equal rows have equal sums, and unequal ones hardly ever.
        rows = np.ascontiguousarray(data[block])
        words = rows.view(np.uint32 if rows.dtype.itemsize % 4 == 0 else np.uint8)
        if weights is None:
            rng = np.random.default_rng(0)
            weights = rng.integers(2**64, size=words.shape[1], dtype=np.uint64) | np.uint64(1)
        hashes[block] = words.astype(np.uint64) @ weights
    return hashes


def _contents(data: NDArray[np.generic], rows: NDArray[np.intp]) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the bytes of some rows, one after the other."""
    for block in row_blocks(len(rows), _row_bytes(data)):
        part = read_rows(data, rows[block])
        for row, values in zip(rows[block].tolist(), part, strict=True):
            yield row, values.tobytes()


def _is_flat(data: NDArray[np.generic], rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell which of some rows have a single value."""
    flat = np.zeros(len(rows), dtype=bool)
    for block in row_blocks(len(rows), _row_bytes(data)):
        part = read_rows(data, rows[block])
        flat[block] = (part == part[:, :1]).all(axis=1)
    return flat


def _row_bytes(data: NDArray[np.generic]) -> int:
    return int(data.shape[1] * data.dtype.itemsize)
