"""Compare several models on the same beats."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length

from ..predictions import Predictions, as_predictions, check_same_beats
from ..tables import ordered_labels
from ..utils import Classifier, RandomState, last_step, predict_labels, warn
from ._bootstrap import Subjects, check_resampling, encode_subjects
from ._counts import check_false_positives, encode_labels
from ._paired import BY_CLASS, COLUMNS, paired_differences
from ._probabilities import judge_proba
from ._subject_counts import SubjectCounts, compute_metrics, count_by_subject

OWNER = "compare_models"


class _Answer(NamedTuple):
    """The predictions of one model."""

    y_pred: NDArray[Any]
    proba: pd.DataFrame | None
    classifier: Any  # the last step, None where there is no model


def compare_models(
    models: Mapping[str, Any],
    X: Any = None,
    y: Any = None,
    groups: Any = None,
    *,
    false_positives: str = "one_vs_rest",
    return_differences: bool = False,
    confidence: float = 0.95,
    n_resamples: int = 1000,
    random_state: Any = 0,
) -> pd.DataFrame | tuple[pd.DataFrame, pd.DataFrame]:
    """Compare models on the same beats, one row a model, and say what may be chance.

    Give beats of subjects that no model has seen in training, for instance the test set of
    `train_test_subjects`; or the tables of predictions that `cross_val_beats` makes, in which
    each beat was predicted by a model that had not seen its subject.

    Parameters
    ----------
    models : dict of str to estimator or to DataFrame
        By the name of their row, fitted classifiers, pipelines or searches; or else, without
        `X`, `y` and `groups`, tables of predictions of the same beats.
    X : array-like of shape (n_beats, n_features), default=None
        Beats.
    y : array-like of shape (n_beats,), default=None
        Reference labels.
    groups : array-like of shape (n_beats,), default=None
        The subject of each beat, needed for the differences. It changes no other figure.
    false_positives : {"one_vs_rest", "ec57"}, default="one_vs_rest"
        What is a false alarm, as in `beat_report`.
    return_differences : bool, default=False
        Whether to return the differences between the models as well.
    confidence : float, default=0.95
        The share of resamples inside an interval.
    n_resamples : int, default=1000
        How many times the subjects are drawn for the intervals; for the p values the models are
        exchanged ten times as often.
    random_state : int, RandomState instance or None, default=0
        Seed of the draws.

    Returns
    -------
    table : DataFrame
        One row a model, and the columns test loss, accuracy, balanced accuracy, macro F1, then
        Se and +P of each class ("Se V", "+P V"), all fractions, and epochs, training time (s)
        and parameters. The last three are of the final fit of the last step and missing where
        it is not a network. ``attrs`` holds n_beats, n_subjects (None without groups) and
        false_positives.
    differences : DataFrame
        Only with `return_differences`. One row a pair of models and figure, the index (model,
        against, figure), and the columns difference (the first model's figure less the
        second's), low, high (its interval), p and p_holm (corrected for the number of rows).
        ``attrs`` holds also confidence and n_resamples.

    Raises
    ------
    TypeError
        If `models` is not a dict, or has tables beside estimators.
    ValueError
        If it is empty, lengths differ, a model predicts labels of another type than `y` has,
        tables are of different beats, or differences are asked for without `groups` or a second
        model.

    Warns
    -----
    UserWarning
        If `y` has classes that a model was not trained on, which bear on its test loss.

    See Also
    --------
    beat_report : All figures of one model.

    Notes
    -----
    Classes are set one against the rest as in `beat_report`: all beats pooled, 0/0 is NaN, means
    over the classes that occur in `y`. Columns are there for each class that occurs in `y` or
    that any model predicts.

    The test loss is the mean negative logarithm of the probability of the true class. No
    probability is taken as less than 1e-7, for every model alike, as Keras does; so a beat of a
    class that the model was not trained on costs 16.1. It is missing for models without
    ``predict_proba``, and is not the loss of a network that was trained with another one.

    The interval of a difference is a percentile interval over resamples of whole subjects, the
    same ones for both models. The p value, of two sides, is that of a randomization test [1]_: if
    the models were equally good, what they say of a subject could be exchanged between them; p is
    the share of such exchanges, subject by subject, all that there are or 9,999 random ones, that
    makes a difference at least as large, the observed one included [2]_. Unlike a p value read
    from the bootstrap it keeps what it promises with few subjects; with n of them it is at least
    2 / 2**n, so five subjects can prove nothing. Of two figures near the limit the interval and
    the p value may disagree.

    p_holm is for whoever looks at all rows and picks what stands out [3]_. If one figure was
    chosen before the models were compared, its p is the one to report. The test knows only the
    luck of who was tested: not that of the training, which another seed would change.

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

    Six subjects, each with a V that one of two models finds; a difference by chance alone
    would be as large in 2 of the 64 ways to exchange the models:

    >>> X, y, groups = [[0.0], [1.0]] * 6, ["N", "V"] * 6, [i // 2 for i in range(12)]
    >>> finds = DecisionTreeClassifier().fit(X, y)
    >>> models = {"tree": finds, "always N": dummy}
    >>> _, found = compare_models(models, X, y, groups, return_differences=True)
    >>> found.loc[("tree", "always N", "Se V"), ["difference", "p"]].tolist()
    [1.0, 0.03125]
    """
    models = _check_models(models)
    check_false_positives(false_positives, OWNER)
    if return_differences:
        check_resampling(confidence, n_resamples, OWNER)
        if len(models) < 2:
            raise ValueError(
                f"The 'models' parameter of {OWNER} must hold at least two models for "
                f"return_differences=True. Got {len(models)}."
            )
    if _are_predictions(next(iter(models.values()))):
        answers, y_true, groups = _read_predictions(models, X, y, groups)
    else:
        answers, y_true = _predict(models, X, y)
    return compare_answers(
        answers,
        y_true,
        groups,
        false_positives=false_positives,
        return_differences=return_differences,
        confidence=confidence,
        n_resamples=n_resamples,
        random_state=random_state,
    )


def compare_answers(
    answers: Mapping[str, _Answer],
    y_true: ArrayLike,
    groups: ArrayLike | None,
    *,
    false_positives: str,
    return_differences: bool,
    confidence: float,
    n_resamples: int,
    random_state: RandomState,
) -> pd.DataFrame | tuple[pd.DataFrame, pd.DataFrame]:
    """Make the tables of `compare_models` from predictions of the same beats."""
    subjects = None
    if groups is not None:
        subjects = encode_subjects(groups, OWNER)
        check_consistent_length(subjects.codes, y_true)
    elif return_differences:
        raise ValueError(
            f"The 'groups' parameter of {OWNER} must name the subject of each beat for "
            "return_differences=True: beats of one person resemble each other, so the subjects "
            "are the unit of evidence. Pass groups=test.groups."
        )
    predicted = {f"the predictions of {name!r}": one.y_pred for name, one in answers.items()}
    labels, (true, *codes) = encode_labels({"y": y_true, **predicted}, None, OWNER)
    check_false_positives(false_positives, OWNER, labels)
    counts = {
        name: _count(name, one, labels, true, of_model, subjects)
        for (name, one), of_model in zip(answers.items(), codes, strict=True)
    }
    rows = [
        _row(counts[name].total(), labels, false_positives) | _training(one.classifier)
        for name, one in answers.items()
    ]
    table = pd.DataFrame(rows, index=pd.Index(list(answers), name="model"))
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


def answer_of(predictions: Predictions, model: Any = None) -> _Answer:
    """Return predictions in the form that comparisons take, with the model's last step."""
    classifier = None if model is None else last_step(model)
    return _Answer(predictions.y_pred, predictions.y_proba, classifier)


def _are_predictions(value: object) -> bool:
    return isinstance(value, Predictions | pd.DataFrame)


def _check_models(models: Any) -> dict[str, Any]:
    """Return a dict of models alone or of predictions alone, or raise."""
    if not isinstance(models, Mapping):
        raise TypeError(
            f"The 'models' parameter of {OWNER} must be a dict of names and fitted models, such "
            f'as {{"RNN": rnn, "LSTM": lstm}}. Got {type(models).__name__} instead.'
        )
    if not models:
        raise ValueError(f"The 'models' parameter of {OWNER} must hold at least one model.")
    if len({_are_predictions(model) for model in models.values()}) > 1:
        raise TypeError(
            f"The 'models' parameter of {OWNER} must hold fitted models alone or predictions "
            "alone. Got both."
        )
    return dict(models)


def _predict(
    models: Mapping[str, Classifier], X: ArrayLike | None, y: ArrayLike | None
) -> tuple[dict[str, _Answer], ArrayLike]:
    """Let each model predict."""
    if X is None or y is None:
        raise ValueError(
            f"{OWNER} needs 'X' and 'y', beats and reference labels, for fitted models. Only "
            "predictions contain them already."
        )
    answers = {n: _Answer(*predict_labels(m, X), last_step(m)) for n, m in models.items()}
    return answers, y


def _read_predictions(
    given: Mapping[str, Any], *others: ArrayLike | None
) -> tuple[dict[str, _Answer], ArrayLike, ArrayLike]:
    """Return the answers in predictions, with the labels and subjects that they share."""
    if any(value is not None for value in others):
        raise ValueError(
            f"{OWNER} takes no 'X', 'y' or 'groups' beside predictions, which have labels and "
            "subjects of their own."
        )
    found = {name: as_predictions(one, f"{OWNER} ({name!r})") for name, one in given.items()}
    check_same_beats(found, OWNER)
    first = next(iter(found.values()))
    return {name: answer_of(one) for name, one in found.items()}, first.y_true, first.groups


def _count(
    name: str,
    answer: _Answer,
    labels: list[Any],
    true: NDArray[np.intp],
    predicted: NDArray[np.intp],
    subjects: Subjects | None,
) -> SubjectCounts:
    """Count beats and losses; warn of classes that a model does not know."""
    if answer.proba is None:
        return count_by_subject(true, predicted, len(labels), None, subjects)
    unseen = [labels[i] for i in np.unique(true) if labels[i] not in answer.proba.columns]
    if unseen:
        n_beats = int(np.isin(true, [labels.index(label) for label in unseen]).sum())
        warn(
            f"The model {name!r} was not trained on {ordered_labels(unseen)} ({n_beats} beats of "
            "y): their true class has the probability 0, taken as 1e-7 in the test loss."
        )
    proba = judge_proba(true, predicted, answer.proba, labels, f"the model {name!r}")
    return count_by_subject(true, predicted, len(labels), proba, subjects, by_certainty=False)


def _row(total: SubjectCounts, labels: list[Any], false_positives: str) -> dict[str, float]:
    """Return the metrics of one model's row."""
    by_class, overall = compute_metrics(total, labels, false_positives)
    row = {title: float(overall.get(name, [np.nan])[0]) for name, title in COLUMNS.items()}
    for i, label in enumerate(labels):
        row |= {f"{name} {label}": float(by_class[name][0, i]) for name in BY_CLASS}
    return row


def _training(classifier: Any) -> dict[str, Any]:
    """Return epochs, seconds and parameters of a network; missing ones for other classifiers."""
    history = getattr(classifier, "history_", None)
    network = getattr(classifier, "model_", None)
    return {
        "epochs": max(map(len, history.values()), default=0) if history else None,
        "training time (s)": getattr(classifier, "fit_time_", None),
        "parameters": network.count_params() if hasattr(network, "count_params") else None,
    }
