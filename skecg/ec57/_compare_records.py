"""Compare two annotators of many recordings."""

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias, TypeVar

import pandas as pd

from ..records._errors import naming_recording
from ..utils import check_value, count, one_of, suggest, warn
from ._compare import compare_streams
from ._period import Times, check_times
from ._records_comparison import AVERAGE, GROSS, RecordsComparison, summarize
from ._streams import AnnotationsLike, name_of

__all__ = ["OnError", "Pair", "check_on_error", "compare_all", "compare_records"]

OWNER = "compare_records"

Pair: TypeAlias = tuple[AnnotationsLike, AnnotationsLike]
Pairs: TypeAlias = Mapping[str, Pair] | Iterable[Pair]
OnError: TypeAlias = Literal["raise", "warn"]
Value = TypeVar("Value", int, float)


def compare_records(
    pairs: Pairs,
    *,
    fs: float | Mapping[str, float] | None = None,
    n_samples: int | Mapping[str, int] | None = None,
    start: float = 300.0,
    stop: float | None = None,
    window: float = 0.15,
    on_error: OnError = "raise",
) -> RecordsComparison:
    """Compare two annotators on many recordings, as ANSI/AAMI EC57 prescribes.

    Each recording is compared by `compare_annotations`, and the statistics are summed up as the
    program sumstats does: gross, all beats pooled, and average, the mean over records.

    Parameters
    ----------
    pairs : mapping of str to (reference, test), or iterable of (reference, test)
        The annotations of each record by its name, in any form that `compare_annotations`
        takes. Without names, those of the ECGRecord or wfdb.Annotation are used.
    fs : float or mapping of str to float, default=None
        Sampling frequency in Hz, of all records or of each. None is that of the annotations.
    n_samples : int or mapping of str to int, default=None
        Length in samples, of all records or of each, as in `compare_annotations`.
    start, stop, window : float
        As in `compare_annotations`, for all records.
    on_error : {"raise", "warn"}, default="raise"
        For a record that cannot be compared: raise the error, or exclude the record with a
        warning and list it in ``skipped``.

    Returns
    -------
    RecordsComparison
        A table by record with gross and average, and every comparison.

    Raises
    ------
    ValueError
        If there is no pair, two records have one name, a pair is of two records, or a record
        cannot be compared.
    TypeError
        If ``pairs`` holds anything else.

    Warns
    -----
    UserWarning
        If ``on_error="warn"`` and a record is excluded.

    See Also
    --------
    compare_annotations : Compare one recording; the rules.
    compare_folders : Compare annotation files.

    Notes
    -----
    EC57 requires both gross and average, because long records and records with many ectopic
    beats weigh most in the gross statistics. A record where a statistic would be 0/0 is excluded
    from its average.

    Two counts of false SVEBs are in use. bxb [1]_ counts all but Q found as S as false for one
    record; sumstats, which sums up its line-format reports, has Ss/(Ns+Ss+Vs+Os), in gross and
    average alike, because these reports have fusion and unclassifiable beats in one row. Both
    are given, as "SVEB +P" and "SVEB +P (sumstats)": state which one you report.

    The gross RR error weighs each record by its intervals.

    References
    ----------
    .. [1] Moody GB. WFDB Applications Guide, bxb(1) and sumstats(1).
       https://physionet.org/physiotools/wag/bxb-1.htm

    Examples
    --------
    >>> from skecg import compare_records
    >>> beats = [108400, 108700, 109000, 109300]
    >>> pairs = {
    ...     "a": ((beats, ["N", "N", "V", "N"]), (beats, ["N", "N", "V", "V"])),
    ...     "b": ((beats, ["N", "N", "N", "N"]), (beats[:3], ["N", "N", "N"])),
    ... }
    >>> compare_records(pairs, fs=360).table[["beats", "QRS Se", "VEB +P"]]
             beats  QRS Se  VEB +P
    record
    a            4   1.000     0.5
    b            4   0.750     NaN
    Gross        8   0.875     0.5
    Average   <NA>   0.875     0.5
    """
    check_on_error(on_error, OWNER)
    times = check_times(start, stop, window, OWNER)
    named = _name_pairs(pairs)
    return compare_all(
        named,
        times,
        rates=_of_each(fs, "fs", named),
        lengths=_of_each(n_samples, "n_samples", named),
        on_error=on_error,
        owner=OWNER,
    )


def check_on_error(on_error: str, owner: str) -> None:
    """Raise unless ``on_error`` is valid."""
    check_value(on_error, one_of("raise", "warn"), "on_error", owner)


def compare_all(
    pairs: Mapping[str, Pair],
    times: Times,
    *,
    rates: Mapping[str, float | None],
    lengths: Mapping[str, int | None],
    on_error: OnError,
    owner: str,
) -> RecordsComparison:
    """Compare the annotations of records, and sum up."""
    found, skipped = {}, []
    for name, (reference, test) in pairs.items():
        try:
            with naming_recording(name, passes=(ValueError, TypeError)):
                found[name] = compare_streams(
                    reference,
                    test,
                    times,
                    fs=rates[name],
                    n_samples=lengths[name],
                    name=name,
                    owner=owner,
                )
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
    return summarize(found, pd.DataFrame(skipped, columns=["record", "reason"]))


def _name_pairs(pairs: Pairs) -> dict[str, Pair]:
    """Return the pairs by the name of their record."""
    items: list[tuple[str | None, Pair]] = (
        list(pairs.items()) if isinstance(pairs, Mapping) else [(None, pair) for pair in pairs]
    )
    named: dict[str, Pair] = {}
    for i, (name, pair) in enumerate(items):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise TypeError(
                f"The 'pairs' parameter of {OWNER} must hold pairs (reference, test). "
                f"Got {type(pair).__name__} as item {i if name is None else repr(name)}."
            )
        name = _name_of_pair(pair, i) if name is None else str(name)
        if name in named or name in (GROSS, AVERAGE):
            raise ValueError(
                f"The 'pairs' parameter of {OWNER} must have a name of its own for each record, "
                f"other than {GROSS} and {AVERAGE}. Got {name!r}. Give a dict with names."
            )
        named[name] = (pair[0], pair[1])
    if not named:
        raise ValueError(
            f"The 'pairs' parameter of {OWNER} must hold at least one pair. Got none."
        )
    return named


def _name_of_pair(pair: Pair, i: int) -> str:
    """Return the one name of the record of a pair."""
    names = list(dict.fromkeys(found for one in pair if (found := name_of(one))))
    if len(names) > 1:
        raise ValueError(
            f"The 'pairs' parameter of {OWNER} has a pair of two records, {names[0]!r} and "
            f"{names[1]!r}. If they are of one recording, give a dict with names."
        )
    return names[0] if names else f"record{i}"


def _of_each(
    value: Value | Mapping[str, Value] | None, parameter: str, named: Mapping[str, Pair]
) -> dict[str, Value | None]:
    """Return the value of a parameter for each record."""
    if not isinstance(value, Mapping):
        return dict.fromkeys(named, value)
    if unknown := [name for name in value if name not in named]:
        raise ValueError(
            f"The '{parameter}' parameter of {OWNER} names records that 'pairs' does not have: "
            f"{unknown[:10]}."
        )
    return {name: value.get(name) for name in named}
