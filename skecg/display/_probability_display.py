"""Base of displays of labels and probabilities."""

from abc import ABC, abstractmethod
from typing import Any, Self

import pandas as pd
from numpy.typing import ArrayLike

from ..predictions import Predictions, as_predictions
from ..utils import Classifier, class_probabilities
from ._style import AxesLike


class ProbabilityDisplay(ABC):
    """Base of displays that are made from reference labels and probabilities."""

    @classmethod
    def from_estimator(
        cls,
        estimator: Classifier,
        X: ArrayLike,
        y: ArrayLike,
        *,
        ax: AxesLike | None = None,
        **kwargs: Any,
    ) -> Self:
        """Predict probabilities and draw.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier, pipeline or search with ``predict_proba``; for curves,
            ``decision_function`` is enough.
        X : array-like of shape (n_beats, n_features)
            Rows of beats.
        y : array-like of shape (n_beats,)
            Reference labels.
        ax : matplotlib Axes or sequence of them, default=None
            Axes to draw into, as in `plot`. None: a new figure.
        **kwargs : dict
            Passed to `from_predictions`, such as `groups` or `labels`.

        Returns
        -------
        display
            The display, drawn.

        Raises
        ------
        ValueError
            If the model has no probabilities, or labels do not fit.
        """
        options = cls._predict(estimator, X) | {"ax": ax} | kwargs
        return cls.from_predictions(y, **options)

    @classmethod
    def from_table(
        cls,
        table: Predictions | pd.DataFrame,
        *,
        ax: AxesLike | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw predictions, with intervals over their subjects.

        Parameters
        ----------
        table : Predictions or DataFrame
            Predictions, as `cross_val_beats` returns them, or their table.
        ax : matplotlib Axes or sequence of them, default=None
            Axes to draw into, as in `plot`. None: a new figure.
        **kwargs : dict
            Passed to `from_predictions`; ``groups=None`` draws no intervals.

        Returns
        -------
        display
            The display, drawn.

        Raises
        ------
        ValueError
            If the table lacks a column, or has no probabilities.
        """
        found = as_predictions(table, cls.__name__, needs_probabilities=True)
        options = cls._read(found) | {"groups": found.groups, "ax": ax} | kwargs
        return cls.from_predictions(found.y_true, **options)

    @classmethod
    @abstractmethod
    def from_predictions(cls, y_true: ArrayLike, y_proba: Any, **kwargs: Any) -> Self:
        """Draw labels and probabilities."""

    @classmethod
    def _predict(cls, estimator: Classifier, X: ArrayLike) -> dict[str, Any]:
        """Return the arguments of `from_predictions` that come from a model."""
        return {"y_proba": class_probabilities(estimator, X, cls.__name__)}

    @classmethod
    def _read(cls, predictions: Predictions) -> dict[str, Any]:
        """Return the arguments of `from_predictions` that come from predictions."""
        return {"y_proba": predictions.y_proba, "y_pred": predictions.y_pred}
