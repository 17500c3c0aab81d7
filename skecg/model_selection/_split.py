"""Splits by subject that keep the proportions of the classes."""

import math
import numbers
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import type_of_target

from ._assign import assign_groups, count_classes, missing_classes

if TYPE_CHECKING:
    from sklearn.utils import Bunch

__all__ = ["StratifiedGroupShuffleSplit", "train_test_subjects"]


class StratifiedGroupShuffleSplit(GroupShuffleSplit):
    """Split at random into training and test rows, by whole groups, keeping class proportions.

    Use it where `sklearn.model_selection.GroupShuffleSplit` would leave a rare class on one
    side by chance. No group is on both sides. Within that bound, each class has about its
    share of rows on either side, and a class that two or more groups have is on both sides
    wherever this can be.

    Parameters
    ----------
    n_splits : int, default=5
        Number of splits.
    test_size : float, int or None, default=None
        Share of the rows (float between 0 and 1) or number of rows (int) to be in the test
        set, met as nearly as whole groups allow. None takes what `train_size` leaves, or 0.2.
        Mind that GroupShuffleSplit counts groups here.
    train_size : float, int or None, default=None
        The same for the training set. None takes what `test_size` leaves. If both leave rows
        over, some groups are in neither set.
    random_state : int, RandomState instance or None, default=None
        Source of chance. An int gives the same splits at every call.

    Raises
    ------
    ValueError
        From ``split``: if `groups` or `y` is missing or unfit, there are fewer than two
        groups, or a size is out of range.

    See Also
    --------
    train_test_subjects : Cut beats into training, validation and test beats.
    sklearn.model_selection.StratifiedGroupKFold : Folds that do not overlap.

    Notes
    -----
    The problem is a multi-way partition, which is hard to solve exactly. For each split, 32
    greedy assignments are drawn, in the manner of StratifiedGroupKFold: groups in a random
    order, those that hold a large part of a class likely first, each to the side where it
    brings the shares of all classes and of all rows nearest to what was asked. The best of
    them is the split, so splits of a few groups may be alike.

    With metadata routing, `groups` is requested by default, as by all group splitters.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import StratifiedGroupShuffleSplit
    >>> y = np.array(["N", "N", "V", "N", "N", "N", "V", "N", "N", "N", "N", "N"])
    >>> groups = np.repeat(["a", "b", "c", "d"], 3)
    >>> cv = StratifiedGroupShuffleSplit(n_splits=1, test_size=0.5, random_state=0)
    >>> train, test = next(cv.split(y, y, groups))
    >>> sorted(y[train]) == sorted(y[test]), set(groups[train]) & set(groups[test])
    (True, set())
    """

    def __init__(
        self,
        n_splits: int = 5,
        *,
        test_size: float | int | None = None,
        train_size: float | int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(
            n_splits=n_splits,
            test_size=test_size,
            train_size=train_size,
            random_state=random_state,
        )

    def split(
        self, X: Any, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Generate indices of training and test rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows; only their number matters.
        y : array-like of shape (n_samples,)
            Class of each row.
        groups : array-like of shape (n_samples,)
            Group of each row, such as the subject of each beat.

        Yields
        ------
        train : ndarray
            Indices of the training rows, ascending.
        test : ndarray
            Indices of the test rows, ascending.
        """
        return super().split(X, y, groups)

    def _iter_indices(self, X, y=None, groups=None):
        counts, group = _group_counts(y, groups)
        if len(counts) < 2:
            raise ValueError(
                f"{type(self).__name__} needs at least 2 groups, one for each side. "
                f"Got {len(counts)}."
            )
        train_share, test_share = _check_sizes(self.test_size, self.train_size, group.size)
        unused = 1 - train_share - test_share
        shares = np.array([train_share, test_share] + [unused] * (unused > 1e-9))
        rng = check_random_state(self.random_state)
        for _ in range(self.n_splits):
            side = assign_groups(counts, shares, rng, n_needed=2)[group]
            yield np.flatnonzero(side == 0), np.flatnonzero(side == 1)


def train_test_subjects(
    beats: "Bunch",
    *,
    test_size: float = 0.3,
    val_size: float = 0.0,
    random_state: int | np.random.RandomState | None = None,
) -> "tuple[Bunch, ...]":
    """Cut beats into training and test beats, or with validation beats between, by subject.

    No subject is on two sides, since beats of one person resemble each other more than those
    of two, and a classifier that has seen a person's beats is no stranger to the rest. The
    sides have the asked shares of the beats of each class, as nearly as whole subjects allow.

    Parameters
    ----------
    beats : Bunch
        Beats as `load_beats` returns them, with the keys ``target`` and ``groups``.
    test_size : float, default=0.3
        Share of the beats to test with, between 0 and 1.
    val_size : float, default=0.0
        Share of the beats to validate with while training, in the whole, at least 0. With 0
        there is no validation side.
    random_state : int, RandomState instance or None, default=None
        Source of chance. An int gives the same sides at every call.

    Returns
    -------
    tuple of Bunch
        ``(train, test)``, or ``(train, val, test)`` with a `val_size` above 0. The beats of
        each keep their order.

    Raises
    ------
    ValueError
        If a share is out of range or there are fewer subjects than sides.

    Warns
    -----
    UserWarning
        If a class is not on all sides, which is so at least for each class that fewer subjects
        have than there are sides.

    See Also
    --------
    StratifiedGroupShuffleSplit : The same as a splitter, for cross-validation.

    Notes
    -----
    With two sides, this is the first split of StratifiedGroupShuffleSplit with the same
    `test_size` and `random_state`.

    Examples
    --------
    >>> from skecg import load_simulated, train_test_subjects
    >>> beats = load_simulated(6, duration=60.0, random_state=0)
    >>> train, test = train_test_subjects(beats, random_state=0)
    >>> set(train.groups) & set(test.groups)
    set()
    >>> len(train.target) + len(test.target) == len(beats.target)
    True
    """
    from ..beats import take_beats

    test_size = _check_share("test_size", test_size, lowest_ok=False)
    val_size = _check_share("val_size", val_size, lowest_ok=True)
    if test_size + val_size >= 1:
        raise ValueError(
            "The 'test_size' and 'val_size' parameters of train_test_subjects must leave beats "
            f"to train with. Got {test_size:g} + {val_size:g}, which is not below 1."
        )
    names = ["train", "val", "test"] if val_size else ["train", "test"]
    shares = np.array([1 - test_size - val_size] + [val_size] * (val_size > 0) + [test_size])
    counts, group = _group_counts(beats.target, beats.groups)
    if len(counts) < len(names):
        raise ValueError(
            f"train_test_subjects needs at least {len(names)} subjects to have one on each side "
            f"({', '.join(names)}). Got {len(counts)}. Load recordings of more subjects"
            f"{', or leave val_size at 0' if val_size and len(counts) == 2 else ''}."
        )
    side = assign_groups(counts, shares, check_random_state(random_state))
    _warn_of_missing(beats.target, counts, side, names)
    return tuple(take_beats(beats, np.flatnonzero(side[group] == i)) for i in range(len(names)))


def _group_counts(y: Any, groups: Any) -> tuple[np.ndarray, np.ndarray]:
    """Rows of each group and class, groups and classes sorted, and the group of each row."""
    if groups is None:
        raise ValueError("The 'groups' parameter should not be None.")
    if y is None:
        raise ValueError("The 'y' parameter should not be None: classes are to be stratified.")
    group, names = _codes(groups, "groups")
    label, classes = _codes(y, "y")
    kind = type_of_target(classes) if len(classes) else "multiclass"
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"Supported target types are: ('binary', 'multiclass'). Got {kind!r} instead."
        )
    return count_classes(group, len(names), label, len(classes)), group


def _codes(values: Any, parameter: str) -> tuple[np.ndarray, np.ndarray]:
    """Codes 0, 1, 2, ... of values in sorted order, and the values that they stand for."""
    values = column_or_1d(values)
    codes, uniques = pd.factorize(values, sort=True)
    if codes.size and codes.min() < 0:
        raise ValueError(f"The '{parameter}' parameter contains missing values.")
    return codes, np.asarray(uniques)


def _check_sizes(test_size: Any, train_size: Any, n_rows: int) -> tuple[float, float]:
    """Shares of the training and the test side, in scikit-learn's reading of the sizes."""
    shares = {}
    for parameter, value in (("test_size", test_size), ("train_size", train_size)):
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise ValueError(f"Invalid value for {parameter}: {value!r}")
        whole = isinstance(value, numbers.Integral)
        if not 0 < value < (n_rows if whole else 1):
            raise ValueError(
                f"{parameter}={value} should be either positive and smaller than the number of "
                f"samples {n_rows} or a float in the (0, 1) range"
            )
        shares[parameter] = value / n_rows if whole else float(value)
    if not shares:
        shares["test_size"] = 0.2
    test = shares.get("test_size", 1 - shares.get("train_size", 0.0))
    train = shares.get("train_size", 1 - test)
    if train + test > 1 + 1e-9:
        raise ValueError(
            f"The sum of test_size and train_size = {train + test:g} of the samples should not "
            "be above 1. Reduce test_size and/or train_size."
        )
    return train, test


def _check_share(parameter: str, value: Any, *, lowest_ok: bool) -> float:
    """Refuse what is no share of the beats."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    low_enough = number and math.isfinite(value) and value < 1
    if not (low_enough and (value > 0 or (lowest_ok and value == 0))):
        limits = "at least 0 and below 1" if lowest_ok else "between 0 and 1"
        raise ValueError(
            f"The '{parameter}' parameter of train_test_subjects must be a number {limits}, a "
            f"share of the beats. Got {value!r} instead."
        )
    return float(value)


def _warn_of_missing(target: Any, counts: np.ndarray, side: np.ndarray, names: list[str]) -> None:
    """Name each class that is not on all sides, and how many subjects have it."""
    classes = _codes(target, "target")[1]
    lines = []
    for i in np.flatnonzero(missing_classes(counts, side, len(names))):
        on = np.unique(side[counts[:, i] > 0])
        off = [name for j, name in enumerate(names) if j not in on]
        n_subjects = int((counts[:, i] > 0).sum())
        subjects = (
            f"{n_subjects} subject has" if n_subjects == 1 else f"{n_subjects} subjects have"
        )
        lines.append(f"'{classes[i]}' is not in {' and '.join(off)} ({subjects} it)")
    if lines:
        warnings.warn(
            f"Not every class is on all sides of the split: {'; '.join(lines)}. What is not "
            "trained cannot be found, and what is not tested is not known; load recordings of "
            "more subjects, or take other classes.",
            UserWarning,
            stacklevel=3,
        )
