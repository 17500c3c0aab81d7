"""Facts about a recording that are read without its signal."""

import datetime
from dataclasses import dataclass
from pathlib import Path

__all__ = ["RecordHeader"]


@dataclass(frozen=True)
class RecordHeader:
    """Facts about a recording, as `read_header` reads them without the signal.

    Attributes
    ----------
    path : pathlib.Path
        The recording, without ending.
    fs : float
        Sampling frequency in Hz; of leads with different ones, the highest.
    n_samples : int or None
        Length of the signal in samples at ``fs``; None where the header does not give it.
    lead_names : tuple of str
        Names of the leads that `read_record` reads if none is named; empty where the header
        names none.
    subject : str or None
        Subject whom the header names.
    start_date : datetime.date or None
        Day on which the recording began.
    start_time : datetime.time or None
        Time of day at which it began.
    comments : tuple of str
        Lines of text about the recording.
    excluded_leads : tuple of str
        Names of the other leads: those of a lower rate, or not of a voltage.

    See Also
    --------
    read_header : Read one.
    """

    path: Path
    fs: float
    n_samples: int | None = None
    lead_names: tuple[str, ...] = ()
    subject: str | None = None
    start_date: datetime.date | None = None
    start_time: datetime.time | None = None
    comments: tuple[str, ...] = ()
    excluded_leads: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the recording."""
        return self.path.name
