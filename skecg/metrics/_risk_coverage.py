"""Share of the errors among the least certain beats."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..utils import Label, Rule, check_value, is_number, ratio
from ._aligned_scores import align_scores
from ._curves import Counts, count_by_threshold, representative
from ._probabilities import LEAST_CERTAIN
from ._subject_resampling import SubjectResampling

__all__ = ["RiskCoverageCurve", "risk_coverage_curve"]

Floats = NDArray[np.float64]

_INNER_SHARE = Rule(lambda v: is_number(v) and 0 < v < 1, "a share between 0 and 1, such as 0.05")


@dataclass(frozen=True, eq=False)
class RiskCoverageCurve:
    """Share of the errors found when beats are reviewed, the least certain first.

    Attributes
    ----------
    share : ndarray of shape (n_points,)
        Shares of the beats, rising from 0 to 1.
    errors : ndarray of shape (n_points,)
        Share of the errors among them; NaN without errors.
    n_errors, n_beats : int
        Numbers of errors and of beats.
    at : float
        Share of beats for which `interval` is given.
    interval : (float, float) or None
        Interval of the share of errors at `at`. None without subjects or errors.
    band : (ndarray, ndarray) or None
        Lowest and highest share of errors at each share of beats. None as above.
    """

    share: Floats
    errors: Floats
    n_errors: int
    n_beats: int
    at: float
    interval: tuple[float, float] | None = None
    band: tuple[Floats, Floats] | None = None

    @property
    def found(self) -> float:
        """Share of the errors among the share `at` of the beats."""
        return float(np.interp(self.at, self.share, self.errors))


def risk_coverage_curve(
    y_true: ArrayLike,
    y_proba: pd.DataFrame | ArrayLike,
    resampling: SubjectResampling,
    owner: str,
    *,
    y_pred: ArrayLike | None = None,
    at: float = LEAST_CERTAIN,
    labels: Sequence[Label] | None = None,
) -> RiskCoverageCurve:
    """Sort beats by the probability of their predicted label and count the errors.

    Beats of equal certainty are on a straight line, as if reviewed in random order.

    Parameters
    ----------
    y_true : array-like of shape (n_beats,)
        Reference labels.
    y_proba : DataFrame or array-like of shape (n_beats, n_classes)
        Probability of each class.
    resampling : SubjectResampling
        The subjects and how they are resampled.
    owner : str
        Class or function that has these parameters, for errors.
    y_pred : array-like of shape (n_beats,), default=None
        Predicted labels. None: the most probable ones.
    at : float, default=0.05
        Share of beats for which an interval is computed.
    labels : sequence, default=None
        Classes. None: all that occur.

    Returns
    -------
    RiskCoverageCurve
        The curve.

    Raises
    ------
    ValueError
        If `at` is out of range, lengths differ, there are no beats, or `y_proba` does not fit or
        has NaN.

    Examples
    --------
    >>> import pandas as pd
    >>> from skecg.metrics._risk_coverage import risk_coverage_curve
    >>> from skecg.metrics._subject_resampling import SubjectResampling
    >>> proba = pd.DataFrame({"N": [0.9, 0.8, 0.6, 0.7], "V": [0.1, 0.2, 0.4, 0.3]})
    >>> resampling = SubjectResampling(None, 0.95, 1000, 0, "example")
    >>> risk_coverage_curve(["N", "N", "V", "N"], proba, resampling, "example").errors
    array([0., 1., 1., 1., 1.])
    """
    check_value(at, _INNER_SHARE, "at", owner)
    aligned = align_scores(y_true, y_proba, resampling, owner, y_pred=y_pred, labels=labels)
    if np.isnan(aligned.scores).any():
        raise ValueError(f"'y_proba' of {owner} must hold probabilities. Got NaN.")
    predicted, certainty = aligned.top()
    wrong = predicted != aligned.true
    n_wrong, n_right, bins = count_by_threshold(wrong, -certainty)
    # thinned, but exact where the share of errors is stated
    here = np.searchsorted(n_wrong + n_right, at * len(wrong))
    keep = np.union1d(representative(n_wrong, n_right), [max(here - 1, 0), here])
    share, errors = _points(n_wrong[keep], n_right[keep])
    band = interval = None
    if resampling and wrong.any():
        places = np.append(share, at)

        def errors_at(sums: Floats) -> Floats:
            curves = zip(*_points(*np.moveaxis(sums.cumsum(axis=1), -1, 0)), strict=True)
            return np.stack([np.interp(places, x, y) for x, y in curves])

        per_subject = resampling.sums(np.searchsorted(keep, bins), len(keep), wrong, ~wrong)
        low, high = resampling.interval(per_subject, errors_at)
        band, interval = (low[:-1], high[:-1]), (float(low[-1]), float(high[-1]))
    return RiskCoverageCurve(
        share,
        errors,
        n_errors=int(wrong.sum()),
        n_beats=len(wrong),
        at=at,
        interval=interval,
        band=band,
    )


def _points(n_wrong: Counts, n_right: Counts) -> tuple[Floats, Floats]:
    """Return share of beats and of errors for cumulative counts, beginning at no beats."""
    start = np.zeros(n_wrong.shape[:-1] + (1,))
    n_beats = n_wrong + n_right
    share, errors = ratio(n_beats, n_beats[..., -1:]), ratio(n_wrong, n_wrong[..., -1:])
    return np.concatenate([start, share], axis=-1), np.concatenate([start, errors], axis=-1)
