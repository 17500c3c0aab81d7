"""What all transformers of signals share: arrays checked, rows taken apart and put together."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from ..layout import check_layout
from ..utils import check_finite, check_rows


def check_signals(X: ArrayLike) -> np.ndarray:
    """Return signals as float32 if they came so, else as float64, or an error."""
    X = np.asarray(X)
    if X.ndim == 0 or X.dtype.kind not in "fiub":
        raise ValueError(
            "X must hold real numbers in shape (..., n_samples). "
            f"Got {X.dtype} of shape {X.shape} instead."
        )
    if not np.isfinite(X).all():
        raise ValueError(
            "X must be finite, but holds NaN or infinity. Bridge the gaps of a signal before, "
            "or leave out the beats that have any."
        )
    return X.astype(np.float64) if X.dtype not in (np.float32, np.float64) else X


class SignalTransformer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Base of transformers that change each signal of each row by itself.

    A subclass has a parameter ``layout`` and two methods: ``_check(n_samples)`` judges the
    other parameters, ``_transform_signals(signals)`` returns new signals.
    """

    def fit(self, X: ArrayLike, y: Any = None) -> "SignalTransformer":
        """Check the parameters against the shape of the rows; nothing is learned.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features)
            Rows of beats.
        y : None
            Ignored.

        Returns
        -------
        estimator
            The estimator itself.
        """
        X = check_rows(self, X, dtype=[np.float64, np.float32])
        self._check(check_layout(self.layout, X.shape[1], type(self).__name__).n_samples)
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Return the rows with their signals changed.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features)
            Rows of beats.

        Returns
        -------
        ndarray of shape (n_beats, n_features)
            New rows; float32 if X is float32, else float64.

        Raises
        ------
        ValueError
            If X is not what ``fit`` saw, not finite, or too large for its type.
        """
        check_is_fitted(self)
        X = check_rows(self, X, dtype=[np.float64, np.float32], order="C", reset=False)
        owner = type(self).__name__
        layout = check_layout(self.layout, X.shape[1], owner)
        with np.errstate(over="ignore", invalid="ignore"):
            signals = self._transform_signals(layout.signals(X)).reshape(len(X), -1)
        check_finite(signals, X, owner)
        return np.hstack((signals, layout.scalar_values(X))) if layout.scalars else signals

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False  # nothing is learned
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
