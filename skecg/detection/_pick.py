"""Make beats of what the network returns for frames."""

import numpy as np
from numpy.typing import NDArray

from ._network import FRAME
from ._scale import RATE

__all__ = ["move_to_peaks", "pick_beats"]

APART = 0.25  # seconds: of two beats that are closer, as a P wave and its beat, one is kept
_CENTRE = 1.5  # samples: a frame is samples 0 to 3
_REACH = 2  # frames before and after, of which the probabilities are added
_ONE_BEAT = 2.48  # sum of five frames of the target: a normal curve with a deviation of one frame
THRESHOLD = 0.5
_HIGHEST = 0.999
#: Logistic regression of being a beat on the logit of the score, for subjects not in training.
_CALIBRATION = 0.78, 2.21
_TO_PEAK = 8  # samples, 62 ms: farthest that a mark is moved to the peak


def pick_beats(logits: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Return where beats are, in samples of the network, and how probable they are.

    Parameters
    ----------
    logits : ndarray of shape (n_frames,)
        The network's logit of a beat.

    Returns
    -------
    place : ndarray of float64 of shape (n_beats,)
        The mean of the frames by their probabilities.
    p_beat : ndarray of float32 of shape (n_beats,)
        Calibrated.
    """
    heat = 1 / (1 + np.exp(-np.pad(logits.astype(np.float64), _REACH + 1, constant_values=-50)))
    smooth = heat[:-2] / 4 + heat[1:-1] / 2 + heat[2:] / 4
    smooth = smooth[_REACH - 1 : len(smooth) - _REACH + 1]
    highest = (smooth[1:-1] >= smooth[:-2]) & (smooth[1:-1] > smooth[2:])
    frame = np.flatnonzero(highest)
    reach = np.arange(-_REACH, _REACH + 1)
    around = heat[frame[:, np.newaxis] + _REACH + 1 + reach]
    total = around.sum(axis=1)
    likely = total >= THRESHOLD * _ONE_BEAT
    frame, around, total = frame[likely], around[likely], total[likely]
    kept = _apart(frame, total)
    place = FRAME * (frame + (around * reach).sum(axis=1) / total) + _CENTRE
    return place[kept], _probability(total[kept] / _ONE_BEAT)


def _probability(score: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return how probable beats are that have a share of the sum of a certain beat."""
    score = np.minimum(score, _HIGHEST)
    intercept, slope = _CALIBRATION
    logit = intercept + slope * np.log(score / (1 - score))
    return (1 / (1 + np.exp(-logit))).astype(np.float32)


def _apart(frame: NDArray[np.int64], total: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which frames remain if none is near one with a larger total."""
    closest = round(APART * RATE / FRAME)
    kept = np.ones(len(frame), dtype=bool)
    close = np.diff(frame) < closest
    near = np.zeros(len(frame), dtype=bool)  # the others neither go nor exclude one
    near[1:] |= close
    near[:-1] |= close
    candidates = np.flatnonzero(near)
    for i in candidates[np.argsort(-total[candidates], kind="stable")]:
        if not kept[i]:
            continue
        first = np.searchsorted(frame, frame[i] - closest, side="right")
        last = np.searchsorted(frame, frame[i] + closest, side="left")
        kept[first:i] = kept[i + 1 : last] = False
    return kept


def move_to_peaks(
    place: NDArray[np.float64], leads: NDArray[np.float32], weight: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Move beats to the largest deflection near by, between samples.

    Parameters
    ----------
    place : ndarray of float64 of shape (n_beats,)
        In samples of the network.
    leads : ndarray of float32 of shape (n_leads, n_frames * FRAME)
        From `scaled_lead`.
    weight : ndarray of float32 of shape (n_leads, n_frames)
        Of the leads.
    """
    if not len(place):
        return place
    centre = np.rint(place).astype(np.int64)
    near = centre[:, np.newaxis] + np.arange(-_TO_PEAK - 1, _TO_PEAK + 2)
    near = near.clip(0, leads.shape[1] - 1)
    # the squares of the uncompressed leads: of two waves, the same one is higher in all beats
    height = (np.sinh(leads[:, near]) ** 2 * weight[:, near // FRAME]).sum(axis=0)
    best = height[:, 1:-1].argmax(axis=1) + 1
    row = np.arange(len(place))
    before, top, after = height[row, best - 1], height[row, best], height[row, best + 1]
    # the vertex of the parabola through three samples, if the middle one is the highest
    bend = before - 2 * top + after
    is_peak = (bend < 0) & (top >= before) & (top >= after)
    vertex = np.where(is_peak, (before - after) / (2 * np.where(is_peak, bend, 1)), 0)
    moved = np.where(top > 0, near[row, best] + vertex, place)
    # beats of two peaks remain two beats
    close = np.diff(moved) < APART / 2 * RATE
    stay = np.zeros(len(place), dtype=bool)
    stay[1:] |= close
    stay[:-1] |= close
    return np.where(stay, place, moved)
