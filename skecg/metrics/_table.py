"""The prediction table, from which every report and picture is made, read back."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..tables import PROBABILITY_PREFIX

NEEDED = ("subject", "truth", "prediction")
SAME_BEAT = ("record", "sample", "subject", "truth")


class Predictions(NamedTuple):
    """What a prediction table says of its beats."""

    y_true: np.ndarray
    y_pred: np.ndarray
    y_proba: pd.DataFrame | None
    groups: np.ndarray


def unpack_predictions(table: pd.DataFrame, owner: str) -> Predictions:
    """Return labels, probabilities (columns named by the labels, or None) and subjects."""
    if not isinstance(table, pd.DataFrame):
        raise TypeError(
            f"The 'table' parameter of {owner} must be a DataFrame of predictions, as "
            f"cross_val_beats and prediction_table make it. Got {type(table).__name__} instead."
        )
    if missing := [name for name in NEEDED if name not in table.columns]:
        raise ValueError(
            f"The 'table' parameter of {owner} must have the columns {', '.join(NEEDED)}. It "
            f"lacks {', '.join(missing)}: it has {', '.join(map(str, table.columns))}."
        )
    for name in NEEDED:
        if n_missing := int(table[name].isna().sum()):
            raise ValueError(
                f"The column '{name}' of the 'table' parameter of {owner} must have no missing "
                f"values. Got {n_missing}. From CSV, pandas.read_csv reads names such as NA as "
                "missing; keep_default_na=False keeps them."
            )
    groups, y_true, y_pred = (table[name].to_numpy() for name in NEEDED)
    columns = [c for c in table.columns if str(c).startswith(PROBABILITY_PREFIX)]
    if not columns:
        return Predictions(y_true, y_pred, None, groups)
    known = {str(label): label for label in pd.unique(np.concatenate([y_true, y_pred])).tolist()}
    kind = type(next(iter(known.values()), ""))
    names = [_label(c.removeprefix(PROBABILITY_PREFIX), known, kind) for c in columns]
    return Predictions(y_true, y_pred, table[columns].set_axis(names, axis=1), groups)


def check_same_beats(tables: Mapping[str, pd.DataFrame], owner: str) -> None:
    """Refuse tables that are not of the same beats in the same order."""
    expected = f"The tables of {owner} must be of the same beats in the same order."
    (first, table), *others = tables.items()
    for name, other in others:
        if len(table) != len(other):
            raise ValueError(
                f"{expected} {first!r} has {len(table):,} beats and {name!r} {len(other):,}."
            )
        for column in SAME_BEAT:
            if column in table and column in other:
                # read back from CSV, a name such as 100 is a number
                differ = _as_text(table[column]) != _as_text(other[column])
                if differ.any():
                    raise ValueError(
                        f"{expected} {first!r} and {name!r} differ in '{column}' of "
                        f"{int(differ.sum())} beats, first in row {int(differ.argmax())}. Sort "
                        "both by record and sample, and keep the beats that both have."
                    )


def _as_text(column: pd.Series) -> np.ndarray:
    """Values as strings, so that 100 is "100" and missing ones are equal."""
    codes, values = pd.factorize(column)
    return np.array([*map(str, values), "nan"], dtype=object)[codes]


def _label(name: str, known: dict[str, Any], kind: type) -> Any:
    """Return the label that a column is named after; a number where labels are numbers."""
    if name in known:
        return known[name]
    if kind is bool:
        return {"False": False, "True": True}.get(name, name)
    try:
        return kind(name)
    except ValueError:  # no number
        return name
