"""Read the signal of a recording stretch by stretch, so that it is never in memory whole."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..utils import printable
from ._errors import naming_recording
from ._header import RecordHeader
from ._read import header_of, subject_of, warn_of_excluded
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
        """Locate the recording to which a path leads.

        Raises
        ------
        FileNotFoundError
            If there is none.
        """
        with naming_recording(path):
            location = locate(path)
            return cls(location.path, location.require_format(), leads)

    @cached_property
    def header(self) -> RecordHeader:
        """Facts about the recording."""
        with naming_recording(self.path):
            return header_of(self.format, self.path, self.leads)

    @property
    def subject(self) -> str:
        """The person recorded."""
        return subject_of(self.header)

    @cached_property
    def lead_names(self) -> tuple[str, ...]:
        """Names of the leads that are read; warns of those that are excluded."""
        with naming_recording(self.path):
            signal = self.format.read_signal(self.path, 0, 1, self.leads)
        warn_of_excluded(printable(self.path.name), signal.excluded)
        return tuple(signal.lead_names)

    def read(self, first: int, last: int) -> NDArray[np.float32]:
        """Return the samples from ``first`` to before ``last``, (n_samples, n_leads) in mV."""
        with naming_recording(self.path):
            return self.format.read_signal(self.path, first, last, self.leads).values
