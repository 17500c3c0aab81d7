"""Intervals by bootstrap over subjects: whole people are drawn, never single beats.

Beats of one person resemble each other, so they are not independent. Everything with an interval
resamples additive counts of shape (n_subjects, ...) with the draws of this module, by default with
``random_state=0``: one resampling for all.

    subject   counts (TP, FN)      draw a, c, c        sum
    a         3 1                  x 1                 3 1
    b         0 2                  x 0
    c         5 0                  x 2                 10 0      -> 13 1, Se of this resample 13/14
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, issparse
from sklearn.utils import check_random_state

from ..utils import RandomState, Rule, check_value, is_int, is_number
from ._counts import factorize

# both bound memory if "subjects" are many, as single beats are
DRAWS_AT_ONCE = 2**22
DENSE_CELLS = 2**24

Floats = NDArray[np.float64]

_CONFIDENCE = Rule(lambda v: is_number(v) and 0 < v < 1, "a number between 0 and 1, such as 0.95")
_RESAMPLES = Rule(
    lambda v: is_int(v) and v > 0,
    "an integer of at least 1 (for metrics without intervals pass no 'groups')",
    type_valid=is_int,
)


class Subjects(NamedTuple):
    """The subject of each beat, as positions among the sorted subjects."""

    codes: NDArray[np.intp]
    names: list[Any]

    def sums(self, *values: NDArray[Any]) -> Floats:
        """Sum values of beats over each subject: shape (n_subjects, n_values)."""
        of_subjects = [np.bincount(self.codes, v, minlength=len(self.names)) for v in values]
        return np.stack(of_subjects, axis=1)

    def sums_in_bins(self, values: Floats, bins: NDArray[np.intp], n_bins: int) -> NDArray[Any]:
        """Sum values of beats over the bins of each subject: shape (n_subjects, n_bins)."""
        n = len(self.names)
        sums = np.bincount(self.codes * n_bins + bins, values, minlength=n * n_bins)
        return sums.reshape(n, n_bins)

    def counts(self, codes: NDArray[np.intp], n_codes: int) -> Any:
        """Count each code of beats in each subject: (n_subjects, n_codes), sparse if large."""
        n = len(self.names)
        if n * n_codes > DENSE_CELLS:
            ones = np.ones(len(codes))
            return csr_array((ones, (self.codes, codes)), shape=(n, n_codes))  # sums duplicates
        return np.bincount(self.codes * n_codes + codes, minlength=n * n_codes).reshape(n, n_codes)


def encode_subjects(groups: ArrayLike, owner: str) -> Subjects:
    """Return the subjects in sorted order, so that intervals do not depend on that of beats."""
    codes, names = factorize("groups", groups, owner, noun="subject")
    try:
        order = sorted(range(len(names)), key=names.__getitem__)
    except TypeError:  # strings and numbers
        order = sorted(range(len(names)), key=lambda i: str(names[i]))
    place = np.empty(len(names), dtype=np.intp)
    place[order] = np.arange(len(names))
    return Subjects(place[codes], [names[i] for i in order])


def check_resampling(confidence: object, n_resamples: object, owner: str) -> None:
    """Raise unless a confidence and a number of resamples can give an interval."""
    check_value(confidence, _CONFIDENCE, "confidence", owner)
    check_value(n_resamples, _RESAMPLES, "n_resamples", owner)


def resample(per_subject: Any, weights: NDArray[Any]) -> Floats:
    """Sum additive counts (n_subjects, ...) over the subjects drawn: (n_resamples, ...).

    `weights` has shape (n_resamples, n_subjects): how often each subject is drawn. Counts of shape
    (n_subjects, n_counts) may be a sparse array.
    """
    weights = np.asarray(weights, dtype=np.float64)  # counts stay exact; integers lack BLAS
    if issparse(per_subject):
        return weights @ per_subject
    per_subject = np.asarray(per_subject, dtype=np.float64)
    flat = weights @ per_subject.reshape(len(per_subject), -1)
    return flat.reshape(len(weights), *per_subject.shape[1:])


def resample_subjects(
    per_subject: ArrayLike, n_resamples: int = 1000, random_state: RandomState = 0
) -> Floats:
    """Draw subjects and sum their counts (n_subjects, ...): (n_resamples, ...).

    >>> import numpy as np
    >>> from skecg.metrics._bootstrap import resample_subjects
    >>> resample_subjects(np.ones(3), n_resamples=2).tolist()
    [3.0, 3.0]
    """
    return resample_together([per_subject], n_resamples, random_state)[0]


def resample_together(
    per_subject: Sequence[Any], n_resamples: int = 1000, random_state: RandomState = 0
) -> list[Floats]:
    """Sum several counts over the same draws of subjects."""
    n_subjects = per_subject[0].shape[0]
    parts = [
        [resample(counts, weights) for counts in per_subject]
        for weights in _weights_in_parts(n_subjects, n_resamples, random_state)
    ]
    return [np.concatenate(sums) for sums in zip(*parts, strict=True)]


def percentile_interval(values: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Compute percentiles over axis 0 of the values that are not NaN; NaN if all are.

    >>> import numpy as np
    >>> from skecg.metrics._bootstrap import percentile_interval
    >>> low, high = percentile_interval(np.arange(101.0))
    >>> round(float(low), 6), round(float(high), 6)
    (2.5, 97.5)
    """
    # np.nanquantile goes through columns one by one, and warns where all is NaN
    values = np.sort(np.asarray(values, dtype=np.float64), axis=0)  # NaN last
    n_known = (~np.isnan(values)).sum(axis=0)
    # of each column, between the two known values around a share of their number:
    #
    #   v0  v1  v2  v3  NaN  NaN      n_known 4, share 0.1: position 0.3, between v0 and v1
    bounds = []
    for share in ((1 - confidence) / 2, (1 + confidence) / 2):
        position = share * np.maximum(n_known - 1, 0)
        below = np.floor(position).astype(np.intp)
        above = np.minimum(below + 1, np.maximum(n_known - 1, 0))
        low, high = (np.take_along_axis(values, at[np.newaxis], 0)[0] for at in (below, above))
        bounds.append(low + (position - below) * (high - low))
    return bounds[0], bounds[1]


def _weights_in_parts(
    n_subjects: int, n_resamples: int, random_state: RandomState
) -> Iterator[NDArray[np.intp]]:
    """Yield how often each subject is drawn, as many resamples at a time as fit into memory."""
    rng = check_random_state(random_state)
    step = max(1, DRAWS_AT_ONCE // n_subjects)
    for start in range(0, n_resamples, step):
        n = min(step, n_resamples - start)
        # (n, n_subjects) subjects drawn, counted in one go: resample i has the cells from
        # i * n_subjects on
        drawn = rng.randint(n_subjects, size=(n, n_subjects), dtype=np.int64)
        drawn += np.arange(n)[:, np.newaxis] * n_subjects
        yield np.bincount(drawn.ravel(), minlength=n * n_subjects).reshape(n, n_subjects)
