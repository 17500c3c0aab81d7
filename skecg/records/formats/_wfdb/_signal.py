"""Read and check the signal of a WFDB recording."""

from collections.abc import Sequence
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....utils import warn
from ..._errors import RecordError
from .._format import Signal, too_long, with_ending
from .._units import units_per_millivolt
from ._files import HEADER
from ._header import Recording, parse_header, read_recording, with_length
from ._header_text import HeaderText, SegmentLine, SignalLine
from ._leads import ChosenLeads, is_null, lead_names, positions
from ._millivolts import to_millivolts
from ._signal_files import SignalFile, signal_files

__all__ = ["read_signal"]


def read_signal(
    path: Path, start: int = 0, stop: int | None = None, leads: Sequence[str] | None = None
) -> Signal:
    """Read the signal of a recording; segments are joined."""
    recording = read_recording(path)
    header = recording.header
    _check_signal(recording)
    if header.unread_start:
        warn(
            f"Record '{path.name}': the time and date of its header are not of the form HH:MM:SS "
            f"DD/MM/YYYY and not read. Got '{header.unread_start}'."
        )
    chosen = recording.choose(None if leads is None else list(leads))
    n_samples = (header.n_frames or 0) * chosen.samples_per_frame
    stop = n_samples if stop is None else min(stop, n_samples)
    if header.segments is None:  # before a wrong length asks for all memory
        _check_lengths(path, header, chosen.indices)
    if header.segments is not None:
        _check_gaps(recording, chosen, stop - start)
    values = np.empty((max(stop - start, 0), len(chosen.indices)), dtype=np.float32)
    if header.segments is None:
        _read_leads(path, recording.leads, header.n_frames or 0, chosen.indices, start, values)
    else:
        _read_segments(recording, chosen, start, values)
    return Signal(values, chosen.names, chosen.excluded)


def _check_signal(recording: Recording) -> None:
    """Raise unless a header describes a signal."""
    path, header = recording.path, recording.header
    file = with_ending(path, HEADER)
    if not header.n_signals:
        raise RecordError(
            f"Record '{path.name}': it must hold a signal. Its header '{file}' gives 0 leads. Add "
            "the lines of its leads, or exclude the record."
        )
    if header.segments is None:
        if header.n_frames is None:  # and the files cannot tell it
            for one in signal_files(path, header.signals):
                one.check_length(1)
        if header.n_frames is None:
            raise RecordError(
                f"Record '{path.name}': it must hold a signal. All leads of its header '{file}' "
                "are without samples (format 0). Exclude the record."
            )
    elif len(recording.leads) != header.n_signals:
        found = lead_names(recording.leads) or None
        raise RecordError(
            f"Record '{path.name}': its segments must name the {header.n_signals} leads of its "
            f"header. Got {found}. Correct the number of leads in '{file}', or fetch the headers "
            "of its segments."
        )


def _check_lengths(path: Path, header: HeaderText, indices: Sequence[int]) -> None:
    """Raise unless the files of leads are there and long enough."""
    for file in signal_files(path, header.signals, indices):
        file.check_length(header.n_frames or 0)
        if parse_header(path).n_frames is None:
            file.warn_of_rest()


def _check_gaps(recording: Recording, chosen: ChosenLeads, n_samples: int) -> None:
    """Raise if segments without a file make most of a stretch, before memory is taken for them."""
    segments = recording.header.segments or ()
    folder = recording.path.parent
    names = {one.name for one in segments if one.name != "~"}
    # a segment takes no fewer bytes than the bits of its signal file
    n_bytes = sum(_size_of(folder / name) for name in sorted(names))
    if too_long(n_samples, n_bytes):
        raise RecordError(
            f"Record '{recording.path.name}': its segments must be as long as their files. Got "
            f"{n_samples} samples of {len(chosen.indices)} leads, and files of {n_bytes} bytes: "
            "nearly all of it is a gap. Read a stretch with start= and stop=, or correct the "
            f"header '{with_ending(recording.path, HEADER)}'."
        )


def _size_of(path: Path) -> int:
    """Return the size of the signal files of a segment in bytes; 0 if it cannot be read."""
    try:
        files = signal_files(path, parse_header(path).signals)
        return sum(file.path.stat().st_size for file in files)
    except (OSError, RecordError):  # reading the segment says why
        return 0


class _MismatchError(Exception):
    """A segment is not as the header of the recording describes it."""


def _read_segments(
    recording: Recording, chosen: ChosenLeads, start: int, out: NDArray[np.float32]
) -> None:
    """Join the segments of a recording.

    A gap has the name "~", and leads that a segment lacks stay NaN in it:

        segments     m_1          ~           m_2
        lead II      |~~~~~~~~~~~~|  NaN      |~~~~~~~~|
        lead V5      |~~~~~~~~~~~~|  NaN      |  NaN   |
    """
    out[:] = np.nan
    spf = chosen.samples_per_frame
    owner = f"Record '{recording.path.name}'"
    first = -start  # where the segment begins in the stretch
    for segment in recording.header.segments or ():
        last = first + segment.n_frames * spf
        part = out[max(first, 0) : max(last, 0)]
        if segment.name != "~" and len(part):
            try:
                _read_segment(recording, segment, chosen, max(-first, 0), part)
            except _MismatchError as error:
                raise RecordError(f"{owner}: {error}") from None
            except RecordError as error:
                raise RecordError(
                    f"{owner}: its segment '{segment.name}' cannot be read. {error}"
                ) from error
            except FileNotFoundError as error:
                raise FileNotFoundError(
                    f"{owner}: a file of its segment '{segment.name}' is missing. {error}"
                ) from error
        first = last


def _read_segment(
    recording: Recording,
    segment: SegmentLine,
    chosen: ChosenLeads,
    start: int,
    out: NDArray[np.float32],
) -> None:
    """Read the chosen leads of one segment."""
    path = recording.path.parent / segment.name
    header = parse_header(path)
    if header.segments is None and is_null(header.signals):
        return
    header = with_length(path, header)
    _check_segment(recording, segment, header)
    places = positions(lead_names(header.signals), lead_names(recording.leads))
    inside = {place: i for i, place in enumerate(places)}  # by position in the recording
    columns = [column for column, i in enumerate(chosen.indices) if i in inside]
    indices = [inside[chosen.indices[column]] for column in columns]
    for column, i in zip(columns, indices, strict=True):
        own, expected = header.signals[i].samples_per_frame, chosen.samples_per_frame
        if own != expected:
            raise _MismatchError(
                f"lead '{chosen.names[column]}' must have "
                f"{expected} samples a frame in each segment. Got {own} in '{segment.name}'. "
                "Exclude that lead by naming the others, or exclude the record."
            )
    _check_lengths(path, header, indices)
    whole = columns == list(range(out.shape[1]))
    part = out if whole else np.empty((len(out), len(columns)), dtype=np.float32)
    _read_leads(path, header.signals, segment.n_frames, indices, start, part)
    if not whole:
        out[:, columns] = part


def _check_segment(recording: Recording, segment: SegmentLine, header: HeaderText) -> None:
    """Raise unless a segment is as the header of the recording describes it."""
    fs = recording.header.fs
    if header.segments is not None or header.fs != fs:
        raise _MismatchError(
            f"its segment '{segment.name}' must be a plain recording of {fs:g} Hz. Got "
            f"{header.fs:g} Hz{'' if header.segments is None else ' in several segments'}. "
            "Correct the header, or read the segments one by one."
        )
    names, leads = lead_names(header.signals), lead_names(recording.leads)
    if header.n_frames != segment.n_frames or None in positions(names, leads):
        found = f"{header.n_frames} samples of {names}"
        if header.n_frames is None:  # say why the files of the segment cannot be read
            for one in signal_files(recording.path.parent / segment.name, header.signals):
                one.check_length(segment.n_frames)
        raise _MismatchError(
            f"its segment '{segment.name}' must hold {segment.n_frames} samples of "
            f"{leads}. Got {found}. Were its headers made for each other?"
        )


def _read_leads(
    path: Path,
    signals: Sequence[SignalLine],
    n_frames: int,
    indices: Sequence[int],
    start: int,
    out: NDArray[np.float32],
) -> None:
    """Read leads of a recording in one segment, from a sample on, to columns of ``out``."""
    n_samples = n_frames * max((signals[i].samples_per_frame for i in indices), default=1)
    whole = start == 0 and len(out) == n_samples
    places = {index: column for column, index in enumerate(indices)}
    for file in signal_files(path, signals, indices):
        held = range(file.first, file.first + len(file.signals))
        columns = {i: places[i] for i in held if i in places}
        sums = _read_file(file, columns, n_frames, start, out, whole=whole)
        for i, found in sums.items():
            name = signals[i].description or f"lead{i}"
            _check_sum(file, signals[i], name, found)
    for i in places:
        if signals[i].fmt == "0":
            out[:, places[i]] = np.nan


def _read_file(
    file: SignalFile,
    columns: dict[int, int],
    n_frames: int,
    start: int,
    out: NDArray[np.float32],
    *,
    whole: bool,
) -> dict[int, int]:
    """Read signals of one file to columns of ``out``; return their sums if all is read.

    ``columns`` has the column of each signal, by its position in the header. A skew moves a
    signal forward: with a skew of 2, its third sample in the file is sample 0.

        samples in the file      0  1  2  3  4  5  6  7
        samples of the lead            0  1  2  3  4  5  NaN  NaN
    """
    signals = {i: file.signals[i - file.first] for i in columns}
    scales = {}
    for i, signal in signals.items():
        scale = units_per_millivolt(signal.unit)
        if scale is None:  # in a segment whose units differ from those of the first
            raise RecordError(
                f"Record '{file.record}': lead '{signal.description or f'lead{i}'}' must be in "
                f"mV, uV or V. Got '{signal.unit}'. Name the other leads with leads=[...]."
            )
        scales[i] = signal.gain * scale
    first_frame, last_frame = 0, n_frames
    if not whole:
        begins = [(start + s.skew) // s.samples_per_frame for s in signals.values()]
        ends = [ceil((start + len(out) + s.skew) / s.samples_per_frame) for s in signals.values()]
        first_frame, last_frame = min(*begins, n_frames), min(max(ends), n_frames)
    sums = dict.fromkeys(columns, 0)
    # where the next samples of each lead are in the stretch
    places = {i: first_frame * s.samples_per_frame - s.skew - start for i, s in signals.items()}
    for samples in file.samples(first_frame, last_frame, columns):
        for i, digital in samples.items():
            signal, first = signals[i], places[i]
            places[i] += len(digital)
            if whole:
                sums[i] += int(digital.sum(dtype=np.int64))
            cut = digital[max(-first, 0) : max(len(out) - first, 0)]
            to = slice(max(first, 0), max(first, 0) + len(cut))
            to_millivolts(cut, scales[i], signal.baseline, signal.fmt, out=out[to, columns[i]])
    for i, end in places.items():
        out[max(end, 0) :, columns[i]] = np.nan
    return sums if whole else {}


def _check_sum(file: SignalFile, signal: SignalLine, name: str, found: int) -> None:
    """Raise unless a signal has the 16-bit sum that the header gives, if it gives one."""
    if signal.checksum is None or (found - signal.checksum) % 2**16 == 0:
        return
    found = (found + 2**15) % 2**16 - 2**15  # as headers write it
    text = (
        f"Record '{file.record}': the checksum of lead '{name}' must be {signal.checksum}, as in "
        f"its header. Got {found}"
    )
    if file.path.suffix == ".mat":  # wfdb's wfdb_to_mat keeps the sums of the original samples
        warn(
            f"{text}. The signal is read: checksums of .mat files are often those of the "
            "recording from which they were made."
        )
        return
    raise RecordError(
        f"{text}: the signal file is damaged or belongs to another header. Fetch both again."
    )
