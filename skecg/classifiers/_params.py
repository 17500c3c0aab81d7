"""What the parameters of a network may be."""

import numbers
from collections.abc import Mapping
from typing import Any

__all__ = ["check_params", "is_int"]

_MANAGED_FIT_KWARGS = {
    "batch_size": "batch_size",
    "callbacks": "callbacks",
    "class_weight": "class_weight",
    "epochs": "epochs",
    "sample_weight": "fit(..., sample_weight=...)",
    "shuffle": "random_state",
    "validation_data": "fit(..., X_val=..., y_val=...)",
    "validation_split": "validation_fraction",
    "verbose": "verbose",
    "x": "fit(X, ...)",
    "y": "fit(..., y)",
}


def check_params(estimator: Any) -> None:
    """Judge the constructor's parameters of a network, as scikit-learn does, when fit begins."""
    owner = type(estimator).__name__

    def check(name, valid, expected):
        value = getattr(estimator, name)
        if not valid(value):
            raise ValueError(
                f"The '{name}' parameter of {owner} must be {expected}. Got {value!r} instead."
            )

    check(
        "units",
        lambda v: (
            not isinstance(v, str)
            and hasattr(v, "__len__")
            and len(v) > 0
            and all(is_int(n) and n > 0 for n in v)
        ),
        "a non-empty sequence of positive ints",
    )
    check("dropout", lambda v: is_real(v) and 0 <= v < 1, "a float in [0, 1)")
    check("learning_rate", lambda v: not is_real(v) or v > 0, "positive")
    check("epochs", lambda v: is_int(v) and v > 0, "a positive int")
    check("batch_size", lambda v: is_int(v) and v > 0, "a positive int")
    check("n_iter_no_change", lambda v: is_int(v) and v > 0, "a positive int")
    check("validation_fraction", lambda v: is_real(v) and 0 <= v < 1, "a float in [0, 1)")
    check(
        "class_weight",
        lambda v: (
            v is None
            or isinstance(v, Mapping)
            or (isinstance(v, str) and v in ("balanced", "sqrt_balanced"))
        ),
        "None, 'balanced', 'sqrt_balanced' or a dict from label to weight",
    )
    check("metrics", lambda v: isinstance(v, list | tuple), "a list or tuple, perhaps empty")
    check(
        "callbacks",
        lambda v: v is None or isinstance(v, list | tuple),
        "None or a list of callbacks",
    )
    check("dtype", lambda v: isinstance(v, str), "the name of a Keras dtype")
    for name in ("compile_kwargs", "fit_kwargs"):
        check(name, lambda v: v is None or isinstance(v, Mapping), "None or a dict of arguments")
    for name in set(estimator.fit_kwargs or ()) & set(_MANAGED_FIT_KWARGS):
        raise ValueError(
            f"The 'fit_kwargs' parameter of {owner} must not hold {name!r}: "
            f"use {_MANAGED_FIT_KWARGS[name]} instead."
        )
    for name in set(estimator.compile_kwargs or ()) & {"optimizer", "loss", "metrics"}:
        raise ValueError(
            f"The 'compile_kwargs' parameter of {owner} must not hold {name!r}: "
            f"use the parameter of that name instead."
        )


def is_int(value: Any) -> bool:
    """Whether a value is an integer, not a bool."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def is_real(value: Any) -> bool:
    """Whether a value is a number, not a bool."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)
