"""Intervals of curves by bootstrap over subjects."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..utils import RandomState
from ._bootstrap import (
    check_resampling,
    encode_subjects,
    percentile_interval,
    resample_subjects,
)

__all__ = ["SubjectResampling"]

Floats = NDArray[np.float64]


class SubjectResampling:
    """Resample subjects with replacement, for intervals of curves.

    It is false without subjects, and with a single one, which cannot be drawn in more than one
    way: there are no intervals then.

    Parameters
    ----------
    groups : array-like of shape (n_beats,) or None
        Subject of each beat.
    confidence : float
        Level of the intervals.
    n_resamples : int
        Number of resamples.
    random_state : int, RandomState instance or None
        Seed of the resampling.
    owner : str
        Function or class that has these parameters, for errors.
    """

    def __init__(
        self,
        groups: ArrayLike | None,
        confidence: float,
        n_resamples: int,
        random_state: RandomState,
        owner: str,
    ):
        check_resampling(confidence, n_resamples, owner)
        self._subjects = None if groups is None else encode_subjects(groups, owner)
        self.confidence = confidence
        self.n_resamples = n_resamples
        self.random_state = random_state

    def __bool__(self) -> bool:
        return self.n_subjects is not None and self.n_subjects > 1

    @property
    def codes(self) -> NDArray[np.intp] | None:
        """Subject of each beat, as a number. None without subjects."""
        return None if self._subjects is None else self._subjects.codes

    @property
    def n_subjects(self) -> int | None:
        """Number of subjects. None without subjects."""
        return None if self._subjects is None else len(self._subjects.names)

    def sums(self, bins: NDArray[np.intp], n_bins: int, *values: NDArray) -> Floats:
        """Sum values of beats in the bins of each subject: (n_subjects, n_bins, n_values)."""
        if self._subjects is None:
            raise ValueError("Sums by subject need the subject of each beat. Pass 'groups'.")
        sums = [self._subjects.sums_in_bins(v, bins, n_bins) for v in values]
        return np.stack(sums, axis=-1)

    def interval(
        self, per_subject: Floats, metric: Callable[[Floats], Floats]
    ) -> tuple[Floats, Floats]:
        """Return the interval of a metric of the summed values (n_resamples, n_bins, n_values)."""
        drawn = resample_subjects(per_subject, self.n_resamples, self.random_state)
        return percentile_interval(metric(drawn), self.confidence)
