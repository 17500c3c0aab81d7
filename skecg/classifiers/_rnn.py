"""The simple recurrent network as a classifier."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ..layout import BeatLayout
from ..utils import RandomState
from ._base import BaseNetworkClassifier
from ._keras import LearningRate, Loss, Optimizer
from ._networks import build_rnn, least_weights

__all__ = ["RNNClassifier"]


class RNNClassifier(BaseNetworkClassifier):
    """Classify beats with a stack of simple recurrent layers.

    The default is three layers of 128 units, each followed by dropout. The network is smaller
    and faster than the LSTM, and weaker on long rows.

    Parameters
    ----------
    units : tuple of int, default=(128, 128, 128)
        Units of each recurrent layer.
    dropout : float, default=0.2
        Share of the outputs of each layer set to zero in training.
    samples_per_step : int, default=1
        Number of samples of all signals per time step; zeros pad the last step. With 5 the
        network trains and predicts several times as fast.
    optimizer : str, keras optimizer or class, default="adam"
        An instance is copied and keeps its own learning rate.
    learning_rate : float or keras schedule, default=1e-3
        Learning rate of an optimizer given by name or class.
    loss : str or keras loss, default="sparse_categorical_crossentropy"
        Losses of Keras get one column per class if they need it, functions always the numbers
        of the classes.
    metrics : tuple of str or keras metrics, default=("accuracy",)
        Measured after each epoch, besides the loss.
    epochs : int, default=30
        Number of passes over the training rows.
    batch_size : int, default=32
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
    class_weight : dict, "balanced", "sqrt_balanced" or None, default=None
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
        Source of initial weights, dropout masks and the order of rows. With an int, two fits give
        the same network on one machine and set of versions.
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
        ``units``, ``dropout``, ``samples_per_step`` and ``dtype`` of the network.
    n_features_in_ : int
        Number of columns seen in ``fit``.
    feature_names_in_ : ndarray of str
        Column names seen in ``fit``, where X had string names.

    See Also
    --------
    LSTMClassifier : Bidirectional, slower, usually better.
    make_beat_pipeline : Put it behind preprocessing and resampling.

    Notes
    -----
    Each layer is ``SimpleRNN(activation="relu")``; Elman, "Finding structure in time", Cognitive
    Science 14(2):179-211 (1990).

    Compiled networks are reused and no global random generator is changed, as explained in
    `LSTMClassifier`.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import RNNClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(0, 1, (60, 8)), rng.normal(3, 1, (60, 8))])
    >>> y = np.repeat(["N", "V"], 60)
    >>> clf = RNNClassifier(units=(4,), epochs=3, learning_rate=0.05, random_state=0).fit(X, y)
    >>> clf.predict_proba(X).shape
    (120, 2)
    >>> sorted(clf.history_)
    ['accuracy', 'loss']
    """

    _build = staticmethod(build_rnn)
    _least_weights = staticmethod(least_weights)

    def __init__(
        self,
        units: tuple[int, ...] = (128, 128, 128),
        *,
        dropout: float = 0.2,
        samples_per_step: int = 1,
        optimizer: Optimizer = "adam",
        learning_rate: LearningRate = 1e-3,
        loss: Loss = "sparse_categorical_crossentropy",
        metrics: Sequence[Any] = ("accuracy",),
        epochs: int = 30,
        batch_size: int = 32,
        early_stopping: bool = False,
        validation_fraction: float = 0.0,
        n_iter_no_change: int = 5,
        class_weight: Mapping[Any, float] | str | None = None,
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
