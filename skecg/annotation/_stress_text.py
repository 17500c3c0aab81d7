"""Write a noise stress test as text, and as HTML of a notebook."""

import html
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..ec57._records_comparison import AVERAGE, GROSS
from ..ec57._records_text import PRINTED
from ..ec57._text import share
from ..utils import count, printable, shorten

if TYPE_CHECKING:
    from ._stress_result import StressTest

__all__ = ["PRINTED", "TITLES", "heading", "n_beats", "result_html", "result_lines"]

TITLES = {GROSS: "Gross: all beats pooled", AVERAGE: "Average: mean over the records"}


def n_beats(result: "StressTest") -> int:
    """Return the number of beats of the reference, the same in all comparisons."""
    return int(result.table["beats"].iloc[0])


def heading(result: "StressTest") -> str:
    """Write the heading."""
    first = next(iter(result.comparisons.values()))
    return (
        f"Noise stress test of {count(len(first.comparisons), 'record')}, "
        f"{count(n_beats(result), 'reference beat')}; percent"
    )


def result_lines(result: "StressTest") -> list[str]:
    """Write the tables of gross and average; of one record they are the same."""
    lines = [heading(result)]
    for name in _shown(result):
        title = [TITLES[name]] if len(_shown(result)) > 1 else []
        lines += ["", *title, *_table_lines(result.tables[name])]
    return [*lines, "", *_footing(result)]


def result_html(result: "StressTest") -> str:
    """Return the tables as HTML."""
    parts = [f"<p><strong>{html.escape(printable(heading(result)))}</strong></p>"]
    for name in _shown(result):
        table = result.tables[name].astype(object)
        for column in PRINTED:
            table[column] = [share(value, column) for value in table[column]]
        parts.append(f"<p>{TITLES[name]}</p>{table[list(PRINTED)].to_html(border=0)}")
    notes = "<br>".join(html.escape(printable(line)) for line in _footing(result))
    return f"<div>{''.join(parts)}<p>{notes}</p></div>"


def _shown(result: "StressTest") -> list[str]:
    """Return the tables that are shown."""
    n_records = len(next(iter(result.comparisons.values())).comparisons)
    return [GROSS, AVERAGE] if n_records > 1 else [GROSS]


def _table_lines(table: pd.DataFrame) -> list[str]:
    """Write a table, a rule above each noise."""
    rows: list[list[str]] = []
    for (noise, snr), values in zip(table.index, table.to_dict(orient="records"), strict=True):
        ratio = "" if np.isinf(snr) else f"{snr:g}"
        rows.append([noise, ratio, *(share(float(values[name]), name) for name in PRINTED)])
    heads = [["", "SNR"], ["noise", "dB"]]
    for name in PRINTED:
        for line, text in zip(heads, PRINTED[name], strict=True):
            line.append(text)
    widths = [max(len(row[i]) for row in [*heads, *rows]) for i in range(len(heads[0]))]

    def written(row: list[str]) -> str:
        cells = (cell.rjust(width + 1) for cell, width in zip(row, widths, strict=True))
        return (row[0].ljust(widths[0]) + "".join(list(cells)[1:])).rstrip()

    lines = [written(head) for head in heads]
    rule = "-" * len(lines[-1])
    previous = None
    for row in rows:
        if row[0] != previous:
            lines.append(rule)
        previous = row[0]
        lines.append(written(row))
    return lines


def _footing(result: "StressTest") -> list[str]:
    """Write the lines below the tables."""
    lines = [
        "Noise as by nst: none in the first five minutes, then two minutes with and two",
        "without in turn. All beats from 5:00 on are compared, with and without noise.",
        "+P* as the program sumstats counts: Ss/(Ns+Ss+Vs+Os).",
    ]
    if len(result.skipped):
        lines.append(f"NOT TESTED: {count(len(result.skipped), 'record')}:")
        lines += [f"  {shorten(reason, 78)}" for reason in result.skipped["reason"]]
    return lines
