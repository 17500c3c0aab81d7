"""The comparison of the runs of two annotators of one recording."""

from dataclasses import dataclass
from typing import Any

from ..utils import own_versions
from ._run_matrices import RunMatrices, runs_html, runs_repr, runs_text
from ._text import NOT_STANDARD, period_text

__all__ = ["METHOD", "RunComparison"]

METHOD = "ANSI/AAMI EC57:2012, run by run"


@dataclass(frozen=True, eq=False)
class RunComparison:
    """Runs of ectopic beats of two annotators of one recording, compared by `compare_runs`.

    ``print(comparison)`` gives tables for a terminal; a notebook shows it as HTML.

    Attributes
    ----------
    ve : RunMatrices
        Runs of ventricular ectopic beats.
    sve : RunMatrices or None
        Runs of supraventricular ectopic beats. None where rxr stops after those of ventricular
        ones, see Notes of `compare_runs`.
    name : str or None
        Name of the recording.
    fs : float
        Sampling frequency in Hz.
    period : tuple of (int, int or None)
        First and last sample of the test period; None is the end of the annotations.
    window : int
        Tolerance before and after a run, in samples.
    reference_faults : bool
        True if the fault of the reference program is reproduced.
    standard : bool
        True if test period and window are those of EC57.

    See Also
    --------
    compare_runs : Make one.
    """

    ve: RunMatrices
    sve: RunMatrices | None
    name: str | None
    fs: float
    period: tuple[int, int | None]
    window: int
    reference_faults: bool
    standard: bool

    def to_dict(self, *, discrepancies: bool = True) -> dict[str, Any]:
        """Return the comparison as JSON-able data, schema 1.

        Parameters
        ----------
        discrepancies : bool, default=True
            True includes every run outside the diagonals.

        Returns
        -------
        dict
            Statistics are fractions with numerator and denominator; 0/0 and cell (0, 0) are None,
            and so is sve without a comparison.

        Examples
        --------
        >>> from skecg import compare_runs
        >>> beats = [400, 800, 1200, 1600], ["N", "V", "V", "N"]
        >>> data = compare_runs(beats, beats, fs=360, start=0).to_dict()
        >>> data["ve"]["statistics"]["couplet_se"]
        {'value': 1.0, 'numerator': 1, 'denominator': 1}
        """
        return {
            "schema": 1,
            "method": METHOD,
            "standard": self.standard,
            "record": self.name,
            "fs": self.fs,
            "period_s": [None if end is None else end / self.fs for end in self.period],
            "window_samples": self.window,
            "reference_faults": self.reference_faults,
            "ve": self.ve.to_dict(discrepancies=discrepancies),
            "sve": None if self.sve is None else self.sve.to_dict(discrepancies=discrepancies),
            "versions": own_versions(),
        }

    def __str__(self) -> str:
        return runs_text(self._heading(), self.kinds())

    def __repr__(self) -> str:
        return runs_repr(f"RunComparison{f' {self.name!r}' if self.name else ''}", self.kinds())

    def _repr_html_(self) -> str:
        return runs_html(self._heading(), self.kinds())

    def kinds(self) -> dict[str, RunMatrices]:
        """Return the matrices of the kinds of beats that were compared.

        Returns
        -------
        dict of str to RunMatrices
            By "VE" and "SVE".
        """
        return {"VE": self.ve} | ({} if self.sve is None else {"SVE": self.sve})

    def _heading(self) -> list[str]:
        """Write the lines above the matrices: record and test period."""
        of_name = f" of record {self.name}" if self.name else ""
        lines = [
            f"EC57 run-by-run comparison{of_name}",
            f"{period_text(self.period, self.fs)}; windows extend {self.window} "
            f"samples ({1000 * self.window / self.fs:.0f} ms) beyond each run",
        ]
        if self.sve is None:
            lines.append("SVE runs were not compared: an annotator has none in the test period")
        return lines if self.standard else [*lines, NOT_STANDARD]
