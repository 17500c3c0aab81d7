"""Cut beats out of a source and lay them down at new times, by overlap and addition."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..beats._waves import in_samples
from ._retime_source import AFTER, BEFORE, FADE, P_END, Source
from ._rhythm import Floats

__all__ = ["AS_IS", "CHANGED", "NO_P", "ONLY_P", "Cuts", "lay_down"]

AS_IS, CHANGED, NO_P, ONLY_P = range(4)

_RESERVE = 0.26  # s by which a P wave may be moved before the start of its cut
_ENDS = 0.024  # s at the ends of a cut that are levelled at zero
_LEVEL_FADE = 0.096  # s in which the level of the PR segment fades out at the end of a beat
_P_FADE = 0.024  # s in which a P wave that was moved later fades out
_T_START, _T_FADE = 0.12, 0.08  # s after the middle from which the T wave is scaled, and how soon


@dataclass
class Cuts:
    """Beats to lay down: one entry per beat, and gains of ectopic ones per lead."""

    at: NDArray[np.int64]  # sample of the middle of the QRS complex in the new signal
    beat: NDArray[np.intp]  # index in the source
    p_wave: NDArray[np.int64]  # AS_IS, CHANGED, NO_P or ONLY_P
    p_scale: Floats
    p_shift: NDArray[np.int64]  # samples that it is moved later
    scaled: NDArray[np.bool_]  # beats to which the gains apply
    gain: Floats  # of the beat, (n_leads,)
    t_gain: Floats  # of the T wave on top of it, (n_leads,)


def lay_down(source: Source, cuts: Cuts, n_samples: int) -> Floats:
    """Return the sum of all beats at their new places, (n_samples, n_leads)."""
    fs = source.fs
    start = -in_samples(BEFORE + _RESERVE, fs)
    offsets = np.arange(start, in_samples(AFTER, fs))
    rows = _cut(source, cuts.beat, offsets)
    if cuts.scaled.any():
        late = np.clip((offsets / fs - _T_START) / _T_FADE, 0, 1)
        gain = cuts.gain * (1 + (cuts.t_gain - 1) * late[:, None])  # (n_offsets, n_leads)
        rows[cuts.scaled] *= gain.astype(np.float32)
    n_p = int(np.searchsorted(offsets, -in_samples(P_END, fs)))
    _remove_p(rows, cuts, source, offsets, n_p)
    _change_p(rows, cuts, source, offsets, n_p)

    place = cuts.at[:, None] + offsets
    inside = (place >= 0) & (place < n_samples)
    flat = place[inside]
    return np.stack(
        [np.bincount(flat, rows[..., lead][inside], n_samples) for lead in range(rows.shape[2])],
        axis=1,
    )


def _cut(
    source: Source, beat: NDArray[np.intp], offsets: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Cut beats out, level their ends at zero and fade them, (n_beats, n_offsets, n_leads).

    The T wave of the beat before is subtracted, as the median of normal beats has it.

    offsets   -9 -8 -7 -6 -5 -4 -3 -2 -1  0  1  2  3  4  5  6
    row        0  0  0  0  x  x  x  x  x  x  x  x  x  0  0  0      before=5, after=4
    """
    centre = source.centre[beat]
    before, after = source.before[beat], source.after[beat]
    last = len(source.signal) - 1
    rows = source.signal[(centre[:, None] + offsets).clip(0, last)]
    # the T wave of the beat before, which stays where it is
    lag = source.lag[beat, None] + offsets
    lag[(source.lag[beat] == 0), :] = -1
    inside = (lag >= 0) & (lag < len(source.tail))
    rows[inside] -= source.tail[lag[inside]]
    row, n_ends = np.arange(len(rows))[:, None], max(1, in_samples(_ENDS, source.fs))
    first = (-before - offsets[0])[:, None]  # column of the first sample of the cut
    left = rows[row, first + np.arange(n_ends)].mean(axis=1)
    right = rows[row, first + (before + after)[:, None] - n_ends + np.arange(n_ends)].mean(axis=1)
    passed = (offsets + before[:, None]) / (before + after - 1)[:, None]
    passed = passed.clip(0, 1).astype(np.float32)[..., None]
    rows -= left[:, None] + (right - left)[:, None] * passed
    width = max(1, in_samples(FADE, source.fs))
    rise = (offsets + before[:, None] + 0.5) / width
    fall = (after[:, None] - offsets - 0.5) / width
    window = np.sin(np.pi / 2 * np.minimum(rise, fall).clip(0, 1)) ** 2
    rows *= window.astype(np.float32)[..., None]
    return rows


def _remove_p(
    rows: NDArray[np.float32],
    cuts: Cuts,
    source: Source,
    offsets: NDArray[np.int64],
    n_p: int,
) -> None:
    """Flatten the signal before the QRS complex at the level where the complex begins, in place.

    The first ``n_p`` columns are those before it.
    """
    chosen = np.flatnonzero(cuts.p_wave == NO_P)
    if not chosen.size:
        return
    level = rows[chosen, n_p - 2 : n_p + 1].mean(axis=1)
    after = source.after[cuts.beat[chosen], None]
    fade = ((after - 1 - offsets) / max(1, in_samples(_LEVEL_FADE, source.fs))).clip(0, 1)
    rows[chosen] -= level[:, None] * fade.astype(np.float32)[..., None]
    rows[chosen, :n_p] = 0


def _change_p(
    rows: NDArray[np.float32],
    cuts: Cuts,
    source: Source,
    offsets: NDArray[np.int64],
    n_p: int,
) -> None:
    """Scale and move P waves above a line to the QRS complex, in place; or keep them only."""
    chosen = np.flatnonzero((cuts.p_wave == CHANGED) | (cuts.p_wave == ONLY_P))
    if not chosen.size or n_p < 2:
        return
    before = source.before[cuts.beat[chosen], None]
    # the line is flat at first, and reaches the level where the QRS complex begins
    rise = ((offsets[:n_p] + before) / (offsets[n_p - 1] + before).clip(1)).clip(0, 1)
    part = rows[chosen, :n_p]
    line = part[:, -1:] * (rise**2).astype(np.float32)[..., None]
    wave = part - line
    origin = np.arange(n_p) - cuts.p_shift[chosen, None]
    known = (origin >= 0) & (origin < n_p)
    moved = np.take_along_axis(wave, origin.clip(0, n_p - 1)[..., None], axis=1)
    fade = ((n_p - 1 - np.arange(n_p)) / max(1, in_samples(_P_FADE, source.fs))).clip(0, 1)
    factor = cuts.p_scale[chosen, None] * known * fade
    moved *= factor.astype(np.float32)[..., None]
    only = cuts.p_wave[chosen] == ONLY_P
    rows[chosen, :n_p] = np.where(only[:, None, None], moved, line + moved)
    rows[chosen[only], n_p:] = 0
