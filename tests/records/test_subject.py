"""Who is recorded: comments of headers, folders, tables of the user, and what names suggest."""

from pathlib import Path

import numpy as np
import pytest

from skecg import ECGRecord, find_records, read_record
from skecg.records._subject import folder_of, subject_from_origin
from skecg.records._subject_notes import people_notes, suspected_people
from skecg.records._subject_table import assign_subjects, read_subjects
from skecg.tables import subject_of

XFORM = "Produced by xform from record {}, beginning at 0:0"


def put(folder, name, *comments):
    """Write a recording of ten samples, with a header that a person could have written."""
    folder.mkdir(parents=True, exist_ok=True)
    values = np.arange(10, dtype="<i2")
    (folder / f"{name}.dat").write_bytes(values.tobytes())
    lines = [f"{name} 1 250 10", f"{name}.dat 16 200/mV 16 0 0 45 0 II"]
    text = "\n".join([*lines, *(f"# {comment}" for comment in comments)])
    (folder / f"{name}.hea").write_text(text + "\n")
    return folder / name


def subject(path):
    return read_record(path, annotator=None).subject


@pytest.mark.parametrize(
    ("comments", "expected"),
    [
        ([XFORM.format("e0104")], "edb:e0104"),
        (["69 M 1085", "Aldomet", XFORM.format("100")], "mitdb:100"),
        (["produced by XFORM from record  119, beginning at 1:35:00.000"], "mitdb:119"),
        ([XFORM.format("mitdb/202")], "mitdb:201"),
        ([XFORM.format("ward9")], "ward9"),
        (["Creator: wfdb2mat", "Source: record mitdb/100"], "mitdb:100"),
        (["This record was taken from the same analog tape as", "record 201.  PVCs"], "mitdb:201"),
        (["Produced by hand from a record"], None),
        (["The patient 7 times fainted"], None),
        ([], None),
    ],
)
def test_comments_name_the_source_of_an_excerpt(comments, expected):
    assert subject_from_origin(comments) == expected


def test_an_excerpt_in_a_folder_of_its_own_is_of_the_published_record(tmp_path):
    assert subject(put(tmp_path / "cuts", "cut7", XFORM.format("108"))) == "mitdb:108"
    assert subject(put(tmp_path / "cuts", "e0126", XFORM.format("e0126"))) == "edb:e0123"
    assert subject(put(tmp_path / "incartdb", "I01s", XFORM.format("I01"))) == "incartdb:I01"
    assert subject(put(tmp_path / "ltstdb", "cut", XFORM.format("s20272"))) == "ltstdb:s2027"


def test_an_excerpt_next_to_its_source_is_of_the_same_person(tmp_path):
    source = put(tmp_path / "ward", "108")
    assert subject(source) == "ward:108"
    assert subject(put(tmp_path / "ward", "cut", XFORM.format("108"))) == "ward:108"
    assert subject(put(tmp_path / "ward" / "cuts", "cut", XFORM.format("108"))) == "ward:108"
    assert subject(put(tmp_path / "ward" / "x_mitdb", "x_108", XFORM.format("108"))) == "ward:108"


def test_an_excerpt_of_an_excerpt_is_of_the_first_source(tmp_path):
    put(tmp_path, "a", XFORM.format("e0104"))
    put(tmp_path, "b", XFORM.format("a"))
    assert subject(put(tmp_path, "c", XFORM.format("b"))) == "edb:e0104"


def test_excerpts_of_each_other_end(tmp_path):
    put(tmp_path / "ward", "a", XFORM.format("b"))
    b = put(tmp_path / "ward", "b", XFORM.format("a"))
    assert subject(b) in ("ward:a", "ward:b")


def test_an_excerpt_of_a_record_with_a_stated_subject_has_that_subject(tmp_path):
    put(tmp_path, "a", 'skecg subject: "clinic:7"')
    assert subject(put(tmp_path, "cut", XFORM.format("a"))) == "clinic:7"


def test_x_mitdb_of_the_published_zip(tmp_path):
    top = tmp_path / "mit-bih-arrhythmia-database-1.0.0"
    put(top, "108")
    put(top / "x_mitdb", "x_108", XFORM.format("108"))
    assert {subject(path) for path in find_records(top, annotator=None)} == {"mitdb:108"}
    only = put(tmp_path / "x_mitdb", "x_108", XFORM.format("108"))
    assert subject(only) == "mitdb:108"


def test_202_of_mitdb_is_the_man_of_201_whatever_the_folder(tmp_path):
    put(tmp_path / "data", "201")
    tape = "This record was taken from the same analog tape as record 201."
    assert subject(put(tmp_path / "data", "202", tape)) == "data:201"
    assert subject(put(tmp_path / "mitdb", "202", tape)) == "mitdb:201"


def test_headers_of_incartdb_number_the_patients(tmp_path):
    folder = tmp_path / "st-petersburg-incart-12-lead-arrhythmia-database-1.0.0" / "files"
    paths = [
        put(folder, name, "<age>: 65 <sex>: F", f"patient {n}", "PVCs, noise")
        for name, n in (("I01", 1), ("I02", 1), ("I03", 2))
    ]
    assert [subject(path) for path in paths] == [
        "incartdb:patient1",
        "incartdb:patient1",
        "incartdb:patient2",
    ]
    assert subject(put(tmp_path / "mine", "r1", "patient 1")) == "mine:patient1"


def test_a_private_201_is_not_that_of_mitdb(tmp_path):
    assert subject(put(tmp_path / "my-holters", "201")) == "my-holters:201"
    assert subject(put(tmp_path / "mitdb", "201")) == "mitdb:201"


def test_headers_of_mitdb_are_recognized_in_any_folder(tmp_path):
    assert subject(put(tmp_path / "data", "201", "68 M 1960 2851 x1", "Digoxin")) == "mitdb:201"
    assert subject(put(tmp_path / "data", "208", "23 F 2546 N/A x1", "None")) == "mitdb:208"
    assert subject(put(tmp_path / "data", "207", "68 M", "Digoxin")) == "data:207"
    assert subject(put(tmp_path / "data", "907", "68 M 1960 2851 x1")) == "data:907"


def test_a_link_named_after_a_database_names_it(tmp_path):
    put(tmp_path / "blob7", "201")
    (tmp_path / "mitdb").symlink_to(tmp_path / "blob7")
    (tmp_path / "mine").symlink_to(tmp_path / "blob7")
    assert subject(tmp_path / "mitdb" / "201") == "mitdb:201"
    assert subject(tmp_path / "mine" / "201") == "blob7:201"


def test_a_record_in_memory_finds_its_source_in_its_comments():
    record = ECGRecord(np.zeros(9), 250, name="cut", comments=[XFORM.format("e0104")])
    assert record.subject == "edb:e0104"


@pytest.mark.parametrize(
    "text",
    [
        "record,subject\np1_1,p1\nward/p1_2,p1\n",
        "\ufeffrecord;subject\np1_1;p1\nward/p1_2;p1",
        "Subject\tage\tRecord\np1\t50\tp1_1\n\np1\t50\tward/p1_2\n",
        'record,subject,note\n"p1_1", p1 ,"a, b"\nward/p1_2,p1,\n',
    ],
)
def test_read_subjects_reads_tables(tmp_path, text):
    file = tmp_path / "who.csv"
    file.write_text(text, encoding="utf-8")
    assert read_subjects(file) == {"p1_1": "p1", "ward/p1_2": "p1"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "one column 'record' and one 'subject'.*first line is ''"),
        ("p1_1,p1\n", "one column 'record' and one 'subject'.*'p1_1,p1'"),
        ("record,person\na,b\n", "one column 'subject'"),
        ("record,subject\n", "names no record"),
        ("record,subject\na,\n", "line 2: there is no record or no subject"),
        ("record,subject\na\n", "line 2: there is no record or no subject"),
        ("record,subject\na,b\na,c\n", "line 3: record 'a' has two subjects, 'b' and 'c'"),
        (b"\xff\xfe\x00", "not a text file in UTF-8"),
        (None, "cannot read the subjects in .*: No such file"),
    ],
)
def test_read_subjects_refuses(tmp_path, text, message):
    file = tmp_path / "who.csv"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=f"(?s){message}"):
        read_subjects(file)


def test_subjects_are_assigned_by_name_by_parts_of_the_path_and_by_path():
    paths = ["/d/p1/rec_1", "/d/p1/rec_2", "/d/p2/rec_1", Path("/d/p2/rec_3")]
    subjects = {"p1/rec_1": "a", "rec_2": "a", "/d/p2/rec_1": "b", "rec_3": "b"}
    assert assign_subjects(paths, subjects, "It") == ["a", "a", "b", "b"]


def test_the_longest_name_of_a_record_counts():
    assert assign_subjects(["d/a/r"], {"a/r": "x", "r": "y"}, "It") == ["x"]


@pytest.mark.parametrize(
    ("subjects", "message"),
    [
        ({"a": "x", "c": "y"}, "It names 1 record that .* not among the 3 records: c"),
        ({"a": "x"}, r"It gives no subject of 2 records: d/b, e/b"),
        ({"a": "x", "b": "y"}, r"names 'b', and there are 2 such records: d/b, e/b.*as in d/b"),
        ({"a": ""}, "must not hold empty names"),
    ],
)
def test_subjects_that_do_not_fit_the_records_are_refused(subjects, message):
    with pytest.raises(ValueError, match=message):
        assign_subjects(["d/a", "d/b", "e/b"], subjects, "It")


@pytest.mark.parametrize("subjects", [["a"], {"a": 1}, {1: "a"}])
def test_subjects_of_a_wrong_type_are_refused(subjects):
    with pytest.raises(TypeError, match="It must"):
        assign_subjects(["a"], subjects, "It")


def test_records_that_are_not_needed_may_lack_a_subject():
    assert assign_subjects(["d/a", "d/b"], {"a": "x"}, "It", needed=["d/a"]) == ["x", None]
    with pytest.raises(ValueError, match="no subject of 1 record: d/b"):
        assign_subjects(["d/a", "d/b"], {"a": "x"}, "It", needed=["d/b"])


def test_folders_within_the_folder_of_a_person_suggest_one_person():
    records = [("ecg", Path(f"ward/patient07/visit{i}"), f"visit{i}:ecg") for i in (1, 2)]
    assert suspected_people(records) == [["visit1/ecg", "visit2/ecg"]]


def own_subjects(names, folder):
    folder = None if folder is None else Path(folder)
    return [(name, folder, subject_of(name, folder)) for name in names]


@pytest.mark.parametrize(
    ("names", "folder", "groups"),
    [
        (("p07_1", "p07_2", "p08_1"), "ward", [["p07_1", "p07_2"]]),
        (("p07_s01", "p07_s02"), None, [["p07_s01", "p07_s02"]]),
        (("07a", "07b", "08a"), "ward", [["07a", "07b"]]),
        (("anna_1", "anna_2", "bert_1"), "ward", [["anna_1", "anna_2"]]),
        (("morning", "evening"), "ward/patient07", [["morning", "evening"]]),
        (("rec_1", "rec_2", "rec_3"), "ward", []),
        (("sim001", "sim002"), "ward", []),
        (("p07", "p08", "p09"), "ward", []),
        (("morning", "evening"), "ward/week", []),
    ],
)
def test_names_suggest_one_person(names, folder, groups):
    assert suspected_people(own_subjects(names, folder)) == groups


@pytest.mark.parametrize(
    ("names", "folder"),
    [
        (("s0010_re", "s0014_re"), "ptbdb/patient001"),
        (("118e24", "118e_6", "119e24"), "nstdb"),
        (("s20271", "s20272"), "ltstdb"),
        (("100", "101", "102", "103", "104"), "mitdb"),
        (("100", "101", "102", "103", "104", "110"), "holters"),
        (("100", "101"), "holters"),
    ],
)
def test_there_is_no_note_on_known_people_or_plain_numbers(names, folder):
    assert people_notes(own_subjects(names, folder)) == []


def test_notes_tell_what_to_do():
    (note,) = people_notes(own_subjects(("p07_1", "p07_2"), "ward"))
    assert "one person under several records (p07_1, p07_2)" in note
    assert "'subjects'" in note
    (note,) = people_notes(own_subjects(("100", "101", "102", "103", "201"), "/x/data"))
    assert "names of the database mitdb" in note and "rename the folder to 'mitdb'" in note


def test_there_is_no_note_on_subjects_that_are_stated():
    folder = Path("ward")
    assert people_notes([("p07_1", folder, "a"), ("p07_2", folder, "b")]) == []


def test_links_to_files_lead_to_the_database(tmp_path):
    put(tmp_path / "mitdb", "202")
    (tmp_path / "mine").mkdir()
    for name in ("202", "ana"):
        (tmp_path / "mine" / f"{name}.hea").symlink_to(tmp_path / "mitdb" / "202.hea")
    (tmp_path / "mine" / "202.dat").symlink_to(tmp_path / "mitdb" / "202.dat")
    assert subject(tmp_path / "mine" / "202") == "mitdb:201"
    assert subject(tmp_path / "mine" / "202.hea") == "mitdb:201"
    assert folder_of(tmp_path / "mine" / "ana") == tmp_path / "mine"
