"""Beats to review: those with the least certain class."""

import numpy as np
import pandas as pd

from ..annotated import PREFIX, REVIEWED, AnnotatedRecord
from ._clock import Clock

#: Largest probability below which a beat is listed for review, unless another is given.
REVIEW_BELOW = 0.8
CORRECTED = "corrected"  # column that a reader fills in


def certainty_of(found: AnnotatedRecord) -> pd.Series:
    """Return the largest probability of each beat, NaN where there is none; 1 once reviewed."""
    proba = found.proba
    if proba is None:
        return pd.Series(np.nan, index=found.beats.index, dtype=float)
    certainty = proba.max(axis=1).astype(float)
    if REVIEWED in found.beats.columns:  # by a person
        certainty[found.beats[REVIEWED].to_numpy(dtype=bool)] = 1.0
    return certainty


def review_table(found: AnnotatedRecord, review_below: float = REVIEW_BELOW) -> pd.DataFrame:
    """Return the beats to review, the most uncertain first.

    Parameters
    ----------
    found : AnnotatedRecord
        The recording.
    review_below : float, default=0.8
        Beats whose largest probability is below are listed, unless they have been reviewed.

    Returns
    -------
    DataFrame
        One row per beat: ``record``, ``sample``, ``time`` (seconds from the start), ``clock``
        ("" without a start), ``symbol``, ``p_<label>`` of each class, and ``corrected``, empty:
        a reader fills in the right symbol.
    """
    certainty = certainty_of(found).to_numpy()
    rows = np.flatnonzero(certainty < review_below)  # NaN is not
    rows = rows[np.argsort(certainty[rows], kind="stable")]
    beats = found.beats.iloc[rows]
    seconds = beats["sample"].to_numpy() / found.fs
    clock = Clock(found.start)
    columns = {
        "record": found.name,
        "sample": beats["sample"].to_numpy(),
        "time": np.round(seconds, 3),
        "clock": [clock.at(one) or "" for one in seconds],
        "symbol": beats["symbol"].to_numpy(),
    }
    proba = {PREFIX + label: beats[PREFIX + label].to_numpy() for label in found.classes}
    return pd.DataFrame(columns | proba | {CORRECTED: ""})
