"""Noise of simulated recordings: breathing and drift, motion, muscles, mains."""

import numpy as np

from ._rhythm import Floats, band_process

__all__ = ["baseline_wander", "mains_hum", "motion_artifacts", "muscle_noise"]


def baseline_wander(
    n_samples: int, n_leads: int, fs: float, breathing: float, rng: np.random.Generator
) -> Floats:
    """Draw baseline wander of root mean square 1: breathing, and slower drift of electrodes."""
    time = np.arange(n_samples) / fs
    breath = band_process(time, breathing, 0.02, rng)
    out = np.empty((n_leads, n_samples))
    for lead in range(n_leads):
        drift = band_process(time, 0.0, 0.05, rng)
        faster = band_process(time, 0.25, 0.15, rng)
        mix = rng.uniform(0.3, 0.8) * rng.choice([-1, 1]) * breath + drift + 0.3 * faster
        out[lead] = mix
    return out / np.sqrt(0.3 + 1.0 + 0.09)  # expected power; a short record need not have it


def muscle_noise(n_samples: int, n_leads: int, fs: float, rng: np.random.Generator) -> Floats:
    """Draw muscle noise of root mean square 1: 20 to 100 Hz, always some, more at times."""
    return _bursts(n_samples, n_leads, fs, (20, 100), 0.7, rng)


def motion_artifacts(n_samples: int, n_leads: int, fs: float, rng: np.random.Generator) -> Floats:
    """Draw artifacts of moving electrodes, root mean square 1: 1 to 8 Hz, rare and strong."""
    return _bursts(n_samples, n_leads, fs, (1, 8), 1.6, rng)


def _bursts(
    n_samples: int,
    n_leads: int,
    fs: float,
    band: tuple[float, float],
    spread: float,
    rng: np.random.Generator,
) -> Floats:
    """Draw noise between two frequencies, whose strength rises and falls over seconds."""
    freq = np.fft.rfftfreq(n_samples, 1 / fs)
    low, high = band
    power = 1 / (1 + (low / np.maximum(freq, 1e-9)) ** 8) / (1 + (freq / high) ** 8)
    white = rng.standard_normal((n_leads, n_samples))
    noise = np.fft.irfft(np.fft.rfft(white) * np.sqrt(power), n_samples)
    time = np.arange(n_samples) / fs
    noise *= np.exp(spread * band_process(time, 0.0, 0.12, rng))
    expected = np.exp(spread**2) * np.sqrt(2 * power.sum() / n_samples)
    return noise / expected


def mains_hum(
    n_samples: int, n_leads: int, fs: float, frequency: float, rng: np.random.Generator
) -> Floats:
    """Draw mains hum of amplitude about 1; zeros at or above half the sampling frequency."""
    if frequency >= fs / 2:
        return np.zeros((n_leads, n_samples))
    time = np.arange(n_samples) / fs
    swell = 1 + 0.15 * band_process(time, 0.0, 0.05, rng)
    phase = rng.uniform(0, 2 * np.pi, (n_leads, 1))
    size = rng.uniform(0.7, 1.3, (n_leads, 1))
    return size * swell * np.sin(2 * np.pi * frequency * time + phase)
