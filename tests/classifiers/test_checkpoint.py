"""Fits that are interrupted and go on from their checkpoints."""

import gc
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_validate

import skecg
from skecg import ContextLSTMClassifier, RNNClassifier

from .._estimators import TINY

SIX = TINY | {"epochs": 6}


class Stop(Exception):
    """Raised in the middle of a training."""


def stopping(monkeypatch, n_epochs):
    """Make training fail in the first batch after `n_epochs` epochs of a process."""
    import keras

    from skecg.classifiers._scikeras import StopWhenNotFinite

    class Failing(StopWhenNotFinite):
        done = 0

        def on_train_batch_end(self, batch, logs=None):
            if Failing.done == n_epochs:
                raise Stop
            super().on_train_batch_end(batch, logs)

        def on_epoch_end(self, epoch, logs=None):
            Failing.done += 1

    monkeypatch.setattr("skecg.classifiers._scikeras.StopWhenNotFinite", Failing)
    return keras


def interrupted(monkeypatch, classifier, n_epochs, *args, **kwargs):
    """Fit a clone until it fails after some epochs."""
    with monkeypatch.context() as patch:
        stopping(patch, n_epochs)
        with pytest.raises(Stop):
            clone(classifier).fit(*args, **kwargs)


def variables(classifier):
    """All variables of the network and of its optimizer."""
    if isinstance(classifier, SimpleNamespace):
        return classifier.variables
    model = classifier._network().model
    return [np.asarray(v).copy() for v in (*model.variables, *model.optimizer.variables)]


def assert_same(one, other):
    """Two fits have the same bits: variables of network and optimizer, and history."""
    for a, b in zip(variables(one), variables(other), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_equal(one.history_, other.history_)
    assert one.n_iter_ == other.n_iter_


def outcome(classifier, *args, **kwargs):
    """What `assert_same` compares of a fit; later fits may use its compiled network."""
    fitted = classifier.fit(*args, **kwargs)
    found = SimpleNamespace(
        variables=variables(fitted), history_=fitted.history_, n_iter_=fitted.n_iter_
    )
    del fitted, classifier
    gc.collect()
    return found


def the_file(folder):
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def whole(beats_2):
    """The result of a fit without checkpoints."""
    return outcome(RNNClassifier(**SIX), *beats_2)


@pytest.fixture(scope="module")
def done(beats_2, tmp_path_factory):
    """A fit with checkpoints, and its folder."""
    folder = tmp_path_factory.mktemp("done")
    return RNNClassifier(**SIX, checkpoint=folder).fit(*beats_2), folder


def test_checkpoints_do_not_change_training(whole, done):
    assert_same(done[0], whole)


@pytest.mark.parametrize("n_epochs", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_an_interrupted_fit_goes_on_to_the_same_weights(
    monkeypatch, beats_2, whole, tmp_path, n_epochs
):
    classifier = RNNClassifier(**SIX, checkpoint=tmp_path / "new" / "folder")
    interrupted(monkeypatch, classifier, n_epochs, *beats_2)
    resumed = clone(classifier)
    with monkeypatch.context() as patch:
        stopping(patch, 6 - n_epochs)  # it fits the missing epochs and no other
        resumed.fit(*beats_2)
    assert_same(resumed, whole)


@pytest.mark.slow
def test_a_fit_may_be_interrupted_again_and_again(monkeypatch, beats_2, whole, tmp_path):
    classifier = RNNClassifier(**SIX, checkpoint=tmp_path)
    for n_epochs in (0, 2, 1, 2):
        interrupted(monkeypatch, classifier, n_epochs, *beats_2)
    resumed = clone(classifier).fit(*beats_2)
    assert_same(resumed, whole)
    assert resumed.estimator_.history_ == whole.history_


@pytest.mark.slow
def test_a_fit_killed_after_the_last_epoch_trains_no_more(monkeypatch, beats_2, whole, tmp_path):
    classifier = RNNClassifier(**SIX, checkpoint=tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("skecg.classifiers._checkpoint.Checkpoint.finish", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            clone(classifier).fit(*beats_2)
        patch.undo()
        stopping(patch, 0)
        assert_same(clone(classifier).fit(*beats_2), whole)


def test_a_complete_fit_is_read(monkeypatch, beats_2, done):
    fitted, folder = done
    with monkeypatch.context() as patch:
        stopping(patch, 0)
        again = RNNClassifier(**SIX, checkpoint=str(folder), verbose=0).fit(*beats_2)
    assert_same(again, fitted)
    with zipfile.ZipFile(the_file(folder)) as archive:
        assert again.fit_time_ >= json.loads(archive.read("state.json"))["seconds"] > 0
    assert again.estimator_.history_ == fitted.history_
    assert len(list(folder.iterdir())) == 1


@pytest.mark.slow
@pytest.mark.parametrize("n_epochs", [2, 4])
def test_early_stopping_goes_on(monkeypatch, beats_2, tmp_path, n_epochs):
    X, y = beats_2
    settings = TINY | {"epochs": 40, "learning_rate": 0.3, "early_stopping": True}
    settings |= {"n_iter_no_change": 3}
    held = {"X_val": (X[::3],), "y_val": (y[::3],)}
    without = outcome(RNNClassifier(**settings), X, y, **held)
    assert n_epochs < without.n_iter_ < 40
    classifier = RNNClassifier(**settings, checkpoint=tmp_path)
    interrupted(monkeypatch, classifier, n_epochs, X, y, **held)
    assert_same(clone(classifier).fit(X, y, **held), without)


def test_a_fit_that_early_stopping_ended_restores_the_best_weights(monkeypatch, beats_2, tmp_path):
    X, y = beats_2
    settings = TINY | {"epochs": 40, "learning_rate": 0.3, "early_stopping": True}
    settings |= {"n_iter_no_change": 2}
    without = outcome(RNNClassifier(**settings), X, y)
    classifier = RNNClassifier(**settings, checkpoint=tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("skecg.classifiers._checkpoint.Checkpoint.finish", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            clone(classifier).fit(X, y)
    assert_same(clone(classifier).fit(X, y), without)


@pytest.mark.slow
def test_metrics_measured_now_and_then_go_on(monkeypatch, beats_2, tmp_path):
    X, y = beats_2
    held = {"X_val": (X[::3],), "y_val": (y[::3],)}
    settings = SIX | {"fit_kwargs": {"validation_freq": 2}}
    without = outcome(RNNClassifier(**settings), X, y, **held)
    classifier = RNNClassifier(**settings, checkpoint=tmp_path)
    interrupted(monkeypatch, classifier, 3, X, y, **held)
    assert_same(clone(classifier).fit(X, y, **held), without)


@pytest.mark.slow
def test_dropout_noise_and_schedule_go_on(monkeypatch, tmp_path):
    layout = skecg.BeatLayout(12, leads=2, scalars=("rr", "beat-1_rr", "beat+1_rr"))
    X = np.random.default_rng(0).normal(size=(150, layout.n_features)).astype(np.float32)
    y = np.tile(["N", "S", "V"], 50)
    settings = {"units": 2, "neighbor_units": 2, "dense_units": 3, "epochs": 5}
    settings |= {"batch_size": 16, "layout": layout, "random_state": 0}
    without = outcome(ContextLSTMClassifier(**settings), X, y)
    classifier = ContextLSTMClassifier(**settings, checkpoint=tmp_path / "checkpoints")
    other = {"checkpoint": tmp_path / "other"}
    assert_same(outcome(clone(classifier).set_params(**other), X, y), without)
    interrupted(monkeypatch, classifier, 2, X, y)
    assert_same(clone(classifier).fit(X, y), without)


# fits that differ


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": 0.002},
        {"epochs": 7},
        {"random_state": 1},
        {"class_weight": {"N": 1.0, "V": 2.0}},
        {"fit_kwargs": {"validation_freq": 2}},
    ],
)
def test_other_parameters_are_another_fit(beats_2, done, change, monkeypatch, tmp_path):
    names = {path.name for path in done[1].iterdir()}
    classifier = RNNClassifier(**SIX | change, checkpoint=tmp_path)
    interrupted(monkeypatch, classifier, 1, *beats_2)
    assert the_file(tmp_path).name not in names


@pytest.mark.slow
def test_other_rows_labels_and_weights_are_another_fit(beats_2, monkeypatch, tmp_path):
    X, y = beats_2
    classifier = RNNClassifier(**SIX, checkpoint=tmp_path)
    other, flipped = X.copy(), y.copy()
    other[-1, -1] += 1e-3
    flipped[0] = "V"
    held = {"X_val": (X[:9],), "y_val": (y[:9],)}
    for args, kwargs in (
        ((X, y), {}),
        ((other, y), {}),
        ((X, flipped), {}),
        ((X[::-1], y), {}),
        ((X, y), {"sample_weight": np.linspace(1, 2, len(y))}),
        ((X, y), held),
    ):
        interrupted(monkeypatch, classifier, 1, *args, **kwargs)
    assert len(list(tmp_path.iterdir())) == 6


def test_what_is_shown_is_the_same_fit(beats_2, done):
    import keras

    fitted, folder = done
    watched = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: 1 / 0)
    settings = SIX | {"verbose": 2, "callbacks": [watched]}
    assert_same(RNNClassifier(**settings, checkpoint=folder).fit(*beats_2), fitted)


@pytest.mark.slow
def test_a_seeded_generator_is_recognized_by_what_it_draws(beats_2, monkeypatch, tmp_path):
    def make():
        generator = np.random.RandomState(3)
        return RNNClassifier(**SIX | {"random_state": generator}, checkpoint=tmp_path)

    interrupted(monkeypatch, make(), 1, *beats_2)
    interrupted(monkeypatch, make(), 1, *beats_2)
    assert len(list(tmp_path.iterdir())) == 1


# training that goes on


@pytest.mark.slow
def test_warm_start_has_a_checkpoint_for_each_fit(monkeypatch, beats_2, tmp_path):
    def run(folder, stop=None):
        classifier = RNNClassifier(**TINY, warm_start=True, checkpoint=folder).fit(*beats_2)
        if stop is not None:
            with monkeypatch.context() as patch:
                stopping(patch, stop)
                with pytest.raises(Stop):
                    classifier.fit(*beats_2)
            return None
        return classifier.set_params(learning_rate=0.01).fit(*beats_2).fit(*beats_2)

    whole = run(None)
    run(tmp_path, stop=1)
    resumed = run(tmp_path)
    assert_same(resumed, whole)
    assert whole.n_iter_ == 6 and len(list(tmp_path.iterdir())) == 4


@pytest.mark.slow
def test_partial_fit_writes_no_checkpoint(beats_2, tmp_path):
    classifier = RNNClassifier(**TINY, checkpoint=tmp_path / "none").partial_fit(*beats_2)
    assert classifier.n_iter_ == 1 and not (tmp_path / "none").exists()


# searches


@pytest.mark.slow
def test_a_search_goes_on_without_repeating_fits(monkeypatch, beats_2, tmp_path):
    def search(folder):
        grid = {"learning_rate": [0.001, 0.05]}
        classifier = RNNClassifier(**TINY, checkpoint=folder)
        return GridSearchCV(classifier, grid, cv=2, error_score="raise")

    whole = search(None).fit(*beats_2)
    with monkeypatch.context() as patch:
        stopping(patch, 5)  # in the third of five fits
        with pytest.raises(Stop):
            search(tmp_path).fit(*beats_2)
    with monkeypatch.context() as patch:
        stopping(patch, 6)
        resumed = search(tmp_path).fit(*beats_2)
    assert resumed.best_params_ == whole.best_params_
    scores = (s.cv_results_["mean_test_score"] for s in (resumed, whole))
    np.testing.assert_array_equal(*scores)
    assert_same(resumed.best_estimator_, whole.best_estimator_)
    with monkeypatch.context() as patch:
        stopping(patch, 0)
        assert search(tmp_path).fit(*beats_2).best_params_ == whole.best_params_


@pytest.mark.slow
def test_folds_have_a_checkpoint_each(beats_2, tmp_path):
    classifier = RNNClassifier(**TINY, checkpoint=tmp_path)
    scores = [cross_validate(classifier, *beats_2, cv=3)["test_score"] for _ in range(2)]
    np.testing.assert_array_equal(*scores)
    assert len(list(tmp_path.iterdir())) == 3


# files


def damage(path, kind):
    content = path.read_bytes()
    if kind == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("nothing of skecg's")
    elif kind == "bit":
        middle = content.index(b"\x93NUMPY") + 140  # a weight
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    elif kind == "pickle":
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("variables-99.npy", b"\x80\x04K\x01.")
    elif kind == "object":
        objects = Path(f"{path}.npy")
        np.save(objects, np.array([{}], dtype=object), allow_pickle=True)
        with zipfile.ZipFile(path, "a") as archive:
            archive.write(objects, "variables-99.npy")
        objects.unlink()
    elif kind == "huge":
        with zipfile.ZipFile(path, "a") as archive, archive.open("best-0.npy", "w") as member:
            np.lib.format.write_array_header_1_0(
                member, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
            )
    elif kind == "state":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("state.json", json.dumps({"n_epochs": 3}))
    elif kind == "fewer":
        with zipfile.ZipFile(path) as old:
            members = {n: old.read(n) for n in old.namelist() if n != "variables-0.npy"}
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)


RARE = ["bit", "huge", "empty", "text", "pickle", "object", "state", "fewer"]
KINDS = ["cut", *(pytest.param(kind, marks=pytest.mark.slow) for kind in RARE)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_checkpoint_is_ignored_with_a_warning(beats_2, done, whole, tmp_path, kind):
    name = the_file(done[1]).name
    path = tmp_path / name
    path.write_bytes((done[1] / name).read_bytes())
    damage(path, kind)
    with pytest.warns(UserWarning, match=f"anew: the checkpoint '.*{name}' cannot be used"):
        fitted = RNNClassifier(**SIX, checkpoint=tmp_path).fit(*beats_2)
    assert_same(fitted, whole)
    assert the_file(tmp_path) == path  # replaced by a good one
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        RNNClassifier(**SIX, checkpoint=tmp_path).fit(*beats_2)


@pytest.mark.slow
def test_a_checkpoint_of_another_training_is_ignored(beats_2, done, tmp_path):
    X, y = beats_2
    RNNClassifier(**TINY, checkpoint=tmp_path).fit(X, y)
    foreign = the_file(tmp_path)
    foreign.write_bytes(the_file(done[1]).read_bytes())
    with pytest.warns(UserWarning, match="belongs to another training"):
        fitted = RNNClassifier(**TINY, checkpoint=tmp_path).fit(X, y)
    assert fitted.n_iter_ == 2


def test_a_full_disk_does_not_end_training(monkeypatch, beats_2, whole, tmp_path):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("skecg.classifiers._checkpoint._write", full)
    with pytest.warns(UserWarning, match="cannot write the checkpoint .*No space left"):
        fitted = RNNClassifier(**SIX, checkpoint=tmp_path).fit(*beats_2)
    assert_same(fitted, whole)
    assert list(tmp_path.iterdir()) == []


def test_checkpoints_hold_data_only(done):
    with zipfile.ZipFile(the_file(done[1])) as archive:
        assert "state.json" in archive.namelist()
        for name in archive.namelist():
            assert name == "state.json" or np.load(archive.open(name), allow_pickle=False).size


@pytest.mark.slow
def test_two_fits_at_once_share_a_folder(beats_2, whole, tmp_path):
    RNNClassifier(**TINY).fit(*beats_2)  # the backend is ready
    fitted = []

    def fit():
        fitted.append(RNNClassifier(**SIX, checkpoint=tmp_path).fit(*beats_2))

    threads = [threading.Thread(target=fit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fitted) == 2
    for one in fitted:
        assert_same(one, whole)
    assert_same(RNNClassifier(**SIX, checkpoint=tmp_path).fit(*beats_2), whole)


def test_saved_models_do_not_keep_the_folder(beats_2, done, tmp_path):
    skecg.save(done[0], tmp_path / "model.skecg")
    model = skecg.load(tmp_path / "model.skecg")
    assert model.checkpoint is None
    np.testing.assert_array_equal(
        model.predict_proba(beats_2[0]), done[0].predict_proba(beats_2[0])
    )
    assert str(done[1]).encode() not in (tmp_path / "model.skecg").read_bytes()


# refusals


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"random_state": None}, "'checkpoint' parameter of RNNClassifier needs a random_state"),
        ({"fit_kwargs": {"steps_per_epoch": 2}}, "does not go with 'steps_per_epoch'"),
        ({"callbacks": ["ReduceLROnPlateau"]}, "callback ReduceLROnPlateau, whose state"),
        ({"loss": lambda y, p: p}, None),
        ({"checkpoint": 3}, "must be None or the path of a folder"),
        ({"checkpoint": ""}, "must be None or the path of a folder"),
    ],
)
def test_fits_that_cannot_go_on_are_refused(beats_2, tmp_path, params, message):
    import keras

    if "callbacks" in params:
        params = {"callbacks": [getattr(keras.callbacks, name)() for name in params["callbacks"]]}
    if "loss" in params:
        scale = 2.0
        message = "needs parameters that another run recognizes"
        params = {"loss": lambda y, p: scale * keras.ops.mean(p, axis=-1)}
    classifier = RNNClassifier(**TINY | {"checkpoint": tmp_path} | params)
    with pytest.raises(ValueError, match=message):
        classifier.fit(*beats_2)


def test_functions_are_recognized_in_processes_that_order_sets_in_another_way():
    from skecg.classifiers._fingerprint import _plain

    def loss(y, p):
        return p if str(y) in {"b", "c", "a"} else y

    constants = _plain(loss, "loss", "RNNClassifier")[1][2]
    assert ["'a'", "'b'", "'c'"] in constants


def test_own_callbacks_are_warned_of(beats_2, done):
    import keras

    class Mine(keras.callbacks.Callback):
        pass

    with pytest.warns(UserWarning, match="does not keep the state of the callback Mine"):
        RNNClassifier(**SIX, callbacks=[Mine], checkpoint=done[1]).fit(*beats_2)


# killed processes

SCRIPT = """
import sys, numpy as np
import keras
from skecg import RNNClassifier
rng = np.random.default_rng(0)
X = np.concatenate([rng.normal(0, 1, (3000, 8)), rng.normal(2, 1, (3000, 8))]).astype("f4")
y = np.repeat(["N", "V"], 3000)
shown = keras.callbacks.LambdaCallback(on_epoch_end=lambda e, logs: print(e, flush=True))
clf = RNNClassifier((4,), epochs=16, random_state=0, callbacks=[shown], checkpoint={folder!r})
clf.fit(X, y)
np.savez(sys.argv[1], *clf.model_.get_weights(), loss=clf.history_["loss"])
print("done", flush=True)
"""


def _start(folder, out):
    environment = os.environ | {"PYTHONPATH": str(Path(skecg.__file__).parents[1])}
    code = SCRIPT.format(folder=None if folder is None else str(folder))
    return subprocess.Popen(
        [sys.executable, "-c", code, out],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


@pytest.mark.slow
def test_killed_processes_go_on_to_the_same_weights(tmp_path):
    _start(None, tmp_path / "whole.npz").communicate()  # nothing interrupts it
    rng = np.random.default_rng(0)
    folder, out = tmp_path / "checkpoints", tmp_path / "resumed.npz"
    epochs = []
    for number in (signal.SIGKILL, signal.SIGINT):  # SIGTERM, unhandled, is as SIGKILL
        process = _start(folder, out)
        for line in itertools.islice(process.stdout, 2):
            epochs.append(int(line))
        time.sleep(rng.uniform(0, 0.3))
        while process.poll() is None:  # Ctrl-C in a finalizer is printed and ignored
            process.send_signal(number)
            time.sleep(0.1)
        process.communicate()
        assert not out.exists()
    assert epochs[0] == 0 and epochs[2] >= 2  # nothing is repeated
    _start(folder, out).communicate()
    resumed, uninterrupted = np.load(out), np.load(tmp_path / "whole.npz")
    assert resumed.files == uninterrupted.files
    for name in resumed.files:
        np.testing.assert_array_equal(uninterrupted[name], resumed[name])
