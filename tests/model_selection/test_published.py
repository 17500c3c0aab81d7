import pickle
import warnings

import numpy as np
import pytest
import sklearn
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV

from skecg import tables
from skecg.beats import load_beats, take_beats
from skecg.model_selection import cross_val_beats, published_split
from skecg.records import ECGRecord


def record_of(name, **fields):
    """A recording with two beats."""
    signal = np.sin(np.arange(720.0))
    return ECGRecord(signal, 360, ["MLII"], [200, 500], ["N", "V"], name=name, **fields)


@pytest.fixture
def split():
    return published_split("mitdb", "dechazal")


@pytest.fixture(scope="module")
def mitdb():
    """Two beats of each record of the database."""
    return load_beats([record_of(name) for name in tables.MITDB_RECORDS])


@pytest.fixture(scope="module")
def ds1(mitdb):
    return take_beats(mitdb, np.isin(mitdb.meta["record"], tables.DS1))


def test_split_is_that_of_the_paper(split):
    assert split.train == tables.DS1 and split.test == tables.DS2
    assert split.excluded == tables.PACED and split.exclusion_reason == "paced beats"
    assert split.doi == "10.1109/TBME.2004.827359"
    assert split.shared_subjects == {"mitdb:201": ("201", "202")}


def test_print_has_source_faults_and_folds(split):
    text = str(split)
    for part in (
        split.doi,
        "201 (train) and 202 (test) are of one man",
        "102 104 107 217",
        "paced",
    ):
        assert part in text
    assert "  4: 201 203 205 230" in text


@pytest.mark.filterwarnings("ignore:8 beats of 4 records")
def test_beats_are_split_as_in_the_paper_with_a_warning(split, mitdb):
    with pytest.warns(UserWarning, match="201 .* and 202 .* are of one man"):
        train, test = split.split(mitdb)
    assert sorted(set(train.meta["record"])) == list(tables.DS1)
    assert sorted(set(test.meta["record"])) == list(tables.DS2)


def test_paced_records_are_named(split, mitdb):
    with pytest.warns(UserWarning) as caught:
        split.split(mitdb)
    message = "8 beats of 4 records belong to neither split: 102, 104, 107, 217"
    assert any(message in str(w.message) and "paced beats" in str(w.message) for w in caught)


@pytest.mark.filterwarnings("ignore:10 beats of 5 records")
def test_disjoint_split_has_no_shared_subject(split, mitdb):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*one man")
        train, test = split.disjoint().split(mitdb)
    assert not set(train.groups) & set(test.groups)
    assert len(set(test.groups)) == 21
    assert split.disjoint().disjoint() == split.disjoint()
    assert "202: of a training subject" in str(split.disjoint())


@pytest.mark.filterwarnings("ignore")
def test_a_fold_validates(split, mitdb):
    train, val, test = split.split(mitdb, val_fold=4)
    assert sorted(set(val.meta["record"])) == ["201", "203", "205", "230"]
    assert len(set(train.groups)) == 18 and not set(train.groups) & set(val.groups)
    assert len(set(test.groups)) == 22


@pytest.mark.parametrize("val_fold", [5, -1, 1.0, True, "0"])
def test_other_folds_raise(split, mitdb, val_fold):
    with pytest.raises(ValueError, match=r"'val_fold' .* 0 to 4"):
        split.split(mitdb, val_fold=val_fold)


def test_missing_records_are_named(split):
    beats = load_beats([record_of("101"), record_of("100")])
    with pytest.warns(UserWarning, match="42 of the 44 records .* missing .*: 106, 108"):
        split.split(beats)


def test_split_without_beats_raises(split, ds1):
    with pytest.raises(ValueError, match="no beats to test with: none of mitdb 100, 103"):
        split.split(ds1)


@pytest.mark.filterwarnings("ignore:.*missing")
def test_names_with_folders_are_known_and_other_databases_are_not(split, mitdb):
    beats = load_beats([record_of("101"), record_of("106"), record_of("100"), record_of("sel103")])
    beats.meta["record"] = beats.meta["record"].replace({"101": "mitdb/101", "106": "ltafdb/106"})
    with pytest.warns(UserWarning, match="4 beats of 2 records .*: ltafdb/106, sel103"):
        train, test = split.split(beats)
    assert set(train.meta["record"]) == {"mitdb/101"} and set(test.meta["record"]) == {"100"}


@pytest.mark.filterwarnings("ignore:.*missing")
def test_people_of_other_databases_are_in_neither_split(split):
    records = [record_of("101"), record_of("100"), record_of("103", subject="ltafdb:103")]
    with pytest.warns(UserWarning, match="2 beats of 1 record belong to neither split"):
        _, test = split.split(load_beats(records))
    assert set(test.groups) == {"mitdb:100"}


def test_folds_hold_each_subject_out_once(split, ds1):
    tested = []
    for (train, test), records in zip(
        split.cv.split(ds1.data, ds1.target, ds1.groups), split.folds, strict=True
    ):
        assert not set(ds1.groups[train]) & set(ds1.groups[test])
        assert set(ds1.meta["record"].iloc[test]) == set(records)
        tested += test.tolist()
    assert sorted(tested) == list(range(len(ds1.target)))


@pytest.mark.parametrize("routing", [True, False])
def test_folds_work_in_a_search(split, ds1, routing):
    with sklearn.config_context(enable_metadata_routing=routing):
        search = GridSearchCV(DummyClassifier(), {"strategy": ["prior"]}, cv=split.cv)
        search.fit(ds1.data, ds1.target, groups=ds1.groups)
    assert search.n_splits_ == 5


def test_folds_work_in_cross_validation_of_beats(split, ds1):
    table = cross_val_beats(DummyClassifier(), ds1, cv=split.cv).table
    fold = {record: i for i, records in enumerate(split.folds) for record in records}
    assert table["fold"].tolist() == table["record"].map(fold).tolist()


def test_folds_without_beats_are_skipped(split, ds1):
    some = take_beats(ds1, np.isin(ds1.groups, ["mitdb:101", "mitdb:106", "mitdb:109"]))
    splits = list(split.cv.split(some.data, some.target, some.groups))
    assert len(splits) == split.cv.get_n_splits(groups=some.groups) == 2
    assert split.cv.get_n_splits() == 5


def test_folds_without_the_subjects_raise(split, mitdb):
    with pytest.raises(ValueError, match="25 of the 47 subjects are in no fold: mitdb:100"):
        next(split.cv.split(mitdb.data, groups=mitdb.groups))
    with pytest.raises(ValueError, match="'groups' parameter should not be None"):
        next(split.cv.split(mitdb.data))
    with pytest.raises(ValueError, match="all of one fold"):
        next(split.cv.split([[0]], groups=["mitdb:101"]))


def test_split_is_pickled_and_shown(split):
    assert pickle.loads(pickle.dumps(split)) == split
    assert repr(split.cv).startswith("SubjectFolds(folds=")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ("mitdb", "aami"),
            r"no split 'aami' of 'mitdb'. Available: published_split\('mitdb', 'd",
        ),
        (("edb", "dechazal"), "79 subjects .* train_test_subjects"),
        (("svdb", "any"), "Available: published_split"),
    ],
)
def test_unknown_splits_raise_and_list_the_known_ones(names, message):
    with pytest.raises(ValueError, match=message):
        published_split(*names)


def test_names_are_strings():
    with pytest.raises(TypeError, match=r"'database' .* must be a string. Got 5"):
        published_split(5, "dechazal")
