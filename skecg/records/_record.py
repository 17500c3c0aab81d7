"""One recording: its signal, beats and other annotations."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..tables import BEAT_SYMBOLS
from ..utils import count, printable, warn
from ._amplitude import judge_once
from ._annotations import Annotations, AnnotationStream
from ._errors import RecordError
from ._signal_warnings import warn_about_signal
from ._split_annotations import as_split, split_annotations
from ._subject import find_subject
from ._values import ByValue, as_name, as_positions, as_strings, freeze, out_of_order
from .formats._wfdb._objects import read_objects

if TYPE_CHECKING:
    from .formats._wfdb._objects import WfdbAnnotation, WfdbRecord

__all__ = ["ECGRecord"]


@dataclass(frozen=True, init=False, eq=False, repr=False)
class ECGRecord(ByValue):
    """One recording: signal, reference beats, other annotations, name, subject.

    Made by `read_record` from files, by ``ECGRecord(...)`` from arrays, or by `from_wfdb`.
    Records are frozen, their arrays read-only, and compared by value; ``dataclasses.replace``
    makes a changed copy.

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
        The annotations that are not beats; None is no annotation.
    name : str, default="record"
        Name of the recording.
    subject : str, default=None
        The person recorded: records of one person must have equal subjects, so that no split
        cuts through a person. None is looked up by `skecg.tables.subject_of`, and in ``comments``.
    start_date : datetime.date, default=None
        Day on which the recording began.
    start_time : datetime.time, default=None
        Time of day at which it began.
    comments : iterable of str, default=()
        Lines of text about the recording, such as age, sex and medication.
    excluded : mapping of str to int, default=None
        Numbers of beats that are not in the record, by reason, as `read_record` and `from_wfdb`
        count them: outside the signal, at the sample of another beat, or of a code that nothing
        defines, which may be that of a beat. It does not take part in comparisons.
    annotations : AnnotationStream, default=None
        All annotations as `read_record` and `from_wfdb` have found them, in the order of the
        file: those that the record excludes, and the texts and numbers of beats, too. They are
        compared by `compare_annotations`. None, also where ``sample``, ``symbol`` or ``other``
        are not made of them, as in a changed copy. It does not take part in comparisons.

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
        unknown symbols, infinite samples.
    TypeError
        If a name is not a string or ``other`` is not an Annotations.

    Warns
    -----
    UserWarning
        If the amplitude is not that of an ECG in mV but in V, uV, or steps of a converter.

    See Also
    --------
    read_record : Read one from files.
    skecg.simulate_record : Simulate a labelled recording.

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

    signal: NDArray[np.float32]
    fs: float
    lead_names: tuple[str, ...]
    sample: NDArray[np.int64]
    symbol: NDArray[np.str_]
    other: Annotations
    name: str
    subject: str
    start_date: datetime.date | None
    start_time: datetime.time | None
    comments: tuple[str, ...]
    excluded: Mapping[str, int] = field(compare=False)
    annotations: AnnotationStream | None = field(compare=False)

    def __init__(
        self,
        signal: ArrayLike,
        fs: float,
        lead_names: Sequence[str] | None = None,
        sample: ArrayLike = (),
        symbol: ArrayLike = (),
        *,
        other: Annotations | None = None,
        name: str = "record",
        subject: str | None = None,
        start_date: datetime.date | None = None,
        start_time: datetime.time | None = None,
        comments: Iterable[str] = (),
        excluded: Mapping[str, int] | None = None,
        annotations: AnnotationStream | None = None,
    ) -> None:
        name = as_name(name, "name")
        record = f"Record '{name}'"
        array = _as_signal(signal, record)
        positions = as_positions(sample, f"{record}: 'sample'")
        symbols = as_strings(symbol, f"{record}: 'symbol'")
        other = Annotations() if other is None else other
        if not isinstance(other, Annotations):
            raise TypeError(
                f"{record}: 'other' must be skecg.Annotations or None. "
                f"Got {type(other).__name__} instead."
            )
        _check_beats(positions, symbols, record)
        _check_inside(positions, len(array), "beats", record)
        _check_inside(other.sample, len(array), "other annotations", record)
        lines = _as_comments(comments, record)
        subject = find_subject(name, lines) if subject is None else subject
        rate, leads = _as_rate(fs, record), _as_lead_names(lead_names, array.shape[1], record)
        beats = (positions, symbols)
        annotations = as_split(annotations, rate, len(array), beats, other, record)
        freeze(
            self,
            {
                "signal": array,
                "fs": rate,
                "lead_names": leads,
                "sample": positions,
                "symbol": symbols,
                "other": other,
                "name": name,
                "subject": as_name(subject, "subject"),
                "start_date": _as_type(start_date, datetime.date, "start_date", record),
                "start_time": _as_type(start_time, datetime.time, "start_time", record),
                "comments": lines,
                "excluded": dict(excluded or {}),
                "annotations": annotations,
            },
        )
        if fault := judge_once(array, rate, leads):
            warn(f"{record}: {fault}.")

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
        leads = f"{count(self.n_leads, 'lead')} ({', '.join(self.lead_names)})"
        return (
            f"ECGRecord({self.name!r}: {leads}, {self.n_samples} samples at {self.fs:g} Hz "
            f"({self.duration:.1f} s), {len(self.sample)} beats, subject {self.subject!r})"
        )

    @classmethod
    def from_wfdb(
        cls,
        record: "WfdbRecord",
        annotation: "WfdbAnnotation | None" = None,
        *,
        subject: str | None = None,
    ) -> "ECGRecord":
        """Make a record from objects of the wfdb package.

        Use it for files on a server (``pn_dir=``), or for records made with wfdb. Files are read
        by `read_record`, which also reads some leads only (``leads=``) or a stretch (``start=``,
        ``stop=``).

        Parameters
        ----------
        record : wfdb.Record
            With physical or digital signal, as ``wfdb.rdrecord`` returns it.
        annotation : wfdb.Annotation, default=None
            As ``wfdb.rdann`` returns it; None makes a record without beats.
        subject : str, default=None
            The person recorded. None is the subject that `write_record` has put into the
            header, or else `skecg.tables.subject_of` the name.

        Returns
        -------
        ECGRecord
            The record.

        Raises
        ------
        RecordError
            As for `read_record`; if units are not known; if positions count from the start of a
            recording of which the signal is a stretch; or if wfdb has changed the samples, as
            it does in stretches of format 8 and where a frame has several samples.
        TypeError
            If ``record`` or ``annotation`` is not an object of wfdb.

        Warns
        -----
        UserWarning
            As `ECGRecord`, and if annotations are beyond the end of the signal.

        Notes
        -----
        A stretch needs the same ``sampfrom`` and ``sampto`` in ``wfdb.rdrecord`` and
        ``wfdb.rdann``, and ``shift_samps=True`` in the latter, so that positions count from the
        start of the stretch. Annotations outside it are excluded: ``rdann`` includes ``sampto``
        and, if that is not given, ignores ``sampfrom``. Annotations beyond the signal cause a
        warning: they may count from the start of the recording. Joined segments must have units:
        wfdb gives none where segments differ in them.

        Examples
        --------
        >>> import numpy as np, wfdb
        >>> from skecg import ECGRecord
        >>> record = wfdb.Record(record_name="ana", fs=250, n_sig=1, sig_name=["II"],
        ...                      units=["uV"], p_signal=np.array([[0.0], [500.0], [-250.0]]))
        >>> ECGRecord.from_wfdb(record).signal.ravel()
        array([ 0.  ,  0.5 , -0.25], dtype=float32)
        """
        header, signal, stream = read_objects(record, annotation)
        parts = split_annotations(stream, header.fs, len(signal.values), header.name)
        made = cls(
            signal.values,
            header.fs,
            signal.lead_names,
            parts.sample,
            parts.symbol,
            other=parts.other,
            name=header.name,
            subject=header.subject if subject is None else subject,
            start_date=header.start_date,
            start_time=header.start_time,
            comments=header.comments,
            excluded=parts.excluded,
            annotations=parts.stream,
        )
        warn_about_signal(made.name, made.lead_names, made.signal)
        return made


def _as_type(value: Any, wanted: type, parameter: str, record: str) -> Any:
    """Return a date or time, or None; a datetime is neither."""
    if value is None or (isinstance(value, wanted) and not isinstance(value, datetime.datetime)):
        return value
    raise TypeError(
        f"{record}: '{parameter}' must be a datetime.{wanted.__name__} or None. Got {value!r}."
    )


def _as_comments(comments: Iterable[str], record: str) -> tuple[str, ...]:
    """Return comments as a tuple of strings of one line each."""
    if isinstance(comments, str):
        comments = comments.splitlines()
    lines = tuple(comments)
    if not all(isinstance(line, str) for line in lines):
        raise TypeError(f"{record}: 'comments' must be strings. Got {lines!r}.")
    return tuple(part for line in lines for part in (str(line).splitlines() or [""]))


def _as_signal(signal: ArrayLike, record: str) -> NDArray[np.float32]:
    """Return the signal as float32 (n_samples, n_leads) in memory that no one else changes."""
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
    with np.errstate(over="ignore"):  # values too large become infinite and are found below
        made: NDArray[np.float32] = np.ascontiguousarray(uncopied, dtype=np.float32)
    if np.may_share_memory(made, uncopied) and not _never_changes(made):
        made = made.copy()
    # the extremes are not finite if any sample is not, which saves an array of flags
    if np.isfinite(made.min()) and np.isfinite(made.max()):
        return made
    infinite = np.isinf(made)
    if infinite.any():
        row, lead = np.argwhere(infinite)[0].tolist()
        raise RecordError(
            f"{record}: {infinite.sum()} samples are not finite as float32, the first of them "
            f"sample {row} of lead {lead}. Mark gaps by NaN."
        )
    return made


def _never_changes(array: NDArray[np.float32]) -> bool:
    """Tell whether the memory of an array is read-only, so that it need not be copied."""
    owner: object = array
    while isinstance(owner, np.ndarray):
        if owner.flags.writeable:
            return False
        owner = owner.base
    return owner is None


def _as_rate(fs: float, record: str) -> float:
    """Return the sampling frequency as a positive float."""
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
    """Return one string per lead."""
    if names is None:
        return tuple(f"lead{i}" for i in range(n_leads))
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"{record}: 'lead_names' must be a sequence of str. Got {names!r}.")
    if len(names) != n_leads:
        raise RecordError(
            f"{record}: 'lead_names' must name each of the {n_leads} leads. Got {list(names)}."
        )
    for name in names:
        if name != printable(name):
            raise RecordError(
                f"{record}: 'lead_names' must be of printable characters, each on one line. Got "
                f"{name!r}. Rename the lead."
            )
    return tuple(str(name) for name in names)


def _check_beats(sample: NDArray[np.int64], symbol: NDArray[np.str_], record: str) -> None:
    """Raise unless beats have one beat symbol each and are in order."""
    if len(sample) != len(symbol):
        raise RecordError(
            f"{record}: 'sample' and 'symbol' must be of one length. "
            f"Got {len(sample)} and {len(symbol)}."
        )
    if np.any(np.diff(sample) <= 0):
        raise RecordError(out_of_order(record, "beats", sample, 1))
    if unknown := sorted(set(symbol.tolist()) - BEAT_SYMBOLS):
        raise RecordError(
            f"{record}: {unknown} are not beat symbols (skecg.tables.BEAT_SYMBOLS). Pass non-beat "
            "annotations as 'other'."
        )


def _check_inside(sample: NDArray[np.int64], n_samples: int, noun: str, record: str) -> None:
    """Raise if annotations lie beyond the end of the signal."""
    outside = sample[sample >= n_samples]
    if len(outside):
        raise RecordError(
            f"{record}: {len(outside)} of {len(sample)} {noun} lie outside the signal of "
            f"{n_samples} samples, the first of them at sample {outside[0]}. Were signal and "
            "annotations made for each other?"
        )
