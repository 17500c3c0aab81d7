"""Pairs of reference and predicted beats with their labels, as a table."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._matching import match_beats

__all__ = ["pair_beats"]


def pair_beats(
    sample: NDArray[np.int64],
    labels: NDArray,
    predicted_sample: NDArray[np.int64],
    predicted: NDArray,
    window: int,
) -> pd.DataFrame:
    """Match predicted beats to reference beats by the rule of `skecg.compare_annotations`.

    Parameters
    ----------
    sample : ndarray of int of shape (n_beats,)
        Positions of the reference beats.
    labels : ndarray of shape (n_beats,)
        Their labels.
    predicted_sample : ndarray of int of shape (n_predicted,)
        Positions of the predicted beats.
    predicted : ndarray of shape (n_predicted,)
        Their labels.
    window : int
        Largest distance of a pair in samples.

    Returns
    -------
    DataFrame
        One row for each beat of the reference, the prediction or both, in order of time: at (the
        position), sample, label, predicted_sample, predicted (missing where there is no such
        beat) and agrees.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.ec57._pairs import pair_beats
    >>> sample, labels = np.array([100, 300]), np.array(["N", "V"])
    >>> pair_beats(sample, labels, np.array([102]), np.array(["N"]), 15)[["at", "agrees"]]
        at  agrees
    0  100    True
    1  300   False
    """
    order = np.argsort(sample, kind="stable")
    predicted_order = np.argsort(predicted_sample, kind="stable")
    sample, predicted_sample = sample[order], predicted_sample[predicted_order]
    last = max([0, *sample[-1:].tolist(), *predicted_sample[-1:].tolist()])
    events = match_beats(sample, predicted_sample, window=window, start=0, end=last)
    in_reference, in_prediction = ~events.is_extra, ~events.is_missed
    beats = pd.DataFrame(index=range(len(events.reference)))
    for name, values, has, of in (
        ("sample", sample, in_reference, events.reference),
        ("label", labels[order], in_reference, events.reference),
        ("predicted_sample", predicted_sample, in_prediction, events.test),
        ("predicted", predicted[predicted_order], in_prediction, events.test),
    ):
        column = np.full(len(has), None, dtype=object)
        column[has] = values[of[has]]
        beats[name] = column if values.dtype.kind not in "iu" else pd.array(column, dtype="Int64")
    beats.insert(0, "at", beats["sample"].fillna(beats["predicted_sample"]).astype(np.int64))
    beats["agrees"] = events.is_pair & (beats["label"] == beats["predicted"]).to_numpy()
    return beats.sort_values("at", kind="stable", ignore_index=True)
