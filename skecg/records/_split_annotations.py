"""Split the annotations of a record into beats and others."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..tables import BEAT_SYMBOLS
from ._annotations import Annotations, AnnotationStream, at_rate
from ._errors import RecordError
from ._values import as_integers, as_strings, out_of_order

__all__ = ["SplitAnnotations", "add_comments", "as_split", "split_annotations"]

# reasons for which beats are excluded
OUTSIDE = "beat outside the signal"
REPEATED = "beat at the same sample as another"

# symbol of a code that neither WFDB nor the annotation file defines, as WFDB shows it
_UNDEFINED = re.compile(r"\[\d+\]")


class SplitAnnotations(NamedTuple):
    """The beats of a record, its other annotations, and the numbers of excluded ones.

    ``excluded`` counts, by reason, beats and annotations that may be beats because nothing
    defines their code. ``others_outside`` counts other annotations outside the signal. ``stream``
    has all annotations of the stretch at the rate of the signal, excluded ones too.
    """

    sample: NDArray[np.int64]
    symbol: NDArray[np.str_]
    other: Annotations
    excluded: dict[str, int]
    others_outside: int = 0
    stream: AnnotationStream | None = None


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
    # annotations before the signal belong to its first sample, those behind it to its last
    in_stretch = (position >= start) | (start == 0)
    if stop is not None:
        in_stretch &= position < stop
    found = {
        OUTSIDE: outside & is_beat,
        REPEATED: repeated & ~outside,
        **{reason: (symbol == shown) & ~outside for shown, reason in undefined.items()},
    }
    counts = {reason: int((mask & in_stretch).sum()) for reason, mask in found.items()}
    subtype, chan, num, aux_note = (
        None if column is None else _frozen(np.asarray(column)[in_stretch])
        for column in (stream.subtype, stream.chan, stream.num, stream.aux_note)
    )
    kept = AnnotationStream(
        _frozen((position - start)[in_stretch]),
        _frozen(symbol[in_stretch]),
        subtype=subtype,
        chan=chan,
        num=num,
        aux_note=aux_note,
        fs=fs,
    )
    # annotations outside of the signal are outside of a stretch, too
    sample, symbol, other = _beats_and_others(kept, outside[in_stretch])
    excluded = {reason: n for reason, n in counts.items() if n}
    n_others = int((outside & ~is_beat & in_stretch).sum())
    return SplitAnnotations(sample, symbol, other, excluded, n_others, kept)


def _beats_and_others(
    stream: AnnotationStream, outside: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.str_], Annotations]:
    """Return position and symbol of the beats, and the others, without impossible ones."""
    symbol = np.asarray(stream.symbol)
    is_beat = np.isin(symbol, list(BEAT_SYMBOLS))
    is_undefined = np.isin(symbol, list(_undefined(symbol)))
    chosen = ~outside & ~_repeats(stream.sample, is_beat) & ~is_undefined
    beats, others = chosen & is_beat, chosen & ~is_beat
    subtype, chan, num, aux_note = (
        None if column is None else np.asarray(column)[others]
        for column in (stream.subtype, stream.chan, stream.num, stream.aux_note)
    )
    other = Annotations(stream.sample[others], symbol[others], subtype, chan, num, aux_note)
    return stream.sample[beats], symbol[beats], other


def as_split(
    annotations: AnnotationStream | None,
    fs: float,
    n_samples: int,
    beats: tuple[NDArray[np.int64], NDArray[np.str_]],
    other: Annotations,
    record: str,
) -> AnnotationStream | None:
    """Return the annotations of which `split_annotations` makes these parts, or None.

    Parameters
    ----------
    annotations : AnnotationStream or None
        All annotations, at the rate of the signal.
    fs, n_samples : float and int
        Sampling frequency in Hz and length of the signal.
    beats : tuple of ndarray of shape (n_beats,)
        Position and symbol of the beats.
    other : Annotations
        The others.
    record : str
        Name of the record, for errors.
    """
    if annotations is None:
        return None
    if not isinstance(annotations, AnnotationStream):
        raise TypeError(
            f"{record}: 'annotations' must be an AnnotationStream, as read_record finds it, or "
            f"None. Got {type(annotations).__name__} instead."
        )
    if annotations.fs != fs:
        return None
    outside = (annotations.sample < 0) | (annotations.sample >= n_samples)
    sample, symbol, others = _beats_and_others(annotations, outside)
    same = np.array_equal(sample, beats[0]) and np.array_equal(symbol, beats[1])
    return annotations if same and others == other else None


def _frozen(column: NDArray[Any]) -> NDArray[Any]:
    """Make an array read-only."""
    column.flags.writeable = False
    return column


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
