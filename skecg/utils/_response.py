"""Ask fitted classifiers for labels, probabilities and scores."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ._estimators import last_step
from ._types import Classifier

__all__ = ["class_probabilities", "class_scores", "predict_labels"]


def predict_labels(
    model: Classifier, X: ArrayLike
) -> tuple[NDArray[np.generic], pd.DataFrame | None]:
    """Return the predicted labels and, where the model has them, the probabilities by class.

    Networks are asked once: their label is that of the highest probability.
    """
    if not hasattr(model, "predict_proba"):
        return np.asarray(model.predict(X)), None
    proba = class_probabilities(model, X, "predict_labels")
    if getattr(last_step(model), "_predicts_most_probable", False):
        return np.asarray(model.classes_)[proba.to_numpy().argmax(axis=1)], proba
    return np.asarray(model.predict(X)), proba


def class_probabilities(estimator: Classifier, X: ArrayLike, owner: str) -> pd.DataFrame:
    """Return a column of probabilities for each class that a model knows."""
    if not hasattr(estimator, "predict_proba"):
        raise ValueError(
            f"The 'estimator' parameter of {owner} must have predict_proba. "
            f"Got {type(estimator).__name__}, which does not have it."
        )
    return pd.DataFrame(np.asarray(estimator.predict_proba(X)), columns=list(estimator.classes_))


def class_scores(estimator: Classifier, X: ArrayLike, owner: str) -> pd.DataFrame:
    """Return a column of probabilities, or of decision values, for each class."""
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
