import copy
import gc
import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, StratifiedKFold, check_cv

from skecg import BeatLayout, LSTMClassifier, RNNClassifier
from skecg.classifiers import _pool
from skecg.classifiers._compile import compares_vectors
from skecg.classifiers._history import fill_history
from skecg.classifiers._weights import predict_rows

from .._estimators import TINY


@pytest.fixture(scope="module")
def fitted(beats_2):
    return RNNClassifier(**TINY).fit(*beats_2)


def test_classifier_is_one_so_that_folds_are_stratified():
    assert is_classifier(LSTMClassifier())
    cv = check_cv(3, np.repeat(["N", "V"], 6), classifier=is_classifier(LSTMClassifier()))
    assert isinstance(cv, StratifiedKFold)


def test_fit_learns_two_shifted_classes(beats_2):
    X, y = beats_2
    clf = LSTMClassifier((4,), epochs=8, learning_rate=0.05, random_state=0).fit(X, y)
    assert clf.score(X, y) > 0.95
    # the same from the same seed, and the same for single rows
    whole = clf.predict_proba(X)
    np.testing.assert_array_equal(clf.predict_proba(X[5:6]), whole[5:6])
    np.testing.assert_array_equal(clf.fit(X, y).predict_proba(X), whole)


def test_predict_returns_labels_of_the_type_of_fit(fitted, beats_2):
    assert set(fitted.predict(beats_2[0])) <= {"N", "V"}
    assert fitted.predict(beats_2[0]).dtype == beats_2[1].dtype


@pytest.mark.parametrize("labels", [[3, 7], [False, True], ["no", "yes"]])
def test_fit_takes_labels_of_any_type(beats_2, labels):
    X, y = beats_2[0], np.asarray(labels)[(beats_2[1] == "V").astype(int)]
    clf = RNNClassifier(**TINY).fit(X, y)
    np.testing.assert_array_equal(clf.classes_, labels)
    assert clf.predict(X).dtype == y.dtype


def test_history_has_one_value_an_epoch(fitted):
    assert list(fitted.history_) == ["loss", "accuracy"]
    assert [len(v) for v in fitted.history_.values()] == [2, 2]
    assert fitted.n_iter_ == 2
    assert fitted.fit_time_ > 0


def test_same_random_state_gives_the_same_network(fitted, beats_2):
    again = clone(fitted).fit(*beats_2)
    np.testing.assert_array_equal(
        again.predict_proba(beats_2[0]), fitted.predict_proba(beats_2[0])
    )


def test_other_random_state_gives_another_network(fitted, beats_2):
    other = clone(fitted).set_params(random_state=1).fit(*beats_2)
    assert not np.allclose(other.predict_proba(beats_2[0]), fitted.predict_proba(beats_2[0]))


def test_fit_leaves_the_global_generators_alone(fitted, beats_2):
    python, numpy = random.getstate(), np.random.get_state()
    clone(fitted).fit(*beats_2).predict(beats_2[0])
    assert random.getstate() == python
    assert all(np.array_equal(a, b) for a, b in zip(np.random.get_state(), numpy, strict=True))


def test_fit_leaves_the_seeds_of_keras_alone(fitted, beats_2):
    import keras

    draws = []
    for between in (False, True):
        keras.utils.set_random_seed(3)
        if between:
            clone(fitted).fit(*beats_2).predict(beats_2[0])
        draws.append(np.asarray(keras.random.uniform((4,))))
    np.testing.assert_array_equal(*draws)


@pytest.mark.parametrize("state", ["not fitted", "fitted"])
def test_html_shows_parameters_and_whether_it_is_fitted(fitted, state):
    clf = fitted if state == "fitted" else clone(fitted)
    shown = clf._repr_html_()
    assert f"<span>{state.capitalize()}</span>" in shown
    assert "(4,)" in shown


def test_probabilities_of_a_row_do_not_depend_on_the_others(fitted, beats_2):
    X = np.tile(beats_2[0], (3, 1))
    whole = fitted.predict_proba(X)
    np.testing.assert_array_equal(fitted.predict_proba(X[5:6]), whole[5:6])
    np.testing.assert_array_equal(fitted.predict_proba(X[::-1]), whole[::-1])
    for first, last in [(0, 1), (3, 20), (100, 300), (1, 359)]:
        np.testing.assert_array_equal(fitted.predict_proba(X[first:last]), whole[first:last])


@pytest.mark.parametrize(("rounding", "widest"), [(0, 128), (1e-9, 16)])
def test_wide_batches_are_used_where_they_round_like_small_ones(rounding, widest):
    sizes = set()

    class Network:
        widest = None

        def predict_on_batch(self, X):
            sizes.add(len(X))
            return X + rounding * len(X)

    network = Network()
    X = np.arange(300.0).reshape(300, 1)
    found = predict_rows(network, X, np.float64)
    assert network.widest == widest
    np.testing.assert_array_equal(found, X + rounding * 16)
    sizes.clear()
    predict_rows(network, X, np.float64)
    assert sizes == {16, widest}


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_predict_the_same(fitted, beats_2, copied):
    expected = fitted.predict_proba(beats_2[0])
    np.testing.assert_array_equal(copied(fitted).predict_proba(beats_2[0]), expected)


def test_threads_may_share_a_classifier_just_loaded(fitted, beats_2):
    loaded = pickle.loads(pickle.dumps(fitted))
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(loaded.predict_proba, [beats_2[0]] * 8))
    expected = fitted.predict_proba(beats_2[0])
    assert all(np.array_equal(proba, expected) for proba in found)


def test_estimator_is_a_fitted_keras_classifier(fitted, beats_2):
    from scikeras.wrappers import KerasClassifier

    assert isinstance(fitted.estimator_, KerasClassifier)
    assert fitted.estimator_.model_ is fitted.model_
    codes = fitted.estimator_.predict(beats_2[0])
    np.testing.assert_array_equal(fitted.classes_[codes], fitted.predict(beats_2[0]))


def test_importing_scikeras_leaves_keras_pickling_alone(fitted):
    import keras

    assert "scikeras" not in keras.Model.__reduce__.__module__


def test_unfitted_classifier_has_no_network(beats_2):
    clf = LSTMClassifier()
    with pytest.raises(NotFittedError):
        clf.predict(beats_2[0])
    for name in ("model_", "estimator_", "history_"):
        assert not hasattr(clf, name)


def test_given_validation_rows_are_measured_each_epoch(beats_2):
    X, y = beats_2
    clf = RNNClassifier(**TINY).fit(X[::2], y[::2], X_val=(X[1::2],), y_val=y[1::2])
    assert list(clf.history_) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    predicted = clf.predict(X[1::2])
    assert clf.history_["val_accuracy"][-1] == pytest.approx((predicted == y[1::2]).mean())


@pytest.fixture
def trained_on(monkeypatch):
    """The data of each training, which is not done."""
    seen = []

    def run(self, data, *args):
        seen.append(data)
        return {"loss": [1.0]}

    monkeypatch.setattr(RNNClassifier, "_run", run)
    return seen


@pytest.mark.parametrize("pack", [lambda a: (a,), lambda a: [a], list, np.asarray])
def test_validation_rows_come_bare_or_as_the_only_item_of_a_tuple(beats_2, trained_on, pack):
    X, y = beats_2
    RNNClassifier(**TINY).fit(X, y, X_val=pack(X[40:80]), y_val=pack(y[40:80]))
    X_val, codes = trained_on[0].validation
    np.testing.assert_array_equal(X_val, X[40:80])
    assert codes.tolist() == [0] * 20 + [1] * 20


@pytest.mark.parametrize("label", [["N"], ("N",), (["N"],), (np.array(["N"]),)])
def test_one_validation_row_is_not_taken_for_a_tuple(beats_2, trained_on, label):
    X, y = beats_2
    RNNClassifier(**TINY).fit(X, y, X_val=X[:1].tolist(), y_val=label)
    assert trained_on[0].validation[0].shape == (1, 8)


@pytest.mark.parametrize(
    ("X_val", "y_val", "words"),
    [
        (lambda X: X, None, "X_val without y_val"),
        (None, lambda y: y, "y_val without X_val"),
        (lambda X: (X, X), lambda y: y, "'X_val' .* one array, or a tuple of one. Got 2 arrays"),
        (lambda X: (X,), lambda y: (y, y), "'y_val' .* one array, or a tuple of one. Got 2"),
        (lambda X: (X,), lambda y: y[:60], r"120 rows in X_val and 60 labels .* y_val=\(val"),
        (lambda X: X[:60], lambda y: (y,), r"60 rows in X_val and 120 .* X_val=\(val\.data,\)"),
        (lambda X: ([[1.0], [1.0, 2.0]],), lambda y: y[:1], "inhomogeneous"),
        (lambda X: (), lambda y: y[:0], "Expected 2D array|0 sample"),
        (lambda X: X[:3], lambda y: ["Q"] * 3, "No class of y_val is in y"),
    ],
)
def test_unusable_validation_rows_are_refused(beats_2, X_val, y_val, words):
    X, y = beats_2
    clf = RNNClassifier(**TINY)
    with pytest.raises(ValueError, match=words):
        clf.fit(X, y, X_val=X_val and X_val(X), y_val=y_val and y_val(y))
    with pytest.raises(NotFittedError):
        clf.predict(X)


def test_bare_validation_rows_as_many_as_training_rows_warn_of_searches(beats_2, trained_on):
    X, y = beats_2
    with pytest.warns(UserWarning, match=r"as many validation rows as training rows \(120\)"):
        RNNClassifier(**TINY).fit(X, y, X_val=X, y_val=y)


def test_validation_rows_of_unknown_classes_are_counted_and_excluded(beats_2, trained_on):
    X, y = beats_2
    y_val = np.where(np.arange(len(y)) < 3, "Q", y)
    with pytest.warns(UserWarning, match="excludes 3 of 120 validation rows.*3 of Q"):
        RNNClassifier(**TINY).fit(X, y, X_val=(X,), y_val=y_val)
    np.testing.assert_array_equal(trained_on[0].validation[0], X[3:])


def test_validation_fraction_splits_by_subject(beats_2, trained_on):
    X, y = beats_2
    groups = np.tile(np.repeat(["a", "b", "c", "d"], 15), 2)
    RNNClassifier(**TINY, validation_fraction=0.25).fit(X, y, groups=groups)
    subject_of = {row.tobytes(): g for row, g in zip(X, groups, strict=True)}
    data = trained_on[0]
    train, val = ({subject_of[r.tobytes()] for r in k} for k in (data.X, data.validation[0]))
    assert len(val) == 1
    assert train | val == {"a", "b", "c", "d"}
    assert not train & val


def test_validation_fraction_without_groups_warns(beats_2, trained_on):
    with pytest.warns(UserWarning, match="Pass groups=beats.groups"):
        RNNClassifier(**TINY, validation_fraction=0.25).fit(*beats_2)
    assert len(trained_on[0].validation[0]) == 30


def test_groups_of_another_length_say_that_a_resampler_changed_the_rows(beats_2):
    clf = RNNClassifier(**TINY, validation_fraction=0.25)
    with pytest.raises(ValueError, match=r"resampler.*changed the rows(.|\n)*train_test_subjects"):
        clf.fit(*beats_2, groups=["a", "b"])


def test_early_stopping_restores_the_best_weights(beats_2):
    X, y = beats_2
    swapped = np.where(y == "N", "V", "N")  # the better the training, the worse the validation
    clf = RNNClassifier(
        (4,),
        epochs=20,
        learning_rate=0.05,
        early_stopping=True,
        n_iter_no_change=2,
        random_state=0,
    ).fit(X, y, X_val=(X,), y_val=swapped)
    best = int(np.argmin(clf.history_["val_loss"]))
    assert clf.n_iter_ == best + 3
    probability = clf.predict_proba(X)[np.arange(len(y)), (swapped == "V").astype(int)]
    assert -np.log(probability).mean() == pytest.approx(clf.history_["val_loss"][best], rel=1e-4)


def test_loss_that_is_not_finite_ends_training_with_a_way_out(beats_2):
    X, y = beats_2
    clf = RNNClassifier((4,), learning_rate=1e30, epochs=3, random_state=0)
    expected = r"RNNClassifier failed: the loss became .* in epoch \d.*learning rate 1e\+30"
    with pytest.raises(FloatingPointError, match=expected) as error:
        clf.fit(X * 1e10, y)
    assert "Lower learning_rate" in str(error.value)
    assert not hasattr(clf, "history_")


def test_one_class_is_an_error(beats_2):
    with pytest.raises(ValueError, match=r"at least two classes\. Got one class only: 'N'"):
        LSTMClassifier(**TINY).fit(beats_2[0][:60], beats_2[1][:60])


def test_layout_of_another_width_is_an_error(beats_2):
    with pytest.raises(ValueError, match=r"describes rows of 50 columns.*but X has 8"):
        LSTMClassifier(**TINY, layout=BeatLayout(50)).fit(*beats_2)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("units", (), "non-empty sequence of positive ints"),
        ("units", (4, -1), "non-empty sequence of positive ints"),
        ("dropout", 1.0, r"a float in \[0, 1\)"),
        ("learning_rate", -1e-3, "positive"),
        ("epochs", 0, "a positive int"),
        ("batch_size", 2.5, "a positive int"),
        ("validation_fraction", 1.0, r"a float in \[0, 1\)"),
        ("class_weight", "sqrt", "'sqrt_balanced'"),
        ("class_weight", np.ones(2), "a dict from label to weight"),
        ("metrics", "accuracy", "a list or tuple"),
        ("metrics", None, "a list or tuple"),
        ("callbacks", print, "a list of callbacks"),
        ("fit_kwargs", {"epochs": 3}, "use epochs instead"),
        ("compile_kwargs", {"loss": "mse"}, "use the parameter of that name"),
    ],
)
def test_fit_judges_parameters(beats_2, name, value, expected):
    with pytest.raises(ValueError, match=expected):
        LSTMClassifier(**{**TINY, name: value}).fit(*beats_2)


def test_class_weight_moves_the_decision(beats_2):
    X, y = beats_2
    plain, weighted = (
        RNNClassifier((4,), epochs=4, learning_rate=0.05, random_state=0, class_weight=w)
        .fit(X, y)
        .predict_proba(X)[:, 1]
        .mean()
        for w in (None, {"N": 10.0, "V": 0.1})
    )
    assert weighted < plain - 0.1


def test_balanced_class_weight_of_equal_classes_changes_nothing(beats_2):
    plain, balanced = (
        RNNClassifier(**TINY, class_weight=w).fit(*beats_2).predict_proba(beats_2[0])
        for w in (None, "sqrt_balanced")
    )
    np.testing.assert_allclose(balanced, plain, rtol=1e-4)


def test_rows_of_weight_zero_count_for_nothing(beats_2):
    X, y = beats_2
    noisy_X, noisy_y = np.concatenate([X, -X]), np.concatenate([y, y])
    weight = np.repeat([1.0, 0.0], len(y))
    with_zeros = RNNClassifier(**TINY).fit(noisy_X, noisy_y, sample_weight=weight)
    alone = RNNClassifier(**TINY).fit(X, y, sample_weight=np.ones(len(y)))
    np.testing.assert_array_equal(with_zeros.predict_proba(X), alone.predict_proba(X))


def test_weights_of_zero_alone_are_an_error(beats_2):
    with pytest.raises(ValueError, match="must contain at least one non-zero"):
        RNNClassifier(**TINY).fit(*beats_2, sample_weight=np.zeros(120))


def test_warm_start_goes_on_training(beats_2):
    clf = RNNClassifier(**TINY, warm_start=True).fit(*beats_2)
    first = clf.history_["loss"][-1]
    clf.fit(*beats_2)
    assert clf.n_iter_ == 4
    assert len(clf.history_["loss"]) == 4
    assert clf.history_["loss"][2] < first


def test_warm_start_refuses_new_labels(beats_2):
    clf = RNNClassifier(**TINY, warm_start=True).fit(*beats_2)
    with pytest.raises(ValueError, match=r"Got other labels in y: .*'Q'"):
        clf.fit(beats_2[0], np.where(beats_2[1] == "V", "Q", "N"))


def test_warm_start_takes_a_new_learning_rate(beats_2):
    clf = RNNClassifier(**TINY, warm_start=True).fit(*beats_2)
    clf.set_params(learning_rate=0.05).fit(*beats_2)
    assert float(clf.model_.optimizer.learning_rate) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("name", "value"), [("units", (5,)), ("dropout", 0.5), ("loss", "kl_divergence")]
)
def test_warm_start_refuses_another_network(beats_2, name, value):
    clf = RNNClassifier(**TINY, warm_start=True).fit(*beats_2)
    clf.set_params(**{name: value})
    with pytest.raises(ValueError, match=f"cannot go on training with other {name}"):
        clf.fit(*beats_2)


def test_network_changed_after_fit_is_copied_as_it_was_fitted(beats_2):
    clf = RNNClassifier(**TINY).fit(*beats_2)
    expected = clf.predict_proba(beats_2[0])
    copied = pickle.loads(pickle.dumps(clf.set_params(units=(9, 9))))
    np.testing.assert_array_equal(copied.predict_proba(beats_2[0]), expected)


def test_sample_weight_of_another_length_names_the_resampler(beats_2):
    with pytest.raises(
        ValueError, match=r"sample_weight of shape \(2,\) for 120 rows: a resampler"
    ):
        RNNClassifier(**TINY).fit(*beats_2, sample_weight=[1.0, 2.0])


def test_class_weight_of_a_label_that_no_row_has_warns(beats_2, trained_on):
    with pytest.warns(UserWarning, match=r"names labels that no row has: \['Q'\]"):
        RNNClassifier(**TINY, class_weight={"N": 1.0, "V": 2.0, "Q": 9.0}).fit(*beats_2)


def test_validation_fraction_that_cannot_be_cut_is_named(beats_2):
    rows = [0, 1, 60, 61]
    clf = RNNClassifier(**TINY, validation_fraction=0.25)
    with (
        pytest.warns(UserWarning, match="no groups"),
        pytest.raises(ValueError, match=r"'validation_fraction' .* cannot be split off 4 rows"),
    ):
        clf.fit(beats_2[0][rows], beats_2[1][rows])


def test_partial_fit_trains_one_epoch_and_knows_named_classes(beats_2):
    clf = RNNClassifier(**TINY).partial_fit(*beats_2, classes=["N", "S", "V"])
    clf.partial_fit(*beats_2)
    assert list(clf.classes_) == ["N", "S", "V"]
    assert clf.n_iter_ == 2


def test_partial_fit_without_a_class_trains_the_right_outputs(beats_2):
    clf = RNNClassifier((4,), learning_rate=0.05, random_state=0)
    for _ in range(6):
        clf.partial_fit(*beats_2, classes=["N", "S", "V"])  # V is the third class
    assert clf.score(*beats_2) > 0.9


def test_warm_start_without_a_class_trains_the_right_outputs(beats_2):
    X, y = beats_2
    clf = RNNClassifier((4,), epochs=6, learning_rate=0.05, warm_start=True, random_state=0)
    clf.fit(X, np.where(np.arange(len(y)) % 10, y, "S")).fit(X, y)
    assert clf.score(X, y) > 0.9


def test_optimizer_given_as_object_is_not_trained_in_place(beats_2):
    import keras

    decay = keras.optimizers.schedules.ExponentialDecay(0.05, 10, 0.9)
    optimizer = keras.optimizers.SGD(decay, clipnorm=1.0)
    clf = RNNClassifier(**TINY, optimizer=optimizer).fit(*beats_2)  # 8 steps
    assert int(optimizer.iterations) == 0
    assert isinstance(clf.model_.optimizer, keras.optimizers.SGD)
    assert float(clf.model_.optimizer.learning_rate) == pytest.approx(0.05 * 0.9**0.8)


def test_metrics_and_losses_come_by_name_as_objects_and_as_classes(beats_2):
    import keras

    top_k = keras.metrics.SparseTopKCategoricalAccuracy
    clf = RNNClassifier(
        **TINY,
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=("sparse_categorical_accuracy", top_k, top_k(k=5, name="of_five")),
    ).fit(*beats_2)
    assert len(clf.history_) == 4
    assert clf.history_["of_five"] == [1.0, 1.0]  # of two classes
    by_default = RNNClassifier(**TINY).fit(*beats_2)
    np.testing.assert_allclose(clf.history_["loss"], by_default.history_["loss"], rtol=1e-5)


def test_other_options_of_keras_go_through(beats_2):
    clf = RNNClassifier(
        **TINY, compile_kwargs={"steps_per_execution": 2}, fit_kwargs={"validation_freq": 2}
    ).fit(*beats_2, X_val=beats_2[0][:60], y_val=beats_2[1][:60])
    assert len(clf.history_["val_loss"]) == 2
    assert np.isnan(clf.history_["val_loss"]).tolist() == [True, False]


def test_history_has_nan_after_epochs_without_validation():
    history = {"loss": [4, 3, 2, 1], "val_loss": [30, 10]}
    expected = [np.nan, 30, np.nan, 10]
    for freq in (2, [2, 4], {4, 2, 9}):
        np.testing.assert_array_equal(fill_history(history, freq)["val_loss"], expected)


def test_losses_that_compare_vectors_get_one_column_per_class(beats_3):
    import keras

    X, y = beats_3  # with two classes one column would do
    vectors, codes = (
        RNNClassifier(**TINY, loss=loss).fit(X, y, X_val=X[::2], y_val=y[::2]).history_
        for loss in (keras.losses.CategoricalCrossentropy, "sparse_categorical_crossentropy")
    )
    np.testing.assert_allclose(vectors["loss"], codes["loss"], rtol=1e-4)
    np.testing.assert_allclose(vectors["val_loss"], codes["val_loss"], rtol=1e-4)


def test_losses_of_keras_compare_vectors_unless_they_are_sparse():
    from keras import losses

    def own(y_true, y_pred):
        return y_pred

    compared = [
        "categorical_focal_crossentropy",
        "mse",
        losses.MeanSquaredError,
        losses.kl_divergence,
    ]
    compared += [losses.CategoricalCrossentropy()]
    numbers = ["sparse_categorical_crossentropy", losses.SparseCategoricalCrossentropy(), own]
    assert [compares_vectors(loss) for loss in compared + numbers] == [True] * 5 + [False] * 3


def test_callbacks_come_as_objects_and_classes(beats_2):
    import keras

    class Count(keras.callbacks.Callback):
        epochs = 0

        def on_epoch_end(self, epoch, logs=None):
            type(self).epochs += 1

    RNNClassifier(**TINY, callbacks=[Count, Count()]).fit(*beats_2)
    assert Count.epochs == 4


def test_compiled_network_is_reused_when_its_estimator_is_deleted(beats_2, expected):
    clf = RNNClassifier(**TINY).fit(*beats_2)
    model = clf._network().model
    del clf
    gc.collect()
    other = RNNClassifier(**TINY, learning_rate=0.05).fit(*beats_2)
    assert other._network().model is model
    assert float(model.optimizer.learning_rate) == pytest.approx(0.05)
    del other
    gc.collect()
    again = RNNClassifier(**TINY).fit(*beats_2)
    assert again._network().model is model
    np.testing.assert_array_equal(again.predict_proba(beats_2[0]), expected)


def test_network_that_a_user_holds_is_never_reused(beats_2):
    model = RNNClassifier(**TINY).fit(*beats_2).model_
    gc.collect()
    assert all(network.model is not model for _, network in _pool._idle)


def test_two_fitted_classifiers_do_not_share_a_network(beats_2):
    X, y = beats_2
    first = RNNClassifier(**TINY).fit(X, y)
    expected = first.predict_proba(X)
    RNNClassifier(**TINY).fit(-X, y)
    np.testing.assert_array_equal(first.predict_proba(X), expected)


def test_grid_search_tunes_a_network(beats_2):
    grid = {"learning_rate": [0.001, 0.05]}
    search = GridSearchCV(RNNClassifier(**TINY), grid, cv=2).fit(*beats_2)
    assert search.best_params_ == {"learning_rate": 0.05}
    assert len(search.cv_results_["params"]) == 2


def test_float64_layers_give_float64_probabilities(beats_2):
    clf = RNNClassifier(**TINY, dtype="float64").fit(*beats_2)
    assert clf.predict_proba(beats_2[0]).dtype == np.float64


# ---- what fits may leave behind


@pytest.fixture(scope="module")
def expected(beats_2):
    """Probabilities of a network that was compiled for one fit only."""
    clf = RNNClassifier(**TINY, compile_kwargs={"steps_per_execution": 1}).fit(*beats_2)
    return clf.predict_proba(beats_2[0])


@pytest.mark.filterwarnings("ignore:The model does not have any trainable weights")
def test_callback_that_changes_the_network_changes_no_other(beats_2, expected):
    import keras

    class Freeze(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            for layer in self.model.layers:
                layer.trainable = False

    frozen = RNNClassifier(**TINY, callbacks=[Freeze]).fit(*beats_2)._network().model
    gc.collect()
    assert all(network.model is not frozen for _, network in _pool._idle)
    again = RNNClassifier(**TINY).fit(*beats_2)
    np.testing.assert_array_equal(again.predict_proba(beats_2[0]), expected)


def test_callback_of_keras_that_changes_the_learning_rate_changes_no_other(beats_2, expected):
    import keras

    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.5)
    other = RNNClassifier(**TINY, callbacks=[schedule]).fit(*beats_2)
    model = other._network().model
    del other
    gc.collect()
    again = RNNClassifier(**TINY).fit(*beats_2)
    assert again._network().model is model
    np.testing.assert_array_equal(again.predict_proba(beats_2[0]), expected)


def test_callbacks_given_as_objects_keep_no_network(beats_2):
    import keras

    stop = keras.callbacks.EarlyStopping(monitor="loss")
    clf = RNNClassifier(**TINY, callbacks=[stop]).fit(*beats_2)
    assert stop.model is None
    assert len(pickle.dumps(clf)) < 10_000
    assert clone(clf).callbacks[0].model is None


def test_interrupted_fit_leaves_no_network_and_the_next_is_as_ever(beats_2, expected):
    import keras

    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise KeyboardInterrupt

    clf = RNNClassifier(**TINY).fit(*beats_2)
    with pytest.raises(KeyboardInterrupt):
        clf.set_params(callbacks=[Interrupt()]).fit(*beats_2)
    assert clf.callbacks[0].model is None
    with pytest.raises(NotFittedError):
        clf.predict(beats_2[0])
    clf.set_params(callbacks=None).fit(*beats_2)
    np.testing.assert_array_equal(clf.predict_proba(beats_2[0]), expected)


def test_fit_that_fails_leaves_no_network_for_rows_of_another_width(beats_2):
    X, y = beats_2
    clf = RNNClassifier(**TINY).fit(X, y)
    with pytest.raises(ValueError, match="at least two classes"):
        clf.fit(X[:, :5], np.full(len(y), "N"))
    with pytest.raises(NotFittedError):
        clf.predict(X[:, :5])


def test_partial_fit_refuses_other_classes_than_the_first(beats_2):
    clf = RNNClassifier(**TINY).partial_fit(*beats_2, classes=["V", "N"])
    clf.partial_fit(*beats_2, classes=["N", "V"])
    with pytest.raises(ValueError, match=r"Got other ones: classes=\['N', 'S', 'V'\]"):
        clf.partial_fit(*beats_2, classes=["N", "S", "V"])
    assert clf.n_iter_ == 2


def test_networks_survive_a_cleared_session(beats_2, expected):
    import keras

    clf = RNNClassifier(**TINY).fit(*beats_2)
    keras.backend.clear_session()
    np.testing.assert_array_equal(clf.predict_proba(beats_2[0]), expected)
    clf.partial_fit(*beats_2)
    del clf
    gc.collect()
    again = RNNClassifier(**TINY).fit(*beats_2)
    np.testing.assert_array_equal(again.predict_proba(beats_2[0]), expected)


def test_weights_count_with_a_validation_fraction(beats_2, trained_on):
    clf = RNNClassifier(**TINY, validation_fraction=0.25)
    groups = np.tile(np.repeat(["a", "b", "c", "d"], 15), 2)
    for weight in (2.0, beats_2[0][:, 0] ** 2):
        clf.fit(*beats_2, sample_weight=weight, groups=groups)
    one, many = trained_on
    np.testing.assert_array_equal(one.weights, np.full(90, 2, np.float32))
    np.testing.assert_array_equal(many.weights, many.X[:, 0] ** 2)
