"""What disturbs a simulated recording: breath and drift, muscles, mains."""

import numpy as np

from ._rhythm import band_process

__all__ = ["baseline_wander", "mains_hum", "muscle_noise"]


def baseline_wander(
    n_samples: int, n_leads: int, fs: float, breathing: float, rng: np.random.Generator
) -> np.ndarray:
    """Baseline wander of root mean square 1: breathing, and slower drift of the electrodes."""
    time = np.arange(n_samples) / fs
    breath = band_process(time, breathing, 0.02, rng)
    out = np.empty((n_leads, n_samples))
    for lead in range(n_leads):
        drift = band_process(time, 0.0, 0.05, rng)
        faster = band_process(time, 0.25, 0.15, rng)
        mix = rng.uniform(0.3, 0.8) * rng.choice([-1, 1]) * breath + drift + 0.3 * faster
        out[lead] = mix
    return out / np.sqrt(0.3 + 1.0 + 0.09)  # expected power; a short record need not have it


def muscle_noise(n_samples: int, n_leads: int, fs: float, rng: np.random.Generator) -> np.ndarray:
    """Muscle noise of root mean square 1: 20 to 100 Hz, always some, more in bursts."""
    freq = np.fft.rfftfreq(n_samples, 1 / fs)
    band = 1 / (1 + (20 / np.maximum(freq, 1e-9)) ** 8) / (1 + (freq / 100) ** 8)
    white = rng.standard_normal((n_leads, n_samples))
    noise = np.fft.irfft(np.fft.rfft(white) * np.sqrt(band), n_samples)
    time = np.arange(n_samples) / fs
    envelope = np.exp(0.7 * band_process(time, 0.0, 0.12, rng))
    noise *= envelope
    return noise / np.sqrt(np.mean(noise**2, axis=1, keepdims=True) + 1e-12)


def mains_hum(
    n_samples: int, n_leads: int, fs: float, frequency: float, rng: np.random.Generator
) -> np.ndarray:
    """Mains hum of amplitude about 1, silent if half the sampling frequency is no higher."""
    if frequency >= fs / 2:
        return np.zeros((n_leads, n_samples))
    time = np.arange(n_samples) / fs
    swell = 1 + 0.15 * band_process(time, 0.0, 0.05, rng)
    phase = rng.uniform(0, 2 * np.pi, (n_leads, 1))
    size = rng.uniform(0.7, 1.3, (n_leads, 1))
    return size * swell * np.sin(2 * np.pi * frequency * time + phase)
