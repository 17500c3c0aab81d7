"""Rows of one record as a worker returns them, and those of several joined."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray

__all__ = ["JoinedRows", "RecordBeats", "join_rows"]


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


class JoinedRows(NamedTuple):
    """Rows of several records, in their order."""

    data: NDArray[np.float32]  # (n_rows, n_features)
    target: NDArray[np.str_]  # (n_rows,)
    groups: NDArray[np.str_]  # (n_rows,), the subjects
    meta: pd.DataFrame  # n_rows rows


def join_rows(parts: Sequence[RecordBeats], n_features: int) -> JoinedRows:
    """Join the rows of records, in their order.

    Each part gives up its rows while it is copied, so that the rows are in memory once, not
    twice.
    """
    counts = [len(part.data) for part in parts]

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
    groups = each((part.subject for part in parts), str)

    data = np.empty((sum(counts), n_features), dtype=np.float32)
    start = 0
    for part, n_rows in zip(parts, counts, strict=True):
        data[start : start + n_rows] = part.data
        start += n_rows
        part.data = part.data[:0].copy()
    return JoinedRows(data, target, groups, meta)
