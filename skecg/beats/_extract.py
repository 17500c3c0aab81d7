"""Beats of one record, as rows."""

import math
import numbers
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils import Bunch

from ..layout import BeatLayout
from ..preprocessing import align_peaks, resample_signal
from ..preprocessing._gaps import bridge_gaps
from ..records import ECGRecord, RecordError
from ..tables import class_map
from ._context import (
    CHANNELS,
    GRID,
    LOWEST_FS,
    MOST_NEIGHBORS,
    Context,
    ContextExtent,
    among_all_leads,
    context_extent,
    scalar_names,
    take_context,
)
from ._join import RecordBeats, join_beats
from ._one_thread import blas_in_one_thread

BEYOND = "window reaches beyond the recording"
GAP = "window touches a gap in the signal"  # or the peak may lie in one
NO_BEATS = "no annotated beats"
NO_LEAD = "(none)"  # in place of the name of a lead that is missing
_SEARCH_SECONDS = 0.1  # a label is at most this far from its R peak


def _window_samples(window: Sequence[float], fs: float) -> tuple[int, int]:
    """Number of samples before the peak, and from the peak on."""
    before, after = (round(float(seconds) * fs) for seconds in window)
    if before + after < 1:
        raise ValueError(
            "The 'window' parameter of BeatExtractor must be as wide as a sample. Got "
            f"{window!r} (seconds) instead, with no sample at {fs:g} Hz. Widen it or raise fs."
        )
    return before, after


def _lead_entries(leads: Any) -> list[int | tuple[str, ...]]:
    """One index or tuple of names for each lead of a row."""
    if leads is None:
        return [0]
    if isinstance(leads, str | numbers.Integral):
        leads = [leads]
    entries = list(leads) if isinstance(leads, Sequence) else []
    if not entries:
        raise _bad_leads(leads)
    return [_lead_entry(entry, leads) for entry in entries]


def _lead_entry(entry: Any, leads: Any) -> int | tuple[str, ...]:
    if isinstance(entry, str):
        return (entry,)
    if isinstance(entry, numbers.Integral) and not isinstance(entry, bool) and entry >= 0:
        return int(entry)
    if isinstance(entry, tuple | list) and entry and all(isinstance(n, str) for n in entry):
        return tuple(entry)
    raise _bad_leads(leads)


def _bad_leads(leads: Any) -> ValueError:
    return ValueError(
        "The 'leads' parameter of BeatExtractor must be None (the first lead) or a list with one "
        "entry for each lead of a row: a name, a tuple of names in order of preference, or an "
        f"index from 0. Got {leads!r} instead."
    )


def _choose_leads(
    record: ECGRecord, entries: list[int | tuple[str, ...]], missing_leads: str = "error"
) -> list[int | None]:
    """Columns of the record's signal, one for each entry; no column is chosen twice.

    With ``missing_leads="zeros"`` None stands for an entry of which nothing but a flat line is
    there, but one entry at least must have a lead.
    """
    chosen: list[int | None] = []
    errors = []
    for entry in entries:
        try:
            lead = _choose_lead(record, entry, chosen)
            if missing_leads == "zeros":
                _check_not_flat(record, lead)
            chosen.append(lead)
        except RecordError as error:
            errors.append(error)
            if missing_leads == "error" or len(errors) == len(entries):
                raise errors[0] from None
            chosen.append(None)
    return chosen


def _choose_lead(record: ECGRecord, entry: int | tuple[str, ...], chosen: list[int | None]) -> int:
    """The first column of an entry that no entry before has taken."""
    if isinstance(entry, int):
        candidates = [entry] if entry < record.n_leads else []
    else:
        candidates = [i for n in entry for i, name in enumerate(record.lead_names) if name == n]
    free = [i for i in candidates if i not in chosen]
    if not free:
        wanted = f"number {entry}" if isinstance(entry, int) else " or ".join(map(repr, entry))
        why = "is already another lead of the row" if candidates else "is not there"
        raise RecordError(
            f"Record {record.name!r}: the lead {wanted} {why}. Its leads are "
            f"{', '.join(map(repr, record.lead_names))}. Name alternatives in order of "
            "preference, such as leads=[('MLII', 'V5')], put zeros in its place "
            "(missing_leads='zeros'), or leave the record out."
        )
    return free[0]


def _check_not_flat(record: ECGRecord, lead: int) -> None:
    """Refuse a lead without any change: its beats would all be the same row."""
    values = record.signal[:, lead]
    low, high = np.fmin.reduce(values), np.fmax.reduce(values)  # these pass over NaN
    if low < high:
        return
    what = "holds no signal at all" if np.isnan(low) else f"is flat ({low:g} mV throughout)"
    others = [name for i, name in enumerate(record.lead_names) if i != lead]
    way_out = f"Choose another lead ({', '.join(map(repr, others))}) with leads=[...], or leave"
    raise RecordError(
        f"Record {record.name!r}: lead {record.lead_names[lead]!r} {what}. "
        f"{way_out if others else 'Leave'} the record out (on_error='warn' of load_beats)."
    )


def _prepare_signals(
    record: ECGRecord, chosen: list[int], fs: float, preprocessing: Any
) -> tuple[np.ndarray, np.ndarray | None]:
    """Resample, bridge gaps, preprocess: leads, a row each, and where the first one had gaps."""
    signal = resample_signal(record.signal[:, chosen], record.fs, fs)
    signal, missing = bridge_gaps(signal)
    signals = np.ascontiguousarray(signal.T)
    if preprocessing is not None:
        signals = _preprocess(signals, preprocessing, fs, record.name)
    return signals, None if missing is None else missing[:, 0]


def _preprocess(signals: np.ndarray, transformer: Any, fs: float, name: str) -> np.ndarray:
    """Fit a clone of the transformer on the leads of one record and transform them."""
    transformer = clone(transformer)
    params = transformer.get_params()
    unset = [p for p in params if p.rpartition("__")[2] == "fs" and params[p] is None]
    transformer.set_params(**dict.fromkeys(unset, fs))
    out = np.asarray(transformer.fit_transform(signals))
    if out.shape != signals.shape:
        raise ValueError(
            f"The 'preprocessing' parameter of BeatExtractor must keep the shape of the leads, "
            f"(n_leads, n_samples). Record {name!r} went in as {signals.shape} and came out as "
            f"{out.shape} from {transformer!r}."
        )
    if not np.isfinite(out).all():
        raise ValueError(
            f"The 'preprocessing' parameter of BeatExtractor made values of record {name!r} that "
            f"are not finite: {transformer!r}."
        )
    return np.ascontiguousarray(out, dtype=np.float32)


def _find_peaks(
    signals: np.ndarray, missing: np.ndarray | None, position: np.ndarray, fs: float
) -> np.ndarray:
    """Move beats to their peaks in the first lead; bridges over gaps have none."""
    lead = signals[0] if missing is None else np.where(missing, np.float32(np.nan), signals[0])
    return align_peaks(lead, position, fs, search=_SEARCH_SECONDS)


def _touches_gap(signal: np.ndarray, span: np.ndarray) -> np.ndarray:
    """Tell which spans, first and last place in the record, hold or touch a missing sample."""
    missing = np.isnan(signal).any(axis=1)
    if not missing.any():
        return np.zeros(len(span), dtype=bool)
    # judged at the record's own rate, where no gap is too short to be seen
    before = np.concatenate(([0], np.cumsum(missing)))
    first = np.floor(span[:, 0]).astype(np.int64)
    last = np.ceil(span[:, 1]).astype(np.int64).clip(max=len(missing) - 1)
    return before[last + 1] > before[first]


def _left_out(
    symbol: np.ndarray, unmapped: np.ndarray, beyond: np.ndarray, in_gap: np.ndarray
) -> list[tuple[str, int]]:
    """Reasons why beats made no row, one reason a beat, with their counts."""
    if not len(symbol):
        return [(NO_BEATS, 0)]
    counts = Counter(symbol[unmapped].tolist())
    reasons = [(f"symbol {name!r} has no class", n) for name, n in sorted(counts.items())]
    reasons.append((BEYOND, int((beyond & ~unmapped).sum())))
    reasons.append((GAP, int((in_gap & ~beyond & ~unmapped).sum())))
    return [(reason, count) for reason, count in reasons if count]


class BeatExtractor(BaseEstimator):
    """Cut a recording into beats, one row each.

    It holds every choice that decides what a row is, and a saved model keeps it, so that other
    recordings are cut in the same way. `load_beats` applies one to many records; use the class
    itself to cut a single record, or to say once what several calls share.

    Parameters
    ----------
    window : tuple of two floats, default=(0.1, 0.1)
        Seconds before and after the peak. A row holds the samples from ``peak - before`` up to,
        but not with, ``peak + after``, where both are rounded to whole samples (halves to the
        even number, as `round` does): 50 samples at 250 Hz by default.
    fs : float, default=None
        Sampling frequency of the rows in Hz; records of another rate are resampled. None takes
        the rate of the record.
    leads : str, int or list of (str, int or tuple of str), default=None
        One entry for each lead of a row: a name, a tuple of names in order of preference, of
        which the first is taken that the record has and no entry before has taken, or an index
        from 0. None is the first lead. Name leads where you can: databases order them
        differently.
    classes : {"ec57", "dechazal", "symbols"} or mapping of str to str, default="ec57"
        Label of each beat symbol, see `skecg.tables.CLASS_MAPS`; ``"symbols"`` takes the symbols
        themselves. Beats whose symbol a mapping leaves out, or maps to None, make no row.
    align : bool, default=True
        Whether to move each beat to the largest deviation from the baseline within 100 ms in
        the first chosen lead (`skecg.align_peaks`), never past half the way to
        a neighbouring beat, whatever its class. Other leads are shifted alike.
    edges : {"drop", "pad"}, default="drop"
        What becomes of a beat whose window reaches beyond the recording: no row, or a row that
        repeats the first or last sample of the recording.
    preprocessing : transformer, default=None
        Applied to the leads of each whole record before it is cut: a clone is fitted on and
        transforms an array of shape (n_leads, n_samples) at the rate of the rows. Its ``fs``
        (that of a step, in a pipeline) is set if it is None.
    context : float, default=None
        Seconds of the surroundings against which each beat is seen, 30 or more. A row then
        holds, for each lead, the beat and its difference from the median of the normal beats
        around it, both in units of that median's height, and behind them scalars that tell of
        rhythm and shape; :doc:`/guide/context` lists them. 600 is a good length. None makes
        rows of samples alone.
    neighbors : int, default=5
        With context, how many beats before and as many after have their scalars in the row;
        100 at most.
    missing_leads : {"error", "zeros"}, default="error"
        What becomes of a record of which an entry of ``leads`` finds no lead, or a flat one.
        "zeros" puts zeros into the columns of this lead, and "(none)" in the place of its name
        in ``meta``; one lead at least must be there, and the first of those decides on peaks and
        rhythm. `ContextLSTMClassifier` takes such a lead for missing.

    Attributes
    ----------
    context_extent : ContextExtent or None
        How far from a beat a recording bears on its row; None without context. A named tuple:
        from the beat ``beats`` beats on, from there ``seconds``, from there ``margin_beats``.

    See Also
    --------
    load_beats : Rows of many records.

    Notes
    -----
    The order is: resample, preprocess, align, cut, map labels. Only beats become rows;
    annotations of rhythm, noise or ST-T changes never do.

    Labels of the European ST-T Database lie off the R peak by a constant of each record, tens of
    milliseconds (:ref:`edb-shift`). Without ``align`` a window carries the identity of its
    record.

    Gaps (NaN) are bridged by straight lines for the filters. A beat whose window touches a gap
    makes no row, nor, with ``align``, one whose peak may lie in a gap of the first lead.

    With context each lead is cut around the middle of the QRS complex there, moved by up to
    32 ms to where it fits the median beat best, and freed from its baseline (medians over 200
    and 600 ms); ``align=False`` leaves out both moves. Surroundings are counted from the first
    sample of the recording, in steps of 30 s, and cut at its ends; all beats belong to them,
    those too that make no row, and no symbol is looked at. Positions that a detector finds
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
        preprocessing: Any = None,
        context: float | None = None,
        neighbors: int = 5,
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
        self.missing_leads = missing_leads

    @property
    def context_extent(self) -> ContextExtent | None:
        """How far from a beat a recording bears on its row; None without context."""
        self._check()
        if self.context is None:
            return None
        return context_extent(self.context, self.neighbors, self.window)

    def extract(self, record: ECGRecord) -> Bunch:
        """Cut one record.

        Parameters
        ----------
        record : ECGRecord
            The recording, with the positions and symbols of its beats.

        Returns
        -------
        Bunch
            Beats in the form that `load_beats` returns, with ``fs`` filled in its extractor.
            Where no beat makes a row it has none, and ``skipped`` tells why.

        Raises
        ------
        ValueError
            If a parameter is not possible, or a chosen lead is missing from the record, flat or
            without signal (`RecordError`).
        TypeError
            If ``record`` is no ECGRecord.

        Examples
        --------
        >>> import numpy as np
        >>> from skecg import BeatExtractor, ECGRecord
        >>> record = ECGRecord(np.arange(500.0), 250, sample=[3, 250], symbol=["N", "N"])
        >>> BeatExtractor(align=False).extract(record).skipped
           record                               reason  count
        0  record  window reaches beyond the recording      1
        """
        part = self._cut(record)
        filled_in = clone(self).set_params(fs=float(self.fs or record.fs))
        skipped = [(part.record, reason, count) for reason, count in part.skipped]
        return join_beats([part], filled_in, filled_in._layout(), skipped)

    def _cut(self, record: ECGRecord) -> RecordBeats:
        """Rows of one record as bare arrays, which is all that a worker need send back."""
        self._check()
        if not isinstance(record, ECGRecord):
            raise TypeError(
                f"The 'record' parameter of BeatExtractor.extract must be an ECGRecord. Got "
                f"{type(record).__name__} instead. read_record makes one from a file."
            )
        fs = float(self.fs or record.fs)
        if self.context is not None:
            _check_rate_of_context(fs)
        before, after = _window_samples(self.window, fs)
        entries = _choose_leads(record, _lead_entries(self.leads), self.missing_leads)
        places = [place for place, lead in enumerate(entries) if lead is not None]
        chosen = [lead for lead in entries if lead is not None]
        for lead in chosen:
            _check_not_flat(record, lead)
        signals, missing = _prepare_signals(record, chosen, fs, self.preprocessing)

        end = signals.shape[1]
        marked = np.rint(record.sample * (fs / record.fs)).astype(np.int64).clip(max=end - 1)
        peak = _find_peaks(signals, missing, marked, fs) if self.align else marked
        context = None
        first = last = peak  # the first and the last centre of a lead's window
        if self.context is not None:
            context = self._context(signals, marked, fs, (before, after))
            first, last = context.centre.min(axis=0), context.centre.max(axis=0)

        labels = class_map(self.classes)
        unmapped = np.array([s not in labels for s in record.symbol.tolist()], dtype=bool)
        beyond = (first < before) | (last + after > end)
        if self.edges == "pad":
            beyond[:] = False
        span = np.column_stack((first - before, last + after - 1)).clip(0, end - 1)
        in_gap = _touches_gap(record.signal[:, chosen], span * (record.fs / fs))
        if self.align:  # the R peak itself may lie in a gap of the lead that is searched
            searched = record.sample[:, None] + np.array([-1, 1]) * _SEARCH_SECONDS * record.fs
            searched = searched.clip(0, record.n_samples - 1)
            in_gap |= _touches_gap(record.signal[:, chosen[:1]], searched)

        kept = ~(unmapped | beyond | in_gap)
        peak_there = np.rint(peak[kept] * (record.fs / fs)).astype(np.int64)
        symbol = record.symbol[kept]
        if context is None:
            window = (peak[kept, None] + np.arange(-before, after)).clip(0, end - 1)
            rows = np.zeros((len(window), len(entries), before + after), dtype=np.float32)
            rows[:, places] = signals[:, window].swapaxes(0, 1)
            rows = rows.reshape(len(rows), len(entries) * (before + after))
        else:
            if len(places) < len(entries):
                context = among_all_leads(context, places, len(entries), int(self.neighbors))
            rows = context.rows(kept)
        return RecordBeats(
            record=record.name,
            subject=record.subject,
            leads="+".join(NO_LEAD if i is None else record.lead_names[i] for i in entries),
            fs=float(record.fs),
            data=rows,
            target=np.array([labels[s] for s in symbol.tolist()], dtype=str),
            sample=record.sample[kept],
            peak=peak_there.clip(max=record.n_samples - 1),
            symbol=symbol,
            skipped=_left_out(record.symbol, unmapped, beyond, in_gap),
        )

    def _context(
        self, signals: np.ndarray, marked: np.ndarray, fs: float, window: tuple[int, int]
    ) -> Context:
        """Columns of all beats of a recording, whether they make rows or not."""
        with blas_in_one_thread():
            return take_context(
                signals,
                marked,
                fs,
                window=window,
                context=float(self.context),
                neighbors=int(self.neighbors),
                align=bool(self.align),
            )

    def _layout(self) -> BeatLayout:
        """Layout of the rows, once ``fs`` is set."""
        n_samples = sum(_window_samples(self.window, self.fs))
        n_leads = len(_lead_entries(self.leads))
        if self.context is None:
            return BeatLayout(n_samples, leads=n_leads)
        scalars = scalar_names(n_leads, int(self.neighbors))
        return BeatLayout(n_samples, leads=n_leads, channels=CHANNELS, scalars=scalars)

    def _check(self) -> None:
        """Judge the parameters."""
        window = self.window
        if not (
            isinstance(window, Sequence)
            and len(window) == 2
            and all(_is_number(seconds) and seconds >= 0 for seconds in window)
        ):
            raise ValueError(
                "The 'window' parameter of BeatExtractor must be two numbers of seconds, before "
                f"and after the peak, zero or more. Got {window!r} instead."
            )
        if self.fs is not None and not (_is_number(self.fs) and self.fs > 0):
            raise ValueError(
                "The 'fs' parameter of BeatExtractor must be a positive number (Hz) or None. "
                f"Got {self.fs!r} instead."
            )
        if self.fs is not None:
            _window_samples(window, self.fs)
        _lead_entries(self.leads)
        try:
            class_map(self.classes)
        except (TypeError, ValueError) as error:  # the function knows no owner
            named = str(error).replace("parameter", "parameter of BeatExtractor", 1)
            raise type(error)(named) from error
        if not isinstance(self.align, bool | np.bool_):
            raise TypeError(
                "The 'align' parameter of BeatExtractor must be True or False. "
                f"Got {self.align!r} instead."
            )
        if not isinstance(self.missing_leads, str) or self.missing_leads not in ("error", "zeros"):
            raise ValueError(
                "The 'missing_leads' parameter of BeatExtractor must be 'error' or 'zeros'. "
                f"Got {self.missing_leads!r} instead."
            )
        if self.edges not in ("drop", "pad"):
            raise ValueError(
                "The 'edges' parameter of BeatExtractor must be 'drop' or 'pad'. "
                f"Got {self.edges!r} instead."
            )
        needed = ("fit_transform", "get_params", "set_params")
        if self.preprocessing is not None and (
            isinstance(self.preprocessing, type)
            or not all(hasattr(self.preprocessing, name) for name in needed)
        ):
            raise TypeError(
                "The 'preprocessing' parameter of BeatExtractor must be a transformer with "
                f"fit_transform, or None. Got {self.preprocessing!r} instead."
            )
        self._check_context()

    def _check_context(self) -> None:
        """Judge the parameters of context."""
        if self.context is not None and not (_is_number(self.context) and self.context >= GRID):
            raise ValueError(
                "The 'context' parameter of BeatExtractor must be None or a number of seconds, "
                f"{GRID:g} or more, such as 600. Got {self.context!r} instead."
            )
        neighbors = self.neighbors
        is_int = isinstance(neighbors, numbers.Integral) and not isinstance(neighbors, bool)
        if not is_int or not 0 <= neighbors <= MOST_NEIGHBORS:
            raise (ValueError if is_int else TypeError)(
                f"The 'neighbors' parameter of BeatExtractor must be an int from 0 to "
                f"{MOST_NEIGHBORS}. Got {neighbors!r} instead."
            )
        if self.context is not None and self.fs is not None:
            _check_rate_of_context(self.fs)


def _check_rate_of_context(fs: float) -> None:
    """Refuse rates at which a QRS complex has too few samples for the columns of context."""
    if fs < LOWEST_FS:
        raise ValueError(
            f"The 'fs' parameter of BeatExtractor must be {LOWEST_FS:g} Hz or more with context. "
            f"Got {fs:g} Hz instead. Set it (fs=125 suffices), or leave context at None."
        )


def _is_number(value: Any) -> bool:
    """Tell whether a value is a finite number, and no bool."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
