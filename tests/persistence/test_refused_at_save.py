"""Models that no file of data can hold are refused by name, and nothing is left on disk."""

import copy
import re

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import skecg


def _objects():
    """Parameters of a beat pipeline that are no data, and how the error says so."""
    import keras

    callback = keras.callbacks.TerminateOnNaN
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    config = keras.optimizers.serialize(keras.optimizers.Adam())
    return [
        ("classifier__callbacks", [callback()], "classifier__callbacks[0]", "TerminateOnNaN"),
        ("classifier__callbacks", [callback], "classifier__callbacks[0]", "the class"),
        ("classifier__optimizer", keras.optimizers.Adam(), "classifier__optimizer", "Adam"),
        ("classifier__optimizer", keras.optimizers.Adam, "classifier__optimizer", "the class"),
        ("classifier__optimizer", config, "classifier__optimizer", "configuration"),
        ("classifier__optimizer", "pkg>Adam", "classifier__optimizer", "'pkg>Adam'"),
        ("classifier__learning_rate", schedule, "classifier__learning_rate", "CosineDecay"),
        ("classifier__loss", keras.losses.Poisson(), "classifier__loss", "Poisson"),
        ("classifier__loss", keras.losses.Poisson, "classifier__loss", "the class"),
        ("classifier__loss", lambda y, p: p, "classifier__loss", "the function"),
        ("classifier__loss", {"probabilities": "mse"}, "classifier__loss", "mse"),
        ("classifier__metrics", [keras.metrics.AUC()], "classifier__metrics[0]", "AUC"),
        ("classifier__metrics", (keras.metrics.AUC,), "classifier__metrics[0]", "the class"),
        (
            "classifier__compile_kwargs",
            {"weighted_metrics": [keras.metrics.AUC()]},
            "classifier__compile_kwargs['weighted_metrics'][0]",
            "AUC",
        ),
        (
            "classifier__fit_kwargs",
            {"f": keras.callbacks.ModelCheckpoint},
            "classifier__fit_kwargs['f']",
            "ModelCheckpoint",
        ),
        ("classifier__random_state", np.random.RandomState(0), "random_state", "RandomState"),
        ("augmenter__sampling_strategy", lambda y: {}, "augmenter__sampling_strategy", "lambda"),
        ("denoiser__wavelet", len, "denoiser__wavelet", "the function builtins.len"),
        ("denoiser", StandardScaler(copy=FunctionTransformer()), "denoiser__copy", "Function"),
        ("normalizer", FunctionTransformer(), "normalizer", "FunctionTransformer"),
    ]


@pytest.fixture(scope="module")
def objects():
    return _objects()


@pytest.mark.parametrize("number", range(20))
def test_objects_are_refused_by_name(pipe, tmp_path, objects, number):
    parameter, value, name, kind = objects[number]
    step, _, rest = parameter.partition("__")
    pipe.named_steps[step].set_params(**{rest: value}) if rest else pipe.set_params(
        **{step: value}
    )
    with pytest.raises(TypeError, match=rf"{re.escape(name)}'.*{re.escape(kind)}") as said:
        skecg.save(pipe, tmp_path / "model.skecg")
    assert "joblib.dump" in str(said.value)
    assert list(tmp_path.iterdir()) == []


def test_all_objects_were_tried(objects):
    assert len(objects) == 20


@pytest.mark.parametrize("foreign", [RandomForestClassifier(2), LogisticRegression()])
def test_foreign_estimators_are_refused_by_name(rows, tmp_path, foreign):
    model = make_pipeline(skecg.BeatNormalizer(), foreign).fit(*rows)
    name = type(foreign).__name__
    with pytest.raises(TypeError, match=rf"'{name.lower()}'.*{name}.*joblib\.dump.*trust"):
        skecg.save(model, tmp_path / "model.skecg")
    with pytest.raises(TypeError, match=rf"{name}.*joblib\.dump.*trust"):
        skecg.save(model[-1], tmp_path / "model.skecg")
    assert list(tmp_path.iterdir()) == []


def test_subclasses_are_refused(rows, tmp_path):
    class MyScaler(StandardScaler):
        """May do anything when it predicts."""

    with pytest.raises(TypeError, match="MyScaler"):
        skecg.save(MyScaler().fit(rows[0]), tmp_path / "model.skecg")


def test_halving_search_is_refused_with_a_way_out(rows, tmp_path):
    search = HalvingGridSearchCV(
        LogisticRegression(), {"C": [1.0, 2.0]}, cv=2, min_resources=20, random_state=0
    ).fit(*rows)
    with pytest.raises(TypeError, match=r"HalvingGridSearchCV.*best_estimator_.*joblib\.dump"):
        skecg.save(search, tmp_path / "model.skecg")
    assert list(tmp_path.iterdir()) == []


def _search(cls, pipe, **params):
    """A search that looks fitted around a fitted pipeline, without the time of one."""
    search = cls(pipe, **params)
    search.best_estimator_ = pipe
    search.multimetric_, search.n_splits_ = False, 5
    return search


def test_random_search_over_distributions_is_refused_by_name(pipe, tmp_path):
    import scipy.stats

    search = _search(
        RandomizedSearchCV,
        pipe,
        param_distributions={"classifier__dropout": scipy.stats.uniform(0, 0.5)},
    )
    with pytest.raises(TypeError, match=r"param_distributions\['classifier__dropout'\]") as said:
        skecg.save(search, tmp_path / "model.skecg")
    assert said.value.__notes__ == ["search.best_estimator_ can be saved without its search."]
    skecg.save(search.best_estimator_, tmp_path / "best.skecg")


def test_search_over_objects_or_cache_folders_is_refused_by_name(pipe, tmp_path):
    grid = {"normalizer": [StandardScaler(), FunctionTransformer()]}
    with pytest.raises(TypeError, match=r"param_grid\['normalizer'\]\[1\].*FunctionTransformer"):
        skecg.save(_search(GridSearchCV, pipe, param_grid=grid), tmp_path / "model.skecg")
    search = _search(GridSearchCV, pipe, param_grid={"memory": ["a"]})
    with pytest.raises(TypeError, match=r"'param_grid' searches over 'memory'.*pickles"):
        skecg.save(search, tmp_path / "model.skecg")
    assert list(tmp_path.iterdir()) == []


def test_callback_in_the_best_estimator_of_a_search_is_named(pipe, tmp_path):
    best = copy.deepcopy(pipe)
    best.named_steps["classifier"].callbacks = [len]
    search = _search(GridSearchCV, pipe, param_grid={})
    search.best_estimator_ = best
    with pytest.raises(TypeError, match=r"best_estimator___classifier__callbacks\[0\]"):
        skecg.save(search, tmp_path / "model.skecg")


def test_search_without_a_best_estimator_is_refused(pipe, tmp_path):
    search = _search(GridSearchCV, pipe, param_grid={}, refit=False)
    del search.best_estimator_
    with pytest.raises(NotFittedError, match="refit=False and has no best estimator"):
        skecg.save(search, tmp_path / "model.skecg")


def test_functions_in_an_extractor_are_refused_by_name(tmp_path):
    beats = skecg.load_simulated(1, duration=10, random_state=0)
    normalizer = skecg.BeatNormalizer().fit(beats.data)
    beats.extractor.set_params(preprocessing=FunctionTransformer())
    with pytest.raises(TypeError, match=r"beats\.extractor__preprocessing.*FunctionTransformer"):
        skecg.save(normalizer, tmp_path / "model.skecg", beats=beats)
    assert list(tmp_path.iterdir()) == []


# ---- models and beats that are not what they should be


@pytest.mark.parametrize("model", [skecg.LSTMClassifier(), skecg.BeatNormalizer()])
def test_unfitted_model_is_refused(tmp_path, model):
    with pytest.raises(NotFittedError, match=f"This {type(model).__name__} .*not fitted yet"):
        skecg.save(model, tmp_path / "model.skecg")
    assert list(tmp_path.iterdir()) == []


def test_unfitted_step_of_a_fitted_pipeline_is_refused(pipe, tmp_path):
    pipe.set_params(normalizer=StandardScaler())
    with pytest.raises(NotFittedError, match="StandardScaler"):
        skecg.save(pipe, tmp_path / "model.skecg")


def test_what_is_no_estimator_is_refused(tmp_path):
    with pytest.raises(TypeError, match="estimator"):
        skecg.save({"a": 1}, tmp_path / "model.skecg")


def test_steps_that_no_longer_fit_together_are_refused(pipe, rows, tmp_path):
    pipe.set_params(normalizer=StandardScaler().fit(rows[0][:, :5]))
    with pytest.raises(
        ValueError, match="takes 5 columns, and 'undersampler' before it returns 12"
    ):
        skecg.save(pipe, tmp_path / "model.skecg")
    assert list(tmp_path.iterdir()) == []


def test_weights_that_are_not_finite_are_refused(pipe, tmp_path):
    model = pipe.named_steps["classifier"].model_
    model.set_weights([w * np.nan for w in model.get_weights()])
    with pytest.raises(ValueError, match="weights of RNNClassifier are not finite"):
        skecg.save(pipe, tmp_path / "model.skecg")


def test_model_larger_than_any_file_is_refused(scaler_file, scaler, monkeypatch):
    before = scaler_file.read_bytes()
    monkeypatch.setattr("skecg.persistence._archive.MAX_TEXT", 1000)
    with pytest.raises(ValueError, match=r"cannot be saved in a model file: model\.json has"):
        skecg.save(scaler, scaler_file)
    assert scaler_file.read_bytes() == before


def test_labels_that_are_no_plain_type_are_refused_by_name(rows, tmp_path):
    days = np.datetime64("2026-01-01") + (rows[1] == "V").astype("m8[D]")
    clf = skecg.RNNClassifier((3,), epochs=1).fit(rows[0], days)
    with pytest.raises(TypeError, match=r"attribute 'classes_'.*datetime64"):
        skecg.save(clf, tmp_path / "model.skecg")


def test_beats_must_be_the_models(scaler, tmp_path):
    with pytest.raises(TypeError, match=r"'beats' .* without extractor, data"):
        skecg.save(scaler, tmp_path / "model.skecg", beats={})
    beats = skecg.load_simulated(1, duration=10, random_state=0)
    with pytest.raises(ValueError, match="rows of 50 columns, and the model takes 12"):
        skecg.save(scaler, tmp_path / "model.skecg", beats=beats)
    assert list(tmp_path.iterdir()) == []


# ---- places


def test_existing_file_survives_a_failing_save(scaler_file):
    before = scaler_file.read_bytes()
    with pytest.raises(TypeError):
        skecg.save(LogisticRegression().fit([[0], [1]], [0, 1]), scaler_file)
    assert scaler_file.read_bytes() == before
    assert list(scaler_file.parent.iterdir()) == [scaler_file]


def test_folders_are_no_place_for_a_model(scaler, tmp_path):
    with pytest.raises(OSError, match=re.escape(str(tmp_path))):
        skecg.save(scaler, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"the folder .*nowhere' does not exist"):
        skecg.save(scaler, tmp_path / "nowhere" / "model.skecg")
    assert list(tmp_path.iterdir()) == []
    assert not list(tmp_path.parent.glob(f".{tmp_path.stem}-*"))
