"""Types of values that users, estimators and functions exchange."""

from collections.abc import Hashable
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Classifier", "Estimator", "Label", "RandomState", "Transformer"]

Label: TypeAlias = Hashable
RandomState: TypeAlias = int | np.random.RandomState | None


class Estimator(Protocol):
    """Anything with scikit-learn's parameters."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters."""

    def set_params(self, **params: Any) -> Any:
        """Set parameters."""


class Transformer(Estimator, Protocol):
    """An estimator that turns rows into rows."""

    def fit_transform(self, X: ArrayLike) -> NDArray[Any]:
        """Fit to rows and transform them."""


class Classifier(Estimator, Protocol):
    """A fitted classifier, pipeline or search."""

    classes_: NDArray[Any]

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return labels."""
