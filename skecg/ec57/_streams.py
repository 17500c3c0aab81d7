"""Prepare annotations for a beat-by-beat comparison: beats, and episodes without beats."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..records import Annotations, AnnotationStream
from ..records.formats import as_stream
from ..tables import BEAT_SYMBOLS, CLASS_MAPS, SYMBOL_MEANINGS
from ..utils import warn

__all__ = [
    "FOREVER",
    "LABELS",
    "SHUTDOWN",
    "AnnotationsLike",
    "Beats",
    "Episodes",
    "Stream",
    "about",
    "agreed",
    "code_points",
    "name_of",
    "to_beats",
    "to_samples",
    "to_stream",
]

#: Rows and columns of the comparison: the classes, then O (no beat) and X (no beat, in a
#: shutdown of the other annotator, where the signal cannot be read).
LABELS = ("N", "S", "V", "F", "Q", "O", "X")
UNCLASSED = LABELS.index("O")
FLUTTER_WAVE = "!"  # a QRS complex without a class, outside [ ... ]
SHUTDOWN = 0x30  # bits of the subtype of "~": neither signal can be read
FOREVER = int(np.iinfo(np.int64).max) // 4  # far from overflow

_CLASS_OF = np.full(128, -1, dtype=np.int8)  # by code point; -1 is not a beat
for _symbol in BEAT_SYMBOLS:
    _CLASS_OF[ord(_symbol)] = LABELS.index(CLASS_MAPS["ec57"][_symbol])
_CLASS_OF[ord(FLUTTER_WAVE)] = UNCLASSED


class HasAnnotations(Protocol):
    """An ECGRecord, Annotations, a wfdb.Annotation, or any object with positions and symbols."""

    @property
    def sample(self) -> ArrayLike:
        """Positions in samples."""

    @property
    def symbol(self) -> ArrayLike:
        """WFDB symbols."""


#: An object with annotations, or ``(sample, symbol[, subtype[, aux_note]])``.
AnnotationsLike: TypeAlias = HasAnnotations | Sequence[ArrayLike]

Columns: TypeAlias = tuple[
    NDArray[np.int64], NDArray[np.str_], NDArray[np.int64], NDArray[np.str_ | np.object_] | None
]


class Stream(NamedTuple):
    """All annotations of one annotator in order, with rate, length and name of the record."""

    sample: NDArray[np.int64]
    symbol: NDArray[np.str_]
    subtype: NDArray[np.int64]
    aux_note: NDArray[np.str_ | np.object_] | None  # None is no text
    fs: float | None
    n_samples: int | None
    name: str | None


class Episodes(NamedTuple):
    """Stretches of a recording from ``on`` to ``off``, both inclusive, sorted by ``on``."""

    on: NDArray[np.int64]
    off: NDArray[np.int64]

    def meet(self, low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which stretches from ``low`` to ``high`` share a sample with an episode.

        Of the episodes that begin at ``high`` or before, the one that ends last decides, even
        if another one begins later::

            episodes      on[0]-------------------------------off[0]
                                  on[1]----off[1]
            stretch                               low-----high       -> True
        """
        if not len(self.on):
            return np.zeros(len(low), dtype=bool)
        n_begun = np.searchsorted(self.on, high, side="right")
        latest_end = np.concatenate([[-FOREVER], np.maximum.accumulate(self.off)])
        return latest_end[n_begun] >= low


class Beats(NamedTuple):
    """The beats that are compared, and the episodes in which errors are excused."""

    sample: NDArray[np.int64]
    label: NDArray[np.intp]  # positions among LABELS
    symbol: NDArray[np.str_]
    fibrillation: Episodes
    shutdown: Episodes

    def interrupted(self) -> NDArray[np.bool_]:
        """Tell which beats have no RR interval before them: the first, and those after episodes.

        Beat k has the interval from ``sample[k - 1]`` to ``sample[k]``, unless an episode
        meets it::

            beats           0       1       2       3
            episodes                  [--]
            interrupted   True    False   True    False
        """
        before, here = self.sample[:-1], self.sample[1:]
        episodes = self.fibrillation.meet(before, here) | self.shutdown.meet(before, here)
        return np.concatenate([np.ones(min(1, len(self.sample)), dtype=bool), episodes])


def to_stream(
    annotations: AnnotationsLike, role: str, owner: str, name: str | None = None
) -> Stream:
    """Read annotations in any of the accepted forms.

    Parameters
    ----------
    annotations : ECGRecord, wfdb.Annotation, AnnotationStream or tuple
        The annotations.
    role : {"reference", "test"}
        Parameter that they were passed as, for errors.
    owner : str
        Function that they were passed to, for errors.
    name : str or None, default=None
        Name of the record; None is that of the annotations.
    """
    fs: float | None = None
    n_samples: int | None = None
    other: Annotations | None = None
    sample: ArrayLike
    symbol: ArrayLike
    subtype: ArrayLike | None
    aux_note: ArrayLike | None
    if isinstance(annotations, Sequence) and not isinstance(annotations, str):
        if len(annotations) not in (2, 3, 4):
            raise ValueError(
                f"The '{role}' parameter of {owner} must be (sample, symbol), (sample, symbol, "
                "subtype) or (sample, symbol, subtype, aux_note) where it is a tuple. Got "
                f"{len(annotations)} items."
            )
        sample, symbol = annotations[:2]
        subtype = annotations[2] if len(annotations) > 2 else None
        aux_note = annotations[3] if len(annotations) > 3 else None
    elif hasattr(annotations, "sample") and hasattr(annotations, "symbol"):
        name = name or name_of(annotations)
        if getattr(annotations, "custom_labels", None) is not None:
            annotations = as_stream(annotations, name or role)  # by code, not by mnemonic
        sample, symbol = annotations.sample, annotations.symbol
        subtype, aux_note = (getattr(annotations, part, None) for part in ("subtype", "aux_note"))
        fs, n_samples = (getattr(annotations, part, None) for part in ("fs", "n_samples"))
        other = getattr(annotations, "other", None)
        full = getattr(annotations, "annotations", None)
        if isinstance(full, AnnotationStream):  # all that the file has, in its order
            sample, symbol, subtype, aux_note = (
                full.sample,
                full.symbol,
                full.subtype,
                full.aux_note,
            )
            other = None
        elif excluded := getattr(annotations, "excluded", None):
            _warn_of_excluded(excluded, about(name, f"the {role} annotations"))
    else:
        raise TypeError(
            f"The '{role}' parameter of {owner} must be an ECGRecord, a wfdb.Annotation or a "
            "tuple (sample, symbol[, subtype[, aux_note]]). Got "
            f"{type(annotations).__name__} instead."
        )
    noun = about(name, f"the {role} annotations")
    columns = _as_columns(sample, symbol, subtype, aux_note, noun)
    _check_order(columns[0], noun)
    if other is not None and len(other.sample):
        columns = _merge(columns, other)
    unknown = sorted(set(np.unique(columns[1]).tolist()) - set(SYMBOL_MEANINGS))
    if unknown:
        warn(
            f"{noun} contain symbols that WFDB does not define and that are not compared: "
            f"{unknown[:10]}. Beats have the symbols of skecg.tables.BEAT_SYMBOLS."
        )
    return Stream(*columns, fs or None, n_samples, name)


def _warn_of_excluded(excluded: Mapping[str, int], noun: str) -> None:
    """Warn that annotations are not compared because a record has excluded them."""
    found = ", ".join(f"{reason}: {n}" for reason, n in excluded.items())
    warn(
        f"{noun} are those of a changed copy of a record from which some were excluded "
        f"({found}), which are not compared. compare_folders compares all of a file."
    )


def name_of(annotations: object) -> str | None:
    """Return the name of the record of an ECGRecord or wfdb.Annotation, if it has one."""
    found = getattr(annotations, "name", None) or getattr(annotations, "record_name", None)
    return str(found) if found else None


def about(name: str | None, text: str) -> str:
    """Begin a message with the name of the record, if it has one."""
    return f"Record '{name}': {text}" if name else text[0].upper() + text[1:]


def to_beats(stream: Stream, window: int) -> Beats:
    """Find the episodes, and the beats outside of ventricular fibrillation."""
    code = code_points(stream.symbol)
    in_fibrillation, fibrillation = _fibrillation(stream.sample, code)
    label = np.where(in_fibrillation, -1, _CLASS_OF[code])
    shutdown = _shutdowns(stream, code, in_fibrillation, label >= 0, window)
    kept = np.flatnonzero(label >= 0)
    return Beats(
        stream.sample[kept],
        label[kept].astype(np.intp),
        stream.symbol[kept],
        fibrillation,
        shutdown,
    )


def _as_columns(
    sample: ArrayLike,
    symbol: ArrayLike | None,
    subtype: ArrayLike | None,
    aux_note: ArrayLike | None,
    noun: str,
) -> Columns:
    """Return positions and subtypes as int64, symbols and texts as strings, of one length."""
    positions = np.asarray(sample)
    if positions.ndim != 1 or (positions.size and positions.dtype.kind not in "iu"):
        raise ValueError(
            f"{noun} must have positions in samples, whole numbers of shape (n,). Got dtype "
            f"{positions.dtype}, shape {positions.shape}: round(seconds * fs) converts times."
        )
    if symbol is None:
        raise ValueError(f"{noun} must have WFDB symbols. Got None.")
    symbols: NDArray[Any] = np.asarray(symbol)
    if symbols.dtype.kind == "O":
        symbols = np.array([str(item) for item in symbols.ravel()]).reshape(symbols.shape)
    if symbols.size and symbols.dtype.kind != "U":
        raise ValueError(f"{noun} must have WFDB symbols, strings. Got dtype {symbols.dtype}.")
    subtypes: NDArray[Any] = np.zeros(len(positions), dtype=np.int64)
    if subtype is not None:
        subtypes = np.asarray(subtype)
    if subtypes.size and subtypes.dtype.kind not in "iu":
        raise ValueError(f"{noun} must have whole numbers as subtypes. Got {subtypes.dtype}.")
    if not positions.shape == symbols.shape == subtypes.shape:
        raise ValueError(
            f"{noun} must have one position, symbol and subtype each. Got shapes "
            f"{positions.shape}, {symbols.shape} and {subtypes.shape}."
        )
    notes = None if aux_note is None else np.asarray(aux_note)
    if notes is not None and notes.shape != positions.shape:
        raise ValueError(
            f"{noun} must have one text each where there are texts. Got shapes "
            f"{positions.shape} and {notes.shape}."
        )
    return positions.astype(np.int64), symbols.astype(str), subtypes.astype(np.int64), notes


def _check_order(sample: NDArray[np.int64], noun: str) -> None:
    """Raise if positions decrease; files may have annotations before the signal, at < 0."""
    if np.any(sample[1:] < sample[:-1]):
        i = int(np.argmax(sample[1:] < sample[:-1]))
        raise ValueError(
            f"{noun} must be in the order of their positions. Sample {sample[i + 1]} comes after "
            f"sample {sample[i]}: sort them."
        )


def _merge(beats: Columns, other: Annotations) -> Columns:
    """Merge beats and other annotations of a record, beats first at one position."""
    sample = np.concatenate([beats[0], other.sample])
    order = np.argsort(sample, kind="stable")
    symbol = np.concatenate([beats[1], other.symbol])
    subtype = np.concatenate([beats[2], other.subtype])
    no_notes = np.full(len(beats[0]), "")
    aux_note = np.concatenate([no_notes if beats[3] is None else beats[3], other.aux_note])
    return sample[order], symbol[order], subtype[order], aux_note[order]


def code_points(symbol: NDArray[np.str_]) -> NDArray[np.int64]:
    """Return the code point of each symbol, 0 for all but single ASCII characters.

    NumPy keeps strings as rows of 32-bit code points, padded with zeros, which are viewed here
    as an integer array of shape (n, width)::

        "N"    ->  78   0
        "(N"   ->  40  78   not a single character
    """
    if not symbol.size:
        return np.zeros(0, dtype=np.int64)
    width = symbol.dtype.itemsize // 4
    points = np.ascontiguousarray(symbol).view(np.uint32).reshape(-1, width)
    single = (points[:, 1:] == 0).all(axis=1) & (points[:, 0] < len(_CLASS_OF))
    return np.where(single, points[:, 0], 0).astype(np.int64)


def _fibrillation(
    sample: NDArray[np.int64], code: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], Episodes]:
    """Mark the annotations from each [ to its ], both included, and return the episodes.

    bxb drops all annotations from ventricular fibrillation on (``[``) to off (``]``)::

        symbols   N   [   !   N   ]   N   ]
        inside    .   x   x   x   x   .   x     a ] without [ is dropped by itself
    """
    inside = np.zeros(len(code), dtype=bool)
    on: list[int] = []
    off: list[int] = []
    begin = None
    for k in np.flatnonzero((code == ord("[")) | (code == ord("]"))).tolist():
        if code[k] == ord("["):
            begin = k if begin is None else begin
        else:
            inside[k if begin is None else begin : k + 1] = True
            if begin is not None:
                on.append(int(sample[begin]))
                off.append(int(sample[k]))
            begin = None
    if begin is not None:  # without end
        inside[begin:] = True
        if not on:  # else bxb keeps the end of the one before, which is past
            on.append(int(sample[begin]))
            off.append(FOREVER)
    return inside, _episodes(on, off)


def _shutdowns(
    stream: Stream,
    code: NDArray[np.int64],
    in_fibrillation: NDArray[np.bool_],
    is_beat: NDArray[np.bool_],
    window: int,
) -> Episodes:
    """Find where an annotator marks that the signal cannot be read.

    A ``~`` with the bits of `SHUTDOWN` opens a shutdown; the next annotation decides its form::

        MIT-BIH   N      ~          ~      N    a ~ with other bits closes it
                         on         off
        AHA       N          ~             N    another annotation follows: from the beat
                  |--w--on        off--w---|    before to it, a window w less at each end
    """
    quality = (code == ord("~")) & ~in_fibrillation
    opens = quality & ((stream.subtype & SHUTDOWN) == SHUTDOWN)
    # candidates for the beat before: beats, and ends of fibrillation; a ] without [ ends none
    brackets = np.flatnonzero((code == ord("[")) | (code == ord("]")))
    ends = brackets[1:][np.diff(code[brackets]) > 0]  # a ] right after a [
    anchors = np.union1d(np.flatnonzero(is_beat), ends)
    on: list[int] = []
    off: list[int] = []
    for k in np.flatnonzero(opens).tolist():
        begin, end = int(stream.sample[k]), FOREVER
        if k + 1 < len(code):
            end = int(stream.sample[k + 1])
            if opens[k + 1] or not quality[k + 1]:
                n_before = int(np.searchsorted(anchors, k))
                begin = int(stream.sample[anchors[n_before - 1]]) + window if n_before else 0
                end -= window
        if begin <= end:
            on.append(begin)
            off.append(end)
    return _episodes(on, off)


def _episodes(on: list[int], off: list[int]) -> Episodes:
    """Return episodes sorted by their begin."""
    begins, ends = np.array(on, dtype=np.int64), np.array(off, dtype=np.int64)
    order = np.argsort(begins, kind="stable")
    return Episodes(begins[order], ends[order])


def agreed(values: Mapping[str, float | None], noun: str, name: str | None) -> float | None:
    """Return the one value that all sources give, or None if none gives it."""
    known = {source: value for source, value in values.items() if value is not None}
    if not known:
        return None
    first = next(iter(known.values()))
    if not all(math.isclose(value, first, rel_tol=1e-6) for value in known.values()):
        found = ", ".join(f"{value:g} ({source})" for source, value in known.items())
        raise ValueError(
            about(name, f"the {noun} must be one for all. Got {found}. ")
            + "Are both of the same recording?"
        )
    return first


def to_samples(seconds: float, fs: float) -> int:
    """Round a time to samples, halves up, as the reference program does."""
    return math.floor(seconds * fs + 0.5)
