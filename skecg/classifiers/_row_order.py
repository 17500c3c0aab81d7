"""Orders of the rows in the epochs of a training."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["RowOrder"]


class RowOrder:
    """Draw the order of the rows of each epoch, from a seed or from where a training stopped.

    Keras decides when orders are drawn: it may discard one before the first epoch.

    Parameters
    ----------
    seed : int
        Seed of all orders.
    state : dict, default=None
        Result of `next_state`: the first epoch has the order that was next then.

    Examples
    --------
    >>> from skecg.classifiers._row_order import RowOrder
    >>> order = RowOrder(0)
    >>> used = order.begin_epoch(order.draw(4))
    >>> later = RowOrder(0, order.next_state())
    >>> order.draw(4).tolist() == later.begin_epoch(later.draw(4)).tolist()
    True
    """

    def __init__(self, seed: int, state: dict[str, Any] | None = None):
        self._rng = np.random.default_rng(seed)
        self._resumed = state
        self._before: dict[str, Any] | None = None  # state before the order that is not used yet

    def draw(self, n_rows: int) -> NDArray[np.intp]:
        """Draw an order, for the next epoch."""
        self._before = dict(self._rng.bit_generator.state)
        return self._rng.permutation(n_rows)

    def begin_epoch(self, order: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the order of an epoch that begins now: the one drawn last, or the resumed one."""
        if self._resumed is not None:
            self._rng.bit_generator.state = self._resumed
            self._resumed = None
            order = self._rng.permutation(len(order))
        self._before = None
        return order

    def next_state(self) -> dict[str, Any]:
        """Return the state from which the order of the next epoch is drawn, or has been."""
        return dict(self._before or self._rng.bit_generator.state)
