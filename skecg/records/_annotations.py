"""Annotations of a recording: all of one annotator, and those that are not beats."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..tables import BEAT_SYMBOLS
from ._errors import RecordError
from ._values import ByValue, as_integers, as_positions, as_strings, freeze, out_of_order

__all__ = ["AnnotationStream", "Annotations", "at_rate", "join_annotations"]

_FARTHEST = 2**62  # far from overflow

_NUMBERS = ("subtype", "chan", "num")


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Annotations(ByValue):
    """The annotations of a recording that are not beats: rhythm, noise, ST changes, comments.

    Parameters
    ----------
    sample : array-like of int of shape (n_annotations,), default=()
        Positions in samples, never decreasing.
    symbol : array-like of str of shape (n_annotations,), default=()
        WFDB symbols, such as ``"+"`` for a change of rhythm; not those of beats.
    subtype, chan, num : array-like of int of shape (n_annotations,), default=None
        The numbers that WFDB keeps with each annotation; None is zero for all. The subtype of
        ``"~"`` tells which signals are noisy.
    aux_note : array-like of str of shape (n_annotations,), default=None
        Text of each annotation, such as ``"(AFIB"``; None is empty for all.

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

    sample: NDArray[np.int64]
    symbol: NDArray[np.str_]
    subtype: NDArray[np.int64]
    chan: NDArray[np.int64]
    num: NDArray[np.int64]
    aux_note: NDArray[np.str_]

    def __init__(
        self,
        sample: ArrayLike = (),
        symbol: ArrayLike = (),
        subtype: ArrayLike | None = None,
        chan: ArrayLike | None = None,
        num: ArrayLike | None = None,
        aux_note: ArrayLike | None = None,
    ) -> None:
        positions = as_positions(sample, "Annotations: 'sample'")
        if np.any(np.diff(positions) < 0):
            raise RecordError(out_of_order("Annotations", "annotations", positions, 0))
        columns: dict[str, NDArray[np.int64] | NDArray[np.str_]] = {
            "sample": positions,
            "symbol": as_strings(symbol, "Annotations: 'symbol'"),
        }
        for name, numbers in zip(_NUMBERS, (subtype, chan, num), strict=True):
            columns[name] = (
                np.zeros(len(positions), dtype=np.int64)
                if numbers is None
                else as_integers(numbers, f"Annotations: '{name}'")
            )
        notes = [""] * len(positions) if aux_note is None else aux_note
        columns["aux_note"] = as_strings(notes, "Annotations: 'aux_note'")
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            raise RecordError(f"Annotations: all arrays must be of one length. Got {lengths}.")
        if beats := sorted(BEAT_SYMBOLS.intersection(columns["symbol"].tolist())):
            raise RecordError(
                f"Annotations: {beats} are beat symbols. Pass beats as 'sample' and 'symbol' of "
                "the ECGRecord itself."
            )
        freeze(self, columns)

    def __len__(self) -> int:
        return len(self.sample)

    def __repr__(self) -> str:
        symbols, counts = np.unique(self.symbol, return_counts=True)
        found = ", ".join(f"{n} {s!r}" for s, n in zip(symbols.tolist(), counts, strict=True))
        return f"Annotations({found or 'none'})"


@dataclass(frozen=True, eq=False)
class AnnotationStream(ByValue):
    """All annotations that one annotator made on a recording, beats and others, in order.

    ``read_record(path).annotations`` is one. `compare_annotations` takes it in place of a record.

    Parameters
    ----------
    sample : ndarray of int of shape (n_annotations,)
        Positions in samples; negative where an annotation is before the signal.
    symbol : ndarray of str of shape (n_annotations,)
        WFDB symbols; that of an undefined code is the code in brackets, such as ``"[45]"``.
    subtype, chan, num : ndarray of int of shape (n_annotations,), default=None
        The numbers that WFDB keeps with each annotation; None is zero for all.
    aux_note : ndarray of str of shape (n_annotations,), default=None
        Text of each annotation; None is empty for all.
    fs : float, default=None
        Sampling frequency in Hz at which the positions count, where the annotator gives it.

    Examples
    --------
    >>> import tempfile
    >>> from skecg import read_record, simulate_record, write_record
    >>> record = simulate_record(10, random_state=0, name="a")
    >>> stream = read_record(write_record(record, tempfile.mkdtemp())).annotations
    >>> len(stream) == len(record.sample) + len(record.other)
    True
    """

    sample: NDArray[np.int64]
    symbol: NDArray[np.str_]
    subtype: NDArray[np.int64] | None = None
    chan: NDArray[np.int64] | None = None
    num: NDArray[np.int64] | None = None
    aux_note: NDArray[np.str_] | NDArray[np.object_] | None = None
    fs: float | None = None

    def __len__(self) -> int:
        return len(self.sample)


def at_rate(sample: NDArray[np.int64], fs: float | None, wanted: float) -> NDArray[np.int64]:
    """Return positions at another rate, halves rounded up, as the WFDB library does."""
    if not fs or fs == wanted:
        return sample
    positions = np.floor(sample * (wanted / fs) + 0.5)
    return np.clip(positions, -_FARTHEST, _FARTHEST).astype(np.int64)


def join_annotations(
    sample: NDArray[np.int64], symbol: NDArray[np.str_], other: Annotations, fs: float
) -> AnnotationStream:
    """Join the beats and the other annotations of a record in the order of their samples."""
    positions = np.concatenate([sample, other.sample])
    order = np.argsort(positions, kind="stable")  # beats first at one position
    zeros = np.zeros(len(sample), dtype=np.int64)
    no_notes = np.full(len(sample), "")
    return AnnotationStream(
        positions[order],
        np.concatenate([symbol, other.symbol])[order],
        subtype=np.concatenate([zeros, other.subtype])[order],
        chan=np.concatenate([zeros, other.chan])[order],
        num=np.concatenate([zeros, other.num])[order],
        aux_note=np.concatenate([no_notes, other.aux_note])[order],
        fs=fs,
    )
