"""The parts of a comparison by EC57, made from annotations that are read once."""

from collections.abc import Collection
from typing import Literal, NamedTuple, TypeAlias, get_args

from ..utils import check_value, one_of
from ._compare import StreamPair, compare_streams
from ._compare_episodes import (
    NOTHING_COMPARED,
    EpisodeOptions,
    compare_episode_streams,
    compares_nothing,
)
from ._compare_heart_rate import compare_heart_rate_streams, has_measurements
from ._compare_runs import SVE_REFUSED, compare_run_streams
from ._comparison import BeatComparison
from ._episode_comparison import EpisodeComparison
from ._heart_rate_comparison import HeartRateComparison
from ._marks import EpisodeKind
from ._period import Times
from ._recording import Period, period_of_pair
from ._run_comparison import RunComparison

__all__ = ["PARTS", "Compared", "Options", "Part", "Parts", "check_parts", "compare_parts"]

Part: TypeAlias = Literal["beats", "runs", "episodes", "heart_rate"]
Parts: TypeAlias = Literal["all"] | Part | Collection[Part]
PARTS: tuple[Part, ...] = get_args(Part)


class Options(NamedTuple):
    """Options of a comparison of several parts."""

    times: Times
    parts: tuple[Part, ...]
    reference_faults: bool


class Compared(NamedTuple):
    """The parts of the comparison of one recording; None and nothing where not compared.

    ``not_compared`` has the reasons by part.
    """

    beats: BeatComparison | None
    runs: RunComparison | None
    episodes: dict[str, EpisodeComparison]
    heart_rate: HeartRateComparison | None
    not_compared: dict[Part, str]


def check_parts(parts: Parts, owner: str) -> tuple[Part, ...]:
    """Return the names of the parts in their order, or raise if one is invalid."""
    if isinstance(parts, str):
        check_value(parts, one_of("all", *PARTS), "parts", owner)
        return PARTS if parts == "all" else (parts,)
    # a list, as arrays have no truth value, and not a set, as parts may be of any type
    wanted = list(parts) if isinstance(parts, Collection) else []
    if not wanted or not all(part in PARTS for part in wanted):
        names = ", ".join(map(repr, PARTS))
        raise ValueError(
            f"The 'parts' parameter of {owner} must be 'all' or names of parts: {names}. "
            f"Got {parts!r} instead."
        )
    return tuple(part for part in PARTS if part in wanted)


def compare_parts(pair: StreamPair, options: Options) -> Compared:
    """Compare the parts of one recording.

    Raises where the recording cannot be compared at all: it ends before the test period starts,
    or, for beats, nothing gives its end.
    """
    times, parts, faults = options
    beats = compare_streams(pair, times) if "beats" in parts else None
    period = Period(times.start, times.stop)
    period_of_pair(pair, period)  # an error from here on is of one part, which lacks annotations
    not_compared: dict[Part, str] = {}
    runs = None
    if "runs" in parts:
        try:
            runs = compare_run_streams(pair, times, reference_faults=faults)
            if runs.sve is None:
                not_compared["runs"] = SVE_REFUSED
        except ValueError as error:
            not_compared["runs"] = _reason(error, pair)
    episodes = {}
    if "episodes" in parts:
        for kind in get_args(EpisodeKind):
            of_kind = EpisodeOptions(kind, reference_faults=faults)
            episodes[kind] = compare_episode_streams(pair, period, of_kind)
            if compares_nothing(pair, period, of_kind):
                not_compared["episodes"] = NOTHING_COMPARED
    heart_rate = None
    if "heart_rate" in parts and any(map(has_measurements, (pair.reference, pair.test))):
        try:
            heart_rate = compare_heart_rate_streams(pair, period, reference_faults=faults)
        except ValueError as error:
            not_compared["heart_rate"] = _reason(error, pair)
    return Compared(beats, runs, episodes, heart_rate, not_compared)


def _reason(error: ValueError, pair: StreamPair) -> str:
    """Return the message of an error without the name of the record."""
    text = str(error).removeprefix(f"Record '{pair.name}': ")
    return text[0].lower() + text[1:]
