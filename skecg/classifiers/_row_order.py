"""Orders of the rows in the epochs of a training."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["RowOrder"]


class RowOrder:
    """Draw the order of the rows of each epoch, from a seed or from where a training stopped.

    Keras ends an epoch, and with some backends begins one, before the training begins. Orders
    drawn until then are forgotten, so that all backends, and networks that are used again, have
    the same orders.

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
    >>> order.begin_training()
    >>> used = order.begin_epoch(order.draw(4))
    >>> later = RowOrder(0, order.next_state())
    >>> later.begin_training()
    >>> order.draw(4).tolist() == later.begin_epoch(later.draw(4)).tolist()
    True
    """

    def __init__(self, seed: int, state: dict[str, Any] | None = None):
        self._seed = seed
        self._rng = np.random.default_rng(seed)
        self._resumed = state
        self._begins = False  # whether the next epoch is the first one
        self._before: dict[str, Any] | None = None  # state before the order that is not used yet

    def begin_training(self) -> None:
        """Let the next epoch be the first one."""
        self._begins = True

    def draw(self, n_rows: int) -> NDArray[np.intp]:
        """Draw an order, for the next epoch."""
        self._before = dict(self._rng.bit_generator.state)
        return self._rng.permutation(n_rows)

    def begin_epoch(self, order: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the order of an epoch that begins now: the one drawn last, or the first one."""
        if self._begins:
            self._begins = False
            self._rng = np.random.default_rng(self._seed)
            if self._resumed is not None:
                self._rng.bit_generator.state = self._resumed
            else:
                self._rng.permutation(len(order))  # the first order has always been the second
            order = self._rng.permutation(len(order))
        self._before = None
        return order

    def next_state(self) -> dict[str, Any]:
        """Return the state from which the order of the next epoch is drawn, or has been."""
        return dict(self._before or self._rng.bit_generator.state)
