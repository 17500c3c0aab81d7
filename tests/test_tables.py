"""The tables agree with the counts that their sources publish."""

import numpy as np
import pytest

from skecg import tables
from skecg.tables import class_map, ordered_labels, recording_of, subject_of


def test_symbols_are_those_of_wfdb():
    from wfdb.io.annotation import ann_labels

    known = {label.symbol for label in ann_labels} - {" "}
    assert set(tables.SYMBOL_MEANINGS) == known
    assert len(tables.BEAT_SYMBOLS) == 19
    assert not tables.BEAT_SYMBOLS & set(tables.NON_BEAT_SYMBOLS)


def test_class_maps_differ_in_escape_beats_and_learning():
    ec57, dechazal = tables.CLASS_MAPS["ec57"], tables.CLASS_MAPS["dechazal"]
    assert set(ec57) == tables.BEAT_SYMBOLS
    differ = {symbol for symbol in ec57 if ec57[symbol] != dechazal.get(symbol)}
    assert differ == {"e", "j", "n", "?"}
    assert set(ec57.values()) == set(dechazal.values()) == set(tables.AAMI_ORDER)


def test_splits_cover_mitdb_without_overlap():
    together = tables.DS1 + tables.DS2 + tables.PACED
    assert len(tables.DS1) == len(tables.DS2) == 22
    assert len(together) == len(set(together)) == 48
    assert tables.MITDB_RECORDS == tuple(sorted(together))


def test_folds_of_ds1_have_each_record_once_and_split_no_subject():
    folds = tables.DS1_FOLDS
    assert sorted(record for fold in folds for record in fold) == list(tables.DS1)
    subjects = [{subject_of(record) for record in fold} for fold in folds]
    assert sum(map(len, subjects)) == len(set.union(*subjects)) == 22


@pytest.mark.records
def test_folds_of_ds1_share_the_rare_classes(records_folder):
    wfdb = pytest.importorskip("wfdb")
    counts = np.zeros((5, 3), dtype=int)
    for fold, records in enumerate(tables.DS1_FOLDS):
        for record in records:
            symbols = wfdb.rdann(str(records_folder / "mitdb" / record), "atr").symbol
            labels = [tables.CLASS_MAPS["dechazal"].get(symbol) for symbol in symbols]
            counts[fold] += [labels.count(label) for label in "NSV"]
    assert counts.sum(axis=0).tolist() == [45866, 944, 3788]
    assert counts.T.tolist() == [
        [9890, 8922, 9146, 8918, 8990],
        [101, 384, 176, 150, 133],
        [992, 668, 670, 744, 714],
    ]


@pytest.mark.parametrize(
    ("record", "folder", "recording"),
    [
        ("202", None, "mitdb:202"),
        ("sel100", "qtdb", "mitdb:100"),
        ("sele0126", None, "edb:e0126"),
        ("sel803", None, "svdb:803"),
        ("118e_6", "nstdb/1.0.0", "mitdb:118"),
        ("100", "ltafdb", "ltafdb:100"),
        ("patient7", "ward2", "ward2:patient7"),
        ("patient7", None, "patient7"),
    ],
)
def test_recording_of_names_the_source(record, folder, recording):
    assert recording_of(record, folder) == recording


def test_subject_of_counts_subjects_as_published():
    edb = {subject_of(record) for record in tables.EDB_RECORDS}
    assert len(tables.EDB_RECORDS) == len(set(tables.EDB_RECORDS)) == 90
    assert len(edb) == 79 - 1  # e0206 and e0210 are merged
    assert subject_of("e0210") == subject_of("e0206") == "edb:e0206"
    assert len({subject_of(record) for record in tables.MITDB_RECORDS}) == 47
    assert len({subject_of(record) for record in tables.SVDB_RECORDS}) == 78


@pytest.mark.parametrize(
    ("record", "subject"),
    [
        ("e0118", "edb:e0118"),
        ("e0122", "edb:e0118"),
        ("e0126", "edb:e0123"),
        ("e0133", "edb:e0129"),
        ("e0139", "edb:e0136"),
        ("e0148", "edb:e0147"),
        ("e0155", "edb:e0154"),
        ("e0163", "edb:e0162"),
        ("e0103", "edb:e0103"),
        ("sele0104", "edb:e0104"),
        ("sele0133", "edb:e0129"),
        ("201", "mitdb:201"),
        ("202", "mitdb:201"),
        ("sel100", "mitdb:100"),
        ("sel213", "mitdb:213"),
        ("sel803", "svdb:803"),
        ("894", "svdb:894"),
        ("118e24", "mitdb:118"),
        ("119e_6", "mitdb:119"),
    ],
)
def test_subject_of_known_record(record, subject):
    assert subject_of(record) == subject
    folders = {"edb": "edb", "mitdb": "mitdb/1.0.0", "svdb": "svdb"}
    assert subject_of(record, folder=folders[subject.partition(":")[0]]) == subject


@pytest.mark.parametrize("record", ["201", "202", "100", "800", "x_108"])
def test_a_number_is_a_record_of_a_database_only_where_the_folder_names_it(record):
    assert subject_of(record, folder="my-holters") == f"my-holters:{record}"
    assert subject_of(record, folder="/mitdb-project/my-holters") == f"my-holters:{record}"
    assert subject_of(record, folder="mitdb-project/patient07") == f"patient07:{record}"
    assert recording_of(record, folder="my-holters") == f"my-holters:{record}"


@pytest.mark.parametrize(
    ("record", "subject"),
    [("e0126", "edb:e0123"), ("sele0104", "edb:e0104"), ("sel100", "mitdb:100")],
)
def test_a_name_with_letters_is_looked_up_in_any_folder_but_that_of_another_database(
    record, subject
):
    assert subject_of(record, folder="somewhere/data") == subject
    assert subject_of(record, folder="somewhere/ltstdb") == f"ltstdb:{record}"


@pytest.mark.parametrize(
    "folder",
    [
        "mitdb",
        "MITDB",
        "mitdb/1.0.0",
        "physionet.org/files/mitdb/1.0.0",
        "mit-bih-arrhythmia-database-1.0.0",
        "MIT-BIH Arrhythmia Database",
        "mitdb-copy",
        "mitdb/train",
    ],
)
def test_a_folder_names_mitdb(folder):
    assert subject_of("202", folder) == "mitdb:201"
    assert recording_of("202", folder) == "mitdb:202"


@pytest.mark.parametrize(
    ("folder", "database"),
    [
        ("mit-bih-supraventricular-arrhythmia-database-1.0.0", "svdb"),
        ("mit-bih-noise-stress-test-database-1.0.0", "nstdb"),
        ("mit-bih-atrial-fibrillation-database-1.0.0", "afdb"),
        ("qtdb", "qtdb"),
        ("edb", "edb"),
    ],
)
def test_a_number_of_mitdb_in_the_folder_of_another_database_is_of_that_one(folder, database):
    assert subject_of("201", folder) == recording_of("201", folder) == f"{database}:201"


@pytest.mark.parametrize(
    "folder", ["mitdb/x_mitdb", "x_mitdb", "mit-bih-arrhythmia-database-1.0.0/x_mitdb"]
)
def test_excerpts_of_x_mitdb_are_of_their_sources(folder):
    assert subject_of("x_108", folder) == recording_of("x_108", folder) == "mitdb:108"
    assert (subject_of("x_202", folder), recording_of("x_202", folder)) == (
        "mitdb:201",
        "mitdb:202",
    )
    assert subject_of("x_108") == "mitdb:108"


@pytest.mark.parametrize(
    ("record", "subject"),
    [
        ("sel16265", "nsrdb:16265"),
        ("sel14046", "ltdb:14046"),
        ("sel301", "stdb:301"),
        ("sel30", "sddb:30"),
        ("sel17152", "qtdb:sel17152"),
    ],
)
def test_excerpts_of_the_qt_database_are_of_their_sources(record, subject):
    assert subject_of(record, "qtdb/1.0.0") == recording_of(record, "qtdb/1.0.0") == subject
    source = subject.partition(":")
    assert subject_of(source[2], source[0]) == subject


@pytest.mark.parametrize(
    ("records", "folder", "subject"),
    [
        (("p00000_s00", "p00000_s01"), "icentia11k/p00/p00000", "icentia11k:p00000"),
        (("s0010_re", "s0014lre"), "ptbdb/patient001", "ptbdb:patient001"),
        (("s0010_re", "s0014lre"), "my-ptbdb/patient001", "ptbdb:patient001"),
        (("p01009_s10",), "data/icentia11k_part/p01/p01009", "icentia11k:p01009"),
        (("rec_1", "rec_2"), "ecg-id-database-1.0.0/Person_01", "ecgiddb:Person_01"),
        (("s20271", "s20274"), "long-term-st-database-1.0.0", "ltstdb:s2027"),
        (("slp01a", "slp01b"), "slpdb", "slpdb:slp01"),
        (("00001_lr", "00001_hr"), "ptb-xl/records100/00000", "ptb-xl:00001"),
        (("patient001_s0303lre",), "wctecgdb/patient001", "wctecgdb:patient001"),
    ],
)
def test_records_of_one_person_by_names_and_folders_of_their_database(records, folder, subject):
    assert {subject_of(record, folder) for record in records} == {subject}


def test_records_of_two_people_in_folders_of_equal_names_inside_are_two():
    assert subject_of("rec_1", "ecgiddb/Person_01") != subject_of("rec_1", "ecgiddb/Person_02")
    recordings = {recording_of(f"rec_{i}", f"ecgiddb/Person_0{j}") for i in "12" for j in "12"}
    assert len(recordings) == 4


def test_a_folder_of_a_person_in_no_database_merges_nobody():
    assert subject_of("rec_1", "ward/patient001") != subject_of("rec_2", "ward/patient001")


@pytest.mark.parametrize("record", ["sel30", "sel14046", "e9999", "813", "99", "118e", "ecg"])
def test_subject_of_unknown_record_names_the_folder(record):
    assert subject_of(record) == record
    assert subject_of(record, folder="/home/me/ward") == f"ward:{record}"


def test_subject_of_distinguishes_databases_with_equal_record_names():
    assert subject_of("100", folder="ltafdb") == "ltafdb:100"
    assert subject_of("100", folder="/x/long-term-af-database-1.0.0") == "ltafdb:100"
    assert subject_of("100", folder="/x/ltafdb/1.0.0") == "ltafdb:100"
    assert subject_of("101", folder="ludb/1.0.1/data") == "ludb:101"
    assert subject_of("100", folder="mit-bih-arrhythmia-database-1.0.0") == "mitdb:100"


@pytest.mark.parametrize("folder", ["/x/cudb/1.0.0", "/x/cudb/1.0.0/", "cudb"])
def test_subject_of_skips_version_folders(folder):
    assert subject_of("cu01", folder=folder) == "cudb:cu01"


@pytest.mark.parametrize("folder", ["", ".", "/", None])
def test_subject_of_without_a_folder_name(folder):
    assert subject_of("cu01", folder=folder) == "cu01"


def test_class_map_of_a_mapping_drops_none():
    assert class_map({"N": "n", "V": "v", "+": None, "F": None}) == {"N": "n", "V": "v"}


def test_class_map_of_symbols_is_the_identity():
    symbols = class_map("symbols")
    assert set(symbols) == tables.BEAT_SYMBOLS
    assert all(symbol == label for symbol, label in symbols.items())


def test_class_map_returns_a_copy():
    class_map("ec57")["N"] = "changed"
    assert tables.CLASS_MAPS["ec57"]["N"] == "N"


@pytest.mark.parametrize(
    ("classes", "error", "words"),
    [
        ("aami", ValueError, "'ec57', 'dechazal', 'symbols' or a mapping.*Got 'aami'"),
        (5, TypeError, "a mapping from beat symbol to label. Got 5"),
        ({"+": "rhythm"}, ValueError, r"\['\+'\], which are not beat symbols"),
        ({"N": 1}, TypeError, "must map symbols to strings or None. Got 1"),
        ({"N": None}, ValueError, "must give a symbol a label"),
        ({}, ValueError, "must give a symbol a label"),
    ],
)
def test_class_map_refuses(classes, error, words):
    with pytest.raises(error, match=words):
        class_map(classes)


def test_ordered_labels_aami_first():
    labels = np.array(["Q", "b", "F", "V", "S", "N", "a", "N"])
    assert ordered_labels(labels) == ["N", "S", "V", "F", "Q", "a", "b"]
    assert all(type(label) is str for label in ordered_labels(labels))


def test_ordered_labels_of_numbers_and_of_mixed_types():
    assert ordered_labels([3, 1, 2, 1]) == [1, 2, 3]
    assert ordered_labels([1, "V", "x"]) == ["V", 1, "x"]
