"""Checks of the fitted attributes in a file, so that the model can be used like any other."""

import math
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray
from sklearn.base import OneToOneFeatureMixin

from ..calibration._calibration import TemperatureScaling
from ..classifiers._base import BaseNetworkClassifier
from ..classifiers._keras import import_keras
from ..classifiers._params import check_network
from ..classifiers._weights import check_architecture
from ..layout import BeatLayout, check_layout
from ..preprocessing._signals import SignalTransformer
from ._known import class_name
from ._spec import JOBLIB

__all__ = ["check_network_names", "check_parameters", "check_pipeline", "check_state"]

_MAX_FEATURES = 1_000_000  # columns of a row; one of beats has hundreds
_LARGEST = 1e30  # of a statistic: rows of mV, shifted and scaled by it, stay within float32
_ROUNDING = 1e-6  # of a variance of rows in mV
_LARGEST_WEIGHT = 1e10  # sums of products of two, and of millions of them, stay within float32
_NEEDED = {
    "sklearn.StandardScaler": ("mean_", "scale_", "var_", "n_samples_seen_"),
    "imblearn.RandomOverSampler": ("sampling_strategy_",),
    "imblearn.RandomUnderSampler": ("sampling_strategy_",),
    "BeatAugmenter": ("sampling_strategy_",),
}
_NEEDED_BY_NETWORKS = (
    "architecture_",
    "classes_",
    "fit_time_",
    "history_",
    "layout_",
    "n_iter_",
)


def check_state(estimator: Any, values: Mapping[str, Any], weights: object = None) -> None:
    """Refuse fitted attributes that are missing, of another kind, or contradict one another.

    Parameters
    ----------
    estimator : estimator
        The estimator that they are set on afterwards.
    values : mapping of str to object
        Fitted attributes.
    weights : object, default=None
        Weights of a network.
    """
    owner = type(estimator).__name__
    network = isinstance(estimator, BaseNetworkClassifier)
    needed = _NEEDED_BY_NETWORKS if network else _NEEDED.get(class_name(estimator) or "", ())
    if missing := [n for n in ("n_features_in_", *needed) if n not in values]:
        raise ValueError(f"{owner} lacks the fitted attributes {', '.join(missing)}")
    n_features = values["n_features_in_"]
    if not _is_int(n_features) or not 0 < n_features <= _MAX_FEATURES:
        raise ValueError(
            f"the attribute 'n_features_in_' of {owner} must be a number of columns up to "
            f"{_MAX_FEATURES}, and is {str(n_features)[:80]}"
        )
    for name, (valid, expected) in _EXPECTED.items():
        if name in values and not valid(values[name], n_features):
            raise ValueError(
                f"the attribute '{name}' of {owner} must be {expected.format(n=n_features)}, and "
                f"is {_shown(values[name])}"
            )
    for parameter, name in (("with_mean", "mean_"), ("with_std", "scale_"), ("with_std", "var_")):
        if getattr(estimator, parameter, False) and values.get(name) is None:
            raise ValueError(
                f"the attribute '{name}' of {owner} must not be None with {parameter}"
            )
    if class_name(estimator) == "sklearn.StandardScaler":
        _check_scale(values["scale_"], values["var_"])
    layout = getattr(estimator, "layout", None)
    if layout is not None and not _is_layout(layout, n_features):
        raise ValueError(
            f"the parameter 'layout' of {owner} must be a BeatLayout of {n_features} columns, and "
            f"is {_shown(layout)}"
        )
    if network:
        if not _is_weights(weights):
            raise ValueError(
                f"the weights of {owner} must be a list of arrays of finite floating-point "
                f"numbers, and are {_shown(weights)}"
            )
        if any(w.size and float(np.abs(w).max()) > _LARGEST_WEIGHT for w in weights):
            raise ValueError(
                f"the weights of {owner} must be at most {_LARGEST_WEIGHT:g}, so that "
                "probabilities are finite"
            )
        _check_calibration(values, owner)
        check_architecture(
            type(estimator),
            values["architecture_"],
            values["layout_"],
            len(values["classes_"]),
            weights,
        )


def check_parameters(estimator: Any) -> None:
    """Refuse parameters with which a fit would have refused rows of these columns.

    Its fitted attributes must be set, and the names of a network be checked.
    """
    if isinstance(estimator, SignalTransformer):
        owner = type(estimator).__name__
        layout = check_layout(estimator.layout, estimator.n_features_in_, owner)
        estimator._check(layout.n_samples)
    elif isinstance(estimator, BaseNetworkClassifier):
        check_network(estimator)
    elif hasattr(estimator, "_validate_params"):  # of scikit-learn and imbalanced-learn
        estimator._validate_params()


def _check_scale(scale: NDArray[Any] | None, variance: NDArray[Any] | None) -> None:
    """Refuse scales other than those of the variances, which a fit makes of them.

    A column that is constant up to rounding has the scale 1, and a variance that with weights may
    be negative by rounding.
    """
    if scale is None and variance is None:
        return
    if scale is None or variance is None:
        raise ValueError("of the attributes 'scale_' and 'var_' of StandardScaler one is None")
    least = np.where(scale == 1, -_ROUNDING, 0)
    if (variance < least).any() or (scale <= 0).any():
        raise ValueError(
            "the attributes 'scale_' and 'var_' of StandardScaler must be positive (of 'var_', "
            f"zero too), and have the least values {scale.min():g} and {variance.min():g}"
        )
    root = np.sqrt(np.maximum(variance, 0))
    alike = np.isclose(scale, root, rtol=1e-3, atol=0) | (scale == 1)
    if not alike.all() or scale.min() < 1 / _LARGEST:
        raise ValueError(
            "the attribute 'scale_' of StandardScaler must be the square root of 'var_', or 1, "
            f"and is not in {np.count_nonzero(~alike)} of {scale.size} columns"
        )


def _check_calibration(values: Mapping[str, Any], owner: str) -> None:
    """Refuse offsets of classes that a network does not know."""
    calibration = values.get("calibration_")
    labels = values["classes_"].tolist()
    unknown = [c for c in getattr(calibration, "offsets", ()) if c not in labels]
    if unknown:
        raise ValueError(
            f"the attribute 'calibration_' of {owner} has offsets of other classes than the "
            f"network: {_shown(unknown)}"
        )


def check_network_names(network: BaseNetworkClassifier, path: str) -> None:
    """Refuse an optimizer, a loss or metrics other than by Keras's own names, and odd numbers.

    Names that were registered in this process are not data. Many of them are not identifiers.
    """
    names = {"optimizer": [network.optimizer], "loss": [network.loss], "metrics": network.metrics}
    where = f"{path}__" if path else ""
    for parameter, given in names.items():
        if not isinstance(given, list | tuple):
            given = [None]
        for name in given:
            if not isinstance(name, str) or not name.isidentifier() or _registered(name):
                raise TypeError(
                    f"The parameter '{where}{parameter}' of {type(network).__name__} cannot be "
                    f"saved as data: it must be given by Keras's own names, and is "
                    f"{_shown(name)}. Pass such a name, {JOBLIB}"
                )
    taken = set(network.compile_kwargs or ()) & names.keys()
    if taken:
        raise TypeError(
            f"The parameter '{where}compile_kwargs' of {type(network).__name__} cannot be saved "
            f"as data: it must not hold {', '.join(map(repr, sorted(taken)))}. Use the parameter "
            f"of that name, {JOBLIB}"
        )
    for parameter in ("learning_rate", *network._compile_names):
        value = getattr(network, parameter)
        absent = value is None and parameter != "learning_rate"
        if not (_is_number(value) or absent):
            raise TypeError(
                f"The parameter '{where}{parameter}' of {type(network).__name__} cannot be saved "
                f"as data: it must be a number, and is {_shown(value)}. Pass one, {JOBLIB}"
            )


def _registered(name: str) -> bool:
    """Tell whether the name is that of an object registered in this process, by way of Keras."""
    if "keras" not in sys.modules:
        return False
    return import_keras().saving.get_registered_object(name) is not None


def check_pipeline(pipeline: Any) -> None:
    """Refuse a pipeline with a step of the wrong kind, or that takes other columns than it gets.

    Names must differ, each step but the last must transform rows (or resample them, in a
    pipeline of imbalanced-learn), and take as many columns as the one before returns.
    """
    pipeline._validate_params()
    pipeline._validate_steps()
    width, before = None, ""
    for name, step in pipeline.steps:
        if step is None or isinstance(step, str):
            continue
        taken = getattr(step, "n_features_in_", None)
        if None not in (width, taken) and taken != width:
            raise ValueError(
                f"the step {name!r} of a pipeline takes {taken} columns, and {before!r} before it "
                f"returns {width}"
            )
        keeps = isinstance(step, OneToOneFeatureMixin) or hasattr(step, "fit_resample")
        width, before = (taken if keeps else getattr(step, "_n_features_out", None)), name


# the second parameter of the following is the number of columns


def _is_int(value: object) -> TypeGuard[int]:
    return type(value) is int


def _is_number(value: object) -> bool:
    return type(value) in (int, float) or isinstance(value, np.integer | np.floating)


def _is_layout(value: object, n_features: int) -> bool:
    return isinstance(value, BeatLayout) and value.n_features == n_features


def _is_names(value: object, n_features: int) -> bool:
    return (
        isinstance(value, np.ndarray)
        and value.shape == (n_features,)
        and all(isinstance(name, str) for name in value)
    )


def _is_classes(value: object, n_features: int) -> bool:
    """Tell whether a value is an array of at least two different labels, sorted."""
    if type(value) is not np.ndarray or value.ndim != 1 or len(value) < 2:
        return False
    if value.dtype.hasobject and not all(isinstance(label, str) for label in value):
        return False
    return bool((value[:-1] < value[1:]).all())


def _is_history(value: object, n_features: int) -> bool:
    return isinstance(value, dict) and all(
        isinstance(name, str) and type(epochs) is list and all(map(_is_number, epochs))
        for name, epochs in value.items()
    )


def _is_weights(value: object) -> TypeGuard[list[NDArray[Any]]]:
    return type(value) is list and all(
        type(w) is np.ndarray and w.dtype.kind == "f" and np.isfinite(w).all() for w in value
    )


def _is_statistic(value: object, n_features: int) -> bool:
    return value is None or (
        type(value) is np.ndarray
        and value.dtype.kind == "f"
        and value.shape == (n_features,)
        and bool((np.abs(value.astype(np.float64)) <= _LARGEST).all())  # which NaN is not
    )


def _is_count(value: object, n_features: int) -> bool:
    """Tell whether a value is a positive count, or one for each column; sums of weights too."""
    if _is_number(value):
        return bool(0 < value < math.inf)  # type: ignore[operator]
    return (
        type(value) is np.ndarray
        and value.dtype.kind in "iuf"
        and value.shape == (n_features,)
        and bool(((value > 0) & (value < math.inf)).all())
    )


def _is_strategy(value: object, n_features: int) -> bool:
    return isinstance(value, dict) and all(_is_int(n) and n >= 0 for n in value.values())


def _is_time(value: object, n_features: int) -> bool:
    return _is_number(value) and bool(0 <= value < math.inf)  # type: ignore[operator]


_Check = tuple[Callable[[Any, int], bool], str]
_STATISTIC: _Check = (_is_statistic, "an array of {n} finite numbers up to 1e+30, or None")
_EXPECTED: dict[str, _Check] = {
    "calibration_": (
        lambda value, _: isinstance(value, TemperatureScaling),
        "a TemperatureScaling",
    ),
    "classes_": (_is_classes, "an array of two or more sorted labels"),
    "feature_names_in_": (_is_names, "an array of {n} names"),
    "fit_time_": (_is_time, "a number of seconds"),
    "history_": (_is_history, "lists of numbers by name"),
    "layout_": (_is_layout, "a BeatLayout of {n} columns"),
    "mean_": _STATISTIC,
    "n_iter_": (lambda value, _: _is_int(value) and value >= 0, "an integer of at least 0"),
    "n_samples_seen_": (_is_count, "a positive count, or one for each of {n} columns"),
    "sampling_strategy_": (_is_strategy, "a number of rows for each label"),
    "scale_": _STATISTIC,
    "var_": _STATISTIC,
}


def _shown(value: object) -> str:
    """Return the start of a value's text; an array may be large, or a crafted text long."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    return repr(value)[:120]
