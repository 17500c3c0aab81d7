"""Columns of shape: the waves of a beat compared with those of the beats around it, lead by lead.

`LeadBeats` holds a window around each beat of one lead. A beat is compared with the median of the
normal beats of its surroundings, part by part:

      P         QRS          T
    |----|   |-------|   |---------|       parts of a window, in seconds from the centre
             |   c   |                     centre: middle of the QRS complex

`ShapeColumns` makes all columns that need a beat and its surroundings only;
`fill_relative_columns` those that compare columns of different beats.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..utils import lane_medians, median
from ._normal import NormalBeatFinder, NormalBeats
from ._running import running_median
from ._similar import energy
from ._waves import in_samples, qrs_centres, remove_baseline, slope_step, take_windows

__all__ = ["LIMIT", "SHAPE", "WINDOW", "LeadBeats", "ShapeColumns", "fill_relative_columns"]

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
_AT_ONCE = 512  # beats whose columns are computed together, so that arrays fit into the cache


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
    compared : slice
        The part that is compared with the median beat.
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
        p, t, p_lag = self.part(_P), self.part(_T), in_samples(_P_LAG, fs)
        self.compared = slice(
            min(self.row.start, p.start - p_lag), max(self.row.stop, self.qrs.stop, t.stop)
        )
        complexes = self.waves[:, self.qrs]
        largest = np.abs(complexes).max(axis=1)
        self.width = self._width()
        self.area = np.abs(complexes).sum(axis=1) / (largest + 1e-6) / fs * 1000
        self.noise = self._bend() / (largest + 1e-6)

    def part(self, seconds: tuple[float, float]) -> slice:
        """Find the part of a window between two times from the centre."""
        start, stop = (self.origin + in_samples(s, self.fs) for s in seconds)
        return slice(start, stop)

    def within(self, part: slice) -> slice:
        """Return the place of a part of a window within the part that is compared."""
        return slice(part.start - self.compared.start, part.stop - self.compared.start)

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


class ShapeColumns:
    """The columns SHAPE of all beats of a lead, against the normal beats around each.

    Cell by cell, `find_normal` and `add` compare the beats with those around them; then `tables`
    computes all columns, of many cells at once.

    Parameters
    ----------
    lead : LeadBeats
        Windows around the beats.
    before, after : ndarray of shape (n_beats,)
        RR intervals on either side of each beat in seconds, NaN at the ends of the recording.
    early : ndarray of bool of shape (n_beats,)
        Beats that come early.
    """

    def __init__(
        self,
        lead: LeadBeats,
        before: NDArray[np.floating],
        after: NDArray[np.floating],
        early: NDArray[np.bool_],
    ) -> None:
        self._lead = lead
        self._rr = before, after
        waves, qrs = lead.waves[:, lead.compared], lead.within(lead.qrs)
        self._finder = NormalBeatFinder(waves, qrs, before, lead.width, early)
        self._cells: list[_Cell] = []

    def find_normal(self, others: slice) -> NormalBeats:
        """Find the normal beats among the beats around those of a cell, a slice with a step."""
        return self._finder.find(others)

    def add(self, own: slice, others: slice, normal: NormalBeats, rr_normal: float) -> None:
        """Compare the beats of a cell with those around them, last passed to `find_normal`.

        Parameters
        ----------
        own, others : slice
            Numbers of the beats of the cell, and of those around them.
        normal : NormalBeats
            The normal ones among these.
        rr_normal : float
            RR interval of the normal beats in seconds.
        """
        lead = self._lead
        # (n_own, n_others): which of the others have the shape of each beat, itself not counted
        pairs = self._finder.similar_to(own)
        summed = np.ones((3, pairs.shape[1]))
        for values, rr in zip(summed[1:], self._rr, strict=True):
            np.log(rr[others] / rr_normal, out=values)
            values[np.isnan(values)] = 0  # at the ends of the recording
        n_similar, *rr_of_similar = summed @ pairs.T.astype(np.float64)
        n_or_1 = np.maximum(n_similar, 1)
        width = (pairs * lead.width[others]).sum(axis=1)
        complexes = self._finder.complexes.take(normal.beats, axis=0)
        self._cells.append(
            _Cell(
                own,
                normal.wave,
                pairs.shape[1],
                len(normal.beats),
                median(lead.area[normal.beats]),
                median(lead.width[normal.beats]),
                median(_rms(complexes - normal.wave[lead.within(lead.qrs)])),
                np.array([n_similar, *(rr / n_or_1 for rr in rr_of_similar), width / n_or_1]),
            )
        )

    def tables(
        self,
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]]:
        """Compute the columns and the two channels of all beats, some hundred at a time.

        Yields
        ------
        beats : ndarray of int of shape (n_beats,)
            Numbers of the beats.
        columns : ndarray of float32 of shape (n_beats, n_columns)
            In the order of SHAPE; those that need columns of other beats are 0.
        channels : ndarray of float32 of shape (n_beats, 2, n_samples)
            The beats, and their difference from the median of the normal beats.
        """
        if not self._cells:
            return
        like_next = _similarity(self._finder.complexes)
        normal = _Normal.of(self._cells, self._lead)
        beats = np.concatenate([np.arange(c.own.start, c.own.stop) for c in self._cells])
        cell = np.repeat(np.arange(len(self._cells)), [c.similar.shape[1] for c in self._cells])
        of_similar = np.concatenate([c.similar for c in self._cells], axis=1)
        for start in range(0, len(beats), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            these = beats[part]
            columns, channels = _columns(self._lead, these, normal.of_beats(cell[part]))
            columns |= _columns_of_similar(of_similar[:, part], normal.of_beats(cell[part]))
            columns["like_before"] = like_next[these]
            columns["like_after"] = like_next[these + 1]
            table = np.zeros((len(these), len(SHAPE)), dtype=np.float32)
            for name, values in columns.items():
                table[:, SHAPE.index(name)] = values
            yield these, table, channels


class _Cell(NamedTuple):
    """The beats of a cell against those around them."""

    own: slice  # their numbers
    wave: NDArray[np.floating]  # (n_compared,): the median of the normal beats
    n_others: int
    n_normal: int
    area: np.floating  # median of the normal beats, as the following
    width: np.floating
    spread: np.floating  # RMS of their difference from the median beat
    similar: NDArray[np.floating]  # (4, n_own): number of similar beats, means of RR and width


@dataclass(frozen=True)
class _Normal:
    """The normal beats around each of some beats, or of all cells; a row or value for each."""

    wave: NDArray[np.floating]  # (n, n_compared)
    n_others: NDArray[np.int64]
    n_normal: NDArray[np.int64]
    area: NDArray[np.floating]
    width: NDArray[np.floating]
    spread: NDArray[np.floating]
    size: NDArray[np.floating]  # RMS of the QRS complex
    height: NDArray[np.floating]  # from its lowest to its highest sample
    p_height: NDArray[np.floating]
    scale: NDArray[np.floating]  # makes the height 1 and R positive

    @classmethod
    def of(cls, cells: Sequence[_Cell], lead: LeadBeats) -> "_Normal":
        """Describe the normal beats of cells."""
        wave = np.array([cell.wave for cell in cells])
        complexes = np.ascontiguousarray(wave[:, lead.within(lead.qrs)])
        height = np.ptp(complexes, axis=1) + _SMALL
        largest = np.abs(complexes).argmax(axis=1)
        r = complexes[np.arange(len(complexes)), largest]
        return cls(
            wave,
            np.array([cell.n_others for cell in cells]),
            np.array([cell.n_normal for cell in cells]),
            np.array([cell.area for cell in cells]) + 1,
            np.array([cell.width for cell in cells]) + 1,
            np.array([cell.spread for cell in cells]),
            _rms(complexes) + _SMALL,
            height,
            np.ptp(wave[:, lead.within(lead.part(_P))], axis=1),
            np.where(r < 0, np.float32(-1), np.float32(1)) / height,
        )

    def of_beats(self, cell: NDArray[np.intp]) -> "_Normal":
        """Return those of the cell of each beat."""
        return _Normal(*(getattr(self, field.name)[cell] for field in fields(self)))


def _columns(
    lead: LeadBeats, beats: NDArray[np.int64], normal: _Normal
) -> tuple[dict[str, NDArray[np.floating]], NDArray[np.floating]]:
    """Compute the columns of some beats that compare each with the normal ones; and channels."""
    wave = normal.wave
    shift, fit = _best_shift(lead, beats, wave)
    moved = take_windows(lead.signal, lead.centre[beats] + shift, lead.offsets[lead.compared])
    qrs, p, t = (lead.within(part) for part in (lead.qrs, lead.part(_P), lead.part(_T)))
    difference = moved - wave
    complexes = moved[:, qrs]
    columns = {
        "qrs_correlation": fit,
        "qrs_difference": _rms(difference[:, qrs]) / normal.size,
        "qrs_amplitude": np.log((np.ptp(complexes, axis=1) + _SMALL) / normal.height),
        "qrs_area": np.log((lead.area[beats] + 1) / normal.area),
        "qrs_width": np.log((lead.width[beats] + 1) / normal.width),
        "width": lead.width[beats] / 40 - 1,
        "area": lead.area[beats] / 60 - 1,
        "p_correlation": _best_correlation(moved, wave, p, _lags(_P_LAG, lead.fs)),
        "p_difference": np.log(_rms(difference[:, p]) / normal.size + 0.02) / 2,
        "t_correlation": _correlation(moved[:, t], wave[:, t]),
        "t_difference": np.log(_rms(difference[:, t]) / normal.size + 0.02) / 2,
        "p_normal": np.log(normal.p_height / normal.height + 0.01) / 2,
        "noise": np.log(lead.noise[beats] + 0.003) + 3,
        "lag": shift / (_LAG * lead.fs),
        "normal_share": np.log((normal.n_normal + 1) / normal.n_others) / 1.5,
        "normal_spread": np.log(normal.spread / normal.size + 0.02) / 2,
    }
    row = lead.within(lead.row)
    channels = np.stack((moved[:, row], difference[:, row]), axis=1)
    channels *= normal.scale[:, None, None]
    return columns, channels


def _columns_of_similar(
    similar: NDArray[np.floating], normal: _Normal
) -> dict[str, NDArray[np.floating]]:
    """Compute the columns of some beats that compare them with the similar ones around them."""
    n_similar, rr_before, rr_after, width = similar
    return {
        "similar": np.log((n_similar + 1) / normal.n_others) / 3,
        "similar_rr_before": rr_before,
        "similar_rr_after": rr_after,
        "similar_width": np.log((width + 1) / normal.width) * (n_similar > 0),
    }


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
    relative = {
        "qrs_difference_relative": np.log(difference + 0.02),
        "p_difference_relative": 2 * table[:, SHAPE.index("p_difference")],
        "t_difference_relative": 2 * table[:, SHAPE.index("t_difference")],
    }
    scaled = np.array(list(relative.values()))
    places = slice(SHAPE.index("qrs_difference_relative"), SHAPE.index("qrs_amplitude_20"))
    assert SHAPE[places] == tuple(relative)
    for beats, surroundings in spans:
        normal = difference[surroundings] < 0.6
        if np.count_nonzero(normal) < 5:
            normal[:] = True
        typical = lane_medians(scaled[:, surroundings][:, normal])
        table[beats, places] = (scaled[:, beats] - typical[:, None]).T
    amplitude = table[:, SHAPE.index("qrs_amplitude")]
    table[:, SHAPE.index("qrs_amplitude_20")] = amplitude - running_median(amplitude, 10)


def _best_shift(
    lead: LeadBeats, beats: NDArray[np.int64], wave: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.floating]]:
    """Find the shift at which each QRS complex fits the median beat best, and the correlation."""
    most = int(lead.lags.max())
    offsets = np.arange(lead.offsets[lead.qrs][0] - most, lead.offsets[lead.qrs][-1] + most + 1)
    around = take_windows(lead.signal, lead.centre[beats], offsets)
    n_qrs = len(offsets) - 2 * most
    shifted = np.lib.stride_tricks.sliding_window_view(around, n_qrs, axis=1)
    shifted = np.ascontiguousarray(shifted[:, lead.lags + most])  # (n_beats, n_lags, n_qrs)
    complexes = np.ascontiguousarray(wave[:, lead.within(lead.qrs)])
    found = _correlation(shifted, complexes[:, None])  # (n_beats, n_lags)
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
    return np.max([_correlation(s, wave[:, part]) for s in shifted], axis=0)


def _lags(seconds: float, fs: float) -> NDArray[np.int64]:
    """List shifts in samples, the nearest first, so that it wins over equally good ones."""
    most = in_samples(seconds, fs)
    return np.array(sorted(range(-most, most + 1), key=lambda lag: (abs(lag), lag)))


def _correlation(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.floating]:
    """Correlate along the last axis; 0 where one of the two is flat."""
    a, b = a - a.mean(axis=-1, keepdims=True), b - b.mean(axis=-1, keepdims=True)
    return (a * b).sum(axis=-1) / np.sqrt((a * a).sum(axis=-1) * (b * b).sum(axis=-1) + 1e-12)


def _similarity(complexes: NDArray[np.floating]) -> NDArray[np.floating]:
    """Compute the similarity of each QRS complex to the one before, (n_beats + 1,).

    The first one is compared with itself, and so is the last one, at the end.
    """
    numbers = np.arange(-1, len(complexes) + 1).clip(0, len(complexes) - 1)
    own = energy(complexes)[numbers]
    products = (complexes[numbers[:-1]] * complexes[numbers[1:]]).sum(axis=1)
    return 2 * products / (own[:-1] + own[1:] + 1e-6)


def _rms(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Compute the root mean square along the last axis."""
    return np.sqrt((values * values).mean(axis=-1))
