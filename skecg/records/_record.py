"""What one recording holds."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..tables import BEAT_SYMBOLS, subject_of
from ._millivolts import to_millivolts, units_per_millivolt, warn_about_signal
from ._subject_comment import subject_from_comments

__all__ = ["Annotations", "ECGRecord", "RecordError", "split_annotation"]


class RecordError(ValueError):
    """Something is wrong with a recording; the message names it and says what came.

    Examples
    --------
    >>> from skecg import ECGRecord, RecordError
    >>> try:
    ...     ECGRecord([0.0, 0.1, 0.0], fs=250, sample=[7], symbol=["N"], name="short")
    ... except RecordError as error:
    ...     print(error)
    Record 'short': 1 of 1 beats lie outside the signal of 3 samples, the first of them at
    sample 7. Were signal and annotations made for each other?
    """


class _ByValue:
    """Compared by value; arrays stay read-only when copied or unpickled."""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = [f.name for f in fields(self)]
        return all(_same(getattr(self, name), getattr(other, name)) for name in names)

    def __hash__(self) -> int:
        values = [getattr(self, f.name) for f in fields(self)]
        return hash(tuple(v.shape if isinstance(v, np.ndarray) else v for v in values))

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
            object.__setattr__(self, name, value)


@dataclass(frozen=True, eq=False, repr=False)
class Annotations(_ByValue):
    """The annotations of a recording that are no beats: rhythm, noise, ST changes, comments.

    Parameters
    ----------
    sample : array-like of int of shape (n_annotations,), default=()
        Positions in samples, never decreasing.
    symbol : array-like of str of shape (n_annotations,), default=()
        WFDB symbols, such as ``"+"`` for a change of rhythm; no beat symbols.
    subtype, chan, num : array-like of int of shape (n_annotations,), default=None
        The numbers that WFDB keeps with each annotation; None is all zero. The subtype of
        ``"~"`` says which signals are noisy.
    aux_note : array-like of str of shape (n_annotations,), default=None
        Text that comes with each annotation, such as ``"(AFIB"``; None is all empty.

    Raises
    ------
    RecordError
        If the arrays differ in length, positions are negative or decrease, or a symbol is
        that of a beat.

    Examples
    --------
    >>> from skecg.records import Annotations
    >>> other = Annotations([10, 500], ["+", "~"], aux_note=["(N", ""])
    >>> len(other), other.aux_note.tolist(), other.subtype.tolist()
    (2, ['(N', ''], [0, 0])
    """

    sample: np.ndarray = ()
    symbol: np.ndarray = ()
    subtype: np.ndarray = None
    chan: np.ndarray = None
    num: np.ndarray = None
    aux_note: np.ndarray = None

    def __post_init__(self) -> None:
        sample = _as_positions(self.sample, "Annotations: 'sample'")
        if np.any(np.diff(sample) < 0):
            raise RecordError(_out_of_order("Annotations", "annotations", sample, 0))
        columns = {"sample": sample, "symbol": _as_strings(self.symbol, "Annotations: 'symbol'")}
        for name in ("subtype", "chan", "num"):
            value = getattr(self, name)
            columns[name] = (
                np.zeros(len(sample), dtype=np.int64)
                if value is None
                else _as_integers(value, f"Annotations: '{name}'")
            )
        notes = [""] * len(sample) if self.aux_note is None else self.aux_note
        columns["aux_note"] = _as_strings(notes, "Annotations: 'aux_note'")
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            raise RecordError(f"Annotations: all arrays must be of one length. Got {lengths}.")
        if beats := sorted(BEAT_SYMBOLS.intersection(columns["symbol"].tolist())):
            raise RecordError(
                f"Annotations: {beats} are symbols of beats, which belong to 'sample' and "
                "'symbol' of the ECGRecord itself."
            )
        _freeze(self, columns)

    def __len__(self) -> int:
        return len(self.sample)

    def __repr__(self) -> str:
        symbols, counts = np.unique(self.symbol, return_counts=True)
        found = ", ".join(f"{n} {s!r}" for s, n in zip(symbols.tolist(), counts, strict=True))
        return f"Annotations({found or 'none'})"


@dataclass(frozen=True, eq=False, repr=False)
class ECGRecord(_ByValue):
    """One recording: signal, reference beats, other annotations, name, subject.

    Made by `read_record` from files, by ``ECGRecord(...)`` from arrays, or by `from_wfdb`.
    Records are frozen, their arrays read-only, and compared by value; ``dataclasses.replace``
    gives a changed copy.

    Parameters
    ----------
    signal : array-like of shape (n_samples, n_leads) or (n_samples,)
        The signal in mV; stored as float32. NaN marks gaps.
    fs : float
        Sampling frequency in Hz.
    lead_names : sequence of str of length n_leads, default=None
        Names of the leads; None is ``"lead0"``, ``"lead1"``, and so on.
    sample : array-like of int of shape (n_beats,), default=()
        Positions of the reference beats in samples, increasing.
    symbol : array-like of str of shape (n_beats,), default=()
        WFDB symbol of each beat, one of `skecg.tables.BEAT_SYMBOLS`.
    other : Annotations, default=None
        The annotations that are no beats; None is none.
    name : str, default="record"
        Name of the recording.
    subject : str, default=None
        Whose recording it is: records of one person must have equal subjects, so that no
        split cuts through a person. None is looked up by `skecg.tables.subject_of`.

    Attributes
    ----------
    n_samples : int
        Length of the signal in samples.
    n_leads : int
        Number of leads.
    duration : float
        Length of the signal in seconds.

    Raises
    ------
    RecordError
        If the parts do not fit each other: shapes, lengths, order, beats outside the signal,
        unknown symbols, samples that are not finite (NaN apart).
    TypeError
        If a name is not a string or ``other`` is no Annotations.

    See Also
    --------
    read_record : From WFDB files.
    skecg.simulate_record : A labelled recording without any file.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import ECGRecord
    >>> signal = np.sin(np.arange(1000) / 20)
    >>> record = ECGRecord(signal, 250, ["II"], sample=[31, 157], symbol=["N", "V"], name="ana")
    >>> record
    ECGRecord('ana': 1 lead (II), 1000 samples at 250 Hz (4.0 s), 2 beats, subject 'ana')
    >>> record.signal.shape, record.signal.dtype.name
    ((1000, 1), 'float32')
    """

    signal: np.ndarray
    fs: float
    lead_names: tuple[str, ...] = None
    sample: np.ndarray = ()
    symbol: np.ndarray = ()
    other: Annotations = field(default=None, kw_only=True)
    name: str = field(default="record", kw_only=True)
    subject: str = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        name = _as_name(self.name, "name")
        record = f"Record '{name}'"
        signal = _as_signal(self.signal, record)
        sample = _as_positions(self.sample, f"{record}: 'sample'")
        symbol = _as_strings(self.symbol, f"{record}: 'symbol'")
        other = Annotations() if self.other is None else self.other
        if not isinstance(other, Annotations):
            raise TypeError(
                f"{record}: 'other' must be skecg.Annotations or None. "
                f"Got {type(other).__name__} instead."
            )
        _check_beats(sample, symbol, record)
        _check_inside(sample, len(signal), "beats", record)
        _check_inside(other.sample, len(signal), "annotations that are no beats", record)
        subject = subject_of(name) if self.subject is None else self.subject
        _freeze(
            self,
            {
                "signal": signal,
                "fs": _as_rate(self.fs, record),
                "lead_names": _as_lead_names(self.lead_names, signal.shape[1], record),
                "sample": sample,
                "symbol": symbol,
                "other": other,
                "name": name,
                "subject": _as_name(subject, "subject"),
            },
        )

    @property
    def n_samples(self) -> int:
        """Length of the signal in samples."""
        return self.signal.shape[0]

    @property
    def n_leads(self) -> int:
        """Number of leads."""
        return self.signal.shape[1]

    @property
    def duration(self) -> float:
        """Length of the signal in seconds."""
        return self.n_samples / self.fs

    def __repr__(self) -> str:
        leads = f"{self.n_leads} lead{'s' * (self.n_leads != 1)} ({', '.join(self.lead_names)})"
        return (
            f"ECGRecord({self.name!r}: {leads}, {self.n_samples} samples at {self.fs:g} Hz "
            f"({self.duration:.1f} s), {len(self.sample)} beats, subject {self.subject!r})"
        )

    @classmethod
    def from_wfdb(
        cls, record: Any, annotation: Any = None, *, subject: str | None = None
    ) -> "ECGRecord":
        """Make a record from what the wfdb package has read.

        The way for recordings that `read_record` does not take as they are: some leads only
        (``channel_names=``), a stretch (``sampfrom=``, ``sampto=``, with ``shift_samps=True``
        for the annotations), or files on a server (``pn_dir=``).

        Parameters
        ----------
        record : wfdb.Record
            With physical or digital signal, as ``wfdb.rdrecord`` returns it.
        annotation : wfdb.Annotation, default=None
            As ``wfdb.rdann`` returns it; None is a record without beats.
        subject : str, default=None
            Whose recording it is; None takes what `write_record` has put into the header, or
            else what `skecg.tables.subject_of` says of the name.

        Returns
        -------
        ECGRecord

        Raises
        ------
        RecordError
            As for `read_record`.
        TypeError
            If ``record`` or ``annotation`` is none of wfdb.

        Examples
        --------
        >>> import numpy as np, wfdb
        >>> from skecg import ECGRecord
        >>> record = wfdb.Record(record_name="ana", fs=250, n_sig=1, sig_name=["II"],
        ...                      units=["uV"], p_signal=np.array([[0.0], [500.0], [-250.0]]))
        >>> ECGRecord.from_wfdb(record).signal.ravel()
        array([ 0.  ,  0.5 , -0.25], dtype=float32)
        """
        if not all(hasattr(record, part) for part in ("p_signal", "d_signal", "record_name")):
            raise TypeError(
                "ECGRecord.from_wfdb needs a wfdb.Record, such as wfdb.rdrecord(path). "
                f"Got {type(record).__name__} instead."
            )
        name = record.record_name or "record"
        signal = _wfdb_signal(record, f"Record '{name}'")
        leads = record.sig_name or [None] * signal.shape[1]
        if subject is None:
            subject = subject_from_comments(record.comments or ())
        parts = ((), (), None)
        if annotation is not None:
            parts = split_annotation(annotation, record.fs, name)
        made = cls(
            signal,
            record.fs,
            lead_names=[lead or f"lead{i}" for i, lead in enumerate(leads)],
            sample=parts[0],
            symbol=parts[1],
            other=parts[2],
            name=name,
            subject=subject,
        )
        warn_about_signal(made, stacklevel=2)
        return made


def split_annotation(
    annotation: Any, fs: float, name: str
) -> tuple[np.ndarray, np.ndarray, Annotations]:
    """Part a wfdb.Annotation into beats (sample, symbol) and the other annotations."""
    record = f"Record '{name}'"
    if not all(hasattr(annotation, part) for part in ("sample", "symbol", "aux_note")):
        raise TypeError(
            f"{record}: needs a wfdb.Annotation, such as wfdb.rdann(path, 'atr'). "
            f"Got {type(annotation).__name__} instead."
        )
    if annotation.fs and not np.isclose(annotation.fs, fs, rtol=1e-6, atol=0):
        raise RecordError(
            f"{record}: the annotations count samples at {annotation.fs} Hz, the signal has "
            f"{fs} Hz. Multiply 'sample' of the annotations by the ratio, or read a signal "
            "and annotations that belong together."
        )
    sample = _as_positions(annotation.sample, f"{record}: 'sample' of the annotations")
    if np.any(np.diff(sample) < 0):
        raise RecordError(_out_of_order(record, "annotations", sample, 0))
    symbol = annotation.symbol
    if symbol is None or not all(isinstance(s, str) for s in symbol):
        raise RecordError(
            f"{record}: some annotations have a code that the annotation file does not define, "
            "so that nobody can tell what they mean. Set their 'symbol' by hand and use "
            "ECGRecord.from_wfdb."
        )
    symbol = _as_strings(symbol, f"{record}: 'symbol' of the annotations")
    is_beat = np.isin(symbol, list(BEAT_SYMBOLS))
    if not is_beat.any():
        raise RecordError(
            f"{record}: none of its {len(sample)} annotations is a beat. Name the annotator "
            "that marked beats, or None to read the signal alone."
        )
    rest = {}
    for part in ("subtype", "chan", "num"):
        value = getattr(annotation, part)
        rest[part] = None if value is None else np.asarray(value)[~is_beat]
    if annotation.aux_note is not None:
        # what follows a NUL byte is padding or rubbish
        notes = [(note or "").partition("\0")[0] for note in annotation.aux_note]
        rest["aux_note"] = _as_strings(notes, f"{record}: 'aux_note'")[~is_beat]
    other = Annotations(sample[~is_beat], symbol[~is_beat], **rest)
    return sample[is_beat], symbol[is_beat], other


def _wfdb_signal(record: Any, owner: str) -> np.ndarray:
    """The signal of a wfdb.Record in mV."""
    if record.p_signal is None and record.d_signal is None:
        raise RecordError(
            f"{owner}: has neither 'p_signal' nor 'd_signal'. Read it with "
            "wfdb.rdrecord(path) as it is: its smooth_frames=True gives all leads one rate."
        )
    digital = record.p_signal is None
    source = np.asarray(record.d_signal if digital else record.p_signal)
    signal = np.empty(source.shape, dtype=np.float32)
    for i in range(source.shape[1]):
        lead = record.sig_name[i] if record.sig_name else f"lead{i}"
        scale = units_per_millivolt(record.units[i] if record.units else "mV")
        if scale is None:
            raise RecordError(
                f"{owner}: lead '{lead}' is in '{record.units[i]}', not in mV, uV or V. Leave "
                "it out with wfdb.rdrecord(path, channel_names=[...])."
            )
        if digital:
            gain, baseline = record.adc_gain[i], record.baseline[i]
            fmt = record.fmt[i] if record.fmt else ""
            to_millivolts(source[:, i], gain * scale, baseline, fmt, out=signal[:, i])
        else:
            np.divide(source[:, i], scale, out=signal[:, i], casting="unsafe")
    signal.flags.writeable = False
    return signal


def _same(a: Any, b: Any) -> bool:
    """Whether two fields are equal, with NaN equal to NaN."""
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    return a == b


def _freeze(instance: Any, values: dict[str, Any]) -> None:
    """Set the fields of a frozen dataclass, arrays read-only."""
    for name, value in values.items():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
        object.__setattr__(instance, name, value)


def _never_changes(array: np.ndarray) -> bool:
    """Whether nobody can write to the array's memory, so that it can be kept uncopied."""
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return False
        array = array.base
    return array is None


def _as_name(value: Any, what: str) -> str:
    """A name that is a string and not empty."""
    if not isinstance(value, str):
        raise TypeError(f"The '{what}' parameter of ECGRecord must be a str. Got {value!r}.")
    if not value:
        raise RecordError(f"The '{what}' parameter of ECGRecord must not be empty.")
    return str(value)


def _as_signal(signal: ArrayLike, record: str) -> np.ndarray:
    """The signal as float32 of shape (n_samples, n_leads) that nobody else can change."""
    try:
        array = np.asarray(signal)
    except ValueError as error:
        raise RecordError(f"{record}: leads must be of one length. {error}") from error
    if array.dtype.kind not in "fiu":
        raise RecordError(
            f"{record}: the signal must hold real numbers in mV. Got dtype {array.dtype}."
        )
    shape = array.shape
    if array.ndim not in (1, 2):
        raise RecordError(
            f"{record}: the signal must have shape (n_samples, n_leads) or (n_samples,). "
            f"Got {shape}."
        )
    if array.size == 0:
        raise RecordError(f"{record}: the signal must hold at least one sample. Got {shape}.")
    if array.ndim == 2 and shape[1] > max(shape[0], 100):
        raise RecordError(
            f"{record}: the signal must have shape (n_samples, n_leads). Got {shape}, which is "
            "the other way round: pass signal.T."
        )
    uncopied = array if array.ndim == 2 else array[:, np.newaxis]
    with np.errstate(over="ignore"):  # what is too large becomes infinite and is found below
        array = np.ascontiguousarray(uncopied, dtype=np.float32)
    if np.may_share_memory(array, uncopied) and not _never_changes(array):
        array = array.copy()
    infinite = np.isinf(array)
    if infinite.any():
        row, lead = np.argwhere(infinite)[0].tolist()
        raise RecordError(
            f"{record}: {infinite.sum()} samples are not finite as float32, the first of them "
            f"sample {row} of lead {lead}. Mark gaps by NaN."
        )
    return array


def _as_rate(fs: Any, record: str) -> float:
    """The sampling frequency as a positive float."""
    try:
        rate = float(fs)
    except (TypeError, ValueError):
        rate = np.nan
    if not (np.isfinite(rate) and rate > 0):
        raise RecordError(
            f"{record}: 'fs' must be a positive number, the sampling frequency in Hz. "
            f"Got {fs!r} instead."
        )
    return rate


def _as_lead_names(names: Sequence[str] | None, n_leads: int, record: str) -> tuple[str, ...]:
    """One string a lead."""
    if names is None:
        return tuple(f"lead{i}" for i in range(n_leads))
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"{record}: 'lead_names' must be a sequence of str. Got {names!r}.")
    if len(names) != n_leads:
        raise RecordError(
            f"{record}: 'lead_names' must name each of the {n_leads} leads. Got {list(names)}."
        )
    return tuple(str(name) for name in names)


def _as_integers(values: ArrayLike, what: str) -> np.ndarray:
    """A copy as int64 of shape (n,)."""
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise RecordError(
            f"{what} must be whole numbers of shape (n,). "
            f"Got dtype {array.dtype}, shape {array.shape}."
        )
    return array.astype(np.int64)


def _as_positions(values: ArrayLike, what: str) -> np.ndarray:
    """A copy as int64 of shape (n,), none of them negative."""
    array = _as_integers(values, what)
    if np.any(array < 0):
        raise RecordError(f"{what} must count samples from 0. Got {array.min()}.")
    return array


def _as_strings(values: ArrayLike, what: str) -> np.ndarray:
    """A copy as an array of strings of shape (n,)."""
    array = np.array(values, dtype=object)
    if array.ndim != 1 or not all(isinstance(value, str) for value in array.tolist()):
        raise RecordError(f"{what} must be strings of shape (n,). Got {values!r:.100}.")
    return array.astype(str)


def _check_beats(sample: np.ndarray, symbol: np.ndarray, record: str) -> None:
    """Raise unless beats have one symbol each, are in order and are beats."""
    if len(sample) != len(symbol):
        raise RecordError(
            f"{record}: 'sample' and 'symbol' must be of one length. "
            f"Got {len(sample)} and {len(symbol)}."
        )
    if np.any(np.diff(sample) <= 0):
        raise RecordError(_out_of_order(record, "beats", sample, 1))
    if unknown := sorted(set(symbol.tolist()) - BEAT_SYMBOLS):
        raise RecordError(
            f"{record}: {unknown} are no symbols of beats (skecg.tables.BEAT_SYMBOLS). What is "
            "no beat belongs to 'other'."
        )


def _check_inside(sample: np.ndarray, n_samples: int, what: str, record: str) -> None:
    """Raise if annotations lie beyond the end of the signal."""
    outside = sample[sample >= n_samples]
    if len(outside):
        raise RecordError(
            f"{record}: {len(outside)} of {len(sample)} {what} lie outside the signal of "
            f"{n_samples} samples, the first of them at sample {outside[0]}. Were signal and "
            "annotations made for each other?"
        )


def _out_of_order(record: str, what: str, sample: np.ndarray, least: int) -> str:
    """Say where positions do not increase."""
    i = int(np.argmax(np.diff(sample) < least))
    more = "increase" if least else "never decrease"
    return (
        f"{record}: positions of {what} must {more}. Sample {sample[i + 1]} comes after sample "
        f"{sample[i]}. Sort them, or remove what is there twice."
    )
