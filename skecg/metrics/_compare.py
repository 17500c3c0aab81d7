"""Several fitted models on the same beats."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_consistent_length

from .._unwrap import last_step
from ..tables import ordered_labels
from ._counts import (
    class_figures,
    count_pairs,
    encode_labels,
    factorize,
    overall_figures,
)
from ._probabilities import judge_proba

OWNER = "compare_models"


def compare_models(models: Mapping[str, Any], X: Any, y: Any, groups: Any = None) -> pd.DataFrame:
    """Compare fitted models on the same beats, one row a model.

    Give beats of subjects that no model has seen in training, for instance the test set of
    `train_test_subjects`.

    Parameters
    ----------
    models : dict of str to estimator
        Fitted classifiers, pipelines or searches by the name of their row.
    X : array-like of shape (n_beats, n_features)
        Beats.
    y : array-like of shape (n_beats,)
        Reference labels.
    groups : array-like of shape (n_beats,), default=None
        The subject of each beat. It changes no figure; the number of subjects is kept in
        ``attrs``.

    Returns
    -------
    DataFrame
        One row a model, and the columns test loss, accuracy, balanced accuracy, macro F1, then
        Se and +P of each class ("Se V", "+P V"), all fractions, and epochs, training time (s)
        and parameters. The last three are of the final fit of the last step and missing where
        it is not a network. ``attrs`` holds n_beats and n_subjects (None without groups).

    Raises
    ------
    TypeError
        If `models` is not a dict.
    ValueError
        If it is empty, lengths differ, or a model predicts labels of another type than `y` has.

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

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from skecg import compare_models
    >>> X, y = [[0.0]] * 4, ["N", "N", "N", "V"]
    >>> dummy = DummyClassifier(strategy="prior").fit(X, y)
    >>> table = compare_models({"always N": dummy}, X, y)
    >>> table[["test loss", "accuracy", "Se V"]].round(2).values.tolist()
    [[0.56, 0.75, 0.0]]
    """
    if not isinstance(models, Mapping):
        raise TypeError(
            f"The 'models' parameter of {OWNER} must be a dict of names and fitted models, such "
            f'as {{"RNN": rnn, "LSTM": lstm}}. Got {type(models).__name__} instead.'
        )
    if not models:
        raise ValueError(f"The 'models' parameter of {OWNER} must hold at least one model.")
    n_subjects = None
    if groups is not None:
        subject, subjects = factorize("groups", groups, OWNER)
        check_consistent_length(subject, y)
        n_subjects = len(subjects)
    predictions = {
        f"the predictions of {name!r}": model.predict(X) for name, model in models.items()
    }
    labels, (true, *predicted) = encode_labels({"y": y, **predictions}, None, OWNER)
    rows = []
    for (name, model), codes in zip(models.items(), predicted, strict=True):
        rows.append(_figures(model, name, X, labels, true, codes))
    table = pd.DataFrame(rows, index=pd.Index(list(models), name="model"))
    table = table.astype({"epochs": "Int64", "parameters": "Int64", "training time (s)": float})
    table.attrs = {"n_beats": len(true), "n_subjects": n_subjects}
    return table


def _figures(
    model: Any, name: str, X: Any, labels: list, true: np.ndarray, predicted: np.ndarray
) -> dict[str, Any]:
    """Return one model's row."""
    matrix = count_pairs(true, predicted, len(labels))
    row = {"test loss": _test_loss(model, name, X, labels, true)}
    row |= {
        words: float(overall_figures(matrix)[figure])
        for figure, words in (
            ("accuracy", "accuracy"),
            ("balanced_accuracy", "balanced accuracy"),
            ("macro_f1", "macro F1"),
        )
    }
    by_class = class_figures(matrix)
    for i, label in enumerate(labels):
        row |= {f"{figure} {label}": float(by_class[figure][i]) for figure in ("Se", "+P")}
    return row | _training(last_step(model))


def _test_loss(model: Any, name: str, X: Any, labels: list, true: np.ndarray) -> float:
    """Return the log loss, NaN without probabilities; say which classes the model cannot know."""
    if not hasattr(model, "predict_proba"):
        return np.nan
    proba = pd.DataFrame(model.predict_proba(X), columns=list(model.classes_))
    unseen = [labels[i] for i in np.unique(true) if labels[i] not in proba.columns]
    if unseen:
        n_beats = int(np.isin(true, [labels.index(label) for label in unseen]).sum())
        warnings.warn(
            f"The model {name!r} was not trained on {ordered_labels(unseen)} ({n_beats} beats of "
            "y): their true class has the probability 0, taken as 1e-7 in the test loss.",
            UserWarning,
            stacklevel=4,
        )
    return float(judge_proba(true, true, proba, labels, f"the model {name!r}").loss.mean())


def _training(classifier: Any) -> dict[str, Any]:
    """Return epochs, seconds and parameters of a network; missing ones for other classifiers."""
    history = getattr(classifier, "history_", None)
    network = getattr(classifier, "model_", None)
    return {
        "epochs": max(map(len, history.values()), default=0) if history else None,
        "training time (s)": getattr(classifier, "fit_time_", None),
        "parameters": network.count_params() if hasattr(network, "count_params") else None,
    }
