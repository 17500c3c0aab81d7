"""Tables of a beat report as rows of text."""

import pandas as pd

from ..metrics._class_metrics import CLASS_METRICS
from ..metrics._overall import OVERALL_METRICS
from ..utils import align, fill, interval_cells, number, percent, printable, shorten
from . import _wording as wording
from ._beat_metrics import BeatMetrics

__all__ = [
    "class_interval_rows",
    "class_table",
    "overall_interval_rows",
    "overall_rows",
    "overall_value",
    "report_lines",
]

Rows = list[list[str]]


def report_lines(report: BeatMetrics) -> list[str]:
    """Write the whole report as lines of 80 columns."""
    table = class_table(report)
    names = [shorten(str(label)) for label in report.labels]
    cells = table.to_numpy().tolist()
    rows = [["class", *table.columns]]
    rows += [[name, *row] for name, row in zip(names, cells, strict=True)]
    lines = [*wording.heading(report), "", *align(rows), *wording.class_notes(report), ""]
    if wording.has_intervals(report):
        lines += [f"{wording.interval_words(report)}:", ""]
        lines += [*align(class_interval_rows(report, names)), *wording.interval_notes(report), ""]
        lines += [*align(overall_interval_rows(report)), *wording.overall_notes(report)]
    else:
        lines += fill([" ".join(row) for row in overall_rows(report)])
        lines += wording.overall_notes(report)
        if report.intervals is not None:
            lines.append("one subject: no intervals")
    return [printable(line) for line in lines]


def class_table(report: BeatMetrics) -> pd.DataFrame:
    """Return the metrics by class as they are printed: percent, and "-" for 0/0."""
    columns = {
        name: [percent(v) if name in CLASS_METRICS else str(v) for v in column]
        for name, column in report.per_class.items()
    }
    return pd.DataFrame(columns, index=pd.Index(map(str, report.labels)), dtype=object)


def class_interval_rows(report: BeatMetrics, names: list[str]) -> Rows:
    """Return the rows of the table of intervals by class."""
    assert report.intervals is not None
    printed = [name for name, metric in CLASS_METRICS.items() if metric.prints_interval]
    columns = [
        interval_cells(
            report.intervals.loc[[(label, name) for label in report.labels]],
            lambda v: percent(v, 1),
        )
        for name in printed
    ]
    subjects = [f"{n}{'*' if wording.is_few(n) else ' '}" for n in report.per_class["subjects"]]
    body = zip(names, *columns, subjects, strict=True)
    return [["class", *printed, "subjects "], *map(list, body)]


def overall_rows(report: BeatMetrics) -> Rows:
    """Return the names and values of the metrics over all classes."""
    return [
        [OVERALL_METRICS[name].title, overall_value(name, report.metric(name))]
        for name in report.metrics
    ]


def overall_interval_rows(report: BeatMetrics) -> Rows:
    """Return the rows of the table of metrics over all classes with their intervals."""
    rows = [["", "value", "interval"]]
    for name in report.metrics:
        value = overall_value(name, report.metric(name))
        low, high = (overall_value(name, bound) for bound in report.interval(name))
        interval = "-" if "-" in (low, high) else f"[{low}, {high}]"
        rows.append([OVERALL_METRICS[name].title, value, interval])
    return rows


def overall_value(name: str, value: float) -> str:
    """Write a metric over all classes."""
    metric = OVERALL_METRICS[name]
    return percent(value) if metric.in_percent else number(value, metric.decimals)
