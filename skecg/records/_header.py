"""Facts about a recording that are read without its signal."""

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
        Sampling frequency in Hz.
    n_samples : int or None
        Length of the signal in samples; None where the header does not give it.
    lead_names : tuple of str
        Names of the leads; empty where the header names none.
    subject : str or None
        Subject whom the header names.

    See Also
    --------
    read_header : Read one.
    """

    path: Path
    fs: float
    n_samples: int | None = None
    lead_names: tuple[str, ...] = ()
    subject: str | None = None

    @property
    def name(self) -> str:
        """Name of the recording."""
        return self.path.name
