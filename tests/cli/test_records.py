"""The commands take published sets of records by name."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import skecg
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


def test_evaluate_takes_a_set(invoke, words, trained, mitdb, tmp_path):
    model = trained.folder / "rnn.skecg"
    result = invoke("evaluate", model, mitdb, "--records", "mitdb:DS1", "--json", "-")
    assert result.code == 0, result.err
    assert '"n_records": 22' in result.out and '"records": "mitdb:DS1"' in result.out
    result = invoke("evaluate", model, mitdb, "--records", "mitdb:DS2")
    assert result.code == 1 and "names 21 records that the folders do not contain" in words(
        result.err
    )


def test_train_takes_a_set_at_all_and_to_train_with(mitdb):
    from skecg.cli._networks import Rows
    from skecg.cli._terminal import session
    from skecg.cli._train import TrainOptions, _load_splits

    extractors = {Rows((0.1, 0.1), None, None): skecg.BeatExtractor(leads=["MLII"])}
    options = TrainOptions([mitdb], mitdb, val_size=0.0, test_size=0.3, quiet=True)
    within = dataclasses.replace(options, records=Path("mitdb:DS1"))
    rest = dataclasses.replace(options, train_records=Path("mitdb:DS1"))
    with session(options) as terminal:
        (splits,) = _load_splits(terminal, within, extractors).values()
        names = np.concatenate([beats.meta["record"] for beats in splits.values()])
        assert sorted(set(names)) == list(DS1)
        (splits,) = _load_splits(terminal, rest, extractors).values()
    assert sorted(set(splits["training"].meta["record"])) == list(DS1)
    assert sorted(set(splits["test"].meta["record"])) == ["100", "102"]


def test_train_refuses_an_unknown_set(invoke, words, mitdb, tmp_path):
    result = invoke("train", mitdb, "-o", tmp_path / "out", "--records", "mitdb:DS9")
    assert result.code == 1
    assert "cannot read the record names in 'mitdb:DS9'" in words(result.err)
    assert "the sets mitdb:DS1, mitdb:DS2" in words(result.err)
