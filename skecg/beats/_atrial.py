"""Columns of atrial activity: P waves, what is between the waves, and fusion, lead by lead.

A beat is compared with the normal beats of its surroundings, as for the columns of shape, and
with the beats next to it without any template:

       T of the beat before     P          QRS
    ------|---------|......|-------|...|----c----|      c: centre of the QRS complex
                    |<---- TQ ------->|
                    |<TP ->|

In atrial fibrillation no P wave repeats from beat to beat, and waves of 4 to 9 Hz are left where
the QRST complexes are taken off [1]_ [2]_; P waves that are absent, or unlike each other, are a
sign of it besides the intervals [3]_ [4]_.

References
----------
.. [1] Slocum, Sahakian, Swiryn (1992): Diagnosis of atrial fibrillation from surface
   electrocardiograms based on computer-detected atrial activity. Journal of Electrocardiology
   25(1), 1-8.
.. [2] Stridh, Soernmo (2001): Spatiotemporal QRST cancellation techniques for analysis of atrial
   fibrillation. IEEE Transactions on Biomedical Engineering 48(1), 105-111.
.. [3] Ladavich, Ghoraani (2015): Rate-independent detection of atrial fibrillation by statistical
   modeling of atrial activity. Biomedical Signal Processing and Control 18, 274-281.
.. [4] Andreotti, Carr, Pimentel, Mahdi, De Vos (2017): Comparing feature-based classifiers and
   convolutional neural networks to detect arrhythmia from short segments of ECG. Computing in
   Cardiology 44.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..utils import lane_medians, median
from ._normal import NormalBeats
from ._running import running_median
from ._shape import LIMIT, LeadBeats
from ._similar import similar
from ._waves import in_samples, sliding_sum, slope_step, take_windows

__all__ = ["ATRIAL", "ATRIAL_REACH", "AtrialColumns"]

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
    "fusion_normal",
    "fusion_wide",
    "fusion_residual",
    "fusion_share",
)
# parts of a beat, in seconds from the middle of its QRS complex
_P = (-0.27, -0.07)
_T = (0.12, 0.36)
_LEFT_P = (-0.248, -0.08)  # the part of it in which the median beat is known
_EXPECTED_T = (0.08, 0.52)  # taken off the beat that follows
_NEXT_P = -0.3  # where the P wave of the next beat may begin
_TQ_STOP, _TP_STOP = -0.1, -0.28
_TQ_START = 0.42  # of the beat before
_TQ_LONGEST = 0.4  # seconds before the stop of TQ
_TQ_SHORTEST = 0.064
_BEFORE_QRS = 0.064  # seconds before a centre at which a T wave is cut by the next QRS complex

_P_LAG, _P_NEAR = 0.048, 0.016  # seconds by which a P wave is moved
_SMOOTH = 0.024  # width of the mean over which P waves are smoothed
_BAND = (0.072, 0.168)  # widths of two means whose difference passes 4 to 9 Hz
_NOISE = 0.04  # the difference from a mean over this passes 12 Hz and more
_FLOOR = 0.005  # share of the QRS height; smaller waves are no more alike than by chance
_MOST = 150  # beats of which a median is taken
_FEWEST = 3
_LATE = 0.7  # share of the normal beats that are not late
_LIKE = 0.8  # correlation of QRS complexes from which two beats have one course
_WIDE = 1.28  # width relative to that of the normal beats from which a beat is wide
_NEAR, _FAR = 10, 30  # beats on each side
_SMOOTHED = 4  # beats on each side over which coherence is smoothed
ATRIAL_REACH = _FAR  # beats on each side on whose columns these depend
_RIDGE = 0.02  # keeps the coefficients of two templates that are nearly alike small
_AT_ONCE = 512  # beats whose columns are computed together, so that arrays fit into the cache


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
    n_all : int
        Number of beats of the recording.
    """

    def __init__(
        self,
        lead: LeadBeats,
        before: NDArray[np.floating],
        after: NDArray[np.floating],
        early: NDArray[np.bool_],
        numbers: NDArray[np.int64],
        n_all: int,
    ) -> None:
        self._lead, self._early = lead, early
        self._rr = np.nan_to_num(before, nan=0.0), np.nan_to_num(after, nan=0.0)
        self._numbers, self._n_all = numbers, n_all
        fs = lead.fs
        step = slope_step(fs)
        most = in_samples(_P_LAG, fs) // step
        #: shifts in samples, the nearest first, so that it wins over equally good ones
        self._lags = step * np.array(sorted(range(-most, most + 1), key=lambda k: (abs(k), k)))
        self._p_offsets = np.arange(*(in_samples(s, fs) for s in _P))
        self._reach = step * most
        self._t_offsets = np.arange(*(in_samples(s, fs) for s in _EXPECTED_T))
        self._rest = _rest(lead)
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
        n_t = in_samples(after[long].min() + _NEXT_P - _EXPECTED_T[0], lead.fs)
        t = take_windows(lead.signal, lead.centre[long], self._t_offsets[: max(n_t, 1)])
        late_t = lane_medians(t.T.copy()) / height
        wide, share = self._commonest_wide(others, normal)
        self._cells.append(
            _Cell(
                own,
                others,
                height,
                lane_medians(p.T.copy()) / height,
                lane_medians(p[_upper(before[beats])].T.copy()) / height,
                np.pad(late_t, (0, len(self._t_offsets) - len(late_t)), mode="edge"),
                complex_ / height,
                wave[self._rest - lead.compared.start] / height,
                wide / height,
                share,
            )
        )

    def _commonest_wide(
        self, others: slice, normal: NormalBeats
    ) -> tuple[NDArray[np.floating], float]:
        """Find the commonest shape of wide beats unlike the normal ones, and its share."""
        lead = self._lead
        n_others = len(range(*others.indices(len(self._numbers))))
        complex_ = normal.wave[lead.within(lead.qrs)]
        width = lead.width[others]
        wide = np.flatnonzero(width > _WIDE * median(lead.width[normal.beats]))
        complexes = lead.waves[others, lead.qrs][wide]
        unlike = ~similar(complexes, complex_[None])[:, 0]
        n_unlike = int(np.count_nonzero(unlike))
        if n_unlike < _FEWEST:
            return np.zeros_like(complex_), 0.0
        complexes = complexes[unlike][:: -(-n_unlike // _MOST)]
        pairs = similar(complexes, complexes)
        counts = pairs.sum(axis=1)
        most = counts.argmax()
        if counts[most] < _FEWEST:
            return np.zeros_like(complex_), 0.0
        share = counts[most] / len(complexes) * n_unlike / n_others
        return lane_medians(complexes[pairs[most]].T.copy()), float(share)

    def table(self) -> NDArray[np.float32]:
        """Compute all columns.

        Returns
        -------
        ndarray of float32 of shape (n_beats, n_columns)
            In the order of ATRIAL, from -4 to 4.
        """
        n = len(self._numbers)
        table = np.zeros((n, len(ATRIAL)), dtype=np.float32)
        if not self._cells:
            return table
        beats = np.concatenate([np.arange(c.own.start, c.own.stop) for c in self._cells])
        cell = np.repeat(
            np.arange(len(self._cells)), [c.own.stop - c.own.start for c in self._cells]
        )
        columns = {name: table[:, i] for i, name in enumerate(ATRIAL)}
        like = np.zeros(n, dtype=bool)
        plain = np.zeros(n, dtype=bool)
        raw = {name: np.full(n, np.nan, dtype=np.float32) for name in _MEDIANS_15}
        centre = slice(self._reach, self._reach + len(self._p_offsets))
        p = np.zeros((n, len(self._p_offsets)), dtype=np.float32)
        for part in _blocks(len(beats)):
            these, of = beats[part], _Around.of(self._cells, cell[part])
            found = self._against(these, of) | _fusion(self._lead.waves[these, self._lead.qrs], of)
            like[these], plain[these] = _alike(self._lead.waves[these, self._lead.qrs], of)
            plain[these] &= ~self._early[these]
            own = self._activity(these, of)
            for name, values in own.items():
                raw[name][these] = values
            for name, values in found.items():
                columns[name][these] = values
            p[these] = self._p[these, centre] / of.height[:, None]
        self._fill_coherence(columns, _centred(p), like)
        self._fill_around(columns, raw, plain)
        np.nan_to_num(table, copy=False, nan=0.0)
        np.clip(table, -LIMIT, LIMIT, out=table)
        return table

    def _since(self, beats: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the samples since the centre of the beat before; very many if there is none."""
        before = np.maximum(beats - 1, 0)
        there = self._numbers[beats] - self._numbers[before] == 1
        return np.where(there, self._lead.centre[beats] - self._lead.centre[before], 1 << 30)

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
        columns["p_late_height"] = _scaled(np.ptp(of.late_p, axis=1), 0.01, 2.3, 1.0)
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
        template = _centred(template)
        found = np.empty((len(self._lags), len(waves)), dtype=np.float32)
        for values, lag in zip(found, self._lags, strict=True):
            start = self._reach + lag
            values[:] = _correlation(_centred(waves[:, start : start + n]), template)
        n_near = np.count_nonzero(np.abs(self._lags) <= in_samples(_P_NEAR, self._lead.fs))
        difference = _centred(waves[:, self._reach : self._reach + n]) - template
        return (
            found.max(axis=0),
            self._lags[found.argmax(axis=0)] / max(self._reach, 1),
            found[:n_near].max(axis=0),
            _scaled(_rms(difference), 0.005, 3.3, 1.0),
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

    def _activity(
        self, beats: NDArray[np.int64], of: "_Around"
    ) -> dict[str, NDArray[np.floating]]:
        """Measure the activity between the waves of some beats, NaN where there is no room."""
        lead, fs = self._lead, self._lead.fs
        since = self._since(beats)
        band, smooth = (in_samples(width, fs) | 1 for width in _BAND), in_samples(_NOISE, fs) | 1
        short, wide = band
        half = wide // 2
        stop = in_samples(_TQ_STOP, fs)
        offsets = np.arange(stop - in_samples(_TQ_LONGEST, fs), stop)
        around = np.arange(offsets[0] - half, offsets[-1] + half + 1)
        waves = take_windows(lead.signal, lead.centre[beats], around) / of.height[:, None]
        band_passed = _mean_over(waves, short, half) - _mean_over(waves, wide, half)
        fast = waves[:, half:-half] - _mean_over(waves, smooth, half)
        tq = offsets >= (in_samples(_TQ_START, fs) - since)[:, None]
        tp = tq & (offsets < in_samples(_TP_STOP, fs))
        fewest = in_samples(_TQ_SHORTEST, fs)

        before = np.maximum(beats - 1, 0)
        t = lead.part(_T)
        t_offsets = lead.offsets[t]
        seen = t_offsets < (since - in_samples(_BEFORE_QRS, fs))[:, None]
        seen &= (since < 1 << 30)[:, None]
        t_wave = lead.waves[before, t] / of.height[:, None]
        n_p = len(self._rest) - (t.stop - t.start)
        left = lead.waves[beats][:, self._rest] / of.height[:, None] - of.rest
        left = np.concatenate([_slow(left[:, :n_p], short), _slow(left[:, n_p:], short)], axis=1)
        return {
            "tq_waves": _scaled(_masked_rms(band_passed, tq, fewest), 0.002, 4.0, 1.0),
            "tp_waves": _scaled(_masked_rms(band_passed, tp, fewest), 0.002, 4.0, 1.0),
            "tq_noise": _scaled(_masked_rms(fast, tq, fewest), 0.002, 4.5, 1.0),
            "t_before": _scaled(
                _masked_rms(t_wave - of.rest[:, n_p:], seen, fewest), 0.005, 3.3, 1.0
            ),
            "left_over": _scaled(_rms(left), 0.003, 3.8, 1.0),
        }

    def _fill_coherence(
        self,
        columns: dict[str, NDArray[np.float32]],
        own: NDArray[np.floating],
        like: NDArray[np.bool_],
    ) -> None:
        """Fill in the columns of P waves that need no template, in place.

        The power of the mean P wave is divided by the mean power of the P waves: 1 if all are
        equal, 1 / n if they are n random ones.
        """
        n_p = len(self._p_offsets)
        # of all beats of the recording, zero where the QRS complex is another one or there is no
        # lead: the P wave, its power, and 1
        waves = np.zeros((self._n_all + 2 * _FAR, n_p + 2), dtype=np.float32)
        waves[self._numbers + _FAR, :n_p] = own
        power = (own * own).sum(axis=1)
        there = np.column_stack((own, power, np.ones_like(power))) * like[:, None]
        alike = np.zeros_like(waves)
        alike[self._numbers + _FAR] = there
        for part in _blocks(len(own)):
            numbers = self._numbers[part] + _FAR
            p = own[part]
            columns["p_like_before"][part] = _correlation(p, waves[numbers - 1, :n_p])
            columns["p_like_after"][part] = _correlation(p, waves[numbers + 1, :n_p])
            total = np.zeros((len(p), n_p + 2), dtype=np.float32)
            done = -1
            for reach in (_NEAR, _FAR):
                for k in range(done + 1, reach + 1):
                    total += alike[numbers + k]
                    if k:
                        total += alike[numbers - k]
                done = reach
                mean = total[:, :n_p] / np.maximum(total[:, -1:], 1)
                mean_power = total[:, n_p] / np.maximum(total[:, -1], 1)
                columns[f"p_coherence_{reach}"][part] = (mean * mean).sum(axis=1) / (
                    mean_power + n_p * np.float32(_FLOOR**2)
                )
                rest = total[:, :n_p] - there[part, :n_p]
                n_rest = np.maximum(total[:, -1:] - there[part, -1:], 1)
                columns[f"p_mean_{reach}"][part] = _correlation(p, rest / n_rest)
        coherence = running_median(columns["p_coherence_10"], _SMOOTHED)
        for c in self._cells:
            others = _inside(c.others, _NEAR + _SMOOTHED, len(coherence))
            around = coherence[others]
            if not len(around):
                continue
            columns["p_coherence_mean"][c.own] = columns["p_coherence_10"][others].copy().mean()
            columns["p_coherence_lowest"][c.own] = around.min()
            columns["p_coherence_highest"][c.own] = around.max()

    def _fill_around(
        self,
        columns: dict[str, NDArray[np.float32]],
        raw: dict[str, NDArray[np.float32]],
        plain: NDArray[np.bool_],
    ) -> None:
        """Fill in the medians over the beats around, and what is relative to them, in place."""
        nothing = np.float32(np.nan)
        fit = np.where(plain, columns["p_fit_near"], nothing)
        for reach in (8, 30):
            columns[f"p_around_{reach}"][:] = self._around(fit, reach)
        columns["p_fit_relative"][:] = columns["p_fit_near"] - columns["p_around_8"]
        residual = columns["p_residual"]
        columns["p_residual_relative"][:] = residual - self._around(
            np.where(plain, residual, nothing), _FAR
        )
        typical = {
            name: self._around(
                np.where(plain, values, nothing) if name == "t_before" else values, 15
            )
            for name, values in raw.items()
        }
        columns["t_before_residual"][:] = raw["t_before"]
        columns["t_before_relative"][:] = raw["t_before"] - typical["t_before"]
        for name in ("tq_waves", "left_over"):
            columns[name][:] = raw[name]
        for name in ("tq_waves", "tp_waves", "tq_noise", "left_over"):
            columns[f"{name}_15"][:] = typical[name]

    def _around(self, values: NDArray[np.float32], reach: int) -> NDArray[np.floating]:
        """Compute the median over the beats of the recording around each; NaN of nothing."""
        everywhere = np.full(self._n_all, np.nan, dtype=np.float32)
        everywhere[self._numbers] = values
        return running_median(everywhere, reach)[self._numbers]


_MEDIANS_15 = ("tq_waves", "tp_waves", "tq_noise", "t_before", "left_over")


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
    complexes: NDArray[np.floating], of: _Around
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which QRS complexes have the course of the normal one, and which are similar to it."""
    complexes = complexes / of.height[:, None]
    like = _correlation(_centred(complexes), _centred(of.qrs)) > _LIKE
    products = 2 * (complexes * of.qrs).sum(axis=1)
    size = (complexes * complexes).sum(axis=1) + (of.qrs * of.qrs).sum(axis=1)
    return like, products > np.float32(0.8) * size


def _fusion(complexes: NDArray[np.floating], of: _Around) -> dict[str, NDArray[np.floating]]:
    """Fit QRS complexes by the sum of a normal and a wide one, by least squares."""
    y, m, v = complexes / of.height[:, None], of.qrs, of.wide
    yy, mm, vv, mv, ym, yv = (
        (a * b).sum(axis=1, dtype=np.float64)
        for a, b in ((y, y), (m, m), (v, v), (m, v), (y, m), (y, v))
    )
    mm, vv = (a * (1 + _RIDGE) + 1e-6 for a in (mm, vv))
    determinant = mm * vv - mv * mv
    normal = (ym * vv - yv * mv) / determinant
    wide = (yv * mm - ym * mv) / determinant
    rest = y - normal[:, None] * m - wide[:, None] * v
    share = (rest * rest).sum(axis=1) / (yy + 1e-6)
    return {
        "fusion_normal": normal,
        "fusion_wide": wide,
        "fusion_residual": np.log(share + 0.01) / 2 + 1,
        "fusion_share": np.log(of.wide_share + 0.003) / 2 + 1.5,
    }


def _rest(lead: LeadBeats) -> NDArray[np.int64]:
    """List the samples of a window with P and T wave."""
    p, t = lead.part(_LEFT_P), lead.part(_T)
    return np.concatenate([np.arange(p.start, p.stop), np.arange(t.start, t.stop)])


def _upper(values: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return the places of the largest values; equal ones are all among them."""
    least = np.sort(values)[min(int(_LATE * len(values)), len(values) - 1)]
    return np.flatnonzero(values >= least)


def _inside(beats: slice, margin: int, n_beats: int) -> slice:
    """Leave out the outermost beats, but not at the ends of the recording.

    The columns of the others depend on no beat beyond, however long a pause is there.
    """
    start = beats.start + margin if beats.start else 0
    stop = beats.stop if beats.stop == n_beats else max(beats.stop - margin, 0)
    return slice(start, stop, beats.step)


def _blocks(n: int) -> list[slice]:
    return [slice(start, min(start + _AT_ONCE, n)) for start in range(0, n, _AT_ONCE)]


def _centred(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Subtract the mean of each row."""
    return values - values.mean(axis=1, keepdims=True)


def _correlation(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.floating]:
    """Correlate centred waves, in units of the QRS height; near 0 where both are small."""
    size = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    return (a * b).sum(axis=1) / (size + np.float32(a.shape[1] * _FLOOR**2))


def _rms(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Compute the root mean square of each row."""
    return np.sqrt((values * values).mean(axis=1))


def _masked_rms(
    values: NDArray[np.floating], mask: NDArray[np.bool_], fewest: int
) -> NDArray[np.floating]:
    """Compute the root mean square of part of each row; NaN where it is too short."""
    n = np.count_nonzero(mask, axis=1)
    found = np.sqrt((values * values * mask).sum(axis=1) / np.maximum(n, 1))
    return np.where(n >= fewest, found, np.float32(np.nan)).astype(np.float32)


def _mean_over(values: NDArray[np.floating], width: int, margin: int) -> NDArray[np.floating]:
    """Smooth rows by a mean over an odd number of samples; margins are cut off."""
    cut = margin - width // 2
    return sliding_sum(values[:, cut : values.shape[1] - cut], width) / np.float32(width)


def _slow(values: NDArray[np.floating], width: int) -> NDArray[np.floating]:
    """Smooth rows, and subtract the mean of each."""
    return _centred(_mean_over(values, width, width // 2))


def _scaled(
    values: NDArray[np.floating], floor: float, shift: float, scale: float
) -> NDArray[np.floating]:
    """Return the logarithm of sizes relative to the QRS height, typical ones near 0."""
    return (np.log(values + np.float32(floor)) + np.float32(shift)) * np.float32(scale)
