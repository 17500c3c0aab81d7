"""The parts of the summary of a recording."""

from dataclasses import dataclass

from ._clock import Clock
from ._performance import Estimate


@dataclass(frozen=True)
class Moment:
    """A value and its time: seconds from the start, and by the clock if the start is known."""

    value: float
    seconds: float
    clock: str | None


@dataclass(frozen=True)
class HeartRate:
    """Heart rate in beats per minute, from one-minute means; None where nothing is known."""

    mean: float | None
    minimum: Moment | None
    maximum: Moment | None
    day: float | None
    night: float | None
    over_100: float | None  # share of the one-minute means
    under_50: float | None
    minutes: int  # with a mean


@dataclass(frozen=True)
class NNIntervals:
    """Intervals between normal beats in ms, pNN50 a share; None where there are too few."""

    count: int
    mean: float | None
    sdnn: float | None
    rmssd: float | None
    pnn50: float | None
    sdann: float | None


@dataclass(frozen=True)
class Run:
    """Ectopic beats that follow each other: start, number, seconds, mean rate per minute."""

    seconds: float
    clock: str | None
    beats: int
    duration: float
    rate: float


@dataclass(frozen=True)
class Episodes:
    """Episodes of bigeminy or trigeminy: number, ectopic beats in all, most in one of them."""

    count: int
    beats: int
    longest: int


@dataclass(frozen=True)
class Ectopy:
    """Ectopic beats of a class.

    ``count`` = ``singles`` + 2 ``couplets`` + ``run_beats`` + those of bigeminy and trigeminy.
    """

    label: str
    count: int
    burden: float | None  # count / classified beats
    uncertain: int  # of them, beats to review
    estimate: Estimate | None  # of the true number; None without probabilities
    singles: int
    couplets: int
    runs: int
    fast_runs: int  # of four and more beats at 120 per minute and more
    run_beats: int
    longest_run: Run | None
    fastest_run: Run | None
    bigeminy: Episodes
    trigeminy: Episodes


@dataclass(frozen=True)
class Hour:
    """An hour by the clock, or from the start: rates per minute and numbers of beats."""

    seconds: float
    clock: str | None
    analysable: float  # seconds
    beats: int
    mean: float | None
    minimum: float | None  # of the one-minute means
    maximum: float | None
    v: int
    s: int
    pauses: int


@dataclass(frozen=True)
class Stretch:
    """A stretch without beats: no lead could be used ("unusable"), or none was found."""

    seconds: float
    clock: str | None
    duration: float
    state: str


def moment_of(clock: Clock, value: float, seconds: float) -> Moment:
    """Return a value with its time."""
    return Moment(float(value), float(seconds), clock.at(seconds))
