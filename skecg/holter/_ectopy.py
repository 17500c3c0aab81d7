"""Ectopic beats of a class: their number, its interval, and their patterns."""

import numpy as np
from numpy.typing import NDArray

from ..annotated import PREFIX, AnnotatedRecord
from ._clock import Clock
from ._parts import Ectopy, Episodes, Run
from ._patterns import Span, find_patterns
from ._performance import Estimate, Performance, estimate
from ._rhythm import UNCLASSIFIED, Rhythm, aami_classes

#: Of V, a ventricular tachycardia: four and more beats at RR intervals under 500 ms (here by their
#: mean), a finding that every reading decides on. Source: Fiorina et al., J Am Heart Assoc
#: 11:e026196 (2022), https://doi.org/10.1161/JAHA.122.026196
FAST_BEATS, FAST_RATE = 4, 120.0


def ectopy_of(
    found: AnnotatedRecord,
    rhythm: Rhythm,
    label: str,
    uncertain: NDArray[np.bool_],
    known: Performance | None,
) -> Ectopy:
    """Return the ectopic beats of a class."""
    of_class = rhythm.symbol == label
    n, classified = int(of_class.sum()), int((rhythm.symbol != UNCLASSIFIED).sum())
    patterns = find_patterns(rhythm, label)
    runs = [run_of(rhythm, span, Clock(found.start)) for span in patterns["runs"]]
    return Ectopy(
        label=label,
        count=n,
        burden=n / classified if classified else None,
        uncertain=int((of_class & uncertain).sum()),
        estimate=_estimate(found, label, known),
        singles=len(patterns["singles"]),
        couplets=len(patterns["couplets"]),
        runs=len(runs),
        fast_runs=sum(run.beats >= FAST_BEATS and run.rate >= FAST_RATE for run in runs),
        run_beats=sum(run.beats for run in runs),
        longest_run=max(runs, key=lambda run: run.beats, default=None),
        fastest_run=max(runs, key=lambda run: run.rate, default=None),
        bigeminy=_episodes(patterns["bigeminy"], 2),
        trigeminy=_episodes(patterns["trigeminy"], 3),
    )


def _estimate(found: AnnotatedRecord, label: str, known: Performance | None) -> Estimate | None:
    """Return the interval of the number of beats of a class."""
    known_as = np.array(found.classes)[aami_classes(np.array(found.classes, dtype=str)) == label]
    if not len(known_as):
        return None
    proba = found.beats[[PREFIX + one for one in known_as]].to_numpy(dtype=float).sum(axis=1)
    proba = proba[~np.isnan(proba)]
    if not len(proba):
        return None
    return estimate(proba, known.count_errors.get(label) if known else None)


def run_of(rhythm: Rhythm, span: Span, clock: Clock) -> Run:
    """Return a run with its rate."""
    start, end = rhythm.seconds[span.start], rhythm.seconds[span.stop - 1]
    beats, lasts = span.stop - span.start, float(end - start)
    return Run(float(start), clock.at(start), beats, lasts, 60 * (beats - 1) / lasts)


def _episodes(spans: list[Span], period: int) -> Episodes:
    """Return episodes in which every second or third beat is ectopic."""
    beats = [(span.stop - span.start - 1) // period + 1 for span in spans]
    return Episodes(len(spans), sum(beats), max(beats, default=0))
