"""Compare several models on the same beats."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length

from ..predictions import Predictions, as_predictions, check_same_beats
from ..tables import ordered_labels
from ..utils import Classifier, RandomState, count, last_step, predict_labels, warn
from ._bootstrap import Subjects, check_resampling, encode_subjects
from ._class_metrics import compared_metrics
from ._counts import check_false_positives, encode_labels
from ._paired import COLUMNS, paired_differences
from ._probabilities import judge_proba
from ._subject_counts import SubjectCounts, compute_metrics, count_by_subject

OWNER = "compare_models"


class ModelPredictions(NamedTuple):
    """The predictions of one model."""

    y_pred: NDArray[Any]
    y_proba: pd.DataFrame | None
    classifier: Any  # the last step of the model, None if there are only predictions

    @classmethod
    def of(cls, predictions: Predictions, model: Any = None) -> "ModelPredictions":
        """Return predictions with the classifier that made them, if it is known."""
        classifier = None if model is None else last_step(model)
        return cls(predictions.y_pred, predictions.y_proba, classifier)


Models = Mapping[str, Classifier] | Mapping[str, Predictions] | Mapping[str, pd.DataFrame]


@overload
def compare_models(
    models: Models,
    X: ArrayLike | None = None,
    y: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    *,
    false_positives: str = "one_vs_rest",
    return_differences: Literal[False] = False,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    random_state: RandomState = 0,
) -> pd.DataFrame: ...


@overload
def compare_models(
    models: Models,
    X: ArrayLike | None = None,
    y: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    *,
    false_positives: str = "one_vs_rest",
    return_differences: Literal[True],
    confidence: float = 0.95,
    n_resamples: int = 1000,
    random_state: RandomState = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]: ...


def compare_models(
    models: Models,
    X: ArrayLike | None = None,
    y: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    *,
    false_positives: str = "one_vs_rest",
    return_differences: bool = False,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    random_state: RandomState = 0,
) -> pd.DataFrame | tuple[pd.DataFrame, pd.DataFrame]:
    """Compare models on the same beats, and test which differences may be chance.

    Pass beats of subjects that no model was trained on, for instance the test set of
    `train_test_subjects`; or the predictions of `cross_val_beats`, in which each beat was
    predicted by a model that was not trained on its subject.

    Parameters
    ----------
    models : dict of str to estimator, Predictions or DataFrame
        By the names of their rows, fitted classifiers, pipelines or searches; or, without `X`, `y`
        and `groups`, predictions of the same beats, as `Predictions` or tables of them.
    X : array-like of shape (n_beats, n_features), default=None
        Beats.
    y : array-like of shape (n_beats,), default=None
        Reference labels.
    groups : array-like of shape (n_beats,), default=None
        The subject of each beat, needed for the differences. It changes no other metric.
    false_positives : {"one_vs_rest", "ec57"}, default="one_vs_rest"
        Which errors count as false positives, as in `beat_report`.
    return_differences : bool, default=False
        If True, return the differences between the models as well.
    confidence : float, default=0.95
        Share of resamples inside an interval.
    n_resamples : int, default=1000
        Number of draws of the subjects for the intervals; for the p values the models are
        exchanged ten times as often.
    random_state : int, RandomState instance or None, default=0
        Seed of the draws.

    Returns
    -------
    table : DataFrame
        One row per model, with the columns test loss, accuracy, balanced accuracy, macro F1, then
        Se and +P of each class ("Se V", "+P V"), all fractions, and epochs, training time (s)
        and parameters. The last three are of the final fit of the last step and missing if it is
        not a network. ``attrs`` holds n_beats, n_subjects (None without groups) and
        false_positives.
    differences : DataFrame
        Only with `return_differences`. One row per pair of models and metric, the index (model,
        against, metric), and the columns difference (the first model's value less the second's),
        low, high (its interval), p and p_holm (corrected for the number of rows). ``attrs`` also
        holds confidence and n_resamples.

    Raises
    ------
    TypeError
        If `models` is not a dict, or has both estimators and predictions.
    ValueError
        If it is empty, lengths differ, a model predicts labels of another type than those of `y`,
        predictions are of different beats, or differences are requested without `groups` or a
        second model.

    Warns
    -----
    UserWarning
        If `y` has classes that a model was not trained on, which affect its test loss.

    See Also
    --------
    beat_report : All metrics of one model.
    evaluate : Reports, figures and files of several models.

    Notes
    -----
    Classes are compared one against the rest as in `beat_report`: all beats pooled, 0/0 is NaN,
    means over the classes that occur in `y`. There are columns for each class that occurs in `y`
    or that any model predicts.

    The test loss is the mean negative logarithm of the probability of the true class. As in
    Keras, no probability is taken as less than 1e-7, so a beat of a class that the model was not
    trained on costs 16.1. It is missing for models without ``predict_proba``, and is not the loss
    of a network that was trained with another one.

    The interval of a difference is a percentile interval over resamples of whole subjects, the
    same ones for both models. The p value is two-sided, that of a randomization test [1]_: if the
    models were equally good, their predictions of a subject could be exchanged; p is the share of
    such exchanges, subject by subject, all of them or 9,999 random ones, whose difference is at
    least as large, the observed one included [2]_. Unlike a p value from the bootstrap it is valid
    with few subjects; with n of them it is at least 2 / 2**n, so five subjects cannot prove a
    difference. For a metric near the limit the interval and the p value may disagree.

    Use p_holm when you look at all rows and pick the largest differences [3]_. If one metric was
    chosen before the models were compared, report its p. The test covers the choice of test
    subjects, not the randomness of training, where another seed gives another model.

    References
    ----------
    .. [1] E. W. Noreen, Computer-intensive methods for testing hypotheses, Wiley (1989).
    .. [2] B. Phipson, G. K. Smyth, Permutation p-values should never be zero, Statistical
       Applications in Genetics and Molecular Biology 9:39 (2010).
    .. [3] S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal
       of Statistics 6:65-70 (1979).

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skecg import compare_models
    >>> X, y = [[0.0]] * 4, ["N", "N", "N", "V"]
    >>> dummy = DummyClassifier(strategy="prior").fit(X, y)
    >>> table = compare_models({"always N": dummy}, X, y)
    >>> table[["test loss", "accuracy", "Se V"]].round(2).values.tolist()
    [[0.56, 0.75, 0.0]]

    Six subjects, each with a V that one of two models finds. Of the 64 ways to exchange the models
    in some subjects, 2 give a difference as large:

    >>> X, y, groups = [[0.0], [1.0]] * 6, ["N", "V"] * 6, [i // 2 for i in range(12)]
    >>> finds = DecisionTreeClassifier().fit(X, y)
    >>> models = {"tree": finds, "always N": dummy}
    >>> _, found = compare_models(models, X, y, groups, return_differences=True)
    >>> found.loc[("tree", "always N", "Se V"), ["difference", "p"]].tolist()
    [1.0, 0.03125]
    """
    _check_models(models)
    check_false_positives(false_positives, OWNER)
    if return_differences:
        check_resampling(confidence, n_resamples, OWNER)
        if len(models) < 2:
            raise ValueError(
                f"The 'models' parameter of {OWNER} must hold at least two models for "
                f"return_differences=True. Got {len(models)}."
            )
    if _are_predictions(next(iter(models.values()))):
        predicted, y, groups = _read_predictions(models, X, y, groups)
    else:
        predicted, y = _predict(models, X, y)
    return compare_predictions(
        predicted,
        y,
        groups,
        false_positives=false_positives,
        return_differences=return_differences,
        confidence=confidence,
        n_resamples=n_resamples,
        random_state=random_state,
    )


def compare_predictions(
    predicted: Mapping[str, ModelPredictions],
    y_true: ArrayLike,
    groups: ArrayLike | None,
    *,
    false_positives: str,
    return_differences: bool,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    random_state: RandomState = 0,
) -> pd.DataFrame | tuple[pd.DataFrame, pd.DataFrame]:
    """Make the tables of `compare_models` from predictions of the same beats."""
    subjects = None
    if groups is not None:
        subjects = encode_subjects(groups, OWNER)
        check_consistent_length(subjects.codes, y_true)
    elif return_differences:
        raise ValueError(
            f"The 'groups' parameter of {OWNER} must name the subject of each beat for "
            "return_differences=True: beats of one person resemble each other, so subjects, not "
            "beats, are resampled. Pass groups=test.groups."
        )
    targets = {f"the predictions of {name!r}": one.y_pred for name, one in predicted.items()}
    labels, (true, *codes) = encode_labels({"y": y_true, **targets}, None, OWNER)
    check_false_positives(false_positives, OWNER, labels)
    counts = {
        name: _count(name, one, labels, true, of_model, subjects)
        for (name, one), of_model in zip(predicted.items(), codes, strict=True)
    }
    rows = [
        _row(counts[name].total(), labels, false_positives) | _training(one.classifier)
        for name, one in predicted.items()
    ]
    table = pd.DataFrame(rows, index=pd.Index(list(predicted), name="model"))
    table = table.astype({"epochs": "Int64", "parameters": "Int64", "training time (s)": float})
    table.attrs = {
        "n_beats": len(true),
        "n_subjects": None if subjects is None else len(subjects.names),
        "false_positives": false_positives,
    }
    if not return_differences:
        return table
    differences = paired_differences(
        counts,
        labels,
        false_positives,
        confidence=confidence,
        n_resamples=n_resamples,
        random_state=random_state,
    )
    differences.attrs = table.attrs | {"confidence": confidence, "n_resamples": n_resamples}
    return table, differences


def _are_predictions(value: object) -> bool:
    return isinstance(value, Predictions | pd.DataFrame)


def _check_models(models: object) -> None:
    """Raise unless models are a dict of fitted models only, or of predictions only."""
    if not isinstance(models, Mapping):
        raise TypeError(
            f"The 'models' parameter of {OWNER} must be a dict of names and fitted models, such "
            f'as {{"RNN": rnn, "LSTM": lstm}}. Got {type(models).__name__} instead.'
        )
    if not models:
        raise ValueError(f"The 'models' parameter of {OWNER} must hold at least one model.")
    if len({_are_predictions(model) for model in models.values()}) > 1:
        raise TypeError(
            f"The 'models' parameter of {OWNER} must hold either fitted models or predictions. "
            "Got both; Predictions.from_model makes predictions of a model."
        )


def _predict(
    models: Mapping[str, Any], X: ArrayLike | None, y: ArrayLike | None
) -> tuple[dict[str, ModelPredictions], ArrayLike]:
    """Predict the beats with each model."""
    if X is None or y is None:
        raise ValueError(
            f"{OWNER} needs 'X' and 'y', beats and reference labels, for fitted models. Only "
            "predictions contain them."
        )
    return {
        name: ModelPredictions(*predict_labels(model, X), last_step(model))
        for name, model in models.items()
    }, y


def _read_predictions(
    given: Mapping[str, Any], *others: ArrayLike | None
) -> tuple[dict[str, ModelPredictions], ArrayLike, ArrayLike]:
    """Return the predictions, with the labels and subjects that they share."""
    if any(value is not None for value in others):
        raise ValueError(
            f"{OWNER} takes no 'X', 'y' or 'groups' with predictions, which contain labels and "
            "subjects."
        )
    found = {name: as_predictions(one, f"{OWNER} ({name!r})") for name, one in given.items()}
    check_same_beats(found, OWNER)
    first = next(iter(found.values()))
    predicted = {name: ModelPredictions.of(one) for name, one in found.items()}
    return predicted, first.y_true, first.groups


def _count(
    name: str,
    predicted: ModelPredictions,
    labels: list[Any],
    true: NDArray[np.intp],
    codes: NDArray[np.intp],
    subjects: Subjects | None,
) -> SubjectCounts:
    """Count beats and losses; warn of classes that a model was not trained on."""
    if predicted.y_proba is None:
        return count_by_subject(true, codes, len(labels), None, subjects)
    known = predicted.y_proba.columns
    if unknown := [labels[i] for i in np.unique(true) if labels[i] not in known]:
        n_beats = int(np.isin(true, [labels.index(label) for label in unknown]).sum())
        warn(
            f"The model {name!r} was not trained on {ordered_labels(unknown)} "
            f"({count(n_beats, 'beat')} of y): their true class has the probability 0, taken as "
            "1e-7 in the test loss."
        )
    proba = judge_proba(true, codes, predicted.y_proba, labels, f"the model {name!r}")
    return count_by_subject(true, codes, len(labels), proba, subjects, by_certainty=False)


def _row(total: SubjectCounts, labels: list[Any], false_positives: str) -> dict[str, float]:
    """Return the metrics of one model's row."""
    by_class, overall = compute_metrics(total, labels, false_positives)
    row = {title: float(overall.get(name, [np.nan])[0]) for name, title in COLUMNS.items()}
    for i, label in enumerate(labels):
        row |= {f"{name} {label}": float(by_class[name][0, i]) for name in compared_metrics()}
    return row


def _training(classifier: Any) -> dict[str, Any]:
    """Return epochs, seconds and parameters of a network; None for other classifiers."""
    history = getattr(classifier, "history_", None)
    return {
        "epochs": max(map(len, history.values()), default=0) if history else None,
        "training time (s)": getattr(classifier, "fit_time_", None),
        "parameters": _count_parameters(classifier),
    }


def _count_parameters(classifier: Any) -> int | None:
    """Count the weights of a network; None for other classifiers."""
    holder = getattr(classifier, "_holder", None)
    if holder is not None:  # model_ would make the network the user's, never to be used again
        return sum(np.size(weights) for weights in holder.weights() or ())
    count_params = getattr(getattr(classifier, "model_", None), "count_params", None)
    return None if count_params is None else count_params()
