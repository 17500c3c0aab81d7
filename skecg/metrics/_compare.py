"""Several fitted models on the same beats."""

import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils import check_consistent_length

from .._unwrap import last_step
from ..tables import ordered_labels
from ._bootstrap import Subjects, check_resampling, encode_subjects
from ._counts import check_convention, encode_labels
from ._evidence import Evidence, collect_evidence, figures
from ._paired import COLUMNS, paired_differences
from ._probabilities import judge_proba
from ._table import check_same_beats, unpack_predictions

OWNER = "compare_models"


class _Said(NamedTuple):
    """What one model says of the beats."""

    y_pred: np.ndarray
    proba: pd.DataFrame | None
    classifier: Any


def compare_models(
    models: Mapping[str, Any],
    X: Any = None,
    y: Any = None,
    groups: Any = None,
    *,
    convention: str = "one_vs_rest",
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
    convention : {"one_vs_rest", "ec57"}, default="one_vs_rest"
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
        convention.
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
    check_convention(convention, OWNER)
    if return_differences:
        check_resampling(confidence, n_resamples, OWNER)
        if len(models) < 2:
            raise ValueError(
                f"The 'models' parameter of {OWNER} must hold at least two models for "
                f"return_differences=True. Got {len(models)}."
            )
    if isinstance(next(iter(models.values())), pd.DataFrame):
        said, y, groups = _read_tables(models, X, y, groups)
    else:
        said = {name: _ask(model, X, y) for name, model in models.items()}
    subjects = None
    if groups is not None:
        subjects = encode_subjects(groups, OWNER)
        check_consistent_length(subjects.codes, y)
    elif return_differences:
        raise ValueError(
            f"The 'groups' parameter of {OWNER} must name the subject of each beat for "
            "return_differences=True: beats of one person resemble each other, so only the "
            "subjects tell what may be chance. Pass groups=test.groups."
        )
    predictions = {f"the predictions of {name!r}": one.y_pred for name, one in said.items()}
    labels, (true, *predicted) = encode_labels({"y": y, **predictions}, None, OWNER)
    check_convention(convention, OWNER, labels)
    evidence = {}
    for (name, one), codes in zip(said.items(), predicted, strict=True):
        evidence[name] = _judge(name, one, labels, true, codes, subjects)
    rows = [
        _figures(evidence[name].total(), labels, convention) | _training(one.classifier)
        for name, one in said.items()
    ]
    table = pd.DataFrame(rows, index=pd.Index(list(said), name="model"))
    table = table.astype({"epochs": "Int64", "parameters": "Int64", "training time (s)": float})
    n_subjects = None if subjects is None else len(subjects.names)
    table.attrs = {"n_beats": len(true), "n_subjects": n_subjects, "convention": convention}
    if not return_differences:
        return table
    differences = paired_differences(
        evidence,
        labels,
        convention,
        confidence=confidence,
        n_resamples=n_resamples,
        random_state=random_state,
    )
    differences.attrs = table.attrs | {"confidence": confidence, "n_resamples": n_resamples}
    return table, differences


def _check_models(models: Any) -> dict[str, Any]:
    """Refuse what is no dict of estimators alone or of tables alone."""
    if not isinstance(models, Mapping):
        raise TypeError(
            f"The 'models' parameter of {OWNER} must be a dict of names and fitted models, such "
            f'as {{"RNN": rnn, "LSTM": lstm}}. Got {type(models).__name__} instead.'
        )
    if not models:
        raise ValueError(f"The 'models' parameter of {OWNER} must hold at least one model.")
    kinds = {isinstance(model, pd.DataFrame) for model in models.values()}
    if len(kinds) > 1:
        raise TypeError(
            f"The 'models' parameter of {OWNER} must hold fitted models alone or tables of "
            "predictions alone. Got both."
        )
    return dict(models)


def _ask(model: Any, X: Any, y: Any) -> _Said:
    """Let a model predict."""
    if X is None or y is None:
        raise ValueError(
            f"{OWNER} needs 'X' and 'y', beats and reference labels, to ask fitted models. Only "
            "tables of predictions have them already."
        )
    y_pred, proba = model.predict(X), None
    if hasattr(model, "predict_proba"):
        proba = pd.DataFrame(model.predict_proba(X), columns=list(model.classes_))
    return _Said(y_pred, proba, last_step(model))


def _read_tables(
    tables: Mapping[str, pd.DataFrame], *given: Any
) -> tuple[dict[str, _Said], np.ndarray, np.ndarray]:
    """Return what tables say, with the labels and subjects that they share."""
    if any(value is not None for value in given):
        raise ValueError(
            f"{OWNER} takes no 'X', 'y' or 'groups' beside tables of predictions, which have "
            "labels and subjects of their own."
        )
    found = {name: unpack_predictions(t, f"{OWNER} ({name!r})") for name, t in tables.items()}
    check_same_beats(tables, OWNER)
    said = {name: _Said(one.y_pred, one.y_proba, None) for name, one in found.items()}
    first = next(iter(found.values()))
    return said, first.y_true, first.groups


def _judge(
    name: str,
    said: _Said,
    labels: list,
    true: np.ndarray,
    predicted: np.ndarray,
    subjects: Subjects | None,
) -> Evidence:
    """Count beats and losses; say which classes a model cannot know."""
    if said.proba is None:
        return collect_evidence(true, predicted, len(labels), None, subjects)
    unseen = [labels[i] for i in np.unique(true) if labels[i] not in said.proba.columns]
    if unseen:
        n_beats = int(np.isin(true, [labels.index(label) for label in unseen]).sum())
        warnings.warn(
            f"The model {name!r} was not trained on {ordered_labels(unseen)} ({n_beats} beats of "
            "y): their true class has the probability 0, taken as 1e-7 in the test loss.",
            UserWarning,
            stacklevel=3,
        )
    proba = judge_proba(true, predicted, said.proba, labels, f"the model {name!r}")
    return collect_evidence(true, predicted, len(labels), proba, subjects, by_certainty=False)


def _figures(total: Evidence, labels: list, convention: str) -> dict[str, float]:
    """Return the figures of one model's row."""
    by_class, overall = figures(total, labels, convention)
    row = {words: float(overall.get(name, [np.nan])[0]) for name, words in COLUMNS.items()}
    for i, label in enumerate(labels):
        row |= {f"{figure} {label}": float(by_class[figure][0, i]) for figure in ("Se", "+P")}
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
