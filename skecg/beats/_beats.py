"""Beats: rows of all records with their labels, subjects and places."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Bunch

from ..layout import BeatLayout
from ..tables import ordered_labels
from ..utils import count

if TYPE_CHECKING:
    from ._extract import BeatExtractor

TEXT_COLUMNS = ("record", "subject", "symbol", "leads")
_MOST_LEADS = 4  # in a repr
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


class Beats(Bunch):
    """Beats of recordings, one row each, with labels, subjects and where each beat is.

    Made by `load_beats`, `BeatExtractor.extract`, `load_simulated` and `read_beats`. It is a
    `sklearn.utils.Bunch`, so ``beats["data"]`` and ``beats.data`` are the same.

    ``len(beats)`` counts the beats, and ``beats[index]`` takes some of them, by a mask
    (``beats[beats.target == "V"]``), by row numbers, or by a slice.

    Attributes
    ----------
    data : ndarray of float32 of shape (n_beats, n_features)
        One row per beat, in mV unless preprocessed.
    target : ndarray of str of shape (n_beats,)
        Labels.
    groups : ndarray of str of shape (n_beats,)
        Subject of each beat.
    meta : DataFrame of n_beats rows
        record, subject, sample (of the annotation) and peak (around which the row is cut), both
        in samples of the record at its own rate, symbol, leads (joined by "+") and fs (of the
        record, in Hz).
    fs : float
        Sampling frequency of the rows in Hz.
    layout : BeatLayout
        What the columns of ``data`` mean.
    extractor : BeatExtractor
        How the rows were made, with ``fs`` filled in.
    feature_names : list of str
        Name of each column.
    target_names : list of str
        Labels present, the AAMI classes first.
    skipped : DataFrame
        Excluded beats: record, reason and count. The count is 0 for a record that has no beats or
        was excluded as a whole.
    subjects : list of str
        Subjects, sorted.
    records : list of str
        Records, in the order of the rows.
    DESCR : str
        All this in words.

    See Also
    --------
    load_beats : Read recordings and cut them into beats.
    train_test_subjects : Split beats by subject.

    Examples
    --------
    >>> from skecg import load_simulated
    >>> beats = load_simulated(2, duration=60.0, random_state=0)
    >>> len(beats), beats[beats.target == "V"].target_names
    (148, ['V'])
    >>> beats[:100]
    """

    data: Any
    target: Any
    groups: NDArray[np.str_]
    meta: pd.DataFrame
    fs: float
    layout: BeatLayout
    extractor: "BeatExtractor"
    feature_names: list[str]
    target_names: list[str]
    skipped: pd.DataFrame
    DESCR: str

    @property
    def subjects(self) -> list[str]:
        """Subjects, sorted."""
        return sorted(set(np.asarray(self["groups"]).tolist()))

    @property
    def records(self) -> list[str]:
        """Records, in the order of the rows."""
        return self["meta"]["record"].drop_duplicates().tolist()

    def __len__(self) -> int:
        return len(self["meta"])

    def __bool__(self) -> bool:
        return len(self) > 0

    def __getitem__(self, key: Any) -> Any:
        """Return a part by its name, or take some of the beats."""
        return super().__getitem__(key) if isinstance(key, str) else take_beats(self, key)

    def __repr__(self) -> str:
        return _summarize(self)


def join_beats(
    parts: list[RecordBeats],
    extractor: Any,
    layout: BeatLayout,
    skipped: Iterable[tuple[str, str, int]],
) -> Beats:
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
    for part, n_rows in zip(parts, counts, strict=True):
        data[start : start + n_rows] = part.data
        start += n_rows
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
) -> Beats:
    """Add to rows, labels and tables what follows from them."""
    target, groups = (_narrow(np.asarray(a, dtype=str)) for a in (target, groups))
    meta = meta.reset_index(drop=True).astype(dict.fromkeys(TEXT_COLUMNS, str))
    beats = Beats(
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


def as_frames(beats: Beats) -> Beats:
    """Turn data and target into a DataFrame and a Series, as scikit-learn's fetchers do."""
    data = pd.DataFrame(np.asarray(beats.data), columns=beats.feature_names)
    target = pd.Series(np.asarray(beats.target), name="target").astype(str)
    beats = Beats(**beats)
    beats.data, beats.target = data, target
    beats.frame = pd.concat([data, target], axis=1)
    return beats


def skipped_table(skipped: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Table of what made no row: record, reason, number of beats."""
    rows = [tuple(row) for row in skipped]
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    table = dict(zip(("record", "reason", "count"), map(list, columns), strict=True))
    return pd.DataFrame(table).astype({"record": str, "reason": str, "count": np.int64})


def take_beats(beats: Beats, index: ArrayLike | slice) -> Beats:
    """Take some of the beats; ``beats[index]`` does the same.

    Use it to select beats by any criterion: one subject, one class, the first minutes. For
    training and test sets there is `train_test_subjects`.

    Parameters
    ----------
    beats : Beats
        Beats as `load_beats` returns them.
    index : array-like of int or bool of shape (n_taken,) or (n_beats,), or slice
        Which rows, by number (also repeated or from the end) or by a mask of all rows.

    Returns
    -------
    Beats
        Copies of these rows of ``data``, ``target``, ``groups`` and ``meta`` in the order of
        ``index``; ``target_names`` of the labels that remain and a new ``DESCR``, which keeps a
        first note such as that all beats are simulated. The rest is as before; ``skipped``
        still counts what was excluded when the records were read.

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


def _check_index(index: ArrayLike | slice, n_beats: int) -> np.ndarray:
    """Row numbers from numbers or a mask, or an error."""
    if isinstance(index, slice):
        return np.arange(n_beats)[index]
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


def _describe(beats: Beats) -> str:
    """Write what is in beats and how they were made."""
    meta, skipped = beats.meta, beats.skipped
    per_record = meta.drop_duplicates("record")
    rates = {f"{rate:g} Hz": n for rate, n in per_record["fs"].value_counts().items()}
    lines = [
        _HEADING,
        "",
        f"Beats: {len(meta)}, of {beats.layout.n_features} columns each ({beats.layout})",
        f"Classes: {_classes(beats)}",
        f"Records: {len(per_record)}, of {meta['subject'].nunique()} subjects",
        f"Leads (records): {_counted(per_record['leads'].value_counts())}",
        f"Sampling frequency: {beats.fs:g} Hz; that of the records: {_counted(rates)}",
        f"Settings: {beats.extractor!r}",
        f"Beats excluded: {_counted(_excluded(skipped))}",
    ]
    if len(broken := skipped[skipped["count"] == 0]):
        lines.append("Records without beats here:")
        lines += [f"  {row.record}: {row.reason}" for row in broken.itertuples()]
    return "\n".join(lines)


def _summarize(beats: Beats) -> str:
    """Write the main facts of beats in a few lines."""
    layout, per_record = beats.layout, beats.meta.drop_duplicates("record")
    rows = f"{count(layout.n_samples, 'sample')} at {beats.fs:g} Hz"
    rows += f" x {count(layout.leads, 'lead')}"
    if len(layout.channels) > 1:
        rows += f" x {len(layout.channels)} channels"
    if layout.scalars:
        rows += f", {count(len(layout.scalars), 'scalar')}"
    excluded = _excluded(beats.skipped)
    n_broken = int((beats.skipped["count"] == 0).sum())
    parts = {
        "classes": _classes(beats),
        "rows": rows,
        "leads": _counted(per_record["leads"].value_counts().head(_MOST_LEADS)),
        "excluded": count(int(excluded.sum()), "beat")
        + (f", {count(n_broken, 'record')}" if n_broken else ""),
    }
    more = " ..." if per_record["leads"].nunique() > _MOST_LEADS else ""
    parts["leads"] += more
    simulated = not beats.DESCR.startswith(_HEADING)
    note = f" ({beats.DESCR.splitlines()[0]})" if simulated else ""
    head = (
        f"<Beats: {len(beats):,} of {count(per_record['subject'].nunique(), 'subject')} in "
        f"{count(len(per_record), 'record')}>{note}"
    )
    return "\n".join([head, *(f"  {name + ':':10}{text}" for name, text in parts.items())])


def _classes(beats: Beats) -> str:
    """Write the beats of each class, as "N 200, V 12"."""
    return _counted(pd.Series(np.asarray(beats.target)).value_counts(), beats.target_names)


def _excluded(skipped: pd.DataFrame) -> pd.Series:
    """Count the excluded beats by reason."""
    by_reason = skipped.groupby("reason", sort=True)["count"].sum()
    return by_reason[by_reason > 0]


def _counted(counts: Any, order: Sequence[str] | None = None) -> str:
    """Write names with their counts, as "N 200, V 12"."""
    names = list(counts.keys()) if order is None else order
    return ", ".join(f"{name} {counts[name]}" for name in names) or "none"
