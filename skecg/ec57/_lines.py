"""Read and write the lines of a line format: recordings, sum, gross and average."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..utils import shorten
from ._clock import clock, from_clock
from ._line_formats import LAYOUTS, Layout, layout_of

if TYPE_CHECKING:
    from ._summary import Summary

__all__ = ["SUMMED_DURATIONS", "lines_of", "read_lines", "summary_lines"]

#: Columns of durations of episodes that are summed up.
SUMMED_DURATIONS = ["reference duration (s)", "test duration (s)"]


def read_lines(lines: Sequence[str], name: str) -> pd.DataFrame:
    """Read the lines of the records, those under the heading."""
    head = LAYOUTS[name].heading[-1]
    first = next((i for i, line in enumerate(lines) if line.strip() == head.strip()), 0) + 1
    rows = [_read_line(line, name, LAYOUTS[name]) for line in lines[first:] if line.strip()]
    return pd.DataFrame(rows).set_index("record") if rows else pd.DataFrame()


def lines_of(
    layout: Layout, title: Sequence[str], rows: Mapping[str, Mapping[str, Any]]
) -> tuple[str, ...]:
    """Write the lines of the records under their heading."""
    lines = [*title, *layout.heading]
    for name, row in rows.items():
        counts = [row[column] for column in layout.counts]
        line = f"{name:>{layout.widths[0]}}" + (layout.count_cells(counts) if counts else "")
        line += layout.share_cells(row["shares"], layout.share_widths)
        lines.append(line + row["rest"])
    return tuple(lines)


def summary_lines(summary: "Summary") -> list[str]:
    """Write sum, gross, average, totals and the number of recordings."""
    layout = LAYOUTS[summary.layout]
    if summary.layout == "measurements":
        error, mean = summary.average.tolist()
        mean_text = "-" if np.isnan(mean) else f"{mean:g}"
        lines = [f"Average {_decimals(error, 4)}\t\t{mean_text}"]
    else:
        shares = {"Gross": summary.gross, "Average": summary.average}
        lines = [_sum_line(summary, layout)]
        lines += [
            _share_line(name, values, layout) for name, values in shares.items() if len(values)
        ]
    if summary.totals:
        lines.append("  ".join(f"{name}: {n}" for name, n in summary.totals.items()))
    return [*lines, f"Summary of results from {summary.n_records} records"]


def _read_line(line: str, name: str, layout: Layout) -> dict[str, Any]:
    """Read the line of a record: its name, the counts, and the other columns of the summary."""
    record, *cells = line.split()
    n = len(layout.counts)
    try:
        row: dict[str, Any] = {"record": record}
        row |= dict(zip(layout.counts, map(int, cells[:n]), strict=True))
        rest = cells[n:]
        if name == "beats":
            row["RR error (ms)"] = _from_cell(rest[6])
        elif name.startswith("shutdown"):
            seconds, *beats = (cell for cell in rest[len(layout.shares) :] if cell != "seconds")
            row["shutdown (s)"] = int(seconds)
            row |= dict(zip("NSVFQ", map(int, beats), strict=True))
        elif name == "episodes":
            row |= {"DSe": _from_cell(rest[2]), "D+P": _from_cell(rest[3])}
            row |= {"ref_duration": rest[4], "test_duration": rest[5]}
            from_clock(rest[4]), from_clock(rest[5])  # raise if they are not durations
        elif name == "measurements":
            row |= {"RMS error": _from_cell(rest[0]), "mean reference": _from_cell(rest[1])}
    except (ValueError, IndexError) as error:
        if record in ("Sum", "Gross", "Average"):
            way_out = "The file is summed up already: pass the one that has only recordings."
        elif layout_of(line):
            way_out = "Pass each file by itself."
        else:
            way_out = "A line has a name without blanks, then the cells of all columns."
        raise ValueError(
            "The 'lines' parameter of summarize_lines must hold lines under the heading "
            f"{shorten(repr(layout.heading[-1]), 60)}. Got {shorten(repr(line), 80)}. {way_out}"
        ) from error
    return row


def _from_cell(text: str) -> float:
    """Return the number in a cell, NaN of "-"."""
    return np.nan if text == "-" else float(text)


def _decimals(value: float, digits: int) -> str:
    """Write a number, NaN as "-"."""
    return "-" if np.isnan(value) else f"{value:.{digits}f}"


def _sum_line(summary: "Summary", layout: Layout) -> str:
    """Write the line of the sums."""
    counts = [int(summary.sum[name]) for name in layout.counts]
    line = "Sum".ljust(layout.widths[0]) + layout.count_cells(counts, of_sum=True)
    shares = sum(layout.share_widths)
    if summary.layout.startswith("shutdown"):
        # "missed" is two columns wider in the lines of the records than the other shares
        at = layout.sum_at + sum(layout.widths[2:]) + shares
        seconds = int(summary.sum["shutdown (s)"])
        return f"{line.ljust(at)} {seconds:>4} seconds"
    if summary.layout == "episodes":
        times = [
            clock(round(1000 * summary.sum[name]), zero="0:00.000") for name in SUMMED_DURATIONS
        ]
        line = line.ljust(layout.shares_at + shares)
        return f"{line}{times[0]:>14}{times[1]:>15}"
    return line


def _share_line(name: str, values: pd.Series, layout: Layout) -> str:
    """Write the line of gross or average: statistics, and the error of RR intervals."""
    shares = {str(key): float(value) for key, value in values.items()}
    error = shares.pop("RR error (ms)", None)
    line = name.ljust(layout.shares_at) + layout.share_cells(shares, layout.summary_widths)
    return line if error is None else line + f" {_decimals(error, 2)}".rjust(7)
