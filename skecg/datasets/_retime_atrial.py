"""Activity of the atria without P waves: f waves of fibrillation, F waves of flutter.

f waves are a fundamental with two harmonics (a sawtooth) whose rate and amplitude change, as in
the model of Stridh & Sornmo 2001, IEEE Trans Biomed Eng 48:105-111,
https://doi.org/10.1109/10.900266. Rate and amplitude wander at random here; that model modulates
them by sines. Rates are about those of Petrutiu et al. 2007, Europace 9:466-470,
https://doi.org/10.1093/europace/eum096: 4.4 to 6.5 Hz in paroxysms, 5.8 to 7.4 Hz in sustained
fibrillation.
"""

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
    size = np.exp(rng.uniform(np.log(span[0]), np.log(span[1]), n_leads))
    return np.asarray(size * rng.choice([-1.0, 1.0], n_leads))


def f_waves(n: int, n_leads: int, fs: float, rng: np.random.Generator) -> Floats:
    """Draw f waves as shares of the height of the QRS complex, (n_samples, n_leads)."""
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
