"""``skecg evaluate``: a saved model on other recordings."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

import skecg

from .._browser import Page
from .conftest import draw_few


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """Recordings of subjects that are not in the training data, at another rate."""
    folder = tmp_path_factory.mktemp("others")
    for i, record in enumerate(skecg.simulate_records(3, duration=30, fs=360, random_state=9)):
        new = skecg.ECGRecord(
            record.signal,
            record.fs,
            record.lead_names,
            record.sample,
            record.symbol,
            name=f"new{i}",
        )
        skecg.write_record(new, folder)
    return folder


@pytest.fixture(scope="module")
def evaluated(invoke, trained, others, tmp_path_factory):
    """Output and files of ``skecg evaluate`` with everything that it can write."""
    folder = tmp_path_factory.mktemp("evaluated")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("skecg.report._evaluation.plot_predictions", draw_few)
        result = invoke(
            *("evaluate", trained.folder / "lstm.skecg", others, "--false-positives", "ec57"),
            *("--out", folder / "out", "--json", folder / "r.json", "--html", folder / "r.html"),
        )
    assert result.code == 0, result.err
    return SimpleNamespace(folder=folder, out=result.out, err=result.err)


def test_evaluate_writes_a_folder_a_page_and_json(evaluated, words):
    names = ["report.txt", "report.json", "comparison.csv", "lstm.html", "lstm-predictions.csv"]
    names += ["lstm-confusion.png", "lstm-subjects.png"]
    assert {path.name for path in (evaluated.folder / "out").iterdir()} == {*names}
    assert f"{len(names)} files in" in evaluated.out
    assert evaluated.err.count("written: ") == 2
    out = evaluated.folder / "out"
    assert (evaluated.folder / "r.html").read_text() == (out / "lstm.html").read_text()
    alone, report = (
        json.loads(path.read_text()) for path in (evaluated.folder / "r.json", out / "report.json")
    )
    files = report.pop("files")
    assert alone == report and sorted([*files, "report.json"]) == sorted(names)


def test_evaluate_reports_the_metrics_of_the_predictions(evaluated, trained, others):
    data = json.loads((evaluated.folder / "r.json").read_text())
    model, info = skecg.load(trained.folder / "lstm.skecg", return_info=True)
    beats = skecg.load_beats(skecg.find_records(others), extractor=info.extractor)
    predictions = skecg.Predictions.from_model(model, beats)
    expected = skecg.BeatReport.from_table(predictions, false_positives="ec57").to_dict()
    changed = {"schema", "settings", "versions"}
    assert data["schema"] == 2 and expected.keys() - changed <= data.keys()
    for key in expected.keys() - changed:
        assert data[key] == data["models"]["lstm"][key] == expected[key]
    table = skecg.Predictions.read_csv(evaluated.folder / "out" / "lstm-predictions.csv")
    assert (table.y_pred == predictions.y_pred).all()


def test_evaluate_reports_where_the_results_come_from(evaluated, words):
    data = json.loads((evaluated.folder / "r.json").read_text())
    settings = data["settings"]
    assert settings["extractor"]["params"]["fs"] == 250.0
    assert settings["trained_on"]["classes"] == ["N", "S", "V", "F"]
    assert data["shared_with_test"]["training"]["subjects"] == []
    assert data["data"]["test"]["records"] == ["new0", "new1", "new2"]
    assert data["command"].startswith("skecg evaluate ")
    assert settings["options"]["annotator"] == "atr"
    assert "test_size" not in settings["options"]
    text = (evaluated.folder / "out" / "report.txt").read_text()
    unseen = "The model was trained on none of the 3 test subjects, but on"
    assert unseen in words(text) and unseen in words(evaluated.out)


def test_evaluate_prints_80_columns(evaluated):
    text = (evaluated.folder / "out" / "report.txt").read_text()
    assert max(map(len, (evaluated.out + text).splitlines())) <= 80


def test_evaluate_writes_a_page_that_agrees_with_the_json(evaluated):
    parsed = Page((evaluated.folder / "r.html").read_text(encoding="utf-8"))
    assert parsed.faults == [] and all(one.startswith("#p") for one in parsed.loads)
    text = parsed.text.replace("\u00a0", " ")
    found = json.loads((evaluated.folder / "r.json").read_text())
    assert f"{found['n_beats']:,} beats of 3 subjects" in text
    for of_class in found["classes"].values():
        if of_class["se"] is not None:
            assert f"{100 * of_class['se']:.1f} %" in text
    assert "accuracy Share of correct beats" in text and f"{100 * found['accuracy']:.2f} %" in text
    assert "LSTMClassifier" in text and "new0, new1, new2" in text
    assert "None of the test subjects was in the training data" in text


def test_evaluate_prints_only_json_and_warns_of_seen_subjects(
    invoke, words, trained, recordings, tmp_path
):
    report = json.loads((trained.folder / "report.json").read_text())
    seen = report["data"]["training"]["subjects"][:1]
    unseen = report["data"]["test"]["subjects"][:1]
    names = [subject.removeprefix("simulated:") for subject in seen + unseen]
    (tmp_path / "names.txt").write_text("\n".join(names))
    result = invoke(
        *("evaluate", trained.folder / "lstm.skecg", recordings, "--json", "-"),
        *("--records", tmp_path / "names.txt", "--classes", "dechazal"),
    )
    data = json.loads(result.out)
    assert data["data"]["test"]["records"] == sorted(names)
    assert data["settings"]["extractor"]["params"]["classes"] == "dechazal"
    assert data["shared_with_test"]["training"]["subjects"] == seen
    warning = f"1 of the 2 test subjects is in the training data: {seen[0]}."
    assert words(result.err).count(warning) == 1
    assert [text.startswith(warning) for text in data["warnings"]] == [True]


@pytest.mark.parametrize(("name", "message"), [("-", "Name a file"), ("no/r.html", "no folder")])
def test_evaluate_tries_the_path_of_the_page_first(
    invoke, words, recordings, tmp_path, name, message
):
    path = "-" if name == "-" else tmp_path / name
    result = invoke("evaluate", "any", recordings, "--html", path)
    assert result.code == 1 and message in words(result.err)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "There is no model file"), (b"zip?", "is not a usable skecg model file")],
)
def test_evaluate_refuses_other_files(invoke, words, recordings, tmp_path, content, message):
    path = tmp_path / "model.skecg"
    if content is not None:
        path.write_bytes(content)
    result = invoke("evaluate", path, recordings)
    assert result.code == 1 and message in words(result.err)


def test_evaluate_refuses_a_model_without_its_extractor(invoke, words, recordings, tmp_path):
    path = tmp_path / "model.skecg"
    skecg.save(skecg.WaveletDenoiser().fit([[0.0, 1.0]]), path)
    result = invoke("evaluate", path, recordings)
    assert result.code == 1
    assert "does not contain the extractor of its rows" in words(result.err)


def test_evaluate_refuses_a_transformer(invoke, words, recordings, tmp_path):
    path = tmp_path / "model.skecg"
    beats = skecg.load_simulated(1, duration=10, random_state=0)
    skecg.save(skecg.WaveletDenoiser().fit(beats.data), path, beats=beats)
    result = invoke("evaluate", path, recordings)
    assert result.code == 1
    assert "contains a WaveletDenoiser, which is not a classifier" in words(result.err)


def test_evaluate_tries_the_json_path_first(invoke, words, recordings, tmp_path):
    result = invoke("evaluate", "any", recordings, "--json", tmp_path / "no" / "r.json")
    assert result.code == 1 and "there is no folder" in words(result.err)


def test_evaluate_of_a_record_without_the_lead_names_it(invoke, words, trained, tmp_path):
    record = skecg.simulate_record(20, leads=["V1"], random_state=0)
    skecg.write_record(skecg.ECGRecord(np.zeros(9000), 250, ["I"], [500], ["N"]), tmp_path)
    skecg.write_record(record, tmp_path)
    result = invoke("evaluate", trained.folder / "lstm.skecg", tmp_path)
    assert result.code == 1
    assert "is flat" in words(result.err)
