"""Activity of the atria without P waves: f waves of fibrillation, F waves of flutter."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from ._rhythm import Floats

__all__ = ["coloured_noise", "f_waves", "flutter_waves"]

_RATE = (4.5, 8.0)  # Hz, mean rate of f waves
_RATE_SPREAD = 0.5  # Hz
_SIZE_SPREAD = 0.35  # of the logarithm of the amplitude
_SLOW = 1.6  # s, time constant of both
# amplitudes as shares of the height of the QRS complex
_F_SIZE = (0.003, 0.06)
_FLUTTER_SIZE = (0.006, 0.1)


def coloured_noise(
    n: int, sd: float, seconds: float, fs: float, rng: np.random.Generator
) -> Floats:
    """Draw noise that decays with a time constant: autoregressive, of order 1."""
    keep = np.exp(-1 / (seconds * fs))
    shock = rng.normal(0, sd * np.sqrt(1 - keep**2), n)
    shock[0] = rng.normal(0, sd)
    return np.asarray(lfilter([1.0], [1.0, -keep], shock))


def _sizes(span: tuple[float, float], n_leads: int, rng: np.random.Generator) -> Floats:
    """Draw an amplitude and a sign for each lead."""
    size = np.exp(rng.uniform(*np.log(span), n_leads))
    return np.asarray(size * rng.choice([-1.0, 1.0], n_leads))


def f_waves(n: int, n_leads: int, fs: float, rng: np.random.Generator) -> Floats:
    """Draw f waves as shares of the height of the QRS complex, (n_samples, n_leads).

    A fundamental with two harmonics, as in the model of Stridh & Soernmo (2001); rate and
    amplitude change at random where that model modulates them by sines.
    """
    rate = rng.uniform(*_RATE) + coloured_noise(n, _RATE_SPREAD, _SLOW, fs, rng)
    phase = 2 * np.pi * np.cumsum(rate) / fs
    size = np.exp(coloured_noise(n, _SIZE_SPREAD, _SLOW, fs, rng))
    second = rng.uniform(0, 0.5)
    wave = np.sin(phase) + second * np.sin(2 * phase + 1) + second / 2 * np.sin(3 * phase + 2)
    return (size * wave)[:, None] * _sizes(_F_SIZE, n_leads, rng)


def flutter_waves(turns: Floats, n_leads: int, rng: np.random.Generator) -> Floats:
    """Draw F waves, of which ``turns`` have passed, as shares of the height of the QRS complex."""
    phase = 2 * np.pi * turns + rng.uniform(0, 2 * np.pi)
    wave: NDArray[np.float64] = sum(
        (np.sin(k * phase + 0.5 * k) / k for k in (1, 2, 3)), np.zeros(len(turns))
    )
    return wave[:, None] * _sizes(_FLUTTER_SIZE, n_leads, rng)
