"""``skecg demo``: all steps, small."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skecg
from skecg.cli._demo import _annotate_real, _varied_stretch
from skecg.cli._models import model_facts
from skecg.cli._terminal import Terminal

from .._browser import Page


@pytest.mark.slow
def test_demo_separates_simulated_from_real_results(run, words, tmp_path):
    result = run("demo", "--subjects", "6", "--epochs", "1", cwd=tmp_path)
    assert result.code == 0, result.err
    text = words(result.out)
    assert "SIMULATED: all results of this part are from recordings" in text
    assert "REAL: five minutes of record 208 of the MIT-BIH Arrhythmia Database" in text
    assert "the pretrained network of skecg classifies them" in text
    assert "No accuracy can be derived from this" in text
    assert "record 208 is one of the recordings that the pretrained network was trained on" in text
    assert "macro F1" in text
    assert max(map(len, result.out.splitlines())) <= 80

    folder = tmp_path / "skecg-demo"
    assert "then open skecg-demo/report.html in a browser" in text
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    assert page.faults == []
    assert "Simulated recordings: the metrics do not hold for patients." in page.text
    assert "None of the test subjects was in the training data" in page.text
    pictures = {path.name for path in folder.glob("*.png")}
    assert {"history.png", "balance.png", "difference.png", "real-strip.png"} < pictures
    assert {"rnn-confusion.png", "lstm-errors.png"} < pictures
    assert "SIMULATED" in json.loads((folder / "report.json").read_text())["title"]
    for name in ("rnn", "lstm"):
        model, info = skecg.load(folder / f"{name}.skecg", return_info=True)
        assert hasattr(model, "predict_proba") and info.extractor.fs == 100
    # the real recording as any WFDB program reads it
    record = skecg.read_record(folder / "mitdb-208-excerpt")
    table = pd.read_csv(folder / "real-beats.csv")
    assert table["sample"].tolist() == record.sample.tolist()
    assert record.subject == "mitdb:208" and record.fs == 360


def test_real_recording_of_the_demo_is_annotated_drawn_and_written(capsys, tmp_path):
    _annotate_real(Terminal(), tmp_path)
    out = " ".join(capsys.readouterr().out.split())
    names = {path.name for path in tmp_path.iterdir()}
    assert {"real-strip.png", "real-beats.csv", "mitdb-208-excerpt.hea"} < names
    table = pd.read_csv(tmp_path / "real-beats.csv")
    assert f"{len(table)} beats detected in 5 minutes" in out
    # record 208 has 509 reference beats from 1174.5 s to 1474.5 s, some of them in noise
    assert abs(len(table) - 509) <= 10
    assert skecg.read_record(tmp_path / "mitdb-208-excerpt").sample.tolist() == list(
        table["sample"]
    )


def test_real_recording_of_the_demo_was_in_the_training_data(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # where no file has the name of the model
    assert "mitdb:208" in model_facts(Path("lstm"))["subjects"]


def test_stretch_of_the_demo_has_changes_of_class_and_a_calm_baseline():
    fs = 100
    sample = np.arange(50, 120 * fs, fs)
    symbol = np.where((sample > 20 * fs) & (sample // fs % 2 == 0), "V", "N")
    signal = np.zeros(120 * fs)
    signal[20 * fs : 60 * fs : 7] = 5  # noise
    record = skecg.ECGRecord(signal, fs, sample=sample, symbol=symbol)
    assert _varied_stretch(record, 20.0) == 60.0
