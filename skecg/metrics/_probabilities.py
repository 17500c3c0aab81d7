"""Quality of probabilities: log loss, Brier score, calibration, errors of uncertain beats.

All are sums over beats, so that those of resampled subjects can be added:

- log loss: mean of -log(p of the true class), never of less than 1e-7;
- Brier score: mean of the squared distance between the probabilities and the truth (1 for the
  true class, 0 for others), over all classes: 0 to 2, as in Brier, Monthly Weather Review 78:1-3
  (1950);
- expected calibration error: beats in 15 bins of equal width by the probability of the predicted
  label, mean distance between that probability and the share of right labels, weighted by beats:
  Guo et al., On calibration of modern neural networks, ICML (2017), arXiv:1706.04599;
- the share of all errors that lie among the 5 % of beats with the least probability of their
  predicted label.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length

from ..utils import ratio
from ._counts import align_proba

PROBABILITY_FLOOR = 1e-7  # as in Keras' own cross-entropy (keras.config.epsilon())
N_CALIBRATION_BINS = 15  # of Guo et al. 2017
N_CERTAINTY_BINS = 200
LEAST_CERTAIN = 0.05  # a multiple of 1 / N_CERTAINTY_BINS: the limit falls between two bins


Floats = NDArray[np.float64]


class BeatProbabilities(NamedTuple):
    """Log loss, Brier score and probability of the predicted label of each beat, (n_beats,)."""

    loss: Floats
    brier: Floats
    confidence: Floats

    def calibration_bins(self) -> NDArray[np.intp]:
        """Return the bin of each beat; a bin includes its upper limit, as in the paper."""
        bins = np.ceil(self.confidence * N_CALIBRATION_BINS).astype(np.intp) - 1
        return bins.clip(0, N_CALIBRATION_BINS - 1)

    def certainty_bins(self) -> NDArray[np.intp]:
        """Return the bin of each beat: about as many beats in each, the least certain first."""
        shares = np.linspace(0, 1, N_CERTAINTY_BINS + 1)
        limits = np.unique(np.quantile(self.confidence, shares, method="inverted_cdf"))
        return np.searchsorted(limits, self.confidence, side="left")


def judge_proba(
    true: NDArray[np.intp],
    predicted: NDArray[np.intp],
    y_proba: pd.DataFrame | ArrayLike,
    labels: list[Any],
    owner: str,
    *,
    given: Sequence[Any] | None = None,
) -> BeatProbabilities:
    """Compute losses and confidence of each beat from its probabilities and encoded labels."""
    values = np.asarray(y_proba, dtype=np.float64)
    proba = align_proba(y_proba, labels, owner, given=given)
    check_consistent_length(true, proba)
    check_proba(values, owner)
    beats = np.arange(len(true))
    of_truth = proba[beats, true]
    return BeatProbabilities(
        loss=-np.log(of_truth.clip(PROBABILITY_FLOOR, 1)),
        # sum over all columns, also those of classes that are not among the labels:
        # (p - 1)**2 for the true class and p**2 for others is the sum of p**2, less 2 p, plus 1
        brier=np.einsum("ij,ij->i", values, values) - 2 * of_truth + 1,
        confidence=proba[beats, predicted],
    )


def check_proba(values: Floats, owner: str) -> None:
    """Raise unless values are probabilities: not negative, each row with the sum 1."""
    if values.min() < 0 or not np.allclose(values.sum(axis=1), 1, atol=0.01):  # NaN is not close
        raise ValueError(
            f"'y_proba' of {owner} must hold probabilities: not negative, each row with the sum "
            f"1. Got values from {values.min()} to {values.max()} and sums from "
            f"{values.sum(axis=1).min()} to {values.sum(axis=1).max()}."
        )


def calibration_error(gaps: Floats, n_beats: NDArray[Any]) -> Floats:
    """Compute the expected calibration error.

    The gaps (..., n_bins) are sums over the beats of a bin: 1 for a correct label and 0 for
    another, less its probability.
    """
    return ratio(np.abs(gaps).sum(axis=-1), n_beats)


def least_certain_errors(n_beats: NDArray[Any], n_errors: NDArray[Any]) -> Floats:
    """Compute the share of all errors among the 5 % least certain beats, NaN without errors.

    Beats and errors are counted in bins (..., n_bins), the least certain first. If the limit
    is within a bin, or among beats of equal certainty, these count by the part that is inside.
    """
    # bins     |  10  |  20  |   30   |  ...      of 800 beats, 5 % are 40
    # up_to       10     30      60
    # inside      10     20      10               a third of the third bin's errors count
    up_to, wanted = np.cumsum(n_beats, axis=-1), LEAST_CERTAIN * n_beats.sum(axis=-1)
    inside = n_beats - (up_to - wanted[..., np.newaxis]).clip(0, n_beats)
    return ratio(
        (ratio(inside, n_beats) * n_errors).sum(axis=-1, where=n_beats > 0), n_errors.sum(axis=-1)
    )
