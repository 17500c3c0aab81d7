"""Result of a noise stress test: tables and curves by signal-to-noise ratio."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from ..ec57 import RecordsComparison
from ..ec57._records_comparison import AVERAGE, GROSS
from ..report import Provenance
from ..utils import own_versions, printable, write_text
from . import _stress_text as text

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

    ``print(result)`` gives the tables of gross and average for a terminal; a notebook shows them
    as HTML.

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
        return self._rows(GROSS)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Statistics by noise and ratio: "Gross", "Average", and of each record by its name."""
        names = [GROSS, AVERAGE, *next(iter(self.comparisons.values())).comparisons]
        return {name: self._rows(name) for name in names}

    @property
    def records(self) -> pd.DataFrame:
        """Statistics by noise, ratio and record, with the rows Gross and Average of each."""
        tables = [found.table for found in self.comparisons.values()]
        return pd.concat(tables, keys=list(self._index()), names=["noise", "snr", "record"])

    @property
    def skipped(self) -> pd.DataFrame:
        """Recordings that could not be tested: record and reason."""
        return next(iter(self.comparisons.values())).skipped

    @property
    def noises(self) -> list[str]:
        """Names of the noises, the first of them "none"."""
        return list(dict.fromkeys(noise for noise, _ in self.comparisons))

    def ratios(self, noise: str) -> list[float]:
        """Return the signal-to-noise ratios in dB of a noise, from the least noise on."""
        return [snr for name, snr in self.comparisons if name == noise]

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON-able data, schema 1.

        Returns
        -------
        dict
            With the keys schema, method, versions, skipped and conditions: a list, each with
            noise, snr (None without noise), and records, gross and average as in
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
            "skipped": self.skipped.to_dict(orient="records"),
            "versions": own_versions(),
        }

    def to_html(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        title: str = "Noise stress test",
        metadata: Mapping[str, Any] | None = None,
        provenance: Provenance | None = None,
    ) -> str | None:
        """Make an HTML page with curves and all tables, in one file without scripts.

        Parameters
        ----------
        path : path-like, default=None
            File to write; an existing one is replaced when the new one is whole. None returns
            the page.
        title : str, default="Noise stress test"
            Heading of the page.
        metadata : mapping of str to object, default=None
            Facts about the test that the result lacks, such as the name of the model.
        provenance : Provenance, default=None
            Settings, versions, command and warnings of the run. None gives the versions of skecg
            and Python.

        Returns
        -------
        str or None
            The page, if `path` is None.
        """
        from ._stress_page import stress_page

        page = stress_page(
            self,
            title=str(title),
            metadata=dict(metadata or {}),
            provenance=provenance or Provenance(versions=own_versions()),
        )
        if path is None:
            return page
        write_text(Path(path), page)
        return None

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
        return "\n".join(map(printable, text.result_lines(self)))

    def __repr__(self) -> str:
        return f"<StressTest: {text.heading(self)}>"

    def _repr_html_(self) -> str:
        return text.result_html(self)

    def _rows(self, name: str) -> pd.DataFrame:
        """Return a row of the table of each comparison, by noise and ratio."""
        rows = [found.table.loc[name] for found in self.comparisons.values()]
        return pd.DataFrame(rows, index=self._index()).astype({"beats": "Int64"})

    def _index(self) -> pd.MultiIndex:
        """Return noise and ratio of each comparison."""
        return pd.MultiIndex.from_tuples(list(self.comparisons), names=["noise", "snr"])
