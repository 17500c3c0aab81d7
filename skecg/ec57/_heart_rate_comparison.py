"""The comparison of the heart rate measurements of two annotators of one recording."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..utils import count, json_float, own_versions, printable
from ._text import html_lines, period_text

__all__ = ["HeartRateComparison"]

METHOD = "ANSI/AAMI EC57:2012, measurement by measurement"
NOT_STANDARD = "NOT STANDARD: EC57 requires start=300 and stop=None"


@dataclass(frozen=True, eq=False)
class HeartRateComparison:
    """The heart rate measurements of two annotators, compared by `compare_heart_rate`.

    Attributes
    ----------
    pairs : DataFrame
        Every pair: reference_time and test_time in seconds, and the values of reference and
        test. With the faults of the reference program the last pair may be counted twice, and
        a value 0 before the first reference measurement is at sample -1.
    n : int
        Number by which the sums over the pairs are divided: that of the pairs, or, with the
        faults of the reference program, of all test measurements that it reads.
    measurement : int
        Subtype of the measurements.
    name : str or None
        Name of the recording.
    fs : float
        Sampling frequency in Hz.
    period : tuple of (int, int or None)
        First and last sample of the test period, as in `EpisodeComparison`.
    reference_faults : bool
        True if the faults of the reference program are reproduced.
    standard : bool
        True if the test period is that of EC57.

    See Also
    --------
    compare_heart_rate : Make one.
    summarize : Sum up many recordings.
    """

    pairs: pd.DataFrame
    n: int
    measurement: int
    name: str | None
    fs: float
    period: tuple[int, int | None]
    reference_faults: bool
    standard: bool

    @property
    def rms_error(self) -> float:
        """Root mean square error, in the unit of the measurements."""
        return math.sqrt(self._sum_of_squares() / self.n)

    @property
    def normalized_rms_error(self) -> float:
        """Root mean square error in percent of the mean reference; NaN where that is 0."""
        total = abs(float(self.pairs["reference"].sum()))
        return 100 * math.sqrt(self._sum_of_squares() * self.n) / total if total else np.nan

    @property
    def mean_reference(self) -> float:
        """Mean of the reference measurements."""
        return float(self.pairs["reference"].sum()) / self.n

    def to_line(self, *, normalized: bool = True) -> dict[str, str | None]:
        """Return the columns of the line format of mxm.

        Parameters
        ----------
        normalized : bool, default=True
            True gives the error in percent of the mean reference.

        Returns
        -------
        dict
            RMS error and mean reference as text; None is an error in percent of 0.
        """
        error = self.normalized_rms_error if normalized else self.rms_error
        return {
            "RMS error": None if np.isnan(error) else f"{error:.4f}",
            "mean reference": f"{self.mean_reference:g}",
        }

    def to_dict(self, *, pairs: bool = True) -> dict[str, Any]:
        """Return the comparison as JSON-able data, schema 1.

        Parameters
        ----------
        pairs : bool, default=True
            True includes every pair.

        Returns
        -------
        dict
            Errors in the unit of the measurements and in percent; percent of 0 is None, and so
            is a number that is too large for a float.
        """
        first, last = self.period
        data: dict[str, Any] = {
            "schema": 1,
            "method": METHOD,
            "standard": self.standard,
            "reference_faults": self.reference_faults,
            "record": self.name,
            "measurement": self.measurement,
            "fs": self.fs,
            "period_s": [first / self.fs, None if last is None else last / self.fs],
            "n": self.n,
            "rms_error": json_float(self.rms_error),
            "normalized_rms_error_percent": json_float(self.normalized_rms_error),
            "mean_reference": json_float(self.mean_reference),
            "versions": own_versions(),
        }
        if pairs:
            data["pairs"] = [
                {str(name): json_float(value) for name, value in row.items()}
                for row in self.pairs.to_dict(orient="records")
            ]
        return data

    def __str__(self) -> str:
        return "\n".join(map(printable, [*self._heading(), "", *self._lines()]))

    def __repr__(self) -> str:
        return (
            f"<HeartRateComparison{f' {self.name!r}' if self.name else ''}: "
            f"{count(len(self.pairs), 'pair')}, RMS error {self.rms_error:.4f}>"
        )

    def _repr_html_(self) -> str:
        first, *rest = self._heading()
        return (
            f"<div><p><strong>{html_lines([first])}</strong><br>"
            f"{html_lines([*rest, *self._lines()])}</p></div>"
        )

    def _heading(self) -> list[str]:
        """Write the lines above the errors: record and test period."""
        of_name = f" of record {self.name}" if self.name else ""
        lines = [
            f"EC57 comparison of measurement {self.measurement}{of_name}",
            f"{period_text(self.period, self.fs)}; {count(len(self.pairs), 'pair')}, "
            f"n = {self.n:,}",
        ]
        return lines if self.standard else [*lines, NOT_STANDARD]

    def _lines(self) -> list[str]:
        """Write the errors."""
        percent = self.normalized_rms_error
        return [
            f"RMS error (%)    {'-' if np.isnan(percent) else f'{percent:.4f}':>10}",
            f"RMS error        {self.rms_error:>10.4f}",
            f"mean reference   {self.mean_reference:>10g}",
        ]

    def _sum_of_squares(self) -> float:
        """Sum up the squares of the errors."""
        errors = (self.pairs["test"] - self.pairs["reference"]).to_numpy()
        return float(np.sum(errors**2))
