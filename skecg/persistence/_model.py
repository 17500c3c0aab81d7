"""Describe a fitted estimator, with those inside it, as data, and rebuild it.

A description has two parts: ``spec``, the constructor parameters of the whole (a pipeline with
its steps), and ``state``, the fitted attributes, in one of these forms::

    null                                                    a step that is None or "passthrough"
    {"fitted": {"n_features_in_": 50, ...}}                 an estimator
    {"steps": [state, ...]}                                 a pipeline
    {"fitted": {...}, "best": {"spec": ..., "state": ...}}  a search, with its best estimator
"""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from ..classifiers._base import BaseNetworkClassifier
from ..utils import Estimator, warn
from ._checks import check_network_names, check_parameters, check_pipeline, check_state
from ._known import class_name
from ._spec import GRIDS, JOBLIB, Spec, from_spec, refuse_cache_grid, to_spec
from ._state import decode, encode

__all__ = ["WRONG", "build_networks", "describe", "n_columns", "rebuild"]

# errors of checking data; a lack of the machine (memory, Keras) is not a fault of the data
WRONG = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NotFittedError,
    RecursionError,
    TypeError,
    ValueError,
)

_SEARCHES = ("sklearn.GridSearchCV", "sklearn.RandomizedSearchCV")
_SEARCH_ATTRIBUTES = {
    "best_index_": int,
    "best_params_": dict,
    "best_score_": float,
    "cv_results_": dict,
    "multimetric_": bool,
    "n_splits_": int,
    "refit_time_": float,
}
_SELECTION = ("cv", "scoring", "refit", "error_score")  # unused after the best was selected
_FITTED_NAME = re.compile(r"[a-z][a-z0-9_]*_")
_EXCLUDED = {"sample_indices_"}  # of samplers: an array as long as the training rows
_WEIGHTS = "_weights"  # of a network, among its fitted attributes
_MAX_DEPTH = 10  # of pipelines and searches in one another


def describe(model: Any, arrays: dict[str, NDArray[Any]]) -> dict[str, Spec]:
    """Describe a fitted model by JSON types, and add its arrays to `arrays`.

    Objects that cannot be described raise TypeError.
    """
    if class_name(model) in _SEARCHES:
        spec = _search_spec(model)
    elif hasattr(model, "best_estimator_"):
        raise TypeError(
            f"A {type(model).__name__} cannot be saved as data: of searches, GridSearchCV and "
            f"RandomizedSearchCV can. Save its best_estimator_, {JOBLIB}"
        )
    else:
        spec = to_spec(model)
    return {"spec": spec, "state": _describe_state(model, arrays, "")}


def rebuild(described: Spec, arrays: dict[str, NDArray[Any]], depth: int = _MAX_DEPTH) -> Any:
    """Return the fitted model that `describe` described, or raise one of `WRONG`.

    Its networks have stored weights, and are not built yet.
    """
    if type(described) is not dict or described.keys() != {"spec", "state"}:
        raise ValueError("a model must be described by 'spec' and 'state'")
    model = from_spec(described["spec"])
    if not hasattr(model, "get_params"):
        raise ValueError(f"it does not describe an estimator: {str(model)[:80]}")
    _restore(model, described["state"], arrays, depth)
    return model


def build_networks(model: Any) -> None:
    """Make each network in a model ready to predict; its weights must have its shapes."""
    for _, step in getattr(model, "steps", ()):
        build_networks(step)
    if hasattr(model, "best_estimator_"):
        build_networks(model.best_estimator_)
    if isinstance(model, BaseNetworkClassifier):
        model._predictor()


def n_columns(model: Any) -> int | None:
    """Return the number of columns of the rows that a rebuilt model takes; None if any."""
    if hasattr(model, "best_estimator_"):
        return n_columns(model.best_estimator_)
    if hasattr(model, "steps"):
        found = (n_columns(step) for _, step in model.steps)
        return next((n for n in found if n is not None), None)
    return vars(model).get("n_features_in_") if hasattr(model, "get_params") else None


def _search_spec(search: Estimator) -> dict[str, Spec]:
    """Describe the parameters of a search without splitters and scorers of unknown kinds."""
    spec: dict[str, Spec] = {"class": class_name(search), "params": {}}
    for name, value in search.get_params(deep=False).items():
        if name in GRIDS:
            refuse_cache_grid(value, name, TypeError)
        try:
            spec["params"][name] = to_spec(value, path=name)
        except TypeError as error:
            if name in GRIDS:
                error.add_note("search.best_estimator_ can be saved without its search.")
            if name not in _SELECTION:
                raise
            warn(
                f"The '{name}' parameter of the search is an object that cannot be saved as data: "
                "the saved search predicts as this one, but its score and fit will use the "
                "default. Pass its name, if it has one, to save it."
            )
    return spec


def _describe_state(estimator: Any, arrays: dict[str, NDArray[Any]], path: str) -> Spec:
    """Describe the fitted attributes of an estimator and of those inside it."""
    if estimator is None or isinstance(estimator, str):
        return None
    if hasattr(estimator, "steps"):
        steps = estimator.steps
        return {"steps": [_describe_state(s, arrays, _join(path, name)) for name, s in steps]}
    check_is_fitted(estimator)
    if class_name(estimator) in _SEARCHES:
        if not hasattr(estimator, "best_estimator_"):
            raise NotFittedError(
                f"This {type(estimator).__name__} was fitted with refit=False and has no best "
                "estimator to save. Fit it with refit=True, or save a pipeline of your choice."
            )
        names = [name for name in _SEARCH_ATTRIBUTES if hasattr(estimator, name)]
        best = estimator.best_estimator_
        best_path = _join(path, "best_estimator_")
        return {
            "fitted": _encode_all(estimator, names, arrays, path),
            "best": {
                "spec": to_spec(best, path=best_path),
                "state": _describe_state(best, arrays, best_path),
            },
        }
    if isinstance(estimator, BaseNetworkClassifier):
        check_network_names(estimator, path)
    return {"fitted": _encode_fitted(estimator, arrays, path)}


def _encode_fitted(estimator: Any, arrays: dict[str, NDArray[Any]], path: str) -> dict[str, Spec]:
    """Describe the fitted attributes of one estimator, and the weights of a network."""
    state = vars(estimator)
    if "n_features_in_" not in state:  # without it, those that learn nothing count as fitted
        raise NotFittedError(
            f"This {type(estimator).__name__} is not fitted yet. Call fit before it is saved."
        )
    params = estimator.get_params(deep=False)
    names = [
        name
        for name in state
        if _FITTED_NAME.fullmatch(name) and name not in params and name not in _EXCLUDED
    ]
    fitted = {name: encode(state[name], arrays, _join(path, name)) for name in names}
    if isinstance(estimator, BaseNetworkClassifier):
        weights = estimator._network_weights()
        if not all(np.isfinite(w).all() for w in weights):
            raise ValueError(
                f"The weights of {type(estimator).__name__} are not finite: its training "
                "diverged. Train it again, with a lower learning rate, before it is saved."
            )
        fitted[_WEIGHTS] = encode(weights, arrays, _join(path, _WEIGHTS))
    return fitted


def _encode_all(
    estimator: object, names: Iterable[str], arrays: dict[str, NDArray[Any]], path: str
) -> dict[str, Spec]:
    return {n: encode(getattr(estimator, n), arrays, _join(path, n)) for n in names}


def _restore(estimator: Any, state: Spec, arrays: dict[str, NDArray[Any]], depth: int) -> None:
    """Set the fitted attributes of an estimator and of those inside it."""
    if depth < 0:
        raise ValueError(f"estimators are nested more than {_MAX_DEPTH} deep")
    if hasattr(estimator, "steps"):
        steps = _parts(state, estimator, "steps")["steps"]
        _restore_steps(estimator, steps, arrays, depth)
    elif class_name(estimator) in _SEARCHES:
        parts = _parts(state, estimator, "fitted", "best")
        _restore_search(estimator, parts, arrays, depth)
    else:
        fitted = _parts(state, estimator, "fitted")["fitted"]
        _restore_fitted(estimator, fitted, arrays)


def _restore_steps(
    pipeline: Any, states: Spec, arrays: dict[str, NDArray[Any]], depth: int
) -> None:
    if type(states) is not list or len(states) != len(pipeline.steps):
        raise ValueError("a pipeline and its fitted steps differ in number")
    for (_, step), state in zip(pipeline.steps, states, strict=True):
        if step is not None and not isinstance(step, str):
            _restore(step, state, arrays, depth - 1)
        elif state is not None:
            raise ValueError("a step that does nothing has a fitted state")
    check_pipeline(pipeline)


def _restore_search(
    search: Any, parts: dict[str, Spec], arrays: dict[str, NDArray[Any]], depth: int
) -> None:
    for name, value in _decode_all(search, parts["fitted"], arrays).items():
        if name not in _SEARCH_ATTRIBUTES:
            raise ValueError(f"a search has no attribute {name[:80]!r} in a model file")
        if type(value) is not _SEARCH_ATTRIBUTES[name]:
            raise ValueError(f"the attribute '{name}' of a search is {str(value)[:80]}")
        setattr(search, name, value)
    from sklearn.metrics import check_scoring  # slow, and only searches need it

    if search.refit is not True and not isinstance(search.refit, str):
        raise ValueError(
            f"a search with refit={str(search.refit)[:80]} has no best estimator to predict with"
        )
    search.best_estimator_ = rebuild(parts["best"], arrays, depth - 1)
    if type(search.estimator) is not type(search.best_estimator_):  # which is a clone of it
        raise ValueError(
            f"the estimator of a search is {str(search.estimator)[:80]}, and the best one is a "
            f"{type(search.best_estimator_).__name__}"
        )
    get_tags(search.estimator)  # each prediction asks for them
    search.scorer_ = check_scoring(search.best_estimator_, scoring=search.scoring)


def _restore_fitted(estimator: Any, fitted: Spec, arrays: dict[str, NDArray[Any]]) -> None:
    """Set the fitted attributes of one estimator, and the weights of a network."""
    parameters = estimator.get_params(deep=False)
    values = _decode_all(estimator, fitted, arrays)
    network = isinstance(estimator, BaseNetworkClassifier)
    weights = values.pop(_WEIGHTS, None) if network else None
    for name in values:
        allowed = _FITTED_NAME.fullmatch(name) and name not in parameters
        if not allowed or hasattr(type(estimator), name):
            raise ValueError(f"{type(estimator).__name__} has no fitted attribute {name[:80]!r}")
    check_state(estimator, values, weights)
    for name, value in values.items():
        setattr(estimator, name, value)
    if network:
        estimator._restore_network(weights)
        check_network_names(estimator, "")
    check_parameters(estimator)
    check_is_fitted(estimator)


def _parts(state: Spec, estimator: object, *names: str) -> dict[str, Spec]:
    """Return the parts of a state, which must be those of this kind of estimator."""
    if type(state) is not dict or state.keys() != set(names):
        raise ValueError(
            f"the state of {type(estimator).__name__} must have the parts {', '.join(names)}, and "
            f"is {str(state)[:80]}"
        )
    return state


def _decode_all(
    estimator: object, fitted: Spec, arrays: dict[str, NDArray[Any]]
) -> dict[str, Any]:
    if type(fitted) is not dict:
        raise ValueError(
            f"the fitted attributes of {type(estimator).__name__} are {str(fitted)[:80]}"
        )
    return {name: decode(value, arrays) for name, value in fitted.items()}


def _join(path: str, name: str) -> str:
    return f"{path}__{name}" if path else name
