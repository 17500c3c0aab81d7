"""Fitted attributes and parameters with which a model would not predict finite rows."""

import numpy as np
import pytest
from imblearn.under_sampling import RandomUnderSampler
from sklearn.preprocessing import StandardScaler

import skecg
from skecg import ModelFileError


def _load_changed(path, files, change):
    content, arrays = files.parts(path)
    change(content, arrays)
    files.write(path, content, arrays)
    return skecg.load(path)


def _step(content, number=-1):
    spec = content["model"]["spec"]["params"]["steps"][number]["tuple"][1]
    return spec["params"], content["model"]["state"]["steps"][number]["fitted"]


def _set(name, values):
    """Replace an array of the scaler."""

    def change(content, arrays, files):
        fitted = _step(content)[1]
        fitted[name] = {"array": "a77"}
        arrays["a77.npy"] = files.npy(values)

    return change


def _one(value, rest=1.0):
    return np.array([value] + [rest] * 11)


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("scale_", _one(0.0), "must be positive"),
        ("scale_", _one(-1.0), "must be positive"),
        ("scale_", _one(5e-324), "must be the square root of 'var_'"),
        ("scale_", _one(7.0), "must be the square root of 'var_', or 1, and is not in 1[12]? of"),
        ("scale_", _one(np.inf), "must be an array of 12 finite numbers"),
        ("scale_", _one(np.inf).astype(np.float16), "must be an array of 12 finite numbers"),
        ("var_", _one(-1.0), "must be positive"),
        ("var_", _one(np.nan), "must be an array of 12 finite numbers"),
        ("mean_", _one(1e300), "must be an array of 12 finite numbers up to 1e.30"),
        ("n_samples_seen_", np.zeros(12, int), "a positive count"),
        ("n_samples_seen_", np.full(12, -3), "a positive count"),
        ("n_samples_seen_", np.full(12, np.nan), "a positive count"),
        ("n_samples_seen_", np.full(11, 3), "a positive count"),
        ("n_samples_seen_", np.full(12, "3"), "a positive count"),
    ],
)
def test_statistics_that_no_fit_makes_are_refused(scaler_file, files, name, values, words):
    change = _set(name, values)
    with pytest.raises(ModelFileError, match=words):
        _load_changed(scaler_file, files, lambda c, a: change(c, a, files))


@pytest.mark.parametrize("count", [0, -1, {"spec": {"float": "nan"}}, True, None, [3]])
def test_counts_that_are_not_positive_are_refused(scaler_file, files, count):
    with pytest.raises(ModelFileError, match="a positive count"):
        _load_changed(scaler_file, files, lambda c, a: _step(c)[1].update(n_samples_seen_=count))


@pytest.mark.parametrize("name", ["scale_", "var_"])
def test_scale_and_variance_go_together(scaler_file, files, name):
    with pytest.raises(ModelFileError, match="must not be None with with_std"):
        _load_changed(scaler_file, files, lambda c, a: _step(c)[1].update({name: None}))


@pytest.mark.parametrize(
    "scaler", [StandardScaler(with_std=False), StandardScaler(with_mean=False), StandardScaler()]
)
def test_scalers_of_all_kinds_are_saved_and_loaded(rows, tmp_path, scaler):
    X = np.column_stack((rows[0], np.full(60, 3.0), np.full(60, 1e8)))  # constant columns
    for weights in (None, np.linspace(0.5, 2, 60)):
        expected = scaler.fit(X, sample_weight=weights).transform(X)
        skecg.save(scaler, tmp_path / "m.skecg")
        np.testing.assert_array_equal(skecg.load(tmp_path / "m.skecg").transform(X), expected)


@pytest.mark.parametrize(
    ("number", "params", "words"),
    [
        (0, {"scale": "none"}, "'scale' parameter of BeatNormalizer must be"),
        (0, {"scale": None}, "'scale' parameter of BeatNormalizer must be"),
        (1, {"with_mean": 3}, "'with_mean' parameter of StandardScaler"),
        (1, {"copy": "x"}, "'copy' parameter of StandardScaler"),
    ],
)
def test_parameters_that_fit_refuses_are_refused(scaler_file, files, number, params, words):
    with pytest.raises(ModelFileError, match=words):
        _load_changed(scaler_file, files, lambda c, a: _step(c, number)[0].update(params))


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"level": 9}, "must be at most 0 for signals of 12 samples"),
        ({"level": 10**19}, "takes more than 10..18 samples"),
        ({"highpass": 0.5}, "'fs' parameter of WaveletDenoiser must be the sampling frequency"),
        ({"highpass": 0.5, "fs": 250.0}, "needs signals of at least"),
        ({"mode": "medium"}, "'mode' parameter"),
        ({"threshold": {"float": "nan"}}, "'threshold' parameter"),
        ({"threshold_approximation": 1}, "'threshold_approximation' parameter"),
        ({"wavelet": {"dict": {}}}, "'wavelet' parameter"),
    ],
)
def test_filters_that_fit_no_row_are_refused(tmp_path, files, params, words):
    skecg.save(skecg.WaveletDenoiser().fit(np.eye(12)), tmp_path / "m.skecg")
    with pytest.raises(ModelFileError, match=words):
        _load_changed(
            tmp_path / "m.skecg", files, lambda c, a: c["model"]["spec"]["params"].update(params)
        )


def test_samplers_with_other_parameters_are_refused(rows, tmp_path, files):
    sampler = RandomUnderSampler(random_state=0)
    sampler.fit_resample(*rows)
    skecg.save(sampler, tmp_path / "m.skecg")
    good = files.parts(tmp_path / "m.skecg")[0]["model"]["spec"]["params"]
    for params in ({"replacement": 3}, {"random_state": "x"}, {"sampling_strategy": [[]]}):
        with pytest.raises(ModelFileError, match=f"'{next(iter(params))}' parameter"):
            _load_changed(
                tmp_path / "m.skecg",
                files,
                lambda c, a, p=params: c["model"]["spec"].update(params=good | p),
            )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda steps: steps.reverse(), "."),
        (lambda steps: steps[1]["tuple"].__setitem__(0, "normalizer"), "not unique"),
        (lambda steps: steps[1]["tuple"].__setitem__(0, "a__b"), "must not contain __"),
        (lambda steps: steps[1]["tuple"].__setitem__(0, "steps"), "conflict with"),
        (lambda steps: steps[1]["tuple"].__setitem__(0, 3), "."),
    ],
)
def test_steps_that_are_no_pipeline_are_refused(saved, files, change, words):
    with pytest.raises(ModelFileError, match=words):
        _load_changed(saved, files, lambda c, a: change(c["model"]["spec"]["params"]["steps"]))


def test_pipeline_of_scikit_learn_with_a_sampler_is_refused(saved, files):
    def change(content, arrays):
        content["model"]["spec"]["class"] = "sklearn.Pipeline"

    with pytest.raises(ModelFileError, match="should be transformers"):
        _load_changed(saved, files, change)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"epochs": 0}, "'epochs' parameter of RNNClassifier"),
        ({"learning_rate": {"float": "nan"}}, "'learning_rate' parameter"),
        ({"fit_kwargs": {"dict": {"no_such": 1}}}, "no_such"),
        ({"random_state": -1}, "'random_state' parameter"),
    ],
)
def test_parameters_of_networks_that_fit_refuses_are_refused(saved, files, params, words):
    with pytest.raises(ModelFileError, match=words):
        _load_changed(saved, files, lambda c, a: _step(c)[0].update(params))


@pytest.mark.parametrize(
    ("attribute", "value", "words"),
    [
        ("fit_time_", -1.0, "a number of seconds"),
        ("fit_time_", {"spec": {"float": "inf"}}, "a number of seconds"),
        ("n_iter_", -1, "an integer of at least 0"),
        (
            "calibration_",
            {
                "spec": {
                    "class": "TemperatureScaling",
                    "params": {"temperature": 2.0, "offsets": {"dict": {"X": 1.0}}},
                }
            },
            "has offsets of other classes than the network: .'X'",
        ),
        (
            "calibration_",
            {"spec": {"class": "TemperatureScaling", "params": {"temperature": 0}}},
            "must be positive and finite",
        ),
    ],
)
def test_attributes_of_networks_that_no_fit_sets_are_refused(
    saved, files, attribute, value, words
):
    with pytest.raises(ModelFileError, match=words):
        _load_changed(saved, files, lambda c, a: _step(c)[1].update({attribute: value}))


def test_weights_beyond_the_range_of_rows_are_refused(saved, files):
    def change(content, arrays):
        name = f"{_step(content)[1]['_weights'][0]['array']}.npy"
        arrays[name] = files.npy(np.full((1, 3), 1e300))

    with pytest.raises(ModelFileError, match=r"must be at most 1e.10"):
        _load_changed(saved, files, change)


def test_searches_without_a_best_estimator_are_refused(scaler, tmp_path, files):
    from sklearn.model_selection import GridSearchCV

    search = GridSearchCV(scaler, {"normalizer": ["passthrough"]}, scoring="accuracy")
    search.best_estimator_, search.multimetric_, search.n_splits_ = scaler, False, 5
    skecg.save(search, tmp_path / "s.skecg")
    for refit in (False, None, 0):
        with pytest.raises(ModelFileError, match=f"a search with refit={refit} has no best"):
            _load_changed(
                tmp_path / "s.skecg",
                files,
                lambda c, a, r=refit: c["model"]["spec"]["params"].update(refit=r),
            )


@pytest.mark.parametrize("estimator", [78, None, {"class": "BeatNormalizer", "params": {}}])
def test_searches_of_another_estimator_than_the_best_are_refused(
    estimator, scaler, tmp_path, files
):
    from sklearn.model_selection import GridSearchCV

    search = GridSearchCV(scaler, {"normalizer": ["passthrough"]}, scoring="accuracy")
    search.best_estimator_, search.multimetric_, search.n_splits_ = scaler, False, 5
    skecg.save(search, tmp_path / "s.skecg")
    with pytest.raises(ModelFileError):
        _load_changed(
            tmp_path / "s.skecg",
            files,
            lambda c, a: c["model"]["spec"]["params"].update(estimator=estimator),
        )
