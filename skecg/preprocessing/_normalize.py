"""Scale signals of different size, each by its own."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..layout import BeatLayout
from ..utils import check_value, one_of
from ._signals import SignalTransformer, check_signals

__all__ = ["BeatNormalizer", "normalize_signals"]

_EXTREME = 1e15  # beyond this squares of float32 may leave its range


def normalize_signals(X: ArrayLike, scale: str = "zscore") -> NDArray[np.floating]:
    """Shift and scale each signal by its own size.

    Parameters
    ----------
    X : array-like of shape (..., n_samples)
        Signals along the last axis; they must be finite.
    scale : {"zscore", "minmax", "robust", "r_amplitude"}, default="zscore"
        Centre that is subtracted from each signal, and size by which it is then divided:

        - "zscore": its mean, and its standard deviation;
        - "minmax": its minimum, and its range, so that it fills 0 to 1;
        - "robust": its median, and the distance between its quartiles;
        - "r_amplitude": its median, which is near the isoelectric line, and the largest
          distance from it, in a beat that of the R peak. The result reaches 1 or -1.

    Returns
    -------
    ndarray of shape (..., n_samples)
        New signals; float32 if X is float32, else float64. Flat signals, also those that are
        flat up to rounding, become zeros.

    Raises
    ------
    ValueError
        If `scale` is another value, or X is not finite.

    Notes
    -----
    The standard deviation divides by n, as in the notebook that skecg replaces. A signal that
    is not flat but has equal quartiles, such as a spike on a straight line, is only
    centred by "robust", as by scikit-learn's `RobustScaler`.

    Examples
    --------
    >>> from skecg.preprocessing import normalize_signals
    >>> normalize_signals([[0.0, 1.0, 0.0, 3.0, 0.0], [9.0, 9.0, 9.0, 9.0, 9.0]], "minmax")
    array([[0.        , 0.33333333, 0.        , 1.        , 0.        ],
           [0.        , 0.        , 0.        , 0.        , 0.        ]])
    """
    signals = check_signals(X)
    check_value(scale, _SCALE, "scale", "normalize_signals")
    return _normalize(signals, scale)


class BeatNormalizer(SignalTransformer):
    """Scale every signal of every row by its own size.

    Amplitudes differ between people, electrodes and leads more than between classes of beats.
    Each signal of a row is scaled separately, so nothing is learned from other rows and a row
    becomes the same in every data set.

    Parameters
    ----------
    scale : {"zscore", "minmax", "robust", "r_amplitude"}, default="zscore"
        Mean and standard deviation; minimum and range; median and quartiles; median and
        largest distance from it.
    layout : BeatLayout, default=None
        Meaning of the columns of a row; None means that all are samples of one lead. Scalar
        columns stay as they are.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Names of the columns, if X has any.

    See Also
    --------
    skecg.normalize_signals : The same for arrays, with the definition of each scale.

    Examples
    --------
    >>> from skecg import BeatNormalizer
    >>> X = [[1.0, 2.0, 5.0, 2.0], [4.0, 4.0, 4.0, 4.0]]
    >>> BeatNormalizer("r_amplitude").fit_transform(X)
    array([[-0.33333333,  0.        ,  1.        ,  0.        ],
           [ 0.        ,  0.        ,  0.        ,  0.        ]])
    """

    def __init__(self, scale: str = "zscore", *, layout: BeatLayout | None = None) -> None:
        self.scale = scale
        self.layout = layout

    def _check(self, n_samples: int) -> None:
        """Check the parameters."""
        check_value(self.scale, _SCALE, "scale", type(self).__name__)

    def _transform_signals(self, signals: NDArray[np.floating]) -> NDArray[np.floating]:
        """Scale signals of shape (n_beats, n_signals, n_samples)."""
        check_value(self.scale, _SCALE, "scale", type(self).__name__)
        return _normalize(signals, self.scale)


def _quartile_distance(X: NDArray[np.floating], **_: object) -> NDArray[np.floating]:
    """Measure the distance between the quartiles of each signal."""
    low, high = np.quantile(X, (0.25, 0.75), axis=-1, keepdims=True)
    return high - low


def _largest(X: NDArray[np.floating], **along: Any) -> NDArray[np.floating]:
    """Measure the largest absolute value of each signal."""
    return np.abs(X).max(**along)


# the centre of a signal, and the size of the centred signal; functions of an array and an axis
_SCALES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "zscore": (np.mean, np.std),
    "minmax": (np.min, np.max),
    "robust": (np.median, _quartile_distance),
    "r_amplitude": (np.median, _largest),
}
_SCALE = one_of(*_SCALES)


def _normalize(X: NDArray[np.floating], scale: str) -> NDArray[np.floating]:
    """Scale each signal along the last axis; a new array."""
    if X.size == 0:
        return X.copy()
    peak = np.abs(X).max(axis=-1, keepdims=True)
    extreme = (peak > _EXTREME) | ((peak > 0) & (peak < 1 / _EXTREME))
    if extreme.any():  # no scale depends on the unit; signals of usual size stay as they are
        X = X / np.where(extreme, peak, 1)
        peak = np.where(extreme, 1, peak)
    centre, size = _SCALES[scale]
    rounding = 8 * np.finfo(X.dtype).eps * peak
    flat = np.ptp(X, axis=-1, keepdims=True) <= rounding
    X = X - centre(X, axis=-1, keepdims=True).astype(X.dtype, copy=False)
    divisor = size(X, axis=-1, keepdims=True).astype(X.dtype, copy=False)
    X /= np.where(flat | (divisor <= rounding), 1, divisor)
    X[np.broadcast_to(flat, X.shape)] = 0
    return X
