"""``skecg train``: every file it promises, and nothing half-written."""

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

import skecg
from skecg.cli._networks import NETWORKS, OF_CLASSES, PLAIN_ROWS
from skecg.cli._training import _interrupts_kept, _make_callback

from .._browser import Page
from ._figures import FIGURES

OF_A_MODEL = (".skecg", ".html", "-predictions.csv", *(f"-{name}.png" for name in FIGURES))
FILES = {
    "report.txt",
    "report.json",
    "comparison.csv",
    "differences.csv",
    "history.png",
    "balance.png",
    "difference.png",
    *(f"{model}{ending}" for model in ("rnn", "lstm") for ending in OF_A_MODEL),
}


def test_train_writes_every_file_and_no_other(trained):
    assert {path.name for path in trained.folder.iterdir()} == FILES
    for picture in trained.folder.glob("*.png"):
        assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_train_writes_a_page_of_each_model(trained):
    for name in ("RNN", "LSTM"):
        parsed = Page((trained.folder / f"{name.lower()}.html").read_text(encoding="utf-8"))
        assert parsed.faults == []
        assert f"{name} on recordings" in parsed.text
        assert "Leaks from" in parsed.text  # of training, and of validation
        pictures = [g for tag, g in parsed.elements if tag == "svg" and g.get("role") == "img"]
        assert len(pictures) == len(FIGURES) - 1  # the matrix is a table


def test_train_prints_tables_of_80_columns(trained):
    assert max(map(len, trained.out.splitlines())) <= 80
    for words_ in ("training ", "validation ", "test ", "macro F1 (%)", "Beat report:"):
        assert words_ in trained.out
    assert "RNN epoch 2/2: loss" in trained.err  # a line an epoch where there is no terminal


def test_train_keeps_the_terminal_clean_of_native_messages(trained):
    lines = [line for line in trained.err.splitlines() if line]
    assert all(line.startswith(("RNN epoch", "LSTM epoch")) for line in lines), trained.err


def test_train_says_which_model_is_better_in_what(words, trained):
    text = words(trained.out)
    assert "has the better macro F1" in text or "equal in macro F1" in text


def test_train_predictions_find_their_way_back(trained, recordings):
    table = pd.read_csv(trained.folder / "lstm-predictions.csv")
    expected = ["record", "sample", "subject", "y_true", "y_pred"]
    assert table.columns.tolist()[:5] == expected
    proba = table.filter(like="p_")
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-5)
    best = proba.idxmax(axis=1).str.removeprefix("p_")
    assert (best == table["y_pred"]).mean() > 0.99  # but for ties behind six decimals
    record = skecg.read_record(recordings / table["record"][0])
    assert table["sample"][0] in record.sample


def test_train_report_json_says_what_was_done(trained):
    report = json.loads((trained.folder / "report.json").read_text())
    assert report["schema"] == 1 and list(report["models"]) == ["RNN", "LSTM"]
    settings = report["settings"]
    assert (settings["epochs"], settings["batch_size"], settings["seed"]) == (2, 64, 0)
    assert settings["units"] == [4]
    assert settings["extractor"]["params"]["fs"] == 250.0
    assert settings["pipelines"]["LSTM"]["class"] == "imblearn.Pipeline"
    assert report["versions"]["skecg"] == skecg.__version__
    sides = report["data"]
    subjects = [set(sides[name]["subjects"]) for name in ("training", "validation", "test")]
    assert not subjects[0] & subjects[1] and not (subjects[0] | subjects[1]) & subjects[2]
    assert len(set.union(*subjects)) == 8
    for model in report["models"].values():
        assert model["n_beats"] == sides["test"]["n_beats"]
        assert sum(map(sum, model["confusion_matrix"])) == model["n_beats"]


def test_train_says_what_of_the_differences_may_be_chance(trained):
    report = json.loads((trained.folder / "report.json").read_text())
    rows = {row["figure"]: row for row in report["differences"]}
    a, b = (report["models"][name]["accuracy"] for name in ("RNN", "LSTM"))
    assert rows["accuracy"]["difference"] == pytest.approx(a - b)
    assert rows["accuracy"]["p"] <= rows["accuracy"]["p_holm"]
    assert "chance among these subjects" in trained.out
    assert len(pd.read_csv(trained.folder / "differences.csv")) == len(rows)


def test_train_reports_what_training_and_test_share(trained):
    report = json.loads((trained.folder / "report.json").read_text())
    assert {k: v["found"] for k, v in report["shared_with_test"].items()} == {
        "training": False,
        "validation": False,
    }
    assert "subjects on both sides: none" in trained.out


def test_train_predictions_are_enough_for_the_report(trained):
    table = pd.read_csv(trained.folder / "rnn-predictions.csv")
    report = json.loads((trained.folder / "report.json").read_text())["models"]["RNN"]
    again = skecg.BeatReport.from_table(table).to_dict()
    assert again["confusion_matrix"] == report["confusion_matrix"]
    assert again["intervals"]["classes"] == report["intervals"]["classes"]


def test_train_report_txt_names_subjects_and_settings(trained):
    text = (trained.folder / "report.txt").read_text()
    assert max(map(len, text.splitlines())) <= 80
    for part in ("Subjects, test: simulated:", "Comparison", "epochs          2", "tensorflow"):
        assert part in text


def test_train_comparison_csv_has_a_row_a_model(trained):
    table = pd.read_csv(trained.folder / "comparison.csv", index_col="model")
    assert table.index.tolist() == ["RNN", "LSTM"]
    assert (table["epochs"] == 2).all()
    report = json.loads((trained.folder / "report.json").read_text())
    np.testing.assert_allclose(table.loc["RNN", "accuracy"], report["models"]["RNN"]["accuracy"])


def _options():
    """Default and option of each parameter of ``skecg train``."""
    import inspect

    from skecg.cli._train import train

    parameters = inspect.signature(train).parameters.items()
    return {name: (p.default, p.annotation.__metadata__[0]) for name, p in parameters}


def test_train_defaults_are_those_of_the_networks():
    rnn, lstm, context = (
        getattr(skecg, NETWORKS[key].classifier)() for key in ("rnn", "lstm", "context")
    )
    options = _options()
    for name in OF_CLASSES:
        default, option = options[name]
        assert default is None
        if name != "units":
            assert getattr(rnn, name) == getattr(lstm, name)
            values = (str(getattr(clf, name) or "none") for clf in (rnn, context))
            assert option.show_default == "{}; for context {}".format(*values)
    units = (str(clf.units).strip("()").replace(" ", "") for clf in (rnn, lstm, context))
    shown = "for rnn {}; for lstm {}; for context {}".format(*units)
    assert options["units"][1].show_default == shown
    for clf in (rnn, lstm, context):
        assert options["early_stopping"][0] == clf.early_stopping
        assert options["patience"][0] == clf.n_iter_no_change


def test_train_defaults_are_those_of_rows_and_steps():
    extractor, options = skecg.BeatExtractor(), _options()
    assert PLAIN_ROWS["window"] == extractor.window
    assert PLAIN_ROWS["scale"] == skecg.BeatNormalizer().scale
    assert options["window"][1].show_default == "0.1,0.1; with context 0.28,0.28"
    assert options["fs"][1].show_default == "that of the recordings; with context 125"
    assert options["neighbors"][1].show_default == str(extractor.neighbors)
    for name in ("classes", "edges", "missing_leads"):
        assert options[name][0] == getattr(extractor, name)
    assert options["wavelet"][0] == skecg.WaveletDenoiser().wavelet
    assert options["threshold"][0] == skecg.WaveletDenoiser().threshold


@pytest.fixture(scope="module")
def compared(run, small, recordings, tmp_path_factory):
    """What ``skecg train`` printed and wrote of networks whose rows differ."""
    out = tmp_path_factory.mktemp("compared")
    result = run(
        *("train", recordings, "-o", out, "--model", "rnn", "--model", "context", *small),
        *("--test-size", "0.3", "--val-size", "0.2", "--leads", "MLII", "--leads", "V1"),
        *("--missing-leads", "zeros", "--fs", "125", "--neighbors", "2"),
    )
    assert result.code == 0, result.err
    report = json.loads((out / "report.json").read_text())
    return SimpleNamespace(folder=out, report=report, out=result.out, err=result.err)


@pytest.mark.slow
def test_train_saves_the_network_for_rows_with_context_as_it_is(compared):
    model, facts = skecg.load(compared.folder / "context.skecg", return_info=True)
    ((_, classifier),) = model.steps
    assert isinstance(classifier, skecg.ContextLSTMClassifier)
    assert (classifier.units, classifier.class_weight) == (4, "sqrt_balanced")
    extractor = facts.extractor
    assert (extractor.context, extractor.neighbors, extractor.window) == (600, 2, (0.28, 0.28))
    assert extractor.missing_leads == "zeros"


@pytest.mark.slow
def test_train_tries_networks_of_different_rows_on_the_same_beats(compared, recordings):
    tables = [pd.read_csv(compared.folder / f"{m}-predictions.csv") for m in ("rnn", "context")]
    place = ["record", "sample", "subject", "y_true"]
    pd.testing.assert_frame_equal(tables[0][place], tables[1][place])
    assert list(compared.report["models"]) == ["RNN", "Context"]
    n_read = sum(len(skecg.read_record(p).sample) for p in skecg.find_records(recordings))
    n_used = sum(side["n_beats"] for side in compared.report["data"].values())
    assert n_read == n_used + sum(row["count"] for row in compared.report["skipped"])


@pytest.mark.slow
def test_train_says_in_what_the_networks_differ(compared):
    settings = compared.report["settings"]
    assert settings["context"] == {"RNN": None, "Context": 600.0}
    assert settings["window"] == {"RNN": [0.1, 0.1], "Context": [0.28, 0.28]}
    assert settings["scale"] == {"RNN": "zscore", "Context": "none"}
    assert settings["units"] == {"RNN": [4], "Context": 4}
    assert settings["fs"] == settings["rate_of_rows"] == 125
    assert "context         RNN -; Context 600" in (compared.folder / "report.txt").read_text()


@pytest.mark.slow
def test_train_writes_all_files_of_networks_of_different_rows(compared):
    models = [f"{m}{ending}" for m in ("rnn", "context") for ending in OF_A_MODEL]
    both = FILES - {f"{m}{ending}" for m in ("rnn", "lstm") for ending in OF_A_MODEL}
    assert {path.name for path in compared.folder.iterdir()} == both | {*models}
    assert max(map(len, compared.out.splitlines())) <= 80
    lines = [line for line in compared.err.splitlines() if line]
    assert all(line.startswith(("RNN epoch", "Context epoch")) for line in lines), compared.err


@pytest.mark.slow
def test_evaluate_of_the_network_for_context_takes_records_of_one_lead_and_any_rate(
    invoke, compared, tmp_path
):
    for name, fs, leads in (("one", 500, ["V1"]), ("other", 128, ["MLII", "V5"])):
        record = skecg.simulate_record(30, fs=fs, leads=leads, name=name, random_state=0)
        skecg.write_record(record, tmp_path)
    model = compared.folder / "context.skecg"
    result = invoke("evaluate", model, tmp_path, "--json", tmp_path / "r.json")
    assert result.code == 0, result.err
    data = json.loads((tmp_path / "r.json").read_text())
    assert data["settings"]["n_records"] == 2
    assert sum(map(sum, data["confusion_matrix"])) == data["n_beats"] > 50


def test_train_gives_rows_with_context_to_any_network(invoke, small, recordings, tmp_path):
    (tmp_path / "list.txt").write_text("\n".join(f"sim{i:03d}" for i in range(6)))
    result = invoke(
        *("train", recordings, "-o", tmp_path, "--model", "lstm", "--context", "60", *small),
        *("--train-records", tmp_path / "list.txt"),
    )
    assert result.code == 0, result.err
    model, facts = skecg.load(tmp_path / "lstm.skecg", return_info=True)
    assert [name for name, _ in model.steps] == ["classifier"]
    assert (facts.extractor.context, facts.extractor.fs) == (60, 125)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--neighbors", "3"], "--neighbors goes with --context SECONDS or --model context"),
        (["--model", "context", "--units", "8,4"], "Context takes one number"),
        (["--model", "context", "--balance", "notebook"], "goes with --val-size 0 only"),
        (["--context", "20"], "greater than or equal to 30"),
        (["--model", "?"], f"'?' is not one of {', '.join(map(repr, [*NETWORKS, 'both']))}"),
    ],
)
def test_train_refuses_options_that_do_not_go_together(
    invoke, words, recordings, tmp_path, options, message
):
    result = invoke("train", recordings, "-o", tmp_path / "out", *options)
    assert result.code == 2 and message in words(result.err)
    assert not (tmp_path / "out").exists()


def test_train_takes_every_setting(invoke, small, recordings, tmp_path):
    (tmp_path / "train.txt").write_text("sim000\nsim001\nsim002 # the third\n\n# all\nsim003\n")
    # fmt: off
    result = invoke(
        "train", recordings, "-o", tmp_path / "out", "--model", "rnn", *small[2:], "--epochs", "1",
        "--train-records", tmp_path / "train.txt", "--val-size", "0", "--seed", "3",
        "--window", "0.2,0.3", "--fs", "125", "--leads", "II,MLII", "--leads", "1",
        "--classes", "dechazal", "--no-align", "--edges", "pad", "--highpass", "0.5",
        "--no-denoise", "--balance", "none", "--scale", "none", "--class-weight", "balanced",
        "--learning-rate", "0.01", "--dropout", "0", "--jobs", "2",
    )
    # fmt: on
    assert result.code == 0, result.err
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    extractor = report["settings"]["extractor"]["params"]
    assert extractor["window"] == {"tuple": [0.2, 0.3]} and extractor["fs"] == 125.0
    assert extractor["leads"] == [{"tuple": ["II", "MLII"]}, 1]
    assert (extractor["classes"], extractor["align"]) == ("dechazal", False)
    assert extractor["preprocessing"]["params"]["baseline"] == 0.5
    assert report["data"]["training"]["records"] == ["sim000", "sim001", "sim002", "sim003"]
    assert report["data"]["test"]["records"] == ["sim004", "sim005", "sim006", "sim007"]
    assert report["data"]["test"]["leads"] == ["MLII+V5"]
    model, facts = skecg.load(tmp_path / "out" / "rnn.skecg", return_info=True)
    assert [name for name, _ in model.steps] == ["classifier"]
    assert model.steps[0][1].learning_rate == 0.01 and model.steps[0][1].random_state == 3
    assert len(facts.subjects) == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("sim000\nnobody\n", "names 1 record that the folders do not hold: nobody"),
        ("# none\n", "names no record"),
        ("\n".join(f"sim{i:03d}" for i in range(8)), "leave no record to test with"),
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


def test_train_refuses_a_broken_recording_and_knows_a_way_out(run, words, recordings, tmp_path):
    folder = tmp_path / "recordings"
    shutil.copytree(recordings, folder)
    (folder / "sim004.dat").write_bytes(b"")
    result = run("train", folder, "-o", tmp_path / "out")
    assert result.code == 1
    assert "sim004" in result.err and "--skip-broken leaves such recordings" in words(result.err)


def test_train_names_the_option_for_recordings_of_several_rates(invoke, recordings, tmp_path):
    skecg.write_record(skecg.simulate_record(20, fs=360, name="fast", random_state=0), tmp_path)
    result = invoke("train", recordings, tmp_path, "-o", tmp_path / "out")
    assert result.code == 1
    assert "different sampling frequencies" in result.err and "--fs HZ" in result.err


@pytest.mark.parametrize("make", ["file", "below a file"])
def test_train_tries_the_folder_for_results_before_it_works(invoke, recordings, tmp_path, make):
    (tmp_path / "file").write_text("x")
    out = tmp_path / "file" if make == "file" else tmp_path / "file" / "out"
    result = invoke("train", recordings, "-o", out)
    assert result.code == 1 and result.out == ""
    assert "--out" in result.err


def test_interrupted_train_exits_with_130_and_leaves_nothing(start, recordings, tmp_path):
    process = start(
        "train", recordings, "-o", tmp_path, "--model", "rnn", "--units", "4", "--epochs", "9999"
    )
    while True:  # wait for the first epoch
        line = process.stderr.readline()
        assert line, "ended by itself"
        if "epoch 1/9999" in line:
            break
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "error: interrupted" in err and "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_interrupt_that_a_finalizer_swallows_ends_training_all_the_same(monkeypatch):
    class Finalized:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)  # what is raised in here goes nowhere

    lost = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: lost.append(what.exc_type))
    before = signal.getsignal(signal.SIGINT)
    with _interrupts_kept() as interrupted:
        Finalized()
    assert lost == [KeyboardInterrupt]
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt):
        _make_callback(None, "RNN", None, interrupted).on_train_batch_end(0)


def test_interrupted_while_starting_is_quiet(start, recordings):
    process = start("info", recordings, recordings.parent)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode in (130, 0, 1)  # 0 and 1: it was done before
    assert "Traceback" not in out + err


def test_full_disk_leaves_whole_files_only(run, words, small, recordings, tmp_path):
    def limit_file_size():  # a file beyond this fails as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))

    result = run(
        *("train", recordings, "-o", tmp_path, "--model", "rnn", *small),
        preexec_fn=limit_file_size,
    )
    assert result.code == 1
    assert f"cannot read or write '{tmp_path}" in words(result.err).replace("' ", "'")
    left = {path.name for path in tmp_path.iterdir()}
    assert left <= FILES and "rnn.skecg" in left
    skecg.load(tmp_path / "rnn.skecg")
