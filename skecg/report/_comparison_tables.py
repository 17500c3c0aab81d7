"""Tables and matrices of the page of a comparison by EC57."""

from collections.abc import Mapping
from itertools import groupby

import numpy as np
import pandas as pd

from ..ec57 import RunMatrices
from ..ec57._report_tables import AVERAGE, GROSS, ReportTable
from ..utils import count, ratio
from . import _comparison_words as words
from ._page import Cell, Markup, joined, table, tag

__all__ = ["beat_matrix", "record_table", "run_matrices", "summary_table"]


def summary_table(tables: Mapping[str, ReportTable]) -> Markup | None:
    """Make the table of all gross and average statistics; None where there is none."""
    rows = []
    for found in tables.values():
        if found.is_empty or found.key not in words.SUMMARY:
            continue
        names = [column.name for column in found.columns]
        gross, average = (
            dict(zip(names, found.texts()[name], strict=True)) for name in (GROSS, AVERAGE)
        )
        for stem, (noun, size) in words.SUMMARY[found.key].items():
            cells = [by[f"{stem} {share}"] for share in ("Se", "+P") for by in (gross, average)]
            rows.append([noun, gross[size], *cells])
    if not rows:
        return None
    groups = [("", 1), ("Se", 2), ("+P", 2)]
    heads = ["", "n", "gross", "average", "gross", "average"]
    caption = "Gross and average statistics, in percent."
    return table(caption, heads, rows, class_="records list overview", groups=groups)


def record_table(found: ReportTable, caption: str) -> Markup:
    """Make a table by record, its columns in groups; gross and average are the last rows.

    Records without any beat, run or episode are named below it.
    """
    found, empty = found.without_empty_rows()
    groups = [
        (group, len(list(members)))
        for group, members in groupby(column.group for column in found.columns)
    ]
    rows = [[name, *cells] for name, cells in found.texts().items()]
    heads = ["Record", *(column.head for column in found.columns)]
    whole = table(caption, heads, rows, class_="records", groups=groups)
    if not empty:
        return whole
    without = f"Without any, in reference and test: {count(len(empty), 'record')}"
    return joined(whole, tag("p", f"{without} ({', '.join(empty)}).", class_="small"))


def beat_matrix(matrix: pd.DataFrame) -> Markup:
    """Make the 7 x 7 matrix of the beats of all records."""
    counts = matrix.to_numpy()
    labels = [str(label) for label in matrix.index]
    shares = ratio(counts, np.broadcast_to(counts.sum(axis=1, keepdims=True), counts.shape))
    rows = []
    for i, label in enumerate(labels):
        cells: list[object] = []
        for j in range(len(labels)):
            if i >= 5 and j >= 5:  # 0 by definition
                cells.append(Cell("", "none"))
                continue
            kind = "correct" if i == j else None if counts[i, j] else "none"
            style = f"--share:{0 if np.isnan(shares[i, j]) else shares[i, j]:.3f}"
            cells.append(Cell(f"{counts[i, j]:,}", kind, style))
        rows.append([label, *cells, f"{counts[i].sum():,}"])
    columns = ["Reference", *(label.lower() for label in labels), "Beats"]
    return table(
        words.BEAT_MATRIX, columns, rows, class_="matrix", above=("Test", len(labels) + 1)
    )


def run_matrices(ones: list[RunMatrices]) -> list[Markup]:
    """Make the sums of both matrices of runs over records."""
    made = []
    for name, caption in words.RUN_MATRICES.items():
        frames = [getattr(one, name) for one in ones]
        counts = np.sum([np.nan_to_num(frame.to_numpy()) for frame in frames], axis=0)
        axis = 1 if name == "sensitivity" else 0
        shares = ratio(counts, np.broadcast_to(counts.sum(axis=axis, keepdims=True), counts.shape))
        lengths = [str(length) for length in frames[0].index]
        rows = []
        for i, length in enumerate(lengths):
            cells: list[object] = []
            for j in range(len(lengths)):
                if i == j == 0:
                    cells.append(Cell("", "none"))
                    continue
                kind = "correct" if i == j else None if counts[i, j] else "none"
                style = f"--share:{0 if np.isnan(shares[i, j]) else shares[i, j]:.3f}"
                cells.append(Cell(f"{int(counts[i, j]):,}", kind, style))
            rows.append([length, *cells])
        above = ("Test", len(lengths))
        columns = ["Reference", *lengths]
        made.append(table(caption, columns, rows, class_="matrix counts", above=above))
    return made
