"""Metrics of predictions as tables; `BeatReport` adds text, HTML and JSON."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..metrics._overall import OVERALL_METRICS
from ..utils import Label, number

__all__ = ["BeatMetrics"]


@dataclass(frozen=True, eq=False, repr=False)
class BeatMetrics:
    """Tables of metrics by class, over all classes and by subject; see `BeatReport`."""

    labels: tuple
    counts: pd.DataFrame
    per_class: pd.DataFrame
    overall: pd.DataFrame
    false_positives: str = "one_vs_rest"
    intervals: pd.DataFrame | None = None
    per_subject: pd.DataFrame | None = None

    def metric(self, name: str, label: Label | None = None) -> float:
        """Return one metric.

        Parameters
        ----------
        name : str
            Such as ``"Se"`` of a class, or ``"macro_f1"`` over all classes.
        label : label, default=None
            The class. None is a metric over all classes.

        Returns
        -------
        float
            The metric as a fraction, NaN for 0/0.

        Raises
        ------
        KeyError
            If there is no such metric or class.

        Examples
        --------
        >>> from skecg import beat_report
        >>> beat_report(["N", "V", "V"], ["N", "V", "N"]).metric("Se", "V")
        0.5
        """
        if label is None:
            return float(self.overall.at[name, "value"])  # type: ignore[arg-type]
        return float(self.per_class.at[label, name])  # type: ignore[arg-type]

    def interval(self, name: str, label: Label | None = None) -> tuple[float, float]:
        """Return the interval of one metric.

        Parameters
        ----------
        name : str
            Such as ``"Se"`` of a class, or ``"macro_f1"`` over all classes.
        label : label, default=None
            The class. None is a metric over all classes.

        Returns
        -------
        low, high : float
            Bounds, NaN where there is no interval.

        Raises
        ------
        KeyError
            If there is no such metric or class.

        Examples
        --------
        >>> from skecg import beat_report
        >>> report = beat_report(["N", "V"] * 4, ["N", "V"] * 4, groups=list("aabbccdd"))
        >>> report.interval("Se", "V")
        (1.0, 1.0)
        """
        if self.intervals is None:
            self.metric(name, label)  # an unknown name is an error all the same
            return np.nan, np.nan
        key: Any = ("" if label is None else label, name)
        low, high = self.intervals[["low", "high"]].loc[key]
        return float(low), float(high)

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics over all classes, in order."""
        return [name for name in OVERALL_METRICS if name in self.overall.index]

    def __repr__(self) -> str:
        return (
            f"<BeatReport: {int(self.metric('n_beats'))} beats, classes "
            f"{', '.join(map(str, self.labels))}, macro F1 {number(self.metric('macro_f1'))}>"
        )
