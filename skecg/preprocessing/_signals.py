"""Base of the transformers of signals: check rows, split them into signals, join them again."""

from abc import abstractmethod

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from ..layout import BeatLayout, check_layout
from ..utils import check_finite, check_rows, map_rows

__all__ = ["SignalTransformer", "check_signals"]


def check_signals(X: ArrayLike) -> NDArray[np.floating]:
    """Return signals as float32 if X is float32, else as float64, or raise."""
    signals = np.asarray(X)
    if signals.ndim == 0 or signals.dtype.kind not in "fiub":
        raise ValueError(
            "X must hold real numbers in shape (..., n_samples). "
            f"Got {signals.dtype} of shape {signals.shape} instead."
        )
    if not np.isfinite(signals).all():
        raise ValueError(
            "X must be finite, but holds NaN or infinity. Bridge the gaps of a signal before, "
            "or exclude the beats that touch one."
        )
    is_float = signals.dtype in (np.float32, np.float64)
    return signals if is_float else signals.astype(np.float64)


class SignalTransformer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Base of transformers that change each signal of each row separately.

    A subclass has a parameter ``layout`` and two methods: ``_check(n_samples)`` checks the
    other parameters, ``_transform_signals(signals)`` returns new signals.
    """

    layout: BeatLayout | None

    @abstractmethod
    def _check(self, n_samples: int) -> None:
        """Check the parameters for signals of this length."""

    @abstractmethod
    def _transform_signals(self, signals: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return new signals for those of shape (n_beats, n_signals, n_samples)."""

    def fit(self, X: ArrayLike, y: object = None) -> "SignalTransformer":
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
        rows = check_rows(self, X, dtype=[np.float64, np.float32])
        self._check(check_layout(self.layout, rows.shape[1], type(self).__name__).n_samples)
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.floating]:
        """Return the rows with their signals changed.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features)
            Rows of beats.

        Returns
        -------
        ndarray of shape (n_beats, n_features)
            New rows; float32 if X is float32, else float64. Of rows in a file
            (``load_beats(..., out=...)``) they are in a file, too.

        Raises
        ------
        ValueError
            If X has other columns than in ``fit``, is not finite, or is too large for its type.
        """
        check_is_fitted(self)
        rows = check_rows(self, X, dtype=[np.float64, np.float32], order="C", reset=False)
        owner = type(self).__name__
        layout = check_layout(self.layout, rows.shape[1], owner)

        def transform(part: NDArray[np.floating]) -> NDArray[np.floating]:
            with np.errstate(over="ignore", invalid="ignore"):
                signals = self._transform_signals(layout.signals(part)).reshape(len(part), -1)
            check_finite(signals, part, owner)
            return np.hstack((signals, layout.scalar_values(part))) if layout.scalars else signals

        return map_rows(rows, transform)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False  # nothing is learned
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
