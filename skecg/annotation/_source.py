"""The recording to annotate: in memory, or in files that are read stretch by stretch."""

import datetime
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..records import ECGRecord, RecordHeader, read_record
from ..records._amplitude import judge_once
from ..records._read import start_of_stretch
from ..records._stretches import SignalReader
from ._blocks import block_seconds, in_one_piece

__all__ = ["Source", "open_source"]

_JUDGED = 600.0  # seconds by whose amplitude a recording that is not in memory is judged


@dataclass(frozen=True, eq=False)
class Source:
    """A recording whose signal is read in stretches.

    Attributes
    ----------
    name, subject, fs, n_samples, lead_names, start, comments
        As those of an `AnnotatedRecord`.
    read : callable
        ``read(first, last)`` returns the samples from ``first`` to before ``last``, as float32
        of shape (n_samples, n_leads) in mV.
    stretch : callable
        ``stretch(start, stop)`` returns a stretch in seconds as an ECGRecord without beats.
    block : float
        Length in seconds of the blocks in which it is annotated.
    path : pathlib.Path or None
        The recording's files, without ending; None in memory.
    format : str
        Name of the format of the files; "" in memory.
    in_memory : bool
        Whether the whole signal is in memory.
    """

    name: str
    subject: str
    fs: float
    n_samples: int
    lead_names: tuple[str, ...]
    start: datetime.datetime | datetime.time | None
    comments: tuple[str, ...]
    read: Callable[[int, int], NDArray[np.float32]]
    stretch: Callable[[float, float | None], ECGRecord]
    block: float
    path: Path | None = None
    format: str = ""
    in_memory: bool = True


def open_source(
    record: ECGRecord | str | os.PathLike[str],
    leads: Sequence[str] | None = None,
    block: float | None = None,
) -> Source:
    """Open a recording; the signal of a short one is read at once, with all checks.

    Parameters
    ----------
    record : ECGRecord or path-like
        The recording.
    leads : sequence of str or None, default=None
        Names of the leads that are used. None is all.
    block : float or None, default=None
        Length in seconds of the blocks in which a long recording is read. None follows from its
        rate and its number of leads.
    """
    if isinstance(record, ECGRecord):
        return _of_record(record if leads is None else _choose_leads(record, leads), block)
    reader = SignalReader.open(record, leads)
    header = reader.header
    if reader.format.whole or not header.n_samples:
        found = read_record(record, annotator=None, leads=leads)
        return replace(_of_record(found, block), path=reader.path, format=reader.format.name)
    n_samples, fs = header.n_samples, header.fs
    block = block or block_seconds(fs, len(leads or header.lead_names))
    in_memory = in_one_piece(n_samples, fs, block)
    signal = reader.read(0, n_samples if in_memory else min(round(_JUDGED * fs), n_samples))
    reader.check_amplitude(signal)
    return Source(
        reader.name,
        reader.subject,
        fs,
        n_samples,
        reader.lead_names,
        _start(header),
        header.comments,
        _slices(signal) if in_memory else reader.read,
        reader.stretch,
        block,
        reader.path,
        reader.format.name,
        in_memory=in_memory,
    )


def _slices(signal: NDArray[np.float32]) -> Callable[[int, int], NDArray[np.float32]]:
    return lambda first, last: signal[first:last]


def _of_record(record: ECGRecord, block: float | None) -> Source:
    """Return the source of a recording in memory."""
    return Source(
        record.name,
        record.subject,
        record.fs,
        record.n_samples,
        record.lead_names,
        _start(record),
        record.comments,
        _slices(record.signal),
        _Slices(record),
        block or block_seconds(record.fs, record.n_leads),
    )


@dataclass(frozen=True, eq=False)
class _Slices:
    """Stretches of a record in memory."""

    record: ECGRecord

    def __call__(self, start: float, stop: float | None) -> ECGRecord:
        """Return a stretch without beats."""
        record = self.record
        first = round(start * record.fs)
        last = record.n_samples if stop is None else min(round(stop * record.fs), record.n_samples)
        changes: dict[str, Any] = {"sample": (), "symbol": (), "excluded": {}}
        if (first, last) == (0, record.n_samples):
            return replace(record, **changes)
        other = record.other
        inside = (other.sample >= first) & (other.sample < last)
        columns = {
            name: getattr(other, name)[inside]
            for name in ("symbol", "subtype", "chan", "num", "aux_note")
        }
        changes["start_date"], changes["start_time"] = start_of_stretch(record, first)
        signal = record.signal[first:last]
        judge_once(signal, record.fs, record.lead_names)  # so that it does not warn again
        return replace(
            record,
            signal=signal,
            other=replace(other, sample=other.sample[inside] - first, **columns),
            **changes,
        )


def _start(facts: ECGRecord | RecordHeader) -> datetime.datetime | datetime.time | None:
    """Return date and time, or time of day, of the first sample."""
    date, time = facts.start_date, facts.start_time
    return time if date is None or time is None else datetime.datetime.combine(date, time)


def _choose_leads(record: ECGRecord, leads: Sequence[str]) -> ECGRecord:
    """Return a record of some of its leads."""
    missing = [name for name in leads if name not in record.lead_names]
    if isinstance(leads, str) or missing:
        raise ValueError(
            f"The 'leads' parameter of annotate must be names of leads of record {record.name!r}, "
            f"in a list. Got {leads!r} instead of some of {list(record.lead_names)}."
        )
    columns = [record.lead_names.index(name) for name in leads]
    return replace(record, signal=record.signal[:, columns], lead_names=tuple(leads))
