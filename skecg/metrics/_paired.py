"""Test the differences between two models on the same subjects."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from ._bootstrap import DRAWS_AT_ONCE, percentile_interval, resample_together
from ._class_metrics import CLASS_METRICS
from ._overall import OVERALL_METRICS
from ._subject_counts import SubjectCounts, compute_metrics, subjects_of_classes

FLIPS_PER_RESAMPLE = 10  # a p value needs a longer tail than an interval
#: Metrics over all classes that are compared, and their columns.
COLUMNS = {"log_loss": "test loss"} | {
    name: OVERALL_METRICS[name].title for name in ("accuracy", "balanced_accuracy", "macro_f1")
}
#: Metrics by class that are compared; their columns are called "Se V" and so on.
BY_CLASS = tuple(name for name, metric in CLASS_METRICS.items() if metric.compared)


def paired_differences(
    counts: Mapping[str, SubjectCounts],
    labels: list,
    false_positives: str,
    *,
    confidence: float,
    n_resamples: int,
    random_state: Any,
) -> pd.DataFrame:
    """Compute all differences of all pairs of models, with interval, p value and Holm's p."""
    totals = {name: e.total() for name, e in counts.items()}
    some = next(iter(counts.values()))
    by_class, _ = compute_metrics(some.total(), labels, false_positives)
    present = by_class["support"][0] > 0

    def row_metrics(sums: SubjectCounts) -> dict[str, np.ndarray]:
        return _named_metrics(sums, labels, false_positives, present)

    values = {name: row_metrics(total) for name, total in totals.items()}
    drawn = {
        name: row_metrics(e) for name, e in _resampled(counts, n_resamples, random_state).items()
    }
    rows = {}
    for a, b in combinations(counts, 2):
        names = [name for name in values[a] if name in values[b]]
        flipped = _flipped(counts[a], counts[b], row_metrics, n_resamples, random_state)
        for name in names:
            difference = float(values[a][name][0] - values[b][name][0])
            low, high = percentile_interval(drawn[a][name] - drawn[b][name], confidence)
            rows[a, b, name] = (difference, low, high, _p_value(difference, flipped, name))
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["difference", "low", "high", "p"], dtype=float
    )
    of_one = {
        f"{name} {label}"
        for label, n in zip(labels, subjects_of_classes(some, len(labels)), strict=True)
        for name in BY_CLASS
        if n < 2
    }
    table.index = pd.MultiIndex.from_tuples(rows, names=["model", "against", "metric"])
    table.loc[table.index.get_level_values("metric").isin(of_one), ["low", "high"]] = np.nan
    if some.matrices.shape[0] == 1:
        table[["low", "high", "p"]] = np.nan
    table["p_holm"] = holm(table["p"].to_numpy())
    return table


def holm(p: np.ndarray) -> np.ndarray:
    """Correct p values for their number; those that are NaN do not count.

    >>> from skecg.metrics._paired import holm
    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p, dtype=np.float64)
    order = np.argsort(p)[: (~np.isnan(p)).sum()]  # NaN last
    corrected = np.full_like(p, np.nan)
    steps = p[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.maximum.accumulate(steps).clip(max=1) if len(order) else []
    return corrected


def _named_metrics(
    sums: SubjectCounts, labels: list, false_positives: str, present: np.ndarray
) -> dict[str, np.ndarray]:
    """Name metrics as `compare_models` does, those of the classes with reference beats."""
    by_class, overall = compute_metrics(sums, labels, false_positives, present)
    named = {words: overall[name] for name, words in COLUMNS.items() if name in overall}
    for i, label in enumerate(labels):
        if present[i]:
            named |= {f"{name} {label}": by_class[name][:, i] for name in BY_CLASS}
    return named


def _resampled(
    counts: Mapping[str, SubjectCounts], n_resamples: int, random_state: Any
) -> dict[str, SubjectCounts]:
    """Sum the beats of the subjects drawn, the same ones for all models."""
    parts = [part for e in counts.values() for part in e if part is not None]
    sums = iter(resample_together(parts, n_resamples, random_state))
    return {
        name: SubjectCounts(*(None if part is None else next(sums) for part in e))
        for name, e in counts.items()
    }


def _flipped(
    a: SubjectCounts, b: SubjectCounts, row_metrics: Any, n_resamples: int, random_state: Any
) -> tuple[dict[str, np.ndarray], bool]:
    """Differences after the two models have been exchanged in some subjects.

    In all possible ways if these are few, otherwise in ways drawn at random, and which it was.
    """
    known = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    n_subjects, n_flips = a.matrices.shape[0], FLIPS_PER_RESAMPLE * n_resamples
    every = n_subjects < 63 and 2**n_subjects <= n_flips
    parts = []
    for flips in _all_flips(n_subjects) if every else _flips(n_subjects, n_flips, random_state):
        moved = [flips @ (y - x) for x, y in known]
        sides = [
            SubjectCounts(
                *(
                    np.asarray(xy[side].sum(axis=0)) + sign * m
                    for xy, m in zip(known, moved, strict=True)
                )
            )
            for side, sign in ((0, 1), (1, -1))
        ]
        first, second = map(row_metrics, sides)
        parts.append({name: first[name] - second[name] for name in first})
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}, every


def _all_flips(n_subjects: int) -> Iterator[np.ndarray]:
    """Yield every way to exchange the models, once, as one array of 0 and 1."""
    ways = np.arange(2**n_subjects)[:, np.newaxis]
    yield ((ways >> np.arange(n_subjects)) & 1).astype(np.float64)


def _flips(n_subjects: int, n_flips: int, random_state: Any) -> Iterator[np.ndarray]:
    """Yield random ways to exchange the models, some at a time, one fewer than asked for.

    The one that is left out is what was observed: it counts as well.
    """
    rng = check_random_state(random_state)
    step = max(1, DRAWS_AT_ONCE // n_subjects)
    for start in range(0, n_flips - 1, step):
        n = min(step, n_flips - 1 - start)
        yield rng.randint(2, size=(n, n_subjects), dtype=np.int8).astype(np.float64)


def _p_value(difference: float, flipped: tuple[dict[str, np.ndarray], bool], name: str) -> float:
    """Share of exchanges that make as large a difference; one that is undefined counts as such."""
    if np.isnan(difference):
        return np.nan
    differences, every = flipped
    size = abs(difference) * (1 - 1e-9) - 1e-12  # equal but for rounding
    n_large = int((~(np.abs(differences[name]) < size)).sum())
    n = len(differences[name])
    return n_large / n if every else (n_large + 1) / (n + 1)
