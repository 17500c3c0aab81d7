"""Read and check the signal of a WFDB recording."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..._errors import RecordError
from .._format import Signal, with_ending
from .._units import units_per_millivolt
from ._call import FETCH, call_wfdb
from ._files import HEADER
from ._header import has_segments, names_of_leads, parse_header
from ._millivolts import LOWEST, to_millivolts

if TYPE_CHECKING:
    import wfdb

__all__ = ["read_signal"]

# Bytes of a sample in each signal format of WFDB that has a fixed size.
# Source: the WFDB Applications Guide, signal(5), https://wfdb.io/spec/signal-files.html
_BYTES = {
    "8": Fraction(1),
    "16": Fraction(2),
    "24": Fraction(3),
    "32": Fraction(4),
    "61": Fraction(2),
    "80": Fraction(1),
    "160": Fraction(2),
    "212": Fraction(3, 2),
    "310": Fraction(4, 3),
    "311": Fraction(4, 3),
}


def read_signal(
    path: Path, start: int = 0, stop: int | None = None, leads: Sequence[str] | None = None
) -> Signal:
    """Read the signal of a recording; segments are joined."""
    header = _checked_header(path)
    read = _read_segments if has_segments(header) else _read_leads
    signal = read(path, header)
    values = signal.values[start:stop]
    if leads is not None:
        values = values[:, [list(signal.lead_names).index(lead) for lead in leads]]
    return Signal(values, signal.lead_names if leads is None else leads)


def _checked_header(base: Path) -> "wfdb.Record | wfdb.MultiRecord":
    """Read a header, or raise unless it describes a signal."""
    header = parse_header(base)
    path = with_ending(base, HEADER)
    for line in path.read_bytes().splitlines():
        # wfdb leaves out such characters, which makes volts of "µV"
        if not line.isascii() and not line.lstrip().startswith(b"#"):
            raise RecordError(
                f"Record '{base.name}': its header '{path}' must be ASCII outside comments. Got "
                f"{line.decode('utf-8', 'replace')!r}. Edit it (the unit 'uV' is written with u)."
            )
    lines = header.seg_name if has_segments(header) else header.file_name
    promised = header.n_seg if has_segments(header) else header.n_sig
    if header.n_sig and len(lines or ()) != promised:
        raise RecordError(
            f"Record '{base.name}': its header '{path}' must describe each of {promised} leads or "
            f"segments in one line. Got {len(lines or ())} lines."
        )
    if not header.n_sig or header.sig_len == 0:
        raise RecordError(
            f"Record '{base.name}': it must hold a signal. Its header '{path}' gives "
            f"{header.n_sig} leads of {header.sig_len} samples."
        )
    return header


def _read_segments(base: Path, header: "wfdb.MultiRecord") -> Signal:
    """Join the segments of a recording.

    A gap has the name "~", and leads that a segment lacks stay NaN in it:

        segments     m_1          ~           m_2
        lead II      |~~~~~~~~~~~~|  NaN      |~~~~~~~~|
        lead V5      |~~~~~~~~~~~~|  NaN      |  NaN   |
    """
    owner = f"Record '{base.name}'"
    segments = list(zip(header.seg_name, header.seg_len, strict=True))
    leads: list[str] = []
    if segments[0][1] == 0:  # the layout: the leads of all segments, without signal
        layout = base.with_name(segments.pop(0)[0])
        leads = names_of_leads(call_wfdb("rdheader", layout, "layout"))
    total = sum(length for _, length in segments)
    if header.sig_len not in (None, total):
        raise RecordError(
            f"{owner}: its segments must add up to the {header.sig_len} samples of its header. "
            f"Got {total}."
        )
    values = np.full((total, header.n_sig), np.nan, dtype=np.float32)
    start = 0
    for name, length in segments:
        stop = start + length
        if name != "~":
            part = _read_segment(base, name, header.fs)
            leads = leads or list(part.lead_names)
            if len(part.values) != length or not set(part.lead_names) <= set(leads):
                raise RecordError(
                    f"{owner}: its segment '{name}' must hold {length} samples of {leads}. "
                    f"Got {len(part.values)} samples of {list(part.lead_names)}."
                )
            values[start:stop, _columns(list(part.lead_names), leads)] = part.values
        start = stop
    if len(leads) != header.n_sig:
        raise RecordError(
            f"{owner}: its segments must name the {header.n_sig} leads of its header. "
            f"Got {leads or None}."
        )
    return Signal(values, leads)


def _read_segment(base: Path, name: str, fs: float) -> Signal:
    """Read one segment of a recording."""
    path = base.with_name(name)
    header = _checked_header(path)
    if has_segments(header) or header.fs != fs:
        raise RecordError(
            f"Record '{base.name}': its segment '{name}' must be a plain recording of {fs} Hz. "
            f"Got {header.fs} Hz."
        )
    return _read_leads(path, header)


def _columns(part_leads: list[str], leads: list[str]) -> list[int]:
    """Return the positions of the leads of a segment among those of the whole."""
    if part_leads == leads:
        return list(range(len(leads)))
    return [leads.index(lead) for lead in part_leads]


def _read_leads(base: Path, header: "wfdb.Record") -> Signal:
    """Read the signal of a recording in one segment."""
    leads = names_of_leads(header)
    scales = [_scale(base, *lead) for lead in zip(leads, header.units, strict=True)]
    if any(n not in (None, 1) for n in header.samps_per_frame):
        raise RecordError(
            f"Record '{base.name}': all leads must have one sample per frame. Got "
            f"{dict(zip(leads, header.samps_per_frame, strict=True))}. Read it with "
            f"ECGRecord.from_wfdb(wfdb.rdrecord({str(base)!r})), which averages each frame."
        )
    _check_files(base, header)
    narrow = all(LOWEST.get(fmt, -(2**63)) >= -(2**15) for fmt in header.fmt)
    read = {"physical": False, "smooth_frames": False, "return_res": 16 if narrow else 32}
    # one array per lead, each in the order of its file, as the checksums require
    digital = call_wfdb("rdrecord", base, "signal", ignore_skew=True, **read).e_d_signal
    _check_sums(base, header, leads, digital)
    if any(header.skew):
        digital = call_wfdb("rdrecord", base, "signal", **read).e_d_signal
    values = np.empty((len(digital[0]), len(digital)), dtype=np.float32)
    for i, scale in enumerate(scales):
        gain, baseline = header.adc_gain[i] * scale, header.baseline[i] or 0
        to_millivolts(digital[i], gain, baseline, header.fmt[i], out=values[:, i])
        digital[i] = None  # frees its memory
    return Signal(values, leads)


def _scale(base: Path, lead: str, unit: str) -> float:
    """Return how many units of a lead make one mV."""
    scale = units_per_millivolt(unit)
    if scale is None:
        raise RecordError(
            f"Record '{base.name}': lead '{lead}' must be in mV, uV or V. Got '{unit}'. Read the "
            "other leads with ECGRecord.from_wfdb(wfdb.rdrecord("
            f"{str(base)!r}, channel_names=[...]), wfdb.rdann(...))."
        )
    return scale


def _check_files(base: Path, header: "wfdb.Record") -> None:
    """Raise unless all signal files are there and long enough for the header."""
    for file in dict.fromkeys(header.file_name):
        signals = [i for i, name in enumerate(header.file_name) if name == file]
        path = base.with_name(file)
        if not path.is_file():
            raise FileNotFoundError(
                f"Record '{base.name}': there is no signal file '{path}', which its header names. "
                f"{FETCH}"
            )
        size, fmt = path.stat().st_size, header.fmt[signals[0]]
        if fmt not in _BYTES:  # of variable size, or unknown: wfdb checks it
            continue
        start = header.byte_offset[signals[0]] or 0
        least = header.sig_len or 1
        needed = start + ceil(least * len(signals) * _BYTES[fmt])
        if size < needed:
            found = int(max(size - start, 0) / _BYTES[fmt] / len(signals))
            raise RecordError(
                f"Record '{base.name}': its signal file '{path}' must hold at least {least} "
                f"samples of {len(signals)} leads, {needed} bytes. Got {found} samples, "
                f"{size} bytes. {FETCH}"
            )


def _check_sums(
    base: Path,
    header: "wfdb.Record",
    leads: list[str],
    digital: list[NDArray[np.signedinteger]],
) -> None:
    """Raise unless each signal has the 16-bit sum that the header gives, if it gives one."""
    for lead, expected, signal in zip(leads, header.checksum, digital, strict=True):
        if expected is None:
            continue
        found = int(signal.sum(dtype=np.int64))
        if (found - expected) % 2**16:
            found = (found + 2**15) % 2**16 - 2**15  # as headers write it
            raise RecordError(
                f"Record '{base.name}': the checksum of lead '{lead}' must be {expected}, as in "
                f"its header. Got {found}: the signal file is damaged or belongs to another "
                "header. Fetch both again."
            )
