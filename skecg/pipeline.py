"""The whole way from beats to classes as one pipeline."""

import copy
from typing import Any

import numpy as np
from imblearn.pipeline import Pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.base import clone
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted

from ._unwrap import last_step
from ._validate import check_labels
from .classifiers._base import BaseNetworkClassifier
from .classifiers._calibrate import Calibration, fit_calibration
from .layout import BeatLayout
from .preprocessing import BeatNormalizer, WaveletDenoiser
from .resampling import BeatAugmenter, double_rare, match_rest

__all__ = ["calibrate", "make_beat_pipeline"]


def make_beat_pipeline(
    classifier: Any,
    *,
    denoiser: Any = "default",
    augmenter: Any = "default",
    undersampler: Any = "default",
    normalizer: Any = "default",
    layout: BeatLayout | None = None,
    transform_input: list[str] | None = None,
    memory: Any = None,
) -> Pipeline:
    """Make an imbalanced-learn pipeline: denoise, augment, under-sample, normalize, classify.

    Augmentation works in mV on real beats, and new rows go through the same scaling as real
    ones. Resampling happens in ``fit`` alone: what is predicted or validated keeps its
    classes as they are.

    Parameters
    ----------
    classifier : estimator
        The last step: one of skecg's networks or any scikit-learn classifier. The pipeline
        takes a clone of it.
    denoiser : estimator, "default" or None, default="default"
        Step "denoiser". The default is ``WaveletDenoiser()``. None leaves a step out.
    augmenter : estimator, "default" or None, default="default"
        Step "augmenter". The default is ``BeatAugmenter(double_rare)``: one changed copy of
        each beat that is not of the most frequent class.
    undersampler : estimator, "default" or None, default="default"
        Step "undersampler". The default is ``RandomUnderSampler(match_rest)``: as many beats
        of the most frequent class as of all others together.
    normalizer : estimator, "default" or None, default="default"
        Step "normalizer". The default is ``BeatNormalizer()``: each row to mean 0 and standard
        deviation 1.
    layout : BeatLayout, default=None
        What the columns mean (``beats.layout``), given to each step that takes a layout and
        has none yet.
    transform_input : list of str, default=None
        Fit parameters that go through the steps before they reach the classifier, such as
        ``["X_val"]``. It needs ``sklearn.set_config(enable_metadata_routing=True)``.
    memory : str or joblib.Memory, default=None
        Where fitted steps are cached.

    Returns
    -------
    imblearn.pipeline.Pipeline
        With the steps "denoiser", "augmenter", "undersampler", "normalizer", "classifier". The
        default samplers have the ``random_state`` of the classifier.

    Raises
    ------
    TypeError
        If a step is no estimator.
    ValueError
        If ``transform_input`` is given and a sampler stands right before the classifier, which
        imbalanced-learn cannot route past.

    See Also
    --------
    LSTMClassifier, RNNClassifier : The networks.

    Examples
    --------
    >>> from skecg import LSTMClassifier, make_beat_pipeline
    >>> pipe = make_beat_pipeline(LSTMClassifier(random_state=0), denoiser=None)
    >>> list(pipe.named_steps)
    ['augmenter', 'undersampler', 'normalizer', 'classifier']
    """
    if not hasattr(classifier, "get_params"):
        raise TypeError(
            "The 'classifier' parameter of make_beat_pipeline must be an estimator. "
            f"Got {classifier!r} instead."
        )
    seed = classifier.get_params(deep=False).get("random_state")
    defaults = {
        "denoiser": lambda: WaveletDenoiser(),
        "augmenter": lambda: BeatAugmenter(double_rare, random_state=seed),
        "undersampler": lambda: RandomUnderSampler(
            sampling_strategy=match_rest, random_state=seed
        ),
        "normalizer": lambda: BeatNormalizer(),
    }
    given = {
        "denoiser": denoiser,
        "augmenter": augmenter,
        "undersampler": undersampler,
        "normalizer": normalizer,
        "classifier": classifier,
    }
    steps = []
    for name, step in given.items():
        if step is None:
            continue
        if isinstance(step, str) and step == "default":
            step = defaults[name]()
        elif not hasattr(step, "get_params"):
            raise TypeError(
                f"The '{name}' parameter of make_beat_pipeline must be an estimator, 'default' or "
                f"None. Got {step!r} instead."
            )
        steps.append((name, _with_layout(clone(step), layout)))
    if transform_input and len(steps) > 1 and hasattr(steps[-2][1], "fit_resample"):
        raise ValueError(
            "make_beat_pipeline cannot send transform_input past the sampler "
            f"'{steps[-2][0]}' that stands right before the classifier. Keep a transformer "
            "between them: leave normalizer at 'default', or pass one."
        )
    return Pipeline(steps, transform_input=transform_input, memory=memory)


def _with_layout(step, layout):
    """Give a step the layout if it takes one and has none."""
    if layout is not None and step.get_params(deep=False).get("layout", layout) is None:
        step.set_params(layout=layout)
    return step


def calibrate(
    model: Any,
    X: Any = None,
    y: Any = None,
    *,
    sample_weight: Any = None,
    correct_prior: bool = False,
    calibration: Calibration | None = None,
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
    calibration : Calibration, default=None
        What `find_calibration` has found, instead of rows.

    Returns
    -------
    estimator
        A copy of the model with other probabilities. Its network has ``calibration_``.

    Raises
    ------
    TypeError
        If the model does not end in a network of skecg, or `calibration` is no Calibration.
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
    if not isinstance(last_step(model), BaseNetworkClassifier):
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
