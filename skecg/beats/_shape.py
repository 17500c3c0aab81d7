"""What the shape of a beat says against the other beats of its surroundings, lead by lead."""

import numpy as np

from ._normal import Normal, alike
from ._running import running_median
from ._waves import in_samples, qrs_centres, remove_baseline, slope_step, take_windows

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
WINDOW = 0.4  # seconds on each side that the columns look at
_QRS = (-0.12, 0.136)  # seconds around the middle of the QRS complex
_P = (-0.248, -0.08)
_T = (0.096, 0.36)
_STEEP = 0.16
_LAG = 0.032  # seconds by which a beat is moved to fit the median beat
_P_LAG = 0.024
_SMALL = 1e-3  # mV


class Lead:
    """One lead of a recording: windows around its beats, and what each beat is by itself."""

    def __init__(
        self,
        lead: np.ndarray,
        position: np.ndarray,
        fs: float,
        window: tuple[int, int],
        align: bool,
    ) -> None:
        self.fs = fs
        self.signal = remove_baseline(lead, fs)
        self.centre = qrs_centres(self.signal, position, fs) if align else position
        most = in_samples(WINDOW, fs)
        self.origin = max(most, window[0])  # place of the centre in a window
        self.offsets = np.arange(-self.origin, max(most, window[1]))
        self.row = slice(self.origin - window[0], self.origin + window[1])
        self.lags = _lags(_LAG, fs) if align else np.zeros(1, dtype=np.int64)
        self.waves = take_windows(self.signal, self.centre, self.offsets)
        self.qrs = self.places(_QRS)
        complexes = self.waves[:, self.qrs]
        largest = np.abs(complexes).max(axis=1)
        self.width = self._width()
        self.area = np.abs(complexes).sum(axis=1) / (largest + 1e-6) / fs * 1000
        self.noise = self._bend() / (largest + 1e-6)

    def places(self, seconds: tuple[float, float]) -> slice:
        """Places in a window of what lies between two times from the centre."""
        start, stop = (self.origin + in_samples(s, self.fs) for s in seconds)
        return slice(start, stop)

    def _width(self) -> np.ndarray:
        """Spread in time of the squared slope around its middle, in ms."""
        step = slope_step(self.fs)
        steep = self.waves[:, self.places((-_STEEP, _STEEP + 1 / self.fs))]
        slope = (steep[:, step:] - steep[:, :-step]) ** 2
        time = np.arange(slope.shape[1], dtype=np.float32) / self.fs * 1000
        total = slope.sum(axis=1) + 1e-9
        middle = (slope * time).sum(axis=1) / total
        return np.sqrt((slope * (time - middle[:, None]) ** 2).sum(axis=1) / total)

    def _bend(self) -> np.ndarray:
        """Root mean square of second differences over 8 ms, which noise makes large."""
        step = slope_step(self.fs)
        waves = self.waves[:, self.places((-WINDOW, WINDOW))]
        bend = waves[:, 2 * step :] - 2 * waves[:, step:-step] + waves[:, : -2 * step]
        return np.sqrt((bend * bend).mean(axis=1))


def describe(
    lead: Lead,
    beats: np.ndarray,
    others: np.ndarray,
    normal: Normal,
    rr: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Columns SHAPE of some beats against others, and their two channels.

    ``rr`` are the logarithms of the intervals before and after each beat of the recording
    against that of normal beats. The columns that need those of other beats are left at 0.
    """
    n, wave = len(beats), normal.wave
    best, fit = _fit(lead, beats, wave)
    moved = take_windows(lead.signal, lead.centre[beats] + best, lead.offsets)
    complexes, own = moved[:, lead.qrs], wave[lead.qrs]
    size = np.sqrt((own * own).mean()) + _SMALL

    pairs = alike(lead.waves[beats, lead.qrs], lead.waves[others, lead.qrs])
    pairs[beats[:, None] == others] = False
    n_alike = pairs.sum(axis=1)

    def over_similar(values: np.ndarray) -> np.ndarray:
        return (pairs * np.nan_to_num(values[others])).sum(axis=1) / np.maximum(n_alike, 1)

    before, after = np.maximum(beats - 1, 0), np.minimum(beats + 1, len(lead.centre) - 1)
    p, t = lead.places(_P), lead.places(_T)
    spread = lead.waves[normal.beats, lead.qrs] - own
    width = np.median(lead.width[normal.beats]) + 1
    columns = {
        "qrs_correlation": fit,
        "qrs_difference": _rms(complexes - own) / size,
        "qrs_amplitude": np.log((np.ptp(complexes, axis=1) + _SMALL) / (np.ptp(own) + _SMALL)),
        "qrs_area": np.log((lead.area[beats] + 1) / (np.median(lead.area[normal.beats]) + 1)),
        "qrs_width": np.log((lead.width[beats] + 1) / width),
        "width": lead.width[beats] / 40 - 1,
        "area": lead.area[beats] / 60 - 1,
        "p_correlation": _best_correlation(moved, wave, p, _lags(_P_LAG, lead.fs)),
        "p_difference": np.log(_rms(moved[:, p] - wave[p]) / size + 0.02) / 2,
        "t_correlation": _correlation(moved[:, t], wave[t]),
        "t_difference": np.log(_rms(moved[:, t] - wave[t]) / size + 0.02) / 2,
        "p_normal": np.log(np.ptp(wave[p]) / (np.ptp(own) + _SMALL) + 0.01) / 2,
        "similar": np.log((n_alike + 1) / len(others)) / 3,
        "similar_rr_before": over_similar(rr[0]),
        "similar_rr_after": over_similar(rr[1]),
        "similar_width": np.log((over_similar(lead.width) + 1) / width) * (n_alike > 0),
        "noise": np.log(lead.noise[beats] + 0.003) + 3,
        "lag": best / (_LAG * lead.fs),
        "like_before": _likeness(lead, beats, before),
        "like_after": _likeness(lead, beats, after),
        "normal_share": np.log((len(normal.beats) + 1) / len(others)) / 1.5,
        "normal_spread": np.log(np.median(_rms(spread)) / size + 0.02) / 2,
    }
    table = np.zeros((n, len(SHAPE)), dtype=np.float32)
    for name, values in columns.items():
        table[:, SHAPE.index(name)] = values
    return table, _channels(moved, wave, own)[..., lead.row]


def complete(table: np.ndarray, spans: list[tuple[slice, slice]]) -> None:
    """Fill in the columns that compare those of a beat with those of other beats, in place.

    ``spans`` are beats and their surroundings. Differences are set against those of the beats
    that look normal: what is large in a noisy stretch is not so for its neighbours.
    """
    difference = table[:, SHAPE.index("qrs_difference")].copy()
    scaled = {
        "qrs_difference_relative": np.log(difference + 0.02),
        "p_difference_relative": 2 * table[:, SHAPE.index("p_difference")],
        "t_difference_relative": 2 * table[:, SHAPE.index("t_difference")],
    }
    for beats, around in spans:
        normal = difference[around] < 0.6
        if normal.sum() < 5:
            normal[:] = True
        for name, values in scaled.items():
            usual = np.median(values[around][normal])
            table[beats, SHAPE.index(name)] = values[beats] - usual
    amplitude = table[:, SHAPE.index("qrs_amplitude")]
    table[:, SHAPE.index("qrs_amplitude_20")] = amplitude - running_median(amplitude, 10)


def _channels(moved: np.ndarray, wave: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Beats, and beats less the median beat, in units of its height, upright where it is."""
    sign = -1.0 if own[np.abs(own).argmax()] < 0 else 1.0
    scale = np.float32(sign / (np.ptp(own) + _SMALL))
    return np.stack((moved, moved - wave), axis=1) * scale


def _fit(lead: Lead, beats: np.ndarray, wave: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shift at which each QRS complex is most like that of the median beat, and how like."""
    places = lead.offsets[lead.qrs] + lead.lags[:, None]  # (n_lags, n_qrs)
    shifted = take_windows(lead.signal, lead.centre[beats][:, None], places)
    found = _correlation(shifted, wave[lead.qrs])
    best = found.argmax(axis=1)
    return lead.lags[best], found.max(axis=1)


def _best_correlation(
    moved: np.ndarray, wave: np.ndarray, part: slice, lags: np.ndarray
) -> np.ndarray:
    """Correlation with a part of the median beat, the best over some shifts of the beat."""
    shifted = [moved[:, part.start + lag : part.stop + lag] for lag in lags]
    return np.max([_correlation(s, wave[part]) for s in shifted], axis=0)


def _lags(seconds: float, fs: float) -> np.ndarray:
    """Shifts in samples, the nearest first, so that of equally good ones the nearest is taken."""
    most = in_samples(seconds, fs)
    return np.array(sorted(range(-most, most + 1), key=lambda lag: (abs(lag), lag)))


def _correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Correlation along the last axis; 0 where one of the two is flat."""
    a, b = a - a.mean(axis=-1, keepdims=True), b - b.mean(axis=-1, keepdims=True)
    return (a * b).sum(axis=-1) / np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1) + 1e-12)


def _likeness(lead: Lead, beats: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Similarity of each QRS complex to that of another beat."""
    a, b = lead.waves[beats, lead.qrs], lead.waves[other, lead.qrs]
    return 2 * (a * b).sum(axis=1) / ((a * a).sum(axis=1) + (b * b).sum(axis=1) + 1e-6)


def _rms(values: np.ndarray) -> np.ndarray:
    """Root of the mean square along the last axis."""
    return np.sqrt((values * values).mean(axis=-1))
