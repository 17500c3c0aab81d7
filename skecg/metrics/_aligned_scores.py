"""Labels and scores of beats as arrays in one order of classes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length

from ..utils import Label
from ._counts import align_proba, encode_labels
from ._subject_resampling import SubjectResampling

__all__ = ["AlignedScores", "align_scores"]


@dataclass(frozen=True, eq=False)
class AlignedScores:
    """Labels of beats as positions in a list of classes, and a score for each class.

    Attributes
    ----------
    labels : sequence
        Classes.
    known : sequence
        Classes for which the caller gave a named column; empty where columns have no names.
    true : ndarray of int of shape (n_beats,)
        Reference labels, as positions in `labels`.
    predicted : ndarray of int of shape (n_beats,) or None
        Predicted labels, where they were given.
    scores : ndarray of shape (n_beats, n_classes)
        Probabilities or other scores.
    """

    labels: Sequence[Label]
    known: Sequence[Label]
    true: NDArray[np.intp]
    predicted: NDArray[np.intp] | None
    scores: NDArray[np.float64]

    def top(self) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return each beat's predicted label, by default the most probable, and its score."""
        top = self.scores.argmax(axis=1) if self.predicted is None else self.predicted
        return top, self.scores[np.arange(len(top)), top]

    def missing(self, label: Label, *, needs_rest: bool = False) -> str | None:
        """Return the reason why a class has no curve, or None."""
        positive = self.true == self.labels.index(label)
        if not positive.any():
            return "no beats"
        if needs_rest and positive.all():
            return "no other beats"
        if self.known and label not in self.known:
            return "unknown to the model"
        return None


def align_scores(
    y_true: ArrayLike,
    y_score: pd.DataFrame | ArrayLike,
    resampling: SubjectResampling,
    owner: str,
    *,
    y_pred: ArrayLike | None = None,
    labels: Sequence[Label] | None = None,
) -> AlignedScores:
    """Encode labels and bring the columns of scores into their order.

    The columns of a DataFrame are named by the classes; those of an array are the sorted labels.
    Labels, scores and subjects must be of equal length.
    """
    known = list(y_score.columns) if isinstance(y_score, pd.DataFrame) else []
    targets = {"y_true": y_true} | ({} if y_pred is None else {"y_pred": y_pred})
    order, (true, *predicted) = encode_labels(targets, labels, owner, known=known)
    scores = align_proba(y_score, order, owner, given=labels)
    check_consistent_length(true, scores, resampling.codes)
    return AlignedScores(order, known, true, predicted[0] if predicted else None, scores)
