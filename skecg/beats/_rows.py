"""From a record to rows: prepare the leads, locate the beats, keep those with rows, cut.

Positions of beats are in samples at the rate of the rows, from `locate` on; only `RecordClock`
translates to and from those of the record.

    record     0.........1.........2.........3     samples at record.fs, as annotated
    rows       0......1......2......3......4..     samples at fs, of which rows are made
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from ..preprocessing import align_peaks
from ..preprocessing._gaps import bridge_gaps
from ..preprocessing._resample import longest_bridge, resample_leads, resample_signal
from ..utils import Transformer, blas_in_one_thread
from ._context import ContextColumns, add_missing_leads, context_columns

__all__ = [
    "BEYOND",
    "GAP",
    "SEARCH_SECONDS",
    "Excluded",
    "Located",
    "PreparedRecord",
    "RecordClock",
    "Recording",
    "Resampling",
    "Window",
    "cut",
    "excluded",
    "keep",
    "locate",
    "prepare",
    "touch_gap",
    "usable_leads",
]

BEYOND = "window reaches beyond the recording"
GAP = "window touches a gap in the signal"  # or the peak may be in one
NO_BEATS = "no annotated beats"
SEARCH_SECONDS = 0.1  # an annotation is at most this far from its R peak


class Window(NamedTuple):
    """Samples of a row before its centre, and from the centre on."""

    before: int
    after: int

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Positions of the samples of a row from its centre."""
        return np.arange(-self.before, self.after)


class Recording(Protocol):
    """A recording, or the parts of one around some beats."""

    @property
    def name(self) -> str:
        """Name of the recording."""

    @property
    def signal(self) -> NDArray[np.float32]:
        """Leads in mV, (n_samples, n_leads), NaN in gaps."""

    @property
    def fs(self) -> float:
        """Sampling frequency in Hz."""

    @property
    def n_samples(self) -> int:
        """Length of the signal."""

    @property
    def sample(self) -> NDArray[np.int64]:
        """Positions of the beats, (n_beats,)."""

    @property
    def symbol(self) -> NDArray[np.str_]:
        """Symbols of the beats, (n_beats,)."""


class Resampling(NamedTuple):
    """Facts about a whole recording by which a part of it is resampled as the whole."""

    offset: NDArray[np.float32]  # (n_leads,), the median of each chosen lead
    ratio: Fraction | None  # rate of the rows divided by that of the recording, if it is simple


class RecordClock(NamedTuple):
    """Rates of a record and of its rows in Hz, which translate positions."""

    record_fs: float
    fs: float

    def to_rows(self, sample: NDArray[np.int64]) -> NDArray[np.int64]:
        """Translate samples of the record to samples at the rate of the rows."""
        return np.rint(sample * (self.fs / self.record_fs)).astype(np.int64)

    def to_record(self, position: NDArray[np.int64]) -> NDArray[np.floating]:
        """Translate samples at the rate of the rows to positions between those of the record."""
        return position * (self.record_fs / self.fs)


@dataclass(frozen=True)
class PreparedRecord:
    """The chosen leads of a record at the rate of its rows."""

    record: Recording
    leads: list[int]  # their columns in record.signal, without missing ones
    clock: RecordClock
    signals: NDArray[np.float32]  # (n_leads, n_samples), gaps bridged, preprocessed
    missing: NDArray[np.bool_] | None  # (n_samples, n_leads): gaps, if there are any

    @property
    def n_samples(self) -> int:
        """Length of the recording in samples at the rate of the rows."""
        return self.signals.shape[1]


@dataclass(frozen=True)
class Located:
    """Positions of all beats of a record, in samples at the rate of the rows.

    With context each lead is cut around a centre of its own:

        lead 0    .....[====0====].........       0, 1: centres of one beat
        lead 1    .......[====1====].......
                       |           |
                       first       last           samples that the row of the beat needs
    """

    peak: NDArray[np.int64]  # (n_beats,), as all
    first: NDArray[np.int64]  # negative where a window begins before the recording
    last: NDArray[np.int64]
    context: ContextColumns | None  # columns of all beats


class Kept(NamedTuple):
    """Beats that make rows, and why the others make none."""

    mask: NDArray[np.bool_]  # (n_beats,)
    skipped: list[tuple[str, int]]  # reason, number of beats


class Excluded(NamedTuple):
    """Beats without a row, by reason; a beat may have several."""

    unmapped: NDArray[np.bool_]  # (n_beats,), as all
    beyond: NDArray[np.bool_]
    in_gap: NDArray[np.bool_]


def prepare(
    record: Recording,
    leads: list[int],
    fs: float,
    preprocessing: Transformer | None,
    resampling: Resampling | None = None,
) -> PreparedRecord:
    """Resample the leads, bridge their gaps and preprocess them.

    Parameters
    ----------
    record : Recording
        The recording, or a part of it.
    leads : list of int
        Columns of its signal.
    fs : float
        Rate of the rows in Hz.
    preprocessing : transformer or None
        That of the extractor.
    resampling : Resampling or None, default=None
        Of the whole recording, if the record is a part of it.
    """
    signal = record.signal[:, leads]
    if resampling is None or record.fs == fs:
        signal = resample_signal(signal, record.fs, fs)
    else:
        signal = resample_leads(
            signal, record.fs, fs, offset=resampling.offset, ratio=resampling.ratio
        )
    signal, missing = bridge_gaps(signal, longest_bridge(fs))
    signals = np.ascontiguousarray(signal.T)
    if preprocessing is not None:
        signals = _preprocess(signals, preprocessing, fs, record.name)
    clock = RecordClock(record.fs, fs)
    return PreparedRecord(record, leads, clock, signals, missing)


def usable_leads(
    record: Recording, leads: list[int], window: Window, fs: float
) -> NDArray[np.bool_] | None:
    """Tell which leads have no gap near which beats, (n_leads, n_beats); None if none has one.

    Near is within the window of a row, wherever the search for the peak moves it.
    """
    signal = record.signal[:, leads]
    if not np.isnan(signal.sum()):
        return None
    reach = np.array([-window.before - 1, window.after + 1]) / fs
    reach += [-SEARCH_SECONDS, SEARCH_SECONDS]
    span = (record.sample[:, None] + reach * record.fs).clip(0, record.n_samples - 1)
    return np.array([~touch_gap(lead[:, None], span) for lead in signal.T])


def _preprocess(
    signals: NDArray[np.float32], transformer: Transformer, fs: float, name: str
) -> NDArray[np.float32]:
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


def locate(
    prepared: PreparedRecord,
    window: Window,
    *,
    align: bool,
    context: float | None = None,
    neighbors: int = 0,
    scalars: str = "all",
    usable: NDArray[np.bool_] | None = None,
    origin: NDArray[np.int64] | int = 0,
) -> Located:
    """Find the peak of each beat and the samples that its row needs.

    Parameters
    ----------
    prepared : PreparedRecord
        The leads.
    window : Window
        Samples of a row.
    align : bool
        Whether beats move to their peaks, and with context to the centres of their complexes.
    context : float, default=None
        Seconds of the surroundings; None makes no columns of context.
    neighbors : int, default=0
        Beats before, and after, whose scalars are in a row of context.
    scalars : {"all", "basic"}, default="all"
        Scalars of a row of context.
    usable : ndarray of bool of shape (n_leads, n_beats) or None, default=None
        Whether each lead can be used at each beat; None is all.
    origin : int or ndarray of int of shape (n_beats,), default=0
        Samples of the recording, at the rate of the rows, before the first of ``prepared``, for
        each beat.
    """
    signals, fs = prepared.signals, prepared.clock.fs
    marked = prepared.clock.to_rows(prepared.record.sample).clip(max=prepared.n_samples - 1)
    peak = _find_peaks(prepared, marked, usable) if align else marked
    if context is None:
        return Located(peak, peak - window.before, peak + window.after - 1, None)

    with blas_in_one_thread():
        columns = context_columns(
            signals,
            marked,
            fs,
            window=window,
            context=float(context),
            neighbors=int(neighbors),
            align=bool(align),
            scalars=scalars,
            usable=usable,
            origin=origin,
        )
    first, last = columns.centre.min(axis=0), columns.centre.max(axis=0)
    return Located(peak, first - window.before, last + window.after - 1, columns)


def _find_peaks(
    prepared: PreparedRecord, marked: NDArray[np.int64], usable: NDArray[np.bool_] | None
) -> NDArray[np.int64]:
    """Move each beat to its peak in the first lead that can be used there."""
    n_leads = len(prepared.signals)
    first = np.zeros(len(marked), dtype=np.intp) if usable is None else usable.argmax(axis=0)
    peak = marked.copy()
    for i in range(n_leads):
        here = first == i
        if not here.any():
            continue
        lead = prepared.signals[i]
        if prepared.missing is not None:  # a bridge over a gap has no peak
            lead = np.where(prepared.missing[:, i], np.float32(np.nan), lead)
        found = align_peaks(lead, marked, prepared.clock.fs, search=SEARCH_SECONDS)
        peak[here] = found[here]
    return peak


def keep(
    prepared: PreparedRecord,
    located: Located,
    labels: Mapping[str, str],
    *,
    align: bool,
    pad: bool,
    usable: NDArray[np.bool_] | None = None,
) -> Kept:
    """Choose the beats that make rows, and count the others by reason; as `excluded`."""
    found = excluded(prepared, located, labels, align=align, pad=pad, usable=usable)
    kept = ~(found.unmapped | found.beyond | found.in_gap)
    return Kept(kept, _reasons(prepared.record.symbol, found))


def excluded(
    prepared: PreparedRecord,
    located: Located,
    labels: Mapping[str, str],
    *,
    align: bool,
    pad: bool,
    usable: NDArray[np.bool_] | None = None,
) -> Excluded:
    """Find the beats without a row: no class, beyond the recording, a gap in all their leads.

    Parameters
    ----------
    prepared, located
        The leads and the positions of the beats.
    labels : mapping of str to str
        Label of each symbol; beats of other symbols make no row.
    align : bool
        Whether beats were moved to peaks, which must not be in a gap of the first lead.
    pad : bool
        Whether windows may reach beyond the recording.
    usable : ndarray of bool of shape (n_leads, n_beats) or None, default=None
        Whether each lead can be used at each beat: a gap in one that cannot does no harm. None
        is all.
    """
    record, end = prepared.record, prepared.n_samples
    unmapped = np.array([s not in labels for s in record.symbol.tolist()], dtype=bool)
    beyond = (located.first < 0) | (located.last >= end)
    if pad:
        beyond[:] = False

    # gaps are looked up at the rate of the record, where none is too short to be seen
    span = np.column_stack((located.first, located.last)).clip(0, end - 1)
    span = prepared.clock.to_record(span)
    reach = np.array([-1, 1]) * SEARCH_SECONDS * record.fs
    searched = (record.sample[:, None] + reach).clip(0, record.n_samples - 1)
    if usable is None:
        in_gap = touch_gap(record.signal[:, prepared.leads], span)
        if align:
            in_gap |= touch_gap(record.signal[:, prepared.leads[:1]], searched)
        return Excluded(unmapped, beyond, in_gap)
    in_gap = np.asarray(~usable.any(axis=0))
    for i, lead in enumerate(prepared.leads):
        touched = touch_gap(record.signal[:, [lead]], span)
        if align and i == 0:
            touched |= touch_gap(record.signal[:, [lead]], searched)
        in_gap |= usable[i] & touched
    return Excluded(unmapped, beyond, in_gap)


def touch_gap(signal: NDArray[np.float32], span: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Tell which spans (n_beats, 2) hold or touch a missing sample of any lead.

    With ``before`` the number of missing samples ahead of each, a span holds one where the
    number rises between its ends:

        missing     0 0 0 1 1 0 0
        before    0 0 0 0 1 2 2 2
        span          |-----|          before[last + 1] - before[first] = 2
    """
    missing = np.any(np.isnan(signal), axis=1)
    if not missing.any():
        return np.zeros(len(span), dtype=bool)
    before = np.concatenate(([0], np.cumsum(missing)))
    first = np.floor(span[:, 0]).astype(np.int64)
    last = np.ceil(span[:, 1]).astype(np.int64).clip(max=len(missing) - 1)
    return before[last + 1] > before[first]


def _reasons(symbol: NDArray[np.str_], found: Excluded) -> list[tuple[str, int]]:
    """Count the beats without a row by reason, one reason per beat."""
    unmapped, beyond, in_gap = found
    if not len(symbol):
        return [(NO_BEATS, 0)]
    counts = Counter(symbol[unmapped].tolist())
    reasons = [(f"symbol {name!r} has no class", n) for name, n in sorted(counts.items())]
    reasons.append((BEYOND, int((beyond & ~unmapped).sum())))
    reasons.append((GAP, int((in_gap & ~beyond & ~unmapped).sum())))
    return [(reason, count) for reason, count in reasons if count]


def cut(
    prepared: PreparedRecord,
    located: Located,
    kept: NDArray[np.bool_],
    window: Window,
    *,
    chosen: Sequence[int | None],
    neighbors: int = 0,
    scalars: str = "all",
    usable: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """Cut the rows of the beats that are kept.

    Parameters
    ----------
    prepared, located
        The leads and the positions of the beats.
    kept : ndarray of bool of shape (n_beats,)
        Beats that make rows.
    window : Window
        Samples of a row.
    chosen : list of int or None
        Column of the record for each lead of a row; the columns of a missing lead are zero.
    neighbors : int, default=0
        Beats before, and after, whose scalars are in a row of context.
    scalars : {"all", "basic"}, default="all"
        Scalars of a row of context.
    usable : ndarray of bool of shape (n_leads, n_beats) or None, default=None
        Whether each lead can be used at each beat; its samples are zero where it cannot.

    Returns
    -------
    ndarray of float32 of shape (n_kept, n_features)
        Rows as `BeatLayout` describes them.
    """
    places = [place for place, lead in enumerate(chosen) if lead is not None]
    context = located.context
    if context is not None:
        if len(places) < len(chosen):
            context = add_missing_leads(context, places, len(chosen), int(neighbors), scalars)
        return context.rows(kept)

    samples = (located.peak[kept, None] + window.offsets).clip(0, prepared.n_samples - 1)
    waves = np.zeros((len(samples), len(chosen), sum(window)), dtype=np.float32)
    waves[:, places] = prepared.signals[:, samples].swapaxes(0, 1)
    if usable is not None:
        waves[:, places] *= usable[:, kept].T[:, :, None]
    return waves.reshape(len(waves), len(chosen) * sum(window))
