"""``skecg evaluate``: a saved model on other recordings."""

import json

import numpy as np
import pandas as pd
import pytest

import skecg

from .._browser import Page
from ._figures import FIGURES


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """Recordings of people whom training has not seen, at another rate."""
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


def test_evaluate_writes_the_report_as_json(run, trained, others, tmp_path):
    result = run("evaluate", trained.folder / "rnn.skecg", others, "--json", tmp_path / "r.json")
    assert result.code == 0, result.err
    data = json.loads((tmp_path / "r.json").read_text())
    model, facts = skecg.load(trained.folder / "rnn.skecg", return_info=True)
    beats = skecg.load_beats(skecg.find_records(others), extractor=facts.extractor)
    expected = skecg.beat_report(
        beats.target, model.predict(beats.data), groups=beats.groups
    ).to_dict()
    keys = "schema n_beats labels confusion_matrix classes macro_f1 accuracy settings versions"
    assert {*keys.split(), "n_subjects", "false_positives", "intervals"} <= set(data)
    for key in ("schema", "n_beats", "labels", "confusion_matrix", "classes"):
        assert data[key] == expected[key]
    np.testing.assert_allclose(data["macro_f1"], expected["macro_f1"])
    assert data["settings"]["extractor"]["params"]["fs"] == 250.0
    assert data["settings"]["subjects_seen_in_training"] == []
    assert f"Beat report: {data['n_beats']} beats of 3 subjects" in result.out
    assert max(map(len, result.out.splitlines())) <= 80


def test_evaluate_prints_json_alone_and_names_seen_subjects(
    invoke, words, trained, recordings, tmp_path
):
    (tmp_path / "names.txt").write_text("sim000\nsim001\n")
    # fmt: off
    result = invoke(
        "evaluate", trained.folder / "rnn.skecg", recordings, "--json", "-",
        "--records", tmp_path / "names.txt", "--classes", "dechazal",
    )
    # fmt: on
    data = json.loads(result.out)
    settings = data["settings"]
    assert settings["n_records"] == 2 and settings["classes"] == "dechazal"
    assert settings["extractor"]["params"]["classes"] == "dechazal"
    trained_on = json.loads((trained.folder / "report.json").read_text())["data"]["training"]
    seen = sorted({"simulated:sim000", "simulated:sim001"} & set(trained_on["subjects"]))
    assert settings["subjects_seen_in_training"] == seen
    assert bool(seen) == ("were trained on" in words(result.err) or "trained on" in result.err)


def test_evaluate_writes_report_predictions_and_pictures(invoke, words, trained, others, tmp_path):
    model = trained.folder / "rnn.skecg"
    result = invoke(
        "evaluate", model, others, "--out", tmp_path / "o", "--false-positives", "ec57"
    )
    assert result.code == 0, result.err
    pictures = {f"rnn-{name}.png" for name in FIGURES}
    written = {path.name for path in (tmp_path / "o").iterdir()}
    assert written == {"report.txt", "report.json", "rnn-predictions.csv"} | pictures
    data = json.loads((tmp_path / "o" / "report.json").read_text())
    assert data["false_positives"] == "ec57" and data["intervals"]["classes"]["N"]["se"]
    text = (tmp_path / "o" / "report.txt").read_text()
    assert "Shared between training and test" in text and max(map(len, text.splitlines())) <= 80
    assert "The model was trained on none of the 3 subjects here, but on" in words(result.out)
    table = pd.read_csv(tmp_path / "o" / "rnn-predictions.csv")
    again = skecg.BeatReport.from_table(table, false_positives="ec57").to_dict()
    assert again["classes"] == data["classes"]


def test_evaluate_writes_a_page_that_agrees_with_the_json(invoke, trained, others, tmp_path):
    page, data = tmp_path / "r.html", tmp_path / "r.json"
    result = invoke(
        "evaluate", trained.folder / "rnn.skecg", others, "--html", page, "--json", data
    )
    assert result.code == 0, result.err
    parsed = Page(page.read_text(encoding="utf-8"))
    assert parsed.faults == [] and all(one.startswith("#p") for one in parsed.loads)
    text, found = parsed.text.replace("\u00a0", " "), json.loads(data.read_text())
    assert f"{found['n_beats']:,} beats of 3 subjects" in text
    for of_class in found["classes"].values():
        if of_class["se"] is not None:
            assert f"{100 * of_class['se']:.1f} %" in text
    assert "accuracy Share of right beats" in text and f"{100 * found['accuracy']:.2f} %" in text
    assert "RNNClassifier" in text and "new0, new1, new2" in text
    assert "tested on people who were not in its training" in text
    assert "The model was trained on none of the 3 subjects here, but on" in text


@pytest.mark.parametrize(("name", "message"), [("-", "Name a file"), ("no/r.html", "no folder")])
def test_evaluate_tries_the_path_of_the_page_first(
    invoke, words, recordings, tmp_path, name, message
):
    path = "-" if name == "-" else tmp_path / name
    result = invoke("evaluate", "any", recordings, "--html", path)
    assert result.code == 1 and message in words(result.err)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "There is no model file"), (b"no zip", "is not a usable skecg model file")],
)
def test_evaluate_refuses_what_is_no_model(invoke, words, recordings, tmp_path, content, message):
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
    assert "does not say how its rows were made" in words(result.err)


def test_evaluate_tries_the_json_path_first(invoke, words, recordings, tmp_path):
    result = invoke("evaluate", "any", recordings, "--json", tmp_path / "no" / "r.json")
    assert result.code == 1 and "there is no folder" in words(result.err)


def test_evaluate_of_a_record_without_the_lead_names_it(invoke, words, trained, tmp_path):
    record = skecg.simulate_record(20, leads=["V1"], random_state=0)
    skecg.write_record(skecg.ECGRecord(np.zeros(9000), 250, ["I"], [500], ["N"]), tmp_path)
    skecg.write_record(record, tmp_path)
    result = invoke("evaluate", trained.folder / "rnn.skecg", tmp_path)
    assert result.code == 1
    assert "is flat" in words(result.err)
