"""Rows of one record as a worker returns them, and those of several joined."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray

__all__ = ["JoinedTables", "RecordBeats", "join_rows", "join_tables"]


@dataclass
class RecordBeats:
    """Rows of one record as bare arrays: all that a worker sends back."""

    record: str
    subject: str
    leads: str  # names of the leads used, joined with "+"
    fs: float  # rate of the record in Hz, not of the rows
    data: NDArray[np.float32]  # (n_rows, n_features)
    target: NDArray[np.str_]  # (n_rows,) as all below
    sample: NDArray[np.int64]  # position of the annotation, at the rate of the record
    peak: NDArray[np.int64]  # position around which the row is cut, at the same rate
    symbol: NDArray[np.str_]
    skipped: list[tuple[str, int]] = field(default_factory=list)  # reason, number of beats

    def give_up_rows(self) -> None:
        """Drop the rows, when they are elsewhere; the number of rows stays known by ``sample``."""
        self.data = self.data[:0].copy()


class JoinedTables(NamedTuple):
    """Labels, subjects and positions of the rows of several records, in their order."""

    target: NDArray[np.str_]  # (n_rows,)
    groups: NDArray[np.str_]  # (n_rows,), the subjects
    meta: pd.DataFrame  # n_rows rows


def join_rows(parts: Sequence[RecordBeats], n_features: int) -> NDArray[np.float32]:
    """Join the rows of records, in their order.

    Each part gives up its rows while it is copied, so that the rows are in memory once, not
    twice.
    """
    shape = sum(len(part.sample) for part in parts), n_features
    if sum(len(part.data) for part in parts) < shape[0]:  # they are in a file
        return np.broadcast_to(np.float32(0), shape)
    data = np.empty(shape, dtype=np.float32)
    start = 0
    for part in parts:
        stop = start + len(part.data)
        data[start:stop] = part.data
        start = stop
        part.give_up_rows()
    return data


def join_tables(parts: Sequence[RecordBeats]) -> JoinedTables:
    """Join labels, subjects and positions of the rows of records, in their order."""
    counts = [len(part.sample) for part in parts]

    def each(values: Iterable[Any], dtype: DTypeLike) -> NDArray[Any]:
        return np.repeat(np.array(list(values), dtype=dtype), counts)

    def texts(values: Iterable[str]) -> Any:
        # pandas converts the text of a record once, not that of each row
        return pd.Series(list(values), dtype=str).array.repeat(counts)

    def rows(name: str, dtype: DTypeLike) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts] or [np.empty(0, dtype)])

    meta = pd.DataFrame(
        {
            "record": texts(part.record for part in parts),
            "subject": texts(part.subject for part in parts),
            "sample": rows("sample", np.int64),
            "peak": rows("peak", np.int64),
            "symbol": rows("symbol", str),
            "leads": texts(part.leads for part in parts),
            "fs": each((part.fs for part in parts), np.float64),
        }
    )
    target = rows("target", str)
    return JoinedTables(target, each((part.subject for part in parts), str), meta)
