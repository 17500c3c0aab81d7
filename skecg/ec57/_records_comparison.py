"""The comparison of two annotators of many recordings: by record, gross and average."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, get_args

import numpy as np
import pandas as pd

from . import _records_text as text
from ._comparison import BeatComparison
from ._episode_comparison import EpisodeComparison
from ._heart_rate_comparison import HeartRateComparison
from ._marks import EpisodeKind
from ._parts import PARTS, Compared, Options, Parts, check_parts
from ._records_data import to_data
from ._report_tables import (
    AVERAGE,
    GROSS,
    ReportTable,
    beat_table,
    episode_table,
    heart_rate_table,
    run_table,
    shutdown_table,
)
from ._run_comparison import RunComparison
from ._statistics import STATISTICS, reference_beats, statistics_of
from ._streams import LABELS
from ._summarize import Comparison, SummaryTable, summarize
from ._summary import Summary

__all__ = ["AVERAGE", "GROSS", "RecordsComparison", "collect", "line_file_names", "pool_beats"]

_REASONS = ("record", "reason")
_PAIRS = (
    "reference",
    "test",
    "reference_sample",
    "test_sample",
    "reference_symbol",
    "test_symbol",
    "time",
)
_NOT_COMPARED = ("part", "record", "reason")
_OF_BEATS: tuple[SummaryTable, ...] = (
    "beats",
    "beats_no_sveb",
    "shutdown",
    "shutdown_no_sveb",
)


@dataclass(frozen=True, eq=False)
class RecordsComparison:
    """Two annotators of many recordings, compared by `compare_records`.

    ``print(comparison)`` gives the table of beats for a terminal, ``print(comparison.to_text())``
    those of all parts; a notebook shows the beats as HTML. `comparison_page` makes a page.

    Attributes
    ----------
    comparisons : dict of str to BeatComparison
        The comparison of the beats of each record by its name. Empty where beats were not
        compared; then ``table`` has no row, and ``matrix`` and ``statistics`` count nothing.
    table : DataFrame
        One row per record, then "Gross" and "Average". Columns: beats (of the reference), the
        statistics as fractions (NaN is 0/0), RR error (ms) and shutdown (s). Gross pools all
        beats; average is the mean over the records where the statistic is defined.
    matrix : DataFrame of shape (7, 7)
        Sum of the matrices of all records.
    statistics : DataFrame
        Gross statistics with numerators and denominators, as in `BeatComparison`.
    skipped : DataFrame
        Records that could not be compared: record and reason.
    standard : bool
        True if test period and window are those of EC57.
    runs : dict of str to RunComparison
        The comparison of the runs of ectopic beats of each record.
    episodes : dict of str to dict of str to EpisodeComparison
        By kind (AF, VF, ST, ST0, ST1) the comparison of the episodes of each record.
    heart_rate : dict of str to HeartRateComparison
        The comparison of the heart rates of each record in which both annotators have
        measurements.
    not_compared : DataFrame
        Parts that a record did not allow to compare: part, record and reason. Its episodes are
        in ``episodes`` all the same where a reference program writes a line of zeros.
    parts : tuple of str
        Parts that were compared: "beats", "runs", "episodes", "heart_rate".
    reference_faults : bool
        True if the faults of the reference programs are reproduced.
    records : tuple of str
        Names of the records that were compared.

    See Also
    --------
    compare_records : Make one.
    compare_folders : Make one of annotation files.
    comparison_page : Make a page of one.
    """

    comparisons: dict[str, BeatComparison]
    table: pd.DataFrame
    matrix: pd.DataFrame
    statistics: pd.DataFrame
    skipped: pd.DataFrame
    standard: bool
    runs: dict[str, RunComparison] = field(default_factory=dict)
    episodes: dict[str, dict[str, EpisodeComparison]] = field(default_factory=dict)
    heart_rate: dict[str, HeartRateComparison] = field(default_factory=dict)
    not_compared: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=_NOT_COMPARED))
    parts: tuple[str, ...] = ("beats",)
    reference_faults: bool = True
    records: tuple[str, ...] = ()

    @property
    def pairs(self) -> pd.DataFrame:
        """Every mismatch, as in `BeatComparison`, after a column with the record."""
        if not self.comparisons:
            return pd.DataFrame(columns=["record", *_PAIRS])
        tables = {name: found.pairs for name, found in self.comparisons.items()}
        table = pd.concat(tables, names=["record"]).reset_index("record")
        return table.reset_index(drop=True)

    @cached_property
    def summaries(self) -> dict[str, Summary]:
        """Sum, gross and average as `summarize` makes them.

        Keys are the names of its tables, and of episodes their kinds: "beats", "ve_runs", "AF".
        """
        found: dict[str, Summary] = {}

        def add(key: str, comparisons: Mapping[str, Comparison], table: SummaryTable) -> None:
            if comparisons:
                found[key] = summarize(
                    comparisons, table=table, reference_faults=self.reference_faults
                )

        for name in _OF_BEATS:
            add(name, self.comparisons, name)
        add("ve_runs", self.runs, "ve_runs")
        with_sve = {name: one for name, one in self.runs.items() if one.sve is not None}
        add("sve_runs", with_sve, "sve_runs")
        for kind, comparisons in self.episodes.items():
            add(kind, comparisons, "episodes")
        # a record with a mean of 0 has no error in percent, and mxm writes no line
        add("measurements", self._with_percent(), "measurements")
        add("measurements_unnormalized", self.heart_rate, "measurements_unnormalized")
        return found

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that EC57 asks for: one row per record, then "Gross" and "Average".

        Keys are "beats", "shutdown" (if there is any), "ve_runs", "sve_runs", the kinds of
        episodes, and "heart_rate". Shares are fractions, and with the faults of the reference
        programs those that sumstats prints; an average is over the records where a share is
        defined. Numbers of beats, runs and episodes are next to them.
        """
        return {key: table.to_frame() for key, table in self.report_tables.items()}

    def to_dict(self, *, pairs: bool = False, details: bool = False) -> dict[str, Any]:
        """Return the comparison as JSON-able data, schema 1.

        Parameters
        ----------
        pairs : bool, default=False
            True includes every mismatch of beats of every record.
        details : bool, default=False
            True includes every discrepancy of runs, every episode, overlap and ST measurement,
            and every pair of heart rates.

        Returns
        -------
        dict
            Of beats the keys records (as `BeatComparison.to_dict`), gross and average. Of each
            other part that was compared, one key with its records and summaries; then summaries,
            not_compared, parts and reference_faults. Statistics are fractions; 0/0 is None.
        """
        return to_data(self, pairs=pairs, details=details)

    def to_text(self, parts: Parts = "all") -> str:
        """Return the tables as text for a terminal.

        Percentages are those that the reference programs print: of a record whole percent of
        runs and episodes with halves up, gross and average with halves to even.

        Parameters
        ----------
        parts : "all" or collection of str, default="all"
            Parts to print, of those that were compared.

        Returns
        -------
        str
            The text, in lines of 80 characters at most where the names allow it.

        Raises
        ------
        ValueError
            If a part was not compared.
        """
        wanted = self.parts if parts == "all" else check_parts(parts, "to_text")
        if missing := [part for part in wanted if part not in self.parts]:
            raise ValueError(
                f"The 'parts' parameter of to_text must be parts that were compared: "
                f"{', '.join(self.parts)}. Got {missing}."
            )
        return text.all_text(self, tuple(wanted))

    def __str__(self) -> str:
        return text.short_text(self)

    def __repr__(self) -> str:
        return text.representation(self)

    def _repr_html_(self) -> str:
        return text.notebook_html(self)

    @cached_property
    def report_tables(self) -> dict[str, ReportTable]:
        """`tables` with the texts of their cells, for pages."""
        found: list[ReportTable | None] = []
        summaries = self.summaries
        if self.comparisons:
            found.append(beat_table(self.comparisons, self.table, summaries))
            found.append(shutdown_table(self.comparisons, summaries["shutdown_no_sveb"]))
        if self.runs:
            found += [
                run_table(f"{kind}_runs", self.runs, summaries[f"{kind}_runs"])
                for kind in ("ve", "sve")
                if f"{kind}_runs" in summaries
            ]
        found += [
            episode_table(kind, comparisons, summaries[kind])
            for kind, comparisons in self.episodes.items()
            if comparisons
        ]
        if self.heart_rate:
            found.append(heart_rate_table(self.heart_rate, summaries))
        return {table.key: table for table in found if table is not None}

    def _with_percent(self) -> dict[str, HeartRateComparison]:
        """Return the comparisons of heart rates with an error in percent."""
        return {
            name: one
            for name, one in self.heart_rate.items()
            if not np.isnan(one.normalized_rms_error)
        }


def line_file_names() -> list[str]:
    """Return all keys that `RecordsComparison.summaries` may have."""
    tables = [name for name in get_args(SummaryTable) if name != "episodes"]
    return [*tables, *get_args(EpisodeKind)]


def collect(
    found: Mapping[str, Compared], skipped: Sequence[Mapping[str, str]], options: Options
) -> RecordsComparison:
    """Sum up the parts of the comparisons of records."""
    missing = [
        (part, record, one.not_compared[part])
        for part in PARTS
        for record, one in found.items()
        if part in one.not_compared
    ]
    kinds = get_args(EpisodeKind) if "episodes" in options.parts else ()
    return replace(
        pool_beats(
            {name: one.beats for name, one in found.items() if one.beats is not None},
            pd.DataFrame(skipped, columns=_REASONS),
        ),
        standard=options.times.standard,
        runs={name: one.runs for name, one in found.items() if one.runs is not None},
        episodes={
            kind: {name: one.episodes[kind] for name, one in found.items()} for kind in kinds
        },
        heart_rate={
            name: one.heart_rate for name, one in found.items() if one.heart_rate is not None
        },
        not_compared=pd.DataFrame(missing, columns=_NOT_COMPARED),
        parts=options.parts,
        reference_faults=options.reference_faults,
        records=tuple(found),
    )


def pool_beats(found: Mapping[str, BeatComparison], skipped: pd.DataFrame) -> RecordsComparison:
    """Sum up the comparisons of the beats of records; without any, nothing is counted."""
    matrix = np.zeros((len(LABELS), len(LABELS)), dtype=np.int64)
    for one in found.values():
        matrix += one.matrix.to_numpy()
    statistics = statistics_of(matrix)
    table = pd.DataFrame(
        {
            "beats": [reference_beats(one.matrix) for one in found.values()],
            **{
                name: [one.statistics.loc[name, "value"] for one in found.values()]
                for name in STATISTICS
            },
            "RR error (ms)": [one.rr_error for one in found.values()],
            "shutdown (s)": [one.shutdown for one in found.values()],
        },
        index=pd.Index(list(found), name="record"),
    )
    names = {name: pd.Index(LABELS, name=name) for name in ("reference", "test")}
    counts = pd.DataFrame(matrix, index=names["reference"], columns=names["test"])
    if not found:
        return RecordsComparison({}, table, counts, statistics, skipped, True)
    average = table.mean().to_frame(AVERAGE).T
    gross = pd.DataFrame(statistics["value"].to_dict(), index=[GROSS])
    gross["RR error (ms)"] = _pooled_rr_error(found.values())
    gross["shutdown (s)"] = table["shutdown (s)"].sum()
    beats = pd.array([*table["beats"], table["beats"].sum(), None], dtype="Int64")
    table = pd.concat([table, gross, average]).rename_axis("record")[list(table.columns)]
    table["beats"] = beats
    standard = next(iter(found.values())).standard
    return RecordsComparison(
        dict(found), table, counts, statistics, skipped, standard, records=tuple(found)
    )


def _pooled_rr_error(comparisons: Iterable[BeatComparison]) -> float:
    """Return the RMS of the differences of all records."""
    known = [(one.rr_error, one.n_intervals) for one in comparisons if one.n_intervals]
    if not known:
        return np.nan
    errors, weights = np.array(known).T
    return float(np.sqrt(np.average(errors**2, weights=weights)))
