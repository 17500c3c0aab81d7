"""``skecg stress``: the table, and the files of --out."""

import dataclasses
import json

import pandas as pd
import pytest

import skecg


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A recording, and noise beside it."""
    place = tmp_path_factory.mktemp("stress")
    record = dataclasses.replace(skecg.simulate_record(330, random_state=1), name="a")
    skecg.write_record(record, place / "recordings")
    noise = dataclasses.replace(
        skecg.simulate_record(320, random_state=2), name="em", sample=[], symbol=[]
    )
    skecg.write_record(noise, place / "noise")
    return place


def test_stress_prints_the_table(invoke, folder):
    result = invoke("stress", "lstm", folder / "recordings", "--noise", "muscle", "--snr", "6")
    assert (result.code, result.err.strip()) == (0, "")
    lines = result.out.splitlines()
    assert lines[0].startswith("Noise stress test of 1 record, ")
    assert [line.split()[0] for line in lines if line.startswith(("none", "muscle"))] == [
        "none",
        "muscle",
    ]


def test_stress_writes_table_numbers_and_curves(invoke, folder, tmp_path):
    recording = folder / "recordings" / "a"
    noise = ("--noise", folder / "noise", "--noise", "baseline")  # em of a folder
    out = tmp_path / "out"
    result = invoke("stress", "lstm", recording, *noise, "--snr", "24,6", "--out", out)
    assert (result.code, result.err.strip()) == (0, "")
    names = {"stress.html", "stress.txt", "stress.json", "stress.png", "records.csv"}
    assert names <= {path.name for path in out.iterdir()}
    page = (out / "stress.html").read_text(encoding="utf-8")
    assert "baseline, 6\u00a0dB" in page and "24,6" in page and "lstm" in page
    data = json.loads((out / "stress.json").read_text())
    noises = [(one["noise"], one["snr"]) for one in data["conditions"]]
    assert noises == [("none", None), ("em", 24), ("em", 6), ("baseline", 24), ("baseline", 6)]
    assert data["settings"]["snr"] == "24,6"
    table = pd.read_csv(out / "records.csv")
    assert table["record"].tolist() == ["a", "Gross", "Average"] * 5
    assert (out / "stress.txt").read_text().startswith("Noise stress test of 1 record")


def test_recordings_that_cannot_be_tested_stop_or_are_excluded(invoke, folder, words, tmp_path):
    short = dataclasses.replace(skecg.simulate_record(60, random_state=1), name="b")
    skecg.write_record(short, tmp_path / "b")
    both = ("stress", "lstm", folder / "recordings", tmp_path / "b", "--noise", "muscle")
    result = invoke(*both, "--snr", "6")
    assert result.code == 1
    assert "must be longer than 300 s" in words(result.err) and "--skip-broken" in result.err
    out = tmp_path / "out"
    result = invoke(*both, "--snr", "6", "--skip-broken", "--out", out)
    assert result.code == 0
    assert "Excluded: Record 'b'" in words(result.err)
    assert "NOT TESTED: 1 record:" in result.out
    data = json.loads((out / "stress.json").read_text())
    assert [one["record"] for one in data["skipped"]] == ["b"]
    assert len(data["settings"]["warnings"]) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--noise", "muscle", "--snr", "x"], 2, "'x' is not numbers separated by commas"),
        (["--noise", "muscle", "--snr", "500"], 1, "'snr' parameter of stress_test"),
        (["--noise", "nowhere"], 1, "nowhere"),
        ([], 2, "--noise"),
    ],
)
def test_wrong_usage(invoke, folder, words, arguments, code, message):
    result = invoke("stress", "lstm", folder / "recordings", *arguments)
    assert result.code == code
    assert message in words(result.err)
