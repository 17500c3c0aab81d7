"""What comes back from a model file."""

import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import sklearn
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import Pipeline
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skecg
from skecg import RNNClassifier


def _through_file(model, folder):
    skecg.save(model, folder / "model.skecg")
    return skecg.load(folder / "model.skecg")


def test_pipeline_predicts_the_same_after_loading(pipe, saved, rows):
    loaded = skecg.load(saved)
    np.testing.assert_array_equal(loaded.predict_proba(rows[0]), pipe.predict_proba(rows[0]))
    np.testing.assert_array_equal(loaded.predict(rows[0]), pipe.predict(rows[0]))
    assert str(loaded.get_params()) == str(pipe.get_params())


@pytest.mark.slow
def test_pipeline_predicts_the_same_in_another_process(pipe, saved, rows, tmp_path):
    np.save(tmp_path / "rows.npy", rows[0])
    code = (
        "import numpy as np, skecg; m = skecg.load('model.skecg');"
        "np.save('out.npy', m.predict_proba(np.load('rows.npy')))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), pipe.predict_proba(rows[0]))


def test_network_comes_back_with_its_fitted_attributes(rows, tmp_path):
    clf = RNNClassifier((3,), epochs=2, random_state=0).fit(*rows)
    loaded = _through_file(clf, tmp_path)
    assert loaded.history_ == clf.history_
    assert (loaded.n_iter_, loaded.layout_, loaded.fit_time_) == (2, clf.layout_, clf.fit_time_)
    assert loaded.architecture_ == clf.architecture_
    np.testing.assert_array_equal(loaded.classes_, ["N", "V"])
    assert loaded.model_.count_params() == clf.model_.count_params()


@pytest.mark.slow
def test_bidirectional_lstm_with_leads_and_scalars_predicts_the_same(rows, tmp_path):
    layout = skecg.BeatLayout(5, leads=2, scalars=("rr_before", "rr_after"))
    clf = skecg.LSTMClassifier((3, 2), epochs=1, layout=layout, random_state=0).fit(*rows)
    loaded = _through_file(clf, tmp_path)
    assert loaded.layout_ == loaded.layout == layout
    np.testing.assert_array_equal(loaded.predict_proba(rows[0]), clf.predict_proba(rows[0]))


@pytest.mark.parametrize("dtype", ["float16", pytest.param("float64", marks=pytest.mark.slow)])
def test_networks_of_other_types_predict_the_same(rows, tmp_path, dtype):
    clf = RNNClassifier((3,), epochs=1, random_state=0, dtype=dtype).fit(*rows)
    loaded = _through_file(clf, tmp_path)
    np.testing.assert_array_equal(loaded.predict_proba(rows[0]), clf.predict_proba(rows[0]))


def test_saved_again_after_loading_is_the_same_file(saved, tmp_path):
    skecg.save(skecg.load(saved), tmp_path / "again.skecg")
    assert (tmp_path / "again.skecg").read_bytes() == saved.read_bytes()


def test_training_goes_on_after_loading(saved, rows):
    loaded = skecg.load(saved)
    network, normalized = loaded[-1], loaded[:-1].transform(rows[0])
    network.partial_fit(normalized, rows[1])
    assert len(network.history_["loss"]) == 2
    assert skecg.load(saved).fit(*rows).predict(rows[0]).shape == (60,)


def test_network_changed_after_fit_is_saved_as_it_was_fitted(pipe, rows, tmp_path):
    expected = pipe.predict_proba(rows[0])
    pipe.set_params(classifier__units=(7,), classifier__dropout=0.5)
    loaded = _through_file(pipe, tmp_path)
    np.testing.assert_array_equal(loaded.predict_proba(rows[0]), expected)
    assert loaded[-1].units == (7,)


def test_transformers_and_column_names_come_back(rows, tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(rows[0], columns=[f"s{i}" for i in range(12)])
    denoiser = skecg.WaveletDenoiser(threshold=0.1).fit(frame)
    loaded = _through_file(denoiser, tmp_path)
    assert list(loaded.feature_names_in_) == list(frame.columns)
    np.testing.assert_array_equal(loaded.transform(frame), denoiser.transform(frame))


@pytest.mark.parametrize("labels", [[0, 1], [False, True], np.array(["no", "yes"], object)])
def test_labels_of_any_type_come_back(rows, tmp_path, labels):
    y = np.asarray(labels)[(rows[1] == "V").astype(int)]
    clf = RNNClassifier((3,), epochs=1, random_state=0).fit(rows[0], y)
    loaded = _through_file(clf, tmp_path)
    assert loaded.classes_.dtype == clf.classes_.dtype
    np.testing.assert_array_equal(loaded.predict(rows[0]), clf.predict(rows[0]))


@pytest.mark.parametrize("options", [{}, {"with_mean": False}, {"with_std": False}])
def test_scaler_comes_back(rows, tmp_path, options):
    scaler = StandardScaler(**options).fit(rows[0])
    loaded = _through_file(scaler, tmp_path)
    np.testing.assert_array_equal(loaded.transform(rows[0]), scaler.transform(rows[0]))


def test_pipeline_in_a_pipeline_comes_back(rows, tmp_path):
    inner = make_pipeline(skecg.BeatNormalizer(), StandardScaler())
    model = make_pipeline(inner, "passthrough", StandardScaler()).fit(rows[0])
    loaded = _through_file(model, tmp_path)
    np.testing.assert_array_equal(loaded.transform(rows[0]), model.transform(rows[0]))


def test_pipeline_that_ends_in_a_sampler_comes_back_fit_to_resample(rows, tmp_path):
    sampler = Pipeline(
        [("scaler", StandardScaler()), ("sampler", RandomOverSampler(random_state=0))]
    )
    X, y = sampler.fit_resample(*rows)
    sampler.fit(*rows)
    loaded = _through_file(sampler, tmp_path)
    assert not hasattr(loaded, "predict")
    assert loaded[-1].sampling_strategy_ == sampler[-1].sampling_strategy_
    for expected, got in zip((X, y), loaded.fit_resample(*rows), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_indices_of_resampled_rows_are_left_out(pipe, saved):
    assert len(pipe.named_steps["augmenter"].sample_indices_) > 60
    assert not hasattr(skecg.load(saved).named_steps["augmenter"], "sample_indices_")


def test_metadata_requests_come_back(rows, tmp_path):
    with sklearn.config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight="weight").fit(rows[0])
        loaded = _through_file(scaler, tmp_path)
        assert loaded.get_metadata_routing().fit.requests == {"sample_weight": "weight"}


def test_cache_folder_is_not_kept(scaler, rows, tmp_path):
    from joblib import Memory

    for memory in (str(tmp_path / "cache"), Memory(tmp_path / "cache")):
        model = Pipeline(scaler.steps, memory=memory).fit(rows[0])
        assert _through_file(model, tmp_path).memory is None


# ---- searches


def test_search_is_kept_with_its_best_estimator_and_results(rows, tmp_path):
    network = RNNClassifier((3,), epochs=1, random_state=0)
    grid = [
        {"classifier__learning_rate": [0.001, 0.01], "denoiser__mode": ["soft", "hard"]},
        {"denoiser": ["passthrough"], "augmenter__sampling_strategy": [skecg.double_minority]},
    ]
    search = GridSearchCV(
        skecg.make_beat_pipeline(network), grid, cv=StratifiedKFold(2), scoring="balanced_accuracy"
    )
    search.fit(*rows)
    loaded = _through_file(search, tmp_path)
    assert isinstance(loaded, GridSearchCV)
    assert loaded.best_params_ == search.best_params_
    assert loaded.best_score_ == search.best_score_
    assert loaded.score(*rows) == search.score(*rows)
    assert loaded.cv_results_["params"] == search.cv_results_["params"]
    for name, values in search.cv_results_.items():
        if name != "params":
            assert loaded.cv_results_[name].dtype == values.dtype
            np.testing.assert_array_equal(loaded.cv_results_[name], values)
            np.testing.assert_array_equal(
                np.ma.getmask(loaded.cv_results_[name]), np.ma.getmask(values)
            )
    np.testing.assert_array_equal(loaded.predict_proba(rows[0]), search.predict_proba(rows[0]))


def test_search_in_a_pipeline_comes_back(rows, tmp_path):
    network = RNNClassifier((3,), epochs=1, random_state=0)
    search = GridSearchCV(network, {"dropout": [0.0]}, cv=2)
    model = Pipeline([("normalizer", skecg.BeatNormalizer()), ("search", search)]).fit(*rows)
    loaded = _through_file(model, tmp_path)
    np.testing.assert_array_equal(loaded.predict_proba(rows[0]), model.predict_proba(rows[0]))
    assert loaded["search"].best_params_ == {"dropout": 0.0}


def test_random_search_with_several_scores_comes_back(rows, tmp_path):
    search = RandomizedSearchCV(
        RNNClassifier((3,), epochs=1, random_state=0),
        {"learning_rate": [0.001, 0.01, 0.1]},
        n_iter=2,
        cv=2,
        scoring=["accuracy", "balanced_accuracy"],
        refit="accuracy",
        random_state=0,
    ).fit(*rows)
    loaded = _through_file(search, tmp_path)
    assert loaded.multimetric_ is True
    assert loaded.score(*rows) == search.score(*rows)
    assert loaded.refit == "accuracy"


@pytest.mark.filterwarnings("ignore:The 'cv' parameter of the search:UserWarning")
def test_search_with_its_own_scorer_is_kept_without_it(rows, tmp_path):
    def scorer(estimator, X, y):
        return 1.0

    clf = RNNClassifier((3,), epochs=1, random_state=0)
    search = GridSearchCV(clf, {"dropout": [0.0]}, cv=[(range(30), range(30, 60))], scoring=scorer)
    search.fit(*rows)
    with pytest.warns(UserWarning, match="'scoring' parameter of the search is an object") as said:
        skecg.save(search, tmp_path / "search.skecg")
    assert said[0].filename == __file__
    loaded = skecg.load(tmp_path / "search.skecg")
    np.testing.assert_array_equal(loaded.predict(rows[0]), search.predict(rows[0]))


# ---- beats


@pytest.fixture(scope="module")
def beats():
    return skecg.load_simulated(2, duration=20, random_state=0, window=(0.1, 0.1))


def test_beats_are_described_in_the_file(beats, tmp_path):
    normalizer = skecg.BeatNormalizer().fit(beats.data)
    skecg.save(normalizer, tmp_path / "model.skecg", beats=beats)
    _, info = skecg.load(tmp_path / "model.skecg", return_info=True)
    assert info.extractor.get_params() == beats.extractor.get_params()
    assert info.subjects == ["simulated:sim000", "simulated:sim001"]
    assert info.n_beats == len(beats.target)
    assert info.classes == beats.target_names
    assert len(info.fingerprint) == 64
    assert "keras" in info.versions


def test_without_beats_the_info_says_nothing_of_them(scaler_file):
    _, info = skecg.load(scaler_file, return_info=True)
    assert info.extractor is info.classes is info.subjects is info.n_beats is None


def test_fingerprint_changes_with_a_single_label():
    from skecg.persistence._save import _fingerprint

    data, target = np.zeros((2, 3), np.float32), np.array(["N", "V"])
    assert _fingerprint(data, target) == _fingerprint(data.copy(), target.astype("U9"))
    assert _fingerprint(data, target) != _fingerprint(data, np.array(["N", "N"]))


# ---- the file itself


def test_file_can_be_packed_again_by_hand(saved, files, pipe, rows):
    content, arrays = files.parts(saved)
    with zipfile.ZipFile(saved, "w") as file:  # another order, arrays and text not compressed
        file.writestr("arrays.npz", files.npz(arrays))
        file.writestr("model.json", json.dumps(content))
    loaded = skecg.load(saved)
    np.testing.assert_array_equal(loaded.predict_proba(rows[0]), pipe.predict_proba(rows[0]))


def test_arrays_are_read_by_numpy_without_pickles(saved):
    with zipfile.ZipFile(saved) as file, file.open("arrays.npz") as packed:
        arrays = np.load(packed, allow_pickle=False)
        assert sum(arrays[name].size for name in arrays) > 10


def test_transformers_load_without_keras(scaler_file):
    code = f"import skecg, sys; skecg.load({str(scaler_file)!r}); print('keras' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
