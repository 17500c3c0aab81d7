"""Result of a noise stress test: tables and curves by signal-to-noise ratio."""

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from ..ec57 import RecordsComparison
from ..ec57._records_comparison import GROSS, PRINTED
from ..ec57._text import share
from ..utils import count, own_versions, printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["CLEAN", "Condition", "StressTest"]

Condition: TypeAlias = tuple[str, float]  # noise and ratio in dB
CLEAN: Condition = ("none", np.inf)
METHOD = (
    "ANSI/AAMI EC57 beat-by-beat comparison of recordings with noise by the schedule of nst: "
    "five minutes without, then two minutes with noise and two without in turn"
)


@dataclass(frozen=True, eq=False)
class StressTest:
    """Comparisons of a noise stress test, made by `stress_test`.

    ``print(result)`` gives a table for a terminal; a notebook shows it as HTML.

    Attributes
    ----------
    comparisons : dict of (str, float) to RecordsComparison
        The comparison of all recordings by noise and signal-to-noise ratio in dB;
        ``("none", inf)`` is that without noise.

    See Also
    --------
    stress_test : Make one.
    """

    comparisons: dict[Condition, RecordsComparison]

    @property
    def table(self) -> pd.DataFrame:
        """Gross statistics by noise and ratio, columns as in `RecordsComparison`."""
        rows = [found.table.loc[GROSS] for found in self.comparisons.values()]
        return pd.DataFrame(rows, index=self._index()).astype({"beats": "Int64"})

    @property
    def records(self) -> pd.DataFrame:
        """Statistics by noise, ratio and record, with the rows Gross and Average of each."""
        tables = [found.table for found in self.comparisons.values()]
        return pd.concat(tables, keys=list(self._index()), names=["noise", "snr", "record"])

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON-able data, schema 1.

        Returns
        -------
        dict
            With the keys schema, method, versions and conditions: a list, each with noise, snr
            (None without noise), and records, gross and average as in
            `RecordsComparison.to_dict`.
        """
        conditions = []
        for (noise, snr), found in self.comparisons.items():
            data = found.to_dict()
            parts = {name: data[name] for name in ("records", "gross", "average")}
            ratio = None if np.isinf(snr) else snr
            conditions.append({"noise": noise, "snr": ratio} | parts)
        return {
            "schema": 1,
            "method": METHOD,
            "conditions": conditions,
            "versions": own_versions(),
        }

    def plot(self) -> "Figure":
        """Draw Se and +P of QRS, VEB and SVEB over the signal-to-noise ratio.

        Returns
        -------
        matplotlib Figure
            One panel for each, a colour for each noise; a grey line is without noise.
        """
        from ..display._noise_stress import draw_noise_stress

        return draw_noise_stress(self.table)

    def __str__(self) -> str:
        return "\n".join(map(printable, [self._title(), "", *self._lines(), "", *self._footing()]))

    def __repr__(self) -> str:
        return f"<StressTest: {self._title()}>"

    def _repr_html_(self) -> str:
        table = self.table.astype(object)
        for name in PRINTED:
            table[name] = [share(value, name) for value in self.table[name]]
        notes = "<br>".join(html.escape(line) for line in self._footing())
        return (
            f"<div><p><strong>{html.escape(printable(self._title()))}</strong></p>"
            f"{table[['beats', *PRINTED]].to_html(border=0)}<p>{notes}</p></div>"
        )

    def _index(self) -> pd.MultiIndex:
        """Return noise and ratio of each comparison."""
        return pd.MultiIndex.from_tuples(list(self.comparisons), names=["noise", "snr"])

    def _title(self) -> str:
        """Write the heading."""
        first = next(iter(self.comparisons.values()))
        beats = count(int(self.table["beats"].iloc[0]), "reference beat")
        return (
            f"Noise stress test of {count(len(first.comparisons), 'record')}, {beats}; "
            "gross, percent"
        )

    def _lines(self) -> list[str]:
        """Write the table, a rule above each noise."""
        table = self.table
        rows: list[list[str]] = []
        for (noise, snr), (_, values) in zip(self.comparisons, table.iterrows(), strict=True):
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

    @staticmethod
    def _footing() -> list[str]:
        """Write the lines below the table."""
        return [
            "Noise as by nst: none in the first five minutes, then two minutes with and two",
            "without in turn. All beats from 5:00 on are compared, with and without noise.",
            "+P* as the program sumstats counts: Ss/(Ns+Ss+Vs+Os).",
        ]
