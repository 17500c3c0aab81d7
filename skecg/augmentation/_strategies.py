"""How many rows of each class: functions of the labels, for ``sampling_strategy``."""

from collections.abc import Hashable

import numpy as np
from numpy.typing import ArrayLike


def double_minority(y: ArrayLike) -> dict[Hashable, int]:
    """Ask an over-sampler for twice the rows of every class but the most frequent one.

    With `BeatAugmenter` this makes one changed copy of each rare beat, as the notebook does
    that skecg replaces. It counts the labels that it gets, so it holds in every fold.

    Parameters
    ----------
    y : array-like of shape (n_beats,)
        Labels.

    Returns
    -------
    dict
        Label -> number of rows after resampling. Of several most frequent classes the first
        in sorted order is left as it is.

    See Also
    --------
    balance_majority : The other half of the recipe, for an under-sampler.

    Examples
    --------
    >>> from skecg import double_minority
    >>> double_minority(["N", "N", "N", "V", "V", "S"])
    {'S': 2, 'V': 4}
    """
    counts = _count(y)
    most = _most_frequent(counts)
    return {label: 2 * count for label, count in counts.items() if label != most}


def balance_majority(y: ArrayLike) -> dict[Hashable, int]:
    """Ask an under-sampler for as many rows of the most frequent class as all others have.

    Parameters
    ----------
    y : array-like of shape (n_beats,)
        Labels.

    Returns
    -------
    dict
        The most frequent label (of several the first in sorted order) -> number of rows after
        resampling, never more than there are. A single class keeps its rows.

    See Also
    --------
    double_minority : The other half of the recipe, for an over-sampler.

    Examples
    --------
    >>> from imblearn.under_sampling import RandomUnderSampler
    >>> from skecg import balance_majority
    >>> y = ["N", "N", "N", "N", "N", "V", "V", "S"]
    >>> balance_majority(y)
    {'N': 3}
    >>> X = [[i] for i in range(8)]
    >>> RandomUnderSampler(sampling_strategy=balance_majority, random_state=0).fit_resample(X, y)[1]
    ['N', 'N', 'N', 'S', 'V', 'V']
    """
    counts = _count(y)
    most = _most_frequent(counts)
    rest = sum(counts.values()) - counts[most]
    return {most: min(counts[most], rest) if rest else counts[most]}


def _count(y: ArrayLike) -> dict[Hashable, int]:
    """Count the rows of each label, labels sorted, as Python objects."""
    y = np.asarray(y)
    if y.ndim != 1 or y.size == 0:
        raise ValueError(f"y must hold one label for each row. Got shape {y.shape} instead.")
    labels, counts = np.unique(y, return_counts=True)
    return dict(zip(labels.tolist(), counts.tolist(), strict=True))


def _most_frequent(counts: dict[Hashable, int]) -> Hashable:
    """Find the label of most rows, the first if several have as many."""
    return max(counts, key=counts.__getitem__)
