"""The comparison of two annotators of many recordings: by record, gross and average."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..utils import count, json_float, own_versions, printable, shorten
from ._comparison import METHOD, BeatComparison
from ._statistics import STATISTICS, counts_to_dict, reference_beats, statistics_of
from ._text import NOT_STANDARD, html_lines, matrix_lines, milliseconds, share

__all__ = ["AVERAGE", "GROSS", "RecordsComparison", "summarize"]

GROSS, AVERAGE = "Gross", "Average"
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


@dataclass(frozen=True, eq=False)
class RecordsComparison:
    """Two annotators of many recordings, compared by `compare_records`.

    ``print(comparison)`` gives a table for a terminal; a notebook shows it as HTML.

    Attributes
    ----------
    comparisons : dict of str to BeatComparison
        The comparison of each record by its name.
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

    See Also
    --------
    compare_records : Make one.
    compare_folders : Make one of annotation files.
    """

    comparisons: dict[str, BeatComparison]
    table: pd.DataFrame
    matrix: pd.DataFrame
    statistics: pd.DataFrame
    skipped: pd.DataFrame
    standard: bool

    @property
    def pairs(self) -> pd.DataFrame:
        """Every mismatch, as in `BeatComparison`, after a column with the record."""
        tables = {name: found.pairs for name, found in self.comparisons.items()}
        table = pd.concat(tables, names=["record"]).reset_index("record")
        return table.reset_index(drop=True)

    def to_dict(self, *, pairs: bool = False) -> dict[str, Any]:
        """Return the comparison as JSON-able data, schema 1.

        Parameters
        ----------
        pairs : bool, default=False
            True includes every mismatch of every record.

        Returns
        -------
        dict
            With the keys records (as `BeatComparison.to_dict`), gross and average. Statistics
            are fractions; 0/0 is None.
        """
        shared = ("schema", "method", "versions", "record")
        records = []
        for name, found in self.comparisons.items():
            data = found.to_dict(pairs=pairs)
            rest = {key: value for key, value in data.items() if key not in shared}
            records.append({"record": name} | rest)
        gross, average = self._summary()
        return {
            "schema": 1,
            "method": METHOD,
            "standard": self.standard,
            "n_records": len(self.comparisons),
            "records": records,
            "gross": counts_to_dict(self.matrix, self.statistics)
            | {
                "rr_error_ms": json_float(gross["RR error (ms)"]),
                "shutdown_s": float(gross["shutdown (s)"]),
            },
            "average": {key: json_float(average[name]) for name, key in STATISTICS.items()}
            | {
                "rr_error_ms": json_float(average["RR error (ms)"]),
                "shutdown_s": float(average["shutdown (s)"]),
            },
            "skipped": self.skipped.to_dict(orient="records"),
            "versions": own_versions(),
        }

    def __str__(self) -> str:
        return "\n".join(
            map(printable, [*self._heading(), "", *self._table_lines(), "", *self._footing()])
        )

    def __repr__(self) -> str:
        gross, _ = self._summary()
        shares = ", ".join(f"{n} {share(gross[n])}" for n in ("QRS Se", "QRS +P"))
        return (
            f"<RecordsComparison: {count(len(self.comparisons), 'record')}, "
            f"{count(reference_beats(self.matrix), 'reference beat')}, gross {shares}>"
        )

    def _repr_html_(self) -> str:
        first, *rest = self._heading()
        table = self.table.astype(object)
        for name in STATISTICS:
            table[name] = [share(value, name) for value in self.table[name]]
        for name in ("RR error (ms)", "shutdown (s)"):
            table[name] = [milliseconds(value) for value in self.table[name]]
        return (
            f"<div><p><strong>{html_lines([first])}</strong><br>{html_lines(rest)}</p>"
            f"{table.to_html(border=0)}{self.matrix.to_html(border=0)}"
            f"<p>{html_lines(self._notes())}</p></div>"
        )

    def _summary(self) -> tuple[pd.Series, pd.Series]:
        """Return gross and average as floats: next to integers NaN would become NA."""
        rows = self.table.drop(columns="beats").T
        return rows[GROSS], rows[AVERAGE]

    def _heading(self) -> list[str]:
        """Write the lines above the table."""
        lines = [
            f"EC57 beat-by-beat comparison of {count(len(self.comparisons), 'record')}, "
            f"{count(reference_beats(self.matrix), 'reference beat')}; percent"
        ]
        return lines if self.standard else [*lines, NOT_STANDARD]

    def _table_lines(self) -> list[str]:
        """Write the table; a rule separates gross and average."""
        # names of one folder differ in their ends
        names = [n if len(n) <= 12 else f"…{n[-11:]}" for n in self.table.index]
        columns = {"beats": [f"{n:,}" for n in self.table["beats"].iloc[:-1]] + [""]}
        columns |= {name: [share(value, name) for value in self.table[name]] for name in PRINTED}
        heads = {"beats": ("", "beats")} | PRINTED
        first = max(len("record"), *map(len, names))
        widths = {
            name: 1 + max(map(len, [*heads[name], *cells])) for name, cells in columns.items()
        }
        rows = [
            name.ljust(first) + "".join(columns[c][i].rjust(widths[c]) for c in columns)
            for i, name in enumerate(names)
        ]
        top, head = (
            start.ljust(first) + "".join(heads[c][i].rjust(widths[c]) for c in columns)
            for i, start in enumerate(["", "record"])
        )
        rule = "-" * len(head)
        return [top.rstrip(), head, rule, *rows[:-2], rule, *rows[-2:]]

    def _footing(self) -> list[str]:
        """Write the lines below the table: the sum of the matrices, and notes."""
        return [*matrix_lines(self.matrix), "", *self._notes()]

    def _notes(self) -> list[str]:
        """Write the definitions of the statistics, and the records that are not compared."""
        gross, average = self._summary()
        n_undefined = int(self.table[list(STATISTICS)].iloc[:-2].isna().any(axis=1).sum())
        lines = [
            "Gross: all beats pooled. Average: mean over the records where the statistic is",
            'defined ("-": a share of no beats'
            + (f", in {count(n_undefined, 'record')})" if n_undefined else ")"),
            "SVEB +P as bxb counts for one record: all but Q found as S are false.",
            "+P* as its companion sumstats counts: Ss/(Ns+Ss+Vs+Os), without Fs and Xs.",
            f"RMS RR error {milliseconds(gross['RR error (ms)'])} ms (average "
            f"{milliseconds(average['RR error (ms)'])} ms); shutdown of the test "
            f"{gross['shutdown (s)']:.0f} s",
        ]
        if len(self.skipped):
            lines.append(f"NOT COMPARED: {count(len(self.skipped), 'record')}:")
            lines += [f"  {shorten(reason, 78)}" for reason in self.skipped["reason"]]
        return lines


def summarize(found: Mapping[str, BeatComparison], skipped: pd.DataFrame) -> RecordsComparison:
    """Sum up the comparisons of records."""
    matrix = np.sum([one.matrix.to_numpy() for one in found.values()], axis=0)
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
    average = table.mean().to_frame(AVERAGE).T
    gross = pd.DataFrame(statistics["value"].to_dict(), index=[GROSS])
    gross["RR error (ms)"] = _pooled_rr_error(found.values())
    gross["shutdown (s)"] = table["shutdown (s)"].sum()
    beats = pd.array([*table["beats"], table["beats"].sum(), None], dtype="Int64")
    table = pd.concat([table, gross, average]).rename_axis("record")[list(table.columns)]
    table["beats"] = beats
    first = next(iter(found.values()))
    counts = pd.DataFrame(matrix, index=first.matrix.index, columns=first.matrix.columns)
    return RecordsComparison(dict(found), table, counts, statistics, skipped, first.standard)


def _pooled_rr_error(comparisons: Iterable[BeatComparison]) -> float:
    """Return the RMS of the differences of all records."""
    known = [(one.rr_error, one.n_intervals) for one in comparisons if one.n_intervals]
    if not known:
        return np.nan
    errors, weights = np.array(known).T
    return float(np.sqrt(np.average(errors**2, weights=weights)))
