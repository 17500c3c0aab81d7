"""Validation rows that scikit-learn cut as if they were training rows."""

import sys
from typing import Any

from sklearn.utils.validation import _num_samples

__all__ = ["refuse_cut_validation"]


def refuse_cut_validation(X_val: Any, owner: str) -> None:
    """Raise if a search has cut the validation rows by its folds.

    Tools that fit on folds cut every argument that has as many rows as ``X`` and tell the
    estimator nothing of it. What they cut by stands in their frames: the rows ``X`` and the
    positions ``train``.
    """
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith("sklearn."):
            found = frame.f_locals
            train = found.get("train", found.get("train_idx"))
            if "X" in found and hasattr(train, "__len__"):
                _compare(len(X_val), len(train), _num_samples(found["X"]), owner)
        frame = frame.f_back


def _compare(n_val, n_train, n_rows, owner):
    if n_val == n_train < n_rows:
        raise ValueError(
            f"{owner}.fit got {n_val} validation rows, as many as the training fold has: "
            f"scikit-learn cuts all that has as many rows as X ({n_rows}) by its folds, so X_val "
            "and y_val have lost rows too. Give the search a row less: X_val=val.data[1:], "
            "y_val=val.target[1:]."
        )
