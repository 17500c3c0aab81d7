"""Classify the found beats of a recording, block by block."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..beats import BeatExtractor
from ..beats._rows import BEYOND, GAP, SEARCH_SECONDS
from ..beats._stretch import WholeRecord, cut_stretch
from ..preprocessing._resample import lead_medians
from ..tables import ordered_labels
from ..utils import Classifier, predict_labels
from ._blocks import blocks
from ._detection import Detection
from ._source import Source

__all__ = ["UNKNOWN", "Classified", "classify_all"]

UNKNOWN = "Q"  # "unclassifiable beat"
LEAD_OFF = "window touches a flat or noisy stretch"


@dataclass(frozen=True, eq=False)
class Classified:
    """The beats of a recording with their classes, in the order of their positions."""

    sample: NDArray[np.int64]  # (n_beats,), as all: moved to the peak
    symbol: NDArray[np.str_]
    leads: NDArray[np.str_]  # names of the leads that the class was predicted from
    p_beat: NDArray[np.float32]
    proba: pd.DataFrame | None  # (n_beats, n_classes), NaN for beats without a row
    reasons: dict[str, int]  # why beats have no row, and how many


def classify_all(
    model: Classifier,
    extractor: BeatExtractor,
    source: Source,
    detection: Detection,
    chosen: Sequence[int | None],
) -> Classified:
    """Classify the found beats of a recording.

    Parameters
    ----------
    model : estimator
        A fitted classifier.
    extractor : BeatExtractor
        The extractor of its training rows.
    source : Source
        The recording.
    detection : Detection
        Its beats.
    chosen : sequence of int or None
        Lead for each one of a row; None where the recording lacks it.
    """
    n = len(detection.sample)
    ends = [one.stop for one in blocks(source.n_samples, source.fs, source.block)]
    whole = WholeRecord(
        source.name, source.fs, source.n_samples, tuple(chosen), _medians(source, detection, ends)
    )
    usable, lost = _usable(extractor, source, detection, whole.leads)
    sample, symbol = detection.sample.copy(), np.full(n, UNKNOWN)
    classes = _classes(model)
    proba = np.full((n, len(classes)), np.nan, dtype=np.float32)
    names = _LeadNames([source.lead_names[lead] for lead in whole.leads])
    leads = np.full(n, "", dtype=object)
    reasons = dict.fromkeys((BEYOND, GAP, LEAD_OFF), 0)
    first = 0
    for stop in ends:
        last = int(np.searchsorted(detection.sample, stop))
        own = slice(first, last)
        first = last
        if own.start == own.stop:
            continue
        rows = cut_stretch(extractor, whole, source.read, detection.sample, own, usable)
        off = lost[own] & ~rows.kept & ~rows.beyond
        reasons[BEYOND] += int(rows.beyond.sum())
        reasons[LEAD_OFF] += int(off.sum())
        reasons[GAP] += int((~rows.kept & ~rows.beyond & ~off).sum())
        here = np.flatnonzero(rows.kept) + own.start
        if not len(here):
            continue
        sample[here] = rows.peak[rows.kept]
        symbol[here], of_rows = predict_labels(model, rows.data)
        leads[here] = names.of(rows.usable[:, rows.kept])
        if of_rows is not None:
            proba[here] = of_rows.to_numpy()
    sample = _distinct(sample, detection.sample)
    order = np.argsort(sample, kind="stable")
    table = pd.DataFrame(proba[order], columns=classes)[ordered_labels(classes)]
    return Classified(
        sample[order],
        symbol[order],
        leads[order],
        detection.p_beat[order],
        table if hasattr(model, "predict_proba") else None,
        {reason: count for reason, count in reasons.items() if count},
    )


def _distinct(moved: NDArray[np.int64], found: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the moved positions of beats; those that would be one position stay where found.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.annotation._rows import _distinct
    >>> _distinct(np.array([10, 10, 30]), np.array([8, 12, 29]))
    array([ 8, 12, 30])
    """
    while True:
        order = np.argsort(moved, kind="stable")
        same = np.flatnonzero(np.diff(moved[order]) == 0)
        if not len(same):
            return moved
        both = order[np.union1d(same, same + 1)]
        moved = moved.copy()
        moved[both] = found[both]


def _classes(model: Classifier) -> list[str]:
    """Return the classes that a model has probabilities of."""
    return [str(label) for label in model.classes_] if hasattr(model, "predict_proba") else []


def _medians(
    source: Source, detection: Detection, ends: Sequence[int]
) -> NDArray[np.float32] | None:
    """Return the median of each lead, or None for a recording that is cut in one piece."""
    if len(ends) == 1:
        return None
    if detection.medians is not None:
        return detection.medians
    signal = source.read(0, source.n_samples)
    return np.array([lead_medians(lead, np.isnan(lead)) for lead in signal.T], dtype=np.float32)


def _usable(
    extractor: BeatExtractor, source: Source, detection: Detection, leads: Sequence[int]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which leads can be used in the window of which beats.

    Returns
    -------
    usable : ndarray of bool of shape (n_leads, n_beats)
        Without zeros for missing leads a row needs all of them.
    lost : ndarray of bool of shape (n_beats,)
        Whether a beat has no row since leads are flat or noisy, which a gap does not explain.
    """
    before, after = (round((s + SEARCH_SECONDS) * source.fs) for s in extractor.window)
    span = detection.sample - before, detection.sample + after
    usable = np.array([~detection.runs[lead].touch(*span) for lead in leads])
    disturbed = np.zeros(len(detection.sample), dtype=bool)
    for lead in leads:
        disturbed |= detection.runs[lead].disturbed().touch(*span)
    if extractor.missing_leads != "zeros":
        usable[:] = usable.all(axis=0)
    return usable, np.asarray(~usable.any(axis=0) & disturbed)


class _LeadNames:
    """Joins the names of some leads of a row."""

    def __init__(self, names: Sequence[str]) -> None:
        self._weights = 2 ** np.arange(len(names))
        self._texts = [
            "+".join(name for i, name in enumerate(names) if k >> i & 1)
            for k in range(2 ** len(names))
        ]

    def of(self, usable: NDArray[np.bool_]) -> list[str]:
        """Return the joined names of the leads that are used for each beat."""
        return [self._texts[k] for k in (self._weights @ usable).tolist()]
