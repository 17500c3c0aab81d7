"""ISHNE, the standard format of Holter recordings (``.ecg``).

Source: Badilini F. The ISHNE Holter standard output file format. Ann Noninvasive Electrocardiol
3(3):263-266 (1998). https://doi.org/10.1111/j.1542-474X.1998.tb00353.x

::

    byte 0     8     10                      522            offset of the ECG
         magic CRC   fixed block             variable block  lead 1, lead 2, lead 1, lead 2, ...
                     |<--------- covered by the CRC ------->|

Whole numbers have 16 or 32 bits, the low byte first; -9 is unknown.
"""

import binascii
import datetime
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np

from .._annotations import AnnotationStream
from .._errors import RecordError
from .._header import RecordHeader
from ._files import require_file
from ._format import Format, Signal, existing_file, find_by_ending
from ._patient import subject_of_code

__all__ = ["ISHNE"]

_ENDING = ".ecg"
_MAGIC = b"ISHNE1.0"
_FIXED = 522  # bytes before the variable block
_MOST_LEADS = 12
_LEADS = "unknown bipolar X Y Z I II III aVR aVL aVF V1 V2 V3 V4 V5 V6 ES AS AI".split()
_SEX = {1: "M", 2: "F"}
_PACEMAKERS = {
    1: "unknown type",
    2: "single chamber, unipolar",
    3: "dual chamber, unipolar",
    4: "single chamber, bipolar",
    5: "dual chamber, bipolar",
}


@dataclass(frozen=True)
class _Header:
    """The facts in the header of a file; ``nanovolts`` are those of one step of each lead."""

    file: Path
    offset: int
    n_samples: int
    fs: int
    leads: list[str]
    nanovolts: list[int]
    raw: bytes


def _recognizes(file: Path) -> bool:
    """Tell whether a file begins like an ISHNE file; annotations of WFDB have its ending, too."""
    with open(file, "rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


def _open(path: Path) -> _Header:
    """Read a header and compare it with its checksum and the size of the file."""
    file = existing_file(path, _ENDING)
    require_file(file, path.name)
    with open(file, "rb") as stream:
        raw = stream.read(_FIXED)
        if len(raw) < _FIXED or raw[:8] != _MAGIC:
            _fail(file, f"it must begin with {_MAGIC!r} and have 522 bytes. Got {raw[:8]!r}")
        sizes = struct.unpack_from("<4i", raw, 10)
        offset = sizes[3]
        raw += stream.read(max(offset - _FIXED, 0))
    if offset < _FIXED or len(raw) < offset:
        _fail(file, f"its ECG must begin after byte 522, inside the file. Got byte {offset}")
    _check_sum(file, raw)
    n_leads, fs = _int16(raw, 156), _int16(raw, 272)
    if not 0 < n_leads <= _MOST_LEADS or fs <= 0:
        _fail(file, f"it must have 1 to 12 leads and a positive rate. Got {n_leads} and {fs} Hz")
    nanovolts = [_int16(raw, 206 + 2 * i) for i in range(n_leads)]
    if min(nanovolts) <= 0:
        _fail(file, f"one step of each lead must be a positive number of nV. Got {nanovolts}")
    n_samples = _length(file, sizes[1], n_leads, file.stat().st_size - offset)
    return _Header(file, offset, n_samples, fs, _lead_names(raw, n_leads), nanovolts, raw)


def _length(file: Path, promised: int, n_leads: int, n_bytes: int) -> int:
    """Return the samples of a lead: programs write them into the header, or those of all leads."""
    for samples in (promised, promised / n_leads):
        if n_bytes == 2 * samples * n_leads and samples == int(samples) > 0:
            return int(samples)
    if promised <= 0 and n_bytes > 0 and n_bytes % (2 * n_leads) == 0:
        return n_bytes // (2 * n_leads)
    longer = "it is longer than its header says, or its number of leads is wrong"
    cause = "it is truncated, or not closed by the recorder"
    _fail(
        file,
        f"{promised} samples of {n_leads} leads must have {2 * promised * n_leads} bytes. Got "
        f"{n_bytes}: {longer if n_bytes > 2 * promised * n_leads > 0 else cause}",
    )


def _check_sum(file: Path, raw: bytes) -> None:
    """Raise if the header does not have the CRC-CCITT that it gives."""
    expected = int.from_bytes(raw[8:10], "little")
    # some programs begin with 0 in place of 0xFFFF, or write the high byte first; 0 is no sum
    sums = [binascii.crc_hqx(raw[10:], first) for first in (0xFFFF, 0)]
    swapped = [(one >> 8) | (one & 0xFF) << 8 for one in sums]
    if expected and expected not in (*sums, *swapped):
        _fail(
            file,
            f"the checksum of its header must be {expected}, as it says. Got {sums[0]}: the file "
            "is damaged",
        )


def _lead_names(raw: bytes, n_leads: int) -> list[str]:
    """Return the names of leads; a number is added to those that are not distinct."""
    codes = [_int16(raw, 158 + 2 * i) for i in range(n_leads)]
    names = [
        _LEADS[code] if 0 < code < len(_LEADS) else f"lead{i}" for i, code in enumerate(codes)
    ]
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return unique


def _read_header(path: Path) -> RecordHeader:
    """Read the facts about a recording."""
    made = _open(path)
    return RecordHeader(
        path,
        float(made.fs),
        made.n_samples,
        tuple(made.leads),
        subject_of_code(_text(made.raw, 108, 20)),
        _date(made.raw, 138),
        _time(made.raw),
        tuple(_comments(made.raw)),
    )


def _read_signal(
    path: Path, start: int = 0, stop: int | None = None, leads: Sequence[str] | None = None
) -> Signal:
    """Read leads; only the bytes of the stretch are read."""
    made = _open(path)
    chosen = made.leads if leads is None else list(leads)
    if unknown := [lead for lead in chosen if lead not in made.leads]:
        raise RecordError(f"Record '{path.name}': its leads are {made.leads}. Got {unknown}.")
    stop = made.n_samples if stop is None else min(stop, made.n_samples)
    width = len(made.leads)
    samples = np.fromfile(
        made.file, "<i2", (stop - start) * width, offset=made.offset + 2 * start * width
    ).reshape(-1, width)
    columns = [made.leads.index(lead) for lead in chosen]
    scales = np.array([made.nanovolts[i] for i in columns]) / 1e6
    return Signal((samples[:, columns] * scales).astype(np.float32), chosen)


def _no_annotations(path: Path, annotator: str) -> AnnotationStream:
    """Raise: the format has no annotations, so that none are found."""
    raise FileNotFoundError(f"Record '{path.name}': there are no annotations '{annotator}'.")


def _comments(raw: bytes) -> list[str]:
    """Return lines about the patient and the recorder, without unknown fields."""
    name = " ".join(part for part in (_text(raw, 28, 40), _text(raw, 68, 40)) if part)
    birth = _date(raw, 132)
    facts = {
        "name": name,
        "sex": _SEX.get(_int16(raw, 128), ""),
        "birthdate": "" if birth is None else birth.isoformat(),
        "pacemaker": _PACEMAKERS.get(_int16(raw, 230), ""),
        "recorder": _text(raw, 232, 40),
        "comment": raw[_FIXED:].partition(b"\x00")[0].decode("latin-1").strip(),
    }
    return [f"{noun}: {line}" for noun, text in facts.items() for line in text.splitlines()]


def _date(raw: bytes, place: int) -> datetime.date | None:
    """Return a date, None where it is unknown or impossible."""
    day, month, year = struct.unpack_from("<3h", raw, place)
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _time(raw: bytes) -> datetime.time | None:
    """Return the time at which the recording began, None where it is unknown."""
    try:
        return datetime.time(*struct.unpack_from("<3h", raw, 150))
    except ValueError:
        return None


def _text(raw: bytes, place: int, size: int) -> str:
    """Return a text, which ends with its first NUL."""
    return raw[place : place + size].partition(b"\x00")[0].decode("latin-1").strip()


def _int16(raw: bytes, place: int) -> int:
    """Return a whole number of 16 bits."""
    return int.from_bytes(raw[place : place + 2], "little", signed=True)


def _fail(file: Path, text: str) -> NoReturn:
    """Raise an error about a file."""
    raise RecordError(
        f"Record '{file.with_suffix('').name}': '{file}' cannot be read in the format ISHNE: "
        f"{text}. Export or fetch it again."
    )


ISHNE = Format(
    name="ISHNE",
    noun="ISHNE file",
    found_by=_ENDING,
    endings=(),  # that of WFDB annotations, too
    find=find_by_ending(_ENDING, _recognizes),
    annotators=lambda files: {},
    has_annotations=lambda path, annotator: False,
    read_header=_read_header,
    read_signal=_read_signal,
    read_annotations=_no_annotations,
    recognizes=_recognizes,
)
