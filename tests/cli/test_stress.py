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
    names = {"stress.txt", "stress.json", "stress.png", "records.csv"}
    assert names <= {path.name for path in out.iterdir()}
    data = json.loads((out / "stress.json").read_text())
    noises = [(one["noise"], one["snr"]) for one in data["conditions"]]
    assert noises == [("none", None), ("em", 24), ("em", 6), ("baseline", 24), ("baseline", 6)]
    assert data["settings"]["snr"] == "24,6"
    table = pd.read_csv(out / "records.csv")
    assert table["record"].tolist() == ["a", "Gross", "Average"] * 5
    assert (out / "stress.txt").read_text().startswith("Noise stress test of 1 record")


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
