"""Put a calibration into a fitted model."""

import copy
from typing import Any

import numpy as np
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted

from ..utils import check_labels, last_step
from ._calibration import TemperatureScaling, fit_calibration

__all__ = ["calibrate"]


def calibrate(
    model: Any,
    X: Any = None,
    y: Any = None,
    *,
    sample_weight: Any = None,
    correct_prior: bool = False,
    calibration: TemperatureScaling | None = None,
) -> Any:
    """Make the probabilities of a fitted model mean what they say; return it as a copy.

    Give rows of subjects that training did not see, resampled by nobody, or what
    `find_calibration` makes of predictions out of fold. On rows of training, or of their
    subjects, a network is surer than anywhere else: they calibrate nothing, and nothing here can
    tell.

    Parameters
    ----------
    model : estimator
        A network of skecg, fitted, or a pipeline or search that ends in one.
    X : array-like of shape (n_beats, n_features), default=None
        Rows of other subjects than those of training, as the model's ``predict`` takes them.
    y : array-like of shape (n_beats,), default=None
        Labels. Rows of a class that the model does not know are left out, with a warning.
    sample_weight : array-like of shape (n_beats,), default=None
        Weight of each row in the loss.
    correct_prior : bool, default=False
        Whether to find an offset for each class besides the temperature, as for a pipeline with
        resamplers or a network with class weights, which make rare classes more probable than
        they are. The most probable class may then be another one than before.
    calibration : TemperatureScaling, default=None
        What `find_calibration` has found, instead of rows.

    Returns
    -------
    estimator
        A copy of the model with other probabilities. Its network has ``calibration_``.

    Raises
    ------
    TypeError
        If the model does not end in a network of skecg, or `calibration` is no TemperatureScaling.
    ValueError
        If there are neither rows nor a calibration, or both, or the rows cannot tell.

    See Also
    --------
    find_calibration : Find a calibration in a table of predictions; explains the method.
    CalibrationDisplay : Draw whether it was needed, and whether it helped.

    Notes
    -----
    The correction goes into the weights of the network's last layer (those of the logits, divided
    by the temperature), so files and other backends need to know nothing of it. A temperature
    alone changes the most probable class of no row but by rounding. A network is
    calibrated in place by its own method: ``last_step.calibrate(X, y)``.

    Examples
    --------
    >>> import skecg
    >>> beats = skecg.load_simulated(9, duration=60.0, random_state=0)
    >>> train, unseen, test = skecg.train_test_subjects(beats, val_size=0.3, random_state=0)
    >>> network = skecg.RNNClassifier((8,), samples_per_step=5, epochs=8, random_state=0)
    >>> pipe = skecg.make_beat_pipeline(network).fit(train.data, train.target)
    >>> better = skecg.calibrate(pipe, unseen.data, unseen.target, correct_prior=True)
    >>> for m in (pipe, better):
    ...     print("N is said to have %.2f of the beats" % m.predict_proba(test.data)[:, 1].mean())
    N is said to have 0.38 of the beats
    N is said to have 0.85 of the beats
    >>> round(float((test.target == "N").mean()), 2)
    0.84
    """
    check_is_fitted(model)
    if not hasattr(last_step(model), "calibrate"):
        raise TypeError(
            "The 'model' parameter of calibrate must end in a network of skecg. Got "
            f"{type(last_step(model)).__name__} there. For other classifiers there is "
            "sklearn.calibration.CalibratedClassifierCV(FrozenEstimator(model))."
        )
    if calibration is None and X is not None and y is not None:
        check_labels(y, "calibrate")
        y = column_or_1d(y)
        check_consistent_length(X, y)
        calibration = fit_calibration(
            y,
            np.asarray(model.predict_proba(X)),
            model.classes_,
            sample_weight=sample_weight,
            correct_prior=correct_prior,
            owner="calibrate",
        )
        X = y = sample_weight = None
        correct_prior = False
    model = copy.deepcopy(model)
    last_step(model).calibrate(
        X, y, sample_weight=sample_weight, correct_prior=correct_prior, calibration=calibration
    )
    return model
