"""Intervals by bootstrap over subjects: whole people are drawn, never single beats.

Beats of one person resemble each other, so they are no independent evidence. Everything with an
interval resamples additive counts of shape (n_subjects, ...) with the weights of this module,
by default with ``random_state=0``: one resampling for all.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array, issparse
from sklearn.utils import check_random_state

from ._counts import factorize

# both bound memory where "subjects" are many, as single beats are
DRAWS_AT_ONCE = 2**22
DENSE_CELLS = 2**24


class Subjects(NamedTuple):
    """The subject of each beat, as positions among the sorted subjects."""

    codes: np.ndarray
    names: list

    def sums(self, *values: np.ndarray) -> np.ndarray:
        """Sum values of beats over each subject: shape (n_subjects, n_values)."""
        of_subjects = [np.bincount(self.codes, v, minlength=len(self.names)) for v in values]
        return np.stack(of_subjects, axis=1)

    def sums_in_bins(self, values: np.ndarray, bins: np.ndarray, n_bins: int) -> np.ndarray:
        """Sum values of beats over the bins of each subject: shape (n_subjects, n_bins)."""
        n = len(self.names)
        sums = np.bincount(self.codes * n_bins + bins, values, minlength=n * n_bins)
        return sums.reshape(n, n_bins)

    def counts(self, codes: np.ndarray, n_codes: int) -> Any:
        """Count each code of beats in each subject: (n_subjects, n_codes), sparse if large."""
        n = len(self.names)
        if n * n_codes > DENSE_CELLS:
            ones = np.ones(len(codes))
            return csr_array((ones, (self.codes, codes)), shape=(n, n_codes))  # sums duplicates
        return np.bincount(self.codes * n_codes + codes, minlength=n * n_codes).reshape(n, n_codes)


def encode_subjects(groups: Any, owner: str) -> Subjects:
    """Return the subjects in sorted order, so that the order of beats changes no interval."""
    codes, names = factorize("groups", groups, owner, what="subject")
    try:
        order = sorted(range(len(names)), key=names.__getitem__)
    except TypeError:  # strings beside numbers
        order = sorted(range(len(names)), key=lambda i: str(names[i]))
    place = np.empty(len(names), dtype=np.intp)
    place[order] = np.arange(len(names))
    return Subjects(place[codes], [names[i] for i in order])


def check_resampling(confidence: Any, n_resamples: Any, owner: str) -> None:
    """Refuse a confidence or a number of resamples that cannot give an interval."""
    if not isinstance(confidence, (float, np.floating)) or not 0 < confidence < 1:
        raise ValueError(
            f"The 'confidence' parameter of {owner} must be a number between 0 and 1, such as "
            f"0.95. Got {confidence!r} instead."
        )
    if isinstance(n_resamples, bool) or not isinstance(n_resamples, (int, np.integer)):
        raise TypeError(
            f"The 'n_resamples' parameter of {owner} must be an integer. Got {n_resamples!r} "
            "instead."
        )
    if n_resamples < 1:
        raise ValueError(
            f"The 'n_resamples' parameter of {owner} must be at least 1. Got {n_resamples} "
            "instead; leave out 'groups' for figures without intervals."
        )


def subject_weights(n_subjects: int, n_resamples: int = 1000, random_state: Any = 0) -> np.ndarray:
    """How often each subject is drawn: int array of shape (n_resamples, n_subjects).

    >>> from skecg.metrics._bootstrap import subject_weights
    >>> subject_weights(3, 2).sum(axis=1).tolist()
    [3, 3]
    """
    return np.concatenate(list(_weights_in_parts(n_subjects, n_resamples, random_state)))


def resample(per_subject: Any, weights: np.ndarray) -> np.ndarray:
    """Sum additive counts (n_subjects, ...) over the subjects drawn: (n_resamples, ...).

    Counts of shape (n_subjects, n_counts) may be a sparse array.
    """
    weights = np.asarray(weights, dtype=np.float64)  # counts stay exact; integers lack BLAS
    if issparse(per_subject):
        return weights @ per_subject
    per_subject = np.asarray(per_subject, dtype=np.float64)
    flat = weights @ per_subject.reshape(len(per_subject), -1)
    return flat.reshape(len(weights), *per_subject.shape[1:])


def resample_subjects(
    per_subject: np.ndarray, n_resamples: int = 1000, random_state: Any = 0
) -> np.ndarray:
    """Draw subjects and sum their counts, with the same draws as `subject_weights`."""
    return resample_together([per_subject], n_resamples, random_state)[0]


def resample_together(
    per_subject: Sequence[Any], n_resamples: int = 1000, random_state: Any = 0
) -> list[np.ndarray]:
    """Sum several counts over the same draws of subjects."""
    n_subjects = per_subject[0].shape[0]
    parts = [
        [resample(counts, weights) for counts in per_subject]
        for weights in _weights_in_parts(n_subjects, n_resamples, random_state)
    ]
    return [np.concatenate(sums) for sums in zip(*parts, strict=True)]


def percentile_interval(values: Any, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Percentiles over axis 0 of the values that are not NaN; NaN where there is none.

    >>> import numpy as np
    >>> from skecg.metrics._bootstrap import percentile_interval
    >>> low, high = percentile_interval(np.arange(101.0))
    >>> round(float(low), 6), round(float(high), 6)
    (2.5, 97.5)
    """
    # np.nanquantile goes through columns one by one, and warns where all is NaN
    values = np.sort(np.asarray(values, dtype=np.float64), axis=0)  # NaN last
    n_known = (~np.isnan(values)).sum(axis=0)
    bounds = []
    for share in ((1 - confidence) / 2, (1 + confidence) / 2):
        position = share * np.maximum(n_known - 1, 0)
        below = np.floor(position).astype(np.intp)
        above = np.minimum(below + 1, np.maximum(n_known - 1, 0))
        low, high = (np.take_along_axis(values, at[np.newaxis], 0)[0] for at in (below, above))
        bounds.append(low + (position - below) * (high - low))
    return bounds[0], bounds[1]


def _weights_in_parts(n_subjects: int, n_resamples: int, random_state: Any) -> Iterator:
    """Yield the weights some resamples at a time, whose draws fit into memory."""
    rng = check_random_state(random_state)
    step = max(1, DRAWS_AT_ONCE // n_subjects)
    for start in range(0, n_resamples, step):
        n = min(step, n_resamples - start)
        drawn = rng.randint(n_subjects, size=(n, n_subjects), dtype=np.int64)
        drawn += np.arange(n)[:, np.newaxis] * n_subjects
        yield np.bincount(drawn.ravel(), minlength=n * n_subjects).reshape(n, n_subjects)
