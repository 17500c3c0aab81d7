"""Beats, rows of recordings with their labels, and the extractor that makes them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils import Bunch

from ..layout import BeatLayout
from ..records import ECGRecord
from ..tables import class_map, ordered_labels
from ..utils import Transformer, check_params, take_rows
from ._checks import check_keys
from ._context import CHANNELS, ContextExtent, context_extent, scalar_names
from ._describe import HEADING, describe, summarize
from ._index import row_numbers
from ._join import RecordBeats, join_rows, join_tables
from ._leads import check_not_flat, choose_leads, joined_names, lead_entries
from ._rows import cut, keep, locate, prepare, usable_leads
from ._settings import RULES, check_rate_of_context, window_samples

__all__ = [
    "TEXT_COLUMNS",
    "BeatExtractor",
    "Beats",
    "as_frames",
    "join_beats",
    "make_beats",
    "skipped_table",
    "take_beats",
    "take_some_beats",
]

TEXT_COLUMNS = ("record", "subject", "symbol", "leads")  # of meta
#: Keys from which all others follow.
KEYS = ("data", "target", "groups", "meta", "extractor", "layout", "skipped")


class Beats(Bunch):
    """Beats of recordings, one row each, with their labels, subjects and positions.

    Made by `load_beats`, `BeatExtractor.extract`, `load_simulated` and `read_beats`. Functions
    that take beats, except `evaluate` and `write_beats`, take any mapping with the keys that they
    need; ``Beats(**mapping)`` makes beats of one.

    ``len(beats)`` is the number of beats. ``beats[index]`` takes some of them, by a mask
    (``beats[beats.target == "V"]``), by row numbers, or by a slice; see `take_beats`. Beats are
    a `sklearn.utils.Bunch`: ``beats["data"]`` and ``beats.data`` are the same, and a loop over
    beats is one over the keys.

    Attributes
    ----------
    data : ndarray of float32 of shape (n_beats, n_features)
        One row per beat, in mV unless preprocessed. A DataFrame if loaded with
        ``as_frame=True``; a read-only `numpy.memmap` if loaded with ``out``.
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
        Meaning of the columns of ``data``.
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

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        # an array of one object would be of use to nobody, and scikit-learn says float() of it
        raise TypeError(
            "Beats are not an array: pass their rows, beats.data, and their labels, beats.target."
        )

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), "records", "subjects"]

    def __repr__(self) -> str:
        return summarize(self)


class BeatExtractor(BaseEstimator):
    """Cut a recording into beats, one row each.

    It holds every choice that determines a row, and a saved model keeps it, so that other
    recordings are cut in the same way. `load_beats` applies one to many records; use the class
    itself to cut a single record, or to share settings between several calls.

    Parameters
    ----------
    window : tuple of two floats, default=(0.1, 0.1)
        Seconds before and after the peak, below 60. A row holds the samples from
        ``peak - before`` up to, but not including, ``peak + after``, where both are rounded to
        whole samples (halves to the even number, as `round` does): 50 samples at 250 Hz by
        default.
    fs : float, default=None
        Sampling frequency of the rows in Hz; records of another rate are resampled. None takes
        the rate of the record.
    leads : str, int or list of (str, int or tuple of str), default=None
        One entry for each lead of a row: a name; a tuple of names in order of preference, of
        which the first is taken that the record has and that no entry before has taken; or an
        index from 0. None is the first lead. Name leads where you can: databases order them
        differently.
    classes : {"ec57", "dechazal", "symbols"} or mapping of str to str, default="ec57"
        Label of each beat symbol, see `skecg.tables.CLASS_MAPS`; ``"symbols"`` takes the symbols
        themselves. Beats whose symbol is absent from a mapping, or mapped to None, make no row.
    align : bool, default=True
        Whether to move each beat to the largest deviation from the baseline within 100 ms in
        the first chosen lead (`skecg.align_peaks`), never past half the distance to
        a neighbouring beat, whatever its class. Other leads are shifted alike.
    edges : {"drop", "pad"}, default="drop"
        Treatment of a beat whose window reaches beyond the recording: no row, or a row that
        repeats the first or last sample of the recording.
    preprocessing : transformer, default=None
        Applied to the leads of each whole record before it is cut: a clone is fitted on and
        transforms an array of shape (n_leads, n_samples) at the rate of the rows. Its ``fs``
        (that of a step, in a pipeline) is set if it is None.
    context : float, default=None
        Seconds of the surroundings with which each beat is compared, 30 or more. A row then
        holds, for each lead, the beat and its difference from the median of the normal beats
        around it, both in units of that median's height, followed by scalars of rhythm and
        shape; :doc:`/guide/context` lists them. 600 is a good length. None makes rows of
        samples only.
    neighbors : int, default=5
        With context, the number of beats before, and of beats after, whose scalars are in the
        row; 100 at most.
    scalars : {"all", "basic"}, default="all"
        With context, the scalars of a row. "basic" omits those of the rhythm of the
        surroundings, such as percentiles of their intervals, entropy and the length of runs, and
        those of atrial activity. Files written by versions without this parameter have "basic".
    missing_leads : {"error", "zeros"}, default="error"
        Treatment of a record in which the lead of an entry of ``leads`` is missing or flat.
        "zeros" puts zeros into the columns of this lead, and "(none)" in place of its name
        in ``meta``; at least one lead must be there, and the first of those determines peaks
        and rhythm. So do beats whose window touches a gap in one lead and not in all: the lead is
        missing from their rows, and no other beat is compared with it there.
        `ContextLSTMClassifier` treats such a lead as missing.

    Attributes
    ----------
    context_extent : ContextExtent or None
        Stretch of the recording that affects the row of a beat; None without context. A named
        tuple: ``beats`` beats from the beat itself, then ``seconds``, then ``margin_beats``.

    See Also
    --------
    load_beats : Rows of many records.

    Notes
    -----
    The order is: resample, preprocess, align, cut, map labels. Only beats become rows;
    annotations of rhythm, noise or ST-T changes never do.

    Annotations of the European ST-T Database are off the R peak by a constant of each record,
    tens of milliseconds (:ref:`edb-shift`). Without ``align`` a window carries the identity of
    its record.

    Gaps (NaN) are bridged for the filters: by straight lines up to 2 s, and by the values at
    their ends beyond. A beat whose window touches a gap makes no row (but see ``missing_leads``),
    nor, with ``align``, one whose peak may be in a gap of the first lead.

    With context each lead is cut around the middle of its QRS complex, moved by up to
    32 ms to where it fits the median beat best, and its baseline is removed (medians over 200
    and 600 ms); ``align=False`` omits both moves. Surroundings are counted from the first
    sample of the recording, in steps of 30 s, and end at its ends; they include all beats,
    also those that make no row, and no symbol is used. Positions found by a detector
    serve as well as annotated ones.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import BeatExtractor, ECGRecord
    >>> signal = np.zeros(1000)
    >>> signal[[300, 600]] = 1.0, -2.0
    >>> record = ECGRecord(signal, 250, ["V5"], [295, 605], ["N", "V"], name="a")
    >>> beats = BeatExtractor().extract(record)
    >>> beats.data.shape, beats.target, beats.meta["peak"].tolist()
    ((2, 50), array(['N', 'V'], dtype='<U1'), [300, 600])
    """

    def __init__(
        self,
        window: tuple[float, float] = (0.1, 0.1),
        *,
        fs: float | None = None,
        leads: str | int | Sequence[str | int | tuple[str, ...]] | None = None,
        classes: str | Mapping[str, str | None] = "ec57",
        align: bool = True,
        edges: str = "drop",
        preprocessing: Transformer | None = None,
        context: float | None = None,
        neighbors: int = 5,
        scalars: str = "all",
        missing_leads: str = "error",
    ) -> None:
        self.window = window
        self.fs = fs
        self.leads = leads
        self.classes = classes
        self.align = align
        self.edges = edges
        self.preprocessing = preprocessing
        self.context = context
        self.neighbors = neighbors
        self.scalars = scalars
        self.missing_leads = missing_leads

    @property
    def context_extent(self) -> ContextExtent | None:
        """Stretch of the recording that affects the row of a beat; None without context."""
        self._check()
        if self.context is None:
            return None
        return context_extent(self.context, self.neighbors, self.window, self.scalars)

    def extract(self, record: ECGRecord) -> Beats:
        """Cut one record.

        Parameters
        ----------
        record : ECGRecord
            The recording, with the positions and symbols of its beats.

        Returns
        -------
        Beats
            Beats as `load_beats` returns them, with ``fs`` filled in its extractor. If no beat
            makes a row it is empty, and ``skipped`` has the reasons.

        Raises
        ------
        ValueError
            If a parameter is invalid, or a chosen lead is missing from the record, flat or
            without signal (`RecordError`).
        TypeError
            If ``record`` is not an ECGRecord.

        Examples
        --------
        >>> import numpy as np
        >>> from skecg import BeatExtractor, ECGRecord
        >>> record = ECGRecord(np.arange(500.0) / 500, 250, sample=[3, 250], symbol=["N", "N"])
        >>> BeatExtractor(align=False).extract(record).skipped
           record                               reason  count
        0  record  window reaches beyond the recording      1
        """
        part = self._cut(record)
        filled_in = clone(self).set_params(fs=float(self.fs or record.fs))
        skipped = [(part.record, reason, count) for reason, count in part.skipped]
        return join_beats([part], filled_in, skipped)

    def _cut(self, record: ECGRecord) -> RecordBeats:
        """Cut one record to bare arrays, which is all that a worker need send back."""
        self._check()
        if not isinstance(record, ECGRecord):
            raise TypeError(
                f"The 'record' parameter of BeatExtractor.extract must be an ECGRecord. Got "
                f"{type(record).__name__} instead. read_record makes one from a file."
            )
        fs = float(self.fs or record.fs)
        if self.context is not None:
            check_rate_of_context(fs)
        window = window_samples(self.window, fs)
        chosen = choose_leads(record, lead_entries(self.leads), self.missing_leads)
        leads = [lead for lead in chosen if lead is not None]
        for lead in leads:
            check_not_flat(record, lead)

        prepared = prepare(record, leads, fs, self.preprocessing)
        usable = None  # with zeros for missing leads, one with a gap is missing from the row
        if self.missing_leads == "zeros" and len(leads) > 1:
            usable = usable_leads(record, leads, window, fs)
        located = locate(prepared, window, usable=usable, **self._how())
        labels = class_map(self.classes)
        pad = self.edges == "pad"
        kept, skipped = keep(prepared, located, labels, align=self.align, pad=pad, usable=usable)
        skipped = [*record.excluded.items(), *skipped]
        data = cut(
            prepared,
            located,
            kept,
            window,
            chosen=chosen,
            neighbors=int(self.neighbors),
            scalars=self.scalars,
            usable=usable,
        )

        symbol = record.symbol[kept]
        peak = np.rint(prepared.clock.to_record(located.peak[kept])).astype(np.int64)
        return RecordBeats(
            record=record.name,
            subject=record.subject,
            leads=joined_names(record, chosen),
            fs=float(record.fs),
            data=data,
            target=np.array([labels[s] for s in symbol.tolist()], dtype=str),
            sample=record.sample[kept],
            peak=peak.clip(max=record.n_samples - 1),
            symbol=symbol,
            skipped=skipped,
        )

    def _how(self) -> dict[str, Any]:
        """Return the settings by which beats are located."""
        names = ("align", "context", "neighbors", "scalars")
        return {name: getattr(self, name) for name in names}

    def _layout(self) -> BeatLayout:
        """Return the layout of the rows; ``fs`` must be set."""
        assert self.fs is not None
        n_samples = sum(window_samples(self.window, self.fs))
        n_leads = len(lead_entries(self.leads))
        if self.context is None:
            return BeatLayout(n_samples, leads=n_leads)
        scalars = scalar_names(n_leads, int(self.neighbors), self.scalars)
        return BeatLayout(n_samples, leads=n_leads, channels=CHANNELS, scalars=scalars)

    def _check(self) -> None:
        """Check the parameters."""
        check_params(self, RULES)
        class_map(self.classes, owner=type(self).__name__)
        if self.fs is not None:
            window_samples(self.window, self.fs)
            if self.context is not None:
                check_rate_of_context(self.fs)


def join_beats(
    parts: Sequence[RecordBeats],
    extractor: BeatExtractor,
    skipped: Iterable[tuple[str, str, int]],
) -> Beats:
    """Join the rows of records, which give them up; ``fs`` of the extractor must be set.

    Records that have given up their rows before, to a file, make beats of zeros, which take no
    memory and cannot be written to.
    """
    layout = extractor._layout()
    tables = join_tables(parts)
    data = join_rows(parts, layout.n_features)
    return make_beats(data, *tables, extractor, layout, skipped_table(skipped))


def make_beats(
    data: NDArray[np.float32],
    target: ArrayLike,
    groups: ArrayLike,
    meta: pd.DataFrame,
    extractor: BeatExtractor,
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

        Rows of ``data`` in a file (`load_beats` with ``out``) stay in a file: a view of it if
        they are neighbours, else a scratch file in the same folder, removed with the last use.

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
    return take_some_beats(beats, row_numbers(index, len(beats["meta"])))


def take_some_beats(
    beats: Mapping[str, Any],
    rows: NDArray[np.integer] | slice,
    skipped: pd.DataFrame | None = None,
) -> Beats:
    """Take rows, copied unless by a slice; ``skipped`` replaces the table of excluded beats."""
    taken = make_beats(
        take_rows(np.asanyarray(beats["data"]), rows),
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


def _narrow(texts: NDArray[np.str_]) -> NDArray[np.str_]:
    """Give strings the narrowest dtype, so that equal beats have equal dtypes."""
    longest = np.char.str_len(texts).max(initial=1)
    return texts.astype(f"<U{max(1, longest)}", copy=False)
