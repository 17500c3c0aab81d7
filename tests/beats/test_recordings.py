"""What real recordings must give; the counts are those of published tables."""

import numpy as np
import pandas as pd
import pytest

from skecg import (
    BeatExtractor,
    ECGRecord,
    find_records,
    load_beats,
    read_beats,
    read_record,
    write_beats,
)

pytestmark = pytest.mark.records


@pytest.fixture(scope="module")
def mitdb(records_folder):
    paths = find_records(records_folder / "mitdb")
    return load_beats(paths, leads=[("MLII", "V5")], edges="pad")


@pytest.fixture(scope="module")
def edb(records_folder):
    return load_beats(find_records(records_folder / "edb"), leads=[0], edges="pad")


def test_load_beats_counts_of_mitdb_ds1_are_the_published_ones(mitdb):
    counts = pd.Series(mitdb.target).value_counts().to_dict()
    assert counts == {"N": 45834, "S": 976, "V": 3788, "F": 415, "Q": 8}
    assert set(mitdb.meta["leads"]) == {"MLII"}  # 114 has it as its second lead


def test_load_beats_dechazal_counts_of_mitdb_ds1_are_the_published_ones(records_folder):
    paths = find_records(records_folder / "mitdb")
    beats = load_beats(paths, leads=[0], edges="pad", classes="dechazal", window=(0.01, 0.01))
    counts = pd.Series(beats.target).value_counts().to_dict()
    assert counts == {"N": 45866, "S": 944, "V": 3788, "F": 415, "Q": 8}


def test_load_beats_subjects_of_edb_excerpts(edb):
    assert edb.meta["record"].nunique() == 22
    assert np.unique(edb.groups).size == 20  # e0124 and e0126 are one man, e0129 and e0133 too


def test_load_beats_aligns_edb_labels_by_a_constant_for_each_record(edb):
    shift = (edb.meta["peak"] - edb.meta["sample"]) / edb.meta["fs"] * 1000
    by_record = shift[edb.target == "N"].groupby(edb.meta["record"])
    assert by_record.median().between(-40, 70).all()
    spread = by_record.agg(lambda ms: (ms - ms.median()).abs().median())
    assert spread.median() <= 8  # two samples of 250 Hz


def test_load_beats_rows_of_mitdb_have_their_peak_in_the_middle(mitdb):
    rows = mitdb.data[mitdb.target == "N"]
    middle = rows.shape[1] // 2
    away = np.abs(rows - np.median(rows, axis=1, keepdims=True))
    assert np.median(np.abs(away.argmax(axis=1) - middle)) == 0


def test_load_beats_two_jobs_give_the_same_rows_of_real_records(records_folder):
    paths = [
        *find_records(records_folder / "edb")[:2],
        *find_records(records_folder / "mitdb")[:2],
    ]
    one, two = (load_beats(paths, fs=250, leads=[0], n_jobs=n) for n in (1, 2))
    np.testing.assert_array_equal(one.data, two.data)
    pd.testing.assert_frame_equal(one.meta, two.meta)


def test_write_beats_of_edb_come_back_equal(edb, tmp_path):
    for name in ("edb.parquet", "edb.csv"):
        write_beats(edb, tmp_path / name)
        back = read_beats(tmp_path / name)
        assert back.data.tobytes() == edb.data.tobytes()
        pd.testing.assert_frame_equal(back.meta, edb.meta)
        assert back.DESCR == edb.DESCR


@pytest.mark.parametrize(
    ("name", "fs"), [("mitdb/203", None), ("svdb/800", None), ("mitdb/203", 125)]
)
def test_context_of_a_piece_is_that_of_the_whole_recording(records_folder, name, fs):
    record = read_record(records_folder / name)
    start = round(300 * record.fs)
    there = record.sample >= start
    piece = ECGRecord(
        record.signal[start:],
        record.fs,
        record.lead_names,
        record.sample[there] - start,
        record.symbol[there],
    )
    extractor = BeatExtractor((0.28, 0.28), fs=fs, leads=[0, 1], edges="pad", context=300)
    whole, part = extractor.extract(record), extractor.extract(piece)
    safe = part.meta["sample"].to_numpy() > 400 * record.fs  # 331 s and 48 beats
    expected = whole.data[np.isin(whole.meta["sample"], part.meta["sample"][safe] + start)]
    if fs is None:
        np.testing.assert_array_equal(part.data[safe], expected)
    else:  # resampling takes off the median of the whole lead: the last digits differ
        np.testing.assert_allclose(part.data[safe], expected, atol=1e-4)


def test_context_takes_the_normal_shape_even_where_every_third_beat_is_ventricular(records_folder):
    beats = load_beats(records_folder / "mitdb" / "208", leads=[0], fs=125, context=600)
    correlation = beats.data[:, beats.feature_names.index("qrs_correlation")]
    assert (correlation[beats.target == "N"] > 0.9).mean() > 0.95
    assert (correlation[beats.target == "V"] < 0.9).mean() > 0.9
