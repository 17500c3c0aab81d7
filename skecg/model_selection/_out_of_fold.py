"""Predict every beat by a model that has not seen its subject."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, overload

import numpy as np
import pandas as pd
import sklearn
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold, check_cv
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import has_fit_parameter

from ..beats import Beats
from ..beats._checks import check_beats
from ..predictions import Predictions
from ..tables import ordered_labels
from ..utils import (
    Estimator,
    LostTask,
    RandomState,
    count,
    is_int,
    listed,
    parallel_results,
    predict_labels,
    take_rows,
    warn,
)

__all__ = ["cross_val_beats"]

OWNER = "cross_val_beats"
_NOT_PER_BEAT = ("X_val", "y_val")  # a set of its own, however many rows it has

Rows = NDArray[np.intp]


class Splitter(Protocol):
    """A splitter of scikit-learn."""

    def split(
        self, X: ArrayLike, y: ArrayLike | None = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[Rows, Rows]]:
        """Generate the row numbers of the training and test beats of each fold."""


CV = int | Splitter | Iterable[tuple[ArrayLike, ArrayLike]] | None


class Fold(NamedTuple):
    """Row numbers of the training and of the test beats."""

    train: Rows
    test: Rows


class FoldResult(NamedTuple):
    """Predictions of the test beats of a fold."""

    y_pred: NDArray[Any]
    y_proba: pd.DataFrame | None
    classes: list[Any]  # that the model was trained on
    model: Any  # None where it is not asked for: networks are large


@overload
def cross_val_beats(
    estimator: Estimator,
    beats: Beats,
    *,
    cv: CV = 5,
    random_state: RandomState = 0,
    n_jobs: int | None = None,
    params: Mapping[str, Any] | None = None,
    return_estimator: Literal[False] = False,
    verbose: int = 0,
) -> Predictions: ...


@overload
def cross_val_beats(
    estimator: Estimator,
    beats: Beats,
    *,
    cv: CV = 5,
    random_state: RandomState = 0,
    n_jobs: int | None = None,
    params: Mapping[str, Any] | None = None,
    return_estimator: Literal[True],
    verbose: int = 0,
) -> tuple[Predictions, list[Any]]: ...


def cross_val_beats(
    estimator: Estimator,
    beats: Beats,
    *,
    cv: CV = 5,
    random_state: RandomState = 0,
    n_jobs: int | None = None,
    params: Mapping[str, Any] | None = None,
    return_estimator: bool = False,
    verbose: int = 0,
) -> Predictions | tuple[Predictions, list[Any]]:
    """Predict every beat by a model that was trained on other subjects.

    A single split into training and test beats leaves most subjects untested, and which ones is
    chance. Here each subject is tested once, so that metrics depend on all of them, and reports
    and figures are made from the predictions.

    Parameters
    ----------
    estimator : estimator
        Classifier, pipeline or search; a clone is fitted in each fold.
    beats : Beats
        Beats as `load_beats` returns them, with ``data``, ``target``, ``groups`` and ``meta``.
    cv : int, splitter or iterable of (train, test), default=5
        A number of folds makes ``StratifiedGroupKFold(cv, shuffle=True)``: no subject is in two
        folds. A splitter of scikit-learn gets ``groups``. Each item of an iterable holds the row
        numbers, or masks, of the training and of the test beats. None is 5.
    random_state : int, RandomState instance or None, default=0
        Source of randomness of the folds if `cv` is a number.
    n_jobs : int, default=None
        Number of folds fitted at the same time, by `joblib`; -1 uses all cores, None is 1
        unless a `joblib.parallel_config` sets another number.
    params : mapping, default=None
        Passed to ``fit``. Values with one entry per beat, such as ``sample_weight``, are cut to
        the training beats of the fold; ``X_val`` and ``y_val`` never are: their subjects must
        not be among `beats`.
    return_estimator : bool, default=False
        If True, return the fitted models of the folds as well, as for their training histories.
    verbose : int, default=0
        Passed to `joblib.Parallel`.

    Returns
    -------
    predictions : Predictions
        With the column fold in its table: the number of the fold, from 0. Row i is beat i if `cv`
        tests all beats.
    models : list of estimators
        Only with ``return_estimator=True``: the fitted model of each fold.

    Raises
    ------
    ValueError
        If there are fewer subjects than folds, `cv` tests a beat twice or a fold is empty.
        Errors of a fit are raised unchanged, with the fold as a note.
    RuntimeError
        If the worker process of a fold was killed, and again when the fold was fitted alone.
    TypeError
        If `beats` is not Beats, or `cv` is of another type.

    Warns
    -----
    UserWarning
        If a class is missing from the training beats of a fold, where its probability is then
        0; if `cv` leaves beats untested, which are excluded; if a subject is in both the training
        and the test beats of a fold.

    See Also
    --------
    Predictions.from_model : Predict beats with one fitted model.
    train_test_subjects : Make a single split.
    sklearn.model_selection.cross_val_predict : For other data than beats.

    Notes
    -----
    The predictions of all folds are pooled: probabilities come from several models, so a curve
    over a threshold mixes them.

    With metadata routing on, ``groups`` are also passed to the steps of the estimator that
    request them, such as a `BeatAugmenter`. With it off, only searches and estimators whose
    ``fit`` has a parameter ``groups`` get them.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skecg import cross_val_beats, load_simulated
    >>> beats = load_simulated(6, duration=60.0, random_state=0)
    >>> predictions = cross_val_beats(LogisticRegression(max_iter=1000), beats, cv=3)
    >>> predictions.table.groupby("subject")["fold"].nunique().unique().tolist()
    [1]
    """
    keys = ("data", "target", "groups", "meta")
    check_beats(beats, "beats", OWNER, keys=keys, columns=("record", "sample"))
    X, y, groups = beats["data"], np.asarray(beats["target"]), np.asarray(beats["groups"])
    folds = _make_folds(cv, X, y, groups, random_state)
    fit_params = _fit_params(estimator, groups, params or {})
    tasks = (
        (
            clone(estimator),
            X,
            y,
            fold,
            _cut(fit_params, fold.train, y.size),
            f"in fold {number} of {OWNER}",
            return_estimator,
        )
        for number, fold in enumerate(folds)
    )
    results = _all_done(
        parallel_results(
            _fit_and_predict, tasks, n_jobs, parallel=Parallel, delayed=delayed, verbose=verbose
        )
    )
    _warn_of_untested(sum(fold.test.size for fold in folds), y.size)
    _warn_of_untrained(folds, y, results)
    _warn_of_cut_subjects(folds, groups)
    predictions = _join(beats, folds, results)
    return (predictions, [r.model for r in results]) if return_estimator else predictions


def _fit_and_predict(
    model: Any,
    X: ArrayLike,
    y: NDArray[Any],
    fold: Fold,
    fit_params: Mapping[str, Any],
    note: str,
    keep: bool,
) -> FoldResult:
    """Fit a model on the training rows of a fold and predict its test rows."""
    try:
        model.fit(_take(X, fold.train), y[fold.train], **fit_params)
        y_pred, y_proba = predict_labels(model, _take(X, fold.test))
    except Exception as error:
        error.add_note(note)
        raise
    classes = np.asarray(getattr(model, "classes_", np.unique(y[fold.train]))).tolist()
    return FoldResult(y_pred, y_proba, classes, model if keep else None)


def _all_done(results: Iterable[FoldResult | LostTask]) -> list[FoldResult]:
    """Return the results of all folds, or raise if the worker of one was killed."""
    done: list[FoldResult] = []
    for result in results:
        if isinstance(result, LostTask):
            raise _lost_folds(result) from result.cause
        done.append(result)
    return done


def _lost_folds(lost: LostTask) -> RuntimeError:
    """Return the error about folds that were not done."""
    first, *others = lost.not_done
    not_done = f"fold {first}" + (f", nor yet fold {listed(others)}" if others else "")
    if lost.no_workers:
        return RuntimeError(
            f"{OWNER} did not finish {not_done}: the workers of the Dask cluster were lost. Start "
            "the cluster again, or run the folds in this process, outside of "
            "joblib.parallel_config."
        )
    return RuntimeError(
        f"{OWNER} did not finish {not_done}: the worker process of fold {first} was killed, also "
        "when no other fold was fitted at the same time. The usual cause is a lack of memory: the "
        "operating system or Dask ends a process that takes too much. Give the workers more "
        "memory (memory_limit of Dask), use fewer beats, or see the error in this process with "
        "n_jobs=1. With the parameter 'checkpoint' of a network, the next call reads finished "
        "fits instead of repeating them."
    )


def _join(beats: Beats, folds: Sequence[Fold], results: Sequence[FoldResult]) -> Predictions:
    """Join the predictions of all folds in the order of the beats; untested ones are excluded."""
    # The folds one after the other, then sorted by row number:
    #
    #   tested   3 5 | 0 4 | 1      order   2 4 0 3 1
    #   fold     0 0 | 1 1 | 2      rows    0 1 3 4 5
    tested = np.concatenate([fold.test for fold in folds])
    fold = np.repeat(np.arange(len(folds)), [fold.test.size for fold in folds])
    order = np.argsort(tested, kind="stable")
    rows = tested[order]
    y_pred = np.concatenate([result.y_pred for result in results])
    proba = [result.y_proba for result in results if result.y_proba is not None]
    y_proba = None
    if len(proba) == len(results):
        labels = ordered_labels({label for part in proba for label in part.columns})
        # classes that a model was not trained on have the probability 0
        parts = [part.reindex(columns=labels, fill_value=0.0) for part in proba]
        y_proba = pd.concat(parts, ignore_index=True).iloc[order]
    return Predictions.from_beats(
        {
            "target": np.asarray(beats["target"])[rows],
            "groups": np.asarray(beats["groups"])[rows],
            "meta": beats["meta"].iloc[rows],
        },
        y_pred[order],
        y_proba,
        fold=fold[order],
    )


def _make_folds(
    cv: CV, X: ArrayLike, y: NDArray[Any], groups: NDArray[Any], random_state: RandomState
) -> list[Fold]:
    """Return the folds, or raise if they cannot be used."""
    cv = 5 if cv is None else cv
    if is_int(cv):
        n_subjects = len(np.unique(groups))
        if not 2 <= cv <= n_subjects:
            raise ValueError(
                f"The 'cv' parameter of {OWNER} must be a number of folds from 2 to that of the "
                f"subjects, {n_subjects}, or a splitter. Got {cv} instead."
            )
        cv = StratifiedGroupKFold(int(cv), shuffle=True, random_state=random_state)
    elif not (hasattr(cv, "split") or isinstance(cv, Iterable)) or isinstance(cv, str):
        raise TypeError(
            f"The 'cv' parameter of {OWNER} must be a number of folds, a splitter or an "
            f"iterable of (train, test). Got {cv!r} instead."
        )
    splits = check_cv(cv, y, classifier=True).split(X, y, groups)
    folds = [Fold(_row_numbers(train), _row_numbers(test)) for train, test in splits]
    if not folds:
        raise ValueError(f"The 'cv' parameter of {OWNER} gives no folds.")
    for number, fold in enumerate(folds):
        for name, rows in zip(("train", "test"), fold, strict=True):
            if not rows.size:
                raise ValueError(
                    f"The 'cv' parameter of {OWNER} gives fold {number} no beats to {name} with. "
                    "Use fewer folds, or load recordings of more subjects."
                )
    times = np.bincount(np.concatenate([fold.test for fold in folds]), minlength=y.size)
    if times.max() > 1:
        raise ValueError(
            f"The 'cv' parameter of {OWNER} tests {(times > 1).sum()} of {y.size} beats more than "
            "once, which would then count more than others. Use folds that do not overlap, such "
            "as those of StratifiedGroupKFold."
        )
    return folds


def _row_numbers(rows: ArrayLike) -> Rows:
    """Return row numbers, also of a mask."""
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.intp)


def _fit_params(
    estimator: Estimator, groups: NDArray[Any], params: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the parameters of fit, with the groups if the estimator takes them."""
    if sklearn.get_config()["enable_metadata_routing"]:
        takes_groups = "groups" in get_routing_for_object(estimator).consumes("fit", ["groups"])
    else:
        is_search = hasattr(estimator, "cv") and hasattr(estimator, "refit")
        takes_groups = is_search or has_fit_parameter(estimator, "groups")
    return ({"groups": groups} if takes_groups else {}) | dict(params)


def _cut(params: Mapping[str, Any], rows: Rows, n_beats: int) -> dict[str, Any]:
    """Return the parameters of fit, those with one entry per beat cut to some rows."""

    def is_per_beat(name: str, value: Any) -> bool:
        if name in _NOT_PER_BEAT or isinstance(value, str) or not hasattr(value, "__len__"):
            return False
        return len(value) == n_beats

    return {k: _take(v, rows) if is_per_beat(k, v) else v for k, v in params.items()}


def _take(values: Any, rows: Rows) -> Any:
    """Return some rows of an array, a table or a list."""
    return values.iloc[rows] if hasattr(values, "iloc") else take_rows(np.asarray(values), rows)


def _warn_of_untested(n_tested: int, n_beats: int) -> None:
    """Count the beats that no fold tests."""
    if n_tested < n_beats:
        warn(
            f"{n_beats - n_tested:,} of {n_beats:,} beats are in no test fold of 'cv' and "
            "excluded from the predictions."
        )


def _warn_of_untrained(
    folds: Sequence[Fold], y: NDArray[Any], results: Sequence[FoldResult]
) -> None:
    """Name the classes that are missing from the training beats of a fold."""
    lines = []
    for number, (fold, result) in enumerate(zip(folds, results, strict=True)):
        for label in ordered_labels(set(np.unique(y).tolist()) - set(result.classes)):
            n_tested = int((y[fold.test] == label).sum())
            lines.append(f"{label!r} in fold {number} ({count(n_tested, 'beat')} tested there)")
    if lines:
        has_proba = results[0].y_proba is not None
        warn(
            f"Some classes are missing from the training beats of a fold: {'; '.join(lines)}. "
            f"Such beats cannot be found{' and have the probability 0' if has_proba else ''}. Use "
            "fewer folds, load recordings of more subjects, or choose other classes."
        )


def _warn_of_cut_subjects(folds: Sequence[Fold], groups: NDArray[Any]) -> None:
    """Count the subjects that are in both training and test beats of a fold."""
    shared = [np.intersect1d(groups[fold.train], groups[fold.test]).size for fold in folds]
    if lines := [f"{n:,} in fold {number}" for number, n in enumerate(shared) if n]:
        warn(
            f"'cv' has subjects in both training and test: {'; '.join(lines)}. The results do not "
            "hold for unseen subjects. A number of folds, or a splitter by groups, avoids it."
        )
