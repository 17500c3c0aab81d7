"""Read the signal of a recording stretch by stretch, so that it is never in memory whole."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..utils import printable, warn, without_warnings
from ._amplitude import amplitude_fault, judge_once
from ._errors import naming_recording
from ._header import RecordHeader
from ._read import (
    header_of,
    start_of_stretch,
    subject_of,
    warn_of_excluded,
    warn_of_other_formats,
)
from ._record import ECGRecord
from .formats._format import Format
from .formats._registry import locate

__all__ = ["SignalReader"]


@dataclass(frozen=True)
class SignalReader:
    """Reads stretches of the signal of one recording, whose files stay as they are.

    Attributes
    ----------
    path : pathlib.Path
        The recording, without ending.
    format : Format
        Format of its files.
    leads : sequence of str or None
        Names of the leads to read, as for `read_record`.
    """

    path: Path
    format: Format
    leads: Sequence[str] | None = None

    @classmethod
    def open(
        cls, path: str | os.PathLike[str], leads: Sequence[str] | None = None
    ) -> "SignalReader":
        """Locate the recording to which a path leads; warns of its files in other formats.

        Raises
        ------
        FileNotFoundError
            If there is none.
        """
        with naming_recording(path):
            location = locate(path)
            reader = cls(location.path, location.require_format(), leads)
        if not reader.format.whole:  # which read_record reads
            warn_of_other_formats(location)
        return reader

    @cached_property
    def header(self) -> RecordHeader:
        """Facts about the recording."""
        with naming_recording(self.path):
            return header_of(self.format, self.path, self.leads)

    @property
    def name(self) -> str:
        """Name of the recording."""
        return printable(self.path.name)

    @property
    def subject(self) -> str:
        """The person recorded."""
        return subject_of(self.header)

    @cached_property
    def lead_names(self) -> tuple[str, ...]:
        """Names of the leads that are read; warns of those that are excluded, and of the files."""
        with naming_recording(self.path):
            signal = self.format.read_signal(self.path, 0, 1, self.leads)
        warn_of_excluded(self.name, signal.excluded)
        return tuple(signal.lead_names)

    def check_amplitude(self, signal: NDArray[np.float32]) -> None:
        """Warn if a stretch of the signal is not in mV by its amplitude."""
        if fault := amplitude_fault(signal, self.header.fs, self.lead_names):
            warn(f"Record '{self.name}': {fault}.")

    def read(self, first: int, last: int) -> NDArray[np.float32]:
        """Return the samples from ``first`` to before ``last``, (n_samples, n_leads) in mV.

        What a format warns of is in the warnings of `lead_names`, not in those of each stretch.
        """
        with naming_recording(self.path), without_warnings():
            return self.format.read_signal(self.path, first, last, self.leads).values

    def stretch(self, start: float = 0.0, stop: float | None = None) -> ECGRecord:
        """Read a stretch in seconds as a record without annotations, and without warnings."""
        header = self.header
        first = round(start * header.fs)
        end = header.n_samples or 0
        last = end if stop is None else min(round(stop * header.fs), end)
        signal = self.read(first, last)
        signal.flags.writeable = False  # so that the record need not copy it
        judge_once(signal, header.fs, self.lead_names)  # so that it does not warn again
        date, time = start_of_stretch(header, first)
        return ECGRecord(
            signal,
            header.fs,
            self.lead_names,
            name=self.name,
            subject=self.subject,
            start_date=date,
            start_time=time,
            comments=header.comments,
        )
