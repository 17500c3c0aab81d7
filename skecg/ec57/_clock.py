"""Write and read durations and whole percentages as the reference programs do."""

import math

__all__ = ["clock", "from_clock", "to_milliseconds", "whole_percent"]


def to_milliseconds(samples: float, fs: float) -> int:
    """Return a duration in whole milliseconds, halves up."""
    return math.floor(1000 * samples / fs + 0.5)


def clock(milliseconds: int, *, zero: str = "0.000") -> str:
    """Write a duration as m:ss.mmm or h:mm:ss.mmm.

    Parameters
    ----------
    milliseconds : int
        The duration.
    zero : str, default="0.000"
        Text of no duration; sumstats writes ``"0:00.000"``.
    """
    if milliseconds == 0:
        return zero
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}.{rest:03}"
    return f"{minutes}:{seconds:02}.{rest:03}"


def from_clock(text: str) -> int:
    """Return the milliseconds of a duration that `clock` has written."""
    seconds, _, rest = text.partition(".")
    total = 0
    for part in seconds.split(":"):
        total = 60 * total + int(part)
    return 1000 * total + int(rest.ljust(3, "0")[:3])


def whole_percent(numerator: int, denominator: int) -> int | None:
    """Return a share in whole percent, halves up, or None of 0/0."""
    return None if denominator == 0 else (200 * numerator + denominator) // (2 * denominator)
