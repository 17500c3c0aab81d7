"""What the doors of the displays share: a model's probabilities, a table's predictions."""

from typing import Any

import numpy as np
import pandas as pd

from ..metrics._table import Predictions, unpack_predictions


def class_scores(estimator: Any, X: Any, owner: str) -> pd.DataFrame:
    """Return a column of scores for each class that a model knows."""
    if hasattr(estimator, "predict_proba"):
        return class_probabilities(estimator, X, owner)
    if not hasattr(estimator, "decision_function"):
        raise ValueError(
            f"The 'estimator' parameter of {owner} must have predict_proba or "
            f"decision_function. Got {type(estimator).__name__}, which has neither."
        )
    scores = np.asarray(estimator.decision_function(X))
    if scores.ndim == 1:  # two classes: one score, for the second
        scores = np.column_stack([-scores, scores])
    return pd.DataFrame(scores, columns=list(estimator.classes_))


def class_probabilities(estimator: Any, X: Any, owner: str) -> pd.DataFrame:
    """Return a column of probabilities for each class that a model knows."""
    if not hasattr(estimator, "predict_proba"):
        raise ValueError(
            f"The 'estimator' parameter of {owner} must have predict_proba. "
            f"Got {type(estimator).__name__}, which has not."
        )
    return pd.DataFrame(np.asarray(estimator.predict_proba(X)), columns=list(estimator.classes_))


def with_probabilities(table: pd.DataFrame, owner: str) -> Predictions:
    """Return what a prediction table says, refused where it has no probabilities."""
    predictions = unpack_predictions(table, owner)
    if predictions.y_proba is None:
        raise ValueError(
            f"The 'table' parameter of {owner} must have a column of probabilities for each "
            "class, such as p_N. Got none; make it from a model that has predict_proba."
        )
    return predictions
