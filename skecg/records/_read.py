"""Read one recording, or its header."""

import datetime
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from ..utils import POSITIVE, check_value, is_number, printable, warn
from ._errors import naming_recording
from ._header import RecordHeader
from ._record import ECGRecord
from ._signal_warnings import warn_about_signal
from ._split_annotations import SplitAnnotations, add_comments, split_annotations
from ._subject import find_subject, folder_of
from ._values import as_name
from .formats._format import Format, Signal
from .formats._registry import (
    Location,
    annotation_format,
    annotation_rate,
    check_annotator,
    locate,
    other_formats,
    read_annotations,
)

__all__ = [
    "header_of",
    "read_header",
    "read_record",
    "start_of_stretch",
    "stretch_samples",
    "subject_of",
    "warn_of_excluded",
    "warn_of_other_formats",
]


class HasLength(Protocol):
    """A recording, or facts about one: on which its stretches depend."""

    @property
    def name(self) -> str:
        """Name of the recording."""

    @property
    def fs(self) -> float:
        """Sampling frequency in Hz."""

    @property
    def n_samples(self) -> int | None:
        """Length in samples; None if it is unknown."""


def read_record(
    path: str | os.PathLike[str],
    *,
    annotator: str | None = "atr",
    subject: str | None = None,
    leads: Sequence[str] | None = None,
    start: float = 0.0,
    stop: float | None = None,
    fs: float | None = None,
) -> ECGRecord:
    """Read a recording: its signal in mV and its annotations.

    Parameters
    ----------
    path : path-like
        The recording, as `find_records` lists it: without ending. That of one of its files,
        such as ``.hea`` or ``.edf``, or of the annotator is accepted.
    annotator : str or None, default="atr"
        Ending of the annotation file. None reads only the signal, and the texts other than beats
        in a signal file.
    subject : str or None, default=None
        The person recorded. None is the subject that `write_record` has put into the header;
        or else `skecg.tables.subject_of` the name and folder, unless comments of the header know
        more: that it was made from another record (by WFDB's xform, or from the same tape), or
        the number of the patient, as in the St Petersburg INCART Database.
    leads : sequence of str, default=None
        Names of the leads to read, in this order. None is all leads in a unit of voltage that
        have the highest sampling frequency.
    start, stop : float, default=0.0 and None
        Stretch to read, in seconds from the beginning of the recording; only its part of the
        files is read, and its positions count from ``start``. None is the end.
    fs : float, default=None
        Sampling frequency in Hz, for tables and arrays that do not give it. None is that of the
        file.

    Returns
    -------
    ECGRecord
        The record; gaps in the signal are NaN.

    Raises
    ------
    FileNotFoundError
        If the header, a signal file or the annotation file is missing.
    RecordError
        If a file is truncated or cannot be understood, a checksum is wrong, no lead or not a
        named one is in mV, uV or V, the signal is empty, there is no beat, annotations are out
        of order, or most beats are outside the signal; if a signal file without checksums is as
        long as one of another format; or if anything else fails while the recording is read.

    Warns
    -----
    UserWarning
        If a lead has gaps, is flat from start to end, or has the amplitude of another unit; if
        leads are excluded; if beats are excluded because they are outside the signal, at the
        sample of another beat, or of a code that nothing defines; if the time or date of a header
        cannot be read; if the checksum of a ``.mat`` file is wrong; if a signal file without
        checksums is longer than its header says, or one of open length does not end with a whole
        frame; if there are files of several formats.

    See Also
    --------
    find_records : List the recordings of a folder.
    read_header : Read only the facts.
    ECGRecord.from_wfdb : Make a record of objects of wfdb, such as those of a server.

    Notes
    -----
    Recordings are WFDB [1]_, EDF, EDF+, BDF, ISHNE, CSV, TSV, Parquet or NumPy files;
    :doc:`/guide/formats` says which parts of each are read. Where there are files of one
    recording in several formats, the first of these is read.

    A WFDB header is read whole or refused with the field that is wrong; only the time and date
    are ignored with a warning. A signal that is read whole is compared with the 16-bit checksum in
    its header; a header without checksums or without the number of samples is accepted. A gain of
    0 means 200 units per mV, as WFDB defines it. The signal equals the ``p_signal`` of
    ``wfdb.rdrecord``, rounded to float32; where a frame has several samples, leads are read at
    their own rate, and each invalid sample is NaN. Recordings of several segments are joined, with
    NaN between segments. Of beats, only position and symbol are kept; of other annotations, every
    field, and text up to its first NUL byte. ``annotations`` keeps all of the file, those that are
    excluded too, for comparisons.

    References
    ----------
    .. [1] WFDB Applications Guide, https://wfdb.io/spec/

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from skecg import ECGRecord, read_record, write_record
    >>> ramp = np.arange(500) / 200
    >>> path = write_record(
    ...     ECGRecord(ramp, 250, sample=[100], symbol=["N"], name="ana"), tempfile.mkdtemp())
    >>> read_record(path)
    ECGRecord('ana': 1 lead (lead0), 500 samples at 250 Hz (2.0 s), 1 beats, subject 'ana')
    """
    check_annotator(annotator, "read_record")
    names = _lead_names(leads)
    if subject is not None:
        as_name(subject, "subject")
    # each error names the record, except those about parameters
    with naming_recording(path):
        location = locate(path, annotator)
        file_format = location.require_format()
    file_format, base = _at_rate(file_format, fs), location.path
    with naming_recording(base):
        header = header_of(file_format, base, names)
        warn_of_other_formats(location)
    stretch = stretch_samples(header, start, stop, "read_record")
    with naming_recording(base):
        signal, parts = _read_stretch(file_format, header, stretch, annotator, names)
        start_date, start_time = start_of_stretch(header, stretch[0])
        record = ECGRecord(
            signal.values,
            header.fs,
            signal.lead_names,
            parts.sample,
            parts.symbol,
            other=parts.other,
            name=printable(base.name),
            subject=subject_of(header) if subject is None else subject,
            start_date=start_date,
            start_time=start_time,
            comments=header.comments,
            excluded=parts.excluded,
            annotations=parts.stream,
        )
        warn_of_excluded(record.name, signal.excluded, parts)
        warn_about_signal(record.name, record.lead_names, record.signal)
    return record


def _read_stretch(
    file_format: Format,
    header: RecordHeader,
    stretch: tuple[int, int | None],
    annotator: str | None,
    leads: Sequence[str] | None,
) -> tuple[Signal, SplitAnnotations]:
    """Read signal and annotations of a stretch of a recording."""
    base, (first, last) = header.path, stretch
    stream = None if annotator is None else read_annotations(base, annotator)
    signal = file_format.read_signal(base, first, last, leads)
    signal.values.flags.writeable = False  # so that the record need not copy it
    if stream is not None and not stream.fs:
        # of leads with several rates, other files count at that of the leads that are read first
        several = leads is not None and file_format.read_header_of is not None
        stream = replace(stream, fs=annotation_rate(base) if several else header.fs)
    n_samples = header.n_samples or first + len(signal.values)
    parts = split_annotations(stream, header.fs, n_samples, base.name, start=first, stop=last)
    if file_format.read_comments is not None and (
        annotator is None or annotation_format(base, annotator) is not file_format
    ):
        comments = file_format.read_comments(base)
        parts = add_comments(parts, comments, header.fs, first, last or n_samples)
    return signal, parts


def subject_of(header: RecordHeader) -> str:
    """Return the subject that a header gives, or that its name and folder suggest."""
    if header.subject is not None:
        return header.subject
    return printable(find_subject(header.name, header.comments, folder_of(header.path)))


def _at_rate(file_format: Format, fs: float | None) -> Format:
    """Return a format that reads files at a rate, or raise if each file has its own."""
    if fs is None:
        return file_format
    check_value(fs, POSITIVE, "fs", "read_record")
    if file_format.at_rate is None:
        raise ValueError(
            f"The 'fs' parameter of read_record is for files without a sampling frequency. Got "
            f"{fs!r} for one in the format {file_format.name}, which has its own: leave it out. "
            "BeatExtractor(fs=...) resamples."
        )
    return file_format.at_rate(float(fs))


def header_of(file_format: Format, path: Path, leads: Sequence[str] | None) -> RecordHeader:
    """Read the header of the leads that are read, whose rate may not be the highest."""
    if leads is None or file_format.read_header_of is None:
        return file_format.read_header(path)
    return file_format.read_header_of(path, leads)


def warn_of_other_formats(location: Location) -> None:
    """Warn of files of the recording in other formats, which are not read."""
    if location.format is not None and (others := other_formats(location)):
        warn(
            f"Record '{location.path.name}': read in the format {location.format.name}. Files of "
            f"that name in other formats are not read: {', '.join(others)}."
        )


def stretch_samples(
    header: HasLength, start: float, stop: float | None, owner: str
) -> tuple[int, int | None]:
    """Return the first sample of a stretch in seconds, and the one after the last, or raise."""
    end = float("inf") if not header.n_samples else header.n_samples / header.fs
    valid = is_number(start) and 0 <= start < end
    if valid and stop is not None:
        valid = is_number(stop) and start < stop
    if not valid:
        raise ValueError(
            f"The 'start' and 'stop' parameters of {owner} must be seconds with 0 <= start < "
            f"stop, and start before the end. Got {start!r} and {stop!r} for record "
            f"'{header.name}' of {end:g} s."
        )
    first = round(start * header.fs)
    last = None if stop is None or stop >= end else round(stop * header.fs)
    if last is not None and last <= first:
        raise ValueError(
            f"The 'start' and 'stop' parameters of {owner} must be at least one sample apart. "
            f"Got {start!r} and {stop!r} at {header.fs:g} Hz."
        )
    return first, last


def start_of_stretch(
    header: RecordHeader | ECGRecord, first: int
) -> tuple[datetime.date | None, datetime.time | None]:
    """Return the day and the time of day at which a stretch of a recording begins."""
    date, time = header.start_date, header.start_time
    if time is None or first == 0:
        return date, time
    day = datetime.date(2000, 1, 1) if date is None else date
    begin = datetime.datetime.combine(day, time) + datetime.timedelta(seconds=first / header.fs)
    return None if date is None else begin.date(), begin.time()


def _lead_names(leads: Sequence[str] | None) -> Sequence[str] | None:
    """Return the names of leads, or raise."""
    if leads is None:
        return None
    if isinstance(leads, str) or not all(isinstance(lead, str) for lead in leads) or not leads:
        raise TypeError(
            "The 'leads' parameter of read_record must be names of leads, such as ['II'], or "
            f"None. Got {leads!r} instead."
        )
    return list(leads)


def warn_of_excluded(
    name: str, leads: Mapping[str, str], parts: SplitAnnotations | None = None
) -> None:
    """Warn of leads and annotations of a record that are not read."""
    if leads:
        excluded = ", ".join(f"'{lead}' ({reason})" for lead, reason in leads.items())
        warn(f"Record '{name}': leads excluded: {excluded}. 'leads' names the leads to read.")
    if parts is None:
        return
    counts = [f"{reason}: {n}" for reason, n in parts.excluded.items()]
    if parts.others_outside:
        counts.append(f"other annotation outside the signal: {parts.others_outside}")
    if counts:
        warn(f"Record '{name}': annotations excluded: {', '.join(counts)}.")


def read_header(path: str | os.PathLike[str]) -> RecordHeader:
    """Read the facts about a recording without its signal: rate, length, leads.

    Parameters
    ----------
    path : path-like
        The recording, as for `read_record`.

    Returns
    -------
    RecordHeader
        The facts that the header gives.

    Raises
    ------
    FileNotFoundError
        If there is no header.
    RecordError
        If it cannot be understood.

    See Also
    --------
    read_record : Read the signal, too, with all checks.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from skecg import ECGRecord, read_header, write_record
    >>> record = ECGRecord(np.zeros((500, 2)), 250, ["II", "V5"], name="ana")
    >>> header = read_header(write_record(record, tempfile.mkdtemp()))
    >>> header.name, header.fs, header.n_samples, header.lead_names
    ('ana', 250.0, 500, ('II', 'V5'))
    """
    with naming_recording(path):
        location = locate(path)
        return location.require_format().read_header(location.path)
