"""The table by hour, and the stretches without beats."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd

from ..annotated import UNUSABLE, AnnotatedRecord
from ._clock import Clock
from ._parts import Hour, Stretch
from ._rates import MINUTE, even_edges, rates_by
from ._rhythm import Floats, Rhythm

HOUR = 3600.0


def hours_of(found: AnnotatedRecord, rhythm: Rhythm, pauses: Floats) -> list[Hour]:
    """Return the table by hour: of the clock if the start is known."""
    clock = Clock(found.start)
    first = -((clock.offset or 0.0) % HOUR)
    n = max(1, math.ceil((found.duration - first) / HOUR - 1e-9))
    edges = np.clip(first + HOUR * np.arange(n + 1), 0.0, found.duration)
    minutes = rates_by(rhythm, even_edges(found.duration, MINUTE))
    whole = rates_by(rhythm, edges).mean
    lost = found.quality[found.quality["state"] == UNUSABLE]
    hours = []
    for i, (start, stop) in enumerate(pairwise(edges)):
        rates = minutes.mean[(minutes.start >= start) & (minutes.start < stop)]
        rates = rates[~np.isnan(rates)]
        begin, end = np.searchsorted(rhythm.seconds, [start, stop])
        symbols = rhythm.symbol[begin:end]
        hours.append(
            Hour(
                seconds=float(start),
                clock=clock.at(start),
                analysable=float(stop - start) - _overlap(lost, found.fs, start, stop),
                beats=int(end - begin),
                mean=None if np.isnan(whole[i]) else float(whole[i]),
                minimum=float(rates.min()) if len(rates) else None,
                maximum=float(rates.max()) if len(rates) else None,
                v=int((symbols == "V").sum()),
                s=int((symbols == "S").sum()),
                pauses=int(((pauses >= start) & (pauses < stop)).sum()),
            )
        )
    return hours


def _overlap(stretches: pd.DataFrame, fs: float, start: float, stop: float) -> float:
    """Return the seconds of stretches between two times."""
    begin = np.maximum(stretches["start"].to_numpy(dtype=float) / fs, start)
    end = np.minimum(stretches["stop"].to_numpy(dtype=float) / fs, stop)
    return float(np.maximum(end - begin, 0.0).sum())


def without_beats(found: AnnotatedRecord) -> list[Stretch]:
    """Return the stretches of all leads in which there are no beats."""
    rows, clock = found.quality[found.quality["lead"] == ""], Clock(found.start)
    return [
        Stretch(start / found.fs, clock.at(start / found.fs), (stop - start) / found.fs, state)
        for start, stop, state in zip(rows["start"], rows["stop"], rows["state"], strict=True)
    ]
