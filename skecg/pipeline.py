"""Make a pipeline of preprocessing, resampling and a classifier."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from imblearn.pipeline import Pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.base import clone

from .augmentation import BeatAugmenter, balance_majority, double_minority
from .layout import BeatLayout
from .preprocessing import BeatNormalizer, WaveletDenoiser
from .utils import Estimator

if TYPE_CHECKING:
    import joblib

__all__ = ["make_beat_pipeline"]

Step: TypeAlias = Estimator | Literal["default"] | None
_Estimator = TypeVar("_Estimator", bound=Estimator)


def make_beat_pipeline(
    classifier: Estimator,
    *,
    denoiser: Step = "default",
    augmenter: Step = "default",
    undersampler: Step = "default",
    normalizer: Step = "default",
    layout: BeatLayout | None = None,
    transform_input: Sequence[str] | None = None,
    memory: "str | joblib.Memory | None" = None,
) -> Pipeline:
    """Make an imbalanced-learn pipeline: denoise, augment, under-sample, normalize, classify.

    Augmentation works in mV on real beats, and new rows are scaled as real ones. Rows are
    resampled in ``fit`` only: predicted and validation rows are not.

    Parameters
    ----------
    classifier : estimator
        The last step: one of skecg's networks or any scikit-learn classifier. The pipeline
        takes a clone of it.
    denoiser : estimator, "default" or None, default="default"
        Step "denoiser". The default is ``WaveletDenoiser()``. None removes the step.
    augmenter : estimator, "default" or None, default="default"
        Step "augmenter". The default is ``BeatAugmenter(double_minority)``: one modified copy of
        each beat that is not of the most frequent class.
    undersampler : estimator, "default" or None, default="default"
        Step "undersampler". The default is ``RandomUnderSampler(balance_majority)``: as many beats
        of the most frequent class as of all others together.
    normalizer : estimator, "default" or None, default="default"
        Step "normalizer". The default is ``BeatNormalizer()``: each row to mean 0 and standard
        deviation 1.
    layout : BeatLayout, default=None
        Meaning of the columns (``beats.layout``), for each step that takes a layout and has
        none.
    transform_input : list of str, default=None
        Fit parameters that are transformed by the steps before the classifier, such as
        ``["X_val"]``. It needs ``sklearn.set_config(enable_metadata_routing=True)``.
    memory : str or joblib.Memory, default=None
        Cache of fitted steps.

    Returns
    -------
    imblearn.pipeline.Pipeline
        With the steps "denoiser", "augmenter", "undersampler", "normalizer", "classifier". The
        default samplers have the ``random_state`` of the classifier.

    Raises
    ------
    TypeError
        If a step is not an estimator.
    ValueError
        If ``transform_input`` is given and the step right before the classifier is a sampler,
        which imbalanced-learn cannot route past.

    See Also
    --------
    LSTMClassifier, RNNClassifier : The networks.

    Notes
    -----
    Pass validation rows as a tuple, with routing enabled and ``transform_input=["X_val"]``::

        pipe.fit(train.data, train.target, X_val=(val.data,), y_val=(val.target,))

    The transformers are applied to them, the samplers are not. In a search a tuple also stays
    whole, whereas an array with as many rows as ``X`` is cut by the folds.

    The samplers change the rows and labels only. ``sample_weight`` or ``groups`` for the
    classifier then belong to other rows, which is an error unless their number is the same by
    chance: weigh classes instead (``class_weight``), or pass None for the samplers.

    Examples
    --------
    >>> from skecg import LSTMClassifier, make_beat_pipeline
    >>> pipe = make_beat_pipeline(LSTMClassifier(random_state=0), denoiser=None)
    >>> list(pipe.named_steps)
    ['augmenter', 'undersampler', 'normalizer', 'classifier']
    """
    _check_estimator(classifier, "classifier", "an estimator")
    seed = classifier.get_params(deep=False).get("random_state")
    defaults: dict[str, Callable[[], Estimator]] = {
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
        else:
            _check_estimator(step, name, "an estimator, 'default' or None")
        steps.append((name, _with_layout(clone(step), layout)))
    if transform_input and len(steps) > 1 and hasattr(steps[-2][1], "fit_resample"):
        raise ValueError(
            "make_beat_pipeline cannot route transform_input past the sampler "
            f"'{steps[-2][0]}' right before the classifier. Put a transformer between them: "
            "normalizer='default', or one of your own."
        )
    return Pipeline(steps, transform_input=transform_input, memory=memory)


def _check_estimator(step: object, name: str, wanted: str) -> None:
    """Raise an error if a step is no estimator, or a class in place of one."""
    wrong = f"The '{name}' parameter of make_beat_pipeline must be {wanted}."
    if isinstance(step, type):
        raise TypeError(f"{wrong} Got a class, not {step.__name__}().")
    if not hasattr(step, "get_params"):
        raise TypeError(f"{wrong} Got {step!r} instead.")


def _with_layout(step: _Estimator, layout: BeatLayout | None) -> _Estimator:
    """Set the layout of a step that takes one and has none."""
    if layout is not None and step.get_params(deep=False).get("layout", layout) is None:
        step.set_params(layout=layout)
    return step
