"""Scorers that compare candidates over folds, some of which may lack a class."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..utils import Classifier, Label, class_probabilities, is_number
from ._class_metrics import CLASS_METRICS, ClassCounts, class_metrics, of_class
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

__all__ = ["BeatScorer"]

OWNER = "BeatScorer"
DEFAULT = "macro_f1"
SKIP = "skip"
MEANS_OF_SCORES = {"macro_ppv": "+P"}  # in addition to those of reports


class BeatScorer:
    """Compute a metric of `beat_report` as ``scoring=`` of a search, comparable over folds.

    If few subjects have a rare class, some folds have no beats of it. Here only the reference
    labels decide which classes enter a mean, so that all candidates of a search are averaged over
    the same classes in a fold. (In scikit-learn's macro F1 it depends on the predictions: a class
    without reference beats counts as 0 for a candidate that predicts it for one beat, and is
    ignored for one that does not.)

    Parameters
    ----------
    metric : str, default="macro_f1"
        A mean over classes: ``"macro_f1"``, ``"balanced_accuracy"`` (of Se) or ``"macro_ppv"``
        (of +P); a metric of one class, written as ``"Se V"``, ``"+P V"``, ``"F1 V"`` or
        ``"Sp V"``; ``"accuracy"``, ``"kappa"``, ``"j_index"`` or ``"jk_index"``; or
        ``"log_loss"``, ``"brier_score"`` or ``"calibration_error"``, with their signs changed,
        since searches take the highest score.
    classes : sequence, default=None
        Classes of a mean, such as ``("S", "V")``; beats of other classes that are predicted as
        one of these still count. None: all with reference beats in the fold.
    ignore_labels : sequence, default=()
        Labels whose reference beats are ignored, as if they were not in the test fold. Another
        beat that is predicted as one of them is an error.
    missing_class : "skip" or float, default="skip"
        Value of a class without reference beats in the fold. ``"skip"``: a mean is over the other
        classes. A number: this value, in each fold, so that each class has the same weight in all
        folds; a mean then needs `classes`. A metric of one class, and the j and jk index, need a
        number if a fold may lack the class.
    false_positives : {"one_vs_rest", "ec57"}, default="one_vs_rest"
        Which errors count as false positives, as in `beat_report`.

    Raises
    ------
    ValueError
        If a parameter has another value, or when it scores: if a fold has no beats after
        `ignore_labels`, or lacks the classes of the metric and `missing_class` is not a number.
    TypeError
        If `classes` or `ignore_labels` is a string.

    See Also
    --------
    beat_report : All metrics, of all beats at once.

    Notes
    -----
    A class that has reference beats and was never predicted has a +P of 0, not an undefined one:
    no candidate may win by never predicting V. ``"skip"`` and a number rank candidates alike if
    all folds lack the same classes. Otherwise ``"skip"`` gives the other classes of such a fold
    more weight, while a number changes the score of all candidates in that fold by the same
    amount: differences between candidates are right, the score itself is not that of a report.

    A mean over folds is for choosing. For publishing, predict each beat with `cross_val_beats` and
    make one report of all.

    Scorers can be copied, pickled and kept in model files by `skecg.save`. They request no
    metadata.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from skecg import BeatScorer
    >>> model = DummyClassifier(strategy="most_frequent").fit([[0]] * 3, ["N", "N", "V"])
    >>> X, y = [[0]] * 4, ["N", "N", "V", "Q"]
    >>> BeatScorer("balanced_accuracy")(model, X, y)
    0.333...
    >>> BeatScorer("balanced_accuracy", ignore_labels=["Q"])(model, X, y)
    0.5
    """

    def __init__(
        self,
        metric: str = DEFAULT,
        *,
        classes: Sequence[Label] | None = None,
        ignore_labels: Sequence[Label] = (),
        missing_class: str | float = SKIP,
        false_positives: str = "one_vs_rest",
    ) -> None:
        self.metric = metric
        self.classes = None if classes is None else _plain_labels(classes, "classes")
        self.ignore_labels = _plain_labels(ignore_labels, "ignore_labels")
        self.missing_class = missing_class
        self.false_positives = false_positives
        self._check()

    def __call__(self, estimator: Classifier, X: ArrayLike, y: ArrayLike) -> float:
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
        proba = class_probabilities(estimator, X, OWNER)
        predicted = np.asarray(estimator.classes_)[proba.to_numpy().argmax(axis=1)]
        return self._score(y, predicted, proba)

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
        """Raise unless the parameters are valid, each and together."""
        means = _means()
        known = list(dict.fromkeys([*means, *_made_of("matrix"), *_made_of("losses")]))
        if not isinstance(self.metric, str) or not (self.metric in known or of_class(self.metric)):
            raise ValueError(
                f"The 'metric' parameter of {OWNER} must be one of {', '.join(known)}, or a "
                f"metric ({', '.join(CLASS_METRICS)}) and a class, such as 'Se V'. Got "
                f"{self.metric!r} instead."
            )
        if self.classes is not None:
            if self.metric not in means:
                raise ValueError(
                    f"The 'classes' parameter of {OWNER} is for means over classes "
                    f"({', '.join(means)}). Omit it for {self.metric!r}."
                )
            check_labels(self.classes, OWNER)
        if not is_number(self.missing_class) and self.missing_class != SKIP:
            raise ValueError(
                f"The 'missing_class' parameter of {OWNER} must be 'skip' or a number. Got "
                f"{self.missing_class!r} instead."
            )
        if is_number(self.missing_class) and self.metric in means and self.classes is None:
            raise ValueError(
                f"The 'classes' parameter of {OWNER} must name the classes of the mean for "
                f"missing_class={self.missing_class!r}: a fold does not show which it lacks. Pass "
                "them, as in classes=('N', 'S', 'V', 'F')."
            )
        check_false_positives(self.false_positives, OWNER)

    def _score(self, y_true: ArrayLike, y_pred: ArrayLike, proba: pd.DataFrame | None) -> float:
        """Compute the metric of these labels."""
        y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
        # labels that are numbers are named by their digits, as in 'metric' and 'classes'
        ignored = set(map(str, self.ignore_labels))
        kept = ~np.isin(y_true, [label for label in np.unique(y_true) if str(label) in ignored])
        y_true, y_pred = y_true[kept], y_pred[kept]
        if not y_true.size:
            raise ValueError(
                f"{OWNER}({self.metric!r}) has no beats to score: all beats of the fold are of "
                f"the ignored classes {list(self.ignore_labels)}."
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

    def _of_classes(self, matrix: NDArray[Any], labels: list[Any]) -> float:
        """Compute a mean over classes, a metric of one, or an index of some."""
        by_class = _scored_by_class(matrix, labels, self.false_positives)
        present = [label for label, n in zip(labels, by_class["support"], strict=True) if n]
        filler = np.nan if self.missing_class == SKIP else float(self.missing_class)

        def values(name: str, wanted: Sequence[Any]) -> NDArray[np.float64]:
            """Return values of classes, those without reference beats filled."""
            place = {str(label): labels.index(label) for label in present}
            there = [place.get(str(label)) for label in wanted]
            return np.array([filler if i is None else by_class[name][i] for i in there])

        means = _means()
        if self.metric in means:
            wanted = present if self.classes is None else self.classes
            found = values(means[self.metric], wanted)
            found = found[~np.isnan(found)]
            mean = float(found.mean()) if len(found) else np.nan
            return self._defined(mean, f"there are no beats of {list(wanted)}")
        if self.metric in OVERALL_METRICS:
            needed = OVERALL_METRICS[self.metric].classes
            filled = {name: values(name, needed) for name in by_class}
            value = float(PooledCounts(matrix, needed, filled)[self.metric])
            return self._defined(value, f"there are no beats of {' or of '.join(needed)}")
        name, label = self.metric.split(" ", 1)
        metric = CLASS_METRICS[name]
        if metric.needs_reference:
            value = float(values(name, [label])[0])
        else:
            # beats of other classes suffice, also if the class does not occur at all
            place = {str(known): i for i, known in enumerate(labels)}
            absent = metric.compute(ClassCounts(0, 0, 0, matrix.sum()))
            value = float(by_class[name][place[label]] if label in place else absent)
        return self._defined(value, metric.undefined.format(label))

    def _defined(self, value: float, reason: str) -> float:
        """Return a value, or `missing_class` if it is undefined."""
        if not np.isnan(value):
            return value
        if self.missing_class == SKIP:
            raise ValueError(
                f"{OWNER}({self.metric!r}) is undefined in this fold: {reason}. Make fewer folds, "
                "stratified by class (StratifiedGroupKFold), or pass a number as missing_class=, "
                "which adds the same to all candidates."
            )
        return float(self.missing_class)


def _scored_by_class(
    matrix: NDArray[Any], labels: list[Any], false_positives: str
) -> Mapping[str, NDArray[np.float64]]:
    """Compute the metrics by class; those of a class that was never predicted are defined."""
    ignored = ignored_cells(labels, false_positives)
    by_class = {k: v.astype(float) for k, v in class_metrics(matrix, ignored).items()}
    for name, metric in CLASS_METRICS.items():
        if metric.unpredicted is not None:
            by_class[name] = np.nan_to_num(by_class[name], nan=metric.unpredicted)
    return by_class


def _plain_labels(labels: Any, parameter: str) -> tuple[Any, ...]:
    """Return labels as a tuple of plain objects."""
    if isinstance(labels, str):
        raise TypeError(
            f"The '{parameter}' parameter of {OWNER} must be a sequence of labels. Got the string "
            f"{labels!r} instead; for one class, write [{labels!r}]."
        )
    return tuple(np.asarray(labels).tolist() if hasattr(labels, "dtype") else labels)


def _made_of(part: str) -> list[str]:
    """Return the metrics over all classes that are computed from a part of the counts."""
    return [name for name, metric in OVERALL_METRICS.items() if metric.needs == part]


def _means() -> dict[str, str]:
    """Return the means over classes, the default first, with the metric that they average."""
    of_reports = {
        name: metric.mean_of for name, metric in OVERALL_METRICS.items() if metric.mean_of
    }
    return {DEFAULT: of_reports[DEFAULT]} | of_reports | MEANS_OF_SCORES
