"""Odd shapes, types, values and parameters find only documented errors and kept promises."""

import functools

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from sklearn.base import clone

from skecg import BeatAugmenter, BeatLayout, BeatNormalizer, WaveletDenoiser
from skecg.augmentation._methods import METHODS

from ._estimators import CLASSIFIERS, SAMPLERS, TRANSFORMERS, named, with_one_network

MANY = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
FEW = settings(MANY, max_examples=6)
TYPES = st.sampled_from(["f4", "f8", ">f4", "f2", "i1", "i8", "u8", "bool"])
LAYOUTS = st.builds(
    BeatLayout,
    st.integers(1, 40),
    leads=st.integers(1, 3),
    channels=st.sampled_from([("signal",), ("signal", "diff")]),
    neighbors=st.integers(0, 1),
    scalars=st.sampled_from([(), ("rr",), ("rr_before", "rr_after")]),
)


def _values(dtype, finite=True):
    """What a sample may be: among all that the type holds, what is likely to break something."""
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        return hnp.from_dtype(dtype)
    limits = np.finfo(dtype)
    odd = [0.0, -0.0, limits.max, -limits.max, limits.tiny, limits.smallest_subnormal, limits.eps]
    likely = st.floats(-5, 5, width=8 * dtype.itemsize)
    odd = st.sampled_from([float(v) for v in odd])
    some = st.one_of(likely, odd, hnp.from_dtype(dtype, allow_nan=False, allow_infinity=False))
    return some if finite else st.one_of(some, st.sampled_from([np.nan, np.inf, -np.inf]))


@st.composite
def rows(draw, n_features=None, finite=True, dtypes=TYPES):
    """Rows of any type: few or many columns, some of them constant."""
    dtype = np.dtype(draw(dtypes))
    if n_features is None:
        n_features = draw(st.sampled_from([1, 2, 3, 11, 12, 24, 50, 2000]) | st.integers(1, 60))
    shape = (draw(st.integers(1, 8)), n_features)
    fill = _values(dtype) if dtype.kind == "f" else None
    X = draw(hnp.arrays(dtype, shape, elements=_values(dtype, finite), fill=fill))
    if draw(st.booleans()):
        X[0] = X[0, 0]  # a flat row
    return X


def _float_type(X):
    """What rows of floats come back as."""
    return np.dtype(f"f{X.dtype.itemsize}") if X.dtype in ("f4", ">f4", "f8") else np.dtype("f8")


def _too_large(error, X):
    """Whether the error is the one of values that leave the range of their type."""
    return "cannot work with values of up to" in str(error) and _size(X) > 1e30


def _size(X):
    return np.abs(X.astype(np.float64)).max()


@pytest.mark.parametrize("estimator", named(TRANSFORMERS))
@MANY
@given(X=rows())
def test_transformers_keep_shape_and_type_of_any_finite_rows(estimator, X):
    before = X.copy()
    try:
        out = clone(estimator).fit_transform(X)
    except ValueError as error:
        assert _too_large(error, X)
        return
    assert out.shape == X.shape
    assert out.dtype == _float_type(X)
    assert np.isfinite(out).all()
    assert_array_equal(X, before)


@pytest.mark.parametrize("estimator", named(TRANSFORMERS))
@MANY
@given(X=rows(finite=False, dtypes=st.sampled_from(["f4", "f8", "f2"])))
def test_transformers_refuse_what_is_not_finite_and_nothing_else(estimator, X):
    assume(not np.isfinite(X).all())
    with pytest.raises(ValueError, match=r"contains (NaN|infinity)"):
        clone(estimator).fit(X)


@pytest.mark.parametrize("estimator", named(TRANSFORMERS))
@MANY
@given(X=rows(dtypes=st.sampled_from(["f4", "f8"])), data=st.data())
def test_transformers_treat_each_row_by_itself(estimator, X, data):
    assume(_size(X) < 1e30)
    order = data.draw(st.permutations(range(len(X))))
    fitted = clone(estimator).fit(X)
    whole = fitted.transform(X)
    assert_array_equal(fitted.transform(X[order]), whole[order])
    assert_array_equal(fitted.transform(X[:1]), whole[:1])


@pytest.mark.parametrize("estimator", named(TRANSFORMERS))
@MANY
@given(layout=LAYOUTS, seed=st.integers(0, 9))
def test_transformers_treat_each_signal_by_itself_and_no_scalar(estimator, layout, seed):
    X = np.random.default_rng(seed).normal(size=(3, layout.n_features))
    out = clone(estimator).set_params(layout=layout).fit_transform(X)
    for i in range(layout.n_signals):
        columns = slice(i * layout.n_samples, (i + 1) * layout.n_samples)
        assert_array_equal(out[:, columns], clone(estimator).fit_transform(X[:, columns]))
    assert_array_equal(layout.scalar_values(out), layout.scalar_values(X))


@MANY
@given(
    X=rows(),
    scale=st.sampled_from(["zscore", "minmax", "robust", "r_amplitude", "standard", None, 3]),
)
def test_normalizer_bounds_what_it_returns(X, scale):
    try:
        out = BeatNormalizer(scale).fit_transform(X)
    except ValueError as error:
        assert "'scale' parameter of BeatNormalizer" in str(error)
        assert scale in ("standard", None, 3)
        return
    rounding = 1e-5 if out.dtype == np.float32 else 1e-12
    # of n values none lies further than sqrt(n - 1) standard deviations from the mean
    low, high = {
        "zscore": (-np.sqrt(X.shape[1]), np.sqrt(X.shape[1])),
        "minmax": (0, 1),
        "r_amplitude": (-1, 1),
    }.get(scale, (-np.inf, np.inf))
    assert out.min() >= low - rounding
    assert out.max() <= high + rounding


@MANY
@given(
    X=rows(dtypes=st.sampled_from(["f4", "f8"])),
    wavelet=st.sampled_from(["db6", "haar", "sym4", "bior2.2", "dmey", "morl", "", None, 6]),
    level=st.sampled_from([None, 1, 2, 5, 0, 1.5]),
    threshold=st.sampled_from([None, "universal", "level", 0, 0.5, 1e300, -1, "soft", np.nan]),
    threshold_approximation=st.booleans(),
    mode=st.sampled_from(["soft", "hard", "firm"]),
    highpass=st.sampled_from([None, 0.5, 40, 1e9, 1e-300]),
    fs=st.sampled_from([None, 250, 1e9, 1e-300, 0]),
)
def test_denoiser_of_any_parameters_keeps_shape_or_names_one(X, **params):
    try:
        out = WaveletDenoiser(**params).fit_transform(X)
    except ValueError as error:
        assert "parameter of WaveletDenoiser" in str(error) or _too_large(error, X)
        return
    assert out.shape == X.shape
    assert out.dtype == X.dtype


def _labels(draw, n):
    """Two classes or more in any order, of any type."""
    names = draw(st.sampled_from([list("NV"), list("NSV"), [0, 1], [7, 3, 5], [False, True]]))
    codes = draw(st.lists(st.integers(0, len(names) - 1), min_size=n, max_size=n))
    return np.array(names)[codes]


@st.composite
def resampling(draw):
    """Rows, labels and parameters for a sampler of beats."""
    X = draw(rows())
    X = np.tile(X, (2, 1))
    strength = st.sampled_from([0, 0.01, 1.0, 40, 1e300])
    params = {
        "methods": draw(st.dictionaries(st.sampled_from(list(METHODS)), strength, min_size=1)),
        "mix": draw(st.sampled_from(["one", "all"])),
        "random_state": draw(st.integers(0, 3)),
        "max_copies_per_group": draw(st.sampled_from([None, 1, 3, 10**9])),
    }
    return X, _labels(draw, len(X)), params


@pytest.mark.filterwarnings("ignore:BeatAugmenter made .* new rows? of class")
@pytest.mark.parametrize("sampler", named(SAMPLERS))
@MANY
@given(case=resampling())
def test_sampler_keeps_given_rows_and_changes_copies_of_them(sampler, case):
    X, y, params = case
    sampler = clone(sampler).set_params(**params)
    try:
        X_new, y_new = sampler.fit_resample(X, y, groups=np.arange(len(X)) % 3)
    except ValueError as error:
        one = "needs to have more than 1 class" in str(error)
        large = "cannot work with values of up to" in str(error)
        assert (one and len(np.unique(y)) == 1) or large
        return
    assert len(X_new) == len(y_new) == len(sampler.sample_indices_) >= len(X)
    assert X_new.dtype == _float_type(X)
    assert y_new.dtype == y.dtype
    assert np.isfinite(X_new).all()
    assert_array_equal(X_new[: len(X)], X)
    assert_array_equal(sampler.sample_indices_[: len(X)], np.arange(len(X)))
    assert_array_equal(y_new, y[sampler.sample_indices_])


@MANY
@given(layout=LAYOUTS, seed=st.integers(0, 9))
def test_sampler_copies_scalars_as_they_are(layout, seed):
    X = np.random.default_rng(seed).normal(size=(5, layout.n_features))
    augmenter = BeatAugmenter(layout=layout, methods=list(METHODS), random_state=seed)
    X_new, _ = augmenter.fit_resample(X, list("NNNVV"))
    assert_array_equal(
        layout.scalar_values(X_new), layout.scalar_values(X)[augmenter.sample_indices_]
    )


# --- networks: a fit takes a third of a second, so few examples, all of one shape

WIDTH = 6
FLOATS = st.sampled_from(["f4", "f8", ">f4", "f2"])


@functools.cache
def _fitted(estimator):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, WIDTH)).astype(np.float32)
    return clone(estimator).fit(X, np.repeat(["N", "V"], 10))


@pytest.mark.parametrize("estimator", with_one_network(named(CLASSIFIERS)))
@MANY
@given(X=rows(n_features=WIDTH))
def test_networks_give_each_row_of_any_kind_probabilities(estimator, X):
    assume(_size(X) < 1e30)
    proba = _fitted(estimator).predict_proba(X)
    assert proba.shape == (len(X), 2)
    assert proba.dtype == np.float32
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-5)
    assert_array_equal(_fitted(estimator).predict_proba(X[:1]), proba[:1])


@st.composite
def training(draw):
    """Rows of one width, labels, and parameters that keep to one compiled network."""
    X = draw(rows(n_features=WIDTH, dtypes=FLOATS))
    X = np.tile(X, (2, 1))
    names = draw(st.sampled_from([list("NV"), [0, 1], [False, True]]))
    y = np.array(names)[draw(st.permutations([0, 1, *[0] * (len(X) - 2)]))]
    params = {
        "epochs": draw(st.integers(1, 2)),
        "batch_size": draw(st.sampled_from([1, 5, 10**6])),
        "class_weight": draw(st.sampled_from([None, "balanced", "sqrt_balanced"])),
        "early_stopping": draw(st.booleans()),
        "random_state": draw(st.integers(0, 3)),
    }
    weight = draw(st.sampled_from([None, 0.0, 2.0, 1e-30, 1e30]))
    return X, y, params, None if weight is None else np.full(len(X), weight)


@pytest.mark.parametrize("estimator", named(CLASSIFIERS[-1:]))
@FEW
@given(case=training())
def test_networks_of_any_rows_learn_or_say_why_not(estimator, case):
    X, y, params, sample_weight = case
    network = clone(estimator).set_params(**params)
    try:
        network.fit(X, y, sample_weight=sample_weight)
    except FloatingPointError as error:
        assert "Lower learning_rate" in str(error)
        return
    except ValueError as error:
        assert not np.any(sample_weight)
        assert "must contain at least one non-zero" in str(error)  # scikit-learn's words
        return
    assert_array_equal(network.classes_, np.unique(y))
    assert network.predict(X).dtype == y.dtype
    if _size(X) < 1e6:
        assert np.isfinite(network.predict_proba(X)).all()
