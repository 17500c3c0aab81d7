"""The summary of an annotated recording, as Holter reports have it."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..annotated import AnnotatedRecord
from ..tables import AAMI_ORDER
from ..utils import POSITIVE, SHARE, Rule, check_value, count, is_number
from ._clock import Clock, hms
from ._ectopy import ectopy_of
from ._heart_rate import heart_rate
from ._hours import hours_of, without_beats
from ._parts import Ectopy, HeartRate, Hour, Moment, NNIntervals, Stretch, moment_of
from ._performance import performance_for
from ._rates import nn_statistics, pauses_of
from ._review import REVIEW_BELOW, certainty_of
from ._rhythm import UNCLASSIFIED, rhythm_of

__all__ = ["HolterSummary", "holter_summary"]

PAUSE = 2.5  # seconds
NIGHT = (22.0, 6.0)  # o'clock
ECTOPIC = ("V", "S")
OWNER = "holter_summary"
_HOURS = Rule(
    lambda value: (
        isinstance(value, tuple | list)
        and len(value) == 2
        and all(is_number(hour) and 0 <= hour <= 24 for hour in value)
    ),
    "two hours from 0 to 24",
)


@dataclass(frozen=True)
class HolterSummary:
    """Summary of an annotated recording; made by `holter_summary`, compared by value.

    Attributes
    ----------
    record, subject : str
        Of the recording.
    start : str or None
        Date and time of the start (ISO 8601), or the time of day; None if it is unknown.
    duration, analysable : float
        Seconds; analysable are those in which at least one lead can be used.
    leads : tuple of str
        Names of the leads.
    beats, classified : int
        Beats found, and those with a class other than Q.
    counts : dict of str to int
        Beats of each class, N, S, V, F and Q.
    heart_rate : HeartRate
        Means of one minute each, with the time of the lowest and of the highest one.
    nn : NNIntervals
        Statistics of the intervals between normal beats.
    v, s : Ectopy
        Ventricular and supraventricular ectopic beats.
    pauses : tuple of Moment
        RR intervals of at least ``pause`` seconds, with the time of their beginning.
    hours : tuple of Hour
        The table by hour.
    without_beats : tuple of Stretch
        Stretches without beats, which no interval spans.
    uncertain : int
        Beats to review, of all classes.
    review_below, pause : float
        As given to `holter_summary`.
    night : tuple of float
        As given to `holter_summary`.
    performance : str or None
        The shipped model whose performance the intervals are from.

    See Also
    --------
    holter_summary : Make one.

    Examples
    --------
    >>> import skecg
    >>> skecg.HolterSummary.__dataclass_params__.frozen
    True
    """

    record: str
    subject: str
    start: str | None
    duration: float
    analysable: float
    leads: tuple[str, ...]
    beats: int
    classified: int
    counts: dict[str, int]
    heart_rate: HeartRate
    nn: NNIntervals
    v: Ectopy
    s: Ectopy
    pauses: tuple[Moment, ...]
    hours: tuple[Hour, ...]
    without_beats: tuple[Stretch, ...]
    uncertain: int
    review_below: float
    pause: float
    night: tuple[float, float]
    performance: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as dictionaries, lists, numbers and texts, for JSON.

        Returns
        -------
        dict
            The attributes; times in seconds, with the time by the clock next to them.
        """
        return _plain(dataclasses.asdict(self))

    def to_text(self) -> str:
        """Return the key figures as a few lines.

        Returns
        -------
        str
            The text.
        """
        rate = self.heart_rate
        lines = [
            f"{self.record}: {hms(self.duration)}, {hms(self.analysable)} analysable, "
            f"{count(self.beats, 'beat')}"
        ]
        if rate.mean is not None and rate.minimum and rate.maximum:
            lines.append(
                f"Heart rate {rate.mean:.0f} per minute "
                f"({rate.minimum.value:.0f} to {rate.maximum.value:.0f})"
            )
        for one in (self.v, self.s):
            likely = one.estimate
            between = f", likely {likely.low:,} to {likely.high:,}" if likely else ""
            lines.append(f"{one.label} {one.count:,} ({burden_text(one.burden)} %{between})")
        lines.append(f"Pauses of {self.pause:g} s and longer: {len(self.pauses)}")
        return "\n".join(lines)


def burden_text(share: float | None) -> str:
    """Write a burden in percent; one of less than 0.01 % as Holter reports do.

    >>> from skecg.holter._summary import burden_text
    >>> burden_text(0.1234), burden_text(0.00001), burden_text(0.0), burden_text(None)
    ('12.34', '<0.01', '0', '-')
    """
    if share is None:
        return "-"
    if share == 0:
        return "0"
    return "<0.01" if share < 0.0001 else f"{100 * share:.2f}"


def holter_summary(
    found: AnnotatedRecord,
    *,
    performance: str | None = None,
    review_below: float = REVIEW_BELOW,
    pause: float = PAUSE,
    night: tuple[float, float] = NIGHT,
) -> HolterSummary:
    """Summarize an annotated recording, as Holter reports do.

    Parameters
    ----------
    found : AnnotatedRecord
        The recording with its beats, as `annotate` returns it.
    performance : str, default=None
        Name of the shipped model that classified the beats ("lstm"), whose errors in people that
        it was not trained on give the intervals of the numbers of V and S beats. None is the model
        in ``found.about``. For all other models, the intervals come only from the probabilities.
    review_below : float, default=0.8
        Beats whose largest probability is below are to be reviewed.
    pause : float, default=2.5
        Shortest RR interval in seconds that is a pause.
    night : tuple of float, default=(22.0, 6.0)
        Beginning and end of the night, in hours by the clock.

    Returns
    -------
    HolterSummary
        The summary.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    See Also
    --------
    annotate : Find and classify the beats of a recording.

    Notes
    -----
    RR intervals never span a stretch in which no lead can be used or no beat was found. Beats of
    other symbols, from a model that has them, are counted by the class map "ec57": L and R as N,
    A as S.

    - *Heart rate*: means of one minute each (60 / mean RR of the intervals that end in the
      minute, which must fill half of it). The mean is over all RR intervals; minimum and maximum
      are those of the one-minute means, as in Holter reports; over 100 and under 50 are shares of
      the one-minute means. That 22:00 to 6:00 is the night is a convention of skecg.
    - *NN intervals*: between two normal beats, with the statistics of the Task Force of the
      European Society of Cardiology and NASPE, Circulation 93:1043-1065 (1996),
      https://doi.org/10.1161/01.CIR.93.5.1043. Nothing is filtered.
    - *Burden*: beats of a class / classified beats, written "<0.01" under 0.01 %.
    - *Patterns*: runs (three and more), trigeminy and bigeminy (three and more ectopic beats, each
      after two normal beats or one), couplets, single beats, in this order, each beat used once,
      as open Holter software counts (btcy_holter); a couplet or run is never part of bigeminy.
    - *Pauses*: of 2.5 s and longer, as in Fiorina et al., Evaluation of an ambulatory ECG
      analysis platform using deep neural networks in routine clinical practice, J Am Heart Assoc
      11:e026196 (2022), https://doi.org/10.1161/JAHA.122.026196; so are fast runs (of V, a
      ventricular tachycardia): four and more beats at 120 per minute and more.
    - *Estimates* of the true number of beats: split conformal intervals over people (Lei et al.,
      JASA 113:1094-1111, 2018, https://doi.org/10.1080/01621459.2017.1307116), if the person and
      the recording are as those of mitdb, svdb and edb, and beats are found as well as annotated
      ones. Without known performance, a sum of independent events with the probabilities, which
      is too narrow.

    Examples
    --------
    >>> import pandas as pd, skecg
    >>> from skecg.annotated import AnnotatedRecord
    >>> record = skecg.simulate_record(60, random_state=0)
    >>> beats = pd.DataFrame({"sample": record.sample, "symbol": record.symbol})
    >>> nothing = pd.DataFrame(columns=["start", "stop", "lead", "state"])
    >>> found = AnnotatedRecord(
    ...     record.name, record.subject, record.fs, record.n_samples, record.lead_names, None, (),
    ...     beats, nothing, pd.DataFrame(columns=["reason", "count"]), reader=None,
    ... )
    >>> summary = skecg.holter_summary(found)
    >>> summary.v.count == int((record.symbol == "V").sum())
    True
    >>> summary.heart_rate.minutes
    1
    """
    check_value(review_below, SHARE, "review_below", OWNER)
    check_value(pause, POSITIVE, "pause", OWNER)
    check_value(night, _HOURS, "night", OWNER)
    rhythm, clock = rhythm_of(found), Clock(found.start)
    uncertain = certainty_of(found).to_numpy() < review_below
    known = performance_for(performance, found.about)
    classified = int((rhythm.symbol != UNCLASSIFIED).sum())
    v, s = (ectopy_of(found, rhythm, label, uncertain, known) for label in ECTOPIC)
    ends = pauses_of(rhythm, pause)
    present, n = np.unique(rhythm.symbol, return_counts=True)
    of_class = dict(zip(present.tolist(), n.tolist(), strict=True))
    return HolterSummary(
        record=found.name,
        subject=found.subject,
        start=None if found.start is None else found.start.isoformat(),
        duration=found.duration,
        analysable=found.analysable,
        leads=tuple(found.lead_names),
        beats=len(rhythm.symbol),
        classified=classified,
        counts=dict.fromkeys(AAMI_ORDER, 0) | of_class,
        heart_rate=heart_rate(found, rhythm, night),
        nn=nn_statistics(rhythm, found.duration),
        v=v,
        s=s,
        pauses=tuple(moment_of(clock, rhythm.rr[i], rhythm.seconds[i - 1]) for i in ends),
        hours=tuple(hours_of(found, rhythm, rhythm.seconds[ends])),
        without_beats=tuple(without_beats(found)),
        uncertain=int(uncertain.sum()),
        review_below=float(review_below),
        pause=float(pause),
        night=(float(night[0]), float(night[1])),
        performance=None if known is None else known.name,
    )


def _plain(value: Any) -> Any:
    """Return a value as JSON has it, numbers rounded to what the recording can tell."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return round(value, 6) if isinstance(value, float) else value
