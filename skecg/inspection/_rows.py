"""Waveforms of rows: of the beat itself, its leads and the normal beat of its surroundings."""

import numpy as np
from numpy.typing import NDArray

from ..layout import BeatLayout

__all__ = ["CONTEXT", "leads_present", "normal_shape", "waveforms"]

CONTEXT = ("signal", "difference")  # channels from which the normal beat follows

Floats = NDArray[np.floating]


def leads_present(rows: Floats, layout: BeatLayout) -> NDArray[np.bool_]:
    """Return which leads each row has, (n_beats, n_leads); a missing lead is zero throughout."""
    own = layout.waveform(rows)[:, layout.neighbors]
    return np.any(own, axis=(2, 3)) | (layout.leads == 1)


def waveforms(rows: Floats, layout: BeatLayout) -> Floats:
    """Return the signal of each beat, (n_beats, n_leads, n_samples), NaN for a missing lead."""
    own = layout.waveform(rows)[:, layout.neighbors, :, 0]
    return np.where(leads_present(rows, layout)[..., np.newaxis], own, np.nan)


def normal_shape(rows: Floats, layout: BeatLayout) -> Floats | None:
    """Return the normal beat around each beat, (n_beats, n_leads, n_samples).

    Rows with context have it as the signal minus its difference from the normal beat. Others
    do not have it: None.
    """
    if set(layout.channels) != set(CONTEXT):
        return None
    signal, difference = (layout.channels.index(name) for name in CONTEXT)
    own = layout.waveform(rows)[:, layout.neighbors]
    return own[:, :, signal] - own[:, :, difference]
