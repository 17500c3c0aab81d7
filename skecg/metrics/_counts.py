"""Encode labels and count pairs of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils.multiclass import type_of_target

from ..tables import AAMI_ORDER, ordered_labels
from ..utils import Label, count

FALSE_POSITIVE_RULES = ("one_vs_rest", "ec57")
#: Reference classes whose beats are not false positives when they are predicted as V, or as S
#: (ANSI/AAMI EC57:2012).
EC57_IGNORES = {"V": ("F", "Q"), "S": ("Q",)}


def encode_labels(
    targets: Mapping[str, ArrayLike],
    labels: Iterable[Label] | None,
    owner: str,
    *,
    known: Sequence[Label] = (),
) -> tuple[list[Any], list[NDArray[np.intp]]]:
    """Return the labels in order, and each target as positions among them.

    Without `labels` they are those of the targets, and the `known` ones.
    """
    coded = {name: factorize(name, y, owner) for name, y in targets.items()}
    check_consistent_length(*(codes for codes, _ in coded.values()))
    present = [*known, *(label for _, values in coded.values() for label in values)]
    if labels is None:
        labels = ordered_labels(present)
    else:
        labels = check_labels(labels, owner)
    _check_one_type(present + labels, owner)
    place = {label: i for i, label in enumerate(labels)}
    encoded = []
    for name, (codes, values) in coded.items():
        absent = [label for label in values if label not in place]
        if absent:
            n_beats = int(np.isin(codes, [values.index(label) for label in absent]).sum())
            raise ValueError(
                f"The 'labels' parameter of {owner} must name every label of {name}. "
                f"Got {labels}, which lacks {ordered_labels(absent)} ({count(n_beats, 'beat')}). "
                "Add them, or exclude these beats from all arguments first."
            )
        encoded.append(np.array([place[label] for label in values])[codes])
    return labels, encoded


def factorize(
    name: str, y: ArrayLike, owner: str, *, noun: str = "label"
) -> tuple[NDArray[np.intp], list[Any]]:
    """Return codes and distinct labels of a target, which must not be empty or continuous."""
    labels = column_or_1d(y)
    if not len(labels):
        raise ValueError(f"'{name}' of {owner} must hold at least one beat. Got none.")
    codes, values = pd.factorize(labels)
    if codes.min() < 0:
        raise ValueError(
            f"'{name}' of {owner} must have a {noun} for every beat. "
            f"Got {int((codes < 0).sum())} missing ones."
        )
    if values.dtype.kind == "f" and type_of_target(values).startswith("continuous"):
        raise ValueError(
            f"'{name}' of {owner} must hold {noun}s. Got numbers such as {values[0]} instead; "
            "probabilities belong into 'y_proba'."
        )
    return codes, values.tolist()


def check_labels(labels: Any, owner: str) -> list[Any]:
    """Return labels as a list of plain objects, or raise if one is repeated."""
    if isinstance(labels, str):
        raise TypeError(
            f"The 'labels' parameter of {owner} must be a sequence of labels. "
            f"Got the string {labels!r} instead; for one class, write [{labels!r}]."
        )
    labels = np.asarray(labels).tolist() if hasattr(labels, "dtype") else list(labels)
    if not labels or len(set(labels)) != len(labels):
        raise ValueError(
            f"The 'labels' parameter of {owner} must name each class once, and at least one. "
            f"Got {labels} instead."
        )
    return labels


def align_proba(
    y_proba: pd.DataFrame | ArrayLike,
    labels: list[Any],
    owner: str,
    *,
    given: Sequence[Label] | None = None,
) -> NDArray[np.float64]:
    """Return the columns of y_proba in the order of the labels.

    A DataFrame names its columns; a label without a column gets zeros. The columns of an array
    are the sorted labels, as in ``classes_``; an order that the caller gave must be the same.
    """
    if isinstance(y_proba, pd.DataFrame):
        if not y_proba.columns.is_unique:
            raise ValueError(
                f"The columns of 'y_proba' of {owner} must name each class once. "
                f"Got {list(y_proba.columns)} instead."
            )
        return y_proba.reindex(columns=labels, fill_value=0.0).to_numpy(np.float64)
    proba = check_array(
        y_proba, dtype=np.float64, ensure_2d=False, ensure_min_samples=0, input_name="y_proba"
    )
    in_order = sorted(labels)
    if given is not None and check_labels(given, owner) != in_order:
        raise ValueError(
            f"The column order of 'y_proba' of {owner} is ambiguous: the columns of an array are "
            f"the sorted labels {in_order}, as in classes_, but 'labels' is {list(given)}. Pass a "
            "DataFrame that names them: pd.DataFrame(y_proba, columns=model.classes_)."
        )
    if proba.ndim != 2 or proba.shape[1] != len(labels):
        raise ValueError(
            f"'y_proba' of {owner} must have shape (n_beats, {len(labels)}), one column for "
            f"each of {in_order}. Got shape {proba.shape} instead. If the model has other "
            "classes, pass pd.DataFrame(y_proba, columns=model.classes_)."
        )
    return proba[:, [in_order.index(label) for label in labels]]


def count_pairs(
    true: NDArray[np.intp], predicted: NDArray[np.intp], n_classes: int
) -> NDArray[np.intp]:
    """Return the confusion matrix of encoded labels: rows reference, columns predicted."""
    # scikit-learn's confusion_matrix warns if there is one class only
    counts = np.bincount(true * n_classes + predicted, minlength=n_classes**2)
    return counts.reshape(n_classes, n_classes)


def ignored_cells(labels: Sequence[Any], false_positives: str) -> NDArray[np.bool_] | None:
    """Return a mask of the errors that are not false positives: rows reference, columns predicted.

    None if all are.
    """
    if false_positives == "one_vs_rest":
        return None
    return np.array(
        [
            [reference in EC57_IGNORES.get(predicted, ()) for predicted in labels]
            for reference in labels
        ]
    )


def check_false_positives(
    false_positives: object, owner: str, labels: Sequence[Label] = ()
) -> None:
    """Raise unless the rule is known and applies to the classes."""
    if not isinstance(false_positives, str) or false_positives not in FALSE_POSITIVE_RULES:
        raise ValueError(
            f"The 'false_positives' parameter of {owner} must be one of "
            f"{', '.join(map(repr, FALSE_POSITIVE_RULES))}. Got {false_positives!r} instead."
        )
    if false_positives == "ec57" and (others := [lab for lab in labels if lab not in AAMI_ORDER]):
        raise ValueError(
            f"The 'false_positives' parameter of {owner} is 'ec57', a rule about the classes "
            f"{', '.join(AAMI_ORDER)}. Got other labels: {others}. Use 'one_vs_rest', or load the "
            "beats with classes='ec57'."
        )


def _check_one_type(labels: list[Any], owner: str) -> None:
    """Raise if there are strings and numbers, which are never equal."""
    text = {isinstance(label, str) for label in labels}
    if len(text) > 1:
        raise ValueError(
            f"The labels given to {owner} must be all strings or all numbers. "
            f"Got {ordered_labels(labels)} instead."
        )
