"""Checks of classes, weights, groups and validation rows given with the rows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import compute_sample_weight
from sklearn.utils.validation import _check_sample_weight, _num_samples

from ..utils import check_rows, count, take_rows, warn

if TYPE_CHECKING:
    from ._network_settings import NetworkSettings

__all__ = [
    "FLOATS",
    "check_known",
    "check_length",
    "check_validation",
    "find_classes",
    "only_known",
    "split_validation",
    "weigh",
]

FLOATS = [np.float32, np.float64]


def find_classes(y: NDArray[Any], classes: ArrayLike | None, owner: str) -> NDArray[Any]:
    """Return all labels, sorted; `classes`, if given, names those of later fits as well."""
    found = np.unique(y)
    if classes is not None:
        classes = np.unique(classes)
        check_known(y, classes, owner)
        found = classes
    if len(found) < 2:
        raise ValueError(
            f"{owner} needs beats of at least two classes. "
            f"Got one class only: {found.tolist()[0]!r}."
        )
    return found


def check_known(y: NDArray[Any], classes: NDArray[Any], owner: str) -> None:
    """Raise unless every label is one of the classes."""
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        raise ValueError(
            f"{owner} knows the classes {classes.tolist()}. Got other labels in y: "
            f"{unknown.tolist()}. "
            "Fit anew (warm_start=False), or name all classes in the first partial_fit."
        )


def check_length(
    name: str, values: ArrayLike | None, n_rows: int, owner: str, way_out: str
) -> NDArray[Any] | float | None:
    """Return an array with one entry per row, or the single value for all rows.

    A pipeline resamples rows and labels only, so another length means that a resampler comes
    before the network.
    """
    if values is None:
        return None
    values = np.asarray(values)
    if values.ndim == 0:
        return values.item()
    if len(values) != n_rows:
        raise ValueError(
            f"{owner}.fit got {name} of shape {values.shape} for {n_rows} rows: a resampler in "
            f"front of it changed the rows, but not the {name}. {way_out}"
        )
    return values


def check_validation(
    estimator: "NetworkSettings",
    X_val: ArrayLike | tuple[ArrayLike] | None,
    y_val: ArrayLike | tuple[ArrayLike] | None,
    n_rows: int,
) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Return checked validation rows and labels, or None where there are none.

    Either may be the only item of a tuple: tools that fit on folds cut every array with as many
    entries as ``X`` and pass a tuple on whole.
    """
    owner = type(estimator).__name__
    if (X_val is None) != (y_val is None):
        given, missing = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
        raise ValueError(f"{owner}.fit got {given} without {missing}. Pass both or neither.")
    if X_val is None:
        return None
    rows, in_tuple = _from_tuple(X_val, 2, "X_val", owner)
    labels, _ = _from_tuple(y_val, 1, "y_val", owner)
    if _num_samples(rows) != _num_samples(labels):
        raise ValueError(
            f"{owner}.fit got {_num_samples(rows)} rows in X_val and {_num_samples(labels)} "
            "labels in y_val. Where fit runs in a search, which cuts arrays as long as X by its "
            "folds, pass X_val=(val.data,) and y_val=(val.target,): tuples stay whole."
        )
    if not in_tuple and _num_samples(rows) == n_rows:
        warn(
            f"{owner}.fit got as many validation rows as training rows ({n_rows}). A search cuts "
            "arrays as long as X by its folds: where fit runs in one, pass X_val=(val.data,) and "
            "y_val=(val.target,), since tuples stay whole."
        )
    return check_rows(estimator, rows, labels, dtype=FLOATS, order="C", reset=False)


def _from_tuple(values: Any, ndim: int, name: str, owner: str) -> tuple[Any, bool]:
    """Return an array of `ndim` dimensions, and whether it was in a tuple or list."""
    if not isinstance(values, tuple | list) or len(values) == 0:
        return values, False
    try:
        if np.ndim(values[0]) != ndim:
            return values, False
    except ValueError:  # a ragged list, which the check of the rows refuses
        return values, False
    if len(values) > 1:
        raise ValueError(
            f"The '{name}' of {owner}.fit must be one array, or a tuple of one. Got "
            f"{len(values)} arrays instead."
        )
    return values[0], True


def split_validation(
    y: NDArray[Any], groups: ArrayLike | None, fraction: float, seed: int, owner: str
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return positions of training and of validation rows, split by subject if groups are given.

    Without groups the split is by row and stratified by class.
    """
    try:
        if groups is not None:
            from ..model_selection import StratifiedGroupShuffleSplit  # slow, needed here only

            splitter = StratifiedGroupShuffleSplit(1, test_size=fraction, random_state=seed)
            return next(splitter.split(y, y, groups))
        from sklearn.model_selection import train_test_split

        counts = np.unique(y, return_counts=True)[1]
        train, val = train_test_split(
            np.arange(len(y)),
            test_size=fraction,
            stratify=y if counts.min() > 1 else None,
            random_state=seed,
        )
        return train, val
    except ValueError as error:
        raise ValueError(
            f"The 'validation_fraction' parameter of {owner} is {fraction}, which cannot be split "
            f"off {len(y)} rows: {error} Pass X_val and y_val, or set it to 0."
        ) from error


def only_known(
    X: NDArray[Any], y: NDArray[Any], classes: NDArray[Any], owner: str
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return validation rows without those of classes that training lacks; warn of these."""
    known = np.isin(y, classes)
    if known.all():
        return X, y
    labels, counts = np.unique(y[~known], return_counts=True)
    missing = ", ".join(f"{n} of {k}" for k, n in zip(labels, counts, strict=True))
    if not known.any():
        raise ValueError(f"No class of y_val is in y: y has {classes.tolist()}, y_val {missing}.")
    warn(
        f"{owner} excludes {(~known).sum()} of {count(len(y), 'validation row')}, since training "
        f"has no such class: {missing}."
    )
    return take_rows(X, known), y[known]


def weigh(
    sample_weight: NDArray[Any] | float | None,
    class_weight: Mapping[Any, float] | str | None,
    X: NDArray[Any],
    y: NDArray[Any],
    owner: str,
) -> NDArray[np.float32] | None:
    """Return one weight per row, or None where all are equal."""
    if sample_weight is None and class_weight is None:
        return None
    weights = _check_sample_weight(sample_weight, X, dtype=np.float64)
    if not weights.any():  # scikit-learn raises this itself from 1.9 on
        raise ValueError("Sample weights must contain at least one non-zero number.")
    if isinstance(class_weight, str):
        by_class = compute_sample_weight("balanced", y)
        weights = weights * (np.sqrt(by_class) if class_weight == "sqrt_balanced" else by_class)
    elif class_weight is not None:
        labels = np.unique(y).tolist()
        absent = [label for label in class_weight if label not in labels]
        if absent:
            warn(
                f"The 'class_weight' parameter of {owner} names labels that no row has: {absent}. "
                f"The labels are {labels}."
            )
        present = {k: w for k, w in class_weight.items() if k not in absent}
        weights = weights * compute_sample_weight(present, y)
    return weights.astype(np.float32)
