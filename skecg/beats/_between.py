"""Activity between the QRS complexes: f waves of fibrillation, noise, and hidden P waves.

    beat before                                 beat
    ----|c|-------|  T  |......|  P  |--------|c|----|  T  |---      c: centre of the complex
                        |<--- TQ --->|
                        |<TP ->|
                         activity              left over where the median beat is taken off

In atrial fibrillation waves of 4 to 9 Hz take the place of P waves. They are measured where no
ventricle is active, and in what is left of a beat when the median QRST complex is taken off
[1]_ [2]_. No filter runs over the recording: differences of means are taken within a stretch.

References
----------
.. [1] Slocum, Sahakian, Swiryn (1992): Diagnosis of atrial fibrillation from surface
   electrocardiograms based on computer-detected atrial activity. Journal of Electrocardiology
   25(1), 1-8.
.. [2] Stridh, Soernmo (2001): Spatiotemporal QRST cancellation techniques for analysis of atrial
   fibrillation. IEEE Transactions on Biomedical Engineering 48(1), 105-111.
"""

import numpy as np
from numpy.typing import NDArray

from ._shape import LeadBeats
from ._waves import in_samples, sliding_sum, take_windows

__all__ = ["NEVER", "BetweenWaves", "centred", "log_size", "rms"]

NEVER = 1 << 30  # samples since a beat before that does not exist

# parts of a beat, in seconds from the centre of its QRS complex
_P = (-0.248, -0.08)  # where the median beat is known
_T = (0.12, 0.36)
_TQ_START = 0.42  # from the centre of the beat before
_TQ_STOP, _TP_STOP = -0.1, -0.28
_LONGEST = 0.4  # seconds of TQ
_SHORTEST = 0.064
_BEFORE_QRS = 0.064  # seconds before a centre at which the QRS complex ends a T wave
# widths of means in seconds: the difference of the first two passes 4 to 9 Hz, that of a sample
# from the third passes 12 Hz and more
_SHORT_MEAN, _LONG_MEAN, _NOISE_MEAN = 0.072, 0.168, 0.04


class BetweenWaves:
    """Measures of the stretches between QRS complexes.

    Parameters
    ----------
    lead : LeadBeats
        Windows around the beats of a lead.

    Attributes
    ----------
    rest : ndarray of int of shape (n_rest,)
        Samples of a window with P and T wave.
    """

    def __init__(self, lead: LeadBeats) -> None:
        self._lead = lead
        p, self._t = lead.part(_P), lead.part(_T)
        self._n_p = p.stop - p.start
        self.rest = np.r_[p, self._t]
        fs = lead.fs
        self._short, self._long, self._fast = (
            in_samples(width, fs) | 1 for width in (_SHORT_MEAN, _LONG_MEAN, _NOISE_MEAN)
        )
        stop = in_samples(_TQ_STOP, fs)
        self._tq = np.arange(stop - in_samples(_LONGEST, fs), stop)

    def measure(
        self,
        beats: NDArray[np.int64],
        since: NDArray[np.int64],
        height: NDArray[np.floating],
        rest: NDArray[np.floating],
    ) -> dict[str, NDArray[np.floating]]:
        """Measure the stretches around some beats: logarithms, NaN where a stretch is too short.

        Parameters
        ----------
        beats : ndarray of int of shape (n_beats,)
            Numbers of the beats in the lead.
        since : ndarray of int of shape (n_beats,)
            Samples since the centre of the beat before, NEVER if there is none.
        height : ndarray of shape (n_beats,)
            Height of a normal QRS complex around each, in mV.
        rest : ndarray of shape (n_beats, n_rest)
            P and T wave of the median beat around each, in units of this height.

        Returns
        -------
        measures : dict of ndarray of shape (n_beats,)
            ``tq_waves`` and ``tp_waves`` of 4 to 9 Hz, ``tq_noise`` above, ``t_before``, by which
            the T wave of the beat before differs from that of the median beat, and ``left_over``.
        """
        lead, fs, half = self._lead, self._lead.fs, self._long // 2
        around = np.arange(self._tq[0] - half, self._tq[-1] + half + 1)
        waves = take_windows(lead.signal, lead.centre[beats], around) / height[:, None]
        slow = _mean_over(waves, self._short, half) - _mean_over(waves, self._long, half)
        fast = waves[:, half:-half] - _mean_over(waves, self._fast, half)
        tq = self._tq >= (in_samples(_TQ_START, fs) - since)[:, None]
        tp = tq & (self._tq < in_samples(_TP_STOP, fs))
        shortest = in_samples(_SHORTEST, fs)
        return {
            "tq_waves": log_size(_masked_rms(slow, tq, shortest), 0.002) + 4,
            "tp_waves": log_size(_masked_rms(slow, tp, shortest), 0.002) + 4,
            "tq_noise": log_size(_masked_rms(fast, tq, shortest), 0.002) + 4.5,
            "t_before": self._t_before(beats, since, height, rest),
            "left_over": self._left_over(beats, height, rest),
        }

    def _t_before(
        self,
        beats: NDArray[np.int64],
        since: NDArray[np.int64],
        height: NDArray[np.floating],
        rest: NDArray[np.floating],
    ) -> NDArray[np.floating]:
        """Measure by how much the T wave of the beat before differs from the normal one."""
        lead = self._lead
        end = since - in_samples(_BEFORE_QRS, lead.fs)
        seen = (lead.offsets[self._t] < end[:, None]) & (since != NEVER)[:, None]
        own = lead.waves[np.maximum(beats - 1, 0), self._t] / height[:, None]
        difference = own - rest[:, self._n_p :]
        return log_size(_masked_rms(difference, seen, in_samples(_SHORTEST, lead.fs)), 0.005) + 3.3

    def _left_over(
        self,
        beats: NDArray[np.int64],
        height: NDArray[np.floating],
        rest: NDArray[np.floating],
    ) -> NDArray[np.floating]:
        """Measure the slow waves that are left of P and T when the median beat is taken off."""
        left = self._lead.waves[beats[:, None], self.rest] / height[:, None] - rest
        parts = (left[:, : self._n_p], left[:, self._n_p :])
        smooth = [_mean_over(part, self._short, self._short // 2) for part in parts]
        return (
            log_size(rms(np.concatenate([centred(part) for part in smooth], axis=1)), 0.003) + 3.8
        )


def centred(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Subtract the mean of each row."""
    return values - values.mean(axis=1, keepdims=True)


def rms(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Compute the root mean square of each row."""
    return np.sqrt((values * values).mean(axis=1))


def log_size(values: NDArray[np.floating], floor: float) -> NDArray[np.floating]:
    """Return the logarithm of sizes relative to the QRS height, at least that of a floor."""
    return np.log(values + np.float32(floor))


def _masked_rms(
    values: NDArray[np.floating], mask: NDArray[np.bool_], shortest: int
) -> NDArray[np.floating]:
    """Compute the root mean square of part of each row; NaN where it is too short."""
    n = np.count_nonzero(mask, axis=1)
    found = np.sqrt((values * values * mask).sum(axis=1) / np.maximum(n, 1).astype(np.float32))
    return np.where(n >= shortest, found, np.float32(np.nan))


def _mean_over(values: NDArray[np.floating], width: int, margin: int) -> NDArray[np.floating]:
    """Smooth rows by a mean over an odd number of samples; margins are cut off."""
    cut = margin - width // 2
    return sliding_sum(values[:, cut : values.shape[1] - cut], width) / np.float32(width)
