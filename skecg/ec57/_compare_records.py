"""Compare two annotators of many recordings."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar, cast

import pandas as pd

from ..utils import SWITCH, check_value, listed, suggest, warn
from ._compare_all import OnError, Pair, check_on_error, compare_all
from ._compare_folders import compare_folders
from ._parts import Options, Parts, check_parts
from ._period import check_times
from ._records_comparison import AVERAGE, GROSS, RecordsComparison
from ._streams import AnnotationsLike, name_of

__all__ = ["compare_records"]

OWNER = "compare_records"

Path: TypeAlias = str | os.PathLike[str]
Named: TypeAlias = Mapping[str, AnnotationsLike]
Pairs: TypeAlias = Mapping[str, Pair] | Iterable[Pair]
Value = TypeVar("Value", int, float)


def compare_records(
    pairs: Pairs | Named | Path,
    test: Named | Path | None = None,
    *,
    parts: Parts = "all",
    fs: float | Mapping[str, float] | None = None,
    n_samples: int | Mapping[str, int] | None = None,
    start: float = 300.0,
    stop: float | None = None,
    window: float = 0.15,
    reference_faults: bool = True,
    on_error: OnError = "raise",
) -> RecordsComparison:
    """Compare two annotators on many recordings, as ANSI/AAMI EC57 prescribes.

    Beats, runs of ectopic beats, episodes and heart rates of each recording are compared by
    `compare_annotations`, `compare_runs`, `compare_episodes` and `compare_heart_rate`, from
    annotations that are read once. The statistics are summed up as the program sumstats does:
    gross, all recordings pooled, and average, the mean over recordings.

    Parameters
    ----------
    pairs : mapping of str to (reference, test), or iterable of (reference, test)
        The annotations of each record by its name, in any form that `compare_annotations`
        takes. Without names, those of the ECGRecord or wfdb.Annotation are used. With ``test``,
        the annotations of the reference.
    test : mapping of str to annotations, or path-like, default=None
        The annotations of the test by the name of the record; ``pairs`` has those of the
        reference. If both are folders or recordings, `compare_folders` compares their files.
    parts : "all" or collection of {"beats", "runs", "episodes", "heart_rate"}, default="all"
        Parts to compare. An annotator that marks only rhythm is judged by
        ``parts=["episodes"]``.
    fs : float or mapping of str to float, default=None
        Sampling frequency in Hz, of all records or of each. None is that of the annotations.
    n_samples : int or mapping of str to int, default=None
        Length in samples, of all records or of each, as in `compare_annotations`.
    start, stop, window : float
        As in `compare_annotations`, for all records.
    reference_faults : bool, default=True
        True reproduces the faults of the reference programs, as their functions and `summarize`
        list them. False applies the rules.
    on_error : {"raise", "warn"}, default="raise"
        For a record that cannot be compared: raise the error, or exclude the record with a
        warning and list it in ``skipped``.

    Returns
    -------
    RecordsComparison
        Tables by record with gross and average, and every comparison. A part that a record does
        not allow to compare is listed in ``not_compared``: runs of an annotator that has nothing
        in the test period, episodes where the length of the recording is unknown, heart rates
        that only one annotator has.

    Raises
    ------
    ValueError
        If there is no pair, two records have one name, a pair is of two records, only one of
        reference and test has a record, or a record cannot be compared.
    TypeError
        If ``pairs`` holds anything else.

    Warns
    -----
    UserWarning
        If ``on_error="warn"`` and a record is excluded.

    See Also
    --------
    compare_annotations, compare_runs, compare_episodes, compare_heart_rate : Compare one
        recording; the rules.
    summarize : Sum up comparisons of one kind.
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

    Runs of two annotators by name; the test has a couplet in place of a run of three:

    >>> reference = {"a": ([108400, 108700, 109000, 109300, 109600], list("NVVVN"))}
    >>> test = {"a": ([108400, 108700, 109000, 109300, 109600], list("NVVNN"))}
    >>> runs = compare_records(reference, test, fs=360, parts=["runs"])
    >>> runs.tables["ve_runs"][["short run Se", "couplet +P"]]
             short run Se  couplet +P
    record
    a                 0.0         1.0
    Gross             0.0         1.0
    Average           0.0         1.0
    """
    check_on_error(on_error, OWNER)
    if isinstance(test, str | os.PathLike) and isinstance(pairs, str | os.PathLike):
        return compare_folders(
            pairs,
            test,
            parts=parts,
            fs=_of_folders(fs, n_samples),
            start=start,
            stop=stop,
            window=window,
            reference_faults=reference_faults,
            on_error=on_error,
        )
    check_value(reference_faults, SWITCH, "reference_faults", OWNER)
    times = check_times(start, stop, window, OWNER)
    options = Options(times, check_parts(parts, OWNER), reference_faults)
    missing: dict[str, str] = {}
    if test is not None:
        pairs, missing = _pair_by_name(pairs, test, on_error)
    named = _name_pairs(cast(Pairs, pairs))
    comparison = compare_all(
        named,
        options,
        rates=_of_each(fs, "fs", named, missing),
        lengths=_of_each(n_samples, "n_samples", named, missing),
        on_error=on_error,
        owner=OWNER,
    )
    if missing:
        excluded = pd.DataFrame([*missing.items()], columns=["record", "reason"])
        skipped = pd.concat([excluded, comparison.skipped], ignore_index=True)
        comparison = replace(comparison, skipped=skipped)
    return comparison


def _of_folders(fs: Any, n_samples: Any) -> float | None:
    """Return the rate of all recordings in folders, or raise if more is given than it."""
    if n_samples is not None or isinstance(fs, Mapping):
        raise ValueError(
            f"The 'n_samples' parameter of {OWNER} must be None, and 'fs' one number or None, "
            "where folders are compared: the headers have the length of each recording."
        )
    return cast(float | None, fs)


def _pair_by_name(
    reference: object, test: object, on_error: OnError
) -> tuple[dict[str, Pair], dict[str, str]]:
    """Pair the annotations of two mappings; also the records that only one has."""
    if not isinstance(reference, Mapping) or not isinstance(test, Mapping):
        raise TypeError(
            f"The reference and the 'test' parameter of {OWNER} must be two folders, or two "
            f"mappings of names to annotations. Got {type(reference).__name__} and "
            f"{type(test).__name__}. Pairs (reference, test) are one parameter."
        )
    for role, names in (("reference", reference), ("test", test)):
        texts = [str(name) for name in names]
        if repeated := [name for name, n in Counter(texts).items() if n > 1]:
            raise ValueError(
                f"The {role} of {OWNER} must have a name of its own for each record. Got "
                f"{repeated[0]!r} twice, as text and as another type."
            )
    missing = {
        str(name): f"Record '{name}': there are no annotations of the {role}."
        for role, names, others in (("test", reference, test), ("reference", test, reference))
        for name in names
        if name not in others
    }
    if missing:
        problem = (
            f"{len(missing)} of {len({*reference, *test})} records have annotations only of the "
            f"reference or only of the test: {listed(missing)}."
        )
        if on_error == "raise":
            error = ValueError(
                f"{problem} Both must have the same names; on_error='warn' excludes the others."
            )
            raise suggest(error, "on_error")
        warn(f"Excluded: {problem}")
    return {
        str(name): (one, test[name]) for name, one in reference.items() if name in test
    }, missing


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
    value: Value | Mapping[str, Value] | None,
    parameter: str,
    named: Mapping[str, Pair],
    missing: Mapping[str, str],
) -> dict[str, Value | None]:
    """Return the value of a parameter for each record."""
    if not isinstance(value, Mapping):
        return dict.fromkeys(named, value)
    if unknown := [name for name in value if name not in named and name not in missing]:
        raise ValueError(
            f"The '{parameter}' parameter of {OWNER} names records that 'pairs' does not have: "
            f"{unknown[:10]}."
        )
    return {name: value.get(name) for name in named}
