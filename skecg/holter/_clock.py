"""Write times of a recording, by the clock where its start is known."""

import datetime
from dataclasses import dataclass

DAY = 86_400.0


@dataclass(frozen=True)
class Clock:
    """Times of a recording.

    Attributes
    ----------
    start : datetime.datetime, datetime.time or None
        Start of the recording.
    """

    start: datetime.datetime | datetime.time | None

    @property
    def offset(self) -> float | None:
        """Seconds from midnight to the start; None without a start."""
        if self.start is None:
            return None
        second = self.start.second + self.start.microsecond / 1e6
        return self.start.hour * 3600.0 + self.start.minute * 60.0 + second

    def hour(self, seconds: float) -> float | None:
        """Return the time of day in hours, from 0 to 24."""
        offset = self.offset
        return None if offset is None else (offset + seconds) % DAY / 3600

    def at(self, seconds: float) -> str | None:
        """Write the time of day, and the day if it is not the first; None without a start.

        >>> import datetime
        >>> from skecg.holter._clock import Clock
        >>> clock = Clock(datetime.time(23, 59))
        >>> clock.at(30), clock.at(90)
        ('23:59:30', '00:00:30 (day 2)')
        """
        offset = self.offset
        if offset is None:
            return None
        day, rest = divmod(round(offset + seconds), round(DAY))
        return hms(rest, pad=True) + (f" (day {day + 1})" if day else "")

    def write(self, seconds: float) -> str:
        """Write the time of day, or without a start the time from the start of the recording."""
        return self.at(seconds) or hms(seconds)


def hms(seconds: float, *, pad: bool = False) -> str:
    """Write a time as hours, minutes and seconds.

    >>> from skecg.holter._clock import hms
    >>> hms(3725.4), hms(65, pad=True)
    ('1:02:05', '00:01:05')
    """
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:{'02' if pad else ''}d}:{minute:02d}:{second:02d}"


def lasting(seconds: float) -> str:
    """Write a length of time with its units.

    >>> from skecg.holter._clock import lasting
    >>> lasting(10), lasting(754), lasting(86_400), lasting(600_000)
    ('10 s', '12 min 34 s', '24 h 0 min', '6 days 22 h')
    """
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} days {hours % 24} h"
    return f"{hours} h {minute} min" if hours else f"{minute} min {second} s"
