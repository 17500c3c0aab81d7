"""Test period and match window of a comparison."""

from typing import NamedTuple

from ..utils import Rule, check_value, is_number
from ._streams import Beats, about, to_samples

__all__ = ["SECONDS", "Times", "check_times", "ends_too_early", "period_of"]

SECONDS = Rule(lambda v: is_number(v) and v >= 0, "0 or more seconds")


class Times(NamedTuple):
    """Begin and end of the test period, and the match window, in seconds."""

    start: float
    stop: float | None
    window: float

    @property
    def standard(self) -> bool:
        """Tell whether the times are those of EC57."""
        return self == Times(300.0, None, 0.15)


def check_times(start: float, stop: float | None, window: float, owner: str) -> Times:
    """Return the times of a comparison, or raise if one is invalid."""
    check_value(start, SECONDS, "start", owner)
    check_value(window, SECONDS, "window", owner)
    if stop is not None:
        later = Rule(
            lambda v: is_number(v) and v > start, f"more than start ({start:g}) seconds, or None"
        )
        check_value(stop, later, "stop", owner)
    return Times(float(start), None if stop is None else float(stop), float(window))


def period_of(
    reference: Beats, fs: float, n_samples: int | None, times: Times, name: str | None
) -> tuple[int, int]:
    """Return the first and last sample of the test period, or raise if it is empty."""
    first = to_samples(times.start, fs)
    if n_samples is not None:
        last, end, remark = n_samples, "the recording ends", ""
    elif len(reference.sample):
        last = int(reference.sample[-1])
        end, remark = "the last reference beat is", " (recording length unknown)"
    else:
        raise ValueError(
            about(name, "the length of the recording is unknown, and the reference has no beats, ")
            + "of which the last would be the end. Give 'n_samples'."
        )
    if times.stop is not None:
        stop = to_samples(times.stop, fs)
        last = stop if n_samples is None else min(last, stop)
    if last < first:
        raise ends_too_early(f"{end} at {last / fs:.1f} s{remark}", times.start, name)
    return first, last


def ends_too_early(end: str, start: float, name: str | None) -> ValueError:
    """Return the error about a recording that ends before the test period starts.

    Parameters
    ----------
    end : str
        The end in words, such as ``"the recording ends at 200.0 s"``.
    start : float
        Begin of the test period in seconds.
    name : str or None
        Name of the recording.
    """
    return ValueError(
        about(name, f"{end}, before the test period, which starts at {start:g} s. ")
        + "EC57 reserves the first five minutes for learning and does not evaluate shorter "
        "recordings; another 'start' gives a nonstandard comparison."
    )
