"""The prediction table, from which every report and picture is made, read back."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..tables import PROBABILITY_PREFIX

NEEDED = ("subject", "truth", "prediction")


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
    groups, y_true, y_pred = (table[name].to_numpy() for name in NEEDED)
    columns = [c for c in table.columns if str(c).startswith(PROBABILITY_PREFIX)]
    if not columns:
        return Predictions(y_true, y_pred, None, groups)
    known = {str(label): label for label in pd.unique(np.concatenate([y_true, y_pred])).tolist()}
    kind = type(next(iter(known.values()), ""))
    names = [_label(c.removeprefix(PROBABILITY_PREFIX), known, kind) for c in columns]
    return Predictions(y_true, y_pred, table[columns].set_axis(names, axis=1), groups)


def _label(name: str, known: dict[str, Any], kind: type) -> Any:
    """Return the label that a column is named after; a number where labels are numbers."""
    if name in known or kind not in (int, float):
        return known.get(name, name)
    return kind(name)
