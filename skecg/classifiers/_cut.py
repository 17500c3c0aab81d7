"""Metadata that tools around a network cut by their folds, or did not resample with the rows."""

import sys
from typing import Any

from sklearn.utils.validation import _num_samples

__all__ = ["refuse_cut_validation", "refuse_not_resampled"]


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


def refuse_not_resampled(name: str, owner: str, way_out: str) -> None:
    """Raise if a pipeline that fits the network has a resampler before it.

    Pipelines resample rows and labels and pass the rest on as it came. Where that has as many
    entries as there are rows now, nothing else would tell. Of the callers only pipelines count:
    any other that stands in one may have made its metadata from the new rows.
    """
    frame = sys._getframe(1)
    while frame is not None:
        package, _, module = frame.f_globals.get("__name__", "").partition(".")
        if package in ("sklearn", "imblearn") and module == "pipeline":
            steps = getattr(frame.f_locals.get("self"), "steps", ())
            for step, estimator in steps[:-1]:
                if hasattr(estimator, "fit_resample"):
                    raise ValueError(
                        f"{owner}.fit got {name} behind the resampler {step!r}, which changed "
                        f"the rows, but not the {name}. {way_out}"
                    )
        elif package != "skecg" and (package, module) != ("sklearn", "base"):
            return
        frame = frame.f_back
