"""What annotators wrote, made ready for a beat-by-beat comparison: beats and episodes."""

import math
import numbers
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..tables import BEAT_SYMBOLS, CLASS_MAPS, SYMBOL_MEANINGS

#: Rows and columns of the comparison: the classes, then O (no beat there) and X (no beat
#: there, and the other annotator says that the signal cannot be read).
LABELS = ("N", "S", "V", "F", "Q", "O", "X")
UNCLASSED = LABELS.index("O")
FLUTTER_WAVE = "!"  # a QRS complex without a class, where it stands outside [ ... ]
SHUTDOWN = 0x30  # bits of the subtype of "~": neither signal can be read
FOREVER = np.iinfo(np.int64).max // 4  # far from overflow

_CLASS_OF = np.full(128, -1, dtype=np.int8)  # by code point; -1 is no beat
for _symbol in BEAT_SYMBOLS:
    _CLASS_OF[ord(_symbol)] = LABELS.index(CLASS_MAPS["ec57"][_symbol])
_CLASS_OF[ord(FLUTTER_WAVE)] = UNCLASSED


class Stream(NamedTuple):
    """All annotations of one annotator in the order of their positions, and what is known."""

    sample: np.ndarray
    symbol: np.ndarray
    subtype: np.ndarray
    fs: float | None
    n_samples: int | None
    name: str | None


class Episodes(NamedTuple):
    """Stretches of a recording from ``on`` to ``off``, both inclusive, sorted by ``on``."""

    on: np.ndarray
    off: np.ndarray

    def meet(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Whether stretches from ``low`` to ``high`` have a sample in common with one."""
        if not len(self.on):
            return np.zeros(len(low), dtype=bool)
        before = np.searchsorted(self.on, high, side="right")
        latest = np.concatenate([[-1], np.maximum.accumulate(self.off)])[before]
        return latest >= low


class Beats(NamedTuple):
    """The beats that are compared, and the episodes that excuse."""

    sample: np.ndarray
    label: np.ndarray  # positions among LABELS
    symbol: np.ndarray
    fibrillation: Episodes
    shutdown: Episodes

    def broken(self) -> np.ndarray:
        """Whether the interval before each beat meets an episode; there is none before the first.

        The first beat counts as broken.
        """
        before, here = self.sample[:-1], self.sample[1:]
        episodes = self.fibrillation.meet(before, here) | self.shutdown.meet(before, here)
        return np.concatenate([np.ones(min(1, len(self.sample)), dtype=bool), episodes])


def to_stream(annotations: Any, role: str, owner: str, name: str | None = None) -> Stream:
    """Read what a user gave as annotations: a record, wfdb.Annotation, or arrays."""
    fs = n_samples = other = None
    if isinstance(annotations, Sequence) and not isinstance(annotations, str):
        if len(annotations) not in (2, 3):
            raise ValueError(
                f"The '{role}' parameter of {owner} must be (sample, symbol) or (sample, symbol, "
                f"subtype) where it is a tuple. Got {len(annotations)} items."
            )
        sample, symbol, subtype = (*annotations, None)[:3]
    elif hasattr(annotations, "sample") and hasattr(annotations, "symbol"):
        sample, symbol = annotations.sample, annotations.symbol
        subtype = getattr(annotations, "subtype", None)
        fs, n_samples = (getattr(annotations, part, None) for part in ("fs", "n_samples"))
        name = name or name_of(annotations)
        other = getattr(annotations, "other", None)
    else:
        raise TypeError(
            f"The '{role}' parameter of {owner} must be an ECGRecord, a wfdb.Annotation or a "
            f"tuple (sample, symbol[, subtype]). Got {type(annotations).__name__} instead."
        )
    what = about(name, f"the {role} annotations")
    sample, symbol, subtype = _columns(sample, symbol, subtype, what)
    _check_order(sample, what)
    if other is not None and len(other.sample):
        sample, symbol, subtype = _merged((sample, symbol, subtype), other)
    unknown = sorted(set(np.unique(symbol).tolist()) - set(SYMBOL_MEANINGS))
    if unknown:
        warnings.warn(
            f"{what} hold symbols that WFDB does not define and that are not compared: "
            f"{unknown[:10]}. Beats have the symbols of skecg.tables.BEAT_SYMBOLS.",
            UserWarning,
            stacklevel=4,
        )
    return Stream(sample, symbol, subtype, fs or None, n_samples, name)


def name_of(annotations: Any) -> str | None:
    """Name of the record of an ECGRecord or wfdb.Annotation, if it has one."""
    found = getattr(annotations, "name", None) or getattr(annotations, "record_name", None)
    return str(found) if found else None


def about(name: str | None, text: str) -> str:
    """Begin a message with the record that it is about, if it has a name."""
    return f"Record '{name}': {text}" if name else text[0].upper() + text[1:]


def to_beats(stream: Stream, window: int) -> Beats:
    """Leave the beats outside of ventricular fibrillation, and find the episodes."""
    code = _code_points(stream.symbol)
    inside, fibrillation = _fibrillation(stream.sample, code)
    label = np.where(inside, -1, _CLASS_OF[code])
    shutdown = _shutdowns(stream, code, inside, label >= 0, window)
    kept = np.flatnonzero(label >= 0)
    return Beats(
        stream.sample[kept],
        label[kept].astype(np.intp),
        stream.symbol[kept],
        fibrillation,
        shutdown,
    )


def _columns(sample: Any, symbol: Any, subtype: Any, what: str) -> tuple[np.ndarray, ...]:
    """Positions as int64, symbols as strings, subtypes as integers, all of one length."""
    sample = np.asarray(sample)
    if sample.ndim != 1 or (sample.size and sample.dtype.kind not in "iu"):
        raise ValueError(
            f"{what} must have positions in samples, whole numbers of shape (n,). Got dtype "
            f"{sample.dtype}, shape {sample.shape}: round(seconds * fs) makes samples of times."
        )
    if symbol is None:
        raise ValueError(f"{what} must have WFDB symbols. Got None.")
    symbol = np.asarray(symbol)
    if symbol.dtype.kind == "O":
        symbol = np.array([str(item) for item in symbol.ravel()]).reshape(symbol.shape)
    if symbol.size and symbol.dtype.kind != "U":
        raise ValueError(f"{what} must have WFDB symbols, strings. Got dtype {symbol.dtype}.")
    subtype = np.zeros(len(sample), dtype=np.int64) if subtype is None else np.asarray(subtype)
    if subtype.size and subtype.dtype.kind not in "iu":
        raise ValueError(f"{what} must have whole numbers as subtypes. Got {subtype.dtype}.")
    if not sample.shape == symbol.shape == subtype.shape:
        raise ValueError(
            f"{what} must have one position, symbol and subtype each. Got shapes {sample.shape}, "
            f"{symbol.shape} and {subtype.shape}."
        )
    return sample.astype(np.int64), symbol.astype(str), subtype.astype(np.int64)


def _check_order(sample: np.ndarray, what: str) -> None:
    """Raise if positions decrease or are negative."""
    if len(sample) and sample[0] < 0:
        raise ValueError(f"{what} must count samples from 0. Got {sample[0]}.")
    if np.any(sample[1:] < sample[:-1]):
        i = int(np.argmax(sample[1:] < sample[:-1]))
        raise ValueError(
            f"{what} must be in the order of their positions. Sample {sample[i + 1]} comes after "
            f"sample {sample[i]}: sort them."
        )


def _merged(beats: tuple[np.ndarray, ...], other: Any) -> tuple[np.ndarray, ...]:
    """Beats and other annotations of a record as one stream, beats first at one position."""
    rest = (other.sample, other.symbol, other.subtype)
    sample, symbol, subtype = (
        np.concatenate([a, np.asarray(b)]) for a, b in zip(beats, rest, strict=True)
    )
    order = np.argsort(sample, kind="stable")
    return sample[order], symbol[order], subtype[order]


def _code_points(symbol: np.ndarray) -> np.ndarray:
    """Code point of each symbol, 0 for what is not one ASCII character."""
    if not symbol.size:
        return np.zeros(0, dtype=np.int64)
    width = symbol.dtype.itemsize // 4
    points = np.ascontiguousarray(symbol).view(np.uint32).reshape(-1, width)
    single = (points[:, 1:] == 0).all(axis=1) & (points[:, 0] < len(_CLASS_OF))
    return np.where(single, points[:, 0], 0).astype(np.int64)


def _fibrillation(sample: np.ndarray, code: np.ndarray) -> tuple[np.ndarray, Episodes]:
    """Mark the annotations from each [ to its ], both included, and give the episodes."""
    inside = np.zeros(len(code), dtype=bool)
    on, off = [], []
    begin = None
    for k in np.flatnonzero((code == ord("[")) | (code == ord("]"))).tolist():
        if code[k] == ord("["):
            begin = k if begin is None else begin
        else:
            inside[k if begin is None else begin : k + 1] = True
            if begin is not None:
                on.append(sample[begin])
                off.append(sample[k])
            begin = None
    if begin is not None:  # it never ends
        inside[begin:] = True
        on.append(sample[begin])
        off.append(FOREVER)
    return inside, _episodes(on, off)


def _shutdowns(
    stream: Stream, code: np.ndarray, inside: np.ndarray, is_beat: np.ndarray, window: int
) -> Episodes:
    """Find where an annotator says that the signal cannot be read."""
    quality = (code == ord("~")) & ~inside
    opens = quality & ((stream.subtype & SHUTDOWN) == SHUTDOWN)
    # what a shutdown marked in its middle, as in the AHA database, is behind
    behind = np.flatnonzero(is_beat | ((code == ord("]")) & inside))
    on, off = [], []
    for k in np.flatnonzero(opens).tolist():
        begin, end = stream.sample[k], FOREVER
        if k + 1 < len(code):
            end = stream.sample[k + 1]
            if opens[k + 1] or not quality[k + 1]:
                before = np.searchsorted(behind, k)
                begin = stream.sample[behind[before - 1]] + window if before else 0
                end -= window
        if begin <= end:
            on.append(begin)
            off.append(end)
    return _episodes(on, off)


def _episodes(on: list, off: list) -> Episodes:
    """Episodes sorted by where they begin."""
    on, off = np.array(on, dtype=np.int64), np.array(off, dtype=np.int64)
    order = np.argsort(on, kind="stable")
    return Episodes(on[order], off[order])


def agreed(values: dict[str, Any], what: str, name: str | None) -> Any:
    """Return the one value that all who know it give, or None."""
    known = {who: value for who, value in values.items() if value is not None}
    first = next(iter(known.values()), None)
    for value in known.values():
        if not math.isclose(value, first, rel_tol=1e-6):
            said = ", ".join(f"{value:g} ({who})" for who, value in known.items())
            raise ValueError(
                about(name, f"the {what} must be one for all. Got {said}. ")
                + "Are both of the same recording?"
            )
    return first


def check_number(
    value: Any, parameter: str, owner: str, what: str, *, least: float, above: bool = False
) -> float:
    """Return a finite number that is not too small."""
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or value < least or (above and value == least):
        raise ValueError(
            f"The '{parameter}' parameter of {owner} must be {what}. Got {value!r} instead."
        )
    return float(value)


def to_samples(seconds: float, fs: float) -> int:
    """Round a time to samples, halves up, as the reference program does."""
    return math.floor(seconds * fs + 0.5)
