"""What a network is trained on: classes, weights of rows, validation rows. Arrays in and out."""

import warnings
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils import compute_sample_weight
from sklearn.utils.validation import _check_sample_weight

from ..model_selection import StratifiedGroupShuffleSplit

__all__ = ["check_known", "check_length", "cut_validation", "find_classes", "only_known", "weigh"]


def find_classes(y: np.ndarray, classes: Any, owner: str) -> np.ndarray:
    """All labels, sorted; at least two. ``classes`` names those that may come later, if any."""
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


def check_known(y: np.ndarray, classes: np.ndarray, owner: str) -> None:
    """Raise if a label is none of the classes."""
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        raise ValueError(
            f"{owner} knows the classes {classes.tolist()}. Got other labels in y: "
            f"{unknown.tolist()}. "
            "Fit anew (warm_start=False), or name all classes in the first partial_fit."
        )


def check_length(name: str, values: Any, n_rows: int, owner: str, way_out: str) -> Any:
    """Values with one entry a row, or an error that says what a resampler does to them."""
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


def cut_validation(
    y: np.ndarray, groups: Any, fraction: float, seed: int, owner: str
) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on and rows to validate on: whole subjects, or rows of each class."""
    try:
        if groups is not None:
            splitter = StratifiedGroupShuffleSplit(1, test_size=fraction, random_state=seed)
            return next(splitter.split(y, y, groups))
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
            f"The 'validation_fraction' parameter of {owner} is {fraction}, which cannot be cut "
            f"from {len(y)} rows: {error} Pass X_val and y_val, or set it to 0."
        ) from error


def only_known(
    X: np.ndarray, y: np.ndarray, classes: np.ndarray, owner: str
) -> tuple[np.ndarray, np.ndarray]:
    """Validation rows without the classes that training lacks, which are counted."""
    known = np.isin(y, classes)
    if known.all():
        return X, y
    labels, counts = np.unique(y[~known], return_counts=True)
    missing = ", ".join(f"{n} of {k}" for k, n in zip(labels, counts, strict=True))
    if not known.any():
        raise ValueError(f"No class of y_val is in y: y has {classes.tolist()}, y_val {missing}.")
    warnings.warn(
        f"{owner} leaves {(~known).sum()} of {len(y)} validation rows out, since training has "
        f"no such class: {missing}.",
        UserWarning,
        stacklevel=5,
    )
    return X[known], y[known]


def weigh(
    sample_weight: Any, class_weight: Any, X: np.ndarray, y: np.ndarray, owner: str
) -> np.ndarray | None:
    """One weight a row, or None where all are equal."""
    if sample_weight is None and class_weight is None:
        return None
    weights = _check_sample_weight(sample_weight, X, dtype=np.float64)
    if not weights.any():  # scikit-learn says so itself from 1.9 on
        raise ValueError("Sample weights must contain at least one non-zero number.")
    if isinstance(class_weight, str):
        by_class = compute_sample_weight("balanced", y)
        weights = weights * (np.sqrt(by_class) if class_weight == "sqrt_balanced" else by_class)
    elif class_weight is not None:
        labels = np.unique(y).tolist()
        absent = [label for label in class_weight if label not in labels]
        if absent:
            warnings.warn(
                f"The 'class_weight' parameter of {owner} names labels that no row has: {absent}. "
                f"There are {labels}.",
                UserWarning,
                stacklevel=4,
            )
        present = {k: w for k, w in class_weight.items() if k not in absent}
        weights = weights * compute_sample_weight(present, y)
    return weights.astype(np.float32)
