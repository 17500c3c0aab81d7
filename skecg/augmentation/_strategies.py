"""Balancing strategies: number of rows of each class, as functions of the labels."""

import numpy as np
from numpy.typing import ArrayLike

from ..utils import Label

__all__ = ["balance_majority", "double_minority"]


def double_minority(y: ArrayLike) -> dict[Label, int]:
    """Double the number of rows of every class but the most frequent one.

    A ``sampling_strategy`` for over-samplers. With `BeatAugmenter` this makes one changed copy
    of each beat of the minority classes, as the notebook that skecg replaces. It counts the
    labels that are passed to it, so it is right in every fold.

    Parameters
    ----------
    y : array-like of shape (n_beats,)
        Labels.

    Returns
    -------
    dict
        Label -> number of rows after augmentation. Of several most frequent classes the first
        in sorted order keeps its rows.

    See Also
    --------
    balance_majority : The next step of the published recipe, for an under-sampler.

    Examples
    --------
    >>> from skecg import double_minority
    >>> double_minority(["N", "N", "N", "V", "V", "S"])
    {'S': 2, 'V': 4}
    """
    counts = _rows_of_each(y)
    most = _most_frequent(counts)
    return {label: 2 * count for label, count in counts.items() if label != most}


def balance_majority(y: ArrayLike) -> dict[Label, int]:
    """Reduce the most frequent class to as many rows as all others have together.

    A ``sampling_strategy`` for under-samplers.

    Parameters
    ----------
    y : array-like of shape (n_beats,)
        Labels.

    Returns
    -------
    dict
        The most frequent label (of several the first in sorted order) -> number of rows after
        under-sampling, never more than there are. A single class keeps its rows.

    See Also
    --------
    double_minority : The previous step of the published recipe, for an over-sampler.

    Examples
    --------
    >>> from imblearn.under_sampling import RandomUnderSampler
    >>> from skecg import balance_majority
    >>> y = ["N", "N", "N", "N", "N", "V", "V", "S"]
    >>> balance_majority(y)
    {'N': 3}
    >>> X = [[i] for i in range(8)]
    >>> sampler = RandomUnderSampler(sampling_strategy=balance_majority, random_state=0)
    >>> sampler.fit_resample(X, y)[1]
    ['N', 'N', 'N', 'S', 'V', 'V']
    """
    counts = _rows_of_each(y)
    most = _most_frequent(counts)
    rest = sum(counts.values()) - counts[most]
    return {most: min(counts[most], rest) if rest else counts[most]}


def _rows_of_each(y: ArrayLike) -> dict[Label, int]:
    """Count the rows of each label, labels sorted, as Python objects."""
    given = np.asarray(y)
    if given.ndim != 1 or given.size == 0:
        raise ValueError(f"y must hold one label for each row. Got shape {given.shape} instead.")
    labels, counts = np.unique(given, return_counts=True)
    return dict(zip(labels.tolist(), counts.tolist(), strict=True))


def _most_frequent(counts: dict[Label, int]) -> Label:
    """Find the label with the most rows, the first if several have as many."""
    return max(counts, key=counts.__getitem__)
