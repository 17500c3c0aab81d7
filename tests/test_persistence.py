import io
import json
import pickle
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline

import skecg
from skecg import LSTMClassifier, RNNClassifier, make_beat_pipeline


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    y = np.where(np.arange(60) % 3 == 0, "V", "N")
    X = rng.normal(size=(60, 12)) + 3 * (y == "V")[:, None] * np.hanning(12)
    return X.astype(np.float32), y


@pytest.fixture(scope="module")
def pipe(rows):
    return make_beat_pipeline(LSTMClassifier((3,), epochs=1, random_state=0)).fit(*rows)


@pytest.fixture
def saved(pipe, tmp_path):
    skecg.save(pipe, tmp_path / "model.skecg")
    return tmp_path / "model.skecg"


def _parts(path):
    with zipfile.ZipFile(path) as file:
        return json.loads(file.read("model.json")), file.read("arrays.npz")


def _write(path, content, arrays, **more):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(
            "model.json", content if isinstance(content, str | bytes) else json.dumps(content)
        )
        file.writestr("arrays.npz", arrays)
        for name, data in more.items():
            file.writestr(name, data)


def _npz(**members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, data in members.items():
            file.writestr(f"{name}.npy", data)
    return packed.getvalue()


def _npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


# ---- what comes back


def test_pipeline_predicts_the_same_after_loading(pipe, saved, rows):
    loaded = skecg.load(saved)
    np.testing.assert_array_equal(loaded.predict_proba(rows[0]), pipe.predict_proba(rows[0]))
    assert str(loaded.get_params()) == str(pipe.get_params())


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
    skecg.save(clf, tmp_path / "rnn.skecg")
    loaded = skecg.load(tmp_path / "rnn.skecg")
    assert loaded.history_ == clf.history_
    assert (loaded.n_iter_, loaded.layout_, loaded.fit_time_) == (2, clf.layout_, clf.fit_time_)
    np.testing.assert_array_equal(loaded.classes_, ["N", "V"])
    assert loaded.model_.count_params() == clf.model_.count_params()


def test_network_saved_again_after_loading_is_the_same(saved, rows, tmp_path):
    skecg.save(skecg.load(saved), tmp_path / "again.skecg")
    assert (tmp_path / "again.skecg").read_bytes() == saved.read_bytes()


def test_transformers_and_column_names_come_back(rows, tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(rows[0], columns=[f"s{i}" for i in range(12)])
    denoiser = skecg.WaveletDenoiser(threshold=0.1).fit(frame)
    skecg.save(denoiser, tmp_path / "denoiser.skecg")
    loaded = skecg.load(tmp_path / "denoiser.skecg")
    assert list(loaded.feature_names_in_) == list(frame.columns)
    np.testing.assert_array_equal(loaded.transform(frame), denoiser.transform(frame))


@pytest.mark.parametrize("labels", [[0, 1], [False, True], np.array(["no", "yes"], object)])
def test_labels_of_any_type_come_back(rows, tmp_path, labels):
    y = np.asarray(labels)[(rows[1] == "V").astype(int)]
    clf = RNNClassifier((3,), epochs=1, random_state=0).fit(rows[0], y)
    skecg.save(clf, tmp_path / "rnn.skecg")
    loaded = skecg.load(tmp_path / "rnn.skecg")
    assert loaded.classes_.dtype == clf.classes_.dtype
    np.testing.assert_array_equal(loaded.predict(rows[0]), clf.predict(rows[0]))


def test_search_is_kept_with_its_best_estimator_and_results(rows, tmp_path):
    pipe = make_beat_pipeline(RNNClassifier((3,), epochs=1, random_state=0))
    grid = {"classifier__dropout": [0.0, 0.4], "denoiser__mode": ["soft", "hard"]}
    search = GridSearchCV(pipe, grid, cv=StratifiedKFold(2), scoring="balanced_accuracy")
    search.fit(*rows)
    skecg.save(search, tmp_path / "search.skecg")
    loaded = skecg.load(tmp_path / "search.skecg")
    assert isinstance(loaded, GridSearchCV)
    assert loaded.best_params_ == search.best_params_
    assert loaded.best_score_ == search.best_score_
    assert loaded.score(*rows) == search.score(*rows)
    assert loaded.cv_results_["params"] == search.cv_results_["params"]
    for name in ("mean_test_score", "param_denoiser__mode"):
        np.testing.assert_array_equal(loaded.cv_results_[name], search.cv_results_[name])
    np.testing.assert_array_equal(loaded.predict_proba(rows[0]), search.predict_proba(rows[0]))


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


def test_beats_are_described_in_the_file(pipe, tmp_path):
    beats = skecg.load_simulated(2, duration=20, random_state=0, window=(0.1, 0.1))
    skecg.save(pipe, tmp_path / "model.skecg", beats=beats)
    _, info = skecg.load(tmp_path / "model.skecg", return_info=True)
    assert info.extractor.get_params() == beats.extractor.get_params()
    assert info.subjects == ["simulated:sim000", "simulated:sim001"]
    assert info.n_beats == len(beats.target)
    assert info.classes == beats.target_names
    assert len(info.fingerprint) == 64
    assert "keras" in info.versions


def test_fingerprint_changes_with_a_single_label():
    from skecg.persistence import _fingerprint

    data, target = np.zeros((2, 3), np.float32), np.array(["N", "V"])
    assert _fingerprint(data, target) == _fingerprint(data.copy(), target.astype("U9"))
    assert _fingerprint(data, target) != _fingerprint(data, np.array(["N", "N"]))


# ---- what is refused when saving


def test_unfitted_model_is_refused(tmp_path):
    with pytest.raises(NotFittedError):
        skecg.save(LSTMClassifier(), tmp_path / "model.skecg")


def test_foreign_estimator_is_refused_by_name(rows, tmp_path):
    model = make_pipeline(skecg.BeatNormalizer(), LogisticRegression()).fit(*rows)
    with pytest.raises(TypeError, match=r"(?s)LogisticRegression.*joblib"):
        skecg.save(model, tmp_path / "model.skecg")
    assert list(tmp_path.iterdir()) == []


def test_objects_in_parameters_are_refused_by_name(rows, tmp_path):
    import keras

    clf = RNNClassifier((3,), epochs=1, callbacks=[keras.callbacks.TerminateOnNaN()])
    pipe = make_beat_pipeline(clf).fit(*rows)
    with pytest.raises(TypeError, match=r"classifier__callbacks.*TerminateOnNaN"):
        skecg.save(pipe, tmp_path / "model.skecg")


def test_beats_must_be_beats(pipe, tmp_path):
    with pytest.raises(TypeError, match=r"'beats' .* without extractor, data"):
        skecg.save(pipe, tmp_path / "model.skecg", beats={})


def test_existing_file_survives_a_failing_save(saved, tmp_path):
    before = saved.read_bytes()
    with pytest.raises(TypeError):
        skecg.save(LogisticRegression().fit([[0], [1]], [0, 1]), saved)
    assert saved.read_bytes() == before


# ---- what is refused when loading


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no model file .*model\.skecg"):
        skecg.load(tmp_path / "model.skecg")


def test_pickle_is_refused_and_never_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    path = tmp_path / "bomb.skecg"
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ValueError, match="is not a usable skecg model file"):
        skecg.load(path)
    content = {"format": "skecg-model", "version": 1, "model": {}}
    array = np.empty(1, dtype=object)
    array[0] = Bomb()
    _write(path, content, _npz(a0=_npy(array)))
    with pytest.raises(ValueError, match=r"'a0\.npy' holds Python objects"):
        skecg.load(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (lambda c: c.update(format="other"), "does not describe a skecg model"),
        (lambda c: c.update(version=99), r"format version 99.*reads version 1.*Update skecg"),
        (lambda c: c.pop("model"), "cannot be used"),
        (lambda c: c["model"]["spec"].update({"class": "os.system"}), r"os\.system"),
        (lambda c: c["model"]["spec"]["params"].update({"evil": 1}), "evil"),
        (lambda c: c["model"]["steps"].pop(), "differ in number"),
        (lambda c: c["model"]["steps"][-1]["map"].append(["predict", {"value": 1}]), "'predict'"),
        (lambda c: c["model"]["steps"][-1]["map"].append(["model_", {"value": 1}]), "'model_'"),
        (
            lambda c: c["model"]["steps"][-1]["map"].append(["x_", {"array": "b"}]),
            "'b' is missing",
        ),
        (lambda c: c["model"]["steps"][-1]["map"].append(["x_", {"code": "1"}]), "code"),
    ],
)
def test_changed_description_is_refused(saved, changed, words):
    content, arrays = _parts(saved)
    changed(content)
    _write(saved, content, arrays)
    with pytest.raises(ValueError, match=words):
        skecg.load(saved)


def test_cache_folder_is_not_taken_from_a_file(saved):
    content, arrays = _parts(saved)
    content["model"]["spec"]["params"]["memory"] = "/tmp/somebody-elses-pickles"
    _write(saved, content, arrays)
    assert skecg.load(saved).memory is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("units", {"tuple": [10**9]}),
        ("units", {"tuple": [4] * 10_000}),
        ("units", {"tuple": [5]}),
        ("units", {"tuple": ["4"]}),
        ("units", 4),
        ("dtype", "float99"),
        ("more", 1),
    ],
)
def test_network_that_its_weights_cannot_fill_is_never_built(saved, name, value):
    content, arrays = _parts(saved)
    fitted = dict(content["model"]["steps"][-1]["map"])
    fitted["architecture_"]["map"] = [
        pair for pair in fitted["architecture_"]["map"] if pair[0] != name
    ] + [[name, {"value": value}]]
    _write(saved, content, arrays)
    with pytest.raises(ValueError, match=r"model\.skecg' cannot be used"):
        skecg.load(saved)


def test_network_changed_after_fit_is_saved_as_it_was_fitted(rows, tmp_path):
    clf = RNNClassifier((3,), epochs=1, random_state=0).fit(*rows)
    expected = clf.predict_proba(rows[0])
    clf.set_params(units=(7,), dropout=0.5)
    skecg.save(clf, tmp_path / "rnn.skecg")
    loaded = skecg.load(tmp_path / "rnn.skecg")
    np.testing.assert_array_equal(loaded.predict_proba(rows[0]), expected)
    assert loaded.units == (7,)


def test_huge_declared_shape_takes_no_memory(tmp_path):
    header = _npy(np.zeros(1, np.float32))
    huge = header.replace(b"'shape': (1,), ", b"'shape': (9999999999999,), ").replace(
        b" " * 13 + b"\n", b"\n"
    )
    content = {"format": "skecg-model", "version": 1, "model": {}}
    _write(tmp_path / "m.skecg", content, _npz(a0=huge))
    with pytest.raises(ValueError, match="is not a usable skecg model file"):
        skecg.load(tmp_path / "m.skecg")


def test_zip_bomb_is_refused_before_it_is_unpacked(saved, monkeypatch):
    content, arrays = _parts(saved)
    monkeypatch.setitem(skecg.persistence._LARGEST, "model.json", 2**20)
    _write(saved, b" " * 2**21 + json.dumps(content).encode(), arrays)
    assert saved.stat().st_size < 2**17
    with pytest.raises(ValueError, match=r"model\.json is larger than 1 MiB"):
        skecg.load(saved)


def test_further_members_are_refused(saved):
    content, arrays = _parts(saved)
    _write(saved, content, arrays, **{"../../evil.py": "print(1)"})
    with pytest.raises(ValueError, match="must hold the members"):
        skecg.load(saved)


def test_deeply_nested_description_is_refused(saved):
    _, arrays = _parts(saved)
    _write(saved, "[" * 100_000, arrays)
    with pytest.raises(ValueError, match="is not a usable skecg model file"):
        skecg.load(saved)


@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.99])
def test_truncated_file_is_refused(saved, keep):
    data = saved.read_bytes()
    saved.write_bytes(data[: int(keep * len(data)) if keep < 1 else keep])
    with pytest.raises(ValueError, match="is not a usable skecg model file"):
        skecg.load(saved)


def test_flipped_bits_are_noticed_or_harmless(saved, rows):
    """Each flipped byte ends in a clear error, or lies where it changes no prediction."""
    data = bytearray(saved.read_bytes())
    expected = skecg.load(saved).predict_proba(rows[0])
    for place in range(0, len(data), max(1, len(data) // 60)):
        broken = data.copy()
        broken[place] ^= 0xFF
        saved.write_bytes(broken)
        try:
            loaded = skecg.load(saved)
        except ValueError:
            continue
        np.testing.assert_array_equal(loaded.predict_proba(rows[0]), expected)
