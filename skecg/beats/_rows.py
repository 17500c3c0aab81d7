"""From a record to rows: prepare the leads, locate the beats, keep those with rows, cut.

Positions of beats are in samples at the rate of the rows, from `locate` on; only `RecordClock`
translates to and from those of the record.

    record     0.........1.........2.........3     samples at record.fs, as annotated
    rows       0......1......2......3......4..     samples at fs, of which rows are made
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from ..preprocessing import align_peaks, resample_signal
from ..preprocessing._gaps import bridge_gaps
from ..records import ECGRecord
from ..utils import Transformer
from ._context import ContextColumns, add_missing_leads, context_columns
from ._one_thread import blas_in_one_thread

__all__ = ["Located", "PreparedRecord", "Window", "cut", "keep", "locate", "prepare"]

BEYOND = "window reaches beyond the recording"
GAP = "window touches a gap in the signal"  # or the peak may be in one
NO_BEATS = "no annotated beats"
_SEARCH_SECONDS = 0.1  # an annotation is at most this far from its R peak


class Window(NamedTuple):
    """Samples of a row before its centre, and from the centre on."""

    before: int
    after: int

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Positions of the samples of a row from its centre."""
        return np.arange(-self.before, self.after)


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

    record: ECGRecord
    leads: list[int]  # their columns in record.signal, without missing ones
    clock: RecordClock
    signals: NDArray[np.float32]  # (n_leads, n_samples), gaps bridged, preprocessed
    missing: NDArray[np.bool_] | None  # (n_samples,): gaps of the first lead, if any

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


def prepare(
    record: ECGRecord, leads: list[int], fs: float, preprocessing: Transformer | None
) -> PreparedRecord:
    """Resample the leads, bridge their gaps and preprocess them."""
    signal = resample_signal(record.signal[:, leads], record.fs, fs)
    signal, missing = bridge_gaps(signal)
    signals = np.ascontiguousarray(signal.T)
    if preprocessing is not None:
        signals = _preprocess(signals, preprocessing, fs, record.name)
    clock = RecordClock(record.fs, fs)
    return PreparedRecord(
        record, leads, clock, signals, None if missing is None else missing[:, 0]
    )


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
    """
    signals, fs = prepared.signals, prepared.clock.fs
    marked = prepared.clock.to_rows(prepared.record.sample).clip(max=prepared.n_samples - 1)
    peak = marked
    if align:
        lead = signals[0]
        if prepared.missing is not None:  # a bridge over a gap has no peak
            lead = np.where(prepared.missing, np.float32(np.nan), lead)
        peak = align_peaks(lead, marked, fs, search=_SEARCH_SECONDS)
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
        )
    first, last = columns.centre.min(axis=0), columns.centre.max(axis=0)
    return Located(peak, first - window.before, last + window.after - 1, columns)


def keep(
    prepared: PreparedRecord,
    located: Located,
    labels: Mapping[str, str],
    *,
    align: bool,
    pad: bool,
) -> Kept:
    """Choose the beats that make rows: those with a class, inside the recording, without gaps.

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
    """
    record, end = prepared.record, prepared.n_samples
    unmapped = np.array([s not in labels for s in record.symbol.tolist()], dtype=bool)
    beyond = (located.first < 0) | (located.last >= end)
    if pad:
        beyond[:] = False

    # gaps are looked up at the rate of the record, where none is too short to be seen
    span = np.column_stack((located.first, located.last)).clip(0, end - 1)
    in_gap = _touch_gap(record.signal[:, prepared.leads], prepared.clock.to_record(span))
    if align:
        reach = np.array([-1, 1]) * _SEARCH_SECONDS * record.fs
        searched = (record.sample[:, None] + reach).clip(0, record.n_samples - 1)
        in_gap |= _touch_gap(record.signal[:, prepared.leads[:1]], searched)

    kept = ~(unmapped | beyond | in_gap)
    return Kept(kept, _reasons(record.symbol, unmapped, beyond, in_gap))


def _touch_gap(signal: NDArray[np.float32], span: NDArray[np.floating]) -> NDArray[np.bool_]:
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


def _reasons(
    symbol: NDArray[np.str_],
    unmapped: NDArray[np.bool_],
    beyond: NDArray[np.bool_],
    in_gap: NDArray[np.bool_],
) -> list[tuple[str, int]]:
    """Count the beats without a row by reason, one reason per beat."""
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

    Returns
    -------
    ndarray of float32 of shape (n_kept, n_features)
        Rows as `BeatLayout` describes them.
    """
    places = [place for place, lead in enumerate(chosen) if lead is not None]
    context = located.context
    if context is not None:
        if len(places) < len(chosen):
            context = add_missing_leads(context, places, len(chosen), int(neighbors))
        return context.rows(kept)

    samples = (located.peak[kept, None] + window.offsets).clip(0, prepared.n_samples - 1)
    waves = np.zeros((len(samples), len(chosen), sum(window)), dtype=np.float32)
    waves[:, places] = prepared.signals[:, samples].swapaxes(0, 1)
    return waves.reshape(len(waves), len(chosen) * sum(window))
