"""The detector "auto": beats from all leads at once, by a network."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from ._agreement import without_ecg
from ._network import COARSE, FRAME, beat_network
from ._pick import move_to_peaks, pick_beats
from ._scale import RATE, level_lead, quiet_parts, scale_lead

__all__ = ["AutoBeats", "find_in_leads"]

NOISY = 0.35  # mean probability of noise above which a lead is not used
_LONG = 9  # values of quality, 4.5 s, of which the mean is taken


@dataclass(frozen=True, eq=False)
class AutoBeats:
    """Beats of a stretch, and which leads are noisy where."""

    sample: NDArray[np.int64]  # (n_beats,)
    p_beat: NDArray[np.float32]  # (n_beats,)
    noisy: NDArray[np.bool_]  # (n_leads, n_samples)


def find_in_leads(signal: NDArray[np.floating], usable: NDArray[np.bool_], fs: float) -> AutoBeats:
    """Find the beats of a stretch in all of its leads.

    Parameters
    ----------
    signal : ndarray of shape (n_samples, n_leads)
        NaN marks gaps.
    usable : ndarray of bool of shape (n_leads, n_samples)
        Whether a lead has a signal: neither flat nor missing.
    fs : float
        Sampling frequency in Hz.
    """
    n_samples, n_leads = signal.shape
    per_value = FRAME * COARSE
    n_out = -(-n_samples * RATE // round(fs))
    n_padded = n_out + (per_value - n_out) % per_value
    leads = np.zeros((n_leads, n_padded), dtype=np.float32)
    quiet = np.zeros((n_leads, n_padded // per_value), dtype=bool)
    for lead in range(n_leads):
        level = level_lead(signal[:, lead], usable[lead], fs)
        leads[lead, : len(level)] = scale_lead(level)
        whole = len(level) // per_value
        quiet[lead, :whole] = quiet_parts(level[: whole * per_value], per_value)
    frames = _usable_frames(usable, n_padded, fs)
    output = beat_network()(leads, frames)
    # a value of quality holds from sample ceil(i * fs * per_value / RATE) on
    starts = -(-np.arange(n_padded // per_value + 1) * round(fs) * per_value // RATE)
    lengths = np.diff(starts.clip(max=n_samples))
    noisy = np.repeat(_noisy(output.noise), lengths, axis=1) & usable
    place, p_beat = pick_beats(output.beat)
    place = move_to_peaks(place, leads, output.weight)
    sample = np.clip(np.rint(place * (round(fs) / RATE)).astype(np.int64), 0, n_samples - 1)
    used = usable[:, sample] & ~noisy[:, sample]
    inside = used.any(axis=0)
    # a part far lower than the beats is not noise, and no beat is looked for in it
    noisy &= ~np.repeat(quiet, lengths, axis=1)
    sample, place, used = sample[inside], place[inside], used[:, inside]
    for lead, stretches in enumerate(without_ecg(leads, used, np.rint(place).astype(np.int64))):
        for first, last in stretches:
            noisy[lead, _around(sample, first, last, n_samples)] = True
    return AutoBeats(sample, p_beat[inside], noisy & usable)


def _around(sample: NDArray[np.int64], first: int, last: int, n_samples: int) -> slice:
    """Return the samples of some beats, up to half way to the beats before and after."""
    start = (sample[first - 1] + sample[first]) // 2 if first else 0
    stop = (sample[last] + sample[last + 1]) // 2 if last + 1 < len(sample) else n_samples
    return slice(int(start), int(stop))


def _usable_frames(usable: NDArray[np.bool_], n_padded: int, fs: float) -> NDArray[np.bool_]:
    """Return which frames of the network lie in the stretch and in a usable part of a lead."""
    n_inside = min(n_padded, -(-usable.shape[1] * RATE // round(fs)))
    if usable.all():
        whole = np.arange(n_padded // FRAME) < n_inside // FRAME
        return np.tile(whole, (len(usable), 1))
    at = np.arange(n_inside) * round(fs) // RATE
    there = np.zeros((len(usable), n_padded), dtype=bool)
    there[:, :n_inside] = usable[:, at]
    return np.logical_and.reduce(there.reshape(len(usable), -1, FRAME), axis=2)


def _noisy(noise: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return whether a lead is noisy at each value of quality, from the network's logits."""
    probability = 1 / (1 + np.exp(-noise.astype(np.float64)))
    return uniform_filter1d(probability, _LONG, axis=1, mode="nearest") > NOISY
