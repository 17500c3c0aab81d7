"""Temperature scaling: one temperature for all classes, and an offset for each."""

import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeGuard, overload

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

from ..predictions import Predictions
from ..utils import SWITCH, Label, check_value, count, warn

__all__ = ["TemperatureScaling", "after", "fit_calibration"]

_LIMIT = 10.0  # of the temperature, both ways; rows that ask for more determine nothing
_OFFSET_LIMIT = 20.0  # between two classes; e**20 is more than any ratio of priors
_LOG_OF_ZERO = -1e4  # its exponential stays zero at any temperature


@dataclass(frozen=True)
class TemperatureScaling:
    """A temperature, and an offset for each class, that correct probabilities.

    Probabilities p become softmax(log(p) / temperature + offset). A temperature above 1 makes a
    classifier less certain, one below 1 more; it never changes which class is the most probable.
    Offsets may: they correct for other proportions of the classes than in training.

    Parameters
    ----------
    temperature : float, default=1.0
        Divisor of the logits.
    offsets : mapping of label to float, default={}
        Summand of the logit of each class; 0 for labels that are not in it.

    Raises
    ------
    TypeError
        If the temperature is not a number or the offsets are not a mapping to numbers.
    ValueError
        If the temperature is not positive, or a number is not finite.

    See Also
    --------
    find_calibration : Find one from labels and probabilities.
    calibrate : Put it into a model.

    Examples
    --------
    >>> from skecg import TemperatureScaling
    >>> TemperatureScaling(temperature=2.0).apply([[0.9, 0.1]]).round(3)
    array([[0.75, 0.25]])
    """

    temperature: float = 1.0
    offsets: Mapping[Label, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_temperature(self.temperature)
        _check_offsets(self.offsets)
        object.__setattr__(self, "temperature", float(self.temperature))
        object.__setattr__(self, "offsets", {k: float(v) for k, v in self.offsets.items()})

    @overload
    def apply(self, y_proba: Predictions) -> Predictions: ...

    @overload
    def apply(self, y_proba: pd.DataFrame) -> pd.DataFrame: ...

    @overload
    def apply(
        self, y_proba: ArrayLike, *, labels: Sequence[Label] | NDArray[Any] | None = None
    ) -> NDArray[np.float64]: ...

    def apply(
        self,
        y_proba: Predictions | pd.DataFrame | ArrayLike,
        *,
        labels: Sequence[Label] | NDArray[Any] | None = None,
    ) -> Predictions | pd.DataFrame | NDArray[np.float64]:
        """Correct probabilities.

        Parameters
        ----------
        y_proba : DataFrame or array-like of shape (n_beats, n_classes), or Predictions
            Probabilities; the columns of a DataFrame are named by the classes.
        labels : sequence of shape (n_classes,), default=None
            Classes of the columns of an array, ``model.classes_``. Needed if there are offsets.

        Returns
        -------
        DataFrame or ndarray of shape (n_beats, n_classes), or Predictions
            Corrected probabilities, in a container of the same kind. A probability of 0 stays 0.
            In Predictions the labels are corrected as well (`Predictions.calibrated`).

        Raises
        ------
        ValueError
            If there are offsets and no labels, or the number of labels is not that of the
            columns.
        """
        if isinstance(y_proba, Predictions):
            return y_proba.calibrated(self)
        frame = y_proba if isinstance(y_proba, pd.DataFrame) else None
        if frame is not None:
            labels = list(frame.columns)
            if "y_true" in labels:
                raise ValueError(
                    "The 'y_proba' parameter of TemperatureScaling.apply must hold probabilities "
                    "only. A table of predictions goes in as skecg.Predictions(table)."
                )
        values = np.asarray(y_proba, dtype=np.float64)
        if labels is None and any(self.offsets.values()):
            raise ValueError(
                "TemperatureScaling.apply needs the classes of the columns to add offsets: pass "
                "labels=model.classes_, or a DataFrame with columns=model.classes_."
            )
        if labels is not None and values.shape[1:] != (len(labels),):
            raise ValueError(
                "The 'labels' parameter of TemperatureScaling.apply must name each column of "
                f"y_proba, which has shape {values.shape}. Got {list(labels)} instead."
            )
        offsets = 0.0 if labels is None else self.offsets_of(labels)
        corrected = np.exp(log_softmax(_log(values) / self.temperature + offsets, axis=1))
        if frame is not None:
            return type(frame)(corrected, columns=frame.columns, index=frame.index)
        return corrected

    def offsets_of(self, labels: Sequence[Label] | NDArray[Any]) -> NDArray[np.float64]:
        """Return the offsets in the order of labels.

        Parameters
        ----------
        labels : sequence of shape (n_classes,)
            Labels.

        Returns
        -------
        ndarray of shape (n_classes,)
            Offsets, 0 for labels that have none.

        Examples
        --------
        >>> from skecg import TemperatureScaling
        >>> TemperatureScaling(offsets={"V": 0.5}).offsets_of(["N", "V"])
        array([0. , 0.5])
        """
        return np.array([self.offsets.get(label, 0.0) for label in labels])


def after(first: TemperatureScaling | None, then: TemperatureScaling) -> TemperatureScaling:
    """Return the calibration equal to two, one after the other."""
    if first is None:
        return then
    labels = list(dict.fromkeys([*first.offsets, *then.offsets]))
    offsets = first.offsets_of(labels) / then.temperature + then.offsets_of(labels)
    return TemperatureScaling(
        first.temperature * then.temperature, dict(zip(labels, offsets.tolist(), strict=True))
    )


def fit_calibration(
    y: NDArray[Any],
    proba: NDArray[Any],
    labels: Sequence[Label] | NDArray[Any],
    *,
    sample_weight: ArrayLike | None = None,
    correct_prior: bool = False,
    owner: str,
) -> TemperatureScaling:
    """Find the calibration of the least log loss.

    Parameters
    ----------
    y : ndarray of shape (n_beats,)
        Labels.
    proba : ndarray of shape (n_beats, n_classes)
        Probabilities.
    labels : sequence of shape (n_classes,)
        Classes of the columns of `proba`.
    sample_weight : array-like of shape (n_beats,), default=None
        Weight of each row in the loss.
    correct_prior : bool, default=False
        Whether to fit an offset for each class besides the temperature.
    owner : str
        Name of the public function, for errors and warnings.

    Returns
    -------
    TemperatureScaling
        The temperature; with `correct_prior` also an offset per class, of mean 0 over the
        classes that have rows.
    """
    check_value(correct_prior, SWITCH, "correct_prior", owner)
    names = np.asarray(labels).tolist()
    rows = _prepare(y, proba, names, sample_weight, owner)
    present = np.unique(rows.codes[rows.weights > 0])
    if correct_prior:
        _warn_of_absent(names, present, owner)
    # adding one number to all offsets changes nothing: that of the first class stays 0
    free = present[1:] if correct_prior else present[:0]
    slope, free_offsets = _least_loss(rows, free)
    _check_solution(slope, free_offsets, len(rows.codes), owner)
    if not correct_prior:
        return TemperatureScaling(1 / slope)
    offsets = np.zeros(len(names))
    offsets[free] = free_offsets
    offsets[present] -= offsets[present].mean()
    return TemperatureScaling(1 / slope, dict(zip(names, offsets.tolist(), strict=True)))


class _Rows(NamedTuple):
    """Rows whose label has some probability."""

    codes: NDArray[np.intp]  # (n_rows,): column of the label
    logits: NDArray[np.float64]  # (n_rows, n_classes): log of the probabilities
    weights: NDArray[np.float64]  # (n_rows,)


def _prepare(
    y: NDArray[Any],
    proba: NDArray[Any],
    labels: Sequence[Label],
    sample_weight: ArrayLike | None,
    owner: str,
) -> _Rows:
    """Encode labels, and exclude rows to whose label the model gives no probability at all."""
    column = {label: i for i, label in enumerate(labels)}
    codes = np.array([column.get(label, -1) for label in y.tolist()], dtype=np.intp)
    weights = _check_weights(sample_weight, len(codes), owner)
    possible = (codes >= 0) & (proba[np.arange(len(codes)), codes] > 0)
    if not possible.all():
        excluded, counts = np.unique(y[~possible], return_counts=True)
        shown = ", ".join(f"{n} of {k}" for k, n in zip(excluded, counts, strict=True))
        if not possible.any():
            raise ValueError(
                f"{owner} got no row whose label has any probability: the classes are {labels}, "
                f"and the labels {shown}. Are labels and classes of one class map?"
            )
        warn(
            f"{owner} excludes {(~possible).sum()} of {count(len(codes), 'row')}, to whose label "
            f"the model gives no probability: {shown}."
        )
    return _Rows(codes[possible], _log(proba[possible]), weights[possible])


def _warn_of_absent(labels: Sequence[Label], present: NDArray[np.intp], owner: str) -> None:
    """Warn of classes without rows, whose offsets cannot be fitted."""
    absent = [str(label) for i, label in enumerate(labels) if i not in present]
    if absent:
        warn(
            f"{owner} has no row of {', '.join(absent)}, and sets the offset of such a class to "
            "0, the mean of the others."
        )


def _least_loss(rows: _Rows, free: NDArray[np.intp]) -> tuple[float, NDArray[np.float64]]:
    """Minimize the log loss over 1 / temperature and the offsets of the free classes.

    The loss of a row with logits z and label k is -log softmax(s z + b)[k], with s = 1 /
    temperature and offsets b. It is convex in (s, b), with the gradients sum(p z) - z[k] and
    p - onehot(k).
    """
    codes, logits, weights = rows
    weights = weights / weights.sum()
    positions = np.arange(len(codes))
    of_label = logits[positions, codes]
    share = np.bincount(codes, weights, minlength=logits.shape[1])  # of each class

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        offsets = np.zeros(logits.shape[1])
        offsets[free] = parameters[1:]
        log_p = log_softmax(parameters[0] * logits + offsets, axis=1)
        p = weights[:, None] * np.exp(log_p)
        slope = np.vdot(p, logits) - weights @ of_label
        return -(weights @ log_p[positions, codes]), np.append(
            slope, (p.sum(axis=0) - share)[free]
        )

    bounds = [(1 / _LIMIT, _LIMIT)] + [(-_OFFSET_LIMIT, _OFFSET_LIMIT)] * len(free)
    start = np.append(1.0, np.zeros(len(free)))
    options = {"ftol": 1e-15, "gtol": 1e-13, "maxiter": 1000}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    return found[0], found[1:]


def _check_solution(slope: float, offsets: NDArray[np.float64], n_rows: int, owner: str) -> None:
    """Refuse a minimum at a limit beyond which the loss would decrease further."""
    if slope <= 1.001 / _LIMIT:
        warn(
            f"{owner} stops at the highest temperature, {_LIMIT:g}: the probabilities "
            f"hardly depend on the labels of these {n_rows} rows. Are both in the same order?"
        )
    if slope >= 0.999 * _LIMIT:
        reason = (
            f"the log loss decreases down to the lowest temperature, {1 / _LIMIT:g}, as it does "
            "if (nearly) all rows are classified correctly"
        )
    elif (np.abs(offsets) >= 0.999 * _OFFSET_LIMIT).any():
        reason = (
            "the offset of a class has no limit, for example because all its rows are classified "
            "correctly"
        )
    else:
        return
    raise ValueError(
        f"{owner} finds no calibration in {n_rows} rows: {reason}. Pass rows of more subjects, "
        "whom training did not see."
    )


def _check_temperature(temperature: object) -> None:
    """Raise unless a temperature is a positive, finite number."""
    if not _is_real(temperature):
        raise TypeError(
            "The 'temperature' parameter of TemperatureScaling must be a number. "
            f"Got {temperature!r} instead."
        )
    if not 0 < temperature < math.inf:
        raise ValueError(
            "The 'temperature' parameter of TemperatureScaling must be positive and finite. "
            f"Got {temperature} instead."
        )


def _check_offsets(offsets: object) -> None:
    """Raise unless the offsets are a mapping to finite numbers."""
    if not isinstance(offsets, Mapping) or not all(map(_is_real, offsets.values())):
        raise TypeError(
            "The 'offsets' parameter of TemperatureScaling must be a dict from label to number. "
            f"Got {offsets!r} instead."
        )
    if not all(math.isfinite(offset) for offset in offsets.values()):
        raise ValueError(
            "The 'offsets' parameter of TemperatureScaling must be finite. "
            f"Got {offsets!r} instead."
        )


def _check_weights(
    sample_weight: ArrayLike | None, n_rows: int, owner: str
) -> NDArray[np.float64]:
    """Return weights of rows as floats, none negative and not all zero."""
    if sample_weight is None:
        return np.ones(n_rows)
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.shape != (n_rows,):
        raise ValueError(
            f"The 'sample_weight' parameter of {owner} must have one entry for each of the "
            f"{n_rows} rows. Got shape {weights.shape} instead."
        )
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ValueError(
            f"The 'sample_weight' parameter of {owner} must hold finite numbers of 0 or more, not "
            f"all 0. Got values from {weights.min()} to {weights.max()} instead."
        )
    return weights


def _is_real(value: object) -> TypeGuard[float]:
    """Tell whether a value is a real number, finite or not; a bool is not."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)


def _log(proba: ArrayLike) -> NDArray[np.float64]:
    """Return the logarithm of probabilities; that of 0 is so low that 0 stays 0."""
    proba = np.asarray(proba, dtype=np.float64)
    return np.log(proba, out=np.full(proba.shape, _LOG_OF_ZERO), where=proba > 0)
