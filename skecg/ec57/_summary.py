"""The summary of the line formats of the reference programs over many recordings."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..utils import json_float, own_versions, printable, ratio, shorten
from ._clock import from_clock
from ._line_formats import LAYOUTS, Layout, layout_of, percent_text
from ._lines import SUMMED_DURATIONS, read_lines, summary_lines
from ._text import html_lines

__all__ = ["Summary", "sum_up", "summarize_lines"]


@dataclass(frozen=True, eq=False)
class Summary:
    """Results of many recordings, summed up by `summarize` or `summarize_lines`.

    ``print(summary)`` gives the file that sumstats makes: the lines of the recordings, then sum,
    gross and average.

    Attributes
    ----------
    layout : str
        Name of the line format.
    records : DataFrame
        One row per recording: the counts, the statistics as fractions (NaN is 0/0), and times in
        seconds.
    sum : Series
        Sums of the counts over the recordings. Durations are in seconds.
    gross : Series
        Statistics of the sums, as fractions.
    average : Series
        Means of the statistics over the recordings where they are defined.
    totals : dict of str to int
        Numbers of reference beats, or runs, by name.
    n_records : int
        Number of recordings that count.
    lines : tuple of str
        The line format, one line per recording under the heading.
    reference_faults : bool
        True if the faults of the reference programs are reproduced.

    See Also
    --------
    summarize : Make one of comparisons.
    summarize_lines : Make one of a file in line format.
    """

    layout: str
    records: pd.DataFrame
    sum: pd.Series
    gross: pd.Series
    average: pd.Series
    totals: dict[str, int]
    n_records: int
    lines: tuple[str, ...]
    reference_faults: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as JSON-able data, schema 1.

        Returns
        -------
        dict
            Statistics are fractions; 0/0 is None.
        """
        records = [
            {"record": name}
            | {key: json_float(float(v)) if isinstance(v, float) else v for key, v in row.items()}
            for name, row in zip(
                self.records.index, self.records.to_dict(orient="records"), strict=True
            )
        ]
        return {
            "schema": 1,
            "layout": self.layout,
            "reference_faults": self.reference_faults,
            "n_records": self.n_records,
            "records": records,
            "sum": {str(key): _plain(value) for key, value in self.sum.items()},
            "gross": {str(key): json_float(float(value)) for key, value in self.gross.items()},
            "average": {str(key): json_float(float(value)) for key, value in self.average.items()},
            "totals": dict(self.totals),
            "versions": own_versions(),
        }

    def to_lines(self) -> list[str]:
        """Return the lines that sumstats writes below those of the recordings.

        Returns
        -------
        list of str
            Sum, gross, average, totals and the number of recordings, as far as the format has
            them.
        """
        return summary_lines(self)

    def __str__(self) -> str:
        return "\n".join(printable(line) for line in [*self.lines, "", *self.to_lines()])

    def __repr__(self) -> str:
        gross = ", ".join(f"{name} {percent_text(v, 2)}" for name, v in self.gross.items())
        return f"<Summary of {self.layout}: {self.n_records} records, gross {gross or '-'}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html_lines(str(self).splitlines()).replace('<br>', chr(10))}</pre>"


def summarize_lines(lines: str | os.PathLike[str] | Iterable[str]) -> Summary:
    """Sum up a file in the line format of a reference program, as sumstats does.

    Parameters
    ----------
    lines : str, path-like or iterable of str
        One file of bxb, rxr, epicmp or mxm with ``-L`` or ``-l``: its text, its place as a
        ``pathlib.Path``, or its lines. The heading gives the format.

    Returns
    -------
    Summary
        Sum, gross and average.

    Raises
    ------
    ValueError
        If the first line is not that of a line format, a line is not in its format, or the file
        is summed up already.
    OSError
        If a file cannot be read.

    See Also
    --------
    summarize : Sum up comparisons.

    Examples
    --------
    >>> from skecg.ec57 import summarize_lines
    >>> lines = [
    ...     "Record CTs CFN CTp CFP STs SFN STp SFP LTs LFN LTp LFP  CSe C+P SSe S+P LSe L+P",
    ...     " a     1   1   1   0   0   0   0   0   2   0   2   0   50 100   -   - 100 100",
    ...     " b     2   0   2   1   0   0   0   0   1   0   1   0  100  67   -   - 100 100",
    ... ]
    >>> summarize_lines(lines).gross[["couplet Se", "couplet +P"]].tolist()
    [0.75, 0.75]
    """
    if isinstance(lines, os.PathLike):
        lines = Path(lines).read_text(encoding="utf-8")
    found = lines.splitlines() if isinstance(lines, str) else [one.rstrip("\r\n") for one in lines]
    name = layout_of(found[0]) if found else ""
    if not name:
        place = " Pass the place of a file as a pathlib.Path." if isinstance(lines, str) else ""
        raise ValueError(
            "The 'lines' parameter of summarize_lines must begin with the heading of a line "
            "format of bxb, rxr, epicmp or mxm, as their option -L writes it. Got "
            f"{shorten(repr(found[0] if found else ''), 80)}.{place}"
        )
    table = read_lines(found, name)
    if table.empty:
        raise ValueError("The 'lines' parameter of summarize_lines must have a line of a record.")
    return sum_up(table, name, tuple(found))


def sum_up(
    table: pd.DataFrame,
    name: str,
    lines: tuple[str, ...],
    *,
    exact: pd.DataFrame | None = None,
) -> Summary:
    """Sum up the columns of a line format.

    Means are sums in the order of the records, as in the reference program.

    Parameters
    ----------
    table : DataFrame
        Counts and further columns of each record.
    name : str
        Name of the layout.
    lines : tuple of str
        The lines of the records under their heading.
    exact : DataFrame or None, default=None
        Statistics and durations that are not rounded, for a summary without the faults of the
        reference programs.
    """
    layout = LAYOUTS[name]
    faults = exact is None
    if name == "measurements":
        columns = table[list(layout.more)] if exact is None else exact
        none = pd.Series(dtype=float)
        average = _mean(columns)
        return Summary(name, columns, none, none, average, {}, len(table), lines, faults)
    counts = table[list(layout.counts)]
    numerators, denominators = _parts(table, layout)
    if exact is not None and name == "beats":
        denominators["SVEB +P"] += exact["Fs"]  # the line has only the sum of Fs and Qs
    by_record = pd.DataFrame(ratio(numerators, denominators), table.index, numerators.columns)
    sums = counts.sum()
    top, bottom = numerators.sum(), denominators.sum()
    n_records = len(table)
    if name.startswith("shutdown"):
        sums["shutdown (s)"] = table["shutdown (s)"].sum()
        n_records = int((denominators["missed"] > 0).sum())
        bottom = 2 * bottom if faults else bottom  # sumstats adds each of them twice
    gross = pd.Series(ratio(top, bottom), top.index)
    average = _mean(by_record)
    if name == "shutdown":  # sumstats has no shares here
        gross, average = gross[:0], average[:0]
    if name == "beats":
        errors = table["RR error (ms)"] if exact is None else exact["RR error (ms)"]
        by_record["RR error (ms)"] = errors
        average["RR error (ms)"] = _mean(errors.to_frame()).iloc[0]
    if name == "episodes":
        durations = _rounded_durations(table) if exact is None else _exact_durations(exact)
        by_record = by_record.join(durations.by_record)
        gross, average = (
            pd.concat([shares, more])
            for shares, more in ((gross, durations.gross), (average, durations.average))
        )
        sums = pd.concat([sums.astype(object), durations.sums])
    totals = {
        total: int(denominators[share].sum()) for total, share in (layout.totals or {}).items()
    }
    if name.startswith("shutdown"):
        by_record["shutdown (s)"] = table["shutdown (s)"]
    records = counts.join(by_record)
    return Summary(name, records, sums, gross, average, totals, n_records, lines, faults)


@dataclass(frozen=True)
class _Durations:
    """Statistics of durations, and the sums of the durations in seconds."""

    by_record: pd.DataFrame
    sums: pd.Series
    gross: pd.Series
    average: pd.Series


_DURATION_SHARES = ["duration Se", "duration +P"]


def _rounded_durations(table: pd.DataFrame) -> _Durations:
    """Sum up durations as sumstats does, which knows the overlap only in whole percent.

    The overlap of a record is rebuilt from the share of the longer duration, and the running
    sum is cut to whole milliseconds.
    """
    milliseconds = [
        table[name].map(from_clock).to_numpy() for name in ("ref_duration", "test_duration")
    ]
    shares = table[["DSe", "D+P"]].to_numpy(dtype=float)
    overlap = 0
    for reference, test, (se, ppv) in zip(
        *(column.tolist() for column in milliseconds), shares.tolist(), strict=True
    ):
        if reference > test:
            overlap += int(reference * se) // 100
        elif test > 0:
            overlap += int(test * ppv) // 100
    by_record = pd.DataFrame(shares / 100, table.index, _DURATION_SHARES)
    by_record[SUMMED_DURATIONS] = np.stack(milliseconds, axis=1) / 1000
    known = np.where(np.stack(milliseconds, axis=1) > 0, shares, np.nan)
    totals = [int(column.sum()) for column in milliseconds]
    return _Durations(
        by_record,
        pd.Series([total / 1000 for total in totals], SUMMED_DURATIONS, dtype=object),
        pd.Series(ratio([overlap, overlap], totals), _DURATION_SHARES),
        _mean(pd.DataFrame(known, table.index, _DURATION_SHARES)) / 100,
    )


def _exact_durations(exact: pd.DataFrame) -> _Durations:
    """Sum up durations in seconds."""
    top = exact[["overlap of reference", "overlap of test"]].to_numpy()
    bottom = exact[["reference duration", "test duration"]].to_numpy()
    by_record = pd.DataFrame(ratio(top, bottom), exact.index, _DURATION_SHARES)
    average = _mean(by_record)
    by_record[SUMMED_DURATIONS] = bottom
    return _Durations(
        by_record,
        pd.Series(bottom.sum(axis=0).tolist(), SUMMED_DURATIONS, dtype=object),
        pd.Series(ratio(top.sum(axis=0), bottom.sum(axis=0)), _DURATION_SHARES),
        average,
    )


def _mean(table: pd.DataFrame) -> pd.Series:
    """Return the mean of the known values of each column, added up one after the other."""
    known = [table[name].dropna().to_numpy(dtype=float) for name in table]
    means = [
        float(np.cumsum(values)[-1]) / len(values) if len(values) else np.nan for values in known
    ]
    return pd.Series(means, table.columns, dtype=float)


def _parts(table: pd.DataFrame, layout: Layout) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add up numerators and denominators of the statistics, for each record."""
    tops, bottoms = (
        pd.DataFrame(
            {name: table[list(parts[i])].sum(axis=1) for name, parts in layout.shares.items()}
        )
        for i in (0, 1)
    )
    return tops, bottoms


def _plain(value: Any) -> int | float:
    """Return a sum as a number of Python."""
    return float(value) if isinstance(value, float | np.floating) else int(value)
