"""Predict every beat by a model that has not seen its subject."""

import numbers
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import sklearn
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold, check_cv
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import has_fit_parameter

from ..beats._checks import check_beats
from ..predictions import Predictions
from ..tables import ordered_labels

if TYPE_CHECKING:
    from sklearn.utils import Bunch

__all__ = ["cross_val_beats"]

_NOT_PER_BEAT = ("X_val", "y_val")  # a set of its own, however many rows it has


def cross_val_beats(
    estimator: Any,
    beats: "Bunch",
    *,
    cv: Any = 5,
    random_state: int | np.random.RandomState | None = 0,
    n_jobs: int | None = None,
    params: Mapping[str, Any] | None = None,
    return_estimator: bool = False,
    verbose: int = 0,
) -> Predictions | tuple[Predictions, list[Any]]:
    """Predict every beat by a model that was trained on other subjects.

    One split into training and test beats is one draw, and leaves most subjects untested. Here
    each subject is tested once, so that figures rest on all of them, and one table holds all
    that reports and pictures need.

    Parameters
    ----------
    estimator : estimator
        Classifier, pipeline or search; a clone is fitted in each fold.
    beats : Bunch
        Beats as `load_beats` returns them, with ``data``, ``target``, ``groups`` and ``meta``.
    cv : int, splitter or iterable of (train, test), default=5
        A number of folds makes ``StratifiedGroupKFold(cv, shuffle=True)``: no subject is in two
        folds. A splitter of scikit-learn's is given ``groups``. Of an iterable, each item holds
        the row numbers of the training and of the test beats. None is 5.
    random_state : int, RandomState instance or None, default=0
        Decides the folds where `cv` is a number.
    n_jobs : int, default=None
        Number of folds fitted at the same time, by `joblib`; -1 uses all cores, None is 1
        unless a `joblib.parallel_config` says otherwise.
    params : mapping, default=None
        Passed to ``fit``. What has an entry for each beat, such as ``sample_weight``, is cut to
        the training beats of the fold; ``X_val`` and ``y_val`` never are: their subjects must
        not be among `beats`.
    return_estimator : bool, default=False
        Whether to return the fitted models of the folds, too, as for their training histories.
    verbose : int, default=0
        Passed to `joblib.Parallel`.

    Returns
    -------
    predictions : Predictions
        With the column fold in its table: the number of the split, from 0. Row i is beat i where
        `cv` tests all beats.
    models : list of estimators
        Only with ``return_estimator=True``: the fitted model of each fold.

    Raises
    ------
    ValueError
        If there are fewer subjects than folds, `cv` tests a beat twice or a fold is empty.
        Errors of a fit are raised as they are, with the fold as a note.

    Warns
    -----
    UserWarning
        If a class is missing from the training beats of a fold, where its probability is then
        0; if `cv` leaves beats untested, which are left out of the table; if it has a subject
        on both sides.

    See Also
    --------
    Predictions.from_beats : The same from predictions that you have.
    train_test_subjects : One split.
    sklearn.model_selection.cross_val_predict : For other data than beats.

    Notes
    -----
    The predictions of all folds are pooled: probabilities come from several models, so a curve
    over a threshold mixes them.

    With metadata routing on, ``groups`` also go to the steps of the estimator that request
    them, such as a `BeatAugmenter`. With it off, only searches and estimators whose ``fit``
    has a parameter ``groups`` get them.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skecg import cross_val_beats, load_simulated
    >>> beats = load_simulated(6, duration=60.0, random_state=0)
    >>> predictions = cross_val_beats(LogisticRegression(max_iter=1000), beats, cv=3)
    >>> predictions.table.groupby("subject")["fold"].nunique().unique().tolist()
    [1]
    """
    y, groups = _labels_and_groups(beats, "cross_val_beats", also=("data",))
    X = beats.data
    folds = _folds(cv, X, y, groups, random_state)
    fit_params = _fit_params(estimator, groups, params or {})
    tasks = (
        delayed(_fit_and_predict)(
            clone(estimator),
            X,
            y,
            train,
            test,
            _cut(fit_params, train, y.size),
            number,
            return_estimator,
        )
        for number, (train, test) in enumerate(folds)
    )
    results = Parallel(n_jobs=n_jobs, verbose=verbose)(tasks)

    tested = np.concatenate([test for _, test in folds])
    order = np.argsort(tested, kind="stable")
    fold = np.repeat(np.arange(len(folds)), [test.size for _, test in folds])
    predicted = np.concatenate([result.predicted for result in results])
    proba = _join_probabilities(results)
    _warn_of_untested(tested.size, y.size)
    _warn_of_untrained(folds, y, groups, results)
    proba = None if proba is None else proba.iloc[order]
    rows = tested[order]  # beats that no fold tests are excluded
    of_tested = {"target": y[rows], "groups": groups[rows], "meta": beats["meta"].iloc[rows]}
    predictions = Predictions.from_beats(of_tested, predicted[order], proba, fold=fold[order])
    return (predictions, [r.model for r in results]) if return_estimator else predictions


@dataclass(frozen=True)
class _FoldResult:
    """What a model says of the beats of one fold."""

    predicted: np.ndarray
    proba: np.ndarray | None
    classes: np.ndarray
    model: Any  # None where it is not asked for: networks are large


def _fit_and_predict(
    model: Any,
    X: Any,
    y: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    fit_params: dict[str, Any],
    number: int,
    keep: bool,
) -> _FoldResult:
    """Fit a model on the training rows of a fold and predict its test rows."""
    try:
        model.fit(_take(X, train), y[train], **fit_params)
        X = _take(X, test)
        predicted = np.asarray(model.predict(X))
        proba = np.asarray(model.predict_proba(X)) if hasattr(model, "predict_proba") else None
    except Exception as error:
        error.add_note(f"in fold {number} of cross_val_beats")
        raise
    classes = getattr(model, "classes_", None)
    classes = np.unique(y[train]) if classes is None else np.asarray(classes)
    return _FoldResult(predicted, proba, classes, model if keep else None)


def _labels_and_groups(
    beats: Any, owner: str, also: tuple[str, ...] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """Labels and subjects of beats, or an error that says what is missing."""
    keys = ("target", "groups", "meta", *also)
    check_beats(beats, "beats", owner, keys=keys, columns=("record", "sample"))
    return np.asarray(beats.target), np.asarray(beats.groups)


def _folds(
    cv: Any, X: Any, y: np.ndarray, groups: np.ndarray, random_state: Any
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Row numbers of the training and test beats of each fold."""
    cv = 5 if cv is None else cv
    if isinstance(cv, numbers.Integral) and not isinstance(cv, bool):
        n_subjects = len(np.unique(groups))
        if not 2 <= cv <= n_subjects:
            raise ValueError(
                f"The 'cv' parameter of cross_val_beats must be a number of folds from 2 to that "
                f"of the subjects, {n_subjects}, or a splitter. Got {cv} instead."
            )
        cv = StratifiedGroupKFold(int(cv), shuffle=True, random_state=random_state)
    elif not (hasattr(cv, "split") or isinstance(cv, Iterable)) or isinstance(cv, str):
        raise TypeError(
            "The 'cv' parameter of cross_val_beats must be a number of folds, a splitter or an "
            f"iterable of (train, test). Got {cv!r} instead."
        )
    splits = check_cv(cv, y, classifier=True).split(X, y, groups)
    folds = [(_as_numbers(train), _as_numbers(test)) for train, test in splits]
    if not folds:
        raise ValueError("The 'cv' parameter of cross_val_beats gives no folds.")
    for number, sides in enumerate(folds):
        for name, rows in zip(("train", "test"), sides, strict=True):
            if not rows.size:
                raise ValueError(
                    f"The 'cv' parameter of cross_val_beats gives fold {number} no beats to "
                    f"{name} with. Take fewer folds, or load recordings of more subjects."
                )
    times = np.bincount(np.concatenate([test for _, test in folds]), minlength=y.size)
    if times.max() > 1:
        raise ValueError(
            f"The 'cv' parameter of cross_val_beats tests {(times > 1).sum()} of {y.size} beats "
            "more than once, which would then count more than others. Take folds that do not "
            "overlap, such as StratifiedGroupKFold."
        )
    return folds


def _as_numbers(rows: Any) -> np.ndarray:
    """Row numbers, also of a mask."""
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.intp)


def _fit_params(estimator: Any, groups: np.ndarray, params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of fit, with the groups where the estimator takes them."""
    if sklearn.get_config()["enable_metadata_routing"]:
        takes_groups = "groups" in get_routing_for_object(estimator).consumes("fit", ["groups"])
    else:
        is_search = hasattr(estimator, "cv") and hasattr(estimator, "refit")
        takes_groups = is_search or has_fit_parameter(estimator, "groups")
    return ({"groups": groups} if takes_groups else {}) | dict(params)


def _cut(params: dict[str, Any], rows: np.ndarray, n_beats: int) -> dict[str, Any]:
    """Parameters of fit, those with an entry a beat cut to some rows."""

    def is_per_beat(name: str, value: Any) -> bool:
        if name in _NOT_PER_BEAT or isinstance(value, str) or not hasattr(value, "__len__"):
            return False
        return len(value) == n_beats

    return {k: _take(v, rows) if is_per_beat(k, v) else v for k, v in params.items()}


def _take(values: Any, rows: np.ndarray) -> Any:
    """Some rows of an array, a table or a list."""
    if hasattr(values, "iloc"):
        return values.iloc[rows]
    return np.asarray(values)[rows]


def _join_probabilities(results: list[_FoldResult]) -> pd.DataFrame | None:
    """Probabilities of all folds with a column for each class, 0 where a model knows it not."""
    if any(result.proba is None for result in results):
        return None
    labels = ordered_labels(np.concatenate([result.classes for result in results]))
    column = {label: i for i, label in enumerate(labels)}
    joined = np.zeros((sum(len(r.proba) for r in results), len(labels)), dtype=np.float32)
    start = 0
    for result in results:
        stop = start + len(result.proba)
        joined[start:stop, [column[label] for label in result.classes.tolist()]] = result.proba
        start = stop
    return pd.DataFrame(joined, columns=labels)


def _warn_of_untested(n_tested: int, n_beats: int) -> None:
    """Say how many beats no fold tests."""
    if n_tested < n_beats:
        warnings.warn(
            f"{n_beats - n_tested:,} of {n_beats:,} beats are in no test fold of 'cv' and left "
            "out of the table.",
            UserWarning,
            stacklevel=3,
        )


def _warn_of_untrained(
    folds: list[tuple[np.ndarray, np.ndarray]],
    y: np.ndarray,
    groups: np.ndarray,
    results: list[_FoldResult],
) -> None:
    """Name classes that a fold has not trained, and folds that cut through subjects."""
    lines, cut = [], []
    for number, ((train, test), result) in enumerate(zip(folds, results, strict=True)):
        labels, counts = np.unique(y[test], return_counts=True)
        there = dict(zip(labels.tolist(), counts.tolist(), strict=True))
        for label in ordered_labels(set(np.unique(y).tolist()) - set(result.classes.tolist())):
            n = there.get(label, 0)
            lines.append(f"{label!r} in fold {number} (beats tested there: {n:,})")
        shared = np.intersect1d(groups[train], groups[test])
        cut += [f"{shared.size:,} in fold {number}"] * bool(shared.size)
    if lines:
        has_proba = results[0].proba is not None
        warnings.warn(
            "Not every class is in the training beats of each fold: "
            f"{'; '.join(lines)}. Such beats cannot be found"
            f"{' and have the probability 0' if has_proba else ''}. Take fewer folds, load "
            "recordings of more subjects, or take other classes.",
            UserWarning,
            stacklevel=3,
        )
    if cut:
        warnings.warn(
            f"'cv' has subjects on both sides: {'; '.join(cut)}. The figures are not those of "
            "unseen subjects. A number of folds, or a splitter by groups, keeps them apart.",
            UserWarning,
            stacklevel=3,
        )
