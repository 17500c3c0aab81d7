"""The comparison of two annotators of one recording."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..utils import count, json_float, own_versions, printable
from ._statistics import counts_to_dict, reference_beats
from ._text import (
    LEGEND,
    NOT_STANDARD,
    SUMSTATS_NOTE,
    fractions,
    html_lines,
    matrix_lines,
    milliseconds,
    share,
    statistics_lines,
)

__all__ = ["METHOD", "BeatComparison"]

METHOD = "ANSI/AAMI EC57:2012, beat by beat"


@dataclass(frozen=True, eq=False)
class BeatComparison:
    """Two annotators of one recording, compared by `compare_annotations`.

    ``print(comparison)`` gives a table for a terminal; a notebook shows it as HTML.

    Attributes
    ----------
    matrix : DataFrame of shape (7, 7)
        Beats by class of the reference (rows) and of the test (columns): N, S, V, F, Q, O, X.
        O is no beat: column O holds missed beats, row O extra ones. X is no beat in a shutdown,
        where the other annotator marks that the signal cannot be read.
    pairs : DataFrame
        Every beat outside the diagonal of the matrix, in order: its class in reference and test,
        reference_sample and test_sample (missing where there is no beat), reference_symbol and
        test_symbol ("" likewise), and time in seconds, that of the reference where it has one.
    statistics : DataFrame
        Sensitivity (Se) and positive predictivity (+P) of QRS, VEB and SVEB, and the VEB
        false positive rate (FPR), as fractions, with numerator and denominator. NaN is 0/0.
        "SVEB +P (sumstats)" is the other count of false SVEBs in use; see Notes of
        `compare_annotations`.
    rr_error : float
        Root mean square of the differences of RR intervals, in ms; NaN without intervals.
    n_intervals : int
        Number of intervals of ``rr_error``.
    shutdown : float
        Time in shutdowns of the test up to the end of the test period, in s. As in bxb, the
        five minutes before it are included.
    name : str or None
        Name of the recording.
    fs : float
        Sampling frequency in Hz.
    period : tuple of int
        First and last sample of the test period.
    window : int
        Largest distance of matching beats, in samples.
    standard : bool
        True if test period and window are those of EC57.

    See Also
    --------
    compare_annotations : Make one.
    compare_records : Compare many recordings.
    """

    matrix: pd.DataFrame
    pairs: pd.DataFrame
    statistics: pd.DataFrame
    rr_error: float
    n_intervals: int
    shutdown: float
    name: str | None
    fs: float
    period: tuple[int, int]
    window: int
    standard: bool

    def to_dict(self, *, pairs: bool = True) -> dict[str, Any]:
        """Return the comparison as JSON-able data, schema 1.

        Parameters
        ----------
        pairs : bool, default=True
            True includes every mismatch.

        Returns
        -------
        dict
            Statistics are fractions with numerator and denominator; 0/0 is None.

        Examples
        --------
        >>> from skecg import compare_annotations
        >>> beats = [400, 800, 1200], ["N", "V", "N"]
        >>> data = compare_annotations(beats, beats, fs=360, start=0).to_dict()
        >>> data["statistics"]["veb_se"]
        {'value': 1.0, 'numerator': 1, 'denominator': 1}
        """
        data: dict[str, Any] = {
            "schema": 1,
            "method": METHOD,
            "standard": self.standard,
            "record": self.name,
            "fs": self.fs,
            "period_s": [sample / self.fs for sample in self.period],
            "window_samples": self.window,
            **counts_to_dict(self.matrix, self.statistics),
            "rr_error_ms": json_float(self.rr_error),
            "rr_intervals": self.n_intervals,
            "shutdown_s": self.shutdown,
            "versions": own_versions(),
        }
        if pairs:
            data["pairs"] = [
                {key: None if value is pd.NA else value for key, value in row.items()}
                for row in self.pairs.to_dict(orient="records")
            ]
        return data

    def __str__(self) -> str:
        return "\n".join(
            map(
                printable, [*self._heading(), "", *matrix_lines(self.matrix), "", *self._footing()]
            )
        )

    def __repr__(self) -> str:
        value = self.statistics["value"]
        shares = ", ".join(f"{name} {share(value[name])}" for name in ("QRS Se", "QRS +P"))
        return (
            f"<BeatComparison{f' {self.name!r}' if self.name else ''}: "
            f"{count(reference_beats(self.matrix), 'reference beat')}, {shares}, "
            f"{count(len(self.pairs), 'mismatch', 'mismatches')}>"
        )

    def _repr_html_(self) -> str:
        first, *rest = self._heading()
        values = self.statistics["value"]
        shares = pd.DataFrame(
            {
                "percent": [share(value, str(name)) for name, value in values.items()],
                "beats": fractions(self.statistics),
            },
            index=self.statistics.index,
        )
        notes = (self._rr_line(), self._mismatch_line(), " ".join(LEGEND), *SUMSTATS_NOTE)
        return (
            f"<div><p><strong>{html_lines([first])}</strong><br>{html_lines(rest)}</p>"
            f"{self.matrix.to_html(border=0)}{shares.to_html(border=0)}"
            f"<p>{html_lines(notes)}</p></div>"
        )

    def _heading(self) -> list[str]:
        """Write the lines above the matrix: record and test period."""
        of_name = f" of record {self.name}" if self.name else ""
        first, last = (sample / self.fs for sample in self.period)
        lines = [
            f"EC57 beat-by-beat comparison{of_name}",
            f"{first:.1f} to {last:.1f} s at {self.fs:g} Hz; beats match within {self.window} "
            f"samples ({1000 * self.window / self.fs:.0f} ms)",
        ]
        return lines if self.standard else [*lines, NOT_STANDARD]

    def _footing(self) -> list[str]:
        """Write the lines below the matrix: shares, intervals, mismatches."""
        return [
            *statistics_lines(self.statistics),
            "",
            self._rr_line(),
            self._mismatch_line(),
            *LEGEND,
            *SUMSTATS_NOTE,
        ]

    def _rr_line(self) -> str:
        """Write the error of the intervals, and the shutdown time."""
        unit = "" if self.n_intervals == 0 else " ms"
        return (
            f"RMS error of {count(self.n_intervals, 'RR interval')}: "
            f"{milliseconds(self.rr_error)}{unit}; shutdown of the test: {self.shutdown:.0f} s"
        )

    def _mismatch_line(self) -> str:
        """Count the mismatches by kind."""
        extra = self.pairs["reference"].isin(["O", "X"])
        missed = self.pairs["test"].isin(["O", "X"])
        kinds = {
            "missed": int(missed.sum()),
            "extra": int(extra.sum()),
            "of another class": int((~missed & ~extra).sum()),
        }
        total = count(len(self.pairs), "mismatch", "mismatches")
        return f"{total}: {', '.join(f'{n:,} {kind}' for kind, n in kinds.items())}"
