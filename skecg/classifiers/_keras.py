"""The one place that imports Keras."""

import os
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import keras

__all__ = ["Layer", "LearningRate", "Loss", "Optimizer", "Tensor", "import_keras"]

# types of parameters and of parts of networks; quoted, since Keras is imported late
LearningRate: TypeAlias = "float | keras.optimizers.schedules.LearningRateSchedule"
Loss: TypeAlias = "str | keras.losses.Loss | type | Callable[..., Any]"
Optimizer: TypeAlias = "str | keras.optimizers.Optimizer | type"
Layer: TypeAlias = "keras.layers.Layer"
Tensor: TypeAlias = "keras.KerasTensor"


def import_keras() -> ModuleType:
    """Import Keras when a network is first needed, since that takes seconds.

    TensorFlow's log on the terminal is turned off as far as possible, unless
    ``TF_CPP_MIN_LOG_LEVEL`` is set: it reports a missing GPU and graph optimizations that do not
    apply as errors. Its exceptions are not affected. Keras chooses the backend: TensorFlow, or
    the one in the environment variable ``KERAS_BACKEND``.

    Raises
    ------
    ImportError
        If Keras or its backend cannot be imported.

    Examples
    --------
    >>> from skecg.classifiers._keras import import_keras
    >>> import_keras().__name__
    'keras'
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if n_threads := os.environ.get("OMP_NUM_THREADS"):
        for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
            os.environ.setdefault(name, n_threads)
    try:
        import keras
    except ImportError as error:
        backend = os.environ.get("KERAS_BACKEND", "tensorflow")
        raise ImportError(
            f"Networks need Keras with its backend {backend!r}, which cannot be imported "
            f"({error}). Install it (`pip install tensorflow`), or choose an installed backend "
            "by the environment variable KERAS_BACKEND (tensorflow, jax, torch)."
        ) from error
    return keras
