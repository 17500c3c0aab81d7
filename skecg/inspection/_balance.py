"""Numbers of beats by class, before and after the samplers of a pipeline."""

from collections.abc import Mapping
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import clone

from ..metrics._counts import factorize
from ..tables import ordered_labels
from ..utils import Estimator, fitted_pipeline

__all__ = ["count_stages", "resampled_labels"]

GIVEN = "given"


def count_stages(stages: Mapping[str, ArrayLike], owner: str) -> pd.DataFrame:
    """Count the beats of each class (rows) at each stage (columns).

    >>> from skecg.inspection._balance import count_stages
    >>> count_stages({"before": ["N", "N", "V"], "after": ["N", "V"]}, "example")
       before  after
    N       2      1
    V       1      1
    """
    counts = {}
    for stage, y in stages.items():
        codes, labels = factorize(str(stage), y, owner)
        counts[stage] = dict(zip(labels, np.bincount(codes).tolist(), strict=True))
    labels = ordered_labels([label for column in counts.values() for label in column])
    values = {
        stage: [column.get(label, 0) for label in labels] for stage, column in counts.items()
    }
    return pd.DataFrame(values, index=pd.Index(labels, dtype=object))


def resampled_labels(
    estimator: Estimator,
    X: ArrayLike,
    y: ArrayLike,
    owner: str,
    *,
    groups: ArrayLike | None = None,
) -> dict[str, ArrayLike]:
    """Return the labels as given and after each sampler of a pipeline.

    Parameters
    ----------
    estimator : estimator
        A sampler, or a fitted pipeline or search with samplers among its steps. It is not
        changed: copies of the samplers resample.
    X : array-like of shape (n_beats, n_features)
        Rows of beats.
    y : array-like of shape (n_beats,)
        Labels.
    owner : str
        Class or function that has these parameters, for errors.
    groups : array-like of shape (n_beats,), default=None
        Subject of each beat, for samplers that take it.

    Returns
    -------
    dict of str to array-like
        Labels by "given" and the names of the samplers.

    Raises
    ------
    ValueError
        If there is no sampler.

    Examples
    --------
    >>> from imblearn.under_sampling import RandomUnderSampler
    >>> from skecg.inspection._balance import resampled_labels
    >>> found = resampled_labels(RandomUnderSampler(), [[0], [1], [2]], list("NNV"), "example")
    >>> {stage: len(y) for stage, y in found.items()}
    {'given': 3, 'resampled': 2}
    """
    model = fitted_pipeline(estimator)
    steps = getattr(model, "steps", [("resampled", model)])
    samplers = [i for i, (_, step) in enumerate(steps) if hasattr(step, "fit_resample")]
    if not samplers:
        raise ValueError(
            f"The 'estimator' parameter of {owner} must be a sampler or a pipeline with one. Got "
            f"{type(model).__name__} without. Pass labels to from_labels instead."
        )
    stages = {GIVEN: y}
    for name, step in steps[: samplers[-1] + 1]:
        if hasattr(step, "fit_resample"):
            sampler = clone(step)
            takes_groups = groups is not None and _takes_groups(sampler)
            X, y = sampler.fit_resample(X, y, **({"groups": groups} if takes_groups else {}))
            chosen = getattr(sampler, "sample_indices_", None)
            groups = None if groups is None or chosen is None else np.asarray(groups)[chosen]
            stages[name] = y
        elif step is not None and step != "passthrough":
            X = step.transform(X)
    return stages


def _takes_groups(sampler: Any) -> bool:
    """Tell whether a sampler takes the subject of each beat."""
    return "groups" in signature(sampler.fit_resample).parameters
