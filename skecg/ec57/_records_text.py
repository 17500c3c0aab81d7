"""The comparison of many recordings as text: beats in short, or all parts."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..utils import count, listed, printable, shorten
from ._report_tables import AVERAGE, GROSS, ReportTable
from ._statistics import STATISTICS, reference_beats
from ._text import NOT_STANDARD, html_lines, matrix_lines, milliseconds, share

if TYPE_CHECKING:
    from ._records_comparison import RecordsComparison

__all__ = [
    "PART_NAMES",
    "PRINTED",
    "ROUNDING",
    "all_text",
    "missing_parts",
    "notebook_html",
    "nothing_found",
    "remarks",
    "representation",
    "short_text",
    "st_line",
]

WIDTH = 80
PART_NAMES = {
    "beats": "beats",
    "runs": "runs of ectopic beats",
    "episodes": "episodes",
    "heart_rate": "heart rates",
}
ROUNDING = (
    "Percentages of a record as rxr and epicmp print them, halves up; gross and average as "
    "sumstats prints them, halves to even."
)
FAULTS = (
    "The known faults of the reference programs are included; reference_faults=False (--rules) "
    "applies the rules instead."
)
# one column each: two lines of heading
PRINTED = {
    "QRS Se": ("QRS", "Se"),
    "QRS +P": ("", "+P"),
    "VEB Se": ("VEB", "Se"),
    "VEB +P": ("", "+P"),
    "VEB FPR": ("", "FPR"),
    "SVEB Se": ("SVEB", "Se"),
    "SVEB +P": ("", "+P"),
    "SVEB +P (sumstats)": ("", "+P*"),
}


def short_text(comparison: "RecordsComparison") -> str:
    """Write the table of beats, and the other parts by name; all of them without beats."""
    if "beats" not in comparison.parts:
        return all_text(comparison, comparison.parts)
    lines = _beat_lines(comparison)
    if others := [PART_NAMES[part] for part in comparison.parts if part != "beats"]:
        also = f"Also compared: {listed(others)}."
        lines += ["", also, "Their tables: print(comparison.to_text())"]
        if len(comparison.not_compared):
            lines.append(f"Not compared: {_counted_parts(comparison)}")
    return "\n".join(map(printable, lines))


def all_text(comparison: "RecordsComparison", parts: Sequence[str]) -> str:
    """Write the tables of parts."""
    lines: list[str] = []
    for part in parts:
        lines += ["", *_PART_LINES[part](comparison)]
    if any(part != "beats" for part in parts):
        lines += ["", *textwrap.wrap(ROUNDING, WIDTH)]
        if comparison.reference_faults:
            lines += textwrap.wrap(FAULTS, WIDTH)
    if "beats" not in parts:
        lines += _skipped_lines(comparison)
        lines = [_heading(comparison, parts), *_not_standard(comparison), *lines]
    else:
        lines = lines[1:]
    for text in [*missing_parts(comparison, parts), *remarks(comparison, parts)]:
        lines += ["", *textwrap.wrap(text, WIDTH)]
    return "\n".join(map(printable, lines))


def representation(comparison: "RecordsComparison") -> str:
    """Write the comparison in one line."""
    if not comparison.comparisons:
        names = ", ".join(PART_NAMES[part] for part in comparison.parts)
        return f"<RecordsComparison: {count(len(comparison.records), 'record')}, {names}>"
    gross = comparison.statistics["value"]
    shares = ", ".join(f"{n} {share(gross[n])}" for n in ("QRS Se", "QRS +P"))
    return (
        f"<RecordsComparison: {count(len(comparison.comparisons), 'record')}, "
        f"{count(reference_beats(comparison.matrix), 'reference beat')}, gross {shares}>"
    )


def notebook_html(comparison: "RecordsComparison") -> str:
    """Write the table of beats for a notebook; all parts as text without beats."""
    if not comparison.comparisons:
        text = html_lines(str(comparison).splitlines()).replace("<br>", "\n")
        return f"<pre>{text}</pre>"
    first, *rest = _beat_heading(comparison)
    table = comparison.table.astype(object)
    for name in STATISTICS:
        table[name] = [share(value, name) for value in comparison.table[name]]
    for name in ("RR error (ms)", "shutdown (s)"):
        table[name] = [milliseconds(value) for value in comparison.table[name]]
    return (
        f"<div><p><strong>{html_lines([first])}</strong><br>{html_lines(rest)}</p>"
        f"{table.to_html(border=0)}{comparison.matrix.to_html(border=0)}"
        f"<p>{html_lines(_notes(comparison))}</p></div>"
    )


def missing_parts(comparison: "RecordsComparison", parts: Sequence[str]) -> list[str]:
    """Write the parts that records did not allow to compare, by reason."""
    rows = comparison.not_compared
    texts = []
    for (part, reason), found in rows.groupby(["part", "reason"], sort=False):
        if part in parts:
            names = f"{count(len(found), 'record')} ({listed(found['record'], most=5)})"
            texts.append(f"NOT COMPARED: {PART_NAMES[str(part)]} of {names}: {reason}")
    return texts


def remarks(comparison: "RecordsComparison", parts: Sequence[str]) -> list[str]:
    """Write which of the compared parts the test does not mark in any record."""
    texts = []
    matrix = comparison.matrix if "beats" in parts and comparison.comparisons else None
    if matrix is not None and not np.nansum(matrix.to_numpy()[:, :5]):
        texts.append(
            "The test has no beat in the test period of any record. Compare an annotator that "
            'marks only rhythm by parts=["episodes"] (--parts episodes).'
        )
    totals = {
        kind: comparison.tables[kind].loc[GROSS]
        for kind in (comparison.episodes if "episodes" in parts else ())
    }
    unmarked = [
        comparison.report_tables[kind].title.removeprefix("Episodes of ")
        for kind, total in totals.items()
        if total["episodes in reference"] and not total["episodes in test"]
    ]
    if unmarked:
        texts.append(
            f"The test marks no episode of {' or '.join(unmarked)} in any record. Compare an "
            'annotator that marks no rhythm without episodes, by parts=["beats", "runs"] '
            "(--parts beats,runs)."
        )
    return texts


def nothing_found(table: ReportTable, comparison: "RecordsComparison") -> str | None:
    """Write that neither annotator has a run or an episode, or that none was compared."""
    if not table.is_empty:
        return None
    if table.key.endswith("runs"):
        noun = table.title.removeprefix("Runs of ").partition(" (")[0]
        return f"No couplet or run of {noun} in reference or test."
    noun = table.title.removeprefix("Episodes of ")
    without = set(comparison.not_compared.query("part == 'episodes'")["record"])
    if set(comparison.episodes[table.key]) <= without:
        return f"No episode of {noun} was compared."
    return f"No episode of {noun} in reference or test."


def st_line(comparison: "RecordsComparison") -> str | None:
    """Count the measurements of ST deviation; None without any."""
    tables = [one.measurements for one in comparison.episodes.get("ST", {}).values()]
    n = sum(map(len, tables))
    if not n:
        return None
    flagged = sum(int(table["flagged"].sum()) for table in tables)
    return (
        f"ST deviation at {count(n, 'extremum', 'extrema')} of the reference; difference of more "
        f"than 100 microvolts: {flagged:,}."
    )


def _beat_lines(comparison: "RecordsComparison") -> list[str]:
    """Write the beats: table, sum of the matrices, notes."""
    return [
        *_beat_heading(comparison),
        "",
        *_beat_table(comparison.table),
        "",
        *matrix_lines(comparison.matrix),
        "",
        *_notes(comparison),
    ]


def _all_beat_lines(comparison: "RecordsComparison") -> list[str]:
    """Write the beats, and those missed in shutdowns."""
    tables = comparison.report_tables
    if "shutdown" not in tables:
        return _beat_lines(comparison)
    note = "Percent. sumstats adds each denominator of gross twice: its shares are halved."
    return [
        *_beat_lines(comparison),
        "",
        *_table_lines(tables["shutdown"]),
        *([note] if comparison.reference_faults else []),
    ]


def _run_lines(comparison: "RecordsComparison") -> list[str]:
    """Write the tables of runs."""
    if not comparison.runs:
        return ["No run of ectopic beats was compared."]
    tables = comparison.report_tables
    lines = []
    for key in (name for name in ("ve_runs", "sve_runs") if name in tables):
        nothing = nothing_found(tables[key], comparison)
        lines += [*([nothing] if nothing else _table_lines(tables[key])), ""]
    return [*lines, "Short runs are of 3 to 5 beats, long ones of more."]


def _episode_lines(comparison: "RecordsComparison") -> list[str]:
    """Write the tables of the kinds of episodes."""
    lines: list[str] = []
    for kind in comparison.episodes:
        table = comparison.report_tables[kind]
        if nothing := nothing_found(table, comparison):
            lines.append(nothing)
        else:
            lines += ["", *_table_lines(table), ""]
    if line := st_line(comparison):
        lines += ["", *textwrap.wrap(line, WIDTH)]
    text = "\n".join(lines).replace("\n\n\n", "\n\n")
    return text.strip("\n").split("\n")


def _heart_rate_lines(comparison: "RecordsComparison") -> list[str]:
    """Write the table of heart rates."""
    if not comparison.heart_rate:
        return ["No heart rates: no record has measurements ('=') of both annotators."]
    lines = _table_lines(comparison.report_tables["heart_rate"])
    n = len(comparison.records) - len(comparison.heart_rate)
    if n:
        lines.append(f"{count(n, 'record')} without measurements of both annotators")
    return lines


_PART_LINES = {
    "beats": _all_beat_lines,
    "runs": _run_lines,
    "episodes": _episode_lines,
    "heart_rate": _heart_rate_lines,
}


def _heading(comparison: "RecordsComparison", parts: Sequence[str]) -> str:
    """Write the first line of a text without beats."""
    names = ", ".join(PART_NAMES[part] for part in parts)
    return f"EC57 comparison of {count(len(comparison.records), 'record')}: {names}"


def _beat_heading(comparison: "RecordsComparison") -> list[str]:
    """Write the lines above the table of beats."""
    return [
        f"EC57 beat-by-beat comparison of {count(len(comparison.comparisons), 'record')}, "
        f"{count(reference_beats(comparison.matrix), 'reference beat')}; percent",
        *_not_standard(comparison),
    ]


def _not_standard(comparison: "RecordsComparison") -> list[str]:
    """Write that the comparison is not by the standard, if so."""
    return [] if comparison.standard else [NOT_STANDARD]


def _counted_parts(comparison: "RecordsComparison") -> str:
    """Count the records of which a part was not compared."""
    counts = comparison.not_compared["part"].value_counts(sort=False)
    return ", ".join(
        f"{PART_NAMES[str(part)]} of {count(int(n), 'record')}" for part, n in counts.items()
    )


def _beat_table(table: pd.DataFrame) -> list[str]:
    """Write the table of beats."""
    columns = {"beats": [f"{n:,}" for n in table["beats"].iloc[:-1]] + [""]}
    columns |= {name: [share(value, name) for value in table[name]] for name in PRINTED}
    heads = {"beats": ("", "beats")} | PRINTED
    widths = [1 + max(map(len, [*heads[name], *cells])) for name, cells in columns.items()]
    rows = dict(zip(table.index, zip(*columns.values(), strict=True), strict=True))
    top = _cells([heads[name][0] for name in columns], widths)
    return _ruled(top, [heads[name][1] for name in columns], rows, widths)


def _table_lines(table: ReportTable) -> list[str]:
    """Write a table under its title.

    Records without any run or episode are counted below it. Columns of one group have its
    name above them::

    couplets        short runs
    ref test  Se +P  ref test  Se +P
    """
    table, empty = table.without_empty_rows()
    columns, rows = table.columns, table.texts()
    widths = [
        1 + max(len(columns[i].head), *(len(cells[i]) for cells in rows.values()))
        for i in range(len(columns))
    ]
    groups: dict[str, list[int]] = {}
    for i, column in enumerate(columns):
        groups.setdefault(column.group, []).append(i)
    top = ""
    for group, members in groups.items():
        # a group is set off by a blank, and as wide as its name
        wider = 2 + len(group) - sum(widths[i] for i in members)
        widths[members[0]] += max(1, wider)
        top += f"  {group}".ljust(sum(widths[i] for i in members))
    lines = [table.title, *_ruled(top, [column.head for column in columns], rows, widths)]
    without = f"Without any, in reference and test: {count(len(empty), 'record')}"
    return [*lines, without] if empty else lines


def _ruled(
    top: str, heads: Sequence[str], rows: Mapping[str, Sequence[str]], widths: Sequence[int]
) -> list[str]:
    """Write rows under two lines of heading; a rule separates gross and average."""
    # names of one folder differ in their ends
    names = [name if len(name) <= 12 else f"…{name[-11:]}" for name in rows]
    first = max(len("record"), *map(len, names))
    lines = [
        name.ljust(first) + _cells(cells, widths)
        for name, cells in zip(["record", *names], [heads, *rows.values()], strict=True)
    ]
    rule = "-" * len(lines[0])
    body = [line.rstrip() for line in lines]
    return [(" " * first + top).rstrip(), body[0], rule, *body[1:-2], rule, *body[-2:]]


def _cells(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Write cells flush right."""
    return "".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))


def _notes(comparison: "RecordsComparison") -> list[str]:
    """Write the definitions of the statistics, and the records that are not compared."""
    rows = comparison.table.drop(columns="beats").T  # next to integers NaN would become NA
    gross, average = rows[GROSS], rows[AVERAGE]
    shares = comparison.table[list(STATISTICS)].iloc[:-2]
    n_undefined = int(shares.isna().any(axis=1).sum())
    return [
        "Gross: all beats pooled. Average: mean over the records where the statistic is",
        'defined ("-": a share of no beats'
        + (f", in {count(n_undefined, 'record')})" if n_undefined else ")"),
        "SVEB +P as bxb counts for one record: all but Q found as S are false.",
        "+P* as its companion sumstats counts: Ss/(Ns+Ss+Vs+Os), without Fs and Xs.",
        f"RMS RR error {milliseconds(gross['RR error (ms)'])} ms (average "
        f"{milliseconds(average['RR error (ms)'])} ms); shutdown of the test "
        f"{gross['shutdown (s)']:.0f} s",
        *_skipped_lines(comparison),
    ]


def _skipped_lines(comparison: "RecordsComparison") -> list[str]:
    """List the records that could not be compared."""
    skipped = comparison.skipped
    if not len(skipped):
        return []
    return [
        f"NOT COMPARED: {count(len(skipped), 'record')}:",
        *(f"  {shorten(reason, 78)}" for reason in skipped["reason"]),
    ]
