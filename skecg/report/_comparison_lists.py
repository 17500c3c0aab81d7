"""Lists of discrepancies of two annotators, record by record."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..ec57 import RecordsComparison
from ..ec57._clock import clock
from ..utils import count
from ._page import Markup, joined, table, tag

MOST_ROWS = 100  # of one list


class _List(NamedTuple):
    """A list of one record: its noun, columns and rows; ``n`` rows before it was cut."""

    one: str
    many: str
    columns: list[str]
    rows: list[list[str]]
    n: int


def discrepancy_lists(comparison: RecordsComparison) -> Markup | None:
    """Make a list for each record that can be folded; None if all agree."""
    parts = []
    for record in comparison.records:
        found = [one for one in _lists(comparison, record) if one.n]
        if not found:
            continue
        counted = ", ".join(count(one.n, one.one, one.many) for one in found)
        head = tag("summary", tag("b", record), f" {counted}")
        parts.append(tag("details", head, *(_written(one, record) for one in found)))
    return joined(*parts) if parts else None


def _written(found: _List, record: str) -> Markup:
    """Make the table of a list."""
    first = f", the first {MOST_ROWS} of {found.n:,}" if found.n > MOST_ROWS else ""
    caption = f"{found.many[0].upper()}{found.many[1:]} of {record}{first}"
    return table(caption, found.columns, found.rows, class_="records list")


def _lists(comparison: RecordsComparison, record: str) -> Iterator[_List]:
    """Yield the lists of a record."""
    if record in comparison.comparisons:
        yield _beats(comparison.comparisons[record].pairs)
    if record in comparison.runs:
        one = comparison.runs[record]
        for kind, matrices in one.kinds().items():
            yield _runs(kind, matrices.discrepancies, one.fs)
    if "episodes" in comparison.parts:
        of_kind = {
            kind: found[record] for kind, found in comparison.episodes.items() if record in found
        }
        yield _episodes({kind: one.episodes for kind, one in of_kind.items()})
        if "ST" in of_kind:
            yield _measurements(of_kind["ST"].measurements)
    if record in comparison.heart_rate:
        yield _rates(comparison.heart_rate[record].pairs)


def _beats(pairs: pd.DataFrame) -> _List:
    """List the beats that do not agree."""
    names = ["time", "reference", "reference_symbol", "test", "test_symbol"]
    rows = [
        [_time(time), reference, reference_symbol or "-", test, test_symbol or "-"]
        for time, reference, reference_symbol, test, test_symbol in _first(pairs, names)
    ]
    columns = ["Time", "Reference", "Symbol", "Test", "Symbol"]
    return _List("beat", "beats", columns, rows, len(pairs))


def _runs(kind: str, discrepancies: pd.DataFrame, fs: float) -> _List:
    """List the runs whose lengths do not agree, in order of time."""
    ordered = discrepancies.sort_values("first_sample", kind="stable")
    names = ["first_sample", "last_sample", "statistic", "reference", "test"]
    rows = [
        [
            _time(first / fs),
            _time(last / fs),
            statistic,
            *(">5" if length > 5 else str(length) for length in lengths),
        ]
        for first, last, statistic, *lengths in _first(ordered, names)
    ]
    columns = ["Window from", "to", "Counts for", "Reference", "Test"]
    return _List(f"{kind} run", f"{kind} runs", columns, rows, len(discrepancies))


def _episodes(tables: dict[str, pd.DataFrame]) -> _List:
    """List the episodes that are not matched, of each kind."""
    names = ["start", "annotator", "end", "duration", "overlap"]
    rows, n = [], 0
    for kind, episodes in tables.items():
        missed = episodes[~episodes["matched"]]
        n += len(missed)
        rows += [
            [_time(start), kind, annotator, *map(_time, times)]
            for start, annotator, *times in _first(missed, names)
        ]
    columns = ["From", "Kind", "Annotator", "To", "Duration", "Overlap"]
    return _List("episode", "episodes", columns, rows[:MOST_ROWS], n)


def _measurements(deviations: pd.DataFrame) -> _List:
    """List the ST deviations that differ by more than 100 microvolts."""
    flagged = deviations[deviations["flagged"]]
    rows = [
        [_time(time), *(f"{value:g}" for value in values)]
        for time, *values in _first(flagged, ["time", "signal", "reference", "test"])
    ]
    columns = ["Time", "Signal", "Reference (µV)", "Test (µV)"]
    return _List("ST deviation", "ST deviations", columns, rows, len(flagged))


def _rates(pairs: pd.DataFrame) -> _List:
    """List the heart rates that differ, the largest difference first."""
    error = (pairs["test"] - pairs["reference"]).abs().to_numpy()
    order = np.argsort(-error, kind="stable")
    order = order[error[order] > 0]
    rows = [
        [_time(time), f"{reference:g}", f"{test:g}"]
        for time, reference, test in _first(pairs.iloc[order], ["test_time", "reference", "test"])
    ]
    columns = ["Time", "Reference", "Test"]
    return _List("heart rate", "heart rates", columns, rows, len(order))


def _first(rows: pd.DataFrame, names: list[str]) -> list[list[Any]]:
    """Return the first rows as lists."""
    return rows[names].head(MOST_ROWS).to_numpy(dtype=object).tolist()


def _time(seconds: float) -> str:
    """Write a time as minutes and seconds."""
    sign = "-" if seconds < 0 else ""
    return sign + clock(round(abs(1000 * float(seconds))), zero="0:00.000")
