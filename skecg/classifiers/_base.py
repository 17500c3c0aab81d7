"""What the recurrent classifiers share: fit, predict, weights, validation sets."""

import numbers
import threading
import time
import warnings
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from ..calibration._calibration import TemperatureScaling, after, fit_calibration, fold_into
from ..layout import check_layout
from ..utils import check_rows
from ._callbacks import detach_model, of_keras_alone
from ._cut import refuse_cut_validation, refuse_not_resampled
from ._keras import import_keras
from ._params import Rule, check_params, is_int, with_later
from ._pool import borrow
from ._rows import check_known, check_length, cut_validation, find_classes, only_known, weigh
from ._weights import PREDICT_BATCH, check_architecture, predict_rows, set_weights

__all__ = ["BaseNetworkClassifier"]

FLOATS = [np.float32, np.float64]
_loading = threading.Lock()  # threads that predict with a model just loaded make one network


_GROUPS_WAY_OUT = (
    "Cut the validation subjects before the pipeline and pass them on: "
    "`train, val, test = skecg.train_test_subjects(beats, val_size=0.15)`, then "
    "`pipe.fit(train.data, train.target, X_val=val.data, y_val=val.target)` with "
    "`make_beat_pipeline(..., transform_input=['X_val'])`."
)
_WEIGHTS_WAY_OUT = (
    "Weigh classes instead (class_weight='balanced'), or leave the resamplers out: "
    "`make_beat_pipeline(..., augmenter=None, undersampler=None)`."
)


class BaseNetworkClassifier(ClassifierMixin, BaseEstimator):
    """A scikit-learn classifier that builds a Keras network and holds it as a KerasClassifier.

    Subclasses give the constructor and ``_build``, the function that makes the network.
    """

    # X_val and y_val are passed on where metadata routing is on. Groups are not: behind a
    # resampler they no longer fit the rows; set_fit_request(groups=True) asks for them.
    __metadata_request__fit: ClassVar[dict] = {"X_val": True, "y_val": True, "groups": False}

    _build: ClassVar[Any]
    _least_weights: ClassVar[Any]
    # parameters that the builder is told besides layout and classes
    _architecture_names: ClassVar[tuple[str, ...]] = (
        "units",
        "dropout",
        "samples_per_step",
        "dtype",
    )
    # parameters of optimizer and loss besides those that all networks have
    _compile_names: ClassVar[tuple[str, ...]] = ()
    # what parameters may be that only this network has, or has of another kind
    _rules: ClassVar[dict[str, Rule]] = {}

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        groups: Any = None,
        X_val: Any = None,
        y_val: Any = None,
    ) -> "BaseNetworkClassifier":
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features)
            Rows of beats.
        y : array-like of shape (n_beats,)
            Labels.
        sample_weight : array-like of shape (n_beats,), default=None
            Weight of each row in the loss.
        groups : array-like of shape (n_beats,), default=None
            Subject of each row; ``validation_fraction`` then cuts whole subjects.
        X_val : array-like of shape (n_val, n_features), default=None
            Rows to validate on after each epoch; they are never trained on. Given rows take
            precedence over ``validation_fraction``.
        y_val : array-like of shape (n_val,), default=None
            Labels of ``X_val``. Rows of a class that ``y`` lacks are left out, with a warning.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        ValueError
            If a parameter, the labels, the groups or the validation rows are unusable, or a search
            has cut ``X_val`` by its folds because it has as many rows as ``X``.
        FloatingPointError
            If the loss is not finite; the message names epoch, learning rate and remedies.
        """
        check_params(self)
        going_on = self.warm_start and self.__sklearn_is_fitted__()
        X, y = check_rows(self, X, y, dtype=FLOATS, order="C", reset=not going_on)
        check_classification_targets(y)
        return self._train(
            X,
            y,
            sample_weight,
            groups,
            X_val,
            y_val,
            epochs=self.epochs,
            going_on=going_on,
            own_callbacks=self._callbacks_of_fit(),
        )

    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, *, sample_weight: Any = None
    ) -> "BaseNetworkClassifier":
        """Train one epoch more, on these rows.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features)
            Rows of beats.
        y : array-like of shape (n_beats,)
            Labels.
        classes : array-like of shape (n_classes,), default=None
            All classes that will ever come; needed in the first call if ``y`` lacks some.
        sample_weight : array-like of shape (n_beats,), default=None
            Weight of each row in the loss.

        Returns
        -------
        self : object
            The classifier, trained one epoch more.
        """
        check_params(self)
        going_on = self.__sklearn_is_fitted__()
        X, y = check_rows(self, X, y, dtype=FLOATS, order="C", reset=not going_on)
        check_classification_targets(y)
        return self._train(
            X, y, sample_weight, None, None, None, epochs=1, going_on=going_on, classes=classes
        )

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features)
            Rows of beats.

        Returns
        -------
        ndarray of shape (n_beats, n_classes)
            Probabilities in the order of ``classes_``; those of a row do not depend on the
            other rows.

        Raises
        ------
        FloatingPointError
            If values of the rows, or weights that went astray, make them anything but numbers.
        """
        check_is_fitted(self)
        X = check_rows(self, X, dtype=FLOATS, order="C", reset=False)
        wide = self.architecture_["dtype"] == "float64"
        dtype = np.float64 if wide else np.float32
        probabilities = predict_rows(self._network().network, X, dtype)
        if not np.isfinite(probabilities).all():
            raise FloatingPointError(
                f"{type(self).__name__} found probabilities that are not finite, for rows with "
                f"values of up to {np.abs(X).max():g}: they left the range of {dtype.__name__}, "
                "or training did. Scale the rows (BeatNormalizer), or fit anew."
            )
        return probabilities

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features)
            Rows of beats.

        Returns
        -------
        ndarray of shape (n_beats,)
            Labels, of the type that came in ``fit``.
        """
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def calibrate(
        self,
        X: Any = None,
        y: Any = None,
        *,
        sample_weight: Any = None,
        correct_prior: bool = False,
        calibration: TemperatureScaling | None = None,
    ) -> "BaseNetworkClassifier":
        """Make the probabilities mean what they say, by rows of subjects that ``fit`` never saw.

        What is found goes into the weights of the last layer, so that all that predicts, saves
        or copies the classifier needs to know nothing of it. On rows of training, or of their
        subjects, a network is surer than anywhere else: they calibrate nothing, and nothing here
        can tell.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features), default=None
            Rows of other subjects than those of training. Behind steps of a pipeline the rows
            must have gone through these; `skecg.calibrate` does it.
        y : array-like of shape (n_beats,), default=None
            Labels. Rows of a class that the network does not know are left out, with a warning.
        sample_weight : array-like of shape (n_beats,), default=None
            Weight of each row in the loss.
        correct_prior : bool, default=False
            Whether to find an offset for each class besides the temperature, as for a training
            with class weights or resampled rows. The most probable class may change.
        calibration : TemperatureScaling, default=None
            What `find_calibration` has found, instead of rows.

        Returns
        -------
        self : object
            The classifier. ``calibration_`` says what was done to it since its last training.

        Raises
        ------
        TypeError
            If ``calibration`` is no TemperatureScaling.
        ValueError
            If there are neither rows nor a calibration, or both, or the rows cannot tell.
        """
        check_is_fitted(self)
        owner = f"{type(self).__name__}.calibrate"
        if calibration is None:
            if X is None or y is None:
                raise ValueError(
                    f"{owner} needs rows 'X' and labels 'y' of subjects that training did not "
                    "see, or else the 'calibration' that find_calibration returns."
                )
            X, y = check_rows(self, X, y, dtype=FLOATS, order="C", reset=False)
            calibration = fit_calibration(
                y,
                self.predict_proba(X),
                self.classes_,
                sample_weight=sample_weight,
                correct_prior=correct_prior,
                owner=owner,
            )
        elif not isinstance(calibration, TemperatureScaling):
            raise TypeError(
                f"The 'calibration' parameter of {owner} must be a TemperatureScaling, as "
                f"find_calibration returns it. Got {calibration!r} instead."
            )
        elif any(given is not None for given in (X, y, sample_weight)) or correct_prior:
            raise ValueError(
                f"{owner} takes no rows, weights or correct_prior beside 'calibration', which is "
                "the result of them."
            )
        strangers = [c for c in calibration.offsets if c not in self.classes_.tolist()]
        if strangers:
            raise ValueError(
                f"The 'calibration' parameter of {owner} has offsets of {strangers}, and the "
                f"network knows the classes {self.classes_.tolist()}."
            )
        fold_into(self._network().model, calibration, self.classes_, type(self).__name__)
        self.calibration_ = after(getattr(self, "calibration_", None), calibration)
        return self

    @property
    def estimator_(self) -> Any:
        """The fitted ``scikeras.wrappers.KerasClassifier``; its labels are 0 to n_classes - 1."""
        network = self._network_or_raise("estimator_")
        network.keep()
        if self._wrapper is None:
            self._wrapper = self._wrap(network.model)
            # what a fit would have left, from what is known of the rows
            self._wrapper.initialize(
                np.zeros((len(self.classes_), self.n_features_in_), np.float32),
                np.arange(len(self.classes_)),
            )
            self._wrapper.history_ = self.history_
        return self._wrapper

    @property
    def model_(self) -> Any:
        """The trained ``keras.Model``: rows in, probabilities out."""
        network = self._network_or_raise("model_")
        network.keep()
        return network.model

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there are weights to predict with."""
        return hasattr(self, "classes_") and hasattr(self, "history_")

    def __sklearn_tags__(self):
        """Take float rows of any number of classes above one."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.classifier_tags.poor_score = True
        tags.non_deterministic = False
        return tags

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the network itself, whose weights go along as arrays."""
        state = super().__getstate__().copy()
        if state.get("_loan") is not None:
            state["_weights"] = self._loan.model.get_weights()
        state["_loan"] = state["_wrapper"] = None
        return state

    # The fitted state lives in classes_, history_, ... and in exactly one of _loan (a network in
    # memory) and _weights (arrays, after loading).
    _loan = None
    _wrapper = None
    _weights = None
    _settings = None

    def _train(
        self,
        X,
        y,
        sample_weight,
        groups,
        X_val,
        y_val,
        *,
        epochs,
        going_on,
        classes=None,
        own_callbacks=(),
    ):
        """Train on checked rows, from fresh weights or going on."""
        owner = type(self).__name__
        if going_on:
            self._check_settings(classes)
        else:  # whatever goes wrong, no network may stay that other rows do not fit
            self.__dict__.pop("history_", None)
        layout = check_layout(self.layout, X.shape[1], owner)
        sample_weight = check_length(
            "sample_weight", sample_weight, len(y), owner, _WEIGHTS_WAY_OUT
        )
        if sample_weight is not None:
            refuse_not_resampled("sample_weight", owner, _WEIGHTS_WAY_OUT)
        groups = check_length("groups", groups, len(y), owner, _GROUPS_WAY_OUT)
        if groups is not None:
            refuse_not_resampled("groups", owner, _GROUPS_WAY_OUT)
        rows, validation = self._split_validation(X, y, groups, X_val, y_val)
        if rows is not None:
            X, y = X[rows], y[rows]
            sample_weight = sample_weight if np.ndim(sample_weight) == 0 else sample_weight[rows]
        weights = weigh(sample_weight, self.class_weight, X, y, owner)
        if going_on:
            check_known(y, self.classes_, owner)
        else:
            self.classes_ = find_classes(y, classes, owner)
            self.layout_ = layout
            self.architecture_ = self._architecture()
            self.history_ = {}
            self.fit_time_ = 0.0
        codes = np.searchsorted(self.classes_, y).astype(np.int32)
        if validation is not None:
            X_val, y_val = only_known(*validation, self.classes_, owner)
            validation = X_val, np.searchsorted(self.classes_, y_val).astype(np.int32)

        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        start = time.perf_counter()
        try:
            self.__dict__.pop("calibration_", None)  # training changes what was calibrated
            if not going_on:
                self._start(seed)
            history = self._run(X, codes, weights, validation, epochs, seed, own_callbacks)
        except BaseException:
            if not going_on:  # nothing half-trained may look fitted
                del self.history_
            raise
        self._settings = self._current_settings()
        self.fit_time_ += time.perf_counter() - start
        self.history_ = _joined_history(self.history_, history)
        self.n_iter_ = self._epochs_done()
        return self

    def _architecture(self):
        """What the builder is told besides layout and classes; a fitted network keeps its own."""
        return {name: _plain(getattr(self, name)) for name in self._architecture_names}

    def _callbacks_of_fit(self):
        """What training by `fit` needs besides the callbacks of the user."""
        return []

    def _current_settings(self):
        """Parameters that a network, once compiled, cannot change."""
        names = ("layout", "optimizer", "loss", "metrics", "compile_kwargs", "learning_rate")
        names += self._compile_names
        return self._architecture() | {name: getattr(self, name) for name in names}

    def _check_settings(self, classes):
        """Training that goes on takes a new learning rate; other changes need a fit anew."""
        if classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(
                f"{type(self).__name__} knows the classes {self.classes_.tolist()}. Got other "
                f"ones: classes={np.unique(classes).tolist()}. Leave 'classes' out after the "
                "first partial_fit, or begin anew with a clone."
            )
        self._network()  # that of a file knows only then what it was compiled with
        before, now = self._settings, self._current_settings()
        changed = [name for name in now if not _same(now[name], before[name])]
        if changed == ["learning_rate"] and not hasattr(self.optimizer, "get_config"):
            self._network().model.optimizer.learning_rate = self.learning_rate
        elif changed:
            raise ValueError(
                f"{type(self).__name__} cannot go on training with other {', '.join(changed)}: "
                "the network is built. Set them back, or fit anew with warm_start=False."
            )

    def _epochs_done(self):
        """Epochs in the history so far."""
        return len(self.history_.get("loss", ()))

    def _start(self, seed):
        """Take a network with fresh weights."""
        self._loan = self._wrapper = self._weights = None  # the old one returns to the pool first
        self._loan = self._borrow(seed)

    def _borrow(self, seed):
        """A compiled network for these classes and settings, with weights from this seed."""
        builder = type(self)._build

        def build():
            return builder(self.layout_, len(self.classes_), seed=seed, **self.architecture_)

        def compiled(model):
            model.compile(**self._compile_arguments())
            return model

        return borrow(self._pool_key(builder), build, compiled)

    def _pool_key(self, builder):
        """What a compiled network depends on; None where that cannot be told from names."""
        plain = (self.optimizer, self.loss, *self.metrics, self.learning_rate)
        if self.compile_kwargs or not all(isinstance(p, str | numbers.Real) for p in plain):
            return None
        settings = (self.optimizer, float(self.learning_rate), self.loss, tuple(self.metrics))
        network = (
            builder,
            self.layout_,
            len(self.classes_),
            *sorted(self.architecture_.items()),
        )
        return network + settings + tuple(getattr(self, name) for name in self._compile_names)

    def _compile_arguments(self):
        """Arguments of ``keras.Model.compile``; objects are copied, never trained in place."""
        keras = import_keras()
        optimizer = self.optimizer
        if isinstance(optimizer, str):
            optimizer = type(keras.optimizers.get(optimizer))
        if isinstance(optimizer, type):
            optimizer = optimizer(learning_rate=self.learning_rate, **self._optimizer_arguments())
        else:
            optimizer = type(optimizer).from_config(optimizer.get_config())
        loss = self._loss()
        if isinstance(loss, type):
            loss = loss()
        metrics = [m() if isinstance(m, type) else m for m in self.metrics]
        return {
            "optimizer": optimizer,
            "loss": loss,
            "metrics": metrics,
            **(self.compile_kwargs or {}),
        }

    def _optimizer_arguments(self):
        """Arguments of an optimizer given by name or class, besides its learning rate."""
        return {}

    def _loss(self):
        """The loss; that of class numbers sums in the dtype of the layers."""
        if self.loss == "sparse_categorical_crossentropy":
            return import_keras().losses.SparseCategoricalCrossentropy(dtype=self.dtype)
        return self.loss

    def _wrap(self, model, *, epochs=None, callbacks=(), seed=0):
        """Hold a compiled model as a KerasClassifier."""
        from ._scikeras import SeededKerasClassifier

        wrapper = SeededKerasClassifier(
            model=model,
            loss=self.loss,
            optimizer=self.optimizer,
            metrics=list(self.metrics),
            batch_size=self.batch_size,
            epochs=self.epochs if epochs is None else epochs,
            verbose=self.verbose,
            callbacks=list(callbacks),
        )
        wrapper._shuffle_seed = seed
        wrapper._n_classes = len(self.classes_)
        return wrapper

    def _run(self, X, codes, weights, validation, epochs, seed, own_callbacks):
        """Train the network and return its history."""
        from ._scikeras import StopWhenNotFinite, not_finite

        keras = import_keras()
        callbacks = [StopWhenNotFinite(type(self).__name__), *own_callbacks]
        if self.early_stopping:
            callbacks.append(
                keras.callbacks.EarlyStopping(
                    monitor="loss" if validation is None else "val_loss",
                    patience=self.n_iter_no_change,
                    restore_best_weights=True,
                )
            )
        for callback in self.callbacks or ():
            callbacks.append(callback() if isinstance(callback, type) else callback)
        wrapper = self._wrap(self._network().model, epochs=epochs, callbacks=callbacks, seed=seed)
        wrapper._one_hot = _compares_vectors(self.loss)
        if wrapper._one_hot and validation is not None:
            X_val, codes_val = validation
            validation = X_val, keras.utils.to_categorical(codes_val, len(self.classes_))
        if not of_keras_alone(self.callbacks):
            self._loan.keep()  # it may not be what it was
        try:
            wrapper.fit(
                X,
                codes,
                sample_weight=weights,
                validation_data=validation,
                validation_batch_size=4 * PREDICT_BATCH,
                **(self.fit_kwargs or {}),
            )
        finally:
            detach_model(self.callbacks)
        if not all(np.isfinite(w).all() for w in self._network().model.get_weights()):
            what = "weights are no longer finite, after a loss that was,"
            raise not_finite(type(self).__name__, what, "the last step", self.learning_rate)
        wrapper._n_classes, wrapper._one_hot = None, False  # a user may fit it to other labels
        # what the callbacks hold (weights, models) need not live as long as the classifier
        wrapper.callbacks = None
        wrapper._fit_callbacks = wrapper._predict_callbacks = []
        self._wrapper = wrapper
        return _filled(wrapper.history_, (self.fit_kwargs or {}).get("validation_freq", 1))

    def _network(self):
        """The network on loan; after loading, one that takes the stored weights."""
        if self._loan is None:
            with _loading:
                if self._loan is None:
                    self._load_network()
        return self._loan

    def _load_network(self):
        """Put the stored weights into a network."""
        owner = type(self).__name__
        n_classes = len(self.classes_)
        check_architecture(type(self), self.architecture_, self.layout_, n_classes, self._weights)
        self.architecture_ = with_later(type(self), self.architecture_)
        loan = self._borrow(seed=0)
        set_weights(loan.model, self._weights, owner)
        if self._settings is None:  # from a file, whose parameters it was compiled with
            self._settings = self._current_settings() | self.architecture_
        self._loan, self._weights = loan, None

    def _network_or_raise(self, name):
        """The network, or AttributeError before fit, so that hasattr works."""
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self._network()

    def _split_validation(self, X, y, groups, X_val, y_val):
        """Rows to train on (None: all) and the validation rows with labels (None: none)."""
        owner = type(self).__name__
        if (X_val is None) != (y_val is None):
            given, missing = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
            raise ValueError(f"{owner}.fit got {given} without {missing}. Pass both or neither.")
        if X_val is not None:
            X_val, y_val = check_rows(self, X_val, y_val, dtype=FLOATS, order="C", reset=False)
            refuse_cut_validation(X_val, owner)
            return None, (X_val, y_val)
        if not self.validation_fraction:
            return None, None
        if groups is None:
            warnings.warn(
                f"{owner} cuts its validation rows from all subjects, since fit got no groups: "
                "validation figures will be too good. Pass groups=beats.groups to keep subjects "
                "apart, or X_val and y_val.",
                UserWarning,
                stacklevel=4,
            )
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        train, val = cut_validation(y, groups, self.validation_fraction, seed, owner)
        return train, (X[val], y[val])


def _compares_vectors(loss):
    """Whether a loss wants one column a class, as all of Keras do but the sparse ones.

    Most of them would take class numbers too, broadcast them, and train nonsense.
    """
    if isinstance(loss, str):
        return "sparse" not in loss.lower()
    named = loss if hasattr(loss, "__name__") else type(loss)
    of_keras = getattr(named, "__module__", "").partition(".")[0] == "keras"
    return of_keras and "sparse" not in named.__name__.lower()


def _filled(history, validation_freq):
    """One value an epoch; NaN where validation was not measured after it."""
    n = len(history.get("loss", ()))
    if isinstance(validation_freq, numbers.Integral):
        measured = range(validation_freq, n + 1, validation_freq)
    else:
        measured = [epoch for epoch in sorted(validation_freq) if epoch <= n]
    filled = {}
    for name, values in history.items():
        if len(values) == len(measured) < n:
            at = dict(zip(measured, values, strict=True))
            values = [at.get(epoch, np.nan) for epoch in range(1, n + 1)]
        filled[name] = values
    return filled


def _joined_history(before, after):
    """Values by epoch of two trainings in a row; NaN where a figure was not measured."""
    names = sorted(
        {**before, **after}, key=lambda name: (name.startswith("val_"), "loss" not in name)
    )

    def values(history, name):
        return [float(v) for v in history.get(name, [np.nan] * len(history.get("loss", ())))]

    return {name: values(before, name) + values(after, name) for name in names}


def _plain(value):
    """A parameter of a network as Python's own str, int, float or tuple of int."""
    if isinstance(value, str):
        return value
    if np.ndim(value):
        return tuple(int(n) for n in value)
    return int(value) if is_int(value) else float(value)


def _same(value, other):
    """Whether two parameter values are one and the same."""
    try:
        return value is other or bool(value == other)
    except (TypeError, ValueError):  # arrays and the like have no single answer
        return False
