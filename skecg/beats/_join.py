"""Join the rows of records into one table of beats."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray

from ..layout import BeatLayout
from ._beats import Beats, make_beats, skipped_table

if TYPE_CHECKING:
    from ._extract import BeatExtractor

__all__ = ["RecordBeats", "join_beats"]


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


def join_beats(
    parts: Sequence[RecordBeats],
    extractor: "BeatExtractor",
    layout: BeatLayout,
    skipped: Iterable[tuple[str, str, int]],
) -> Beats:
    """Join the rows of records, in their order.

    Each part gives up its rows while it is copied, so that the rows are in memory once, not
    twice.
    """
    counts = [len(part.data) for part in parts]

    def each(values: Iterable[Any], dtype: DTypeLike) -> NDArray[Any]:
        return np.repeat(np.array(list(values), dtype=dtype), counts)

    def rows(name: str, dtype: DTypeLike) -> NDArray[Any]:
        return np.concatenate([getattr(part, name) for part in parts] or [np.empty(0, dtype)])

    meta = pd.DataFrame(
        {
            "record": each((part.record for part in parts), str),
            "subject": each((part.subject for part in parts), str),
            "sample": rows("sample", np.int64),
            "peak": rows("peak", np.int64),
            "symbol": rows("symbol", str),
            "leads": each((part.leads for part in parts), str),
            "fs": each((part.fs for part in parts), np.float64),
        }
    )
    target = rows("target", str)
    groups = each((part.subject for part in parts), str)

    data = np.empty((sum(counts), layout.n_features), dtype=np.float32)
    start = 0
    for part, n_rows in zip(parts, counts, strict=True):
        data[start : start + n_rows] = part.data
        start += n_rows
        part.data = part.data[:0].copy()
    return make_beats(data, target, groups, meta, extractor, layout, skipped_table(skipped))
