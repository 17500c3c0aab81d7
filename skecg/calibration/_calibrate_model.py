"""Put a calibration into a fitted model."""

import copy
from typing import TypeVar

from numpy.typing import ArrayLike
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted

from ..utils import Classifier, check_labels, class_probabilities, last_step
from ._calibration import TemperatureScaling, fit_calibration

__all__ = ["calibrate"]

Model = TypeVar("Model", bound=Classifier)


def calibrate(
    model: Model,
    X: ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    sample_weight: ArrayLike | None = None,
    correct_prior: bool = False,
    calibration: TemperatureScaling | None = None,
) -> Model:
    """Correct the probabilities of a fitted model; return it as a copy.

    Pass rows of subjects that training did not see, without resampling, or the result of
    `find_calibration` for out-of-fold predictions. Rows of training, or of the subjects of
    training, calibrate nothing: a network is surer there than anywhere else. Nothing here can
    detect them.

    Parameters
    ----------
    model : estimator
        A network of skecg, fitted, or a pipeline or search that ends in one.
    X : array-like of shape (n_beats, n_features), default=None
        Rows of other subjects than those of training, as the model's ``predict`` takes them.
    y : array-like of shape (n_beats,), default=None
        Labels. Rows of classes that the model does not know are excluded, with a warning.
    sample_weight : array-like of shape (n_beats,), default=None
        Weight of each row in the loss.
    correct_prior : bool, default=False
        Whether to fit an offset for each class besides the temperature, as needed for a pipeline
        with resamplers or a network with class weights, which make rare classes more probable
        than they are. The most probable class may change.
    calibration : TemperatureScaling, default=None
        Result of `find_calibration`, in place of rows.

    Returns
    -------
    estimator
        A copy of the model with corrected probabilities. Its network has ``calibration_``.

    Raises
    ------
    TypeError
        If the model does not end in a network of skecg, or `calibration` is not a
        TemperatureScaling.
    ValueError
        If there are neither rows nor a calibration, or both, or the rows determine no
        calibration.

    See Also
    --------
    find_calibration : Find a calibration from predictions; explains the method.
    CalibrationDisplay : Draw observed proportions against predicted probabilities.

    Notes
    -----
    The correction goes into the weights of the network's last layer (those of the logits, divided
    by the temperature), so files and other backends need not know of it. A temperature without
    offsets changes the most probable class of no row, except by rounding. A network is
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
    ...     print("Predicted proportion of N: %.2f" % m.predict_proba(test.data)[:, 1].mean())
    Predicted proportion of N: 0.38
    Predicted proportion of N: 0.85
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
        labels = column_or_1d(y)
        check_consistent_length(X, labels)
        calibration = fit_calibration(
            labels,
            class_probabilities(model, X, "calibrate").to_numpy(),
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
