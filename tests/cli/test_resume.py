"""Runs of ``skecg train`` that are interrupted, killed, and go on; searches; second writers."""

import json
import os
import signal
import socket
import time
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pandas as pd
import pytest

import skecg
from skecg.cli._signals import Terminated
from skecg.utils import file_hash

SMALL = ("--epochs", "4", "--units", "4", "--batch-size", "64", "--test-size", "0.3")
SMALL += ("--val-size", "0.2")
# they take more time than the training, and are the same whether or not it was interrupted
NO_FIGURES = {
    "plot_predictions": lambda *args, **kwargs: {},
    "write_training_figures": lambda *args: [],
}


def weights(folder, name):
    """The weights in a model file."""
    return skecg.load(folder / f"{name}.skecg").steps[-1][1]._network_weights()


def assert_same_results(one, other, names=("rnn",)):
    """Two folders have the same weights, bit for bit, predictions and histories."""
    for name in names:
        for a, b in zip(weights(one, name), weights(other, name), strict=True):
            np.testing.assert_array_equal(a, b)
        first, second = (path / f"{name}-predictions.csv" for path in (one, other))
        assert first.read_bytes() == second.read_bytes()
    first, second = (
        pd.read_csv(path / "comparison.csv").drop(columns="training time (s)")
        for path in (one, other)
    )
    pd.testing.assert_frame_equal(first, second)


def assert_whole(folder):
    """All files of a folder are of one run: those that its report lists, unchanged."""
    report = json.loads((folder / "report.json").read_text())
    assert {p.name for p in folder.iterdir()} == {*report["files"], "report.json"}
    for name, known in report["files"].items():
        assert file_hash(folder / name) == known, name
    assert report["run_id"] in (folder / "report.txt").read_text().replace("\n", "")
    for page in folder.glob("*.html"):
        assert report["run_id"] in page.read_text(encoding="utf-8")
    return report


@pytest.fixture
def stop_after(monkeypatch):
    """A function that makes training fail after some epochs of a command."""
    from skecg.cli._training import Epochs

    def stop_after(n_epochs, error=KeyboardInterrupt):
        done = []

        def end_batch(self, batch, logs):
            if len(done) == n_epochs:
                raise error

        def begin_epoch(self, epoch, logs):
            self.n_begun += 1

        monkeypatch.setattr(Epochs, "end_batch", end_batch)
        monkeypatch.setattr(Epochs, "end_epoch", lambda self, epoch, logs: done.append(epoch))
        return done

    return stop_after


@pytest.fixture(scope="module")
def whole(recordings, invoke, tmp_path_factory):
    """A run that nothing interrupts, without figures."""
    out = tmp_path_factory.mktemp("whole") / "out"
    with mock.patch.multiple("skecg.report._evaluation", **NO_FIGURES):
        result = invoke("train", recordings, "-o", out, "--model", "rnn", *SMALL)
    assert result.code == 0, result.err
    return SimpleNamespace(folder=out, out=result.out)


@pytest.fixture
def interrupted(invoke, stop_after, monkeypatch, recordings, tmp_path):
    """A run stopped after two epochs, and its command."""
    for name, function in NO_FIGURES.items():
        monkeypatch.setattr(f"skecg.report._evaluation.{name}", function)
    command = ["train", recordings, "-o", tmp_path / "out", "--model", "rnn", *SMALL]
    stop_after(2)
    result = invoke(*command)
    assert result.code == 130, result.err
    return SimpleNamespace(command=command, folder=tmp_path / "out", err=result.err)


def test_train_goes_on_after_the_last_whole_epoch(
    invoke, words, interrupted, stop_after, whole, tmp_path
):
    assert "repeat the command with --resume" in words(interrupted.err)
    assert not interrupted.folder.exists()
    done = stop_after(99)
    result = invoke(*interrupted.command, "--resume")
    assert result.code == 0, result.err
    assert done == [2, 3]
    assert_same_results(interrupted.folder, whole.folder)
    assert_whole(interrupted.folder)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    model = skecg.load(interrupted.folder / "rnn.skecg").steps[-1][1]
    assert model.checkpoint is None and model.n_iter_ == 4


@pytest.mark.slow
def test_train_lists_its_files_and_names_the_run_in_all_that_can_hold_it(whole):
    report = assert_whole(whole.folder)
    assert len(report["run_id"]) == 32


@pytest.mark.slow
def test_an_unfinished_run_is_never_lost_in_silence(invoke, words, interrupted, stop_after):
    result = invoke(*interrupted.command)
    assert result.code == 1
    assert "there is an unfinished run in" in words(result.err)
    assert "Go on with --resume, or begin anew with --restart" in words(result.err)
    done = stop_after(99)
    result = invoke(*interrupted.command, "--restart")
    assert result.code == 0 and done == [0, 1, 2, 3]
    assert invoke(*interrupted.command, "--resume", "--restart").code == 2


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--learning-rate", "0.01"), "--learning-rate was not given and is 0.01"),
        pytest.param(("--seed", "1"), "--seed was 0 and is 1", marks=pytest.mark.slow),
        pytest.param(
            ("--model", "lstm"), "--model was rnn and is rnn,lstm", marks=pytest.mark.slow
        ),
    ],
)
def test_other_options_are_named(invoke, words, interrupted, more, message):
    result = invoke(*interrupted.command, *more, "--resume")
    assert result.code == 1
    assert message in words(result.err)
    assert "Repeat the command of the run (skecg train" in words(result.err)


@pytest.mark.slow
def test_other_recordings_are_noticed(invoke, words, interrupted, tmp_path):
    path = tmp_path / "out.unfinished" / "run.json"
    facts = json.loads(path.read_text())
    assert len(facts["data"]["test beats of RNN"]) == 64
    facts["data"]["test beats of RNN"] = "0" * 64
    path.write_text(json.dumps(facts))
    result = invoke(*interrupted.command, "--resume")
    assert result.code == 1
    assert "the test beats of RNN are not those that it began with" in words(result.err)


@pytest.mark.slow
def test_other_versions_are_named(invoke, words, interrupted, tmp_path):
    path = tmp_path / "out.unfinished" / "run.json"
    facts = json.loads(path.read_text())
    facts["versions"]["keras"] = "0.1"
    path.write_text(json.dumps(facts))
    result = invoke(*interrupted.command, "--resume")
    assert result.code == 1
    assert "keras was 0.1 and is" in words(result.err)


def test_resume_without_an_unfinished_run(invoke, words, planned_nothing, recordings, tmp_path):
    out = tmp_path / "out"
    result = invoke("train", recordings, "-o", out, "--resume")
    assert result.code == 0
    assert "there is no unfinished run; a new one begins" in words(result.err)
    (out / "report.json").write_text("{}")
    result = invoke("train", recordings, "-o", out, "--resume")
    assert result.code == 1
    assert "has the results of a complete one" in words(result.err)


@pytest.mark.parametrize("killed", [True, False])
def test_resume_of_a_run_stopped_before_its_first_epoch_ended(
    invoke, words, monkeypatch, recordings, tmp_path, killed
):
    out = tmp_path / "out"
    out.mkdir()
    (out / "report.json").write_text("{}")
    with monkeypatch.context() as patch:
        patch.setattr("skecg.cli._train._load_splits", raising(Terminated))
        assert invoke("train", recordings, "-o", out).code == 143
    assert (tmp_path / "out.unfinished" / "run.json").exists()
    monkeypatch.setattr("skecg.cli._training.run", lambda *args, **kwargs: None)
    result = invoke("train", recordings, "-o", out, *(["--resume"] if killed else []))
    assert result.code == 0, result.err
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def raising(error):
    """A function that raises an error."""

    def function(*args, **kwargs):
        raise error

    return function


@pytest.fixture
def planned_nothing(monkeypatch):
    """``skecg train`` without training."""
    monkeypatch.setattr("skecg.cli._training.run", lambda *args, **kwargs: None)


@pytest.mark.parametrize("place", ["poem.txt", "results/poem.txt"])
def test_a_folder_of_the_user_is_not_taken_for_a_run(
    invoke, words, planned_nothing, recordings, tmp_path, place
):
    mine = tmp_path / "out.unfinished" / place
    mine.parent.mkdir(parents=True)
    mine.write_text("roses")
    result = invoke("train", recordings, "-o", tmp_path / "out")
    assert result.code == 1 and "is not the folder of a run" in words(result.err)
    assert mine.read_text() == "roses"


def test_errors_before_training_leave_nothing(invoke, recordings, tmp_path):
    (tmp_path / "no.txt").write_text("nobody\n")
    result = invoke("train", recordings, "-o", tmp_path / "out", "--records", tmp_path / "no.txt")
    assert result.code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["no.txt"]


@pytest.mark.slow
def test_train_goes_on_with_both_networks(invoke, few_figures, stop_after, recordings, tmp_path):
    command = ["train", recordings, "--model", "both", *SMALL]
    stop_after(99)
    assert invoke(*command, "-o", tmp_path / "whole").code == 0
    for n_epochs in (1, 5):  # in the first network, in the second
        out = tmp_path / f"after {n_epochs}"
        stop_after(n_epochs)
        assert invoke(*command, "-o", out).code == 130
        done = stop_after(99)
        assert invoke(*command, "-o", out, "--resume").code == 0
        assert len(done) == 8 - n_epochs
        assert_same_results(out, tmp_path / "whole", ("rnn", "lstm"))


@pytest.mark.slow
def test_an_error_after_training_loses_no_epoch(
    invoke, words, few_figures, stop_after, monkeypatch, whole, recordings, tmp_path
):
    command = ["train", recordings, "-o", tmp_path / "out", "--model", "rnn", *SMALL]
    stop_after(99)
    with monkeypatch.context() as patch:
        patch.setattr("skecg.report._evaluation.write_training_figures", lambda *args: 1 / 0)
        result = invoke(*command)
    assert result.code == 1 and "--resume" in words(result.err)
    done = stop_after(0)
    result = invoke(*command, "--resume")
    assert result.code == 0 and done == []
    assert_same_results(tmp_path / "out", whole.folder)


# a search


SEARCH = ("--search", "learning_rate=0.001,0.05", "--search", "units=4", "--folds", "2")


@pytest.mark.slow
def test_train_searches_and_trains_the_best(
    invoke, words, few_figures, recordings, tmp_path, monkeypatch
):
    from skecg.classifiers._scikeras import StopWhenNotFinite

    command = ["train", recordings, "--model", "rnn", *SMALL, *SEARCH, "--epochs", "2"]
    result = invoke(*command, "-o", tmp_path / "whole")
    assert result.code == 0, result.err
    table = pd.read_csv(tmp_path / "whole" / "rnn-search.csv")
    assert sorted(table["learning_rate"]) == [0.001, 0.05] and table["rank"][0] == 1
    assert table.columns.tolist()[-2:] == ["fold 1", "fold 2"]
    best = skecg.load(tmp_path / "whole" / "rnn.skecg").steps[-1][1]
    assert best.learning_rate == table["learning_rate"][0]
    assert f"RNN is trained with learning_rate={best.learning_rate:g}" in words(result.out)
    report = assert_whole(tmp_path / "whole")
    assert report["settings"]["options"]["folds"] == 2

    done = []
    before = StopWhenNotFinite.on_epoch_begin

    def begin(self, epoch, logs=None):
        if len(done) == 5:  # in the third of five fits
            raise KeyboardInterrupt
        done.append(epoch)
        before(self, epoch, logs)

    with monkeypatch.context() as patch:
        patch.setattr(StopWhenNotFinite, "on_epoch_begin", begin)
        assert invoke(*command, "-o", tmp_path / "out").code == 130
        patch.setattr(
            StopWhenNotFinite,
            "on_epoch_begin",
            lambda self, epoch, logs=None: done.append(epoch),
        )
        assert invoke(*command, "-o", tmp_path / "out", "--resume").code == 0
    assert len(done) == 5 + 5 or len(done) == 5 + 6  # the fifth was begun, not ended
    assert_same_results(tmp_path / "out", tmp_path / "whole")
    again = pd.read_csv(tmp_path / "out" / "rnn-search.csv")
    pd.testing.assert_frame_equal(again, table)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("size=1", "RNN has no parameter 'size' to search over. There are "),
        ("epochs", "'epochs' is not NAME=VALUE,VALUE..."),
        ("epochs=1,many", "The 'epochs' parameter of RNNClassifier must be"),
        ("units=4x,3", "is not one whole number per layer"),
        ("random_state=0,1", "has no parameter 'random_state'"),
    ],
)
def test_searches_are_checked_first(invoke, words, recordings, tmp_path, value, message):
    result = invoke(
        "train", recordings, "-o", tmp_path / "out", "--model", "rnn", "--search", value
    )
    assert result.code == 2
    assert message in words(result.err)


# folders


@pytest.mark.slow
def test_results_replace_old_ones_and_keep_the_files_of_users(
    invoke, few_figures, stop_after, recordings, tmp_path
):
    stop_after(99)
    out = tmp_path / "out"
    settings = ("-o", out, *SMALL, "--epochs", "1")
    assert invoke("train", recordings, "--model", "lstm", *settings).code == 0
    (out / "notes").mkdir()
    (out / "notes" / "a.txt").write_text("mine")
    (out / "lstm-confusion.png").write_bytes(b"mine, too")
    out.chmod(0o750)
    assert invoke("train", recordings, "--model", "rnn", *settings).code == 0
    report = json.loads((out / "report.json").read_text())
    names = {path.name for path in out.iterdir()}
    assert names == {*report["files"], "report.json", "notes", "lstm-confusion.png"}
    assert (out / "notes" / "a.txt").read_text() == "mine"
    assert out.stat().st_mode & 0o777 == 0o750


@pytest.mark.slow
def test_a_second_writer_is_refused_with_the_name_of_the_first(
    invoke, words, few_figures, monkeypatch, recordings, tmp_path
):
    out, errors = tmp_path / "out", []

    def run(*args, **kwargs):
        errors.append(invoke("train", recordings, "-o", out).err)
        with pytest.raises(BlockingIOError, match=f"written by process {os.getpid()} of"):
            skecg.evaluate(skecg.load_pretrained("lstm"), _few_beats()).save(out)
        raise KeyboardInterrupt

    monkeypatch.setattr("skecg.cli._training.run", run)
    assert invoke("train", recordings, "-o", out).code == 130
    text = words(errors[0])
    assert f"is being written by process {os.getpid()} of {socket.gethostname()}" in text
    assert "(skecg train" in text
    assert "Wait until it is done, or name another folder" in text
    assert list(tmp_path.iterdir()) == []


def _few_beats():
    extractor = skecg.load_pretrained("lstm", return_info=True)[1].extractor
    record = skecg.simulate_record(60, leads=["MLII"], random_state=0)
    return extractor.extract(record)


# killed processes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "signals"),
    [((), (signal.SIGKILL, signal.SIGTERM)), (SEARCH, (signal.SIGINT,))],
    ids=["training", "search"],
)
def test_killed_runs_end_with_the_weights_of_one_that_is_not(
    start, invoke, few_figures, recordings, tmp_path, more, signals
):
    command = ["train", recordings, "--model", "rnn", *SMALL, *more]
    whole, out = tmp_path / "whole", tmp_path / "out"
    assert invoke(*command, "-o", whole).code == 0
    rng = np.random.default_rng(0)
    for i, number in enumerate(signals):
        process = start(*command, "-o", out, *(["--resume"] if i else []))
        for _ in range(2 * i + 1):  # some epochs later each time
            line = " "
            while line and not any(word in line for word in ("epoch", "search")):
                line = process.stderr.readline()
        time.sleep(rng.uniform(0, 0.5))
        process.send_signal(number)
        _, err = process.communicate()
        assert "Traceback" not in err
        if process.returncode == 0:  # it was done
            break
        assert process.returncode in (-number, 128 + number), err
        assert not out.exists()
    _, err = start(*command, "-o", out, "--resume").communicate()
    assert out.exists(), err
    assert_same_results(out, whole)
    assert_whole(out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "whole"]
    if more:
        tables = (pd.read_csv(path / "rnn-search.csv") for path in (out, whole))
        pd.testing.assert_frame_equal(*tables)
