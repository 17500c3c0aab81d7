"""Distribute groups over splits so that each split has its share of every class."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["assign_groups", "count_classes", "missing_classes"]

Ints = NDArray[np.intp]

_N_DRAWS = 32  # greedy assignments in random orders, of which the best is taken
_SIZE_WEIGHT = 2.0  # weight of the number of rows against the share of one class
_MUST = 1e6  # outweighs any cost


def count_classes(group: Ints, n_groups: int, label: Ints, n_classes: int) -> Ints:
    """Count the rows of each group and class, (n_groups, n_classes), from codes 0, 1, 2, ..."""
    cell = group.astype(np.int64) * n_classes + label
    return np.bincount(cell, minlength=n_groups * n_classes).reshape(n_groups, n_classes)


def assign_groups(
    counts: Ints,
    shares: NDArray[np.float64],
    rng: np.random.RandomState,
    n_needed: int | None = None,
) -> Ints:
    """Assign every group to a split.

    Several times over, the groups are taken in a random order that tends to have those with large
    parts of a class first, and each goes to the split that needs it most; a split that lacks a
    class comes first when no more groups of that class are left than splits that lack it. The
    assignment with the fewest classes missing from a split is taken and, among these, the one
    nearest to the shares.

    Parameters
    ----------
    counts : ndarray of shape (n_groups, n_classes)
        Rows of each group and class.
    shares : ndarray of shape (n_splits,)
        Share of the rows that each split is to have, all above 0, with sum 1.
    rng : RandomState
        Source of randomness.
    n_needed : int, default=None
        Number of splits, the first ones, that must not lack a class; None for all.

    Returns
    -------
    ndarray of shape (n_groups,)
        The number of each group's split.
    """
    # Columns are the classes and, last, all rows, which keeps the sizes right and no split empty.
    rows = np.column_stack([counts, counts.sum(axis=1)])
    part = rows / rows.sum(axis=0)  # (n_groups, n_columns): share of each class in each group
    weight = np.ones(rows.shape[1])
    weight[-1] = _SIZE_WEIGHT
    has = rows > 0
    n_needed = shares.size if n_needed is None else n_needed
    # (n_splits, n_columns): classes that a split must not lack, since there are groups enough
    needed = (np.arange(shares.size) < n_needed)[:, None] & (has.sum(axis=0) >= n_needed)

    # All draws are made at once, along the first axis; each step deals out one group per draw.
    #
    #   order   draw 0:  group 3, group 0, ...     held   draw 0:  share of each class that
    #           draw 1:  group 1, group 3, ...            draw 1:  each split has so far
    n_groups, n_splits, n_draws = len(rows), shares.size, _N_DRAWS
    draws = np.arange(n_draws)
    urgency = part.max(axis=1) * np.exp(rng.standard_normal((n_draws, n_groups)))
    order = np.argsort(-urgency, axis=1)
    tie = 1e-9 * rng.random_sample((n_draws, n_groups, n_splits))
    held = np.zeros((n_draws, n_splits, rows.shape[1]))
    left = np.tile(has.sum(axis=0), (n_draws, 1))  # groups of each class not yet dealt
    split = np.empty((n_draws, n_groups), dtype=np.intp)
    for step in range(n_groups):
        group = order[:, step]
        new = part[group][:, None, :]
        # increase of each split's squared distance from its share, if the group joins it
        growth = new * (2 * (held - shares[:, None]) + new) / shares[:, None]
        lacking = (held == 0) & needed
        urgent = has[group] & (lacking.sum(axis=1) >= left)
        gain = (lacking & urgent[:, None, :]).sum(axis=2)
        choice = np.argmin(growth @ weight - _MUST * gain + tie[:, step], axis=1)
        split[draws, group] = choice
        held[draws, choice] += part[group]
        left -= has[group]

    missing = ((held == 0) & needed).sum(axis=(1, 2))
    distance = (held - shares[:, None]) ** 2 / shares[:, None]
    cost = (distance @ weight).sum(axis=1)
    return split[np.lexsort((cost, missing))[0]]


def missing_classes(counts: Ints, split: Ints, n_splits: int) -> NDArray[np.bool_]:
    """Return a mask, (n_classes,), of classes that are missing from a split."""
    held = np.zeros((n_splits, counts.shape[1]))
    np.add.at(held, split, counts)
    return (held == 0).any(axis=0)
