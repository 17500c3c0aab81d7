"""Remove noise and baseline wander from signals by a discrete wavelet transform."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pywt
from numpy.typing import ArrayLike, NDArray

from ..layout import BeatLayout
from ..utils import POSITIVE_OR_NONE, SWITCH, Rule, check_value, is_int, is_number, one_of
from ._signals import SignalTransformer, check_signals

__all__ = ["WaveletDenoiser", "wavelet_denoise"]

_MAD_OF_UNIT_NORMAL = 0.6745  # median of |z| for a standard normal z


def wavelet_denoise(
    X: ArrayLike,
    wavelet: str | pywt.Wavelet = "db6",
    *,
    level: int | None = None,
    threshold: float | str | None = "universal",
    threshold_approximation: bool = False,
    mode: str = "soft",
    highpass: float | None = None,
    fs: float | None = None,
) -> NDArray[np.floating]:
    """Remove noise from signals by thresholding their wavelet coefficients.

    Parameters
    ----------
    X : array-like of shape (..., n_samples)
        Signals along the last axis, each transformed separately; whole leads or single beats.
        They must be finite.
    wavelet : str or pywt.Wavelet, default="db6"
        Discrete wavelet, one of ``pywt.wavelist(kind="discrete")``.
    level : int, default=None
        Number of levels whose details are thresholded, the finest first. None is as many as
        the signals' length allows (`pywt.dwt_max_level`: 2 for 50 samples and db6), or with
        `highpass` as many as lie above it.
    threshold : float, {"universal", "level"} or None, default="universal"
        Threshold of the coefficients. A float is one threshold for all signals, in their unit
        (mV). The others follow from the noise of each signal, estimated robustly:
        ``sigma = median(abs(details)) / 0.6745`` and ``sigma * sqrt(2 * log(n_samples))``,
        with one sigma from the finest details ("universal", for white noise) or one for each
        level ("level", for coloured noise in long signals). None leaves the details as they
        are, to remove only the baseline.
    threshold_approximation : bool, default=False
        Whether the approximation, which holds the slow part of the signal, is thresholded
        too. "level" gives it the threshold of the coarsest details.
    mode : {"soft", "hard"}, default="soft"
        Soft thresholds also shrink the coefficients that exceed them, hard ones do not.
    highpass : float, default=None
        Frequency in Hz below which the signal is removed as baseline wander. This is the
        approximation at the first level whose band, 0 to ``fs / 2**(level + 1)``, ends at or
        below it: for 0.5 Hz at 250 Hz level 8, which ends at 0.49 Hz. None removes nothing.
    fs : float, default=None
        Sampling frequency in Hz, needed with `highpass`.

    Returns
    -------
    ndarray of shape (..., n_samples)
        Signals of the same shape; float32 if X is float32, else float64.

    Raises
    ------
    ValueError
        If a parameter is invalid, or the signals are too short for it.

    Notes
    -----
    The universal threshold is that of Donoho and Johnstone [1]_, the one for each level that
    of Johnstone and Silverman [2]_; the noise of each signal is estimated from this signal.
    Signals are continued by reflection (PyWavelets' "symmetric").

    "universal" is the default since in the coarse details of an ECG the QRS complex is not a
    rare event: "level" measures it as noise and removes it, in whole leads far more than in
    single beats; use it with few levels. Measured on 54 median beats (N and V) of mitdb and edb
    records, 50 samples each, with white or muscle noise added: 0.1 mV of noise became 0.07 mV
    (white) or 0.09 mV (muscle) with "universal", 0.01 mV became 0.016 or 0.012 mV, so clean
    beats are slightly distorted. ``mode="hard"`` distorts less (0.011 mV for both) and removes
    as much white noise, but hardly any muscle noise.

    ``wavelet_denoise(X, "db6", threshold=0.5, threshold_approximation=True)`` is the filter of
    the notebook that skecg replaces. It reduces every coefficient by half a millivolt, which
    distorts a beat more than 0.1 mV of noise would (0.19 mV in the measurement above).

    Signals too short for one level consist of an approximation: it is returned unchanged, unless
    it is thresholded (`threshold_approximation`) by a number.

    References
    ----------
    .. [1] D. L. Donoho and I. M. Johnstone, "Ideal spatial adaptation by wavelet shrinkage",
       Biometrika 81(3):425-455, 1994.
    .. [2] I. M. Johnstone and B. W. Silverman, "Wavelet threshold estimators for data with
       correlated noise", J. R. Statist. Soc. B 59(2):319-351, 1997.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.preprocessing import wavelet_denoise
    >>> rng = np.random.default_rng(0)
    >>> clean = np.sin(np.linspace(0, 20, 1000))
    >>> noisy = clean + rng.normal(scale=0.1, size=1000)
    >>> denoised = wavelet_denoise(noisy)
    >>> bool(np.std(denoised - clean) < np.std(noisy - clean) / 2)
    True
    """
    settings = _Settings(
        owner="wavelet_denoise",
        wavelet=wavelet,
        level=level,
        threshold=threshold,
        threshold_approximation=threshold_approximation,
        mode=mode,
        highpass=highpass,
        fs=fs,
    )
    return _denoise(check_signals(X), settings)


class WaveletDenoiser(SignalTransformer):
    """Remove noise and baseline wander from every signal of every row.

    Each row holds one or more signals, described by its layout; each is transformed separately,
    so nothing is learned from other rows. Use it on beats, as a step of a pipeline, or on whole
    leads, as the ``preprocessing`` of a `BeatExtractor`: a lead is long enough for
    `highpass`, a beat is not.

    Parameters
    ----------
    wavelet : str or pywt.Wavelet, default="db6"
        Discrete wavelet.
    level : int, default=None
        Number of levels whose details are thresholded; None is as many as the signals' length
        allows, or with `highpass` as many as lie above it.
    threshold : float, {"universal", "level"} or None, default="universal"
        One threshold for all in mV, or one from the noise of each signal, or of each level of
        each signal. None applies no threshold.
    threshold_approximation : bool, default=False
        Whether the approximation is thresholded too.
    mode : {"soft", "hard"}, default="soft"
        Kind of threshold.
    highpass : float, default=None
        Frequency in Hz below which the signal is removed as baseline wander.
    fs : float, default=None
        Sampling frequency in Hz, needed with `highpass`.
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
    skecg.wavelet_denoise : The same for arrays, with the definition of the thresholds.

    Notes
    -----
    ``WaveletDenoiser(threshold=0.5, threshold_approximation=True)`` is the filter of the
    notebook that skecg replaces.

    Examples
    --------
    >>> from skecg import WaveletDenoiser
    >>> from skecg.layout import BeatLayout
    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(10, 102)).astype(np.float32)
    >>> layout = BeatLayout(50, leads=2, scalars=("rr_before", "rr_after"))
    >>> Xt = WaveletDenoiser(layout=layout).fit_transform(X)
    >>> Xt.dtype, bool((Xt[:, 100:] == X[:, 100:]).all())
    (dtype('float32'), True)
    """

    def __init__(
        self,
        wavelet: str | pywt.Wavelet = "db6",
        *,
        level: int | None = None,
        threshold: float | str | None = "universal",
        threshold_approximation: bool = False,
        mode: str = "soft",
        highpass: float | None = None,
        fs: float | None = None,
        layout: BeatLayout | None = None,
    ) -> None:
        self.wavelet = wavelet
        self.level = level
        self.threshold = threshold
        self.threshold_approximation = threshold_approximation
        self.mode = mode
        self.highpass = highpass
        self.fs = fs
        self.layout = layout

    def _check(self, n_samples: int) -> None:
        """Check the parameters for signals of this length."""
        self._settings().plan(n_samples)

    def _transform_signals(self, signals: NDArray[np.floating]) -> NDArray[np.floating]:
        """Denoise signals of shape (n_beats, n_signals, n_samples)."""
        return _denoise(signals, self._settings())

    def _settings(self) -> "_Settings":
        """Return the parameters that `wavelet_denoise` shares."""
        return _Settings(
            owner=type(self).__name__,
            wavelet=self.wavelet,
            level=self.level,
            threshold=self.threshold,
            threshold_approximation=self.threshold_approximation,
            mode=self.mode,
            highpass=self.highpass,
            fs=self.fs,
        )


class _Plan(NamedTuple):
    """Levels of a transform, counted from the finest details, which are level 1."""

    wavelet: pywt.Wavelet
    level: int  # details up to here are thresholded
    baseline_level: int  # coarser coefficients are baseline wander; 0: none are


_RULES = {
    "level": Rule(lambda v: v is None or (is_int(v) and v >= 1), "an int of at least 1, or None"),
    "threshold": Rule(
        lambda v: (
            v in ("universal", "level")
            if isinstance(v, str)
            else v is None or (is_number(v) and v >= 0)
        ),
        "a number, zero or more, 'universal', 'level' or None",
    ),
    "threshold_approximation": SWITCH,
    "mode": one_of("soft", "hard"),
    "highpass": POSITIVE_OR_NONE,
    "fs": POSITIVE_OR_NONE,
}


@dataclass(frozen=True)
class _Settings:
    """Parameters of the function or class ``owner``."""

    owner: str
    wavelet: str | pywt.Wavelet
    level: int | None
    threshold: float | str | None
    threshold_approximation: bool
    mode: str
    highpass: float | None
    fs: float | None

    def plan(self, n_samples: int) -> _Plan:
        """Check the parameters for signals of this length, and find the levels."""
        for name, rule in _RULES.items():
            check_value(getattr(self, name), rule, name, self.owner)
        wavelet = _as_wavelet(self.wavelet, self.owner)
        deepest = pywt.dwt_max_level(n_samples, wavelet.dec_len) if n_samples else 0
        baseline_level = self._baseline_level(n_samples, wavelet, deepest)
        level = self.level
        if level is None:
            level = baseline_level or deepest
        elif level > deepest:
            raise ValueError(
                f"The 'level' parameter of {self.owner} must be at most {deepest} for signals of "
                f"{n_samples} samples and the wavelet '{wavelet.name}': beyond that every "
                f"coefficient is an effect of the signals' ends. Got {level} instead. "
                f"Level {level} takes {_least_samples(wavelet, level)} samples."
            )
        return _Plan(wavelet, int(level), baseline_level)

    def _baseline_level(self, n_samples: int, wavelet: pywt.Wavelet, deepest: int) -> int:
        """Find the level whose approximation is the baseline wander, or raise; 0 for none."""
        highpass, fs, owner = self.highpass, self.fs, self.owner
        if highpass is None:
            return 0
        if fs is None:
            raise ValueError(
                f"The 'fs' parameter of {owner} must be the sampling frequency in Hz where "
                f"'highpass' is given (highpass={highpass}). Got None instead."
            )
        # the approximation at a level holds 0 to fs / 2**(level + 1)
        level = math.ceil(math.log2(fs) - math.log2(highpass) - 1 - 1e-9)
        if level < 1:
            raise ValueError(
                f"The 'highpass' parameter of {owner} must be below half of 'fs', "
                f"{fs / 2:g} Hz. Got {highpass} instead."
            )
        if level > deepest:
            raise ValueError(
                f"The 'highpass' parameter of {owner} needs signals of at least "
                f"{_least_samples(wavelet, level)} samples for {highpass} Hz at {fs:g} Hz (level "
                f"{level} of the wavelet '{wavelet.name}'). Got signals of {n_samples} samples "
                "instead. Beats are too short for that: remove the baseline from whole leads, by "
                f"BeatExtractor(preprocessing=WaveletDenoiser(highpass={highpass}))."
            )
        return level


def _as_wavelet(wavelet: str | pywt.Wavelet, owner: str) -> pywt.Wavelet:
    """Return a discrete wavelet, or raise."""
    if isinstance(wavelet, pywt.Wavelet):
        return wavelet
    try:
        return pywt.Wavelet(wavelet)
    except (TypeError, ValueError, AttributeError) as error:
        raise ValueError(
            f"The 'wavelet' parameter of {owner} must be the name of a discrete wavelet, such "
            f"as 'db6' (pywt.wavelist(kind='discrete') lists them). Got {wavelet!r} instead."
        ) from error


def _least_samples(wavelet: pywt.Wavelet, level: int) -> str:
    """Write the number of samples that a signal needs for this level."""
    if level > 60:  # a number too long to be computed and written
        return "more than 10**18"
    return str((wavelet.dec_len - 1) * 2**level)


def _denoise(X: NDArray[np.floating], settings: _Settings) -> NDArray[np.floating]:
    """Transform, threshold, remove the baseline and transform back; a new array of X's shape.

    The coefficients of a transform of depth 3, and the frequencies in each:

        [approximation,  details 3,     details 2,    details 1]
         0 .. fs/16      fs/16 .. fs/8  fs/8 .. fs/4  fs/4 .. fs/2
    """
    plan = settings.plan(X.shape[-1])
    threshold = settings.threshold
    if X.size == 0 or (threshold is None and plan.baseline_level == 0):
        return X.copy()

    depth = max(plan.level, plan.baseline_level)
    if depth == 0:
        coefficients = [X.copy()]  # a transform of depth 0 would be X itself
    else:
        coefficients = pywt.wavedec(X, plan.wavelet, level=depth, axis=-1)
    details = coefficients[:0:-1]  # finest first
    if threshold is not None:
        limits = _limits(threshold, details[: plan.level], X.shape[-1])
        for detail, limit in zip(details, limits, strict=False):
            _shrink(detail, limit, settings.mode)
        if settings.threshold_approximation:
            # the approximation of no level has no details to estimate the noise from
            if limits:
                _shrink(coefficients[0], limits[-1], settings.mode)
            elif not isinstance(threshold, str):
                _shrink(coefficients[0], threshold, settings.mode)
    if plan.baseline_level:
        coefficients[0][...] = 0
        for detail in details[plan.baseline_level :]:
            detail[...] = 0
    return pywt.waverec(coefficients, plan.wavelet, axis=-1)[..., : X.shape[-1]]


def _limits(
    threshold: float | str, details: list[NDArray[np.floating]], n_samples: int
) -> Sequence[float | NDArray[np.floating]]:
    """Find the threshold of each array of details, one for each signal if estimated."""
    if not isinstance(threshold, str):
        return [threshold] * len(details)
    factor = math.sqrt(2 * math.log(n_samples)) / _MAD_OF_UNIT_NORMAL
    measured = details if threshold == "level" else details[:1]
    limits = [np.median(np.abs(detail), axis=-1, keepdims=True) for detail in measured]
    limits = [limit * limit.dtype.type(factor) for limit in limits]
    return limits if threshold == "level" else limits * len(details)


def _shrink(
    coefficients: NDArray[np.floating], limit: float | NDArray[np.floating], mode: str
) -> None:
    """Threshold in place."""
    if mode == "soft":
        coefficients -= np.clip(coefficients, -limit, limit)
    else:
        coefficients[np.abs(coefficients) < limit] = 0
