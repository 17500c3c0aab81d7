"""Bring signals of different size to one scale, each by itself."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..layout import BeatLayout
from ._signals import SignalTransformer, check_signals

_EXTREME = 1e15  # beyond this squares of float32 may leave its range


def normalize_signals(X: ArrayLike, scale: str = "zscore") -> np.ndarray:
    """Shift and scale each signal by its own size.

    Parameters
    ----------
    X : array-like of shape (..., n_samples)
        Signals along the last axis; they must be finite.
    scale : {"zscore", "minmax", "robust", "r_amplitude"}, default="zscore"
        What is taken off each signal, and what it is divided by:

        - "zscore": its mean, and its standard deviation;
        - "minmax": its minimum, and its range, so that it fills 0 to 1;
        - "robust": its median, and the distance between its quartiles;
        - "r_amplitude": its median, which lies near the isoelectric line, and the largest
          distance from there, in a beat that of the R peak. The result reaches 1 or -1.

    Returns
    -------
    ndarray of shape (..., n_samples)
        New signals; float32 if X is float32, else float64. Flat signals become zeros, also
        where they are flat but for rounding.

    Raises
    ------
    ValueError
        If `scale` is none of these, or X is not finite.

    Notes
    -----
    The standard deviation divides by n, as in the notebook that skecg replaces. A signal that
    is not flat but whose quartiles are equal, such as a spike on a straight line, is only
    centred by "robust", as scikit-learn's `RobustScaler` does.

    Examples
    --------
    >>> from skecg.preprocessing import normalize_signals
    >>> normalize_signals([[0.0, 1.0, 0.0, 3.0, 0.0], [9.0, 9.0, 9.0, 9.0, 9.0]], "minmax")
    array([[0.        , 0.33333333, 0.        , 1.        , 0.        ],
           [0.        , 0.        , 0.        , 0.        , 0.        ]])
    """
    X = check_signals(X)
    _check_scale(scale, "normalize_signals")
    return _normalize(X, scale)


class BeatNormalizer(SignalTransformer):
    """Bring every signal of every row to one scale, by its own size alone.

    Amplitudes differ between people, electrodes and leads more than between kinds of beats.
    Each signal of a row is scaled by itself, so nothing is learned from other rows and a row
    means the same in every data set.

    Parameters
    ----------
    scale : {"zscore", "minmax", "robust", "r_amplitude"}, default="zscore"
        Mean and standard deviation; minimum and range; median and quartiles; median and
        largest distance from it.
    layout : BeatLayout, default=None
        What the columns of a row mean; None means that all are samples of one lead. Scalar
        columns stay as they are.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Names of the columns, if X has any.

    See Also
    --------
    skecg.normalize_signals : The same for arrays; says what each scale is.

    Examples
    --------
    >>> from skecg import BeatNormalizer
    >>> X = [[1.0, 2.0, 5.0, 2.0], [4.0, 4.0, 4.0, 4.0]]
    >>> BeatNormalizer("r_amplitude").fit_transform(X)
    array([[-0.33333333,  0.        ,  1.        ,  0.        ],
           [ 0.        ,  0.        ,  0.        ,  0.        ]])
    """

    def __init__(self, scale: str = "zscore", *, layout: BeatLayout | None = None):
        self.scale = scale
        self.layout = layout

    def _check(self, n_samples: int) -> None:
        """Judge the parameters."""
        _check_scale(self.scale, type(self).__name__)

    def _transform_signals(self, signals: np.ndarray) -> np.ndarray:
        """Scale signals of shape (n_beats, n_signals, n_samples)."""
        _check_scale(self.scale, type(self).__name__)
        return _normalize(signals, self.scale)


def _quartiles(X: np.ndarray) -> np.ndarray:
    """Measure the distance between the quartiles of each signal."""
    low, high = np.quantile(X, (0.25, 0.75), axis=-1, keepdims=True)
    return high - low


# what is taken off a signal, and the size of what is left
_SCALES = {
    "zscore": (np.mean, np.std),
    "minmax": (np.min, np.max),
    "robust": (np.median, lambda X, **_: _quartiles(X)),
    "r_amplitude": (np.median, lambda X, **where: np.abs(X).max(**where)),
}


def _normalize(X: np.ndarray, scale: str) -> np.ndarray:
    """Scale each signal along the last axis; a new array."""
    if X.size == 0:
        return X.copy()
    each = {"axis": -1, "keepdims": True}
    peak = np.abs(X).max(**each)
    extreme = (peak > _EXTREME) | ((peak > 0) & (peak < 1 / _EXTREME))
    if extreme.any():  # no scale depends on the unit; signals beside these stay as they are
        X = X / np.where(extreme, peak, 1)
        peak = np.where(extreme, 1, peak)
    centre, size = _SCALES[scale]
    rounding = 8 * np.finfo(X.dtype).eps * peak
    flat = np.ptp(X, **each) <= rounding
    X = X - centre(X, **each).astype(X.dtype, copy=False)
    divisor = size(X, **each).astype(X.dtype, copy=False)
    X /= np.where(flat | (divisor <= rounding), 1, divisor)
    X[np.broadcast_to(flat, X.shape)] = 0
    return X


def _check_scale(scale: Any, owner: str) -> None:
    """Refuse a scale that has no name here."""
    if not isinstance(scale, str) or scale not in _SCALES:
        raise ValueError(
            f"The 'scale' parameter of {owner} must be one of {list(_SCALES)}. "
            f"Got {scale!r} instead."
        )
