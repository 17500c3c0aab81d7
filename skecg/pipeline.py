"""The whole way from beats to classes as one pipeline."""

from typing import Any

from imblearn.pipeline import Pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.base import clone

from .augmentation import BeatAugmenter, balance_majority, double_minority
from .layout import BeatLayout
from .preprocessing import BeatNormalizer, WaveletDenoiser

__all__ = ["make_beat_pipeline"]


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
        Step "augmenter". The default is ``BeatAugmenter(double_minority)``: one changed copy of
        each beat that is not of the most frequent class.
    undersampler : estimator, "default" or None, default="default"
        Step "undersampler". The default is ``RandomUnderSampler(balance_majority)``: as many beats
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
        "augmenter": lambda: BeatAugmenter(double_minority, random_state=seed),
        "undersampler": lambda: RandomUnderSampler(
            sampling_strategy=balance_majority, random_state=seed
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
