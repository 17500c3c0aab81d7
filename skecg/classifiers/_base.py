"""What the recurrent classifiers share: fit, predict, weights, validation sets."""

import numbers
import threading
import time
import warnings
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from ..layout import check_layout
from ..model_selection import StratifiedGroupShuffleSplit
from ._keras import import_keras
from ._pool import borrow

__all__ = ["BaseNetworkClassifier"]

# All rows go through the network in batches of one size, the last one filled up, so that the
# probabilities of a row do not depend on which rows come with it: matrix products round
# differently for different numbers of rows.
PREDICT_BATCH = 128

_loading = threading.Lock()  # threads that predict with a model just loaded make one network

_MAX_FEATURES = 1_000_000  # of a network from a file; a row of beats has hundreds

_MANAGED_FIT_KWARGS = {
    "batch_size": "batch_size",
    "callbacks": "callbacks",
    "class_weight": "class_weight",
    "epochs": "epochs",
    "sample_weight": "fit(..., sample_weight=...)",
    "shuffle": "random_state",
    "validation_data": "fit(..., X_val=..., y_val=...)",
    "validation_split": "validation_fraction",
    "verbose": "verbose",
    "x": "fit(X, ...)",
    "y": "fit(..., y)",
}


class BaseNetworkClassifier(ClassifierMixin, BaseEstimator):
    """A scikit-learn classifier that builds a Keras network and holds it as a KerasClassifier.

    Subclasses give the constructor and ``_build``, the function that makes the network.
    """

    # X_val and y_val are passed on where metadata routing is on. Groups are not: behind a
    # resampler they no longer fit the rows; set_fit_request(groups=True) asks for them.
    __metadata_request__fit: ClassVar[dict] = {"X_val": True, "y_val": True, "groups": False}

    _build: ClassVar[Any]

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
            If a parameter, the labels, the groups or the validation rows are unusable.
        FloatingPointError
            If the loss is not finite; the message names epoch, learning rate and remedies.
        """
        self._check_params()
        going_on = self.warm_start and self.__sklearn_is_fitted__()
        X, y = validate_data(
            self, X, y, dtype=[np.float32, np.float64], order="C", reset=not going_on
        )
        check_classification_targets(y)
        return self._train(
            X, y, sample_weight, groups, X_val, y_val, epochs=self.epochs, going_on=going_on
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
        self._check_params()
        going_on = self.__sklearn_is_fitted__()
        X, y = validate_data(
            self, X, y, dtype=[np.float32, np.float64], order="C", reset=not going_on
        )
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
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float32, np.float64], order="C", reset=False)
        return _predict_in_batches(self._network().model, X)

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

    def _check_params(self):
        """Judge the constructor's parameters, as scikit-learn does, when fit begins."""
        owner = type(self).__name__

        def check(name, valid, expected):
            value = getattr(self, name)
            if not valid(value):
                raise ValueError(
                    f"The '{name}' parameter of {owner} must be {expected}. Got {value!r} instead."
                )

        check(
            "units",
            lambda v: (
                not isinstance(v, str)
                and hasattr(v, "__len__")
                and len(v) > 0
                and all(_is_int(n) and n > 0 for n in v)
            ),
            "a non-empty sequence of positive ints",
        )
        check("dropout", lambda v: _is_real(v) and 0 <= v < 1, "a float in [0, 1)")
        check("learning_rate", lambda v: not _is_real(v) or v > 0, "positive")
        check("epochs", lambda v: _is_int(v) and v > 0, "a positive int")
        check("batch_size", lambda v: _is_int(v) and v > 0, "a positive int")
        check("n_iter_no_change", lambda v: _is_int(v) and v > 0, "a positive int")
        check("validation_fraction", lambda v: _is_real(v) and 0 <= v < 1, "a float in [0, 1)")
        check(
            "class_weight",
            lambda v: (
                v is None
                or isinstance(v, Mapping)
                or (isinstance(v, str) and v in ("balanced", "sqrt_balanced"))
            ),
            "None, 'balanced', 'sqrt_balanced' or a dict from label to weight",
        )
        check("metrics", lambda v: isinstance(v, list | tuple), "a list or tuple, perhaps empty")
        check(
            "callbacks",
            lambda v: v is None or isinstance(v, list | tuple),
            "None or a list of callbacks",
        )
        check("dtype", lambda v: isinstance(v, str), "the name of a Keras dtype")
        for name in ("compile_kwargs", "fit_kwargs"):
            check(
                name, lambda v: v is None or isinstance(v, Mapping), "None or a dict of arguments"
            )
        for name in set(self.fit_kwargs or ()) & set(_MANAGED_FIT_KWARGS):
            raise ValueError(
                f"The 'fit_kwargs' parameter of {owner} must not hold {name!r}: "
                f"use {_MANAGED_FIT_KWARGS[name]} instead."
            )
        for name in set(self.compile_kwargs or ()) & {"optimizer", "loss", "metrics"}:
            raise ValueError(
                f"The 'compile_kwargs' parameter of {owner} must not hold {name!r}: "
                f"use the parameter of that name instead."
            )

    def _train(self, X, y, sample_weight, groups, X_val, y_val, *, epochs, going_on, classes=None):
        """Train on checked rows, from fresh weights or going on."""
        layout = check_layout(self.layout, X.shape[1], type(self).__name__)
        rows, validation = self._split_validation(X, y, groups, X_val, y_val)
        weights = _row_weights(sample_weight, self.class_weight, X, y)
        if rows is not None:
            X, y = X[rows], y[rows]
            weights = None if weights is None else weights[rows]
        if going_on:
            _check_known(y, self.classes_, type(self).__name__)
        else:
            self.classes_ = _classes(y, classes, type(self).__name__)
            self.layout_ = layout
            self.history_ = {}
            self.fit_time_ = 0.0
        codes = np.searchsorted(self.classes_, y).astype(np.int32)
        if validation is not None:
            validation = self._encode_validation(*validation)

        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        start = time.perf_counter()
        try:
            if not going_on:
                self._start(seed)
            history = self._run(X, codes, weights, validation, epochs, seed)
        except BaseException:
            if not going_on:  # nothing half-trained may look fitted
                del self.history_
            raise
        self.fit_time_ += time.perf_counter() - start
        self.history_ = _joined_history(self.history_, history)
        self.n_iter_ = self._epochs_done()
        return self

    def _epochs_done(self):
        """Epochs in the history so far."""
        return len(self.history_.get("loss", ()))

    def _start(self, seed):
        """Take a network with fresh weights."""
        self._loan = self._wrapper = self._weights = None  # the old one returns to the pool first
        self._loan = self._borrow(seed)

    def _borrow(self, seed):
        """A compiled network for these classes and settings, with weights from this seed."""
        build_params = {
            "units": tuple(int(n) for n in self.units),
            "dropout": float(self.dropout),
            "dtype": self.dtype,
        }
        builder = type(self)._build

        def build():
            return builder(self.layout_, len(self.classes_), seed=seed, **build_params)

        def compiled(model):
            model.compile(**self._compile_arguments())
            return model

        return borrow(self._pool_key(builder, build_params), build, compiled)

    def _pool_key(self, builder, build_params):
        """What a compiled network depends on; None where that cannot be told from names."""
        plain = (self.optimizer, self.loss, *self.metrics, self.learning_rate)
        if self.compile_kwargs or not all(isinstance(p, str | numbers.Real) for p in plain):
            return None
        settings = (self.optimizer, float(self.learning_rate), self.loss, tuple(self.metrics))
        network = (builder.__name__, self.layout_, len(self.classes_), *build_params.values())
        return network + settings

    def _compile_arguments(self):
        """Arguments of ``keras.Model.compile``; objects are copied, never trained in place."""
        keras = import_keras()
        optimizer = self.optimizer
        if isinstance(optimizer, str):
            optimizer = keras.optimizers.get(optimizer)
            optimizer = type(optimizer)(learning_rate=self.learning_rate)
        elif isinstance(optimizer, type):
            optimizer = optimizer(learning_rate=self.learning_rate)
        else:
            optimizer = type(optimizer).from_config(optimizer.get_config())
        loss = self.loss
        if loss == "sparse_categorical_crossentropy":
            loss = keras.losses.SparseCategoricalCrossentropy(dtype=self.dtype)
        elif isinstance(loss, type):
            loss = loss()
        metrics = [m() if isinstance(m, type) else m for m in self.metrics]
        return {
            "optimizer": optimizer,
            "loss": loss,
            "metrics": metrics,
            **(self.compile_kwargs or {}),
        }

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

    def _run(self, X, codes, weights, validation, epochs, seed):
        """Train the network and return its history."""
        from ._scikeras import StopWhenNotFinite

        keras = import_keras()
        callbacks = [StopWhenNotFinite(type(self).__name__)]
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
        wrapper.fit(
            X,
            codes,
            sample_weight=weights,
            validation_data=validation,
            validation_batch_size=4 * PREDICT_BATCH,
            **(self.fit_kwargs or {}),
        )
        wrapper._n_classes, wrapper._one_hot = None, False  # a user may fit it to other labels
        # what the callbacks hold (weights, models) need not live as long as the classifier
        wrapper.callbacks = None
        wrapper._fit_callbacks = wrapper._predict_callbacks = []
        self._wrapper = wrapper
        return wrapper.history_

    def _network(self):
        """The network on loan; after loading, one that takes the stored weights."""
        if self._loan is None:
            with _loading:
                if self._loan is None:
                    self._load_network()
        return self._loan

    def _load_network(self):
        """Put the stored weights into a network."""
        _check_size(self.units, self.n_features_in_, self._weights, type(self).__name__)
        loan = self._borrow(seed=0)
        _set_weights(loan.model, self._weights, type(self).__name__)
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
            X_val, y_val = validate_data(
                self, X_val, y_val, dtype=[np.float32, np.float64], order="C", reset=False
            )
            return None, (X_val, y_val)
        if not self.validation_fraction:
            return None, None
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        if groups is None:
            warnings.warn(
                f"{owner} cuts its validation rows from all subjects, since fit got no groups: "
                "validation figures will be too good. Pass groups=beats.groups to keep subjects "
                "apart, or X_val and y_val.",
                UserWarning,
                stacklevel=4,
            )
            counts = np.unique(y, return_counts=True)[1]
            train, val = train_test_split(
                np.arange(len(y)),
                test_size=self.validation_fraction,
                stratify=y if counts.min() > 1 else None,
                random_state=seed,
            )
        else:
            groups = np.asarray(groups)
            if groups.shape != (len(y),):
                raise ValueError(
                    f"{owner}.fit got groups of shape {groups.shape} for {len(y)} rows: a "
                    "resampler in front of it changed the rows, but not the groups. Cut the "
                    "validation subjects before the pipeline and pass them on: "
                    "`train, val, test = skecg.train_test_subjects(beats, val_size=0.15)`, then "
                    "`pipe.fit(train.data, train.target, X_val=val.data, y_val=val.target)` with "
                    "`make_beat_pipeline(..., transform_input=['X_val'])`."
                )
            splitter = StratifiedGroupShuffleSplit(
                1, test_size=self.validation_fraction, random_state=seed
            )
            train, val = next(splitter.split(X, y, groups))
        return train, (X[val], y[val])

    def _encode_validation(self, X_val, y_val):
        """Validation rows and codes, without the classes that training lacks."""
        known = np.isin(y_val, self.classes_)
        if not known.all():
            labels, counts = np.unique(y_val[~known], return_counts=True)
            missing = ", ".join(f"{n} of {k}" for k, n in zip(labels, counts, strict=True))
            warnings.warn(
                f"{type(self).__name__} leaves {(~known).sum()} of {len(y_val)} validation rows "
                f"out, since training has no such class: {missing}.",
                UserWarning,
                stacklevel=5,
            )
            if not known.any():
                raise ValueError(
                    f"No class of y_val is in y: y has {self.classes_.tolist()}, y_val {missing}."
                )
            X_val, y_val = X_val[known], y_val[known]
        return X_val, np.searchsorted(self.classes_, y_val).astype(np.int32)


def _is_int(value):
    """Whether a value is an integer, not a bool."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _is_real(value):
    """Whether a value is a number, not a bool."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _classes(y, classes, owner):
    """All labels, sorted; at least two."""
    found = np.unique(y)
    if classes is not None:
        classes = np.unique(classes)
        _check_known(y, classes, owner)
        found = classes
    if len(found) < 2:
        raise ValueError(
            f"{owner} needs beats of at least two classes. "
            f"Got one class only: {found.tolist()[0]!r}."
        )
    return found


def _check_known(y, classes, owner):
    """Raise if a label is none of the classes."""
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        raise ValueError(
            f"{owner} knows the classes {classes.tolist()}. Got other labels in y: "
            f"{unknown.tolist()}. "
            "Fit anew (warm_start=False), or name all classes in the first partial_fit."
        )


def _compares_vectors(loss):
    """Whether a loss wants one column a class, as all of Keras do but the sparse ones.

    Most of them would take class numbers too, broadcast them, and train nonsense.
    """
    if isinstance(loss, str):
        return "sparse" not in loss.lower()
    named = loss if hasattr(loss, "__name__") else type(loss)
    of_keras = getattr(named, "__module__", "").partition(".")[0] == "keras"
    return of_keras and "sparse" not in named.__name__.lower()


def _joined_history(before, after):
    """Values by epoch of two trainings in a row; NaN where a figure was not measured."""
    names = sorted(
        {*before, *after}, key=lambda name: (name.startswith("val_"), "loss" not in name)
    )

    def values(history, name):
        return [float(v) for v in history.get(name, [np.nan] * len(history.get("loss", ())))]

    return {name: values(before, name) + values(after, name) for name in names}


def _row_weights(sample_weight, class_weight, X, y):
    """One weight a row, or None where all are equal."""
    if sample_weight is None and class_weight is None:
        return None
    weights = _check_sample_weight(sample_weight, X, dtype=np.float64)
    if class_weight is not None:
        balanced = class_weight in ("balanced", "sqrt_balanced")
        by_class = compute_sample_weight("balanced" if balanced else dict(class_weight), y)
        weights = weights * (np.sqrt(by_class) if class_weight == "sqrt_balanced" else by_class)
    return weights.astype(np.float32)


def _check_size(units, n_features, weights, owner):
    """Refuse to build a network that its stored weights cannot fill, as a crafted file may ask.

    A recurrent layer of n units has more than n * n weights, and each has arrays of its own.
    """
    n_weights = sum(np.size(w) for w in weights)
    if (
        len(units) > len(weights)
        or any(n * n > n_weights for n in units)
        or n_features > _MAX_FEATURES
    ):
        raise ValueError(
            f"{owner} with units={units!r} and {n_features} columns cannot have the stored "
            f"{len(weights)} arrays of {n_weights} weights."
        )


def _set_weights(model, weights, owner):
    """Put stored arrays into a network, if they are its shapes."""
    shapes = [tuple(w.shape) for w in model.weights]
    stored = [np.shape(w) for w in weights]
    if shapes != stored:
        raise ValueError(
            f"The stored weights do not fit the network of {owner}: expected shapes {shapes}, "
            f"got {stored}."
        )
    model.set_weights(weights)


def _predict_in_batches(model, X):
    """Probabilities of all rows, in batches of one size, the last one filled with zeros."""
    outputs = []
    for start in range(0, len(X), PREDICT_BATCH):
        batch = X[start : start + PREDICT_BATCH]
        n_rows = len(batch)
        if n_rows < PREDICT_BATCH:
            batch = np.concatenate(
                [batch, np.zeros((PREDICT_BATCH - n_rows, X.shape[1]), X.dtype)]
            )
        outputs.append(np.asarray(model.predict_on_batch(batch))[:n_rows])
    return np.concatenate(outputs)
