"""Read annotations for a run-by-run comparison: beats, fibrillation and shutdowns."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..tables import BEAT_SYMBOLS, CLASS_MAPS
from ._recording import texts_at
from ._streams import SHUTDOWN, Stream, code_points

__all__ = [
    "AF_END",
    "AF_START",
    "NOTHING",
    "SHUTDOWN_START",
    "VF_END",
    "VF_START",
    "F",
    "Marks",
    "N",
    "Q",
    "S",
    "V",
    "read_marks",
]

# Meanings of an annotation. "AF" is atrial flutter or fibrillation, "VF" ventricular.
NOTHING, N, S, V, F, Q = range(6)
VF_START, VF_END, AF_START, AF_END, SHUTDOWN_START = range(6, 11)

_MEANING = np.zeros(128, dtype=np.int8)  # of a beat, by code point
for _symbol in BEAT_SYMBOLS:
    _MEANING[ord(_symbol)] = " NSVFQ".index(CLASS_MAPS["ec57"][_symbol])


class Marks(NamedTuple):
    """Positions and meanings of all annotations of one annotator."""

    sample: NDArray[np.int64]
    meaning: NDArray[np.int8]


def read_marks(stream: Stream, *, before: int | None = None) -> Marks:
    """Find the meaning of each annotation, which depends on those before it.

    Parameters
    ----------
    stream : Stream
        All annotations of one annotator.
    before : int or None, default=None
        Annotation of which a copy at sample 0 precedes the others.

    Returns
    -------
    Marks
        N beats in AF are S::

            symbols   N   +(AFIB     N   V   [          N   ]        +(N
            meaning   N   AF_START   S   V   VF_START   N   VF_END   NOTHING
    """
    if before is not None:
        stream = _repeated(stream, before)
    code = code_points(stream.symbol)
    meaning = _MEANING[code]
    in_af = np.zeros(len(code) + 1, dtype=np.int8)  # +1 where AF starts, -1 where it ends
    vf = af = shutdown = False
    marks = np.flatnonzero(np.isin(code, [ord(symbol) for symbol in "[]+~"]))
    for k, symbol, text, subtype in zip(
        marks.tolist(),
        stream.symbol[marks].tolist(),
        texts_at(stream, marks),
        stream.subtype[marks].tolist(),
        strict=True,
    ):
        was_af, found = af, NOTHING
        if symbol == "~":
            opens = (subtype & SHUTDOWN) == SHUTDOWN
            found = SHUTDOWN_START if opens and not shutdown else NOTHING
            shutdown = opens
        elif symbol == "[" or (symbol == "+" and text.startswith("(VF")):
            if not vf:
                vf, af, found = True, False, VF_START
        elif symbol == "]":
            found = VF_END if vf else NOTHING
            vf = False
        elif text.startswith("(AF"):
            if not af:
                vf, af, found = False, True, AF_START
        elif text:
            found = AF_END if af else VF_END if vf else NOTHING
            vf = af = False  # never both
        meaning[k] = found
        in_af[k] = int(af) - int(was_af)
    meaning[(meaning == N) & (np.cumsum(in_af[:-1], dtype=np.int8) > 0)] = S
    return Marks(stream.sample, meaning)


def _repeated(stream: Stream, k: int) -> Stream:
    """Put a copy of annotation k at sample 0 before all others."""
    notes = stream.aux_note
    return stream._replace(
        sample=np.concatenate([[min(0, int(stream.sample[0]))], stream.sample]),
        symbol=np.concatenate([stream.symbol[k : k + 1], stream.symbol]),
        subtype=np.concatenate([stream.subtype[k : k + 1], stream.subtype]),
        aux_note=None if notes is None else np.concatenate([notes[k : k + 1], notes]),
    )
