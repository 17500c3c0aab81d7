"""Published sets of records as arguments of commands."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

import skecg
from skecg.cli._plans import TrainOptions
from skecg.cli._terminal import session
from skecg.cli._train import _load_splits
from skecg.tables import DS1


@pytest.fixture(scope="module")
def mitdb(tmp_path_factory):
    """A folder with simulated recordings under the names of DS1 and two others."""
    folder = tmp_path_factory.mktemp("mitdb")
    for name, record in zip(
        (*DS1, "100", "102"), skecg.simulate_records(24, duration=20, random_state=0), strict=True
    ):
        renamed = skecg.ECGRecord(
            record.signal, record.fs, record.lead_names, record.sample, record.symbol, name=name
        )
        skecg.write_record(renamed, folder)
    return folder


def test_evaluate_takes_a_set(invoke, words, trained, mitdb):
    model = trained.folder / "lstm.skecg"
    result = invoke("evaluate", model, mitdb, "--records", "mitdb:DS1", "--json", "-")
    assert result.code == 0, result.err
    assert json.loads(result.out)["data"]["test"]["records"] == sorted(DS1)
    result = invoke("evaluate", model, mitdb, "--records", "mitdb:DS2")
    assert result.code == 1 and "names 21 records that the folders do not contain" in words(
        result.err
    )


def test_train_takes_sets(mitdb):
    extractors = {"LSTM": skecg.BeatExtractor(leads=["MLII"])}
    options = TrainOptions([mitdb], mitdb, val_size=0.0, test_size=0.3, quiet=True)
    within = dataclasses.replace(options, records=Path("mitdb:DS1"))
    rest = dataclasses.replace(options, train_records=Path("mitdb:DS1"))
    with session(options) as terminal:
        splits = _load_splits(terminal, within, extractors)["LSTM"]
        names = np.concatenate([beats.meta["record"] for beats in splits.values()])
        assert sorted(set(names)) == list(DS1)
        splits = _load_splits(terminal, rest, extractors)["LSTM"]
    assert splits["training"].records == list(DS1)
    assert splits["test"].records == ["100", "102"]


def test_train_refuses_an_unknown_set(invoke, words, mitdb, tmp_path):
    result = invoke("train", mitdb, "-o", tmp_path / "out", "--records", "mitdb:DS9")
    assert result.code == 1
    assert "cannot read the record names in 'mitdb:DS9'" in words(result.err)
    assert "the sets mitdb:DS1, mitdb:DS2" in words(result.err)


def test_recordings_without_annotations_are_excluded_and_listed(invoke, words, trained, tmp_path):
    for i, record in enumerate(skecg.simulate_records(3, duration=30, random_state=9)):
        path = skecg.write_record(dataclasses.replace(record, name=f"r{i}"), tmp_path)
    path.with_suffix(".atr").unlink()
    result = invoke("evaluate", trained.folder / "lstm.skecg", tmp_path, "--json", tmp_path / "r")
    assert result.code == 0, result.err
    assert "1 recording without annotations 'atr': r2" in words(result.err)
    assert "Excluded: r2: record excluded: it has no annotations 'atr'" in words(result.out)
    (row,) = [
        one for one in json.loads((tmp_path / "r").read_text())["skipped"] if not one["count"]
    ]
    assert row["record"] == "r2"
