"""Names in files that would forge lines of a report, control a terminal, or be formulas."""

import csv
import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier

import skecg
from skecg.cli._terminal import Terminal
from skecg.report._rich import TextTable
from skecg.report._write import write_difference
from skecg.utils import from_cell, printable, to_cell, to_json, warn, write_csv

from ..broken_files import FS, N, beats, line, signal, words

FORGED = "ana\nMacro F1   100.00\r\x1b[2J\x9b31m\x7f\u202e\u2028\u2066<b>$\\frac$"
SHOWN = r"ana\nMacro F1   100.00\r\x1b[2J\x9b31m\x7f\u202e\u2028\u2066<b>$\frac$"
FORMULAS = ['=HYPERLINK("http://x","y")', "@SUM(A1:A9)", "+1+1", "-2+3", "\t=1", "\r=1", "\uff1d1"]
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


def test_printable_is_one_line_and_blanks_stay():
    assert printable(FORGED) == SHOWN
    assert printable("Ärztin\xa0Übel 心電図 µV") == "Ärztin\xa0Übel 心電図 µV"
    assert printable("a\nb\tc", keep="\n") == r"a" + "\n" + r"b\tc"
    assert printable(printable(FORGED)) == SHOWN
    assert printable("\ud800") == r"\ud800"


@pytest.fixture(scope="module")
def evaluation():
    """Results on subjects, records, leads and models of such names."""
    beats = skecg.load_simulated(6, duration=20.0, random_state=0)
    train, test = skecg.train_test_subjects(beats, random_state=0)
    names = {one: f"{FORGED}{i}" for i, one in enumerate(test.subjects)}
    meta = test.meta.assign(
        subject=test.meta["subject"].map(names), leads=FORGED, record=FORGED + test.meta["record"]
    )
    test = skecg.Beats(**{**test, "meta": meta, "groups": meta["subject"].to_numpy()})
    test.skipped.loc[len(test.skipped)] = [FORGED, FORGED, 0]
    tree = DecisionTreeClassifier(random_state=0).fit(train.data, train.target)
    models = {FORGED: tree, "tree": tree}
    return skecg.evaluate(models, test, trained_on=train, command=FORGED, dataset=FORGED)


def test_a_report_has_no_forged_line(evaluation):
    text = evaluation.to_text()
    assert not CONTROL.search(text)
    assert not [one for one in text.splitlines() if one.startswith("Macro F1   100.00")]
    assert r"ana\nMacro F1" in text


def test_a_page_has_no_such_characters(evaluation):
    page = evaluation.to_html(figures=False)
    assert not CONTROL.search(page)
    assert r"\u2066<b>" not in page and r"\u2066&lt;b&gt;" in page
    assert r"ana\nMacro F1" in page


def test_a_name_in_a_figure_is_no_formula(evaluation, tmp_path):
    file = write_difference(tmp_path, evaluation.predictions, FORGED)
    assert file.read_bytes().startswith(b"\x89PNG")


def test_json_is_equal_and_printable(evaluation):
    text = evaluation.to_json()
    assert not CONTROL.search(text)
    data = json.loads(text)
    assert any(FORGED in one for one in _strings(data))
    assert json.loads(to_json({"a": FORGED, "b": [1, -1.5]})) == {"a": FORGED, "b": [1, -1.5]}


def _strings(data):
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _strings(key)
            yield from _strings(value)
    elif isinstance(data, list):
        for value in data:
            yield from _strings(value)


@pytest.mark.parametrize(
    "text", [*FORMULAS, " =1", "\xa0@x", "'=1", "''@x", r"\t=1", "N", "'N", "-", "", "a=b"]
)
def test_cells_are_read_back_equal(text):
    cell = to_cell(text)
    assert cell[:1] not in {*"=+-@\t\r\n\uff1d"}
    assert from_cell(cell) == printable(text)


def test_formulas_in_predictions_are_texts(tmp_path):
    subjects = [*FORMULAS, "ana", "'=1"]
    n = len(subjects)
    table = pd.DataFrame(
        {
            "record": subjects,
            "sample": np.arange(n) - 1,
            "subject": subjects,
            "y_true": ["N", "V", "=1+1"] * 3,
            "y_pred": ["N"] * n,
            "p_N": np.float32(-0.5),
        }
    )
    predictions = skecg.Predictions(table)
    predictions.to_csv(tmp_path / "predictions.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "predictions.csv").read_text("utf-8"))))
    for row in rows[1:]:
        assert all(row[i][:1] not in {*"=+-@\t\r\uff1d"} for i in (0, 2, 3, 4)), row
        assert float(row[5]) == -0.5
    assert rows[1][1] == "-1"  # numbers stay numbers
    again = skecg.Predictions.read_csv(tmp_path / "predictions.csv").table
    assert again["subject"].tolist() == [printable(one) for one in subjects]
    assert again["y_true"].tolist() == table["y_true"].tolist()
    assert again["sample"].tolist() == table["sample"].tolist()


def test_every_csv_is_without_formulas(evaluation, tmp_path):
    evaluation.predictions["tree"].to_csv(tmp_path / "a.csv")
    table = pd.DataFrame({"=a": [1.5, -1.5], "b": pd.Categorical(["@x", "y"])}, index=["+m", "n"])
    write_csv(tmp_path / "b.csv", table.rename_axis("=model"), index=True)
    assert (tmp_path / "b.csv").read_text() == "'=model,'=a,b\n'+m,1.5,'@x\nn,-1.5,y\n"
    assert not CONTROL.search((tmp_path / "a.csv").read_text("utf-8"))


@pytest.mark.parametrize("quiet", [False, True])
def test_a_terminal_gets_no_codes(capsys, quiet):
    terminal = Terminal(quiet=quiet)
    table = TextTable("record", FORGED)
    table.add_row(FORGED, "1")
    terminal.say(FORGED, table)
    terminal.rule(FORGED)
    terminal.note(FORGED)
    terminal.error(FORGED)
    out, err = capsys.readouterr()
    assert not CONTROL.search(out + err)
    assert r"\x1b[2J" in err


def test_warnings_and_errors_are_of_one_line():
    with pytest.warns(UserWarning) as caught:
        warn(f"Record '{FORGED}': flat.")
    assert str(caught[0].message) == f"Record '{SHOWN}': flat."
    assert str(skecg.RecordError(FORGED)) == SHOWN
    assert len(str(skecg.RecordError("x" * 10**6))) <= 5000


def test_a_record_is_made_of_printable_names():
    good = {"name": "ana", "subject": "Ána 心\xa0x", "lead_names": ["II·µ"]}
    assert skecg.ECGRecord(np.zeros(9), 250, **good).subject == "Ána 心\xa0x"
    for change in ({"name": FORGED}, {"subject": "a\nb"}, {"lead_names": ["I\x1b[0m"]}):
        with pytest.raises(skecg.RecordError, match="printable characters"):
            skecg.ECGRecord(np.zeros(9), 250, **(good | change))


def test_names_in_files_are_read_as_they_are_shown(tmp_path):
    path = tmp_path / "r"
    x = signal()
    lines = [line(x[:, 0], "II\x9b31m\u202e"), line(x[:, 1], "V5")]
    subject = f"# skecg subject: {json.dumps(FORGED)}"
    text = "\n".join([f"r 2 {FS} {N}", *lines, subject, "# a comment \x1b[2J"]) + "\n"
    (tmp_path / "r.hea").write_bytes(text.encode("utf-8"))
    (tmp_path / "r.dat").write_bytes(x.astype("<i2").tobytes())
    (tmp_path / "r.atr").write_bytes(words(*beats()))
    header = skecg.read_header(path)
    assert header.lead_names == (r"II\x9b31m\u202e", "V5")
    assert header.subject == SHOWN
    record = skecg.read_record(path, leads=[r"II\x9b31m\u202e"])
    assert record.subject == SHOWN
    summary = skecg.describe_records(path)
    assert summary.records[0].subject == SHOWN


def test_names_of_columns_and_of_files(tmp_path):
    rows = "\n".join(f"{i / 250},{i % 7}" for i in range(500))
    (tmp_path / "a\x1b[2Jb\nc.csv").write_text(f"time (s),II\x9b (mV)\n{rows}\n")
    path = tmp_path / "a\x1b[2Jb\nc"
    record = skecg.read_record(path, annotator=None)
    assert record.name == r"a\x1b[2Jb\nc"
    assert record.lead_names == (r"II\x9b",)
    assert record.subject.isprintable()
    with pytest.raises(FileNotFoundError) as caught:
        skecg.read_record(tmp_path / "x\ny")
    assert str(caught.value).isprintable()
