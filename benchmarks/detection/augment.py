"""Recordings of training, changed at random: an epoch sees each of them in another way.

All is at the rate of the network, 128 Hz. A recording is stretched in time, its leads are mixed,
turned and exchanged; some beats are made weaker or erased (with their label, so that pauses are
not filled); noise of nstdb, white noise, hum, steps and spikes are added; leads become noise or
are lost for some time.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from skecg.detection._scale import CELL, RATE, scaled_lead

FRAME, CENTRE = 4, 1.5
BASELINE = 51


@dataclass
class Example:
    """A changed recording: input and target of the network."""

    leads: np.ndarray  # (n, 2), scaled
    usable: np.ndarray  # (n, 2)
    noise: np.ndarray  # (n, 2), whether noise hides the beats of a lead
    beat: np.ndarray  # (n // 4,), a normal curve around each beat
    weight: np.ndarray  # (n // 4,), zero where nothing is known


def example(record, noise, rng):
    """Change a recording: a dict of ``signal`` (n, 2), ``beats`` and ``excluded`` stretches."""
    signal, beats, excluded = stretched(record, rng)
    n = len(signal)
    signal = mixed(signal, rng)
    base = np.stack([without_baseline(lead) for lead in signal.T], 1)
    envelope, gain, labelled = amplitudes(beats, n, rng)
    signal = signal - base + base * (envelope * gain)[:, None]
    height = [beat_height(lead) for lead in base.T]
    added = added_noise(n, height, noise, rng) + faults(n, height, rng)
    lost = lost_stretches(signal, added, height, noise, rng)
    signal = signal + added
    usable = np.ones((n, 2), bool)
    if rng.random() < 0.35:
        k = rng.integers(2)
        usable[:, k] = rng.random() < 0.5 and episodes(rng, n, 0.3, 5, 300) < 0.5
    leads = [scaled_lead(signal[:, k], usable[:, k], RATE) for k in range(2)]
    hidden = np.zeros((n, 2), np.float32)
    for k in range(2):
        power = uniform_filter1d(without_baseline(added[:, k]) ** 2, CELL)
        loud = np.sqrt(np.maximum(power, 0)) > height[k] * gain / np.sqrt(8) * 1.12  # -1 dB
        hidden[:, k] = loud | lost[:, k]
    nowhere = (lost | ~usable).all(axis=1)
    beat, weight = targets(n, beats[labelled], excluded, nowhere)
    return Example(np.stack(leads, 1), usable, hidden, beat, weight)


def stretched(record, rng):
    """Return the recording faster or slower."""
    signal, beats, excluded = record["signal"], record["beats"], record["excluded"]
    if rng.random() < 0.35:
        return signal.copy(), beats, excluded
    factor = np.exp(rng.uniform(np.log(0.75), np.log(1.3)))
    at = np.arange(int(len(signal) * factor)) / factor
    index = np.arange(len(signal))
    signal = np.stack([np.interp(at, index, lead) for lead in signal.T], 1).astype(np.float32)
    return signal, beats * factor, [(a * factor, b * factor) for a, b in excluded]


def mixed(signal, rng):
    """Return sums of the leads, turned and exchanged."""
    if rng.random() < 0.5:
        unit = signal / np.array([beat_height(lead) for lead in signal.T], np.float32)
        if rng.random() < 0.5:
            angles = rng.uniform(0, 2 * np.pi, 2)
        else:
            angles = [rng.normal(0, 0.25), np.pi / 2 + rng.normal(0, 0.25)]
        signal = np.stack([np.cos(a) * unit[:, 0] + np.sin(a) * unit[:, 1] for a in angles], 1)
        signal = signal.astype(np.float32)
    if rng.random() < 0.5:
        signal = signal * rng.choice([-1, 1], 2).astype(np.float32)
    return signal[:, ::-1].copy() if rng.random() < 0.5 else signal


def amplitudes(beats, n, rng):
    """Return the factor of single beats, that of long stretches, and the beats that remain."""
    envelope, labelled = np.ones(n, np.float32), np.ones(len(beats), bool)
    pick = rng.random(len(beats))
    for i in np.flatnonzero(pick < 0.07):
        erased = pick[i] > 0.06
        labelled[i] = not erased
        start, stop = max(0, int(beats[i]) - 24), min(n, int(beats[i]) + 24)
        if start < stop:
            away = np.abs(np.arange(start, stop) - int(beats[i]))
            factor = 0.0 if erased else rng.uniform(0.25, 0.9)
            envelope[start:stop] *= 1 - (1 - factor) * np.clip((24 - away) / 6, 0, 1)
    slow = np.exp(gaussian_filter1d(rng.normal(0, 1, n // RATE + 2), 3) * 1.2 * rng.random())
    gain = np.interp(np.arange(n), np.arange(len(slow)) * RATE, slow).astype(np.float32)
    return envelope, gain, labelled


def added_noise(n, height, noise, rng):
    """Return noise of nstdb, from its first half, that comes and goes, in one or both leads."""
    added = np.zeros((n, 2), np.float32)
    mode, first, shared, here = rng.random(), rng.integers(2), rng.random() < 0.5, None
    for k in range(2):
        if mode < 0.3 or (mode < 0.6 and k != first):
            continue
        for kind in rng.choice(["em", "ma", "bw", "em"], rng.integers(1, 3), replace=False):
            sound = piece(noise[kind], n, rng)
            if here is None or k == 0 or not shared or mode < 0.6:
                here = episodes(rng, n, rng.uniform(0.15, 0.6))
            ratio = 10 ** (rng.uniform(-3, 24) / 10)
            scale = height[k] / np.sqrt(8 * ratio) / max(sound.std(), 1e-6)
            added[:, k] += gaussian_filter1d(here, RATE // 4) * (sound - sound.mean()) * scale
    return added


def faults(n, height, rng):
    """Return white noise, hum, steps that decay, and spikes."""
    added = np.zeros((n, 2), np.float32)
    time = np.arange(n) / RATE
    for k in range(2):
        if rng.random() < 0.2:
            white = rng.normal(0, height[k] * np.exp(rng.uniform(-4.5, -1.8)), n)
            added[:, k] += white * episodes(rng, n, 0.3)
        if rng.random() < 0.15:
            hum = np.sin(2 * np.pi * rng.uniform(45, 61) * time)
            hum *= height[k] * np.exp(rng.uniform(-4, -1.2))
            added[:, k] += hum * episodes(rng, n, 0.3)
        if rng.random() < 0.2:
            for _ in range(rng.integers(1, 12)):
                i, tau = rng.integers(n), np.exp(rng.uniform(0, 4)) * RATE / 4
                step = np.exp(-np.arange(int(min(n - i, 6 * tau))) / tau)
                size = rng.choice([-1, 1]) * height[k] * np.exp(rng.uniform(-1, 3))
                added[i : i + len(step), k] += size * step
        if rng.random() < 0.2:
            at = rng.integers(0, n - 2, rng.integers(1, 40))
            size = height[k] * np.exp(rng.uniform(-1.5, 1.5)) * rng.choice([-1, 1], len(at))
            added[at, k] += size
            added[at + 1, k] += size * rng.random()
            if rng.random() < 0.3:
                added[at, 1 - k] += size
    return added


def lost_stretches(signal, added, height, noise, rng):
    """Put noise in place of leads, in place; return where."""
    n = len(signal)
    lost = np.zeros((n, 2), bool)
    for k in range(2):
        if rng.random() >= 0.3:
            continue
        here = gaussian_filter1d(episodes(rng, n, 0.1, 8, 90), 4)
        kind = rng.choice(["em", "ma", "bw", "white", "none"])
        if kind in noise:
            sound = piece(noise[kind], n, rng)
            sound = (sound - sound.mean()) / sound.std()
        else:
            sound = rng.normal(0, 1 if kind == "white" else 0.05, n)
        if rng.random() < 0.3:
            sound = gaussian_filter1d(sound, rng.uniform(0.5, 4))
            sound = sound / (sound.std() + 1e-9)
        for lead in (k, 1 - k) if rng.random() < 0.25 else (k,):
            size = height[lead] * np.exp(rng.uniform(-3, 1))
            moved = np.roll(sound, 0 if lead == k else rng.integers(n))
            signal[:, lead] = signal[:, lead] * (1 - here) + here * moved * size
            added[:, lead] *= 1 - here
            lost[:, lead] |= here > 0.5
    return lost


def targets(n, beats, excluded, nowhere):
    """Return the target of each frame, and its weight."""
    n_frames = n // FRAME
    centre = FRAME * np.arange(n_frames) + CENTRE
    beat, weight = np.zeros(n_frames, np.float32), np.ones(n_frames, np.float32)
    for at in beats[beats < n]:
        near = slice(max(0, int(at / FRAME) - 4), int(at / FRAME) + 6)
        curve = np.exp(-(((centre[near] - at) / FRAME) ** 2) / 2)
        beat[near] = np.maximum(beat[near], curve)
    for start, stop in excluded:
        weight[max(0, int(start / FRAME)) : max(0, int(min(stop, n) / FRAME))] = 0
    gone = nowhere[: FRAME * n_frames].reshape(n_frames, FRAME).any(axis=1)
    beat[gone] = 0
    edges = np.abs(np.diff(gone.astype(np.float32), prepend=0))
    weight[uniform_filter1d(edges, 25) > 1e-6] = 0  # whether a beat is seen there is a guess
    return beat, weight


def episodes(rng, n, share, shortest=2, longest=40):
    """Return ones in stretches of some seconds that fill a share of the recording."""
    here = np.zeros(n, np.float32)
    while here.sum() < share * n:
        length = int(np.exp(rng.uniform(np.log(shortest), np.log(longest))) * RATE)
        start = rng.integers(-length // 2, n)
        here[max(start, 0) : start + length] = 1
    return here


def piece(sound, n, rng):
    """Return noise of one lead from the first half of its recording, from anywhere on."""
    half = sound[: len(sound) // 2, rng.integers(2)]
    out = np.resize(np.roll(half, rng.integers(len(half))), n)
    return out[::-1] if rng.random() < 0.5 else out


def without_baseline(lead):
    """Return a lead minus a triangular mean, as the network gets it."""
    twice = uniform_filter1d(uniform_filter1d(lead, BASELINE, mode="nearest"), BASELINE)
    return lead - twice


def beat_height(lead):
    """Return the median peak to peak of two seconds."""
    cells = without_baseline(lead)[: len(lead) // CELL * CELL].reshape(-1, CELL)
    return max(float(np.median(np.ptp(cells, axis=1))), 1e-6)
