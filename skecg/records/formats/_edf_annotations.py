"""Annotations of EDF+ and BDF+: texts at times, of which some are beats."""

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...tables import BEAT_SYMBOLS, SYMBOL_MEANINGS
from ...utils import warn
from .._annotations import AnnotationStream
from .._errors import RecordError
from ._edf_header import LARGEST_TIME, EdfFile, open_edf, samples_at

__all__ = ["LONGEST_RR", "has_beats", "is_beat_name", "read_comments", "read_stream"]

# onset, duration, texts: each text ends with 0x14, all of them with 0x00
_LIST = re.compile(rb"([+-]\d+(?:\.\d*)?)(?:\x15(\d*(?:\.\d*)?))?\x14((?:[^\x14\x00]*\x14)*)\x00*")
LONGEST_RR = 3.0  # seconds; symbols further apart are those of something else, as of sleep stages
_MICROSECONDS = 1e6  # the rate at which onsets are counted
_BEAT_NAMES = {
    meaning.casefold(): symbol
    for symbol, meaning in SYMBOL_MEANINGS.items()
    if symbol in BEAT_SYMBOLS
} | {"normal": "N", "pvc": "V", "pac": "A", "apc": "A", "pjc": "J", "lbbb": "L", "rbbb": "R"}


class _Text(NamedTuple):
    """One annotation; the onset is in seconds after the start that the header gives."""

    onset: float
    duration: float
    text: str


def is_beat_name(text: str) -> bool:
    """Tell whether a text is the name of a beat, wherever it is."""
    return text.casefold() in _BEAT_NAMES


def has_beats(path: Path, ending: str) -> bool:
    """Tell whether a file has annotations that are beats, or that cannot be read."""
    try:
        made = open_edf(path, ending)
    except Exception:  # reading the signal raises it
        return False
    try:
        return bool(_symbols(_read_texts(made)))
    except Exception:  # reading the annotations raises it
        return True


def read_stream(made: EdfFile) -> AnnotationStream:
    """Read all annotations, beats and comments."""
    texts = _read_texts(made)
    return _as_stream(made, texts, _symbols(texts))


def read_comments(made: EdfFile) -> AnnotationStream | None:
    """Read the annotations that are not beats; None if there are none, or with a warning."""
    try:
        texts = _read_texts(made)
    except RecordError as error:
        warn(f"{error} Its annotations are not read.")
        return None
    beats = _symbols(texts)
    others = [one for i, one in enumerate(texts) if i not in beats]
    return _as_stream(made, others, {}) if others else None


def _as_stream(made: EdfFile, texts: list[_Text], beats: dict[int, str]) -> AnnotationStream:
    """Return annotations in µs, counted from the first data record."""
    begin = made.onsets if isinstance(made.onsets, float) else float(made.onsets[0])
    onset: NDArray[np.float64] = np.array([one.onset for one in texts], dtype=np.float64)
    return AnnotationStream(
        samples_at(onset - begin, _MICROSECONDS),
        np.array([beats.get(i, '"') for i in range(len(texts))], dtype="<U1"),
        aux_note=np.array(
            ["" if i in beats else _note(one) for i, one in enumerate(texts)], dtype=np.str_
        ),
        fs=_MICROSECONDS,
    )


def _note(one: _Text) -> str:
    """Return the text of a comment, with its duration."""
    return f"{one.text} ({one.duration:g} s)".strip() if one.duration else one.text


def _symbols(texts: list[_Text]) -> dict[int, str]:
    """Return the symbols of the texts that are beats.

    A text is a beat if it is the name of one, such as "normal beat" or "PVC". Symbols of WFDB are
    letters that mean other things, too (R is also a sleep stage, and right), so they are beats
    only where they follow each other like beats.
    """
    found = {
        i: _BEAT_NAMES[one.text.casefold()]
        for i, one in enumerate(texts)
        if is_beat_name(one.text)
    }
    letters = [i for i, one in enumerate(texts) if one.text in BEAT_SYMBOLS]
    steps = np.diff([texts[i].onset for i in letters])
    brief = all(texts[i].duration < LONGEST_RR for i in letters)
    if brief and len(steps) and np.median(steps) < LONGEST_RR:
        found |= {i: texts[i].text for i in letters}
    return found


def _read_texts(made: EdfFile) -> list[_Text]:
    """Read the annotations of all data records, sorted, without time stamps of the records."""
    if not any(one.has_annotations for one in made.signals):
        return []
    facts = made.file.stat()
    ending = made.file.suffix.lower()
    return list(_read_once(made.file, ending, facts.st_mtime_ns, facts.st_size))


@lru_cache(maxsize=4)  # one recording is asked for beats, for comments and for both
def _read_once(file: Path, ending: str, changed: int, size: int) -> tuple[_Text, ...]:
    """Read the annotations of a file as it is now."""
    made = open_edf(file.with_suffix(""), ending)
    texts = []
    signals = [one for one in made.signals if one.has_annotations]
    for lead in signals:
        for i, raw in enumerate(made.read_notes(lead)):
            lists = _lists(made, raw, i)
            for place, (onset, duration, parts) in enumerate(lists):
                # the first text of the first list is empty: it only stamps the record
                stamp = place == 0 and lead is signals[0] and parts and not parts[0]
                for part in parts[1:] if stamp else parts:
                    texts.append(_Text(onset, duration, _decode(part)))
    return tuple(sorted(texts, key=lambda one: one.onset))


def _lists(made: EdfFile, raw: bytes, record: int) -> list[tuple[float, float, list[bytes]]]:
    """Split the annotations of one data record into onset, duration and texts."""
    raw = raw.rstrip(b"\x00")
    found, place = [], 0
    while place < len(raw):
        match = _LIST.match(raw, place)
        if match is None:
            made.fail(
                f"the annotations of data record {record} must be times and texts. Got "
                f"{raw[place : place + 40]!r}"
            )
        onset, duration, body = match.groups()
        if not max(abs(float(onset)), float(duration or 0)) < LARGEST_TIME:
            made.fail(
                f"the annotations of data record {record} must have times in seconds. Got "
                f"{raw[place : place + 40]!r}"
            )
        found.append((float(onset), float(duration or 0), body.split(b"\x14")[:-1]))
        place = match.end()
    return found


def _decode(text: bytes) -> str:
    """Decode a text: UTF-8 by the standard, Latin-1 from some programs."""
    try:
        return text.decode("utf-8").strip()
    except UnicodeDecodeError:
        return text.decode("latin-1").strip()
