import errno
import io
import json
import struct

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from imblearn.under_sampling import RandomUnderSampler
from sklearn.preprocessing import FunctionTransformer

from skecg import (
    BeatNormalizer,
    ECGRecord,
    load_beats,
    load_simulated,
    read_beats,
    take_beats,
    write_beats,
)

ENDINGS = pytest.mark.parametrize("ending", [".parquet", ".csv", ".npy"])


@pytest.fixture
def beats():
    """Rows of every order of magnitude, in two leads, with text that CSV must quote."""
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(2000, 2)) * 10.0 ** rng.integers(-30, 30, size=(2000, 2))
    record = ECGRecord(
        signal,
        250 / 3,
        ["V5, left", '"II"'],
        [3, 500, 900, 1500],
        ["N", "/", "V", "N"],
        name='a, "b"',
        subject='müller,\u2003"no. 7"',
    )
    other = ECGRecord(signal[::-1], 250 / 3, ["V5, left", '"II"'], [700], ["N"], name="NA")
    return load_beats(
        [record, other], leads=[('"II"',), 0], window=(0.1, 0.2), classes={"N": "N", "/": "x y"}
    )


def change_tail(path, change):
    """Change the metadata in the tail of a NumPy file of beats."""
    content = path.read_bytes()
    length = struct.unpack("<Q", content[-16:-8])[0]
    table = pa.parquet.read_table(io.BytesIO(content[-16 - length : -16]))
    about = json.loads(table.schema.metadata[b"skecg"]) | change
    stream = io.BytesIO()
    table = table.replace_schema_metadata({b"skecg": json.dumps(about).encode()})
    pa.parquet.write_table(table, stream)
    tail = stream.getvalue()
    path.write_bytes(content[: -16 - length] + tail + struct.pack("<Q", len(tail)) + content[-8:])


@ENDINGS
def test_write_beats_come_back_equal(beats, tmp_path, ending):
    write_beats(beats, tmp_path / f"beats{ending}")
    back = read_beats(tmp_path / f"beats{ending}")
    assert back.keys() == beats.keys()
    assert back.data.tobytes() == beats.data.tobytes()
    assert (back.data.dtype, back.data.flags.c_contiguous) == (np.float32, True)
    for key in ("target", "groups"):
        np.testing.assert_array_equal(back[key], beats[key])
        assert back[key].dtype == beats[key].dtype
    pd.testing.assert_frame_equal(back.meta, beats.meta)
    pd.testing.assert_frame_equal(back.skipped, beats.skipped)
    for key in ("fs", "layout", "feature_names", "target_names", "DESCR"):
        assert back[key] == beats[key], key
    assert back.extractor.get_params() == beats.extractor.get_params()


@ENDINGS
def test_write_beats_keep_a_preprocessing_of_ours(spikes, tmp_path, ending):
    beats = load_beats(spikes([300]), preprocessing=BeatNormalizer("minmax"))
    write_beats(beats, tmp_path / f"b{ending}")
    assert repr(read_beats(tmp_path / f"b{ending}").extractor) == repr(beats.extractor)


@ENDINGS
def test_write_beats_without_rows_come_back(beats, tmp_path, ending):
    write_beats(take_beats(beats, []), tmp_path / f"b{ending}")
    back = read_beats(tmp_path / f"b{ending}")
    assert back.data.shape == (0, beats.layout.n_features)
    pd.testing.assert_frame_equal(back.meta, take_beats(beats, []).meta)


@ENDINGS
def test_write_beats_keeps_columns_that_a_user_added(beats, tmp_path, ending):
    beats.meta = beats.meta.assign(ward=["x"] * 3 + [""], hour=[0.1, 0.25, np.pi, 4e-300], n=3)
    write_beats(beats, tmp_path / f"b{ending}")
    pd.testing.assert_frame_equal(read_beats(tmp_path / f"b{ending}").meta, beats.meta)


def test_write_beats_csv_can_be_read_by_others(spikes, tmp_path):
    write_beats(load_beats(spikes([300])), tmp_path / "b.csv")
    table = pd.read_csv(tmp_path / "b.csv")
    assert table.loc[0, ["record", "sample", "target"]].tolist() == ["record", 300, "N"]
    assert table.filter(like="lead0_").shape == (1, 50)
    assert table.loc[0, "lead0_025"] == 1


def test_write_beats_parquet_can_be_read_by_others(spikes, tmp_path):
    write_beats(load_beats(spikes([300])), tmp_path / "b.parquet")
    assert pd.read_parquet(tmp_path / "b.parquet").loc[0, "lead0_025"] == 1


@ENDINGS
def test_write_beats_leaves_the_old_file_when_it_fails(spikes, tmp_path, ending, monkeypatch):
    write_beats(load_beats(spikes([300])), tmp_path / f"b{ending}")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("skecg.persistence._beats_csv.front_table", full)
    monkeypatch.setattr("skecg.persistence._beats_parquet.front_table", full)
    monkeypatch.setattr("skecg.persistence._beats_npy.write_all", full)
    with pytest.raises(OSError, match=f"No space.*b{ending}"):
        write_beats(load_beats(spikes([300, 600])), tmp_path / f"b{ending}")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["beats.txt", "beats", "beats.csv.gz"])
def test_beats_files_have_one_of_three_endings(spikes, tmp_path, name):
    with pytest.raises(ValueError, match=r"write_beats must end in .parquet, .csv or .npy"):
        write_beats(load_beats(spikes([300])), tmp_path / name)
    with pytest.raises(ValueError, match=r"read_beats must end in .parquet, .csv or .npy"):
        read_beats(tmp_path / name)


def test_write_beats_refuses_a_preprocessing_that_is_no_data(spikes, tmp_path):
    beats = load_beats(spikes([300]), preprocessing=FunctionTransformer(np.negative))
    with pytest.raises(TypeError, match=r"'preprocessing'.*FunctionTransformer.*joblib"):
        write_beats(beats, tmp_path / "b.parquet")
    assert list(tmp_path.iterdir()) == []


def test_write_beats_refuses_rows_that_would_not_come_back(spikes, tmp_path):
    beats = load_beats(spikes([300]))
    beats.data = beats.data.astype(np.float64)
    with pytest.raises(ValueError, match="must be float32"):
        write_beats(beats, tmp_path / "b.csv")


def test_write_beats_refuses_columns_of_one_name(spikes, tmp_path):
    beats = load_beats(spikes([300]))
    beats.meta["target"] = 1
    with pytest.raises(ValueError, match=r"target\. Rename"):
        write_beats(beats, tmp_path / "b.csv")


def test_write_beats_refuses_columns_of_other_types(spikes, tmp_path):
    beats = load_beats(spikes([300]))
    beats.meta["when"] = pd.Timestamp("2020-01-01")
    with pytest.raises(ValueError, match=r"'when'.*Got datetime64"):
        write_beats(beats, tmp_path / "b.csv")


@ENDINGS
def test_read_beats_missing_file(tmp_path, ending):
    with pytest.raises(FileNotFoundError, match="b"):
        read_beats(tmp_path / f"b{ending}")


def test_read_beats_csv_needs_its_json(spikes, tmp_path):
    write_beats(load_beats(spikes([300])), tmp_path / "b.csv")
    (tmp_path / "b.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"b\.json.*keep both files in one folder"):
        read_beats(tmp_path / "b.csv")


def test_read_beats_refuses_other_parquet_files(tmp_path):
    (tmp_path / "text.parquet").write_text("no Parquet")
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "other.parquet")
    for name in ("text", "other"):
        with pytest.raises(ValueError, match="not a file of write_beats"):
            read_beats(tmp_path / f"{name}.parquet")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, "is not .skecg-beats"),
        ({"schema": 99}, "schema 99.*reads schema 1"),
        ({"layout": None}, "the layout is a NoneType"),
        ({"layout": {"class": "os.system"}}, "unknown class"),
        ({"extractor": {"class": "sklearn.KFold"}}, "extractor of the beats is a KFold"),
        (
            {"extractor": {"class": "BeatExtractor", "params": {"fs": None}}},
            "metadata are invalid",
        ),
        ({"extractor": {"class": "BeatExtractor", "params": {"window": 1}}}, "'window'"),
        ({"layout": {"class": "BeatLayout", "params": {"n_samples": 10**12}}}, "columns"),
        ({"layout": {"class": "BeatLayout", "params": {"n_samples": 10}}}, "columns"),
        ({"skipped": [["a"]]}, "metadata are invalid"),
        ({"skipped": 3}, "metadata are invalid"),
        ({"columns": {"record": "string"}}, "have the columns"),
        ({"columns": None}, "have the columns"),
        ({"DESCR": 3}, "not a text"),
        ({"n_beats": 7}, "1 rows, and 7"),
    ],
)
@ENDINGS
def test_read_beats_refuses_changed_metadata(spikes, tmp_path, ending, change, words):
    path = tmp_path / f"b{ending}"
    write_beats(load_beats(spikes([300])), path)
    if ending == ".csv":
        about = json.loads((tmp_path / "b.json").read_text()) | change
        (tmp_path / "b.json").write_text(json.dumps(about))
    elif ending == ".npy":
        change_tail(path, change)
    else:
        table = pa.parquet.read_table(path)
        about = json.loads(table.schema.metadata[b"skecg"]) | change
        table = table.replace_schema_metadata({b"skecg": json.dumps(about).encode()})
        pa.parquet.write_table(table, path)
    with pytest.raises(ValueError, match=words):
        read_beats(path)


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "\x00\xff"])
def test_read_beats_refuses_other_rows(spikes, tmp_path, content):
    write_beats(load_beats(spikes([300])), tmp_path / "b.csv")
    (tmp_path / "b.csv").write_text(content)
    with pytest.raises(ValueError, match="not a file of write_beats"):
        read_beats(tmp_path / "b.csv")


def test_read_beats_refuses_rows_that_are_no_numbers(spikes, tmp_path):
    write_beats(load_beats(spikes([300])), tmp_path / "b.csv")
    text = (tmp_path / "b.csv").read_text()
    (tmp_path / "b.csv").write_text(text.replace(",300,", ",three hundred,", 1))
    with pytest.raises(ValueError, match="rows cannot be read"):
        read_beats(tmp_path / "b.csv")


def test_read_beats_refuses_damaged_parquet(spikes, tmp_path):
    write_beats(load_beats(spikes([300])), tmp_path / "b.parquet")
    content = (tmp_path / "b.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="not a file of write_beats"):
        read_beats(tmp_path / "b.parquet")


@pytest.mark.parametrize("ending", [".parquet", ".npy"])
@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"fs": 1e9, "window": (1e-9, 1e-9)}, "asks for 1e.09 Hz"),
        ({"leads": [0] * 1000}, "asks for 1000 leads"),
        ({"preprocessing": RandomUnderSampler()}, "a transformer with fit_transform"),
    ],
)
def test_write_beats_refuses_an_extractor_that_read_beats_would(tmp_path, ending, params, words):
    beats = load_simulated(1, duration=10, random_state=0)
    beats.extractor.set_params(**params)
    with pytest.raises(ValueError, match=f"The beats cannot be written: .*{words}"):
        write_beats(beats, tmp_path / f"beats{ending}")
    assert not list(tmp_path.iterdir())
