"""Compare the annotations of many recordings, each read once."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from ..records._errors import naming_recording
from ..utils import check_value, count, listed, one_of, suggest, warn
from ._compare import read_pair
from ._compare_episodes import NUMBERED, RENUMBER, numbers_from_one
from ._parts import Compared, Options, compare_parts
from ._records_comparison import RecordsComparison, collect
from ._streams import AnnotationsLike

__all__ = ["OnError", "Pair", "check_on_error", "compare_all"]

Pair: TypeAlias = tuple[AnnotationsLike, AnnotationsLike]
OnError: TypeAlias = Literal["raise", "warn"]


def check_on_error(on_error: str, owner: str) -> None:
    """Raise unless ``on_error`` is valid."""
    check_value(on_error, one_of("raise", "warn"), "on_error", owner)


def compare_all(
    pairs: Mapping[str, Pair],
    options: Options,
    *,
    rates: Mapping[str, float | None],
    lengths: Mapping[str, int | None],
    on_error: OnError,
    owner: str,
) -> RecordsComparison:
    """Compare the annotations of records, and sum up."""
    found: dict[str, Compared] = {}
    skipped = []
    numbered = []
    for name, (reference, test) in pairs.items():
        try:
            with naming_recording(name, passes=(ValueError, TypeError)):
                pair = read_pair(
                    reference,
                    test,
                    fs=rates[name],
                    n_samples=lengths[name],
                    name=name,
                    owner=owner,
                )
                found[name] = compare_parts(pair, options)
                if "episodes" in options.parts and numbers_from_one(pair):
                    numbered.append(name)
        except ValueError as error:
            if on_error == "raise":
                if len(pairs) > 1:
                    suggest(error, "on_error")
                raise
            warn(f"Excluded: {error}")
            skipped.append({"record": name, "reason": str(error)})
    if not found:
        raise ValueError(
            f"{owner} found no record that it can compare. The first of "
            f"{count(len(skipped), 'record')}: {skipped[0]['reason']}"
        )
    if numbered:
        others = " Others may be so, too." if len(found) > len(numbered) else ""
        records = f"{count(len(numbered), 'record')} ({listed(numbered, most=5)})"
        warn(f"In {records}, {NUMBERED}{others} {RENUMBER}")
    return collect(found, skipped, options)
