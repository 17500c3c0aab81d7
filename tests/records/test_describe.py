"""describe_records describes recordings, whether or not they can be used."""

import json

import numpy as np
import pytest

from skecg import ECGRecord, describe_records, find_records, write_record

from .conftest import annotate


@pytest.fixture
def folder(tmp_path):
    """Two recordings, one of them with a flat lead and without beats of class V."""
    noise = np.random.default_rng(0).normal(size=(500, 2))
    write_record(
        ECGRecord(noise, 250, ["II", "V1"], [100, 200, 300], list("NVe"), name="a"), tmp_path
    )
    noise[:, 1] = 0.5
    write_record(ECGRecord(noise, 360, ["II", "V1"], [100], ["N"], name="b"), tmp_path)
    return tmp_path


def test_describe_records_has_facts_of_each_record(folder):
    first, second = describe_records(find_records(folder)).records
    assert (first.record, first.leads, first.fs, first.duration) == ("a", ("II", "V1"), 250, 2)
    assert first.symbols == {"N": 1, "V": 1, "e": 1}
    assert first.classes == {"N": 1, "V": 1, "S": 1}
    assert first.problem is None and first.warnings == ()
    assert "lead 'V1' is flat" in second.warnings[0]


def test_describe_records_sums_over_all(folder):
    summary = describe_records(find_records(folder), classes="dechazal")
    assert summary.classes == {"N": 3, "V": 1}
    assert (summary.n_subjects, summary.n_beats) == (2, 4)
    assert summary.leads == {"II+V1": 2} and summary.rates == {250: 1, 360: 1}
    assert summary.duration == pytest.approx(2 + 500 / 360)
    assert repr(summary) == "<RecordsSummary: 2 records, 2 subjects, 4 beats, 0 problems>"


def test_describe_records_tables(folder):
    summary = describe_records(find_records(folder))
    assert summary.table[["N", "S", "V"]].to_numpy().tolist() == [[1, 1, 1], [1, 0, 0]]
    assert summary.table.index.tolist() == ["a", "b"]
    assert summary._repr_html_().startswith("<table")


def test_describe_records_names_problems_and_goes_on(folder):
    (folder / "a.dat").write_bytes(b"")
    (folder / "b.atr").write_bytes(b"")
    summary = describe_records(find_records(folder))
    assert list(summary.problems) == ["a", "b"]
    first, second = summary.records
    assert first.leads is None and "its signal file" in first.problem
    assert second.leads == ("II", "V1") and second.problem.startswith("Record 'b': ")
    assert summary.n_subjects == 1


def test_describe_records_of_unlabelled_recordings_is_no_problem(folder):
    (folder / "b.atr").unlink()
    summary = describe_records(find_records(folder))
    assert summary.problems == {} and summary.unlabelled == ["b"]
    first, second = summary.records
    assert first.labelled and not second.labelled
    assert (second.leads, second.symbols) == (("II", "V1"), {})


def test_describe_records_counts_formats(folder):
    np.savez(folder / "c.npz", signal=np.sin(np.arange(500) / 9), fs=250)
    summary = describe_records(find_records(folder))
    assert summary.formats == {"WFDB": 2, "NumPy archive": 1}
    assert [one.format for one in summary.records] == ["WFDB", "WFDB", "NumPy archive"]
    assert summary.problems == {}


def test_describe_records_without_annotations(folder):
    summary = describe_records(str(folder / "a"), annotator=None)
    assert summary.n_beats == 0 and summary.problems == {}


def test_describe_records_distinguishes_equal_names_by_folder(folder, wfdb_record):
    paths = [folder / "a", wfdb_record("a", folder=folder / "other")]
    names = [one.record for one in describe_records(paths).records]
    assert names == [f"{folder.name}/a", "other/a"]


def test_describe_records_to_dict_is_json(folder):
    data = json.loads(json.dumps(describe_records(find_records(folder)).to_dict()))
    assert (data["schema"], data["n_records"], data["class_map"]) == (1, 2, "ec57")
    assert data["records"][1]["symbols"] == {"N": 1} and data["fs"] == {"250": 1, "360": 1}
    assert "wfdb" in data["versions"]


def test_describe_records_takes_a_map_of_classes(folder):
    summary = describe_records(find_records(folder), classes={"N": "normal"})
    assert summary.classes == {"normal": 2} and summary.class_map == "own"


def test_describe_records_checks_parameters(folder):
    with pytest.raises(ValueError, match="'annotator' parameter of describe_records"):
        describe_records([folder / "a"], annotator=".atr")
    with pytest.raises(ValueError, match="'classes' parameter of describe_records"):
        describe_records([folder / "a"], classes="aami")


def test_describe_records_shows_progress(folder, capsys):
    annotate(folder / "a", annotator="qrs")
    describe_records([folder / "a"], annotator="qrs", verbose=1)
    assert capsys.readouterr().out == ""


def test_describe_records_of_no_records_is_empty():
    summary = describe_records([])
    assert summary.table.empty and summary.table.columns[-1] == "problem"
    assert json.loads(json.dumps(summary.to_dict()))["n_records"] == 0
