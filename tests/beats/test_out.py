"""Rows that load_beats writes to a file."""

import errno
import os
import weakref

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import FunctionTransformer

from skecg import load_beats, read_beats, write_record

ENDINGS = pytest.mark.parametrize("ending", [".npy", ".parquet"])


@pytest.fixture
def records(spikes):
    """Records in memory with 8, 6 and 4 beats."""
    return [spikes(range(100, 900, 100 + 50 * i), name=f"r{i}", subject=f"s{i}") for i in range(3)]


def same_beats(a, b):
    assert a.data.tobytes() == b.data.tobytes()
    for key in ("target", "groups"):
        np.testing.assert_array_equal(a[key], b[key])
        assert a[key].dtype == b[key].dtype
    pd.testing.assert_frame_equal(a.meta, b.meta)
    pd.testing.assert_frame_equal(a.skipped, b.skipped)
    for key in ("fs", "layout", "feature_names", "target_names", "DESCR"):
        assert a[key] == b[key], key
    assert a.extractor.get_params() == b.extractor.get_params()
    return True


@ENDINGS
@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize("params", [{}, {"context": 30, "fs": 125}], ids=["plain", "context"])
def test_load_beats_out_gives_the_beats_of_memory(records, tmp_path, ending, n_jobs, params):
    path = tmp_path / f"beats{ending}"
    expected = load_beats(records, **params)
    beats = load_beats(records, out=path, n_jobs=n_jobs, **params)
    assert same_beats(beats, expected)
    assert same_beats(read_beats(path), expected)
    assert isinstance(beats.data, np.memmap)
    assert not beats.data.flags.writeable


def test_load_beats_out_is_one_file(records, tmp_path):
    load_beats(records, out=tmp_path / "beats.npy")
    assert [p.name for p in tmp_path.iterdir()] == ["beats.npy"]


def test_load_beats_out_parquet_maps_a_scratch_file_until_the_last_use(records, tmp_path):
    beats = load_beats(records, out=tmp_path / "beats.parquet")
    assert len(list(tmp_path.iterdir())) == 2
    del beats
    assert [p.name for p in tmp_path.iterdir()] == ["beats.parquet"]


def test_load_beats_out_can_be_mapped_by_any_program(records, tmp_path):
    beats = load_beats(records, out=tmp_path / "beats.npy")
    rows = np.load(tmp_path / "beats.npy", mmap_mode="r")
    assert rows.dtype.str == "<f4"
    np.testing.assert_array_equal(rows, beats.data)
    np.testing.assert_array_equal(np.load(tmp_path / "beats.npy"), beats.data)


def test_load_beats_out_reads_files_with_their_warnings(records, tmp_path):
    for record in records:
        write_record(record, tmp_path)
    paths = [tmp_path / record.name for record in records]
    (tmp_path / "r1.dat").write_bytes(b"")
    with pytest.warns(UserWarning, match="1 of 3 records was excluded") as caught:
        beats = load_beats(paths, out=tmp_path / "b.npy", on_error="warn")
    assert beats.meta["record"].unique().tolist() == ["r0", "r2"]
    assert len(caught) == 1


@ENDINGS
def test_load_beats_out_leaves_the_old_file_when_it_fails(records, spikes, tmp_path, ending):
    path = tmp_path / f"b{ending}"
    load_beats(records[:1], out=path)
    before = path.read_bytes()
    other = spikes([300], name="other", lead_names=("V1",))
    with pytest.raises(ValueError, match="V5"):
        load_beats([records[0], other], leads=["V5"], out=path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == before


def test_load_beats_out_without_rows_writes_nothing(spikes, tmp_path):
    with pytest.raises(ValueError, match="makes a row"):
        load_beats(spikes([300]), classes={"V": "V"}, out=tmp_path / "b.npy")
    assert list(tmp_path.iterdir()) == []


@ENDINGS
def test_load_beats_out_refuses_at_once_what_a_file_cannot_hold(records, tmp_path, ending):
    def stops():
        yield records[0]
        pytest.fail("read on")

    with pytest.raises(TypeError, match=r"'preprocessing'.*FunctionTransformer"):
        load_beats(stops(), out=tmp_path / f"b{ending}", preprocessing=FunctionTransformer())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["b.csv", "b", "b.npz"])
def test_load_beats_out_has_one_of_two_endings(records, tmp_path, name):
    with pytest.raises(ValueError, match=r"'out' parameter .* \.npy or \.parquet"):
        load_beats(records, out=tmp_path / name)


def test_load_beats_out_needs_its_folder_before_reading(tmp_path):
    with pytest.raises(FileNotFoundError, match="Create it first"):
        load_beats(iter([]), out=tmp_path / "none" / "b.npy")
    (tmp_path / "f.npy").mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder"):
        load_beats(iter([]), out=tmp_path / "f.npy")


def test_load_beats_out_makes_no_frame(records, tmp_path):
    with pytest.raises(ValueError, match="as_frame"):
        load_beats(records, out=tmp_path / "b.npy", as_frame=True)


def test_load_beats_out_returns_rows_and_labels(records, tmp_path):
    X, y = load_beats(records, out=tmp_path / "b.npy", return_X_y=True)
    assert isinstance(X, np.memmap)
    assert X.shape == (18, 50)
    assert len(y) == 18


@ENDINGS
def test_load_beats_out_names_the_file_on_a_full_disk(records, tmp_path, ending, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("skecg.utils._mapped.write_all", full)
    monkeypatch.setattr("skecg.persistence._beats_npy.write_all", full)
    with pytest.raises(OSError, match=rf"No space left on device.*b\{ending}"):
        load_beats(records, out=tmp_path / f"b{ending}")
    assert list(tmp_path.iterdir()) == []


# ---- iterators


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_load_beats_out_reads_an_iterator_as_it_goes(spikes, tmp_path, n_jobs):
    alive = weakref.WeakSet()
    most = []

    def simulate():
        for i in range(40):
            record = spikes([300, 600], name=f"r{i}")
            alive.add(record)
            most.append(len(alive))
            yield record
            del record

    beats = load_beats(simulate(), out=tmp_path / "b.npy", n_jobs=n_jobs)
    assert beats.records == [f"r{i}" for i in range(40)]
    assert max(most) <= (3 if n_jobs == 1 else 18)


def test_load_beats_out_keeps_few_rows_in_memory_with_several_jobs(spikes, tmp_path, monkeypatch):
    from skecg.beats import BeatExtractor
    from skecg.beats._load import _Loading

    cut, written = [], []
    cut_one, write = BeatExtractor._cut, _Loading._write
    monkeypatch.setattr(
        BeatExtractor, "_cut", lambda self, record: cut.append(1) or cut_one(self, record)
    )

    def watch(self, part, path):
        written.append(len(cut))
        write(self, part, path)

    monkeypatch.setattr(_Loading, "_write", watch)
    with joblib.parallel_config("threading", n_jobs=2):
        load_beats([spikes([300], name=f"r{i}") for i in range(40)], out=tmp_path / "b.npy")
    assert max(n - i for i, n in enumerate(written)) <= 8


def test_load_beats_out_takes_the_rate_of_the_first_of_an_iterator(spikes, tmp_path):
    records = [spikes([300], name="a", fs=360), spikes([300], name="b")]
    with pytest.raises(ValueError, match=r"different sampling frequencies: 250 Hz .* 360 Hz"):
        load_beats(iter(records), out=tmp_path / "b.npy")
    assert list(tmp_path.iterdir()) == []
    assert load_beats(iter(records[:1]), out=tmp_path / "b.npy").fs == 360
    assert load_beats(iter(records), out=tmp_path / "b.npy", fs=125).fs == 125


def test_load_beats_out_refuses_a_second_record_of_one_name(spikes, tmp_path):
    records = [spikes([300], name="a"), spikes([300], name="b"), spikes([400], name="a")]
    with pytest.raises(ValueError, match="two records named 'a'"):
        load_beats(iter(records), out=tmp_path / "b.npy")
    write_record(records[0], tmp_path)
    with pytest.raises(ValueError, match=r"record '.*a' 2 times"):
        load_beats(iter([tmp_path / "a", tmp_path / "a.hea"]), out=tmp_path / "b.npy")


def test_load_beats_out_refuses_an_empty_iterator(tmp_path):
    with pytest.raises(ValueError, match="is empty"):
        load_beats(iter([]), out=tmp_path / "b.npy")


def test_load_beats_out_reads_an_iterator_first_for_stated_subjects(records, tmp_path):
    subjects = {"r0": "x", "r1": "y", "r2": "y"}
    beats = load_beats(iter(records), out=tmp_path / "b.npy", subjects=subjects)
    assert beats.subjects == ["x", "y"]


def test_load_beats_out_ends_with_an_error_of_the_iterator(records, tmp_path):
    def stops():
        yield records[0]
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        load_beats(stops(), out=tmp_path / "b.npy")
    assert list(tmp_path.iterdir()) == []
