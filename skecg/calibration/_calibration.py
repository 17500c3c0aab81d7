"""A temperature, and an offset for each class, that make probabilities mean what they say."""

import math
import numbers
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

__all__ = ["TemperatureScaling", "after", "fit_calibration", "fold_into"]

_LIMIT = 10.0  # of the temperature, either way; whoever needs more has rows that tell nothing
_OFFSET_LIMIT = 20.0  # between two classes; e**20 is more than any prior differs by
_LOG_OF_ZERO = -1e4  # its exponential stays zero at any temperature
_LOGITS = ("logits", "probabilities")  # names of the last dense layer of the networks


@dataclass(frozen=True)
class TemperatureScaling:
    """A temperature, and an offset for each class, that correct probabilities.

    They make softmax(log(p) / temperature + offset) of the probabilities p. A temperature above
    1 makes a classifier less sure of itself, one below 1 more; it never changes which class is
    the most probable. Offsets do: they stand for another share of the classes than in training.

    Parameters
    ----------
    temperature : float, default=1.0
        By what logits are divided.
    offsets : mapping of label to float, default={}
        What is added to the logit of each class; labels that are not there get nothing.

    Raises
    ------
    TypeError
        If the temperature is no number or the offsets are no mapping to numbers.
    ValueError
        If the temperature is not positive, or anything is not finite.

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
    offsets: Mapping[Any, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _is_number(self.temperature):
            raise TypeError(
                "The 'temperature' parameter of TemperatureScaling must be a number. "
                f"Got {self.temperature!r} instead."
            )
        if not 0 < self.temperature < math.inf:
            raise ValueError(
                "The 'temperature' parameter of TemperatureScaling must be positive and finite. "
                f"Got {self.temperature} instead."
            )
        if not isinstance(self.offsets, Mapping) or not all(
            _is_number(offset) for offset in self.offsets.values()
        ):
            raise TypeError(
                "The 'offsets' parameter of TemperatureScaling must be a dict from label to number. "
                f"Got {self.offsets!r} instead."
            )
        if not all(math.isfinite(offset) for offset in self.offsets.values()):
            raise ValueError(
                "The 'offsets' parameter of TemperatureScaling must be finite. "
                f"Got {self.offsets!r} instead."
            )
        object.__setattr__(self, "temperature", float(self.temperature))
        object.__setattr__(self, "offsets", {k: float(v) for k, v in self.offsets.items()})

    def apply(self, y_proba: Any, *, labels: Sequence[Any] | None = None) -> Any:
        """Correct probabilities, or a whole table of predictions.

        Parameters
        ----------
        y_proba : DataFrame or array-like of shape (n_beats, n_classes)
            Probabilities; the columns of a DataFrame are named by the classes. Or a table of
            predictions, as `cross_val_beats` and `prediction_table` make it.
        labels : sequence of shape (n_classes,), default=None
            Classes of the columns of an array, ``model.classes_``. Needed if there are offsets.

        Returns
        -------
        DataFrame or ndarray of shape (n_beats, n_classes)
            What came in, corrected; of a table the predictions, too. A probability of 0 stays 0.

        Raises
        ------
        ValueError
            If there are offsets and no labels, not one label a column, or a table without
            probabilities.
        """
        values = np.asarray(y_proba, dtype=np.float64)
        if hasattr(y_proba, "columns"):
            labels = list(y_proba.columns)
        if labels is None and any(self.offsets.values()):
            raise ValueError(
                "TemperatureScaling.apply needs the classes of the columns to add offsets: pass "
                "labels=model.classes_, or a DataFrame with columns=model.classes_."
            )
        if labels is not None and values.shape[1:] != (len(labels),):
            raise ValueError(
                f"The 'labels' parameter of TemperatureScaling.apply must name each column of y_proba, "
                f"which has shape {values.shape}. Got {list(labels)}."
            )
        offsets = 0.0 if labels is None else _offsets_of(self, labels)
        corrected = np.exp(log_softmax(_log(values) / self.temperature + offsets, axis=1))
        if hasattr(y_proba, "columns"):
            return type(y_proba)(corrected, columns=y_proba.columns, index=y_proba.index)
        return corrected


def after(first: TemperatureScaling | None, then: TemperatureScaling) -> TemperatureScaling:
    """Return what two calibrations, one after the other, are together."""
    if first is None:
        return then
    labels = list(dict.fromkeys([*first.offsets, *then.offsets]))
    offsets = _offsets_of(first, labels) / then.temperature + _offsets_of(then, labels)
    return TemperatureScaling(
        first.temperature * then.temperature, dict(zip(labels, offsets.tolist(), strict=True))
    )


def fit_calibration(
    y: np.ndarray,
    proba: np.ndarray,
    labels: Sequence[Any],
    *,
    sample_weight: Any = None,
    correct_prior: bool = False,
    owner: str,
    stacklevel: int = 3,
) -> TemperatureScaling:
    """Find the calibration with the least log loss; the columns of ``proba`` are ``labels``.

    Rows to whose label the model gives no probability at all are left out, with a warning.
    """
    if not isinstance(correct_prior, bool | np.bool_):
        raise ValueError(
            f"The 'correct_prior' parameter of {owner} must be True or False. "
            f"Got {correct_prior!r} instead."
        )
    labels = np.asarray(labels).tolist()
    place = {label: i for i, label in enumerate(labels)}
    codes = np.array([place.get(label, -1) for label in np.asarray(y).tolist()], dtype=np.intp)
    weights = _check_weights(sample_weight, len(codes), owner)
    possible = (codes >= 0) & (proba[np.arange(len(codes)), codes] > 0)
    if not possible.all():
        lost = np.unique(np.asarray(y)[~possible], return_counts=True)
        missing = ", ".join(f"{n} of {label}" for label, n in zip(*lost, strict=True))
        if not possible.any():
            raise ValueError(
                f"{owner} got no row whose label has any probability: the classes are {labels}, "
                f"and the labels {missing}. Are labels and classes those of one class map?"
            )
        warnings.warn(
            f"{owner} leaves {(~possible).sum()} of {len(codes)} rows out, to whose label the "
            f"model gives no probability: {missing}.",
            UserWarning,
            stacklevel=stacklevel,
        )
        codes, weights = codes[possible], weights[possible]
        proba = proba[possible]
    present = np.unique(codes[weights > 0])
    if correct_prior and len(present) < len(labels):
        absent = [label for i, label in enumerate(labels) if i not in present]
        warnings.warn(
            f"{owner} has no row of {', '.join(map(str, absent))}, and leaves the offset of such "
            "a class at 0, the mean of the others.",
            UserWarning,
            stacklevel=stacklevel,
        )
    free = present[1:] if correct_prior else present[:0]
    slope, free_offsets = _least_loss(codes, _log(proba), weights, free)
    _check_found(slope, free_offsets, len(codes), owner)
    if slope <= 1.001 / _LIMIT:
        warnings.warn(
            f"{owner} stays at the highest temperature, {_LIMIT:g}: the probabilities say next to "
            f"nothing of the labels of these {len(codes)} rows. Are both in the same order?",
            UserWarning,
            stacklevel=stacklevel,
        )
    offsets = np.zeros(len(labels))
    if correct_prior:
        offsets[free] = free_offsets
        offsets[present] -= offsets[present].mean()
    named = dict(zip(labels, offsets.tolist(), strict=True)) if correct_prior else {}
    return TemperatureScaling(1 / slope, named)


def fold_into(
    model: Any, calibration: TemperatureScaling, classes: np.ndarray, owner: str
) -> None:
    """Change the last dense layer of a network so that it gives corrected probabilities."""
    named = {layer.name: layer for layer in model.layers if hasattr(layer, "kernel")}
    layer = next((named[name] for name in _LOGITS if name in named), None)
    if layer is None or not layer.use_bias:
        raise TypeError(
            f"{owner} cannot be calibrated: its network has no Dense layer with a bias that is "
            f"called {' or '.join(map(repr, _LOGITS))} and gives the logits."
        )
    kernel, bias = (np.asarray(w, dtype=np.float64) for w in layer.get_weights())
    offsets = _offsets_of(calibration, classes.tolist())
    layer.set_weights([kernel / calibration.temperature, bias / calibration.temperature + offsets])


def _least_loss(codes, logits, weights, free):
    """One over the temperature, and offsets of free classes, of the least log loss: convex."""
    weights = weights / weights.sum()
    rows = np.arange(len(codes))
    of_truth = logits[rows, codes]
    counted = np.bincount(codes, weights, minlength=logits.shape[1])

    def loss(parameters):
        offsets = np.zeros(logits.shape[1])
        offsets[free] = parameters[1:]
        log_p = log_softmax(parameters[0] * logits + offsets, axis=1)
        p = weights[:, None] * np.exp(log_p)
        slope = np.vdot(p, logits) - weights @ of_truth
        return -(weights @ log_p[rows, codes]), np.append(slope, (p.sum(axis=0) - counted)[free])

    bounds = [(1 / _LIMIT, _LIMIT)] + [(-_OFFSET_LIMIT, _OFFSET_LIMIT)] * len(free)
    start = np.append(1.0, np.zeros(len(free)))
    options = {"ftol": 1e-15, "gtol": 1e-13, "maxiter": 1000}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    return found[0], found[1:]


def _check_found(slope, offsets, n_rows, owner):
    """Refuse a minimum at a limit beyond which the loss would go on falling."""
    if slope >= 0.999 * _LIMIT:
        why = (
            f"the log loss falls down to the lowest temperature, {1 / _LIMIT:g}, as it does where "
            "(nearly) all rows are right and none tells how sure the model may be"
        )
    elif (np.abs(offsets) >= 0.999 * _OFFSET_LIMIT).any():
        why = "the offset of a class has no limit, as where its rows are told without any error"
    else:
        return
    raise ValueError(
        f"{owner} finds no calibration in {n_rows} rows: {why}. Give rows of more subjects, whom "
        "training did not see."
    )


def _check_weights(sample_weight, n_rows, owner):
    """Weights of rows as floats, none negative and not all zero."""
    if sample_weight is None:
        return np.ones(n_rows)
    weights = np.asarray(sample_weight, dtype=np.float64)
    bad = weights.shape != (n_rows,) or not np.isfinite(weights).all()
    if bad or (weights < 0).any() or not weights.any():
        raise ValueError(
            f"The 'sample_weight' parameter of {owner} must have one finite number of 0 or more "
            f"for each of the {n_rows} rows, not all 0. Got shape {weights.shape} instead."
            if weights.shape != (n_rows,)
            else f"The 'sample_weight' parameter of {owner} must hold finite numbers of 0 or "
            f"more, not all 0. Got values from {weights.min()} to {weights.max()} instead."
        )
    return weights


def _offsets_of(calibration, labels):
    """Offsets in the order of labels."""
    return np.array([calibration.offsets.get(label, 0.0) for label in labels])


def _log(proba):
    """Logarithm of probabilities; that of 0 is so low that it stays 0."""
    proba = np.asarray(proba, dtype=np.float64)
    return np.log(proba, out=np.full(proba.shape, _LOG_OF_ZERO), where=proba > 0)


def _is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)
