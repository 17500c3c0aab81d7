"""Annotations of a recording: all of one annotator, and those that are not beats."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..tables import BEAT_SYMBOLS
from ._errors import RecordError
from ._values import ByValue, as_integers, as_positions, as_strings, freeze, out_of_order

__all__ = [
    "AnnotationStream",
    "Annotations",
    "SplitAnnotations",
    "add_comments",
    "at_rate",
    "join_annotations",
    "split_annotations",
]

# reasons for which beats are excluded
OUTSIDE = "beat outside the signal"
REPEATED = "beat at the same sample as another"

_FARTHEST = 2**62  # far from overflow

# symbol of a code that neither WFDB nor the annotation file defines, as WFDB shows it
_UNDEFINED = re.compile(r"\[\d+\]")

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
class AnnotationStream:
    """All annotations that one annotator made on a recording, beats and others, in order.

    Attributes
    ----------
    sample : ndarray of int of shape (n_annotations,)
        Positions in samples; negative where an annotation is before the signal.
    symbol : ndarray of str of shape (n_annotations,)
        WFDB symbols; that of an undefined code is the code in brackets, such as ``"[45]"``.
    subtype, chan, num : ndarray of int of shape (n_annotations,) or None
        The numbers that WFDB keeps with each annotation; None is zero for all.
    aux_note : ndarray of str of shape (n_annotations,) or None
        Text of each annotation; None is empty for all.
    fs : float or None
        Sampling frequency in Hz at which the positions count, where the annotator gives it.
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


class SplitAnnotations(NamedTuple):
    """The beats of a record, its other annotations, and the numbers of excluded ones.

    ``excluded`` counts, by reason, beats and annotations that may be beats because nothing
    defines their code. ``others_outside`` counts other annotations outside the signal.
    """

    sample: NDArray[np.int64]
    symbol: NDArray[np.str_]
    other: Annotations
    excluded: dict[str, int]
    others_outside: int = 0


def split_annotations(
    stream: AnnotationStream | None,
    fs: float,
    n_samples: int,
    name: str,
    *,
    start: int = 0,
    stop: int | None = None,
) -> SplitAnnotations:
    """Split the annotations of a record into beats and others, and exclude impossible ones.

    Parameters
    ----------
    stream : AnnotationStream or None
        The annotations, or None.
    fs : float
        Sampling frequency of the signal in Hz.
    n_samples : int
        Length of the whole signal in samples. Annotations before 0 and from there on are
        excluded and counted.
    name : str
        Name of the record, for errors.
    start, stop : int
        Stretch of the signal in samples; positions then count from `start`. None is the end.

    Raises
    ------
    RecordError
        If annotations are out of order, contain no beat, or most beats lie outside the signal.
    """
    if stream is None:
        return SplitAnnotations(np.zeros(0, np.int64), np.zeros(0, "<U1"), Annotations(), {})
    record = f"Record '{name}'"
    position = at_rate(
        as_integers(stream.sample, f"{record}: 'sample' of the annotations"), stream.fs, fs
    )
    if np.any(np.diff(position) < 0):
        raise RecordError(out_of_order(record, "annotations", position, 0))
    symbol = as_strings(stream.symbol, f"{record}: 'symbol' of the annotations")
    undefined = _undefined(symbol)
    is_beat = np.isin(symbol, list(BEAT_SYMBOLS))
    if not is_beat.any():
        raise RecordError(_no_beats(record, len(symbol), undefined))
    outside = (position < 0) | (position >= n_samples)
    _check_mostly_inside(position[is_beat], n_samples, record)
    repeated = _repeats(position, is_beat)
    is_undefined = np.isin(symbol, list(undefined))
    # what is before the signal belongs to its first sample, what is behind it to its last
    in_stretch = (position >= start) | (start == 0)
    if stop is not None:
        in_stretch &= position < stop
    found = {
        OUTSIDE: outside & is_beat,
        REPEATED: repeated & ~outside,
        **{reason: (symbol == shown) & ~outside for shown, reason in undefined.items()},
    }
    counts = {reason: int((mask & in_stretch).sum()) for reason, mask in found.items()}
    chosen = in_stretch & ~outside & ~repeated & ~is_undefined
    beats, others = chosen & is_beat, chosen & ~is_beat
    subtype, chan, num, aux_note = (
        None if column is None else np.asarray(column)[others]
        for column in (stream.subtype, stream.chan, stream.num, stream.aux_note)
    )
    other = Annotations(position[others] - start, symbol[others], subtype, chan, num, aux_note)
    excluded = {reason: n for reason, n in counts.items() if n}
    n_others = int((outside & ~is_beat & in_stretch).sum())
    return SplitAnnotations(position[beats] - start, symbol[beats], other, excluded, n_others)


def _undefined(symbol: NDArray[np.str_]) -> dict[str, str]:
    """Return the symbols of undefined codes, each with the reason for which it is excluded."""
    found = sorted(shown for shown in set(symbol.tolist()) if _UNDEFINED.fullmatch(shown))
    return {shown: f"annotation of undefined code {shown[1:-1]}" for shown in found}


def _no_beats(record: str, n: int, undefined: Mapping[str, str]) -> str:
    """Write the error about annotations without a beat."""
    codes = ""
    if undefined:
        shown = ", ".join(one[1:-1] for one in undefined)
        codes = f" Nothing defines the codes {shown} that some of them have."
    return (
        f"{record}: none of its {n} annotations is a beat.{codes} Name the annotator that marked "
        "beats, or pass annotator=None to read only the signal."
    )


def add_comments(
    parts: SplitAnnotations,
    stream: AnnotationStream | None,
    fs: float,
    start: int,
    stop: int,
) -> SplitAnnotations:
    """Add annotations other than beats that are in the signal's own file.

    Parameters
    ----------
    parts : SplitAnnotations
        The annotations so far.
    stream : AnnotationStream or None
        The others, none of them a beat.
    fs : float
        Sampling frequency of the signal in Hz.
    start, stop : int
        Stretch of the signal in samples; those outside are excluded.
    """
    if stream is None:
        return parts
    position = at_rate(stream.sample, stream.fs, fs)
    inside = (position >= start) & (position < stop)
    other = parts.other
    notes = np.full(len(stream), "") if stream.aux_note is None else stream.aux_note
    # annotations that were read from another file and written again have them already
    known = set(zip(other.sample.tolist(), other.aux_note.tolist(), strict=True))
    pairs = zip((position - start).tolist(), notes.tolist(), strict=True)
    inside &= np.array([pair not in known for pair in pairs], dtype=bool)
    sample = np.concatenate([other.sample, position[inside] - start])
    order = np.argsort(sample, kind="stable")
    zeros = np.zeros(int(inside.sum()), dtype=np.int64)
    joined = Annotations(
        sample[order],
        np.concatenate([other.symbol, stream.symbol[inside]])[order],
        np.concatenate([other.subtype, zeros])[order],
        np.concatenate([other.chan, zeros])[order],
        np.concatenate([other.num, zeros])[order],
        np.concatenate([other.aux_note, notes[inside]])[order],
    )
    return parts._replace(other=joined)


def at_rate(sample: NDArray[np.int64], fs: float | None, wanted: float) -> NDArray[np.int64]:
    """Return positions at another rate, halves rounded up, as the WFDB library does."""
    if not fs or fs == wanted:
        return sample
    positions = np.floor(sample * (wanted / fs) + 0.5)
    return np.clip(positions, -_FARTHEST, _FARTHEST).astype(np.int64)


def _check_mostly_inside(sample: NDArray[np.int64], n_samples: int, record: str) -> None:
    """Raise if most beats lie outside the signal: they are those of another one."""
    outside = sample[(sample < 0) | (sample >= n_samples)]
    if 2 * len(outside) > len(sample):
        raise RecordError(
            f"{record}: {len(outside)} of {len(sample)} beats lie outside the signal of "
            f"{n_samples} samples, the first of them at sample {outside[0]}. Were signal and "
            "annotations made for each other?"
        )


def _repeats(position: NDArray[np.int64], is_beat: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which beats are at the sample of a beat before them, as in another channel."""
    repeated = np.zeros(len(position), dtype=bool)
    beats = np.flatnonzero(is_beat)
    repeated[beats[1:]] = np.diff(position[beats]) == 0
    return repeated


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
