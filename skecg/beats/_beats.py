"""Beats: rows of recordings with their labels, subjects and positions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Bunch

from ..layout import BeatLayout
from ..tables import ordered_labels
from ._checks import check_keys
from ._describe import HEADING, describe, summarize

if TYPE_CHECKING:
    from ._extract import BeatExtractor

__all__ = [
    "TEXT_COLUMNS",
    "Beats",
    "as_frames",
    "make_beats",
    "skipped_table",
    "take_beats",
    "take_rows",
]

TEXT_COLUMNS = ("record", "subject", "symbol", "leads")  # of meta
#: Keys from which all others follow.
KEYS = ("data", "target", "groups", "meta", "extractor", "layout", "skipped")


class Beats(Bunch):
    """Beats of recordings, one row each, with their labels, subjects and positions.

    Made by `load_beats`, `BeatExtractor.extract`, `load_simulated` and `read_beats`. Functions
    that take beats take any mapping with the keys that they need.

    ``len(beats)`` is the number of beats. ``beats[index]`` takes some of them, by a mask
    (``beats[beats.target == "V"]``), by row numbers, or by a slice; see `take_beats`. Beats are
    a `sklearn.utils.Bunch`: ``beats["data"]`` and ``beats.data`` are the same, and a loop over
    beats is one over the keys.

    Attributes
    ----------
    data : ndarray of float32 of shape (n_beats, n_features)
        One row per beat, in mV unless preprocessed. A DataFrame if loaded with
        ``as_frame=True``.
    target : ndarray of str of shape (n_beats,)
        Labels. A Series if loaded with ``as_frame=True``.
    groups : ndarray of str of shape (n_beats,)
        Subject of each beat.
    meta : DataFrame of n_beats rows
        record, subject, sample (position of the annotation) and peak (the position around which
        the row is cut), both in samples of the record at its own rate, symbol, leads (names
        joined by "+") and fs (of the record, in Hz).
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
        Excluded beats: record, reason and count. The count is 0 for a record that has no beats
        or was excluded as a whole.
    frame : DataFrame
        Columns of ``data`` and ``target``; only if loaded with ``as_frame=True``.
    DESCR : str
        Description of the beats in words.
    subjects : list of str
        Subjects, sorted.
    records : list of str
        Records, in the order of the rows.

    See Also
    --------
    load_beats : Read recordings and cut them into beats.
    train_test_subjects : Split beats by subject.
    common_beats : Keep the beats that have rows of several kinds.

    Examples
    --------
    >>> from skecg import load_simulated
    >>> beats = load_simulated(2, duration=60.0, random_state=0)
    >>> beats
    <Beats: 166 of 2 subjects in 2 records, simulated>
      classes:  N 134, S 3, V 25, F 4
      rows:     50 samples at 250 Hz x 1 lead
      leads:    MLII 2
      excluded: 2 beats
    >>> ventricular = beats[beats.target == "V"]
    >>> len(ventricular), ventricular.target_names, ventricular.subjects
    (25, ['V'], ['simulated:sim000', 'simulated:sim001'])
    """

    data: NDArray[np.float32]
    target: NDArray[np.str_]
    groups: NDArray[np.str_]
    meta: pd.DataFrame
    fs: float
    layout: BeatLayout
    extractor: "BeatExtractor"
    feature_names: list[str]
    target_names: list[str]
    skipped: pd.DataFrame
    frame: pd.DataFrame
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

    @overload
    def __getitem__(self, key: str) -> Any: ...
    @overload
    def __getitem__(self, key: ArrayLike | slice) -> "Beats": ...
    def __getitem__(self, key: str | ArrayLike | slice) -> Any:
        """Return a part by its name, or take some of the beats."""
        return super().__getitem__(key) if isinstance(key, str) else take_beats(self, key)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), "records", "subjects"]

    def __repr__(self) -> str:
        return summarize(self)


def make_beats(
    data: NDArray[np.float32],
    target: ArrayLike,
    groups: ArrayLike,
    meta: pd.DataFrame,
    extractor: "BeatExtractor",
    layout: BeatLayout,
    skipped: pd.DataFrame,
) -> Beats:
    """Make beats of rows, labels and tables, with all that follows from them."""
    labels, subjects = (_narrow(np.asarray(texts, dtype=str)) for texts in (target, groups))
    beats = Beats(
        data=data,
        target=labels,
        groups=subjects,
        meta=meta.reset_index(drop=True).astype(dict.fromkeys(TEXT_COLUMNS, str)),
        fs=float(extractor.fs),  # type: ignore[arg-type]  # filled in by now
        layout=layout,
        extractor=extractor,
        feature_names=layout.feature_names,
        target_names=ordered_labels(np.unique(labels)),
        skipped=skipped,
    )
    beats.DESCR = describe(beats)
    return beats


def as_frames(beats: Beats) -> Beats:
    """Turn data and target into a DataFrame and a Series, as scikit-learn's fetchers do."""
    data = pd.DataFrame(np.asarray(beats.data), columns=beats.feature_names)
    target = pd.Series(np.asarray(beats.target), name="target").astype(str)
    frame = pd.concat([data, target], axis=1)
    return Beats(**{**beats, "data": data, "target": target, "frame": frame})


def skipped_table(skipped: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Make the table of excluded beats of rows of record, reason and count."""
    rows = [tuple(row) for row in skipped]
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    table = dict(zip(("record", "reason", "count"), map(list, columns), strict=True))
    return pd.DataFrame(table).astype({"record": str, "reason": str, "count": np.int64})


def take_beats(beats: Beats | Mapping[str, Any], index: ArrayLike | slice) -> Beats:
    """Take some of the beats; ``beats[index]`` does the same.

    Use it to select beats by any criterion: one subject, one class, the first minutes. For
    training and test sets there is `train_test_subjects`.

    Parameters
    ----------
    beats : Beats or mapping with its keys
        Beats as `load_beats` returns them.
    index : array-like of int of shape (n_taken,), array-like of bool of shape (n_beats,) or slice
        Rows to take: their numbers (repeated or counted from the end, too), or a mask of all
        rows.

    Returns
    -------
    Beats
        Copies of these rows of ``data``, ``target``, ``groups`` and ``meta`` in the order of
        ``index``; ``target_names`` of the labels that remain and a new ``DESCR``, which keeps a
        first note such as that all beats are simulated. The rest is as before; ``skipped``
        still counts the beats excluded when the records were read.

    Raises
    ------
    ValueError
        If a mask has another length than the beats, ``index`` is not one-dimensional, or a
        mapping lacks a key.
    TypeError
        If ``index`` holds neither integers nor booleans, or ``beats`` is not a mapping.
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
    check_keys(beats, "beats", "take_beats", KEYS)
    return take_rows(beats, _check_index(index, len(beats["meta"])))


def take_rows(
    beats: Mapping[str, Any],
    rows: NDArray[np.integer] | slice,
    skipped: pd.DataFrame | None = None,
) -> Beats:
    """Take rows, copied unless by a slice; ``skipped`` replaces the table of excluded beats."""
    taken = make_beats(
        np.asarray(beats["data"])[rows],
        np.asarray(beats["target"])[rows],
        np.asarray(beats["groups"])[rows],
        beats["meta"].iloc[rows],
        beats["extractor"],
        beats["layout"],
        beats["skipped"] if skipped is None else skipped,
    )
    note, is_ours, _ = beats.get("DESCR", "").partition(HEADING)
    if is_ours:
        taken.DESCR = note + taken.DESCR
    return as_frames(taken) if isinstance(beats["data"], pd.DataFrame) else taken


def _check_index(index: ArrayLike | slice, n_beats: int) -> NDArray[np.integer]:
    """Return row numbers for numbers or a mask, or raise."""
    if isinstance(index, slice):
        return np.arange(n_beats)[index]
    rows = np.asarray(index)
    if rows.ndim != 1:
        raise ValueError(
            "The 'index' parameter of take_beats must have one dimension. "
            f"Got shape {rows.shape} instead. For one beat: beats[[number]]."
        )
    if rows.size == 0:
        return np.empty(0, dtype=np.int64)
    if rows.dtype == bool:
        if rows.size != n_beats:
            raise ValueError(
                f"The 'index' parameter of take_beats is a mask of {rows.size} rows, but there "
                f"are {n_beats} beats."
            )
        return np.flatnonzero(rows)
    if rows.dtype.kind not in "iu":
        raise TypeError(
            "The 'index' parameter of take_beats must hold row numbers or booleans. "
            f"Got dtype {rows.dtype} instead."
        )
    return rows


def _narrow(texts: NDArray[np.str_]) -> NDArray[np.str_]:
    """Give strings the narrowest dtype, so that equal beats have equal dtypes."""
    longest = np.char.str_len(texts).max(initial=1)
    return texts.astype(f"<U{max(1, longest)}", copy=False)
