"""Which recordings the commands take: all, those of a file, or a set that has a name."""

from pathlib import Path

import numpy as np
import pytest

import skecg
from skecg.cli._files import listed_records
from skecg.tables import DS1, DS2, PACED


def paths_of(folder, names):
    return [Path(folder, name) for name in names]


@pytest.mark.parametrize(("name", "records"), [("mitdb:DS1", DS1), ("mitdb:ds2", DS2)])
def test_a_set_takes_its_records_alone(name, records):
    paths = paths_of("physionet/mitdb/1.0.0", sorted(DS1 + DS2 + PACED))
    assert listed_records(paths, Path(name)) == paths_of("physionet/mitdb/1.0.0", records)


def test_a_set_takes_neither_excerpts_nor_other_databases():
    mine = paths_of("mitdb", DS2)
    others = paths_of("qtdb", ["sel100"]) + paths_of("ltafdb", ["100", "101"])
    assert listed_records(others + mine, Path("mitdb:DS2")) == mine


@pytest.mark.parametrize(
    ("folder", "names", "name", "message"),
    [
        ("mitdb", DS1[:20], "mitdb:DS1", "'mitdb:DS1' names 2 records .* not hold: 223, 230"),
        ("edb", ["e0103"], "mitdb:DS2", "names records of mitdb, .* hold 1 record, such as e0103"),
        ("mitdb", DS1, "mitdb:DS3", r"names in 'mitdb:DS3': .* the sets mitdb:DS1, mitdb:DS2\."),
    ],
)
def test_what_cannot_be_taken_is_named(folder, names, name, message):
    with pytest.raises(ValueError, match=message):
        listed_records(paths_of(folder, names), Path(name))


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
    assert result.code == 1 and "names 21 records that the folders do not hold" in words(
        result.err
    )


def test_train_takes_a_set_at_all_and_to_train_with(mitdb):
    from skecg.cli._networks import Rows
    from skecg.cli._terminal import session
    from skecg.cli._train import _load_sides

    options = {"folders": [mitdb], "annotator": "atr", "jobs": 1, "skip_broken": False, "seed": 0}
    kinds = {Rows((0.1, 0.1), None, None): skecg.BeatExtractor(leads=["MLII"])}
    options |= {"val_size": 0.0, "test_size": 0.3, "train_records": None, "test_records": None}
    with session(quiet=True, verbose=False, debug=False) as terminal:
        within = options | {"records": Path("mitdb:DS1")}
        loaded, _ = _load_sides(terminal, within, kinds)
        (sides,) = loaded.values()
        names = np.concatenate([beats.meta["record"] for beats in sides.values()])
        assert sorted(set(names)) == list(DS1)
        rest = options | {"records": None, "train_records": Path("mitdb:DS1")}
        loaded, _ = _load_sides(terminal, rest, kinds)
    (sides,) = loaded.values()
    assert sorted(set(sides["training"].meta["record"])) == list(DS1)
    assert sorted(set(sides["test"].meta["record"])) == ["100", "102"]


def test_train_refuses_a_set_that_is_none(invoke, words, mitdb, tmp_path):
    result = invoke("train", mitdb, "-o", tmp_path / "out", "--records", "mitdb:DS9")
    assert result.code == 1
    assert "cannot read the record names in 'mitdb:DS9'" in words(result.err)
    assert "the sets mitdb:DS1, mitdb:DS2" in words(result.err)
