"""Compare episodes of rhythms in tables of predictions."""

from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import Any, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..predictions import Predictions
from ..utils import POSITIVE, Label, Rule, check_value, is_int, listed, one_of, ratio
from ._episodes import Counted, Rules, count_episodes
from ._marks import NO_EXTREMUM, EpisodeKind, MarkedEpisodes
from ._period import SECONDS
from ._predicted_episode_comparison import SHARES, PredictedEpisodes
from ._records_comparison import AVERAGE, GROSS
from ._streams import to_samples

__all__ = ["compare_predicted_episodes"]

OWNER = "compare_predicted_episodes"
#: Names of rhythms in WFDB annotations that are episodes of a kind, without their bracket.
LABELS: dict[str, tuple[str, ...]] = {
    "AF": ("AFIB", "AF"),
    "VF": ("VFL", "VF", "VFIB"),
    "ST": ("ST", "ST0", "ST1"),
    "ST0": ("ST0",),
    "ST1": ("ST1",),
}
_LENGTH = Rule(lambda v: is_int(v) and v >= 1, "samples, a whole number")


def compare_predicted_episodes(
    predictions: Predictions | pd.DataFrame,
    *,
    fs: float | Mapping[str, float],
    kind: EpisodeKind = "AF",
    labels: Collection[Label] | None = None,
    n_samples: int | Mapping[str, int] | None = None,
    start: float = 0.0,
    min_duration: float = 0.0,
) -> PredictedEpisodes:
    """Compare episodes of predicted labels with episodes of reference labels.

    The labels are those of rhythms, for each beat or each segment of a recording. Consecutive
    rows with a label of the kind are an episode. Episodes and durations are counted by the rules
    of `compare_episodes`.

    Parameters
    ----------
    predictions : Predictions or DataFrame
        One row per beat or segment, with the columns record, sample (where it begins), y_true
        and y_pred.
    fs : float or mapping of str to float
        Sampling frequency of the positions in Hz, of all records or of each.
    kind : {"AF", "VF", "ST", "ST0", "ST1"}, default="AF"
        Kind of the episodes.
    labels : collection, default=None
        Labels of the rows that are in an episode, such as ``["AFIB"]`` or ``[1]``. None is the
        names of the kind in WFDB annotations, with a bracket in front or without: AFIB and AF;
        VFL, VF and VFIB; ST, ST0 and ST1; or ST0 or ST1 only.
    n_samples : int or mapping of str to int, default=None
        Length in samples, of all records or of each, where the last row ends. None is as long
        after it as the row before is long.
    start : float, default=0.0
        Begin of the test period in seconds; there is no learning period.
    min_duration : float, default=0.0
        Shorter episodes are not counted, in seconds.

    Returns
    -------
    PredictedEpisodes
        A table by record with gross and average, and every episode.

    Raises
    ------
    ValueError
        If a column is missing, a row is there twice, a label or position is missing, no row has
        one of the default labels, or the length of a record is unknown or too short.
    TypeError
        If `predictions` is of another type.

    See Also
    --------
    compare_episodes : Compare annotations; the rules of EC57.
    mark_episodes : Turn episodes that an algorithm found into annotations.
    compare_predicted_runs : Compare runs of predicted beats.

    Notes
    -----
    A row lasts from its sample to that of the next row of its record. All rows of a record should
    be in the table: the time of an absent one has the label of the row before it.

    Reference and test have the same rows, so an episode begins and ends at one of their
    positions. Where these are given by the reference, such as its beats, the results are not by
    EC57. Mark the episodes with `mark_episodes`, at positions that the algorithm found itself,
    and compare the marks with `compare_episodes`. An episode of ST is matched if half of it
    overlaps; labels have no extremum.

    Examples
    --------
    Segments of ten seconds, at 250 Hz:

    >>> import pandas as pd
    >>> from skecg.ec57 import compare_predicted_episodes
    >>> table = pd.DataFrame({
    ...     "record": "r1", "sample": range(0, 15000, 2500),
    ...     "y_true": ["N", "AFIB", "AFIB", "N", "AFIB", "N"],
    ...     "y_pred": ["N", "N", "AFIB", "AFIB", "N", "N"],
    ... })
    >>> episodes = compare_predicted_episodes(table, fs=250)
    >>> episodes.table.loc["Gross", ["episode Se", "episode +P", "duration +P"]].tolist()
    [0.5, 1.0, 0.5]
    >>> episodes.episodes[["annotator", "start", "end", "matched"]]
       annotator  start   end  matched
    0  reference   10.0  30.0     True
    1  reference   40.0  50.0    False
    2       test   20.0  40.0     True
    """
    check_value(kind, one_of(*get_args(EpisodeKind)), "kind", OWNER)
    check_value(start, SECONDS, "start", OWNER)
    check_value(min_duration, SECONDS, "min_duration", OWNER)
    table = _read(predictions)
    chosen = _chosen(table, kind, labels)
    inside = [table[column].isin(chosen).to_numpy() for column in ("y_true", "y_pred")]
    sample, names = table["sample"].to_numpy(), table["record"].to_numpy()
    # rows of a record are together: first row of each, and the end
    firsts = np.append(np.flatnonzero(~table["record"].duplicated().to_numpy()), len(table))
    rows: dict[str, tuple[Counted, Counted]] = {}
    rates: dict[str, float] = {}
    for first, behind in pairwise(firsts.tolist()):
        record = names[first]
        rates[record] = _of_record(fs, "fs", POSITIVE, record)
        length = None
        if n_samples is not None:
            length = _of_record(n_samples, "n_samples", _LENGTH, record)
        bounds = _bounds(sample[first:behind], length, record)
        rules = Rules(
            start=to_samples(start, rates[record]),
            end=float(bounds[-1]),
            extremum_end=float(bounds[-1]),
            minimum=to_samples(min_duration, rates[record]),
            minimum_searched=0,
            is_st=kind.startswith("ST"),
            reference_faults=False,
        )
        reference, test = (_episodes_of(mask[first:behind], bounds) for mask in inside)
        rows[record] = (
            count_episodes(reference, test, rules),
            count_episodes(test, reference, rules),
        )
    by_record, statistics = _sum_up(rows, rates)
    return PredictedEpisodes(
        kind=kind,
        labels=tuple(chosen),
        table=by_record,
        statistics=statistics,
        episodes=_list_episodes(rows, rates),
        n_rows=len(table),
        n_records=len(rows),
        start=float(start),
        min_duration=float(min_duration),
    )


def _read(predictions: Predictions | pd.DataFrame) -> pd.DataFrame:
    """Return the four columns in order of record and sample, or raise if they are invalid."""
    if not isinstance(predictions, Predictions | pd.DataFrame):
        raise TypeError(
            f"The 'predictions' parameter of {OWNER} must be Predictions or a DataFrame of them. "
            f"Got {type(predictions).__name__} instead."
        )
    table = predictions.table if isinstance(predictions, Predictions) else predictions
    needed = ["record", "sample", "y_true", "y_pred"]
    if missing := [name for name in needed if name not in table.columns]:
        raise ValueError(
            f"The 'predictions' parameter of {OWNER} must have the columns {listed(needed)}: "
            f"record and sample give the times. {listed(missing)} missing."
        )
    table = table[needed]
    if (lacking := table.isna().sum()).any():
        name = str(lacking.idxmax())
        raise ValueError(
            f"The 'predictions' parameter of {OWNER} must have no missing values. Got "
            f"{lacking[name]} in '{name}'."
        )
    sample = table["sample"]
    if not pd.api.types.is_integer_dtype(sample) or (len(sample) and sample.min() < 0):
        raise ValueError(
            f"The 'predictions' parameter of {OWNER} must have a sample, a whole number from 0 "
            f"on, in each row. Got dtype {sample.dtype}: round(seconds * fs) converts times."
        )
    if not len(table):
        raise ValueError(f"The 'predictions' parameter of {OWNER} must have rows. Got none.")
    table = table.assign(record=table["record"].astype(str))
    number, _ = pd.factorize(table["record"])
    table = table.iloc[np.lexsort((sample, number))].reset_index(drop=True)
    repeated = table.duplicated(["record", "sample"])
    if repeated.any():
        i = int(repeated.to_numpy().argmax())
        record, at = table["record"].iloc[i], table["sample"].iloc[i]
        raise ValueError(
            f"The 'predictions' parameter of {OWNER} must have each row once. Record {record!r} "
            f"has two at sample {at}: take one fold or repetition."
        )
    return table


def _chosen(
    table: pd.DataFrame, kind: EpisodeKind, labels: Collection[Label] | None
) -> list[Label]:
    """Return the labels of a kind, or raise if they are invalid."""
    if labels is not None:
        if isinstance(labels, str) or not isinstance(labels, Collection) or not len(labels):
            raise TypeError(
                f"The 'labels' parameter of {OWNER} must be a list of labels or None. Got "
                f"{labels!r} instead."
            )
        return list(labels)
    found = pd.unique(pd.concat([table["y_true"], table["y_pred"]]))
    texts = sorted(one for one in found if isinstance(one, str))
    chosen: list[Label] = [one for one in texts if one.removeprefix("(") in LABELS[kind]]
    if not chosen:
        raise ValueError(
            f"The 'labels' parameter of {OWNER} must be given, as no row has a label of {kind}: "
            f"{listed(LABELS[kind])}. Got the labels {listed(sorted(map(str, found)))}."
        )
    return chosen


def _of_record(value: Any, parameter: str, rule: Rule, record: str) -> Any:
    """Return the value of a parameter for a record, or raise."""
    if isinstance(value, Mapping):
        if record not in value:
            raise ValueError(
                f"The '{parameter}' parameter of {OWNER} must have all records of the table. It "
                f"lacks {record!r}."
            )
        value = value[record]
    check_value(value, rule, parameter, OWNER)
    return value


def _bounds(sample: NDArray[np.int64], length: int | None, record: str) -> NDArray[np.int64]:
    """Return the begin of each row and the end of the last one."""
    last = int(sample[-1])
    if length is None:
        if len(sample) < 2:
            raise ValueError(
                f"The 'n_samples' parameter of {OWNER} must be given for record {record!r}: it "
                "has one row, of which the end is not known."
            )
        length = last + int(sample[-1] - sample[-2])
    if length <= last:
        raise ValueError(
            f"The 'n_samples' parameter of {OWNER} must be the length of record {record!r}. Got "
            f"{length}, but a row is at sample {last}."
        )
    return np.append(sample, length).astype(np.int64)


def _episodes_of(inside: NDArray[np.bool_], bounds: NDArray[np.int64]) -> MarkedEpisodes:
    """Return the stretches of rows that are in an episode.

    ::

        rows    .  x  x  .  x          on  1  4
        bounds  0  1  2  3  4  5       off 3  5
    """
    steps = np.diff(inside.astype(np.int8), prepend=0, append=0)
    on, off = bounds[np.flatnonzero(steps == 1)], bounds[np.flatnonzero(steps == -1)]
    return MarkedEpisodes(on, off, np.full((len(on), 2), NO_EXTREMUM, dtype=np.int64))


def _sum_up(
    rows: Mapping[str, tuple[Counted, Counted]], rates: Mapping[str, float]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the table by record, with gross and average, and the gross statistics."""
    # of each record, by share: (found, all) of episodes and of seconds
    parts = np.array(
        [
            [
                *((one.matched.sum(), len(one.on)) for one in pair),
                *((one.overlap.sum() / fs, one.duration.sum() / fs) for one in pair),
            ]
            for pair, fs in zip(rows.values(), rates.values(), strict=True)
        ],
        dtype=float,
    )
    gross = parts.sum(axis=0)
    every = np.concatenate([parts, gross[np.newaxis]])
    names = pd.Index([*rows, GROSS, AVERAGE], name="record")
    table = pd.DataFrame(index=names)
    for column, i in (("reference episodes", 0), ("test episodes", 1)):
        numbers = every[:, i, 1].astype(np.int64).tolist()
        table[column] = pd.array([*numbers, pd.NA], dtype="Int64")
    for column, i in (("reference duration", 2), ("test duration", 3)):
        table[column] = [*every[:, i, 1].tolist(), np.nan]
    shares = ratio(every[..., 0], every[..., 1])
    for i, name in enumerate(SHARES):
        defined = shares[:-1, i][~np.isnan(shares[:-1, i])]
        table[name] = [*shares[:, i], defined.mean() if len(defined) else np.nan]
    statistics = pd.DataFrame(
        {
            "value": shares[-1],
            "numerator": gross[:, 0],
            "denominator": gross[:, 1],
            "unit": ["episodes", "episodes", "seconds", "seconds"],
        },
        index=pd.Index(SHARES, name="statistic"),
    )
    return table, statistics


def _list_episodes(
    rows: Mapping[str, tuple[Counted, Counted]], rates: Mapping[str, float]
) -> pd.DataFrame:
    """Make the table of all episodes."""
    found = [
        (record, annotator, one)
        for record, pair in rows.items()
        for annotator, one in zip(("reference", "test"), pair, strict=True)
    ]
    number = [len(one.on) for _, _, one in found]
    names = [record for record, _, _ in found]
    per = np.repeat([rates[record] for record in names], number)
    columns = {
        name: np.concatenate([getattr(one, part) for _, _, one in found])
        for name, part in (
            ("start", "on"),
            ("end", "off"),
            ("duration", "duration"),
            ("overlap", "overlap"),
            ("matched", "matched"),
        )
    }
    return pd.DataFrame(
        {
            "record": np.repeat(np.array(names, dtype=object), number),
            "annotator": np.repeat([annotator for _, annotator, _ in found], number),
            **{name: columns[name] / per for name in ("start", "end", "duration", "overlap")},
            "matched": columns["matched"],
        }
    )
