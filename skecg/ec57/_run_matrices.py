"""Matrices and statistics of the runs of two annotators, and their text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..utils import count, json_float, printable, ratio
from ._clock import whole_percent
from ._text import fractions, html_lines, share, statistics_lines

__all__ = ["RunMatrices", "make_matrices", "runs_html", "runs_repr", "runs_text"]

#: Rows and columns of the matrices: lengths of runs in beats.
LENGTHS = (0, 1, 2, 3, 4, 5, ">5")
#: Names of the statistics, and their keys in JSON.
RUN_STATISTICS = {
    "couplet Se": "couplet_se",
    "couplet +P": "couplet_ppv",
    "short run Se": "short_run_se",
    "short run +P": "short_run_ppv",
    "long run Se": "long_run_se",
    "long run +P": "long_run_ppv",
}
RUN_LEGEND = (
    "Se: the longest test run in the window of each reference run; +P: the longest reference",
    "run in the window of each test run. Short runs are of 3 to 5 beats, long ones of more.",
)
# per statistic: lengths of the runs that are judged, and of those that find them
_RANGES = {"couplet": ((2, 3), 2), "short run": ((3, 6), 3), "long run": ((6, 7), 6)}
_COLUMNS = ("statistic", "reference", "test", "first_sample", "last_sample")


@dataclass(frozen=True, eq=False)
class RunMatrices:
    """Runs of one kind of ectopic beats, compared by `compare_runs`.

    Attributes
    ----------
    sensitivity : DataFrame of shape (7, 7)
        Runs of the reference by their length (rows) and that of the longest run of the test
        in their window (columns): 0 to 5 beats and ">5". Cell (0, 0) is NaN.
    positive_predictivity : DataFrame of shape (7, 7)
        Runs of the test by their length (columns) and that of the longest run of the reference
        in their window (rows). It is not the transpose of the other one.
    statistics : DataFrame
        Sensitivity (Se) and positive predictivity (+P) of couplets, short runs (3 to 5 beats)
        and long runs, as fractions, with numerator and denominator. NaN is 0/0.
    discrepancies : DataFrame
        The runs outside the diagonals, in order of time: statistic ("Se" or "+P"), the lengths
        in reference and test (6 is more than 5), first_sample and last_sample of the window.

    See Also
    --------
    compare_runs : Make them.
    """

    sensitivity: pd.DataFrame
    positive_predictivity: pd.DataFrame
    statistics: pd.DataFrame
    discrepancies: pd.DataFrame

    def to_dict(self, *, discrepancies: bool = True) -> dict[str, Any]:
        """Return matrices and statistics as JSON-able data.

        Parameters
        ----------
        discrepancies : bool, default=True
            True includes every run outside the diagonals.

        Returns
        -------
        dict
            Statistics are fractions with numerator and denominator; 0/0 and cell (0, 0) are None.
        """
        rows = self.statistics[["numerator", "denominator"]].to_dict(orient="index")
        data: dict[str, Any] = {
            "lengths": [str(length) for length in LENGTHS],
            "sensitivity": _cells(self.sensitivity),
            "positive_predictivity": _cells(self.positive_predictivity),
            "statistics": {
                key: {"value": json_float(float(self.statistics["value"][name])), **rows[name]}
                for name, key in RUN_STATISTICS.items()
            },
        }
        if discrepancies:
            data["discrepancies"] = self.discrepancies.to_dict(orient="records")
        return data

    def to_line(self) -> dict[str, int | None]:
        """Return the columns of the line format of the program rxr.

        Returns
        -------
        dict
            For couplets (C), short runs (S) and long runs (L), the counts CTs, CFN, CTp, CFP and
            the whole percentages CSe and C+P, halves rounded up; None for 0/0.

        Examples
        --------
        >>> from skecg import compare_runs
        >>> beats = [400, 800, 1200, 1600], ["N", "V", "V", "N"]
        >>> line = compare_runs(beats, beats, fs=360, start=0).ve.to_line()
        >>> line["CTs"], line["CFN"], line["CSe"], line["SSe"]
        (1, 0, 100, None)
        """
        counts: dict[str, int | None] = {}
        percentages: dict[str, int | None] = {}
        numbers = self.statistics[["numerator", "denominator"]].to_dict(orient="index")
        for name in _RANGES:
            letter = name[0].upper()
            for statistic, true, false in (("Se", "Ts", "FN"), ("+P", "Tp", "FP")):
                hits, runs = map(int, numbers[f"{name} {statistic}"].values())
                counts |= {letter + true: hits, letter + false: runs - hits}
                percentages[letter + statistic] = whole_percent(hits, runs)
        return {**counts, **percentages}


def make_matrices(
    sensitivity: Mapping[str, NDArray[np.int64]],
    positive_predictivity: Mapping[str, NDArray[np.int64]],
) -> RunMatrices:
    """Count the runs of both searches.

    Parameters
    ----------
    sensitivity, positive_predictivity : mapping of str to ndarray of int of shape (n_runs,)
        By "reference" and "test" the lengths, by "low" and "high" the windows.
    """
    searches = {"Se": sensitivity, "+P": positive_predictivity}
    counts, lists = [], []
    for statistic, search in searches.items():
        cells = 7 * search["reference"] + search["test"]
        counts.append(np.bincount(cells, minlength=49).reshape(7, 7))
        differ = np.flatnonzero(search["reference"] != search["test"])
        columns = [search[part][differ] for part in ("reference", "test", "low", "high")]
        values = [np.full(len(differ), statistic), *columns]
        lists.append(pd.DataFrame(dict(zip(_COLUMNS, values, strict=True))))
    frames = []
    for matrix in counts:
        shown = matrix.astype(float)
        shown[0, 0] = np.nan
        frames.append(
            pd.DataFrame(
                shown,
                index=pd.Index(LENGTHS, name="reference"),
                columns=pd.Index(LENGTHS, name="test"),
            )
        )
    return RunMatrices(
        frames[0],
        frames[1],
        _statistics(counts[0], counts[1]),
        pd.concat(lists, ignore_index=True),
    )


def _statistics(
    sensitivity: NDArray[np.int64], positive_predictivity: NDArray[np.int64]
) -> pd.DataFrame:
    """Compute Se and +P of couplets, short and long runs from the counts.

    A couplet is found by any run of two or more beats, a short run of 3 to 5 by one of 3 or more,
    a long run by a long one::

        Se     0  1  2  3  4  5 >5          +P is the same of the transposed matrix
        2      -  -  +  +  +  +  +
        3..5   -  -  -  +  +  +  +
        >5     -  -  -  -  -  -  +
    """
    rows = {}
    for name, ((low, high), least) in _RANGES.items():
        for statistic, counts in (("Se", sensitivity), ("+P", positive_predictivity.T)):
            judged = counts[low:high]
            rows[f"{name} {statistic}"] = (int(judged[:, least:].sum()), int(judged.sum()))
    numerator, denominator = np.array(list(rows.values()), dtype=np.int64).T
    return pd.DataFrame(
        {
            "value": ratio(numerator, denominator),
            "numerator": numerator,
            "denominator": denominator,
        },
        index=pd.Index(list(rows), name="statistic"),
    )


def runs_text(heading: list[str], kinds: Mapping[str, RunMatrices]) -> str:
    """Write the matrices and statistics of each kind of runs as text."""
    lines = [*heading]
    for title, found in kinds.items():
        lines += ["", f"{title} runs", *_matrix_lines(found), ""]
        lines += [*statistics_lines(found.statistics), _discrepancy_line(found)]
    return "\n".join(map(printable, [*lines, "", *RUN_LEGEND]))


def runs_repr(name: str, kinds: Mapping[str, RunMatrices]) -> str:
    """Write the statistics of couplets in short."""
    parts = [
        f"{title} {statistic} {fraction}"
        for title, found in kinds.items()
        for statistic, fraction in zip(
            found.statistics.index[:2], fractions(found.statistics)[:2], strict=True
        )
    ]
    return f"<{name}: {', '.join(parts)}>"


def runs_html(heading: list[str], kinds: Mapping[str, RunMatrices]) -> str:
    """Write the matrices and statistics of each kind of runs as HTML."""
    first, *rest = heading
    parts = [f"<p><strong>{html_lines([first])}</strong><br>{html_lines(rest)}</p>"]
    for title, found in kinds.items():
        shares = pd.DataFrame(
            {
                "percent": [share(value) for value in found.statistics["value"]],
                "runs": fractions(found.statistics),
            },
            index=found.statistics.index,
        )
        for name, matrix in _matrices(found).items():
            shown = matrix.to_html(border=0, na_rep="-", float_format="{:.0f}".format)
            parts.append(f"<p>{title} runs, {name}</p>{shown}")
        line = html_lines([_discrepancy_line(found)])
        parts.append(f"{shares.to_html(border=0)}<p>{line}</p>")
    return f"<div>{''.join(parts)}<p>{html_lines([' '.join(RUN_LEGEND)])}</p></div>"


def _cells(matrix: pd.DataFrame) -> list[list[int | None]]:
    """Return the cells as whole numbers, and None for NaN."""
    rows = matrix.to_numpy().tolist()
    return [[None if np.isnan(cell) else int(cell) for cell in row] for row in rows]


def _matrices(found: RunMatrices) -> dict[str, pd.DataFrame]:
    """Return both matrices by their names."""
    return {
        "sensitivity": found.sensitivity,
        "positive predictivity": found.positive_predictivity,
    }


def _matrix_lines(found: RunMatrices) -> list[str]:
    """Write both matrices as lines of text, each under a heading of its columns."""
    lines = []
    for name, matrix in _matrices(found).items():
        cells = [
            [("-" if cell is None else f"{cell:,}" if cell else ".") for cell in row]
            for row in _cells(matrix)
        ]
        width = 1 + max(6, *(len(cell) for row in cells for cell in row))
        head = "".join(str(length).rjust(width) for length in LENGTHS)
        lines += [f"{name}; test run of", f"reference{head}"]
        lines += [
            f"{length:>9}" + "".join(cell.rjust(width) for cell in row)
            for length, row in zip(LENGTHS, cells, strict=True)
        ]
    return lines


def _discrepancy_line(found: RunMatrices) -> str:
    """Count the runs outside the diagonals."""
    kinds = found.discrepancies["statistic"].value_counts()
    total = count(len(found.discrepancies), "discrepancy", "discrepancies")
    return f"{total}: {kinds.get('Se', 0):,} of Se, {kinds.get('+P', 0):,} of +P"
