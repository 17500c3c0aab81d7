"""Methods of augmentation: changes of a beat that keep its class.

Each function changes waveforms in place. Their axes, and the axes of each random draw (1: the
same value for all):

    waveform          (n_beats, n_neighbors, n_leads, n_channels, n_samples)
    amplitude         (n_beats, 1,           n_leads, 1,          1)
    shift             (n_beats, 1,           1,       1,          1)
    wander            (n_beats, n_neighbors, n_leads, 1,          1)
    noise             (n_beats, n_neighbors, n_leads, 1,          n_samples)

One event in the body or at the electrode is one draw. All channels of a lead get the same, since
they are views of one signal.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from ._draws import DrawsInBlocks

__all__ = ["METHODS", "Method"]

Waveform: TypeAlias = NDArray[np.floating]
Draws: TypeAlias = np.random.Generator | DrawsInBlocks
Method: TypeAlias = Callable[[Waveform, float, Draws], None]

# of the sampling frequency: 20 Hz at 250 Hz, where muscle noise begins to dominate
_MUSCLE_FROM = 0.08
_WANDER_PERIODS = (2.0, 20.0)  # in lengths of a signal; 2.5 to 0.25 Hz for beats of 0.2 s


def frequency_noise(waveform: Waveform, strength: float, rng: Draws) -> None:
    """Add real Gaussian noise to the Fourier transform and keep the real part.

    ``ifft(fft(x) + noise).real``, the notebook's formula, is ``x + ifft(noise).real``.
    """
    noise = _standard_normal(waveform, rng)
    noise *= strength
    waveform += fft.ifft(noise, axis=-1, overwrite_x=True).real


def amplitude(waveform: Waveform, strength: float, rng: Draws) -> None:
    """Multiply each lead of a row by a factor between 1 - strength and 1 + strength."""
    n_rows, _, n_leads = waveform.shape[:3]
    factor = 1 + strength * rng.uniform(-1, 1, size=(n_rows, 1, n_leads, 1, 1))
    waveform *= factor.astype(waveform.dtype)


def shift(waveform: Waveform, strength: float, rng: Draws) -> None:
    """Shift all of a row by 1 to strength * n_samples samples; ends repeat the last sample.

    source of each sample, for steps = 2:   0 0 0 1 2 3
    """
    n_samples = waveform.shape[-1]
    if strength == 0:
        return
    furthest = max(1, round(min(strength, 1) * n_samples))
    steps = rng.integers(1, furthest, size=len(waveform), endpoint=True)
    steps *= rng.choice((-1, 1), size=len(waveform))
    source = np.clip(np.arange(n_samples) - steps[:, None], 0, n_samples - 1)
    waveform[...] = np.take_along_axis(waveform, source[:, None, None, None, :], axis=-1)


def wander(waveform: Waveform, strength: float, rng: Draws) -> None:
    """Add a slow sine of this amplitude, its period 2 to 20 lengths of a signal."""
    shape = waveform.shape[:3] + (1, 1)
    shortest, longest = np.log(_WANDER_PERIODS)
    period = np.exp(rng.uniform(shortest, longest, size=shape))
    phase = rng.uniform(0, 2 * np.pi, size=shape)
    time = np.arange(waveform.shape[-1]) / waveform.shape[-1]
    angle = (2 * np.pi * time / period + phase).astype(waveform.dtype)
    waveform += strength * np.sin(angle)


def muscle(waveform: Waveform, strength: float, rng: Draws) -> None:
    """Add noise of this standard deviation above 0.08 of the sampling frequency."""
    n_samples = waveform.shape[-1]
    noise = _standard_normal(waveform, rng)
    keep = fft.rfftfreq(n_samples) >= _MUSCLE_FROM
    # a bin counts for itself and its mirror image, except the lowest, and the highest of an
    # even number of samples
    weight = np.full(keep.size, 2.0)
    weight[0] = 1
    if n_samples % 2 == 0:
        weight[-1] = 1
    share = (weight * keep).sum() / n_samples
    if share:  # a single sample has no band
        spectrum = fft.rfft(noise, axis=-1)
        spectrum[..., ~keep] = 0
        noise = fft.irfft(spectrum, n=n_samples, axis=-1)
        noise *= strength / np.sqrt(share).astype(noise.dtype)
    else:
        noise *= strength
    waveform += noise


def _standard_normal(waveform: Waveform, rng: Draws) -> Waveform:
    """Draw noise for each beat and lead, the same for all channels of a lead."""
    shape = waveform.shape[:3] + (1,) + waveform.shape[4:]
    return rng.standard_normal(shape, dtype=waveform.dtype)


# the function, and its strength unless another is given
METHODS: dict[str, tuple[Method, float]] = {
    "frequency_noise": (frequency_noise, 0.01),
    "amplitude": (amplitude, 0.1),
    "shift": (shift, 0.04),
    "wander": (wander, 0.1),
    "muscle": (muscle, 0.02),
}
