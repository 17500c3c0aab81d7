"""The comparison of episodes in tables of predictions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..utils import Label, count, json_float, listed, own_versions, printable
from ._clock import clock
from ._episode_comparison import KINDS
from ._text import html_lines, share

__all__ = ["SHARES", "PredictedEpisodes"]

#: Names of the shares of episodes and durations.
SHARES = ("episode Se", "episode +P", "duration Se", "duration +P")
_SHORT = {
    "reference episodes": "ref.",
    "test episodes": "test",
    **dict(zip(SHARES, ("E Se", "E +P", "D Se", "D +P"), strict=True)),
    "reference duration": "ref. duration",
    "test duration": "test duration",
}
_NOT_EC57 = "rows at positions of the reference are not a comparison by EC57"


@dataclass(frozen=True, eq=False)
class PredictedEpisodes:
    """Episodes in predictions, compared by `compare_predicted_episodes`.

    ``print(episodes)`` gives tables for a terminal; a notebook shows them as HTML.

    Attributes
    ----------
    kind : {"AF", "VF", "ST", "ST0", "ST1"}
        Kind of the episodes.
    labels : tuple
        Labels of the rows that are in an episode.
    table : DataFrame
        One row per record, then Gross (all episodes pooled) and Average (mean over the records
        where a share is defined): numbers of episodes and their durations in seconds of
        reference and test, and sensitivity (Se) and positive predictivity (+P) of episodes and
        durations, as fractions. NaN is 0/0.
    statistics : DataFrame
        The gross shares with numerator and denominator, and their unit, episodes or seconds.
    episodes : DataFrame
        Every episode: its record, annotator ("reference" or "test"), start, end, duration and
        overlap with the other one in seconds, and whether it is matched.
    n_rows, n_records : int
        Numbers of rows and of records.
    start, min_duration : float
        Begin of the test period and minimum duration in seconds.

    See Also
    --------
    compare_predicted_episodes : Make one.
    """

    kind: str
    labels: tuple[Label, ...]
    table: pd.DataFrame
    statistics: pd.DataFrame
    episodes: pd.DataFrame
    n_rows: int
    n_records: int
    start: float
    min_duration: float

    def to_dict(self, *, episodes: bool = True) -> dict[str, Any]:
        """Return the comparison as JSON-able data, schema 1.

        Parameters
        ----------
        episodes : bool, default=True
            True includes every episode.

        Returns
        -------
        dict
            Statistics are fractions with numerator and denominator, in episodes or seconds; 0/0
            is None.
        """
        rows = self.table.iloc[:-2].astype(object)
        data: dict[str, Any] = {
            "schema": 1,
            "method": "episodes of labels of the same rows",
            "kind": self.kind,
            "labels": [one.item() if isinstance(one, np.generic) else one for one in self.labels],
            "rows": self.n_rows,
            "start_s": self.start,
            "min_duration_s": self.min_duration,
            "statistics": {
                _key(str(name)): {
                    "value": json_float(float(value)),
                    "numerator": int(top) if unit == "episodes" else top,
                    "denominator": int(bottom) if unit == "episodes" else bottom,
                }
                for name, value, top, bottom, unit in self.statistics.itertuples()
            },
            "average": {
                _key(name): json_float(float(self.table[name].iloc[-1])) for name in SHARES
            },
            "records": {
                str(record): {
                    _key(str(name)): json_float(value) if isinstance(value, float) else value
                    for name, value in row.items()
                }
                for record, row in rows.to_dict(orient="index").items()
            },
            "versions": own_versions(),
        }
        if episodes:
            data["episodes"] = self.episodes.to_dict(orient="records")
        return data

    def __str__(self) -> str:
        shown = self._printed().rename_axis(None).to_string()
        return "\n".join(printable(line) for line in [*self._heading(), "", *shown.split("\n")])

    def __repr__(self) -> str:
        shares = ", ".join(f"{name} {share(self.statistics['value'][name])}" for name in SHARES)
        return f"<PredictedEpisodes of {self.kind}: {shares}>"

    def _repr_html_(self) -> str:
        first, *rest = self._heading()
        return (
            f"<div><p><strong>{html_lines([first])}</strong><br>{html_lines(rest)}</p>"
            f"{self._printed().to_html(border=0)}</div>"
        )

    def _heading(self) -> list[str]:
        """Write the lines above the table."""
        rows, records = count(self.n_rows, "row"), count(self.n_records, "record")
        labels = listed(map(repr, self.labels))
        return [
            f"Episodes of labels: {KINDS[self.kind]}, {rows} of {records}",
            f"rows in an episode have the labels {labels}",
            _NOT_EC57,
        ]

    def _printed(self) -> pd.DataFrame:
        """Return the table as text, shares in percent."""
        shown: dict[str, list[str]] = {}
        for name, short in _SHORT.items():
            column = self.table[name]
            if name in SHARES:
                shown[short] = [share(value) for value in column]
            elif name.endswith("duration"):
                shown[short] = ["" if np.isnan(v) else clock(round(1000 * v)) for v in column]
            else:
                shown[short] = ["" if pd.isna(value) else f"{value:,}" for value in column]
        return pd.DataFrame(shown, index=self.table.index)


def _key(name: str) -> str:
    """Return the key of a column in JSON."""
    return name.lower().replace("+p", "ppv").replace(" ", "_")
