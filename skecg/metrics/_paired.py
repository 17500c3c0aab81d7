"""Test the differences between two models on the same subjects."""

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state

from ..utils import RandomState
from ._bootstrap import DRAWS_AT_ONCE, percentile_interval, resample_together
from ._class_metrics import compared_metrics
from ._subject_counts import SubjectCounts, compute_metrics, subjects_of_classes

FLIPS_PER_RESAMPLE = 10  # a p value needs a longer tail than an interval
#: Metrics over all classes that are compared, and their columns.
COLUMNS = {
    "log_loss": "test loss",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
}

Floats = NDArray[np.float64]
#: Metrics by the names of their columns, each of shape (n,), from counts of n rows.
RowMetrics = Callable[[SubjectCounts], dict[str, Floats]]


def paired_differences(
    counts: Mapping[str, SubjectCounts],
    labels: list[Any],
    false_positives: str,
    *,
    confidence: float,
    n_resamples: int,
    random_state: RandomState,
) -> pd.DataFrame:
    """Compute all differences of all pairs of models, with interval, p value and Holm's p."""
    some = next(iter(counts.values()))  # subjects and reference labels are those of all models
    by_class, _ = compute_metrics(some.total(), labels, false_positives)
    present = by_class["support"][0] > 0

    def row_metrics(sums: SubjectCounts) -> dict[str, Floats]:
        return _named_metrics(sums, labels, false_positives, present)

    values = {name: row_metrics(one.total()) for name, one in counts.items()}
    resampled = _resampled(counts, n_resamples, random_state)
    drawn = {name: row_metrics(sums) for name, sums in resampled.items()}
    rows = {}
    for a, b in combinations(counts, 2):
        names = [name for name in values[a] if name in values[b]]
        flipped = _flipped(counts[a], counts[b], row_metrics, n_resamples, random_state)
        for name in names:
            difference = float(values[a][name][0] - values[b][name][0])
            low, high = percentile_interval(drawn[a][name] - drawn[b][name], confidence)
            p = _p_value(difference, flipped[0][name], is_every=flipped[1])
            rows[a, b, name] = (difference, low, high, p)
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["difference", "low", "high", "p"], dtype=float
    )
    of_one_subject = {
        f"{name} {label}"
        for label, n in zip(labels, subjects_of_classes(some, len(labels)), strict=True)
        for name in compared_metrics()
        if n < 2
    }
    table.index = pd.MultiIndex.from_tuples(rows, names=["model", "against", "metric"])
    table.loc[table.index.get_level_values("metric").isin(of_one_subject), ["low", "high"]] = (
        np.nan
    )
    if some.matrices.shape[0] == 1:
        table[["low", "high", "p"]] = np.nan
    table["p_holm"] = holm(table["p"].to_numpy())
    return table


def holm(p: ArrayLike) -> Floats:
    """Correct p values for their number by Holm's method; those that are NaN do not count.

    >>> from skecg.metrics._paired import holm
    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p, dtype=np.float64)
    order = np.argsort(p)[: (~np.isnan(p)).sum()]  # NaN last
    corrected = np.full_like(p, np.nan)
    # in ascending order: the first times n, the second times n - 1, none below the one before
    steps = p[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.maximum.accumulate(steps).clip(max=1) if len(order) else []
    return corrected


def _named_metrics(
    sums: SubjectCounts, labels: list[Any], false_positives: str, present: NDArray[np.bool_]
) -> dict[str, Floats]:
    """Compute the metrics of `compare_models`, those of the classes with reference beats."""
    by_class, overall = compute_metrics(sums, labels, false_positives, present)
    named = {words: overall[name] for name, words in COLUMNS.items() if name in overall}
    for i, label in enumerate(labels):
        if present[i]:
            named |= {f"{name} {label}": by_class[name][:, i] for name in compared_metrics()}
    return named


def _resampled(
    counts: Mapping[str, SubjectCounts], n_resamples: int, random_state: RandomState
) -> dict[str, SubjectCounts]:
    """Sum the beats of the subjects drawn, the same ones for all models."""
    parts = [part for one in counts.values() for part in one if part is not None]
    sums = iter(resample_together(parts, n_resamples, random_state))
    return {
        name: SubjectCounts(*(None if part is None else next(sums) for part in one))
        for name, one in counts.items()
    }


def _flipped(
    a: SubjectCounts,
    b: SubjectCounts,
    row_metrics: RowMetrics,
    n_resamples: int,
    random_state: RandomState,
) -> tuple[dict[str, Floats], bool]:
    """Compute the differences after the two models were exchanged in some subjects.

    Return them by metric, each of shape (n_flips,), and whether they are of every possible
    exchange; if these are many, they are of random ones.
    """
    # One row of `flips`, (n_flips, n_subjects), is one exchange: 1 where a subject's counts go
    # from one model to the other. With counts x of a and y of b, (n_subjects, n_counts):
    #
    #   flip   0 1 1       sum of a: x0 + y1 + y2 = sum(x) + flip @ (y - x)
    #                      sum of b: y0 + x1 + x2 = sum(y) - flip @ (y - x)
    known = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    n_subjects, n_flips = a.matrices.shape[0], FLIPS_PER_RESAMPLE * n_resamples
    every = n_subjects < 63 and 2**n_subjects <= n_flips
    parts = []
    for flips in _all_flips(n_subjects) if every else _flips(n_subjects, n_flips, random_state):
        moved = [flips @ (y - x) for x, y in known]
        pairs = zip(known, moved, strict=True)
        first, second = zip(
            *(
                (np.asarray(x.sum(axis=0)) + m, np.asarray(y.sum(axis=0)) - m)
                for (x, y), m in pairs
            ),
            strict=True,
        )
        of_a, of_b = row_metrics(SubjectCounts(*first)), row_metrics(SubjectCounts(*second))
        parts.append({name: of_a[name] - of_b[name] for name in of_a})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, every


def _all_flips(n_subjects: int) -> Iterator[Floats]:
    """Yield every way to exchange the models, once, as one array of 0 and 1."""
    ways = np.arange(2**n_subjects)[:, np.newaxis]  # subject i is exchanged if bit i is set
    yield ((ways >> np.arange(n_subjects)) & 1).astype(np.float64)


def _flips(n_subjects: int, n_flips: int, random_state: RandomState) -> Iterator[Floats]:
    """Yield random ways to exchange the models, some at a time, `n_flips` less one.

    The missing one is the observed one, which counts as well.
    """
    rng = check_random_state(random_state)
    step = max(1, DRAWS_AT_ONCE // n_subjects)
    for start in range(0, n_flips - 1, step):
        n = min(step, n_flips - 1 - start)
        yield rng.randint(2, size=(n, n_subjects), dtype=np.int8).astype(np.float64)


def _p_value(difference: float, flipped: Floats, *, is_every: bool) -> float:
    """Compute the share of exchanges with a difference as large, undefined ones included."""
    if np.isnan(difference):
        return np.nan
    size = abs(difference) * (1 - 1e-9) - 1e-12  # equal but for rounding
    n_large = int((~(np.abs(flipped) < size)).sum())
    n = len(flipped)
    return n_large / n if is_every else (n_large + 1) / (n + 1)
