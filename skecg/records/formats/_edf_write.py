"""Write EDF+ files: signals in 16 bits, and annotations of which none is lost.

A file is written from blocks of the signal, so that it need not be in memory. By the standard,
annotations of a data record can be in a later one, so that the space for them is as large as their
mean number needs, not the largest. Source: Kemp B, Olivan J. European data format 'plus' (EDF+).
Clin Neurophysiol 114:1755-1761 (2003), https://www.edfplus.info/specs/edfplus.html
"""

import datetime
import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...tables import BEAT_SYMBOLS, SYMBOL_MEANINGS
from ...utils import naming, printable, replacing
from .._annotations import AnnotationStream
from .._errors import RecordError
from .._header import RecordHeader
from ._edf_annotations import LONGEST_RR, is_beat_name
from ._files import is_file
from ._format import Signal, with_ending
from ._leads import looks_like_ecg

__all__ = ["EdfNote", "beat_notes", "comment_notes", "write_edf", "write_files"]

Reader = Callable[[int, int], NDArray[np.float32]]
WRITER = "skecg"  # in the field of the equipment
_LOW, _HIGH = -(2**15), 2**15 - 1
_BLOCK = 2**21  # samples of all leads that are converted at a time
_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
_LONGEST_TEXT = 1000  # bytes of an annotation
_ENDS = (
    "Recording ends"  # by the list of standard texts, https://www.edfplus.info/specs/edftexts.html
)


class EdfNote(NamedTuple):
    """An annotation: onset and duration in seconds from the first sample, and its text."""

    onset: float
    duration: float
    text: str


class _Timing(NamedTuple):
    """Data records: samples of a lead in each, their length as the header has it, number."""

    per_record: int
    seconds: str
    n_records: int


def beat_notes(sample: NDArray[np.int64], symbol: NDArray[np.str_], fs: float) -> list[EdfNote]:
    """Return beats as annotations that `read_record` takes for beats again.

    Texts are the symbols of WFDB. Where beats are too few or too far apart for that, as letters
    mean other things, too, texts are their names, such as "normal beat".
    """
    apart = np.diff(sample) / fs
    letters = len(apart) > 0 and float(np.median(apart)) < 0.9 * LONGEST_RR
    texts = symbol.tolist() if letters else [SYMBOL_MEANINGS[one] for one in symbol.tolist()]
    return [EdfNote(at, 0.0, text) for at, text in zip((sample / fs).tolist(), texts, strict=True)]


def comment_notes(stream: AnnotationStream) -> list[EdfNote]:
    """Return annotations other than beats: their text, or the meaning of their symbol."""
    fs = stream.fs
    assert fs is not None
    count = len(stream)
    aux = [""] * count if stream.aux_note is None else np.asarray(stream.aux_note).tolist()
    notes = []
    for at, symbol, text in zip(stream.sample.tolist(), stream.symbol.tolist(), aux, strict=True):
        shown = text or SYMBOL_MEANINGS.get(symbol, symbol)
        if shown in BEAT_SYMBOLS or is_beat_name(shown):
            shown = f"comment: {shown}"  # that must not be read as a beat
        notes.append(EdfNote(at / fs, 0.0, shown))
    return notes


def write_files(
    header: RecordHeader, signal: Signal, annotations: AnnotationStream | None, annotator: str
) -> None:
    """Write a recording in memory as an EDF+ file; only one of skecg is replaced."""
    header.path.parent.mkdir(parents=True, exist_ok=True)
    notes: list[EdfNote] = []
    if annotations is not None:
        beats = np.isin(annotations.symbol, list(BEAT_SYMBOLS))
        notes = beat_notes(annotations.sample[beats], annotations.symbol[beats], header.fs)
        aux = annotations.aux_note
        rest = AnnotationStream(
            annotations.sample[~beats],
            annotations.symbol[~beats],
            aux_note=None if aux is None else aux[~beats],
            fs=header.fs,
        )
        notes += comment_notes(rest)
    write_edf(header, len(signal.values), lambda start, stop: signal.values[start:stop], notes)


def write_edf(
    header: RecordHeader, n_samples: int, read: Reader, notes: Sequence[EdfNote]
) -> Path:
    """Write an EDF+ file, whole or not at all.

    Parameters
    ----------
    header : RecordHeader
        Facts about the recording; its path with the ending ``.edf`` is the file.
    n_samples : int
        Length in samples.
    read : callable
        ``read(start, stop)`` returns the samples of a stretch, of shape (n, n_leads), in mV. It
        is called for the whole recording twice: for the limits of each lead, and to write.
    notes : sequence of EdfNote
        Annotations in any order.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    RecordError
        If two leads have the same name in 16 characters, a value has no place in the header, or
        another program has written a file of that name.
    """
    file = with_ending(header.path, ".edf")
    _check_own(file, header.name)
    timing = _timing(header.fs, n_samples)
    step = max(_BLOCK // (timing.per_record * max(len(header.lead_names), 1)), 1)
    limits = _limits(header, read, n_samples, step * timing.per_record)
    offset = _fraction_of_second(header)
    if n_samples < timing.n_records * timing.per_record:  # the rest of the last one is filled
        notes = [*notes, EdfNote(n_samples / header.fs, 0.0, _ENDS)]
    texts = _place(notes, timing, offset)
    size = max(map(len, texts))
    size += size % 2
    with naming(file), replacing(file) as unfinished, open(unfinished, "wb") as stream:
        stream.write(_header_bytes(header, timing, limits, size // 2))
        for first in range(0, timing.n_records, step):
            stop = min(first + step, timing.n_records)
            lines = b"".join(text.ljust(size, b"\x00") for text in texts[first:stop])
            _write_records(stream, read, n_samples, timing, limits, (first, stop), lines)
    return file


def _check_own(file: Path, name: str) -> None:
    """Raise if there is a file that another program has written."""
    if not is_file(file):
        return
    with open(file, "rb") as stream:
        start = stream.read(168)
    if start[88:168].split()[4:5] != [WRITER.encode()]:
        raise RecordError(
            f"Record '{name}': '{file}' was not written by skecg, which never replaces the signal "
            "of another program. Use another folder."
        )


def _timing(fs: float, n_samples: int) -> _Timing:
    """Choose the length of the data records: one second, or one of a whole number of samples."""
    exact = Fraction(fs).limit_denominator(60)
    if exact and abs(float(exact) - fs) <= 1e-12 * fs:
        per_record, seconds = exact.numerator, str(exact.denominator)
    else:  # the header has 8 characters for the seconds
        counts = range(max(round(fs), 1), max(round(9 * fs), 1) + 1)
        per_record = min(counts, key=lambda n: abs(n / float(f"{n / fs:.6f}") - fs))
        seconds = f"{per_record / fs:.6f}"
    return _Timing(per_record, seconds, -(-n_samples // per_record))


def _limits(
    header: RecordHeader, read: Reader, n_samples: int, step: int
) -> list[tuple[str, str]]:
    """Return the smallest and largest value of each lead, as the header has them."""
    n_leads = len(header.lead_names)
    low, high = np.zeros(n_leads), np.zeros(n_leads)  # gaps are written as 0 mV
    for start in range(0, n_samples, step):
        values = read(start, min(start + step, n_samples))
        for i in range(n_leads):
            known = values[:, i][np.isfinite(values[:, i])]
            if len(known):
                low[i] = min(low[i], float(known.min()))
                high[i] = max(high[i], float(known.max()))
    high[low == high] = 1.0
    return [
        (_eight(a, math.floor, header.name), _eight(b, math.ceil, header.name))
        for a, b in zip(low.tolist(), high.tolist(), strict=True)
    ]


def _eight(value: float, rounded: Callable[[float], int], name: str) -> str:
    """Write a number in at most 8 characters, rounded away from the other limit."""
    for decimals in range(6, -1, -1):
        text = f"{rounded(value * 10**decimals) / 10**decimals:.{decimals}f}"
        if len(text) <= 8:
            return text
    raise RecordError(
        f"Record '{name}': EDF holds values from -9999999 to 99999999 mV. Got {value:g} mV. Is "
        "its unit right?"
    )


def _fraction_of_second(header: RecordHeader) -> float:
    """Return the part of the start that the header has no place for."""
    return 0.0 if header.start_time is None else header.start_time.microsecond / 1e6


def _place(notes: Sequence[EdfNote], timing: _Timing, offset: float) -> list[bytes]:
    """Return the annotations of each data record, in or after the one in which they are."""
    seconds = float(timing.seconds)
    stamps = [b"%s\x14\x14\x00" % _time(offset + i * seconds) for i in range(timing.n_records)]
    notes = sorted(notes, key=lambda one: one.onset)
    texts = [_annotation(note, offset) for note in notes]
    records = [min(max(int(n.onset // seconds), 0), timing.n_records - 1) for n in notes]
    size = max(map(len, stamps)) + max(map(len, texts), default=0)
    size = max(size, 2 * sum(map(len, texts)) // timing.n_records, 64)
    while (placed := _placed_in(stamps, texts, records, size)) is None:
        size *= 2
    return placed


def _placed_in(
    stamps: list[bytes], texts: list[bytes], records: list[int], size: int
) -> list[bytes] | None:
    """Fill data records of a size one after the other; None if not all fit."""
    filled, next_one = [], 0
    for i, stamp in enumerate(stamps):
        parts, free = [stamp], size - len(stamp)
        while next_one < len(texts) and records[next_one] <= i and len(texts[next_one]) <= free:
            parts.append(texts[next_one])
            free -= len(texts[next_one])
            next_one += 1
        filled.append(b"".join(parts))
    return filled if next_one == len(texts) else None


def _annotation(note: EdfNote, offset: float) -> bytes:
    """Write one annotation: onset, duration, text."""
    text = printable(note.text).encode()[:_LONGEST_TEXT].decode(errors="ignore").encode()
    duration = b"" if not note.duration else b"\x15" + _time(note.duration)[1:]
    return b"%s%s\x14%s\x14\x00" % (_time(offset + note.onset), duration, text)


def _time(seconds: float) -> bytes:
    """Write a time to the microsecond, without zeros at its end."""
    text = f"{seconds:+.6f}".rstrip("0").rstrip(".")
    return text.encode()


def _write_records(
    stream: BinaryIO,
    read: Reader,
    n_samples: int,
    timing: _Timing,
    limits: list[tuple[str, str]],
    block: tuple[int, int],
    notes: bytes,
) -> None:
    """Write some data records, each of the samples of one lead after the other, then notes.

    record       i                              i + 1
    bytes        II II ... V5 V5 ... notes      II II ... V5 V5 ... notes
    """
    n_records = block[1] - block[0]
    start, stop = (edge * timing.per_record for edge in block)
    values = read(start, min(stop, n_samples))
    data = np.zeros((n_records, len(limits), timing.per_record), dtype="<i2")
    for i, (low, high) in enumerate(limits):
        least, most = float(low), float(high)
        lead = np.zeros(stop - start)
        lead[: len(values)] = np.nan_to_num(values[:, i], nan=0.0, posinf=most, neginf=least)
        scaled = (lead - least) * ((_HIGH - _LOW) / (most - least)) + _LOW
        data[:, i] = np.clip(np.rint(scaled), _LOW, _HIGH).reshape(n_records, -1)
    flat = data.reshape(n_records, -1).view(np.uint8)
    of_notes = np.frombuffer(notes, np.uint8).reshape(n_records, -1)
    stream.write(np.concatenate([flat, of_notes], axis=1).tobytes())


def _header_bytes(
    header: RecordHeader, timing: _Timing, limits: list[tuple[str, str]], note_samples: int
) -> bytes:
    """Write the header: of the file, then field by field of all signals."""
    labels = [*_labels(header), "EDF Annotations"]
    n = len(labels)
    date, recording = _dates(header)
    time = header.start_time or datetime.time()
    code = (header.subject or "X").removeprefix("patient:")
    fields: list[tuple[str, int]] = [
        ("0", 8),
        (f"{_word(code)} X X X", 80),
        (recording, 80),
        (date, 8),
        (f"{time:%H.%M.%S}", 8),
        (str(256 * (n + 1)), 8),
        ("EDF+C", 44),
        (str(timing.n_records), 8),
        (timing.seconds, 8),
        (str(n), 4),
    ]
    fields += [(label, 16) for label in labels]
    fields += [("", 80)] * n
    fields += [("mV", 8)] * (n - 1) + [("", 8)]
    fields += [(low, 8) for low, _ in limits] + [("-1", 8)]
    fields += [(high, 8) for _, high in limits] + [("1", 8)]
    fields += [(str(_LOW), 8)] * n + [(str(_HIGH), 8)] * n
    fields += [("", 80)] * n
    fields += [(str(timing.per_record), 8)] * (n - 1) + [(str(note_samples), 8)]
    fields += [("", 32)] * n
    return b"".join(_ascii(text)[:size].ljust(size) for text, size in fields)


def _labels(header: RecordHeader) -> Iterator[str]:
    """Return the names of the leads in 16 characters; those that tell of no ECG begin with it."""
    seen = set()
    for name in header.lead_names:
        label = _ascii(name if looks_like_ecg(name) else f"ECG {name}").decode()[:16].strip()
        if label in seen:
            raise RecordError(
                f"Record '{header.name}': EDF leads have names of 16 characters, all different. "
                f"Got {label!r} twice. Rename one with dataclasses.replace(record, "
                "lead_names=...)."
            )
        seen.add(label)
        yield label


def _dates(header: RecordHeader) -> tuple[str, str]:
    """Return the date of the header, and the text with the whole year."""
    date = header.start_date
    if date is None:
        return "01.01.85", f"Startdate X X X {WRITER}"
    start = f"{date.day:02d}-{_MONTHS[date.month - 1]}-{date.year:04d}"
    # by the standard, "yy" is for years that two digits cannot tell
    year = f"{date.year % 100:02d}" if 1985 <= date.year <= 2084 else "yy"
    return f"{date.day:02d}.{date.month:02d}.{year}", f"Startdate {start} X X {WRITER}"


def _word(text: str) -> str:
    """Return a text without blanks, which separate fields."""
    return "_".join(text.split()) or "X"


def _ascii(text: str) -> bytes:
    """Return a text in the characters that the standard allows."""
    return "".join(c if " " <= c <= "~" else "?" for c in text).encode("ascii")
