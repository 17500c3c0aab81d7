"""What rows and labels may come in, and what comes out, for every public estimator."""

import functools

import joblib
import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import RandomOverSampler
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning, FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_predict, cross_validate

from ._estimators import (
    CLASSIFIERS,
    EACH,
    PIPELINES,
    READERS,
    SAMPLERS,
    SETTINGS,
    TRANSFORMERS,
    beats,
    discover,
    named,
    outcome,
    public_classes,
    with_one_network,
    without_networks,
)

NAMES = [f"lead0_{i:03d}" for i in range(24)]
NO_NETWORKS = [e for e in EACH if e not in CLASSIFIERS]
ALL = without_networks([*named(NO_NETWORKS + READERS), *PIPELINES])
MODELS = with_one_network([*named(READERS), *PIPELINES])


def test_discovery_finds_every_kind():
    assert set(SETTINGS) <= {type(e).__name__ for e in discover()}
    assert SAMPLERS and CLASSIFIERS and TRANSFORMERS
    assert len(EACH) == len(SAMPLERS + CLASSIFIERS + TRANSFORMERS)
    assert {type(e).__name__ for e in EACH} < set(public_classes())


@functools.cache
def _expected(estimator, dtype, values=beats):
    """The outcome for a plain array of this type."""
    return np.asarray(outcome(estimator, *values(dtype)))


# --- rows


def _memmap(X, folder):
    mapped = np.memmap(folder / "rows", dtype=X.dtype, mode="w+", shape=X.shape)
    mapped[:] = X
    mapped.flush()
    return np.memmap(folder / "rows", dtype=X.dtype, mode="r", shape=X.shape)


def _joblib_memmap(X, folder):
    joblib.dump(X, folder / "rows.joblib")
    return joblib.load(folder / "rows.joblib", mmap_mode="r")


def _read_only(X, folder):
    X.flags.writeable = False
    return X


def _every_other(X, folder):
    wide = np.full((2 * len(X), 2 * X.shape[1]), np.nan, X.dtype)
    wide[::2, 1::2] = X
    return wide[::2, 1::2]


def _frame(index):
    return lambda X, folder: pd.DataFrame(X, columns=NAMES, index=index)


def _frame_of(kind):
    return lambda X, folder: pd.DataFrame(X, columns=NAMES).astype(kind[X.dtype.itemsize])


# of the same float type: equal results, bit by bit, of the same type
SAME_TYPE = {
    "F order": lambda X, folder: np.asfortranarray(X),
    "read-only": _read_only,
    "memmap": _memmap,
    "memmap of joblib": _joblib_memmap,
    "every other row and column": _every_other,
    "reversed": lambda X, folder: X[::-1, ::-1].copy()[::-1, ::-1],
    "other byte order": lambda X, folder: X.astype(X.dtype.newbyteorder()),
    "frame": _frame(None),
    "frame, index of strings": _frame([f"beat {i}" for i in range(36)]),
    "frame, index repeats": _frame([7] * 36),
    "frame, index reversed": _frame(range(36)[::-1]),
    "frame, index of two levels": _frame(pd.MultiIndex.from_product([range(6), range(6)])),
    "frame, nullable": _frame_of({4: "Float32", 8: "Float64"}),
    "frame, pyarrow": _frame_of({4: "float32[pyarrow]", 8: "float64[pyarrow]"}),
}


@pytest.mark.parametrize("form", SAME_TYPE)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("estimator", ALL)
def test_rows_in_any_container_give_equal_results(estimator, dtype, form, tmp_path):
    X, y = beats(dtype)
    out = outcome(estimator, SAME_TYPE[form](X, tmp_path), y)
    expected = _expected(estimator, dtype)
    assert_array_equal(np.asarray(out, dtype=expected.dtype), expected)


@functools.cache
def _fitted(estimator):
    """A model fitted to float32 rows."""
    return clone(estimator).fit(*beats())


@pytest.mark.filterwarnings("ignore:X has feature names, but")
@pytest.mark.parametrize("form", SAME_TYPE)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("estimator", with_one_network(named(READERS)))
def test_fitted_networks_predict_rows_in_any_container(estimator, dtype, form, tmp_path):
    X, _ = beats(dtype)
    found = _fitted(estimator).predict_proba(SAME_TYPE[form](X, tmp_path))
    assert_array_equal(found, _fitted(estimator).predict_proba(X))


# what is no float32 or float64 is read as such
OTHER_TYPE = {
    "list": lambda X: X.tolist(),
    "tuple": lambda X: tuple(map(tuple, X.tolist())),
    "object": lambda X: X.astype(object),
    "long double": lambda X: X.astype(np.longdouble),
    "frame of object": lambda X: pd.DataFrame(X).astype(object),
    "frame of float and int": lambda X: pd.DataFrame((16 * X).astype(int)).astype({0: float}),
    "float16": lambda X: X.astype(np.float16),
    "int8": lambda X: (16 * X).astype(np.int8),
    "uint64": lambda X: (16 * np.abs(X)).astype(np.uint64),
    "bool": lambda X: X > 0,
    "list of bool": lambda X: (X > 0).tolist(),
    "frame of int": lambda X: pd.DataFrame((16 * X).astype(int)),
    "frame of bool": lambda X: pd.DataFrame(X > 0),
    "frame, nullable int": lambda X: pd.DataFrame((16 * X).astype(int)).astype("Int64"),
    "frame, nullable bool": lambda X: pd.DataFrame(X > 0).astype("boolean"),
    "frame, pyarrow int": lambda X: pd.DataFrame((16 * X).astype(int)).astype("int64[pyarrow]"),
}


@pytest.mark.parametrize("form", OTHER_TYPE)
@pytest.mark.parametrize("estimator", ALL)
def test_rows_of_another_type_are_read_as_floats(estimator, form):
    X, y = beats()
    X = OTHER_TYPE[form](X)
    out = np.asarray(outcome(estimator, X, y), dtype=np.float64)
    assert_array_equal(out, outcome(estimator, np.asarray(X).astype(np.float64), y))


@pytest.mark.parametrize("form", OTHER_TYPE)
@pytest.mark.parametrize("estimator", with_one_network(named(READERS)))
def test_fitted_networks_read_rows_of_another_type_as_floats(estimator, form):
    X = OTHER_TYPE[form](beats()[0])
    found = _fitted(estimator).predict_proba(X)
    assert_array_equal(found, _fitted(estimator).predict_proba(np.asarray(X).astype(float)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("estimator", named(TRANSFORMERS + SAMPLERS))
def test_new_rows_have_the_type_of_the_old(estimator, dtype):
    assert _expected(estimator, dtype).dtype == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("estimator", with_one_network(named(CLASSIFIERS)))
def test_probabilities_have_the_type_of_the_network(estimator, dtype):
    wide = clone(estimator).set_params(dtype=dtype)
    assert outcome(wide, *beats()).dtype == dtype


@pytest.mark.parametrize("as_frame", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("estimator", ALL)
def test_nothing_that_comes_in_is_changed(estimator, dtype, as_frame):
    X, y = beats(dtype)
    given = (pd.DataFrame(X, columns=NAMES), pd.Series(y)) if as_frame else (X, y)
    outcome(estimator, *given)
    for now, before in zip(given, beats(dtype), strict=True):
        assert_array_equal(np.asarray(now), before)


# --- names of columns, kinds of output


@pytest.mark.parametrize("container", ["pandas", "polars"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("estimator", named(TRANSFORMERS))
def test_set_output_makes_frames_with_names_index_and_type(estimator, dtype, container):
    pytest.importorskip(container)
    X, y = beats(dtype)
    X = pd.DataFrame(X, columns=NAMES, index=[f"beat {i}" for i in range(len(X))])
    fitted = clone(estimator).fit(X, y)
    plain = fitted.transform(X)
    frame = fitted.set_output(transform=container).transform(X)
    assert list(frame.columns) == NAMES
    assert_array_equal(frame.to_numpy(), plain)
    assert frame.to_numpy().dtype == dtype
    if container == "pandas":
        assert_array_equal(frame.index, X.index)
    assert type(fitted.set_output(transform="default").transform(X)) is np.ndarray


@pytest.mark.parametrize("estimator", named(SAMPLERS))
def test_sampler_returns_what_came(estimator):
    X, y = beats()
    frame, labels = pd.DataFrame(X, columns=NAMES), pd.Series(y, name="label")
    X_new, y_new = clone(estimator).fit_resample(frame, labels)
    assert list(X_new.columns) == NAMES
    assert set(X_new.dtypes) == {np.dtype(np.float32)}
    assert y_new.name == "label"
    assert_array_equal(y_new.index, X_new.index)


@pytest.mark.parametrize("kind", ["Float32", "float32[pyarrow]"])
@pytest.mark.parametrize("estimator", named(SAMPLERS))
def test_sampler_keeps_the_columns_types(estimator, kind):
    X, y = beats()
    frame = pd.DataFrame(X, columns=NAMES).astype(kind)
    X_new, _ = clone(estimator).fit_resample(frame, y)
    assert_array_equal(X_new.dtypes, frame.dtypes)


@pytest.mark.parametrize("estimator", named(SAMPLERS))
def test_sampler_says_which_frames_it_takes(estimator):
    polars = pytest.importorskip("polars")
    X, y = beats()
    with pytest.raises(TypeError, match=r"polars.*DataFrame instead: pass X\.to_pandas\(\)"):
        clone(estimator).fit_resample(polars.DataFrame(X), y)


@pytest.mark.parametrize("estimator", named(TRANSFORMERS + SAMPLERS))
def test_names_of_columns_come_out_as_they_came_in(estimator):
    X, y = beats()
    fitted = clone(estimator).fit(pd.DataFrame(X, columns=NAMES), y)
    assert_array_equal(fitted.feature_names_in_, NAMES)
    assert_array_equal(fitted.get_feature_names_out(), NAMES)
    unnamed = clone(estimator).fit(X, y)
    assert not hasattr(unnamed, "feature_names_in_")
    assert_array_equal(unnamed.get_feature_names_out(), [f"x{i}" for i in range(24)])


@pytest.mark.parametrize("estimator", with_one_network(PIPELINES))
def test_names_go_through_a_whole_pipeline(estimator):
    X, y = beats()
    frame = pd.DataFrame(X, columns=NAMES, index=[f"beat {i}" for i in range(len(X))])
    pipe = clone(estimator).set_output(transform="pandas").fit(frame, y)
    assert_array_equal(pipe.feature_names_in_, NAMES)
    assert_array_equal(pipe[:-1].get_feature_names_out(), NAMES)
    assert_array_equal(pipe[-1].feature_names_in_, NAMES)
    rows = pipe[:-1].transform(frame)
    assert_array_equal(rows.columns, NAMES)
    assert_array_equal(rows.index, frame.index)
    assert_array_equal(pipe.predict_proba(frame), _expected(estimator, np.float32))


@pytest.mark.parametrize("change", ["renamed", "reordered", "fewer"])
@pytest.mark.parametrize(
    "estimator", with_one_network([*named(READERS + TRANSFORMERS), *PIPELINES])
)
def test_names_that_differ_from_those_of_fit_are_an_error(estimator, change):
    X, _ = beats()
    frame = pd.DataFrame(X, columns=NAMES)
    fitted = _fitted_on_names(estimator)
    other = {
        "renamed": frame.rename(columns={NAMES[3]: "rr"}),
        "reordered": frame[NAMES[::-1]],
        "fewer": frame[NAMES[1:]],
    }[change]
    use = getattr(fitted, "predict_proba", None) or fitted.transform
    with pytest.raises(ValueError, match="feature names should match those that were passed"):
        use(other)


@functools.cache
def _fitted_on_names(estimator):
    X, y = beats()
    return clone(estimator).fit(pd.DataFrame(X, columns=NAMES), y)


# --- labels


def _labels(y):
    codes = np.searchsorted(["N", "S", "V"], y)
    every = pd.CategoricalDtype(["F", "N", "Q", "S", "V"])
    return {
        "str": y,
        "object": y.astype(object),
        "list": y.tolist(),
        "tuple": tuple(y),
        "index": pd.Index(y),
        "series": pd.Series(y, index=[7] * len(y)),
        "series of object": pd.Series(y, dtype=object),
        "series of string": pd.Series(y, dtype="string"),
        "series of pyarrow": pd.Series(y, dtype="string[pyarrow]"),
        "categorical": pd.Categorical(y),
        "series of categories": pd.Series(y, dtype="category"),
        "unused categories": pd.Series(y, dtype=every),
        "int": codes,
        "int8": codes.astype(np.int8),
        "uint64": codes.astype(np.uint64),
        "list of int": codes.tolist(),
        "int of other byte order": codes.astype(codes.dtype.newbyteorder()),
        "categories of int": pd.Series(codes, dtype="category"),
        "nullable int": pd.Series(codes, dtype="Int64"),
        "pyarrow int": pd.Series(codes, dtype="int64[pyarrow]"),
        "whole floats": codes.astype(float),
        "bool": codes > 0,
        "list of bool": (codes > 0).tolist(),
        "nullable bool": pd.Series(codes > 0, dtype="boolean"),
    }


@pytest.mark.parametrize("form", _labels(beats()[1]))
@pytest.mark.parametrize("estimator", MODELS)
def test_labels_come_back_as_from_classifiers_of_scikit_learn(estimator, form):
    X, y = beats()
    y = _labels(y)[form]
    fitted = clone(estimator).fit(X, y)
    reference = LogisticRegression().fit(X, y)
    for found, expected in [
        (fitted.classes_, reference.classes_),
        (np.unique(fitted.predict(X)), np.unique(reference.predict(X))),
    ]:
        assert type(found) is type(expected)
        assert found.dtype == expected.dtype
        assert set(found.tolist()) <= set(expected.tolist())
    assert_array_equal(fitted.classes_, reference.classes_)
    assert 0 <= fitted.score(X, y) <= 1


# imbalanced-learn's own samplers turn integers into those of this machine
@pytest.mark.parametrize("form", sorted(_labels(beats()[1]).keys() - {"int of other byte order"}))
@pytest.mark.parametrize("estimator", named(SAMPLERS))
def test_sampler_gives_labels_as_samplers_of_imbalanced_learn_do(estimator, form):
    X, y = beats()
    y = _labels(y)[form]
    _, found = clone(estimator).fit_resample(X, y)
    _, expected = RandomOverSampler(random_state=0).fit_resample(X, y)
    assert type(found) is type(expected)
    if hasattr(found, "dtype"):
        assert found.dtype == expected.dtype
    assert list(found[: len(y)]) == list(y)
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("estimator", with_one_network(named(READERS)))
def test_labels_in_a_column_are_taken_with_scikit_learns_warning(estimator):
    X, y = beats()
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        fitted = clone(estimator).fit(X, y[:, None])
    assert fitted.predict(X).shape == y.shape


# --- classes that are not everywhere


@pytest.fixture
def rare():
    """Beats of four subjects: one alone has S, and another has nothing but N."""
    X, _ = beats()
    y = np.where(np.arange(36) % 3 == 0, "V", "N")
    groups = np.repeat(list("abcd"), 9)
    y[groups == "a"] = np.where(np.arange(9) % 2 == 0, "S", "N")
    y[groups == "d"] = "N"
    return X, y, groups


@pytest.fixture
def network():
    return clone(CLASSIFIERS[-1])


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
def test_fold_without_a_class_is_scored_on_all_its_rows(network, rare):
    X, y, groups = rare
    scores = cross_validate(
        network,
        X,
        y,
        groups=groups,
        cv=GroupKFold(4),
        scoring=["accuracy", "balanced_accuracy"],
        return_estimator=True,
        return_indices=True,
        error_score="raise",
    )
    for i, fitted in enumerate(scores["estimator"]):
        test = scores["indices"]["test"][i]
        known = ["N", "V"] if groups[test][0] == "a" else ["N", "S", "V"]
        assert list(fitted.classes_) == known
        assert fitted.predict_proba(X[test]).shape == (9, len(known))
        assert scores["test_accuracy"][i] == (fitted.predict(X[test]) == y[test]).mean()


def test_class_that_a_training_fold_lacks_gets_no_probability(network, rare):
    X, y, groups = rare
    with pytest.warns(RuntimeWarning, match=r"training fold \(2\) does not match .* \(3\)"):
        proba = cross_val_predict(
            network, X, y, groups=groups, cv=GroupKFold(4), method="predict_proba"
        )
    assert_array_equal(proba[groups == "a", 1], 0)  # N, S, V
    assert (proba[groups != "a", 1] > 0).all()


@pytest.mark.parametrize("run", ["cross_validate", "search"])
def test_training_fold_of_one_class_is_told_and_the_others_go_on(network, rare, run):
    X, y, groups = rare
    y = np.where(groups == "a", "V", "N")  # leaving a out leaves N alone
    with pytest.warns(FitFailedWarning, match="1 fits failed(.|\n)*one class only: 'N'"):
        if run == "search":
            search = GridSearchCV(network, {"dropout": [0.2]}, cv=GroupKFold(4), refit=False)
            with pytest.warns(UserWarning, match="One or more of the test scores are non-finite"):
                results = search.fit(X, y, groups=groups).cv_results_
            scores = np.array([results[f"split{i}_test_score"][0] for i in range(4)])
        else:
            scores = cross_validate(network, X, y, groups=groups, cv=GroupKFold(4))["test_score"]
    assert np.isnan(scores).sum() == 1


def test_label_that_training_lacks_counts_as_wrong(network):
    X, y = beats()
    fitted = network.fit(X[y != "S"], y[y != "S"])
    assert fitted.score(X[y == "S"], y[y == "S"]) == 0
