"""Values of loss and metrics by epoch."""

import numbers
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

import numpy as np

__all__ = ["History", "fill_history", "join_histories"]

History: TypeAlias = dict[str, list[float]]


def fill_history(
    history: Mapping[str, Sequence[float]], validation_freq: int | Collection[int]
) -> History:
    """Return one value per epoch: NaN after epochs where validation was not measured.

    Parameters
    ----------
    history : mapping of str to sequence of float
        History of ``keras.Model.fit``; validation metrics may have fewer values than ``loss``.
    validation_freq : int or collection of int
        Epochs after which validation was measured, as ``keras.Model.fit`` takes it.
    """
    n_epochs = len(history.get("loss", ()))
    measured: Sequence[int]
    if isinstance(validation_freq, numbers.Integral):
        measured = range(int(validation_freq), n_epochs + 1, int(validation_freq))
    else:
        measured = [epoch for epoch in sorted(validation_freq) if epoch <= n_epochs]  # type: ignore[arg-type]
    filled = {}
    for name, values in history.items():
        if len(values) == len(measured) < n_epochs:
            by_epoch = dict(zip(measured, values, strict=True))
            values = [by_epoch.get(epoch, np.nan) for epoch in range(1, n_epochs + 1)]
        filled[name] = list(values)
    return filled


def join_histories(before: History, after: History) -> History:
    """Join the values of two consecutive trainings; NaN where a metric was not measured."""
    names = sorted(
        {**before, **after}, key=lambda name: (name.startswith("val_"), "loss" not in name)
    )

    def values(history: History, name: str) -> list[float]:
        missing = [np.nan] * len(history.get("loss", ()))
        return [float(v) for v in history.get(name, missing)]

    return {name: values(before, name) + values(after, name) for name in names}
