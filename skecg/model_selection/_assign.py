"""Deal groups out to sides so that each side has its share of every class."""

import numpy as np

__all__ = ["assign_groups", "count_classes", "missing_classes"]

_N_DRAWS = 32  # greedy assignments in random orders, of which the best is taken
_SIZE_WEIGHT = 2.0  # how much the number of rows counts against the share of one class
_MUST = 1e6  # outweighs any cost


def count_classes(
    group: np.ndarray, n_groups: int, label: np.ndarray, n_classes: int
) -> np.ndarray:
    """Rows of each group and class, (n_groups, n_classes), from codes 0, 1, 2, ..."""
    cell = group.astype(np.int64) * n_classes + label
    return np.bincount(cell, minlength=n_groups * n_classes).reshape(n_groups, n_classes)


def assign_groups(
    counts: np.ndarray, shares: np.ndarray, rng: np.random.RandomState, n_needed: int | None = None
) -> np.ndarray:
    """Give every group a side.

    Several times over, the groups are taken in a random order that has those which matter
    most at its head, and each goes to the side that needs it most; a side that lacks a class
    comes first when no more groups of that class are left than sides that lack it. The
    assignment with the fewest classes missing from a side is taken and, among these, the one
    nearest to the shares.

    Parameters
    ----------
    counts : ndarray of shape (n_groups, n_classes)
        Rows of each group and class.
    shares : ndarray of shape (n_sides,)
        Share of the rows that each side is to have, all above 0, with sum 1.
    rng : RandomState
        Source of chance.
    n_needed : int, optional
        How many sides, the first ones, must not lack anything; all by default.

    Returns
    -------
    ndarray of shape (n_groups,)
        The side of each group.
    """
    # the last column, all rows, keeps the sizes right and no side empty
    rows = np.column_stack([counts, counts.sum(axis=1)])
    part = rows / rows.sum(axis=0)  # of each class, what each group has
    weight = np.ones(rows.shape[1])
    weight[-1] = _SIZE_WEIGHT
    has = rows > 0
    n_needed = shares.size if n_needed is None else n_needed
    # classes that the sides which need them can all have
    needed = (np.arange(shares.size) < n_needed)[:, None] & (has.sum(axis=0) >= n_needed)

    n_groups, n_sides, n_draws = len(rows), shares.size, _N_DRAWS
    draws = np.arange(n_draws)
    haste = part.max(axis=1) * np.exp(rng.standard_normal((n_draws, n_groups)))
    order = np.argsort(-haste, axis=1)
    tie = 1e-9 * rng.random_sample((n_draws, n_groups, n_sides))
    held = np.zeros((n_draws, n_sides, rows.shape[1]))
    left = np.tile(has.sum(axis=0), (n_draws, 1))  # groups of each class not yet dealt
    side = np.empty((n_draws, n_groups), dtype=np.intp)
    for step in range(n_groups):
        group = order[:, step]
        new = part[group][:, None, :]
        # what the cost of each side grows by when the group joins it
        growth = new * (2 * (held - shares[:, None]) + new) / shares[:, None]
        lacking = (held == 0) & needed
        urgent = has[group] & (lacking.sum(axis=1) >= left)
        gain = (lacking & urgent[:, None, :]).sum(axis=2)
        choice = np.argmin(growth @ weight - _MUST * gain + tie[:, step], axis=1)
        side[draws, group] = choice
        held[draws, choice] += part[group]
        left -= has[group]

    missing = ((held == 0) & needed).sum(axis=(1, 2))
    distance = (held - shares[:, None]) ** 2 / shares[:, None]
    cost = (distance @ weight).sum(axis=1)
    return side[np.lexsort((cost, missing))[0]]


def missing_classes(counts: np.ndarray, side: np.ndarray, n_sides: int) -> np.ndarray:
    """Classes that not every side has, as a mask of shape (n_classes,)."""
    held = np.zeros((n_sides, counts.shape[1]))
    np.add.at(held, side, counts)
    return (held == 0).any(axis=0)
