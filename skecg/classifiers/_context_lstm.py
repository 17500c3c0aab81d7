"""The network for rows with context as a classifier."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..layout import BeatLayout
from ..utils import (
    COUNT,
    COUNT_OR_NONE,
    POSITIVE_OR_NONE,
    SHARE,
    RandomState,
    Rule,
    is_number,
    one_of,
)
from ._base import BaseNetworkClassifier
from ._context_network import build_context_lstm, least_weights
from ._keras import LearningRate, Loss, Optimizer, import_keras

if TYPE_CHECKING:
    import keras

__all__ = ["ContextLSTMClassifier"]

_NOISE = Rule(lambda v: is_number(v) and 0 <= v <= 1, "a float in [0, 1]")


class ContextLSTMClassifier(BaseNetworkClassifier):
    """Classify beats from their waveform, their neighbours and all leads.

    It takes rows with context (``BeatExtractor(context=...)``). The pretrained model is three
    smaller networks of this kind side by side; its settings are in
    ``load_pretrained("lstm")[-1].get_params()`` and in :doc:`/accuracy`. One encoder is applied
    to each lead: a bidirectional LSTM over the waveform, a second one over the scalars
    of the neighbouring beats, read at the beat itself, and the beat's own scalars. A gate
    weighs each lead, so that a noisy lead contributes less; a lead whose waveform is zero
    throughout is missing and contributes nothing. Without neighbours, scalars or several leads
    the network is smaller.

    Parameters
    ----------
    units : int, default=32
        Units of the LSTM over the beat, in each direction.
    neighbor_units : int, default=32
        Units of the dense layer in front of the LSTM over the neighbours, and of that LSTM in
        each direction.
    dense_units : int, default=64
        Units of the dense layer behind both.
    samples_per_step : int, default=5
        Number of samples of all channels per time step; zeros pad the last step.
    dropout : float, default=0.35
        Share of outputs set to zero in training; half of it between the layers of the
        neighbours, a third at the samples.
    lead_dropout : float, default=0.2
        Share of leads treated as missing in training; never all of a row.
    noise : float, default=0.02
        Standard deviation of the noise that training adds to the waveform.
    scalar_noise : float, default=0.05
        Standard deviation of the noise that training adds to the scalars.
    scalar_units : int, default=None
        Units of a dense layer between the beat's own scalars and the dense layer behind the
        LSTMs; for rows with many scalars. None: the scalars go into the latter themselves.
    scalar_dropout : float, default=0.0
        Share of the scalars, the beat's own and the neighbours', set to zero in training.
    n_networks : int, default=1
        Number of networks that are trained side by side on the same batches, each as if it was
        the only one, from different initial weights and with different dropout masks. Their
        probabilities are averaged. Time and size are in proportion to it.
    optimizer : str, keras optimizer or class, default="adam"
        An instance is copied and keeps its own learning rate.
    learning_rate : float or keras schedule, default=3e-3
        Learning rate of an optimizer given by name or class; the highest one of a ``schedule``.
    schedule : {"cosine", "constant"}, default="cosine"
        Learning rate during ``fit``: with "cosine" it rises for 60 steps (a quarter of the fit,
        if that is less), then falls as a cosine to 1 %. Not applied in ``partial_fit``, to an
        optimizer given as an object, or to a schedule of Keras.
    clipnorm : float or None, default=1.0
        Largest norm of the gradient of a weight array, for an optimizer given by name or class.
    loss : str or keras loss, default="categorical_crossentropy"
        Losses of Keras get one column per class if they need it, functions always the numbers
        of the classes. With several networks, the default and
        ``"sparse_categorical_crossentropy"`` are the mean of the losses of the networks in
        training, and the loss of their mean in validation. Other losses get the geometric mean
        of the probabilities of the networks in training, which does not sum to one: one that is
        not linear in its logarithm does not train the networks apart.
    label_smoothing : float, default=0.05
        Share of each label that the default loss spreads over all classes. Other losses ignore
        it.
    metrics : tuple of str or keras metrics, default=("accuracy",)
        Measured after each epoch, besides the loss.
    epochs : int, default=4
        Number of passes over the training rows.
    batch_size : int, default=512
        Number of rows per gradient step.
    early_stopping : bool, default=False
        End training when the validation loss (without validation, the training loss) has not
        improved for ``n_iter_no_change`` epochs, and restore the weights of the best epoch.
    validation_fraction : float, default=0.0
        Share of the rows to validate on, split off before training: by subject if ``fit`` gets
        ``groups``, else by row and class, with a warning. Not used if ``fit`` gets ``X_val`` and
        ``y_val``.
    n_iter_no_change : int, default=5
        Number of epochs without improvement before early stopping.
    class_weight : dict, "balanced", "sqrt_balanced" or None, default="sqrt_balanced"
        Weight of each label in the loss. "balanced" is inverse to the counts, "sqrt_balanced"
        is its square root.
    callbacks : list of keras callbacks or classes, default=None
        Run during training, after skecg's own. Objects are detached from the network afterwards.
    compile_kwargs : dict, default=None
        Further arguments of ``keras.Model.compile``, such as ``jit_compile``.
    fit_kwargs : dict, default=None
        Further arguments of ``keras.Model.fit``.
    layout : BeatLayout, default=None
        Meaning of the columns. None: all columns are samples of one lead.
    dtype : str, default="float32"
        Keras dtype of all layers.
    warm_start : bool, default=False
        Whether ``fit`` goes on from the weights of the last fit. The learning rate may change
        between fits; other parameters that the network was built and compiled with may not.
        Copies (``pickle``, ``copy.deepcopy``, `skecg.save`) go on with the weights and a fresh
        optimizer.
    checkpoint : path-like, default=None
        Folder in which ``fit`` keeps its state after each epoch. If it is interrupted, a fit of
        the same parameters to the same rows goes on after the last whole epoch, and ends with
        the same weights; a fit that is complete there is read instead of repeated
        (:doc:`/guide/long_training`). Needs a ``random_state``. Not used by ``partial_fit``.
    random_state : int, RandomState instance or None, default=None
        Source of initial weights, dropout masks, noise and the order of rows. With an int, two
        fits give the same network on one machine and set of versions.
    verbose : int, default=0
        1 shows a progress bar for each epoch, 2 a line.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    history_ : dict of str to list of float
        ``loss`` and ``accuracy`` of each epoch, with validation also ``val_loss`` and
        ``val_accuracy``. Training values are means over the epoch, with dropout.
    n_iter_ : int
        Number of epochs run.
    fit_time_ : float
        Duration of training in seconds.
    calibration_ : TemperatureScaling
        Correction by `calibrate` since the last training. Missing if there is none.
    estimator_ : scikeras.wrappers.KerasClassifier
        The wrapped network; its labels are 0 to n_classes - 1.
    model_ : keras.Model
        The network: takes rows, returns probabilities in the order of ``classes_``.
    layout_ : BeatLayout
        The layout in use.
    architecture_ : dict
        Parameters that the network was built with, from ``units`` to ``n_networks``, and
        ``dtype``.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of str
        Column names seen in ``fit``, where X had string names.

    See Also
    --------
    BeatExtractor : Make the rows; its ``context`` is explained in :doc:`/guide/context`.
    LSTMClassifier : A plain stack of layers, for rows of samples.

    Notes
    -----
    Rows with context are scaled already, and so are the neighbours in them: use no normalizer and
    no resampler before it (``make_beat_pipeline(clf, denoiser=None, normalizer=None,
    augmenter=None, undersampler=None)``, or the classifier without a pipeline).

    Predictions are computed by NumPy from the weights (with ``dtype="float16"``, by Keras), so
    that a loaded model predicts without Keras and its backend, which are imported for training
    and for ``model_``. The probabilities are those of ``model_`` up to rounding.

    LSTM: Hochreiter & Schmidhuber, Neural Computation 9(8):1735-1780 (1997). Gates: Jacobs,
    Jordan, Nowlan & Hinton, "Adaptive mixtures of local experts", Neural Computation 3(1):79-87
    (1991). Cosine: Loshchilov & Hutter, "SGDR", ICLR (2017), without restarts. Compiled networks
    are reused and no global random generator is changed, as explained in `LSTMClassifier`.

    Examples
    --------
    >>> import skecg
    >>> record = skecg.simulate_record(120, fs=125, ventricular=0.2, random_state=0)
    >>> extractor = skecg.BeatExtractor(window=(0.28, 0.28), fs=125, context=600)
    >>> beats = extractor.extract(record)
    >>> clf = skecg.ContextLSTMClassifier(epochs=10, batch_size=32, layout=beats.layout)
    >>> clf = clf.set_params(random_state=0)
    >>> clf.fit(beats.data, beats.target).score(beats.data, beats.target) > 0.9
    True
    """

    _build = staticmethod(build_context_lstm)
    _least_weights = staticmethod(least_weights)
    _architecture_names: ClassVar[tuple[str, ...]] = (
        "units",
        "neighbor_units",
        "dense_units",
        "samples_per_step",
        "dropout",
        "lead_dropout",
        "noise",
        "scalar_noise",
        "scalar_units",
        "scalar_dropout",
        "n_networks",
        "dtype",
    )
    _compile_names: ClassVar[tuple[str, ...]] = ("clipnorm", "label_smoothing")
    _rules: ClassVar[dict[str, Rule]] = {
        "units": COUNT,
        "neighbor_units": COUNT,
        "dense_units": COUNT,
        "lead_dropout": SHARE,
        "noise": _NOISE,
        "scalar_noise": _NOISE,
        "scalar_units": COUNT_OR_NONE,
        "scalar_dropout": SHARE,
        "n_networks": COUNT,
        "schedule": one_of("cosine", "constant"),
        "clipnorm": POSITIVE_OR_NONE,
        "label_smoothing": SHARE,
    }

    def __init__(
        self,
        units: int = 32,
        *,
        neighbor_units: int = 32,
        dense_units: int = 64,
        samples_per_step: int = 5,
        dropout: float = 0.35,
        lead_dropout: float = 0.2,
        noise: float = 0.02,
        scalar_noise: float = 0.05,
        scalar_units: int | None = None,
        scalar_dropout: float = 0.0,
        n_networks: int = 1,
        optimizer: Optimizer = "adam",
        learning_rate: LearningRate = 3e-3,
        schedule: str = "cosine",
        clipnorm: float | None = 1.0,
        loss: Loss = "categorical_crossentropy",
        label_smoothing: float = 0.05,
        metrics: Sequence[Any] = ("accuracy",),
        epochs: int = 4,
        batch_size: int = 512,
        early_stopping: bool = False,
        validation_fraction: float = 0.0,
        n_iter_no_change: int = 5,
        class_weight: Mapping[Any, float] | str | None = "sqrt_balanced",
        callbacks: Sequence[Any] | None = None,
        compile_kwargs: Mapping[str, Any] | None = None,
        fit_kwargs: Mapping[str, Any] | None = None,
        layout: BeatLayout | None = None,
        dtype: str = "float32",
        warm_start: bool = False,
        checkpoint: str | os.PathLike[str] | None = None,
        random_state: RandomState = None,
        verbose: int | str = 0,
    ):
        self._store(locals())

    def _optimizer_arguments(self) -> dict[str, Any]:
        return {} if self.clipnorm is None else {"clipnorm": self.clipnorm}

    def _loss(self) -> Loss:
        default = self.loss == "categorical_crossentropy"
        losses = import_keras().losses
        if self.n_networks > 1:
            from . import _ensemble as losses
        if default:
            return losses.CategoricalCrossentropy(
                label_smoothing=self.label_smoothing, dtype=self.dtype
            )
        if self.loss == "sparse_categorical_crossentropy":
            return losses.SparseCategoricalCrossentropy(dtype=self.dtype)
        return super()._loss()

    def _callbacks_of_fit(self) -> "Sequence[keras.callbacks.Callback]":
        by_name = isinstance(self.optimizer, str | type) and is_number(self.learning_rate)
        if self.schedule == "constant" or not by_name:
            return []
        from ._schedule import CosineSchedule

        return [CosineSchedule(float(self.learning_rate))]
