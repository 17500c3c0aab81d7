"""Columns of atrial activity: P waves, what is between the waves, and fusion, lead by lead.

The P wave of a beat is compared with that of the normal beats of its surroundings, and with those
of the beats next to it, without any template:

       T of the beat before     P          QRS
    ------|---------|......|-------|...|----c----|      c: centre of the QRS complex
                        <--|-------|-->                 it is moved to fit a template

P waves that are absent, or unlike each other, are a sign of atrial fibrillation besides irregular
intervals [1]_ [2]_.

References
----------
.. [1] Ladavich, Ghoraani (2015): Rate-independent detection of atrial fibrillation by statistical
   modeling of atrial activity. Biomedical Signal Processing and Control 18, 274-281.
.. [2] Andreotti, Carr, Pimentel, Mahdi, De Vos (2017): Comparing feature-based classifiers and
   convolutional neural networks to detect arrhythmia from short segments of ECG. Computing in
   Cardiology 44.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..utils import lane_medians, median
from ._between import NEVER, BetweenWaves, centred, log_size, rms
from ._fusion import FUSION, WideShape, fusion_columns
from ._normal import NormalBeats
from ._running import running_median
from ._shape import LIMIT, LeadBeats
from ._similar import SIMILAR, energy
from ._waves import in_samples, sliding_sum, slope_step, take_windows

__all__ = ["ATRIAL", "ATRIAL_BEATS", "ATRIAL_SECONDS", "AtrialColumns"]

ATRIAL = (
    # P against that of the normal beats
    "p_fit",
    "p_fit_lag",
    "p_fit_near",
    "p_residual",
    # against that of the late ones among them, which no T wave reaches
    "p_late_fit",
    "p_late_fit_lag",
    "p_late_fit_near",
    "p_late_residual",
    # the same, the T wave of the beat before taken off
    "p_on_t_fit",
    "p_on_t_fit_lag",
    "p_on_t_fit_near",
    "p_on_t_residual",
    # P without a template
    "p_coherence_10",
    "p_coherence_30",
    "p_mean_10",
    "p_mean_30",
    "p_like_before",
    "p_like_after",
    # P of the surroundings
    "p_around_8",
    "p_around_30",
    "p_fit_relative",
    "p_residual_relative",
    "p_late_height",
    "p_coherence_mean",
    "p_coherence_lowest",
    "p_coherence_highest",
    # the T wave of the beat before, in which a P wave may be hidden
    "t_before_residual",
    "t_before_relative",
    # activity between the waves
    "tq_waves",
    "tq_waves_15",
    "tp_waves_15",
    "tq_noise_15",
    "left_over",
    "left_over_15",
    # the QRS complex as a sum of a normal and a wide one
    *FUSION,
)
ATRIAL_BEATS = 30  # on each side on which these columns of a beat depend
#: Seconds on each side within which P waves are compared. Since coherence is also averaged over
#: the surroundings, beats depend on others that are half of these, and so long, away.
ATRIAL_SECONDS = 60.0
# parts of a beat, in seconds from the middle of its QRS complex
_P = (-0.27, -0.07)
_T = (0.08, 0.52)  # T wave that is expected before the next beat
_NEXT_P = -0.3  # where the P wave of the next beat may begin
_P_LAG, _P_NEAR = 0.048, 0.016  # seconds by which a P wave is moved
_SMOOTH = 0.024  # seconds of the mean by which P waves are smoothed
_FLOOR = 0.005  # share of the QRS height; waves below it are alike by chance only
_MOST = 150  # beats of which a median is taken
_LATE = 0.7  # share of the normal beats that do not come late
_LIKE = 0.8  # correlation of QRS complexes from which beats have a P wave to be compared
_EXTREME = 8  # values beyond the lowest, or highest, that is taken for the extreme
_UNLIKE = 1  # P waves like no other that are added, so that few equal ones count less
_AT_ONCE = 512  # beats whose columns are computed together, so that arrays fit into the cache
#: measures whose median over 31 beats is taken
_MEASURES = ("tq_waves", "tp_waves", "tq_noise", "t_before", "left_over")


class _Cell(NamedTuple):
    """The normal beats around the beats of a cell, in units of the height of their QRS."""

    own: slice  # numbers of the beats of the cell
    others: slice
    height: np.floating  # of the QRS complex, mV
    p: NDArray[np.floating]  # (n_p,): median P wave
    late_p: NDArray[np.floating]  # (n_p,): of late beats
    late_t: NDArray[np.floating]  # (n_expected_t,): T wave of beats before long intervals
    qrs: NDArray[np.floating]  # (n_qrs,): normal complex
    rest: NDArray[np.floating]  # (n_rest,): P and T without the QRS complex
    wide: NDArray[np.floating]  # (n_qrs,): the commonest wide complex, or zeros
    wide_share: float  # beats like it among all


class AtrialColumns:
    """The columns ATRIAL of all beats of a lead.

    `add` takes the normal beats around each cell in turn; then `table` computes all columns.

    Parameters
    ----------
    lead : LeadBeats
        Windows around the beats of the lead.
    before, after : ndarray of shape (n_beats,)
        RR intervals on either side of each beat in seconds, NaN at the ends of the recording.
    early : ndarray of bool of shape (n_beats,)
        Beats that come early.
    numbers : ndarray of int of shape (n_beats,)
        Numbers of the beats among those of the recording, at some of which the lead may not be
        usable.
    time : ndarray of int of shape (n_all,)
        Times of all beats of the recording, in samples.
    """

    def __init__(
        self,
        lead: LeadBeats,
        before: NDArray[np.floating],
        after: NDArray[np.floating],
        early: NDArray[np.bool_],
        numbers: NDArray[np.int64],
        time: NDArray[np.int64],
    ) -> None:
        self._lead, self._early = lead, early
        self._rr = np.nan_to_num(before, nan=0.0), np.nan_to_num(after, nan=0.0)
        self._numbers, self._time = numbers, time
        fs = lead.fs
        step = slope_step(fs)
        most = in_samples(_P_LAG, fs) // step
        #: shifts in samples, the nearest first, so that it wins over equally good ones
        self._lags = step * np.array(sorted(range(-most, most + 1), key=lambda k: (abs(k), k)))
        self._p_offsets = np.arange(*(in_samples(s, fs) for s in _P))
        self._reach = step * most
        self._t_offsets = np.arange(*(in_samples(s, fs) for s in _T))
        self._between = BetweenWaves(lead)
        self._p = self._smooth_p()
        self._cells: list[_Cell] = []

    def _smooth_p(self) -> NDArray[np.floating]:
        """Take the P stretch of all beats, wider by the lags, smoothed."""
        half = in_samples(_SMOOTH, self._lead.fs) // 2
        first, last = self._p_offsets[0] - self._reach, self._p_offsets[-1] + self._reach
        offsets = np.arange(first - half, last + half + 1)
        smooth = np.empty((len(self._numbers), last + 1 - first), dtype=np.float32)
        for part in _blocks(len(smooth)):
            windows = take_windows(self._lead.signal, self._lead.centre[part], offsets)
            smooth[part] = sliding_sum(windows, 2 * half + 1)
        smooth /= 2 * half + 1
        return smooth

    def add(self, own: slice, others: slice, normal: NormalBeats) -> None:
        """Describe the normal beats around the beats of a cell.

        Parameters
        ----------
        own, others : slice
            Numbers in the lead of the beats of the cell, and of those around them.
        normal : NormalBeats
            The normal ones among these.
        """
        lead = self._lead
        before, after = self._rr
        wave = normal.wave
        complex_ = wave[lead.within(lead.qrs)]
        height = np.ptp(complex_) + np.float32(1e-3)
        beats = normal.beats[:: -(-len(normal.beats) // _MOST)]
        p = self._p[beats, self._reach : self._reach + len(self._p_offsets)]
        long = beats[_upper(after[beats])]
        # the T wave ends where the next P wave may begin
        n_t = in_samples(after[long].min() + _NEXT_P - _T[0], lead.fs)
        t = take_windows(lead.signal, lead.centre[long], self._t_offsets[: max(n_t, 1)])
        late_t = lane_medians(t.T.copy()) / height
        wide = WideShape.of(
            lead.waves[others, lead.qrs],
            lead.width[others],
            complex_,
            median(lead.width[normal.beats]),
        )
        self._cells.append(
            _Cell(
                own,
                others,
                height,
                lane_medians(p.T.copy()) / height,
                lane_medians(p[_upper(before[beats])].T.copy()) / height,
                np.pad(late_t, (0, len(self._t_offsets) - len(late_t)), mode="edge"),
                complex_ / height,
                wave[self._between.rest - lead.compared.start] / height,
                wide.wave / height,
                wide.share,
            )
        )

    def table(self) -> NDArray[np.float32]:
        """Compute all columns.

        Returns
        -------
        ndarray of float32 of shape (n_beats, n_columns)
            In the order of ATRIAL, from -4 to 4.
        """
        n, n_p = len(self._numbers), len(self._p_offsets)
        table = np.zeros((n, len(ATRIAL)), dtype=np.float32)
        if not self._cells:
            return table
        columns = {name: table[:, i] for i, name in enumerate(ATRIAL)}
        # of all beats, from which the columns of those around them are made
        measures = {name: np.full(n, np.nan, dtype=np.float32) for name in _MEASURES}
        p = np.zeros((n, n_p), dtype=np.float32)
        like, plain = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        n_own = [c.own.stop - c.own.start for c in self._cells]
        beats = np.concatenate([np.arange(c.own.start, c.own.stop) for c in self._cells])
        cell = np.repeat(np.arange(len(self._cells)), n_own)
        for part in _blocks(len(beats)):
            these, of = beats[part], _Around.of(self._cells, cell[part])
            complexes = self._lead.waves[these, self._lead.qrs] / of.height[:, None]
            found = fusion_columns(complexes, of.qrs, of.wide, of.wide_share)
            for name, values in (found | self._against(these, of)).items():
                columns[name][these] = values
            since = self._since(these)
            found = self._between.measure(these, since, of.height, of.rest)
            for name, values in found.items():
                measures[name][these] = values
            p[these] = self._p[these, self._reach : self._reach + n_p] / of.height[:, None]
            like[these], plain[these] = _alike(complexes, of.qrs)
        self._fill_coherence(columns, centred(p), like)
        self._fill_around(columns, measures, plain & ~self._early)
        np.nan_to_num(table, copy=False, nan=0.0)
        np.clip(table, -LIMIT, LIMIT, out=table)
        return table

    def _since(self, beats: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the samples since the centre of the beat before; very many if there is none."""
        before = np.maximum(beats - 1, 0)
        there = self._numbers[beats] - self._numbers[before] == 1
        return np.where(there, self._lead.centre[beats] - self._lead.centre[before], NEVER)

    def _against(self, beats: NDArray[np.int64], of: "_Around") -> dict[str, NDArray[np.floating]]:
        """Compare the P waves of some beats with those of the normal ones."""
        own = self._p[beats] / of.height[:, None]
        columns = {}
        for name, waves, template in (
            ("p", own, of.p),
            ("p_late", own, of.late_p),
            ("p_on_t", own - self._expected_t(beats, of), of.late_p),
        ):
            fit, lag, near, residual = self._fit(waves, template)
            columns[f"{name}_fit"] = fit
            columns[f"{name}_fit_lag"] = lag
            columns[f"{name}_fit_near"] = near
            columns[f"{name}_residual"] = residual
        columns["p_late_height"] = log_size(np.ptp(of.late_p, axis=1), 0.01) + 2.3
        return columns

    def _fit(
        self, waves: NDArray[np.floating], template: NDArray[np.floating]
    ) -> tuple[NDArray[np.floating], ...]:
        """Fit P waves to templates.

        Returns
        -------
        fit, lag, near, residual : ndarray of shape (n_beats,)
            Best correlation over the lags and that lag, 1 at the largest; best one over the
            nearest lags; and log of the difference without a lag.
        """
        n = template.shape[1]
        template = centred(template)
        found = np.empty((len(self._lags), len(waves)), dtype=np.float32)
        for values, lag in zip(found, self._lags, strict=True):
            start = self._reach + lag
            values[:] = _correlation(centred(waves[:, start : start + n]), template)
        n_near = np.count_nonzero(np.abs(self._lags) <= in_samples(_P_NEAR, self._lead.fs))
        difference = centred(waves[:, self._reach : self._reach + n]) - template
        return (
            found.max(axis=0),
            self._lags[found.argmax(axis=0)] / max(self._reach, 1),
            found[:n_near].max(axis=0),
            log_size(rms(difference), 0.005) + 3.3,
        )

    def _expected_t(self, beats: NDArray[np.int64], of: "_Around") -> NDArray[np.floating]:
        """Return the T wave of the beat before as it is expected in the P stretch of each beat.

        It is the median T wave of normal beats before long intervals, at its place after the beat
        before; beyond its ends the last sample is repeated, which changes no correlation:

            since that beat    0 ........ | T template | ........
            P stretch                  |--------|
        """
        first = self._p_offsets[0] - self._reach
        place = np.arange(first, first + self._p.shape[1])
        place = self._since(beats)[:, None] + place - self._t_offsets[0]
        return np.take_along_axis(of.late_t, place.clip(0, len(self._t_offsets) - 1), axis=1)

    def _fill_coherence(
        self,
        columns: dict[str, NDArray[np.float32]],
        p: NDArray[np.floating],
        like: NDArray[np.bool_],
    ) -> None:
        """Fill in the columns that compare centred P waves with each other, in place."""
        n_p = p.shape[1]
        # of all beats of the recording and some more at its ends: the P wave, its power and 1,
        # and the same without the beats whose QRS complex is another one
        rows = self._numbers + ATRIAL_BEATS
        every = np.zeros((len(self._time) + 2 * ATRIAL_BEATS, n_p + 2), dtype=np.float32)
        every[rows] = np.column_stack((p, energy(p), np.ones(len(p), dtype=np.float32)))
        alike = np.zeros_like(every)
        alike[rows] = every[rows] * like[:, None]
        time = np.pad(self._time, ATRIAL_BEATS, mode="edge")
        most = in_samples(ATRIAL_SECONDS, self._lead.fs)
        for part in _blocks(len(p)):
            own, places = p[part], rows[part]
            columns["p_like_before"][part] = _correlation(own, every[places - 1, :n_p])
            columns["p_like_after"][part] = _correlation(own, every[places + 1, :n_p])
            total = alike[places]
            for k in range(1, ATRIAL_BEATS + 1):
                for there in (places - k, places + k):
                    near = np.abs(time[there] - time[places]) <= most
                    total += alike[there] * near[:, None]
                if k in (10, ATRIAL_BEATS):
                    others = total - alike[places]
                    mean = others[:, :n_p] / np.maximum(others[:, -1:], 1)
                    columns[f"p_mean_{k}"][part] = _correlation(own, mean)
                    columns[f"p_coherence_{k}"][part] = _coherence(total)
        coherence = columns["p_coherence_10"].copy()
        for cell in self._cells:
            around = np.sort(coherence[cell.others])
            kth = min(_EXTREME, len(around) // 2)
            columns["p_coherence_mean"][cell.own] = around.mean()
            columns["p_coherence_lowest"][cell.own] = around[kth]
            columns["p_coherence_highest"][cell.own] = around[-1 - kth]

    def _fill_around(
        self,
        columns: dict[str, NDArray[np.float32]],
        measures: dict[str, NDArray[np.float32]],
        plain: NDArray[np.bool_],
    ) -> None:
        """Fill in the medians over the beats around, and what is relative to them, in place."""
        fit, residual = columns["p_fit_near"], columns["p_residual"]
        of_plain = [np.where(plain, v, np.float32(np.nan)) for v in (fit, residual)]
        for reach in (8, ATRIAL_BEATS):
            columns[f"p_around_{reach}"][:] = self._around(of_plain[0], reach)
        columns["p_fit_relative"][:] = fit - columns["p_around_8"]
        columns["p_residual_relative"][:] = residual - self._around(of_plain[1], ATRIAL_BEATS)
        t_before = measures.pop("t_before")
        of_plain = [np.where(plain, t_before, np.float32(np.nan))]
        columns["t_before_residual"][:] = t_before
        columns["t_before_relative"][:] = t_before - self._around(of_plain[0], 15)
        for name, values in measures.items():
            columns[f"{name}_15"][:] = self._around(values, 15)
            if name in columns:
                columns[name][:] = values

    def _around(self, values: NDArray[np.float32], reach: int) -> NDArray[np.floating]:
        """Compute the median over the beats of the recording around each; NaN of nothing."""
        everywhere = np.full(len(self._time), np.nan, dtype=np.float32)
        everywhere[self._numbers] = values
        return running_median(everywhere, reach)[self._numbers]


class _Around(NamedTuple):
    """The normal beats around each of some beats, a row or value for each."""

    height: NDArray[np.floating]
    p: NDArray[np.floating]
    late_p: NDArray[np.floating]
    late_t: NDArray[np.floating]
    qrs: NDArray[np.floating]
    rest: NDArray[np.floating]
    wide: NDArray[np.floating]
    wide_share: NDArray[np.floating]

    @classmethod
    def of(cls, cells: Sequence[_Cell], cell: NDArray[np.intp]) -> "_Around":
        """Return those of the cell of each beat."""
        first, last = int(cell[0]), int(cell[-1]) + 1
        return cls(
            *(
                np.array([getattr(c, name) for c in cells[first:last]], dtype=np.float32)[
                    cell - first
                ]
                for name in cls._fields
            )
        )


def _alike(
    complexes: NDArray[np.floating], normal: NDArray[np.floating]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which QRS complexes correlate with the normal one, and which are similar to it."""
    like = _correlation(centred(complexes), centred(normal)) > _LIKE
    products = 2 * (complexes * normal).sum(axis=1)
    return like, products > np.float32(SIMILAR) * (energy(complexes) + energy(normal))


def _coherence(total: NDArray[np.floating]) -> NDArray[np.floating]:
    """Compute the mean product of two P waves divided by their mean power.

    It is near 1 if all are equal and near 0 if they are random, or if there are few.

    Parameters
    ----------
    total : ndarray of shape (n, n_p + 2)
        Sums of P waves, of their power, and their number.
    """
    power, n = total[:, -2], total[:, -1]
    products = energy(total[:, :-2]) - power  # of all pairs of two different ones
    floor = total.shape[1] * np.float32(_FLOOR**2)
    return products / ((n - 1 + _UNLIKE) * (power + n * floor) + floor)


def _upper(values: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return the places of the largest values; equal ones are all among them."""
    least = np.sort(values)[min(int(_LATE * len(values)), len(values) - 1)]
    return np.flatnonzero(values >= least)


def _blocks(n: int) -> list[slice]:
    return [slice(start, min(start + _AT_ONCE, n)) for start in range(0, n, _AT_ONCE)]


def _correlation(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.floating]:
    """Correlate centred waves, in units of the QRS height; near 0 where both are small."""
    size = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    return (a * b).sum(axis=1) / (size + np.float32(a.shape[1] * _FLOOR**2))
