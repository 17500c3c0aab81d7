"""Axes of rows of beats: amplitude, time and leads."""

from collections.abc import Sequence

from numpy.typing import NDArray

from ..layout import BeatLayout


def amplitude_label(unit: str | None, layout: BeatLayout) -> str:
    """Return the label of an axis of amplitudes; "auto" takes the unit from the layout."""
    if unit == "auto":
        # the extractor divides rows with context by the height of the normal beat around each
        unit = "normal QRS = 1" if "difference" in layout.channels else "mV"
    return f"Amplitude ({unit})" if unit else "Amplitude"


def time_label(fs: float | None) -> str:
    """Return the label of the time axis."""
    return "Time (ms)" if fs else "Sample"


def in_time(samples: NDArray, fs: float | None) -> NDArray:
    """Return samples in ms from the start of the row, or unchanged without a rate."""
    return samples * (1000 / fs) if fs else samples


def check_lead_names(names: Sequence[str] | None, n_leads: int, owner: str) -> list[str]:
    """Return a name for each lead, "lead 0" and so on by default."""
    if names is None:
        return [f"lead {i}" for i in range(n_leads)]
    if len(names) != n_leads:
        raise ValueError(
            f"The 'lead_names' parameter of {owner} must name {n_leads} leads. "
            f"Got {list(names)} instead."
        )
    return list(names)
