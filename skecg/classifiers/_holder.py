"""The network of one fitted classifier, in memory or as stored weights."""

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ._pool import Loan

if TYPE_CHECKING:
    from scikeras.wrappers import KerasClassifier

    from ._predict_numpy import NumpyContextLSTM

__all__ = ["NetworkHolder"]

_loading = threading.Lock()  # threads that predict with a model just loaded build one network


class NetworkHolder:
    """Hold the network of one fitted classifier.

    A holder is in one of three states, and each fit from fresh weights makes a new holder::

                 hold(loan)                   network(load)
        empty  --------------->  in memory  <---------------  stored
                                     |                           ^
                                     +-----  stored_copy()  -----+

    - *empty*: no network; the old one has returned to the pool of compiled networks.
    - *in memory*: a compiled network on loan from the pool. It may be wrapped as a
      KerasClassifier, by training or for a user.
    - *stored*: weights as arrays. Copies, pickles and model files carry a network in this state;
      the first training after that builds it (``load``), and so does the first prediction of a
      network that NumPy does not compute.

    The holder goes when the classifier goes or is fitted anew, and its loan returns the network
    to the pool, unless a user has seen it (`keep`).

    Parameters
    ----------
    weights : list of ndarray, default=None
        Stored weights, in the order of ``keras.Model.weights``.
    settings : mapping, default=None
        Parameters that the network was compiled with.

    Attributes
    ----------
    settings : mapping or None
        Parameters that the network was compiled with. None: not known yet, as in a model file,
        whose parameters these are.
    wrapper : scikeras.wrappers.KerasClassifier or None
        The network as a KerasClassifier, if it was wrapped.
    in_numpy : NumpyContextLSTM or None
        The network in NumPy, with the weights at the time of the last prediction.
    """

    def __init__(
        self,
        weights: list[NDArray[Any]] | None = None,
        settings: Mapping[str, Any] | None = None,
    ):
        self.settings = settings
        self.wrapper: KerasClassifier | None = None
        self.in_numpy: NumpyContextLSTM | None = None
        self._weights = weights
        self._loan: Loan | None = None

    @property
    def is_stored(self) -> bool:
        """Whether there are stored weights and no network in memory."""
        return self._loan is None and self._weights is not None

    def hold(self, loan: Loan) -> None:
        """Take a network from the pool (empty -> in memory)."""
        self._loan, self._weights = loan, None

    def network(self, load: Callable[[list[NDArray[Any]]], Loan]) -> Loan:
        """Return the network; build a stored one first (stored -> in memory).

        Parameters
        ----------
        load : callable
            Takes the stored weights and returns a network that has them.
        """
        if self._loan is None:
            with _loading:
                if self._loan is None:
                    assert self._weights is not None
                    self.hold(load(self._weights))
        assert self._loan is not None
        return self._loan

    def weights(self) -> list[NDArray[Any]] | None:
        """Return the weights, in memory or stored; None for an empty holder."""
        return self._weights if self._loan is None else self._loan.model.get_weights()

    def replace_stored(self, weights: list[NDArray[Any]]) -> None:
        """Take other weights in place of the stored ones."""
        assert self.is_stored
        self._weights = weights

    def stored_copy(self) -> "NetworkHolder":
        """Return a holder of the same weights without a network in memory."""
        return NetworkHolder(self.weights(), self.settings)

    def changed(self, settings: Mapping[str, Any]) -> list[str]:
        """Return the names of settings that differ from those of the network."""
        before = self.settings or {}
        return [name for name in settings if not _same(settings[name], before[name])]


def _same(value: object, other: object) -> bool:
    """Tell whether two parameter values are equal."""
    try:
        return value is other or bool(value == other)
    except (TypeError, ValueError):  # arrays and the like have no single answer
        return False
