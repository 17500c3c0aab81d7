"""``skecg demo``: the whole way, small."""

import json

import pandas as pd
import pytest

import skecg

from .._browser import Page
from ._figures import FIGURES


@pytest.mark.slow
def test_demo_goes_the_whole_way_and_says_what_is_simulated(run, words, tmp_path):
    result = run("demo", "--subjects", "6", "--epochs", "1", cwd=tmp_path)
    assert result.code == 0, result.err
    text = words(result.out)
    assert "SIMULATED: all figures and pictures of this part" in text
    assert "REAL: five minutes of record 208 of the MIT-BIH Arrhythmia Database" in text
    assert "the pretrained network that comes with skecg names them" in text
    assert "No accuracy follows from this" in text
    assert "record 208 is one of the recordings that the pretrained network was trained on" in text
    assert "macro F1" in text
    assert max(map(len, result.out.splitlines())) <= 80

    folder = tmp_path / "skecg-demo"
    assert "then open skecg-demo/report.html in a browser" in text
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    assert page.faults == []
    assert "Simulated recordings: the figures say nothing about patients." in page.text
    assert "the model was tested on people who were not in its training." in page.text
    pictures = {path.name for path in folder.glob("*.png")}
    training = {"history.png", "balance.png", "difference.png"}
    assert pictures == training | {"real-strip.png"} | {
        f"{model}-{kind}.png" for model in ("rnn", "lstm") for kind in FIGURES
    }
    assert "SIMULATED" in json.loads((folder / "report.json").read_text())["title"]
    for name in ("rnn", "lstm"):
        model, facts = skecg.load(folder / f"{name}.skecg", return_info=True)
        assert hasattr(model, "predict_proba") and facts.extractor.fs == 100
    # the real recording as any WFDB program reads it
    record = skecg.read_record(folder / "mitdb-208-excerpt")
    table = pd.read_csv(folder / "real-beats.csv")
    assert table["sample"].tolist() == record.sample.tolist()
    assert record.subject == "mitdb:208" and record.fs == 360


def test_demo_is_right_that_the_pretrained_network_knows_the_recording():
    _, info = skecg.load_pretrained(return_info=True)
    assert "mitdb:208" in info.subjects
