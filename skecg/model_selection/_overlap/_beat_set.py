"""Beats of one set (training or test) as arrays, grouped by record and sorted by time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...beats._checks import check_beats
from ._row_extent import RowExtent

__all__ = ["BeatSet", "RecordRows"]

_KEYS = ("data", "groups", "meta")
_COLUMNS = ("record", "subject", "sample", "peak", "fs")


class RecordRows(NamedTuple):
    """The beats of one record in one set, in the order of time."""

    name: str
    subject: str
    rows: NDArray[np.intp]  # row numbers in the set, (n_rows,)
    peak: NDArray[np.float64]  # R peak of each, in s from the start of the record
    label: NDArray[np.float64]  # reference position of each, in s


@dataclass(frozen=True, eq=False)
class BeatSet:
    """Beats of one set, ready for comparison."""

    data: NDArray[Any]  # (n_beats, n_columns)
    subject: NDArray[np.object_]  # of each beat, from ``groups``
    meta: pd.DataFrame
    records: list[RecordRows]  # a name that two subjects have is two records
    extent: RowExtent | None  # None: unknown

    @classmethod
    def of(cls, beats: Mapping[str, Any], parameter: str) -> "BeatSet":
        """Check and sort the beats that `leak_report` got as one of its parameters."""
        check_beats(beats, parameter, "leak_report", keys=_KEYS, columns=_COLUMNS)
        meta = beats["meta"]
        if not len(meta):
            raise ValueError(f"The '{parameter}' parameter of leak_report has no beats.")
        subject = np.array([str(name) for name in np.asarray(beats["groups"]).tolist()], object)
        records = _group_by_record(meta)
        return cls(np.asarray(beats["data"]), subject, meta, records, RowExtent.of(beats))

    def locate(self, rows: NDArray[np.intp], prefix: str) -> dict[str, Any]:
        """Return columns for a table that name some rows: number, record and sample."""
        return {
            f"{prefix}_row": rows,
            f"{prefix}_record": self.meta["record"].to_numpy()[rows].astype(str).tolist(),
            f"{prefix}_sample": self.meta["sample"].to_numpy(dtype=np.int64)[rows],
        }


def _group_by_record(meta: pd.DataFrame) -> list[RecordRows]:
    """Return the rows of each record, records in the order of their first row."""
    fs = meta["fs"].to_numpy(dtype=np.float64)
    peak = meta["peak"].to_numpy(dtype=np.float64) / fs
    label = meta["sample"].to_numpy(dtype=np.int64) / fs
    keys = ["record", "subject"]
    names = meta[keys].drop_duplicates().astype(str).itertuples(index=False)
    number = meta.groupby(keys, sort=False, observed=True).ngroup().to_numpy()

    # Row numbers sorted by record, then by time, and cut where the next record begins:
    #
    #   order    4 0 2 | 1 3 | 5
    #   record   0 0 0 | 1 1 | 2
    order = np.lexsort((peak, number))
    starts = np.flatnonzero(np.diff(number[order])) + 1
    return [
        RecordRows(name, subject, rows, peak[rows], label[rows])
        for (name, subject), rows in zip(names, np.split(order, starts), strict=True)
    ]
