"""Beats as a Bunch: put together from records, cut to some rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils import Bunch

from ..layout import BeatLayout
from ..tables import ordered_labels

TEXT_COLUMNS = ("record", "subject", "symbol", "leads")
_HEADING = "Heartbeats cut from ECG recordings, one row each."


@dataclass
class RecordBeats:
    """Rows of one record: what a worker sends back."""

    record: str
    subject: str
    leads: str  # names of the leads used, joined with "+"
    fs: float  # rate of the record, not of the rows
    data: np.ndarray  # float32 (n_rows, n_features)
    target: np.ndarray
    sample: np.ndarray
    peak: np.ndarray
    symbol: np.ndarray
    skipped: list[tuple[str, int]] = field(default_factory=list)  # reason, count


def join_beats(
    parts: list[RecordBeats],
    extractor: Any,
    layout: BeatLayout,
    skipped: Iterable[tuple[str, str, int]],
) -> Bunch:
    """Join the rows of records, in their order, into one Bunch; ``parts`` lose their rows."""
    counts = [len(part.data) for part in parts]

    def each(values: Iterable[Any], dtype: Any) -> np.ndarray:
        return np.repeat(np.array(list(values), dtype=dtype), counts)

    def rows(name: str, dtype: Any) -> np.ndarray:
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
    for part, count in zip(parts, counts, strict=True):
        data[start : start + count] = part.data
        start += count
        part.data = None  # freed as it goes: the rows are in memory once, not twice
    return make_bunch(data, target, groups, meta, extractor, layout, skipped_table(skipped))


def make_bunch(
    data: Any,
    target: Any,
    groups: np.ndarray,
    meta: pd.DataFrame,
    extractor: Any,
    layout: BeatLayout,
    skipped: pd.DataFrame,
) -> Bunch:
    """Add to rows, labels and tables what follows from them."""
    target, groups = (_narrow(np.asarray(a, dtype=str)) for a in (target, groups))
    meta = meta.reset_index(drop=True).astype(dict.fromkeys(TEXT_COLUMNS, str))
    beats = Bunch(
        data=data,
        target=target,
        groups=groups,
        meta=meta,
        fs=float(extractor.fs),
        layout=layout,
        extractor=extractor,
        feature_names=layout.feature_names,
        target_names=ordered_labels(np.unique(target)),
        skipped=skipped,
    )
    beats.DESCR = _describe(beats)
    return beats


def as_frames(beats: Bunch) -> Bunch:
    """Turn data and target into a DataFrame and a Series, as scikit-learn's fetchers do."""
    data = pd.DataFrame(np.asarray(beats.data), columns=beats.feature_names)
    target = pd.Series(np.asarray(beats.target), name="target").astype(str)
    beats = Bunch(**beats)
    beats.data, beats.target = data, target
    beats.frame = pd.concat([data, target], axis=1)
    return beats


def skipped_table(skipped: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Table of what made no row: record, reason, number of beats."""
    rows = [tuple(row) for row in skipped]
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    table = dict(zip(("record", "reason", "count"), map(list, columns), strict=True))
    return pd.DataFrame(table).astype({"record": str, "reason": str, "count": np.int64})


def take_beats(beats: Bunch, index: ArrayLike) -> Bunch:
    """Take some of the beats, as a Bunch of the same form.

    Use it to cut beats by any criterion: one subject, one class, the first minutes. For
    training and test sets there is `train_test_subjects`.

    Parameters
    ----------
    beats : Bunch
        Beats as `load_beats` returns them.
    index : array-like of int or bool of shape (n_taken,) or (n_beats,)
        Which rows, by number (also repeated or from the end) or by a mask of all rows.

    Returns
    -------
    Bunch
        Copies of these rows of ``data``, ``target``, ``groups`` and ``meta`` in the order of
        ``index``; ``target_names`` of the labels that are left, a new ``DESCR`` (behind what
        stood before the old one, such as that all is simulated), and all else as it was.
        ``skipped`` still tells what was left out when the records were read.

    Raises
    ------
    ValueError
        If a mask has another length than the beats, or ``index`` is not one-dimensional.
    TypeError
        If ``index`` holds neither integers nor booleans.
    IndexError
        If a number is beyond the rows.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import BeatExtractor, ECGRecord, take_beats
    >>> signal = np.sin(np.arange(1000) / 10)
    >>> record = ECGRecord(signal, 250, sample=[200, 400, 600], symbol=["N", "V", "N"])
    >>> beats = BeatExtractor().extract(record)
    >>> take_beats(beats, beats.target == "V").meta[["record", "sample", "symbol"]]
       record  sample symbol
    0  record     400      V
    """
    index = _check_index(index, len(beats.meta))
    taken = make_bunch(
        np.asarray(beats.data)[index],
        np.asarray(beats.target)[index],
        np.asarray(beats.groups)[index],
        beats.meta.iloc[index],
        beats.extractor,
        beats.layout,
        beats.skipped,
    )
    note, was_ours, _ = beats.DESCR.partition(_HEADING)
    if was_ours:
        taken.DESCR = note + taken.DESCR
    return as_frames(taken) if isinstance(beats.data, pd.DataFrame) else taken


def _check_index(index: ArrayLike, n_beats: int) -> np.ndarray:
    """Row numbers from numbers or a mask, or an error."""
    index = np.asarray(index)
    if index.ndim != 1:
        raise ValueError(
            "The 'index' parameter of take_beats must have one dimension. "
            f"Got shape {index.shape} instead."
        )
    if index.size == 0:
        return np.empty(0, dtype=np.int64)
    if index.dtype == bool:
        if index.size != n_beats:
            raise ValueError(
                f"The 'index' parameter of take_beats is a mask of {index.size} rows, but there "
                f"are {n_beats} beats."
            )
        return np.flatnonzero(index)
    if index.dtype.kind not in "iu":
        raise TypeError(
            "The 'index' parameter of take_beats must hold row numbers or booleans. "
            f"Got dtype {index.dtype} instead."
        )
    return index


def _narrow(texts: np.ndarray) -> np.ndarray:
    """Strings in the narrowest dtype, so that equal beats have equal dtypes."""
    longest = np.char.str_len(texts).max(initial=1)
    return texts.astype(f"<U{max(1, longest)}", copy=False)


def _describe(beats: Bunch) -> str:
    """Text that counts what is in a Bunch and tells how it was made."""
    meta, skipped = beats.meta, beats.skipped
    per_record = meta.drop_duplicates("record")
    rates = {f"{rate:g} Hz": n for rate, n in per_record["fs"].value_counts().items()}
    lines = [
        _HEADING,
        "",
        f"Beats: {len(meta)}, of {beats.layout.n_features} columns each ({beats.layout})",
        f"Classes: {_counted(pd.Series(beats.target).value_counts(), beats.target_names)}",
        f"Records: {len(per_record)}, of {meta['subject'].nunique()} subjects",
        f"Leads (records): {_counted(per_record['leads'].value_counts())}",
        f"Sampling frequency: {beats.fs:g} Hz; that of the records: {_counted(rates)}",
        f"Settings: {beats.extractor!r}",
    ]
    beats_left_out = skipped.groupby("reason", sort=True)["count"].sum()
    beats_left_out = beats_left_out[beats_left_out > 0]
    lines.append(f"Beats left out: {_counted(beats_left_out)}")
    if len(broken := skipped[skipped["count"] == 0]):
        lines.append("Records without beats here:")
        lines += [f"  {row.record}: {row.reason}" for row in broken.itertuples()]
    return "\n".join(lines)


def _counted(counts: Any, order: Sequence[str] | None = None) -> str:
    """Names with their counts, as in "N 200, V 12"."""
    names = list(counts.keys()) if order is None else order
    return ", ".join(f"{name} {counts[name]}" for name in names) or "none"
