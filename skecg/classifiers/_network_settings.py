"""The parameters and fitted attributes of every network, as its helpers see them."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from numpy.typing import NDArray

from ..layout import BeatLayout
from ..utils import RandomState, Rule
from ._history import History
from ._keras import LearningRate, Loss, Optimizer, import_keras

if TYPE_CHECKING:
    import keras

__all__ = ["NetworkSettings"]


class NetworkSettings:
    """Attributes of a network classifier; `BaseNetworkClassifier` adds fit and predict."""

    _build: ClassVar[Callable[..., "keras.Model"]]
    _least_weights: ClassVar[Callable[..., int]]  # of architecture, layout, number of classes
    # parameters that the builder takes besides layout and number of classes
    _architecture_names: ClassVar[tuple[str, ...]] = (
        "units",
        "dropout",
        "samples_per_step",
        "dtype",
    )
    # parameters of optimizer and loss besides those that all networks have
    _compile_names: ClassVar[tuple[str, ...]] = ()
    # rules of parameters that only this network has, or has of another kind
    _rules: ClassVar[dict[str, Rule]] = {}

    # parameters of all networks; the constructors document them
    units: Any  # an int or several
    dropout: float
    samples_per_step: int
    optimizer: Optimizer
    learning_rate: LearningRate
    loss: Loss
    metrics: Sequence[Any]
    epochs: int
    batch_size: int
    early_stopping: bool
    validation_fraction: float
    n_iter_no_change: int
    class_weight: Mapping[Any, float] | str | None
    callbacks: Sequence[Any] | None
    compile_kwargs: Mapping[str, Any] | None
    fit_kwargs: Mapping[str, Any] | None
    layout: BeatLayout | None
    dtype: str
    warm_start: bool
    checkpoint: str | os.PathLike[str] | None
    random_state: RandomState
    verbose: int | str

    # fitted state, besides the network itself
    classes_: NDArray[Any]
    history_: History
    layout_: BeatLayout
    architecture_: dict[str, Any]
    n_features_in_: int
    n_iter_: int
    fit_time_: float

    def _optimizer_arguments(self) -> dict[str, Any]:
        """Return arguments of an optimizer given by name or class, besides its learning rate."""
        return {}

    def _loss(self) -> Loss:
        """Return the loss for Keras; that of class numbers sums in the dtype of the layers."""
        if self.loss == "sparse_categorical_crossentropy":
            return import_keras().losses.SparseCategoricalCrossentropy(dtype=self.dtype)
        return self.loss

    # ---- the network
