"""Parse the text of a WFDB header, each character of it.

Source: header(5) of the WFDB Applications Guide, https://wfdb.io/spec/header-files.html
"""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, NoReturn

from ....utils import count, printable, shorten
from ..._errors import RecordError
from ._advice import placeholder

__all__ = ["HeaderText", "SegmentLine", "SignalLine", "parse_header_text"]

_DEFAULT_RATE = 250.0  # Hz, of a header that gives none
_DEFAULT_GAIN = 200.0  # units per mV, of a signal whose gain is 0 or missing
_RATES = (1e-6, 1e9)  # Hz; positions at other rates are not exact
_SHOWN = 200  # characters of a line in an error
_LARGEST = 2**53  # whole numbers up to this are exact in float64

_FLOAT = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_INT = r"[+-]?[0-9]{1,18}"


@dataclass(frozen=True)
class SignalLine:
    """One line of a header about a signal, with the defaults of header(5) filled in.

    Attributes
    ----------
    file : str
        Name of the signal file.
    fmt : str
        Number of its format, such as ``"212"``.
    samples_per_frame : int
        Samples of this signal in each frame.
    skew : int
        Samples of this signal before sample 0.
    offset : int
        Bytes before the first sample in the file; in compressed files, samples.
    gain : float
        Units of the converter per physical unit.
    baseline : int
        Value of the converter at 0 physical units.
    unit : str
        Physical unit.
    initial_value : int
        Value before the first difference, in formats that store differences.
    checksum : int or None
        16-bit sum of all samples; None where the header does not give it.
    description : str
        Name of the lead, or empty.
    """

    file: str
    fmt: str
    samples_per_frame: int = 1
    skew: int = 0
    offset: int = 0
    gain: float = _DEFAULT_GAIN
    baseline: int = 0
    unit: str = "mV"
    initial_value: int = 0
    checksum: int | None = None
    description: str = ""


@dataclass(frozen=True)
class SegmentLine:
    """One line of a header about a segment: name of its record, and length in frames."""

    name: str
    n_frames: int


@dataclass(frozen=True)
class HeaderText:
    """The content of a header.

    Attributes
    ----------
    fs : float
        Frames per second.
    n_frames : int or None
        Length in frames; None where the header leaves it open.
    n_signals : int
        Number of signals.
    signals : tuple of SignalLine
        The signals; empty in the header of a recording in several segments.
    segments : tuple of SegmentLine or None
        The segments; None in the header of a recording in one.
    start_date : datetime.date or None
        Day on which the recording began.
    start_time : datetime.time or None
        Time of day at which it began.
    unread_start : str
        Text in place of time and date that is not of their form, or empty.
    comments : tuple of str
        Comments in order, without ``#``.
    """

    fs: float
    n_frames: int | None
    n_signals: int
    signals: tuple[SignalLine, ...] = ()
    segments: tuple[SegmentLine, ...] | None = None
    start_date: datetime.date | None = None
    start_time: datetime.time | None = None
    unread_start: str = ""
    comments: tuple[str, ...] = ()


class _Line(NamedTuple):
    """A line of a header, its number from 1, and the record and file for errors."""

    text: str
    number: int
    record: str
    file: str

    def refuse(self, field: str, expected: str, got: str) -> NoReturn:
        """Raise the error about a field of this line."""
        raise RecordError(
            f"Record '{self.record}': {field} in line {self.number} of its header '{self.file}' "
            f"must be {expected}. Got {shorten(got, _SHOWN)!r} in the line "
            f"{shorten(self.text, _SHOWN)!r}. Correct the line in a text editor."
        )


@lru_cache(maxsize=32)  # reading a recording needs its header several times
def parse_header_text(content: bytes, record: str, file: str) -> HeaderText:
    """Parse the content of a header file.

    Parameters
    ----------
    content : bytes
        The content, in UTF-8 or Latin-1.
    record, file : str
        Name of the record and of the file, for errors.

    Returns
    -------
    HeaderText
        The content.

    Raises
    ------
    RecordError
        If a field is not as header(5) defines it. The time and date of a recording are not
        needed to use it: where they are not, they are None.
    """
    if advice := placeholder(content):
        raise RecordError(
            f"Record '{record}': its header '{file}' must begin with a line of the record. Got "
            f"{content[:40]!r}. {advice}"
        )
    lines, comments = _split(content, record, file)
    if not lines:
        raise RecordError(
            f"Record '{record}': its header '{file}' must begin with a line of the record: name, "
            "number of leads, sampling frequency, number of samples. Got no such line. Write it, "
            "or copy the header again from its source."
        )
    header, n_segments = _parse_record_line(lines[0])
    expected = header.n_signals if n_segments is None else n_segments
    noun = "leads" if n_segments is None else "segments"
    if len(lines) - 1 < expected:
        raise RecordError(
            f"Record '{record}': its header '{file}' must describe each of {expected} {noun} in "
            f"one line. Got {count(len(lines) - 1, 'line')}. Add the lines that are missing, or "
            f"correct the number of {noun} in line {lines[0].number}."
        )
    chosen = lines[1 : 1 + expected]  # header(5): further lines are not read
    if n_segments is None:
        signals = tuple(_parse_signal_line(line) for line in chosen)
        _check_files(signals, chosen)
        return _replace(header, signals=signals, comments=comments)
    segments = tuple(_parse_segment_line(line) for line in chosen)
    return _replace(header, segments=segments, comments=comments)


def _replace(header: HeaderText, **changes: object) -> HeaderText:
    return HeaderText(**(vars(header) | changes))


def _split(content: bytes, record: str, file: str) -> tuple[list[_Line], tuple[str, ...]]:
    """Split a header into lines of fields, and comments."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    lines: list[_Line] = []
    comments: list[str] = []
    for number, raw in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        line = _Line(raw.strip(" \t"), number, record, file)
        if line.text.startswith("#"):
            # the first line may tell the version of the WFDB library that is needed
            if number > 1 or not re.match(r"#wfdb \d", line.text):
                comments.append(raw.lstrip(" \t")[1:].removeprefix(" "))
        elif line.text:
            if control := re.search(r"[\x00-\x08\x0a-\x1f\x7f]", line.text):
                line.refuse("the text", "without control characters", control[0])
            lines.append(line)
    return lines, tuple(comments)


def _parse_record_line(line: _Line) -> tuple[HeaderText, int | None]:
    """Parse the first line; also return the number of segments, or None."""
    fields = re.split(r"[ \t]+", line.text, maxsplit=4)
    name, *rest = fields
    n_segments = None
    if "/" in name:
        name, _, number = name.partition("/")
        n_segments = _whole(line, "the number of segments", number, least=1)
    if not name:
        line.refuse("the name of the record", "one word", fields[0])
    if not rest:
        line.refuse("the number of leads", "a whole number", "")
    n_signals = _whole(line, "the number of leads", rest[0])
    fs = _parse_rate(line, rest[1]) if len(rest) > 1 else _DEFAULT_RATE
    n_frames = _whole(line, "the number of samples", rest[2]) if len(rest) > 2 else 0
    start = rest[3] if len(rest) > 3 else ""
    time, date, unread = _parse_start(re.sub(r"[ \t]+", " ", start))
    header = HeaderText(
        fs, n_frames or None, n_signals, start_time=time, start_date=date, unread_start=unread
    )
    return header, n_segments


def _parse_rate(line: _Line, field: str) -> float:
    """Parse the sampling frequency, which a counter frequency may follow."""
    noun = "the sampling frequency"
    found = re.fullmatch(rf"({_FLOAT})(?:/{_FLOAT}(?:\({_FLOAT}\))?)?", field)
    expected = "a positive number, such as 360 or 3.6e2"
    if not found or not 0 < float(found[1]) < float("inf"):
        line.refuse(noun, expected, field)
    least, most = _RATES
    if not least <= float(found[1]) <= most:
        expected += f", from {least:g} to {most:g}"
        line.refuse(noun, expected, field)
    return float(found[1])


def _parse_start(text: str) -> tuple[datetime.time | None, datetime.date | None, str]:
    """Parse time of day and date, ``HH:MM:SS DD/MM/YYYY``, and return the text that is neither.

    A date is only read after a time: the hour 24 may belong to the next day.
    """
    clock, _, day = text.partition(" ")
    time = _parse_time(clock)
    if time is None:
        return None, None, text
    date = _parse_date(day)
    return time, date, "" if date is not None else day


def _parse_time(text: str) -> datetime.time | None:
    """Parse a time of day, to a microsecond, or return None."""
    found = re.fullmatch(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d*))?", text, re.ASCII)
    if not found:
        return None
    hour, minute, second, fraction = found.groups()
    microsecond = (fraction or "").ljust(6, "0")[:6]
    try:
        return datetime.time(int(hour), int(minute), int(second), int(microsecond))
    except ValueError:  # such as 24:10:00
        return None


def _parse_date(text: str) -> datetime.date | None:
    """Parse a date with a year of four digits, or return None."""
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text, re.ASCII)
    try:
        return datetime.date(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:  # such as the 31st of February
        return None


def _parse_segment_line(line: _Line) -> SegmentLine:
    """Parse the line of a segment."""
    fields = re.split(r"[ \t]+", line.text)
    if len(fields) != 2:
        line.refuse("the line of a segment", "its name and its number of samples", line.text)
    return SegmentLine(fields[0], _whole(line, "the number of samples", fields[1]))


_NUMBERS = ("resolution", "zero of the converter", "initial value", "checksum", "block size")


class _Scale(NamedTuple):
    """The gain of a signal, with baseline and unit."""

    gain: float = _DEFAULT_GAIN
    baseline: int | None = None
    unit: str = "mV"


def _parse_signal_line(line: _Line) -> SignalLine:
    """Parse the line of a signal."""
    # file, format, gain, resolution, zero, initial value, checksum, block size, description
    fields = re.split(r"[ \t]+", line.text, maxsplit=8)
    if len(fields) < 2:
        line.refuse("the format of a lead", "a number, such as 16 or 212", "")
    file, layout, *rest = fields
    fmt = re.fullmatch(
        r"([0-9]{1,9})(?:x([0-9]{1,9}))?(?::([0-9]{1,9}))?(?:\+([0-9]{1,15}))?", layout
    )
    if not fmt or (fmt[2] is not None and int(fmt[2]) < 1):
        expected = "a number that xSAMPLES, :SKEW and +BYTES may follow, as in 212 or 16x4:0+24"
        line.refuse("the format of a lead", expected, layout)
    scale = _parse_gain(line, rest[0]) if rest else _Scale()
    numbers: dict[str, int] = {}
    for noun, field in zip(_NUMBERS, rest[1:], strict=False):
        numbers[noun] = _whole(line, f"the {noun} of a lead", field, least=None)
    zero = numbers.get("zero of the converter", 0)
    return SignalLine(
        file,
        str(int(fmt[1])),
        samples_per_frame=int(fmt[2] or 1),
        skew=int(fmt[3] or 0),
        offset=int(fmt[4] or 0),
        gain=scale.gain,
        baseline=zero if scale.baseline is None else scale.baseline,
        unit=scale.unit,
        initial_value=numbers.get("initial value", zero),
        checksum=numbers.get("checksum"),
        description=printable(rest[6]) if len(rest) > 6 else "",
    )


def _parse_gain(line: _Line, field: str) -> _Scale:
    """Parse a gain, which a baseline and a unit may follow, as in ``200(1024)/mV``."""
    found = re.fullmatch(rf"({_FLOAT})(?:\(({_INT})\))?(?:/(.+))?", field)
    if not found or not abs(float(found[1])) < float("inf"):
        line.refuse(
            "the gain of a lead",
            "a number that (BASELINE), a whole number, and /UNIT may follow without spaces, as in "
            "200 or 200(0)/mV",
            field,
        )
    gain, baseline, unit = found.groups()
    return _Scale(
        float(gain) or _DEFAULT_GAIN,
        None if baseline is None else _whole(line, "the baseline of a lead", baseline, least=None),
        unit or "mV",
    )


def _whole(line: _Line, noun: str, field: str, *, least: int | None = 0) -> int:
    """Parse a whole number."""
    if re.fullmatch(_INT, field):
        number = int(field)
        if abs(number) < _LARGEST and (least is None or number >= least):
            return number
    bound = "" if least is None else f" of at least {least}"
    line.refuse(noun, f"a whole number{bound}", field)


def _check_files(signals: tuple[SignalLine, ...], lines: list[_Line]) -> None:
    """Raise unless the signals of a file follow each other and share its format and offset."""
    first: dict[str, SignalLine] = {}
    fields: tuple[tuple[str, Callable[[SignalLine], object]], ...] = (
        ("the format of a lead", lambda one: one.fmt),
        ("the byte offset of a lead", lambda one: one.offset),
    )
    for i, (signal, line) in enumerate(zip(signals, lines, strict=True)):
        known = first.setdefault(signal.file, signal)
        if known is signal or signal.file == "~":  # "~" is no file, but a lead of a layout
            continue
        if signals[i - 1].file != signal.file:
            line.refuse("the file of a lead", "next to the other leads of that file", signal.file)
        for noun, get in fields:
            if get(signal) != get(known):
                expected = f"{get(known)} as for the other leads of '{signal.file}'"
                line.refuse(noun, expected, str(get(signal)))
