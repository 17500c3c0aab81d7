"""Times and kinds of simulated beats."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["MIN_RR", "Rhythm", "band_process", "draw_rhythm"]

MIN_RR = 0.3  # seconds; no beat follows another sooner
_SLOW_FS = 4.0  # Hz, the rate at which processes slower than a heartbeat are made
_RESET = 0.07  # part by which the interval after a reset is longer than others, on average
_MARGIN = 3.0  # seconds of beats before and after the record, whose waves reach into it

# Spectrum of the RR intervals: McSharry et al. 2003, section III and table I.
_LF_CENTRE, _LF_WIDTH = 0.1, 0.01
_HF_WIDTH = 0.01
_LF_HF_RATIO = 0.5

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rhythm:
    """Beats in the order of time, one entry per beat."""

    time: Floats  # R peak, s from the start of the record
    symbol: NDArray[np.str_]  # "N", "S", "V" or "F"
    rr: Floats  # interval that repolarization has adapted to, s
    sinus: Floats  # time of the beat that the sinus node's P wave starts, or would start, s
    respiration: Floats  # position of the chest at the beat, standard deviation 1


def band_process(time: Floats, centre: float, width: float, rng: np.random.Generator) -> Floats:
    """Draw a Gaussian process of variance 1 whose spectrum is a Gaussian around ``centre`` Hz.

    The method is that of McSharry et al. for RR intervals: amplitudes from the spectrum, random
    phases, and an inverse Fourier transform.
    """
    start, stop = time[0], time[-1]
    n = max(2048, int(np.ceil((stop - start) * _SLOW_FS * 1.1)))
    freq = np.fft.rfftfreq(n, 1 / _SLOW_FS)
    power = np.exp(-0.5 * ((freq - centre) / width) ** 2)
    power[0] = 0.0
    phase = rng.uniform(0, 2 * np.pi, freq.size)
    process = np.fft.irfft(np.sqrt(power) * np.exp(1j * phase), n)
    return np.interp(time - start, np.arange(n) / _SLOW_FS, process / process.std())


def draw_rhythm(
    duration: float,
    heart_rate: float,
    rr_std: float,
    shares: dict[str, float],
    breathing: float,
    rng: np.random.Generator,
) -> Rhythm:
    """Draw sinus rhythm with ectopic beats; ``breathing`` is the respiratory rate in Hz."""
    mean_rr = 60 / heart_rate
    start, stop = -_MARGIN, duration * (1 + shares["S"]) + 2 * _MARGIN
    t = np.arange(start, stop + 1 / _SLOW_FS, 1 / _SLOW_FS)
    breath = band_process(t, breathing, _HF_WIDTH, rng)
    mayer = band_process(t, _LF_CENTRE, _LF_WIDTH, rng)
    low = _LF_HF_RATIO / (1 + _LF_HF_RATIO)
    wave = np.sqrt(low) * mayer + np.sqrt(1 - low) * breath
    rr_t = np.maximum(mean_rr + rr_std * wave, max(MIN_RR, 0.6 * mean_rr))

    # the phase grows by one per beat, as in the paper's equation of motion
    phase = np.concatenate([[0.0], np.cumsum(0.5 * (1 / rr_t[1:] + 1 / rr_t[:-1])) / _SLOW_FS])
    sinus = np.interp(np.arange(rng.random(), phase[-1], 1.0), phase, t)

    # coupling of the subject's ectopic beats to the beat before, as part of a sinus interval
    coupling = {"S": rng.uniform(0.6, 0.78), "V": rng.uniform(0.56, 0.74), "F": 0.94}
    advance = shares["S"] * (1 + _RESET - coupling["S"])  # of all later beats, by the resets
    symbol = _place_ectopics(sinus, duration * (1 + advance), shares, rng)
    sinus_interval = np.diff(sinus, prepend=start)
    intervals = _shift_beats(sinus_interval, symbol, coupling, rng)
    time = start + np.cumsum(intervals)
    # repolarization adapts to the rate over many beats and only partly to the last interval
    adapted = 0.7 * mean_rr + 0.3 * np.clip(intervals, 0.6 * mean_rr, 1.3 * mean_rr)
    return Rhythm(
        time=time,
        symbol=symbol,
        rr=adapted,
        sinus=np.where(np.isin(symbol, ["V", "F"]), time + sinus_interval - intervals, time),
        respiration=np.interp(time, t, breath),
    )


def _place_ectopics(
    sinus: Floats, stop: float, shares: dict[str, float], rng: np.random.Generator
) -> NDArray[np.str_]:
    """Return the symbols of all beats: ectopic ones at random places, never two in a row."""
    symbol = np.full(sinus.size, "N")
    places = np.flatnonzero((sinus > 1.0) & (sinus < stop - 1.0))
    counts = [int(np.floor(share * places.size + rng.random())) for share in shares.values()]
    excess = sum(counts) - (places.size + 1) // 2
    if excess > 0:  # rounded up once too often
        counts[int(np.argmax(counts))] -= excess
    total = sum(counts)
    # choose among fewer places, and spread the chosen ones by one more each:
    #
    #   chosen among 5 places   0 1 . 3 .
    #   among 7                 0 . 2 . . 5 .
    chosen = np.sort(rng.permutation(max(places.size - total + 1, 0))[:total]) + np.arange(total)
    symbol[places[chosen]] = rng.permutation(np.repeat(list(shares), counts))
    return symbol


def _shift_beats(
    sinus_interval: Floats,
    symbol: NDArray[np.str_],
    coupling: dict[str, float],
    rng: np.random.Generator,
) -> Floats:
    """Return the intervals before each beat, ectopic beats early, from those of the sinus node.

    A ventricular or fusion beat does not affect the sinus node, so the pause is fully
    compensatory. A supraventricular one resets the node, and the next beat follows after little
    more than an ordinary interval.
    """
    # intervals   N  800  N  800  V  800  N        N  800  N  800  S  800  N
    # become      N  800  N  500  V 1100  N        N  800  N  550  S  860  N
    intervals = sinus_interval.copy()
    for kind, spread in {"S": 0.04, "V": 0.015, "F": 0.015}.items():
        at = np.flatnonzero(symbol == kind)
        factor = coupling[kind] + spread * np.clip(rng.standard_normal(at.size), -2, 2)
        early = np.maximum(factor * sinus_interval[at], np.minimum(MIN_RR, sinus_interval[at]))
        intervals[at] = early
        if kind == "S":
            delay = 1 + rng.uniform(0.3, 1.7, at.size) * _RESET
            intervals[at + 1] = delay * sinus_interval[at + 1]
        else:
            intervals[at + 1] = sinus_interval[at + 1] + sinus_interval[at] - early
    return intervals
