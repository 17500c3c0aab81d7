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
    assert subject_of(record, folder="somewhere/data") == subject


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
