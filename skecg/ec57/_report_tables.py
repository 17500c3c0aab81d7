"""The tables of a report by EC57: one row for each record, then gross and average."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from ._clock import clock
from ._episode_comparison import KINDS
from ._line_formats import LAYOUTS
from ._statistics import STATISTICS
from ._text import milliseconds, share

if TYPE_CHECKING:
    from ._comparison import BeatComparison
    from ._episode_comparison import EpisodeComparison
    from ._heart_rate_comparison import HeartRateComparison
    from ._run_comparison import RunComparison
    from ._summary import Summary

__all__ = [
    "AVERAGE",
    "GROSS",
    "TITLES",
    "ReportTable",
    "beat_table",
    "episode_table",
    "heart_rate_table",
    "run_table",
    "shutdown_table",
]

GROSS, AVERAGE = "Gross", "Average"
#: Titles of the tables by their keys.
TITLES = {
    "beats": "Beats",
    "shutdown": "Beats missed in shutdowns of the test",
    "ve_runs": "Runs of ventricular ectopic beats (VE)",
    "sve_runs": "Runs of supraventricular ectopic beats (SVE)",
    **{kind: f"Episodes of {noun}" for kind, noun in KINDS.items()},
    "heart_rate": "Heart rate",
}
Cell: TypeAlias = tuple[float | None, str]  # the number, and its text; None is an empty cell
NO_CELL: Cell = (None, "")


class Column(NamedTuple):
    """A column: its name in a DataFrame, and two lines of heading. Counts are whole numbers."""

    name: str
    group: str
    head: str
    is_count: bool = False


class ReportTable(NamedTuple):
    """A table with the numbers and their texts; the last two rows are gross and average."""

    key: str
    columns: tuple[Column, ...]
    rows: Mapping[str, Sequence[Cell]]
    only_in_test: frozenset[str] = frozenset()  # records whose counts, of the reference, are 0

    @property
    def title(self) -> str:
        """Title of the table."""
        return TITLES[self.key]

    @property
    def is_empty(self) -> bool:
        """Whether neither annotator has anything to compare: all counts are 0."""
        counts = [i for i, column in enumerate(self.columns) if column.is_count]
        return not self.only_in_test and not any(self.rows[GROSS][i][0] for i in counts)

    def texts(self) -> dict[str, list[str]]:
        """Return the texts of the cells of each row."""
        return {name: [text for _, text in cells] for name, cells in self.rows.items()}

    def without_empty_rows(self) -> "tuple[ReportTable, list[str]]":
        """Return the table of the records that count anything, and the names of the others."""
        counts = [i for i, column in enumerate(self.columns) if column.is_count]
        empty = [
            name
            for name, cells in self.rows.items()
            if name not in (GROSS, AVERAGE, *self.only_in_test)
            and not any(cells[i][0] for i in counts)
        ]
        rows = {name: cells for name, cells in self.rows.items() if name not in empty}
        return self._replace(rows=rows), empty

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers."""
        index = pd.Index(list(self.rows), name="record")
        data = {}
        for i, column in enumerate(self.columns):
            values = [cells[i][0] for cells in self.rows.values()]
            known = [np.nan if value is None else value for value in values]
            data[column.name] = (
                pd.array(values, dtype="Int64")
                if column.is_count
                else np.array(known, dtype=float)
            )
        return pd.DataFrame(data, index=index)


def beat_table(
    comparisons: "Mapping[str, BeatComparison]",
    table: pd.DataFrame,
    summaries: "Mapping[str, Summary]",
) -> ReportTable:
    """Make the table of beats: QRS, VEB, SVEB, and the error of RR intervals.

    Parameters
    ----------
    comparisons : mapping of str to BeatComparison
        The comparisons by record.
    table : DataFrame
        Their statistics, gross and average as bxb counts for one record.
    summaries : mapping of str to Summary
        Their summaries by layout: all but SVEB +P is that of sumstats.
    """
    counts = {"beats": "QRS Se", "VEBs": "VEB Se", "SVEBs": "SVEB Se"}
    columns = (
        *(Column(name, "reference", name, is_count=True) for name in counts),
        *(
            Column(name, name.split()[0], name.split(maxsplit=1)[1].replace(" (sumstats)", "*"))
            for name in STATISTICS
        ),
        Column("RR error (ms)", "RR error", "ms"),
    )
    rows: dict[str, list[Cell]] = {}
    for record, one in comparisons.items():
        numbers = one.statistics["denominator"].to_dict()
        sizes = [int(numbers[name]) for name in counts.values()]
        shares = [_share(one.statistics["value"][name], name) for name in STATISTICS]
        rows[record] = [*map(_count, sizes), *shares, (one.rr_error, milliseconds(one.rr_error))]
    sizes = [sum(int(cells[i][0] or 0) for cells in rows.values()) for i in range(3)]
    for name, by_name in ((GROSS, "gross"), (AVERAGE, "average")):
        values = table.loc[name].to_dict()
        for layout in ("beats_no_sveb", "beats"):
            values |= getattr(summaries[layout], by_name).to_dict()
        values["SVEB +P (sumstats)"] = table.loc[name, "SVEB +P (sumstats)"]
        values["SVEB +P"] = table.loc[name, "SVEB +P"]
        shares = [_share(values[statistic], statistic) for statistic in STATISTICS]
        error = summaries["beats"].average["RR error (ms)"] if name == AVERAGE else math.nan
        totals = list(map(_count, sizes)) if name == GROSS else [NO_CELL] * 3
        rows[name] = [*totals, *shares, (error, milliseconds(error))]
    only_in_test = {
        record
        for record, one in comparisons.items()
        if not one.statistics["denominator"]["QRS Se"] and one.statistics["denominator"]["QRS +P"]
    }
    return ReportTable("beats", columns, rows, frozenset(only_in_test))


def shutdown_table(
    comparisons: "Mapping[str, BeatComparison]", summary: "Summary"
) -> ReportTable | None:
    """Make the table of beats missed in shutdowns of the test, or None without shutdowns."""
    if not any(one.shutdown for one in comparisons.values()):
        return None
    layout = LAYOUTS[summary.layout]
    missed = dict(zip(layout.counts, ("N", "V", "F", "Q"), strict=True))
    columns = (
        *(Column(f"missed {c} beats", "missed", c, is_count=True) for c in missed.values()),
        *(
            Column(f"share of {'all beats' if name == 'missed' else name[-1]} missed", group, head)
            for name, group, head in (
                ("missed", "missed in percent of", "all"),
                *((f"missed {c}", "missed in percent of", c) for c in "NVF"),
            )
        ),
        Column("shutdown (s)", "shutdown", "s", is_count=True),
    )
    rows: dict[str, list[Cell]] = {}
    names = list(layout.shares)
    for record, values in zip(
        summary.records.index, summary.records.to_dict(orient="records"), strict=True
    ):
        counts = [_count(values[name]) for name in missed]
        shares = [_share(values[name]) for name in names]
        rows[record] = [*counts, *shares, _count(values["shutdown (s)"])]
    sums = [_count(summary.sum[name]) for name in missed]
    seconds = _count(summary.sum["shutdown (s)"])
    rows[GROSS] = [*sums, *(_share(summary.gross[name]) for name in names), seconds]
    averages = [_share(summary.average[name]) for name in names]
    rows[AVERAGE] = [*[NO_CELL] * len(sums), *averages, NO_CELL]
    return ReportTable("shutdown", columns, rows)


def run_table(
    key: str, comparisons: "Mapping[str, RunComparison]", summary: "Summary"
) -> ReportTable:
    """Make the table of VE or SVE runs: couplets, short and long runs."""
    letters = {"couplet": "C", "short run": "S", "long run": "L"}
    columns = []
    for noun in letters:
        columns += [
            Column(f"{noun}s in reference", f"{noun}s", "ref", is_count=True),
            Column(f"{noun}s in test", f"{noun}s", "test", is_count=True),
            Column(f"{noun} Se", f"{noun}s", "Se"),
            Column(f"{noun} +P", f"{noun}s", "+P"),
        ]
    rows: dict[str, list[Cell]] = {}
    kind = key.removesuffix("_runs").upper()
    of_kind = {record: one.kinds().get(kind) for record, one in comparisons.items()}
    lines = {record: one.to_line() for record, one in of_kind.items() if one is not None}
    shares = dict(zip(summary.records.index, summary.records.to_dict("records"), strict=True))
    for record, line in lines.items():
        cells: list[Cell] = []
        for noun, letter in letters.items():
            cells += _judged(line, f"{letter}Ts", f"{letter}FN", f"{letter}Tp", f"{letter}FP")
            cells += [
                (float(shares[record][f"{noun} {name}"]), _whole(line[letter + name]))
                for name in ("Se", "+P")
            ]
        rows[record] = cells
    for name, values in ((GROSS, summary.gross), (AVERAGE, summary.average)):
        cells = []
        for noun, letter in letters.items():
            cells += (
                _judged(summary.sum, f"{letter}Ts", f"{letter}FN", f"{letter}Tp", f"{letter}FP")
                if name == GROSS
                else [NO_CELL] * 2
            )
            cells += [_printed("ve_runs", f"{noun} {one}", values) for one in ("Se", "+P")]
        rows[name] = cells
    return ReportTable(key, tuple(columns), rows)


def episode_table(
    kind: str, comparisons: "Mapping[str, EpisodeComparison]", summary: "Summary"
) -> ReportTable:
    """Make the table of the episodes of a kind, with their durations."""
    names = ("episode Se", "episode +P", "duration Se", "duration +P")
    times = ("reference duration (s)", "test duration (s)")
    columns = (
        Column("episodes in reference", "episodes", "ref", is_count=True),
        Column("episodes in test", "episodes", "test", is_count=True),
        *(Column(name, f"{name.split()[0]}s", name.split()[1]) for name in names[:2]),
        *(Column(name, name.split()[0], name.split()[1]) for name in names[2:]),
        Column(times[0], "duration", "reference"),
        Column(times[1], "duration", "test"),
    )
    rows: dict[str, list[Cell]] = {}
    shares = dict(zip(summary.records.index, summary.records.to_dict("records"), strict=True))
    for record, one in comparisons.items():
        line, values = one.to_line(), shares[record]
        texts = [_whole(line[name]) for name in ("ESe", "E+P", "DSe", "D+P")]
        texts += [line["ref_duration"], line["test_duration"]]
        numbers = [float(values[name]) for name in (*names, *times)]
        cells = list(zip(numbers, texts, strict=True))
        rows[record] = [*_judged(line, "TPs", "FN", "TPp", "FP"), *cells]
    sums = [float(summary.sum[name]) for name in times]
    clocks = [(value, clock(round(1000 * value), zero="0:00.000")) for value in sums]
    rows[GROSS] = [
        *_judged(summary.sum, "TPs", "FN", "TPp", "FP"),
        *(_printed("episodes", name, summary.gross) for name in names),
        *clocks,
    ]
    averages = [_printed("episodes", name, summary.average) for name in names]
    rows[AVERAGE] = [NO_CELL, NO_CELL, *averages, NO_CELL, NO_CELL]
    return ReportTable(kind, columns, rows)


def heart_rate_table(
    comparisons: "Mapping[str, HeartRateComparison]",
    summaries: "Mapping[str, Summary]",
) -> ReportTable:
    """Make the table of the errors of heart rates; mxm has no gross ones."""
    columns = (
        Column("measurements", "pairs", "n", is_count=True),
        Column("RMS error (%)", "RMS error", "%"),
        Column("RMS error", "RMS error", "value"),
        Column("mean reference", "reference", "mean"),
    )
    rows: dict[str, list[Cell]] = {}
    for record, one in comparisons.items():
        percent, value = one.to_line(), one.to_line(normalized=False)
        rows[record] = [
            _count(len(one.pairs)),
            (one.normalized_rms_error, percent["RMS error"] or "-"),
            (one.rms_error, str(value["RMS error"])),
            (one.mean_reference, str(value["mean reference"])),
        ]
    averages = [math.nan] * 3
    if "measurements" in summaries:
        averages[0], averages[2] = summaries["measurements"].average.tolist()
    averages[1] = float(summaries["measurements_unnormalized"].average.iloc[0])
    total = _count(sum(len(one.pairs) for one in comparisons.values()))
    rows[GROSS] = [total, *[(math.nan, "-")] * 3]
    rows[AVERAGE] = [
        NO_CELL,
        *((value, "-" if math.isnan(value) else f"{value:.4f}") for value in averages[:2]),
        (averages[2], "-" if math.isnan(averages[2]) else f"{averages[2]:g}"),
    ]
    return ReportTable("heart_rate", columns, rows)


def _count(n: float) -> Cell:
    """Return the cell of a count."""
    return int(n), f"{int(n):,}"


def _share(value: float, name: str = "") -> Cell:
    """Return the cell of a share of beats."""
    return float(value), share(float(value), name)


def _whole(percent: int | None) -> str:
    """Write whole percent, None as "-"."""
    return "-" if percent is None else str(percent)


def _judged(counts: "Mapping[str, Any] | pd.Series", *names: str) -> list[Cell]:
    """Return the numbers of the reference and of the test, each true plus false."""
    true_se, false_se, true_ppv, false_ppv = (int(counts[name]) for name in names)
    return [_count(true_se + false_se), _count(true_ppv + false_ppv)]


def _printed(layout: str, name: str, values: "pd.Series") -> Cell:
    """Return the cell of a share as sumstats prints it, in whole percent, halves to even."""
    value = float(values[name])
    return value, LAYOUTS[layout].share_cells({name: value}, [1]).strip()
