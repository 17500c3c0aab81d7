"""What no estimator takes, and the words that say what to do, for every public estimator."""

import functools

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone

from skecg import BeatLayout, RNNClassifier

from ._estimators import CLASSIFIERS, EACH, PIPELINES, SAMPLERS, TRANSFORMERS, beats, named

# the pipeline that ends in scikit-learn's classifier: its steps before are those of the others
PIPELINE = PIPELINES[-1]
EXCLUDE = r"Exclude such beats .*numpy\.isfinite"
# form: (what comes, error, words)
ROWS = {
    "sparse matrix": (
        lambda X: scipy.sparse.csr_matrix(X),
        TypeError,
        r"Sparse data was passed for X, but dense data is required\. Use '\.toarray\(\)'",
    ),
    "sparse array": (lambda X: scipy.sparse.csc_array(X), TypeError, r"Use '\.toarray\(\)'"),
    "NaN": (lambda X: _with(X, np.nan), ValueError, f"contains NaN. {EXCLUDE}"),
    "infinity": (lambda X: _with(X, -np.inf), ValueError, f"contains infinity .* {EXCLUDE}"),
    "NA": (
        lambda X: pd.DataFrame(X).astype("Float32").mask(X > 2),
        ValueError,
        f"contains NaN. {EXCLUDE}",
    ),
    "None": (
        lambda X: np.where(X > 2, None, X.astype(object)),
        ValueError,
        f"contains NaN. {EXCLUDE}",
    ),
    "complex": (lambda X: X + 1j, ValueError, "Complex data not supported"),
    "complex frame": (lambda X: pd.DataFrame(X + 1j), ValueError, "Complex data not supported"),
    "words": (lambda X: np.full(X.shape, "V5"), ValueError, "could not convert string to float"),
    "3-D": (
        lambda X: X[:, :, None],
        ValueError,
        r"dim 3.* rows of shape \(n_beats, n_features\): pass X\.reshape\(len\(X\), -1\)",
    ),
    "1-D": (
        lambda X: X[0],
        ValueError,
        r"Expected 2D array, got 1D array instead(.|\n)*reshape\(1, -1\)",
    ),
    "a number": (lambda X: 3.0, ValueError, "Expected 2D array, got scalar array instead"),
    "no rows": (lambda X: X[:0], ValueError, r"0 sample\(s\) .*while a minimum of 1"),
    "no columns": (lambda X: X[:, :0], ValueError, r"0 feature\(s\) .*while a minimum of 1"),
    "ragged": (lambda X: [[1.0, 2.0], [3.0]], ValueError, "inhomogeneous shape"),
    "names of two types": (
        lambda X: pd.DataFrame(X, columns=["rr", *range(23)]),
        TypeError,
        r"string names(.|\n)*X\.columns\.astype\(str\)",
    ),
}


def _with(X, value):
    X = X.copy()
    X[3, 4] = value
    return X


def _try(estimator, X, y):
    estimator = clone(estimator)
    if hasattr(estimator, "fit_resample"):
        estimator.fit_resample(X, y)
    else:
        estimator.fit(X, y)


@pytest.mark.parametrize("form", ROWS)
@pytest.mark.parametrize("estimator", [*named(EACH), PIPELINE])
def test_fit_refuses_rows_that_cannot_be_used(estimator, form):
    X, y = beats()
    make, error, words = ROWS[form]
    with pytest.raises(error, match=words):
        _try(estimator, make(X), y)


@functools.cache
def _fitted(estimator):
    return clone(estimator).fit(*beats())


@pytest.mark.filterwarnings("ignore:X has feature names, but")
@pytest.mark.parametrize("form", ROWS)
@pytest.mark.parametrize("estimator", [*named(TRANSFORMERS + CLASSIFIERS), PIPELINE])
def test_fitted_estimators_refuse_rows_that_cannot_be_used(estimator, form):
    make, error, words = ROWS[form]
    fitted = _fitted(estimator)
    with pytest.raises(error, match=words):
        (fitted.predict if hasattr(fitted, "predict") else fitted.transform)(make(beats()[0]))


@pytest.mark.parametrize("estimator", [*named(TRANSFORMERS + CLASSIFIERS), PIPELINE])
def test_fitted_estimators_refuse_rows_of_another_width(estimator):
    fitted = _fitted(estimator)
    with pytest.raises(ValueError, match=r"X has 23 features, but \w+ is expecting 24 features"):
        (fitted.predict if hasattr(fitted, "predict") else fitted.transform)(beats()[0][:, :23])


@pytest.mark.parametrize("estimator", named(EACH))
def test_layout_of_other_rows_is_refused_with_the_way_out(estimator):
    owner = type(estimator).__name__
    words = f"'layout' parameter of {owner} describes rows of 23 columns .* but X has 24"
    with pytest.raises(ValueError, match=rf"{words}. Pass the layout .*`beats\.layout`"):
        _try(clone(estimator).set_params(layout=BeatLayout(23)), *beats())


@pytest.mark.parametrize("estimator", named(TRANSFORMERS))
def test_layout_changed_after_fit_is_refused(estimator):
    fitted = clone(estimator).fit(*beats()).set_params(layout=BeatLayout(23))
    with pytest.raises(ValueError, match="describes rows of 23 columns"):
        fitted.transform(beats()[0])


# what: (labels made of y, error, words of classifiers, words of samplers if others)
MISSING = r"must have a label for each row\. \d+ of 36 (is|are) missing: exclude these rows"
LABELS = {
    "None": (lambda y: _rare_as(y, None), ValueError, MISSING, None),
    "NaN": (lambda y: _rare_as(y, np.nan), ValueError, MISSING, None),
    "one None": (lambda y: [None, *y[1:]], ValueError, "1 of 36 is missing", None),
    "NA of strings": (lambda y: _rare_as(y, pd.NA, "string"), ValueError, MISSING, None),
    "NA of categories": (lambda y: _rare_as(y, None, "category"), ValueError, MISSING, None),
    "NA of ints": (
        lambda y: pd.Series(np.arange(36) % 2, dtype="Int64").mask(y == "S"),
        ValueError,
        MISSING,
        None,
    ),
    "NaN of floats": (
        lambda y: np.where(y == "S", np.nan, (y == "V").astype(float)),
        ValueError,
        MISSING,
        None,
    ),
    "strings and ints": (
        lambda y: _rare_as(y, 1),
        TypeError,
        r"labels of one type.* Got str and int: make them strings \(numpy\.asarray\(y\)",
        None,
    ),
    "nothing": (lambda y: None, ValueError, "requires y to be passed", None),
    "other length": (lambda y: y[:-1], ValueError, r"inconsistent .*\[36, 35\]", None),
    "continuous": (
        lambda y: np.linspace(0, 1, 36),
        ValueError,
        "Unknown label type: continuous. Maybe you are trying to fit a classifier",
        None,
    ),
    "several a row": (
        lambda y: np.random.default_rng(0).integers(0, 2, size=(36, 3)),
        ValueError,
        r"y should be a 1d array, got an array of shape \(36, 3\)",
        "Multilabel and multioutput targets are not supported",
    ),
    "two columns": (lambda y: np.c_[y, y], ValueError, "y should be a 1d array", None),
    "one class": (
        lambda y: np.full(36, "N"),
        ValueError,
        "needs beats of at least two classes. Got one class only: 'N'",
        "'y' needs to have more than 1 class. Got 1 class instead",
    ),
    "bytes": (
        lambda y: y.astype("S"),
        (TypeError, FutureWarning),  # before scikit-learn 1.7
        r"labels represented as bytes is .* Convert the labels to a string",
        None,
    ),
    "complex": (lambda y: (y == "V") + 1j, ValueError, "Complex data not supported", None),
    "a word": (
        lambda y: "N",
        ValueError,
        r"y should be a 1d array, got an array of shape \(\)",
        "Expected array-like .* got 'N'",
    ),
}


def _rare_as(y, value, dtype=object):
    labels = y.astype(object)
    labels[y == "S"] = value
    return pd.Series(labels, dtype=dtype)


@pytest.mark.parametrize("form", LABELS)
@pytest.mark.parametrize("estimator", named(CLASSIFIERS + SAMPLERS))
def test_fit_refuses_labels_that_cannot_be_used(estimator, form):
    X, y = beats()
    make, error, words, words_of_samplers = LABELS[form]
    if hasattr(estimator, "fit_resample"):
        words = words_of_samplers or words
    with pytest.raises(error, match=words):
        _try(estimator, X, make(y))


@pytest.mark.parametrize("form", [k for k in LABELS if k != "one class"])
def test_pipeline_refuses_labels_that_cannot_be_used(form):
    make, error, words, words_of_samplers = LABELS[form]
    with pytest.raises(error, match=words_of_samplers or words):
        _try(PIPELINE.values[0], beats()[0], make(beats()[1]))


@pytest.mark.parametrize("estimator", named(TRANSFORMERS))
@pytest.mark.parametrize("form", LABELS)
def test_transformers_ignore_labels(estimator, form):
    X, y = beats()
    np.testing.assert_array_equal(
        clone(estimator).fit(X, LABELS[form][0](y)).transform(X), _fitted(estimator).transform(X)
    )


# --- networks that leave the range of their numbers


def test_training_that_goes_astray_in_its_last_step_is_told():
    X, y = beats()
    network = RNNClassifier((4,), epochs=1, batch_size=18, random_state=0)
    with pytest.raises(FloatingPointError, match=r"weights are no longer finite.*last step"):
        network.fit(X * np.float32(1e30), y)  # two steps; the loss of the second is a number


@pytest.mark.filterwarnings("error")
def test_network_has_no_answer_to_rows_beyond_its_range():
    network = clone(CLASSIFIERS[-1]).fit(*beats())
    with pytest.raises(FloatingPointError, match=r"values of up to .*float32.*Scale the rows"):
        network.predict(1e200 * beats(np.float64)[0])
