"""Intervals of curves by bootstrap over subjects."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..metrics._bootstrap import (
    Subjects,
    check_resampling,
    encode_subjects,
    percentile_interval,
    resample_subjects,
)


class Resampling:
    """Subjects drawn again and again, or none where no subjects are given.

    A single subject cannot be drawn in more than one way: it gives no interval either.
    """

    def __init__(
        self, groups: Any, confidence: float, n_resamples: int, random_state: Any, owner: str
    ):
        check_resampling(confidence, n_resamples, owner)
        self.subjects: Subjects | None = None if groups is None else encode_subjects(groups, owner)
        self.confidence = confidence
        self.n_resamples = n_resamples
        self.random_state = random_state

    def __bool__(self) -> bool:
        return self.subjects is not None and len(self.subjects.names) > 1

    @property
    def words(self) -> str | None:
        """What a legend says of the intervals."""
        if self.subjects is None:
            return None
        if not self:
            return "no interval: one subject"
        n_subjects = len(self.subjects.names)
        return f"{100 * self.confidence:g} % interval over {n_subjects:,} subjects"

    def sums(self, bins: np.ndarray, n_bins: int, *values: np.ndarray) -> np.ndarray:
        """Sum values of beats over each bin of each subject: (n_subjects, n_bins, n_values)."""
        n_subjects = len(self.subjects.names)
        cells = self.subjects.codes * n_bins + bins
        of_cells = [np.bincount(cells, v, minlength=n_subjects * n_bins) for v in values]
        return np.stack(of_cells, axis=1).reshape(n_subjects, n_bins, len(values))

    def interval(
        self, per_subject: np.ndarray, figure: Callable[[np.ndarray], np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Interval of a figure of the summed values (n_resamples, n_bins, n_values)."""
        drawn = resample_subjects(per_subject, self.n_resamples, self.random_state)
        return percentile_interval(figure(drawn), self.confidence)
