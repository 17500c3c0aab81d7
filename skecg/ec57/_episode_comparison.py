"""The comparison of the episodes of two annotators of one recording."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..utils import align, count, json_float, own_versions, printable
from ._clock import clock, to_milliseconds, whole_percent
from ._text import html_lines, period_text, share

__all__ = ["KINDS", "EpisodeComparison"]

METHOD = "ANSI/AAMI EC57:2012, episode by episode"
NOT_STANDARD = "NOT STANDARD: EC57 requires start=300, stop=None and no minimum duration"

#: Names of the kinds of episodes.
KINDS = {
    "AF": "atrial fibrillation",
    "VF": "ventricular flutter or fibrillation",
    "ST": "ischemic ST, both signals",
    "ST0": "ischemic ST, signal 0",
    "ST1": "ischemic ST, signal 1",
}
_KEYS = {
    "episode Se": "episode_se",
    "episode +P": "episode_ppv",
    "duration Se": "duration_se",
    "duration +P": "duration_ppv",
}


@dataclass(frozen=True, eq=False)
class EpisodeComparison:
    """The episodes of two annotators of one recording, compared by `compare_episodes`.

    ``print(comparison)`` gives a table for a terminal; a notebook shows it as HTML.

    Attributes
    ----------
    kind : {"AF", "VF", "ST", "ST0", "ST1"}
        Kind of the episodes.
    statistics : DataFrame
        Sensitivity (Se) and positive predictivity (+P) of episodes and of durations, as
        fractions, with numerator, denominator and their unit, episodes or samples. NaN is 0/0.
    episodes : DataFrame
        Every counted episode: its annotator ("reference" or "test"), start, end, duration and
        overlap with the other annotator in seconds, and whether it is matched. Episodes are cut
        to the test period.
    overlaps : DataFrame
        Every overlap of an episode of the reference with one of the test: start and end of
        both, and the overlap, in seconds.
    measurements : DataFrame
        One row for each extremum mark of the reference: its time in seconds, the signal, the
        ST deviation of reference and test in the unit of the marks (microvolts), and whether
        their difference is flagged. Empty for AF and VF.
    name : str or None
        Name of the recording.
    fs : float
        Sampling frequency in Hz.
    period : tuple of (int, int or None)
        First and last sample of the test period; None is the end of the annotations.
    min_duration, min_overlap_duration : float
        Minimum durations in seconds.
    exclude_flutter : bool
        True if the reference's atrial flutter is excluded.
    reference_faults : bool
        True if the faults of the reference program are reproduced.
    standard : bool
        True if the test period is that of EC57 and there is no minimum duration.

    See Also
    --------
    compare_episodes : Make one.
    summarize : Sum up many recordings.
    """

    kind: str
    statistics: pd.DataFrame
    episodes: pd.DataFrame
    overlaps: pd.DataFrame
    measurements: pd.DataFrame
    name: str | None
    fs: float
    period: tuple[int, int | None]
    min_duration: float
    min_overlap_duration: float
    exclude_flutter: bool
    reference_faults: bool
    standard: bool

    def to_line(self) -> dict[str, Any]:
        """Return the columns of the line format of epicmp.

        Returns
        -------
        dict
            Counts, statistics in whole percent (None is 0/0), and durations as text.

        Examples
        --------
        >>> from skecg.ec57 import compare_episodes
        >>> vf = [160000, 170000], ["[", "]"]
        >>> compare_episodes(vf, vf, kind="VF", fs=360, n_samples=200000).to_line()["ref_duration"]
        '0:27.778'
        """
        rows = self.statistics[["numerator", "denominator"]].to_numpy().tolist()
        (tps, n_reference), (tpp, n_test), (_, reference), (_, test) = rows
        percents = [whole_percent(*row) for row in rows]
        return {
            "TPs": tps,
            "FN": n_reference - tps,
            "TPp": tpp,
            "FP": n_test - tpp,
            **dict(zip(("ESe", "E+P", "DSe", "D+P"), percents, strict=True)),
            "ref_duration": clock(to_milliseconds(reference, self.fs)),
            "test_duration": clock(to_milliseconds(test, self.fs)),
        }

    def to_dict(self, *, episodes: bool = True) -> dict[str, Any]:
        """Return the comparison as JSON-able data, schema 1.

        Parameters
        ----------
        episodes : bool, default=True
            True includes every episode, overlap and measurement.

        Returns
        -------
        dict
            Statistics are fractions with numerator and denominator, in episodes or seconds; 0/0
            is None.
        """
        first, last = self.period
        data: dict[str, Any] = {
            "schema": 1,
            "method": METHOD,
            "standard": self.standard,
            "reference_faults": self.reference_faults,
            "record": self.name,
            "kind": self.kind,
            "fs": self.fs,
            "period_s": [first / self.fs, None if last is None else last / self.fs],
            "min_duration_s": self.min_duration,
            "min_overlap_duration_s": self.min_overlap_duration,
            "exclude_flutter": self.exclude_flutter,
            "statistics": {},
            "versions": own_versions(),
        }
        for key, row in zip(_KEYS.values(), self.statistics.itertuples(index=False), strict=True):
            value, numerator, denominator, unit = row
            per = 1 if unit == "episodes" else self.fs
            data["statistics"][key] = {
                "value": json_float(float(value)),
                "numerator": numerator if per == 1 else numerator / per,
                "denominator": denominator if per == 1 else denominator / per,
            }
        if episodes:
            for name in ("episodes", "overlaps", "measurements"):
                data[name] = getattr(self, name).to_dict(orient="records")
        return data

    def __str__(self) -> str:
        lines = [*self._heading(), "", *self._statistics_lines()]
        if self.kind.startswith("ST"):
            n_flagged = int(self.measurements["flagged"].sum())
            lines += [
                "",
                f"{count(len(self.measurements), 'ST measurement')}, {n_flagged:,} of them differ "
                "by more than 100",
            ]
        return "\n".join(map(printable, lines))

    def __repr__(self) -> str:
        value = self.statistics["value"]
        shares = ", ".join(f"{name} {share(value[name])}" for name in _KEYS)
        return (
            f"<EpisodeComparison{f' {self.name!r}' if self.name else ''} of {self.kind}: {shares}>"
        )

    def _repr_html_(self) -> str:
        first, *rest = self._heading()
        return (
            f"<div><p><strong>{html_lines([first])}</strong><br>{html_lines(rest)}</p>"
            f"{self._printed().to_html(border=0)}</div>"
        )

    def _heading(self) -> list[str]:
        """Write the lines above the statistics: record, kind and test period."""
        of_name = f" of record {self.name}" if self.name else ""
        lines = [
            f"EC57 episode-by-episode comparison{of_name}: {KINDS[self.kind]}",
            period_text(self.period, self.fs),
        ]
        return lines if self.standard else [*lines, NOT_STANDARD]

    def _printed(self) -> pd.DataFrame:
        """Return the statistics as text."""
        rows = self.statistics[["value", "numerator", "denominator", "unit"]]
        fractions = [
            f"{top:,}/{bottom:,}"
            if unit == "episodes"
            else "/".join(clock(to_milliseconds(part, self.fs)) for part in (top, bottom))
            for _, top, bottom, unit in rows.itertuples(index=False)
        ]
        percents = [share(value) for value in self.statistics["value"]]
        return pd.DataFrame({"percent": percents, "fraction": fractions}, index=rows.index)

    def _statistics_lines(self) -> list[str]:
        """Write the statistics, one per line."""
        rows = [
            [str(name), percent, f"({fraction})"]
            for name, percent, fraction in self._printed().itertuples()
        ]
        return align(rows)
