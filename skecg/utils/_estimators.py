"""Find the fitted estimator inside a pipeline or a search."""

from typing import Any

__all__ = ["fitted_pipeline", "last_step"]


def fitted_pipeline(model: Any) -> Any:
    """Return the best estimator of a fitted search, or the model itself.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skecg.utils._estimators import fitted_pipeline
    >>> fitted_pipeline(DecisionTreeClassifier())
    DecisionTreeClassifier()
    """
    return getattr(model, "best_estimator_", model)


def last_step(model: Any) -> Any:
    """Return the classifier at the end of a search, a pipeline, or itself.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skecg.utils._estimators import last_step
    >>> last_step(make_pipeline(StandardScaler(), DecisionTreeClassifier()))
    DecisionTreeClassifier()
    """
    model = fitted_pipeline(model)
    steps = getattr(model, "steps", None)
    return last_step(steps[-1][1]) if steps else model
