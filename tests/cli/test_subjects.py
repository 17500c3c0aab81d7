"""The option --subjects, and what commands print about subjects."""

import json

import numpy as np
import pytest

import skecg


@pytest.fixture(scope="module")
def visits(tmp_path_factory):
    """A folder with two recordings of each of four people, in a folder for each."""
    folder = tmp_path_factory.mktemp("visits")
    records = skecg.simulate_records(8, duration=30, random_state=0)
    for i, record in enumerate(records):
        place = folder / f"patient0{i // 2}"
        place.mkdir(exist_ok=True)
        own = skecg.ECGRecord(
            record.signal,
            record.fs,
            record.lead_names,
            record.sample,
            record.symbol,
            name=f"rec_{i % 2}",
        )
        header = skecg.write_record(own, place).with_suffix(".hea")
        text = header.read_text()  # as a recorder writes it: without a subject
        header.write_text("".join(s for s in text.splitlines(True) if not s.startswith("#")))
    return folder


@pytest.fixture
def table(tmp_path):
    """A table that says who is who, with columns of its own."""
    file = tmp_path / "who.csv"
    rows = [f"patient0{i}/rec_{j},5{i},P{i}" for i in range(4) for j in range(2)]
    file.write_text("\n".join(["record,age,subject", *rows]))
    return file


SMALL = (
    "--model",
    "lstm",
    "--epochs",
    "1",
    "--units",
    "2",
    "--test-size",
    "0.3",
    "--val-size",
    "0",
)


def test_train_splits_by_the_subjects_of_a_table(
    invoke, words, few_figures, not_trained, visits, table, tmp_path
):
    result = invoke("train", visits, "-o", tmp_path / "out", "--subjects", table, *SMALL)
    assert result.code == 0, result.err
    assert "suggest one person" not in words(result.err)
    assert "Subjects of several records, 4 in all: P0 (patient00/rec_0, patient00/rec_1)" in words(
        result.out
    )
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    splits = report["data"]
    assert sorted(splits["training"]["subjects"] + splits["test"]["subjects"]) == [
        "P0",
        "P1",
        "P2",
        "P3",
    ]
    assert "who.csv" in json.dumps(report["settings"])


def test_train_notes_that_names_suggest_one_person(
    invoke, words, few_figures, not_trained, visits, tmp_path
):
    result = invoke("train", visits, "-o", tmp_path / "out", *SMALL)
    assert result.code == 0, result.err
    text = words(result.err)
    assert "Names suggest one person under several records (rec_0, rec_1;" in text
    assert "On the command line: --subjects FILE." in text


def test_train_uses_the_table_for_listed_records(
    invoke, few_figures, not_trained, visits, table, tmp_path
):
    names = tmp_path / "test.txt"
    names.write_text("patient00/rec_0\npatient00/rec_1\n")
    options = ("--test-records", names, "--subjects", table)
    result = invoke("train", visits, "-o", tmp_path / "out", *options, *SMALL)
    assert result.code == 0, result.err
    splits = json.loads((tmp_path / "out" / "report.json").read_text())["data"]
    assert splits["test"]["subjects"] == ["P0"]
    assert splits["training"]["subjects"] == ["P1", "P2", "P3"]


def test_evaluate_takes_a_table_of_subjects(invoke, words, trained, visits, table, tmp_path):
    model = trained.folder / "lstm.skecg"
    result = invoke("evaluate", model, visits, "--subjects", table, "--json", "-")
    assert result.code == 0, result.err
    data = json.loads(result.out)
    assert data["data"]["test"]["subjects"] == ["P0", "P1", "P2", "P3"]
    some = tmp_path / "some.txt"
    some.write_text("patient00/rec_0\n")
    options = ("--records", some, "--subjects", table, "--json", "-")
    result = invoke("evaluate", model, visits, *options)  # the table may have more records
    assert json.loads(result.out)["data"]["test"]["subjects"] == ["P0"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("patient03/rec_1,53,P3", ""), "gives no subject of 1 record: patient03/rec_1"),
        (("patient03/rec_1", "patient09/rec_1"), "not among the 8 records: patient09/rec_1"),
        (("patient03/rec_1", "rec_1"), "names 'rec_1', and there are 4 such records"),
        (("subject", "person"), "must have one column 'subject'"),
    ],
)
@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_a_table_that_does_not_fit_is_refused(
    invoke, words, trained, visits, table, tmp_path, command, change, message
):
    table.write_text(table.read_text().replace(*change))
    arguments = {
        "train": ("train", visits, "-o", tmp_path / "out"),
        "evaluate": ("evaluate", trained.folder / "lstm.skecg", visits),
    }[command]
    result = invoke(*arguments, "--subjects", table)
    assert result.code == 1
    assert message in words(result.err) and "who.csv" in words(result.err)


def test_info_lists_who_shares_records_and_notes_who_may(invoke, words, visits):
    result = invoke("info", visits)
    assert result.code == 0, result.err
    text = words(result.out)
    assert "8 records of 8 subjects" in text
    assert "Names suggest one person under several records" in text
    assert "--subjects FILE of skecg train and skecg evaluate" in text
    data = json.loads(invoke("info", visits, "--json").out)
    assert data["shared_subjects"] == {} and len(data["notes"]) == 1


def test_info_lists_records_of_one_subject(invoke, words, tmp_path):
    folder = tmp_path / "mitdb"
    for name in ("201", "202"):
        signal = np.arange(500.0) % 50 / 50
        record = skecg.ECGRecord(signal, 250, sample=[99], symbol=["N"], name=name)
        skecg.write_record(record, folder)
    text = words(invoke("info", folder).out)
    assert "2 records of 1 subject" in text
    assert "Subjects of several records, 1 in all: mitdb:201 (201, 202)" in text
    data = json.loads(invoke("info", folder, "--json").out)
    assert data["shared_subjects"] == {"mitdb:201": ["201", "202"]} and data["notes"] == []


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_help_has_the_option(invoke, words, command):
    text = words(invoke(command, "--help").out)
    assert "--subjects" in text and "columns record (name, or folder/name) and subject" in text


def test_help_of_evaluate_says_where_the_leads_come_from(invoke, words):
    assert "there is no option --leads" in words(invoke("evaluate", "--help").out)
