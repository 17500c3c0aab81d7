"""Columns of shape: the waves of a beat compared with those of the beats around it, lead by lead.

`LeadBeats` holds a window around each beat of one lead. A beat is compared with the median of the
normal beats of its surroundings, part by part:

      P         QRS          T
    |----|   |-------|   |---------|       parts of a window, in seconds from the centre
             |   c   |                     centre: middle of the QRS complex

`shape_columns` makes all columns that need a beat and its surroundings only;
`fill_relative_columns` those that compare columns of different beats.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ._normal import NormalBeats, similar
from ._running import running_median
from ._waves import in_samples, qrs_centres, remove_baseline, slope_step, take_windows

__all__ = ["LIMIT", "SHAPE", "WINDOW", "LeadBeats", "fill_relative_columns", "shape_columns"]

SHAPE = (
    "qrs_correlation",
    "qrs_difference",
    "qrs_amplitude",
    "qrs_area",
    "qrs_width",
    "width",
    "area",
    "p_correlation",
    "p_difference",
    "t_correlation",
    "t_difference",
    "p_normal",
    "similar",
    "similar_rr_before",
    "similar_rr_after",
    "similar_width",
    "noise",
    "lag",
    "like_before",
    "like_after",
    "normal_share",
    "normal_spread",
    "qrs_difference_relative",
    "p_difference_relative",
    "t_difference_relative",
    "qrs_amplitude_20",
)
LIMIT = 4.0  # all columns of context are cut at this value and its negative
WINDOW = 0.4  # seconds on each side of the centre on which the columns depend
# parts of a window, in seconds from the middle of the QRS complex
_QRS = (-0.12, 0.136)
_P = (-0.248, -0.08)
_T = (0.096, 0.36)
_SLOPES = 0.16  # seconds on each side over which the width of the complex is measured
_LAG = 0.032  # seconds by which a beat is moved to fit the median beat
_P_LAG = 0.024
_SMALL = 1e-3  # mV


class LeadBeats:
    """Windows around all beats of one lead, and the measures of each beat by itself.

    Attributes
    ----------
    signal : ndarray of shape (n_samples,)
        The lead without its baseline, in mV.
    centre : ndarray of int of shape (n_beats,)
        Middle of the QRS complex of each beat, in samples.
    offsets : ndarray of int of shape (n_window,)
        Samples of a window from its centre; ``origin`` is the place of the centre among them.
    waves : ndarray of shape (n_beats, n_window)
        Windows.
    row, qrs : slice
        Parts of a window: the samples of a row, and the QRS complex.
    lags : ndarray of int of shape (n_lags,)
        Shifts in samples that are tried to fit a beat to the median beat.
    width : ndarray of shape (n_beats,)
        Spread in time of the QRS complex in ms.
    area : ndarray of shape (n_beats,)
        Area of the QRS complex divided by its height, in ms.
    noise : ndarray of shape (n_beats,)
        Noise divided by the height of the QRS complex.
    """

    def __init__(
        self,
        lead: NDArray[np.float32],
        position: NDArray[np.int64],
        fs: float,
        window: tuple[int, int],
        align: bool,
    ) -> None:
        self.fs = fs
        self.signal = remove_baseline(lead, fs)
        self.centre = qrs_centres(self.signal, position, fs) if align else position
        reach = in_samples(WINDOW, fs)
        self.origin = max(reach, window[0])
        self.offsets = np.arange(-self.origin, max(reach, window[1]))
        self.row = slice(self.origin - window[0], self.origin + window[1])
        self.lags = _lags(_LAG, fs) if align else np.zeros(1, dtype=np.int64)
        self.waves = take_windows(self.signal, self.centre, self.offsets)
        self.qrs = self.part(_QRS)
        complexes = self.waves[:, self.qrs]
        largest = np.abs(complexes).max(axis=1)
        self.width = self._width()
        self.area = np.abs(complexes).sum(axis=1) / (largest + 1e-6) / fs * 1000
        self.noise = self._bend() / (largest + 1e-6)

    def part(self, seconds: tuple[float, float]) -> slice:
        """Find the part of a window between two times from the centre."""
        start, stop = (self.origin + in_samples(s, self.fs) for s in seconds)
        return slice(start, stop)

    def _width(self) -> NDArray[np.floating]:
        """Compute the spread in time of the squared slope around its middle, in ms."""
        step = slope_step(self.fs)
        around = self.waves[:, self.part((-_SLOPES, _SLOPES + 1 / self.fs))]
        slope = (around[:, step:] - around[:, :-step]) ** 2
        time = np.arange(slope.shape[1], dtype=np.float32) / self.fs * 1000
        total = slope.sum(axis=1) + 1e-9
        middle = (slope * time).sum(axis=1) / total
        return np.sqrt((slope * (time - middle[:, None]) ** 2).sum(axis=1) / total)

    def _bend(self) -> NDArray[np.floating]:
        """Compute the RMS of second differences over 8 ms, which are large in noise."""
        step = slope_step(self.fs)
        waves = self.waves[:, self.part((-WINDOW, WINDOW))]
        bend = waves[:, 2 * step :] - 2 * waves[:, step:-step] + waves[:, : -2 * step]
        return np.sqrt((bend * bend).mean(axis=1))


def shape_columns(
    lead: LeadBeats,
    beats: NDArray[np.int64],
    others: NDArray[np.int64],
    normal: NormalBeats,
    rr: tuple[NDArray[np.floating], NDArray[np.floating]],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Compute the columns SHAPE of some beats against others, and their two channels.

    Parameters
    ----------
    lead : LeadBeats
        Windows around all beats.
    beats : ndarray of int of shape (n_beats,)
        Numbers of the beats.
    others : ndarray of int of shape (n_others,)
        Numbers of the beats of their surroundings.
    normal : NormalBeats
        The normal beats among these.
    rr : tuple of two ndarrays of shape (n_all,)
        ln(RR / normal RR) before and after each beat of the recording.

    Returns
    -------
    columns : ndarray of float32 of shape (n_beats, n_columns)
        In the order of SHAPE; those that need columns of other beats are 0.
    channels : ndarray of float32 of shape (n_beats, 2, n_samples)
        The beats, and their difference from the median of the normal beats.
    """
    n, wave = len(beats), normal.wave
    shift, fit = _best_shift(lead, beats, wave)
    moved = take_windows(lead.signal, lead.centre[beats] + shift, lead.offsets)
    complexes, normal_complex = moved[:, lead.qrs], wave[lead.qrs]
    size = np.sqrt((normal_complex * normal_complex).mean()) + _SMALL

    # (n_beats, n_others): which of the others have the shape of each beat, itself not counted
    pairs = similar(lead.waves[beats, lead.qrs], lead.waves[others, lead.qrs])
    pairs[beats[:, None] == others] = False
    n_similar = pairs.sum(axis=1)

    def mean_of_similar(values: NDArray[np.floating]) -> NDArray[np.floating]:
        return (pairs * np.nan_to_num(values[others])).sum(axis=1) / np.maximum(n_similar, 1)

    before, after = np.maximum(beats - 1, 0), np.minimum(beats + 1, len(lead.centre) - 1)
    p, t = lead.part(_P), lead.part(_T)
    spread = lead.waves[normal.beats, lead.qrs] - normal_complex
    height = np.ptp(normal_complex) + _SMALL
    width = np.median(lead.width[normal.beats]) + 1
    columns = {
        "qrs_correlation": fit,
        "qrs_difference": _rms(complexes - normal_complex) / size,
        "qrs_amplitude": np.log((np.ptp(complexes, axis=1) + _SMALL) / height),
        "qrs_area": np.log((lead.area[beats] + 1) / (np.median(lead.area[normal.beats]) + 1)),
        "qrs_width": np.log((lead.width[beats] + 1) / width),
        "width": lead.width[beats] / 40 - 1,
        "area": lead.area[beats] / 60 - 1,
        "p_correlation": _best_correlation(moved, wave, p, _lags(_P_LAG, lead.fs)),
        "p_difference": np.log(_rms(moved[:, p] - wave[p]) / size + 0.02) / 2,
        "t_correlation": _correlation(moved[:, t], wave[t]),
        "t_difference": np.log(_rms(moved[:, t] - wave[t]) / size + 0.02) / 2,
        "p_normal": np.log(np.ptp(wave[p]) / height + 0.01) / 2,
        "similar": np.log((n_similar + 1) / len(others)) / 3,
        "similar_rr_before": mean_of_similar(rr[0]),
        "similar_rr_after": mean_of_similar(rr[1]),
        "similar_width": np.log((mean_of_similar(lead.width) + 1) / width) * (n_similar > 0),
        "noise": np.log(lead.noise[beats] + 0.003) + 3,
        "lag": shift / (_LAG * lead.fs),
        "like_before": _similarity(lead, beats, before),
        "like_after": _similarity(lead, beats, after),
        "normal_share": np.log((len(normal.beats) + 1) / len(others)) / 1.5,
        "normal_spread": np.log(np.median(_rms(spread)) / size + 0.02) / 2,
    }
    table = np.zeros((n, len(SHAPE)), dtype=np.float32)
    for name, values in columns.items():
        table[:, SHAPE.index(name)] = values
    return table, _channels(moved, wave, normal_complex)[..., lead.row]


def fill_relative_columns(
    table: NDArray[np.float32], spans: Sequence[tuple[slice, slice]]
) -> None:
    """Fill in the columns that compare those of a beat with those of other beats, in place.

    Differences are compared with those of the beats that look normal: in a noisy stretch a large
    one is usual.

    Parameters
    ----------
    table : ndarray of shape (n_beats, n_columns)
        Columns SHAPE of all beats of a recording.
    spans : list of tuple of two slices
        The beats of each cell, and those of their surroundings.
    """
    difference = table[:, SHAPE.index("qrs_difference")].copy()
    scaled = {
        "qrs_difference_relative": np.log(difference + 0.02),
        "p_difference_relative": 2 * table[:, SHAPE.index("p_difference")],
        "t_difference_relative": 2 * table[:, SHAPE.index("t_difference")],
    }
    for beats, surroundings in spans:
        normal = difference[surroundings] < 0.6
        if normal.sum() < 5:
            normal[:] = True
        for name, values in scaled.items():
            typical = np.median(values[surroundings][normal])
            table[beats, SHAPE.index(name)] = values[beats] - typical
    amplitude = table[:, SHAPE.index("qrs_amplitude")]
    table[:, SHAPE.index("qrs_amplitude_20")] = amplitude - running_median(amplitude, 10)


def _channels(
    moved: NDArray[np.floating], wave: NDArray[np.floating], normal_complex: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Scale beats, and their difference from the median beat, by its height; R upwards."""
    sign = -1.0 if normal_complex[np.abs(normal_complex).argmax()] < 0 else 1.0
    scale = np.float32(sign / (np.ptp(normal_complex) + _SMALL))
    return np.stack((moved, moved - wave), axis=1) * scale


def _best_shift(
    lead: LeadBeats, beats: NDArray[np.int64], wave: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.floating]]:
    """Find the shift at which each QRS complex fits the median beat best, and the correlation."""
    places = lead.offsets[lead.qrs] + lead.lags[:, None]  # (n_lags, n_qrs)
    shifted = take_windows(lead.signal, lead.centre[beats][:, None], places)
    found = _correlation(shifted, wave[lead.qrs])  # (n_beats, n_lags)
    best = found.argmax(axis=1)
    return lead.lags[best], found.max(axis=1)


def _best_correlation(
    moved: NDArray[np.floating],
    wave: NDArray[np.floating],
    part: slice,
    lags: NDArray[np.int64],
) -> NDArray[np.floating]:
    """Correlate beats with a part of the median beat, the best over some shifts of the beat."""
    shifted = [moved[:, part.start + lag : part.stop + lag] for lag in lags]
    return np.max([_correlation(s, wave[part]) for s in shifted], axis=0)


def _lags(seconds: float, fs: float) -> NDArray[np.int64]:
    """List shifts in samples, the nearest first, so that it wins over equally good ones."""
    most = in_samples(seconds, fs)
    return np.array(sorted(range(-most, most + 1), key=lambda lag: (abs(lag), lag)))


def _correlation(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.floating]:
    """Correlate along the last axis; 0 where one of the two is flat."""
    a, b = a - a.mean(axis=-1, keepdims=True), b - b.mean(axis=-1, keepdims=True)
    return (a * b).sum(axis=-1) / np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1) + 1e-12)


def _similarity(
    lead: LeadBeats, beats: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.floating]:
    """Compute the similarity of each QRS complex to that of another beat."""
    a, b = lead.waves[beats, lead.qrs], lead.waves[other, lead.qrs]
    return 2 * (a * b).sum(axis=1) / ((a * a).sum(axis=1) + (b * b).sum(axis=1) + 1e-6)


def _rms(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Compute the root mean square along the last axis."""
    return np.sqrt((values * values).mean(axis=-1))
