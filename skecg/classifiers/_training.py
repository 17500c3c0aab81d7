"""The rows of one training."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state

from ..utils import take_rows, warn
from ._rows import check_length, check_validation, only_known, split_validation, weigh

if TYPE_CHECKING:
    from ._network_settings import NetworkSettings

__all__ = ["TrainingData"]

_GROUPS_WAY_OUT = (
    "Split the validation subjects off before the pipeline and pass them on: "
    "`train, val, test = skecg.train_test_subjects(beats, val_size=0.15)`, then "
    "`pipe.fit(train.data, train.target, X_val=(val.data,), y_val=(val.target,))` with "
    "`make_beat_pipeline(..., transform_input=['X_val'])`."
)
_WEIGHTS_WAY_OUT = (
    "Weigh classes instead (class_weight='balanced'), or remove the resamplers: "
    "`make_beat_pipeline(..., augmenter=None, undersampler=None)`."
)


@dataclass(frozen=True)
class TrainingData:
    """Rows to train on and, if any, rows to validate on.

    Attributes
    ----------
    X : ndarray of shape (n_rows, n_features)
        Rows to train on.
    y : ndarray of shape (n_rows,)
        Their labels; after `encoded`, their positions in ``classes_`` as int32.
    weights : ndarray of float32 of shape (n_rows,) or None
        Weight of each row in the loss. None where all are equal.
    validation : tuple of two ndarray, or None
        Rows and labels (or positions) to measure after each epoch.
    """

    X: NDArray[Any]
    y: NDArray[Any]
    weights: NDArray[np.float32] | None = None
    validation: tuple[NDArray[Any], NDArray[Any]] | None = None

    @classmethod
    def prepare(
        cls,
        estimator: "NetworkSettings",
        X: NDArray[Any],
        y: NDArray[Any],
        *,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        X_val: ArrayLike | tuple[ArrayLike] | None = None,
        y_val: ArrayLike | tuple[ArrayLike] | None = None,
    ) -> "TrainingData":
        """Check the arguments given with the rows; split validation rows off if none are given."""
        owner = type(estimator).__name__
        weight = check_length("sample_weight", sample_weight, len(y), owner, _WEIGHTS_WAY_OUT)
        groups = check_length("groups", groups, len(y), owner, _GROUPS_WAY_OUT)
        validation = check_validation(estimator, X_val, y_val, len(y))
        if validation is None and estimator.validation_fraction:
            train, val = _split(estimator, y, groups)
            validation = take_rows(X, val), y[val]
            X, y = take_rows(X, train), y[train]
            weight = weight[train] if isinstance(weight, np.ndarray) else weight
        return cls(X, y, weigh(weight, estimator.class_weight, X, y, owner), validation)

    def encoded(self, classes: NDArray[Any], owner: str) -> "TrainingData":
        """Return the same rows with positions in `classes` for labels.

        Validation rows of other classes are excluded, with a warning.
        """
        validation = self.validation
        if validation is not None:
            X_val, y_val = only_known(*validation, classes, owner)
            validation = X_val, _positions(y_val, classes)
        return TrainingData(self.X, _positions(self.y, classes), self.weights, validation)


def _split(
    estimator: "NetworkSettings", y: NDArray[Any], groups: ArrayLike | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Split the share ``validation_fraction`` off the rows."""
    owner = type(estimator).__name__
    if groups is None:
        warn(
            f"{owner} splits its validation rows off all subjects, since fit got no groups: "
            "validation results will be too good. Pass groups=beats.groups to split by subject, "
            "or X_val and y_val.",
            suggests=("groups",),
        )
    seed = check_random_state(estimator.random_state).randint(np.iinfo(np.int32).max)
    return split_validation(y, groups, estimator.validation_fraction, seed, owner)


def _positions(y: NDArray[Any], classes: NDArray[Any]) -> NDArray[np.int32]:
    """Return the position of each label in the sorted classes."""
    return np.searchsorted(classes, y).astype(np.int32)
