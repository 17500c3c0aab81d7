"""AnnotatedRecord: a recording with the beats that `annotate` has found and classified."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .records import ECGRecord
from .records._read import stretch_samples
from .utils import printable

__all__ = [
    "NO_BEAT",
    "PREFIX",
    "QUALITY_COLUMNS",
    "REVIEWED",
    "UNUSABLE",
    "AnnotatedRecord",
]

PREFIX = "p_"  # of the columns of probabilities: p_N, p_S, ...
REVIEWED = "reviewed"  # column of beats that a person has seen, if there are any
QUALITY_COLUMNS = ("start", "stop", "lead", "state")
#: States of stretches of all leads together ("" as the lead): no lead is usable; leads are usable
#: and no beat was found.
UNUSABLE, NO_BEAT = "unusable", "no beat"


@dataclass(frozen=True, eq=False, repr=False)
class AnnotatedRecord:
    """A recording with its detected and classified beats, without its signal in memory.

    Made by `annotate`.

    Attributes
    ----------
    name, subject : str
        Of the recording.
    fs : float
        Sampling frequency in Hz.
    n_samples : int
        Length in samples.
    lead_names : tuple of str
        Names of the leads, in the order of the recording.
    start : datetime.datetime, datetime.time or None
        Date and time, or time of day, at which the recording began; None if it is unknown.
    comments : tuple of str
        Lines of text about the recording.
    beats : DataFrame
        One row per beat, by time: ``sample`` (position), ``symbol`` (N, S, V, F or Q, or another
        class of the model), ``leads`` (names of the leads that the class was predicted from,
        joined by "+"; "" for a beat without a row), ``p_beat`` (probability that there is a beat;
        NaN for a detector that gives none) and ``p_<label>`` for the probability of each class
        (NaN for beats without a row; no such columns if the model has no ``predict_proba``). With
        corrections, ``reviewed`` marks the beats that a person has classified; their
        probabilities are those of the model.
    quality : DataFrame
        Stretches with a fault, by time: ``start`` and ``stop`` in samples, ``lead`` (its name, or
        "" for all leads together) and ``state``: of one lead "flat", "missing" or "noisy"; of all
        leads "unusable" (no lead can be used: no beats were looked for) or "no beat" (a long
        stretch in which a lead can be used and no beat was found).
    skipped : DataFrame
        Beats without a class, and stretches without beats: ``reason`` and ``count``.
    path : pathlib.Path or None
        Its files, without ending; None if it was in memory.
    format : str
        Name of their format, such as "WFDB"; "" if it was in memory.
    about : mapping
        Model, detector and versions, as ``RECORD.json`` has them.

    See Also
    --------
    annotate : Make one.
    holter_summary : Summarize one as Holter reports do.

    Examples
    --------
    >>> import skecg
    >>> found = skecg.annotate("lstm", skecg.simulate_record(30, random_state=0))
    >>> found.name, found.lead_names, found.duration, found.analysable
    ('sim000', ('MLII', 'V5'), 30.0, 30.0)
    >>> found.classes, found.beats.columns[:4].tolist()
    (['N', 'S', 'V', 'F'], ['sample', 'symbol', 'leads', 'p_beat'])
    >>> found.read(10, 20).duration
    10.0
    """

    name: str
    subject: str
    fs: float
    n_samples: int
    lead_names: tuple[str, ...]
    start: datetime.datetime | datetime.time | None
    comments: tuple[str, ...]
    beats: pd.DataFrame
    quality: pd.DataFrame
    skipped: pd.DataFrame
    #: reads a stretch, from start to stop in seconds, with its signal and no beats
    reader: Callable[[float, float | None], ECGRecord] = field(repr=False)
    path: Path | None = None
    format: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.fs

    @property
    def classes(self) -> list[str]:
        """Labels that the beats have probabilities of."""
        return [
            name.removeprefix(PREFIX)
            for name in self.beats.columns
            if name.startswith(PREFIX) and name != "p_beat"
        ]

    @property
    def proba(self) -> pd.DataFrame | None:
        """Probability of each class, one row per beat; None if there are none."""
        if not (classes := self.classes):
            return None
        return self.beats[[PREFIX + label for label in classes]].set_axis(classes, axis=1)

    @property
    def analysable(self) -> float:
        """Seconds in which at least one lead can be used."""
        lost = self.quality[self.quality["state"] == UNUSABLE]
        return self.duration - float((lost["stop"] - lost["start"]).sum()) / self.fs

    @property
    def record(self) -> ECGRecord:
        """The whole recording with the predicted beats; reads its signal into memory."""
        return self.read()

    def read(self, start: float = 0.0, stop: float | None = None) -> ECGRecord:
        """Read a stretch of the recording, with the predicted beats.

        Parameters
        ----------
        start, stop : float, default=0.0 and None
            Stretch in seconds. None is the end.

        Raises
        ------
        ValueError
            If the stretch is empty, or begins outside of the recording.
        """
        first, _ = stretch_samples(self, start, stop, "AnnotatedRecord.read")
        record = self.reader(start, stop)
        sample = self.beats["sample"].to_numpy()
        inside = (sample >= first) & (sample < first + record.n_samples)
        return replace(
            record,
            sample=sample[inside] - first,
            symbol=self.beats["symbol"].to_numpy().astype(np.str_)[inside],
            excluded={},
            annotations=None,
        )

    def __repr__(self) -> str:
        return (
            f"AnnotatedRecord({printable(self.name)!r}: {len(self.beats)} beats, "
            f"{self.duration:.1f} s)"
        )
