"""The one place that imports Keras."""

import os
from types import ModuleType

__all__ = ["import_keras"]


def import_keras() -> ModuleType:
    """Import Keras when a network is first needed, since that takes seconds.

    TensorFlow's log on the terminal is turned off as far as it lets itself, unless
    ``TF_CPP_MIN_LOG_LEVEL`` says otherwise: it reports a missing GPU and graph optimizations that
    do not apply as errors. What it raises is not touched. The backend is Keras's choice:
    TensorFlow, or what ``KERAS_BACKEND`` names.

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
