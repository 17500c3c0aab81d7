"""Reuse compiled networks in fits of the same shape and settings.

Tracing a recurrent network takes seconds, and each compiled model keeps tens of megabytes for
as long as the process lives. A fitted estimator therefore holds its network on loan: when
the estimator is deleted (or fits again), the network returns to a small pool and the next fit
with the same key takes it, with fresh weights and a fresh optimizer. A network that a user has
accessed (``model_``, ``estimator_``) belongs to the user and never returns.
"""

import threading
import weakref
from collections import deque
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import keras

__all__ = ["Loan", "borrow"]

# The collector may return a network at any moment, also while this module works on the pool, so
# returning is one atomic append; the oldest network falls out when there are too many.
_idle: deque[tuple[Hashable, "CompiledNetwork"]] = deque(maxlen=8)
_lock = threading.Lock()


class CompiledNetwork:
    """A compiled model, and the variables of its optimizer before the first step."""

    widest: int | None = None  # batch of predictions, once it was tried

    def __init__(self, model: "keras.Model"):
        self.model = model
        model.optimizer.build(model.trainable_variables)
        self._optimizer_start = [_compact(v) for v in model.optimizer.variables]

    def predict_on_batch(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return the probabilities of rows."""
        return np.array(self.model.predict_on_batch(rows))

    def reset(self, fresh: "keras.Model") -> None:
        """Take over the weights and dropout seeds of a new model; forget the training."""
        for mine, other in zip(self.model.variables, fresh.variables, strict=True):
            mine.assign(other)
        optimizer = self.model.optimizer
        for variable, start in zip(optimizer.variables, self._optimizer_start, strict=True):
            variable.assign(np.broadcast_to(start, variable.shape))
        self.model.stop_training = False


class Loan:
    """A network held by one estimator until the estimator is deleted."""

    def __init__(self, key: Hashable | None, network: CompiledNetwork):
        self.network = network
        self._return: weakref.finalize | None = None
        if key is not None:
            self._return = weakref.finalize(self, _idle.append, (key, network))
            self._return.atexit = False

    @property
    def model(self) -> "keras.Model":
        """The compiled model, for use inside the estimator."""
        return self.network.model

    def keep(self) -> None:
        """Never return the network to the pool, since other objects may hold it now."""
        if self._return is not None:
            self._return.detach()


def borrow(
    key: Hashable | None,
    build: "Callable[[], keras.Model]",
    compiled: "Callable[[keras.Model], keras.Model]",
) -> Loan:
    """Lend a network with fresh weights, from the pool or newly compiled.

    Parameters
    ----------
    key : hashable or None
        All that the compiled model depends on. None: never shared.
    build : callable
        Returns a new model with fresh weights, not compiled.
    compiled : callable
        Compiles a model and returns it.

    Returns
    -------
    Loan
        The network, returned to the pool when the loan is collected.
    """
    network = _take(key)
    fresh = build()
    if network is None:
        network = CompiledNetwork(compiled(fresh))
    else:
        network.reset(fresh)
    return Loan(key, network)


def _take(key: Hashable | None) -> CompiledNetwork | None:
    """Take an idle network with this key, the latest first, or return None."""
    if key is None:
        return None
    others = []
    with _lock:
        try:
            while True:
                idle_key, network = _idle.pop()
                if idle_key == key:
                    return network
                others.append((idle_key, network))
        except IndexError:
            return None
        finally:
            _idle.extend(reversed(others))


def _compact(variable: Any) -> Any:
    """Return the value of a variable, as a scalar where all its elements are equal."""
    value = np.asarray(variable)
    if value.size and (value == value.flat[0]).all():
        return value.flat[0]
    return value
