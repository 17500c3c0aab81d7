"""Read the header of an EDF or BDF file, and the times at which its data records begin.

Sources: Kemp B et al. A simple format for exchange of digitized polygraphic recordings.
Electroencephalogr Clin Neurophysiol 82:391-393 (1992); Kemp B, Olivan J. European data format
'plus' (EDF+). Clin Neurophysiol 114:1755-1761 (2003), https://www.edfplus.info/specs/
"""

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from ...utils import printable
from .._errors import RecordError
from ._files import require_file
from ._format import existing_file

__all__ = ["LARGEST_TIME", "EdfFile", "EdfLead", "open_edf", "samples_at", "time_stamps"]

_VERSIONS = {".edf": b"0       ", ".bdf": b"\xffBIOSEMI"}
_FIELDS = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)  # bytes of each field of a lead
_RECORD_SECONDS = (1e-6, 1e7)  # of a data record
LARGEST_TIME = 1e10  # seconds
_LONGEST_GAP = 366 * 86400  # seconds between the first and the last data record
_TIME_STAMP = re.compile(rb"([+-]\d+(?:\.\d*)?)(?:\x15\d*(?:\.\d*)?)?\x14")


@dataclass(frozen=True)
class EdfLead:
    """One signal of a file: a lead, or annotations.

    ``first_byte`` is its place in each data record, ``per_record`` its number of samples there.
    """

    label: str
    unit: str
    limits: tuple[str, str, str, str]
    per_record: int
    first_byte: int
    fs: float

    @property
    def has_annotations(self) -> bool:
        """Tell whether it is annotations of EDF+ or BDF+."""
        return self.label in ("EDF Annotations", "BDF Annotations")


@dataclass(frozen=True)
class EdfFile:
    """The header of a file.

    ``raw`` are its bytes, ``width`` is the bytes of a sample, ``seconds`` the length of a data
    record; ``warnings`` collects texts that are issued when the signal is read.
    """

    file: Path
    raw: bytes
    width: int
    n_records: int
    seconds: Fraction
    signals: tuple[EdfLead, ...]
    warnings: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of the recording."""
        return self.file.with_suffix("").name

    @property
    def leads(self) -> list[EdfLead]:
        """All signals but annotations."""
        return [one for one in self.signals if not one.has_annotations]

    @property
    def record_bytes(self) -> int:
        """Bytes of a data record."""
        return sum(one.per_record for one in self.signals) * self.width

    def text(self, start: int, stop: int) -> str:
        """Return a field of the header as text."""
        return _text(self.raw[start:stop])

    def read_records(self, first: int, stop: int) -> bytes:
        """Read the bytes of data records."""
        with open(self.file, "rb") as stream:
            stream.seek(len(self.raw) + first * self.record_bytes)
            return stream.read((stop - first) * self.record_bytes)

    def read_notes(self, lead: EdfLead, first: int = 0, stop: int | None = None) -> list[bytes]:
        """Read the bytes of annotations in data records."""
        stop = self.n_records if stop is None else stop
        size = lead.per_record * self.width
        records = np.memmap(
            self.file,
            np.uint8,
            "r",
            len(self.raw) + first * self.record_bytes,
            (stop - first, self.record_bytes),
        )
        return [row.tobytes() for row in records[:, lead.first_byte : lead.first_byte + size]]

    @cached_property
    def onsets(self) -> "NDArray[np.float64] | float":
        """Times of the data records in seconds after the start that the header gives.

        A number is the time of the first one; the others follow without gaps.
        """
        notes = next((one for one in self.signals if one.has_annotations), None)
        if notes is None:
            return 0.0
        discontinuous = self.text(192, 236)[3:5] == "+D"
        ends = [time_stamps(self.read_notes(notes, i, i + 1)) for i in (0, self.n_records - 1)]
        first, last = float(ends[0][0]), float(ends[1][0])
        if not discontinuous:
            if np.isnan(first):  # written without time stamps
                return 0.0
            late = last - first - float(self.seconds) * (self.n_records - 1)
            if np.isnan(last) or abs(late) <= 0.5 * float(self.seconds):
                return first
            self.warnings.append(
                f"Record '{self.name}': '{self.file}' calls itself continuous, but the time "
                f"stamps of its data records add up to {late:+g} s more. They are placed at the "
                "times of the stamps, with NaN between."
            )
        times = time_stamps(self.read_notes(notes))
        self._check_times(times)
        return times

    def _check_times(self, times: NDArray[np.float64]) -> None:
        """Raise unless each data record has a time after the end of the one before."""
        missing = np.isnan(times)
        if missing.any():
            self.fail(f"each data record must have a time. Record {np.argmax(missing)} has none")
        steps = np.diff(times)
        early = steps < float(self.seconds) - 0.5 / max(one.fs for one in self.leads)
        if early.any():
            i = int(np.argmax(early))
            self.fail(
                f"data records must not overlap. Record {i + 1} begins at {times[i + 1]:g} s and "
                f"record {i} at {times[i]:g} s, each of {float(self.seconds):g} s"
            )
        if times[-1] - times[0] > _LONGEST_GAP:
            self.fail(f"it must last less than a year. Got {times[-1] - times[0]:g} s")

    def fail(self, text: str) -> NoReturn:
        """Raise an error about the file."""
        raise RecordError(
            f"Record '{self.name}': '{self.file}' cannot be read in the format "
            f"{'EDF' if self.width == 2 else 'BDF'}: {text}. Export or fetch it again."
        )


def time_stamps(notes: list[bytes]) -> NDArray[np.float64]:
    """Return the time in seconds with which annotations of each data record begin, or NaN."""
    found = (_TIME_STAMP.match(one) for one in notes)
    times = np.array([np.nan if one is None else float(one[1]) for one in found])
    times[~(np.abs(times) < LARGEST_TIME)] = np.nan
    return times


def open_edf(path: Path, ending: str, *, needs_signal: bool = True) -> EdfFile:
    """Read the header of a file, each field whole, and compare it with the file's size.

    A file of annotations only is refused if a signal is needed, and else not compared.
    """
    file = existing_file(path, ending)
    require_file(file, path.name)
    with open(file, "rb") as stream:
        start = stream.read(256)
        width = 2 if ending == ".edf" else 3
        empty = EdfFile(file, start, width, 0, Fraction(0), ())
        if start[:8] != _VERSIONS[ending] or len(start) < 256:
            empty.fail(
                f"it must begin with a header of 256 bytes, and {_VERSIONS[ending]!r}. Got "
                f"{len(start)} bytes, {start[:8]!r}"
            )
        n_signals = _whole(empty, "the number of signals", start[252:256], 1)
        n_bytes = _whole(empty, "the number of bytes of the header", start[184:192], 1)
        if n_bytes != 256 * (n_signals + 1):
            empty.fail(
                f"the header of {n_signals} signals must have {256 * (n_signals + 1)} bytes. Got "
                f"{n_bytes}"
            )
        raw = start + stream.read(n_bytes - 256)
        if len(raw) < n_bytes:
            empty.fail(f"the header must have {n_bytes} bytes. Got {len(raw)}")
    n_records = _whole(empty, "the number of data records", raw[236:244], -1)
    seconds = _number(empty, "the length of a data record in seconds", raw[244:252])
    signals = _signals(empty, raw, n_signals, seconds)
    made = EdfFile(file, raw, width, n_records, seconds, signals)
    return _with_records(made) if made.leads or needs_signal else made


def _with_records(made: EdfFile) -> EdfFile:
    """Compare the number of data records with the size of the file."""
    if not made.leads:
        made.fail("it must have a signal. It has only annotations")
    if made.seconds <= 0:
        made.fail(f"the length of a data record must be positive. Got {float(made.seconds):g} s")
    n_bytes = made.file.stat().st_size - len(made.raw)
    found, rest = divmod(n_bytes, made.record_bytes)
    if made.n_records == -1:  # still being written, or never closed
        made = replace(made, n_records=found)
        if rest:
            made.warnings.append(
                f"Record '{made.name}': '{made.file}' ends within a data record, of which {rest} "
                f"of {made.record_bytes} bytes are there. They are not read."
            )
    elif found < made.n_records:
        made.fail(
            f"it must have {made.n_records} data records of {made.record_bytes} bytes. Got "
            f"{found}, {n_bytes} bytes: it is truncated"
        )
    elif found > made.n_records or rest:
        made.warnings.append(
            f"Record '{made.name}': '{made.file}' has "
            f"{n_bytes - made.n_records * made.record_bytes} bytes more than the "
            f"{made.n_records} data records of its header. They are not read."
        )
    if not made.n_records:
        made.fail("it must have at least one data record. Got none")
    return made


def _signals(made: EdfFile, raw: bytes, n: int, seconds: Fraction) -> tuple[EdfLead, ...]:
    """Read the fields of all signals, which the header gives field by field."""
    columns, start = [], 256
    for size in _FIELDS:
        columns.append([_text(raw[start + i * size :][:size]) for i in range(n)])
        start += size * n
    signals, first_byte = [], 0
    for label, _, unit, *limits, _, text, _ in zip(*columns, strict=True):
        per_record = _whole(made, f"the number of samples of '{label}'", text.encode(), 1)
        fs = rate(per_record, seconds, _text(raw[244:252]))
        four = (limits[0], limits[1], limits[2], limits[3])
        signals.append(EdfLead(printable(label), unit, four, per_record, first_byte, fs))
        first_byte += per_record * made.width
    return tuple(signals)


def rate(per_record: int, seconds: Fraction, text: str) -> float:
    """Return the sampling frequency of data records of some seconds.

    A length of five digits or more after the point may be cut off there: 256 samples in
    "0.711111" s are 360 Hz, and so are 120 in "0.33333" s (EDFlib writes five digits). Where that
    explains a whole number, it is the rate.
    """
    if seconds <= 0:
        return 0.0
    exact = per_record / seconds
    digits = len(text.partition(".")[2])
    if digits >= 5 or (len(text) >= 8 and digits):
        step = Fraction(1, 10**digits)
        whole = round(exact)
        if whole and abs(per_record / Fraction(whole) - seconds) < step:
            return float(whole)
    return float(exact)


def samples_at(seconds: NDArray[np.float64], fs: float) -> NDArray[np.int64]:
    """Return the samples nearest to times."""
    return np.floor(seconds * fs + 0.5).astype(np.int64)


def _text(field: bytes) -> str:
    """Decode a field: ASCII by the standard, UTF-8 or Latin-1 (µV) from many programs."""
    stripped = field.rstrip(b" \x00")
    try:
        return stripped.decode("utf-8").strip(" ")
    except UnicodeDecodeError:
        return stripped.decode("latin-1").strip(" ")


def _whole(made: EdfFile, noun: str, field: bytes, least: int) -> int:
    """Read a field that is a whole number."""
    text = _text(field)
    if not re.fullmatch(r"[+-]?\d+", text, re.ASCII) or int(text) < least:
        made.fail(f"{noun} must be a whole number from {least} on. Got {text!r}")
    return int(text)


def _number(made: EdfFile, noun: str, field: bytes) -> Fraction:
    """Read a field that is a number."""
    text = _text(field)
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII):
        made.fail(f"{noun} must be a number. Got {text!r}")
    least, most = _RECORD_SECONDS
    if float(text) and not least <= float(text) <= most:
        made.fail(f"{noun} must be between {least:g} and {most:g}. Got {text!r}")
    return Fraction(text)
