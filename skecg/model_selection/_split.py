"""Split beats by subject, keeping the proportions of the classes."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import GroupShuffleSplit
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import type_of_target

from ..beats import Beats, take_beats
from ..beats._checks import check_beats
from ..utils import RandomState, Rule, check_value, count, is_int, is_number, warn
from ._assign import Ints, assign_groups, count_classes, missing_classes

__all__ = ["StratifiedGroupShuffleSplit", "train_test_subjects"]

_SHARE = Rule(lambda v: is_number(v) and 0 <= v < 1, "a share of the beats, a number in [0, 1)")


class StratifiedGroupShuffleSplit(GroupShuffleSplit):
    """Split at random into training and test rows, by whole groups, keeping class proportions.

    Use it where `sklearn.model_selection.GroupShuffleSplit` may put all groups with a rare class
    into one split. No group is in both training and test. Within that bound, each class has about
    its share of rows in each, and a class of two or more groups is in both wherever possible.

    Parameters
    ----------
    n_splits : int, default=5
        Number of splits.
    test_size : float, int or None, default=None
        Share of the rows (float between 0 and 1) or number of rows (int) in the test set, met as
        nearly as whole groups allow. None is the rest after `train_size`, or 0.2. Mind that
        GroupShuffleSplit counts groups here.
    train_size : float, int or None, default=None
        The same for the training set. None is the rest after `test_size`. If the sum of both is
        less than all rows, some groups are in neither set.
    random_state : int, RandomState instance or None, default=None
        Source of randomness. An int gives the same splits at every call.

    Raises
    ------
    ValueError
        From ``split``: if `groups` or `y` is missing or not valid, there are fewer than two
        groups, or a size is out of range.

    See Also
    --------
    train_test_subjects : Split beats into training, validation and test beats.
    sklearn.model_selection.StratifiedGroupKFold : Folds that do not overlap.

    Notes
    -----
    The problem is a multi-way partition, which is hard to solve exactly. For each split, 32
    greedy assignments are drawn, similar to those of StratifiedGroupKFold: groups in a random
    order that tends to have those with a large part of a class first, each to the set where it
    brings the shares of all classes and of all rows nearest to the requested ones. The best of
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
        random_state: RandomState = None,
    ) -> None:
        super().__init__(
            n_splits=n_splits,
            test_size=test_size,
            train_size=train_size,
            random_state=random_state,
        )

    def split(
        self, X: ArrayLike, y: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[Ints, Ints]]:
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

    def _iter_indices(
        self, X: ArrayLike, y: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[Ints, Ints]]:
        counts, group = _group_counts(y, groups)
        if len(counts) < 2:
            raise ValueError(
                f"{type(self).__name__} needs at least 2 groups, one for training and one for "
                f"test. Got {len(counts)}."
            )
        train_share, test_share = _check_sizes(self.test_size, self.train_size, group.size)
        unused = 1 - train_share - test_share
        shares = np.array([train_share, test_share] + [unused] * (unused > 1e-9))
        rng = check_random_state(self.random_state)
        for _ in range(self.n_splits):
            split = assign_groups(counts, shares, rng, n_needed=2)[group]
            yield np.flatnonzero(split == 0), np.flatnonzero(split == 1)


def train_test_subjects(
    beats: Beats,
    *,
    test_size: float = 0.3,
    val_size: float = 0.0,
    random_state: RandomState = None,
) -> tuple[Beats, ...]:
    """Split beats into training, validation and test beats, by subject.

    No subject is in two splits: beats of one person resemble each other more than those of
    different people, so results on subjects that were trained on do not hold for new ones. Each
    split has the requested share of the beats of each class, as nearly as whole subjects allow.

    Parameters
    ----------
    beats : Beats
        Beats as `load_beats` returns them.
    test_size : float, default=0.3
        Share of the beats to test with, in [0, 1). With 0 there is no test split, as where the
        test records are given.
    val_size : float, default=0.0
        Share of all beats to validate with while training, in [0, 1). With 0 there is no
        validation split.
    random_state : int, RandomState instance or None, default=None
        Source of randomness. An int gives the same splits at every call.

    Returns
    -------
    tuple of Beats
        ``(train, test)``; ``(train, val, test)`` with a `val_size` above 0; ``(train, val)`` with
        a `test_size` of 0. The beats of each keep their order.

    Raises
    ------
    ValueError
        If a share is out of range, both are 0 or no beats are left to train with, or there are
        fewer subjects than splits.
    TypeError
        If `beats` is not Beats.

    Warns
    -----
    UserWarning
        If a class is missing from a split, as any class of fewer subjects than there are splits.

    See Also
    --------
    StratifiedGroupShuffleSplit : The same as a splitter, for cross-validation.
    published_split : Splits that papers use.

    Notes
    -----
    The split into two is the first split of StratifiedGroupShuffleSplit with the same `test_size`
    and `random_state`.

    Examples
    --------
    >>> from skecg import load_simulated, train_test_subjects
    >>> beats = load_simulated(6, duration=60.0, random_state=0)
    >>> train, test = train_test_subjects(beats, random_state=0)
    >>> set(train.groups) & set(test.groups)
    set()
    >>> len(train) + len(test) == len(beats)
    True
    """
    owner = "train_test_subjects"
    check_beats(beats, "beats", owner, keys=("target", "groups"), columns=())
    check_value(test_size, _SHARE, "test_size", owner)
    check_value(val_size, _SHARE, "val_size", owner)
    sizes = {"train": 1 - test_size - val_size, "validation": val_size, "test": test_size}
    if test_size + val_size >= 1:
        raise ValueError(
            f"The 'test_size' and 'val_size' parameters of {owner} must leave beats to train "
            f"with. Got {test_size:g} + {val_size:g}, which is not below 1."
        )
    shares = {name: float(share) for name, share in sizes.items() if share}
    if len(shares) < 2:
        raise ValueError(
            f"The 'test_size' and 'val_size' parameters of {owner} must not both be 0: all beats "
            "would be training beats."
        )
    counts, group = _group_counts(beats["target"], beats["groups"])
    if len(counts) < len(shares):
        without = ", or leave val_size at 0" if val_size and len(counts) == 2 else ""
        raise ValueError(
            f"{owner} needs at least {len(shares)} subjects, one for each split "
            f"({', '.join(shares)}). Got {len(counts)}. Load recordings of more subjects{without}."
        )
    split = assign_groups(
        counts, np.array(list(shares.values())), check_random_state(random_state)
    )
    _warn_of_missing(beats["target"], counts, split, list(shares))
    return tuple(take_beats(beats, np.flatnonzero(split[group] == i)) for i in range(len(shares)))


def _group_counts(y: ArrayLike | None, groups: ArrayLike | None) -> tuple[Ints, Ints]:
    """Return the rows of each group and class, both sorted, and the group of each row."""
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


def _codes(values: ArrayLike, parameter: str) -> tuple[Ints, NDArray[Any]]:
    """Return codes 0, 1, 2, ... of values in sorted order, and the value of each code."""
    codes, uniques = pd.factorize(column_or_1d(values), sort=True)
    if codes.size and codes.min() < 0:
        raise ValueError(f"The '{parameter}' parameter contains missing values.")
    return codes, np.asarray(uniques)


def _check_sizes(test_size: object, train_size: object, n_rows: int) -> tuple[float, float]:
    """Return the shares of training and test rows, sizes understood as in scikit-learn."""
    shares = {}
    for parameter, value in (("test_size", test_size), ("train_size", train_size)):
        if value is None:
            continue
        if not is_number(value):
            raise ValueError(f"Invalid value for {parameter}: {value!r}")
        whole = is_int(value)
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


def _warn_of_missing(target: ArrayLike, counts: Ints, split: Ints, names: list[str]) -> None:
    """Name the classes that are missing from a split, and their numbers of subjects."""
    classes = _codes(target, "target")[1]
    lines = []
    for i in np.flatnonzero(missing_classes(counts, split, len(names))):
        present = np.unique(split[counts[:, i] > 0])
        missing = [name for j, name in enumerate(names) if j not in present]
        n_subjects = int((counts[:, i] > 0).sum())
        lines.append(
            f"{str(classes[i])!r} is not in {' and '.join(missing)} "
            f"({count(n_subjects, 'subject')})"
        )
    if lines:
        warn(
            f"Some classes are missing from a split: {'; '.join(lines)}. They cannot be learned "
            "or evaluated there. Load recordings of more subjects, or choose other classes.",
            suggests=("classes",),
        )
