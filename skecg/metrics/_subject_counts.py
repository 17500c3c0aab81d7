"""Count beats by subject, and compute metrics of all subjects or of resampled ones."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import issparse

from ..utils import RandomState, is_int, ratio
from ._bootstrap import Subjects, percentile_interval, resample_together
from ._class_metrics import CLASS_METRICS, class_metrics
from ._counts import ignored_cells
from ._overall import PooledCounts, overall_metrics
from ._probabilities import N_CALIBRATION_BINS, N_CERTAINTY_BINS, BeatProbabilities

ByMetric = dict[str, NDArray[Any]]


class SubjectCounts(NamedTuple):
    """Additive counts, one row per subject or resample; None if unknown or not needed.

    The counts of all beats, and all metrics, are made from sums of rows:

        subject   N->N  N->V  V->N  V->V    log loss  Brier  gap of bin 0  gap of bin 1 ...
        a           90     2     1     7        12.3    4.5          -0.1           0.2
        b           55     0     3     2         9.1    3.2           0.0          -0.4
    """

    matrices: Any  # (n, n_classes**2) beats by reference and predicted label, may be sparse
    losses: Any = None  # (n, 2 + N_CALIBRATION_BINS) sums of log loss, Brier score and gaps
    beats_by_certainty: Any = None  # (n, N_CERTAINTY_BINS + 1)
    errors_by_certainty: Any = None

    def total(self) -> "SubjectCounts":
        """Sum over all subjects: one row."""
        return SubjectCounts(
            *(p if p is None else np.asarray(p.sum(axis=0))[np.newaxis] for p in self)
        )

    def resampled(self, n_resamples: int, random_state: RandomState) -> "SubjectCounts":
        """Sum over the drawn subjects, one row per resample."""
        known = [part for part in self if part is not None]
        return SubjectCounts(*resample_together(known, n_resamples, random_state))


def count_by_subject(
    true: NDArray[np.intp],
    predicted: NDArray[np.intp],
    n_classes: int,
    proba: BeatProbabilities | None,
    subjects: Subjects | None,
    *,
    by_certainty: bool = True,
) -> SubjectCounts:
    """Count the beats of each subject, or all beats as those of one if subjects are unknown."""
    if subjects is None:
        subjects = Subjects(np.zeros(len(true), dtype=np.intp), [None])
    cells = subjects.counts(true * n_classes + predicted, n_classes**2)
    if proba is None:
        return SubjectCounts(cells)
    right = true == predicted
    bins = proba.calibration_bins()
    gaps = subjects.sums_in_bins(right - proba.confidence, bins, N_CALIBRATION_BINS)
    losses = np.concatenate([subjects.sums(proba.loss, proba.brier), gaps], axis=1)
    if not by_certainty:
        return SubjectCounts(cells, losses)
    certainty = proba.certainty_bins()
    wrong = Subjects(subjects.codes[~right], subjects.names)
    return SubjectCounts(
        cells,
        losses,
        subjects.counts(certainty, N_CERTAINTY_BINS + 1),
        wrong.counts(certainty[~right], N_CERTAINTY_BINS + 1),
    )


def compute_metrics(
    counts: SubjectCounts,
    labels: Sequence[Any],
    false_positives: str,
    present: NDArray[np.bool_] | None = None,
) -> tuple[ByMetric, ByMetric]:
    """Compute the metrics by class (n, n_classes) and over all classes (n,)."""
    n_classes = len(labels)
    matrices = counts.matrices.reshape(-1, n_classes, n_classes)
    by_class = class_metrics(matrices, ignored_cells(labels, false_positives))
    return by_class, overall_metrics(
        PooledCounts(
            matrices,
            labels,
            by_class,
            present,
            losses=counts.losses,
            beats_by_certainty=counts.beats_by_certainty,
            errors_by_certainty=counts.errors_by_certainty,
        )
    )


def make_intervals(
    counts: SubjectCounts,
    labels: Sequence[Any],
    false_positives: str,
    *,
    confidence: float,
    n_resamples: int,
    random_state: RandomState,
) -> pd.DataFrame:
    """Return each metric with its interval, all from one resampling of the subjects.

    A metric that depends on a single subject has no interval.
    """
    n_classes = len(labels)
    by_class, overall = compute_metrics(counts.total(), labels, false_positives)
    present = by_class["support"][0] > 0
    drawn = counts.resampled(n_resamples, random_state)
    drawn_by_class, drawn_overall = compute_metrics(drawn, labels, false_positives, present)
    n_subjects = subjects_of_classes(counts, n_classes)
    bounds = {
        name: percentile_interval(drawn_by_class[name], confidence) for name in CLASS_METRICS
    }
    rows = {}
    for i, label in enumerate(labels):
        for name, metric in CLASS_METRICS.items():
            known = n_subjects[i] > 1 or not metric.needs_reference
            low, high = (bound[i] if known else np.nan for bound in bounds[name])
            rows[label, name] = (by_class[name][0, i], low, high)
    for name, (value,) in overall.items():
        values = drawn_overall[name]
        if name == "calibration_error":
            values = _centred(values, value)
        rows["", name] = (value, *percentile_interval(values, confidence))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"])
    table.index = pd.MultiIndex.from_tuples(rows, names=["class", "metric"])
    if counts.matrices.shape[0] == 1:
        table[["low", "high"]] = np.nan
    table.attrs = {
        "confidence": float(confidence),
        "n_resamples": int(n_resamples),
        "n_subjects": counts.matrices.shape[0],
        "random_state": int(random_state) if is_int(random_state) else None,
    }
    return table.astype(float)


def subjects_of_classes(counts: SubjectCounts, n_classes: int) -> NDArray[np.intp]:
    """Count the subjects that have reference beats of each class."""
    of_class = np.repeat(np.arange(n_classes), n_classes)  # reference class of each cell
    has = counts.matrices @ (of_class[:, np.newaxis] == np.arange(n_classes))
    return np.asarray((has > 0).sum(axis=0)).ravel()


def errors_by_subject(
    counts: SubjectCounts, names: Sequence[Any], labels: Sequence[Any]
) -> pd.DataFrame:
    """Count the errors of each subject, and its most frequent one, most errors first."""
    n_classes = len(labels)
    cells = np.arange(n_classes**2)
    wrong = cells[cells // n_classes != cells % n_classes]
    n_beats = np.asarray(counts.matrices.sum(axis=1)).ravel().astype(np.int64)
    of_errors = counts.matrices[:, wrong]
    errors = np.asarray(of_errors.sum(axis=1)).ravel().astype(np.int64)
    cell = np.zeros(len(names), dtype=np.intp)
    count = np.zeros(len(names), dtype=np.int64)
    if len(wrong):
        cell = wrong[np.asarray(of_errors.argmax(axis=1)).ravel()]
        most = of_errors.max(axis=1)
        count = np.asarray(most.toarray() if issparse(most) else most).ravel().astype(np.int64)
    known = np.array([*labels, None], dtype=object)
    none = np.where(count > 0, 0, n_classes)  # position of None, for subjects without errors
    table = pd.DataFrame(
        {
            "beats": n_beats,
            "errors": errors,
            "accuracy": ratio(n_beats - errors, n_beats),
            "share": ratio(errors, errors.sum()),
            "y_true": known[np.maximum(cell // n_classes, none)],
            "y_pred": known[np.maximum(cell % n_classes, none)],
            "count": count,
        },
        index=pd.Index(names, name="subject"),
    )
    return table.sort_values("errors", ascending=False, kind="stable")


def _centred(drawn: NDArray[Any], value: float) -> NDArray[Any]:
    """Centre resampled sums of absolute values, which are too large on average, on the value."""
    return (drawn - (np.nanmean(drawn) - value)).clip(0)
