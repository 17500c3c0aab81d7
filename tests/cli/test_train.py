"""``skecg train``: its results, its files, and what happens when it is stopped."""

import contextlib
import json
import resource
import shutil
import signal
import sys
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from rich.progress import Progress

import skecg
from skecg.cli._signals import Interruption, Terminated, signals_kept
from skecg.cli._training import Epochs

from .._browser import Page

FIGURES = ("confusion", "roc", "precision-recall", "calibration", "uncertainty", "subjects")
FIGURES_OF_BEATS = ("beats", "errors")
SMALL = ("--epochs", "2", "--units", "4", "--batch-size", "64")
SHARES = ("--test-size", "0.3", "--val-size", "0.2")


def files_of(model, figures):
    """Names of the files of a model."""
    return {
        *(f"{model}{ending}" for ending in (".skecg", ".html", "-predictions.csv")),
        *(f"{model}-{name}.png" for name in figures),
    }


def report_of(trained):
    """What report.json holds."""
    return json.loads((trained.folder / "report.json").read_text())


# one network


def test_train_writes_every_file_and_no_other(trained):
    files = {"report.txt", "report.json", "comparison.csv", "history.png", "balance.png"}
    files |= files_of("lstm", FIGURES + FIGURES_OF_BEATS)
    assert {path.name for path in trained.folder.iterdir()} == files
    for picture in trained.folder.glob("*.png"):
        assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_train_writes_a_page_with_all_figures(trained, recordings):
    parsed = Page((trained.folder / "lstm.html").read_text(encoding="utf-8"))
    assert parsed.faults == []
    assert f"LSTM on {recordings.name}" in parsed.text
    for split in ("training", "validation"):
        assert f"{split} beats" in parsed.text and "test beats" in parsed.text
    drawn = [g for tag, g in parsed.elements if tag == "svg" and g.get("role") == "img"]
    assert len(drawn) == len(FIGURES + FIGURES_OF_BEATS) - 1  # the matrix is a table


def test_train_prints_splits_epochs_report_and_files(trained, words):
    assert max(map(len, trained.out.splitlines())) <= 80
    for text in ("training ", "validation ", "test ", "LSTM: 2 epochs in ", "Beat report:"):
        assert text in trained.out
    assert "Comparison" not in trained.out  # there is one network
    summary = trained.out.partition("Summary on the test subjects")[2]
    for row in ("macro F1", "test loss", "parameters", "epochs", "training time (s)"):
        assert row in summary
    assert "; validation loss" in words(trained.out)
    epochs = [line for line in trained.err.splitlines() if line]
    assert all(line.startswith("LSTM epoch") and "; val. loss" in line for line in epochs)
    assert len(epochs) == 2


def test_train_reports_settings_of_the_objects(trained):
    report = report_of(trained)
    model, info = skecg.load(trained.folder / "lstm.skecg", return_info=True)
    settings = report["settings"]
    assert report["schema"] == 2 and list(report["models"]) == ["LSTM"]
    assert settings["extractor"]["params"]["fs"] == info.extractor.fs == 250.0
    pipeline = settings["pipelines"]["LSTM"]
    assert pipeline["class"] == "imblearn.Pipeline"
    classifier = pipeline["params"]["steps"][-1]["tuple"][1]["params"]
    assert (classifier["epochs"], classifier["batch_size"]) == (2, 64)
    assert classifier["units"] == {"tuple": [4]} and classifier["random_state"] == 0
    assert model.steps[-1][1].units == (4,)
    assert report["versions"]["skecg"] == skecg.__version__
    assert report["command"].startswith("skecg train ")
    options = settings["options"]
    assert (options["test_size"], options["val_size"], options["annotator"]) == (0.3, 0.2, "atr")
    assert options["records"] is None and options["skip_broken"] is False


def test_train_splits_by_subject(trained):
    report = report_of(trained)
    splits = report["data"]
    subjects = [set(splits[name]["subjects"]) for name in ("training", "validation", "test")]
    assert not subjects[0] & subjects[1] and not (subjects[0] | subjects[1]) & subjects[2]
    assert len(set.union(*subjects)) == 8
    assert {split: one["found"] for split, one in report["shared_with_test"].items()} == {
        "training": False,
        "validation": False,
    }
    assert "subjects in both: none" in trained.out
    assert report["n_beats"] == splits["test"]["n_beats"]
    assert sum(map(sum, report["confusion_matrix"])) == report["n_beats"]


def test_train_writes_predictions_that_give_the_report_again(trained, recordings):
    table = pd.read_csv(trained.folder / "lstm-predictions.csv")
    columns = ["record", "sample", "subject", "y_true", "y_pred"]
    assert table.columns.tolist()[:5] == columns
    proba = table.filter(like="p_")
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-5)
    best = proba.idxmax(axis=1).str.removeprefix("p_")
    assert (best == table["y_pred"]).mean() > 0.99  # but for ties beyond six decimals
    record = skecg.read_record(recordings / table["record"][0])
    assert table["sample"][0] in record.sample
    again, report = skecg.BeatReport.from_table(table).to_dict(), report_of(trained)
    assert again["confusion_matrix"] == report["confusion_matrix"]
    assert again["intervals"]["classes"] == report["intervals"]["classes"]


def test_train_writes_subjects_settings_and_versions_as_text(trained, words):
    text = (trained.folder / "report.txt").read_text()
    assert max(map(len, text.splitlines())) <= 80
    for part in ("Subjects, test: simulated:", "LSTMClassifier(batch_size=64, epochs=2", "tensor"):
        assert part in text
    steps = "BeatAugmenter(random_state=0, sampling_strategy=double_minority)"
    assert "annotator atr; records -; subjects -; train_records -;" in words(text)
    assert "Summary on the test beats" in text
    assert steps in words(text) and "layout" not in text and " at 0x" not in text


# two networks


def test_train_writes_the_files_of_both_networks(compared):
    files = {"report.txt", "report.json", "comparison.csv", "history.png", "balance.png"}
    files |= {"differences.csv", "difference.png"}
    for model in ("rnn", "lstm"):
        files |= files_of(model, ("confusion", "subjects"))
    assert {path.name for path in compared.folder.iterdir()} == files


def test_train_compares_both_networks(compared, words):
    text = words(compared.out)
    assert max(map(len, compared.out.splitlines())) <= 80
    assert "macro F1 (%)" in text
    assert "has the better macro F1" in text or "equal in macro F1" in text
    assert "chance among these subjects" in text
    report = report_of(compared)
    rows = {row["metric"]: row for row in report["differences"]}
    a, b = (report["models"][name]["accuracy"] for name in ("RNN", "LSTM"))
    assert rows["accuracy"]["difference"] == pytest.approx(a - b)
    assert rows["accuracy"]["p"] <= rows["accuracy"]["p_holm"]
    assert len(pd.read_csv(compared.folder / "differences.csv")) == len(rows)


def test_train_writes_a_row_per_network(compared):
    table = pd.read_csv(compared.folder / "comparison.csv", index_col="model")
    assert table.index.tolist() == ["RNN", "LSTM"]
    assert (table["epochs"] == 2).all() and (table["parameters"] > 0).all()
    accuracy = report_of(compared)["models"]["RNN"]["accuracy"]
    np.testing.assert_allclose(table.loc["RNN", "accuracy"], accuracy)


# networks whose rows differ


@pytest.fixture(scope="module")
def of_different_rows(invoke, recordings, tmp_path_factory):
    """Output and folder of ``skecg train`` for networks whose rows differ."""
    out = tmp_path_factory.mktemp("different")
    result = invoke(
        *("train", recordings, "-o", out, "--model", "rnn", "--model", "context-lstm", *SMALL),
        *(*SHARES, "--leads", "MLII", "--leads", "V1"),
        *("--missing-leads", "zeros", "--fs", "125", "--neighbors", "2"),
    )
    assert result.code == 0, result.err
    report = json.loads((out / "report.json").read_text())
    return SimpleNamespace(folder=out, report=report, out=result.out, err=result.err)


@pytest.mark.slow
def test_train_saves_the_network_for_rows_with_context(of_different_rows):
    model, info = skecg.load(of_different_rows.folder / "context-lstm.skecg", return_info=True)
    ((_, classifier),) = model.steps
    assert isinstance(classifier, skecg.ContextLSTMClassifier)
    assert (classifier.units, classifier.class_weight) == (4, "sqrt_balanced")
    extractor = info.extractor
    assert (extractor.context, extractor.neighbors, extractor.window) == (600, 2, (0.28, 0.28))
    assert extractor.missing_leads == "zeros"


@pytest.mark.slow
def test_train_tests_networks_of_different_rows_on_the_same_beats(of_different_rows, recordings):
    folder, report = of_different_rows.folder, of_different_rows.report
    tables = [pd.read_csv(folder / f"{m}-predictions.csv") for m in ("rnn", "context-lstm")]
    place = ["record", "sample", "subject", "y_true"]
    pd.testing.assert_frame_equal(tables[0][place], tables[1][place])
    assert list(report["models"]) == ["RNN", "Context-LSTM"]
    n_read = sum(len(skecg.read_record(p).sample) for p in skecg.find_records(recordings))
    n_used = sum(split["n_beats"] for split in report["data"].values())
    assert n_read == n_used + sum(row["count"] for row in report["skipped"])


@pytest.mark.slow
def test_train_reports_the_rows_of_each_network(of_different_rows, words):
    extractors = of_different_rows.report["settings"]["extractor"]
    rnn, context = (extractors[name]["params"] for name in ("RNN", "Context-LSTM"))
    assert (rnn["context"], context["context"]) == (None, 600.0)
    assert rnn["window"] == {"tuple": [0.1, 0.1]} and context["window"] == {"tuple": [0.28, 0.28]}
    assert rnn["fs"] == context["fs"] == 125
    text = words((of_different_rows.folder / "report.txt").read_text())
    assert "extractor RNN BeatExtractor(" in text


@pytest.mark.slow
def test_train_writes_all_files_of_networks_of_different_rows(of_different_rows):
    files = {"report.txt", "report.json", "comparison.csv", "history.png", "balance.png"}
    files |= {"differences.csv", "difference.png"}
    for model in ("rnn", "context-lstm"):
        files |= files_of(model, FIGURES + FIGURES_OF_BEATS)
    assert {path.name for path in of_different_rows.folder.iterdir()} == files
    assert max(map(len, of_different_rows.out.splitlines())) <= 80


@pytest.mark.slow
def test_evaluate_of_the_network_for_context_takes_any_leads_and_rate(
    invoke, of_different_rows, tmp_path
):
    for name, fs, leads in (("one", 500, ["V1"]), ("other", 128, ["MLII", "V5"])):
        record = skecg.simulate_record(30, fs=fs, leads=leads, name=name, random_state=0)
        skecg.write_record(record, tmp_path)
    model = of_different_rows.folder / "context-lstm.skecg"
    result = invoke("evaluate", model, tmp_path, "--json", tmp_path / "r.json")
    assert result.code == 0, result.err
    data = json.loads((tmp_path / "r.json").read_text())
    assert data["data"]["test"]["records"] == ["one", "other"]
    assert sum(map(sum, data["confusion_matrix"])) == data["n_beats"] > 50


# options


@pytest.fixture
def planned(monkeypatch):
    """Plans and splits that the command would train; it does not."""
    calls = []
    monkeypatch.setattr(
        "skecg.cli._training.run",
        lambda terminal, plans, splits, **kwargs: calls.append((plans, splits, kwargs)),
    )
    return calls


def test_train_hands_every_option_on(invoke, planned, recordings, tmp_path):
    (tmp_path / "train.txt").write_text("sim000\nsim001\nsim002 # the third\n\n# all\nsim003\n")
    # fmt: off
    result = invoke(
        "train", recordings, "-o", tmp_path / "out", "--model", "rnn", "--epochs", "1",
        "--train-records", tmp_path / "train.txt", "--val-size", "0", "--seed", "3",
        "--window", "0.2,0.3", "--fs", "125", "--leads", "II,MLII", "--leads", "1",
        "--classes", "dechazal", "--no-align", "--edges", "pad", "--highpass", "0.5",
        "--no-denoise", "--balance", "none", "--scale", "none", "--class-weight", "balanced",
        "--learning-rate", "0.01", "--dropout", "0", "--jobs", "2", "--false-positives", "ec57",
    )
    # fmt: on
    assert result.code == 0, result.err
    (((plan,), splits, settings),) = planned
    assert settings["seed"] == 3 and settings["false_positives"] == "ec57"
    training, test = splits["RNN"].values()
    assert training.records == ["sim000", "sim001", "sim002", "sim003"]
    assert test.records == ["sim004", "sim005", "sim006", "sim007"]
    assert set(test.meta["leads"]) == {"MLII+V5"}
    assert (test.fs, test.extractor.window, test.extractor.align) == (125, (0.2, 0.3), False)
    pipeline = plan.make_pipeline(training.layout, validates=False)
    ((_, classifier),) = pipeline.steps
    assert classifier.learning_rate == 0.01 and classifier.random_state == 3


def test_train_takes_a_validation_split_of_the_listed_records(
    invoke, planned, recordings, tmp_path
):
    (tmp_path / "test.txt").write_text("sim000\nsim001\n")
    result = invoke(
        *("train", recordings, "-o", tmp_path / "out", "--model", "rnn", "--val-size", "0.3"),
        *("--model", "context-lstm", "--fs", "125", "--test-records", tmp_path / "test.txt"),
    )
    assert result.code == 0, result.err
    ((_, splits, _),) = planned
    for own in splits.values():
        assert own["test"].records == ["sim000", "sim001"]
        others = [f"sim{i:03d}" for i in range(2, 8)]
        assert sorted(own["training"].records + own["validation"].records) == others
    assert len(splits["RNN"]["test"]) == len(splits["Context-LSTM"]["test"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("sim000\nnobody\n", "names 1 record that the folders do not contain: nobody"),
        ("# none\n", "names no record"),
        ("\n".join(f"sim{i:03d}" for i in range(8)), "leave no record to test on"),
    ],
)
def test_train_refuses_lists_that_do_not_fit(
    invoke, words, recordings, tmp_path, content, message
):
    (tmp_path / "list.txt").write_text(content)
    result = invoke(
        "train", recordings, "-o", tmp_path / "out", "--train-records", tmp_path / "list.txt"
    )
    assert result.code == 1
    assert message in words(result.err)


def test_train_refuses_a_record_in_both_lists(invoke, words, recordings, tmp_path):
    (tmp_path / "a.txt").write_text("sim000\nsim001\n")
    (tmp_path / "b.txt").write_text("sim001\nsim002\n")
    lists = ["--train-records", tmp_path / "a.txt", "--test-records", tmp_path / "b.txt"]
    result = invoke("train", recordings, "-o", tmp_path / "out", *lists)
    assert result.code == 1 and "share sim001" in words(result.err)


def test_train_names_the_option_for_a_broken_recording(invoke, words, recordings, tmp_path):
    folder = tmp_path / "recordings"
    shutil.copytree(recordings, folder)
    (folder / "sim004.dat").write_bytes(b"")
    result = invoke("train", folder, "-o", tmp_path / "out")
    assert result.code == 1 and "sim004" in result.err
    assert "--skip-broken to exclude such recordings and report them" in words(result.err)


def test_train_names_the_option_for_recordings_of_several_rates(invoke, recordings, tmp_path):
    skecg.write_record(skecg.simulate_record(20, fs=360, name="fast", random_state=0), tmp_path)
    result = invoke("train", recordings, tmp_path, "-o", tmp_path / "out")
    assert result.code == 1
    assert "different sampling frequencies" in result.err and "--fs HZ" in result.err


def test_train_notes_that_files_are_replaced(invoke, words, planned, recordings, tmp_path):
    (tmp_path / "report.json").write_text("{}")
    result = invoke("train", recordings, "-o", tmp_path)
    assert result.code == 0
    assert "contains results already; they will be replaced" in words(result.err)


@pytest.mark.parametrize("make", ["file", "below a file"])
def test_train_tries_the_folder_for_results_before_it_works(invoke, recordings, tmp_path, make):
    (tmp_path / "file").write_text("x")
    out = tmp_path / "file" if make == "file" else tmp_path / "file" / "out"
    result = invoke("train", recordings, "-o", out)
    assert result.code == 1 and result.out == ""
    assert "--out" in result.err


# subjects in both splits


@pytest.fixture
def one_subject_twice(recordings, tmp_path):
    """Options for training on one record of a subject and testing on another."""
    folder = tmp_path / "mitdb"
    for file in recordings.glob("sim00[0-3].*"):
        folder.mkdir(exist_ok=True)
        shutil.copy(file, folder)
    for name in ("201", "202"):  # two records of one person
        made = skecg.simulate_record(40, name=name, random_state=int(name))
        parts = (made.signal, made.fs, made.lead_names, made.sample, made.symbol)
        skecg.write_record(skecg.ECGRecord(*parts, name=name), folder)
    (tmp_path / "test.txt").write_text("sim003\n202\n")
    return [
        folder,
        *("-o", tmp_path / "out", "--model", "lstm", "--val-size", "0"),
        *("--test-records", tmp_path / "test.txt"),
    ]


WARNING = "1 of the 2 test subjects is in the training data: mitdb:201."


def test_train_warns_of_seen_subjects_before_training(
    invoke, words, monkeypatch, one_subject_twice
):
    def fit(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("skecg.cli._training.fit", fit)
    result = invoke("train", *one_subject_twice)
    assert result.code == 130
    assert f"warning: {WARNING}" in words(result.err)


def test_train_warns_of_seen_subjects_once(
    invoke, words, not_trained, few_figures, one_subject_twice, tmp_path
):
    result = invoke("train", *one_subject_twice)
    assert result.code == 0, result.err
    assert words(result.err).count(WARNING) == 1
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [WARNING in text for text in report["warnings"]].count(True) == 1


# progress and interruptions


def test_epochs_move_a_bar_on_a_terminal():
    terminal = SimpleNamespace(shows_progress=True, interruption=Interruption())
    bar = Progress(disable=True)
    callback = Epochs(terminal, "RNN", bar).callback()
    callback.set_params({"epochs": 2, "steps": 3})
    callback.on_train_begin({})
    callback.on_epoch_begin(0, {})
    callback.on_epoch_end(0, {"val_loss": 0.5, "val_accuracy": 0.75})
    callback.on_epoch_begin(1, {})
    callback.on_train_batch_end(0, {"loss": 0.25, "accuracy": 0.5})
    (task,) = bar.tasks
    assert (task.description, task.total, task.completed) == ("RNN epoch 2/2", 6, 1)
    metrics = "loss 0.250, acc 50.0 %; val. loss 0.500, acc 75.0 %"
    assert task.fields["metrics"] == metrics


@pytest.mark.slow
def test_interrupted_train_says_how_to_go_on(start, words, recordings, tmp_path):
    out = tmp_path / "results"
    process = start(
        "train", recordings, "-o", out, "--model", "rnn", "--units", "4", "--epochs", "9999"
    )
    lines = []
    while not any("epoch 2/9999" in line for line in lines):  # the first is kept
        lines.append(process.stderr.readline())
        assert lines[-1], "ended by itself"
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "error: interrupted; all" in rest
    assert "To go on, repeat the command with --resume." in words(rest)
    assert [path.name for path in tmp_path.iterdir()] == ["results.unfinished"]
    # neither a traceback nor messages of TensorFlow's libraries
    epochs = [line for line in lines if line.strip()]
    assert all(line.startswith("RNN epoch") for line in epochs), epochs
    assert "Traceback" not in rest and "oneDNN" not in rest


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_that_a_finalizer_swallows_is_raised_again(monkeypatch, capfd, number):
    class Finalized:
        def __del__(self):
            signal.raise_signal(number)  # an exception in here goes nowhere

    kind = KeyboardInterrupt if number == signal.SIGINT else Terminated
    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
    before = signal.getsignal(number)
    interruption = Interruption()
    with pytest.raises(kind), signals_kept(interruption):
        Finalized()
        time.sleep(10)
    assert signal.getsignal(number) is before
    assert sys.unraisablehook is sys.__unraisablehook__
    assert capfd.readouterr().err == ""
    with pytest.raises(kind):
        Epochs(SimpleNamespace(interruption=interruption), "RNN", None).end_batch(0, {})


def test_a_second_signal_does_not_disturb_the_message_of_the_first():
    interruption = Interruption()
    with signals_kept(interruption):
        with pytest.raises(Terminated):
            signal.raise_signal(signal.SIGTERM)
        interruption.handle()
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
    assert interruption.error is Terminated


@pytest.mark.slow
def test_the_exit_code_of_sigterm_needs_no_reader(start, recordings, tmp_path):
    process = start("train", recordings, "-o", tmp_path / "out", "--model", "rnn", "-q")
    while not list(tmp_path.glob("out.unfinished/run.json")):
        time.sleep(0.01)
    process.stderr.close()  # as when the program behind a pipe was terminated, too
    process.terminate()
    assert process.wait(timeout=60) == 143


def test_interrupted_while_starting_is_quiet(start, recordings):
    process = start("info", recordings, recordings.parent)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    # 0 and 1: it was done before; -2: Python had not begun
    assert process.returncode in (130, 0, 1, -signal.SIGINT)
    assert "Traceback" not in out + err


@contextlib.contextmanager
def file_size(limit):
    """Make larger files fail, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_full_disk_leaves_the_old_results(
    invoke, words, not_trained, few_figures, recordings, tmp_path
):
    out = tmp_path / "results"
    out.mkdir()
    (out / "report.json").write_text("{}")
    with file_size(30_000):
        result = invoke("train", recordings, "-o", out, "--model", "lstm", *SHARES)
    assert result.code == 1
    assert f"cannot read or write '{tmp_path}" in words(result.err).replace("' ", "'")
    assert [(path.name, path.read_text()) for path in out.iterdir()] == [("report.json", "{}")]
    assert [path.name for path in tmp_path.iterdir()] == ["results"]
