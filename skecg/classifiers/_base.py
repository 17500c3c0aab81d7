"""The base class of the networks: fit, predict, calibrate."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from ..calibration._calibration import TemperatureScaling, after, fit_calibration
from ..layout import check_layout
from ..utils import check_rows
from ._callbacks import detach_model, only_of_keras
from ._checkpoint import Checkpoint, add_checkpoints
from ._compile import architecture, borrow_network, compares_vectors, compile_settings
from ._history import History, fill_history, join_histories
from ._holder import NetworkHolder
from ._keras import import_keras
from ._network_settings import NetworkSettings
from ._params import check_network, complete_architecture
from ._pool import Loan
from ._predict_numpy import NumpyContextLSTM
from ._row_order import RowOrder
from ._rows import FLOATS, check_known, find_classes
from ._training import TrainingData
from ._weights import (
    Network,
    check_architecture,
    check_shapes,
    corrected,
    corrected_mean,
    fold_calibration,
    predict_rows,
    set_weights,
)

if TYPE_CHECKING:
    import keras
    from scikeras.wrappers import KerasClassifier

__all__ = ["BaseNetworkClassifier"]


class BaseNetworkClassifier(NetworkSettings, ClassifierMixin, BaseEstimator):
    """A scikit-learn classifier that builds a Keras network and wraps it as a KerasClassifier.

    Subclasses give the constructor, ``_build`` (a function that builds the network) and
    ``_least_weights`` (a lower bound of its number of weights).
    """

    # X_val and y_val are passed on where metadata routing is on. Groups are not: behind a
    # resampler they no longer fit the rows; set_fit_request(groups=True) asks for them.
    __metadata_request__fit: ClassVar[dict] = {"X_val": True, "y_val": True, "groups": False}

    _predicts_most_probable: ClassVar[bool] = True  # predict is the argmax of predict_proba
    _holder: NetworkHolder

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        X_val: ArrayLike | tuple[ArrayLike] | None = None,
        y_val: ArrayLike | tuple[ArrayLike] | None = None,
    ) -> "BaseNetworkClassifier":
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features)
            Rows of beats.
        y : array-like of shape (n_beats,)
            Labels.
        sample_weight : array-like of shape (n_beats,), default=None
            Weight of each row in the loss. Behind a resampler, which changes the rows but not
            their weights, pass none.
        groups : array-like of shape (n_beats,), default=None
            Subject of each row, by which ``validation_fraction`` is split off. Behind a
            resampler, which changes the rows but not their groups, pass none.
        X_val : array-like of shape (n_val, n_features) or tuple of one, default=None
            Rows to validate on after each epoch; they are never trained on. They take
            precedence over ``validation_fraction``. In a search pass them as a tuple,
            ``X_val=(val.data,)``: searches cut arrays as long as ``X`` by their folds, and pass
            tuples on whole. A pipeline with ``transform_input=["X_val"]`` transforms both.
        y_val : array-like of shape (n_val,) or tuple of one, default=None
            Labels of ``X_val``. Rows of classes that ``y`` lacks are excluded, with a warning.

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

        Warns
        -----
        UserWarning
            If ``validation_fraction`` is split off without ``groups``, validation rows are of
            unknown classes, or ``X_val`` is a bare array with as many rows as ``X``, which a
            search would have cut.
        """
        check_network(self)
        going_on = self.warm_start and self.__sklearn_is_fitted__()
        data = self._prepare(
            X,
            y,
            going_on,
            sample_weight=sample_weight,
            groups=groups,
            X_val=X_val,
            y_val=y_val,
        )
        return self._train(data, self.epochs, going_on, self._callbacks_of_fit(), checkpoints=True)

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        *,
        sample_weight: ArrayLike | None = None,
    ) -> "BaseNetworkClassifier":
        """Train one epoch more on these rows.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features)
            Rows of beats.
        y : array-like of shape (n_beats,)
            Labels.
        classes : array-like of shape (n_classes,), default=None
            All classes of this and later calls; needed in the first call if ``y`` lacks some.
        sample_weight : array-like of shape (n_beats,), default=None
            Weight of each row in the loss.

        Returns
        -------
        self : object
            The classifier, trained one epoch more.
        """
        check_network(self)
        going_on = self.__sklearn_is_fitted__()
        data = self._prepare(X, y, going_on, classes, sample_weight=sample_weight)
        return self._train(data, 1, going_on)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.floating]:
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
            If probabilities are not finite, because of huge values in the rows or of weights
            that diverged.
        """
        check_is_fitted(self)
        rows = check_rows(self, X, dtype=FLOATS, order="C", reset=False)
        wide = self.architecture_["dtype"] == "float64"
        dtype = np.float64 if wide else np.float32
        probabilities = predict_rows(self._predictor(), rows, dtype)
        if not np.isfinite(probabilities).all():
            raise FloatingPointError(
                f"{type(self).__name__} computed probabilities that are not finite, for rows "
                f"with values of up to {np.abs(rows).max():g}: the rows are out of the range of "
                f"{dtype.__name__}, or training diverged. Scale the rows (BeatNormalizer), or "
                "fit anew."
            )
        return probabilities

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features)
            Rows of beats.

        Returns
        -------
        ndarray of shape (n_beats,)
            Labels, of the type of ``y`` in ``fit``.
        """
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def calibrate(
        self,
        X: ArrayLike | None = None,
        y: ArrayLike | None = None,
        *,
        sample_weight: ArrayLike | None = None,
        correct_prior: bool = False,
        calibration: TemperatureScaling | None = None,
    ) -> "BaseNetworkClassifier":
        """Correct the probabilities, by rows of subjects that ``fit`` has not seen.

        The correction goes into the weights of the last layer, so predictions, files and copies
        of the classifier have it without knowing of it. Rows of training, or of the subjects of
        training, calibrate nothing: a network is surer there than anywhere else. Nothing here
        can detect them.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features), default=None
            Rows of other subjects than those of training. Behind steps of a pipeline, pass rows
            transformed by these steps; `skecg.calibrate` does so.
        y : array-like of shape (n_beats,), default=None
            Labels. Rows of classes that the network does not know are excluded, with a warning.
        sample_weight : array-like of shape (n_beats,), default=None
            Weight of each row in the loss.
        correct_prior : bool, default=False
            Whether to fit an offset for each class besides the temperature, as needed after
            training with class weights or resampled rows. The most probable class may change.
        calibration : TemperatureScaling, default=None
            Result of `find_calibration`, in place of rows.

        Returns
        -------
        self : object
            The classifier. ``calibration_`` holds all corrections since its last training.

        Raises
        ------
        TypeError
            If ``calibration`` is not a TemperatureScaling.
        ValueError
            If there are neither rows nor a calibration, or both, or the rows determine no
            calibration.
        """
        check_is_fitted(self)
        owner = f"{type(self).__name__}.calibrate"
        if calibration is None:
            calibration = self._find_calibration(X, y, sample_weight, correct_prior, owner)
        elif not isinstance(calibration, TemperatureScaling):
            raise TypeError(
                f"The 'calibration' parameter of {owner} must be a TemperatureScaling, as "
                f"find_calibration returns it. Got {calibration!r} instead."
            )
        elif any(given is not None for given in (X, y, sample_weight)) or correct_prior:
            raise ValueError(
                f"{owner} takes no rows, weights or correct_prior together with 'calibration', "
                "which is the result of them."
            )
        unknown = [c for c in calibration.offsets if c not in self.classes_.tolist()]
        if unknown:
            raise ValueError(
                f"The 'calibration' parameter of {owner} has offsets of {unknown}, and the "
                f"network knows the classes {self.classes_.tolist()}."
            )
        self._fold(calibration)
        self.calibration_ = after(getattr(self, "calibration_", None), calibration)
        return self

    @property
    def estimator_(self) -> "KerasClassifier":
        """The fitted ``scikeras.wrappers.KerasClassifier``; its labels are 0 to n_classes - 1."""
        loan = self._network_or_raise("estimator_")
        loan.keep()
        if self._holder.wrapper is None:
            wrapper = self._wrap(loan.model)
            # set the attributes that a fit would set, from the known shapes
            wrapper.initialize(
                np.zeros((len(self.classes_), self.n_features_in_), np.float32),
                np.arange(len(self.classes_)),
            )
            wrapper.history_ = self.history_
            self._holder.wrapper = wrapper
        return self._holder.wrapper

    @property
    def model_(self) -> "keras.Model":
        """The trained ``keras.Model``: takes rows, returns probabilities."""
        loan = self._network_or_raise("model_")
        loan.keep()
        return loan.model

    def __sklearn_is_fitted__(self) -> bool:
        """Tell whether there are weights to predict with."""
        return hasattr(self, "classes_") and hasattr(self, "history_")

    def __sklearn_tags__(self):
        """Take float rows of two or more classes."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.classifier_tags.poor_score = True
        tags.non_deterministic = False
        return tags

    def __getstate__(self) -> dict[str, Any]:
        """Return the state with stored weights in place of the network."""
        state = super().__getstate__().copy()
        if "_holder" in state:
            state["_holder"] = self._holder.stored_copy()
        return state

    def _network_weights(self) -> list[NDArray[Any]]:
        """Return the weights of the network, in the order of ``model_.weights``.

        Unlike ``model_.get_weights()`` this leaves the network to be reused by later fits.
        """
        check_is_fitted(self)
        return self._holder.weights() or []

    def _restore_network(self, weights: list[NDArray[Any]]) -> None:
        """Take weights of a file; the network is built when it is needed first.

        The fitted attributes, ``architecture_`` among them, must be set.
        """
        self._holder = NetworkHolder(weights)

    def _store(self, parameters: Mapping[str, Any]) -> None:
        """Store the parameters of a constructor as they are, each under its name.

        ``self._store(locals())`` is short for ``self.units = units`` and so on.
        """
        for name, value in parameters.items():
            if name not in ("self", "__class__"):
                setattr(self, name, value)

    def _prepare(
        self,
        X: ArrayLike,
        y: ArrayLike,
        going_on: bool,
        classes: ArrayLike | None = None,
        **given: Any,
    ) -> TrainingData:
        """Check all arguments of a training, and set the attributes known before it."""
        owner = type(self).__name__
        rows, labels = check_rows(self, X, y, dtype=FLOATS, order="C", reset=not going_on)
        check_classification_targets(labels)
        if going_on:
            self._check_unchanged(classes)
        else:  # whatever fails from here, no network may stay that does not fit n_features_in_
            self.__dict__.pop("history_", None)
        layout = check_layout(self.layout, self.n_features_in_, owner)
        data = TrainingData.prepare(self, rows, labels, **given)
        if going_on:
            check_known(data.y, self.classes_, owner)
        else:
            self.classes_ = find_classes(data.y, classes, owner)
            self.layout_ = layout
            self.architecture_ = architecture(self)
        return data.encoded(self.classes_, owner)

    def _train(
        self,
        data: TrainingData,
        epochs: int,
        going_on: bool,
        own_callbacks: Sequence["keras.callbacks.Callback"] = (),
        checkpoints: bool = False,
    ) -> "BaseNetworkClassifier":
        """Train on prepared rows, from fresh weights or from the present ones."""
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        start, checkpoint = time.perf_counter(), None
        if checkpoints and self.checkpoint is not None:
            model = self._network().model if going_on else None
            checkpoint = Checkpoint.of(self, self.checkpoint, data, seed, model)
        try:
            self.__dict__.pop("calibration_", None)  # of the weights before training
            if not going_on:
                self.history_, self.fit_time_ = {}, 0.0
                self._holder = NetworkHolder()  # the old network returns to the pool first
                self._holder.hold(borrow_network(self, seed))
            history = self._run(data, epochs, seed, own_callbacks, checkpoint)
        except BaseException:
            if not going_on:  # nothing half-trained may look fitted
                self.__dict__.pop("history_", None)
            raise
        self._holder.settings = compile_settings(self)
        seconds = checkpoint.seconds if checkpoint else time.perf_counter() - start
        self.fit_time_ += seconds
        self.history_ = join_histories(self.history_, history)
        self.n_iter_ = len(self.history_.get("loss", ()))
        return self

    def _run(
        self,
        data: TrainingData,
        epochs: int,
        seed: int,
        own_callbacks: Sequence["keras.callbacks.Callback"],
        checkpoint: Checkpoint | None,
    ) -> History:
        """Train the network, or what a checkpoint lacks of it, and return its history."""
        from ._scikeras import BeginRowOrder, not_finite

        loan = self._network()
        options = dict(self.fit_kwargs or {})
        measured = options.get("validation_freq", 1)
        before = None if checkpoint is None else checkpoint.read(loan.model)
        if before is not None:
            before.put_into(loan.model)
            if before.finished:
                self._holder.wrapper = None  # of an earlier fit
                return fill_history(before.history, measured)
            options["initial_epoch"] = options.get("initial_epoch", 0) + before.n_epochs
            epochs = 0 if before.stops else epochs - before.n_epochs
        order = RowOrder(seed, before.order if before else None)
        own = [BeginRowOrder(order), *own_callbacks]
        callbacks = self._all_callbacks(own, data.validation is not None)
        if checkpoint is not None:
            add_checkpoints(callbacks, checkpoint, order, before)
        if not only_of_keras(self.callbacks):
            loan.keep()  # its layers may have changed
        wrapper = self._wrap(loan.model, epochs=epochs, callbacks=callbacks)
        try:
            history = wrapper.train(
                data,
                n_classes=len(self.classes_),
                one_hot=compares_vectors(self.loss),
                order=order,
                **options,
            )
        finally:
            detach_model(self.callbacks)
        if not all(np.isfinite(w).all() for w in loan.model.get_weights()):
            problem = "weights are no longer finite, after a finite loss,"
            raise not_finite(type(self).__name__, problem, "the last step", self.learning_rate)
        self._holder.wrapper = wrapper
        if checkpoint is not None:
            history = wrapper.history_ = checkpoint.finish(loan.model, before, history)
        return fill_history(history, measured)

    def _all_callbacks(
        self, own: Sequence["keras.callbacks.Callback"], validates: bool
    ) -> list["keras.callbacks.Callback"]:
        """Return our callbacks and then those of the user."""
        from ._scikeras import StopWhenNotFinite

        callbacks = [StopWhenNotFinite(type(self).__name__), *own]
        if self.early_stopping:
            callbacks.append(
                import_keras().callbacks.EarlyStopping(
                    monitor="val_loss" if validates else "loss",
                    patience=self.n_iter_no_change,
                    restore_best_weights=True,
                )
            )
        given = self.callbacks or ()
        return callbacks + [c() if isinstance(c, type) else c for c in given]

    def _wrap(
        self,
        model: "keras.Model",
        *,
        epochs: int | None = None,
        callbacks: Sequence["keras.callbacks.Callback"] = (),
    ) -> "KerasClassifier":
        """Wrap a compiled model as a KerasClassifier."""
        from ._scikeras import SeededKerasClassifier

        return SeededKerasClassifier(
            model=model,
            loss=self.loss,
            optimizer=self.optimizer,
            metrics=list(self.metrics),
            batch_size=self.batch_size,
            epochs=self.epochs if epochs is None else epochs,
            verbose=self.verbose,
            callbacks=list(callbacks),
        )

    # ---- hooks of subclasses

    def _callbacks_of_fit(self) -> Sequence["keras.callbacks.Callback"]:
        """Return callbacks that training by `fit` needs besides those of the user."""
        return []

    def _network(self) -> Loan:
        """Return the network; after loading, build one and put the stored weights into it."""
        return self._holder.network(self._load)

    def _load(self, weights: list[NDArray[Any]]) -> Loan:
        """Build a network for stored weights and put them into it."""
        self._check_stored(weights)
        loan = borrow_network(self, seed=0)
        set_weights(loan.model, weights, type(self).__name__)
        return loan

    def _predictor(self) -> Network:
        """Return the network that predicts: in NumPy if it can, whether Keras is there or not."""
        if not NumpyContextLSTM.computes(type(self)._build, self.architecture_.get("dtype", "")):
            return self._network().network
        weights, in_numpy = self._holder.weights() or [], self._holder.in_numpy
        if in_numpy is not None and in_numpy.has(weights):
            return in_numpy
        if self._holder.is_stored:
            self._check_stored(weights)
        parts = self.layout_, len(self.classes_), self.architecture_
        check_shapes(NumpyContextLSTM.weight_shapes(*parts), weights, type(self).__name__)
        self._holder.in_numpy = NumpyContextLSTM(*parts, weights)
        return self._holder.in_numpy

    def _check_stored(self, weights: list[NDArray[Any]]) -> None:
        """Check stored weights against the architecture, and complete that of an old file."""
        network = type(self)
        check_architecture(network, self.architecture_, self.layout_, len(self.classes_), weights)
        self.architecture_ = complete_architecture(network, self.architecture_)
        if self._holder.settings is None:  # from a file, whose parameters it was compiled with
            self._holder.settings = compile_settings(self) | self.architecture_

    def _fold(self, calibration: TemperatureScaling) -> None:
        """Put a calibration into the last layer of the network, or of its stored weights."""
        in_numpy = isinstance(self._predictor(), NumpyContextLSTM)
        if not (in_numpy and self._holder.is_stored):
            model = self._network().model
            fold_calibration(model, calibration, self.classes_, type(self).__name__)
            return
        dtype = self.architecture_["dtype"]
        weights = [np.asarray(w, dtype=dtype) for w in self._holder.weights() or []]
        correct = corrected_mean if self.architecture_.get("n_networks", 1) > 1 else corrected
        last = correct(weights[-2:], calibration, self.classes_)
        self._holder.replace_stored([*weights[:-2], *(w.astype(dtype) for w in last)])

    def _network_or_raise(self, name: str) -> Loan:
        """Return the network, or raise AttributeError before fit, so that hasattr works."""
        if not self.__sklearn_is_fitted__():
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self._network()

    def _check_unchanged(self, classes: ArrayLike | None) -> None:
        """Raise if training cannot go on with these classes or settings; set the learning rate."""
        owner = type(self).__name__
        if classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(
                f"{owner} knows the classes {self.classes_.tolist()}. Got other ones: "
                f"classes={np.unique(classes).tolist()}. Omit 'classes' after the first "
                "partial_fit, or begin anew with a clone."
            )
        loan = self._network()  # settings of a network from a file are known once it is built
        changed = self._holder.changed(compile_settings(self))
        if changed == ["learning_rate"] and not hasattr(self.optimizer, "get_config"):
            loan.model.optimizer.learning_rate = self.learning_rate
        elif changed:
            raise ValueError(
                f"{owner} cannot go on training with other {', '.join(changed)}: the network is "
                "built. Set them back, or fit anew with warm_start=False."
            )

    def _find_calibration(
        self,
        X: ArrayLike | None,
        y: ArrayLike | None,
        sample_weight: ArrayLike | None,
        correct_prior: bool,
        owner: str,
    ) -> TemperatureScaling:
        """Find the calibration of this network from rows."""
        if X is None or y is None:
            raise ValueError(
                f"{owner} needs rows 'X' and labels 'y' of subjects that training did not see, "
                "or else the 'calibration' that find_calibration returns."
            )
        rows, labels = check_rows(self, X, y, dtype=FLOATS, order="C", reset=False)
        return fit_calibration(
            labels,
            self.predict_proba(rows),
            self.classes_,
            sample_weight=sample_weight,
            correct_prior=correct_prior,
            owner=owner,
        )
