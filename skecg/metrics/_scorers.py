"""Scorers that compare candidates over folds, some of which may lack a class."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ._class_metrics import CLASS_METRICS, class_metrics, of_class
from ._counts import (
    check_false_positives,
    check_labels,
    count_pairs,
    encode_labels,
    ignored_cells,
)
from ._overall import OVERALL_METRICS, PooledCounts
from ._probabilities import judge_proba
from ._subject_counts import compute_metrics, count_by_subject

OWNER = "BeatScorer"
DEFAULT = "macro_f1"
SKIP = "skip"


class BeatScorer:
    """Take a metric of `beat_report` as ``scoring=`` of a search, comparable over folds.

    Where a rare class has beats of a few subjects, some folds have none of it. Which classes
    then enter a mean is decided here by the reference labels alone, so that all candidates of a
    search are averaged over the same classes in a fold. (In scikit-learn's macro F1 it depends
    on the predictions: a class without reference beats counts as 0 for a candidate that calls
    one beat so, and is left out for one that does not.)

    Parameters
    ----------
    metric : str, default="macro_f1"
        A mean over classes: ``"macro_f1"``, ``"balanced_accuracy"`` (of Se) or ``"macro_ppv"``
        (of +P); a metric of one class, written ``"Se V"``, ``"+P V"``, ``"F1 V"`` or ``"Sp V"``;
        ``"accuracy"``, ``"kappa"``, ``"j_index"`` or ``"jk_index"``; or ``"log_loss"``,
        ``"brier_score"`` or ``"calibration_error"``, whose sign is turned, since searches take
        the highest score.
    classes : sequence, default=None
        Classes of a mean, such as ``("S", "V")``; beats of the others still count where they are
        called so. None: all with reference beats in the fold.
    ignore_labels : sequence, default=()
        Labels whose reference beats are left out of the score, as if they were not in the test
        fold. Another beat that is called so is an error.
    missing_class : "skip" or float, default="skip"
        What a class without reference beats in the fold contributes. ``"skip"``: nothing, a mean
        is over the other classes. A number: this value, in each fold alike, so that each class
        has the same weight in all folds; a mean then needs `classes`. A metric of one class, and
        the j and jk index, need a number where a fold may lack the class.
    false_positives : {"one_vs_rest", "ec57"}, default="one_vs_rest"
        What is a false alarm, as in `beat_report`.

    Raises
    ------
    ValueError
        If a parameter has none of these values, or when it scores: if a fold has no beats left,
        or lacks the classes of the metric and `missing_class` is not a number.
    TypeError
        If `classes` or `ignore_labels` is a string.

    See Also
    --------
    beat_report : All metrics, of all beats at once.

    Notes
    -----
    A class that is there and was never predicted has a +P of 0 here, not an undefined one: no
    candidate may win by never saying V. ``"skip"`` and a number rank candidates alike where all
    folds lack the same classes. Elsewhere ``"skip"`` gives the other classes of such a fold more
    weight, while a number moves the score of all candidates in that fold by the same amount:
    differences between candidates are right, the score itself is not that of a report.

    A mean over folds is for choosing. For publishing, predict each beat out of fold and make one
    report of all.

    Scorers can be copied, pickled and kept in model files by `skecg.save`. They ask for no
    metadata.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from skecg import BeatScorer
    >>> model = DummyClassifier(strategy="most_frequent").fit([[0]] * 3, ["N", "N", "V"])
    >>> BeatScorer("balanced_accuracy")(model, [[0]] * 4, ["N", "N", "V", "Q"])
    0.333...
    >>> BeatScorer("balanced_accuracy", ignore_labels=["Q"])(model, [[0]] * 4, ["N", "N", "V", "Q"])
    0.5
    """

    def __init__(
        self,
        metric: str = DEFAULT,
        *,
        classes: Sequence[Any] | None = None,
        ignore_labels: Sequence[Any] = (),
        missing_class: str | float = SKIP,
        false_positives: str = "one_vs_rest",
    ):
        self.metric = metric
        self.classes = None if classes is None else _labels(classes, "classes")
        self.ignore_labels = _labels(ignore_labels, "ignore_labels")
        self.missing_class = missing_class
        self.false_positives = false_positives
        self._check()

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        """Return the score of a fitted classifier on beats with reference labels.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier, with ``predict_proba`` for log loss, Brier score and calibration.
        X : array-like of shape (n_beats, n_features)
            Beats.
        y : array-like of shape (n_beats,)
            Reference labels.

        Returns
        -------
        float
            The score; higher is better.
        """
        if self.metric not in _made_of("losses"):
            return self._score(y, estimator.predict(X), None)
        proba = np.asarray(estimator.predict_proba(X))
        predicted = np.asarray(estimator.classes_)[proba.argmax(axis=1)]
        return self._score(y, predicted, pd.DataFrame(proba, columns=list(estimator.classes_)))

    def __repr__(self) -> str:
        defaults = {
            "classes": None,
            "ignore_labels": (),
            "missing_class": SKIP,
            "false_positives": "one_vs_rest",
        }
        changed = [
            f", {name}={value!r}"
            for name, default in defaults.items()
            if (value := getattr(self, name)) != default
        ]
        return f"BeatScorer({self.metric!r}{''.join(changed)})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and repr(other) == repr(self)

    def __hash__(self) -> int:
        return hash(repr(self))

    def _check(self) -> None:
        """Judge the parameters."""
        means = _means()
        known = list(dict.fromkeys([*means, *_made_of("matrix"), *_made_of("losses")]))
        if not isinstance(self.metric, str) or not (self.metric in known or of_class(self.metric)):
            raise ValueError(
                f"The 'metric' parameter of {OWNER} must be one of {', '.join(known)}, or a metric "
                f"({', '.join(CLASS_METRICS)}) and a class, such as 'Se V'. Got "
                f"{self.metric!r} instead."
            )
        if self.classes is not None and self.metric not in means:
            raise ValueError(
                f"The 'classes' parameter of {OWNER} is for means over classes "
                f"({', '.join(means)}). Leave it out for {self.metric!r}."
            )
        if self.classes is not None:
            check_labels(self.classes, OWNER)
        is_number = isinstance(self.missing_class, (int, float)) and not isinstance(
            self.missing_class, bool
        )
        if not (is_number and np.isfinite(self.missing_class)) and self.missing_class != SKIP:
            raise ValueError(
                f"The 'missing_class' parameter of {OWNER} must be 'skip' or a number. Got "
                f"{self.missing_class!r} instead."
            )
        if is_number and self.metric in means and self.classes is None:
            raise ValueError(
                f"The 'classes' parameter of {OWNER} must name the classes of the mean for "
                f"missing_class={self.missing_class!r}: a fold does not tell which it lacks. Give, for "
                "instance, classes=('N', 'S', 'V', 'F')."
            )
        check_false_positives(self.false_positives, OWNER)

    def _score(self, y_true: Any, y_pred: Any, proba: pd.DataFrame | None) -> float:
        """Compute the metric of these labels."""
        y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
        # numbers by their digits, as in 'metric' and 'classes'
        gone = [label for label in np.unique(y_true) if str(label) in map(str, self.ignore_labels)]
        kept = ~np.isin(y_true, gone)
        y_true, y_pred = y_true[kept], y_pred[kept]
        if not y_true.size:
            raise ValueError(
                f"{OWNER}({self.metric!r}) has no beats to score: all of the fold are of the "
                f"classes to leave out, {list(self.ignore_labels)}."
            )
        known = [] if proba is None else list(proba.columns)
        labels, (true, predicted) = encode_labels(
            {"y": y_true, "the predictions": y_pred}, None, OWNER, known=known
        )
        judged = None
        if proba is None:
            check_false_positives(self.false_positives, OWNER, labels)
        else:
            judged = judge_proba(true, predicted, proba[kept], labels, OWNER)
        metric = OVERALL_METRICS.get(self.metric)
        if metric is None or metric.mean_of or metric.classes:
            return self._of_classes(count_pairs(true, predicted, len(labels)), labels)
        counts = count_by_subject(true, predicted, len(labels), judged, None, by_certainty=False)
        _, overall = compute_metrics(counts.total(), labels, self.false_positives)
        value = float(overall[self.metric][0])
        return self._defined(value if proba is None else -value, "there is one class only")

    def _of_classes(self, matrix: np.ndarray, labels: list) -> float:
        """Compute a mean over classes, a metric of one, or an index of two."""
        ignored = ignored_cells(labels, self.false_positives)
        by_class = {k: v.astype(float) for k, v in class_metrics(matrix, ignored).items()}
        for name, metric in CLASS_METRICS.items():
            if metric.unpredicted is not None:  # present, but never predicted
                by_class[name] = np.nan_to_num(by_class[name], nan=metric.unpredicted)
        present = by_class["support"] > 0

        place = {str(label): i for i, label in enumerate(labels) if present[i]}

        def values(name: str, wanted: Sequence[Any]) -> np.ndarray:
            """Return values of classes; NaN, or `missing_class`, for those without beats."""
            filler = np.nan if self.missing_class == SKIP else float(self.missing_class)
            there = [place.get(str(label)) for label in wanted]
            return np.array([filler if i is None else by_class[name][i] for i in there])

        if self.metric in _means():
            wanted = self.classes
            if wanted is None:
                wanted = [
                    label for label, is_there in zip(labels, present, strict=True) if is_there
                ]
            found = values(_means()[self.metric], wanted)
            found = found[~np.isnan(found)]
            mean = float(found.mean()) if len(found) else np.nan
            return self._defined(mean, f"there are no beats of {list(wanted)}")
        if self.metric in OVERALL_METRICS:
            needed = OVERALL_METRICS[self.metric].classes
            filled = {name: values(name, needed) for name in by_class}
            value = float(PooledCounts(matrix, needed, filled)[self.metric])
            return self._defined(value, f"there are no beats of {' or of '.join(needed)}")
        name, label = self.metric.split(" ", 1)
        if not CLASS_METRICS[name].needs_reference:  # beats of other classes suffice
            place = {str(label): i for i, label in enumerate(labels)}
            value = by_class[name][place[label]] if label in place else 1.0
            return self._defined(float(value), f"all beats are of {label}")
        return self._defined(float(values(name, [label])[0]), f"there are no beats of {label}")

    def _defined(self, value: float, why: str) -> float:
        """Return a value, or what was given for one that is undefined."""
        if not np.isnan(value):
            return value
        if self.missing_class == SKIP:
            raise ValueError(
                f"{OWNER}({self.metric!r}) is undefined in this fold: {why}. Make fewer folds, "
                "stratified by class (StratifiedGroupKFold), or give a number as missing_class=, which "
                "adds the same to all candidates."
            )
        return float(self.missing_class)


def _labels(labels: Any, parameter: str) -> tuple:
    """Labels as a tuple of plain objects."""
    if isinstance(labels, str):
        raise TypeError(
            f"The '{parameter}' parameter of {OWNER} must be a sequence of labels. Got the string "
            f"{labels!r} instead; for one class, write [{labels!r}]."
        )
    return tuple(np.asarray(labels).tolist() if hasattr(labels, "dtype") else labels)


def _made_of(part: str) -> list[str]:
    """Names of the metrics over all classes that are computed from this part of the counts."""
    return [name for name, metric in OVERALL_METRICS.items() if metric.needs == part]


def _means() -> dict[str, str]:
    """Return the means over classes, the default first, with the metric that they average."""
    of_reports = {
        name: metric.mean_of for name, metric in OVERALL_METRICS.items() if metric.mean_of
    }
    return {DEFAULT: of_reports[DEFAULT]} | of_reports | {"macro_ppv": "+P"}
